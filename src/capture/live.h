/*
 * A live interface as a reader.
 */
#ifndef ESPIAL_CAPTURE_LIVE_H
#define ESPIAL_CAPTURE_LIVE_H

#include "reader.h"

/* As es_source_open_live(). `base` is copied. */
struct es_reader *es_live_open(const struct es_reader *base, const char *interface,
                               const struct es_live_options *options, struct es_error *error);

#endif
