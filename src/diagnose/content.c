/*
 * Chapter: what ESP holds. Lengths that cannot be, packets that do not open, and what was measured.
 */
#include "catalogue.h"
#include "flows.h"

#include <inttypes.h>

/* --- lengths --- */

static uint64_t odd_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    return flow->irregular ? flow->irregular->odd_lengths.count : 0;
}

/* One of the lengths remembered that the negotiated suite cannot have; 0: none. */
static uint32_t misfit(const struct es_flow *flow)
{
    struct es_esp_overhead overhead;
    if (!es_overhead_known(flow, &overhead))
        return 0;
    for (unsigned i = 0; i < flow->shape.length_count; i++) {
        const uint32_t length = (uint32_t)flow->shape.lengths[i] + ES_ESP_HEADER_BYTES;
        if (!es_esp_length_fits(&overhead, length))
            return length;
    }
    return 0;
}

static uint64_t invalid_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    return odd_of(d, flow) + (misfit(flow) != 0);
}

static void length_invalid(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, invalid_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, invalid_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    if (odd_of(d, flow)) {
        const struct es_tally *odd = &flow->irregular->odd_lengths;
        f->summary = es_say(d,
                            "%s of %s have lengths that no ESP has, the first %" PRIu32
                            " bytes, which is no multiple of 4%s",
                            es_say_count(d, odd->count, "packet", "packets"), es_say_flow(d, flow),
                            flow->irregular->odd_length, es_say_more(d, &flows));
        es_finding_span(f, &odd->first, &odd->last, flows.sum);
        es_finding_evidence(d, f, &odd->first, "%" PRIu32 " bytes from the SPI on",
                            flow->irregular->odd_length);
    } else {
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->summary = es_say(d,
                            "%s has packets of %" PRIu32 " bytes, which the negotiated suite "
                            "cannot make%s",
                            es_say_flow(d, flow), misfit(flow), es_say_more(d, &flows));
        es_finding_evidence(d, f, &flow->first, "the first packet of the SPI");
    }
}

static const struct es_rule rule_length_invalid = {
    .id = "esp-length-invalid",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP of a length that cannot be",
    .explanation = "ESP ends on a multiple of four bytes, and with a cipher of blocks on a "
                   "multiple of those. These packets do not, so their receiver drops them.",
    .causes = ES_SENTENCES("a middlebox cuts packets or adds to them", "a defective implementation",
                           "the peers disagree about the length of the ICV (HMAC-SHA-256 with 96 "
                           "or 128 bits)",
                           "packets that are no ESP at all"),
    .checks = ES_SENTENCES("compare captures from both ends: are the lengths the same?",
                           "the receiver's counter of malformed ESP or failed authentication"),
    .reference = "RFC 4303, 2.4; RFC 4868, 2.6",
    .on_tunnel = length_invalid,
};

static uint64_t null_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    return es_esp_judge(&flow->shape).cipher == ES_ESP_CIPHER_NULL ? flow->packets : 0;
}

static void null_cipher(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, null_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, null_of, false);
    if (!f)
        return;
    const struct es_esp_plausible plausible = es_esp_judge(&flows.worst->shape);
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "all packets looked at end like clear text in front of an ICV";
    f->summary =
        es_say(d, "%s is not encrypted: anybody on the way can read it (ICV of %u bytes)%s",
               es_say_flow(d, flows.worst), plausible.icv, es_say_more(d, &flows));
    es_finding_evidence(d, f, &flows.worst->first, "first packet in clear");
}

static const struct es_rule rule_null = {
    .id = "esp-null",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "ESP without encryption",
    .explanation = "The packets are authenticated, but what they hold is in clear (NULL "
                   "encryption or AES-GMAC).",
    .causes = ES_SENTENCES("NULL encryption was chosen, for inspection on the way or by mistake"),
    .checks = ES_SENTENCES("the phase 2 or Child SA proposals of both peers"),
    .reference = "RFC 2410; RFC 5879",
    .on_tunnel = null_cipher,
};

/* --- with keys --- */

static uint64_t opened_of(const struct es_flow *flow)
{
    return flow->inner ? flow->inner->packets : 0;
}

static uint64_t failed_of(const struct es_flow *flow)
{
    return flow->irregular ? flow->irregular->failed.count : 0;
}

static uint64_t auth_failed_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    return opened_of(flow) ? failed_of(flow) : 0;
}

static uint64_t none_opened_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    return opened_of(flow) ? 0 : failed_of(flow);
}

static void add_failed_evidence(struct es_diagnosis *d, struct es_finding *f,
                                const struct es_flow *flow, uint64_t count)
{
    const struct es_tally *failed = &flow->irregular->failed;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    es_finding_span(f, &failed->first, &failed->last, count);
    es_finding_evidence(d, f, &failed->first, "the first whose integrity check value is wrong");
    if (failed->count > 1)
        es_finding_evidence(d, f, &failed->last, "the last one");
}

static void auth_failed(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, auth_failed_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, auth_failed_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const uint64_t all = flows.most + opened_of(flow);
    if (es_percent(flows.most, all) < es_limit(d, ES_LIMIT_AUTH_FAILED_PERCENT))
        f->severity = ES_SEVERITY_WARNING;
    f->summary = es_say(d,
                        "%" PRIu64 " of %" PRIu64 " packets of %s are not what their sender "
                        "sealed, while the others open with the same key: they were changed "
                        "before they came here, and the receiver drops them%s",
                        flows.most, all, es_say_flow(d, flow), es_say_more(d, &flows));
    add_failed_evidence(d, f, flow, flows.sum);
}

static const struct es_rule rule_auth_failed = {
    .id = "esp-auth-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP packets were changed on the way",
    .explanation = "With the right key the integrity check of some packets fails: bytes were "
                   "changed, cut or added between their encryption and the capture point.",
    .causes = ES_SENTENCES("a faulty link, card or memory on the way",
                           "a middlebox that rewrites packets (ALG, accelerator, NAT without NAT "
                           "traversal)",
                           "a card that changes packets while it offloads", "forged packets"),
    .checks = ES_SENTENCES("the receiver's counter of failed authentication (Linux: "
                           "XfrmInStateProtoError)",
                           "compare the named packets in captures from both ends",
                           "interface errors on the way"),
    .reference = "RFC 4303, 3.4.4",
    .on_tunnel = auth_failed,
};

static void decrypt_failed(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, none_opened_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, none_opened_of, false);
    if (!f)
        return;
    bool others_open = false;
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel)
        others_open = others_open || opened_of(flow) > 0;
    if (others_open) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "the keys given for other SAs of the tunnel are right";
    } else {
        f->severity = ES_SEVERITY_NOTE;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "no SA of the tunnel opens, as with a key file of another run";
    }
    f->summary =
        es_say(d,
               "none of %s of %s opens with the key given: the sender uses another key "
               "or another length of the ICV%s%s",
               es_say_count(d, flows.most, "packet", "packets"), es_say_flow(d, flows.worst),
               others_open ? "" : ", or the key is not of this SA", es_say_more(d, &flows));
    add_failed_evidence(d, f, flows.worst, flows.sum);
}

static const struct es_rule rule_decrypt_failed = {
    .id = "esp-decrypt-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "no packet of an SA opens with its key",
    .explanation = "There is a key for this SPI, and no packet passes its integrity check. A "
                   "receiver with that key drops them all.",
    .causes =
        ES_SENTENCES("the key file is of another run or another SA",
                     "the peers have different keys (set by hand, or a defective "
                     "implementation)",
                     "the peers cut the ICV to different lengths (HMAC-SHA-256 with 96 or 128 "
                     "bits)",
                     "the peers differ in extended sequence numbers"),
    .checks = ES_SENTENCES("keys, algorithms and ICV length of the SA on both peers",
                           "the receiver's counter of failed authentication"),
    .reference = "RFC 4303, 3.4.4; RFC 4868, 2.6",
    .on_tunnel = decrypt_failed,
};

/* --- measured --- */

struct traffic {
    uint64_t packets[2], bytes[2]; /* by the sender's side */
    es_time first, last;
    const struct es_packet_ref *first_ref, *last_ref; /* NULL: no ESP */
    const struct es_flow *largest;                    /* with the most packets */
};

static struct traffic traffic_of(const struct es_tunnel *tunnel)
{
    struct traffic t = {0};
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        t.packets[flow->side] += flow->packets;
        t.bytes[flow->side] += flow->bytes;
        if (!t.first_ref || flow->first.time < t.first) {
            t.first = flow->first.time;
            t.first_ref = &flow->first;
        }
        if (!t.last_ref || flow->last.time > t.last) {
            t.last = flow->last.time;
            t.last_ref = &flow->last;
        }
        if (!t.largest || flow->packets > t.largest->packets)
            t.largest = flow;
    }
    return t;
}

static const char *say_rate(struct es_diagnosis *d, uint64_t bytes, es_time span)
{
    const double bits = (double)bytes * 8 / ((double)span / (double)ES_SECOND);
    if (bits >= 1e9)
        return es_say(d, "%.1f Gbit/s", bits / 1e9);
    if (bits >= 1e6)
        return es_say(d, "%.1f Mbit/s", bits / 1e6);
    return es_say(d, "%.1f kbit/s", bits / 1e3);
}

static struct es_finding *add_measured(const struct es_rule *rule, struct es_diagnosis *d,
                                       const struct es_tunnel *tunnel, const struct traffic *t)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return NULL;
    es_finding_span(f, t->first_ref, t->last_ref, t->packets[0] + t->packets[1]);
    es_finding_evidence(d, f, t->first_ref, "first ESP packet");
    es_finding_evidence(d, f, t->last_ref, "last ESP packet");
    return f;
}

static void throughput(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct traffic t = traffic_of(tunnel);
    const es_time span = t.last - t.first;
    struct es_finding *f =
        t.last_ref && span >= ES_SECOND ? add_measured(rule, d, tunnel, &t) : NULL;
    if (!f)
        return;
    f->summary =
        es_say(d, "%s in %s: %s sends %s (%s), %s %s (%s)",
               es_say_count(d, t.packets[0] + t.packets[1], "ESP packet", "ESP packets"),
               es_say_span(d, span), es_who(d, tunnel, 0),
               es_say_count(d, t.packets[0], "packet", "packets"), say_rate(d, t.bytes[0], span),
               es_who(d, tunnel, 1), es_say_count(d, t.packets[1], "packet", "packets"),
               say_rate(d, t.bytes[1], span));
}

static const struct es_rule rule_throughput = {
    .id = "esp-throughput",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "how much ESP there was",
    .explanation = "Packets and mean rate of each direction, from the SPI to the end of the ICV, "
                   "over the time between the first and the last ESP packet of the tunnel.",
    .causes = ES_SENTENCES("measured, no fault"),
    .checks = ES_SENTENCES("compare with what the line should carry"),
    .reference = "RFC 4303, 2",
    .on_tunnel = throughput,
};

static void asymmetric(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct traffic t = traffic_of(tunnel);
    const uint8_t more = t.bytes[1] > t.bytes[0];
    const uint64_t less_bytes = t.bytes[1 - more];
    if (less_bytes == 0 || t.bytes[more] / less_bytes < es_limit(d, ES_LIMIT_ASYMMETRY))
        return;
    struct es_finding *f = add_measured(rule, d, tunnel, &t);
    if (!f)
        return;
    f->summary =
        es_say(d, "%s sends %" PRIu64 " times as many bytes of ESP as %s", es_who(d, tunnel, more),
               t.bytes[more] / less_bytes, es_who(d, tunnel, 1 - more));
}

static const struct es_rule rule_asymmetric = {
    .id = "esp-asymmetric",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "ESP mostly in one direction",
    .explanation = "One direction carries far more than the other: a backup, a download, or "
                   "traffic whose answers take another way.",
    .causes = ES_SENTENCES("one-way transfers", "answers that take another tunnel or bypass IPsec"),
    .checks = ES_SENTENCES("is that what the applications do?"),
    .reference = "RFC 4301, 5",
    .on_tunnel = asymmetric,
};

static void idle(const struct es_rule *rule, struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    const struct traffic t = traffic_of(tunnel);
    if (!t.last_ref || d->now - t.last < es_limit_ns(d, ES_LIMIT_IDLE) ||
        es_tunnel_state(tunnel) != ES_TUNNEL_ESTABLISHED)
        return;
    struct es_finding *f = add_measured(rule, d, tunnel, &t);
    if (!f)
        return;
    f->summary = es_say(d, "the tunnel is up, and carried no ESP in the last %s of the capture",
                        es_say_span(d, d->now - t.last));
}

static const struct es_rule rule_idle = {
    .id = "esp-idle",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "a tunnel without traffic",
    .explanation = "The IKE SA lives and no ESP went in either direction until the capture ended.",
    .causes = ES_SENTENCES("nobody has anything to send",
                           "traffic no longer takes the tunnel (routing, policy)"),
    .checks = ES_SENTENCES("routes into the tunnel on both peers"),
    .reference = "RFC 4301, 5",
    .on_tunnel = idle,
};

/* Whether two counts are the same but for a twentieth. */
static bool alike(uint32_t a, uint32_t b)
{
    const uint32_t more = a > b ? a : b;
    return more - (a < b ? a : b) <= more / 20;
}

/* Full-size packets of one length at one rate, as RFC 9347 sends them whatever there is to carry.
 */
static bool is_constant(const struct es_diagnosis *d, const struct es_flow *flow)
{
    enum { BUCKETS_LEAST = 8 };
    if (flow->packets < es_limit(d, ES_LIMIT_STEADY_PACKETS) ||
        flow->last_length < ES_LARGE_BYTES || flow->equal_lengths + 1 < flow->packets)
        return false;
    size_t used = ES_TIMELINE_BUCKETS;
    while (used && es_timeline_count(&flow->timeline, used - 1) == 0)
        used--;
    /* The first and the last bucket are begun in their middle. */
    for (size_t i = 2; i + 1 < used; i++) {
        if (!alike(es_timeline_count(&flow->timeline, i), es_timeline_count(&flow->timeline, 1)))
            return false;
    }
    return used >= BUCKETS_LEAST;
}

static uint64_t iptfs_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_ike_sa *sa = flow->child->ike_sa;
    const bool negotiated = sa && es_notified(&sa->disclosed[0], ES_IKE_NOTIFY_USE_AGGFRAG) &&
                            es_notified(&sa->disclosed[1], ES_IKE_NOTIFY_USE_AGGFRAG);
    return negotiated || (flow->inner && flow->inner->aggregated) || is_constant(d, flow)
               ? flow->packets
               : 0;
}

static void iptfs(const struct es_rule *rule, struct es_diagnosis *d,
                  const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, iptfs_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, iptfs_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    if (flow->inner && flow->inner->aggregated) {
        f->provenance = ES_PROVENANCE_DECRYPTED;
    } else if (is_constant(d, flow)) {
        f->provenance = ES_PROVENANCE_INFERRED;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "full-size packets of one length at one rate; a stream of media can look the "
                    "same";
    }
    f->summary = es_say(d, "%s aggregates and fragments inner packets (IP-TFS)%s",
                        es_say_flow(d, flow), es_say_more(d, &flows));
    es_finding_evidence(d, f, &flow->first, "first packet");
}

static const struct es_rule rule_iptfs = {
    .id = "iptfs",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "traffic flow confidentiality (IP-TFS)",
    .explanation = "ESP packets of one size hold pieces of inner packets, at a rate of their own: "
                   "their lengths and times say nothing of the traffic inside.",
    .causes = ES_SENTENCES("IP-TFS or AGGFRAG is configured on both peers"),
    .checks = ES_SENTENCES("findings by length and by pauses mean less for this tunnel"),
    .reference = "RFC 9347",
    .on_tunnel = iptfs,
};

static const struct es_rule *const rules[] = {
    &rule_length_invalid, &rule_null,       &rule_auth_failed, &rule_decrypt_failed,
    &rule_throughput,     &rule_asymmetric, &rule_idle,        &rule_iptfs,
};

const struct es_chapter es_chapter_content = {rules, ES_COUNT(rules)};
