/*
 * A filter: a BPF expression, compiled for each link type it meets.
 */
#ifndef ESPIAL_CAPTURE_FILTER_H
#define ESPIAL_CAPTURE_FILTER_H

#include "espial/capture.h"

struct es_filter;

/*
 * A filter for `expression`. NULL with `error` filled (USAGE, with libpcap's reason) when it cannot
 * be compiled for any common link type, or without memory.
 */
struct es_filter *es_filter_new(const char *expression, struct es_error *error);

/*
 * True when the frame passes. Where the expression means nothing for the frame's link type, none
 * pass and `refusal` says why (borrowed); it is NULL otherwise.
 */
bool es_filter_match(struct es_filter *filter, const struct es_frame *frame, const char **refusal);

/* Takes NULL. */
void es_filter_free(struct es_filter *filter);

#endif
