/*
 * The tracker: feed it what the packet, ike and esp rooms understood, in time order; read the model
 * at any moment. It never asks for the time: packet time drives it.
 */
#ifndef ESPIAL_TRACK_TRACKER_H
#define ESPIAL_TRACK_TRACKER_H

#include "espial/esp.h"
#include "espial/track/event.h"
#include "espial/track/model.h"

/*
 * Bounds of what is remembered. 0: the default. Beyond them the tracker forgets, between two
 * packets: first what nobody answered, last what is up and in use. See model.forgotten.
 */
struct es_tracker_options {
    size_t max_tunnels;          /* default 100,000 */
    size_t max_ike_sas;          /* default 100,000 */
    size_t max_flows;            /* default 200,000 */
    size_t max_half_open;        /* tunnels whose negotiation came to nothing so far; the default is
                                    10,000. The oldest go, and are counted: model.half_open */
    size_t max_memory;           /* bytes, default 1 GiB */
    uint64_t seed[2];            /* for the hash tables */
    struct es_event_sink events; /* on NULL: nobody listens */
};

struct es_tracker;

/* A tracker with an empty model; NULL when no memory is left. */
struct es_tracker *es_tracker_new(const struct es_tracker_options *options);
void es_tracker_free(struct es_tracker *tracker);

/*
 * An IKE message that came in `datagram`, sound or not. Nothing of either is kept by reference.
 * `view` (may be NULL) is told what the message is in its exchange.
 */
void es_tracker_ike(struct es_tracker *tracker, const struct es_datagram *datagram,
                    const struct es_ike_message *message, struct es_message_view *view);

/*
 * An ESP packet that will come soon is known by this: what is known of its flow is fetched into the
 * cache. Changes nothing else, and need not come true. To be called in the order in which the
 * packets will come, some packets ahead, and only while es_tracker_expects(): few flows are in the
 * cache anyway.
 */
bool es_tracker_expects(const struct es_tracker *tracker);
void es_tracker_expect(struct es_tracker *tracker, const struct es_glance *glance);

/* An ESP or AH packet. The hot path: neither allocates nor copies once its flow is known. */
void es_tracker_esp(struct es_tracker *tracker, const struct es_datagram *datagram,
                    const struct es_esp_packet *packet);

/* What was inside an ESP packet that es_tracker_esp() was given just before. */
void es_tracker_inner(struct es_tracker *tracker, const struct es_datagram *datagram,
                      const struct es_esp_packet *packet, const struct es_esp_inner *inner);

/*
 * The same for a packet whose ICV does not fit, or that comes out as no ESP payload. True when
 * others of its flow do open: then it is the packet that is wrong, not the key.
 */
bool es_tracker_not_opened(struct es_tracker *tracker, const struct es_datagram *datagram,
                           const struct es_esp_packet *packet);

/* A NAT keepalive (RFC 3948, 4). */
void es_tracker_keepalive(struct es_tracker *tracker, const struct es_datagram *datagram);

/* An ICMP error; `datagram` holds the quoted packet's addresses and, as far as quoted, payload. */
void es_tracker_icmp(struct es_tracker *tracker, const struct es_datagram *datagram);

/* A packet on an IPsec port that is neither (bad marker, reserved SPI). */
void es_tracker_malformed(struct es_tracker *tracker, const struct es_datagram *datagram,
                          const char *reason);

/*
 * Tells the time, and how the capture was made: every frame does, whatever it holds. To be called
 * before what is in the frame, for this is where the tracker forgets what it must.
 */
void es_tracker_frame(struct es_tracker *tracker, const struct es_frame *frame);

/* Whom a datagram belongs to, by what is known by now, later packets included. */
struct es_owner {
    const struct es_tunnel *tunnel; /* or NULL */
    const struct es_ike_sa *ike_sa; /* of IKE, or of IKE that an ICMP error quotes; or NULL */
    const struct es_flow *flow;     /* the same of ESP and AH; or NULL */
    uint32_t spi;                   /* the SPI of ESP and AH; 0: none */
};

/* Looks it up and changes nothing. */
void es_tracker_owner(const struct es_tracker *tracker, const struct es_datagram *datagram,
                      struct es_owner *out);

/* The model; borrowed, valid until the tracker is fed or freed. */
const struct es_model *es_tracker_model(const struct es_tracker *tracker);

#endif
