/*
 * Time: nanoseconds since 1970-01-01 UTC. No function reads a clock; time comes with the frame.
 */
#ifndef ESPIAL_BASE_TIME_H
#define ESPIAL_BASE_TIME_H

#include "espial/base/text.h"

#include <stdint.h>

typedef int64_t es_time; /* the one typedef: a scalar with a unit */

/*
 * The end of time, in 2116; its negative is the beginning. No source gives times beyond, so that
 * the difference of any two, or one and a few minutes, cannot overflow.
 */
#define ES_TIME_MAX (INT64_MAX / 2)

#define ES_MICROSECOND INT64_C(1000)
#define ES_MILLISECOND INT64_C(1000000)
#define ES_SECOND INT64_C(1000000000)

/* later - earlier in seconds, for people and JSON. */
static inline double es_seconds(es_time span)
{
    return (double)span / 1e9;
}

/* Adds "2026-11-23T10:42:05.123456789Z" (RFC 3339, UTC). */
void es_text_add_time(struct es_text *text, es_time time);

/* Adds "10:42:05.123" (UTC when `utc`, else local time), for people. */
void es_text_add_clock(struct es_text *text, es_time time, bool utc);

/* Adds "2026-11-23 10:42:05 UTC" or local time with its zone's name, for people. */
void es_text_add_date(struct es_text *text, es_time time, bool utc);

/* Adds a span for people: "12 ms", "4.2 s", "3 min 20 s", "2 h 5 min". */
void es_text_add_span(struct es_text *text, es_time span);

#endif
