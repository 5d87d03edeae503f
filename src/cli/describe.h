/*
 * The command line described to others: what the tables of commands, options and findings put into
 * the manual and the shells' completions.
 */
#ifndef ES_CLI_DESCRIBE_H
#define ES_CLI_DESCRIBE_H

#include "option.h"

/* A piece of text that a template asks for with a line "@name@". */
struct es_piece {
    const char *name;
    void (*write)(FILE *out);
};

/* Ended by one without a name. */
extern const struct es_piece es_manual_pieces[];
extern const struct es_piece es_bash_pieces[];
extern const struct es_piece es_zsh_pieces[];
extern const struct es_piece es_fish_pieces[];

#endif
