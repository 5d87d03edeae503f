/*
 * Conversations in clear that may belong into a tunnel: a table of few places, by the two
 * addresses. RFC 1918, RFC 6598, RFC 4193.
 */
#include "decoder.h"
#include "layer.h"

enum { STALE_SECONDS = 30 };

static bool is_private(const struct es_address *address)
{
    const uint8_t *b = address->bytes;
    if (!es_address_is_v4(address))
        return (b[0] & 0xfe) == 0xfc;
    b += 12;
    return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
           (b[0] == 100 && (b[1] & 0xc0) == 64);
}

/* The same place both ways. */
static size_t place_of(const struct es_address *a, const struct es_address *b)
{
    uint64_t halves[2], others[2];
    memcpy(halves, a->bytes, sizeof(halves));
    memcpy(others, b->bytes, sizeof(others));
    const uint64_t mixed = (halves[0] ^ others[0]) + (halves[1] ^ others[1]);
    return (size_t)(mixed * UINT64_C(0x9e3779b97f4a7c15) >> 32) % ES_CLEAR_TALKS;
}

static bool is_between(const struct es_clear_talk *talk, const struct es_address *a,
                       const struct es_address *b)
{
    return (es_address_equal(&talk->source, a) && es_address_equal(&talk->destination, b)) ||
           (es_address_equal(&talk->source, b) && es_address_equal(&talk->destination, a));
}

void es_clear_see(struct es_walk *walk, bool tunnel)
{
    const struct es_datagram *out = walk->out;
    if (!tunnel && (!is_private(&out->source) || !is_private(&out->destination)))
        return;
    struct es_decoder_counts *counts = &walk->decoder->counts;
    struct es_clear_talk *talk = &counts->clear[place_of(&out->source, &out->destination)];
    const struct es_packet_ref *ref = walk->ref;
    const bool same = talk->tunnel == tunnel && is_between(talk, &out->source, &out->destination);
    if (talk->packets && !same && ref->time - talk->last.time <= STALE_SECONDS * ES_SECOND) {
        counts->clear_dropped++;
        return;
    }
    if (!talk->packets || !same)
        *talk = (struct es_clear_talk){.source = out->source,
                                       .destination = out->destination,
                                       .tunnel = tunnel,
                                       .ip_length = out->ip_length,
                                       .first = *ref};
    talk->packets++;
    talk->last = *ref;
}
