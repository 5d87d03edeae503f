/*
 * Frames for the anonymiser: made, given to it, and looked at behind it.
 */
#ifndef TESTS_COPY_REWRITTEN_H
#define TESTS_COPY_REWRITTEN_H

#include "edge.h"
#include "unit.h"
#include "wire.h"

#include "espial/copy/anonymize.h"
#include "espial/ike.h"

#include <stdlib.h>

enum { ETHERNET = 1, RAW_IP = 101, ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ESP = 50, UNKNOWN = 89 };
enum { IP_BYTES = 20, UDP_BYTES = 8, MORE = 0x2000, FRAME_MAX = 4096 };

static const uint8_t ALICE[4] = {203, 0, 113, 77}, BOB[4] = {10, 99, 88, 71};
static const uint8_t CAROL[4] = {192, 168, 213, 145};
static const uint64_t SPI = UINT64_C(0x1122334455667788);

static inline struct es_anonymizer *opened(uint8_t first)
{
    const struct es_anonymizer_options options = {
        .key = {first, 2, 3},
          .seed = {1,     2     }
    };
    struct es_anonymizer *anonymizer = es_anonymizer_new(&options, NULL);
    assert_non_null(anonymizer);
    return anonymizer;
}

static inline struct es_frame frame_of(const struct wire *w, uint32_t link_type, uint64_t number)
{
    return (struct es_frame){
        .bytes = edge_place(w->bytes, w->length),
        .held = w->length,
        .wire = w->length,
        .ref = es_packet_ref(number, 0, 1),
        .link_type = link_type,
    };
}

static inline struct wire rewritten(struct es_anonymizer *anonymizer, const struct es_frame *frame)
{
    struct es_frame out;
    struct wire w = {.length = 0};
    assert_true(es_anonymizer_frame(anonymizer, frame, &out, NULL));
    assert_int_equal(out.held, frame->held);
    assert_int_equal(out.wire, frame->wire);
    assert_int_equal(out.ref.number, frame->ref.number);
    wire_bytes(&w, out.bytes, out.held);
    return w;
}

static inline struct wire rewritten_raw(struct es_anonymizer *anonymizer, const struct wire *w)
{
    const struct es_frame frame = frame_of(w, RAW_IP, 1);
    return rewritten(anonymizer, &frame);
}

static inline struct es_address stand_in(struct es_anonymizer *anonymizer, const uint8_t address[4])
{
    const struct es_address old = es_address_v4(address);
    return es_anonymizer_address(anonymizer, &old);
}

static inline void assert_stand_in(struct es_anonymizer *anonymizer, const uint8_t *at,
                                   const uint8_t address[4])
{
    const struct es_address new = stand_in(anonymizer, address);
    assert_memory_equal(at, new.bytes + 12, 4);
    assert_memory_not_equal(at, address, 4);
}

static inline uint16_t sum_of(const uint8_t *bytes, size_t count, uint32_t sum)
{
    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The sum of the pseudo header of the IPv4 packet at `ip`. */
static inline uint32_t pseudo_of(const uint8_t *ip, size_t length)
{
    return (uint32_t)sum_of(ip + 12, 8, 0) + ip[9] + (uint32_t)length;
}

static inline size_t put_ip(struct wire *w, uint8_t protocol, const uint8_t *source,
                            const uint8_t *destination, uint16_t flags)
{
    const size_t at = w->length;
    wire_u32(w, 0x45000000);
    wire_u16(w, 0x4711);
    wire_u16(w, flags);
    wire_u8(w, 61);
    wire_u8(w, protocol);
    wire_u16(w, 0);
    wire_bytes(w, source, 4);
    wire_bytes(w, destination, 4);
    return at;
}

static inline void end_ip(struct wire *w, size_t at)
{
    wire_patch_u16(w, at + 2, w->length - at);
    wire_patch_u16(w, at + 10, 0);
    wire_patch_u16(w, at + 10, (uint16_t)~sum_of(w->bytes + at, IP_BYTES, 0));
}

static inline size_t put_udp(struct wire *w, uint16_t source, uint16_t destination)
{
    const size_t at = w->length;
    wire_u16(w, source);
    wire_u16(w, destination);
    wire_u32(w, 0);
    return at;
}

/* Sets the length and a good checksum. */
static inline void end_udp(struct wire *w, size_t ip, size_t at)
{
    const size_t length = w->length - at;
    wire_patch_u16(w, at + 4, length);
    const uint32_t pseudo = pseudo_of(w->bytes + ip, length);
    wire_patch_u16(w, at + 6, (uint16_t)~sum_of(w->bytes + at, length, pseudo));
}

static inline void assert_ip_good(const struct wire *w, size_t at)
{
    assert_int_equal(sum_of(w->bytes + at, IP_BYTES, 0), 0xffff);
}

static inline uint16_t udp_sum(const struct wire *w, size_t ip)
{
    const size_t at = ip + IP_BYTES, length = w->length - at;
    return sum_of(w->bytes + at, length, pseudo_of(w->bytes + ip, length));
}

static inline void put_nat_hash(struct wire *w, uint16_t type, const uint8_t address[4],
                                uint16_t port, uint8_t next)
{
    const struct es_ike_header header = {.initiator_spi = SPI, .major = 2};
    const struct es_address over = es_address_v4(address);
    uint8_t hash[64];
    assert_int_equal(es_ike_nat_detection(NULL, &header, &over, port, hash), 20);
    wire_u8(w, next);
    wire_u8(w, 0);
    wire_u16(w, 28);
    wire_u16(w, 0);
    wire_u16(w, type);
    wire_bytes(w, hash, 20);
}

/* IKE_SA_INIT: NAT detection over `own` and `other`, then a vendor ID with a name in it. */
enum { SOURCE_HASH = 28 + 8, DESTINATION_HASH = SOURCE_HASH + 28, VENDOR = DESTINATION_HASH + 24 };
static const char VENDOR_TEXT[] = "gw.example.org";

static inline void put_ike(struct wire *w, const uint8_t *own, const uint8_t *other, size_t nonce)
{
    const size_t at = w->length;
    wire_u64(w, SPI);
    wire_u64(w, 0);
    wire_u32(w, 0x29202208);
    wire_u32(w, 0);
    wire_u32(w, 0);
    put_nat_hash(w, ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, own, 500, ES_IKE_PAYLOAD_NOTIFY);
    put_nat_hash(w, ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, other, 500,
                 nonce ? ES_IKE_PAYLOAD_NONCE : ES_IKE_PAYLOAD_VENDOR);
    if (nonce) {
        wire_u16(w, ES_IKE_PAYLOAD_VENDOR << 8);
        wire_u16(w, (uint16_t)(4 + nonce));
        wire_fill(w, 0x77, nonce);
    }
    wire_u16(w, 0);
    wire_u16(w, 4 + sizeof(VENDOR_TEXT) - 1);
    wire_bytes(w, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1);
    wire_patch_u32(w, at + 24, (uint32_t)(w->length - at));
}

static inline struct wire ike_packet(const uint8_t *own, const uint8_t *other)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, UDP, ALICE, BOB, 0);
    const size_t udp = put_udp(&w, 500, 500);
    put_ike(&w, own, other, 0);
    end_ip(&w, ip);
    end_udp(&w, ip, udp);
    return w;
}

/* The hash in a message is that over this address. */
static inline bool is_hash(const uint8_t *at, const struct es_address *address, uint16_t port)
{
    const struct es_ike_header header = {.initiator_spi = SPI, .major = 2};
    uint8_t hash[64];
    es_ike_nat_detection(NULL, &header, address, port, hash);
    return memcmp(at, hash, 20) == 0;
}

static inline bool has_bytes(const struct wire *w, const void *bytes, size_t count)
{
    return memmem(w->bytes, w->length, bytes, count) != NULL;
}

static inline void assert_zero(const struct wire *w, size_t from)
{
    for (size_t i = from; i < w->length; i++)
        assert_int_equal(w->bytes[i], 0);
}

#endif
