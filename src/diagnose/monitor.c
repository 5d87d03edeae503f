/*
 * Chapter: monitors through the tunnel, and what answered liveness checks do not prove. After the
 * chapter of ESP traffic, whose findings it explains.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* Echo requests that were opened and no reply to any of them. */
static bool are_pings_unanswered(const struct es_child_sa *child, uint8_t side)
{
    const struct es_flow *asked = child->flows[side];
    const struct es_flow *back = child->flows[1 - side];
    return asked && asked->inner && asked->inner->echo_requests &&
           (!back || (back->inner && back->inner->echo_replies == 0));
}

/* Both ends send at the same pace: neither asks the other, as in routing protocols' hellos. */
static bool is_mutual(const struct es_monitor *m, const struct es_monitor *back)
{
    const es_time slack = m->period / 4;
    return back->beats >= 3 && back->period > m->period - slack && back->period < m->period + slack;
}

/* Even and unanswered for long; what comes back in between answers something else. */
static bool is_unanswered(const struct es_diagnosis *d, const struct es_monitor *m)
{
    const uint64_t vain = m->unanswered.count;
    return vain >= es_limit(d, ES_LIMIT_MONITOR_BEATS) && m->beats > 4 * m->misses &&
           m->followed * 3ULL <= vain && m->replies * 4ULL <= vain * 3 && vain * 4 >= m->beats;
}

/*
 * ESP of the other side since then came on this Child SA, or came not at all: answers on another
 * one would mean that the flows are paired wrongly. And neither direction is a stream, whose
 * lengths repeat, and in which an answer is not told from the rest.
 */
static bool is_clear(const struct es_tunnel *tunnel, const struct es_child_sa *child, uint8_t side)
{
    enum { SHARE = 20 };
    const struct es_monitor *m = &child->monitors[side];
    const struct es_flow *back = child->flows[1 - side];
    const struct es_tally *esp = &tunnel->peers[1 - side].esp;
    const bool came = esp->count && esp->last.time > m->unanswered.first.time;
    return (!came || (back && back->last.time > m->unanswered.first.time)) &&
           child->flows[side]->packets <= (uint64_t)SHARE * m->beats &&
           (!back || back->packets <= (uint64_t)SHARE * m->beats);
}

static const struct es_child_sa *find_monitor(const struct es_diagnosis *d,
                                              const struct es_tunnel *tunnel, uint8_t *side)
{
    const struct es_child_sa *c = tunnel->children;
    for (int looked_at = 0; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        for (*side = 0; *side < 2 && !c->withdrawn; (*side)++) {
            const struct es_monitor *m = &c->monitors[*side];
            if (c->flows[*side] && is_unanswered(d, m) && is_clear(tunnel, c, *side) &&
                !is_mutual(m, &c->monitors[1 - *side]) &&
                es_spoke_since(tunnel, 1 - *side, m->unanswered.first.time))
                return c;
        }
    }
    return NULL;
}

static void judge(struct es_diagnosis *d, struct es_finding *f, const struct es_child_sa *child,
                  uint8_t side)
{
    const struct es_monitor *m = &child->monitors[side];
    f->provenance = ES_PROVENANCE_INFERRED;
    if (are_pings_unanswered(child, side)) {
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "read with keys: echo requests go in and no reply comes out";
    } else if (m->answered) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = "packets of the same length answered them before";
    } else {
        f->severity = ES_SEVERITY_WARNING;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason =
            es_say(d,
                   "one length and an even pace are a monitor's (%s); a sender that expects "
                   "no answer looks the same",
                   es_say_span(d, m->period));
    }
}

/* Data is lost for a reason that was found: then unanswered probes say nothing more. */
static bool is_explained(const struct es_rule *rule, const struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    for (const char *const *id = rule->roots; *id; id++) {
        if (es_found_before(d, tunnel, *id))
            return true;
    }
    return false;
}

static void monitor_unanswered(const struct es_rule *rule, struct es_diagnosis *d,
                               const struct es_tunnel *tunnel)
{
    uint8_t side;
    const struct es_child_sa *c =
        is_explained(rule, d, tunnel) ? NULL : find_monitor(d, tunnel, &side);
    struct es_finding *f = c ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_monitor *m = &c->monitors[side];
    const struct es_tally *vain = &m->unanswered;
    const uint8_t other = 1 - side;
    const struct es_peer *peer = &tunnel->peers[other];
    const bool esp_comes = peer->esp.count && peer->esp.last.time > vain->first.time;
    judge(d, f, c, side);
    f->child = c;
    f->ike_sa = c->ike_sa;
    f->summary = es_say(
        d,
        "%s sends packets of %" PRIu32 " bytes every %s on SPI 0x%08" PRIx32
        ", as a monitor does, and the last %" PRIu64 " got no answer; %s",
        es_who(d, tunnel, side), m->length, es_say_span(d, m->beat_sum / (es_time)m->beats),
        c->flows[side]->key.spi, vain->count,
        esp_comes ? "other traffic in the tunnel is answered, so it is the monitored address that "
                    "does not, not the tunnel"
                  : "no ESP comes back at all while IKE does, so the way back through the tunnel "
                    "is in doubt, not only the monitored address");
    es_finding_peer(f, other);
    es_finding_flow(f, c->flows[side]);
    es_finding_span(f, &vain->first, &vain->last, vain->count);
    es_finding_evidence(d, f, &vain->first, "a probe without an answer");
    es_finding_evidence(d, f, &vain->last, "the last one");
    if (esp_comes)
        es_finding_evidence(d, f, &peer->esp.last, "other ESP from %s", es_who(d, tunnel, other));
    f->display_filter = es_say(d, "esp.spi == 0x%08" PRIx32, c->flows[side]->key.spi);
}

/* An IKE message of `side` in the time of the finding that answers a liveness check, or is one. */
static const struct es_packet_ref *lively_ike(const struct es_tunnel *tunnel, uint8_t side,
                                              const struct es_finding *since)
{
    enum { SAS_LOOKED_AT = 16 };
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    for (int looked_at = 0; sa && looked_at < SAS_LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
            const bool is_check =
                e->judged == ES_IKE_CLASS_EMPTY || e->judged == ES_IKE_CLASS_R_U_THERE;
            if (is_check && e->answered && e->side != side && e->response.time > since->first.time)
                return &e->response;
        }
    }
    return NULL;
}

static void data_dead(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_finding *one_way = es_found_before(d, tunnel, "esp-one-way");
    if (!one_way || one_way->flow_count == 0)
        return;
    const struct es_packet_ref *alive = lively_ike(tunnel, one_way->silent, one_way);
    struct es_finding *f = alive ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->severity = one_way->severity;
    f->confidence = one_way->confidence;
    f->provenance = one_way->provenance;
    f->reason = one_way->reason;
    f->child = one_way->child;
    f->ike_sa = one_way->ike_sa;
    f->summary = es_say(d,
                        "%s answers liveness checks while no ESP comes from it: DPD will not "
                        "restart this tunnel",
                        es_who(d, tunnel, one_way->silent));
    es_finding_peer(f, one_way->peer);
    es_finding_silent(f, one_way->silent);
    es_finding_flow(f, one_way->flows[0]);
    es_finding_span(f, &one_way->first, &one_way->last, one_way->count);
    es_finding_evidence(d, f, alive, "an answered liveness check in that time");
}

static const struct es_rule rule_tunnel_monitor_unanswered = {
    .id = "tunnel-monitor-unanswered",
    .severity = ES_SEVERITY_ERROR,
    .title = "a monitor through the tunnel gets no answer",
    .explanation =
        "Packets of one length at an even pace are as a rule probes of a tunnel monitor or pings. "
        "They get no answer although the peer is alive. A monitor whose target does not answer "
        "takes a healthy tunnel down, or keeps failing over.",
    .causes = ES_SENTENCES("the monitored address is down, or does not answer pings",
                           "it has no route back into the tunnel, or a firewall drops the probe",
                           "the monitor's own address is not in the traffic selectors or the "
                           "peer's policy",
                           "nothing at all: a sender that expects no answer"),
    .checks = ES_SENTENCES("ping the monitored address from the far gateway and from its network",
                           "at the monitored address: is the probe received, and where does the "
                           "answer go?",
                           "on both peers: do policy and traffic selectors hold the monitor's "
                           "source and target?"),
    .reference = "RFC 7296, 2.4 (a monitor checks more than the peer)",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-one-way", "peer-dead-esp-continues", "nat-remap-blackhole",
                          "esp-encap-mismatch", "spi-mismatch-after-rekey",
                          "stale-spi-after-delete", "invalid-spi-notify"),
    .on_tunnel = monitor_unanswered,
};

static const struct es_rule rule_dpd_ok_data_dead = {
    .id = "dpd-ok-data-dead",
    .severity = ES_SEVERITY_ERROR,
    .title = "liveness checks are answered, data is not",
    .explanation = "DPD asks the IKE daemon, not the data path. While it is answered neither side "
                   "restarts a tunnel whose ESP is lost; only a monitor through the tunnel would "
                   "notice.",
    .causes = ES_SENTENCES("see the finding above it: ESP is dropped, or goes to a wrong SPI, "
                           "address or policy, while IKE passes"),
    .checks = ES_SENTENCES("compare the SAs that both peers have installed (SPIs, addresses, "
                           "encapsulation)",
                           "restart the Child SA by hand: a rekey may mend it"),
    .reference = "RFC 7296, 2.4; RFC 4301, 5.2",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-one-way"),
    .on_tunnel = data_dead,
};

static const struct es_rule *const rules[] = {&rule_tunnel_monitor_unanswered,
                                              &rule_dpd_ok_data_dead};

const struct es_chapter es_chapter_monitor = {rules, ES_COUNT(rules)};
