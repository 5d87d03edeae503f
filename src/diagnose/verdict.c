/*
 * The verdict: one sentence for each tunnel, and one for the whole capture.
 */
#include "finding.h"

static const char *state_of(const struct es_tunnel *tunnel)
{
    switch (es_tunnel_state(tunnel)) {
    case ES_TUNNEL_NEGOTIATING:
        return "is still negotiating";
    case ES_TUNNEL_FAILED:
        return "did not come up";
    case ES_TUNNEL_ESTABLISHED:
        return "is up";
    case ES_TUNNEL_CLOSED:
        return "was closed";
    case ES_TUNNEL_UNKNOWN:
        break;
    }
    return tunnel->flows ? "carries ESP (its negotiation is not in the capture)"
                         : "is in an unknown state";
}

static const char *one_tunnel(struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    return es_say(d, "Tunnel %u (%s and %s) %s", tunnel->number, es_who(d, tunnel, 0),
                  es_who(d, tunnel, 1), state_of(tunnel));
}

/* The state as the first half of a sentence that ends with what is wrong. */
static const char *state_before_fault(const struct es_tunnel *tunnel, enum es_severity severity)
{
    switch (es_tunnel_state(tunnel)) {
    case ES_TUNNEL_ESTABLISHED:
        return severity == ES_SEVERITY_ERROR ? " came up, but " : " is up, but ";
    case ES_TUNNEL_NEGOTIATING:
    case ES_TUNNEL_FAILED:
        return " did not come up: ";
    case ES_TUNNEL_CLOSED:
        return " was closed: ";
    case ES_TUNNEL_UNKNOWN:
        break;
    }
    return ": ";
}

/* `others`: how many more warnings and errors there are. */
static const char *with_finding(struct es_diagnosis *d, const struct es_finding *worst,
                                size_t others)
{
    const char *more =
        others ? es_say(d, " (and %zu more finding%s)", others, others == 1 ? "" : "s") : "";
    const struct es_tunnel *tunnel = worst->tunnel;
    if (!tunnel)
        return es_say(d, "%s%s.", worst->summary, more);
    return es_say(d, "Tunnel %u (%s and %s)%s%s%s.", tunnel->number, es_who(d, tunnel, 0),
                  es_who(d, tunnel, 1), state_before_fault(tunnel, worst->severity), worst->summary,
                  more);
}

/* The first warning or error of each tunnel in the list, which is its worst, and their number. */
static void index_by_tunnel(struct es_diagnosis *d)
{
    const size_t tunnels = d->model->tunnel_count;
    d->by_tunnel = es_arena_alloc(&d->arena, tunnels * sizeof(*d->by_tunnel));
    if (!d->by_tunnel) {
        d->failed = true;
        return;
    }
    for (const struct es_finding *f = d->findings; f; f = f->next) {
        if (!f->tunnel || f->severity == ES_SEVERITY_NOTE)
            continue;
        struct es_tunnel_findings *of = &d->by_tunnel[f->tunnel->slot];
        of->worst = of->worst ? of->worst : f;
        of->count++;
    }
}

const char *es_diagnosis_tunnel_verdict(struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    const struct es_tunnel_findings *of = d->by_tunnel ? &d->by_tunnel[tunnel->slot] : NULL;
    if (of && of->worst)
        return with_finding(d, of->worst, of->count - 1);
    return es_say(d, "%s; nothing wrong found.", one_tunnel(d, tunnel));
}

void es_verdict(struct es_diagnosis *d)
{
    const struct es_model *model = d->model;
    const size_t faults = d->counts[ES_SEVERITY_ERROR] + d->counts[ES_SEVERITY_WARNING];
    index_by_tunnel(d);
    if (faults)
        d->verdict = with_finding(d, d->findings, faults - 1);
    else if (model->tunnel_count == 0)
        d->verdict = "No IKE, ESP or AH in this capture.";
    else if (model->tunnel_count == 1)
        d->verdict = es_say(d, "%s; nothing wrong found.", one_tunnel(d, model->tunnels));
    else
        d->verdict = es_say(d, "%u tunnels; nothing wrong found.", model->tunnel_count);
}
