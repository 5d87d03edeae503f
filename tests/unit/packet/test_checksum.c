/*
 * The UDP checksum, when somebody asks.
 */
#include "frames.h"

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint32_t sum_of(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (uint32_t)bytes[i] << (i % 2 ? 0 : 8);
    return sum;
}

enum { V4_BYTES = 20, V6_BYTES = 40, CHECKSUM_AT = 6, UDP_PROTOCOL = 17 };

/* ESP in UDP of `bytes` bytes behind an IP header; the checksum is put in by the test. */
static struct wire packet_of(bool v6, size_t bytes)
{
    struct wire w = {.length = 0};
    const size_t ip = v6 ? put_ipv6(&w, UDP_PROTOCOL) : put_ipv4(&w, UDP_PROTOCOL);
    const size_t udp = put_udp(&w, 4500, 4500);
    put_esp(&w);
    wire_fill(&w, 0x77, bytes);
    end_udp(&w, udp);
    if (v6)
        end_ipv6(&w, ip);
    else
        end_ipv4(&w, ip);
    return w;
}

static uint32_t pseudo_sum(const struct wire *w, bool v6)
{
    const size_t header = v6 ? V6_BYTES : V4_BYTES;
    const uint8_t *addresses = w->bytes + (v6 ? 8 : 12);
    return sum_of(addresses, v6 ? 32 : 8) + UDP_PROTOCOL + (uint32_t)(w->length - header);
}

static uint16_t right_sum(const struct wire *w, bool v6)
{
    const size_t header = v6 ? V6_BYTES : V4_BYTES;
    return (uint16_t)~fold(pseudo_sum(w, v6) + sum_of(w->bytes + header, w->length - header));
}

static enum es_checksum check(struct wire *w, bool v6, uint16_t value)
{
    struct es_datagram out;
    wire_patch_u16(w, (v6 ? V6_BYTES : V4_BYTES) + CHECKSUM_AT, value);
    assert_true(decode_one(w, RAW_IP, &out));
    return es_udp_checksum(&out);
}

static void each_case_is_told_in_both_versions(void **state)
{
    (void)state;
    for (int v6 = 0; v6 < 2; v6++) {
        for (size_t bytes = 0; bytes < 4; bytes++) {
            struct wire w = packet_of(v6, bytes);
            const uint16_t right = right_sum(&w, v6);
            const uint16_t pseudo = fold(pseudo_sum(&w, v6));
            assert_int_equal(check(&w, v6, right), ES_CHECKSUM_GOOD);
            assert_int_equal(check(&w, v6, right ^ 0x0100), ES_CHECKSUM_BAD);
            assert_int_equal(check(&w, v6, pseudo), ES_CHECKSUM_UNFINISHED);
            assert_int_equal(check(&w, v6, 0), ES_CHECKSUM_NONE);
        }
    }
}

static void a_changed_address_makes_it_wrong(void **state)
{
    (void)state;
    struct wire w = packet_of(false, 3);
    const uint16_t right = right_sum(&w, false);
    w.bytes[15] ^= 1;
    assert_int_equal(check(&w, false, right), ES_CHECKSUM_BAD);
}

static void without_all_bytes_nothing_is_said(void **state)
{
    (void)state;
    struct wire w = packet_of(false, 200);
    wire_patch_u16(&w, V4_BYTES + CHECKSUM_AT, 0x1234);
    const struct es_frame frame =
        frame_of(edge_place(w.bytes, w.length - 50), w.length - 50, w.length, RAW_IP);
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    assert_true(es_decode(decoder, &frame, &out));
    assert_int_equal(es_udp_checksum(&out), ES_CHECKSUM_UNKNOWN);
    es_decoder_free(decoder);
}

static void esp_without_udp_has_none_to_look_at(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_esp_packet(&w);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_null(out.udp);
    assert_int_equal(es_udp_checksum(&out), ES_CHECKSUM_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_is_told_in_both_versions),
        cmocka_unit_test(a_changed_address_makes_it_wrong),
        cmocka_unit_test(without_all_bytes_nothing_is_said),
        cmocka_unit_test(esp_without_udp_has_none_to_look_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
