/*
 * Chapter: Child SAs (IKEv1: phase 2). Did the peers agree on what to carry, and how?
 */
#include "child.h"
#include "catalogue.h"

#include <inttypes.h>
#include <string.h>

/* --- refused: the umbrella without keys, its exact forms with them --- */

static bool is_no_proposal(const struct es_refused *r)
{
    return r->error == ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN; /* the same number in IKEv1 */
}

static bool is_no_selector(const struct es_refused *r)
{
    if (r->sa->major == 1)
        return r->error == ES_IKEV1_NOTIFY_INVALID_ID_INFORMATION;
    return r->error == ES_IKE_NOTIFY_TS_UNACCEPTABLE ||
           r->error == ES_IKE_NOTIFY_SINGLE_PAIR_REQUIRED;
}

/*
 * The least that the payloads of a rekey measure: REKEY_SA (12), SA (36: AES-GCM), nonce (36), two
 * selectors (48); and with a KE payload of the smallest group (40 and a transform of 8).
 */
enum { REKEY_LEAST = 132, REKEY_WITH_KE_LEAST = 180 };

/* What the shortest of the refused requests can hold. */
static bool request_bounds(const struct es_refused *r, struct es_ike_bounds *bounds)
{
    enum { BEFORE_SEALED = ES_IKE_HEADER_BYTES + 4 };
    const uint32_t length = r->requests->least_length;
    struct es_ike_suite suite = r->sa->suite;
    suite.alignment = r->sa->padding[r->side].alignment;
    return length > BEFORE_SEALED && es_ike_bounds(&suite, length - BEFORE_SEALED, bounds);
}

/*
 * The first Child SA came with IKE_AUTH, without a key exchange, and works; what comes later is
 * refused, because of a KE payload that is there or one that is missing.
 */
static bool is_pfs(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                   const struct es_refused *r)
{
    const struct es_requests *q = r->requests;
    if (r->sa->major != 2 || r->in_auth || q->row.count == 0 || q->made.count ||
        !es_child_worked_before(tunnel, q->request.time))
        return false;
    if (r->error)
        return r->wanted && (r->wanted->key_exchange || r->wanted->rekey) &&
               (r->error == ES_IKE_NOTIFY_INVALID_KE_PAYLOAD || is_no_proposal(r));
    /* Without keys: long enough for a rekey, and not once alone. */
    struct es_ike_bounds bounds;
    return q->row.count >= es_limit(d, ES_LIMIT_PFS_REFUSALS) &&
           q->classes != ES_IKE_CLASS_NEW_IKE && request_bounds(r, &bounds) &&
           bounds.inner_max >= REKEY_LEAST;
}

/* Common to all findings about refusals. */
static void fill_refused(struct es_diagnosis *d, struct es_finding *f, const struct es_refused *r)
{
    const struct es_tunnel *tunnel = r->sa->tunnel;
    f->ike_sa = r->sa;
    f->provenance = r->error ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    es_finding_peer(f, 1 - r->side);
    es_finding_span(f, &r->first, &r->last, r->count);
    if (r->wanted && r->wanted->ref.time <= r->last.time)
        es_finding_evidence(d, f, &r->wanted->ref, "%s asks for a %s", es_who(d, tunnel, r->side),
                            es_word_child_sa(tunnel));
    else if (r->requests->row.count)
        es_finding_evidence(d, f, &r->requests->request, "%s asks for a %s",
                            es_who(d, tunnel, r->side), es_word_child_sa(tunnel));
    if (r->in_auth)
        es_finding_evidence(d, f, &r->sa->childless,
                            "IKE_AUTH response: the IKE SA is accepted, the Child SA is not");
    if (r->requests->row.count) {
        es_finding_evidence(d, f, &r->requests->row.first, "refused by %s",
                            es_who(d, tunnel, 1 - r->side));
        if (r->requests->row.count > 1)
            es_finding_evidence(d, f, &r->requests->row.last, "the last refusal");
    }
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64 " && isakmp.exchangetype != %d",
                               r->sa->initiator_spi, ES_IKE_EXCHANGE_INFORMATIONAL);
}

static const char *say_times(struct es_diagnosis *d, const struct es_refused *r)
{
    return r->count > 1 ? es_say(d, " (%s)", es_say_count(d, r->count, "time", "times")) : "";
}

static void not_established(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || !r.sa->birth_seen || is_no_proposal(&r) || is_no_selector(&r) ||
        es_child_made_before(tunnel, r.last.time) || es_child_worked_before(tunnel, r.last.time) ||
        es_esp_since(tunnel, r.first.time))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const char *why = r.error ? es_say(d, ": %s", es_say_notify(d, r.sa, r.error))
                              : "; proposals or traffic selectors do not fit, which of them is "
                                "encrypted";
    f->summary = es_say(d, "%s refuses the %s that %s asks for%s, though the %s is up%s",
                        es_who(d, tunnel, 1 - r.side), es_word_child_sa(tunnel),
                        es_who(d, tunnel, r.side), say_times(d, &r), es_word_ike_sa(tunnel), why);
    fill_refused(d, f, &r);
    if (r.error) {
        f->reason = "the refusal was read with keys";
        return;
    }
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = r.sa->major == 1
                    ? "an Informational of a notify's length answers Quick Mode's first message, "
                      "and no ESP followed"
                : r.in_auth ? "the IKE_AUTH response is as long as identity, authentication and a "
                              "notify, too short for a Child SA, and no ESP followed"
                            : "each response is as long as a notify alone, and no ESP followed";
    es_finding_check(d, f,
                     "at %s: NO_PROPOSAL_CHOSEN in the log means child-proposal-mismatch, "
                     "TS_UNACCEPTABLE (IKEv1: INVALID-ID-INFORMATION) means ts-unacceptable",
                     es_who(d, tunnel, 1 - r.side));
}

/* What the refusing peer itself asked for or accepted in this tunnel, when that was read. */
static const char *say_own_offer(struct es_diagnosis *d, const struct es_refused *r)
{
    const struct es_tunnel *tunnel = r->sa->tunnel;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_wanted *own = sa->requests[1 - r->side].wanted;
        if (own)
            return es_say(d, "; %s itself offers %s", es_who(d, tunnel, 1 - r->side),
                          es_say_proposals(d, own->transforms, own->transform_count));
    }
    return "";
}

static void proposal_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                              const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || !is_no_proposal(&r) || is_pfs(d, tunnel, &r) || (r.wanted && r.wanted->rekey))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const char *offer =
        r.wanted ? es_say(d, "%s%s",
                          es_say_proposals(d, r.wanted->transforms, r.wanted->transform_count),
                          r.wanted->key_exchange ? ", with a key exchange (PFS)" : "")
                 : "proposals that were not read";
    f->summary = es_say(d, "%s offers %s for the %s, and %s accepts none of it%s: %s%s",
                        es_who(d, tunnel, r.side), offer, es_word_child_sa(tunnel),
                        es_who(d, tunnel, 1 - r.side), say_times(d, &r),
                        es_say_notify(d, r.sa, r.error), say_own_offer(d, &r));
    f->reason = "the refusal was read with keys";
    fill_refused(d, f, &r);
}

static void no_selector(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || !is_no_selector(&r))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_wanted *w = r.wanted;
    const char *asked =
        w ? es_say(d, "%s (its own) to %s",
                   es_say_selectors(d, w->selectors[r.side], w->selector_count[r.side]),
                   es_say_selectors(d, w->selectors[1 - r.side], w->selector_count[1 - r.side]))
          : "traffic selectors that were not read";
    f->summary = es_say(d, "%s asks to carry %s, and %s has no such pair of networks%s: %s",
                        es_who(d, tunnel, r.side), asked, es_who(d, tunnel, 1 - r.side),
                        say_times(d, &r), es_say_notify(d, r.sa, r.error));
    f->reason = "the refusal was read with keys";
    fill_refused(d, f, &r);
}

static void pfs_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || !is_pfs(d, tunnel, &r))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    struct es_ike_bounds bounds;
    const bool has_ke =
        r.error ? r.wanted->key_exchange
                : request_bounds(&r, &bounds) && bounds.inner_max >= REKEY_WITH_KE_LEAST;
    f->summary = es_say(
        d,
        "the first Child SA works, but %s refuses each CREATE_CHILD_SA of %s, which "
        "%s%s%s%s; ESP %s on the old SPIs",
        es_who(d, tunnel, 1 - r.side), es_who(d, tunnel, r.side), r.error ? "" : "by its length ",
        has_ke ? "brings a key exchange" : "brings no key exchange", say_times(d, &r),
        r.error ? es_say(d, ": %s", es_say_notify(d, r.sa, r.error)) : "",
        es_esp_since(tunnel, r.last.time) ? "goes on" : "has ended");
    fill_refused(d, f, &r);
    f->reason = has_ke
                    ? "the refusal was read with keys, and the request brings a KE payload"
                    : "the refusal of a rekey was read with keys, and what it offers was accepted "
                      "in IKE_AUTH";
    if (r.error)
        return;
    f->confidence = has_ke ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
    f->reason =
        "IKE_AUTH has no key exchange of its own, further requests may, and each response is "
        "as long as a notify alone; other reasons to refuse all further Child SAs look the "
        "same";
}

/* --- accepted, but not as asked for --- */

static bool is_within(const struct es_ike_selector *inner, const struct es_ike_selector *outer)
{
    return inner->is_range && outer->is_range &&
           memcmp(&inner->start, &outer->start, sizeof(inner->start)) >= 0 &&
           memcmp(&inner->end, &outer->end, sizeof(inner->end)) <= 0;
}

static bool is_covered(const struct es_ike_selector *wanted, const struct es_selectors *given)
{
    for (size_t i = 0; i < given->count; i++) {
        if (is_within(wanted, &given->items[i]))
            return true;
    }
    return given->count == 0;
}

/* A rekey that carries what the SA before it did: whatever it asked for, nothing was lost by it. */
static bool is_as_before(const struct es_child_sa *child)
{
    const struct es_child_sa *old = child->rekeys;
    for (int side = 0; side < 2; side++) {
        for (size_t i = 0; old && i < old->selectors[side].count; i++) {
            if (!is_covered(&old->selectors[side].items[i], &child->selectors[side]))
                return false;
        }
    }
    return old && old->selectors[0].count && old->selectors[1].count;
}

/* The first range that was asked for and not given, or NULL. */
static const struct es_ike_selector *left_out(const struct es_child_sa *child, uint8_t *side)
{
    if (is_as_before(child))
        return NULL;
    for (*side = 0; *side < 2; ++*side) {
        const struct es_selectors *asked = &child->asked[*side];
        for (size_t i = 0; i < asked->count; i++) {
            if (asked->items[i].is_range && !is_covered(&asked->items[i], &child->selectors[*side]))
                return &asked->items[i];
        }
    }
    return NULL;
}

/* Packets outside of the selectors, and the flow that has the most of them. */
static uint64_t outside(const struct es_child_sa *child, const struct es_flow **flow)
{
    uint64_t count = 0;
    for (int side = 0; side < 2; side++) {
        const struct es_flow *one = child->flows[side];
        if (!one || !one->inner || !one->inner->outside)
            continue;
        if (!*flow || one->inner->outside > (*flow)->inner->outside)
            *flow = one;
        count += one->inner->outside;
    }
    return count;
}

/* 0.0.0.0/0, ::/0: who asks for that takes what he gets (remote access, route-based tunnels). */
static bool is_everything(const struct es_ike_selector *s)
{
    const size_t first = es_address_is_v4(&s->start) ? sizeof(s->start.bytes) - 4 : 0;
    for (size_t i = first; i < sizeof(s->start.bytes); i++) {
        if (s->start.bytes[i] != 0 || s->end.bytes[i] != 0xff)
            return false;
    }
    return true;
}

static void add_narrowed(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_child_sa *child, const struct es_ike_selector *lost,
                         uint8_t side)
{
    const struct es_tunnel *tunnel = child->tunnel;
    const struct es_flow *flow = NULL;
    const uint64_t packets = outside(child, &flow);
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t asker = child->created.side;
    f->severity = packets || !is_everything(lost) ? rule->severity : ES_SEVERITY_NOTE;
    f->provenance = ES_PROVENANCE_DECRYPTED;
    f->reason = "request and response were read with keys";
    f->child = child;
    f->ike_sa = child->ike_sa;
    f->summary =
        es_say(d, "%s asked for %s at %s and got %s only%s", es_who(d, tunnel, asker),
               es_say_selectors(d, lost, 1), es_who(d, tunnel, side),
               es_say_selectors(d, child->selectors[side].items, child->selectors[side].count),
               packets ? es_say(d, "; %s outside of it came through the tunnel and will be dropped",
                                es_say_count(d, packets, "packet", "packets"))
                       : "; what lies outside of it is not carried");
    es_finding_peer(f, 1 - asker);
    es_finding_span(f, &child->created.ref, &child->created.ref, packets ? packets : 1);
    es_finding_evidence(d, f, &child->created.ref, "the response narrows the traffic selectors");
    if (flow) {
        es_finding_flow(f, flow);
        es_finding_evidence(d, f, &flow->inner->outside_first, "a packet that they do not allow");
    }
}

static void narrowed(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    const struct es_child_sa *worst = NULL;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_flow *flow = NULL;
        uint8_t side;
        if (!c->withdrawn && left_out(c, &side) && (!worst || outside(c, &flow)))
            worst = c;
    }
    uint8_t side;
    const struct es_ike_selector *lost = worst ? left_out(worst, &side) : NULL;
    if (lost)
        add_narrowed(rule, d, worst, lost, side);
}

/*
 * One side wants transport mode and the other does not say so: by RFC 7296, 1.3.1, that is tunnel
 * mode then, which the initiator may not take.
 */
static void mode_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_IKE_SAS_JUDGED;
         sa = sa->older_in_tunnel, looked_at++) {
        const uint16_t type = ES_IKE_NOTIFY_USE_TRANSPORT_MODE;
        const bool says[2] = {es_notified(&sa->disclosed[0], type),
                              es_notified(&sa->disclosed[1], type)};
        const uint8_t asker = says[0] ? 0 : 1;
        if (sa->major != 2 || says[0] == says[1] || !sa->requests[asker].wanted ||
            !sa->requests[asker].wanted->transport || es_ref_seen(&sa->childless))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->ike_sa = sa;
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->reason = "both messages were read with keys";
        f->severity = es_esp_since(tunnel, sa->requests[asker].wanted->ref.time)
                          ? ES_SEVERITY_WARNING
                          : rule->severity;
        f->summary = es_say(d,
                            "%s asks for transport mode and %s does not agree to it: the Child SA "
                            "is in tunnel mode, or %s gives it up",
                            es_who(d, tunnel, asker), es_who(d, tunnel, 1 - asker),
                            es_who(d, tunnel, asker));
        es_finding_peer(f, 1 - asker);
        es_finding_span(f, &sa->requests[asker].wanted->ref, &sa->requests[asker].wanted->ref, 1);
        es_finding_evidence(d, f, &sa->requests[asker].wanted->ref,
                            "the request with USE_TRANSPORT_MODE");
        return;
    }
}

/* --- refused for now, or for good --- */

static void no_additional(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || r.error != ES_IKE_NOTIFY_NO_ADDITIONAL_SAS || r.sa->major != 2)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->summary = es_say(d, "%s accepts no further Child SA within this IKE SA%s",
                        es_who(d, tunnel, 1 - r.side), say_times(d, &r));
    f->reason = "the refusal was read with keys";
    fill_refused(d, f, &r);
}

static void temporary(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_refused r = es_refused_requests(tunnel);
    if (!r.sa || r.sa->major != 2 ||
        (r.error != ES_IKE_NOTIFY_TEMPORARY_FAILURE && r.error != ES_IKE_NOTIFY_CHILD_SA_NOT_FOUND))
        return;
    const struct es_requests *q = r.requests;
    const es_time span = r.last.time - q->error_first.time;
    const uint64_t allowed = es_limit(d, ES_LIMIT_TEMPORARY_FAILURES);
    /* As often as the limit allows in its time, however long it went on. */
    if (q->error_row <= allowed || span / (es_time)(q->error_row - 1) >
                                       es_limit_ns(d, ES_LIMIT_TEMPORARY_SPAN) / (es_time)allowed)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->summary =
        es_say(d, "%s answers %s of %s in a row with %s, over %s", es_who(d, tunnel, 1 - r.side),
               es_say_count(d, q->error_row, "request", "requests"), es_who(d, tunnel, r.side),
               es_say_notify(d, r.sa, r.error), es_say_span(d, span));
    f->reason = "the responses were read with keys";
    fill_refused(d, f, &r);
}

static const struct es_rule rule_not_established = {
    .id = "child-not-established",
    .severity = ES_SEVERITY_ERROR,
    .title = "the IKE SA is up, but no Child SA comes of it",
    .explanation =
        "The peers authenticated each other, but one refuses the Child SA (IKEv1: phase 2) that "
        "the other asks for, so that no ESP can flow. Without keys the reason is encrypted: "
        "proposals that do not fit and traffic selectors that do not fit are refused with "
        "messages of the same length.",
    .causes = ES_SENTENCES("the traffic selectors (proxy IDs, encryption domains) are not mirror "
                           "images of each other",
                           "no common proposal for ESP: cipher, integrity, PFS group, ESN",
                           "tunnel mode on one side, transport mode on the other",
                           "the refusing peer could not install the SA (kernel, licence, limit) "
                           "and says NO_PROPOSAL_CHOSEN"),
    .checks = ES_SENTENCES("compare phase 2 of both peers: networks, protocol, algorithms, PFS "
                           "group, mode",
                           "with the keys of the IKE SA, espial names what was offered (-k)"),
    .checks_responder = ES_SENTENCES("its log at that second: the reason stands on the side that "
                                     "refuses"),
    .reference = "RFC 7296, 1.2 and 2.21.2; RFC 2409, 5.5",
    .roots = ES_SENTENCES("address-assignment-failed", "mode-mismatch"),
    .on_tunnel = not_established,
};

static const struct es_rule rule_proposal_mismatch = {
    .id = "child-proposal-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "no common proposal for the Child SA",
    .explanation = "The responder found nothing it accepts among the proposals for the Child SA "
                   "(IKEv1: phase 2). The IKE SA stays up, but no ESP can flow.",
    .causes = ES_SENTENCES("cipher, integrity or key length differ",
                           "one side wants perfect forward secrecy, or another group for it",
                           "ESN, or tunnel against transport mode",
                           "the responder could not install the SA and answers with the same "
                           "notify"),
    .checks = ES_SENTENCES("compare the ESP proposals of both peers, transform by transform"),
    .checks_responder = ES_SENTENCES("its log has the received and the configured proposals"),
    .reference = "RFC 7296, 2.7 and 3.10.1; RFC 2409, 5.5",
    .on_tunnel = proposal_mismatch,
};

static const struct es_rule rule_ts_unacceptable = {
    .id = "ts-unacceptable",
    .severity = ES_SEVERITY_ERROR,
    .title = "the traffic selectors do not fit",
    .explanation =
        "The responder has no policy for the networks that the initiator wants to connect. The "
        "IKE SA stays up, but no ESP can flow.",
    .causes = ES_SENTENCES("the encryption domains (proxy IDs) are not mirror images of each other",
                           "one side summarises networks (/16 for several /24), the other does not",
                           "route-based (any to any) against policy-based",
                           "a protocol or port on one side only"),
    .checks = ES_SENTENCES("compare local and remote networks of both peers; they must mirror each "
                           "other"),
    .checks_responder = ES_SENTENCES("its log has the received and the configured selectors"),
    .reference = "RFC 7296, 2.9; RFC 2409, 5.5",
    .roots = ES_SENTENCES("modecfg-failed"),
    .on_tunnel = no_selector,
};

static const struct es_rule rule_pfs_mismatch = {
    .id = "pfs-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "the first rekey fails: perfect forward secrecy on one side only",
    .explanation =
        "The Child SA that comes with IKE_AUTH has no key exchange of its own, so a PFS group "
        "that only one side has stays hidden until the first rekey, which is refused. The tunnel "
        "works until the first lifetime ends, then breaks, and works again after a new IKE SA.",
    .causes = ES_SENTENCES("PFS is set on one side only", "the PFS groups differ",
                           "the peer allows no further Child SA at all"),
    .checks = ES_SENTENCES("compare the PFS (DH) group of phase 2 on both peers"),
    .checks_responder = ES_SENTENCES("its log at that second: NO_PROPOSAL_CHOSEN or "
                                     "INVALID_KE_PAYLOAD, with both proposals"),
    .reference = "RFC 7296, 1.2, 1.3.1 and 2.17",
    .on_tunnel = pfs_mismatch,
};

static const struct es_rule rule_ts_narrowed = {
    .id = "ts-narrowed",
    .severity = ES_SEVERITY_WARNING,
    .title = "the responder narrowed the traffic selectors",
    .explanation = "The responder accepted a part of the networks that were asked for. Traffic "
                   "outside of it is dropped without a word.",
    .causes = ES_SENTENCES("the networks differ: a /16 on one side, a /24 on the other",
                           "a remote-access client asks for everything and gets an address: that "
                           "is as it should be"),
    .checks = ES_SENTENCES("compare local and remote networks of both peers"),
    .reference = "RFC 7296, 2.9",
    .on_tunnel = narrowed,
};

static const struct es_rule rule_mode_mismatch = {
    .id = "mode-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "transport mode on one side only",
    .explanation = "One peer asks for transport mode and the other does not agree.",
    .causes = ES_SENTENCES("tunnel mode against transport mode (L2TP and GRE over IPsec want "
                           "transport)"),
    .checks = ES_SENTENCES("compare the mode of phase 2 on both peers"),
    .reference = "RFC 7296, 1.3.1",
    .on_tunnel = mode_mismatch,
};

static const struct es_rule rule_no_additional = {
    .id = "no-additional-sas",
    .severity = ES_SEVERITY_WARNING,
    .title = "the peer takes no further Child SA",
    .explanation = "The peer allows but so many Child SAs within one IKE SA and answers "
                   "NO_ADDITIONAL_SAS; a rekey needs one more for a moment.",
    .causes = ES_SENTENCES("a peer that can do one Child SA only (small devices, policy-based "
                           "cloud gateways)",
                           "more pairs of networks than it has room for"),
    .checks = ES_SENTENCES("merge the traffic selectors into one Child SA",
                           "the peer's limit of Child SAs or tunnels"),
    .reference = "RFC 7296, 1.3",
    .on_tunnel = no_additional,
};

static const struct es_rule rule_temporary = {
    .id = "temporary-failure",
    .severity = ES_SEVERITY_WARNING,
    .title = "the peer puts requests off again and again",
    .explanation = "TEMPORARY_FAILURE and CHILD_SA_NOT_FOUND are normal once, when two rekeys "
                   "cross. In a row they mean that the two never agree.",
    .causes = ES_SENTENCES("both sides rekey at the same time, again and again",
                           "the peer is stuck in an exchange that never ends",
                           "the peer lost the Child SA that is to be rekeyed"),
    .checks = ES_SENTENCES("set different lifetimes on the two peers",
                           "list the Child SAs of both: do they know the same SPIs?"),
    .reference = "RFC 7296, 2.25",
    .on_tunnel = temporary,
};

static const struct es_rule *const rules[] = {
    &rule_not_established, &rule_proposal_mismatch, &rule_ts_unacceptable, &rule_pfs_mismatch,
    &rule_ts_narrowed,     &rule_mode_mismatch,     &rule_no_additional,   &rule_temporary,
};

const struct es_chapter es_chapter_child = {rules, ES_COUNT(rules)};
