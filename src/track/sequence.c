/*
 * Sequence numbers of one flow: loss, reordering and duplicates from the numbers alone.
 *
 * The wire carries the low 32 bits; the upper half (ESN, or a counter that wrapped) is the one that
 * brings the number nearest to the highest seen (RFC 4303, appendix A). A ring of bits remembers
 * which of the last ES_SEQUENCE_WINDOW numbers came, so that late and twice can be told apart.
 */
#include "memory.h"

#include <string.h>

enum { RESET_NUMBERS = ES_FIRST_PRINTS };

const struct es_disorder *es_sequence_disorder(const struct es_sequence *s)
{
    static const struct es_disorder none;
    return s->disorder ? s->disorder : &none;
}

static inline bool seen(const struct es_sequence *s, uint64_t number)
{
    const uint64_t bit = number % ES_SEQUENCE_WINDOW;
    return s->window[bit / 64] >> (bit % 64) & 1;
}

static inline void mark(struct es_sequence *s, uint64_t number)
{
    const uint64_t bit = number % ES_SEQUENCE_WINDOW;
    s->window[bit / 64] |= UINT64_C(1) << (bit % 64);
}

/* Forgets the numbers that a move of the window's end from `from` to `to` pushes out. */
static void slide(struct es_sequence *s, uint64_t from, uint64_t to)
{
    if (to - from >= ES_SEQUENCE_WINDOW) {
        memset(s->window, 0, sizeof(s->window));
        return;
    }
    for (uint64_t number = from + 1; number <= to; number++) {
        const uint64_t bit = number % ES_SEQUENCE_WINDOW;
        s->window[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
    }
}

static void restart(struct es_sequence *s, uint64_t number)
{
    s->base = s->highest = number;
    s->unique = 1;
    s->late_run = 0;
    memset(s->window, 0, sizeof(s->window));
    mark(s, number);
}

void es_sequence_start(struct es_sequence *s, uint32_t number)
{
    memset(s, 0, sizeof(*s));
    s->first = number;
    restart(s, number);
}

static unsigned class_of(uint32_t behind)
{
    static const uint32_t ends[] = {32, 64, 128, 1024};
    unsigned class = 0;
    while (class < ES_COUNT(ends) && behind >= ends[class])
        class ++;
    return class;
}

static void count_late(struct es_sequence *s, uint32_t behind)
{
    s->disorder->reordered++;
    s->disorder->late_by[class_of(behind)]++;
    if (behind > s->disorder->latest)
        s->disorder->latest = behind;
}

/* The counter began again, `RESET_NUMBERS` packets ago. */
static void begin_again(struct es_sequence *s, uint32_t number)
{
    s->disorder->resets++;
    s->disorder->lost_before_reset = es_sequence_lost(s);
    s->skipped = 0;
    restart(s, number - (RESET_NUMBERS - 1));
    for (uint32_t n = number - (RESET_NUMBERS - 2); n != number + 1; n++)
        es_sequence_add(s, n);
}

/*
 * A number older than the window: a straggler, or the counter began again. Only several in a row,
 * one after the other and nothing of the old counter between, are a new beginning; until then they
 * count as stragglers.
 */
static enum es_arrival add_ancient(struct es_sequence *s, uint32_t number, uint32_t behind)
{
    s->late_run = s->late_run && number == s->late + 1 ? s->late_run + 1 : 1;
    s->late = number;
    if (s->late_run == 1)
        s->disorder->latest_before = s->disorder->latest;
    count_late(s, behind);
    s->unique++;
    if (s->late_run < RESET_NUMBERS)
        return ES_ARRIVAL_LATE;
    s->disorder->reordered -= RESET_NUMBERS;
    s->unique -= RESET_NUMBERS;
    for (uint32_t i = 0; i < RESET_NUMBERS; i++)
        s->disorder->late_by[class_of(behind + i)]--;
    s->disorder->latest = s->disorder->latest_before;
    begin_again(s, number);
    return ES_ARRIVAL_RESET;
}

static enum es_arrival add_late(struct es_sequence *s, uint32_t low, uint32_t behind)
{
    if (!s->disorder) /* there was no memory for it */
        return ES_ARRIVAL_LATE;
    if (behind >= ES_SEQUENCE_WINDOW)
        return add_ancient(s, low, behind);
    if (behind > s->highest) /* before the first number there is */
        return ES_ARRIVAL_LATE;
    const uint64_t number = s->highest - behind;
    if (seen(s, number)) {
        s->disorder->duplicates++;
        return ES_ARRIVAL_TWICE;
    }
    mark(s, number);
    s->unique++;
    count_late(s, behind);
    if (number < s->base)
        s->base = number;
    return ES_ARRIVAL_LATE;
}

void es_sequence_restarted(struct es_sequence *s, uint32_t number)
{
    s->disorder->duplicates -= RESET_NUMBERS;
    begin_again(s, number);
}

enum es_arrival es_sequence_add(struct es_sequence *s, uint32_t low)
{
    const uint32_t ahead = low - (uint32_t)s->highest;
    if (ES_LIKELY(ahead == 1)) {
        s->late_run = 0;
        const uint64_t bit = ++s->highest % ES_SEQUENCE_WINDOW;
        s->window[bit / 64] |= UINT64_C(1) << (bit % 64);
        s->unique++;
        return ES_ARRIVAL_NEXT;
    }
    if (ahead != 0 && ahead < UINT32_C(1) << 31) {
        s->late_run = 0;
        slide(s, s->highest, s->highest + ahead);
        s->highest += ahead;
        mark(s, s->highest);
        s->unique++;
        return ES_ARRIVAL_GAP;
    }
    return add_late(s, low, (uint32_t)s->highest - low);
}

uint64_t es_sequence_lost(const struct es_sequence *s)
{
    const uint64_t span = s->highest - s->base + 1;
    const uint64_t known = s->unique + s->skipped;
    return es_sequence_disorder(s)->lost_before_reset + (span > known ? span - known : 0);
}

uint64_t es_sequence_dropped_by(const struct es_sequence *s, unsigned window)
{
    uint64_t dropped = 0;
    for (unsigned class = class_of(window); class < ES_LATE_CLASSES; class ++)
        dropped += es_sequence_disorder(s)->late_by[class];
    return dropped;
}

uint64_t es_sequence_lost_for_good(const struct es_sequence *s)
{
    const uint64_t lost = es_sequence_lost(s);
    const uint64_t span = s->highest - s->base + 1;
    const uint64_t open = span < ES_SEQUENCE_WINDOW ? span : ES_SEQUENCE_WINDOW;
    uint64_t may_come = 0;
    for (uint64_t back = 0; back < open; back++)
        may_come += !seen(s, s->highest - back);
    return lost > may_come ? lost - may_come : 0;
}
