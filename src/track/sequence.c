/*
 * Sequence numbers of one flow: loss, reordering and duplicates from the numbers alone.
 *
 * The wire carries the low 32 bits; the upper half (ESN, or a counter that wrapped) is the one that
 * brings the number nearest to the highest seen (RFC 4303, appendix A). A ring of bits remembers
 * which of the last ES_SEQUENCE_WINDOW numbers came, so that late and twice can be told apart.
 */
#include "memory.h"

#include <string.h>

enum { RESET_NUMBERS = 4 };

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

/*
 * A number older than the window: a straggler, or the counter began again. Only several in a row,
 * one after the other and nothing of the old counter between, are a new beginning; until then they
 * count as stragglers.
 */
static void add_ancient(struct es_sequence *s, uint32_t number)
{
    s->late_run = s->late_run && number == s->late + 1 ? s->late_run + 1 : 1;
    s->late = number;
    s->reordered++;
    s->unique++;
    if (s->late_run < RESET_NUMBERS)
        return;
    s->resets++;
    s->reordered -= RESET_NUMBERS;
    s->unique -= RESET_NUMBERS;
    s->lost_before_reset = es_sequence_lost(s);
    restart(s, number - (RESET_NUMBERS - 1));
    for (uint32_t n = number - (RESET_NUMBERS - 2); n != number + 1; n++)
        es_sequence_add(s, n);
}

static void add_late(struct es_sequence *s, uint32_t low, uint32_t behind)
{
    if (behind >= ES_SEQUENCE_WINDOW) {
        add_ancient(s, low);
        return;
    }
    if (behind > s->highest) /* before the first number there is */
        return;
    const uint64_t number = s->highest - behind;
    if (seen(s, number)) {
        s->duplicates++;
        return;
    }
    mark(s, number);
    s->unique++;
    s->reordered++;
    if (number < s->base)
        s->base = number;
}

void es_sequence_add(struct es_sequence *s, uint32_t low)
{
    const uint32_t ahead = low - (uint32_t)s->highest;
    if (ES_LIKELY(ahead == 1)) {
        s->late_run = 0;
        const uint64_t bit = ++s->highest % ES_SEQUENCE_WINDOW;
        s->window[bit / 64] |= UINT64_C(1) << (bit % 64);
        s->unique++;
        return;
    }
    if (ahead != 0 && ahead < UINT32_C(1) << 31) {
        s->late_run = 0;
        slide(s, s->highest, s->highest + ahead);
        s->highest += ahead;
        mark(s, s->highest);
        s->unique++;
        return;
    }
    add_late(s, low, (uint32_t)s->highest - low);
}

uint64_t es_sequence_lost(const struct es_sequence *s)
{
    const uint64_t span = s->highest - s->base + 1;
    return s->lost_before_reset + (span > s->unique ? span - s->unique : 0);
}
