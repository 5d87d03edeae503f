/*
 * A tunnel's course in time as a picture, all on one axis: findings, IKE messages, liveness checks,
 * the lives of SAs, ESP of both directions. The picture is an image to those who cannot see it,
 * with its gist in words; the findings' marks are links beside it.
 */
#include "html_timeline.h"

#include "wording.h"

#include <inttypes.h>
#include <stdarg.h>

/* When the capture goes on for long behind the tunnel's last packet, that is said, not drawn. */
enum { REST_PART = 3, MARGIN_PART = 100 };

void es_picture_add(struct es_text *text, double coordinate)
{
    const int64_t tenths = (int64_t)(coordinate * 10 + (coordinate < 0 ? -0.5 : 0.5));
    const uint64_t size = (uint64_t)(tenths < 0 ? -tenths : tenths);
    if (tenths < 0)
        es_text_add_bytes(text, "-", 1);
    es_text_add_decimal(text, size / 10);
    if (size % 10) {
        const char rest[] = {'.', (char)('0' + size % 10)};
        es_text_add_bytes(text, rest, sizeof(rest));
    }
}

void es_picture_draw(struct es_picture *picture, const char *format, ...)
{
    struct es_text *into = picture->into;
    va_list values;
    va_start(values, format);
    for (const char *c = format; *c; c++) {
        if (*c != '%') {
            es_text_add_bytes(into, c, 1);
            continue;
        }
        switch (*++c) {
        case 'n':
            es_picture_add(into, va_arg(values, double));
            break;
        case 'u':
            es_text_add_decimal(into, va_arg(values, unsigned));
            break;
        default:
            es_text_add(into, va_arg(values, const char *));
        }
    }
    va_end(values);
}

double es_picture_x(const struct es_picture *picture, es_time time)
{
    const es_time inside = time < picture->from ? picture->from
                           : time > picture->to ? picture->to
                                                : time;
    return ES_PICTURE_LEFT + (double)(inside - picture->from) /
                                 (double)(picture->to - picture->from) *
                                 (ES_PICTURE_RIGHT - ES_PICTURE_LEFT);
}

void es_picture_name(struct es_picture *picture, double y, const char *name)
{
    es_picture_draw(picture, "<text x=\"0\" y=\"%n\">%s</text>", y + 4, name);
}

void es_picture_gist(struct es_picture *picture, uint64_t number, const char *noun)
{
    struct es_text *gist = &picture->gist;
    if (!number)
        return;
    es_text_add(gist, gist->length ? ", " : "");
    es_text_add_things(gist, number, noun);
}

unsigned es_picture_fill(const struct es_picture *picture, const struct es_child_sa *child)
{
    for (size_t i = 0; i < picture->child_count; i++) {
        if (picture->children[i].child == child)
            return (unsigned)i % ES_PICTURE_FILLS;
    }
    return ES_PICTURE_FILLS;
}

void es_picture_add_fill(struct es_picture *picture, struct es_text *text, unsigned fill)
{
    es_text_addf(text, "fill=\"url(#fill-%" PRIu32 "-%u)\"", picture->tunnel->number, fill);
}

void es_picture_title(struct es_picture *picture)
{
    es_text_add(picture->into, "<title>");
    es_html_text_bytes(picture->into, es_text_chars(&picture->words), picture->words.length);
    es_text_add(picture->into, "</title>");
    es_text_rewind(&picture->words);
}

/* --- what is around --- */

/* Lines in six directions and two densities: they differ without colours, too. */
static void add_patterns(struct es_picture *picture, struct es_text *out)
{
    static const char *const lines[ES_PICTURE_FILLS + 1] = {
        "M-1 1l2-2M0 6l6-6M5 7l2-2",
        "M-1 5l2 2M0 0l6 6M5-1l2 2",
        "M0 3h6",
        "M3 0v6",
        "M0 3h6M3 0v6",
        "M0 6l6-6M0 0l6 6",
        "M1.5 1.5h1v1h-1zM4.5 4.5h1v1h-1z",
        "M0 1h6M0 4h6",
        "M0 0",
    };
    bool used[ES_PICTURE_FILLS + 1] = {false};
    for (const struct es_flow *f = picture->tunnel->flows; f; f = f->next_in_tunnel)
        used[es_picture_fill(picture, f->child)] = true;
    for (size_t i = 0; i < picture->child_count; i++)
        used[i % ES_PICTURE_FILLS] = true;
    es_text_add(out, "<defs>");
    for (unsigned i = 0; i <= ES_PICTURE_FILLS; i++) {
        if (used[i])
            es_text_addf(out,
                         "<pattern id=\"fill-%" PRIu32 "-%u\" class=\"fill-%u\" width=\"6\" "
                         "height=\"6\" patternUnits=\"userSpaceOnUse\"><path d=\"M0 0h6v6H0z\"/>"
                         "<path d=\"%s\"/></pattern>",
                         picture->tunnel->number, i, i, lines[i]);
    }
    es_text_add(out, "</defs>");
}

static void add_range(struct es_picture *picture, struct es_text *out)
{
    const struct es_report *report = picture->html->report;
    const struct es_tunnel *tunnel = picture->tunnel;
    es_text_add_moment(out, report, tunnel->first.time);
    es_text_add(out, " to ");
    es_text_add_moment(out, report, tunnel->last.time);
    es_text_add(out, " (");
    es_text_add_span(out, tunnel->last.time - tunnel->first.time);
    es_text_add(out, ")");
    const es_time rest = report->model->last.time - tunnel->last.time;
    if (rest > ES_SECOND) {
        es_text_add(out, "; the capture ends ");
        es_text_add_span(out, rest);
        es_text_add(out, " later");
    }
}

static void add_hidden(struct es_text *out, size_t count, const char *noun)
{
    if (!count)
        return;
    es_text_add(out, "; ");
    es_text_add_things(out, count, noun);
    es_text_add(out, count == 1 ? " is not drawn" : " are not drawn");
}

static void add_gist(struct es_picture *picture, struct es_text *out)
{
    add_range(picture, out);
    if (picture->gist.length) {
        es_text_add(out, ": ");
        es_text_add_bytes(out, picture->gist.chars, picture->gist.length);
    }
    add_hidden(out, picture->ike_sas_hidden, "older IKE SA");
    add_hidden(out, picture->children_hidden, "older Child SA");
    add_hidden(out, picture->marks_hidden, "more finding");
    es_text_add(out, ".");
}

static void set_range(struct es_picture *picture)
{
    const struct es_tunnel *tunnel = picture->tunnel;
    const es_time end = picture->html->report->model->last.time;
    es_time length = tunnel->last.time - tunnel->first.time;
    length = length < ES_MILLISECOND ? ES_MILLISECOND : length;
    picture->from = tunnel->first.time;
    picture->to = tunnel->first.time + length;
    if (end > picture->to && (end - picture->to) / REST_PART <= length)
        picture->to = end;
    /* Of centuries there is none: the difference of two times must stay one. */
    const es_time whole = picture->to - picture->from;
    const es_time margin = whole < ES_TIME_MAX ? whole / MARGIN_PART : 0;
    picture->from -= margin;
    picture->to += margin;
}

static void write_figure(struct es_picture *picture, const struct es_text *marks)
{
    struct es_text *out = picture->html->out;
    const uint32_t n = picture->tunnel->number;
    es_text_addf(out,
                 "<figure class=\"timeline\" id=\"timeline-%" PRIu32 "\">"
                 "<figcaption id=\"timeline-%" PRIu32 "-caption\">Timeline</figcaption>\n",
                 n, n);
    es_text_addf(out, "<p class=\"gist\" id=\"timeline-%" PRIu32 "-gist\">", n);
    add_gist(picture, out);
    es_text_addf(out,
                 "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
                 "aria-labelledby=\"timeline-%" PRIu32 "-caption\">"
                 "<svg viewBox=\"0 0 %d ",
                 n, ES_PICTURE_WIDTH);
    es_picture_add(out, picture->y);
    es_text_addf(out,
                 "\"><g role=\"img\" aria-labelledby=\"timeline-%" PRIu32 "-title "
                 "timeline-%" PRIu32 "-desc\"><title id=\"timeline-%" PRIu32 "-title\">"
                 "Timeline of tunnel %" PRIu32 "</title><desc id=\"timeline-%" PRIu32 "-desc\">",
                 n, n, n, n, n);
    add_gist(picture, out);
    es_text_add(out, "</desc>");
    add_patterns(picture, out);
    es_text_add(out, "\n");
    es_text_add_bytes(out, es_text_chars(&picture->back), picture->back.length);
    es_text_add_bytes(out, es_text_chars(&picture->body), picture->body.length);
    es_text_add(out, "</g>\n");
    es_text_add_bytes(out, es_text_chars(marks), marks->length);
    es_text_add(out, "</svg></div>\n");
    if (picture->legend.length) {
        es_text_add(out, "<ul class=\"legend\">");
        es_text_add_bytes(out, picture->legend.chars, picture->legend.length);
        es_text_add(out, "</ul>\n");
    }
    es_text_add(out, "</figure>\n");
}

void es_html_timeline(struct es_html *html, const struct es_tunnel *tunnel)
{
    struct es_picture picture = {.html = html, .tunnel = tunnel};
    struct es_text marks;
    es_text_init(&marks);
    picture.into = &picture.body;
    set_range(&picture);
    es_picture_marks(&picture, &marks);
    es_picture_messages(&picture);
    es_picture_sas(&picture);
    es_picture_traffic(&picture);
    es_picture_axis(&picture);
    write_figure(&picture, &marks);
    html->out->failed |= picture.body.failed || picture.back.failed || picture.gist.failed ||
                         picture.legend.failed || picture.words.failed || marks.failed;
    es_text_fini(&picture.body);
    es_text_fini(&picture.back);
    es_text_fini(&picture.gist);
    es_text_fini(&picture.legend);
    es_text_fini(&picture.words);
    es_text_fini(&marks);
}
