/*
 * A file that takes its name only once it is whole: nobody reads a part of it, and what stood under
 * the name before stays until then.
 */
#ifndef ESPIAL_BASE_OUTPUT_H
#define ESPIAL_BASE_OUTPUT_H

#include "espial/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct es_output {
    int fd;      /* -1: not open */
    char *path;  /* owned; NULL: standard output */
    char *draft; /* owned; its name until it is whole, in the same folder */
};

/*
 * Begins a file; its draft is ".NAME.tmp" beside it, and one that an earlier run left there is
 * replaced. "-" is standard output, which has no draft. What is there already and no regular file
 * (a device, a link) is left alone: that is an error. Its rights are those that the umask leaves.
 * False with `error` filled, and nothing to drop, when it cannot be made.
 */
bool es_output_open(struct es_output *output, const char *path, struct es_error *error);

/* Adds bytes. False with `error` filled when not all could be written: drop it then. */
bool es_output_write(struct es_output *output, const void *bytes, size_t count,
                     struct es_error *error);

/*
 * Gives the file its name; with `sync` after all of it is on the disk. Closes it. False with
 * `error` filled when that failed; then nothing is left of it.
 */
bool es_output_keep(struct es_output *output, bool sync, struct es_error *error);

/* Closes and removes what was written; nothing when it is not open. */
void es_output_drop(struct es_output *output);

/* A whole file in one go, on the disk when it returns. */
bool es_output_replace(const char *path, const void *bytes, size_t count, struct es_error *error);

#endif
