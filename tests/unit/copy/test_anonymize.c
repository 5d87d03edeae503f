/*
 * Whole frames through the anonymiser: addresses, checksums, NAT detection, what comes in pieces,
 * and what must not pass.
 */
#include "edge.h"
#include "espial/copy/anonymize.h"
#include "unit.h"
#include "wire.h"

#include "espial/ike.h"

#include <stdlib.h>

enum { ETHERNET = 1, RAW_IP = 101, ICMP = 1, TCP = 6, UDP = 17, GRE = 47, ESP = 50, UNKNOWN = 89 };
enum { IP_BYTES = 20, UDP_BYTES = 8, MORE = 0x2000, FRAME_MAX = 4096 };

static const uint8_t ALICE[4] = {203, 0, 113, 77}, BOB[4] = {10, 99, 88, 71};
static const uint8_t CAROL[4] = {192, 168, 213, 145};
static const uint64_t SPI = UINT64_C(0x1122334455667788);

static struct es_anonymizer *opened(uint8_t first)
{
    const struct es_anonymizer_options options = {
        .key = {first, 2, 3},
          .seed = {1,     2     }
    };
    struct es_anonymizer *anonymizer = es_anonymizer_new(&options, NULL);
    assert_non_null(anonymizer);
    return anonymizer;
}

static struct es_frame frame_of(const struct wire *w, uint32_t link_type, uint64_t number)
{
    return (struct es_frame){
        .bytes = edge_place(w->bytes, w->length),
        .held = w->length,
        .wire = w->length,
        .ref = es_packet_ref(number, 0, 1),
        .link_type = link_type,
    };
}

static struct wire rewritten(struct es_anonymizer *anonymizer, const struct es_frame *frame)
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

static struct wire rewritten_raw(struct es_anonymizer *anonymizer, const struct wire *w)
{
    const struct es_frame frame = frame_of(w, RAW_IP, 1);
    return rewritten(anonymizer, &frame);
}

static struct es_address stand_in(struct es_anonymizer *anonymizer, const uint8_t address[4])
{
    const struct es_address old = es_address_v4(address);
    return es_anonymizer_address(anonymizer, &old);
}

static void assert_stand_in(struct es_anonymizer *anonymizer, const uint8_t *at,
                            const uint8_t address[4])
{
    const struct es_address new = stand_in(anonymizer, address);
    assert_memory_equal(at, new.bytes + 12, 4);
    assert_memory_not_equal(at, address, 4);
}

static uint16_t sum_of(const uint8_t *bytes, size_t count, uint32_t sum)
{
    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* The sum of the pseudo header of the IPv4 packet at `ip`. */
static uint32_t pseudo_of(const uint8_t *ip, size_t length)
{
    return (uint32_t)sum_of(ip + 12, 8, 0) + ip[9] + (uint32_t)length;
}

static size_t put_ip(struct wire *w, uint8_t protocol, const uint8_t *source,
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

static void end_ip(struct wire *w, size_t at)
{
    wire_patch_u16(w, at + 2, w->length - at);
    wire_patch_u16(w, at + 10, 0);
    wire_patch_u16(w, at + 10, (uint16_t)~sum_of(w->bytes + at, IP_BYTES, 0));
}

static size_t put_udp(struct wire *w, uint16_t source, uint16_t destination)
{
    const size_t at = w->length;
    wire_u16(w, source);
    wire_u16(w, destination);
    wire_u32(w, 0);
    return at;
}

/* Sets the length and a good checksum. */
static void end_udp(struct wire *w, size_t ip, size_t at)
{
    const size_t length = w->length - at;
    wire_patch_u16(w, at + 4, length);
    const uint32_t pseudo = pseudo_of(w->bytes + ip, length);
    wire_patch_u16(w, at + 6, (uint16_t)~sum_of(w->bytes + at, length, pseudo));
}

static void assert_ip_good(const struct wire *w, size_t at)
{
    assert_int_equal(sum_of(w->bytes + at, IP_BYTES, 0), 0xffff);
}

static uint16_t udp_sum(const struct wire *w, size_t ip)
{
    const size_t at = ip + IP_BYTES, length = w->length - at;
    return sum_of(w->bytes + at, length, pseudo_of(w->bytes + ip, length));
}

static void put_nat_hash(struct wire *w, uint16_t type, const uint8_t address[4], uint16_t port,
                         uint8_t next)
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

static void put_ike(struct wire *w, const uint8_t *own, const uint8_t *other, size_t nonce)
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

static struct wire ike_packet(const uint8_t *own, const uint8_t *other)
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
static bool is_hash(const uint8_t *at, const struct es_address *address, uint16_t port)
{
    const struct es_ike_header header = {.initiator_spi = SPI, .major = 2};
    uint8_t hash[64];
    es_ike_nat_detection(NULL, &header, address, port, hash);
    return memcmp(at, hash, 20) == 0;
}

static bool has_bytes(const struct wire *w, const void *bytes, size_t count)
{
    return memmem(w->bytes, w->length, bytes, count) != NULL;
}

static void addresses_and_checksums_follow(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    const struct wire w = ike_packet(ALICE, BOB), out = rewritten_raw(anonymizer, &w);
    assert_stand_in(anonymizer, out.bytes + 12, ALICE);
    assert_stand_in(anonymizer, out.bytes + 16, BOB);
    assert_int_equal(out.bytes[16], 10); /* private stays private */
    assert_ip_good(&out, 0);
    assert_int_equal(udp_sum(&out, 0), 0xffff);
    assert_false(has_bytes(&out, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    const struct es_anonymizer_counts *counts = es_anonymizer_counts(anonymizer);
    assert_int_equal(counts->addresses, 2);
    assert_int_equal(counts->nat_hashes, 2);
    assert_int_equal(counts->values_voided, 1);
    es_anonymizer_free(anonymizer);
}

/* Wrong by the same, absent, and left to the network card. */
static void checksums_stay_what_they_were(void **state)
{
    (void)state;
    enum { CHECKSUM = IP_BYTES + 6 };
    struct es_anonymizer *anonymizer = opened(1);
    struct wire w = ike_packet(ALICE, BOB);
    const uint16_t good = (uint16_t)(w.bytes[CHECKSUM] << 8 | w.bytes[CHECKSUM + 1]);
    wire_patch_u16(&w, CHECKSUM, (uint16_t)(good - 0x11));
    wire_patch_u16(&w, 10, 0x1234);
    struct wire out = rewritten_raw(anonymizer, &w);
    assert_int_equal(udp_sum(&out, 0), 0xffff - 0x11);
    assert_int_equal(sum_of(out.bytes, IP_BYTES, 0), sum_of(w.bytes, IP_BYTES, 0));

    wire_patch_u16(&w, CHECKSUM, 0);
    wire_patch_u16(&w, 10, 0);
    out = rewritten_raw(anonymizer, &w);
    assert_int_equal(out.bytes[CHECKSUM] << 8 | out.bytes[CHECKSUM + 1], 0);
    assert_int_equal(out.bytes[10] << 8 | out.bytes[11], 0);

    const size_t length = w.length - IP_BYTES;
    wire_patch_u16(&w, CHECKSUM, sum_of(NULL, 0, pseudo_of(w.bytes, length)));
    out = rewritten_raw(anonymizer, &w);
    assert_int_equal(out.bytes[CHECKSUM] << 8 | out.bytes[CHECKSUM + 1],
                     sum_of(NULL, 0, pseudo_of(out.bytes, length)));
    es_anonymizer_free(anonymizer);
}

/* A hash that matched matches, one over another address of the capture goes with that address, and
 * one over an unknown address matches nothing. */
static void nat_detection_keeps_its_meaning(void **state)
{
    (void)state;
    enum { IKE = IP_BYTES + UDP_BYTES };
    struct es_anonymizer *anonymizer = opened(1);
    const struct es_address alice = stand_in(anonymizer, ALICE), bob = stand_in(anonymizer, BOB);
    const struct es_address carol = stand_in(anonymizer, CAROL);
    struct wire w = ike_packet(ALICE, BOB);
    struct wire out = rewritten_raw(anonymizer, &w);
    assert_true(is_hash(out.bytes + IKE + SOURCE_HASH, &alice, 500));
    assert_true(is_hash(out.bytes + IKE + DESTINATION_HASH, &bob, 500));

    w = ike_packet(CAROL, BOB);
    out = rewritten_raw(anonymizer, &w);
    assert_false(is_hash(out.bytes + IKE + SOURCE_HASH, &carol, 500));
    assert_false(is_hash(out.bytes + IKE + SOURCE_HASH, &alice, 500));
    assert_false(has_bytes(&out, w.bytes + IKE + SOURCE_HASH, 20));
    assert_int_equal(es_anonymizer_counts(anonymizer)->nat_hashes_voided, 1);

    struct wire seen = {.length = 0};
    const size_t ip = put_ip(&seen, UDP, CAROL, BOB, 0);
    const size_t udp = put_udp(&seen, 53, 53);
    end_ip(&seen, ip);
    end_udp(&seen, ip, udp);
    const struct es_frame later = frame_of(&seen, RAW_IP, 2);
    es_anonymizer_learn(anonymizer, &later);
    out = rewritten_raw(anonymizer, &w);
    assert_true(is_hash(out.bytes + IKE + SOURCE_HASH, &carol, 500));
    es_anonymizer_free(anonymizer);
}

static void the_key_decides(void **state)
{
    (void)state;
    struct es_anonymizer *one = opened(1), *again = opened(1), *two = opened(9);
    const struct wire w = ike_packet(ALICE, BOB);
    const struct wire a = rewritten_raw(one, &w), b = rewritten_raw(again, &w);
    const struct wire c = rewritten_raw(two, &w);
    assert_memory_equal(a.bytes, b.bytes, a.length);
    assert_memory_not_equal(a.bytes + 12, c.bytes + 12, 8);
    es_anonymizer_free(one);
    es_anonymizer_free(again);
    es_anonymizer_free(two);
}

static void what_icmp_quotes_is_replaced_alike(void **state)
{
    (void)state;
    enum { QUOTE = IP_BYTES + 8 };
    struct es_anonymizer *anonymizer = opened(1);
    const struct wire quoted = ike_packet(ALICE, BOB);
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, ICMP, CAROL, ALICE, 0);
    wire_u32(&w, 0x03030000);
    wire_u32(&w, 0);
    wire_bytes(&w, quoted.bytes, IP_BYTES + UDP_BYTES + 60);
    wire_patch_u16(&w, IP_BYTES + 2, (uint16_t)~sum_of(w.bytes + IP_BYTES, w.length - IP_BYTES, 0));
    end_ip(&w, ip);
    const struct wire out = rewritten_raw(anonymizer, &w);
    assert_stand_in(anonymizer, out.bytes + 12, CAROL);
    assert_stand_in(anonymizer, out.bytes + 16, ALICE);
    assert_stand_in(anonymizer, out.bytes + QUOTE + 12, ALICE);
    assert_stand_in(anonymizer, out.bytes + QUOTE + 16, BOB);
    assert_ip_good(&out, 0);
    assert_ip_good(&out, QUOTE);
    assert_int_equal(sum_of(out.bytes + IP_BYTES, out.length - IP_BYTES, 0), 0xffff);
    es_anonymizer_free(anonymizer);
}

static void tunnels_are_walked_through(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    const struct wire inner = ike_packet(ALICE, BOB);
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, UDP, BOB, CAROL, 0);
    const size_t udp = put_udp(&w, 40000, 4789);
    wire_u64(&w, UINT64_C(0x0800000000007b00));
    wire_bytes(&w, (const uint8_t[]){0, 0x1b, 0x21, 1, 2, 3, 0, 0x1b, 0x21, 4, 5, 6}, 12);
    wire_u16(&w, 0x0800);
    const size_t at = w.length;
    wire_bytes(&w, inner.bytes, inner.length);
    end_ip(&w, ip);
    end_udp(&w, ip, udp);
    const struct wire out = rewritten_raw(anonymizer, &w);
    assert_stand_in(anonymizer, out.bytes + at + 12, ALICE);
    assert_ip_good(&out, at);
    assert_int_equal(udp_sum(&out, 0), 0xffff);
    assert_int_equal(es_anonymizer_counts(anonymizer)->macs, 2);
    es_anonymizer_free(anonymizer);
}

static void assert_zero(const struct wire *w, size_t from)
{
    for (size_t i = from; i < w->length; i++)
        assert_int_equal(w->bytes[i], 0);
}

static void what_is_not_understood_is_zeroed(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire w = {.length = 0};
    size_t ip = put_ip(&w, UNKNOWN, ALICE, BOB, 0);
    wire_bytes(&w, "user data of nobody's business", 30);
    end_ip(&w, ip);
    struct wire out = rewritten_raw(anonymizer, &w);
    assert_zero(&out, IP_BYTES);
    assert_ip_good(&out, 0);

    w.length = 0;
    ip = put_ip(&w, UDP, ALICE, BOB, 0);
    const size_t udp = put_udp(&w, 53, 40000);
    wire_bytes(&w, "an answer", 9);
    end_ip(&w, ip);
    end_udp(&w, ip, udp);
    wire_bytes(&w, "padding of the link", 19);
    out = rewritten_raw(anonymizer, &w);
    assert_zero(&out, IP_BYTES + UDP_BYTES);

    const struct es_frame strange = frame_of(&w, 147, 1);
    out = rewritten(anonymizer, &strange);
    assert_zero(&out, 0);
    assert_int_equal(es_anonymizer_counts(anonymizer)->frames_zeroed, 1);
    es_anonymizer_free(anonymizer);
}

static struct wire clear_esp(void)
{
    const struct wire inner = ike_packet(CAROL, BOB);
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, ESP, ALICE, BOB, 0);
    wire_u64(&w, UINT64_C(0xc100000100000007));
    wire_bytes(&w, inner.bytes, inner.length);
    wire_bytes(&w, (const uint8_t[]){1, 2, 2, 4}, 4);
    wire_fill(&w, 0xcc, 12);
    end_ip(&w, ip);
    return w;
}

static void esp_that_is_not_encrypted_is_rewritten_inside(void **state)
{
    (void)state;
    enum { INNER = IP_BYTES + 8, TRAILER = 4 + 12 };
    struct es_anonymizer *anonymizer = opened(1);
    const struct wire w = clear_esp(), out = rewritten_raw(anonymizer, &w);
    assert_stand_in(anonymizer, out.bytes + INNER + 12, ALICE);
    assert_stand_in(anonymizer, out.bytes + INNER + 16, BOB);
    assert_ip_good(&out, INNER);
    assert_false(has_bytes(&out, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    assert_memory_equal(out.bytes + out.length - TRAILER, w.bytes + w.length - TRAILER, TRAILER);
    assert_int_equal(es_anonymizer_counts(anonymizer)->clear_esp, 1);
    es_anonymizer_free(anonymizer);
}

/* Transport mode: UDP, its user data, a trailer and an ICV; behind an IV too (RFC 4543). */
static void clear_user_data_in_esp_is_zeroed(void **state)
{
    (void)state;
    static const char data[] = "host-a.example asks 203.0.113.77";
    for (size_t iv = 0; iv <= 8; iv += 8) {
        struct es_anonymizer *anonymizer = opened(1);
        struct wire w = {.length = 0};
        const size_t ip = put_ip(&w, ESP, ALICE, BOB, 0);
        wire_u64(&w, UINT64_C(0xc100000300000009));
        wire_fill(&w, 0x3c, iv);
        const size_t udp = put_udp(&w, 40000, 53);
        wire_bytes(&w, data, sizeof(data) - 1);
        wire_patch_u16(&w, udp + 4, w.length - udp);
        wire_bytes(&w, (const uint8_t[]){1, 2, 2, UDP}, 4);
        wire_fill(&w, 0xcc, 16);
        end_ip(&w, ip);
        const struct wire out = rewritten_raw(anonymizer, &w);
        assert_false(has_bytes(&out, data, 8) || has_bytes(&out, "203.0", 5));
        assert_memory_equal(out.bytes + IP_BYTES, w.bytes + IP_BYTES, 8 + iv + UDP_BYTES);
        assert_memory_equal(out.bytes + w.length - 20, w.bytes + w.length - 20, 20);
        es_anonymizer_free(anonymizer);
    }
}

static void esp_that_is_encrypted_stays(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, ESP, ALICE, BOB, 0);
    wire_u64(&w, UINT64_C(0xc100000200000007));
    for (uint32_t i = 0; i < 25; i++)
        wire_u32(&w, i * UINT32_C(2654435761));
    end_ip(&w, ip);
    const struct wire out = rewritten_raw(anonymizer, &w);
    assert_memory_equal(out.bytes + IP_BYTES, w.bytes + IP_BYTES, w.length - IP_BYTES);
    es_anonymizer_free(anonymizer);
}

/* IKE_SA_INIT in two IP fragments, cut inside the second hash. */
enum { FIRST_BYTES = 96 };

static void cut_into_fragments(struct wire out[2])
{
    const struct wire whole = ike_packet(ALICE, BOB);
    const size_t cut = IP_BYTES + FIRST_BYTES;
    for (unsigned i = 0; i < 2; i++) {
        out[i].length = 0;
        const size_t ip = put_ip(&out[i], UDP, ALICE, BOB, i == 0 ? MORE : FIRST_BYTES / 8);
        wire_bytes(&out[i], whole.bytes + (i ? cut : IP_BYTES),
                   i ? whole.length - cut : FIRST_BYTES);
        end_ip(&out[i], ip);
    }
}

static void ike_in_fragments_is_put_together_when_learned(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire parts[2], whole = {.length = 0};
    cut_into_fragments(parts);
    for (unsigned i = 0; i < 2; i++) {
        const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
        es_anonymizer_learn(anonymizer, &frame);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
        const struct wire out = rewritten(anonymizer, &frame);
        assert_ip_good(&out, 0);
        wire_bytes(&whole, out.bytes + (i ? IP_BYTES : 0), out.length - (i ? IP_BYTES : 0));
    }
    assert_int_equal(udp_sum(&whole, 0), 0xffff);
    const struct es_address bob = stand_in(anonymizer, BOB);
    assert_true(is_hash(whole.bytes + IP_BYTES + UDP_BYTES + DESTINATION_HASH, &bob, 500));
    assert_false(has_bytes(&whole, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    es_anonymizer_free(anonymizer);
}

static void a_later_fragment_in_clear_is_zeroed_when_not(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire parts[2];
    cut_into_fragments(parts);
    for (unsigned i = 0; i < 2; i++) {
        const struct wire out = rewritten_raw(anonymizer, &parts[i]);
        if (i == 1)
            assert_zero(&out, IP_BYTES);
    }
    assert_int_equal(es_anonymizer_counts(anonymizer)->fragments_zeroed, 1);
    es_anonymizer_free(anonymizer);
}

static struct wire segment(uint32_t sequence, const uint8_t *bytes, size_t count)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, TCP, ALICE, BOB, 0);
    wire_u32(&w, (uint32_t)40000 << 16 | 4500);
    wire_u32(&w, sequence);
    wire_u32(&w, 1);
    wire_u32(&w, count ? 0x50181000 : 0x50021000);
    wire_u32(&w, 0);
    wire_bytes(&w, bytes, count);
    end_ip(&w, ip);
    const size_t length = w.length - IP_BYTES;
    wire_patch_u16(&w, IP_BYTES + 16,
                   (uint16_t)~sum_of(w.bytes + IP_BYTES, length, pseudo_of(w.bytes, length)));
    return w;
}

/* RFC 9329: prefix, one record of IKE_SA_INIT, cut into three segments. */
static void ike_across_tcp_segments(bool with_syn)
{
    enum { SEGMENTS = 3, TCP_AT = IP_BYTES + 20, FIRST = 100, SECOND = 80, NONCE = 160 };
    struct es_anonymizer *anonymizer = opened(1);
    struct wire stream = {.length = 0}, whole = {.length = 0};
    wire_bytes(&stream, "IKETCP", 6);
    wire_u16(&stream, 0);
    wire_u32(&stream, 0);
    put_ike(&stream, ALICE, BOB, NONCE);
    wire_patch_u16(&stream, 6, stream.length - 6);
    const size_t sizes[SEGMENTS] = {FIRST, SECOND, stream.length - FIRST - SECOND};
    struct wire parts[SEGMENTS + 1];
    parts[0] = segment(999, NULL, 0);
    for (size_t i = 0, at = 0; i < SEGMENTS; at += sizes[i++])
        parts[i + 1] = segment((uint32_t)(1000 + at), stream.bytes + at, sizes[i]);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = with_syn ? 0 : 1; i <= SEGMENTS; i++) {
            const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
            if (pass == 0) {
                es_anonymizer_learn(anonymizer, &frame);
                continue;
            }
            const struct wire out = rewritten(anonymizer, &frame);
            assert_int_equal(udp_sum(&out, 0), 0xffff); /* TCP's is the same sum */
            wire_bytes(&whole, out.bytes + TCP_AT, out.length - TCP_AT);
        }
    }
    const struct es_address alice = stand_in(anonymizer, ALICE), bob = stand_in(anonymizer, BOB);
    const uint8_t *ike = whole.bytes + 12;
    assert_int_equal(whole.length, stream.length);
    assert_memory_equal(whole.bytes, stream.bytes, 12 + SOURCE_HASH);
    assert_true(is_hash(ike + SOURCE_HASH, &alice, 500) || is_hash(ike + SOURCE_HASH, &bob, 500));
    assert_memory_equal(ike + VENDOR - 4, stream.bytes + 12 + VENDOR - 4, NONCE);
    assert_false(has_bytes(&whole, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    es_anonymizer_free(anonymizer);
}

static void ike_across_tcp_segments_is_put_together_when_learned(void **state)
{
    (void)state;
    ike_across_tcp_segments(true);
    ike_across_tcp_segments(false);
}

/* A packet behind each link header that there is; what names a host in there changes. */
static void every_link_header_is_walked_over(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc};
    static const struct {
        uint32_t link_type;
        uint8_t size, mac_at; /* 0: none */
        uint8_t bytes[80];
    } rows[] = {
        {0,   4,  0,  {2}                                                               },
        {1,   14, 6,  {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 8, 0}                        },
        {1,   18, 6,  {2, 2, 2, 2, 2, 2, 0, 0, 0, 0, 0, 0, 0x81, 0, 0, 7, 8, 0}         },
        {9,   2,  0,  {0, 0x21}                                                         },
        {12,  0,  0,  {0}                                                               },
        {50,  4,  0,  {0xff, 3, 0, 0x21}                                                },
        {104, 4,  0,  {0x0f, 0, 8, 0}                                                   },
        {108, 4,  0,  {0, 0, 0, 2}                                                      },
        {109, 12, 0,  {2}                                                               },
        {113, 16, 6,  {0, 0, 0, 1, 0, 6, [14] = 8}                                      },
        {117, 48, 24, {45, 2, [8] = 'e', 't', 'h', '9'}                                 },
        {166, 3,  0,  {1, 0, 0x21}                                                      },
        {228, 0,  0,  {0}                                                               },
        {239, 36, 12, {2, 0, 0, 0, 20, 0, 8, 0, 0, 6, [24] = 8, 0, 10, 0, 'l', 'o', 'g'}},
        {276, 20, 12, {8, [9] = 1, [11] = 6}                                            },
    };
    const struct wire packet = ike_packet(ALICE, BOB);
    for (size_t i = 0; i < ES_COUNT(rows); i++) {
        struct es_anonymizer *anonymizer = opened(1);
        struct wire w = {.length = 0};
        wire_bytes(&w, rows[i].bytes, rows[i].size);
        if (rows[i].mac_at)
            memcpy(w.bytes + rows[i].mac_at, mac, sizeof(mac));
        if (rows[i].link_type == 239) { /* its attribute of the packet: length and type */
            w.bytes[32] = (uint8_t)(packet.length + 4);
            w.bytes[33] = (uint8_t)((packet.length + 4) >> 8);
            w.bytes[34] = 9;
        }
        wire_bytes(&w, packet.bytes, packet.length);
        const struct es_frame frame = frame_of(&w, rows[i].link_type, 1);
        const struct wire out = rewritten(anonymizer, &frame);
        const uint8_t *ip = out.bytes + rows[i].size;
        if (es_anonymizer_counts(anonymizer)->addresses != 2)
            fail_msg("link type %u", rows[i].link_type);
        assert_stand_in(anonymizer, ip + 12, ALICE);
        assert_stand_in(anonymizer, ip + 16, BOB);
        assert_false(has_bytes(&out, mac, sizeof(mac)));
        assert_false(has_bytes(&out, "eth9", 4) || has_bytes(&out, "log", 3));
        es_anonymizer_free(anonymizer);
    }
}

static void arp_is_rewritten(void **state)
{
    (void)state;
    static const uint8_t mac[6] = {0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc};
    struct es_anonymizer *anonymizer = opened(1);
    struct wire w = {.length = 0};
    wire_fill(&w, 0xff, 6);
    wire_bytes(&w, mac, 6);
    wire_u16(&w, 0x0806);
    wire_u64(&w, UINT64_C(0x0001080006040001));
    wire_bytes(&w, mac, 6);
    wire_bytes(&w, ALICE, 4);
    wire_fill(&w, 0, 6);
    wire_bytes(&w, BOB, 4);
    wire_bytes(&w, "what was in the buffer", 18);
    const struct es_frame frame = frame_of(&w, ETHERNET, 1);
    const struct wire out = rewritten(anonymizer, &frame);
    assert_false(has_bytes(&out, mac, 6));
    assert_memory_equal(out.bytes + 6, out.bytes + 22, 6);
    assert_memory_equal(out.bytes + 12, w.bytes + 12, 10);
    assert_stand_in(anonymizer, out.bytes + 28, ALICE);
    assert_stand_in(anonymizer, out.bytes + 38, BOB);
    assert_zero(&out, 42);
    es_anonymizer_free(anonymizer);
}

/* Cut short or spoilt anywhere but in the addresses themselves: none of them comes out. */
static void no_spoilt_frame_lets_an_address_through(void **state)
{
    (void)state;
    enum { LINK = 14, SOURCE = LINK + 12, END = LINK + 20 };
    struct es_anonymizer *anonymizer = opened(1);
    const struct wire packet = ike_packet(ALICE, BOB);
    struct wire w = {.length = 0};
    wire_fill(&w, 2, 12);
    wire_u16(&w, 0x0800);
    wire_bytes(&w, packet.bytes, packet.length);
    for (size_t size = 0; size <= w.length; size++) {
        struct wire cut = w;
        cut.length = size;
        struct es_frame frame = frame_of(&cut, ETHERNET, 1);
        frame.wire = w.length;
        const struct wire out = rewritten(anonymizer, &frame);
        assert_false(has_bytes(&out, ALICE, 3) || has_bytes(&out, BOB, 3));
    }
    for (size_t at = 0; at < w.length; at++) {
        if (at >= SOURCE && at < END)
            continue;
        for (unsigned bit = 0; bit < 10; bit++) {
            struct wire spoilt = w;
            spoilt.bytes[at] ^= (uint8_t)(bit < 8 ? 1u << bit : bit == 8 ? 0xff : spoilt.bytes[at]);
            const struct es_frame frame = frame_of(&spoilt, ETHERNET, 1);
            const struct wire out = rewritten(anonymizer, &frame);
            if (has_bytes(&out, ALICE, 4) || has_bytes(&out, BOB, 4))
                fail_msg("byte %zu, spoilt so %u", at, bit);
        }
    }
    es_anonymizer_free(anonymizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_and_checksums_follow),
        cmocka_unit_test(checksums_stay_what_they_were),
        cmocka_unit_test(nat_detection_keeps_its_meaning),
        cmocka_unit_test(the_key_decides),
        cmocka_unit_test(what_icmp_quotes_is_replaced_alike),
        cmocka_unit_test(tunnels_are_walked_through),
        cmocka_unit_test(what_is_not_understood_is_zeroed),
        cmocka_unit_test(esp_that_is_not_encrypted_is_rewritten_inside),
        cmocka_unit_test(clear_user_data_in_esp_is_zeroed),
        cmocka_unit_test(esp_that_is_encrypted_stays),
        cmocka_unit_test(ike_in_fragments_is_put_together_when_learned),
        cmocka_unit_test(a_later_fragment_in_clear_is_zeroed_when_not),
        cmocka_unit_test(ike_across_tcp_segments_is_put_together_when_learned),
        cmocka_unit_test(every_link_header_is_walked_over),
        cmocka_unit_test(arp_is_rewritten),
        cmocka_unit_test(no_spoilt_frame_lets_an_address_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
