/*
 * Looks at the flows of a tunnel that rules about ESP share.
 */
#include "flows.h"

#include <inttypes.h>

enum { IPV4_HEADER = 20, IPV6_HEADER = 40, UDP_HEADER = 8, TCP_HEADER = 20 };
enum { TCP_ENCAPSULATION = TCP_HEADER + 12 + 2 }; /* with timestamps; RFC 9329's length */

struct es_flows es_flows_by(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                            es_flow_measure *measure)
{
    struct es_flows flows = {0};
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        const uint64_t value = measure(d, flow);
        if (value == 0)
            continue;
        flows.sum += value;
        flows.count++;
        if (value > flows.most) {
            flows.most = value;
            flows.worst = flow;
        }
    }
    return flows;
}

struct es_finding *es_flows_add(struct es_diagnosis *d, const struct es_rule *rule,
                                const struct es_flows *flows, es_flow_measure *measure,
                                bool receiver)
{
    const struct es_flow *worst = flows->worst;
    struct es_finding *f = worst ? es_finding_add(d, rule, worst->tunnel) : NULL;
    if (!f)
        return NULL;
    f->child = worst->child;
    f->ike_sa = worst->child->ike_sa;
    es_finding_flow(f, worst);
    for (const struct es_flow *flow = worst->tunnel->flows;
         flow && f->flow_count < ES_FINDING_FLOWS_MAX; flow = flow->next_in_tunnel) {
        if (flow != worst && measure(d, flow))
            es_finding_flow(f, flow);
    }
    es_finding_peer(f, receiver ? 1 - worst->side : worst->side);
    es_finding_span(f, &worst->first, &worst->last, flows->sum);
    f->display_filter = es_say(d, "%s.spi == 0x%08" PRIx32,
                               worst->key.protocol == 51 ? "ah" : "esp", worst->key.spi);
    return f;
}

bool es_counter_is_shared(const struct es_diagnosis *d, const struct es_flow *flow)
{
    enum { FLOWS_LOOKED_AT = 4096 };
    if (es_address_is_multicast(&flow->key.destination))
        return true;
    int looked_at = 0;
    for (const struct es_flow *other = d->model->flows; other && looked_at < FLOWS_LOOKED_AT;
         other = other->next, looked_at++) {
        if (other != flow && other->key.spi == flow->key.spi &&
            (es_address_equal(&other->source, &flow->source) ||
             es_address_is_multicast(&other->key.destination)))
            return true;
    }
    return false;
}

const char *es_say_flow(struct es_diagnosis *d, const struct es_flow *flow)
{
    return es_say(d, "SPI 0x%08" PRIx32 " from %s to %s", flow->key.spi,
                  es_who(d, flow->tunnel, flow->side), es_who(d, flow->tunnel, 1 - flow->side));
}

const char *es_say_more(struct es_diagnosis *d, const struct es_flows *flows)
{
    if (flows->count < 2)
        return "";
    return es_say(d, "; the same on %s",
                  es_say_count(d, flows->count - 1, "more SPI", "more SPIs"));
}

bool es_hops(const struct es_flow *flow, unsigned *hops)
{
    static const unsigned firsts[] = {64, 128, 255};
    enum { HOPS_MOST = 32 }; /* no path is longer: the sender begins with another TTL */
    if (flow->hop_limit == 0)
        return false;
    size_t i = 0;
    while (firsts[i] < flow->hop_limit)
        i++;
    *hops = firsts[i] - flow->hop_limit;
    return *hops <= HOPS_MOST;
}

static const struct es_ike_transform *find_transform(const struct es_flow *flow, uint16_t type)
{
    const struct es_offer *chosen = &flow->child->chosen;
    for (size_t i = 0; i < chosen->count; i++) {
        if (chosen->transforms[i].type == type)
            return &chosen->transforms[i];
    }
    return NULL;
}

enum es_tristate es_has_esn(const struct es_flow *flow)
{
    if (flow->inner && flow->inner->sequence_high)
        return ES_YES;
    const struct es_ike_transform *esn = find_transform(flow, ES_IKE_TRANSFORM_ESN);
    return !esn ? ES_UNKNOWN : esn->id ? ES_YES : ES_NO;
}

bool es_overhead_known(const struct es_flow *flow, struct es_esp_overhead *out)
{
    const struct es_ike_transform *encr = find_transform(flow, ES_IKE_TRANSFORM_ENCR);
    const struct es_ike_transform *integ = find_transform(flow, ES_IKE_TRANSFORM_INTEG);
    return encr && es_esp_overhead_of(encr->id, integ ? integ->id : 0, out);
}

struct es_esp_overhead es_overhead_of(struct es_diagnosis *d, const struct es_flow *flow,
                                      const char **how)
{
    struct es_esp_overhead known;
    if (es_overhead_known(flow, &known)) {
        *how = "with the negotiated suite";
        return known;
    }
    const struct es_esp_plausible plausible = es_esp_judge(&flow->shape);
    const char *name = es_esp_plausible_name(&plausible);
    *how = name ? es_say(d, "with %s, as lengths and IVs tell", name)
                : "with AES-CBC and a 16-byte ICV, which is assumed";
    return es_esp_overhead_like(&plausible);
}

static uint32_t outer_bytes(const struct es_flow *flow)
{
    const uint32_t ip = es_address_is_v4(&flow->key.destination) ? IPV4_HEADER : IPV6_HEADER;
    switch (flow->encapsulation) {
    case ES_ENCAPSULATION_UDP:
        return ip + UDP_HEADER;
    case ES_ENCAPSULATION_TCP:
        return ip + TCP_ENCAPSULATION;
    case ES_ENCAPSULATION_RAW:
        break;
    }
    return ip;
}

const char *es_say_mss(struct es_diagnosis *d, const struct es_flow *flow, uint32_t mtu)
{
    const char *how;
    const struct es_esp_overhead overhead = es_overhead_of(d, flow, &how);
    const uint32_t inner = es_esp_inner_mtu(&overhead, mtu, outer_bytes(flow));
    if (inner < IPV6_HEADER + TCP_HEADER)
        return "the path is too narrow for TCP in ESP";
    return es_say(d,
                  "for a path of %" PRIu32 " bytes the tunnel carries %" PRIu32
                  ": clamp TCP's MSS to %" PRIu32 " (IPv6: %" PRIu32 ") on both gateways (%s)",
                  mtu, inner, inner - IPV4_HEADER - TCP_HEADER, inner - IPV6_HEADER - TCP_HEADER,
                  how);
}
