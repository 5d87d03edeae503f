/*
 * IKE in the timeline: a glyph for each message above or below a line, by its sender, and the same
 * for liveness checks. Those of one kind are one path, and what falls on the same place is drawn
 * once, so that a flood costs no more than what can be seen of it.
 */
#include "html_timeline.h"

#include "wording.h"

#include <string.h>

enum { STEM = 13, LANE_HEIGHT = 40, PLACES = ES_PICTURE_WIDTH + 1, FOLDS_MAX = 40 };

/* How a glyph looks: filled, only its outline, filled in red, or a cross. */
enum look { FIRST, AGAIN, REFUSAL, IN_VAIN, LOOKS };

struct lane {
    const char *name;
    double middle;
    bool used;
};

struct sketch {
    struct es_picture *picture;
    struct es_text paths[ES_MESSAGE_KINDS][LOOKS]; /* owned */
    uint8_t seen[ES_MESSAGE_KINDS][LOOKS][2][PLACES / 8 + 1];
    struct lane lanes[2]; /* what is negotiated and told, liveness */
    uint64_t counts[ES_MESSAGE_KINDS];
    uint64_t checks_in_vain, in_vain;
    struct es_text folds; /* owned */
    size_t fold_count, move_count;
};

static struct lane *lane_of(struct sketch *sketch, enum es_message_kind kind)
{
    return &sketch->lanes[kind == ES_MESSAGE_CHECKS];
}

static enum look look_of(const struct es_chronicle_message *m)
{
    if (m->answer == ES_ANSWER_UNANSWERED || m->answer == ES_ANSWER_REFUSED)
        return IN_VAIN;
    if (m->refuses)
        return REFUSAL;
    return es_ref_seen(&m->retransmission_of) ? AGAIN : FIRST;
}

/* The glyphs differ in their forms, too. Each begins at its tip. */
static void add_glyph(struct es_text *path, enum es_message_kind kind, double x, double y)
{
    static const char *const glyphs[ES_MESSAGE_KINDS] = {
        [ES_MESSAGE_BEGINS] = "m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
        [ES_MESSAGE_PROVES] = "m-3-3h6v6h-6z",
        [ES_MESSAGE_MAKES] = "m0-4.5 4.5 4.5-4.5 4.5-4.5-4.5z",
        [ES_MESSAGE_TELLS] = "m0-4 4 7h-8z",
        [ES_MESSAGE_CHECKS] = "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0z",
    };
    es_text_add(path, "M");
    es_picture_add(path, x);
    es_text_add(path, " ");
    es_picture_add(path, y);
    es_text_add(path, glyphs[kind]);
}

static void add_message(struct sketch *sketch, const struct es_chronicle_entry *entry)
{
    struct es_picture *picture = sketch->picture;
    const struct es_chronicle_message *m = entry->message;
    const enum es_message_kind kind = es_message_kind_of(m);
    const enum look look = look_of(m);
    const unsigned x = (unsigned)(es_picture_x(picture, entry->ref.time) + 0.5);
    uint8_t *seen = &sketch->seen[kind][look][entry->side][x / 8];
    sketch->counts[kind]++;
    picture->kinds[kind] = true;
    picture->unanswered |= look == IN_VAIN;
    picture->repeated |= look == AGAIN;
    picture->refused |= look == REFUSAL;
    lane_of(sketch, kind)->used = true;
    if (look == IN_VAIN)
        (*(kind == ES_MESSAGE_CHECKS ? &sketch->checks_in_vain : &sketch->in_vain))++;
    if (*seen & 1U << x % 8)
        return;
    *seen |= (uint8_t)(1U << x % 8);
    const double up = entry->side ? -1 : 1;
    const double middle = lane_of(sketch, kind)->middle;
    struct es_text *path = &sketch->paths[kind][look];
    if (look == IN_VAIN) {
        es_text_add(path, "M");
        es_picture_add(path, x - 4.0);
        es_text_add(path, " ");
        es_picture_add(path, middle - up * STEM - 4);
        es_text_add(path, "l8 8m0-8l-8 8");
    } else {
        add_glyph(path, kind, x, middle - up * STEM);
    }
    es_text_add(path, "M");
    es_picture_add(path, x);
    es_text_add(path, " ");
    es_picture_add(path, middle);
    es_text_add(path, "v");
    es_picture_add(path, -up * (STEM - 3));
}

/* What was folded, as a bar over its time. */
static void add_fold(struct sketch *sketch, const struct es_chronicle_entry *entry)
{
    enum { LABEL_WIDTH = 90 };
    struct es_picture *picture = sketch->picture;
    const struct es_chronicle_fold *fold = entry->fold;
    const bool are_checks = fold->messages && fold->checks == fold->messages;
    struct lane *lane = &sketch->lanes[are_checks];
    const double x = es_picture_x(picture, entry->ref.time);
    double width = es_picture_x(picture, fold->last.time) - x;
    width = width < 2 ? 2 : width;
    sketch->counts[ES_MESSAGE_CHECKS] += fold->checks;
    sketch->counts[ES_MESSAGE_TELLS] += fold->messages - fold->checks;
    if (sketch->fold_count++ >= FOLDS_MAX)
        return;
    lane->used = true;
    picture->folded = true;
    picture->into = &sketch->folds;
    es_picture_draw(picture, "<g class=\"folded\"><path d=\"M%n %nh%nv10h-%nz\"/>", x,
                    lane->middle - 5, width, width);
    es_text_add_fold(&picture->words, fold);
    es_picture_title(picture);
    if (width > LABEL_WIDTH) {
        es_picture_draw(picture, "<text x=\"%n\" y=\"%n\" text-anchor=\"middle\">", x + width / 2,
                        lane->middle + 4);
        es_text_add_count(picture->into, fold->messages + fold->events);
        es_picture_draw(picture, " folded</text>");
    }
    es_picture_draw(picture, "</g>\n");
    picture->into = &picture->body;
}

/* An address or a port changed: an arrow both ways on the line. */
static void add_move(struct sketch *sketch, const struct es_chronicle_entry *entry)
{
    struct es_picture *picture = sketch->picture;
    if (sketch->move_count++ >= FOLDS_MAX)
        return;
    picture->moved = true;
    sketch->lanes[0].used = true;
    picture->into = &sketch->folds;
    es_picture_draw(picture, "<path class=\"moved\" d=\"M%n %nh10m-3-3 3 3-3 3m-4-6-3 3 3 3\">",
                    es_picture_x(picture, entry->ref.time) - 5, sketch->lanes[0].middle);
    es_text_add(&picture->words, entry->event->words);
    es_picture_title(picture);
    es_picture_draw(picture, "</path>\n");
    picture->into = &picture->body;
}

static void draw_paths(struct sketch *sketch)
{
    static const char *const classes[] = {
        [FIRST] = "", [AGAIN] = " again", [REFUSAL] = " refuses", [IN_VAIN] = " in-vain"};
    /* What tells most lies on top: a rekey hides the Delete that follows it. */
    static const enum es_message_kind order[ES_MESSAGE_KINDS] = {
        ES_MESSAGE_CHECKS, ES_MESSAGE_TELLS, ES_MESSAGE_BEGINS, ES_MESSAGE_PROVES,
        ES_MESSAGE_MAKES};
    struct es_picture *picture = sketch->picture;
    for (unsigned look = 0; look < LOOKS; look++) {
        for (unsigned i = 0; i < ES_MESSAGE_KINDS; i++) {
            struct es_text *path = &sketch->paths[order[i]][look];
            if (path->length)
                es_picture_draw(picture, "<path class=\"glyph %s%s\" d=\"%s\"/>\n",
                                es_message_kind_name(order[i]), classes[look], es_text_chars(path));
            picture->body.failed |= path->failed;
            es_text_fini(path);
        }
    }
}

static void draw_lane(struct es_picture *picture, const struct lane *lane)
{
    es_picture_name(picture, lane->middle, lane->name);
    es_picture_draw(picture, "<path class=\"lane\" d=\"M%n %nH%n\"/>\n", (double)ES_PICTURE_LEFT,
                    lane->middle, (double)ES_PICTURE_RIGHT);
}

static void tell(struct sketch *sketch)
{
    struct es_picture *picture = sketch->picture;
    const uint64_t checks = sketch->counts[ES_MESSAGE_CHECKS];
    uint64_t others = 0;
    for (unsigned kind = 0; kind < ES_MESSAGE_CHECKS; kind++)
        others += sketch->counts[kind];
    const struct es_peer *peers = picture->tunnel->peers;
    es_picture_gist(picture, others, "IKE message");
    if (!others && !checks && peers[0].ike.count + peers[1].ike.count > 0) {
        es_picture_gist(picture, peers[0].ike.count + peers[1].ike.count, "IKE message");
        es_text_add(&picture->gist, " (not kept: there were too many tunnels)");
    }
    if (sketch->in_vain) {
        es_text_add(&picture->gist, " (");
        es_text_add_things(&picture->gist, sketch->in_vain, "request");
        es_text_add(&picture->gist, " unanswered or refused)");
    }
    if (!checks)
        return;
    es_picture_gist(picture, checks, "message");
    es_text_add(&picture->gist, " of liveness checks");
    if (sketch->checks_in_vain) {
        es_text_add(&picture->gist, " (");
        es_text_add_count(&picture->gist, sketch->checks_in_vain);
        es_text_add(&picture->gist, " unanswered)");
    }
}

static void add_legend(struct es_picture *picture)
{
    struct es_text *out = &picture->legend;
    for (unsigned kind = 0; kind < ES_MESSAGE_KINDS; kind++) {
        if (!picture->kinds[kind])
            continue;
        es_text_addf(out,
                     "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                     "<path class=\"glyph %s\" d=\"",
                     es_message_kind_name(kind));
        add_glyph(out, kind, 6, 6);
        es_text_addf(out, "\"/></svg>%s</li>", es_message_kind_title(kind));
    }
    if (picture->repeated)
        es_text_add(out,
                    "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                    "<path class=\"glyph ike-tells again\" d=\"M2.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 "
                    "0 1 0-7 0z\"/></svg>sent again</li>");
    if (picture->moved)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                         "<path class=\"moved\" d=\"M1 6h10m-3-3 3 3-3 3m-4-6-3 3 3 3\"/></svg>a "
                         "peer moved</li>");
    if (picture->refused)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                         "<path class=\"glyph refuses\" d=\"M2.5 6a3.5 3.5 0 1 0 7 0a3.5 3.5 0 "
                         "1 0-7 0z\"/></svg>a refusal</li>");
    if (picture->unanswered)
        es_text_add(out, "<li><svg class=\"key\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">"
                         "<path class=\"glyph in-vain\" d=\"M2 2l8 8m0-8l-8 8\"/></svg>never "
                         "answered, or refused</li>");
}

void es_picture_messages(struct es_picture *picture)
{
    const struct es_chronicle *chronicle = picture->html->chronicle;
    struct sketch sketch = {
        .picture = picture,
        .lanes = {{"IKE", picture->y + LANE_HEIGHT / 2.0, false},
                  {"Liveness", picture->y + LANE_HEIGHT * 1.5, false}},
    };
    const struct es_chronicle_entry *first =
        chronicle ? es_chronicle_of(chronicle, picture->tunnel->number) : NULL;
    for (const struct es_chronicle_entry *e = first; e; e = e->next) {
        if (e->kind == ES_CHRONICLE_MESSAGE)
            add_message(&sketch, e);
        else if (e->kind == ES_CHRONICLE_FOLD)
            add_fold(&sketch, e);
        else if (e->event->kind == ES_EVENT_PEER_MOVED)
            add_move(&sketch, e);
    }
    for (size_t i = 0; i < ES_COUNT(sketch.lanes); i++) {
        if (sketch.lanes[i].used || (i == 0 && sketch.lanes[1].used)) {
            draw_lane(picture, &sketch.lanes[i]);
            picture->y += LANE_HEIGHT;
        }
    }
    es_text_add_bytes(&picture->body, es_text_chars(&sketch.folds), sketch.folds.length);
    picture->body.failed |= sketch.folds.failed;
    es_text_fini(&sketch.folds);
    draw_paths(&sketch);
    tell(&sketch);
    add_legend(picture);
}
