/*
 * What ICMP errors say of the way that ESP takes. RFC 792, RFC 1191, RFC 4443.
 */
#include "memory.h"

enum {
    UNREACHABLE = 3,
    FRAGMENTATION_NEEDED = 4,
    TIME_EXCEEDED = 11,
    REASSEMBLY = 1, /* the code of both versions' time exceeded */
    TOO_BIG_V6 = 2,
    TIME_EXCEEDED_V6 = 3,
};

static bool is_too_big(const struct es_icmp_error *icmp)
{
    if (icmp->v6)
        return icmp->type == TOO_BIG_V6;
    return icmp->type == UNREACHABLE && icmp->code == FRAGMENTATION_NEEDED;
}

static bool is_reassembly(const struct es_icmp_error *icmp)
{
    return icmp->type == (icmp->v6 ? TIME_EXCEEDED_V6 : TIME_EXCEEDED) && icmp->code == REASSEMBLY;
}

static void add(struct es_refusal *refusal, const struct es_datagram *datagram)
{
    es_tally_add(&refusal->tally, &datagram->ref);
    refusal->last = datagram->icmp;
}

/* From here on the sender knows: what it sends now is held against the MTU. */
static void begin_measuring(const struct es_tracker *tracker, const struct es_datagram *datagram)
{
    struct es_cursor quote = datagram->payload;
    const uint32_t spi = es_u32(&quote);
    struct es_flow *flow = quote.fault ? NULL : es_flow_find(tracker, datagram, spi);
    if (!flow)
        return;
    if (flow->longest > flow->longest_before)
        flow->longest_before = flow->longest;
    flow->longest = 0;
}

const struct es_refusal es_no_refusals[2];
const struct es_path es_no_paths[2];

/* What a tunnel keeps of ICMP errors; most tunnels see none. */
struct icmp_notes {
    struct es_refusal refusals[2], ike_refusals[2];
    struct es_path path[2];
};

static bool begin_notes(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    if (tunnel->path != es_no_paths)
        return true;
    struct icmp_notes *notes = es_keep(tracker, &tunnel->keeping.owned, sizeof(*notes));
    if (!notes)
        return false;
    tunnel->refusals = notes->refusals;
    tunnel->ike_refusals = notes->ike_refusals;
    tunnel->path = notes->path;
    return true;
}

static void note_esp(const struct es_tracker *tracker, struct es_path *path,
                     const struct es_datagram *datagram)
{
    const struct es_icmp_error *icmp = &datagram->icmp;
    if (icmp->quoted_kind != ES_DATAGRAM_ESP && icmp->quoted_kind != ES_DATAGRAM_AH &&
        icmp->quoted_kind != ES_DATAGRAM_OTHER)
        return;
    if (is_reassembly(icmp)) {
        es_tally_add(&path->not_reassembled, &datagram->ref);
        return;
    }
    if (!is_too_big(icmp)) {
        add(&path->refused, datagram);
        return;
    }
    add(&path->too_big, datagram);
    if (icmp->mtu && (path->least_mtu == 0 || icmp->mtu < path->least_mtu))
        path->least_mtu = icmp->mtu;
    if (datagram->ip_length > path->largest_refused)
        path->largest_refused = datagram->ip_length;
    begin_measuring(tracker, datagram);
}

void es_path_icmp(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                  const struct es_datagram *datagram)
{
    if (!begin_notes(tracker, tunnel))
        return;
    /* From here on they are the tunnel's own. */
    note_esp(tracker, (struct es_path *)&tunnel->path[side], datagram);
    add((struct es_refusal *)&tunnel->refusals[side], datagram);
    es_delivery_refused((struct es_refusal *)&tunnel->ike_refusals[side], datagram);
}
