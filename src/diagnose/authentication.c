/*
 * Chapter: authentication. Who refused whom, and what is known of why: pre-shared key, identity,
 * certificate, signature hash, post-quantum key. What the wire leaves open is said to be open.
 */
#include "catalogue.h"
#include "judgement.h"
#include "refusal.h"

#include <inttypes.h>
#include <string.h>

/* --- auth-failed --- */

static const char *open_reason(const struct es_ike_sa *sa, const struct es_judged_refusal *refusal)
{
    if (sa->error)
        return "the answer says AUTHENTICATION_FAILED; which of pre-shared key, identity and "
               "policy it is, only the log of the peer that sent it tells";
    if (refusal->by_initiator)
        return "the initiator's first message behind a complete IKE_AUTH has room for a lone "
               "notify, the IKE SA is not used again, and the initiator tries anew; why, only its "
               "log tells";
    if (sa->major == 1)
        return "an encrypted Informational answers the message that authenticates, and the "
               "initiator understands it and stops; why, only the responder's log tells";
    return "the encrypted answer has room for an error notify only; a wrong pre-shared key, a "
           "wrong identity and a refused certificate look the same without keys";
}

static void auth_failed(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_OPEN);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    if (!f)
        return;
    f->reason = open_reason(r.sa, &r.last);
    f->summary = es_say(d, "%s: the %s did not come up", es_refusal_say(d, tunnel, &r),
                        es_word_ike_sa(tunnel));
}

/* --- peer-id-mismatch --- */

/* Only the identity that was refused is known: NAT is the usual cause where it is an address. */
static void say_one_identity(struct es_diagnosis *d, struct es_finding *f,
                             const struct es_tunnel *tunnel, const struct es_refusals_of_tunnel *r)
{
    const uint8_t side = 1 - r->last.side;
    const char *who = es_who(d, tunnel, side);
    if (!es_address_clash_of(r->sa, side)) {
        f->summary = es_say(d, "%s with INVALID-ID-INFORMATION", es_refusal_say(d, tunnel, r));
        f->reason = "the refusal names the identity";
        return;
    }
    const bool behind_nat = tunnel->peers[side].behind_nat == ES_YES;
    f->summary = es_say(d, "%s: it calls itself by the address %s, but its packets come from %s%s",
                        es_refusal_say(d, tunnel, r), r->sa->identities[side], who,
                        behind_nat ? ", behind a NAT" : "");
    es_finding_cap(d, f, behind_nat ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE,
                   "whom the other side expects is not in the capture");
    es_finding_check(d, f,
                     "give %s a name (FQDN, key ID) as identity, or let the other side "
                     "expect %s",
                     who, r->sa->identities[side]);
}

static void peer_id_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_IDENTITY);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    struct es_identity_clash clash;
    if (!f)
        return;
    if (!es_identity_clash_find(tunnel, &clash)) {
        say_one_identity(d, f, tunnel, &r);
        return;
    }
    const uint8_t other = 1 - clash.asker;
    es_finding_cap(d, f, ES_CONFIDENCE_LIKELY,
                   "the identities differ; that a key differs as well, the wire cannot rule out");
    f->summary = es_say(d, "%s: %s wants to talk to %s, but %s calls itself %s",
                        es_refusal_say(d, tunnel, &r), es_who(d, tunnel, clash.asker), clash.wanted,
                        es_who(d, tunnel, other), clash.claimed);
    es_finding_check(d, f, "at %s: remote identity %s; at %s: local identity %s. Make them equal",
                     es_who(d, tunnel, clash.asker), clash.wanted, es_who(d, tunnel, other),
                     clash.claimed);
}

/* --- certificates --- */

static void say_certificate(struct es_diagnosis *d, struct es_finding *f,
                            const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_certificates *sent = sa->certificates[side];
    if (!sent)
        return;
    const char *who = es_who(d, sa->tunnel, side);
    es_finding_check(d, f, "%s sent the certificate of %s, issued by %s%s", who, sent->own.subject,
                     sent->own.issuer,
                     sent->count == 1 && strcmp(sent->own.subject, sent->own.issuer) != 0
                         ? ", and no other: does the peer have that issuer's, or is an "
                           "intermediate missing?"
                         : "");
}

static void cert_failure(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_CERTIFICATE);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    if (!f)
        return;
    const uint8_t shown_by = 1 - r.last.side;
    const bool is_seen = r.sa->certificates[shown_by] || r.sa->auth_methods[shown_by];
    f->summary =
        es_say(d, "%s, made with %s", es_refusal_say(d, tunnel, &r),
               is_seen || r.sa->major == 1 ? "a certificate" : "what is as long as a certificate");
    f->reason = is_seen ? "a certificate was shown and refused; the reason is in the log of the "
                          "peer that refused it"
                        : es_say(d,
                                 "certificates were asked for, and the refused message of %u bytes "
                                 "is as long as one with a certificate; the reason is in the log "
                                 "of the peer that refused it",
                                 (unsigned)r.sa->auth_bytes[shown_by]);
    if (!is_seen && r.sa->major == 1)
        f->reason = "the peers agreed on signatures; the reason is in the log of the peer that "
                    "refused";
    say_certificate(d, f, r.sa, shown_by);
}

static const char *say_time(struct es_diagnosis *d, es_time time)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_date(&text, time, true);
    const char *said = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

static void clock_skew(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_VALIDITY);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    uint8_t side;
    if (!f || !es_certificate_invalid(r.sa, &side))
        return;
    const struct es_certificate *own = &r.sa->certificates[side]->own;
    const bool is_early = own->ref.time < own->not_before;
    es_finding_peer(f, side);
    f->provenance = ES_PROVENANCE_DECRYPTED;
    es_finding_cap(d, f, ES_CONFIDENCE_LIKELY,
                   "by the clock of the capture; the peers judge by their own clocks");
    f->summary = es_say(
        d, "the certificate of %s (%s) %s %s, and %s refused it", es_who(d, tunnel, side),
        own->subject, is_early ? "is not valid before" : "expired at",
        say_time(d, is_early ? own->not_before : own->not_after), es_who(d, tunnel, 1 - side));
    es_finding_evidence(d, f, &own->ref, "the certificate, valid from %s to %s",
                        say_time(d, own->not_before), say_time(d, own->not_after));
}

/* "SHA2-256, SHA2-384". */
static const char *say_hashes(struct es_diagnosis *d, uint32_t bits)
{
    const char *list = "";
    for (uint16_t i = 0; i < 32; i++) {
        if (!(bits >> i & 1))
            continue;
        const struct es_registry_row *row = es_registry_find(&es_registry_ike_hash, i);
        list = row ? es_say(d, "%s%s%s", list, *list ? ", " : "", row->name)
                   : es_say(d, "%s%s%u", list, *list ? ", " : "", i);
    }
    return list;
}

static void sighash_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_HASHES);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    if (!f)
        return;
    es_finding_cap(d, f, ES_CONFIDENCE_LIKELY,
                   "the lists are in clear and have nothing in common; that they are what made it "
                   "fail, only a log tells");
    f->summary = es_say(d, "%s; %s signs with %s, %s with %s: no hash in common",
                        es_refusal_say(d, tunnel, &r), es_who(d, tunnel, 0),
                        say_hashes(d, r.sa->hash_algorithms[0]), es_who(d, tunnel, 1),
                        say_hashes(d, r.sa->hash_algorithms[1]));
    es_finding_evidence(d, f, &r.sa->first, "SIGNATURE_HASH_ALGORITHMS in IKE_SA_INIT");
}

/* --- ppk-mismatch --- */

/* The side that does not announce PPKs while the other one does; 2: both announce them. */
static uint8_t side_without_ppk(const struct es_ike_sa *sa)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (!es_notified(&sa->notifies[side], ES_IKE_NOTIFY_USE_PPK))
            return side;
    }
    return 2;
}

static void say_ppk(struct es_diagnosis *d, struct es_finding *f, const struct es_tunnel *tunnel,
                    const struct es_refusals_of_tunnel *r)
{
    const uint8_t without = side_without_ppk(r->sa);
    if (without < 2) {
        f->reason = "one side announced USE_PPK in clear, the other did not";
        f->summary = es_say(d, "%s; %s uses post-quantum pre-shared keys, %s does not",
                            es_refusal_say(d, tunnel, r), es_who(d, tunnel, 1 - without),
                            es_who(d, tunnel, without));
        return;
    }
    const uint8_t initiator = r->sa->initiator;
    const bool opened = es_notified(&r->sa->disclosed[initiator], ES_IKE_NOTIFY_PPK_IDENTITY);
    f->summary =
        es_say(d, "%s; both use post-quantum pre-shared keys (PPK)%s", es_refusal_say(d, tunnel, r),
               opened && !es_notified(&r->sa->disclosed[initiator], ES_IKE_NOTIFY_NO_PPK_AUTH)
                   ? ", and the initiator insists on one"
                   : "");
    es_finding_cap(d, f, ES_CONFIDENCE_POSSIBLE,
                   "the PPK goes into what authenticates; a wrong pre-shared key or identity "
                   "looks the same");
}

static void ppk_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_refusals_of_tunnel r = es_refusals_that(d, tunnel, ES_REFUSAL_PPK);
    struct es_finding *f = es_refusal_finding(rule, d, tunnel, &r);
    if (f)
        say_ppk(d, f, tunnel, &r);
}

/* --- ikev1-psk-mismatch --- */

/*
 * Main Mode's fifth message, encrypted with what the pre-shared key went into, is never answered
 * by the sixth. When the responder's Informational says that it could not read it, the initiator
 * cannot read that either, and goes on.
 */
static const struct es_exchange *stuck_main_mode(const struct es_diagnosis *d,
                                                 const struct es_ike_sa *sa)
{
    if (sa->major != 1 || sa->mode != ES_IKE_EXCHANGE_IDENTITY_PROTECTION || sa->error != 0 ||
        (sa->state != ES_IKE_SA_NEGOTIATING && sa->state != ES_IKE_SA_FAILED))
        return NULL;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION && e->messages >= 5 &&
            !e->answered && e->retransmissions + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
            d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE))
            return e;
    }
    return NULL;
}

/* The message that the responder sends again, since the fifth did not count for it; or NULL. */
static const struct es_exchange *repeated_fourth(const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION && e->messages == 3 &&
            e->answered && e->repeated_responses > 0)
            return e;
    }
    return NULL;
}

static void say_main_mode(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_ike_sa *sa, const struct es_exchange *e)
{
    struct es_finding *f = es_finding_add(d, rule, sa->tunnel);
    if (!f)
        return;
    const uint8_t responder = 1 - e->side;
    const struct es_exchange *fourth = repeated_fourth(sa);
    f->ike_sa = sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->severity =
        es_established_after(sa->tunnel, e->last_request.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->reason = "Main Mode stops where the pre-shared key is first used; a responder that "
                "drops the message for another reason looks the same";
    f->summary = es_say(
        d, "%s sent the fifth message of Main Mode %s, and %s never sent the sixth%s",
        es_who(d, sa->tunnel, e->side), es_say_count(d, e->retransmissions + 1, "time", "times"),
        es_who(d, sa->tunnel, responder),
        sa->state == ES_IKE_SA_FAILED ? ", but answered with an Informational that the "
                                        "initiator did not understand"
        : fourth                      ? ", but the fourth again"
                                      : "");
    es_finding_peer(f, responder);
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
    es_finding_evidence(d, f, &e->request, "fifth message of Main Mode, encrypted");
    es_finding_evidence(d, f, &e->last_request, "the same again, still unanswered");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
    if (sa->state == ES_IKE_SA_FAILED)
        es_finding_evidence(d, f, &sa->error_ref, "encrypted Informational of the responder");
    if (fourth)
        es_finding_evidence(d, f, &fourth->response, "the fourth message, which comes again");
}

/*
 * Aggressive Mode: the second message proves the responder's key by a hash. An initiator that
 * does not agree sends no third one.
 */
static bool stuck_aggressive_mode(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                                  const struct es_exchange **answered)
{
    if (sa->major != 1 || sa->mode != ES_IKE_EXCHANGE_AGGRESSIVE || !sa->chosen.count ||
        (sa->state != ES_IKE_SA_NEGOTIATING && sa->state != ES_IKE_SA_FAILED))
        return false;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_AGGRESSIVE && e->messages == 1 && e->answered &&
            e->retransmissions + 1 < es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
            d->now - e->response.time >= es_limit_ns(d, ES_LIMIT_PATIENCE)) {
            *answered = e;
            return true;
        }
    }
    return false;
}

static void say_aggressive_mode(const struct es_rule *rule, struct es_diagnosis *d,
                                const struct es_ike_sa *sa, const struct es_exchange *e)
{
    struct es_finding *f = es_finding_add(d, rule, sa->tunnel);
    if (!f)
        return;
    f->ike_sa = sa;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->severity =
        es_established_after(sa->tunnel, e->response.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->reason = "the second message of Aggressive Mode proves the responder's key, and the "
                "initiator goes no further; that it refuses the responder's identity, or never got "
                "the message, looks the same";
    f->summary =
        es_say(d,
               "%s answered Aggressive Mode, and %s, which could now check its pre-shared key, "
               "never sent the third message",
               es_who(d, sa->tunnel, 1 - e->side), es_who(d, sa->tunnel, e->side));
    es_finding_peer(f, e->side);
    es_finding_span(f, &e->request, &e->response, 1);
    es_finding_evidence(d, f, &e->request, "first message of Aggressive Mode");
    es_finding_evidence(d, f, &e->response, "the second, with the responder's hash");
    es_finding_check(d, f, "at %s (initiator): does its log say that a hash is wrong?",
                     es_who(d, sa->tunnel, e->side));
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
}

static void psk_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = stuck_main_mode(d, sa);
        if (e)
            say_main_mode(rule, d, sa, e);
        else if (stuck_aggressive_mode(d, sa, &e))
            say_aggressive_mode(rule, d, sa, e);
        else
            continue;
        return;
    }
}

/* --- the catalogue --- */

static const char *const mirror_checks[] = {
    "compare local and remote identity of both sides: they must mirror each other",
    "enter the pre-shared key anew on both sides: a blank or line end at its end counts", NULL};

static const struct es_rule rule_auth_failed = {
    .id = "auth-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "authentication was refused",
    .explanation = "One side does not accept what the other authenticates itself with. The "
                   "responder says so in its answer to IKE_AUTH, which then has room for an error "
                   "notify only; the initiator in an INFORMATIONAL of its own right after an "
                   "answer that it got in full. Why, the message does not say: that is for the log "
                   "of the side that refused.",
    .causes = ES_SENTENCES("the pre-shared keys differ",
                           "an identity is not the one that the other side expects; it then "
                           "looks for a key that it does not have",
                           "one side wants a certificate or EAP, the other uses a pre-shared key",
                           "a certificate is not trusted, expired, or has another name"),
    .checks = mirror_checks,
    .reference = "RFC 7296, 2.15 and 2.21.2",
    .on_tunnel = auth_failed,
};

static const struct es_rule rule_peer_id_mismatch = {
    .id = "peer-id-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "the identities do not match",
    .explanation =
        "Each side has an identity of its own and one that it expects of the other. With keys "
        "the capture shows both, and they do not mirror each other: the key or certificate is "
        "then looked up for somebody else, and authentication fails as with a wrong key.",
    .causes = ES_SENTENCES("the remote identity configured on one side is not the local identity "
                           "of the other",
                           "the identity defaults to an address, and a NAT changes it",
                           "the types differ: a name as FQDN on one side, as key ID or e-mail "
                           "address on the other"),
    .checks = ES_SENTENCES("set local and remote identity on both sides so that they mirror each "
                           "other, with the same type",
                           "behind a NAT use a name, not an address"),
    .reference = "RFC 7296, 3.5; RFC 4945, 3.1",
    .on_tunnel = peer_id_mismatch,
};

static const struct es_rule rule_cert_failure = {
    .id = "cert-failure",
    .severity = ES_SEVERITY_ERROR,
    .title = "a certificate was refused",
    .explanation = "One side authenticates itself with a certificate, and the other refuses it. "
                   "Without keys the size of the message and the request for certificates show "
                   "that they are used; why it is refused stands in the refusing side's log.",
    .causes = ES_SENTENCES("the refusing side does not know the authority that issued it",
                           "an intermediate certificate is missing: only the last one was sent",
                           "the certificate is revoked, or a CRL or OCSP server was not reached",
                           "the identity is not in the certificate (subjectAltName)",
                           "it has expired, or a clock is wrong"),
    .checks = ES_SENTENCES("does the side that was refused send its whole chain?",
                           "is the root, or the intermediate, among what the refusing side trusts?",
                           "can the refusing side reach CRL and OCSP servers?",
                           "is the identity one of the names in the certificate?"),
    .reference = "RFC 7296, 3.6; RFC 4945, 5",
    .on_tunnel = cert_failure,
};

static const struct es_rule rule_cert_clock_skew = {
    .id = "cert-clock-skew",
    .severity = ES_SEVERITY_ERROR,
    .title = "a certificate is out of its time",
    .explanation = "The certificate that was refused is not valid at the time of the packet that "
                   "carries it: it has expired, or is not valid yet.",
    .causes = ES_SENTENCES("the certificate has expired and was not renewed",
                           "a new certificate was installed before its time, or made by a machine "
                           "whose clock is ahead"),
    .checks = ES_SENTENCES("renew the certificate",
                           "compare the clocks of both peers (NTP), and that of the machine that "
                           "captured"),
    .reference = "RFC 5280, 4.1.2.5; RFC 4945, 5.1",
    .on_tunnel = clock_skew,
};

static const struct es_rule rule_sighash_mismatch = {
    .id = "sighash-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "no common hash for signatures",
    .explanation = "Both sides say in clear which hash algorithms they accept in signatures, the "
                   "lists have nothing in common, and authentication fails.",
    .causes = ES_SENTENCES("one side knows SHA-1 only, the other does not accept it",
                           "a policy allows one hash only on each side"),
    .checks = ES_SENTENCES("allow SHA2-256 in signatures on both sides",
                           "compare the signature schemes configured on both sides"),
    .reference = "RFC 7427, 4",
    .on_tunnel = sighash_mismatch,
};

static const struct es_rule rule_ppk_mismatch = {
    .id = "ppk-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "post-quantum pre-shared keys do not match",
    .explanation = "Post-quantum pre-shared keys (PPK) go into the keys of the IKE SA. "
                   "Authentication fails while one or both sides announced them.",
    .causes = ES_SENTENCES("the secret of the PPK differs",
                           "the responder has no PPK of the identity that the initiator names",
                           "one side insists on a PPK, the other has none",
                           "it is not the PPK: the pre-shared key or an identity differs"),
    .checks = ES_SENTENCES("compare identity and secret of the PPK on both sides",
                           "is the PPK mandatory on one side only?",
                           "try once without PPK: when that fails too, see auth-failed"),
    .reference = "RFC 8784, 3",
    .on_tunnel = ppk_mismatch,
};

static const struct es_rule rule_ikev1_psk_mismatch = {
    .id = "ikev1-psk-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "phase 1 stops at authentication",
    .explanation =
        "In Main Mode the fifth message is the first that is encrypted with a key made from the "
        "pre-shared key: when the keys differ the responder cannot read it and goes no further. "
        "In Aggressive Mode the second message proves the responder's key: when it is another, "
        "the initiator goes no further.",
    .causes = ES_SENTENCES("the pre-shared keys differ",
                           "the responder looks the key up for another identity or address",
                           "a device on the way drops the encrypted message"),
    .checks = ES_SENTENCES("enter the pre-shared key anew on both sides"),
    .checks_responder = ES_SENTENCES("does its log complain of a malformed or undecryptable "
                                     "message in that second?",
                                     "which connection and key does it pick for this peer's "
                                     "address?"),
    .reference = "RFC 2409, 5.4",
    .roots = ES_SENTENCES("natt-4500-blocked", "ike-fragments-lost", "ike-icmp-rejected"),
    .on_tunnel = psk_mismatch,
};

static const struct es_rule *const rules[] = {
    &rule_auth_failed,      &rule_peer_id_mismatch, &rule_cert_failure,       &rule_cert_clock_skew,
    &rule_sighash_mismatch, &rule_ppk_mismatch,     &rule_ikev1_psk_mismatch,
};

const struct es_chapter es_chapter_authentication = {rules, ES_COUNT(rules)};
