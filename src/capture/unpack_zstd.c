/*
 * zstd (RFC 8878): any number of frames, skippable ones among them. The library itself refuses
 * windows over 128 MiB, which bounds the memory.
 */
#include "unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>

struct zstd {
    ZSTD_DStream *z;
    bool inside; /* a frame has begun and not ended */
};

static bool matches(const uint8_t first[static ES_STREAM_MAGIC])
{
    const bool frame = first[0] == 0x28 && first[1] == 0xb5 && first[2] == 0x2f && first[3] == 0xfd;
    const bool skippable =
        (first[0] & 0xf0) == 0x50 && first[1] == 0x2a && first[2] == 0x4d && first[3] == 0x18;
    return frame || skippable;
}

static bool zstd_open(struct es_unpacker *unpacker)
{
    struct zstd *zstd = calloc(1, sizeof(*zstd));
    if (!zstd)
        return false;
    zstd->z = ZSTD_createDStream();
    if (!zstd->z || ZSTD_isError(ZSTD_initDStream(zstd->z))) {
        ZSTD_freeDStream(zstd->z);
        free(zstd);
        return false;
    }
    unpacker->codec_state = zstd;
    return true;
}

static void zstd_close(struct es_unpacker *unpacker)
{
    struct zstd *zstd = unpacker->codec_state;
    ZSTD_freeDStream(zstd->z);
    free(zstd);
}

/* The stored bytes have ended: was that the end of a frame? */
static size_t end(struct es_unpacker *unpacker, const struct zstd *zstd)
{
    if (unpacker->state != ES_STREAM_FLOWING)
        return 0;
    if (zstd->inside)
        return es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                                  "the zstd data is cut off at stored offset %" PRIu64,
                                  es_unpacker_offset(unpacker));
    unpacker->state = ES_STREAM_ENDED;
    return 0;
}

static size_t unpack(struct es_unpacker *unpacker, uint8_t *to, size_t room)
{
    struct zstd *zstd = unpacker->codec_state;
    ZSTD_outBuffer out = {to, room, 0};
    while (out.pos == 0) {
        /* Inside a frame the library may still hold output that needs no more input. */
        if (unpacker->packed_at == unpacker->packed_count)
            es_unpacker_refill(unpacker);
        const size_t from = unpacker->packed_at;
        ZSTD_inBuffer in = {unpacker->packed, unpacker->packed_count, from};
        if (in.size == in.pos && !zstd->inside)
            return end(unpacker, zstd);
        const size_t result = ZSTD_decompressStream(zstd->z, &out, &in);
        unpacker->packed_at = in.pos;
        if (ZSTD_isError(result)) {
            es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                               "the zstd data is damaged near stored offset %" PRIu64 ": %s",
                               es_unpacker_offset(unpacker), ZSTD_getErrorName(result));
            break;
        }
        zstd->inside = result != 0;
        if (out.pos == 0 && in.pos == from && unpacker->packed_count == 0)
            return end(unpacker, zstd);
    }
    return out.pos;
}

const struct es_codec es_codec_zstd = {
    .name = "zstd",
    .matches = matches,
    .open = zstd_open,
    .unpack = unpack,
    .close = zstd_close,
};
