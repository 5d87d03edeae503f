/*
 * Chapter: SPIs. Does each peer send on an SPI that the other still accepts?
 */
#include "catalogue.h"
#include "child.h"

#include <inttypes.h>

/* ESP of `side` long after the Child SA was deleted. */
static bool is_stale(const struct es_diagnosis *d, const struct es_child_sa *child, uint8_t side)
{
    const struct es_flow *flow = child->flows[side];
    return flow && es_flow_odd(flow)->after_delete >= es_limit(d, ES_LIMIT_STALE_PACKETS);
}

/* Both directions of it stopped about when `deleted` was, and were in use before. */
static bool stopped_then(const struct es_diagnosis *d, const struct es_child_sa *child,
                         es_time deleted)
{
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        if (!flow || flow->first.time > deleted ||
            flow->last.time > deleted + es_limit_ns(d, ES_LIMIT_STOPPED_GRACE))
            return false;
    }
    return true;
}

/*
 * Without keys a Delete does not say which Child SA it means. Where another one of the tunnel, not
 * known to be deleted, fell silent both ways at that moment, it may have meant that one.
 */
static bool may_have_meant_another(const struct es_diagnosis *d, const struct es_child_sa *child)
{
    if (child->deleted.provenance == ES_PROVENANCE_DECRYPTED)
        return false;
    int looked_at = 0;
    for (const struct es_child_sa *c = child->tunnel->children;
         c && looked_at < ES_ONE_WAY_CHILDREN; c = c->next_in_tunnel, looked_at++) {
        if (c != child && !c->withdrawn && !es_ref_seen(&c->deleted.ref) &&
            stopped_then(d, c, child->deleted.ref.time))
            return true;
    }
    return false;
}

/* Both directions go on: then nothing was deleted, and the length of a message misled. */
static bool was_deleted(const struct es_diagnosis *d, const struct es_child_sa *child)
{
    return !child->withdrawn && es_ref_seen(&child->deleted.ref) &&
           !(is_stale(d, child, 0) && is_stale(d, child, 1)) && !may_have_meant_another(d, child);
}

/* The newest Child SA that stands in for a replaced one. */
static const struct es_child_sa *successor(const struct es_child_sa *child)
{
    const struct es_child_sa *next = child->rekeyed_by;
    while (next && next->rekeyed_by && !next->withdrawn)
        next = next->rekeyed_by;
    return next;
}

static bool active_since(const struct es_flow *flow, es_time time)
{
    return flow && flow->last.time > time;
}

static bool is_mismatch(const struct es_child_sa *old, uint8_t side)
{
    const struct es_child_sa *next = successor(old);
    const es_time deleted = old->deleted.ref.time;
    return next && active_since(next->flows[1 - side], deleted) &&
           !active_since(next->flows[side], old->flows[side]->last.time);
}

static void fill_stale(struct es_diagnosis *d, struct es_finding *f, const struct es_child_sa *old,
                       uint8_t side)
{
    const struct es_tunnel *tunnel = old->tunnel;
    const struct es_flow *flow = old->flows[side];
    f->child = old;
    f->ike_sa = old->ike_sa;
    if (old->deleted.provenance == ES_PROVENANCE_DECRYPTED) {
        f->provenance = ES_PROVENANCE_DECRYPTED;
        f->reason = "the Delete was read with keys, and it names this SPI";
    } else {
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = "without keys the rekey and the Delete are known by their lengths, their order "
                    "and by the other direction, which moved";
    }
    es_finding_peer(f, side);
    es_finding_flow(f, flow);
    es_finding_span(f, &es_flow_odd(flow)->after_delete_first, &flow->last,
                    es_flow_odd(flow)->after_delete);
    if (old->rekeyed_by)
        es_finding_evidence(d, f, &old->rekeyed_by->created.ref, "the rekey is complete");
    es_finding_evidence(d, f, &old->deleted.ref, "the old %s is deleted", es_word_child_sa(tunnel));
    es_finding_evidence(d, f, &es_flow_odd(flow)->after_delete_first,
                        "%s still sends on old SPI 0x%08" PRIx32 ", well after the Delete",
                        es_who(d, tunnel, side), flow->key.spi);
    es_finding_evidence(d, f, &flow->last, "the last such packet");
    f->display_filter = es_say(d, "esp.spi == 0x%08" PRIx32, flow->key.spi);
}

static void add_mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_child_sa *old, uint8_t side)
{
    const struct es_tunnel *tunnel = old->tunnel;
    const struct es_flow *stale = old->flows[side];
    const struct es_flow *moved = successor(old)->flows[1 - side];
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->summary = es_say(
        d,
        "since the rekey %s sends on the new SPI 0x%08" PRIx32 ", while %s still sends on SPI "
        "0x%08" PRIx32 " (%s over %s), which was deleted: %s has no SA for it any more",
        es_who(d, tunnel, 1 - side), moved->key.spi, es_who(d, tunnel, side), stale->key.spi,
        es_say_count(d, es_flow_odd(stale)->after_delete, "packet", "packets"),
        es_say_span(d, stale->last.time - es_flow_odd(stale)->after_delete_first.time),
        es_who(d, tunnel, 1 - side));
    fill_stale(d, f, old, side);
    es_finding_flow(f, moved);
    es_finding_evidence(d, f, &moved->first, "%s sends on the new SPI 0x%08" PRIx32,
                        es_who(d, tunnel, 1 - side), moved->key.spi);
    es_finding_check(d, f,
                     "at %s: is an outbound SA other than 0x%08" PRIx32 " installed, and does the "
                     "policy use it?",
                     es_who(d, tunnel, side), stale->key.spi);
    es_finding_check(d, f,
                     "at %s: inbound SAs; SPI 0x%08" PRIx32 " should be gone, and its count of "
                     "packets with an unknown SPI should rise",
                     es_who(d, tunnel, 1 - side), stale->key.spi);
}

static void mismatch(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    for (const struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            if (!was_deleted(d, c) || !is_stale(d, c, side) || !is_mismatch(c, side))
                continue;
            add_mismatch(rule, d, c, side); /* the newest tells how things stand */
            return;
        }
    }
}

static void stale(const struct es_rule *rule, struct es_diagnosis *d,
                  const struct es_tunnel *tunnel)
{
    for (const struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        for (uint8_t side = 0; side < 2; side++) {
            if (!was_deleted(d, c) || !is_stale(d, c, side) || is_mismatch(c, side))
                continue;
            struct es_finding *f = es_finding_add(d, rule, tunnel);
            if (!f)
                return;
            const struct es_flow *flow = c->flows[side];
            const struct es_child_sa *next = successor(c);
            const bool moved_too = next && active_since(next->flows[side], c->deleted.ref.time);
            const bool over =
                moved_too && d->now - flow->last.time >= es_limit_ns(d, ES_LIMIT_SWITCHOVER);
            f->severity = over        ? ES_SEVERITY_NOTE
                          : moved_too ? ES_SEVERITY_WARNING
                                      : rule->severity;
            f->summary =
                es_say(d, "%s %s on SPI 0x%08" PRIx32 " of a deleted %s (%s over %s)%s",
                       es_who(d, tunnel, side), over ? "sent" : "still sends", flow->key.spi,
                       es_word_child_sa(tunnel),
                       es_say_count(d, es_flow_odd(flow)->after_delete, "packet", "packets"),
                       es_say_span(d, flow->last.time - es_flow_odd(flow)->after_delete_first.time),
                       over        ? "; now only on the new one"
                       : moved_too ? ", and on the new one too"
                                   : "");
            fill_stale(d, f, c, side);
            return;
        }
    }
}

/*
 * --- a replaced SA that nobody deletes ---
 *
 * The side that asked for the rekey has to delete the old SA (RFC 7296, 2.8); a responder that does
 * not hear of it may keep sending on the old one, which works as long as the other side keeps it.
 */

/* A rekey, and not a Child SA beside the other, as far as can be told: of one IKE SA. */
static bool was_rekeyed(const struct es_child_sa *old)
{
    const struct es_child_sa *next = old->rekeyed_by;
    int looked_at = 0;
    if (!next || next->withdrawn || !es_ref_seen(&next->created.ref) || !next->ike_sa ||
        next->ike_sa->major != 2)
        return false;
    const struct es_ike_sa *maker = old->ike_sa;
    while (maker && maker != next->ike_sa && maker->rekeyed_to && looked_at++ < ES_IKE_SAS_JUDGED)
        maker = maker->rekeyed_to;
    return !old->ike_sa || maker == next->ike_sa;
}

/* `side` sends on the new SPI and has left the old one, which it used before. */
static bool has_moved(const struct es_diagnosis *d, const struct es_child_sa *old, uint8_t side)
{
    const struct es_flow *was = old->flows[side];
    const struct es_flow *is = old->rekeyed_by->flows[side];
    return was && is && is->packets >= es_limit(d, ES_LIMIT_PARALLEL_PACKETS) &&
           was->last.time <= is->first.time + es_limit_ns(d, ES_LIMIT_SWITCHOVER);
}

/* `side` goes on with the old SPI alone, long after the rekey. */
static bool has_stayed(const struct es_diagnosis *d, const struct es_child_sa *old, uint8_t side)
{
    const struct es_flow *was = old->flows[side];
    const es_time patience = es_limit_ns(d, ES_LIMIT_DELETE_PATIENCE);
    return was && was->last.time > old->rekeyed_by->created.ref.time + patience;
}

/* An INFORMATIONAL since the rekey that may have been the Delete, come late. */
static bool may_be_late_delete(const struct es_child_sa *next)
{
    const bool read = next->created.provenance == ES_PROVENANCE_DECRYPTED;
    for (const struct es_exchange *e = next->ike_sa->exchanges; e && !read; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL && es_ref_seen(&e->request) &&
            e->request.time > next->created.ref.time &&
            (e->request_class == 0 || e->request_class & ES_IKE_CLASS_DELETE_CHILD))
            return true;
    }
    return false;
}

static void add_delete_missing(const struct es_rule *rule, struct es_diagnosis *d,
                               const struct es_child_sa *old, const uint8_t *stays)
{
    const struct es_tunnel *tunnel = old->tunnel;
    const struct es_child_sa *next = old->rekeyed_by;
    const uint8_t asker = next->created.side;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->child = old;
    f->ike_sa = next->ike_sa;
    f->provenance = next->created.provenance;
    f->reason = "the rekey was read with keys, and no Delete of the old SA";
    if (f->provenance != ES_PROVENANCE_DECRYPTED) {
        f->confidence = stays ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
        f->reason =
            "without keys the rekey is known by its length and by the traffic that moved; no "
            "message that could be a Delete followed soon";
    }
    if (!stays && (next->is_rekey != ES_YES || may_be_late_delete(next)))
        f->severity = ES_SEVERITY_NOTE;
    const struct es_packet_ref last = es_child_last(old);
    f->summary =
        stays ? es_say(d,
                       "since the rekey %s sends on the new SPI, while %s still sends on the old "
                       "SPI 0x%08" PRIx32 ": no Delete of the old SA was seen",
                       es_who(d, tunnel, 1 - *stays), es_who(d, tunnel, *stays),
                       old->flows[*stays]->key.spi)
              : es_say(d,
                       "%s rekeyed the Child SA and both moved to the new SPIs, but it did not "
                       "delete the old one in %s",
                       es_who(d, tunnel, asker), es_say_span(d, d->now - next->created.ref.time));
    es_finding_peer(f, asker);
    es_finding_span(f, &next->created.ref, stays ? &last : &next->created.ref, 1);
    for (uint8_t side = 0; side < 2; side++)
        es_finding_flow(f, old->flows[side]);
    es_finding_evidence(d, f, &next->created.ref, "the rekey is complete");
    for (uint8_t side = 0; side < 2; side++) {
        if (next->flows[side])
            es_finding_evidence(d, f, &next->flows[side]->first,
                                "%s sends on the new SPI 0x%08" PRIx32, es_who(d, tunnel, side),
                                next->flows[side]->key.spi);
    }
    es_finding_evidence(d, f, &last, "the last packet on the old SA");
}

static void delete_missing(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    const es_time patience = es_limit_ns(d, ES_LIMIT_DELETE_PATIENCE);
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (c->withdrawn || es_ref_seen(&c->deleted.ref) || !was_rekeyed(c) ||
            c->rekeyed_by->ike_sa->state != ES_IKE_SA_ESTABLISHED ||
            d->now - c->rekeyed_by->created.ref.time < patience)
            continue;
        for (uint8_t side = 0; side < 2; side++) {
            if (!has_moved(d, c, side) ||
                (!has_moved(d, c, 1 - side) && !has_stayed(d, c, 1 - side)))
                continue;
            const uint8_t other = 1 - side;
            add_delete_missing(rule, d, c, has_moved(d, c, other) ? NULL : &other);
            return;
        }
    }
}

/* --- ESP on an SA before it is there --- */

static const struct es_exchange *made_by(const struct es_child_sa *child)
{
    const struct es_exchange *e = child->ike_sa ? child->ike_sa->exchanges : NULL;
    while (e && (e->response.number != child->created.ref.number ||
                 e->response.file != child->created.ref.file))
        e = e->older;
    return e;
}

static void early_use(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_packet_ref first = es_child_first(c);
        if (c->withdrawn || !c->early_packets ||
            c->created.ref.time - first.time < es_limit_ns(d, ES_LIMIT_EARLY_USE))
            continue;
        struct es_finding *f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        const struct es_exchange *e = made_by(c);
        const bool repeated = e && (e->retransmissions || e->repeated_responses);
        const uint8_t side = c->flows[0] && c->flows[0]->first.number == first.number ? 0 : 1;
        f->severity = c->early_packets >= es_limit(d, ES_LIMIT_EARLY_PACKETS) && !repeated
                          ? rule->severity
                          : ES_SEVERITY_NOTE;
        f->child = c;
        f->ike_sa = c->ike_sa;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->reason = repeated ? "messages of the exchange were sent again: an answer may have been "
                               "lost in front of the capture point"
                             : "the SPI is new, counts from its start, and its negotiation is not "
                               "complete at the capture point";
        f->summary = es_say(
            d,
            "%s sends %s on the new SPI 0x%08" PRIx32 " %s before the response "
            "that makes the %s",
            es_who(d, tunnel, side), es_say_count(d, c->early_packets, "ESP packet", "ESP packets"),
            c->flows[side]->key.spi, es_say_span(d, c->created.ref.time - first.time),
            es_word_child_sa(tunnel));
        es_finding_peer(f, side);
        es_finding_flow(f, c->flows[side]);
        es_finding_span(f, &first, &c->created.ref, c->early_packets);
        es_finding_evidence(d, f, &first, "first ESP packet on it");
        es_finding_evidence(d, f, &c->created.ref, "the response");
        return;
    }
}

static void invalid_spi(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    struct es_finding *f = NULL;
    for (size_t i = 0; i < tunnel->invalid_spi_count; i++) {
        const struct es_invalid_spi *known = &tunnel->invalid_spis[i];
        if (known->ike)
            continue;
        const uint8_t sender = 1 - known->side;
        if (f && f->peer == sender) {
            es_finding_spi(f, known->spi); /* more of the same */
            f->count += known->tally.count;
            if (known->tally.last.time > f->last.time)
                f->last = known->tally.last;
            continue;
        }
        if (f)
            continue;
        f = es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        f->summary = es_say(
            d, "%s reports that it has no SA for SPI 0x%08" PRIx32 ", on which %s sends ESP (%s)",
            es_who(d, tunnel, known->side), known->spi, es_who(d, tunnel, sender),
            es_say_count(d, known->tally.count, "report", "reports"));
        es_finding_peer(f, sender);
        es_finding_span(f, &known->tally.first, &known->tally.last, known->tally.count);
        for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
            if (flow->key.spi != known->spi || flow->side != sender)
                continue;
            es_finding_flow(f, flow);
            es_finding_evidence(d, f, &flow->last, "last ESP packet on that SPI");
        }
        if (f->spi_count == 0)
            es_finding_spi(f, known->spi);
        es_finding_evidence(d, f, &known->tally.first, "INVALID_SPI from %s",
                            es_who(d, tunnel, known->side));
        f->display_filter = es_say(d, "esp.spi == 0x%08" PRIx32, known->spi);
    }
}

static void invalid_ike_spi(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    for (size_t i = 0; i < tunnel->invalid_spi_count; i++) {
        const struct es_invalid_spi *known = &tunnel->invalid_spis[i];
        struct es_finding *f = known->ike ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->summary = es_say(d, "%s reports that it does not know the %s that %s uses (%s)",
                            es_who(d, tunnel, known->side), es_word_ike_sa(tunnel),
                            es_who(d, tunnel, 1 - known->side),
                            es_say_count(d, known->tally.count, "report", "reports"));
        es_finding_peer(f, known->side);
        es_finding_span(f, &known->tally.first, &known->tally.last, known->tally.count);
        es_finding_evidence(d, f, &known->tally.first, "the report");
    }
}

/* ESP whose counter is young although no negotiation in view made its SPI. */
static bool is_unknown(const struct es_diagnosis *d, const struct es_flow *flow)
{
    return !es_ref_seen(&flow->child->created.ref) &&
           flow->sequence.first <= es_limit(d, ES_LIMIT_YOUNG_SEQUENCE);
}

static void unknown_spi(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    struct es_finding *f = NULL;
    uint64_t packets = 0;
    uint8_t missing;
    struct es_packet_ref proof;
    /* The answer that made the SAs may be in the direction that was not captured. */
    if (tunnel->ike_sas && es_is_one_sided(d, tunnel, &missing, &proof))
        return;
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (!is_unknown(d, flow))
            continue;
        f = f ? f : es_finding_add(d, rule, tunnel);
        if (!f)
            return;
        packets += flow->packets;
        es_finding_flow(f, flow);
        es_finding_evidence(d, f, &flow->first, "SPI 0x%08" PRIx32 " begins with number %" PRIu64,
                            flow->key.spi, flow->sequence.first);
        es_finding_span(f, f->count ? &f->first : &flow->first, &flow->last, packets);
    }
    if (!f)
        return;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->reason = "the counters are young, so these SAs began about when the capture did; a capture "
                "that missed the negotiation looks the same";
    f->summary = es_say(d, "ESP between %s and %s on SPIs that no negotiation in this capture made",
                        es_who(d, tunnel, 0), es_who(d, tunnel, 1));
}

static const struct es_rule rule_delete_missing = {
    .id = "delete-missing",
    .severity = ES_SEVERITY_WARNING,
    .title = "a replaced SA is not deleted",
    .explanation =
        "After a rekey the side that asked for it deletes the old SA. Here that did not happen or "
        "did not arrive: the two SAs live on beside each other. Traffic works as long as both "
        "peers "
        "keep the old one, and breaks in one direction when one of them lets it expire.",
    .causes = ES_SENTENCES("the Delete is lost on the way, again and again",
                           "the daemon does not delete what it replaced (configuration, fault)",
                           "it waits long before it does"),
    .checks = ES_SENTENCES("list the SAs on both peers: is the old SPI still there?",
                           "logs of both at the rekey: a Delete sent, received?"),
    .reference = "RFC 7296, 1.4.1 and 2.8",
    .missing = ES_MISSING_IKE,
    .roots = ES_SENTENCES("dpd-unanswered", "spi-mismatch-after-rekey", "rekey-collision",
                          "peer-dead-esp-continues", "nat-remap-blackhole", "peer-restarted"),
    .on_tunnel = delete_missing,
};

static const struct es_rule rule_early_use = {
    .id = "early-spi-use",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP on a new SA before it is complete",
    .explanation = "A peer sends on a new SPI before the response of its negotiation: the receiver "
                   "cannot have the keys yet and drops these packets.",
    .causes = ES_SENTENCES("a daemon that installs the outbound SA too early",
                           "an earlier copy of the response was lost in front of the capture point",
                           "captures of two points put together with clocks apart"),
    .checks = ES_SENTENCES("update the sender",
                           "at the receiver: packets with an unknown SPI at each rekey"),
    .reference = "RFC 7296, 2.8",
    .on_tunnel = early_use,
};

static const struct es_rule rule_spi_mismatch_after_rekey = {
    .id = "spi-mismatch-after-rekey",
    .severity = ES_SEVERITY_ERROR,
    .title = "the peers use different SAs after a rekey",
    .explanation =
        "A rekey replaced the SA and the old one was deleted. One peer sends on the new SPI, the "
        "other one still on the old: its packets are dropped by the receiver as unknown, and the "
        "tunnel is up but carries one direction only.",
    .causes = ES_SENTENCES("the peer on the old SPI did not install the new outbound SA (kernel "
                           "error, policy conflict, hardware offload)",
                           "it lost the Delete or the last message of the rekey",
                           "a cluster member without the new SA took over",
                           "a rekey collision was resolved differently on the two sides"),
    .checks = ES_SENTENCES("compare the lists of SAs on both peers, SPI by SPI (ip xfrm state, "
                           "show crypto ipsec sa, show vpn flow)",
                           "as a first help: clear the SA on the peer that uses the old SPI, so "
                           "that both negotiate anew"),
    .reference = "RFC 7296, 2.8",
    .on_tunnel = mismatch,
};

static const struct es_rule rule_stale_spi_after_delete = {
    .id = "stale-spi-after-delete",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP on a deleted SA",
    .explanation = "The SA was deleted in both directions, with an answer, and one peer goes on "
                   "sending on its SPI. The receiver has no such SA any more.",
    .causes = ES_SENTENCES("the sender did not remove its outbound SA (kernel, offload, cluster "
                           "member)",
                           "the sender's IKE daemon is not the one that installed the SA"),
    .checks = ES_SENTENCES("at the sender: list the outbound SAs and remove the one with this SPI",
                           "at the receiver: the count of packets with an unknown SPI"),
    .reference = "RFC 7296, 1.4.1",
    .roots = ES_SENTENCES("spi-mismatch-after-rekey"),
    .on_tunnel = stale,
};

static const struct es_rule rule_invalid_spi_notify = {
    .id = "invalid-spi-notify",
    .severity = ES_SEVERITY_ERROR,
    .title = "the peer reports ESP with an unknown SPI",
    .explanation = "A peer got ESP for which it has no SA and says so with INVALID_SPI. The sender "
                   "holds an SA that the receiver has lost.",
    .causes = ES_SENTENCES("the receiver restarted or failed over and lost its SAs",
                           "a Delete or a rekey reached one side only",
                           "forged packets: the notify is not authenticated when sent in clear"),
    .checks = ES_SENTENCES("at the sender of the ESP: clear the SA with this SPI",
                           "at the reporting peer: restart, failover, or a deleted SA at that "
                           "time?"),
    .reference = "RFC 7296, 1.5; RFC 2408, 3.14.1",
    .roots = ES_SENTENCES("spi-mismatch-after-rekey", "stale-spi-after-delete", "peer-restarted"),
    .on_tunnel = invalid_spi,
};

static const struct es_rule rule_invalid_ike_spi = {
    .id = "invalid-ike-spi",
    .severity = ES_SEVERITY_WARNING,
    .title = "the peer reports an unknown IKE SA",
    .explanation = "A peer got an IKE message for SPIs it does not know and says so: it restarted, "
                   "or deleted the SA that the other one still uses.",
    .causes = ES_SENTENCES("restart or failover", "the SA was deleted on one side only"),
    .checks = ES_SENTENCES("at the reporting peer: restart or failover at that time?",
                           "at the other peer: clear the SA so that it negotiates anew"),
    .reference = "RFC 7296, 2.21.4; RFC 2408, 3.14.1",
    .roots = ES_SENTENCES("dpd-unanswered", "peer-dead-esp-continues", "peer-restarted"),
    .on_tunnel = invalid_ike_spi,
};

static const struct es_rule rule_unknown_spi = {
    .id = "unknown-spi",
    .severity = ES_SEVERITY_NOTE,
    .title = "ESP without a negotiation in view",
    .explanation =
        "ESP on SPIs that nothing in the capture negotiated, with counters so young that "
        "the negotiation should be in it.",
    .causes = ES_SENTENCES("keys and SPIs set by hand, or by another protocol than IKE",
                           "the capture filter leaves IKE out, or IKE takes another path",
                           "the capture began just after the negotiation"),
    .checks = ES_SENTENCES("on both peers: is there an SA with this SPI, and who made it?",
                           "capture with UDP ports 500 and 4500 as well as protocol 50"),
    .reference = "RFC 4301, 4.5",
    .on_tunnel = unknown_spi,
};

static const struct es_rule *const rules[] = {&rule_spi_mismatch_after_rekey,
                                              &rule_stale_spi_after_delete,
                                              &rule_invalid_spi_notify,
                                              &rule_invalid_ike_spi,
                                              &rule_unknown_spi,
                                              &rule_delete_missing,
                                              &rule_early_use};

const struct es_chapter es_chapter_spi = {rules, ES_COUNT(rules)};
