/*
 * Bytes packed as gzip and zstd, and a small capture to pack.
 */
#ifndef ESPIAL_TEST_CAPTURE_PACKED_H
#define ESPIAL_TEST_CAPTURE_PACKED_H

#include "bytes.h"

#include <zlib.h>
#include <zstd.h>

enum { PACKED_PACKETS = 5 };

static inline void put_small_capture(struct bytes *b)
{
    put_pcap_header(b, PCAP_MICRO, 1);
    for (uint8_t i = 0; i < PACKED_PACKETS; i++)
        put_pcap_packet(b, i, 0, i, 30, 30);
}

static inline void put_gzip(struct bytes *to, const void *data, size_t size)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    uint8_t *packed = malloc(size + 1024);
    assert_non_null(packed);
    z.next_in = (uint8_t *)(uintptr_t)data;
    z.avail_in = (uInt)size;
    z.next_out = packed;
    z.avail_out = (uInt)size + 1024;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    put(to, packed, z.total_out);
    deflateEnd(&z);
    free(packed);
}

static inline void put_zstd(struct bytes *to, const void *data, size_t size)
{
    const size_t bound = ZSTD_compressBound(size);
    uint8_t *packed = malloc(bound);
    ZSTD_CCtx *context = ZSTD_createCCtx();
    assert_non_null(packed);
    assert_non_null(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    const size_t count = ZSTD_compress2(context, packed, bound, data, size);
    assert_false(ZSTD_isError(count));
    put(to, packed, count);
    ZSTD_freeCCtx(context);
    free(packed);
}

/* The small capture as two members (frames) that part in the middle of a packet. */
static inline void put_parts(struct bytes *to, void (*pack)(struct bytes *, const void *, size_t))
{
    struct bytes b = {0};
    put_small_capture(&b);
    pack(to, b.data, 100);
    pack(to, b.data + 100, b.size - 100);
    free(b.data);
}

static inline void assert_small_capture(const char *folder, const struct bytes *packed)
{
    struct outcome out;
    read_bytes(folder, packed->data, packed->size, &out);
    assert_int_equal(out.count, PACKED_PACKETS);
    for (uint8_t i = 0; i < PACKED_PACKETS; i++)
        assert_pattern(&out.frames[i], i, 30, 30);
    assert_string_equal(out.files[0].damage.text, "");
    assert_int_equal(out.files[0].size, packed->size);
    assert_int_equal(out.files[0].read, packed->size);
    forget(&out);
}

/* No prefix is sound but the whole, unless it is one of the `whole` sizes. */
static inline void assert_every_prefix_is_damaged(const char *folder, const struct bytes *packed)
{
    for (size_t size = 1; size < packed->size; size++) {
        struct outcome out;
        read_bytes(folder, packed->data, size, &out);
        if (out.files[0].damage.kind != ES_ERROR_FORMAT)
            fail_msg("the first %zu bytes pass as sound", size);
        assert_contains(out.files[0].damage.text, folder);
        assert_contains(out.files[0].damage.text, "offset ");
        forget(&out);
    }
}

/* Each flip gives the same frames, or frames before it and damage. */
static inline void assert_every_flip_is_noticed(const char *folder, struct bytes *packed,
                                                size_t first_bit)
{
    for (size_t bit = first_bit; bit < packed->size * 8; bit++) {
        struct outcome out;
        packed->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        read_bytes(folder, packed->data, packed->size, &out);
        packed->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (out.files[0].damage.kind == ES_ERROR_NONE) {
            assert_int_equal(out.count, PACKED_PACKETS);
            for (uint8_t i = 0; i < PACKED_PACKETS; i++)
                assert_pattern(&out.frames[i], i, 30, 30);
        }
        forget(&out);
    }
}

#endif
