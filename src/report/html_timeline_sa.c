/*
 * The lives of SAs in the timeline, as bars: closed where their beginning or end was seen, open
 * where it was not, with a line from what was replaced to what replaced it.
 */
#include "html_timeline.h"

#include "wording.h"

#include <inttypes.h>

enum { BAR = 12, ROW = 18 };

/* A life to be drawn. */
struct life {
    const char *class;
    es_time begins, ends;
    bool begin_seen, end_seen, failed;
};

static void draw_life(struct es_picture *picture, const struct life *life, double y)
{
    const double x = es_picture_x(picture, life->begins);
    double width = es_picture_x(picture, life->ends) - x;
    width = width < 1.5 ? 1.5 : width;
    es_picture_draw(picture, "<path class=\"%s\" d=\"M%n %nh%nv%nh-%nz\"", life->class, x,
                    y - BAR / 2.0, width, (double)BAR, width);
}

/* Arrowheads where a life goes on beyond what was seen, a cross where it was deleted. */
static void draw_ends(struct es_picture *picture, const struct life *life, double y)
{
    const double x = es_picture_x(picture, life->begins);
    const double to = es_picture_x(picture, life->ends);
    if (!life->begin_seen)
        es_picture_draw(picture, "<path class=\"open\" d=\"M%n %nl-6 6 6 6\"/>", x, y - BAR / 2.0);
    if (life->end_seen)
        es_picture_draw(picture, "<path class=\"%s\" d=\"M%n %nl8 8m0-8l-8 8\"/>",
                        life->failed ? "ended failed" : "ended", to - 4, y - 4);
    else
        es_picture_draw(picture, "<path class=\"open\" d=\"M%n %nl6 6-6 6\"/>", to, y - BAR / 2.0);
    picture->deleted |= life->end_seen;
}

/* From the end of what was replaced down (or up) to what replaced it. */
static void draw_rekey(struct es_picture *picture, es_time time, double from, double to)
{
    const double x = es_picture_x(picture, time);
    const double down = to > from ? 1 : -1;
    es_picture_draw(picture, "<path class=\"rekey\" d=\"M%n %nV%nm-3 %nl3 %n 3 %n\"/>\n", x,
                    from + down * BAR / 2, to - down * BAR / 2, -4 * down, 4 * down, -4 * down);
    picture->rekeyed = true;
}

/* --- IKE SAs --- */

static struct life life_of_ike_sa(const struct es_picture *picture, const struct es_ike_sa *sa)
{
    const bool failed = sa->state == ES_IKE_SA_FAILED;
    const bool closed = es_ref_seen(&sa->closed);
    return (struct life){
        .class = failed ? "sa failed" : "sa",
        .begins = sa->first.time,
        .ends = closed   ? sa->closed.time
                : failed ? sa->last.time
                         : picture->html->report->model->last.time,
        .begin_seen = sa->birth_seen || sa->inferred,
        .end_seen = closed || failed,
        .failed = failed,
    };
}

static void title_ike_sa(struct es_picture *picture, const struct es_ike_sa *sa)
{
    struct es_text *words = &picture->words;
    es_text_addf(words, "IKE SA %" PRIu32 ", %016" PRIx64 " : %016" PRIx64 ", %s", sa->number,
                 sa->initiator_spi, sa->responder_spi, es_ike_sa_state_name(sa->state));
    if (es_ref_seen(&sa->established)) {
        es_text_add(words, ", established ");
        es_text_add_moment(words, picture->html->report, sa->established.time);
    }
    if (es_ref_seen(&sa->closed)) {
        es_text_add(words, ", closed ");
        es_text_add_moment(words, picture->html->report, sa->closed.time);
    }
    es_picture_title(picture);
}

static void draw_ike_sa(struct es_picture *picture, const struct es_ike_sa *sa, double y)
{
    const struct life life = life_of_ike_sa(picture, sa);
    es_text_addf(&picture->words, "IKE SA %" PRIu32, sa->number);
    es_picture_name(picture, y, es_text_chars(&picture->words));
    es_text_rewind(&picture->words);
    draw_life(picture, &life, y);
    es_picture_draw(picture, ">");
    title_ike_sa(picture, sa);
    es_picture_draw(picture, "</path>");
    if (es_ref_seen(&sa->established))
        es_picture_draw(picture, "<path class=\"up\" d=\"M%n %nv%n\"/>",
                        es_picture_x(picture, sa->established.time), y - BAR / 2.0, (double)BAR);
    draw_ends(picture, &life, y);
    es_picture_draw(picture, "\n");
}

static void draw_ike_sas(struct es_picture *picture)
{
    const struct es_ike_sa *shown[ES_PICTURE_IKE_SAS];
    size_t count = 0;
    const struct es_ike_sa *sa = picture->tunnel->last_ike_sa;
    for (; sa && count < ES_PICTURE_IKE_SAS; sa = sa->older_in_tunnel)
        shown[count++] = sa;
    uint64_t all = count;
    for (; sa; sa = sa->older_in_tunnel)
        all++;
    picture->ike_sas_hidden = (size_t)all - count;
    es_picture_gist(picture, all, "IKE SA");
    for (size_t i = 0; i < count; i++) {
        const double y = picture->y + ROW * ((double)(count - 1 - i) + 0.5);
        draw_ike_sa(picture, shown[i], y);
        if (shown[i]->rekeys && i + 1 < count && shown[i + 1] == shown[i]->rekeys)
            draw_rekey(picture, shown[i]->first.time, y - ROW, y);
    }
    picture->y += ROW * (double)count;
}

/* --- Child SAs --- */

static es_time first_of(const struct es_child_sa *child)
{
    es_time first = es_ref_seen(&child->created.ref) ? child->created.ref.time : ES_TIME_MAX;
    for (int side = 0; side < 2; side++) {
        const struct es_flow *f = child->flows[side];
        first = f && f->first.time < first ? f->first.time : first;
    }
    return first;
}

/* Nothing tells of it but its number. */
static bool is_void(const struct es_child_sa *child)
{
    return child->withdrawn || first_of(child) == ES_TIME_MAX;
}

static struct life life_of_child(const struct es_picture *picture, const struct es_child_sa *child)
{
    const bool deleted = es_ref_seen(&child->deleted.ref);
    return (struct life){
        .class = "sa",
        .begins = first_of(child),
        .ends = deleted ? child->deleted.ref.time : picture->html->report->model->last.time,
        .begin_seen = es_ref_seen(&child->created.ref),
        .end_seen = deleted,
    };
}

static void title_child(struct es_picture *picture, const struct es_child_sa *child)
{
    struct es_text *words = &picture->words;
    es_text_addf(words, "Child SA %" PRIu32, child->number);
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        if (!flow)
            continue;
        es_text_addf(words, ", %s 0x%08" PRIx32 " from ", flow->key.protocol == 51 ? "AH" : "ESP",
                     flow->key.spi);
        es_text_add_address(words, &picture->tunnel->peers[side].address);
        es_text_add(words, ": ");
        es_text_add_things(words, flow->packets, "packet");
    }
    if (es_ref_seen(&child->deleted.ref)) {
        es_text_add(words, ", deleted ");
        es_text_add_moment(words, picture->html->report, child->deleted.ref.time);
    }
    es_picture_title(picture);
}

/* What was still sent on it after it had gone. */
static void draw_rest(struct es_picture *picture, const struct es_child_sa *child, double y)
{
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        if (!flow || !es_flow_odd(flow)->after_delete)
            continue;
        picture->stale = true;
        es_picture_draw(picture, "<path class=\"stale\" d=\"M%n %nH%n\"/>",
                        es_picture_x(picture, child->deleted.ref.time), y,
                        es_picture_x(picture, flow->last.time));
    }
}

static void draw_child(struct es_picture *picture, size_t at)
{
    const struct es_child_sa *child = picture->children[at].child;
    const double y = picture->children[at].y;
    const struct life life = life_of_child(picture, child);
    es_text_addf(&picture->words, "Child SA %" PRIu32, child->number);
    es_picture_name(picture, y, es_text_chars(&picture->words));
    es_text_rewind(&picture->words);
    draw_life(picture, &life, y);
    es_picture_draw(picture, " ");
    es_picture_add_fill(picture, picture->into, (unsigned)at % ES_PICTURE_FILLS);
    es_picture_draw(picture, ">");
    title_child(picture, child);
    es_picture_draw(picture, "</path>");
    draw_rest(picture, child, y);
    draw_ends(picture, &life, y);
    es_picture_draw(picture, "\n");
    for (size_t i = 0; child->rekeys && i < picture->child_count; i++) {
        if (picture->children[i].child == child->rekeys)
            draw_rekey(picture, first_of(child), picture->children[i].y, y);
    }
}

/* Those that findings speak of, and the newest. */
static bool is_named(const struct es_picture *picture, const struct es_child_sa *child)
{
    const struct es_html *html = picture->html;
    uint32_t n = es_html_toll(html, picture->tunnel)->first;
    for (; n; n = html->findings[n - 1].next) {
        const struct es_finding *f = html->findings[n - 1].finding;
        if (f->child == child && f->rule->category == ES_CATEGORY_FAULT)
            return true;
        for (size_t i = 0; i < f->flow_count; i++) {
            if (f->flows[i]->child == child && f->rule->category == ES_CATEGORY_FAULT)
                return true;
        }
    }
    return false;
}

static void choose_children(struct es_picture *picture)
{
    enum { NAMED_MAX = ES_PICTURE_CHILDREN / 2, LOOKED_AT = 256 };
    const struct es_child_sa *named[NAMED_MAX];
    size_t named_count = 0;
    uint64_t all = 0;
    uint64_t deleted = 0;
    for (const struct es_child_sa *c = picture->tunnel->children; c; c = c->next_in_tunnel) {
        if (is_void(c))
            continue;
        if (all >= ES_PICTURE_CHILDREN - NAMED_MAX && all < LOOKED_AT && named_count < NAMED_MAX &&
            is_named(picture, c))
            named[named_count++] = c;
        all++;
        deleted += es_ref_seen(&c->deleted.ref);
    }
    const size_t newest = ES_PICTURE_CHILDREN - named_count;
    struct es_picture_child *to = picture->children;
    for (const struct es_child_sa *c = picture->tunnel->children; c; c = c->next_in_tunnel) {
        if (!is_void(c) && picture->child_count < newest)
            to[picture->child_count++].child = c;
    }
    for (size_t i = 0; i < named_count; i++) {
        bool twice = false;
        for (size_t k = 0; k < picture->child_count; k++)
            twice |= to[k].child == named[i];
        if (!twice)
            to[picture->child_count++].child = named[i];
    }
    for (size_t i = 0; i < picture->child_count / 2; i++) {
        const struct es_picture_child other = to[i];
        to[i] = to[picture->child_count - 1 - i];
        to[picture->child_count - 1 - i] = other;
    }
    picture->children_hidden = (size_t)all - picture->child_count;
    es_picture_gist(picture, all, "Child SA");
    if (deleted) {
        es_text_add(&picture->gist, " (");
        es_text_add_count(&picture->gist, deleted);
        es_text_add(&picture->gist, " deleted)");
    }
}

static void add_legend(struct es_picture *picture)
{
    struct es_text *out = &picture->legend;
    if (picture->rekeyed)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path "
                         "class=\"rekey\" d=\"M6 1V11m-3-4l3 4 3-4\"/></svg>rekey</li>");
    if (picture->deleted)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path "
                         "class=\"ended\" d=\"M2 2l8 8m0-8l-8 8\"/></svg>deleted, closed or "
                         "failed</li>");
    if (picture->stale)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\"><path "
                         "class=\"stale\" d=\"M0 6h12\"/></svg>ESP on an SA that was deleted</li>");
}

void es_picture_sas(struct es_picture *picture)
{
    draw_ike_sas(picture);
    choose_children(picture);
    for (size_t i = 0; i < picture->child_count; i++)
        picture->children[i].y = picture->y + ROW * ((double)i + 0.5);
    for (size_t i = 0; i < picture->child_count; i++)
        draw_child(picture, i);
    picture->y += ROW * (double)picture->child_count;
    add_legend(picture);
}
