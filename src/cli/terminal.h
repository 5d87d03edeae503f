/*
 * What standard output can show.
 */
#ifndef ES_CLI_TERMINAL_H
#define ES_CLI_TERMINAL_H

#include "options.h"

/* Columns of the terminal; 80 where there is none. */
unsigned es_terminal_width(void);

/* Colours are wanted: --color, else a terminal without NO_COLOR (no-color.org). */
bool es_terminal_color(const struct es_options *options);

/* The locale's characters are UTF-8. */
bool es_terminal_utf8(void);

/*
 * What is watched goes on a screen: standard input and output are a terminal, and nothing else was
 * asked for.
 */
bool es_terminal_screen(const struct es_options *options);

#endif
