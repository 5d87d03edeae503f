/*
 * How far reading is, on standard error: only on a terminal, only when it takes over a second.
 */
#ifndef ES_CLI_PROGRESS_H
#define ES_CLI_PROGRESS_H

#include "espial/capture.h"

/* Frames between two looks at the clock: a power of two. */
enum { ES_PROGRESS_STRIDE = 4096 };

struct es_progress {
    const struct es_source *source;
    bool on;
    bool shown;       /* a line stands there */
    uint64_t frames;  /* so far */
    double start;     /* seconds of the monotonic clock */
    double next_line; /* when to write again */
};

void es_progress_init(struct es_progress *progress, const struct es_source *source, bool wanted);

/* Looks at the clock and writes the line if it is time to. */
void es_progress_look(struct es_progress *progress);

/* One more frame. */
static inline void es_progress_frame(struct es_progress *progress)
{
    if (ES_UNLIKELY(++progress->frames % ES_PROGRESS_STRIDE == 0))
        es_progress_look(progress);
}

/* Takes the line away; the seconds since es_progress_init(). */
double es_progress_fini(struct es_progress *progress);

#endif
