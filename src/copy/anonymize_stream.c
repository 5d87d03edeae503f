/*
 * IKE and ESP in TCP (RFC 9329): records behind their lengths. A stream that is in step says where
 * the next record starts; a segment that is not in step must show it by itself, or is zeroed.
 */
#include "anonymize_state.h"

#include "espial/ike.h"

#include <string.h>

enum { LENGTH_BYTES = 2, MARKER_BYTES = 4, PREFIX_BYTES = 6, PORT_NATT = 4500, RECORD_LOOK = 512 };

static bool is_port(const struct es_anonymizer_options *options, uint16_t port)
{
    for (size_t i = 0; i < options->ike_port_count; i++)
        if (options->ike_ports[i] == port)
            return true;
    return port == PORT_NATT;
}

static struct es_stream_key key_back(const struct es_rewrite *walk)
{
    return (struct es_stream_key){walk->destination, walk->source, walk->ports[1], walk->ports[0]};
}

static struct es_anon_stream *find_stream(struct es_rewrite *walk)
{
    struct es_anonymizer *anonymizer = walk->anonymizer;
    const struct es_anonymizer_options *options = &anonymizer->options;
    struct es_table *table = &anonymizer->stream_table;
    const struct es_stream_key key = {walk->source, walk->destination, walk->ports[0],
                                      walk->ports[1]};
    const struct es_stream_key back = key_back(walk);
    struct es_anon_stream *stream = es_table_find(table, &key);
    if (stream)
        return stream;
    if (!is_port(options, walk->ports[0]) && !is_port(options, walk->ports[1]) &&
        !es_trace_is_prefix(walk->c) && !es_table_find(table, &back))
        return NULL;
    if (table->count == ES_ANON_STREAMS) {
        es_table_fini(table);
        es_table_init(table, sizeof(key), ES_ANON_STREAMS, options->seed);
    }
    stream = &anonymizer->streams[table->count];
    *stream = (struct es_anon_stream){.key = key};
    return es_table_add(table, stream) ? stream : NULL;
}

/* The other side began with the prefix: what comes back are records, whatever they look like. */
static bool answers_prefix(const struct es_rewrite *walk)
{
    const struct es_stream_key back = key_back(walk);
    const struct es_anon_stream *stream = es_table_find(&walk->anonymizer->stream_table, &back);
    return stream && stream->prefixed;
}

/* How the stream stands where this segment starts. False when that is not known. */
static bool find_state(struct es_rewrite *walk, const struct es_anon_stream *stream,
                       uint32_t sequence, struct es_stream_state *out)
{
    if (stream->synced && stream->next == sequence) {
        *out = stream->state;
        return true;
    }
    const size_t known = stream->past_count < ES_STREAM_PAST ? stream->past_count : ES_STREAM_PAST;
    for (size_t i = 0; i < known; i++) {
        if (stream->past[i].sequence == sequence) {
            *out = stream->past[i].state;
            return true;
        }
    }
    *out = (struct es_stream_state){.left = 0};
    return (stream->opened && stream->next == sequence && answers_prefix(walk)) ||
           es_trace_is_record(walk->c);
}

void es_rewrite_record(struct es_rewrite *walk)
{
    walk->sealed = false;
    walk->partial = false;
    switch (es_trace_record(&walk->c)) {
    case ES_DATAGRAM_IKE:
        es_rewrite_ike(walk);
        break;
    case ES_DATAGRAM_ESP:
        if (es_rewrite_esp(walk) != ES_NEXT_NOTHING) /* what is clear in there is zeroed */
            walk->sealed = false;
        break;
    case ES_DATAGRAM_KEEPALIVE:
        es_rewrite_take(walk, 1);
        break;
    default:
        es_take(&walk->c, es_left(&walk->c) < MARKER_BYTES ? es_left(&walk->c) : MARKER_BYTES);
        break;
    }
}

/* The first part of a record, or all of it. What is in clear and goes on is put together. */
static void begin_record(struct es_rewrite *walk, struct es_cursor body,
                         struct es_stream_state *state)
{
    const struct es_cursor all = walk->c;
    walk->c = body;
    es_rewrite_record(walk);
    es_rewrite_zero(walk, walk->c.at, body.end);
    walk->c = all;
    state->fresh = false;
    state->keep = walk->sealed;
}

/* Whether a record begins with what is encrypted, without changing it. */
static bool is_sealed(struct es_cursor body)
{
    uint8_t head[RECORD_LOOK];
    const size_t held = es_left(&body) < sizeof(head) ? es_left(&body) : sizeof(head);
    if (held == 0)
        return false;
    memcpy(head, body.at, held);
    struct es_cursor look = es_cursor(head, held, es_wire_left(&body));
    if (es_trace_record(&look) != ES_DATAGRAM_IKE)
        return held >= MARKER_BYTES;
    struct es_ike_message message;
    return es_ike_message_parse(look, &message) && message.encrypted;
}

/* Takes the part of a record that lies in this segment off the cursor. */
static void take_part(struct es_rewrite *walk, struct es_stream_state *state)
{
    const size_t wire = es_wire_left(&walk->c);
    const size_t part = state->left < wire ? state->left : wire;
    struct es_cursor body = es_sub(&walk->c, part);
    if (state->fresh) {
        struct es_cursor record = body;
        record.missing += state->left - part;
        state->pieces = part < state->left && !is_sealed(record);
    }
    bool known = false;
    if (state->pieces && body.missing == 0) {
        const struct es_assembly_key key = {
            .source = walk->source,
            .destination = walk->destination,
            .ids = {(uint64_t)walk->ports[0] << 16 | walk->ports[1]},
            .id = state->at,
            .kind = ES_ASSEMBLY_RECORD,
        };
        es_piece_add(walk, &key, body.at, es_left(&body), state->done, part == state->left);
        known = es_piece_find(walk, body.at, es_left(&body));
    }
    if (known) {
        state->keep = false;
        state->fresh = false;
    } else if (state->fresh) {
        body.missing += state->left - part;
        begin_record(walk, body, state);
    } else if (!state->keep) {
        es_rewrite_zero(walk, body.at, body.end);
    }
    state->left -= (uint32_t)part;
    state->done += (uint32_t)part;
}

/* False when the stream fell out of step. */
static bool rewrite_records(struct es_rewrite *walk, uint32_t sequence,
                            struct es_stream_state *state)
{
    const uint8_t *const start = walk->c.at;
    if (state->left == 0 && es_trace_is_prefix(walk->c))
        es_rewrite_take(walk, PREFIX_BYTES);
    while (es_more(&walk->c)) {
        if (state->left > 0) {
            take_part(walk, state);
            continue;
        }
        const uint8_t *h = es_rewrite_take(walk, LENGTH_BYTES);
        const uint32_t length = h ? (uint32_t)(h[0] << 8 | h[1]) : 0;
        if (length < LENGTH_BYTES)
            return false;
        *state = (struct es_stream_state){
            .left = length - LENGTH_BYTES,
            .fresh = true,
            .at = sequence + (uint32_t)(h - start),
        };
    }
    return walk->c.fault == ES_FAULT_NONE;
}

void es_rewrite_stream(struct es_rewrite *walk, const struct es_rewrite_segment *segment)
{
    const size_t wire = es_wire_left(&walk->c);
    if (!segment->syn && wire == 0)
        return;
    struct es_anon_stream *stream = find_stream(walk);
    if (!stream)
        return;
    if (segment->syn) {
        const struct es_stream_key key = stream->key;
        *stream =
            (struct es_anon_stream){.key = key, .synced = true, .next = segment->sequence + 1};
        return;
    }
    struct es_stream_state state;
    if (!find_state(walk, stream, segment->sequence, &state))
        return;
    stream->opened = false;
    stream->prefixed |= es_trace_is_prefix(walk->c);
    const bool in_step = !stream->synced || (int32_t)(segment->sequence - stream->next) >= 0;
    stream->past[stream->past_count++ % ES_STREAM_PAST] =
        (struct es_stream_past){segment->sequence, state};
    const bool synced = rewrite_records(walk, segment->sequence, &state);
    if (!in_step)
        return;
    stream->synced = synced;
    stream->state = state;
    stream->next = segment->sequence + (uint32_t)wire;
}
