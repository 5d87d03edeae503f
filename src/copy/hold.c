/*
 * The queue of what waits. It is empty nearly always, and bounded by time, number and bytes.
 */
#include "hold.h"

#include <string.h>

static struct es_hold_item *item_at(struct es_hold *hold, size_t index)
{
    return &hold->items[(hold->first + index) % ES_HOLD_ITEMS];
}

void es_hold_add(struct es_hold *hold, uint64_t print, es_time time, size_t length,
                 enum es_hold_state state)
{
    *item_at(hold, hold->count++) = (struct es_hold_item){print, time, length, (uint8_t)state};
}

void es_hold_decide(struct es_hold *hold, uint64_t print, bool wanted)
{
    for (size_t i = 0; i < hold->count; i++) {
        struct es_hold_item *item = item_at(hold, i);
        if (item->state != ES_HOLD_WAITS || item->print != print)
            continue;
        item->state = wanted ? ES_HOLD_KEPT : ES_HOLD_DROPPED;
        hold->written += wanted;
    }
}

static bool is_over(const struct es_hold *hold, const struct es_hold_item *item, es_time now)
{
    return now - item->time > ES_HOLD_S * ES_SECOND || hold->count == ES_HOLD_ITEMS ||
           hold->bytes.length - hold->at > ES_HOLD_BYTES;
}

/* What was moved out leaves room. */
static void tidy(struct es_hold *hold)
{
    if (hold->count == 0) {
        es_text_clear(&hold->bytes);
        hold->at = 0;
    } else if (hold->at > ES_HOLD_BYTES && !hold->bytes.failed) {
        hold->bytes.length -= hold->at;
        memmove(hold->bytes.chars, hold->bytes.chars + hold->at, hold->bytes.length + 1);
        hold->at = 0;
    }
}

void es_hold_release(struct es_hold *hold, es_time now, struct es_text *out)
{
    while (hold->count > 0) {
        struct es_hold_item *item = item_at(hold, 0);
        if (item->state == ES_HOLD_WAITS) {
            if (!is_over(hold, item, now))
                break;
            hold->given_up++;
        } else if (item->state == ES_HOLD_KEPT && !hold->bytes.failed) {
            es_text_add_bytes(out, hold->bytes.chars + hold->at, item->length);
        }
        hold->at += item->length;
        hold->first = (hold->first + 1) % ES_HOLD_ITEMS;
        hold->count--;
    }
    out->failed |= hold->bytes.failed;
    tidy(hold);
}
