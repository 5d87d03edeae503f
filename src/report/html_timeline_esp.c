/*
 * ESP and AH in the timeline: the packet rate of one peer above a line, that of the other below it,
 * each made of the parts of its SPIs. The fillings are those of the Child SAs' bars, so that a peer
 * that uses another SA than its counterpart shows.
 *
 * Heights go by the square root of the rate: a trickle beside a flood is still seen. The parts of a
 * height are as the parts of the rate.
 */
#include "html_timeline.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

enum {
    COLUMNS = 122,                   /* each of 7 units */
    PARTS = ES_PICTURE_CHILDREN + 1, /* by Child SA; the last: those without a bar */
    HALF = 54,                       /* height of a direction */
    GAP = 10,                        /* above it all: the peers' names stand there and below */
    KEYS_MAX = 12,                   /* flows in the legend */
};

struct traffic {
    struct es_picture *picture;
    double rates[2][PARTS][COLUMNS]; /* packets in a second */
    double most;                     /* what the height stands for */
    double middle;
    uint64_t packets[2], flows[2];
};

static size_t part_of(const struct es_picture *picture, const struct es_child_sa *child)
{
    for (size_t i = 0; i < picture->child_count; i++) {
        if (picture->children[i].child == child)
            return i;
    }
    return ES_PICTURE_CHILDREN;
}

/* A bucket's packets, spread over the columns that it lies in. */
static void spread(struct traffic *traffic, double *columns, es_time begin, es_time end,
                   uint32_t packets)
{
    const struct es_picture *picture = traffic->picture;
    const double width = (double)(picture->to - picture->from) / COLUMNS;
    double from = (double)(begin - picture->from) / width;
    double to = (double)(end - picture->from) / width;
    /* A single packet has no length of its own: it fills its column. */
    if (to - from < 1) {
        from = (double)(int64_t)from;
        to = from + 1;
    }
    const double each = packets / (to - from) / (width / (double)ES_SECOND);
    const int first = from <= 0 ? 0 : from < COLUMNS ? (int)from : COLUMNS;
    for (int i = first; i < COLUMNS && i < to; i++) {
        const double c = i;
        const double left = from > c ? from : c;
        const double right = to < c + 1 ? to : c + 1;
        columns[i] += each * (right - left);
    }
}

/* The last bucket is not over when the flow is: it ends where its packets do at the pace before. */
static es_time last_end(const struct es_flow *flow, size_t bucket)
{
    const struct es_timeline *t = &flow->timeline;
    const es_time begin = t->start + (es_time)bucket * t->width;
    const es_time seen = flow->last.time > begin ? flow->last.time - begin : 0;
    const double before = bucket > 0 ? es_timeline_count(t, bucket - 1) : 0;
    es_time paced = t->width;
    if (before > es_timeline_count(t, bucket))
        paced = (es_time)((double)t->width * es_timeline_count(t, bucket) / before);
    return begin + (seen > paced ? seen : paced);
}

/* Its packets came at an even pace: a bucket without one is no gap. */
static bool is_steady(const struct es_flow *flow)
{
    if (flow->packets < 3)
        return false;
    const es_time length = flow->last.time - flow->first.time;
    return flow->longest_pause / 2 < length / (es_time)(flow->packets - 1);
}

static void add_flow(struct traffic *traffic, const struct es_flow *flow)
{
    const struct es_timeline *t = &flow->timeline;
    double *columns = traffic->rates[flow->side][part_of(traffic->picture, flow->child)];
    size_t last = 0;
    traffic->packets[flow->side] += flow->packets;
    traffic->flows[flow->side]++;
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS; i++)
        last = es_timeline_count(t, i) ? i : last;
    const bool steady = is_steady(flow);
    for (size_t i = 0; i <= last && t->width > 0; i++) {
        if (!es_timeline_count(t, i))
            continue;
        const es_time begin = t->start + (es_time)i * t->width;
        size_t next = i + 1;
        while (steady && next < last && !es_timeline_count(t, next))
            next++;
        spread(traffic, columns, begin,
               i == last ? last_end(flow, i) : t->start + (es_time)next * t->width,
               es_timeline_count(t, i));
    }
}

/* The next of 1, 2, 4, 10, … from the highest rate on: a quarter of it can be said, too. */
static void set_scale(struct traffic *traffic)
{
    double highest = 0;
    for (int side = 0; side < 2; side++) {
        for (size_t c = 0; c < COLUMNS; c++) {
            double sum = 0;
            for (size_t p = 0; p < PARTS; p++)
                sum += traffic->rates[side][p][c];
            highest = sum > highest ? sum : highest;
        }
    }
    double step = 0.001;
    for (int i = 0; step < highest && i < 100; i++)
        step *= i % 3 == 2 ? 2.5 : 2;
    traffic->most = step;
}

/* The square root of a number up to 1. */
static double root(double square)
{
    double root = 1;
    for (int i = 0; square > 0 && i < 40; i++)
        root = (root + square / root) / 2;
    return square > 0 ? root : 0;
}

/* Where the upper edge of a part stands, from the middle on. */
static double height(const struct traffic *traffic, int side, size_t part, size_t column)
{
    double sum = 0;
    double below = 0;
    for (size_t p = 0; p < PARTS; p++) {
        sum += traffic->rates[side][p][column];
        below += p <= part ? traffic->rates[side][p][column] : 0;
    }
    return sum > 0 ? root(sum / traffic->most) * HALF * (below / sum) : 0;
}

static double column_x(size_t column)
{
    return ES_PICTURE_LEFT +
           (double)column * (ES_PICTURE_RIGHT - ES_PICTURE_LEFT) / (double)COLUMNS;
}

/* One run of columns without a gap: along its upper edge, and back along its lower one. */
static void add_run(const struct traffic *traffic, struct es_text *path, int side, size_t part,
                    size_t from, size_t to)
{
    const double up = side ? 1 : -1;
    for (int edge = 0; edge < 2; edge++) {
        double last = -1;
        for (size_t i = from; i < to; i++) {
            const size_t c = edge ? from + to - 1 - i : i;
            const bool is_upper = edge == 0;
            double h = 0;
            if (is_upper || part > 0)
                h = height(traffic, side, is_upper ? part : part - 1, c);
            h = (double)(int64_t)(h * 2 + 0.5) / 2;
            if (h != last) {
                es_text_add(path, last < 0 && !edge ? "M" : "H");
                es_picture_add(path, column_x(edge ? c + 1 : c));
                es_text_add(path, last < 0 && !edge ? " " : "V");
                es_picture_add(path, traffic->middle + up * h);
            }
            last = h;
        }
        es_text_add(path, "H");
        es_picture_add(path, column_x(edge ? from : to));
    }
    es_text_add(path, "z");
}

static void draw_part(struct traffic *traffic, int side, size_t part)
{
    struct es_picture *picture = traffic->picture;
    const double *rates = traffic->rates[side][part];
    struct es_text path;
    es_text_init(&path);
    for (size_t c = 0; c < COLUMNS;) {
        size_t end = c;
        while (end < COLUMNS && rates[end] > 0)
            end++;
        if (end > c)
            add_run(traffic, &path, side, part, c, end);
        c = end > c ? end : c + 1;
    }
    if (path.length) {
        const bool is_rest = part == ES_PICTURE_CHILDREN;
        es_picture_draw(picture, "<path class=\"rate\" d=\"%s\" ", es_text_chars(&path));
        es_picture_add_fill(picture, picture->into,
                            is_rest ? ES_PICTURE_FILLS : (unsigned)part % ES_PICTURE_FILLS);
        es_picture_draw(picture, ">");
        es_text_add_address(&picture->words, &picture->tunnel->peers[side].address);
        if (is_rest) {
            es_text_add(&picture->words, ": SAs that have no bar of their own");
        } else {
            const struct es_child_sa *child = picture->children[part].child;
            es_text_addf(&picture->words, ": SPI 0x%08" PRIx32 " of Child SA %" PRIu32,
                         child->flows[side] ? child->flows[side]->key.spi : 0, child->number);
        }
        es_picture_title(picture);
        es_picture_draw(picture, "</path>\n");
    }
    picture->body.failed |= path.failed;
    es_text_fini(&path);
}

/* "20/s", "2.5/s", "0.25/s" */
static void add_rate(struct es_text *text, double rate)
{
    const uint64_t thousandths = (uint64_t)(rate * 1000 + 0.5);
    es_text_add_count(text, thousandths / 1000);
    if (thousandths % 1000) {
        char digits[3];
        size_t count = 0;
        for (uint64_t left = thousandths % 1000; left > 0; left = left % 100 * 10)
            digits[count++] = (char)('0' + left / 100);
        es_text_add(text, ".");
        es_text_add_bytes(text, digits, count);
    }
    es_text_add(text, "/s");
}

static void draw_scale(struct traffic *traffic)
{
    struct es_picture *picture = traffic->picture;
    static const struct {
        double part, height; /* a quarter of the rate has half of the height */
    } lines[] = {
        {1,    HALF      },
        {0.25, HALF / 2.0},
    };
    for (int side = 0; side < 2; side++) {
        const double up = side ? 1 : -1;
        for (size_t i = 0; i < ES_COUNT(lines); i++) {
            const double y = traffic->middle + up * lines[i].height;
            picture->into = &picture->back;
            es_picture_draw(picture, "<path class=\"grid\" d=\"M%n %nH%n\"/>",
                            (double)ES_PICTURE_LEFT, y, (double)ES_PICTURE_RIGHT);
            picture->into = &picture->body;
            es_picture_draw(picture, "<text class=\"quiet\" x=\"%n\" y=\"%n\" text-anchor=\"end\">",
                            ES_PICTURE_LEFT - 6.0, y + 4);
            add_rate(picture->into, lines[i].part * traffic->most);
            es_picture_draw(picture, "</text>");
        }
        es_picture_draw(picture, "<text class=\"from%u\" x=\"%n\" y=\"%n\">%s ", (unsigned)side,
                        ES_PICTURE_LEFT + 6.0, traffic->middle + up * (HALF + 7) + 4,
                        side ? "\u25bc from" : "\u25b2 from");
        es_text_add_address(picture->into, &picture->tunnel->peers[side].address);
        es_picture_draw(picture, "</text>\n");
    }
}

/* What was sent on an SA after its end: the time is underlined. */
static void draw_stale(struct traffic *traffic)
{
    struct es_picture *picture = traffic->picture;
    for (size_t i = 0; i < picture->child_count; i++) {
        for (int side = 0; side < 2; side++) {
            const struct es_flow *flow = picture->children[i].child->flows[side];
            if (!flow || !es_flow_odd(flow)->after_delete)
                continue;
            const double y = traffic->middle + (side ? 1 : -1) * 2;
            es_picture_draw(picture, "<path class=\"stale\" d=\"M%n %nH%n\"/>\n",
                            es_picture_x(picture, es_flow_odd(flow)->after_delete_first.time), y,
                            es_picture_x(picture, flow->last.time));
        }
    }
}

static void add_key(struct es_picture *picture, const struct es_flow *flow)
{
    struct es_text *out = &picture->legend;
    es_text_add(out, "<li><svg class=\"key wide\" viewBox=\"0 0 24 12\" aria-hidden=\"true\">"
                     "<path class=\"rate\" d=\"M0 0h24v12H0z\" ");
    es_picture_add_fill(picture, out, es_picture_fill(picture, flow->child));
    es_text_addf(out,
                 "/></svg>Child SA %" PRIu32 " <span class=\"from%u\">%s</span> <code>0x%08" PRIx32
                 "</code>, ",
                 flow->child->number, flow->side, flow->side ? "\u25bc" : "\u25b2", flow->key.spi);
    es_text_add_things(out, flow->packets, "packet");
    if (es_flow_odd(flow)->after_delete) {
        es_text_add(out, ", <em class=\"bad\">");
        es_text_add_count(out, es_flow_odd(flow)->after_delete);
        es_text_add(out, " after its SA was deleted</em>");
    }
    es_text_add(out, "</li>");
}

static void add_legend(struct traffic *traffic)
{
    struct es_picture *picture = traffic->picture;
    size_t keys = 0;
    uint64_t shown = 0;
    for (size_t i = 0; i < picture->child_count; i++) {
        for (int side = 0; side < 2 && keys < KEYS_MAX; side++) {
            const struct es_flow *flow = picture->children[i].child->flows[side];
            if (!flow)
                continue;
            add_key(picture, flow);
            keys++;
            shown++;
        }
    }
    es_text_add(&picture->legend, "<li>height: square root of the packets in a second</li>");
    const uint64_t rest = traffic->flows[0] + traffic->flows[1] - shown;
    if (!rest)
        return;
    es_text_add(&picture->legend, "<li>");
    es_text_add_things(&picture->legend, rest, "more SPI");
    es_text_add(&picture->legend, "</li>");
}

static void tell(struct traffic *traffic)
{
    struct es_picture *picture = traffic->picture;
    const bool is_ah = picture->tunnel->flows->key.protocol == 51;
    for (int side = 0; side < 2; side++) {
        es_text_add(&picture->gist, picture->gist.length ? "; " : "");
        es_text_add_address(&picture->gist, &picture->tunnel->peers[side].address);
        es_text_add(&picture->gist, " sends ");
        es_text_add_count(&picture->gist, traffic->packets[side]);
        es_text_add(&picture->gist, is_ah ? " AH packet" : " ESP packet");
        es_text_add(&picture->gist, traffic->packets[side] == 1 ? "" : "s");
        if (traffic->flows[side] > 1) {
            es_text_add(&picture->gist, " on ");
            es_text_add_things(&picture->gist, traffic->flows[side], "SPI");
        }
    }
}

void es_picture_traffic(struct es_picture *picture)
{
    struct traffic traffic = {.picture = picture};
    for (const struct es_flow *f = picture->tunnel->flows; f; f = f->next_in_tunnel)
        add_flow(&traffic, f);
    if (!picture->tunnel->flows) {
        picture->y += GAP;
        return;
    }
    traffic.middle = picture->y + GAP + 14 + HALF;
    set_scale(&traffic);
    for (int side = 0; side < 2; side++) {
        for (size_t part = 0; part < PARTS; part++)
            draw_part(&traffic, side, part);
    }
    es_picture_name(picture, traffic.middle, "Packets");
    es_picture_draw(picture, "<path class=\"axis\" d=\"M%n %nH%n\"/>\n", (double)ES_PICTURE_LEFT,
                    traffic.middle, (double)ES_PICTURE_RIGHT);
    draw_scale(&traffic);
    draw_stale(&traffic);
    add_legend(&traffic);
    tell(&traffic);
    picture->y = traffic.middle + HALF + 18;
}
