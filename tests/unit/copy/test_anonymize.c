/*
 * Whole frames through the anonymiser: addresses, checksums, NAT detection, and what must not pass.
 */
#include "rewritten.h"

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
        cmocka_unit_test(every_link_header_is_walked_over),
        cmocka_unit_test(arp_is_rewritten),
        cmocka_unit_test(no_spoilt_frame_lets_an_address_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
