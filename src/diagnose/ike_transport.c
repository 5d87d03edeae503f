/*
 * Chapter: how IKE messages travel. Answers that get lost or come from elsewhere, messages in
 * pieces of which some are lost.
 */
#include "catalogue.h"
#include "reach.h"

#include <inttypes.h>

/* --- ike-response-lost --- */

/*
 * The newest request of a side, when it was sent again after its answer was captured and nothing
 * shows that the answer arrived after all; else NULL.
 */
static const struct es_exchange *asked_in_vain(const struct es_diagnosis *d,
                                               const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_exchange *e = es_newest_request(sa, side);
    /* An error that nobody signed may be ignored: RFC 7296, 2.21.1. */
    if (!e || !e->answered || sa->state == ES_IKE_SA_FAILED ||
        d->now - e->request.time < es_limit_ns(d, ES_LIMIT_PATIENCE))
        return NULL;
    const uint64_t least = es_limit(d, ES_LIMIT_RESPONSE_LOST_TRIES);
    /* Once the IKE SA is up, a row of lost answers may have ended with the capture. */
    const bool up = sa->state != ES_IKE_SA_NEGOTIATING;
    if (e->asked_again.count < least + up)
        return NULL;
    const struct es_tally *esp = &sa->tunnel->peers[side].esp;
    const bool goes_on = esp->count && esp->last.time > e->asked_again.last.time;
    return goes_on ? NULL : e;
}

/* How near the capture was to the side that sent a packet: hosts begin at one of these. */
static bool is_first_hop(uint8_t hop_limit)
{
    return hop_limit == 64 || hop_limit == 128 || hop_limit == 255;
}

/* Where the answer is lost, as far as the hop limits of both sides tell where the capture is. */
static const char *where_lost(const struct es_tunnel *tunnel, uint8_t asker, const char **reason)
{
    const bool near_asker = is_first_hop(tunnel->peers[asker].hop_limit);
    const bool near_other = is_first_hop(tunnel->peers[1 - asker].hop_limit);
    if (near_asker && !near_other) {
        *reason = "hop limits show that the capture was taken next to the asking side: the answer "
                  "came as far as there";
        return "lost right in front of the asking side, or dropped by it";
    }
    if (near_other && !near_asker) {
        *reason = "hop limits show that the capture was taken next to the answering side: the "
                  "answer left it";
        return "lost on the way back to the asking side";
    }
    *reason = "the answer passed the capture point and had no effect";
    return "lost between the capture point and the asking side";
}

static const struct es_ike_sa *find_response_lost(const struct es_diagnosis *d,
                                                  const struct es_tunnel *tunnel,
                                                  const struct es_exchange **e)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            const struct es_exchange *lost = asked_in_vain(d, sa, side);
            if (lost) {
                *e = lost;
                found = sa;
            }
        }
    }
    return found;
}

static void response_lost(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_exchange *e = NULL;
    const struct es_ike_sa *sa = find_response_lost(d, tunnel, &e);
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const uint8_t asker = e->side;
    const bool came_up = es_established_after(tunnel, e->asked_again.last.time);
    const char *what = es_say_exchange(d, sa->major, e->exchange_type);
    f->ike_sa = sa;
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->confidence = ES_CONFIDENCE_LIKELY;
    const char *where = where_lost(tunnel, asker, &f->reason);
    f->summary = es_say(
        d, "%s answered %s of %s, which asks again %s and does not go on: the answer is %s%s",
        es_who(d, tunnel, 1 - asker), what, es_who(d, tunnel, asker),
        es_say_count(d, e->asked_again.count, "time", "times"), where,
        came_up ? "; a later attempt succeeded" : "");
    es_finding_peer(f, asker);
    es_finding_span(f, &e->request, &e->asked_again.last, e->asked_again.count);
    es_finding_evidence(d, f, &e->request, "%s request of %s", what, es_who(d, tunnel, asker));
    es_finding_evidence(d, f, &e->response, "its answer");
    es_finding_evidence(d, f, &e->asked_again.first, "the same request, after the answer");
    if (e->asked_again.count > 1)
        es_finding_evidence(d, f, &e->asked_again.last, "and the last time");
    f->display_filter = es_say_filter(d, sa);
}

/* --- ike-wrong-source --- */

static void wrong_source(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = NULL;
    uint64_t count = 0;
    for (const struct es_ike_sa *s = tunnel->ike_sas; s; s = s->next_in_tunnel) {
        sa = es_ike_sa_odd(s)->stray.tally.count ? s : sa;
        count += es_ike_sa_odd(s)->stray.tally.count;
    }
    struct es_finding *f = sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_stray *stray = &es_ike_sa_odd(sa)->stray;
    const bool address_differs = !es_address_equal(&stray->expected.address, &stray->from.address);
    const bool came_up =
        es_ref_seen(&sa->established) || es_established_after(tunnel, stray->tally.last.time);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    f->reason = "the same SPI and message ID in a request to one place and an answer from another";
    f->summary =
        es_say(d, "%s to %s is answered from %s, another %s: the initiator drops such an answer%s",
               es_say_exchange(d, sa->major, stray->exchange_type),
               es_say_endpoint(d, &stray->expected), es_say_endpoint(d, &stray->from),
               address_differs ? "address" : "port", came_up ? " as a rule; this one went on" : "");
    es_finding_peer(f, stray->side);
    es_finding_span(f, &stray->tally.first, &stray->tally.last, count);
    es_finding_evidence(d, f, &stray->request, "request to %s",
                        es_say_endpoint(d, &stray->expected));
    es_finding_evidence(d, f, &stray->tally.first, "its answer, from %s",
                        es_say_endpoint(d, &stray->from));
    if (stray->tally.count > 1)
        es_finding_evidence(d, f, &stray->tally.last, "the last such answer");
    f->display_filter = es_say_filter(d, sa);
}

/* --- ike-fragments-lost --- */

/* A message in IP fragments that did not get through. */
struct lost_fragments {
    const struct es_ike_sa *sa;       /* or NULL */
    const struct es_partial *partial; /* never whole in the capture; or NULL, then: */
    const struct es_exchange *e;      /* whole here, and in vain */
    uint8_t side;                     /* of the sender */
    uint8_t major, exchange_type;
    bool response;
    uint32_t length;
    struct es_tally tally;
};

static const struct es_ike_sa *sa_of_partial(const struct es_tunnel *tunnel,
                                             const struct es_partial *partial)
{
    const struct es_ike_sa *sa = tunnel->ike_sas;
    while (sa && sa->initiator_spi != partial->initiator_spi)
        sa = sa->next_in_tunnel;
    return sa;
}

/* True when the exchange of a message that was never whole went on all the same. */
static bool went_on(const struct es_tunnel *tunnel, const struct es_partial *partial,
                    const struct es_ike_sa *sa)
{
    const uint8_t other = 1 - partial->side;
    for (const struct es_exchange *e = sa ? sa->exchanges : NULL; e; e = e->older) {
        if (!partial->response && e->exchange_type == partial->exchange_type &&
            e->message_id == partial->message_id && e->answered)
            return true;
        if (partial->response && e->side == other && e->request.time > partial->tally.last.time)
            return true;
    }
    const struct es_tally *esp = &tunnel->peers[other].esp;
    return esp->count && esp->last.time > partial->tally.last.time;
}

static bool find_partial(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                         struct lost_fragments *lost)
{
    const struct es_partials *partials = tunnel->partials;
    for (size_t i = partials ? partials->count : 0; i > 0; i--) {
        const struct es_partial *p = &partials->items[i - 1];
        const struct es_ike_sa *sa = sa_of_partial(tunnel, p);
        if (p->tally.count < es_limit(d, ES_LIMIT_UNANSWERED_TRIES) ||
            d->now - p->tally.first.time < es_limit_ns(d, ES_LIMIT_PATIENCE) ||
            went_on(tunnel, p, sa))
            continue;
        *lost = (struct lost_fragments){.sa = sa,
                                        .partial = p,
                                        .side = p->side,
                                        .major = p->major,
                                        .exchange_type = p->exchange_type,
                                        .response = p->response,
                                        .length = p->length,
                                        .tally = p->tally};
        return true;
    }
    return false;
}

static bool find_whole(const struct es_diagnosis *d, const struct es_ike_sa *sa, uint8_t side,
                       struct lost_fragments *lost)
{
    const struct es_exchange *e = es_unanswered(d, sa, side);
    const bool request = e && e->pieces[0].ip;
    if (!request) {
        e = asked_in_vain(d, sa, side);
        if (!e || !(e->pieces[0].ip || e->pieces[1].ip))
            return false;
    }
    const bool response = !request && e->pieces[1].ip;
    *lost = (struct lost_fragments){
        .sa = sa,
        .e = e,
        .side = response ? 1 - side : side,
        .major = sa->major,
        .exchange_type = e->exchange_type,
        .response = response,
        .length = response ? 0 : e->length,
        .tally = {response ? e->repeated_responses + 1U : e->retransmissions + 1U,
                  response ? e->response : e->request, e->last_request},
    };
    return true;
}

static bool find_lost_fragments(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                struct lost_fragments *lost)
{
    if (find_partial(d, tunnel, lost))
        return true;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa; sa = sa->older_in_tunnel) {
        if (find_whole(d, sa, 0, lost) || find_whole(d, sa, 1, lost))
            return true;
    }
    return false;
}

/* What to do depends on who takes IKE fragments: both must say so. RFC 7383, 2.3. */
static void advise_fragmentation(struct es_diagnosis *d, struct es_finding *f,
                                 const struct es_tunnel *tunnel, const struct lost_fragments *lost)
{
    if (lost->exchange_type == ES_IKE_EXCHANGE_IKE_SA_INIT) {
        es_finding_check(d, f,
                         "IKE_SA_INIT cannot be cut into IKE fragments: offer fewer "
                         "proposals, and large (post-quantum) keys in IKE_INTERMEDIATE");
        return;
    }
    if (!lost->sa)
        return;
    const bool takes[2] = {es_takes_ike_fragments(lost->sa, 0),
                           es_takes_ike_fragments(lost->sa, 1)};
    if (takes[0] && takes[1]) {
        es_finding_check(d, f,
                         "both ends take IKE fragments, and the message went out as IP fragments "
                         "all the same: lower the IKE fragment size at %s (1280 bytes or less)",
                         es_who(d, tunnel, lost->side));
        return;
    }
    const char *who = takes[0] == takes[1] ? "neither end says that it takes"
                                           : es_say(d, "%s does not say that it takes",
                                                    es_who(d, tunnel, takes[0] ? 1 : 0));
    es_finding_check(d, f, "%s IKE fragments (%s): enable IKE fragmentation there", who,
                     lost->major == 1 ? "vendor ID FRAGMENTATION"
                                      : "IKEV2_FRAGMENTATION_SUPPORTED");
    if (takes[0] != takes[1])
        es_finding_peer(f, takes[0] ? 1 : 0);
}

static void fragments_lost(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    struct lost_fragments lost;
    struct es_finding *f =
        find_lost_fragments(d, tunnel, &lost) ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const bool came_up = es_established_after(tunnel, lost.tally.last.time);
    const char *what = es_say_exchange(d, lost.major, lost.exchange_type);
    const char *part = lost.response ? "response" : "request";
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = lost.sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = lost.partial
                    ? "first fragments come again and again and the message never becomes whole; "
                      "a capture filter by port leaves the other fragments out, but then the "
                      "negotiation would go on"
                    : "the message is whole here, so fragments must be lost behind the capture "
                      "point, or the receiver drops it for another reason";
    f->summary = es_say(d, "the %s %s of %s%s travels in IP fragments, %s, and %s%s", what, part,
                        es_who(d, tunnel, lost.side),
                        lost.length ? es_say(d, " (%" PRIu32 " bytes)", lost.length) : "",
                        es_say_count(d, lost.tally.count, "time", "times"),
                        lost.partial ? "none but the first fragments pass the capture point"
                                     : "gets no further",
                        came_up ? "; a later attempt succeeded" : "");
    es_finding_peer(f, lost.side);
    es_finding_span(f, &lost.tally.first, &lost.tally.last, lost.tally.count);
    es_finding_evidence(
        d, f, &lost.tally.first,
        lost.partial ? "%s %s: a first IP fragment alone" : "%s %s, in IP fragments", what, part);
    es_finding_evidence(d, f, &lost.tally.last, "the last time, still without effect");
    advise_fragmentation(d, f, tunnel, &lost);
    /* Whose fragments are missing, not whom to look at. */
    es_finding_silent(f, lost.partial ? lost.side : 1 - lost.side);
    f->display_filter = es_say_filter(d, lost.sa);
}

/* --- ike-skf-incomplete, ike-skf-too-many --- */

struct lost_piece {
    const struct es_ike_sa *sa;
    const struct es_exchange *e;
    uint16_t number;
    bool response;
};

/* The newest request of a side, with a fragment of it or of its response that never came. */
static bool find_piece(const struct es_diagnosis *d, const struct es_ike_sa *sa, uint8_t side,
                       struct lost_piece *lost)
{
    const struct es_exchange *e = es_unanswered(d, sa, side);
    const uint16_t missing = e ? es_piece_missing(&e->pieces[0]) : 0;
    if (missing) {
        *lost = (struct lost_piece){sa, e, missing, false};
        return true;
    }
    e = asked_in_vain(d, sa, side);
    const uint16_t unanswered = e ? es_piece_missing(&e->pieces[1]) : 0;
    if (unanswered && e->repeated_responses)
        *lost = (struct lost_piece){sa, e, unanswered, true};
    return unanswered && e->repeated_responses;
}

static void skf_incomplete(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    struct lost_piece lost = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (!find_piece(d, sa, sa->initiator, &lost))
            find_piece(d, sa, 1 - sa->initiator, &lost);
    }
    struct es_finding *f = lost.sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_exchange *e = lost.e;
    const uint8_t sender = lost.response ? 1 - e->side : e->side;
    const struct es_packet_ref *first = lost.response ? &e->response : &e->request;
    const struct es_packet_ref *last = lost.response ? &e->asked_again.last : &e->last_request;
    const uint64_t times = (lost.response ? e->repeated_responses : e->retransmissions) + 1U;
    const bool came_up = es_established_after(tunnel, last->time);
    const char *what = es_say_exchange(d, lost.sa->major, e->exchange_type);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = lost.sa;
    f->reason = "the other fragments come again and again, this one was never seen: it is lost "
                "between its sender and the capture point";
    f->summary = es_say(
        d, "fragment %u of %u of the %s %s of %s never passes the capture point, in %s%s",
        lost.number, e->pieces[lost.response].total, what, lost.response ? "response" : "request",
        es_who(d, tunnel, sender), es_say_count(d, times, "try", "tries"),
        came_up ? "; a later attempt succeeded" : "");
    es_finding_peer(f, sender);
    es_finding_span(f, first, last, times);
    es_finding_evidence(d, f, first, "%s: another fragment of the message", what);
    es_finding_evidence(d, f, last, "the last time, and still without fragment %u", lost.number);
    f->display_filter = es_say_filter(d, lost.sa);
}

static void skf_too_many(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *found = NULL;
    const struct es_exchange *e = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            const struct es_exchange *u = es_unanswered(d, sa, side);
            if (u && u->pieces[0].total > es_limit(d, ES_LIMIT_MANY_IKE_FRAGMENTS) &&
                !es_piece_missing(&u->pieces[0])) {
                e = u;
                found = sa;
            }
        }
    }
    struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->ike_sa = found;
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "that the number of fragments is why nothing answers, the wire does not say";
    f->summary = es_say(d, "%s of %s comes in %u fragments, all of them seen, and gets no answer",
                        es_say_exchange(d, found->major, e->exchange_type),
                        es_who(d, tunnel, e->side), e->pieces[0].total);
    es_finding_peer(f, 1 - e->side);
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "a fragment of the request: %u bytes of %u pieces",
                        e->length, e->pieces[0].total);
    es_finding_evidence(d, f, &e->last_request, "sent again, still unanswered");
    f->display_filter = es_say_filter(d, found);
}

static const struct es_rule rule_ike_response_lost = {
    .id = "ike-response-lost",
    .severity = ES_SEVERITY_ERROR,
    .title = "the answer does not reach the one who asked",
    .explanation =
        "A request is sent again although its answer was captured before, and the answer is sent "
        "again too: the asking side does not get it, or does not accept it.",
    .causes = ES_SENTENCES("a packet filter on the way back or on the asking host drops the answer",
                           "the way back is another one (asymmetric routing, reverse path "
                           "filtering)",
                           "the answer's addresses or ports are rewritten on the way",
                           "the asking side drops it as malformed: its log says so"),
    .checks = ES_SENTENCES("capture at both peers: how far does the answer get?"),
    .checks_initiator =
        ES_SENTENCES("does the answer arrive on its interface (tcpdump), and does a host firewall, "
                     "anti-spoofing or reverse path filter drop it?",
                     "its log: messages discarded, wrong checksum, unknown state"),
    .checks_responder = ES_SENTENCES("outgoing interface and source address of its answers"),
    .reference = "RFC 7296, 2.1",
    .roots = ES_SENTENCES("ike-wrong-source", "ike-fragments-lost", "ike-skf-incomplete"),
    .on_tunnel = response_lost,
};

static const struct es_rule rule_ike_wrong_source = {
    .id = "ike-wrong-source",
    .severity = ES_SEVERITY_ERROR,
    .title = "the answer comes from another address or port",
    .explanation =
        "The answer to an IKE request has to come from the address and port that the request was "
        "sent to. From elsewhere, firewalls and NATs on the way do not know it and the initiator "
        "does not accept it.",
    .causes = ES_SENTENCES("the responder has several addresses (secondary, virtual, cluster) and "
                           "answers from the wrong one",
                           "a policy route sends the answer out of another interface",
                           "source NAT at the responder's side rewrites its answers"),
    .checks = ES_SENTENCES("between the peers: address translation of UDP 500 and 4500"),
    .checks_responder =
        ES_SENTENCES("which local address is the gateway bound to? Bind it to the one that the "
                     "peer uses",
                     "source NAT rules that catch its own UDP 500 and 4500; policy routes; the "
                     "cluster's virtual address"),
    .checks_initiator = ES_SENTENCES("is the configured peer address the one the responder uses?"),
    .reference = "RFC 7296, 2.11",
    .on_tunnel = wrong_source,
};

static const struct es_rule rule_ike_fragments_lost = {
    .id = "ike-fragments-lost",
    .severity = ES_SEVERITY_ERROR,
    .title = "a large IKE message is lost in IP fragments",
    .explanation =
        "An IKE message larger than the MTU travels as IP fragments, is sent again and again and "
        "has no effect. Firewalls and carrier NATs often drop fragments, while all smaller "
        "messages pass.",
    .causes = ES_SENTENCES("a firewall or NAT on the way drops IP fragments",
                           "IKE fragmentation is off, or not supported, at one end",
                           "certificate chains, many certificate requests or many proposals make "
                           "the message large"),
    .checks = ES_SENTENCES("enable IKE fragmentation at both ends (RFC 7383; IKEv1: the vendor's)",
                           "make the message smaller: ECDSA certificates, fewer certificate "
                           "requests, no chain",
                           "let IP fragments pass on the devices between the peers"),
    .reference = "RFC 7383, 1 and 2.5; RFC 7296, 2",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-icmp-rejected"),
    .on_tunnel = fragments_lost,
};

static const struct es_rule rule_ike_skf_incomplete = {
    .id = "ike-skf-incomplete",
    .severity = ES_SEVERITY_ERROR,
    .title = "an IKE fragment never arrives",
    .explanation =
        "A message is cut into IKE fragments (RFC 7383). One of them never passes the capture "
        "point although the set is sent again and again, so the receiver never has it whole.",
    .causes = ES_SENTENCES("the fragment is larger than the path's MTU, the others are not",
                           "a device on the way drops this packet for its content or its rate"),
    .checks = ES_SENTENCES("lower the IKE fragment size at the sender (1280 bytes or less)",
                           "capture nearer to the sender to find the place where the fragment is "
                           "lost"),
    .reference = "RFC 7383, 2.5 and 2.6",
    .missing = ES_MISSING_IKE,
    .on_tunnel = skf_incomplete,
};

static const struct es_rule rule_ike_skf_too_many = {
    .id = "ike-skf-too-many",
    .severity = ES_SEVERITY_WARNING,
    .title = "unusually many IKE fragments",
    .explanation = "A message is cut into more fragments than some implementations put together, "
                   "and it gets no answer.",
    .causes = ES_SENTENCES("the receiver bounds the number of fragments of a message",
                           "the fragment size is set far too small, or the message is huge"),
    .checks = ES_SENTENCES("raise the IKE fragment size at the sender (1280 bytes are usual)",
                           "make the message smaller: fewer certificates and certificate requests"),
    .reference = "RFC 7383, 2.5",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("ike-auth-no-response", "natt-4500-blocked"),
    .on_tunnel = skf_too_many,
};

static const struct es_rule *const rules[] = {
    &rule_ike_wrong_source,   &rule_ike_response_lost, &rule_ike_fragments_lost,
    &rule_ike_skf_incomplete, &rule_ike_skf_too_many,
};

const struct es_chapter es_chapter_ike_transport = {rules, ES_COUNT(rules)};
