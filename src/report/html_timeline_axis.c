/*
 * What frames the timeline: the findings above it, the clock below.
 */
#include "html_timeline.h"

#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARK_HEIGHT = 18,
    MARKS_TOP = 4,
    LETTER = 7, /* units that a letter of a mark takes, at most */
    TICKS_MOST = 8,
    AXIS_HEIGHT = 26,
    LAST_LABEL = 28, /* from the right edge: it would not fit */
};

/* --- findings --- */

struct mark {
    const struct es_finding *finding;
    uint32_t number;    /* of its card; 0: it has none */
    double x, to;       /* of what it is about */
    double left, right; /* with its name */
    bool before;        /* the name stands before it */
};

static struct mark place(const struct es_picture *picture, const struct es_html_finding *f,
                         uint32_t number)
{
    const struct es_finding *finding = f->finding;
    const double width = (double)strlen(finding->rule->id) * LETTER + 12;
    struct mark mark = {
        .finding = finding,
        .number = f->on_page ? number : 0,
        .x = es_picture_x(picture, finding->first.time),
        .to = es_picture_x(picture, finding->last.time),
    };
    mark.before = mark.x + width > ES_PICTURE_WIDTH;
    mark.left = mark.before ? mark.x - width : mark.x - 6;
    mark.right = mark.before ? mark.x + 6 : mark.x + width;
    mark.right = mark.to > mark.right ? mark.to : mark.right;
    return mark;
}

static void draw_mark(struct es_text *out, const struct mark *mark, double y)
{
    static const char *const flags[] = {
        [ES_SEVERITY_NOTE] = "m-4 0 4-4 4 4-4 4z",
        [ES_SEVERITY_WARNING] = "m-5 4 5-9 5 9z",
        [ES_SEVERITY_ERROR] = "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
    };
    const struct es_finding *f = mark->finding;
    const char *severity = es_severity_name(f->severity);
    es_text_addf(out, "<%s class=\"mark %s\" data-id=\"%s\" data-severity=\"%s\"",
                 mark->number ? "a" : "g", severity, f->rule->id, severity);
    if (mark->number)
        es_text_addf(out, " href=\"#finding-%" PRIu32 "\"", mark->number);
    es_text_addf(out, "><title>%s: ", severity);
    es_html_text(out, f->summary);
    es_text_add(out, "</title><path class=\"span\" d=\"M");
    es_picture_add(out, mark->x);
    es_text_add(out, " ");
    es_picture_add(out, y + 7);
    es_text_add(out, "H");
    es_picture_add(out, mark->to);
    es_text_add(out, "\"/><path d=\"M");
    es_picture_add(out, mark->x);
    es_text_add(out, " ");
    es_picture_add(out, y);
    es_text_addf(out, "%s\"/><text x=\"", flags[f->severity]);
    es_picture_add(out, mark->before ? mark->x - 8 : mark->x + 8);
    es_text_add(out, "\" y=\"");
    es_picture_add(out, y + 4);
    es_text_addf(out, "\"%s>%s</text></%s>\n", mark->before ? " text-anchor=\"end\"" : "",
                 f->rule->id, mark->number ? "a" : "g");
}

/* Room in the rows: what lies where in each. */
struct rows {
    struct {
        double left, right;
    } taken[ES_PICTURE_MARK_ROWS][ES_PICTURE_MARKS / ES_PICTURE_MARK_ROWS];
    size_t count[ES_PICTURE_MARK_ROWS];
};

static bool fits(const struct rows *rows, size_t row, const struct mark *mark)
{
    for (size_t i = 0; i < rows->count[row]; i++) {
        if (mark->left < rows->taken[row][i].right && mark->right > rows->taken[row][i].left)
            return false;
    }
    return rows->count[row] < ES_COUNT(rows->taken[row]);
}

void es_picture_marks(struct es_picture *picture, struct es_text *out)
{
    const struct es_html *html = picture->html;
    struct rows rows = {.count = {0}};
    size_t used = 0;
    uint32_t n = es_html_toll(html, picture->tunnel)->first;
    for (; n; n = html->findings[n - 1].next) {
        const struct es_html_finding *f = &html->findings[n - 1];
        if (f->finding->rule->category != ES_CATEGORY_FAULT)
            continue;
        const struct mark mark = place(picture, f, n);
        size_t row = 0;
        while (row < ES_PICTURE_MARK_ROWS && !fits(&rows, row, &mark))
            row++;
        if (row == ES_PICTURE_MARK_ROWS) {
            picture->marks_hidden++;
            continue;
        }
        const size_t at = rows.count[row]++;
        rows.taken[row][at].left = mark.left;
        rows.taken[row][at].right = mark.right;
        used = row + 1 > used ? row + 1 : used;
        draw_mark(out, &mark, MARKS_TOP + MARK_HEIGHT * ((double)row + 0.5));
        picture->lines[picture->line_count++] = (struct es_picture_line){
            mark.x, MARKS_TOP + MARK_HEIGHT * ((double)row + 1), f->finding->severity};
    }
    if (used)
        es_picture_name(picture, MARKS_TOP + MARK_HEIGHT / 2.0, "Findings");
    picture->y = MARKS_TOP + MARK_HEIGHT * (double)used + (used ? 4 : 0);
}

/* --- the clock --- */

static const int64_t steps_ms[] = {
    1,        2,        5,        10,        20,        50,         100,         200,
    500,      1000,     2000,     5000,      10000,     15000,      30000,       60000,
    120000,   300000,   600000,   900000,    1800000,   3600000,    7200000,     10800000,
    21600000, 43200000, 86400000, 172800000, 604800000, 2592000000, 31536000000,
};

static es_time step_of(es_time length)
{
    for (size_t i = 0; i < ES_COUNT(steps_ms); i++) {
        if (length / (steps_ms[i] * ES_MILLISECOND) < TICKS_MOST)
            return steps_ms[i] * ES_MILLISECOND;
    }
    return length / TICKS_MOST;
}

/* The time since midnight, as the report's clock tells it. */
static es_time since_midnight(struct es_picture *picture, es_time time)
{
    struct es_text *words = &picture->words;
    es_text_add_clock(words, time - time % ES_SECOND, picture->html->report->utc);
    const char *c = es_text_chars(words);
    const bool whole = words->length >= 8;
    const int64_t seconds = whole ? ((c[0] - '0') * 10 + c[1] - '0') * 3600 +
                                        ((c[3] - '0') * 10 + c[4] - '0') * 60 + (c[6] - '0') * 10 +
                                        c[7] - '0'
                                  : 0;
    es_text_rewind(words);
    return seconds * ES_SECOND + time % ES_SECOND;
}

static void add_label(struct es_picture *picture, es_time time, es_time step)
{
    enum { HOURS = 5, SECONDS = 8, DAY_AT = 5, DAY_END = 10, DAY_MS = 86400000 };
    struct es_text *words = &picture->words;
    const bool utc = picture->html->report->utc;
    if (step >= DAY_MS * ES_MILLISECOND) {
        es_text_add_date(words, time, utc);
        if (words->length > DAY_END)
            es_text_add_bytes(picture->into, words->chars + DAY_AT, DAY_END - DAY_AT);
    } else {
        es_text_add_clock(words, time, utc);
        const size_t wanted = step >= 60 * ES_SECOND ? HOURS
                              : step >= ES_SECOND    ? SECONDS
                                                     : words->length;
        es_text_add_bytes(picture->into, es_text_chars(words),
                          wanted < words->length ? wanted : words->length);
    }
    es_text_rewind(words);
}

/* "2026-11-23 UTC" under the first tick's left. */
static void add_zone(struct es_picture *picture, double y)
{
    struct es_text *words = &picture->words;
    es_text_add_date(words, picture->from, picture->html->report->utc);
    const char *date = es_text_chars(words);
    const char *zone = strrchr(date, ' ');
    es_picture_draw(picture, "<text class=\"quiet\" x=\"0\" y=\"%n\">", y);
    es_html_text_bytes(picture->into, date, words->length < 10 ? words->length : 10);
    if (zone)
        es_html_text(picture->into, zone);
    es_picture_draw(picture, "</text>\n");
    es_text_rewind(words);
}

static void draw_ticks(struct es_picture *picture, double y)
{
    const es_time step = step_of(picture->to - picture->from);
    const es_time past = since_midnight(picture, picture->from) % step;
    int ticks = 0;
    for (es_time t = picture->from + (past ? step - past : 0);
         t <= picture->to && ticks < 2 * TICKS_MOST; t += step, ticks++) {
        const double x = es_picture_x(picture, t);
        picture->into = &picture->back;
        es_picture_draw(picture, "<path class=\"grid\" d=\"M%n 0V%n\"/>", x, y + 4);
        picture->into = &picture->body;
        if (x > ES_PICTURE_WIDTH - LAST_LABEL)
            continue;
        es_picture_draw(picture, "<text x=\"%n\" y=\"%n\">", x, y + 17);
        add_label(picture, t, step);
        es_picture_draw(picture, "</text>");
    }
}

void es_picture_axis(struct es_picture *picture)
{
    const double y = picture->y;
    es_picture_draw(picture, "<path class=\"axis\" d=\"M%n %nH%n\"/>\n", (double)ES_PICTURE_LEFT, y,
                    (double)ES_PICTURE_RIGHT);
    es_picture_draw(picture, "<g class=\"quiet\" text-anchor=\"middle\">");
    draw_ticks(picture, y);
    es_picture_draw(picture, "</g>\n");
    add_zone(picture, y + 17);
    picture->into = &picture->back;
    for (size_t i = 0; i < picture->line_count; i++) {
        const struct es_picture_line *line = &picture->lines[i];
        es_picture_draw(picture, "<path class=\"when %s\" d=\"M%n %nV%n\"/>",
                        es_severity_name(line->severity), line->x, line->y, y);
    }
    es_picture_draw(picture, "\n");
    picture->into = &picture->body;
    picture->y += AXIS_HEIGHT;
}
