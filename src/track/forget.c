/*
 * What is over within a tunnel and may go: Child SAs that were deleted or replaced, IKE SAs that
 * are closed, and what only one side ever spoke of, which anybody can forge. Of each the newest
 * stay, so that a tunnel that rekeys every minute takes no more memory after weeks than after
 * hours. Nothing goes while a packet is looked at: see es_tracker_frame().
 */
#include "memory.h"

enum {
    FEW_PACKETS = 64,   /* a flow without an answer that is no longer just a probe, */
    FEWER_PACKETS = 16, /* and two without a negotiation: both addresses can be forged, too */
    IDLE_S = 600,       /* without a packet for this long, what was replaced is over */
    GROWTH = 64,        /* SAs more than after the last look: look again */
    SWOLLEN_GROWTH = 24,
    CHAIN_MAX = 64, /* successors of a successor */
};

enum worth { IN_USE, GONE, STRAY, WORTHS };

/* How many of each stay, the newest. */
struct keep {
    uint32_t ike_sas[WORTHS], children[WORTHS];
};

/* Many selectors make many Child SAs: those in use are bounded only against forged negotiations. */
static const struct keep usual = {
    .ike_sas = {[IN_USE] = 256,  [GONE] = 32, [STRAY] = 64 },
    .children = {[IN_USE] = 4096, [GONE] = 64, [STRAY] = 256},
};
/* When memory ends: enough to see what replaced what. */
static const struct keep least = {
    .ike_sas = {[IN_USE] = 256,  [GONE] = 2, [STRAY] = 2},
    .children = {[IN_USE] = 4096, [GONE] = 4, [STRAY] = 4},
};

static enum worth worth_of_ike_sa(const struct es_ike_sa *sa)
{
    if (!sa->messages[0] || !sa->messages[1])
        return STRAY;
    return sa->state == ES_IKE_SA_ESTABLISHED ? IN_USE : GONE;
}

static bool is_over(const struct es_ike_sa *sa)
{
    return sa && (sa->state == ES_IKE_SA_CLOSED || sa->state == ES_IKE_SA_FAILED);
}

static enum worth worth_of_child(const struct es_child_sa *child, es_time now)
{
    const bool negotiated = es_ref_seen(&child->created.ref);
    const bool paired = child->flows[0] && child->flows[1];
    uint64_t packets = 0;
    es_time last = child->created.ref.time;
    for (int side = 0; side < 2; side++) {
        const struct es_flow *flow = child->flows[side];
        packets += flow ? flow->packets : 0;
        if (flow && flow->last.time > last)
            last = flow->last.time;
    }
    if (child->withdrawn || es_ref_seen(&child->deleted.ref))
        return GONE;
    if (!negotiated && packets < (paired ? FEWER_PACKETS : FEW_PACKETS))
        return STRAY;
    const bool may_be_over = !negotiated || child->rekeyed_by || is_over(child->ike_sa);
    return may_be_over && now - last > IDLE_S * ES_SECOND ? GONE : IN_USE;
}

/* --- what points to what leaves --- */

static struct es_ike_sa *staying_ike_sa(struct es_ike_sa *sa)
{
    for (int i = 0; sa && sa->leaves; i++)
        sa = i < CHAIN_MAX ? sa->rekeyed_to : NULL;
    return sa;
}

static struct es_child_sa *staying_child(struct es_child_sa *child)
{
    for (int i = 0; child && child->leaves; i++)
        child = i < CHAIN_MAX ? child->rekeyed_by : NULL;
    return child;
}

/* An IKE SA's Child SAs are its successor's: RFC 7296, 2.8. */
static void let_go(struct es_tunnel *tunnel)
{
    for (struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (sa->leaves)
            continue;
        sa->rekeyed_to = staying_ike_sa(sa->rekeyed_to);
        if (sa->rekeys && sa->rekeys->leaves)
            sa->rekeys = NULL;
    }
    for (struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        if (c->leaves)
            continue;
        c->ike_sa = staying_ike_sa(c->ike_sa);
        c->rekeyed_by = staying_child(c->rekeyed_by);
        if (c->rekeys && c->rekeys->leaves)
            c->rekeys = NULL;
    }
    struct es_mobike *mobike = tunnel->oddities ? &tunnel->oddities->mobike : NULL;
    if (mobike && mobike->ike_sa && mobike->ike_sa->leaves)
        mobike->ike_sa = NULL;
}

/* --- taking out --- */

static void take_out_flows(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_model *model = &tracker->model;
    struct es_flow **link = &tunnel->flows;
    tunnel->last_flow = NULL;
    es_expected_forget(tracker);
    while (*link) {
        struct es_flow *flow = *link;
        if (!flow->child->leaves) {
            tunnel->last_flow = flow;
            link = &flow->next_in_tunnel;
            continue;
        }
        *link = flow->next_in_tunnel;
        *(flow->previous ? &flow->previous->next : &model->flows) = flow->next;
        *(flow->next ? &flow->next->previous : &tracker->last_flow) = flow->previous;
        for (size_t i = 0; i < ES_COUNT(tracker->recent); i++) {
            if (tracker->recent[i] == flow)
                tracker->recent[i] = NULL;
        }
        es_table_remove(&tracker->flows, &flow->key);
        model->flow_count--;
        model->forgotten.flows++;
    }
}

static void take_out_children(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_model *model = &tracker->model;
    struct es_child_sa **link = &tunnel->children;
    while (*link) {
        struct es_child_sa *child = *link;
        if (!child->leaves) {
            link = &child->next_in_tunnel;
            continue;
        }
        *link = child->next_in_tunnel;
        *(child->previous ? &child->previous->next : &model->children) = child->next;
        *(child->next ? &child->next->previous : &tracker->last_child) = child->previous;
        model->child_count--;
        model->forgotten.children++;
        tunnel->keeping.children--;
        struct es_block *owned = child->owned; /* the Child SA itself and its flows, too */
        es_keep_free(tracker, &owned);
    }
}

static void take_out_ike_sas(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_model *model = &tracker->model;
    struct es_ike_sa **link = &tunnel->ike_sas;
    tunnel->last_ike_sa = NULL;
    while (*link) {
        struct es_ike_sa *sa = *link;
        if (!sa->leaves) {
            sa->older_in_tunnel = tunnel->last_ike_sa;
            tunnel->last_ike_sa = sa;
            link = &sa->next_in_tunnel;
            continue;
        }
        *link = sa->next_in_tunnel;
        *(sa->previous ? &sa->previous->next : &model->ike_sas) = sa->next;
        *(sa->next ? &sa->next->previous : &tracker->last_ike_sa) = sa->previous;
        model->ike_sa_count--;
        model->forgotten.ike_sas++;
        tunnel->keeping.ike_sas--;
        es_aliases_drop(tracker, &sa->aliases);
        struct es_block *owned = sa->owned;
        es_keep_free(tracker, &owned);
    }
}

static void take_out(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    let_go(tunnel);
    take_out_flows(tracker, tunnel);
    take_out_children(tracker, tunnel);
    take_out_ike_sas(tracker, tunnel);
}

/* --- who leaves --- */

/* What a Child SA that is still in use was replaced by tells that it should not be. */
static bool is_needed(const struct es_child_sa *child, es_time now)
{
    const struct es_child_sa *old = child->rekeys;
    return old && !old->leaves && worth_of_child(old, now) == IN_USE;
}

static void mark(const struct es_tracker *tracker, struct es_tunnel *tunnel,
                 const struct keep *keep)
{
    const es_time now = tracker->model.last.time;
    uint32_t ike_sas[WORTHS] = {0};
    uint32_t children[WORTHS] = {0};
    for (struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        const enum worth worth = worth_of_child(c, now);
        c->leaves = ++children[worth] > keep->children[worth] && !is_needed(c, now);
    }
    for (struct es_ike_sa *sa = tunnel->last_ike_sa; sa; sa = sa->older_in_tunnel) {
        const enum worth worth = worth_of_ike_sa(sa);
        sa->leaves = ++ike_sas[worth] > keep->ike_sas[worth];
    }
}

static void forget(struct es_tracker *tracker, struct es_tunnel *tunnel, const struct keep *keep)
{
    struct es_keeping *keeping = &tunnel->keeping;
    mark(tracker, tunnel, keep);
    take_out(tracker, tunnel);
    /* The more there are the rarer is the look, so that its cost is shared by enough packets. */
    const uint32_t left = keeping->ike_sas + keeping->children;
    keeping->tidy_at = left + left / 2 + GROWTH;
    if (keep == &least)
        keeping->shrink_at = left + left / 2 + SWOLLEN_GROWTH;
}

/* An IKE SA or a Child SA came to the tunnel, or the tunnel itself is new. */
void es_tunnel_grew(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_keeping *keeping = &tunnel->keeping;
    const uint32_t held = keeping->ike_sas + keeping->children;
    if (keeping->tidy_at == 0) {
        keeping->tidy_at = 2 * GROWTH;
        keeping->shrink_at = SWOLLEN_GROWTH;
    }
    if (held == keeping->shrink_at && keeping->queue > ES_QUEUE_STRAY)
        es_tunnel_queue(tracker, tunnel, ES_QUEUE_SWOLLEN);
    if (held < keeping->tidy_at || keeping->untidy)
        return;
    keeping->untidy = true;
    keeping->next_untidy = tracker->untidy;
    tracker->untidy = tunnel;
    tracker->work = true;
}

void es_forget_tidy(struct es_tracker *tracker)
{
    while (tracker->untidy) {
        struct es_tunnel *tunnel = tracker->untidy;
        tracker->untidy = tunnel->keeping.next_untidy;
        tunnel->keeping.untidy = false;
        forget(tracker, tunnel, &usual);
    }
}

/* Memory ended: what can be spared goes now. */
void es_tunnel_shrink(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    forget(tracker, tunnel, &least);
}

/* All that the tunnel holds goes. */
void es_tunnel_empty(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    for (struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel)
        c->leaves = true;
    for (struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        sa->leaves = true;
    take_out(tracker, tunnel);
}
