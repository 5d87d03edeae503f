/*
 * An unpacker: the stored bytes of a file, a FIFO or standard input, and what makes plain bytes of
 * them when they are gzip or zstd. Bytes are handed out once, in order; stream.h has the window.
 */
#ifndef ESPIAL_CAPTURE_UNPACK_H
#define ESPIAL_CAPTURE_UNPACK_H

#include "espial/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_STREAM_MAGIC = 4 }; /* bytes that tell how a stream is packed */

enum es_stream_state {
    ES_STREAM_FLOWING, /* more bytes may come */
    ES_STREAM_ENDED,   /* the end, and it came where an end may be */
    ES_STREAM_DAMAGED, /* reading or unpacking failed: `error` */
    ES_STREAM_STOPPED, /* nobody wanted to wait for more */
};

struct es_unpacker;

/* One way of packing. Rows stand in the table of unpack.c. */
struct es_codec {
    const char *name; /* for people; NULL for plain bytes */
    bool (*matches)(const uint8_t first[static ES_STREAM_MAGIC]);
    bool (*open)(struct es_unpacker *unpacker);
    /* See es_unpacker_next(). */
    size_t (*unpack)(struct es_unpacker *unpacker, uint8_t *to, size_t room);
    void (*close)(struct es_unpacker *unpacker);
};

struct es_unpacker {
    enum es_stream_state state;
    struct es_error error; /* why it is damaged; names no file */
    uint64_t size;         /* as stored, 0 when unknown */
    uint64_t read;         /* stored bytes read so far */

    const struct es_codec *codec;
    void *codec_state;   /* owned by the codec */
    uint8_t *packed;     /* owned; bytes as stored that wait to be unpacked */
    size_t packed_at;    /* next byte of `packed` */
    size_t packed_count; /* bytes in `packed` */

    int file;        /* descriptor; -1 when closed */
    bool owns_file;  /* false for standard input */
    bool file_ended; /* the descriptor has no more */
    bool may_wait;   /* no regular file: its bytes may be long in coming */

    bool (*give_up)(void *context); /* asked now and then while it waits; NULL: it waits */
    void *give_up_context;
};

/*
 * Opens `path`, or takes standard input for "-", and finds out how it is packed, for which it waits
 * for the first bytes. False with `error` filled and nothing to close. What begins with damage
 * opens: it then ends at once.
 */
bool es_unpacker_open(struct es_unpacker *unpacker, const char *path,
                      bool (*give_up)(void *context), void *context, struct es_error *error);

/*
 * Unpacks up to `room` bytes. `state` says when these, which may be none, are the last; 0 only at
 * the end. Where an error shows, and where pieces part, depends on nothing but the stored bytes and
 * the sequence of `room`.
 */
size_t es_unpacker_next(struct es_unpacker *unpacker, uint8_t *to, size_t room);

/* Closes it; harmless when repeated or after a failed open. */
void es_unpacker_close(struct es_unpacker *unpacker);

/* For codecs: reads stored bytes; 0 at the end (`file_ended`) or when it broke off (`state`). */
size_t es_unpacker_read(struct es_unpacker *unpacker, uint8_t *to, size_t room);

/* For codecs: reads more into `packed` once that is used up. False when there is no more. */
bool es_unpacker_refill(struct es_unpacker *unpacker);

/* For codecs: marks it damaged and says why. Always 0. */
size_t es_unpacker_damage(struct es_unpacker *unpacker, enum es_error_kind kind, const char *format,
                          ...) ES_PRINTF(3, 4);

/* For codecs: the offset of the next byte to unpack, in the file as stored. */
static inline uint64_t es_unpacker_offset(const struct es_unpacker *unpacker)
{
    return unpacker->read - (unpacker->packed_count - unpacker->packed_at);
}

extern const struct es_codec es_codec_gzip;
extern const struct es_codec es_codec_zstd;

#endif
