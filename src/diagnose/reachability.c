/*
 * Chapter: is IKE reached at all? Refused by ICMP, no answer to the first message, or none from the
 * second one on.
 */
#include "catalogue.h"
#include "reach.h"

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

/* --- ike-icmp-rejected --- */

enum reproach { NO_DAEMON, PROHIBITED, LOOP, NO_ROUTE };

/* What an ICMP error blames. RFC 792 and 1812, 5.2.7; RFC 4443, 3. */
static enum reproach reproach_of(const struct es_icmp_error *icmp)
{
    if (icmp->type == (icmp->v6 ? 3 : 11))
        return LOOP;
    if (icmp->v6)
        return icmp->code == 4                                         ? NO_DAEMON
               : icmp->code == 1 || icmp->code == 5 || icmp->code == 6 ? PROHIBITED
                                                                       : NO_ROUTE;
    return icmp->code == 3                                           ? NO_DAEMON
           : icmp->code == 9 || icmp->code == 10 || icmp->code == 13 ? PROHIBITED
                                                                     : NO_ROUTE;
}

static const char *say_reproach(enum reproach reproach)
{
    static const char *const texts[] = {
        [NO_DAEMON] = "port unreachable: nothing listens there",
        [PROHIBITED] = "administratively prohibited: a packet filter refuses it",
        [LOOP] = "time exceeded: the packet went in circles",
        [NO_ROUTE] = "destination unreachable: it knows no way there",
    };
    return texts[reproach];
}

/* What to do about it at the box that sent the error. */
static const char *check_of(enum reproach reproach, bool from_peer)
{
    if (reproach == NO_DAEMON)
        return from_peer ? "is the IKE daemon running, and does it listen on this address and port "
                           "(ss -lnup 'sport = 500 or sport = 4500')?"
                         : "it answers in the peer's place (NAT without a forwarding, or a filter "
                           "with \"reject\"): forward UDP 500 and 4500, or let them pass";
    if (reproach == PROHIBITED)
        return "which filter rule rejects UDP 500 and 4500 from this source?";
    if (reproach == LOOP)
        return "routes to the peer's address: two routers send the packet to each other";
    return "its route to the peer's address; or the peer's address in the configuration is wrong";
}

/* The side whose IKE was refused and got no answer from the peer since; false: none. */
static bool refused_side(const struct es_tunnel *tunnel, uint8_t *side)
{
    for (*side = 0; *side < 2; ++*side) {
        const struct es_tally *refused = &tunnel->ike_refusals[*side].tally;
        const struct es_tally *back = &tunnel->peers[1 - *side].ike;
        if (refused->count && (back->count == 0 || back->last.time < refused->last.time))
            return true;
    }
    return false;
}

static void icmp_rejected(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    uint8_t side;
    struct es_finding *f = refused_side(tunnel, &side) ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_refusal *refusal = &tunnel->ike_refusals[side];
    const enum reproach reproach = reproach_of(&refusal->last);
    const struct es_address *reporter = &refusal->last.reporter;
    const bool from_peer = es_address_equal(reporter, &tunnel->peers[1 - side].address);
    const bool local = es_address_equal(reporter, &tunnel->peers[side].address);
    const char *who = es_say_address(d, reporter);
    f->summary =
        es_say(d, "%s refuses IKE from %s to %s with ICMP%s %u/%u (%s), %s%s", who,
               es_who(d, tunnel, side), es_who(d, tunnel, 1 - side), refusal->last.v6 ? "v6" : "",
               refusal->last.type, refusal->last.code, say_reproach(reproach),
               es_say_count(d, refusal->tally.count, "time", "times"),
               from_peer ? ": the peer's own host, so it is reached"
                         : (local ? ": the sender's own host" : ": a device on the way"));
    f->reason = "an ICMP error quotes the refused packet; nothing of the peer came after it";
    es_finding_peer(f, local ? side : 1 - side);
    es_finding_span(f, &refusal->tally.first, &refusal->tally.last, refusal->tally.count);
    es_finding_evidence(d, f, &refusal->tally.first, "ICMP%s type %u code %u from %s",
                        refusal->last.v6 ? "v6" : "", refusal->last.type, refusal->last.code, who);
    if (refusal->tally.count > 1)
        es_finding_evidence(d, f, &refusal->tally.last, "the last such error");
    es_finding_check(d, f, "at %s, which sent the ICMP error: %s", who,
                     check_of(reproach, from_peer));
}

/* --- ike-no-response --- */

/* Both ask, neither answers: say so in the finding about the one that asked more. */
static const char *what_of_the_other(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                     uint8_t side, const struct attempts *other)
{
    if (!other->count)
        return "";
    return es_say(d, "; %s asks %s too, in vain: both directions are lost behind the capture point",
                  es_who(d, tunnel, 1 - side), es_who(d, tunnel, side));
}

static void no_response(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct attempts of[2] = {unanswered_attempts(d, tunnel, 0),
                                   unanswered_attempts(d, tunnel, 1)};
    const uint8_t side = of[1].messages > of[0].messages;
    const struct attempts *a = &of[side];
    struct es_finding *f = a->count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const bool came_up = es_established_after(tunnel, a->last.time);
    const bool peer_seen = es_sent(tunnel, 1 - side) > 0;
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = a->sa;
    f->reason = peer_seen ? "the peer's other packets are in the capture, an answer is not"
                          : "the initiator goes on asking, so it heard nothing; whether the "
                            "peer got the request, this capture point cannot show";
    f->summary = es_say(d, "%s sent its first IKE message to %s %s%s, and nothing came back%s%s",
                        es_who(d, tunnel, side), es_who(d, tunnel, 1 - side),
                        es_say_count(d, a->messages, "time", "times"),
                        a->count > 1 ? es_say(d, " in %u attempts", a->count) : "",
                        came_up ? "; a later attempt succeeded" : "",
                        what_of_the_other(d, tunnel, side, &of[1 - side]));
    es_finding_peer(f, 1 - side);
    es_finding_span(f, &a->first, &a->last, a->messages);
    es_finding_evidence(d, f, &a->first, "first request");
    es_finding_evidence(d, f, &a->last, "last request, still unanswered");
    f->display_filter = es_say_filter(d, a->sa);
}

/* --- ike-flood --- */

static void add_flood(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_half_open *row, const char *responder)
{
    const uint64_t count = (uint64_t)row->unanswered + row->answered;
    struct es_finding *f = count ? es_finding_add(d, rule, NULL) : NULL;
    if (!f)
        return;
    const char *answered = row->answered
                               ? es_say(d, ", %s were answered and not finished",
                                        es_say_count(d, row->answered, "of them", "of them"))
                               : "";
    f->summary =
        es_say(d, "%s with %s came to nothing in %s (%s)%s; too many to follow, they are counted",
               es_say_count(d, count, "negotiation", "negotiations"), responder,
               es_say_span(d, row->last.time - row->first.time),
               es_say_count(d, row->messages, "message", "messages"), answered);
    es_finding_span(f, &row->first, &row->last, row->messages);
    es_finding_evidence(d, f, &row->first, "the first message of the first of them");
    es_finding_evidence(d, f, &row->last, "the last message of the last of them");
}

static void flood(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_model *model = d->model;
    for (size_t i = 0; i < model->half_open_count; i++)
        add_flood(rule, d, &model->half_open[i], es_say_address(d, &model->half_open[i].responder));
    add_flood(rule, d, &model->half_open[ES_HALF_OPEN_PEERS], "other peers");
}

/* --- ike-auth-no-response, natt-4500-blocked --- */

/* Negotiations that stop behind the first answer. */
struct stuck {
    unsigned count;
    uint64_t messages;
    const struct es_ike_sa *sa; /* the last of them, and its unanswered request */
    const struct es_exchange *e;
    struct es_packet_ref first;
};

/*
 * True when the request went to the NAT-T port and nothing of the peer was ever seen on it: then
 * the port is to blame, else the message.
 */
static bool is_port_blocked(const struct es_tunnel *tunnel, const struct es_ike_sa *sa,
                            const struct es_exchange *e)
{
    return es_spoke_on_natt_port(tunnel, sa->initiator, e->last_request.time) &&
           !es_spoke_on_natt_port(tunnel, 1 - sa->initiator, e->last_request.time);
}

static bool is_encrypted_main_mode(const struct es_ike_sa *sa, const struct es_exchange *e)
{
    return sa->major == 1 && e->messages >= 5;
}

static struct stuck find_stuck(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                               bool port_blocked)
{
    struct stuck s = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = es_stuck_behind_first(d, sa);
        if (!e || is_port_blocked(tunnel, sa, e) != port_blocked ||
            /* On a port that works the pre-shared key is the first suspect: another rule. */
            (!port_blocked && is_encrypted_main_mode(sa, e)))
            continue;
        if (s.count++ == 0)
            s.first = e->request;
        s.messages += e->retransmissions + 1;
        s.sa = sa;
        s.e = e;
    }
    return s;
}

static struct es_finding *add_stuck(const struct es_rule *rule, struct es_diagnosis *d,
                                    const struct es_tunnel *tunnel, const struct stuck *s)
{
    struct es_finding *f = s->count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return NULL;
    const struct es_exchange *e = s->e;
    const uint8_t asker = s->sa->initiator;
    const bool came_up = es_established_after(tunnel, e->last_request.time);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = s->sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    const char *what = es_say_exchange(d, s->sa->major, e->exchange_type);
    const char *message =
        s->sa->major == 1 ? es_say(d, "message %u of %s", e->messages, what) : what;
    f->summary =
        es_say(d, "%s answered %s, but not %s, sent %s over %s%s%s%s", es_who(d, tunnel, 1 - asker),
               s->sa->major == 1 ? "the message before" : "IKE_SA_INIT", message,
               es_say_count(d, s->messages, "time", "times"),
               es_say_span(d, e->last_request.time - s->first.time),
               e->sent_to[0].port == 4500 ? " to UDP port 4500" : "",
               s->count > 1 ? es_say(d, " in %u attempts", s->count) : "",
               came_up ? "; a later attempt succeeded" : "");
    es_finding_peer(f, 1 - asker);
    es_finding_span(f, &s->first, &e->last_request, s->messages);
    es_finding_evidence(d, f, &s->first, "%s: request, %u bytes", what, e->length);
    es_finding_evidence(d, f, &e->last_request, "the same request again, still unanswered");
    f->display_filter = es_say_filter(d, s->sa);
    return f;
}

static void auth_no_response(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct stuck s = find_stuck(d, tunnel, false);
    struct es_finding *f = add_stuck(rule, d, tunnel, &s);
    if (f)
        f->reason = "the first message was answered, so the peer is there; why the next one is "
                    "not answered, the wire does not say";
}

static void natt_blocked(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct stuck s = find_stuck(d, tunnel, true);
    struct es_finding *f = add_stuck(rule, d, tunnel, &s);
    if (!f)
        return;
    f->reason = is_encrypted_main_mode(s.sa, s.e)
                    ? "the peer answered on port 500 and nothing of it was ever seen on port 4500; "
                      "a responder that cannot read the message (pre-shared key) and stays silent "
                      "looks the same"
                    : "the peer answered on port 500, and nothing of it was ever seen on port "
                      "4500; a responder that drops this very message looks the same";
}

static const struct es_rule rule_ike_icmp_rejected = {
    .id = "ike-icmp-rejected",
    .severity = ES_SEVERITY_ERROR,
    .title = "IKE is refused with an ICMP error",
    .explanation =
        "A host or a device on the way answers IKE packets with an ICMP error that quotes them, "
        "and the peer does not answer. Port unreachable from the peer itself means that no IKE "
        "daemon listens; \"prohibited\" is a packet filter; other codes are routing.",
    .causes = ES_SENTENCES("the peer's IKE daemon does not run, or listens on another address",
                           "a packet filter rejects UDP 500 or 4500",
                           "a NAT in front of the peer does not forward UDP 500 and 4500",
                           "there is no route to the peer, or its address is wrong"),
    .checks = ES_SENTENCES("compare the address of the ICMP sender with the peer's: who refused?"),
    .reference = "RFC 792; RFC 1812, 5.2.7; RFC 4443, 3.1; RFC 7296, 2.21.4",
    .roots = ES_SENTENCES("dpd-unanswered", "peer-dead-esp-continues"),
    .on_tunnel = icmp_rejected,
};

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
    .checks = ES_SENTENCES("between the peers: routes both ways, and rules for UDP 500"),
    .checks_responder =
        ES_SENTENCES("does the request arrive (tcpdump udp port 500)?",
                     "is there a gateway configured for this source address, and does the policy "
                     "let IKE in on the outer interface? Its log names the address if it has none"),
    .checks_initiator = ES_SENTENCES("peer address, route, source address, outgoing rule"),
    .reference = "RFC 7296, 2.1; RFC 2408, 5.1",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-icmp-rejected", "ike-version-mismatch", "ike-fragments-lost",
                          "ikev1-mode-mismatch"),
    .on_tunnel = no_response,
};

static const struct es_rule rule_ike_flood = {
    .id = "ike-flood",
    .severity = ES_SEVERITY_WARNING,
    .title = "a great many negotiations come to nothing",
    .explanation =
        "More peers began to negotiate with one address than espial follows one by one, and no IKE "
        "SA came of it. The newest are followed; the others are counted here. What was up, and "
        "what got an answer, is followed longer than what did not.",
    .causes = ES_SENTENCES("a flood of requests from forged addresses",
                           "a gateway that is down, and all of its peers call it",
                           "a scan for VPN gateways"),
    .checks = ES_SENTENCES("who are the senders: known peers after an outage, or addresses that "
                           "nobody knows?"),
    .checks_responder =
        ES_SENTENCES("is it up, and how many half-open IKE SAs does it hold? Cookies (RFC 7296, "
                     "2.6) and a limit for each source address protect it"),
    .reference = "RFC 7296, 2.6; RFC 8019",
    .on_model = flood,
};

static const struct es_rule rule_ike_auth_no_response = {
    .id = "ike-auth-no-response",
    .severity = ES_SEVERITY_ERROR,
    .title = "the negotiation stops: IKE_AUTH is not answered",
    .explanation =
        "The peers agreed in the first exchange, but the next message (IKEv2: IKE_AUTH, the first "
        "encrypted one), sent again and again, gets no answer.",
    .causes = ES_SENTENCES("a device on the way drops the message, larger than the one before "
                           "(size) or encrypted (inspection)",
                           "the responder dropped it: its integrity check failed or its state "
                           "was lost (restart, another cluster node)",
                           "the responder waits for a server (RADIUS, CRL)"),
    .checks = ES_SENTENCES("compare the message's size with the path's MTU; enable IKE "
                           "fragmentation"),
    .checks_responder =
        ES_SENTENCES("does the message arrive, and what does its log say in that second (integrity "
                     "check failed, half-open timeout, waiting for a server)?"),
    .reference = "RFC 7296, 2.1",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-fragments-lost", "ike-skf-incomplete", "ike-icmp-rejected",
                          "ike-response-lost", "eap-stalled", "pq-intermediate-failed",
                          "natt-bad-marker"),
    .on_tunnel = auth_no_response,
};

static const struct es_rule rule_natt_4500_blocked = {
    .id = "natt-4500-blocked",
    .severity = ES_SEVERITY_ERROR,
    .title = "no answer on UDP port 4500",
    .explanation = "The first messages on port 500 were answered. The initiator then moved to port "
                   "4500, and there nothing comes back.",
    .causes = ES_SENTENCES("UDP port 4500 is filtered on the way or at the responder",
                           "a port forwarding in front of the responder covers port 500 only",
                           "the responder's NAT traversal is off (IKEv1)",
                           "the responder drops the message for another reason (see "
                           "ike-auth-no-response)"),
    .checks = ES_SENTENCES("between the peers: rules and NAT for UDP 4500, as there are for 500"),
    .checks_responder = ES_SENTENCES("rule and port forwarding for UDP 4500",
                                     "does the message arrive (tcpdump udp port 4500)?"),
    .checks_initiator = ES_SENTENCES("outgoing rule for UDP 4500"),
    .reference = "RFC 7296, 2.23; RFC 3947, 4",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-fragments-lost", "ike-skf-incomplete", "ike-icmp-rejected",
                          "eap-stalled", "pq-intermediate-failed", "natt-bad-marker"),
    .on_tunnel = natt_blocked,
};

static const struct es_rule *const rules[] = {&rule_ike_icmp_rejected, &rule_ike_no_response,
                                              &rule_ike_flood, &rule_ike_auth_no_response,
                                              &rule_natt_4500_blocked};

const struct es_chapter es_chapter_reachability = {rules, ES_COUNT(rules)};
