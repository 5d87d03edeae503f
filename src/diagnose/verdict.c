/*
 * The verdict: one sentence for the whole capture.
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

static const char *with_findings(struct es_diagnosis *d)
{
    const struct es_finding *worst = d->findings;
    const size_t others = d->counts[ES_SEVERITY_ERROR] + d->counts[ES_SEVERITY_WARNING] - 1;
    const char *more =
        others ? es_say(d, " (and %zu more finding%s)", others, others == 1 ? "" : "s") : "";
    const struct es_tunnel *tunnel = worst->tunnel;
    if (!tunnel)
        return es_say(d, "%s%s.", worst->summary, more);
    return es_say(d, "Tunnel %u (%s and %s)%s%s%s.", tunnel->number, es_who(d, tunnel, 0),
                  es_who(d, tunnel, 1), state_before_fault(tunnel, worst->severity), worst->summary,
                  more);
}

void es_verdict(struct es_diagnosis *d)
{
    const struct es_model *model = d->model;
    if (d->counts[ES_SEVERITY_ERROR] + d->counts[ES_SEVERITY_WARNING])
        d->verdict = with_findings(d);
    else if (model->tunnel_count == 0)
        d->verdict = "No IKE, ESP or AH in this capture.";
    else if (model->tunnel_count == 1)
        d->verdict = es_say(d, "%s; nothing wrong found.", one_tunnel(d, model->tunnels));
    else
        d->verdict = es_say(d, "%u tunnels; nothing wrong found.", model->tunnel_count);
}
