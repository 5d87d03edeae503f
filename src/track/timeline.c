/*
 * A fixed number of buckets over any length of time: when they run out, neighbours are joined and
 * the width doubles.
 */
#include "memory.h"

#include <string.h>

static void coarsen(struct es_timeline *t)
{
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS / 2; i++) {
        const uint64_t sum = (uint64_t)t->counts[2 * i] + t->counts[2 * i + 1];
        t->counts[i] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    }
    memset(t->counts + ES_TIMELINE_BUCKETS / 2, 0, sizeof(t->counts) / 2);
    t->width *= 2;
}

void es_timeline_add(struct es_timeline *t, es_time time)
{
    if (t->width == 0) {
        t->start = time;
        t->width = ES_SECOND;
    }
    /* Time that runs backwards counts where the timeline starts. */
    const es_time since = time > t->start ? time - t->start : 0;
    while (since / t->width >= ES_TIMELINE_BUCKETS)
        coarsen(t);
    uint32_t *count = &t->counts[since / t->width];
    if (*count != UINT32_MAX)
        (*count)++;
}
