/*
 * Chapter: ESP traffic. Is anything coming back?
 */
#include "catalogue.h"
#include "flows.h"
#include "judgement.h"

#include <inttypes.h>

enum { PROTOCOL_ESP = 50 };

/* A flow as even and slow as ping, a monitor, or a person trying. */
static bool looks_like_probes(const struct es_diagnosis *d, const struct es_flow *flow,
                              const struct es_run *run)
{
    const es_time span = run->last.time - run->first.time;
    return flow->equal_lengths * 100 >= flow->packets * es_limit(d, ES_LIMIT_PROBE_EQUAL) &&
           span / (int64_t)run->packets >= es_limit_ns(d, ES_LIMIT_PROBE_INTERVAL);
}

/*
 * A rekey took over. What looks like one may have made another Child SA beside this one; then the
 * side that is silent now went on using this one for long.
 */
static bool is_replaced(const struct es_diagnosis *d, const struct es_child_sa *child,
                        uint8_t silent)
{
    const struct es_child_sa *next = child->rekeyed_by;
    if (!next || (!next->flows[0] && !next->flows[1]))
        return false;
    const struct es_flow *flow = child->flows[silent];
    return !flow || flow->last.time - next->created.ref.time < es_limit_ns(d, ES_LIMIT_SWITCHOVER);
}

/*
 * ESP of the silent side since the run began that belongs to no other conversation: then it is the
 * pairing of flows that is in doubt, or the wrong SPI, not a silence.
 */
static bool something_else_came(const struct es_tunnel *tunnel, const struct es_child_sa *child,
                                uint8_t silent, es_time since)
{
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (flow->side != silent || flow->child == child || flow->last.time <= since)
            continue;
        const struct es_flow *partner = flow->child->flows[1 - silent];
        if (!partner || partner->last.time <= since)
            return true;
    }
    return false;
}

static bool is_one_way(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                       const struct es_child_sa *child, uint8_t side)
{
    const struct es_run *run = &child->runs[side];
    const es_time span = run->last.time - run->first.time;
    if (child->withdrawn || !child->flows[side] || is_replaced(d, child, 1 - side))
        return false;
    if (run->packets < es_limit(d, ES_LIMIT_ONE_WAY_PACKETS) ||
        span < es_limit_ns(d, ES_LIMIT_ONE_WAY_SPAN) ||
        span / (int64_t)es_limit(d, ES_LIMIT_ONE_WAY_FACTOR) < run->longest_span)
        return false;
    /* After a Delete the SPI itself is the fault: another rule. */
    if (es_flow_odd(child->flows[side])->after_delete >= es_limit(d, ES_LIMIT_STALE_PACKETS))
        return false;
    return !something_else_came(tunnel, child, 1 - side, run->first.time);
}

/*
 * The last ESP packet of the silent side in this conversation before the run: on this Child SA or
 * one that was deleted for it; NULL when it never sent. ESP on others proves nothing.
 */
static const struct es_packet_ref *last_esp(const struct es_child_sa *child, uint8_t silent,
                                            es_time since)
{
    const struct es_child_sa *c = child;
    while (!c->flows[silent] && c->rekeys && es_ref_seen(&c->rekeys->deleted.ref))
        c = c->rekeys;
    const struct es_flow *flow = c->flows[silent];
    return flow && flow->last.time <= since ? &flow->last : NULL;
}

static void judge(struct es_finding *f, bool spoke_before, bool probes)
{
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    if (spoke_before) {
        f->reason = "the other direction carried ESP before and stopped, and no pause before was "
                    "nearly as long";
    } else if (probes) {
        f->reason = "the packets are as even and slow as pings or retries, which expect answers";
    } else {
        f->severity = ES_SEVERITY_WARNING;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "the other direction never carried ESP, and these packets do not look like "
                    "questions: a stream in one direction by design looks the same";
    }
}

/* Where the capture stands between the two, as far as the TTL of what it did see tells. */
static const char *say_place(struct es_diagnosis *d, const struct es_flow *flow)
{
    unsigned hops;
    const char *sender = es_who(d, flow->tunnel, flow->side);
    const char *silent = es_who(d, flow->tunnel, 1 - flow->side);
    if (!es_hops(flow, &hops))
        return "";
    return es_say(d,
                  "%s: what is missing is lost between here and %s, on its way there or back, "
                  "or never sent",
                  hops ? es_say(d, ". The capture point is %s away from %s",
                                es_say_count(d, hops, "router", "routers"), sender)
                       : es_say(d, ". The capture point is on the link of %s", sender),
                  silent);
}

/* Somebody says that he does not let these packets through. */
static const char *say_refused(struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t side,
                               es_time since)
{
    const struct es_refusal *refused = &tunnel->path[side].refused;
    if (refused->tally.count == 0 || refused->tally.last.time < since)
        return "";
    struct es_text text;
    es_text_init(&text);
    es_text_add_address(&text, &refused->last.reporter);
    const char *said = es_say(d, "; %s refuses them by ICMP", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

static const char *does_ike_live(const struct es_finding *f, const struct es_tunnel *tunnel,
                                 uint8_t silent, es_time since)
{
    if (!es_spoke_since(tunnel, silent, since))
        return "; no packet of any kind came from it in that time";
    return f->confidence == ES_CONFIDENCE_POSSIBLE
               ? "; its IKE answers"
               : "; its IKE still answers, so the peer lives and the data path is broken";
}

static void add_one_way(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel, const struct es_child_sa *child,
                        uint8_t side)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t silent = 1 - side;
    const struct es_run *run = &child->runs[side];
    const struct es_flow *flow = child->flows[side];
    const struct es_packet_ref *before = last_esp(child, silent, run->first.time);
    judge(f, before != NULL, looks_like_probes(d, flow, run));
    f->child = child;
    f->ike_sa = child->ike_sa;
    f->summary =
        es_say(d, "%s sent %s on SPI 0x%08" PRIx32 " in %s and got no ESP back from %s%s%s%s",
               es_who(d, tunnel, side), es_say_count(d, run->packets, "ESP packet", "ESP packets"),
               flow->key.spi, es_say_span(d, run->last.time - run->first.time),
               es_who(d, tunnel, silent), does_ike_live(f, tunnel, silent, run->first.time),
               say_refused(d, tunnel, side, run->first.time), say_place(d, flow));
    es_finding_peer(f, silent);
    es_finding_flow(f, flow);
    es_finding_flow(f, child->flows[silent]);
    es_finding_span(f, &run->first, &run->last, run->packets);
    if (before)
        es_finding_evidence(d, f, before, "last ESP packet from %s", es_who(d, tunnel, silent));
    es_finding_evidence(d, f, &run->first, "first ESP packet from %s with nothing back",
                        es_who(d, tunnel, side));
    es_finding_evidence(d, f, &run->last, "the last one");
    if (tunnel->peers[silent].ike.count && tunnel->peers[silent].ike.last.time > run->first.time)
        es_finding_evidence(d, f, &tunnel->peers[silent].ike.last, "IKE from %s in that time",
                            es_who(d, tunnel, silent));
    es_finding_check(d, f,
                     "at %s: does its counter of decrypted packets for inbound SPI 0x%08" PRIx32
                     " rise? If yes the fault is behind it (routing, policy, inner firewall); if "
                     "not, the ESP does not reach it",
                     es_who(d, tunnel, silent), flow->key.spi);
    f->display_filter = es_say(d, "esp.spi == 0x%08" PRIx32, flow->key.spi);
}

typedef void add_silence(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel, const struct es_child_sa *child,
                         uint8_t side);

/* Tells `add` of each Child SA that has fallen silent in one direction. */
static void each_silence(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel, add_silence *add)
{
    uint8_t missing;
    struct es_packet_ref proof;
    if (es_is_one_sided(d, tunnel, &missing, &proof) ||
        es_address_is_multicast(&tunnel->peers[1].address))
        return;
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_ike_sa *dead = es_dpd_unanswered(d, tunnel, side);
        int looked_at = 0;
        for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
             c = c->next_in_tunnel, looked_at++) {
            /* A peer silent in everything: the dead peer is the finding. */
            if (dead && !es_spoke_since(tunnel, 1 - side, c->runs[side].first.time))
                continue;
            if (is_one_way(d, tunnel, c, side))
                add(rule, d, tunnel, c, side);
        }
    }
}

static void one_way(const struct es_rule *rule, struct es_diagnosis *d,
                    const struct es_tunnel *tunnel)
{
    each_silence(rule, d, tunnel, add_one_way);
}

static const struct es_rule rule_esp_one_way = {
    .id = "esp-one-way",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP flows in one direction only",
    .explanation =
        "One peer sends ESP and no ESP comes back for much longer than in any pause before. ESP "
        "has no acknowledgements, so the finding says how sure it is and why.",
    .causes = ES_SENTENCES("ESP of the silent peer is dropped on the way (protocol 50 or UDP 4500 "
                           "blocked in one direction)",
                           "the silent peer receives nothing: ESP towards it is dropped behind "
                           "the capture point",
                           "the silent peer decrypts but does not answer into the tunnel: "
                           "routing, policy, NAT exemption, traffic selectors",
                           "the silent peer has lost the SA or drops the packets (replay, SPI, "
                           "integrity)",
                           "the traffic is one-way by design"),
    .checks = ES_SENTENCES("at the silent peer: counters of encrypted packets towards this peer",
                           "capture at the silent peer: does it send ESP at all?",
                           "firewalls in between: protocol 50 and UDP 4500 in both directions"),
    .reference = "RFC 4303, 2; RFC 4301, 5",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-blocked", "esp-icmp-rejected", "invalid-spi-notify",
                          "spi-mismatch-after-rekey", "ikev1-qm3-lost", "sa-expired-no-rekey",
                          "stale-spi-after-delete", "nat-without-natt", "esp-seq-wrap",
                          "esp-seq-reset", "esp-out-of-window", "esp-fragment-lost",
                          "pmtu-blackhole", "esp-encap-mismatch", "esp-over-500", "mode-mismatch",
                          "ah-with-nat", "nat-remap-blackhole", "nat-mapping-expired"),
    .on_tunnel = one_way,
};

/*
 * Protocol 50 does not pass: the negotiation is in the capture, and since then there is no ESP at
 * all of a side that goes on with IKE, though it is asked for some.
 */
static bool is_blocked(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                       const struct es_child_sa *child, uint8_t side)
{
    const struct es_run *run = &child->runs[side];
    const struct es_peer *silent = &tunnel->peers[1 - side];
    const struct es_ike_sa *sa = child->ike_sa;
    return child->flows[side]->key.protocol == PROTOCOL_ESP && tunnel->esp_raw &&
           !tunnel->esp_udp && !tunnel->esp_tcp && silent->esp.count == 0 && sa &&
           es_ref_seen(&sa->established) && sa->established.time <= run->first.time &&
           silent->ike.count && silent->ike.last.time > run->first.time &&
           looks_like_probes(d, child->flows[side], run);
}

static void add_blocked(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel, const struct es_child_sa *child,
                        uint8_t side)
{
    struct es_finding *f =
        is_blocked(d, tunnel, child, side) ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const uint8_t silent = 1 - side;
    const struct es_run *run = &child->runs[side];
    const struct es_flow *flow = child->flows[side];
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "one capture point cannot tell ESP that is dropped from ESP that the other peer "
                "never sends for lack of a route, policy or answer inside";
    f->child = child;
    f->ike_sa = child->ike_sa;
    f->summary =
        es_say(d,
               "%s sent %s as IP protocol 50 and not one came from %s since the tunnel is "
               "up, while IKE passes both ways: protocol 50 is blocked on the way, or %s "
               "has no answer to send%s",
               es_who(d, tunnel, side), es_say_count(d, run->packets, "ESP packet", "ESP packets"),
               es_who(d, tunnel, silent), es_who(d, tunnel, silent), say_place(d, flow));
    es_finding_peer(f, silent);
    es_finding_flow(f, flow);
    es_finding_span(f, &run->first, &run->last, run->packets);
    es_finding_evidence(d, f, &child->ike_sa->established, "the IKE SA is established");
    es_finding_evidence(d, f, &run->first, "first ESP packet from %s", es_who(d, tunnel, side));
    es_finding_evidence(d, f, &run->last, "the last one, with no ESP back in between");
    es_finding_evidence(d, f, &tunnel->peers[silent].ike.last, "IKE from %s meanwhile",
                        es_who(d, tunnel, silent));
    es_finding_check(d, f,
                     "at %s: does SPI 0x%08" PRIx32 " count packets in? If not, protocol 50 "
                     "is dropped on the way there",
                     es_who(d, tunnel, silent), flow->key.spi);
    f->display_filter = es_say(d, "esp.spi == 0x%08" PRIx32, flow->key.spi);
}

static void blocked(const struct es_rule *rule, struct es_diagnosis *d,
                    const struct es_tunnel *tunnel)
{
    each_silence(rule, d, tunnel, add_blocked);
}

static const struct es_rule rule_esp_blocked = {
    .id = "esp-blocked",
    .severity = ES_SEVERITY_ERROR,
    .title = "IKE passes, ESP does not",
    .explanation = "The tunnel came up over UDP 500, and of its ESP, which is a protocol of its "
                   "own (50) without NAT traversal, nothing gets through in one direction or both.",
    .causes = ES_SENTENCES("a firewall or provider on the way lets UDP pass but not protocol 50",
                           "a NAT on the way that neither peer noticed cannot map protocol 50",
                           "the silent peer has no route, policy or inner host that would answer"),
    .checks = ES_SENTENCES("access lists on the way: IP protocol 50, in both directions",
                           "capture at the silent peer: does ESP arrive, does it send any?",
                           "force UDP encapsulation (NAT traversal) on both peers: it then passes "
                           "as UDP 4500"),
    .reference = "RFC 4303, 2; RFC 3948",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-icmp-rejected", "nat-without-natt", "invalid-spi-notify",
                          "ikev1-qm3-lost", "sa-expired-no-rekey", "esp-seq-wrap",
                          "esp-encap-mismatch", "esp-over-500", "mode-mismatch", "ah-with-nat"),
    .on_tunnel = blocked,
};

static const struct es_rule *const rules[] = {&rule_esp_blocked, &rule_esp_one_way};

const struct es_chapter es_chapter_traffic = {rules, ES_COUNT(rules)};
