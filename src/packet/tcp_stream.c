/*
 * A stream's bytes as records: prefix, lengths, boundaries found again. RFC 9329, 3 and 4.
 */
#include "tcp_stream.h"

#include "classify.h"

#include <stdlib.h>
#include <string.h>

enum {
    LENGTH_BYTES = 2,
    MARKER_BYTES = 4,
    ESP_RECORD_MIN = LENGTH_BYTES + 8,
    SPI_RESERVED_MAX = 255,
};

static const uint8_t prefix[ES_TCP_PREFIX_BYTES] = {'I', 'K', 'E', 'T', 'C', 'P'};

bool es_tcp_is_prefix(struct es_cursor data)
{
    const uint8_t *bytes = es_take(&data, sizeof(prefix));
    return bytes && memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

void es_tcp_stream_lose(struct es_tcp_stream *stream)
{
    if (stream->state == ES_TCP_SYNCED)
        ++*stream->losses;
    stream->state = ES_TCP_SEARCHING;
    stream->held = 0;
    stream->done = 0;
    stream->skip = 0;
}

void es_tcp_stream_compact(struct es_tcp_stream *stream)
{
    if (stream->done && stream->held)
        memmove(stream->bytes, stream->bytes + stream->done, stream->held);
    stream->done = 0;
}

bool es_tcp_stream_add(struct es_tcp_stream *stream, const uint8_t *bytes, size_t count)
{
    if (stream->room < stream->held + count) {
        const size_t room = stream->held + count;
        uint8_t *more = realloc(stream->bytes, room);
        if (!more)
            return false;
        stream->bytes = more;
        stream->room = room;
    }
    if (count)
        memcpy(stream->bytes + stream->held, bytes, count);
    stream->held += count;
    return true;
}

enum record { IS_IKE, MAY_BE_ESP, IS_NONE };

/* What starts at the cursor, without trust in it; steps over it. */
static enum record look_at_record(struct es_cursor *data)
{
    const size_t length = es_u16(data);
    if (data->fault || length < ESP_RECORD_MIN || es_wire_left(data) + LENGTH_BYTES < length)
        return IS_NONE;
    struct es_cursor body = es_sub(data, length - LENGTH_BYTES);
    const uint32_t spi = es_u32(&body);
    if (body.fault)
        return IS_NONE;
    if (spi == 0)
        return es_is_ike_message(body) ? IS_IKE : IS_NONE;
    return spi > SPI_RESERVED_MAX ? MAY_BE_ESP : IS_NONE;
}

/*
 * An IKE header with the right length is proof. ESP has no such mark: there the lengths must lead
 * from record to record to the segment's end, which chance does once in 65536 segments.
 */
static bool starts_at_record(struct es_cursor data)
{
    enum record record = IS_NONE;
    while (es_more(&data)) {
        record = look_at_record(&data);
        if (record != MAY_BE_ESP)
            break;
    }
    return record == IS_IKE || (record == MAY_BE_ESP && !es_more(&data));
}

bool es_tcp_stream_sync(struct es_tcp_stream *stream, struct es_cursor data)
{
    if (es_tcp_is_prefix(data))
        stream->state = ES_TCP_OPENED;
    else if (starts_at_record(data))
        stream->state = ES_TCP_SYNCED;
    else
        return false;
    return true;
}

/* Steps over the prefix. False while it is not whole, or when it is none. */
static bool take_prefix(struct es_tcp_stream *stream, struct es_cursor *data)
{
    const size_t left = es_left(data);
    const size_t count = left < sizeof(prefix) ? left : sizeof(prefix);
    if (count && memcmp(data->at, prefix, count) != 0) {
        stream->state = ES_TCP_SEARCHING; /* connecting sides that send none show it by a record */
        return es_tcp_stream_sync(stream, *data);
    }
    if (count < sizeof(prefix)) {
        if (data->missing)
            es_tcp_stream_lose(stream);
        return false;
    }
    es_take(data, sizeof(prefix));
    stream->state = ES_TCP_SYNCED;
    stream->prefixed = true;
    return true;
}

/* Steps over one record. False when it is not whole, or when there can be none. */
static bool step_over_record(struct es_tcp_stream *stream, struct es_cursor *data)
{
    struct es_cursor look = *data;
    const size_t length = es_u16(&look);
    if (look.fault == ES_FAULT_SHORT)
        return false;
    if (look.fault || length < LENGTH_BYTES) {
        es_tcp_stream_lose(stream);
        return false;
    }
    const size_t body = length - LENGTH_BYTES;
    const size_t wire = es_wire_left(&look);
    if (wire < body) {
        if (look.missing == 0)
            return false;
        /* The capture will not have this record whole: it goes out now, the rest is skipped. */
        stream->skip = body - wire;
        data->missing += stream->skip;
        look.missing += stream->skip;
    }
    es_skip(&look, body);
    *data = look;
    return true;
}

void es_tcp_stream_cut(struct es_tcp_stream *stream, struct es_cursor *data)
{
    const bool own = stream->held && data->at == stream->bytes;
    const size_t skip = stream->skip;
    struct es_cursor rest = *data;
    if (stream->state == ES_TCP_OPENED)
        take_prefix(stream, &rest);
    const struct es_cursor records = rest;
    while (stream->state == ES_TCP_SYNCED && es_more(&rest))
        if (!step_over_record(stream, &rest))
            break;

    const size_t whole = (size_t)(rest.at - records.at);
    const size_t missing = records.missing - rest.missing + (stream->skip - skip);
    *data = es_cursor(records.at, whole, whole + missing);
    const bool waits = stream->state == ES_TCP_SYNCED || stream->state == ES_TCP_OPENED;
    if (own && waits) {
        stream->done = (size_t)(rest.at - stream->bytes);
        stream->held -= stream->done;
    } else if (own) {
        stream->held = 0;
    } else if (waits && !es_tcp_stream_add(stream, rest.at, es_left(&rest))) {
        es_tcp_stream_lose(stream);
    }
}

bool es_tcp_record_next(struct es_cursor *records, struct es_datagram *out)
{
    while (es_more(records)) {
        const size_t length = es_u16(records);
        if (records->fault || length < LENGTH_BYTES)
            break;
        struct es_cursor body = es_sub(records, length - LENGTH_BYTES);
        bool cut = false;
        out->marker_missing = false;
        out->kind = es_classify_natt(&body, &out->marker_missing, &cut);
        if (out->kind == ES_DATAGRAM_OTHER)
            continue;
        out->payload = body;
        out->payload.start = body.at;
        return true;
    }
    return false;
}
