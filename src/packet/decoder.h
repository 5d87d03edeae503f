/*
 * The decoder's insides: what outlives a frame.
 */
#ifndef ES_PACKET_DECODER_H
#define ES_PACKET_DECODER_H

#include "fragment.h"
#include "tcp_stream.h"

#include "espial/packet.h"

/* A set of ports as bits: 8 KiB, of which a busy link touches few lines. */
struct es_port_set {
    uint8_t bits[65536 / 8];
};

static inline bool es_port_set_has(const struct es_port_set *set, uint16_t port)
{
    return set->bits[port >> 3] >> (port & 7) & 1;
}

static inline void es_port_set_add(struct es_port_set *set, uint16_t port)
{
    set->bits[port >> 3] |= (uint8_t)(1 << (port & 7));
}

struct es_decoder {
    struct es_decoder_counts counts;
    struct es_sight sight; /* of the last frame */
    struct es_fragment_store fragments;
    struct es_tcp_store streams;
    struct es_datagram below_ah;  /* the ESP below the AH just handed out, for es_decode_more() */
    bool esp_below_ah;            /* it is still to be handed out */
    bool more;                    /* es_decode_more() has something to look at */
    struct es_port_set udp_ports; /* where IKE, ESP or a tunnel may be found */
    struct es_port_set ike_ports; /* the user's own */
    struct es_port_set tcp_ports; /* where RFC 9329 may be spoken; grows as streams show it */
};

/* ESP below the AH that was handed out last. False when there is none. */
bool es_ah_next(struct es_decoder *decoder, struct es_datagram *out);

#endif
