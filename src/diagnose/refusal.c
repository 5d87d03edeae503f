/*
 * Which IKE SAs failed at authentication, and what is known of the cause.
 */
#include "refusal.h"

#include "judgement.h"

#include <inttypes.h>
#include <string.h>

/* --- was it refused? --- */

/* The newest IKE_AUTH or phase 1 request, which a refusal answers; NULL: not seen. */
static const struct es_exchange *newest_request(const struct es_ike_sa *sa)
{
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH ||
            e->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION ||
            e->exchange_type == ES_IKE_EXCHANGE_AGGRESSIVE)
            return e;
    }
    return NULL;
}

/* Errors that refuse what an IKEv1 peer authenticates itself with. RFC 2408, 3.14.1. */
static bool is_ikev1_refusal(uint16_t error)
{
    switch (error) {
    case ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED:
    case ES_IKEV1_NOTIFY_INVALID_ID_INFORMATION:
    case ES_IKEV1_NOTIFY_INVALID_CERT_ENCODING:
    case ES_IKEV1_NOTIFY_INVALID_CERTIFICATE:
    case ES_IKEV1_NOTIFY_CERT_TYPE_UNSUPPORTED:
    case ES_IKEV1_NOTIFY_INVALID_CERT_AUTHORITY:
    case ES_IKEV1_NOTIFY_INVALID_HASH_INFORMATION:
    case ES_IKEV1_NOTIFY_INVALID_SIGNATURE:
    case ES_IKEV1_NOTIFY_CERTIFICATE_UNAVAILABLE:
        return true;
    default:
        return false;
    }
}

bool es_address_clash_of(const struct es_ike_sa *sa, uint8_t side)
{
    const char *identity = sa->identities[side];
    /* Other types have their name before what they hold. */
    if (!identity || identity[strspn(identity, "0123456789abcdef.:")] != '\0')
        return false;
    struct es_text address;
    es_text_init(&address);
    es_text_add_address(&address, &sa->tunnel->peers[side].address);
    const bool differs = strcmp(identity, es_text_chars(&address)) != 0;
    es_text_fini(&address);
    return differs;
}

/* Before the responder chose there was nothing to authenticate with, but for Aggressive Mode's
 * identity. */
static bool ikev1_was_refused(const struct es_ike_sa *sa)
{
    return (sa->chosen.count > 0 || es_address_clash_of(sa, sa->initiator)) &&
           (sa->error == 0 || is_ikev1_refusal(sa->error));
}

/* The tracker saw it fail: an error in clear or opened, or an answer as short as one. */
static bool failed(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                   struct es_judged_refusal *out)
{
    if (sa->state != ES_IKE_SA_FAILED)
        return false;
    const bool is_it = sa->major == 1
                           ? ikev1_was_refused(sa)
                           : sa->error == 0 || sa->error == ES_IKE_NOTIFY_AUTHENTICATION_FAILED;
    /* EAP goes on behind an answer as short as that, and an IKEv1 initiator that could not read it
     * sends its message again: give them time. */
    const bool opened = sa->eap != NULL;
    const bool is_open = sa->error == 0 && !opened && (sa->auth_rounds > 1 || sa->major == 1);
    if (!is_it || (is_open && d->now - sa->error_ref.time < es_limit_ns(d, ES_LIMIT_PATIENCE)))
        return false;
    const struct es_exchange *proposed = newest_request(sa);
    const bool in_clear = sa->major == 1 && es_notified(&sa->notifies[sa->error_side], sa->error);
    *out = (struct es_judged_refusal){
        .side = sa->error_side,
        .ref = sa->error_ref,
        .proposed = proposed ? proposed->request : (struct es_packet_ref){0},
        .confidence = sa->error || opened ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY,
        .provenance = sa->error ? in_clear ? ES_PROVENANCE_OBSERVED : ES_PROVENANCE_DECRYPTED
                      : opened  ? ES_PROVENANCE_DECRYPTED
                                : ES_PROVENANCE_INFERRED,
        .by_initiator = sa->error_side == sa->initiator,
    };
    return true;
}

static bool has_flows(const struct es_ike_sa *sa)
{
    enum { LOOKED_AT = 16 };
    int looked_at = 0;
    for (const struct es_child_sa *c = sa->tunnel->children; c && looked_at < LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (c->ike_sa == sa && (c->flows[0] || c->flows[1]))
            return true;
    }
    return false;
}

/* The initiator began anew after this one. */
static bool tried_again(const struct es_ike_sa *sa)
{
    const struct es_ike_sa *next = sa->next_in_tunnel;
    return next && next->initiator == sa->initiator && next->birth_seen;
}

/* What ended authentication from the responder's view, and what the initiator said right after. */
static bool rejects_at_once(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                            const struct es_exchange *last)
{
    const struct es_exchange *auth = last ? last->older : NULL;
    const unsigned error = ES_IKE_CLASS_NOTIFY;
    if (!auth || last->side != sa->initiator || !es_ref_seen(&last->request) ||
        !(last->request_class & error))
        return false;
    const bool is_ikev1 = sa->major == 1;
    const uint8_t informational =
        is_ikev1 ? ES_IKE_EXCHANGE_INFORMATIONAL_V1 : ES_IKE_EXCHANGE_INFORMATIONAL;
    const uint8_t proof = is_ikev1 ? ES_IKE_EXCHANGE_IDENTITY_PROTECTION : ES_IKE_EXCHANGE_IKE_AUTH;
    return last->exchange_type == informational && auth->exchange_type == proof && auth->answered &&
           auth->side == sa->initiator &&
           last->request.time - auth->response.time <= es_limit_ns(d, ES_LIMIT_REJECTION);
}

/*
 * The responder accepted the initiator and answered in full; the initiator then sends one message
 * as short as a lone notify, and the IKE SA is not used again. RFC 7296, 2.21.2.
 */
static bool looks_rejected(const struct es_diagnosis *d, const struct es_ike_sa *sa)
{
    return sa->birth_seen && !sa->rekeys && !sa->rekeyed_to && !sa->error &&
           (sa->state == ES_IKE_SA_ESTABLISHED || sa->state == ES_IKE_SA_CLOSED) &&
           rejects_at_once(d, sa, sa->exchanges) && !has_flows(sa);
}

/* Where the initiator does not even try again, it may have been told to take the tunnel down. */
static bool rejected(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                     struct es_judged_refusal *out)
{
    if (!looks_rejected(d, sa))
        return false;
    const struct es_ike_sa *before = sa->older_in_tunnel;
    if (!tried_again(sa) && !(before && before->initiator == sa->initiator && before->birth_seen &&
                              looks_rejected(d, before)))
        return false;
    *out = (struct es_judged_refusal){
        .side = sa->initiator,
        .ref = sa->exchanges->request,
        .proposed = sa->exchanges->older->response,
        .confidence = ES_CONFIDENCE_LIKELY,
        .provenance = ES_PROVENANCE_INFERRED,
        .by_initiator = true,
    };
    return true;
}

/* A later IKE SA came up, and was not given up at once. */
static bool came_up_after(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                          es_time time)
{
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa; sa = sa->older_in_tunnel) {
        if (sa->state == ES_IKE_SA_ESTABLISHED && es_ref_seen(&sa->established) &&
            sa->established.time > time && !looks_rejected(d, sa))
            return true;
    }
    return false;
}

/* --- why? --- */

bool es_certificate_invalid(const struct es_ike_sa *sa, uint8_t *side)
{
    for (uint8_t i = 0; i < 2; i++) {
        const struct es_certificates *sent = sa->certificates[i];
        if (sent && (sent->own.ref.time < sent->own.not_before ||
                     sent->own.ref.time > sent->own.not_after)) {
            *side = i;
            return true;
        }
    }
    return false;
}

enum { IDENTITIES_LOOKED_AT = 64 }; /* newest IKE SAs: identities come from whoever sends */

/* What `side` calls itself: `wanted` where it ever did, else what it did last; NULL: not seen. */
static const char *claim_of(const struct es_tunnel *tunnel, uint8_t side, const char *wanted)
{
    const char *newest = NULL;
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < IDENTITIES_LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        const char *claimed = sa->identities[side];
        if (claimed && strcmp(claimed, wanted) == 0)
            return claimed;
        newest = newest ? newest : claimed;
    }
    return newest;
}

bool es_identity_clash_find(const struct es_tunnel *tunnel, struct es_identity_clash *out)
{
    const char *wanted[2] = {NULL, NULL}; /* by who asks */
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < IDENTITIES_LOOKED_AT;
         sa = sa->older_in_tunnel, looked_at++) {
        if (sa->asked_identity && !wanted[sa->initiator])
            wanted[sa->initiator] = sa->asked_identity;
    }
    for (uint8_t asker = 0; asker < 2; asker++) {
        const char *claimed = wanted[asker] ? claim_of(tunnel, 1 - asker, wanted[asker]) : NULL;
        if (claimed && strcmp(wanted[asker], claimed) != 0) {
            *out = (struct es_identity_clash){asker, wanted[asker], claimed};
            return true;
        }
    }
    return false;
}

static bool uses_ppk(const struct es_ike_sa *sa)
{
    return es_notified(&sa->notifies[0], ES_IKE_NOTIFY_USE_PPK) ||
           es_notified(&sa->notifies[1], ES_IKE_NOTIFY_USE_PPK);
}

/* The initiator goes on as if it had not understood the Informational: the keys differ. */
static bool went_on_regardless(const struct es_ike_sa *sa)
{
    const struct es_exchange *e = newest_request(sa);
    return sa->major == 1 && sa->error == 0 && e && e->last_request.time > sa->error_ref.time;
}

/* Both list the hashes they can sign with, and have none in common. RFC 7427, 4. */
static bool lacks_common_hash(const struct es_ike_sa *sa)
{
    const uint32_t *lists = sa->hash_algorithms;
    return lists[0] && lists[1] && (lists[0] & lists[1]) == 0;
}

static bool is_certificate_error(const struct es_ike_sa *sa)
{
    return sa->major == 1 && is_ikev1_refusal(sa->error) &&
           sa->error >= ES_IKEV1_NOTIFY_INVALID_CERT_ENCODING &&
           sa->error != ES_IKEV1_NOTIFY_INVALID_HASH_INFORMATION &&
           sa->error != ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED;
}

/* IKEv1 says in clear how the peers prove who they are. */
static bool ikev1_uses_signatures(const struct es_ike_sa *sa)
{
    switch (sa->suite.auth) {
    case ES_IKEV1_AUTH_DSS:
    case ES_IKEV1_AUTH_RSA:
    case ES_IKEV1_AUTH_ECDSA_256:
    case ES_IKEV1_AUTH_ECDSA_384:
    case ES_IKEV1_AUTH_ECDSA_521:
    case ES_IKEV1_AUTH_XAUTH_INIT_RSA:
    case ES_IKEV1_AUTH_XAUTH_RESP_RSA:
    case ES_IKEV1_AUTH_HYBRID_INIT_RSA:
    case ES_IKEV1_AUTH_HYBRID_RESP_RSA:
        return true;
    default:
        return false;
    }
}

/*
 * Did the side that was refused show a certificate? With keys it is seen; without, its message is
 * long, and the other side had asked for one.
 */
static bool showed_certificate(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                               uint8_t side)
{
    if (sa->certificates[side] || is_certificate_error(sa))
        return true;
    if (sa->major == 1)
        return ikev1_uses_signatures(sa);
    if (sa->auth_methods[side])
        return sa->auth_methods[side] != ES_IKE_AUTH_METHOD_SHARED_KEY;
    return (sa->asks_certificate[0] || sa->asks_certificate[1]) &&
           sa->auth_bytes[side] >= es_limit(d, ES_LIMIT_CERTIFICATE_BYTES);
}

static enum es_refusal_cause cause_of(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                                      const struct es_judged_refusal *refusal)
{
    uint8_t side;
    struct es_identity_clash clash;
    if (went_on_regardless(sa))
        return ES_REFUSAL_PSK;
    if (es_certificate_invalid(sa, &side))
        return ES_REFUSAL_VALIDITY;
    if (sa->auth_rounds > 1 || sa->eap)
        return ES_REFUSAL_EAP;
    if (lacks_common_hash(sa))
        return ES_REFUSAL_HASHES;
    if (uses_ppk(sa))
        return ES_REFUSAL_PPK;
    if ((sa->identities[0] || sa->identities[1]) && es_identity_clash_find(sa->tunnel, &clash))
        return ES_REFUSAL_IDENTITY;
    if ((sa->major == 1 && sa->error == ES_IKEV1_NOTIFY_INVALID_ID_INFORMATION) ||
        es_address_clash_of(sa, 1 - refusal->side))
        return ES_REFUSAL_IDENTITY;
    if (showed_certificate(d, sa, 1 - refusal->side))
        return ES_REFUSAL_CERTIFICATE;
    return ES_REFUSAL_OPEN;
}

bool es_refusal_judge(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                      struct es_judged_refusal *out)
{
    if (!failed(d, sa, out) && !rejected(d, sa, out))
        return false;
    out->cause = cause_of(d, sa, out);
    return true;
}

struct es_refusals_of_tunnel es_refusals_that(const struct es_diagnosis *d,
                                              const struct es_tunnel *tunnel,
                                              enum es_refusal_cause cause)
{
    struct es_refusals_of_tunnel found = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        struct es_judged_refusal refusal;
        if (!es_refusal_judge(d, sa, &refusal) || refusal.cause != cause)
            continue;
        if (found.count++ == 0) {
            found.first = refusal;
            found.first_sa = sa;
        }
        found.last = refusal;
        found.sa = sa;
    }
    return found;
}

/* --- findings --- */

/* What the refusing message is, for evidence. */
static const char *say_refusal(const struct es_ike_sa *sa, const struct es_judged_refusal *refusal)
{
    if (sa->error == ES_IKE_NOTIFY_AUTHENTICATION_FAILED)
        return "AUTHENTICATION_FAILED";
    if (sa->major == 1)
        return sa->error ? "an error notify" : "an encrypted Informational, as short as an error";
    if (refusal->by_initiator)
        return "INFORMATIONAL request as short as a lone notify, at once after IKE_AUTH";
    return "IKE_AUTH response as short as a lone notify";
}

static void add_identities(struct es_diagnosis *d, struct es_finding *f, const struct es_ike_sa *sa)
{
    const uint8_t responder = 1 - sa->initiator;
    for (uint8_t side = 0; side < 2; side++) {
        if (sa->identities[side])
            es_finding_check(d, f, "%s identifies itself as %s: does the other side expect that?",
                             es_who(d, sa->tunnel, side), sa->identities[side]);
    }
    if (sa->asked_identity)
        es_finding_check(d, f, "%s asks for %s: is that what %s calls itself?",
                         es_who(d, sa->tunnel, sa->initiator), sa->asked_identity,
                         es_who(d, sa->tunnel, responder));
}

struct es_finding *es_refusal_finding(const struct es_rule *rule, struct es_diagnosis *d,
                                      const struct es_tunnel *tunnel,
                                      const struct es_refusals_of_tunnel *r)
{
    struct es_finding *f = r->count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return NULL;
    f->severity = came_up_after(d, tunnel, r->last.ref.time) ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = r->sa;
    f->confidence = r->last.confidence;
    f->provenance = r->last.provenance;
    es_finding_peer(f, r->last.side);
    es_finding_span(f, &r->first.ref, &r->last.ref, r->count);
    if (es_ref_seen(&r->first.proposed))
        es_finding_evidence(d, f, &r->first.proposed, "what %s authenticated itself with",
                            es_who(d, tunnel, 1 - r->first.side));
    es_finding_evidence(d, f, &r->first.ref, "%s", say_refusal(r->first_sa, &r->first));
    if (r->count > 1)
        es_finding_evidence(d, f, &r->last.ref, "the last one: %s", say_refusal(r->sa, &r->last));
    es_finding_check(d, f, "at %s (%s): its log of that second says why",
                     es_who(d, tunnel, r->last.side), f->role);
    add_identities(d, f, r->sa);
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, r->sa->initiator_spi);
    return f;
}

const char *es_refusal_say(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                           const struct es_refusals_of_tunnel *r)
{
    const char *refuser = es_who(d, tunnel, r->last.side);
    const char *refused = es_who(d, tunnel, 1 - r->last.side);
    if (r->last.by_initiator)
        return es_say(d, "%s was accepted by %s, and then refused the authentication of %s",
                      refuser, refused, refused);
    return es_say(d, "%s refused the authentication of %s", refuser, refused);
}
