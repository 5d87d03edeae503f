/*
 * Whom a packet belongs to, asked when the capture has been read. SPIs decide; where they are not
 * known, or there are none, addresses and ports do.
 */
#include "memory.h"

enum { ESP = 50, AH = 51, AH_BYTES_BEFORE_SPI = 4 };

static enum es_datagram_kind kind_of(const struct es_datagram *datagram)
{
    return datagram->kind == ES_DATAGRAM_ICMP_ERROR ? datagram->icmp.quoted_kind : datagram->kind;
}

static void find_flow(const struct es_tracker *tracker, const struct es_datagram *datagram,
                      uint32_t protocol, struct es_owner *out)
{
    struct es_cursor payload = datagram->payload;
    if (protocol == AH)
        es_take(&payload, AH_BYTES_BEFORE_SPI);
    out->spi = es_u32(&payload);
    const struct es_flow_key key = {datagram->destination, out->spi, protocol};
    out->flow = payload.fault ? NULL : es_table_find(&tracker->flows, &key);
    if (out->flow)
        out->tunnel = out->flow->tunnel;
}

static void find_ike_sa(const struct es_tracker *tracker, const struct es_datagram *datagram,
                        struct es_owner *out)
{
    struct es_cursor payload = datagram->payload;
    const uint64_t initiator_spi = es_u64(&payload);
    /* An ICMP error may quote no more than the first half. */
    const uint64_t responder_spi = es_u64(&payload);
    if (initiator_spi == 0)
        return;
    out->ike_sa = es_ike_sa_named(tracker, datagram, initiator_spi, responder_spi);
    if (out->ike_sa)
        out->tunnel = out->ike_sa->tunnel;
}

void es_tracker_owner(const struct es_tracker *tracker, const struct es_datagram *datagram,
                      struct es_owner *out)
{
    *out = (struct es_owner){0};
    switch (kind_of(datagram)) {
    case ES_DATAGRAM_ESP:
        find_flow(tracker, datagram, ESP, out);
        break;
    case ES_DATAGRAM_AH:
        find_flow(tracker, datagram, AH, out);
        break;
    case ES_DATAGRAM_IKE:
        find_ike_sa(tracker, datagram, out);
        break;
    default:
        break;
    }
    uint8_t side;
    if (!out->tunnel)
        out->tunnel = es_tunnel_known(tracker, datagram, &side);
}
