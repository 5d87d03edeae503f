/*
 * Coverage before absence: a finding that says that packets are missing is only as good as the
 * capture. Where the capture could not have shown them, the claim is withdrawn (a finding about the
 * capture itself says why); where it may have missed them, the claim is made with less certainty.
 */
#include "judgement.h"

/* First IP fragments of IKE, in a capture without a whole message. */
static bool holds_partial(const struct es_model *model)
{
    const struct es_tunnel *tunnel = model->tunnels;
    while (tunnel && !tunnel->partials)
        tunnel = tunnel->next;
    return tunnel != NULL;
}

/* Any packet of a kind, from anybody: without one a filter may have left the kind out. */
static bool holds_any(const struct es_model *model, unsigned kind)
{
    if (kind == ES_MISSING_IKE)
        return model->ike_sas != NULL || holds_partial(model);
    return model->flows != NULL;
}

static bool could_not_show(const struct es_diagnosis *d, const struct es_finding *f)
{
    uint8_t missing;
    struct es_packet_ref proof;
    if (f->tunnel && es_is_one_sided(d, f->tunnel, &missing, &proof) && missing == f->silent)
        return true;
    const unsigned claims = f->missing;
    return (claims & ES_MISSING_IKE && !holds_any(d->model, ES_MISSING_IKE)) ||
           (claims & ES_MISSING_ESP && !holds_any(d->model, ES_MISSING_ESP));
}

void es_coverage_judge(struct es_diagnosis *d, struct es_finding *f)
{
    if (!f->missing)
        return;
    if (could_not_show(d, f)) {
        f->withdrawn = true;
        return;
    }
    if (d->coverage->drops) {
        const enum es_confidence most =
            f->confidence == ES_CONFIDENCE_CERTAIN ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
        es_finding_cap(d, f, most,
                       es_say(d,
                              "the capturing side dropped %s, so what is missing may be among "
                              "them",
                              es_say_count(d, d->coverage->drops, "packet", "packets")));
    }
}
