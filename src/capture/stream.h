/*
 * A stream: the bytes of a file, a FIFO or standard input, unpacked when they are gzip or zstd.
 *
 * Readers look at the bytes through a window that the stream lends at the read position; bytes move
 * only when the window reaches the end of the buffer. Offsets count unpacked bytes from 0.
 */
#ifndef ESPIAL_CAPTURE_STREAM_H
#define ESPIAL_CAPTURE_STREAM_H

#include "espial/base.h"
#include "poison.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_STREAM_MAGIC = 4 }; /* bytes that tell how a stream is packed */

enum es_stream_state {
    ES_STREAM_FLOWING, /* more bytes may come */
    ES_STREAM_ENDED,   /* the end, and it came where an end may be */
    ES_STREAM_DAMAGED, /* reading or unpacking failed: `error` */
};

struct es_stream;

/* One way of packing. Rows stand in the table of stream.c. */
struct es_codec {
    const char *name; /* for people; NULL for plain bytes */
    bool (*matches)(const uint8_t first[static ES_STREAM_MAGIC]);
    bool (*open)(struct es_stream *stream);
    /* Unpacks up to `room` bytes. `state` says when these, which may be none, are the last. */
    size_t (*unpack)(struct es_stream *stream, uint8_t *to, size_t room);
    void (*close)(struct es_stream *stream);
};

struct es_stream {
    const uint8_t *at;        /* next byte */
    const uint8_t *end;       /* one past the last byte in the buffer */
    const uint8_t *forgotten; /* lent bytes before this one are poisoned */
    uint64_t end_offset;      /* offset of `end` */
    enum es_stream_state state;

    uint8_t *buffer;  /* owned */
    size_t capacity;  /* of `buffer` */
    size_t next_read; /* bytes to ask for at once; grows to a limit */

    const struct es_codec *codec;
    void *codec_state;   /* owned by the codec */
    uint8_t *packed;     /* owned; bytes as stored, NULL when plain */
    size_t packed_at;    /* next byte of `packed` */
    size_t packed_count; /* bytes in `packed` */

    int file;           /* descriptor; -1 when closed */
    bool owns_file;     /* false for standard input */
    bool file_ended;    /* the descriptor has no more */
    uint64_t size;      /* as stored, 0 when unknown */
    uint64_t *progress; /* borrowed; bytes as stored that were read so far */

    struct es_error error; /* why the stream is damaged; names no file */
};

/*
 * Opens `path`, or takes standard input for "-", and finds out how it is packed, for which it waits
 * for the first bytes. `progress` counts the stored bytes read. False with `error` filled and
 * nothing to close. A stream whose first bytes are damaged opens: it then ends at once.
 */
bool es_stream_open(struct es_stream *stream, const char *path, uint64_t *progress,
                    struct es_error *error);

/* Closes it; harmless when repeated or after a failed open. */
void es_stream_close(struct es_stream *stream);

/* Makes at least `want` bytes stand in the buffer. The part of es_stream_peek() seldom needed. */
bool es_stream_fill(struct es_stream *stream, size_t want);

/*
 * Steps over `count` bytes that need not be in the buffer. False when the stream has fewer; it then
 * stands at its end.
 */
bool es_stream_skip(struct es_stream *stream, uint64_t count);

/* For codecs: reads stored bytes; 0 at the end (`file_ended`) or on an error (`state`). */
size_t es_stream_read_stored(struct es_stream *stream, uint8_t *to, size_t room);

/* For codecs: reads more into `packed` once that is used up. False when there is no more. */
bool es_stream_refill_packed(struct es_stream *stream);

/* For codecs: marks the stream damaged and says why. Always 0. */
size_t es_stream_damage(struct es_stream *stream, enum es_error_kind kind, const char *format, ...)
    ES_PRINTF(3, 4);

extern const struct es_codec es_codec_gzip;
extern const struct es_codec es_codec_zstd;

/* Bytes in the buffer that are not yet read. */
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
#ifdef ES_POISONS
    ES_POISON(stream->forgotten, (size_t)(stream->at - stream->forgotten));
    stream->forgotten = stream->at;
#endif
    if (ES_LIKELY(es_stream_held(stream) >= count))
        return stream->at;
    return es_stream_fill(stream, count) ? stream->at : NULL;
}

/* Steps over `count` bytes that es_stream_peek() has lent; they stay lent until the next peek. */
static inline void es_stream_step(struct es_stream *stream, size_t count)
{
    stream->at += count;
}

#endif
