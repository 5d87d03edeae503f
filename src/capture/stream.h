/*
 * A stream: the bytes of a file, a FIFO or standard input, unpacked when they are gzip or zstd,
 * from some point on by a thread of its own.
 *
 * Readers look at the bytes through a window that the stream lends at the read position; bytes move
 * only when the window reaches the end of the buffer. Offsets count unpacked bytes from 0.
 */
#ifndef ESPIAL_CAPTURE_STREAM_H
#define ESPIAL_CAPTURE_STREAM_H

#include "poison.h"
#include "unpack.h"

struct es_ahead;

enum { ES_CACHE_LINE = 64 }; /* bytes; a guess is good enough */

struct es_stream_options {
    bool (*stop)(void); /* see es_source_options */
    bool one_thread;    /* unpacks where it is read */
};

struct es_stream {
    const uint8_t *at;        /* next byte */
    const uint8_t *end;       /* one past the last byte in the window */
    const uint8_t *forgotten; /* lent bytes before this one are poisoned */
    uint64_t end_offset;      /* offset of `end` */
    enum es_stream_state state;
    struct es_error error; /* why the stream is damaged; names no file */

    uint8_t *buffer;     /* owned; where the window is but for pieces unpacked ahead */
    size_t capacity;     /* of `buffer` */
    size_t next_read;    /* bytes to ask for at once; grows to `largest_read` */
    size_t largest_read; /* the thread unpacks pieces of this size */

    struct es_unpacker unpacker;
    struct es_ahead *ahead; /* owned; NULL: unpacks where it is read */
    uint64_t *progress;     /* borrowed; bytes as stored that were read so far */
    struct es_stream_options options;
};

/*
 * Opens `path`, or takes standard input for "-", and finds out how it is packed, for which it waits
 * for the first bytes. `progress` counts the stored bytes read; `options` may be NULL. False with
 * `error` filled and nothing to close. A stream whose first bytes are damaged opens: it then ends
 * at once. It must not move while it is open.
 */
bool es_stream_open(struct es_stream *stream, const char *path,
                    const struct es_stream_options *options, uint64_t *progress,
                    struct es_error *error);

/* Closes it; harmless when repeated or after a failed open. */
void es_stream_close(struct es_stream *stream);

/* Makes at least `want` bytes stand in the window. The part of es_stream_peek() seldom needed. */
bool es_stream_fill(struct es_stream *stream, size_t want);

/*
 * Steps over `count` bytes that need not be in the window. False when the stream has fewer; it then
 * stands at its end.
 */
bool es_stream_skip(struct es_stream *stream, uint64_t count);

/* Bytes in the window that are not yet read. */
static inline size_t es_stream_held(const struct es_stream *stream)
{
    return (size_t)(stream->end - stream->at);
}

/* Offset of the next byte. */
static inline uint64_t es_stream_offset(const struct es_stream *stream)
{
    return stream->end_offset - es_stream_held(stream);
}

/*
 * The next `count` bytes, not stepped over; NULL when the stream has fewer. Takes back all that was
 * lent before the read position. Memory is held for `count` bytes: the caller bounds it first.
 */
static inline const uint8_t *es_stream_peek(struct es_stream *stream, size_t count)
{
#if ES_ADDRESS_SANITIZER
    ES_POISON(stream->forgotten, (size_t)(stream->at - stream->forgotten));
    stream->forgotten = stream->at;
#endif
    if (ES_LIKELY(es_stream_held(stream) >= count))
        return stream->at;
    return es_stream_fill(stream, count) ? stream->at : NULL;
}

/*
 * Steps over `count` bytes that es_stream_peek() has lent; they stay lent until the next peek. What
 * comes next is fetched while they are worked on: the packet's headers, two lines of cache.
 */
static inline void es_stream_step(struct es_stream *stream, size_t count)
{
    stream->at += count;
    ES_PREFETCH(stream->at, 0);
    ES_PREFETCH(stream->at, ES_CACHE_LINE);
}

#endif
