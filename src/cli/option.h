/*
 * The table of options: one for parsing, help, manual and completions.
 */
#ifndef ES_CLI_OPTION_H
#define ES_CLI_OPTION_H

#include "options.h"

/* What giving the option does. */
enum es_option_kind {
    ES_OPTION_GROUP,     /* nothing: the row is a title for the rows below it */
    ES_OPTION_FLAG,      /* sets a bool */
    ES_OPTION_SET,       /* sets an int to the row's value */
    ES_OPTION_TEXT,      /* keeps the argument */
    ES_OPTION_NUMBER,    /* a count of at least 1 */
    ES_OPTION_CHOICE,    /* sets an int to the argument's place in the row's choices */
    ES_OPTION_PORT,      /* adds a port */
    ES_OPTION_KEY_PATH,  /* adds a path of keys */
    ES_OPTION_THRESHOLD, /* sets a threshold */
    ES_OPTION_WORDS,     /* adds the argument to a list */
    ES_OPTION_INPUT      /* adds a word, as if it stood there without the option */
};

/* What an argument is, so that a shell can complete it. */
enum es_value {
    ES_VALUE_NONE,
    ES_VALUE_TEXT, /* nothing to complete: a number, a filter, an address */
    ES_VALUE_FILE,
    ES_VALUE_FOLDER,
    ES_VALUE_PATH, /* a file or a folder */
    ES_VALUE_INTERFACE,
    ES_VALUE_CHOICE, /* one of the row's choices */
    ES_VALUE_THRESHOLD,
    ES_VALUE_VENDOR,
    ES_VALUE_FINDING,
    ES_VALUE_USER,
    ES_VALUE_COMMAND
};

struct es_option {
    const char *name;     /* NULL: only the letter */
    char letter;          /* 0: only the name */
    const char *argument; /* as help calls it; NULL: takes none */
    const char *help;     /* a line, or a group's title */
    unsigned commands;    /* bits of those that take it; 0: a group */
    enum es_option_kind kind;
    enum es_value is;
    size_t offset; /* of what it sets in struct es_options */
    int value;
    const char *const *choices; /* ended by NULL */
};

/* The rows of option.def, in its order. */
extern const struct es_option es_option_table[];
extern const size_t es_option_count;

#endif
