/*
 * Chapter: remote access. EAP within IKE_AUTH, XAUTH and Mode Config of IKEv1, and the address
 * that a client asks for.
 */
#include "catalogue.h"
#include "judgement.h"
#include "refusal.h"

#include <inttypes.h>

/* --- EAP --- */

static const char *say_method(struct es_diagnosis *d, const struct es_eap *eap)
{
    const struct es_registry_row *row =
        eap && eap->type ? es_registry_find(&es_registry_eap_type, eap->type) : NULL;
    return row ? es_say(d, " (%s)", row->name) : "";
}

static void eap_failed(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_EAP);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    if (!f)
        return;
    const struct es_eap *eap = r.sa->eap;
    const uint8_t client = r.sa->initiator;
    f->summary = es_say(d, "%s refused %s after %s of IKE_AUTH by EAP%s%s%s",
                        es_who(d, tunnel, r.last.side), es_who(d, tunnel, 1 - r.last.side),
                        es_say_count(d, r.sa->auth_rounds, "round", "rounds"), say_method(d, eap),
                        eap && eap->identity ? es_say(d, ", user %s", eap->identity) : "",
                        eap && eap->code == ES_EAP_CODE_FAILURE ? ": EAP Failure" : "");
    f->reason = eap ? "what EAP says was read; why it failed, the responder's log or that of its "
                      "RADIUS server tells"
                    : "several rounds of IKE_AUTH are EAP, and the last answer, as short as EAP "
                      "Failure or an error, was followed by nothing; why, the responder's log or "
                      "that of its RADIUS server tells";
    es_finding_check(d, f, "ask who was at %s: user name, password, certificate of the client",
                     es_who(d, tunnel, client));
}

/* The answer that took longest, or never came, within EAP. */
struct stall {
    const struct es_ike_sa *sa;
    const struct es_exchange *exchange;
    es_time waited;
    bool answered;
};

static void look_for_stall(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                           struct stall *out)
{
    if (sa->major != 2 || sa->auth_rounds < 2)
        return;
    const struct es_exchange *waiting =
        sa->state == ES_IKE_SA_NEGOTIATING ? es_unanswered(d, sa, sa->initiator) : NULL;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type != ES_IKE_EXCHANGE_IKE_AUTH || !es_ref_seen(&e->request) ||
            (!e->answered && e != waiting))
            continue;
        const es_time waited = (e->answered ? e->response.time : d->now) - e->request.time;
        const bool is_worse = !out->sa || (out->answered && !e->answered) ||
                              (out->answered == e->answered && waited > out->waited);
        if (waited >= es_limit_ns(d, ES_LIMIT_EAP_STALL) && is_worse)
            *out = (struct stall){sa, e, waited, e->answered};
    }
}

static void eap_stalled(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    struct stall stall = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        look_for_stall(d, sa, &stall);
    struct es_finding *f = stall.sa ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_exchange *e = stall.exchange;
    const uint8_t responder = 1 - e->side;
    f->ike_sa = stall.sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = stall.sa->eap ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->reason = "several rounds of IKE_AUTH are EAP; whom the responder waits for, only its log "
                "tells";
    if (stall.answered || es_established_after(tunnel, e->last_request.time))
        f->severity = ES_SEVERITY_NOTE;
    f->summary = stall.answered
                     ? es_say(d, "%s took %s to answer a round of EAP",
                              es_who(d, tunnel, responder), es_say_span(d, stall.waited))
                     : es_say(d, "%s stopped answering in the middle of EAP, asked %s in %s",
                              es_who(d, tunnel, responder),
                              es_say_count(d, e->retransmissions + 1, "time", "times"),
                              es_say_span(d, stall.waited));
    es_finding_peer(f, responder);
    es_finding_span(f, &e->request, stall.answered ? &e->response : &e->last_request,
                    e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "IKE_AUTH request within EAP");
    if (stall.answered)
        es_finding_evidence(d, f, &e->response, "its answer, late");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, stall.sa->initiator_spi);
}

/* --- XAUTH and Mode Config --- */

static bool chose_xauth(const struct es_ike_sa *sa)
{
    return (sa->suite.auth >= ES_IKEV1_AUTH_XAUTH_INIT_PSK &&
            sa->suite.auth <= ES_IKEV1_AUTH_XAUTH_RESP_RSA_REVISED) ||
           (sa->suite.auth >= ES_IKEV1_AUTH_HYBRID_INIT_RSA &&
            sa->suite.auth <= ES_IKEV1_AUTH_HYBRID_RESP_DSS);
}

/* What an ISAKMP SA did after phase 1. */
struct after_phase1 {
    const struct es_exchange *newest[2]; /* Transaction exchange, by who began it */
    unsigned transactions[2];
    bool quick_mode;
};

static struct after_phase1 look_after_phase1(const struct es_ike_sa *sa)
{
    struct after_phase1 out = {0};
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_QUICK)
            out.quick_mode = true;
        if (e->exchange_type != ES_IKE_EXCHANGE_TRANSACTION)
            continue;
        if (out.transactions[e->side]++ == 0)
            out.newest[e->side] = e;
    }
    return out;
}

static bool carried_esp_after(const struct es_tunnel *tunnel, es_time time)
{
    for (int side = 0; side < 2; side++) {
        const struct es_tally *esp = &tunnel->peers[side].esp;
        if (esp->count && esp->last.time > time)
            return true;
    }
    return false;
}

/* What shows that the ISAKMP SA was given up behind its last Transaction; NULL: nothing. */
static const struct es_packet_ref *given_up(const struct es_ike_sa *sa,
                                            const struct es_exchange *outcome)
{
    const struct es_exchange *last = sa->exchanges;
    const struct es_ike_sa *next = sa->next_in_tunnel;
    if (last == outcome && outcome->answered && next && next->initiator == sa->initiator &&
        next->birth_seen)
        return &outcome->response;
    /* A Delete has no answer; what has one is a liveness check. RFC 3706, 5.3. */
    if (last->older == outcome && last->exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL_V1 &&
        last->request_class & ES_IKE_CLASS_DELETE_IKE && !last->answered)
        return &last->request;
    return NULL;
}

/*
 * The responder asks (user, password), then tells the outcome: two Transactions of its own. When
 * all goes well, Mode Config or Quick Mode is next. An ISAKMP SA that replaces another may have
 * nothing more to do: then there is traffic.
 */
static bool xauth_was_refused(const struct es_ike_sa *sa, enum es_confidence *confidence,
                              struct es_packet_ref *ref)
{
    enum { QUESTION_AND_OUTCOME = 2 };
    if (sa->major != 1)
        return false;
    const struct after_phase1 after = look_after_phase1(sa);
    const uint8_t responder = 1 - sa->initiator;
    const struct es_exchange *outcome = after.newest[responder];
    *confidence = ES_CONFIDENCE_CERTAIN;
    if (sa->xauth_passed != ES_UNKNOWN) {
        *ref = outcome ? outcome->request : sa->last;
        return sa->xauth_passed == ES_NO;
    }
    *confidence = ES_CONFIDENCE_LIKELY;
    if (!chose_xauth(sa) || after.quick_mode || after.transactions[sa->initiator] ||
        after.transactions[responder] < QUESTION_AND_OUTCOME ||
        carried_esp_after(sa->tunnel, sa->last.time))
        return false;
    const struct es_packet_ref *end = given_up(sa, outcome);
    if (end)
        *ref = *end;
    return end != NULL;
}

/* A later phase 1 says nothing of the user; a phase 2 SA does. */
static bool phase2_after(const struct es_tunnel *tunnel, es_time time)
{
    const struct es_child_sa *newest = tunnel->children;
    return carried_esp_after(tunnel, time) ||
           (newest && !newest->withdrawn && newest->created.ref.time > time);
}

static void xauth_failed(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *first = NULL;
    const struct es_ike_sa *last = NULL;
    struct es_packet_ref refs[2];
    enum es_confidence confidence = ES_CONFIDENCE_LIKELY;
    uint64_t count = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        enum es_confidence found;
        struct es_packet_ref ref;
        if (!xauth_was_refused(sa, &found, &ref))
            continue;
        refs[first ? 1 : 0] = ref;
        first = first ? first : sa;
        last = sa;
        confidence = found;
        count++;
    }
    struct es_finding *f = count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    if (count == 1)
        refs[1] = refs[0];
    const uint8_t responder = 1 - last->initiator;
    const bool opened = last->xauth_passed == ES_NO;
    if (phase2_after(tunnel, refs[1].time))
        f->severity = ES_SEVERITY_NOTE;
    f->ike_sa = last;
    f->confidence = confidence;
    f->provenance = opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->reason = opened ? "XAUTH_STATUS says that it failed; why, the responder's log or that of "
                         "its authentication server tells"
                       : "behind phase 1 with XAUTH come the responder's question and its outcome, "
                         "and then no Quick Mode: the ISAKMP SA is given up; why, the responder's "
                         "log tells";
    f->summary =
        es_say(d,
               "%s did not accept the user of %s in XAUTH: phase 1 came up, and was "
               "given up%s",
               es_who(d, tunnel, responder), es_who(d, tunnel, last->initiator),
               count > 1 ? es_say(d, ", %s", es_say_count(d, count, "time", "times")) : "");
    es_finding_peer(f, responder);
    es_finding_span(f, &refs[0], &refs[1], count);
    es_finding_evidence(d, f, &refs[0], opened ? "XAUTH_STATUS: failed" : "phase 1 is given up");
    if (count > 1)
        es_finding_evidence(d, f, &refs[1], "the last time");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, last->initiator_spi);
}

/* A Transaction that one side began and the other does not answer. */
static const struct es_exchange *waiting_transaction(const struct es_diagnosis *d,
                                                     const struct es_ike_sa *sa)
{
    if (sa->major != 1)
        return NULL;
    const struct after_phase1 after = look_after_phase1(sa);
    for (int side = 0; side < 2 && !after.quick_mode; side++) {
        const struct es_exchange *e = after.newest[side];
        if (e && !e->answered && es_ref_seen(&e->request) &&
            e->retransmissions + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
            d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE))
            return e;
    }
    return NULL;
}

/* It asked for an inner address, got an answer without one, and has no phase 2 SA. */
static bool went_without_address(const struct es_ike_sa *sa)
{
    enum { LOOKED_AT = 64 };
    if (sa->major != 1 || sa->got_address != ES_NO)
        return false;
    const struct after_phase1 after = look_after_phase1(sa);
    const struct es_exchange *e = after.newest[sa->initiator];
    int looked_at = 0;
    for (const struct es_child_sa *c = sa->tunnel->children; c && looked_at < LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (c->ike_sa == sa && !c->withdrawn)
            return false;
    }
    return e && e->answered;
}

static bool say_without_address(const struct es_rule *rule, struct es_diagnosis *d,
                                const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, went_without_address);
    struct es_finding *f = found.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return false;
    const struct es_ike_sa *sa = found.last;
    const struct es_exchange *e = look_after_phase1(sa).newest[sa->initiator];
    f->ike_sa = sa;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    f->summary = es_say(d,
                        "%s asked for an inner address in Mode Config, and %s answered without "
                        "one: no phase 2 SA came up",
                        es_who(d, tunnel, sa->initiator), es_who(d, tunnel, 1 - sa->initiator));
    es_finding_peer(f, 1 - sa->initiator);
    es_finding_span(f, &e->request, &e->response, found.count);
    es_finding_evidence(d, f, &e->request, "the request for an address");
    es_finding_evidence(d, f, &e->response, "the answer, which has none");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
    return true;
}

static void modecfg_failed(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = tunnel->ike_sas;
    const struct es_exchange *e = NULL;
    if (say_without_address(rule, d, tunnel))
        return;
    while (sa && !(e = waiting_transaction(d, sa)))
        sa = sa->next_in_tunnel;
    struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const bool is_pull = e->side == sa->initiator;
    if (es_established_after(tunnel, e->last_request.time))
        f->severity = ES_SEVERITY_NOTE;
    f->ike_sa = sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "a Transaction exchange of this direction is Mode Config or XAUTH, by what the "
                "peers agreed on; what is in it, only keys show";
    f->summary =
        es_say(d, "%s sent its Transaction request %s behind phase 1, and %s does not answer: %s",
               es_who(d, tunnel, e->side), es_say_count(d, e->retransmissions + 1, "time", "times"),
               es_who(d, tunnel, 1 - e->side),
               is_pull ? "the client asks for its address and gets none"
                       : "the gateway asks for a user or pushes an address, and the client does "
                         "not expect that");
    es_finding_peer(f, 1 - e->side);
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "Transaction request");
    es_finding_evidence(d, f, &e->last_request, "the same again, still unanswered");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

/* --- addresses --- */

static bool lacks_address(const struct es_ike_sa *sa)
{
    const struct es_notifies *said = &sa->disclosed[1 - sa->initiator];
    return sa->major == 2 && (es_notified(said, ES_IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE) ||
                              es_notified(said, ES_IKE_NOTIFY_FAILED_CP_REQUIRED));
}

/* The IKE_AUTH response, as far as it is kept. */
static const struct es_packet_ref *answer_of(const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->error == ES_IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE ||
            e->error == ES_IKE_NOTIFY_FAILED_CP_REQUIRED)
            return &e->response;
    }
    return &sa->last;
}

static void address_assignment_failed(const struct es_rule *rule, struct es_diagnosis *d,
                                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, lacks_address);
    struct es_finding *f = found.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *sa = found.last;
    const uint8_t responder = 1 - sa->initiator;
    const bool wants_request =
        es_notified(&sa->disclosed[responder], ES_IKE_NOTIFY_FAILED_CP_REQUIRED);
    f->ike_sa = sa;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    f->summary = wants_request
                     ? es_say(d,
                              "%s insists that %s ask for an inner address, and it did not "
                              "(FAILED_CP_REQUIRED)",
                              es_who(d, tunnel, responder), es_who(d, tunnel, sa->initiator))
                     : es_say(d, "%s has no inner address for %s (INTERNAL_ADDRESS_FAILURE)",
                              es_who(d, tunnel, responder), es_who(d, tunnel, sa->initiator));
    es_finding_peer(f, wants_request ? sa->initiator : responder);
    es_finding_span(f, answer_of(found.first), answer_of(sa), found.count);
    es_finding_evidence(d, f, answer_of(sa),
                        wants_request ? "FAILED_CP_REQUIRED" : "INTERNAL_ADDRESS_FAILURE");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

/* --- the catalogue --- */

static const struct es_rule rule_eap_failed = {
    .id = "eap-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "EAP was refused",
    .explanation = "IKE_AUTH went through several rounds, as it does with EAP, and ended with EAP "
                   "Failure or an error. The user, not the gateway, was refused.",
    .causes = ES_SENTENCES("user name or password is wrong, or the account is locked",
                           "the RADIUS server does not offer the method that the client wants, or "
                           "does not know this gateway",
                           "the client does not trust the certificate of the gateway or of the "
                           "RADIUS server",
                           "the RADIUS server could not be reached"),
    .checks = ES_SENTENCES("try a user whose account is known to be good"),
    .checks_initiator = ES_SENTENCES("user name with its realm, password, EAP method, authority of "
                                     "the server's certificate"),
    .checks_responder = ES_SENTENCES("what does its RADIUS server say of the user in that second?",
                                     "is the RADIUS server reached, with the right secret?"),
    .reference = "RFC 7296, 2.16; RFC 3748, 4.2",
    .on_tunnel = eap_failed,
};

static const struct es_rule rule_eap_stalled = {
    .id = "eap-stalled",
    .severity = ES_SEVERITY_ERROR,
    .title = "EAP waits",
    .explanation = "In the middle of EAP an answer of the gateway did not come, or came late. It "
                   "usually waits for its RADIUS server, or for a person who has to confirm.",
    .causes = ES_SENTENCES("the RADIUS server does not answer the gateway",
                           "a second factor waits for the user",
                           "a large EAP message (a certificate) is lost in fragments"),
    .checks = ES_SENTENCES("do large messages get through: is IKE fragmentation on at both sides?"),
    .checks_responder = ES_SENTENCES("is its RADIUS server reached, and how long does it take?",
                                     "which servers does it try in turn, with which timeouts?"),
    .reference = "RFC 7296, 2.16",
    .missing = ES_MISSING_IKE,
    .on_tunnel = eap_stalled,
};

static const struct es_rule rule_xauth_failed = {
    .id = "xauth-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "XAUTH was refused",
    .explanation = "Phase 1 came up, the responder asked for a user (XAUTH) and refused what it "
                   "got: the pre-shared key or certificate is right, the user is not.",
    .causes = ES_SENTENCES("user name or password is wrong, or the account is locked",
                           "the authentication server behind the responder was not reached",
                           "XAUTH is on at one side only, or of another type"),
    .checks = ES_SENTENCES("is XAUTH on at both sides, and of the same type?"),
    .checks_initiator = ES_SENTENCES("user name and password"),
    .checks_responder = ES_SENTENCES("its log and that of its authentication server in that "
                                     "second"),
    .reference = "draft-beaulieu-ike-xauth-02; RFC 2408",
    .on_tunnel = xauth_failed,
};

static const struct es_rule rule_modecfg_failed = {
    .id = "modecfg-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "Mode Config leads to nothing",
    .explanation = "Behind phase 1 one side sends a Transaction request (Mode Config or XAUTH) "
                   "that the other does not answer, or, as keys show, answers without the address "
                   "that was asked for. Without it there is no phase 2.",
    .causes = ES_SENTENCES("one side pulls the configuration, the other pushes it",
                           "the pool of addresses is empty, or none is configured",
                           "the client does not expect XAUTH"),
    .checks = ES_SENTENCES("is Mode Config on at both sides, and pull or push on both?"),
    .checks_responder = ES_SENTENCES("the pool of addresses"),
    .reference = "draft-dukes-ike-mode-cfg-02; RFC 2408",
    .missing = ES_MISSING_IKE,
    .on_tunnel = modecfg_failed,
};

static const struct es_rule rule_address_assignment_failed = {
    .id = "address-assignment-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "the client got no inner address",
    .explanation = "The IKE SA came up, but no Child SA: the responder says in its answer to "
                   "IKE_AUTH that it has no address for the client, or that the client must ask "
                   "for one.",
    .causes = ES_SENTENCES("the pool of addresses is empty or none belongs to this connection",
                           "the client does not ask for an address, and the gateway insists",
                           "the server that gives addresses (DHCP, RADIUS) did not answer"),
    .checks =
        ES_SENTENCES("do both sides agree that the client gets its address from the gateway?"),
    .checks_initiator = ES_SENTENCES("does it ask for an address (a virtual IP)?"),
    .checks_responder = ES_SENTENCES("how many addresses of the pool are leased, and to whom?",
                                     "do leases of clients that are gone end?"),
    .reference = "RFC 7296, 2.19 and 3.15.4",
    .on_tunnel = address_assignment_failed,
};

static const struct es_rule *const rules[] = {
    &rule_eap_failed,
    &rule_eap_stalled,
    &rule_xauth_failed,
    &rule_modecfg_failed,
    &rule_address_assignment_failed,
};

const struct es_chapter es_chapter_access = {rules, ES_COUNT(rules)};
