/*
 * Silences: how long nothing came from a peer, and what it was sent in vain meanwhile. A NAT
 * forgets a peer that is silent for too long (RFC 3948, 4).
 *
 * The times are taken from the tallies, so all this must come before the packet is tallied. ESP
 * calls it only when its flow is new or was silent.
 */
#include "memory.h"

static void take_later(const struct es_packet_ref **last, const struct es_tally *tally)
{
    if (tally->count && (!*last || tally->last.time > (*last)->time))
        *last = &tally->last;
}

const struct es_packet_ref *es_last_packet(const struct es_peer *peer)
{
    const struct es_packet_ref *last = NULL;
    take_later(&last, &peer->ike);
    take_later(&last, &peer->esp);
    take_later(&last, &peer->keepalives);
    return last;
}

static void keep_longest(struct es_silence *silence, const struct es_packet_ref *from,
                         const struct es_packet_ref *to)
{
    if (from && to->time - from->time > silence->to.time - silence->from.time)
        *silence = (struct es_silence){*from, *to};
}

enum { FEW_PACKETS = 3 };

void es_silence_see(struct es_tunnel *tunnel, uint8_t side, const struct es_packet_ref *ref,
                    bool is_keepalive)
{
    struct es_peer *peer = &tunnel->peers[side];
    const struct es_packet_ref *own_last = es_last_packet(peer);
    keep_longest(&peer->silence, own_last, ref);
    /* The last answers before a pause are no questions of what comes behind it. */
    struct es_unheard *unheard = &tunnel->unheard[side];
    if (own_last && ref->time - own_last->time > ES_FLOW_PAUSE_S * ES_SECOND &&
        unheard->packets < FEW_PACKETS)
        unheard->packets = unheard->ike = 0;
    if (is_keepalive)
        return;
    const struct es_packet_ref *last = NULL;
    for (int i = 0; i < 2; i++) {
        take_later(&last, &tunnel->peers[i].ike);
        take_later(&last, &tunnel->peers[i].esp);
    }
    keep_longest(&tunnel->idle, last, ref);
}

enum { QUIET_BEFORE_S = 20 }; /* the usual time between keepalives: RFC 3948, 4 */

void es_outage_end(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                   const struct es_packet_ref *ref)
{
    struct es_peer *peer = &tunnel->peers[side];
    const struct es_unheard *unheard = &tunnel->unheard[1 - side];
    const struct es_packet_ref *quiet_since = es_last_packet(peer);
    const struct es_packet_ref *last = es_last_packet(&tunnel->peers[1 - side]);
    if (!quiet_since || !last ||
        unheard->first.time - quiet_since->time < QUIET_BEFORE_S * ES_SECOND)
        return;
    if (!peer->outage)
        peer->outage = es_keep(tracker, &tunnel->keeping.owned, sizeof(*peer->outage));
    if (!peer->outage || peer->outage->packets >= unheard->packets)
        return;
    *peer->outage =
        (struct es_outage){.quiet_since = *quiet_since,
                           .first = unheard->first,
                           .last = *last,
                           .ended = *ref,
                           .packets = unheard->packets,
                           .ike = unheard->ike,
                           .moved = peer->move && peer->move->ref.number == ref->number &&
                                    peer->move->ref.file == ref->file};
}
