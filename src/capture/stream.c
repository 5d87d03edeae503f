/*
 * The window over a stream's bytes. It lies in a buffer of the stream's own, or, when a thread
 * unpacks ahead, in the piece taken last: what was left of the piece before is then put in front.
 */
#include "stream.h"

#include "unpack_ahead.h"

#include <stdlib.h>
#include <string.h>

/*
 * The first read is small, because of many files only the first packet's time is wanted at first;
 * the later ones are large, because each costs a system call.
 */
enum { FIRST_READ = 64 << 10, LARGEST_READ = 1 << 20 };

/* Says no memory. Always false. */
static bool no_memory(struct es_stream *stream, size_t want)
{
    stream->state = ES_STREAM_DAMAGED;
    return es_error_set(&stream->error, ES_ERROR_MEMORY, "no memory for %zu bytes", want);
}

/* Makes room for `want` bytes from the read position on; what is there moves to the front. */
static bool make_room(struct es_stream *stream, size_t want)
{
    const size_t held = es_stream_held(stream);
    uint8_t *to = stream->buffer;
    ES_UNPOISON(stream->buffer, stream->capacity);
    if (want > stream->capacity) {
        to = want <= SIZE_MAX - LARGEST_READ ? malloc(want + LARGEST_READ) : NULL;
        if (!to)
            return no_memory(stream, want);
    }
    if (held)
        memmove(to, stream->at, held);
    if (to != stream->buffer) {
        free(stream->buffer);
        stream->buffer = to;
        stream->capacity = want + LARGEST_READ;
    }
    stream->at = stream->forgotten = to;
    stream->end = to + held;
    return true;
}

/* The unpacker gave `count` bytes; what it is about after them. */
static void note(struct es_stream *stream, size_t count, enum es_stream_state state, uint64_t read)
{
    stream->end_offset += count;
    stream->state = state;
    *stream->progress = read;
    if (state == ES_STREAM_DAMAGED)
        stream->error = stream->unpacker.error;
}

/* Unpacks here and now. */
static bool fill_here(struct es_stream *stream, size_t want)
{
    /* Always as much room as the thread has: pieces, and with them errors, are the same. */
    const size_t spare = stream->unpacker.codec->name ? stream->largest_read : 0;
    if (!make_room(stream, want + spare))
        return false;
    while (es_stream_held(stream) < want) {
        if (stream->state != ES_STREAM_FLOWING)
            return false;
        const size_t held = es_stream_held(stream);
        const size_t room = stream->capacity - held;
        const size_t count = es_unpacker_next(&stream->unpacker, stream->buffer + held,
                                              room < stream->next_read ? room : stream->next_read);
        stream->end += count;
        note(stream, count, stream->unpacker.state, stream->unpacker.read);
        if (stream->next_read < stream->largest_read)
            stream->next_read *= 2;
    }
    return true;
}

/* The window is where the piece is, and what it held before stands in front. */
static void move_into(struct es_stream *stream, const struct es_piece *piece)
{
    const size_t held = es_stream_held(stream);
    uint8_t *at = piece->bytes - held;
    if (held)
        memcpy(at, stream->at, held);
    stream->at = stream->forgotten = at;
    stream->end = piece->bytes + piece->count;
}

/* Too much is left to stand in front of the piece, or the piece is too short: gathers both. */
static bool append(struct es_stream *stream, size_t want, const struct es_piece *piece)
{
    const size_t together = es_stream_held(stream) + piece->count;
    const bool fits = stream->forgotten == stream->buffer && stream->at == stream->buffer &&
                      together <= stream->capacity;
    if (!fits && !make_room(stream, want > together ? want : together))
        return false;
    memcpy(stream->buffer + es_stream_held(stream), piece->bytes, piece->count);
    stream->end += piece->count;
    return true;
}

/* Takes what was unpacked ahead. */
static bool fill_ahead(struct es_stream *stream, size_t want)
{
    while (es_stream_held(stream) < want) {
        if (stream->state != ES_STREAM_FLOWING)
            return false;
        const struct es_piece *piece = es_ahead_take(stream->ahead);
        if (!piece) {
            stream->state = ES_STREAM_STOPPED;
            return false;
        }
        note(stream, piece->count, piece->state, piece->read);
        const size_t held = es_stream_held(stream);
        if (held <= ES_PIECE_HEADROOM && held + piece->count >= want)
            move_into(stream, piece);
        else if (!append(stream, want, piece))
            return false;
        es_ahead_release(stream->ahead);
    }
    return true;
}

/* A file of which more than its beginning is wanted, and whose unpacking takes time. */
static bool pays_ahead(const struct es_stream *stream)
{
    return !stream->ahead && !stream->options.one_thread && stream->unpacker.codec->name &&
           stream->next_read == stream->largest_read;
}

bool es_stream_fill(struct es_stream *stream, size_t want)
{
    if (stream->state != ES_STREAM_FLOWING)
        return false;
    if (pays_ahead(stream)) {
        stream->ahead = es_ahead_start(&stream->unpacker);
        stream->options.one_thread = !stream->ahead;
    }
    return stream->ahead ? fill_ahead(stream, want) : fill_here(stream, want);
}

bool es_stream_skip(struct es_stream *stream, uint64_t count)
{
    while (es_stream_held(stream) < count) {
        count -= es_stream_held(stream);
        stream->at = stream->end;
        if (!es_stream_fill(stream, 1))
            return false;
    }
    stream->at += count;
    return true;
}

static bool is_stopped(void *context)
{
    const struct es_stream *stream = context;
    return stream->options.stop();
}

bool es_stream_open(struct es_stream *stream, const char *path,
                    const struct es_stream_options *options, uint64_t *progress,
                    struct es_error *error)
{
    static const struct es_stream_options none = {0};
    *stream = (struct es_stream){
        .next_read = FIRST_READ, .progress = progress, .options = options ? *options : none};
    *progress = 0;
    if (!es_unpacker_open(&stream->unpacker, path, stream->options.stop ? is_stopped : NULL, stream,
                          error))
        return false;
    stream->buffer = malloc(LARGEST_READ);
    if (!stream->buffer) {
        es_stream_close(stream);
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to read it");
    }
    stream->capacity = LARGEST_READ;
    stream->largest_read = stream->unpacker.codec->name ? ES_PIECE_BYTES : LARGEST_READ;
    stream->at = stream->end = stream->forgotten = stream->buffer;
    note(stream, 0, stream->unpacker.state, stream->unpacker.read);
    return true;
}

void es_stream_close(struct es_stream *stream)
{
    es_ahead_end(stream->ahead);
    es_unpacker_close(&stream->unpacker);
    if (stream->buffer)
        ES_UNPOISON(stream->buffer, stream->capacity);
    free(stream->buffer);
    stream->ahead = NULL;
    stream->buffer = NULL;
    stream->at = stream->end = stream->forgotten = NULL;
    stream->state = ES_STREAM_ENDED;
}
