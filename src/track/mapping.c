/*
 * Where a peer's packets come from, and what the other one makes of it when that changes: a NAT
 * gave another port, or the peer has another address. RFC 7296, 2.23; RFC 4555, 3.5.
 *
 * The port counts where UDP encapsulates: from 500 to 4500 is the same peer, and IKE on port 500
 * has a mapping of its own.
 */
#include "memory.h"

static uint16_t port_of(const struct es_datagram *d, uint16_t port)
{
    return d->encapsulation == ES_ENCAPSULATION_UDP ? port : 0;
}

static bool is_service_port(uint16_t port)
{
    return port == 500 || port == 4500;
}

/* From one of the service ports to the other a peer moves by itself. */
static bool same(const struct es_endpoint *endpoint, const struct es_address *address,
                 uint16_t port)
{
    return es_address_equal(&endpoint->address, address) &&
           (port == 0 || endpoint->port == 0 || port == endpoint->port ||
            (is_service_port(port) && is_service_port(endpoint->port)));
}

/* The IKE SA of the tunnel whose first message was the last one seen. */
static uint32_t newest_birth(const struct es_tunnel *tunnel, uint32_t known)
{
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    return sa && sa->birth_seen ? sa->number : known;
}

enum { RETURN_MS = 1000 };

static void moved(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                  const struct es_datagram *d, const struct es_endpoint *to)
{
    struct es_peer *peer = &tunnel->peers[side];
    struct es_move *move = peer->move;
    if (!move)
        move = es_keep(tracker, &tunnel->keeping.owned, sizeof(*move));
    if (!move)
        return;
    const bool returns = peer->move && same(&move->from, &to->address, to->port) &&
                         es_within(&move->ref, &d->ref, RETURN_MS);
    const struct es_packet_ref *before = es_last_packet(peer);
    *move = (struct es_move){.from = peer->source,
                             .to = *to,
                             .ref = d->ref,
                             .before = before ? *before : (struct es_packet_ref){0},
                             .changes = move->changes + 1,
                             .returns = move->returns + returns};
    peer->move = move;
    tunnel->moved = true;
}

/* A packet of `side`: does it come from where the ones before did? True when its address is new. */
static bool see_sender(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                       const struct es_datagram *d)
{
    struct es_peer *peer = &tunnel->peers[side];
    const struct es_endpoint now = {d->source, port_of(d, d->source_port)};
    const bool is_first = es_last_packet(peer) == NULL;
    const uint32_t birth = newest_birth(tunnel, peer->source_sa);
    /* Several files may show one packet on both sides of a NAT; a new IKE SA starts afresh. */
    const bool comparable =
        !is_first && peer->source_file == d->ref.file && birth == peer->source_sa;
    const bool differs = !same(&peer->source, &now.address, now.port);
    const bool address_differs = !es_address_equal(&peer->source.address, &now.address);
    if (comparable && differs)
        moved(tracker, tunnel, side, d, &now);
    if (differs || is_first || now.port || birth != peer->source_sa)
        peer->source = now;
    peer->source_file = d->ref.file;
    peer->source_sa = birth;
    return comparable && address_differs;
}

/* And a packet to the other side: where does it go since that one moved? */
static void see_receiver(struct es_tunnel *tunnel, uint8_t side, const struct es_datagram *d)
{
    struct es_move *move = tunnel->peers[side].move;
    if (!move || move->ref.file != d->ref.file)
        return;
    const uint16_t port = port_of(d, d->destination_port);
    const bool is_ike = d->kind == ES_DATAGRAM_IKE;
    if (same(&move->to, &d->destination, port))
        es_tally_add(is_ike ? &move->new_ike : &move->new_esp, &d->ref);
    else if (same(&move->from, &d->destination, port))
        es_tally_add(is_ike ? &move->old_ike : &move->old_esp, &d->ref);
}

bool es_mapping_see(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                    const struct es_datagram *d)
{
    if (d->encapsulation == ES_ENCAPSULATION_TCP || d->duplicate_fragment)
        return false;
    const bool address_is_new = see_sender(tracker, tunnel, side, d);
    if (ES_UNLIKELY(tunnel->moved) && d->kind != ES_DATAGRAM_KEEPALIVE)
        see_receiver(tunnel, 1 - side, d);
    return address_is_new;
}

enum { UPDATE_MS = 30000 }; /* a peer probes paths first, then tells; that takes some seconds */

/*
 * INFORMATIONAL requests of a peer that has a new address: as long as NAT detection and
 * UPDATE_SA_ADDRESSES they are an update; an empty one that comes first probes the path.
 */
void es_mapping_update(const struct es_sighting *s, const struct es_exchange *exchange)
{
    struct es_move *move = s->tunnel->peers[s->side].move;
    if (!move || es_address_equal(&move->from.address, &move->to.address) ||
        !es_within(&move->ref, &s->datagram->ref, UPDATE_MS))
        return;
    const bool is_update = s->could_be & ES_IKE_CLASS_MOBIKE && !(s->could_be & ES_IKE_CLASS_EMPTY);
    const bool is_probe = s->from_new_address && s->could_be & ES_IKE_CLASS_EMPTY;
    if (!is_update && !is_probe)
        return;
    move->by_update |= is_update;
    struct es_tunnel_oddities *oddities = es_tunnel_oddities_of(s->tracker, s->tunnel);
    if (!oddities)
        return;
    struct es_mobike *mobike = &oddities->mobike;
    if (is_update)
        es_tally_add(&mobike->updates, &s->datagram->ref);
    mobike->is_probe = is_probe;
    mobike->ike_sa = s->sa;
    mobike->message_id = exchange->message_id;
    mobike->side = s->side;
}
