/*
 * A flow as text: its totals, and its course on the time that all flows of its tunnel share.
 */
#include "text.h"

#include "wording.h"

#include <inttypes.h>

enum { INDENT = 6, HANG = 3, COLUMNS = 24 };

/* The flow's packets per column of the axis; those of a bucket are spread evenly over its time. */
static void spread(const struct es_flow *flow, const struct es_axis *axis, double *columns)
{
    const struct es_timeline *timeline = &flow->timeline;
    const double scale = axis->length > 0 ? COLUMNS / (double)axis->length : 0;
    const double width = (double)timeline->width * scale;
    if (width <= 0)
        return;
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS; i++) {
        const double from =
            ((double)i * (double)timeline->width + (double)(timeline->start - axis->start)) * scale;
        if (!es_timeline_count(timeline, i))
            continue;
        for (size_t c = from > 0 ? (size_t)from : 0; c < COLUMNS && (double)c < from + width; c++) {
            const double left = from > (double)c ? from : (double)c;
            const double right = from + width < (double)c + 1 ? from + width : (double)c + 1;
            columns[c] += es_timeline_count(timeline, i) * (right - left) / width;
        }
    }
}

/* The column that a moment falls into. */
static size_t column_of(const struct es_axis *axis, es_time time)
{
    const es_time at = time - axis->start;
    if (at < 0) /* packets out of order */
        return 0;
    return at < axis->length ? (size_t)((double)at / (double)axis->length * COLUMNS)
           : axis->length    ? COLUMNS - 1
                             : 0;
}

/* The flow over the tunnel's time, in the characters that the reader has. */
static void add_sparkline(struct es_text *text, const struct es_flow *flow,
                          const struct es_axis *axis, bool utf8)
{
    static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    const char *const *levels = utf8 ? blocks : ascii;
    const size_t top = ES_COUNT(blocks) - 1;
    double columns[COLUMNS] = {0};
    double most = 0;
    spread(flow, axis, columns);
    for (size_t c = 0; c < COLUMNS; c++)
        most = columns[c] > most ? columns[c] : most;
    const size_t last = column_of(axis, flow->last.time);
    es_text_add(text, "|");
    for (size_t c = 0; c < COLUMNS; c++) {
        const bool any = c <= last && (c == last || columns[c] > 0);
        const double part = most > 0 ? columns[c] / most : 1;
        es_text_add(text, levels[any ? (size_t)(part * ((double)top - 0.01)) + 1 : 0]);
    }
    es_text_add(text, "|");
}

static void add_losses(struct es_text *text, const struct es_sequence *sequence)
{
    const struct es_disorder *disorder = es_sequence_disorder(sequence);
    const struct {
        uint64_t count;
        const char *what;
    } losses[] = {
        {es_sequence_lost(sequence), "lost"     },
        {disorder->reordered,        "reordered"},
        {disorder->duplicates,       "duplicate"},
    };
    const size_t start = text->length;
    for (size_t i = 0; i < ES_COUNT(losses); i++) {
        if (!losses[i].count)
            continue;
        es_text_add(text, text->length > start ? ", " : "");
        es_text_add_count(text, losses[i].count);
        es_text_addf(text, " %s", losses[i].what);
    }
    if (disorder->resets) {
        es_text_add(text, text->length > start ? ", " : "");
        es_text_addf(text, "counter restarted %" PRIu64 "x", disorder->resets);
    }
    if (text->length == start)
        es_text_add(text, "no loss");
}

/* "ESP 0xc1a2b3c4     1,190 packets    1.1 MiB", in columns. */
static void add_totals(struct es_text *text, const struct es_flow *flow)
{
    struct es_text cell;
    es_text_init(&cell);
    es_text_addf(text, "%s 0x%08" PRIx32, flow->key.protocol == 51 ? "AH " : "ESP", flow->key.spi);
    es_text_add_things(&cell, flow->packets, "packet");
    es_text_addf(text, " %17s", es_text_chars(&cell));
    es_text_rewind(&cell);
    es_text_add_size(&cell, flow->bytes);
    es_text_addf(text, " %10s", es_text_chars(&cell));
    text->failed |= cell.failed;
    es_text_fini(&cell);
}

struct es_axis es_axis_of(const struct es_tunnel *tunnel)
{
    struct es_axis axis = {0};
    es_time end = 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        if (f == tunnel->flows || f->first.time < axis.start)
            axis.start = f->first.time;
        if (f == tunnel->flows || f->last.time > end)
            end = f->last.time;
    }
    axis.length = end - axis.start;
    return axis;
}

/* With keys: what was inside. */
static void write_inner(struct es_page *page, const struct es_inner_tally *inner)
{
    if (!inner || !inner->protocol)
        return;
    es_text_add(&page->text, "inside: ");
    es_text_add_inner(&page->text, inner);
    es_page_row(page, &(struct es_page_row){.indent = INDENT, .column = INDENT + HANG});
}

/* Totals, course in time, losses: on as few lines as hold each of them whole. */
void es_text_write_flow(struct es_page *page, const struct es_report *report,
                        const struct es_flow *flow, const struct es_axis *axis)
{
    static const char *const arrows[2][2] = {
        {"->",     "<-"    },
        {"\u2192", "\u2190"}
    };
    struct es_text *text = &page->text;
    struct es_text course;
    struct es_text losses;
    es_text_init(&course);
    es_text_init(&losses);
    add_sparkline(&course, flow, axis, page->utf8);
    es_text_add(&course, " ");
    es_text_add_moment(&course, report, flow->first.time);
    es_text_add(&course, " to ");
    es_text_add_moment(&course, report, flow->last.time);
    add_losses(&losses, &flow->sequence);
    add_totals(text, flow);

    const char *const c = es_text_chars(&course);
    const char *const l = es_text_chars(&losses);
    const size_t wide = INDENT + HANG + text->length + 2;
    if (wide + es_page_columns(c, course.length) <= page->width)
        es_text_addf(text, "  %s  %s", c, l);
    else if (wide + losses.length <= page->width)
        es_text_addf(text, "  %s\n%s", l, c);
    else
        es_text_addf(text, "\n%s\n%s", c, l);
    text->failed |= course.failed | losses.failed;
    es_text_fini(&course);
    es_text_fini(&losses);
    es_page_row(page, &(struct es_page_row){.indent = INDENT,
                                            .label = arrows[page->utf8][flow->side],
                                            .label_style = ES_STYLE_BOLD,
                                            .column = INDENT + HANG});
    write_inner(page, flow->inner);
}
