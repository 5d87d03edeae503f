/*
 * Chapter: what leaves in clear although a tunnel was there for it.
 */
#include "catalogue.h"
#include "flows.h"

#include <string.h>

static bool covers(const struct es_selectors *selectors, const struct es_address *address)
{
    for (size_t i = 0; i < selectors->count; i++) {
        const struct es_ike_selector *s = &selectors->items[i];
        if (s->is_range && memcmp(address, &s->start, sizeof(*address)) >= 0 &&
            memcmp(address, &s->end, sizeof(*address)) <= 0)
            return true;
    }
    return false;
}

/* With keys: the tunnel carried packets between these, or was negotiated for them. */
static bool is_of_tunnel(const struct es_flow *flow, const struct es_address *a,
                         const struct es_address *b)
{
    const struct es_selectors *selectors = flow->child->selectors;
    if ((covers(&selectors[0], a) && covers(&selectors[1], b)) ||
        (covers(&selectors[0], b) && covers(&selectors[1], a)))
        return true;
    const struct es_inner_tally *inner = flow->inner;
    return inner && inner->protocol &&
           ((es_address_equal(&inner->source, a) && es_address_equal(&inner->destination, b)) ||
            (es_address_equal(&inner->source, b) && es_address_equal(&inner->destination, a)));
}

/* Without: a packet of that length makes ESP of a length that the flow had. */
static bool fits_length(struct es_diagnosis *d, const struct es_flow *flow, uint32_t ip_length)
{
    const char *how;
    const struct es_esp_overhead overhead = es_overhead_of(d, flow, &how);
    enum { TRAILER = 2 };
    const uint32_t sealed = (ip_length + TRAILER + overhead.block - 1) / overhead.block;
    const uint32_t length = overhead.iv + sealed * overhead.block + overhead.icv;
    for (unsigned i = 0; i < flow->shape.length_count; i++) {
        if (flow->shape.lengths[i] == length)
            return true;
    }
    return false;
}

/* The last ESP of the tunnel, whoever sent it. NULL: there was none. */
static const struct es_packet_ref *last_esp(const struct es_tunnel *tunnel)
{
    const struct es_tally *a = &tunnel->peers[0].esp;
    const struct es_tally *b = &tunnel->peers[1].esp;
    if (!a->count || !b->count)
        return a->count ? &a->last : b->count ? &b->last : NULL;
    return a->last.time > b->last.time ? &a->last : &b->last;
}

enum proof { NO_PROOF, BY_LENGTH, BY_ENDS, BY_KEYS };

/* Whether the conversation is what the tunnel carried before. */
static enum proof prove(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                        const struct es_clear_talk *talk)
{
    const struct es_address *a = &tunnel->peers[0].address;
    const struct es_address *b = &tunnel->peers[1].address;
    const bool ends =
        (es_address_equal(&talk->source, a) && es_address_equal(&talk->destination, b)) ||
        (es_address_equal(&talk->source, b) && es_address_equal(&talk->destination, a));
    if (talk->tunnel || ends)
        return talk->tunnel && ends ? BY_ENDS : NO_PROOF;
    enum proof proof = NO_PROOF;
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (is_of_tunnel(flow, &talk->source, &talk->destination))
            return BY_KEYS;
        if (fits_length(d, flow, talk->ip_length))
            proof = BY_LENGTH;
    }
    return proof;
}

static void add_leak(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel, const struct es_clear_talk *talk,
                     enum proof proof)
{
    static const char *const reasons[] = {
        [BY_LENGTH] = "they begin where the tunnel's ESP ends, and have the length that its ESP "
                      "carried",
        [BY_ENDS] = "they begin where the tunnel's ESP ends, between the same two gateways",
        [BY_KEYS] = "the tunnel was negotiated for these addresses, or carried such packets",
    };
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_packet_ref *stop = last_esp(tunnel);
    f->reason = reasons[proof];
    if (proof != BY_KEYS) {
        f->severity = ES_SEVERITY_WARNING;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->provenance = ES_PROVENANCE_INFERRED;
    }
    f->summary = es_say(d,
                        "%s between %s and %s went in clear%s since the ESP of the tunnel "
                        "stopped: nothing holds them back while it is down",
                        es_say_count(d, talk->packets, "packet", "packets"),
                        es_say_address(d, &talk->source), es_say_address(d, &talk->destination),
                        talk->tunnel ? " (GRE or IP in IP)" : "");
    es_finding_span(f, &talk->first, &talk->last, talk->packets);
    es_finding_evidence(d, f, stop, "the last ESP packet of the tunnel");
    es_finding_evidence(d, f, &talk->first, "the first packet in clear");
    es_finding_evidence(d, f, &talk->last, "the last one");
}

static void cleartext_leak(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_decoder_counts *counts = d->coverage->decoder;
    const struct es_packet_ref *stop = last_esp(tunnel);
    if (!counts || !stop)
        return;
    const struct es_clear_talk *found = NULL;
    enum proof best = NO_PROOF;
    for (size_t i = 0; i < ES_CLEAR_TALKS; i++) {
        const struct es_clear_talk *talk = &counts->clear[i];
        if (talk->packets < es_limit(d, ES_LIMIT_LEAK_PACKETS) || talk->first.time < stop->time ||
            talk->first.time - stop->time > es_limit_ns(d, ES_LIMIT_LEAK_AFTER))
            continue;
        const enum proof proof = prove(d, tunnel, talk);
        if (proof > best) {
            best = proof;
            found = talk;
        }
    }
    if (found)
        add_leak(rule, d, tunnel, found, best);
}

static const struct es_rule rule_cleartext_leak = {
    .id = "cleartext-leak",
    .severity = ES_SEVERITY_ERROR,
    .title = "tunnelled traffic goes in clear",
    .explanation = "Packets that went through the tunnel before are sent without protection since "
                   "its ESP stopped. Whoever sends them routes them past IPsec while there is no "
                   "SA.",
    .causes = ES_SENTENCES("no policy that drops or traps this traffic while the SA is down",
                           "policies are removed with the SA, and a default route takes over",
                           "GRE or L2TP that is to run inside IPsec, without a policy that demands "
                           "it"),
    .checks = ES_SENTENCES("the sending gateway's security policies and firewall: is traffic "
                           "between these networks allowed without IPsec?",
                           "why did the tunnel go down? See the other findings"),
    .reference = "RFC 4301, 5.1",
    .on_tunnel = cleartext_leak,
};

static const struct es_rule *const rules[] = {&rule_cleartext_leak};

const struct es_chapter es_chapter_leak = {rules, ES_COUNT(rules)};
