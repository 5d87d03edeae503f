/*
 * Packets that will come soon. With thousands of flows nearly every packet finds its flow, its
 * Child SA and its tunnel outside the cache, and waiting for them took two thirds of the time. So
 * what is needed is asked for some packets ahead, in three steps, each of which finds what the step
 * before it asked for: the place in the table, the flow, and what the flow points to.
 */
#include "memory.h"

enum {
    LEAST_FLOWS = 256, /* fewer stay in the cache by themselves */
    FLOW_BEHIND = 4,   /* steps later */
    REST_BEHIND = 8,
    LINE = 64
};

bool es_tracker_expects(const struct es_tracker *tracker)
{
    return tracker->flows.count >= LEAST_FLOWS;
}

static void fetch(const void *object, size_t size)
{
    for (size_t i = 0; i < size; i += LINE)
        ES_PREFETCH(object, i);
    ES_PREFETCH(object, size - 1); /* it seldom begins where a line does */
}

static void fetch_flow(struct es_tracker *tracker, struct es_expected *expected)
{
    expected->flow = es_table_likely(&tracker->flows, expected->hash);
    if (expected->flow)
        fetch(expected->flow, sizeof(*expected->flow));
}

/* What count() in flow.c goes to: the beginnings of all three. */
static void fetch_rest(const struct es_flow *flow)
{
    fetch(flow->child, offsetof(struct es_child_sa, number));
    fetch(flow->tunnel, offsetof(struct es_tunnel, peers));
    fetch(&flow->tunnel->peers[flow->side], offsetof(struct es_peer, address));
}

void es_tracker_expect(struct es_tracker *tracker, const struct es_glance *glance)
{
    const uint32_t end = tracker->expected_end++;
    struct es_expected *expected = &tracker->expected[end & ES_EXPECTED_MASK];
    expected->key = (struct es_flow_key){glance->destination, glance->spi, 50};
    expected->hash = es_table_hash(&tracker->flows, &expected->key);
    expected->flow = NULL;
    es_table_fetch(&tracker->flows, expected->hash);
    if (end - tracker->expected_next >= ES_EXPECTED)
        tracker->expected_next = end + 1 - ES_EXPECTED;
    if (end >= FLOW_BEHIND)
        fetch_flow(tracker, &tracker->expected[(end - FLOW_BEHIND) & ES_EXPECTED_MASK]);
    expected = &tracker->expected[(end - REST_BEHIND) & ES_EXPECTED_MASK];
    if (end >= REST_BEHIND && expected->flow)
        fetch_rest(expected->flow);
}

static bool is_same(const struct es_flow_key *a, const struct es_flow_key *b)
{
    return a->spi == b->spi && memcmp(a, b, sizeof(*a)) == 0;
}

/* The flow with this key: an expected one, or one that the table has to be asked for; or NULL. */
struct es_flow *es_expected_flow(struct es_tracker *tracker, const struct es_flow_key *key)
{
    for (uint32_t i = tracker->expected_next; i != tracker->expected_end; i++) {
        const struct es_expected *expected = &tracker->expected[i & ES_EXPECTED_MASK];
        if (!is_same(&expected->key, key))
            continue;
        tracker->expected_next = i + 1;
        if (expected->flow && is_same(&expected->flow->key, key))
            return expected->flow;
        return es_table_find_hashed(&tracker->flows, expected->hash, key);
    }
    return es_table_find(&tracker->flows, key);
}

/* Flows are about to be freed. */
void es_expected_forget(struct es_tracker *tracker)
{
    for (size_t i = 0; i < ES_EXPECTED; i++)
        tracker->expected[i].flow = NULL;
}
