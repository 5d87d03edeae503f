/*
 * Errors of the world (files, memory, libraries, permissions). A bad packet is data, not an error.
 */
#ifndef ESPIAL_BASE_ERROR_H
#define ESPIAL_BASE_ERROR_H

#include "espial/base/macros.h"

#include <stdbool.h>

enum es_error_kind {
    ES_ERROR_NONE,
    ES_ERROR_USAGE,   /* the caller asked for something impossible */
    ES_ERROR_SYSTEM,  /* the operating system refused: missing file, permission */
    ES_ERROR_MEMORY,  /* no memory, or a stated limit reached */
    ES_ERROR_FORMAT,  /* a file is not what it should be */
    ES_ERROR_LIBRARY, /* a library refused */
};

enum { ES_ERROR_TEXT = 512 };

struct es_error {
    enum es_error_kind kind;
    char text[ES_ERROR_TEXT]; /* one sentence without a final stop or newline */
};

/* Fills `error` (may be NULL). Always false: `return es_error_set(…)`. */
bool es_error_set(struct es_error *error, enum es_error_kind kind, const char *format, ...)
    ES_PRINTF(3, 4);

/* Puts "<context>: " in front of the text; whoever passes an error on adds what it knows. */
void es_error_context(struct es_error *error, const char *format, ...) ES_PRINTF(2, 3);

#endif
