/*
 * gzip (RFC 1952) through zlib: any number of members, one after the other, and zero bytes as
 * padding behind the last one, as tapes and some appliances leave them.
 */
#include "unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { WINDOW_BITS_GZIP = 15 + 16 }; /* zlib's way of asking for the gzip header */

struct gzip {
    z_stream z;
    bool between; /* a member has ended and the next has not begun */
    bool padding; /* zero bytes came after a member: only more of them may follow */
};

static bool matches(const uint8_t first[static ES_STREAM_MAGIC])
{
    return first[0] == 0x1f && first[1] == 0x8b;
}

static bool gzip_open(struct es_unpacker *unpacker)
{
    struct gzip *gzip = calloc(1, sizeof(*gzip));
    if (!gzip || inflateInit2(&gzip->z, WINDOW_BITS_GZIP) != Z_OK) {
        free(gzip);
        return false;
    }
    unpacker->codec_state = gzip;
    return true;
}

static void gzip_close(struct es_unpacker *unpacker)
{
    struct gzip *gzip = unpacker->codec_state;
    inflateEnd(&gzip->z);
    free(gzip);
}

/* Stands between members. True when a further one begins, which is then set up. */
static bool next_member(struct es_unpacker *unpacker, struct gzip *gzip)
{
    for (;; unpacker->packed_at++) {
        if (unpacker->packed_at == unpacker->packed_count && !es_unpacker_refill(unpacker)) {
            if (unpacker->state == ES_STREAM_FLOWING)
                unpacker->state = ES_STREAM_ENDED;
            return false;
        }
        if (unpacker->packed[unpacker->packed_at] != 0)
            break;
        gzip->padding = true;
    }
    if (gzip->padding || unpacker->packed[unpacker->packed_at] != 0x1f) {
        es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                           "something that is not gzip follows the gzip data at stored offset "
                           "%" PRIu64,
                           es_unpacker_offset(unpacker));
        return false;
    }
    inflateReset(&gzip->z);
    gzip->between = false;
    return true;
}

static size_t unpack(struct es_unpacker *unpacker, uint8_t *to, size_t room)
{
    struct gzip *gzip = unpacker->codec_state;
    gzip->z.next_out = to;
    gzip->z.avail_out = (uInt)room;
    while (gzip->z.avail_out == room) {
        if (gzip->between && !next_member(unpacker, gzip))
            return 0;
        if (unpacker->packed_at == unpacker->packed_count && !es_unpacker_refill(unpacker)) {
            if (unpacker->state == ES_STREAM_FLOWING)
                es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                                   "the gzip data is cut off at stored offset %" PRIu64,
                                   es_unpacker_offset(unpacker));
            return 0;
        }
        gzip->z.next_in = unpacker->packed + unpacker->packed_at;
        gzip->z.avail_in = (uInt)(unpacker->packed_count - unpacker->packed_at);
        const int result = inflate(&gzip->z, Z_NO_FLUSH);
        unpacker->packed_at = unpacker->packed_count - gzip->z.avail_in;
        if (result == Z_STREAM_END)
            gzip->between = true;
        else if (result != Z_OK && result != Z_BUF_ERROR) {
            es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                               "the gzip data is damaged near stored offset %" PRIu64 ": %s",
                               es_unpacker_offset(unpacker),
                               gzip->z.msg ? gzip->z.msg : zError(result));
            break;
        }
    }
    return room - gzip->z.avail_out;
}

const struct es_codec es_codec_gzip = {
    .name = "gzip",
    .matches = matches,
    .open = gzip_open,
    .unpack = unpack,
    .close = gzip_close,
};
