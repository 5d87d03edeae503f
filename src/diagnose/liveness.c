/*
 * Chapter: liveness. Is the peer still there?
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* ESP of the silent peer after the first question: it lives, and only IKE fails. */
static const struct es_packet_ref *esp_meanwhile(const struct es_tunnel *tunnel, uint8_t dead,
                                                 const struct es_dpd *dpd)
{
    const struct es_tally *esp = &tunnel->peers[dead].esp;
    return esp->count && esp->last.time > dpd->unanswered.first.time ? &esp->last : NULL;
}

static const char *what_still_comes(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                    uint8_t dead, const struct es_dpd *dpd)
{
    const struct es_packet_ref *esp = esp_meanwhile(tunnel, dead, dpd);
    if (esp && esp->time > dpd->unanswered.last.time)
        return "; ESP from it still arrives, so the peer lives and only IKE fails";
    if (esp)
        return es_say(d, "; ESP from it came for another %s, so the peer lived then",
                      es_say_span(d, esp->time - dpd->unanswered.first.time));
    if (!es_spoke_since(tunnel, dead, dpd->unanswered.first.time))
        return "; no packet of any kind from it since";
    return "";
}

/* The IKE SA with which the tunnel came back after `time`, or NULL. */
static const struct es_ike_sa *woken_by(const struct es_tunnel *tunnel, es_time time)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->birth_seen && sa->first.time > time)
            return sa;
    }
    return NULL;
}

/* Who woke the tunnel, and when, as evidence and in words. */
static const char *say_woken(struct es_diagnosis *d, struct es_finding *f,
                             const struct es_tunnel *tunnel, es_time since)
{
    const struct es_ike_sa *sa = woken_by(tunnel, since);
    if (!sa)
        return "";
    es_finding_evidence(d, f, &sa->first, "%s negotiates anew", es_who(d, tunnel, sa->initiator));
    return es_say(d, "; %s later %s negotiated anew%s", es_say_span(d, sa->first.time - since),
                  es_who(d, tunnel, sa->initiator),
                  sa->state == ES_IKE_SA_ESTABLISHED
                      ? es_say(d, ", and a new %s came up", es_word_ike_sa(tunnel))
                      : "");
}

/* The newest request of `side` was read with keys. */
static bool was_opened(const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_exchange *e = sa->exchanges;
    while (e && e->side != side)
        e = e->older;
    return e && e->request_opened;
}

static void judge_confidence(struct es_finding *f, const struct es_ike_sa *sa, uint8_t side)
{
    if (was_opened(sa, side)) {
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->reason = "the requests were read with keys";
    } else if (sa->major == 1) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = "the messages have the length and rhythm of R-U-THERE; their content is "
                    "encrypted";
    } else if (es_ike_sa_dpd(sa, side)->ambiguous) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = "the request is sent again and again without an answer, that is certain; that "
                    "it is a DPD and not a Delete or a notify, its length alone cannot tell";
    } else {
        f->reason = "only an empty INFORMATIONAL has this length, and the same one is sent again";
    }
}

static void dpd_unanswered(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_ike_sa *sa = es_dpd_unanswered(d, tunnel, side);
        struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const struct es_dpd *dpd = es_ike_sa_dpd(sa, side);
        const struct es_tally *tally = &dpd->unanswered;
        const uint8_t dead = 1 - side;
        const bool recovered = es_established_after(tunnel, tally->last.time);
        f->severity = recovered ? ES_SEVERITY_WARNING : rule->severity;
        f->ike_sa = sa;
        judge_confidence(f, sa, side);
        f->summary = es_say(d, "%s asked %s whether it lives (%s over %s) and got no answer%s%s",
                            es_who(d, tunnel, side), es_who(d, tunnel, dead),
                            es_say_count(d, tally->count, "DPD message", "DPD messages"),
                            es_say_span(d, tally->last.time - tally->first.time),
                            what_still_comes(d, tunnel, dead, dpd),
                            say_woken(d, f, tunnel, tally->last.time));
        es_finding_peer(f, dead);
        es_finding_span(f, &tally->first, &tally->last, tally->count);
        const struct es_packet_ref *life = es_last_sign(tunnel, dead);
        if (life && life->time <= tally->first.time)
            es_finding_evidence(d, f, life, "last packet from %s", es_who(d, tunnel, dead));
        const struct es_packet_ref *esp = esp_meanwhile(tunnel, dead, dpd);
        if (esp)
            es_finding_evidence(d, f, esp, "the last ESP from %s", es_who(d, tunnel, dead));
        es_finding_evidence(d, f, &tally->first, "first DPD request without an answer");
        es_finding_evidence(d, f, &tally->last, "the last one");
        if (tunnel->refusals[side].tally.count)
            es_finding_evidence(d, f, &tunnel->refusals[side].tally.first,
                                "ICMP error about packets of %s", es_who(d, tunnel, side));
        f->display_filter = es_say(
            d, "isakmp.ispi == %016" PRIx64 " && isakmp.exchangetype == %d", sa->initiator_spi,
            sa->major == 1 ? ES_IKE_EXCHANGE_INFORMATIONAL_V1 : ES_IKE_EXCHANGE_INFORMATIONAL);
    }
}

/* The flow of `side` that still had packets after `time`, and how many; NULL when none had. */
static const struct es_run *still_sending(const struct es_diagnosis *d,
                                          const struct es_tunnel *tunnel, uint8_t side,
                                          es_time time, const struct es_flow **flow)
{
    for (const struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        const struct es_run *run = &c->runs[side];
        if (c->flows[side] && run->packets >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS) &&
            run->last.time > time) {
            *flow = c->flows[side];
            return run;
        }
    }
    return NULL;
}

/* When the sender began to doubt: its first question since the peer is silent. */
static const char *say_noticed(struct es_diagnosis *d, const struct es_run *run,
                               const struct es_dpd *dpd)
{
    const es_time delay = dpd->unanswered.first.time - run->first.time;
    return delay > 0
               ? es_say(d, "; it asked whether the peer lives after %s", es_say_span(d, delay))
               : "";
}

static void dead_peer_esp(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_ike_sa *sa = es_dpd_unanswered(d, tunnel, side);
        const uint8_t dead = 1 - side;
        if (!sa || es_spoke_since(tunnel, dead, es_ike_sa_dpd(sa, side)->unanswered.first.time))
            continue;
        const struct es_flow *flow = NULL;
        const struct es_run *run =
            still_sending(d, tunnel, side, es_ike_sa_dpd(sa, side)->unanswered.first.time, &flow);
        struct es_finding *f = run ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->ike_sa = sa;
        f->child = flow->child;
        f->summary = es_say(
            d, "%s went on sending ESP (%s over %s) to %s, which is silent%s%s",
            es_who(d, tunnel, side), es_say_count(d, run->packets, "packet", "packets"),
            es_say_span(d, run->last.time - run->first.time), es_who(d, tunnel, dead),
            say_noticed(d, run, es_ike_sa_dpd(sa, side)), say_woken(d, f, tunnel, run->first.time));
        es_finding_peer(f, dead);
        es_finding_flow(f, flow);
        es_finding_span(f, &run->first, &run->last, run->packets);
        if (!flow->child->flows[dead] && es_ref_seen(&flow->child->created.ref)) {
            es_finding_evidence(d, f, &flow->child->created.ref, "the negotiation");
            es_finding_check(d, f,
                             "at %s: it never sent ESP on this SA; did it install it? Read its log "
                             "right after the negotiation",
                             es_who(d, tunnel, dead));
        }
        const struct es_packet_ref *life = es_last_sign(tunnel, dead);
        if (life && life->time <= run->first.time)
            es_finding_evidence(d, f, life, "last packet from %s", es_who(d, tunnel, dead));
        es_finding_evidence(d, f, &es_ike_sa_dpd(sa, side)->unanswered.first,
                            "first question whether %s lives", es_who(d, tunnel, dead));
        es_finding_evidence(d, f, &run->first, "first ESP packet with nothing back");
        es_finding_evidence(d, f, &run->last, "the last one");
    }
}

static const struct es_rule rule_dpd_unanswered = {
    .id = "dpd-unanswered",
    .severity = ES_SEVERITY_ERROR,
    .title = "liveness checks get no answer",
    .explanation =
        "One peer asks whether the other still lives (IKEv2: an empty INFORMATIONAL, sent again "
        "until answered; IKEv1: R-U-THERE), and no answer comes. After its last try it gives the "
        "tunnel up.",
    .causes = ES_SENTENCES("the peer is dead, rebooted, or has lost this SA",
                           "the path or the NAT mapping to the peer died: ESP from the other "
                           "direction tells",
                           "a firewall drops UDP 500 or 4500 while it lets ESP pass",
                           "the peer's control plane is overloaded or rate-limits IKE"),
    .checks = ES_SENTENCES("at the silent peer: is it up, since when, does it still list this SA "
                           "by the SPIs given here?",
                           "at the silent peer: do the requests arrive (tcpdump), and if so what "
                           "does its IKE log say?",
                           "between the peers: routes, firewall sessions and NAT mappings for UDP "
                           "500 and 4500"),
    .reference = "RFC 7296, 2.4; RFC 3706, 5",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("peer-dead-esp-continues", "ike-fragments-lost", "ike-response-lost",
                          "ike-auth-no-response", "ike-skf-incomplete", "nat-remap-blackhole",
                          "nat-mapping-expired", "mobike-failed"),
    .on_tunnel = dpd_unanswered,
};

static const struct es_rule rule_peer_dead_esp_continues = {
    .id = "peer-dead-esp-continues",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP is sent to a dead peer",
    .explanation = "While the peer is silent in everything, the other one goes on encrypting and "
                   "sending: that traffic is lost until it notices.",
    .causes = ES_SENTENCES("the peer is down or unreachable; the sender's DPD has not given up "
                           "yet",
                           "the peer lives and has lost its SAs (restarted, cleared by hand, could "
                           "not install them): what it does not know it drops in silence",
                           "DPD's timeout is long for the traffic at stake"),
    .checks =
        ES_SENTENCES("at the sender: DPD interval and timeout, and what it does then "
                     "(restart, clear)",
                     "at the silent peer: uptime and power",
                     "at the silent peer: does it still list these SAs, and what does its log "
                     "say of requests of unknown IKE SAs and of packets with unknown SPIs?"),
    .reference = "RFC 7296, 2.4; RFC 3706, 1",
    .missing = ES_MISSING_IKE | ES_MISSING_ESP,
    .on_tunnel = dead_peer_esp,
};

static const struct es_rule *const rules[] = {&rule_dpd_unanswered, &rule_peer_dead_esp_continues};

const struct es_chapter es_chapter_liveness = {rules, ES_COUNT(rules)};
