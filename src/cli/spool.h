/*
 * A pipe that has to be read twice: what comes out of it is kept in a file without a name.
 */
#ifndef ES_CLI_SPOOL_H
#define ES_CLI_SPOOL_H

#include "espial/base.h"

#include <stdint.h>

/*
 * Makes standard input something that can be read again from `*start` on. `path`: what to read, "-"
 * for standard input itself; what is a file already stays one. Ends with the input, and does not
 * mind a first Ctrl-C, which ends what writes into the pipe. False with `error` filled.
 */
bool es_spool(const char *path, int64_t *start, struct es_error *error);

#endif
