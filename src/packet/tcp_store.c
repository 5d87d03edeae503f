/*
 * TCP segments in the order of their sequence numbers. What comes early waits; what does not come
 * at all, because the capture missed it, is given up within bounds.
 */
#include "decoder.h"
#include "layer.h"

#include <stdlib.h>
#include <string.h>

enum {
    FLOWS_MAX = 1 << 16,
    WINDOW = 4 << 20,          /* further away is another connection with the same ports */
    COPY_MS = 50,              /* the same bytes again within this: the capture saw them twice */
    WAITING_MAX = 64,          /* segments behind a gap */
    WAITING_BYTES = 256 << 10, /* and their bytes */
    PASSED_OVER_MAX = 64,      /* streams at a time that may stay though it is their turn */
    GAP_ACKED_SEGMENTS = 8, /* so many behind a gap that the receiver does not have: ours alone */
};

struct waiting {
    struct waiting *next; /* by sequence */
    uint32_t sequence;
    size_t length;
    uint8_t bytes[];
};

struct key {
    struct es_address source, destination;
    uint16_t source_port, destination_port;
};

struct es_tcp_flow {
    struct key key; /* first: the table reads it */
    struct es_tcp_flow *older, *newer;
    struct es_tcp_stream stream;
    uint32_t next;           /* sequence number of the stream's next byte */
    es_time advanced;        /* when that last moved on */
    bool started;            /* `next` is known */
    bool answered;           /* `acknowledged` is known */
    uint32_t acknowledged;   /* by the other side */
    struct waiting *waiting; /* owned */
    size_t waiting_count, waiting_bytes;
    size_t used; /* bytes in the store's account */
};

/* How far `a` is ahead of `b` in sequence space. */
static int32_t ahead(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static void account(struct es_tcp_store *store, struct es_tcp_flow *flow)
{
    const size_t used = sizeof(*flow) + flow->stream.room + flow->waiting_bytes +
                        flow->waiting_count * sizeof(struct waiting);
    store->used = store->used - flow->used + used;
    flow->used = used;
}

static void link_newest(struct es_tcp_store *store, struct es_tcp_flow *flow)
{
    flow->older = store->newest;
    flow->newer = NULL;
    *(store->newest ? &store->newest->newer : &store->oldest) = flow;
    store->newest = flow;
}

static void unlink_flow(struct es_tcp_store *store, struct es_tcp_flow *flow)
{
    *(flow->older ? &flow->older->newer : &store->oldest) = flow->newer;
    *(flow->newer ? &flow->newer->older : &store->newest) = flow->older;
}

static void drop_first_waiting(struct es_tcp_flow *flow)
{
    struct waiting *first = flow->waiting;
    flow->waiting = first->next;
    flow->waiting_count--;
    flow->waiting_bytes -= first->length;
    free(first);
}

static void drop_waiting(struct es_tcp_flow *flow)
{
    while (flow->waiting)
        drop_first_waiting(flow);
}

static void discard(struct es_tcp_store *store, struct es_tcp_flow *flow)
{
    es_table_remove(&store->table, &flow->key);
    unlink_flow(store, flow);
    store->used -= flow->used;
    drop_waiting(flow);
    free(flow->stream.bytes);
    free(flow);
}

static struct es_tcp_flow *add_flow(struct es_tcp_store *store, const struct key *key)
{
    struct es_tcp_flow *flow = calloc(1, sizeof(*flow));
    if (flow)
        flow->key = *key;
    if (!flow || !es_table_add(&store->table, flow)) {
        store->counts->unkept++;
        free(flow);
        return NULL;
    }
    flow->stream.losses = store->losses;
    link_newest(store, flow);
    account(store, flow);
    return flow;
}

/* It carries records, and the other side takes them: nobody makes that up with single packets. */
static bool is_proven(const struct es_tcp_flow *flow)
{
    return flow->answered && flow->stream.state == ES_TCP_SYNCED;
}

/*
 * Evicts what was silent longest, but not `keep`; a stream that carries records is passed over
 * once. There is another one than `keep`.
 */
static void evict(struct es_tcp_store *store, const struct es_tcp_flow *keep)
{
    struct es_tcp_flow *flow = store->oldest;
    for (int i = 0; flow == keep || (i < PASSED_OVER_MAX && is_proven(flow)); i++) {
        unlink_flow(store, flow);
        link_newest(store, flow);
        flow = store->oldest;
    }
    store->counts->tcp_streams_dropped++;
    es_tcp_stream_lose(&flow->stream);
    discard(store, flow);
}

static void keep_bounds(struct es_tcp_store *store, const struct es_tcp_flow *keep)
{
    while (store->used > store->limit && store->table.count > 1)
        evict(store, keep);
}

/* A stream starts at `next`. */
static void start(struct es_tcp_flow *flow, uint32_t next, enum es_tcp_state state)
{
    drop_waiting(flow);
    flow->next = next;
    flow->started = true;
    flow->answered = false;
    flow->stream.held = 0;
    flow->stream.done = 0;
    flow->stream.skip = 0;
    flow->stream.prefixed = false;
    flow->stream.state = state;
}

static struct es_cursor waiting_cursor(const struct waiting *waiting)
{
    return es_cursor(waiting->bytes, waiting->length, waiting->length);
}

/* Keeps a segment that came early. False when it cannot be kept. */
static bool keep_early(struct es_tcp_flow *flow, const struct es_tcp_segment *segment)
{
    const size_t length = es_left(&segment->data);
    struct waiting **link = &flow->waiting;
    while (*link && ahead((*link)->sequence, segment->sequence) < 0)
        link = &(*link)->next;
    if (*link && (*link)->sequence == segment->sequence && (*link)->length >= length)
        return true;
    if (segment->data.missing || flow->waiting_count == WAITING_MAX ||
        flow->waiting_bytes + length > WAITING_BYTES)
        return false;
    struct waiting *waiting = malloc(sizeof(*waiting) + length);
    if (!waiting)
        return false;
    waiting->sequence = segment->sequence;
    waiting->length = length;
    memcpy(waiting->bytes, segment->data.at, length);
    waiting->next = *link;
    *link = waiting;
    flow->waiting_count++;
    flow->waiting_bytes += length;
    return true;
}

/* The receiver has what the capture has not, and enough came since. */
static bool gap_is_ours(const struct es_tcp_flow *flow)
{
    return flow->answered && flow->waiting_count >= GAP_ACKED_SEGMENTS &&
           ahead(flow->acknowledged, flow->waiting->sequence) > 0;
}

/* Gives up the gap in front of the waiting segments: goes on where one starts with a record. */
static void give_up_gap(struct es_tcp_flow *flow)
{
    es_tcp_stream_lose(&flow->stream);
    while (flow->waiting) {
        flow->next = flow->waiting->sequence;
        if (es_tcp_stream_sync(&flow->stream, waiting_cursor(flow->waiting)))
            return;
        flow->next += (uint32_t)flow->waiting->length;
        drop_first_waiting(flow);
    }
}

/* Adds to the stream what waits at its end. False when no memory was left. */
static bool add_waiting(struct es_tcp_flow *flow)
{
    bool kept = true;
    while (kept && flow->waiting && ahead(flow->waiting->sequence, flow->next) <= 0) {
        const size_t old = (size_t)ahead(flow->next, flow->waiting->sequence);
        if (old < flow->waiting->length) {
            const size_t fresh = flow->waiting->length - old;
            kept = es_tcp_stream_add(&flow->stream, flow->waiting->bytes + old, fresh);
            flow->next += (uint32_t)fresh;
        }
        drop_first_waiting(flow);
    }
    return kept;
}

/* A segment of a stream of records all of whose bytes were there before. */
static void note_resent(struct es_tcp_store *store, const struct es_tcp_flow *flow)
{
    struct es_decoder_counts *counts = store->counts;
    const struct es_packet_ref *ref = &store->base.ref;
    /* So soon it is a copy that the capture made. */
    if (flow->stream.state != ES_TCP_SYNCED ||
        ref->time - flow->advanced < COPY_MS * ES_MILLISECOND)
        return;
    if (counts->tcp_resent++ == 0)
        counts->tcp_resent_first = *ref;
}

static void note_reset(struct es_tcp_store *store, const struct es_tcp_flow *flow,
                       const struct es_tcp_flow *reverse, const struct es_packet_ref *ref)
{
    struct es_decoder_counts *counts = store->counts;
    if (flow->stream.state != ES_TCP_SYNCED && !(reverse && reverse->stream.state == ES_TCP_SYNCED))
        return;
    if (counts->tcp_resets++ == 0)
        counts->tcp_reset_first = *ref;
}

/* The stream's next bytes are here, in `data` and perhaps in what waited for them. */
static void advance(struct es_tcp_store *store, struct es_tcp_flow *flow, struct es_cursor data)
{
    struct es_tcp_stream *stream = &flow->stream;
    const size_t wire = es_wire_left(&data);
    flow->next += (uint32_t)wire;
    const size_t skip = stream->skip < wire ? stream->skip : wire;
    stream->skip -= skip;
    es_skip(&data, skip);
    const bool waits = flow->waiting && ahead(flow->waiting->sequence, flow->next) <= 0;
    if (stream->state == ES_TCP_SEARCHING && es_more(&data) && !es_tcp_stream_sync(stream, data))
        return;
    if (stream->held == 0 && !waits) {
        es_tcp_stream_cut(stream, &data);
    } else {
        const size_t missing = data.missing;
        if (!es_tcp_stream_add(stream, data.at, es_left(&data)) ||
            (missing == 0 && !add_waiting(flow))) {
            es_tcp_stream_lose(stream);
            return;
        }
        data = es_cursor(stream->bytes, stream->held, stream->held + missing);
        es_tcp_stream_cut(stream, &data);
    }
    store->ready = data;
}

/* Sorts a segment with data into the order of its stream. */
static void sort(struct es_tcp_store *store, struct es_tcp_flow *flow,
                 struct es_tcp_segment *segment)
{
    const size_t wire = es_wire_left(&segment->data);
    const int32_t early = ahead(segment->sequence, flow->next);
    if (flow->stream.state == ES_TCP_SEARCHING)
        drop_waiting(flow);
    if (!flow->started || early > WINDOW || early < -WINDOW) {
        if (flow->started)
            es_tcp_stream_lose(&flow->stream);
        drop_waiting(flow);
        flow->next = segment->sequence;
        flow->started = true;
    } else if (early > 0 && flow->stream.state == ES_TCP_SEARCHING) {
        flow->next = segment->sequence;
    } else if (early > 0) {
        const bool kept = keep_early(flow, segment);
        if (kept && !gap_is_ours(flow))
            return;
        give_up_gap(flow);
        if (kept || flow->stream.state == ES_TCP_SYNCED) {
            advance(store, flow, es_cursor(segment->data.at, 0, 0));
            return;
        }
        flow->next = segment->sequence;
    } else if (early < 0) {
        if ((size_t)-early >= wire) {
            note_resent(store, flow);
            return;
        }
        es_skip(&segment->data, (size_t)-early);
    }
    advance(store, flow, segment->data);
}

void es_tcp_store_init(struct es_tcp_store *store, size_t limit, const uint64_t seed[2],
                       struct es_decoder_counts *counts)
{
    *store = (struct es_tcp_store){
        .limit = limit, .losses = &counts->tcp_records_lost, .counts = counts};
    es_table_init(&store->table, sizeof(struct key), FLOWS_MAX, seed);
}

void es_tcp_store_fini(struct es_tcp_store *store)
{
    while (store->oldest)
        discard(store, store->oldest);
    es_table_fini(&store->table);
}

/* The flow with this key, now the newest. NULL when no memory is left. */
static struct es_tcp_flow *find_flow(struct es_tcp_store *store, const struct key *key)
{
    struct es_tcp_flow *flow = es_table_find(&store->table, key);
    if (!flow) {
        if (store->table.count == FLOWS_MAX)
            evict(store, NULL);
        return add_flow(store, key);
    }
    unlink_flow(store, flow);
    link_newest(store, flow);
    es_tcp_stream_compact(&flow->stream);
    if (flow->used > store->limit) { /* even alone it holds too much */
        es_tcp_stream_lose(&flow->stream);
        drop_waiting(flow);
        free(flow->stream.bytes);
        flow->stream.bytes = NULL;
        flow->stream.room = 0;
    }
    return flow;
}

/* What a SYN and the first data tell of a stream's start. */
static void learn_start(struct es_tcp_flow *flow, const struct es_tcp_flow *reverse,
                        struct es_tcp_segment *segment)
{
    const bool answers = reverse && reverse->stream.prefixed;
    if (segment->syn) {
        segment->sequence++;
        if (!flow->started || flow->next != segment->sequence)
            start(flow, segment->sequence, segment->ack ? ES_TCP_ANSWERING : ES_TCP_OPENED);
    } else if (!flow->started && answers) {
        start(flow, segment->sequence, ES_TCP_ANSWERING); /* its port was not followed so far */
    }
    if (flow->stream.state == ES_TCP_ANSWERING && es_wire_left(&segment->data) > 0)
        flow->stream.state = answers ? ES_TCP_SYNCED : ES_TCP_SEARCHING;
}

void es_tcp_store_feed(struct es_walk *walk, struct es_tcp_segment *segment)
{
    struct es_tcp_store *store = &walk->decoder->streams;
    const struct es_datagram *out = walk->out;
    const struct key key = {out->source, out->destination, out->source_port, out->destination_port};
    const struct key back = {out->destination, out->source, out->destination_port,
                             out->source_port};
    store->ready = es_cursor(NULL, 0, 0);
    struct es_tcp_flow *flow = find_flow(store, &key);
    struct es_tcp_flow *reverse = es_table_find(&store->table, &back);
    if (!flow)
        return;
    if (segment->rst) {
        note_reset(store, flow, reverse, walk->ref);
        discard(store, flow);
        return;
    }
    if (reverse && segment->ack) {
        reverse->acknowledged = segment->acknowledgment;
        reverse->answered = true;
    }
    learn_start(flow, reverse, segment);
    if (es_wire_left(&segment->data) == 0)
        return;
    store->base = *out;
    store->base.ref = *walk->ref;
    store->base.encapsulation = ES_ENCAPSULATION_TCP;
    store->base.first_fragment_only = false;
    const uint32_t before = flow->next;
    sort(store, flow, segment);
    store->counts->tcp_segments += flow->stream.state == ES_TCP_SYNCED;
    if (flow->next != before)
        flow->advanced = walk->ref->time;
    account(store, flow);
    keep_bounds(store, flow);
}

bool es_tcp_store_next(struct es_tcp_store *store, struct es_datagram *out)
{
    struct es_datagram next = store->base;
    if (!es_tcp_record_next(&store->ready, &next))
        return false;
    *out = next;
    return true;
}
