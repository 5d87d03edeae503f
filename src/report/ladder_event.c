/*
 * Events in words.
 */
#include "ladder.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

static void add_peer(struct es_text *text, const struct es_event *event)
{
    es_text_add_address(text, &event->tunnel->peers[event->side].address);
}

static void add_inference(struct es_text *text, const struct es_child_event *what)
{
    if (what->provenance != ES_PROVENANCE_INFERRED)
        return;
    es_text_add(text, " (inferred");
    if (what->reason)
        es_text_addf(text, ": %s", what->reason);
    es_text_add(text, ")");
}

static void add_ike_sa(struct es_ladder *ladder, const struct es_event *event)
{
    struct es_text *text = &ladder->line;
    const struct es_ike_sa *sa = event->ike_sa;
    switch (event->kind) {
    case ES_EVENT_IKE_SA_ESTABLISHED:
        es_ladder_ink(ladder, ES_INK_GREEN);
        es_text_addf(text, "IKE SA %u established", sa->number);
        es_ladder_plain(ladder);
        if (sa->birth_seen) {
            es_text_add(text, ", ");
            es_ladder_add_delta(text, event->ref.time - sa->first.time);
            es_text_add(text, " from its first message");
        }
        break;
    case ES_EVENT_IKE_SA_FAILED:
        es_ladder_ink(ladder, ES_INK_RED);
        es_text_addf(text, "IKE SA %u failed", sa->number);
        es_ladder_plain(ladder);
        es_text_add(text, ": ");
        if (sa->error)
            es_text_add_registry(
                text, sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify,
                sa->error);
        else
            es_text_add(text, "refused");
        es_text_add(text, " by ");
        add_peer(text, event);
        break;
    case ES_EVENT_IKE_SA_REKEYED:
        es_ladder_ink(ladder, ES_INK_GREEN);
        es_text_addf(text, "IKE SA %u rekeyed", sa->rekeys ? sa->rekeys->number : 0);
        es_ladder_plain(ladder);
        es_text_addf(text, ": IKE SA %u replaces it", sa->number);
        break;
    default:
        es_ladder_ink(ladder, ES_INK_YELLOW);
        es_text_addf(text, "IKE SA %u closed", sa->number);
        es_ladder_plain(ladder);
        es_text_add(text, " by ");
        add_peer(text, event);
    }
}

static void add_child(struct es_ladder *ladder, const struct es_event *event)
{
    struct es_text *text = &ladder->line;
    const struct es_child_sa *child = event->child;
    if (event->kind == ES_EVENT_CHILD_CREATED) {
        es_ladder_ink(ladder, ES_INK_GREEN);
        es_text_addf(text, "Child SA %u created", child->number);
        es_ladder_plain(ladder);
        if (child->rekeys)
            es_text_addf(text, ", replaces Child SA %u", child->rekeys->number);
        add_inference(text, &child->created);
        return;
    }
    es_ladder_ink(ladder, ES_INK_YELLOW);
    es_text_addf(text, "Child SA %u deleted", child->number);
    es_ladder_plain(ladder);
    es_text_add(text, " by ");
    add_peer(text, event);
    add_inference(text, &child->deleted);
}

static void add_flow(struct es_ladder *ladder, const struct es_event *event)
{
    struct es_text *text = &ladder->line;
    const struct es_flow *flow = event->flow;
    es_text_addf(text, "%s %08" PRIx32, flow->key.protocol == 51 ? "AH" : "ESP", flow->key.spi);
    if (event->kind == ES_EVENT_FLOW_RESUMED) {
        es_text_add(text, " goes on, silent for ");
        es_text_add_span(text, event->pause);
        return;
    }
    es_text_addf(text, " starts, Child SA %u", flow->child->number);
    if (flow->sequence.first != 1)
        es_text_addf(text, ", at sequence %" PRIu64, flow->sequence.first);
}

void es_ladder_add_event(struct es_ladder *ladder, const struct es_event *event)
{
    switch (event->kind) {
    case ES_EVENT_IKE_SA_ESTABLISHED:
    case ES_EVENT_IKE_SA_FAILED:
    case ES_EVENT_IKE_SA_CLOSED:
    case ES_EVENT_IKE_SA_REKEYED:
        add_ike_sa(ladder, event);
        break;
    case ES_EVENT_CHILD_CREATED:
    case ES_EVENT_CHILD_DELETED:
        add_child(ladder, event);
        break;
    case ES_EVENT_FLOW_STARTED:
    case ES_EVENT_FLOW_RESUMED:
        add_flow(ladder, event);
        break;
    case ES_EVENT_PEER_MOVED:
        es_ladder_add_inked(ladder, ES_INK_YELLOW, "peer moved");
        es_text_add(&ladder->line, ": now at ");
        es_text_add_endpoint(&ladder->line, &event->tunnel->peers[event->side].address,
                             event->tunnel->peers[event->side].port);
        break;
    case ES_EVENT_TUNNEL_FORGOTTEN:
        es_ladder_add_inked(ladder, ES_INK_YELLOW, "tunnel forgotten");
        es_text_add(&ladder->line, ": the memory limit is reached, and it was idle longest");
        break;
    }
}
