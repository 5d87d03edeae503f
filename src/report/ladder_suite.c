/*
 * What an SA payload offers or chooses, in the least words: of each proposal one alternative of
 * each type, and how many more there are.
 *
 *     AES_CBC-256+2 HMAC_SHA2_256_128+1 PRF_HMAC_SHA2_256 MODP-2048; 1 more proposal
 */
#include "ladder.h"

#include <inttypes.h>

/* Rows of one proposal: from `begin` up to but without `end`. */
struct stretch {
    const struct es_ike_proposals *all;
    size_t begin, end;
};

static struct stretch stretch_at(const struct es_ike_proposals *all, size_t begin)
{
    const struct es_ike_transform *head = &all->transforms[begin];
    size_t end = begin;
    while (end < all->count && all->transforms[end].proposal == head->proposal &&
           all->transforms[end].protocol == head->protocol)
        end++;
    return (struct stretch){all, begin, end};
}

static bool is_life(const struct es_ike_transform *row)
{
    return row->value != 0;
}

static void add_spi(struct es_text *text, const struct stretch *s)
{
    const struct es_ike_transform *head = &s->all->transforms[s->begin];
    for (size_t i = 0; i < s->all->spi_count; i++) {
        if (s->all->spis[i].proposal != head->proposal ||
            s->all->spis[i].protocol != head->protocol || !s->all->spis[i].size)
            continue;
        es_text_addf(text, s->all->spis[i].size == 8 ? "%016" PRIx64 " " : "%08" PRIx64 " ",
                     s->all->spis[i].spi);
        return;
    }
}

static void add_alternatives(struct es_text *text, const struct stretch *s, size_t first,
                             bool whole)
{
    const struct es_ike_transform *rows = s->all->transforms;
    unsigned others = 0;
    es_text_add_transform(text, &rows[first]);
    for (size_t i = first + 1; i < s->end; i++) {
        if (rows[i].type != rows[first].type || rows[i].transform != rows[first].transform)
            continue;
        others++;
        if (whole) {
            es_text_add(text, ", ");
            es_text_add_transform(text, &rows[i]);
        }
    }
    if (others && !whole)
        es_text_addf(text, "+%u", others);
}

static bool came_before(const struct stretch *s, size_t row)
{
    const struct es_ike_transform *rows = s->all->transforms;
    for (size_t i = s->begin; i < row; i++) {
        if (rows[i].type == rows[row].type && rows[i].transform == rows[row].transform)
            return true;
    }
    return false;
}

/* IKEv1: one transform of several is shown, with all its attributes but the lifetime. */
static void add_stretch(struct es_text *text, const struct stretch *s, bool whole)
{
    const struct es_ike_transform *rows = s->all->transforms;
    unsigned more = 0;
    const char *between = "";
    uint8_t transform = rows[s->begin].transform;
    for (size_t i = s->begin; i < s->end; i++) {
        if (rows[i].transform != transform) {
            more++;
            transform = rows[i].transform;
            between = "; ";
        }
        if ((more && !whole) || came_before(s, i) || (is_life(&rows[i]) && !whole))
            continue;
        es_text_add(text, between);
        between = whole ? " / " : " ";
        add_alternatives(text, s, i, whole);
    }
    if (more && !whole)
        es_text_addf(text, "; %u more transform%s", more, more == 1 ? "" : "s");
}

void es_ladder_add_suite(struct es_ladder *ladder, const struct es_ike_payload *payload,
                         uint8_t major, bool whole)
{
    struct es_text *text = &ladder->line;
    struct es_ike_proposals *all = &ladder->proposals;
    struct es_cursor body = payload->body;
    es_ike_proposals_parse(&body, major, all);
    unsigned shown = 0;
    unsigned more = 0;
    for (size_t i = 0; i < all->count;) {
        const struct stretch s = stretch_at(all, i);
        i = s.end;
        if (shown++ && !whole) {
            more++;
            continue;
        }
        es_text_add(text, shown > 1 ? "; " : "");
        if (all->transforms[s.begin].protocol != ES_IKE_PROTOCOL_IKE) {
            es_text_add_registry(text, &es_registry_ike_protocol,
                                 all->transforms[s.begin].protocol);
            es_text_add(text, " ");
        }
        add_spi(text, &s);
        add_stretch(text, &s, whole);
    }
    if (more)
        es_text_addf(text, "; %u more proposal%s", more, more == 1 ? "" : "s");
}
