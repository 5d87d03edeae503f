/*
 * Child SAs (IKEv1: pairs of phase 2 SAs): their births and ends as exchanges tell them, and which
 * flow belongs to which. Without keys the SPIs are unknown, so a negotiation opens a place for one
 * flow a direction, and a new SPI takes the place that fits it best by time and counter.
 */
#include "memory.h"

static bool is_alive(const struct es_child_sa *child)
{
    return !child->withdrawn && !es_ref_seen(&child->deleted.ref);
}

bool es_child_is_beside(const struct es_child_sa *child)
{
    const struct es_child_sa *next = child->rekeyed_by;
    if (!next || next->is_rekey == ES_YES || !is_alive(child) || !is_alive(next))
        return false;
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        if (!flow || !next->flows[side] || es_within(&next->created.ref, &flow->last, ES_BESIDE_MS))
            return false;
    }
    return true;
}

/* The oldest Child SA in use that nothing has replaced yet: the one that a rekey replaces. */
static struct es_child_sa *rekey_candidate(const struct es_tunnel *tunnel,
                                           const struct es_child_sa *not_this)
{
    struct es_child_sa *found = NULL;
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (is_alive(c) && (!c->rekeyed_by || es_child_is_beside(c)) && c != not_this)
            found = c;
    }
    return found;
}

static void tell(const struct es_tracker *tracker, enum es_event_kind kind,
                 const struct es_child_sa *child, const struct es_child_event *what)
{
    const struct es_event event = {.kind = kind,
                                   .ref = what->ref,
                                   .tunnel = child->tunnel,
                                   .ike_sa = child->ike_sa,
                                   .child = child,
                                   .side = what->side};
    es_event_send(tracker, &event);
}

static void replace(struct es_child_sa *old, struct es_child_sa *by)
{
    by->rekeys = old;
    if (!old)
        return;
    if (old->rekeyed_by)
        old->rekeyed_by->rekeys = NULL; /* it stood beside */
    old->rekeyed_by = by;
    old->packets_at_rekey = old->bytes_at_rekey = 0;
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = old->flows[side];
        old->packets_at_rekey += flow ? flow->packets : 0;
        old->bytes_at_rekey += flow ? flow->bytes : 0;
    }
}

/* `created` NULL: no negotiation seen. NULL when memory ended. */
struct es_child_sa *es_child_new(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                 struct es_ike_sa *sa, const struct es_child_event *created,
                                 enum es_tristate is_rekey)
{
    struct es_block *owned = NULL;
    struct es_child_sa *child = es_keep(tracker, &owned, sizeof(*child));
    if (!child)
        return NULL;
    child->owned = owned;
    child->tunnel = tunnel;
    child->ike_sa = sa;
    child->created.provenance = ES_PROVENANCE_INFERRED;
    if (created) {
        child->created = *created;
        child->is_rekey = is_rekey;
        replace(is_rekey == ES_NO ? NULL : rekey_candidate(tunnel, child), child);
    }
    struct es_model *model = &tracker->model;
    *(tracker->last_child ? &tracker->last_child->next : &model->children) = child;
    child->previous = tracker->last_child;
    tracker->last_child = child;
    child->next_in_tunnel = tunnel->children;
    tunnel->children = child;
    child->number = ++model->child_count + model->forgotten.children;
    tunnel->keeping.children++;
    es_tunnel_grew(tracker, tunnel);
    if (created)
        tell(tracker, ES_EVENT_CHILD_CREATED, child, created);
    return child;
}

/* Flows that began after the request and count from their start. */
static bool began_since(const struct es_child_sa *child, const struct es_packet_ref *request)
{
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        if (flow &&
            (flow->first.time < request->time || flow->sequence.first > ES_EARLY_SEQUENCE_MAX))
            return false;
    }
    return true;
}

/*
 * A peer may use the new SA before the response that completes it is seen: then the Child SA of
 * these flows is there already. NULL when there is none such. RFC 7296, 2.8.
 */
struct es_child_sa *es_child_early(struct es_tracker *tracker, struct es_ike_sa *sa,
                                   const struct es_exchange *exchange,
                                   const struct es_child_event *created, enum es_tristate is_rekey)
{
    struct es_child_sa *child = sa->tunnel->children;
    if (!child || es_ref_seen(&child->created.ref) || !is_alive(child) || child->rekeyed_by ||
        !es_ref_seen(&exchange->request) || !began_since(child, &exchange->request))
        return NULL;
    child->ike_sa = sa;
    child->created = *created;
    for (int side = 0; side < 2; side++)
        child->early_packets += child->flows[side] ? child->flows[side]->packets : 0;
    child->is_rekey = is_rekey;
    replace(is_rekey == ES_NO ? NULL : rekey_candidate(sa->tunnel, child), child);
    tell(tracker, ES_EVENT_CHILD_CREATED, child, created);
    return child;
}

void es_child_delete(struct es_tracker *tracker, struct es_child_sa *child,
                     const struct es_child_event *deleted)
{
    child->deleted = *deleted;
    tell(tracker, ES_EVENT_CHILD_DELETED, child, deleted);
}

/* The oldest Child SA that was replaced lately and not deleted yet, or NULL. */
struct es_child_sa *es_child_rekeyed_alive(const struct es_tunnel *tunnel,
                                           const struct es_packet_ref *ref)
{
    struct es_child_sa *found = NULL;
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (is_alive(c) && c->rekeyed_by &&
            es_within(&c->rekeyed_by->created.ref, ref, ES_REKEY_DELETE_MS))
            found = c;
    }
    return found;
}

/* The Child SA in use when there is exactly one, else NULL. */
struct es_child_sa *es_child_only_one(const struct es_tunnel *tunnel)
{
    struct es_child_sa *found = NULL;
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (!is_alive(c))
            continue;
        if (found)
            return NULL;
        found = c;
    }
    return found;
}

/*
 * When this Child SA last showed that it waits for a flow of `side`: the other direction's last
 * packet, or its negotiation. False when it cannot take the flow.
 */
static bool waits_since(const struct es_child_sa *child, uint8_t side, uint32_t sequence,
                        const struct es_packet_ref *ref, es_time *since)
{
    /* One whose SPI is known waits for that SPI only. */
    if (!is_alive(child) || child->flows[side] || child->spis[side])
        return false;
    const struct es_flow *other = child->flows[1 - side];
    const bool is_young = sequence <= ES_BIRTH_SEQUENCE_MAX;
    if (es_ref_seen(&child->created.ref)) {
        if (!is_young && !es_within(&child->created.ref, ref, ES_BIRTH_WINDOW_MS))
            return false;
        *since = other ? other->last.time : child->created.ref.time;
        return true;
    }
    /* Not negotiated in view: two flows that were both young, or both old, at about one time. */
    if (!other || (other->sequence.first <= ES_BIRTH_SEQUENCE_MAX) != is_young)
        return false;
    if (!es_within(is_young ? &other->first : &other->last, ref, ES_BIRTH_WINDOW_MS))
        return false;
    *since = other->last.time;
    return true;
}

/*
 * A flow that no Child SA waits for. By chance a CREATE_CHILD_SA for a Child SA can be as long as
 * one for an IKE SA; when no such IKE SA shows and a young flow does, it made the flow's Child SA.
 */
static struct es_child_sa *unannounced(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                       uint32_t sequence, const struct es_packet_ref *ref)
{
    struct es_ike_sa *sa = tunnel->last_ike_sa;
    if (!sa || sa->major != 2)
        return es_child_new(tracker, tunnel, NULL, NULL, ES_UNKNOWN);
    const struct es_exchange *e =
        sequence <= ES_BIRTH_SEQUENCE_MAX ? es_ike_sa_rekey(sa, ref) : NULL;
    const struct es_child_sa *newest = tunnel->children;
    if (!e || (newest && newest->created.ref.number == e->response.number))
        return es_child_new(tracker, tunnel, sa, NULL, ES_UNKNOWN);
    const struct es_child_event created = {.ref = e->response,
                                           .provenance = ES_PROVENANCE_INFERRED,
                                           .reason = "after CREATE_CHILD_SA",
                                           .side = e->side};
    return es_child_new(tracker, tunnel, sa, &created, ES_UNKNOWN);
}

/*
 * The Child SA that a new flow of `side` belongs to: of those that have a place for it the one that
 * showed life last, for an answer follows its question. None: a new one. NULL when memory ended.
 */
struct es_child_sa *es_child_for(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                                 const struct es_esp_packet *packet,
                                 const struct es_packet_ref *ref)
{
    struct es_child_sa *best = NULL;
    es_time best_since = 0;
    int looked_at = 0;
    for (struct es_child_sa *c = tunnel->children; c && looked_at < ES_CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        es_time since;
        if (c->spis[side] == packet->spi && !c->flows[side])
            return c;
        if (waits_since(c, side, packet->sequence, ref, &since) && (!best || since > best_since)) {
            best = c;
            best_since = since;
        }
    }
    return best ? best : unannounced(tracker, tunnel, packet->sequence, ref);
}
