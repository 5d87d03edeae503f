/*
 * Frames built layer by layer, and decoding them where reading too far crashes.
 */
#ifndef TESTS_PACKET_FRAMES_H
#define TESTS_PACKET_FRAMES_H

#include "edge.h"
#include "unit.h"
#include "wire.h"

#include "espial/packet.h"

#include <stdbool.h>

enum { ETHERNET = 1, RAW_IP = 101, SPI = 0xc1000001, ESP_BYTES = 40, IKE_BYTES = 60 };

static const uint8_t ALICE[4] = {192, 0, 2, 1}, BOB[4] = {198, 51, 100, 2};
static const uint8_t ALICE6[16] = {0x20, 1, 0xd, 0xb8, [15] = 1};
static const uint8_t BOB6[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};

static inline void put_ethernet(struct wire *w, uint16_t ethertype)
{
    wire_fill(w, 2, 12);
    wire_u16(w, ethertype);
}

/* An IPv4 header with a fragment's flags and offset; its total length is put in by end_ipv4(). */
static inline size_t put_ipv4_fragment(struct wire *w, uint8_t protocol, uint16_t id,
                                       uint16_t flags)
{
    const size_t at = w->length;
    wire_u16(w, 0x45b8);
    wire_u16(w, 0);
    wire_u16(w, id);
    wire_u16(w, flags);
    wire_u8(w, 61);
    wire_u8(w, protocol);
    wire_u16(w, 0);
    wire_bytes(w, ALICE, 4);
    wire_bytes(w, BOB, 4);
    return at;
}

static inline size_t put_ipv4(struct wire *w, uint8_t protocol)
{
    return put_ipv4_fragment(w, protocol, 0x1234, 0x4000);
}

static inline void end_ipv4(struct wire *w, size_t at)
{
    wire_patch_u16(w, at + 2, w->length - at);
}

static inline size_t put_ipv6(struct wire *w, uint8_t protocol)
{
    const size_t at = w->length;
    wire_u32(w, 0x6b800000);
    wire_u16(w, 0);
    wire_u8(w, protocol);
    wire_u8(w, 61);
    wire_bytes(w, ALICE6, 16);
    wire_bytes(w, BOB6, 16);
    return at;
}

static inline void end_ipv6(struct wire *w, size_t at)
{
    wire_patch_u16(w, at + 4, w->length - at - 40);
}

static inline size_t put_udp(struct wire *w, uint16_t source, uint16_t destination)
{
    const size_t at = w->length;
    wire_u16(w, source);
    wire_u16(w, destination);
    wire_u16(w, 0);
    wire_u16(w, 0);
    return at;
}

static inline void end_udp(struct wire *w, size_t at)
{
    wire_patch_u16(w, at + 4, w->length - at);
}

static inline void put_esp(struct wire *w)
{
    wire_u32(w, SPI);
    wire_u32(w, 7);
    wire_fill(w, 0x5a, ESP_BYTES - 8);
}

/* An IKE_SA_INIT request as its header tells. */
static inline void put_ike(struct wire *w)
{
    wire_u64(w, 0x1122334455667788);
    wire_u64(w, 0);
    wire_u32(w, 0x21202208);
    wire_u32(w, 0);
    wire_u32(w, IKE_BYTES);
    wire_fill(w, 0, IKE_BYTES - 28);
}

/* Whole packets without link layer. */
static inline void put_esp_packet(struct wire *w)
{
    const size_t ip = put_ipv4(w, 50);
    put_esp(w);
    end_ipv4(w, ip);
}

static inline void put_udp_packet(struct wire *w, uint16_t source, uint16_t destination,
                                  const void *payload, size_t count)
{
    const size_t ip = put_ipv4(w, 17);
    const size_t udp = put_udp(w, source, destination);
    wire_bytes(w, payload, count);
    end_udp(w, udp);
    end_ipv4(w, ip);
}

static inline void put_natt_packet(struct wire *w)
{
    struct wire esp = {.length = 0};
    put_esp(&esp);
    put_udp_packet(w, 4500, 4500, esp.bytes, esp.length);
}

static inline struct es_decoder *decoder_new(void)
{
    const struct es_decoder_options options = {
        .seed = {1, 2}
    };
    struct es_decoder *decoder = es_decoder_new(&options);
    assert_non_null(decoder);
    return decoder;
}

static inline struct es_frame frame_of(const void *bytes, size_t held, size_t wire, uint32_t link)
{
    const struct es_frame frame = {
        .bytes = edge_place(bytes, held < wire ? held : wire),
        .held = held,
        .wire = wire,
        .ref = {.number = 1, .time = ES_SECOND},
        .link_type = link,
    };
    return frame;
}

/*
 * Decodes all that one frame gives, reading each payload to its end. The number of datagrams;
 * `first` is zeros when there are none.
 */
static inline size_t decode_all(struct es_decoder *decoder, const struct es_frame *frame,
                                struct es_datagram *first)
{
    struct es_datagram datagram;
    size_t count = 0;
    volatile uint8_t sink = 0;
    memset(first, 0, sizeof(*first));
    for (bool more = es_decode(decoder, frame, &datagram); more;
         more = es_decode_more(decoder, &datagram)) {
        if (count++ == 0)
            *first = datagram;
        for (const uint8_t *at = datagram.payload.at; at < datagram.payload.end; at++)
            sink ^= *at;
        assert_ptr_equal(datagram.payload.start, datagram.payload.at);
    }
    return count;
}

/* Decodes one frame as captured whole. False when it is not about IPsec. */
static inline bool decode_one(const struct wire *w, uint32_t link, struct es_datagram *out)
{
    struct es_decoder *decoder = decoder_new();
    const struct es_frame frame = frame_of(w->bytes, w->length, w->length, link);
    const size_t count = decode_all(decoder, &frame, out);
    const struct es_decoder_counts *counts = es_decoder_counts(decoder);
    assert_int_equal(counts->frames, 1);
    assert_int_equal(counts->other, count == 0);
    es_decoder_free(decoder);
    return count > 0;
}

static inline void assert_kind(const struct wire *w, uint32_t link, enum es_datagram_kind kind,
                               size_t payload)
{
    struct es_datagram out;
    assert_true(decode_one(w, link, &out));
    assert_int_equal(out.kind, kind);
    assert_int_equal(es_wire_left(&out.payload), payload);
    assert_int_equal(es_left(&out.payload), payload);
}

static inline void assert_esp(const struct wire *w, uint32_t link)
{
    assert_kind(w, link, ES_DATAGRAM_ESP, ESP_BYTES);
}

static inline void assert_other(const struct wire *w, uint32_t link)
{
    struct es_datagram out;
    assert_false(decode_one(w, link, &out));
}

/* What a fresh decoder counts of a frame. */
static inline struct es_decoder_counts counts_of(const void *bytes, size_t held, size_t wire,
                                                 uint32_t link, size_t *datagrams)
{
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    const struct es_frame frame = frame_of(bytes, held, wire, link);
    *datagrams = decode_all(decoder, &frame, &out);
    const struct es_decoder_counts counts = *es_decoder_counts(decoder);
    es_decoder_free(decoder);
    return counts;
}

/*
 * Every prefix: where the capture cut it, nobody lied; where the packet is short, something did,
 * except in headers below a guess. Then every bit flipped: any answer will do.
 */
static inline void sweep(const struct wire *w, uint32_t link, bool guessed)
{
    size_t count;
    for (size_t n = 0; n < w->length; n++) {
        const struct es_decoder_counts cut = counts_of(w->bytes, n, w->length, link, &count);
        assert_int_equal(cut.malformed, 0);
        assert_int_equal(cut.cut, count == 0);
        const struct es_decoder_counts lying = counts_of(w->bytes, n, n, link, &count);
        assert_int_equal(lying.cut, 0);
        if (count > 0 || !guessed)
            assert_int_equal(lying.malformed, 1);
    }
    struct wire spoilt = *w;
    for (size_t bit = 0; bit < w->length * 8; bit++) {
        spoilt.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        counts_of(spoilt.bytes, spoilt.length, spoilt.length, link, &count);
        spoilt.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

#endif
