/*
 * Chapter: the protocol itself. Packets that cannot be, and peers that say so of each other.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

static void add_malformed_ike(const struct es_rule *rule, struct es_diagnosis *d,
                              const struct es_tunnel *tunnel)
{
    const struct es_damage *damage = &es_tunnel_odd(tunnel)->damage;
    if (damage->tally.count == 0)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->severity = ES_SEVERITY_WARNING;
    f->summary = es_say(d, "%s from %s cannot be: %s at offset %" PRIu32,
                        es_say_count(d, damage->tally.count, "IKE message", "IKE messages, first"),
                        es_who(d, tunnel, damage->side), damage->reason, damage->offset);
    es_finding_peer(f, damage->side);
    es_finding_span(f, &damage->tally.first, &damage->tally.last, damage->tally.count);
    es_finding_evidence(d, f, &damage->tally.first, "%s at offset %" PRIu32 " of the IKE message",
                        damage->reason, damage->offset);
    if (damage->tally.count > 1)
        es_finding_evidence(d, f, &damage->tally.last, "the last such message");
}

static void add_malformed(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_packet_ref *first, const struct es_packet_ref *last,
                          uint64_t count, const char *what)
{
    struct es_finding *f = es_finding_add(d, rule, NULL);
    if (!f)
        return;
    f->severity = ES_SEVERITY_WARNING;
    f->summary = es_say(d, "%s: %s", es_say_count(d, count, "packet", "packets"), what);
    es_finding_span(f, first, last, count);
    es_finding_evidence(d, f, first, "%s", what);
}

static void malformed_elsewhere(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_damage *damage = &d->model->damage;
    if (damage->tally.count)
        add_malformed(rule, d, &damage->tally.first, &damage->tally.last, damage->tally.count,
                      damage->reason);
    const struct es_decoder_counts *counts = d->coverage->decoder;
    if (counts && counts->malformed)
        add_malformed(rule, d, &counts->malformed_first, &counts->malformed_first,
                      counts->malformed,
                      es_say(d, "a header that lies about its length (%s)",
                             counts->malformed_layer ? counts->malformed_layer : "link"));
}

/* A clear error that ended a negotiation and has no chapter of its own. */
static bool is_refused_as_wrong(const struct es_ike_sa *sa)
{
    const uint16_t no_proposal =
        sa->major == 1 ? ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN : ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN;
    const uint16_t authentication = sa->major == 1 ? ES_IKEV1_NOTIFY_AUTHENTICATION_FAILED
                                                   : ES_IKE_NOTIFY_AUTHENTICATION_FAILED;
    return sa->state == ES_IKE_SA_FAILED && sa->error != 0 && sa->error != no_proposal &&
           sa->error != authentication && sa->error != ES_IKE_NOTIFY_INVALID_MAJOR_VERSION;
}

static const char *say_notify(struct es_diagnosis *d, const struct es_ike_sa *sa)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_registry(
        &text, sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify, sa->error);
    const char *said = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return said;
}

static void add_refused(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sas refused = es_ike_sas_that(tunnel, is_refused_as_wrong);
    struct es_finding *f = refused.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *first = refused.first;
    const struct es_ike_sa *last = refused.last;
    const bool came_up = es_established_after(tunnel, last->error_ref.time);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = last;
    f->summary =
        es_say(d, "%s ended the negotiation with %s%s", es_who(d, tunnel, last->error_side),
               say_notify(d, last), came_up ? "; a later attempt succeeded" : "");
    es_finding_peer(f, last->error_side);
    es_finding_span(f, &first->error_ref, &last->error_ref, refused.count);
    es_finding_evidence(d, f, &last->first, "the message it refers to, or the first before it");
    es_finding_evidence(d, f, &first->error_ref, "%s from %s", say_notify(d, first),
                        es_who(d, tunnel, first->error_side));
    if (last != first)
        es_finding_evidence(d, f, &last->error_ref, "the last such answer");
    f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, last->initiator_spi);
}

static void protocol_error(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    add_malformed_ike(rule, d, tunnel);
    add_refused(rule, d, tunnel);
}

static const struct es_rule rule_ike_protocol_error = {
    .id = "ike-protocol-error",
    .severity = ES_SEVERITY_ERROR,
    .title = "malformed packets, or refused as such",
    .explanation =
        "Packets on IPsec ports or protocols whose own lengths or values contradict "
        "each other, or a negotiation that a peer ended because it found a message wrong.",
    .causes = ES_SENTENCES("a middlebox (ALG, firewall, accelerator) rewrites or cuts packets",
                           "a defective implementation", "a scanner or an attack",
                           "packets that are no IPsec at all on its ports"),
    .checks = ES_SENTENCES("open the named packets in Wireshark at the given offset",
                           "compare captures from both ends: is the packet already so at its "
                           "sender?",
                           "look for an IPsec or IKE ALG in between and switch it off"),
    .reference = "RFC 7296, 2.21",
    .roots = ES_SENTENCES("ike-version-mismatch"),
    .on_tunnel = protocol_error,
    .on_model = malformed_elsewhere,
};

static const struct es_rule *const rules[] = {&rule_ike_protocol_error};

const struct es_chapter es_chapter_protocol = {rules, ES_COUNT(rules)};
