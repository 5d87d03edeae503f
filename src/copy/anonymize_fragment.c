/*
 * IP fragments. The first one is walked as far as it goes; the others stay when what it began is
 * encrypted, and are zeroed when it is not, or when it was not seen.
 */
#include "anonymize_state.h"

#include <string.h>

enum { ESP = 50, V6 = 256 };

static bool same(const struct es_fragment_key *a, const struct es_fragment_key *b)
{
    return a->id == b->id && a->protocol == b->protocol &&
           es_address_equal(&a->source, &b->source) &&
           es_address_equal(&a->destination, &b->destination);
}

static bool is_sealed(const struct es_anonymizer *anonymizer, const struct es_fragment_key *key)
{
    for (size_t i = 1; i <= ES_ANON_FRAGMENTS; i++) { /* the latest first: numbers come again */
        const size_t at = (anonymizer->fragment_next + ES_ANON_FRAGMENTS - i) % ES_ANON_FRAGMENTS;
        const struct es_fragment_verdict *verdict = &anonymizer->fragments[at];
        if (verdict->used && same(&verdict->key, key))
            return verdict->sealed;
    }
    return false;
}

void es_fragment_conclude(struct es_rewrite *walk)
{
    struct es_anonymizer *anonymizer = walk->anonymizer;
    anonymizer->fragments[anonymizer->fragment_next] =
        (struct es_fragment_verdict){.key = walk->fragment, .sealed = walk->sealed, .used = true};
    anonymizer->fragment_next = (anonymizer->fragment_next + 1) % ES_ANON_FRAGMENTS;
}

enum es_next es_rewrite_fragment(struct es_rewrite *walk, uint32_t id, size_t offset, bool more)
{
    const struct es_fragment_key key = {
        .source = walk->source,
        .destination = walk->destination,
        .id = id,
        .protocol = walk->protocol + (uint32_t)(walk->v6 ? V6 : 0),
    };
    if (walk->protocol != ESP && !walk->partial && walk->c.missing == 0) {
        const struct es_assembly_key whole = {
            .source = key.source,
            .destination = key.destination,
            .id = id,
            .ids = {key.protocol},
            .kind = ES_ASSEMBLY_IP,
        };
        es_piece_add(walk, &whole, walk->c.at, es_left(&walk->c), offset, !more);
        if (es_piece_find(walk, walk->c.at, es_left(&walk->c))) {
            es_rewrite_keep(walk);
            return ES_NEXT_NOTHING;
        }
    }
    if (offset == 0) {
        if (!walk->partial) { /* not one that an ICMP error quotes */
            walk->fragment = key;
            walk->fragmented = true;
        }
        walk->partial = true;
        return ES_NEXT_PROTOCOL;
    }
    if (walk->protocol == ESP || is_sealed(walk->anonymizer, &key)) {
        es_rewrite_keep(walk);
        walk->sealed = true;
    } else {
        walk->counts->fragments_zeroed++;
    }
    return ES_NEXT_NOTHING;
}
