/*
 * Looks at the model that several rules share.
 */
#include "judgement.h"

#include <string.h>

uint64_t es_sent(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_peer *peer = &tunnel->peers[side];
    return peer->ike.count + peer->esp.count + peer->keepalives.count;
}

static bool tally_since(const struct es_tally *tally, es_time time)
{
    return tally->count != 0 && tally->last.time > time;
}

bool es_spoke_since(const struct es_tunnel *tunnel, uint8_t side, es_time time)
{
    const struct es_peer *peer = &tunnel->peers[side];
    return tally_since(&peer->ike, time) || tally_since(&peer->esp, time) ||
           tally_since(&peer->keepalives, time);
}

/*
 * A packet of `side` that it could only send after hearing from its peer: a response, a message
 * with the responder's SPI, or a second request after a first that was not sent again.
 */
static struct es_packet_ref heard_something(const struct es_tunnel *tunnel, uint8_t side)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->initiator == side && sa->responder_spi == 0)
            continue; /* it still waits for the first answer */
        const struct es_exchange *newer = NULL;
        for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
            if (e->side != side && es_ref_seen(&e->response))
                return e->response;
            if (e->side == side && newer && e->retransmissions == 0 && es_ref_seen(&newer->request))
                return newer->request;
            if (e->side == side)
                newer = e;
        }
        if (sa->birth_seen && newer)
            return newer->request;
    }
    return (struct es_packet_ref){0};
}

bool es_is_one_sided(const struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t *missing,
                     struct es_packet_ref *proof)
{
    const bool silent[2] = {es_sent(tunnel, 0) == 0, es_sent(tunnel, 1) == 0};
    if (silent[0] == silent[1])
        return false;
    *missing = silent[0] ? 0 : 1;
    const uint8_t speaker = 1 - *missing;
    if (es_address_is_multicast(&tunnel->peers[*missing].address))
        return false;
    *proof = heard_something(tunnel, speaker);
    if (es_ref_seen(proof))
        return true;
    /* It only asks, again and again: nobody answers, that is another finding. */
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->retransmissions || sa->responder_spi == 0)
            return false;
    }
    /* NAT keepalives have no answer: an idle tunnel may have nothing else. RFC 3948, 4. */
    const struct es_peer *peer = &tunnel->peers[speaker];
    return peer->ike.count + peer->esp.count >= es_limit(d, ES_LIMIT_ONE_SIDED_PACKETS);
}

bool es_established_after(const struct es_tunnel *tunnel, es_time time)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->state == ES_IKE_SA_ESTABLISHED && es_ref_seen(&sa->established) &&
            sa->established.time > time)
            return true;
    }
    return false;
}

const struct es_exchange *es_unanswered(const struct es_diagnosis *d, const struct es_ike_sa *sa,
                                        uint8_t side)
{
    const struct es_exchange *e = sa->exchanges;
    while (e && (e->side != side || !es_ref_seen(&e->request)))
        e = e->older;
    if (!e || e->answered || e->retransmissions + 1 < es_limit(d, ES_LIMIT_UNANSWERED_TRIES))
        return NULL;
    return d->now - e->request.time >= es_limit_ns(d, ES_LIMIT_PATIENCE) ? e : NULL;
}

static bool ikev1_probes_unanswered(const struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                    const struct es_dpd *dpd, uint8_t side)
{
    /* Each probe is a new message, so a capture of one side looks the same: the peer must have been
     * seen, or nothing can be said. */
    return dpd->unanswered_requests >= es_limit(d, ES_LIMIT_UNANSWERED_PROBES) &&
           es_sent(tunnel, 1 - side) > 0 &&
           d->now - dpd->unanswered.first.time >= es_limit_ns(d, ES_LIMIT_PATIENCE);
}

const struct es_ike_sa *es_dpd_unanswered(const struct es_diagnosis *d,
                                          const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_dpd *dpd = es_ike_sa_dpd(sa, side);
        if (dpd->unanswered_requests == 0)
            continue;
        const struct es_exchange *e = sa->major == 2 ? es_unanswered(d, sa, side) : NULL;
        if (sa->major == 1 ? ikev1_probes_unanswered(d, tunnel, dpd, side)
                           : e != NULL && e->judged == ES_IKE_CLASS_EMPTY)
            found = sa;
    }
    return found;
}

bool es_is_childless(const struct es_ike_sa *sa)
{
    const uint8_t responder = 1 - sa->initiator;
    if (sa->major != 2 || !es_ref_seen(&sa->established) ||
        !es_notified(&sa->notifies[responder], ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED))
        return false;
    if (sa->asks_child != ES_UNKNOWN)
        return sa->asks_child == ES_NO;
    /* A request for a Child SA is longer than what answers it without one: by an SA of one
     * proposal (36), two traffic selectors (48), less the error notify of a refusal. */
    enum { CHILD_BYTES = 36 + 48 - 8 };
    const uint32_t *bytes = sa->auth_bytes;
    if (bytes[sa->initiator] == 0 || bytes[sa->initiator] >= bytes[responder] + CHILD_BYTES)
        return false;
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH)
            return e->answered && e->response_class == ES_IKE_CLASS_CHILD_REFUSED;
    }
    return false;
}

struct es_ike_sas es_ike_sas_that(const struct es_tunnel *tunnel,
                                  bool (*is_so)(const struct es_ike_sa *sa))
{
    struct es_ike_sas found = {0};
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (!is_so(sa))
            continue;
        found.first = found.first ? found.first : sa;
        found.last = sa;
        found.count++;
    }
    return found;
}

const struct es_packet_ref *es_last_sign(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_peer *peer = &tunnel->peers[side];
    const struct es_packet_ref *last = NULL;
    const struct es_tally *const tallies[] = {&peer->ike, &peer->esp, &peer->keepalives};
    for (size_t i = 0; i < ES_COUNT(tallies); i++) {
        if (tallies[i]->count && (!last || tallies[i]->last.time > last->time))
            last = &tallies[i]->last;
    }
    return last;
}

const struct es_finding *es_found_before(const struct es_diagnosis *d,
                                         const struct es_tunnel *tunnel, const char *id)
{
    /* The newest stand first, and those of this tunnel together. */
    const struct es_finding *f = d->findings;
    while (f && f->tunnel == tunnel && strcmp(f->rule->id, id) != 0)
        f = f->next;
    return f && f->tunnel == tunnel ? f : NULL;
}

const struct es_ike_sa *es_nat_detecting_sa(const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *found = NULL;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (es_ref_seen(&sa->nat.evidence[0]) || es_ref_seen(&sa->nat.evidence[1]))
            found = sa;
    }
    return found;
}

bool es_nat_wrote_port(uint16_t port)
{
    return port != 0 && port != 500 && port != 4500;
}

bool es_nat_is_sure(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    return sa && tunnel->peers[side].behind_nat == ES_YES &&
           (es_nat_wrote_port(tunnel->peers[side].port) ||
            sa->nat.destination_matches[1 - side] == ES_NO);
}

const char *es_nat_say_where(const struct es_tunnel *tunnel, const struct es_ike_sa *sa)
{
    const bool natted[2] = {tunnel->peers[0].behind_nat == ES_YES,
                            tunnel->peers[1].behind_nat == ES_YES};
    if (natted[0] && natted[1])
        return "both sides";
    return natted[sa->initiator] ? "the initiator's side" : "the responder's side";
}
