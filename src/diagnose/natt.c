/*
 * Chapter: NAT traversal's own rules of the wire. Who announced what, how ESP is wrapped, what
 * stands on the ports.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* --- IKEv1: who announced NAT traversal, and in which form --- */

enum {
    NATT_ANY = ES_VENDOR_TRAIT_NATT_RFC3947 | ES_VENDOR_TRAIT_NATT_DRAFT |
               ES_VENDOR_TRAIT_NATT_OLD | ES_VENDOR_TRAIT_NATT_DRAFT_15,
};

/* The newest ISAKMP SA whose first two messages, which carry the vendor IDs, are in the capture. */
static const struct es_ike_sa *announced_sa(const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->major == 1 && sa->birth_seen && sa->offered.count && sa->chosen.count)
            found = sa;
    }
    return found;
}

/* The side whose port a NAT rewrote, or -1. */
static int rewritten_side(const struct es_tunnel *tunnel)
{
    for (int side = 0; side < 2; side++) {
        if (es_nat_wrote_port(tunnel->peers[side].port) &&
            !es_nat_wrote_port(tunnel->peers[1 - side].port))
            return side;
    }
    return -1;
}

/* Without NAT detection only a rewritten port shows that there is a NAT to traverse. */
static void judge_announced(struct es_diagnosis *d, struct es_finding *f,
                            const struct es_tunnel *tunnel)
{
    const int natted = rewritten_side(tunnel);
    if (natted >= 0) {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = es_say(d, "a NAT is there: it gave %s port %u",
                           es_who(d, tunnel, (uint8_t)natted), tunnel->peers[natted].port);
    } else {
        f->severity = ES_SEVERITY_NOTE;
        f->reason = "nothing shows a NAT between them, and without one this does no harm";
    }
}

static void vid_one_side(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = announced_sa(tunnel);
    if (!sa)
        return;
    const bool has[2] = {(sa->vendor_traits[0] & NATT_ANY) != 0,
                         (sa->vendor_traits[1] & NATT_ANY) != 0};
    struct es_finding *f = has[0] != has[1] ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const uint8_t lacking = has[0] ? 1 : 0;
    judge_announced(d, f, tunnel);
    f->ike_sa = sa;
    f->summary = es_say(
        d, "%s announces NAT traversal in its first message, %s does not: they will not use it",
        es_who(d, tunnel, 1 - lacking), es_who(d, tunnel, lacking));
    es_finding_peer(f, lacking);
    es_finding_span(f, &sa->first, &sa->last, 1);
    es_finding_evidence(d, f, &sa->first, "the first message of phase 1");
}

static const char *form_of(unsigned traits)
{
    if (traits & ES_VENDOR_TRAIT_NATT_RFC3947)
        return "RFC 3947";
    if (traits & ES_VENDOR_TRAIT_NATT_DRAFT_15)
        return "drafts 04 to 07";
    return traits & ES_VENDOR_TRAIT_NATT_OLD ? "drafts 00 and 01" : "drafts 02 and 03";
}

/* The forms that a side announced, as sets that can talk to each other. */
static unsigned forms_of(unsigned traits)
{
    /* OLD comes with DRAFT, for the payload numbers that they share. */
    if (traits & ES_VENDOR_TRAIT_NATT_OLD)
        traits &= ~(unsigned)ES_VENDOR_TRAIT_NATT_DRAFT;
    return traits & NATT_ANY;
}

static void draft_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = announced_sa(tunnel);
    if (!sa)
        return;
    const unsigned forms[2] = {forms_of(sa->vendor_traits[0]), forms_of(sa->vendor_traits[1])};
    /* A side with an old draft may have a newer one too that hides behind the shared trait. */
    const bool both_drafts =
        (sa->vendor_traits[0] & sa->vendor_traits[1] & ES_VENDOR_TRAIT_NATT_DRAFT) != 0;
    if (!forms[0] || !forms[1] || forms[0] & forms[1] || both_drafts)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t i = sa->initiator;
    judge_announced(d, f, tunnel);
    f->ike_sa = sa;
    f->summary =
        es_say(d, "%s knows NAT traversal as of %s, %s as of %s: they have no form in common",
               es_who(d, tunnel, i), form_of(sa->vendor_traits[i]), es_who(d, tunnel, 1 - i),
               form_of(sa->vendor_traits[1 - i]));
    es_finding_peer(f, forms[0] & ES_VENDOR_TRAIT_NATT_RFC3947 ? 1 : 0);
    es_finding_span(f, &sa->first, &sa->last, 1);
    es_finding_evidence(d, f, &sa->first, "the first message of phase 1");
}

/* --- how ESP is wrapped --- */

static bool is_udp(const struct es_flow *flow)
{
    return flow->encapsulation == ES_ENCAPSULATION_UDP;
}

/* Both directions are in use at the same time, one in UDP and one without. */
static bool differs(const struct es_diagnosis *d, const struct es_child_sa *child)
{
    struct es_flow *const *flows = child->flows;
    if (child->withdrawn || !flows[0] || !flows[1] || is_udp(flows[0]) == is_udp(flows[1]) ||
        flows[0]->encapsulation == ES_ENCAPSULATION_TCP ||
        flows[1]->encapsulation == ES_ENCAPSULATION_TCP)
        return false;
    /* One side may change a moment before the other: MOBIKE, a NAT that went. */
    const es_time grace = es_limit_ns(d, ES_LIMIT_MAPPING_FOLLOW);
    for (int side = 0; side < 2; side++) {
        if (flows[side]->last.time - es_flow_wrapped(flows[1 - side])->time < grace ||
            flows[side]->last.time - es_flow_wrapped(flows[side])->time < 0)
            return false;
    }
    return true;
}

static void encap_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const struct es_child_sa *c = tunnel->children;
    for (int looked_at = 0; c && looked_at < ES_ONE_WAY_CHILDREN && !differs(d, c); looked_at++)
        c = c->next_in_tunnel;
    struct es_finding *f = c && differs(d, c) ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const uint8_t raw = is_udp(c->flows[0]) ? 1 : 0;
    const struct es_flow *plain = c->flows[raw];
    const struct es_flow *wrapped = c->flows[1 - raw];
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "both are in use at the same time; Linux and others drop what is not wrapped as "
                "their SA says, some accept both";
    f->child = c;
    f->ike_sa = c->ike_sa;
    f->summary =
        es_say(d,
               "%s sends ESP in UDP, and %s sends ESP as protocol 50 for the same %s: one "
               "of them drops what it gets",
               es_who(d, tunnel, 1 - raw), es_who(d, tunnel, raw), es_word_child_sa(tunnel));
    es_finding_peer(f, raw);
    es_finding_flow(f, plain);
    es_finding_flow(f, wrapped);
    es_finding_span(f, es_flow_wrapped(plain), &plain->last, plain->packets);
    es_finding_evidence(d, f, es_flow_wrapped(wrapped), "ESP in UDP from %s",
                        es_who(d, tunnel, 1 - raw));
    es_finding_evidence(d, f, es_flow_wrapped(plain), "ESP as protocol 50 from %s",
                        es_who(d, tunnel, raw));
    es_finding_evidence(d, f, &plain->last, "the last such packet");
}

static void over_500(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    uint64_t packets = 0;
    const struct es_flow *first = NULL;
    const struct es_flow *last = NULL;
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (!is_udp(flow) || (flow->source_port != 500 && flow->destination_port != 500))
            continue;
        first = first ? first : flow;
        last = !last || flow->last.time > last->last.time ? flow : last;
        packets += flow->packets;
    }
    struct es_finding *f = first ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "what stands on UDP 500 is no IKE and has the form of ESP";
    /* Who does not take it for ESP answers in IKE at most. */
    const bool in_vain = tunnel->peers[1 - first->side].esp.count == 0 &&
                         packets >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS);
    f->severity = in_vain ? rule->severity : ES_SEVERITY_WARNING;
    f->summary =
        es_say(d, "%s sends ESP in UDP on port 500 (%s) instead of 4500",
               es_who(d, tunnel, first->side), es_say_count(d, packets, "packet", "packets"));
    es_finding_peer(f, first->side);
    es_finding_flow(f, first);
    es_finding_span(f, &first->first, &last->last, packets);
    es_finding_evidence(d, f, &first->first, "ESP on port 500");
    es_finding_evidence(d, f, &last->last, "the last one");
}

/* --- what stands on port 4500 --- */

static void add_bad_natt(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel, const struct es_damage *damage)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->severity = ES_SEVERITY_WARNING;
    f->summary = es_say(d, "%s on a NAT traversal port %s no IKE, ESP or keepalive: %s",
                        es_say_count(d, damage->tally.count, "packet", "packets"),
                        damage->tally.count == 1 ? "is" : "are", damage->reason);
    if (tunnel)
        es_finding_peer(f, damage->side);
    es_finding_span(f, &damage->tally.first, &damage->tally.last, damage->tally.count);
    es_finding_evidence(d, f, &damage->tally.first, "%s", damage->reason);
    if (damage->tally.count > 1)
        es_finding_evidence(d, f, &damage->tally.last, "the last such packet");
}

/* IKE without the marker in front: to its receiver that is ESP with an SPI of nobody. */
static void add_marker_missing(const struct es_rule *rule, struct es_diagnosis *d,
                               const struct es_tunnel *tunnel, uint8_t side)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_tally *tally = &es_tunnel_odd(tunnel)->marker_missing[side];
    const bool answered = tunnel->peers[1 - side].ike.count &&
                          tunnel->peers[1 - side].ike.last.time > tally->first.time;
    /* A capture of a moment cannot show that it is in vain. */
    const bool tried = tally->count >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES);
    f->severity = answered || !tried ? ES_SEVERITY_WARNING : rule->severity;
    f->summary =
        es_say(d,
               "%s sends IKE on UDP 4500 without the non-ESP marker (%s): its peer takes "
               "it for ESP%s",
               es_who(d, tunnel, side), es_say_count(d, tally->count, "message", "messages"),
               answered ? "; still there are answers"
               : tried  ? " and does not answer"
                        : "");
    es_finding_peer(f, side);
    es_finding_span(f, &tally->first, &tally->last, tally->count);
    es_finding_evidence(d, f, &tally->first, "an IKE header where the marker should be");
    if (tally->count > 1)
        es_finding_evidence(d, f, &tally->last, "the last such message");
}

static void bad_marker(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (es_tunnel_odd(tunnel)->marker_missing[side].count) {
            add_marker_missing(rule, d, tunnel, side);
            return;
        }
    }
    if (es_tunnel_odd(tunnel)->bad_natt.tally.count)
        add_bad_natt(rule, d, tunnel, &es_tunnel_odd(tunnel)->bad_natt);
}

static void bad_marker_elsewhere(const struct es_rule *rule, struct es_diagnosis *d)
{
    if (d->model->bad_natt.tally.count)
        add_bad_natt(rule, d, NULL, &d->model->bad_natt);
}

static void checksum_bad(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_checksums *sums = &tunnel->peers[side].checksums;
        /* At its sender a capture sees packets before the network card has summed them up. */
        const bool offloaded = sums->unfinished || (!sums->good && sums->unrouted);
        if (sums->bad.count < es_limit(d, ES_LIMIT_CHECKSUMS_BAD) || offloaded)
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->confidence = ES_CONFIDENCE_POSSIBLE;
        f->reason = "a network card that fills checksums in later looks the same in a capture "
                    "taken at the sender; only the first packets of each flow were checked";
        f->summary = es_say(d,
                            "of the first UDP packets from %s %" PRIu64 " have a wrong checksum "
                            "and %" PRIu32 " a right one: receivers drop the wrong ones unseen",
                            es_who(d, tunnel, side), sums->bad.count, sums->good);
        es_finding_peer(f, side);
        es_finding_span(f, &sums->bad.first, &sums->bad.last, sums->bad.count);
        es_finding_evidence(d, f, &sums->bad.first, "the first with a wrong UDP checksum");
        es_finding_evidence(d, f, &sums->bad.last, "the last of those checked");
        return;
    }
}

static const struct es_rule rule_natt_vid_one_side = {
    .id = "natt-vid-one-side",
    .severity = ES_SEVERITY_ERROR,
    .title = "only one peer announces NAT traversal",
    .explanation = "In IKEv1 NAT traversal is used only if both peers announce it by vendor ID in "
                   "the first two messages. Here one does and one does not, so a NAT between them "
                   "goes undetected and ESP goes as protocol 50.",
    .causes = ES_SENTENCES("NAT traversal is switched off on the named peer",
                           "its software does not have it"),
    .checks = ES_SENTENCES("on both peers: NAT traversal has to be on, also if only one of them is "
                           "behind a NAT"),
    .reference = "RFC 3947, 3.1",
    .on_tunnel = vid_one_side,
};

static const struct es_rule rule_natt_draft_mismatch = {
    .id = "natt-draft-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "no common form of NAT traversal",
    .explanation = "Before RFC 3947 NAT traversal went through drafts with other vendor IDs and "
                   "numbers. The peers announce forms that do not meet, so neither uses any.",
    .causes = ES_SENTENCES("one peer is so old that it knows drafts only",
                           "one peer was told to use a certain draft"),
    .checks = ES_SENTENCES("on the older peer: update it, or enable RFC 3947",
                           "on the newer peer: is there a setting for old drafts?"),
    .reference = "RFC 3947, 3.1",
    .on_tunnel = draft_mismatch,
};

static const struct es_rule rule_esp_encap_mismatch = {
    .id = "esp-encap-mismatch",
    .severity = ES_SEVERITY_ERROR,
    .title = "one side wraps ESP in UDP, the other does not",
    .explanation = "After the same negotiation one peer sends ESP in UDP and the other as protocol "
                   "50. An SA has one encapsulation, and what comes in another is dropped.",
    .causes = ES_SENTENCES("the peers judged differently whether there is a NAT",
                           "one of them changed its mind (MOBIKE, a NAT that came or went) and the "
                           "other did not follow",
                           "one side forces or forbids encapsulation by configuration"),
    .checks = ES_SENTENCES("on both peers: the encapsulation of the installed SAs (Linux: `ip "
                           "xfrm state`, the line `encap`)",
                           "on both peers: settings that force or forbid UDP encapsulation",
                           "at the receiver of the protocol 50 packets: a counter of state "
                           "mismatches (Linux: XfrmInStateMismatch) rises"),
    .reference = "RFC 3948, 3; RFC 7296, 2.23",
    .on_tunnel = encap_mismatch,
};

static const struct es_rule rule_esp_over_500 = {
    .id = "esp-over-500",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP in UDP on port 500",
    .explanation =
        "The first drafts of NAT traversal sent ESP on port 500 behind eight zero bytes. "
        "Since RFC 3948 it belongs on 4500; firewalls and IKE daemons take such packets "
        "for broken IKE.",
    .causes = ES_SENTENCES("a peer that speaks draft 00 or 01 of NAT traversal",
                           "a defective implementation"),
    .checks = ES_SENTENCES("on both peers: which form of NAT traversal is in use; update the older "
                           "one"),
    .reference = "RFC 3948, 2.1; RFC 3947, 4",
    .on_tunnel = over_500,
};

static const struct es_rule rule_natt_bad_marker = {
    .id = "natt-bad-marker",
    .severity = ES_SEVERITY_ERROR,
    .title = "packets on port 4500 that are neither IKE nor ESP",
    .explanation = "On the NAT traversal port four zero bytes stand before IKE, an SPI above 255 "
                   "before ESP, and a single byte 0xff is a keepalive. Everything else is dropped "
                   "by the receiver.",
    .causes = ES_SENTENCES("an ALG or accelerator between the peers rewrites IKE as if it were on "
                           "port 500",
                           "a defective implementation",
                           "packets of another service on this port, or a scanner"),
    .checks = ES_SENTENCES("compare captures from both ends: is the packet already so at its "
                           "sender?",
                           "between the peers: switch off IPsec and IKE ALGs and VPN pass-through"),
    .reference = "RFC 3948, 2.1 to 2.3; RFC 4303, 2.1",
    .on_tunnel = bad_marker,
    .on_model = bad_marker_elsewhere,
};

static const struct es_rule rule_udp_checksum_bad = {
    .id = "udp-checksum-bad",
    .severity = ES_SEVERITY_WARNING,
    .title = "wrong UDP checksums",
    .explanation = "The UDP checksum of ESP in UDP should be 0, that of IKE right. A packet with a "
                   "wrong one is dropped by the receiver's network stack before IPsec sees it.",
    .causes = ES_SENTENCES("a NAT or firewall that rewrites addresses and forgets the checksum",
                           "a device that damages packets",
                           "the capture was taken at the sender, whose network card fills the "
                           "checksum in later"),
    .checks = ES_SENTENCES("capture at the receiver: are they wrong there too?",
                           "at the receiver: its counter of UDP checksum errors (Linux: `nstat "
                           "UdpInCsumErrors`)"),
    .reference = "RFC 3948, 2.1; RFC 768",
    .on_tunnel = checksum_bad,
};

static const struct es_rule *const rules[] = {&rule_natt_vid_one_side,  &rule_natt_draft_mismatch,
                                              &rule_esp_encap_mismatch, &rule_esp_over_500,
                                              &rule_natt_bad_marker,    &rule_udp_checksum_bad};

const struct es_chapter es_chapter_natt = {rules, ES_COUNT(rules)};
