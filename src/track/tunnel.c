/*
 * Tunnels: two peers, by their addresses and, where one of them stands behind a NAT that rewrites
 * ports, by that port too. A tunnel can be reached by several such keys: it moves from port 500 to
 * 4500, a NAT maps anew, MOBIKE changes an address.
 */
#include "memory.h"

#include <string.h>

struct tunnel_key {
    struct es_address low, high; /* in order of their bytes */
    uint16_t port;               /* that a NAT gave to one of them; 0: none */
    uint16_t port_is_high;       /* it is that one's */
};

static bool is_service_port(uint16_t port)
{
    return port == 0 || port == 500 || port == 4500;
}

static struct tunnel_key key_of(const struct es_datagram *d)
{
    struct tunnel_key key = {.low = d->source, .high = d->destination};
    uint16_t low_port = d->source_port;
    uint16_t high_port = d->destination_port;
    const int order = memcmp(&d->source, &d->destination, sizeof(d->source));
    /* Both ends on one address: then the ports must give an order. */
    if (order > 0 || (order == 0 && low_port > high_port)) {
        key.low = d->destination;
        key.high = d->source;
        low_port = d->destination_port;
        high_port = d->source_port;
    }
    /* The same unusual port on both ends is a choice of theirs, not a NAT's. */
    if (low_port == high_port)
        return key;
    if (!is_service_port(low_port) && (is_service_port(high_port) || low_port > high_port))
        key.port = low_port;
    else if (!is_service_port(high_port)) {
        key.port = high_port;
        key.port_is_high = 1;
    }
    return key;
}

static bool alias_add(struct es_tracker *tracker, const struct tunnel_key *key,
                      struct es_tunnel *tunnel)
{
    return es_alias_set(tracker, &tracker->tunnels, key, tunnel, &tunnel->keeping.aliases);
}

static struct es_tunnel *tunnel_new(struct es_tracker *tracker, const struct es_datagram *d,
                                    const struct tunnel_key *key)
{
    struct es_block *owned = NULL;
    /* Asked first, so that packets beyond a limit cost no memory. */
    const struct es_table *keys = &tracker->tunnels;
    if (tracker->model.tunnel_count >= keys->limit / ES_KEYS_PER_TUNNEL ||
        keys->count >= keys->limit)
        return NULL;
    struct es_tunnel *tunnel = es_keep(tracker, &owned, sizeof(*tunnel));
    if (!tunnel)
        return NULL;
    tunnel->keeping.owned = owned;
    tunnel->peers[0].address = d->source;
    tunnel->peers[0].port = d->source_port;
    tunnel->peers[1].address = d->destination;
    tunnel->peers[1].port = d->destination_port;
    tunnel->first = tunnel->last = d->ref;
    tunnel->refusals = tunnel->ike_refusals = es_no_refusals;
    tunnel->path = es_no_paths;
    if (alias_add(tracker, key, tunnel) && es_tunnel_append(tracker, tunnel))
        return tunnel;
    es_aliases_drop(tracker, &tunnel->keeping.aliases);
    es_keep_free(tracker, &owned);
    return NULL;
}

/* The side that sent the datagram. Where both ends have one address, ports tell. */
uint8_t es_tunnel_side(const struct es_tunnel *tunnel, const struct es_datagram *d)
{
    const struct es_peer *peers = tunnel->peers;
    if (es_address_equal(&peers[0].address, &peers[1].address))
        return d->source_port != peers[0].port && d->source_port == peers[1].port;
    if (es_address_equal(&d->source, &peers[0].address))
        return 0;
    if (es_address_equal(&d->source, &peers[1].address))
        return 1;
    return es_address_equal(&d->destination, &peers[0].address) ? 1 : 0;
}

static void note_ports(struct es_tunnel *tunnel, const struct es_datagram *d, uint8_t side)
{
    if (d->source_port)
        tunnel->peers[side].port = d->source_port;
    if (d->destination_port)
        tunnel->peers[1 - side].port = d->destination_port;
}

/* The tunnel of a datagram, made when it is new; NULL when a limit is reached. */
struct es_tunnel *es_tunnel_of(struct es_tracker *tracker, const struct es_datagram *d,
                               uint8_t *side)
{
    const struct tunnel_key key = key_of(d);
    struct es_tunnel *tunnel = es_alias_find(&tracker->tunnels, &key);
    if (!tunnel)
        tunnel = tunnel_new(tracker, d, &key);
    if (!tunnel)
        return NULL;
    *side = es_tunnel_side(tunnel, d);
    note_ports(tunnel, d, *side);
    return tunnel;
}

/* The tunnel of a datagram that is not worth a new one, or NULL. */
struct es_tunnel *es_tunnel_known(const struct es_tracker *tracker, const struct es_datagram *d,
                                  uint8_t *side)
{
    const struct tunnel_key key = key_of(d);
    struct es_tunnel *tunnel = es_alias_find(&tracker->tunnels, &key);
    if (tunnel)
        *side = es_tunnel_side(tunnel, d);
    return tunnel;
}

/* SPIs say that the datagram, sent by `side`, is of this tunnel: learn the addresses it came from.
 */
void es_tunnel_move(struct es_tracker *tracker, struct es_tunnel *tunnel,
                    const struct es_datagram *d, uint8_t side)
{
    struct es_peer *sender = &tunnel->peers[side];
    struct es_peer *receiver = &tunnel->peers[1 - side];
    /* From port 500 to 4500, with whatever a NAT makes of it: RFC 7296, 2.23. */
    const bool floated = (receiver->port == 500 && d->destination_port == 4500) ||
                         (sender->port == 500 && d->source_port == 4500);
    const bool moved = !es_address_equal(&sender->address, &d->source) ||
                       (d->source_port && sender->port && sender->port != d->source_port);
    sender->address = d->source;
    receiver->address = d->destination;
    note_ports(tunnel, d, side);
    if (moved && !floated) {
        sender->address_changes++;
        const struct es_event event = {
            .kind = ES_EVENT_PEER_MOVED, .ref = d->ref, .tunnel = tunnel, .side = side};
        es_event_send(tracker, &event);
    }

    const struct tunnel_key key = key_of(d);
    const struct es_tunnel *known = es_alias_find(&tracker->tunnels, &key);
    /* A key that another tunnel has with IKE SAs of its own stays that tunnel's. */
    if (!known || !known->ike_sas)
        alias_add(tracker, &key, tunnel);
}

const struct es_tunnel_oddities *es_tunnel_odd(const struct es_tunnel *tunnel)
{
    static const struct es_tunnel_oddities none;
    return tunnel->oddities ? tunnel->oddities : &none;
}

struct es_tunnel_oddities *es_tunnel_oddities_of(struct es_tracker *tracker,
                                                 struct es_tunnel *tunnel)
{
    if (!tunnel->oddities)
        tunnel->oddities = es_keep(tracker, &tunnel->keeping.owned, sizeof(*tunnel->oddities));
    return tunnel->oddities;
}

enum es_tunnel_state es_tunnel_state(const struct es_tunnel *tunnel)
{
    enum es_tunnel_state state = ES_TUNNEL_UNKNOWN;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        switch (sa->state) {
        case ES_IKE_SA_ESTABLISHED:
            return ES_TUNNEL_ESTABLISHED;
        case ES_IKE_SA_NEGOTIATING:
            state = ES_TUNNEL_NEGOTIATING;
            break;
        case ES_IKE_SA_FAILED:
            state = ES_TUNNEL_FAILED;
            break;
        case ES_IKE_SA_CLOSED:
            /* Its successor may have had nothing to say yet: RFC 7296, 2.8. */
            state = sa->replaced && !sa->rekeyed_to ? ES_TUNNEL_ESTABLISHED : ES_TUNNEL_CLOSED;
            break;
        case ES_IKE_SA_UNKNOWN:
            state = ES_TUNNEL_UNKNOWN;
            break;
        }
    }
    return state;
}

bool es_tunnel_is_proven(const struct es_tunnel *tunnel)
{
    enum { TRAFFIC = 64 }; /* packets of each side that nobody sends for nothing */
    const struct es_peer *a = &tunnel->peers[0];
    const struct es_peer *b = &tunnel->peers[1];
    if (a->ike.count + a->esp.count == 0 || b->ike.count + b->esp.count == 0)
        return false;
    if (a->esp.count >= TRAFFIC && b->esp.count >= TRAFFIC)
        return true;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (es_ref_seen(&sa->established) && sa->messages[0] && sa->messages[1])
            return true;
    }
    return false;
}

enum es_tristate es_tunnel_nat(const struct es_tunnel *tunnel)
{
    enum es_tristate nat = ES_UNKNOWN;
    for (int side = 0; side < 2; side++) {
        if (tunnel->peers[side].behind_nat == ES_YES)
            return ES_YES;
        if (tunnel->peers[side].behind_nat == ES_NO)
            nat = ES_NO;
    }
    return nat;
}
