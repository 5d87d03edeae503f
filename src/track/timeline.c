/*
 * A fixed number of buckets over any length of time: when they run out, neighbours are joined and
 * the width doubles. Few flows have a bucket with more packets than 16 bits can count.
 */
#include "memory.h"

#include <string.h>

static uint64_t joined(const struct es_timeline *t, size_t i)
{
    return (uint64_t)es_timeline_count(t, 2 * i) + es_timeline_count(t, 2 * i + 1);
}

static void coarsen_wide(struct es_timeline *t)
{
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS / 2; i++) {
        const uint64_t sum = joined(t, i);
        t->wide[i] = sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
    }
    memset(t->wide + ES_TIMELINE_BUCKETS / 2, 0, ES_TIMELINE_BUCKETS / 2 * sizeof(*t->wide));
}

/* False, and nothing is changed: two buckets together are too large. */
static bool coarsen(struct es_timeline *t)
{
    if (t->wide) {
        coarsen_wide(t);
    } else {
        for (size_t i = 0; i < ES_TIMELINE_BUCKETS / 2; i++) {
            if (joined(t, i) > UINT16_MAX)
                return false;
        }
        for (size_t i = 0; i < ES_TIMELINE_BUCKETS / 2; i++)
            t->counts[i] = (uint16_t)joined(t, i);
        memset(t->counts + ES_TIMELINE_BUCKETS / 2, 0, sizeof(t->counts) / 2);
    }
    t->width *= 2;
    return true;
}

void es_timeline_widen(struct es_timeline *t, uint32_t *wide)
{
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS; i++)
        wide[i] = es_timeline_count(t, i);
    t->wide = wide;
}

bool es_timeline_add(struct es_timeline *t, es_time time)
{
    if (t->width == 0) {
        t->start = time;
        t->width = ES_SECOND;
    }
    /* Time that runs backwards counts where the timeline starts. */
    const es_time since = time > t->start ? time - t->start : 0;
    while (since / t->width >= ES_TIMELINE_BUCKETS) {
        if (!coarsen(t))
            return false;
    }
    const size_t bucket = (size_t)(since / t->width);
    if (ES_UNLIKELY(t->wide != NULL)) {
        t->wide[bucket] += t->wide[bucket] != UINT32_MAX;
        return true;
    }
    if (ES_UNLIKELY(t->counts[bucket] == UINT16_MAX))
        return false;
    t->counts[bucket]++;
    return true;
}
