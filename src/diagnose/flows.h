/*
 * Looks at the flows of a tunnel that rules about ESP share. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_FLOWS_H
#define ESPIAL_DIAGNOSE_FLOWS_H

#include "finding.h"

/* The flows of a tunnel that a measure is not 0 of. `worst` NULL: none. */
struct es_flows {
    const struct es_flow *worst;
    uint64_t most, sum; /* the measure of the worst one, and of all */
    uint64_t count;
};

typedef uint64_t es_flow_measure(const struct es_diagnosis *diagnosis, const struct es_flow *flow);

struct es_flows es_flows_by(const struct es_diagnosis *diagnosis, const struct es_tunnel *tunnel,
                            es_flow_measure *measure);

/*
 * A finding about such flows: SPIs, Child SA and IKE SA of the worst, the peer to look at (its
 * sender, or its receiver), a Wireshark filter. NULL when there are none.
 */
struct es_finding *es_flows_add(struct es_diagnosis *diagnosis, const struct es_rule *rule,
                                const struct es_flows *flows, es_flow_measure *measure,
                                bool receiver);

/*
 * True when the numbers of a flow say nothing by themselves: several senders to a multicast group
 * count each on its own (RFC 4303, 3.4.3), and one with keys set by hand may count on through what
 * it sends to several destinations with the same SPI.
 */
bool es_counter_is_shared(const struct es_diagnosis *diagnosis, const struct es_flow *flow);

/* "SPI 0x12345678 from 192.0.2.1 to 198.51.100.2", and "; the same on 2 more SPIs" or "". */
const char *es_say_flow(struct es_diagnosis *diagnosis, const struct es_flow *flow);
const char *es_say_more(struct es_diagnosis *diagnosis, const struct es_flows *flows);

/* Routers between the sender and the capture point, by the usual first TTLs 64, 128 and 255. False
 * when the TTL is not known. */
bool es_hops(const struct es_flow *flow, unsigned *hops);

/* Whether the SA has extended sequence numbers. */
enum es_tristate es_has_esn(const struct es_flow *flow);

/*
 * The overhead of the suite: as negotiated (with keys), else by lengths and IVs, else assumed.
 * `how` says which, for people.
 */
struct es_esp_overhead es_overhead_of(struct es_diagnosis *diagnosis, const struct es_flow *flow,
                                      const char **how);

/* True when the overhead is as negotiated. */
bool es_overhead_known(const struct es_flow *flow, struct es_esp_overhead *out);

/* "clamp TCP's MSS to 1358 (1338 for IPv6) on both gateways: …" for a path of `mtu` bytes. */
const char *es_say_mss(struct es_diagnosis *diagnosis, const struct es_flow *flow, uint32_t mtu);

/* Parts in a hundred, rounded down; 0 of nothing. */
static inline uint64_t es_percent(uint64_t part, uint64_t whole)
{
    return whole ? part * 100 / whole : 0;
}

#endif
