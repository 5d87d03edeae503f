/*
 * Chapter: NAT mappings and addresses that change. Did the other peer follow?
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* A change beyond doubt: where the capture sees both sides of a NAT, addresses go to and fro. */
static const struct es_move *move_of(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_move *move = tunnel->peers[side].move;
    return move && move->returns < 2 ? move : NULL;
}

static const struct es_packet_ref *earlier(const struct es_tally *a, const struct es_tally *b)
{
    if (!a->count || !b->count)
        return a->count ? &a->first : b->count ? &b->first : NULL;
    return a->first.time <= b->first.time ? &a->first : &b->first;
}

/* ESP still goes to the old address although the peer had time to follow. */
static bool is_blackhole(const struct es_diagnosis *d, const struct es_move *move)
{
    const es_time since = move->new_esp.count && move->new_esp.last.time > move->ref.time
                              ? move->new_esp.last.time
                              : move->ref.time;
    return move->old_esp.count >= es_limit(d, ES_LIMIT_REMAP_PACKETS) &&
           move->old_esp.last.time - since >= es_limit_ns(d, ES_LIMIT_MAPPING_FOLLOW);
}

static void blackhole(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_move *move = move_of(tunnel, side);
        struct es_finding *f =
            move && is_blackhole(d, move) ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        const uint8_t other = 1 - side;
        f->confidence = move->new_ike.count ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
        f->reason =
            move->new_ike.count
                ? "its IKE goes to the new address, so it knows that one"
                : "nothing went to the new address; the packets from there may not reach it";
        f->ike_sa = tunnel->last_ike_sa;
        f->summary =
            es_say(d, "%s became %s; %s still sends ESP to the old one (%s)%s",
                   es_say_endpoint(d, &move->from), es_say_endpoint(d, &move->to),
                   es_who(d, tunnel, other),
                   es_say_count(d, move->old_esp.count, "packet since", "packets since"),
                   move->new_ike.count
                       ? ", while its IKE goes to the new one: control is alive, data is lost"
                       : "");
        es_finding_peer(f, other);
        es_finding_span(f, &move->old_esp.first, &move->old_esp.last, move->old_esp.count);
        es_finding_evidence(d, f, &move->ref, "the first packet from %s",
                            es_say_endpoint(d, &move->to));
        if (move->new_ike.count)
            es_finding_evidence(d, f, &move->new_ike.first, "IKE from %s to the new address",
                                es_who(d, tunnel, other));
        es_finding_evidence(d, f, &move->old_esp.first, "ESP to the old address");
        es_finding_evidence(d, f, &move->old_esp.last, "the last such packet");
    }
}

/* How the other peer took the change; sets how bad that is. */
static const char *say_followed(struct es_diagnosis *d, struct es_finding *f,
                                const struct es_tunnel *tunnel, uint8_t side,
                                const struct es_move *move)
{
    const struct es_packet_ref *followed = earlier(&move->new_ike, &move->new_esp);
    const char *other = es_who(d, tunnel, 1 - side);
    if (followed) {
        const es_time delay = followed->time - move->ref.time;
        if (delay > es_limit_ns(d, ES_LIMIT_MAPPING_FOLLOW) &&
            (move->old_ike.count || move->old_esp.count))
            f->severity = ES_SEVERITY_WARNING;
        es_finding_evidence(d, f, followed, "%s follows", other);
        return es_say(d, "; %s followed after %s", other, es_say_span(d, delay));
    }
    if (move->old_ike.count + move->old_esp.count < es_limit(d, ES_LIMIT_REMAP_PACKETS))
        return es_say(d, "; %s has sent nothing there yet", other);
    f->severity = ES_SEVERITY_WARNING;
    es_finding_evidence(d, f, earlier(&move->old_ike, &move->old_esp),
                        "%s goes on with the old one", other);
    return es_say(d, "; %s goes on with the old one", other);
}

static void mapping_changed(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_move *move = move_of(tunnel, side);
        struct es_finding *f = move && !move->by_update ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->severity = ES_SEVERITY_NOTE;
        f->ike_sa = tunnel->last_ike_sa;
        const char *follow = say_followed(d, f, tunnel, side, move);
        const bool is_port = es_address_equal(&move->from.address, &move->to.address);
        f->summary = es_say(
            d, "packets of one peer come from %s instead of %s%s%s%s",
            es_say_endpoint(d, &move->to), es_say_endpoint(d, &move->from),
            is_port ? ": a NAT gave it another port" : ": it is behind another address, or has one",
            move->changes > 1 ? es_say(d, " (change %" PRIu32 ")", move->changes) : "", follow);
        es_finding_peer(f, side);
        es_finding_span(f, &move->ref, &move->ref, move->changes);
        es_finding_evidence(d, f, &move->before, "the last packet from %s",
                            es_say_endpoint(d, &move->from));
        es_finding_evidence(d, f, &move->ref, "the first packet from %s",
                            es_say_endpoint(d, &move->to));
        return; /* one a tunnel */
    }
}

/* --- mappings that expired --- */

/* IKE asks for an answer; so does ESP to a peer that comes back from elsewhere. */
static bool was_asked(const struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t side,
                      const struct es_outage *outage)
{
    const struct es_peer *peer = &tunnel->peers[side];
    if (outage->ike >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES))
        return true;
    return outage->packets - outage->ike >= es_limit(d, ES_LIMIT_ONE_WAY_PACKETS) &&
           outage->moved && peer->esp.count && peer->esp.first.time < outage->first.time;
}

/* ESP as slow and even as pings, answered before and again as soon as the peer had spoken. */
static bool was_pinged(const struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t side,
                       const struct es_outage *o)
{
    const uint64_t least = es_limit(d, ES_LIMIT_ONE_WAY_PACKETS);
    const es_time pace = (o->last.time - o->first.time) / (es_time)o->packets;
    if (o->packets - o->ike < least || pace < es_limit_ns(d, ES_LIMIT_PROBE_INTERVAL) ||
        tunnel->unheard[1 - side].packets >= least)
        return false;
    const struct es_child_sa *c = tunnel->children;
    for (int looked_at = 0; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_flow *asks = c->flows[1 - side];
        const struct es_flow *answers = c->flows[side];
        if (asks && answers && asks->first.time < o->first.time &&
            asks->last.time > o->ended.time && answers->first.time < o->first.time &&
            asks->equal_lengths * 100 >= asks->packets * es_limit(d, ES_LIMIT_PROBE_EQUAL))
            return true;
    }
    return false;
}

static const struct es_outage *expiry(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                      uint8_t side)
{
    const struct es_outage *outage = tunnel->peers[side].outage;
    if (!outage || tunnel->peers[side].behind_nat == ES_NO ||
        (tunnel->peers[side].behind_nat == ES_UNKNOWN &&
         !es_nat_wrote_port(tunnel->peers[side].port)))
        return NULL;
    const es_time idle = outage->first.time - outage->quiet_since.time;
    const es_time vain = outage->ended.time - outage->first.time;
    return idle >= es_limit_ns(d, ES_LIMIT_NAT_TIMEOUT) &&
                   vain >= es_limit_ns(d, ES_LIMIT_PATIENCE) &&
                   (was_asked(d, tunnel, side, outage) || was_pinged(d, tunnel, side, outage))
               ? outage
               : NULL;
}

static void mapping_expired(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel)
{
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_outage *o = expiry(d, tunnel, side);
        struct es_finding *f = o ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->confidence = ES_CONFIDENCE_LIKELY;
        f->provenance = ES_PROVENANCE_INFERRED;
        f->reason = o->moved ? "it came back from another port or address, so the old mapping is "
                               "gone"
                             : "it is behind a NAT, was quiet for longer than many NATs wait, and "
                               "was reachable again once it had sent something itself";
        if (!was_asked(d, tunnel, side, o)) {
            f->severity = ES_SEVERITY_WARNING;
            f->confidence = ES_CONFIDENCE_POSSIBLE;
            f->reason = "it was quiet for longer than many NATs wait, and packets as even as pings "
                        "were answered before and again once it had spoken; that they wanted an "
                        "answer meanwhile is an inference";
        }
        f->ike_sa = tunnel->last_ike_sa;
        f->summary =
            es_say(d,
                   "%s was quiet for %s; then %s from %s got no answer for %s, until it sent "
                   "something itself: the NAT in front of it had forgotten it",
                   es_who(d, tunnel, side), es_say_span(d, o->first.time - o->quiet_since.time),
                   es_say_count(d, o->packets, "packet", "packets"), es_who(d, tunnel, 1 - side),
                   es_say_span(d, o->ended.time - o->first.time));
        es_finding_peer(f, side);
        es_finding_span(f, &o->first, &o->last, o->packets);
        es_finding_evidence(d, f, &o->quiet_since, "the last packet from %s before",
                            es_who(d, tunnel, side));
        es_finding_evidence(d, f, &o->first, "the first packet to it without an answer");
        es_finding_evidence(d, f, &o->last, "the last one");
        es_finding_evidence(d, f, &o->ended, "%s speaks again", es_who(d, tunnel, side));
        if (tunnel->refusals[1 - side].tally.count)
            es_finding_evidence(d, f, &tunnel->refusals[1 - side].tally.first,
                                "ICMP error about packets of %s", es_who(d, tunnel, 1 - side));
        return;
    }
}

/* --- MOBIKE --- */

/* The newest update or probe, or NULL when it is so old that it is not kept. */
static const struct es_exchange *update_of(const struct es_mobike *mobike)
{
    if (!mobike->ike_sa)
        return NULL;
    const struct es_exchange *e = mobike->ike_sa->exchanges;
    while (e && (e->message_id != mobike->message_id || e->side != mobike->side ||
                 e->exchange_type != ES_IKE_EXCHANGE_INFORMATIONAL))
        e = e->older;
    return e;
}

static bool is_refused(const struct es_exchange *e)
{
    if (e->error)
        return true;
    /* An answer has NAT detection too; a lone notify is an error. */
    const unsigned sound = ES_IKE_CLASS_MOBIKE | ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_OTHER;
    return e->answered && e->response_class != 0 && !(e->response_class & sound);
}

static bool is_in_vain(const struct es_diagnosis *d, const struct es_exchange *e)
{
    return !e->answered && e->retransmissions + 1 >= es_limit(d, ES_LIMIT_UNANSWERED_TRIES) &&
           d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE);
}

static void say_new_address(struct es_diagnosis *d, struct es_finding *f,
                            const struct es_tunnel *tunnel)
{
    const struct es_move *move = tunnel->peers[es_tunnel_odd(tunnel)->mobike.side].move;
    if (move)
        es_finding_evidence(d, f, &move->ref, "the first packet from %s instead of %s",
                            es_say_endpoint(d, &move->to), es_say_endpoint(d, &move->from));
}

static void mobike_update(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_mobike *mobike = &es_tunnel_odd(tunnel)->mobike;
    const struct es_exchange *e = update_of(mobike);
    if (mobike->updates.count == 0 || (e && !mobike->is_probe && (!e->answered || is_refused(e))))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool opened = e && e->request_opened;
    f->confidence = opened ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->provenance = opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->reason = opened ? "read with keys"
                       : "an INFORMATIONAL from a new address with the length of an address update";
    f->ike_sa = mobike->ike_sa;
    f->summary = es_say(d, "%s moved its tunnel to another address by MOBIKE (%s), answered",
                        es_who(d, tunnel, mobike->side),
                        es_say_count(d, mobike->updates.count, "update", "updates"));
    es_finding_peer(f, mobike->side);
    es_finding_span(f, &mobike->updates.first, &mobike->updates.last, mobike->updates.count);
    say_new_address(d, f, tunnel);
    es_finding_evidence(d, f, &mobike->updates.last, "the update");
    if (e)
        es_finding_evidence(d, f, &e->response, "its answer");
}

static void mobike_failed(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_mobike *mobike = &es_tunnel_odd(tunnel)->mobike;
    const struct es_exchange *e = update_of(mobike);
    /* Behind a NAT a liveness check from a new address is no more than that. */
    const bool is_probe = mobike->is_probe;
    if (!e || (is_probe && tunnel->peers[mobike->side].behind_nat == ES_YES) ||
        ((is_probe || !is_refused(e)) && !is_in_vain(d, e)))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t other = 1 - mobike->side;
    const bool refused = !is_probe && is_refused(e);
    f->confidence = e->request_opened ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->provenance = e->request_opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->reason = e->request_opened ? "read with keys"
                : is_probe
                    ? "an INFORMATIONAL that comes first from a new address probes the path, as "
                      "MOBIKE does before it tells the address"
                    : "an INFORMATIONAL from a new address with the length of an address update; "
                      "its content is encrypted";
    f->ike_sa = mobike->ike_sa;
    f->summary =
        refused ? es_say(d, "%s refused the new address of %s (MOBIKE)%s", es_who(d, tunnel, other),
                         es_who(d, tunnel, mobike->side),
                         e->error ? es_say(d, ": notify %u", e->error) : "")
                : es_say(d, "%s has a new address and %s (%s over %s): %s does not answer",
                         es_who(d, tunnel, mobike->side),
                         is_probe ? "asks from there whether the path works" : "tells so by MOBIKE",
                         es_say_count(d, e->retransmissions + 1U, "try", "tries"),
                         es_say_span(d, e->last_request.time - e->request.time),
                         es_who(d, tunnel, other));
    es_finding_peer(f, other);
    es_finding_span(f, &e->request, refused ? &e->response : &e->last_request,
                    e->retransmissions + 1U);
    say_new_address(d, f, tunnel);
    es_finding_evidence(d, f, &e->request, is_probe ? "the probe" : "the update");
    es_finding_evidence(d, f, refused ? &e->response : &e->last_request,
                        refused ? "its refusal" : "the last try");
}

static const struct es_rule rule_nat_remap_blackhole = {
    .id = "nat-remap-blackhole",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP goes to an address that is no longer valid",
    .explanation = "A peer's address or port changed (a NAT mapped it anew, or it moved), and the "
                   "other one still sends ESP to the old one. IKE may follow while ESP does not: "
                   "then liveness checks are answered and the tunnel stays up without carrying "
                   "anything back.",
    .causes = ES_SENTENCES("the peer updates the address for IKE but not for the installed ESP SAs",
                           "the peer takes the new address only from authenticated packets that do "
                           "not reach it",
                           "the peer has a fixed remote address configured"),
    .checks = ES_SENTENCES("at the named peer: the remote address and port of its outbound ESP SA "
                           "(Linux: `ip xfrm state`, encap) against the new ones",
                           "at the named peer: rekey or restart the tunnel; does ESP follow then?",
                           "at the NAT: a timeout longer than the keepalive interval keeps the "
                           "mapping"),
    .reference = "RFC 7296, 2.23; RFC 3948, 5.1",
    .roots = NULL,
    .on_tunnel = blackhole,
};

static const struct es_rule rule_nat_mapping_changed = {
    .id = "nat-mapping-changed",
    .severity = ES_SEVERITY_WARNING,
    .title = "a peer's address or port changed",
    .explanation = "Packets of the same SAs come from another address or UDP port than before. The "
                   "other peer should send to the new one within a round trip or two; then this is "
                   "only worth knowing.",
    .causes = ES_SENTENCES("a NAT restarted, or forgot a mapping in a pause",
                           "a carrier's NAT spread its load anew",
                           "the peer's own address changed (another network, DHCP)"),
    .checks = ES_SENTENCES("at the peer behind the NAT: a keepalive interval below the NAT's UDP "
                           "timeout (20 s is usual)",
                           "at the NAT: UDP timeout, restarts, address pools"),
    .reference = "RFC 7296, 2.23; RFC 3947, 4",
    .roots = ES_SENTENCES("nat-remap-blackhole", "nat-mapping-expired", "mobike-failed"),
    .on_tunnel = mapping_changed,
};

static const struct es_rule rule_nat_mapping_expired = {
    .id = "nat-mapping-expired",
    .severity = ES_SEVERITY_ERROR,
    .title = "a NAT forgot the peer behind it",
    .explanation = "The peer behind a NAT was quiet for longer than NATs keep a UDP mapping. What "
                   "was sent to it from outside then was lost, until it sent something itself and "
                   "got a mapping again.",
    .causes = ES_SENTENCES("no keepalives, or too few, from the peer behind the NAT",
                           "the NAT forgets UDP mappings after 30 s or less", "the NAT restarted"),
    .checks = ES_SENTENCES("at the peer behind the NAT: NAT keepalives on, every 20 s",
                           "at the NAT: its timeout for UDP; RFC 4787 asks for 2 minutes or more"),
    .reference = "RFC 3948, 4; RFC 4787, 4.3",
    .on_tunnel = mapping_expired,
};

static const struct es_rule rule_mobike_update = {
    .id = "mobike-update",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "a peer moved by MOBIKE",
    .explanation = "A peer has another address and told the other one, which answered; the tunnel "
                   "goes on without a new negotiation.",
    .causes = ES_SENTENCES("the peer changed networks, or prefers another path"),
    .checks = ES_SENTENCES("nothing is wrong with this; many of them point to an unstable network"),
    .reference = "RFC 4555, 3.5",
    .on_tunnel = mobike_update,
};

static const struct es_rule rule_mobike_failed = {
    .id = "mobike-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "a move by MOBIKE failed",
    .explanation = "A peer has another address and asks the other one to send there. That one does "
                   "not answer or refuses, so the tunnel's packets go to the old address.",
    .causes = ES_SENTENCES("packets from the new address are dropped on the way or by the peer's "
                           "firewall",
                           "the peer does not accept this address (UNACCEPTABLE_ADDRESSES), or a "
                           "NAT where it expects none (UNEXPECTED_NAT_DETECTED)",
                           "the path back to the new address does not work"),
    .checks = ES_SENTENCES("at the named peer: do packets from the new address arrive, and what "
                           "does its IKE log say to them?",
                           "at the named peer: is MOBIKE on, and are addresses restricted?",
                           "between the peers: routes and filters for the new address"),
    .reference = "RFC 4555, 3.5 to 3.9",
    .missing = ES_MISSING_IKE,
    .on_tunnel = mobike_failed,
};

static const struct es_rule *const rules[] = {&rule_nat_remap_blackhole, &rule_nat_mapping_expired,
                                              &rule_nat_mapping_changed, &rule_mobike_failed,
                                              &rule_mobike_update};

const struct es_chapter es_chapter_nat_mapping = {rules, ES_COUNT(rules)};
