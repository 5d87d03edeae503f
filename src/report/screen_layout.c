/*
 * What the screen's cells say, and which columns a width has room for.
 */
#include "screen_layout.h"

#include <inttypes.h>

enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* What may stand before the unit that is written alone. */
static void add_whole(struct es_text *text, int64_t seconds)
{
    if (seconds < MINUTE_S)
        es_text_addf(text, "%" PRId64 "s", seconds);
    else if (seconds < HOUR_S)
        es_text_addf(text, "%" PRId64 "m", seconds / MINUTE_S);
    else if (seconds < DAY_S)
        es_text_addf(text, "%" PRId64 "h", seconds / HOUR_S);
    else
        es_text_addf(text, "%" PRId64 "d", seconds / DAY_S);
}

void es_text_add_age(struct es_text *text, es_time span)
{
    const int64_t seconds = (span < 0 ? 0 : span) / ES_SECOND;
    if (seconds < HOUR_S || seconds >= 100 * DAY_S)
        add_whole(text, seconds);
    else if (seconds < DAY_S)
        es_text_addf(text, "%" PRId64 "h%02" PRId64 "m", seconds / HOUR_S,
                     seconds % HOUR_S / MINUTE_S);
    else
        es_text_addf(text, "%" PRId64 "d%02" PRId64 "h", seconds / DAY_S, seconds % DAY_S / HOUR_S);
}

void es_text_add_brief(struct es_text *text, es_time span)
{
    const int64_t seconds = (span < 0 ? -span : span) / ES_SECOND;
    if (span < 0 && seconds > 0) {
        es_text_add(text, "-");
        add_whole(text, seconds);
    } else if (seconds >= MINUTE_S && seconds < HOUR_S) {
        es_text_addf(text, "%" PRId64 "m%02" PRId64 "s", seconds / MINUTE_S, seconds % MINUTE_S);
    } else {
        es_text_add_age(text, seconds * ES_SECOND);
    }
}

void es_text_add_rate(struct es_text *text, double per_second)
{
    static const char units[] = {0, 'k', 'M', 'G', 'T'};
    size_t unit = 0;
    double rate = per_second;
    while (rate >= 999.5 && unit + 1 < sizeof(units)) {
        rate /= 1000;
        unit++;
    }
    if (rate < 0.05)
        es_text_add(text, "0");
    else if (rate < 9.95 && (unit > 0 || rate < 0.95))
        es_text_addf(text, "%.1f", rate);
    else
        es_text_addf(text, "%.0f", rate);
    if (units[unit])
        es_text_addf(text, "%c", units[unit]);
}

void es_text_add_course(struct es_text *text, const float *samples, size_t count, unsigned columns,
                        bool utf8)
{
    static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    const char *const *levels = utf8 ? blocks : ascii;
    const size_t top = ES_COUNT(blocks) - 1;
    const size_t shown = count < columns ? count : columns;
    float most = 0;
    for (size_t i = count - shown; i < count; i++)
        most = samples[i] > most ? samples[i] : most;
    for (size_t i = shown; i < columns; i++)
        es_text_add_bytes(text, " ", 1);
    for (size_t i = count - shown; i < count; i++) {
        const float part = most > 0 ? samples[i] / most : 0;
        const size_t level = samples[i] > 0 ? (size_t)(part * (float)(top - 1) + 0.5F) + 1 : 0;
        es_text_add(text, levels[level < top ? level : top]);
    }
}

static unsigned used(const struct es_list_layout *layout)
{
    unsigned sum = 0;
    for (size_t i = 0; i < ES_COUNT(layout->widths); i++)
        sum += layout->widths[i] ? layout->widths[i] + 1 : 0;
    return sum;
}

struct es_list_layout es_list_layout(unsigned width, unsigned peers, unsigned number)
{
    enum { PEERS_MIN = 25, PEERS_MAX = 81 };
    /* What comes in when there is room, the most wanted first. */
    static const struct {
        enum es_list_column columns[2];
        unsigned width;
    } wishes[] = {
        {{ES_LIST_THERE_PACKETS, ES_LIST_BACK_PACKETS}, 6 },
        {{ES_LIST_THERE_COURSE, ES_LIST_BACK_COURSE},   6 },
        {{ES_LIST_THERE_BYTES, ES_LIST_BACK_BYTES},     5 },
        {{ES_LIST_STATE, ES_LIST_STATE},                11},
        {{ES_LIST_THERE_COURSE, ES_LIST_BACK_COURSE},   12},
        {{ES_LIST_THERE_COURSE, ES_LIST_BACK_COURSE},   20},
        {{ES_LIST_THERE_COURSE, ES_LIST_BACK_COURSE},   30},
    };
    struct es_list_layout layout = {
        .widths = {[ES_LIST_MARK] = 2,
                   [ES_LIST_NUMBER] = number > 2 ? number : 2,
                   [ES_LIST_STATE] = 6,
                   [ES_LIST_PEERS] = PEERS_MIN,
                   [ES_LIST_IKE] = 3,
                   [ES_LIST_AGE] = 5,
                   [ES_LIST_REKEY] = 6,
                   [ES_LIST_DPD] = 6,
                   [ES_LIST_THERE_PACKETS] = 5,
                   [ES_LIST_BACK_PACKETS] = 5}
    };
    /* The last column has no space behind it. */
    width++;
    peers = peers < PEERS_MIN ? PEERS_MIN : peers > PEERS_MAX ? PEERS_MAX : peers;
    const unsigned left = width > used(&layout) ? width - used(&layout) : 0;
    layout.widths[ES_LIST_PEERS] += peers - PEERS_MIN < left ? peers - PEERS_MIN : left;
    for (size_t i = 0; i < ES_COUNT(wishes); i++) {
        struct es_list_layout wished = layout;
        for (size_t k = 0; k < ES_COUNT(wishes[i].columns); k++)
            wished.widths[wishes[i].columns[k]] = wishes[i].width;
        if (used(&wished) > width)
            break;
        layout = wished;
    }
    return layout;
}
