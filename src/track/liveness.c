/*
 * Liveness: who asks whether the peer is alive, how often, and since when nothing comes back.
 * IKEv2: any INFORMATIONAL request, an empty one as a rule (RFC 7296, 2.4). IKEv1: R-U-THERE
 * (RFC 3706).
 */
#include "memory.h"

static const struct es_dpd no_dpd;

const struct es_dpd *es_ike_sa_dpd(const struct es_ike_sa *sa, int side)
{
    return sa->dpd ? &sa->dpd[side] : &no_dpd;
}

static void count_unanswered(struct es_dpd *dpd, const struct es_packet_ref *ref)
{
    es_tally_add(&dpd->unanswered, ref);
}

void es_liveness_request(const struct es_sighting *s, struct es_exchange *exchange, bool ambiguous)
{
    struct es_ike_sa *sa = s->sa;
    const struct es_packet_ref *ref = &s->datagram->ref;
    exchange->judged = sa->major == 1 ? ES_IKE_CLASS_R_U_THERE : ES_IKE_CLASS_EMPTY;
    if (!sa->dpd)
        sa->dpd = es_keep(s->tracker, &sa->owned, 2 * sizeof(*sa->dpd));
    if (!sa->dpd)
        return;
    struct es_dpd *dpd = &sa->dpd[s->side];
    const es_time interval = ref->time - dpd->last_request.time;
    if (dpd->requests++ > 0 && dpd->unanswered_requests == 0 && interval >= 0 &&
        interval < ES_DPD_INTERVAL_MAX_S * ES_SECOND) {
        if (dpd->interval_count == 0 || interval < dpd->interval_min)
            dpd->interval_min = interval;
        if (interval > dpd->interval_max)
            dpd->interval_max = interval;
        dpd->interval_sum += interval;
        dpd->interval_count++;
    }
    dpd->last_request = *ref;
    dpd->ambiguous = ambiguous;
    dpd->unanswered_requests++;
    count_unanswered(dpd, ref);
}

/* The same request again. */
void es_liveness_repeat(const struct es_sighting *s, const struct es_exchange *exchange)
{
    /* A copy that the capture made is no second try. */
    if (s->sa->dpd && !exchange->answered &&
        exchange->last_request.number == s->datagram->ref.number &&
        exchange->last_request.file == s->datagram->ref.file)
        count_unanswered(&s->sa->dpd[s->side], &s->datagram->ref);
}

void es_liveness_answer(struct es_ike_sa *sa, const struct es_exchange *exchange)
{
    const bool is_check =
        exchange->judged == ES_IKE_CLASS_EMPTY || exchange->judged == ES_IKE_CLASS_R_U_THERE;
    if (!is_check || !sa->dpd)
        return;
    struct es_dpd *dpd = &sa->dpd[exchange->side];
    const es_time span = (exchange->response.time - exchange->last_request.time) / ES_MICROSECOND;
    dpd->answered++;
    dpd->response_us = span < 0 ? 0 : span > UINT32_MAX ? UINT32_MAX : (uint32_t)span;
}

/* `side` showed within the IKE SA that it lives: what the other one asked before is settled. */
void es_liveness_sign(struct es_ike_sa *sa, uint8_t side)
{
    if (!sa->dpd)
        return;
    struct es_dpd *dpd = &sa->dpd[1 - side];
    dpd->unanswered.count = 0;
    dpd->unanswered_requests = 0;
}
