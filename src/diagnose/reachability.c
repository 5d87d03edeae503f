/*
 * Chapter: is IKE reached at all? No answer to the first message, or none from IKE_AUTH on.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* Attempts of one side to begin an IKE SA that nothing answered. */
struct attempts {
    unsigned count;
    uint64_t messages;
    struct es_packet_ref first, last;
    const struct es_ike_sa *sa; /* the last of them */
};

static struct attempts unanswered_attempts(const struct es_diagnosis *d,
                                           const struct es_tunnel *tunnel, uint8_t side)
{
    struct attempts a = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->initiator != side || !sa->birth_seen || sa->messages[1 - side] != 0 ||
            sa->responder_spi != 0 || !es_unanswered(d, sa, side))
            continue;
        if (a.count++ == 0)
            a.first = sa->first;
        a.last = sa->last;
        a.messages += sa->messages[side];
        a.sa = sa;
    }
    return a;
}

static void add_refusal(struct es_diagnosis *d, struct es_finding *f,
                        const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_refusal *refusal = &tunnel->refusals[side];
    if (refusal->tally.count == 0)
        return;
    struct es_text who;
    es_text_init(&who);
    es_text_add_address(&who, &refusal->last.reporter);
    es_finding_evidence(
        d, f, &refusal->tally.first, "ICMP%s type %u code %u from %s refuses the request",
        refusal->last.v6 ? "v6" : "", refusal->last.type, refusal->last.code, es_text_chars(&who));
    es_finding_check(d, f, "%s sent the ICMP error: look there first", es_text_chars(&who));
    es_text_fini(&who);
}

static void no_response(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct attempts a = unanswered_attempts(d, tunnel, side);
        struct es_finding *f = a.count ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const bool came_up = es_established_after(tunnel, a.last.time);
        const bool peer_seen = es_sent(tunnel, 1 - side) > 0;
        f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
        f->ike_sa = a.sa;
        f->reason = peer_seen ? "the peer's other packets are in the capture, an answer is not"
                              : "the initiator goes on asking, so it heard nothing; whether the "
                                "peer got the request, this capture point cannot show";
        f->summary = es_say(d, "%s sent its first IKE message to %s %s%s, and nothing came back%s",
                            es_who(d, tunnel, side), es_who(d, tunnel, 1 - side),
                            es_say_count(d, a.messages, "time", "times"),
                            a.count > 1 ? es_say(d, " in %u attempts", a.count) : "",
                            came_up ? "; a later attempt succeeded" : "");
        es_finding_peer(f, 1 - side);
        es_finding_span(f, &a.first, &a.last, a.messages);
        es_finding_evidence(d, f, &a.first, "first request");
        es_finding_evidence(d, f, &a.last, "last request, still unanswered");
        add_refusal(d, f, tunnel, side);
        f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, a.sa->initiator_spi);
    }
}

/* IKE_SA_INIT was answered, the first protected request is not. */
static const struct es_exchange *unanswered_auth(const struct es_diagnosis *d,
                                                 const struct es_ike_sa *sa)
{
    if (sa->major != 2 || sa->state != ES_IKE_SA_NEGOTIATING || !sa->chosen.count)
        return NULL;
    const struct es_exchange *e = es_unanswered(d, sa, sa->initiator);
    return e && e->exchange_type != ES_IKE_EXCHANGE_IKE_SA_INIT ? e : NULL;
}

static void add_auth_unanswered(const struct es_rule *rule, struct es_diagnosis *d,
                                const struct es_tunnel *tunnel, const struct es_ike_sa *sa,
                                const struct es_exchange *e)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t asker = sa->initiator;
    f->severity =
        es_established_after(tunnel, e->last_request.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "IKE_SA_INIT was answered, so the peer is there; why the next message is not "
                "answered, the wire does not say";
    f->summary = es_say(d, "%s answered IKE_SA_INIT, but not %s, sent %s over %s%s",
                        es_who(d, tunnel, 1 - asker), "IKE_AUTH",
                        es_say_count(d, e->retransmissions + 1, "time", "times"),
                        es_say_span(d, e->last_request.time - e->request.time),
                        tunnel->ike_natt_port ? " to UDP port 4500" : "");
    es_finding_peer(f, 1 - asker);
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "IKE_AUTH request");
    es_finding_evidence(d, f, &e->last_request, "the same request again, still unanswered");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

static void auth_no_response(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = unanswered_auth(d, sa);
        if (e && !tunnel->ike_natt_port)
            add_auth_unanswered(rule, d, tunnel, sa, e);
    }
}

static void natt_blocked(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = unanswered_auth(d, sa);
        if (e && tunnel->ike_natt_port)
            add_auth_unanswered(rule, d, tunnel, sa, e);
    }
}

static const struct es_rule rule_ike_no_response = {
    .id = "ike-no-response",
    .severity = ES_SEVERITY_ERROR,
    .title = "the peer never answers IKE",
    .explanation =
        "The first message of a negotiation is sent again and again, and no packet of the peer "
        "answers it. No IKE SA can come up.",
    .causes = ES_SENTENCES("UDP port 500 is blocked at the peer or on the way",
                           "the peer's address or the route to it is wrong",
                           "the peer has no configuration for this source address and stays "
                           "silent",
                           "the peer is down, or speaks the other IKE version only"),
    .checks = ES_SENTENCES("at the peer: does the request arrive (tcpdump udp port 500)?",
                           "at the peer: is there a gateway configured for this source address, "
                           "and does the policy let IKE in on the outer interface?",
                           "at the initiator: peer address, route, source address, outgoing rule"),
    .reference = "RFC 7296, 2.1",
    .on_tunnel = no_response,
};

static const struct es_rule rule_ike_auth_no_response = {
    .id = "ike-auth-no-response",
    .severity = ES_SEVERITY_ERROR,
    .title = "IKE_AUTH is not answered",
    .explanation = "The peers agreed in IKE_SA_INIT, but the first encrypted message, sent again "
                   "and again on the same port, gets no answer.",
    .causes = ES_SENTENCES("a device on the way drops the message, larger than the one before "
                           "(fragments) or encrypted (inspection)",
                           "the responder dropped it: its integrity check failed or its state "
                           "was lost",
                           "the responder waits for a server (RADIUS, CRL)"),
    .checks = ES_SENTENCES("at the responder: does the message arrive, and what does its log say "
                           "in that second?",
                           "compare message size with the path's MTU; enable IKE fragmentation"),
    .reference = "RFC 7296, 2.1",
    .roots = ES_SENTENCES("eap-stalled", "pq-intermediate-failed"),
    .on_tunnel = auth_no_response,
};

static const struct es_rule rule_natt_4500_blocked = {
    .id = "natt-4500-blocked",
    .severity = ES_SEVERITY_ERROR,
    .title = "no answer on UDP port 4500",
    .explanation = "IKE_SA_INIT on port 500 was answered. The initiator then moved to port 4500, "
                   "and there nothing comes back.",
    .causes = ES_SENTENCES("UDP port 4500 is filtered on the way or at the responder",
                           "a port forwarding in front of the responder covers port 500 only",
                           "the responder drops the message for another reason (see "
                           "ike-auth-no-response)"),
    .checks = ES_SENTENCES("at the responder: rule and port forwarding for UDP 4500",
                           "at the responder: does the message arrive (tcpdump udp port 4500)?",
                           "at the initiator: outgoing rule for UDP 4500"),
    .reference = "RFC 7296, 2.23",
    .roots = ES_SENTENCES("eap-stalled", "pq-intermediate-failed"),
    .on_tunnel = natt_blocked,
};

static const struct es_rule *const rules[] = {&rule_ike_no_response, &rule_ike_auth_no_response,
                                              &rule_natt_4500_blocked};

const struct es_chapter es_chapter_reachability = {rules, ES_COUNT(rules)};
