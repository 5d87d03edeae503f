/*
 * Ethernet, VLAN tags, LLC and SNAP.
 */
#include "frames.h"

static struct wire tagged(unsigned tags, uint16_t outer)
{
    struct wire w = {.length = 0};
    wire_fill(&w, 2, 12);
    for (unsigned i = 0; i < tags; i++) {
        wire_u16(&w, i == 0 ? outer : 0x8100);
        wire_u16(&w, (uint16_t)(100 + i));
    }
    wire_u16(&w, 0x0800);
    put_esp_packet(&w);
    return w;
}

static void esp_is_found_with_all_that_ip_says(void **state)
{
    (void)state;
    const struct wire w = tagged(0, 0);
    struct es_datagram out;
    assert_true(decode_one(&w, ETHERNET, &out));
    const struct es_address alice = es_address_v4(ALICE), bob = es_address_v4(BOB);
    assert_int_equal(out.kind, ES_DATAGRAM_ESP);
    assert_int_equal(out.encapsulation, ES_ENCAPSULATION_RAW);
    assert_int_equal(out.ref.number, 1);
    assert_true(out.ref.time == ES_SECOND);
    assert_true(es_address_equal(&out.source, &alice));
    assert_true(es_address_equal(&out.destination, &bob));
    assert_int_equal(out.source_port, 0);
    assert_int_equal(out.destination_port, 0);
    assert_int_equal(out.hop_limit, 61);
    assert_int_equal(out.traffic_class, 0xb8);
    assert_int_equal(out.ip_length, 20 + ESP_BYTES);
    assert_int_equal(out.ip_id, 0x1234);
    assert_int_equal(out.direction, ES_DIRECTION_UNKNOWN);
    assert_false(out.reassembled || out.first_fragment_only || out.marker_missing ||
                 out.duplicate_fragment);
    assert_int_equal(es_u32(&out.payload), SPI);
}

static void up_to_four_vlan_tags_are_stepped_over(void **state)
{
    (void)state;
    static const uint16_t outer[] = {0x8100, 0x88a8, 0x9100, 0x9200, 0x9300};
    for (unsigned tags = 0; tags <= 4; tags++) {
        for (size_t i = 0; i < ES_COUNT(outer); i++) {
            const struct wire w = tagged(tags, outer[i]);
            assert_esp(&w, ETHERNET);
        }
    }
    const struct wire five = tagged(5, 0x8100);
    assert_other(&five, ETHERNET);
}

static void padding_behind_the_ip_packet_is_cut_off(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x0800);
    put_udp_packet(&w, 4500, 4500, "\xff", 1);
    wire_fill(&w, 0, 60 - w.length);
    assert_kind(&w, ETHERNET, ES_DATAGRAM_KEEPALIVE, 1);
}

static void llc_with_snap_carries_ip_and_its_length_bounds_it(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 0);
    wire_bytes(&w, "\xaa\xaa\x03\x00\x00\x00\x08\x00", 8);
    put_esp_packet(&w);
    wire_patch_u16(&w, 12, w.length - 14);
    wire_fill(&w, 0xee, 9);
    assert_esp(&w, ETHERNET);
}

static void llc_of_others_is_left_alone(void **state)
{
    (void)state;
    static const char *const headers[] = {
        "\x42\x42\x03\x00\x00\x00\x00\x00", /* spanning tree */
        "\xaa\xaa\x03\x00\x00\x0c\x20\x00", /* Cisco's own SNAP */
        "\xaa\xaa\x7f\x00\x00\x00\x08\x00", /* not an unnumbered frame */
    };
    for (size_t i = 0; i < ES_COUNT(headers); i++) {
        struct wire w = {.length = 0};
        put_ethernet(&w, 100);
        wire_bytes(&w, headers[i], 8);
        put_esp_packet(&w);
        assert_other(&w, ETHERNET);
    }
}

/* A frame of nothing but such headers must not lead deeper and deeper. */
static void llc_within_llc_is_left_alone(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 120);
    wire_bytes(&w, "\xaa\xaa\x03\x00\x00\x00\x00\x70", 8);
    wire_bytes(&w, "\xaa\xaa\x03\x00\x00\x00\x08\x00", 8);
    put_esp_packet(&w);
    assert_other(&w, ETHERNET);
}

static void arp_is_nothing_to_us_and_not_malformed(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x0806);
    size_t count;
    const struct es_decoder_counts counts =
        counts_of(w.bytes, w.length, w.length, ETHERNET, &count);
    assert_int_equal(counts.other, 1);
    assert_int_equal(counts.malformed, 0);
    assert_int_equal(counts.cut, 0);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    const struct wire plain = tagged(0, 0), qinq = tagged(4, 0x88a8);
    sweep(&plain, ETHERNET, false);
    sweep(&qinq, ETHERNET, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp_is_found_with_all_that_ip_says),
        cmocka_unit_test(up_to_four_vlan_tags_are_stepped_over),
        cmocka_unit_test(padding_behind_the_ip_packet_is_cut_off),
        cmocka_unit_test(llc_with_snap_carries_ip_and_its_length_bounds_it),
        cmocka_unit_test(llc_of_others_is_left_alone),
        cmocka_unit_test(llc_within_llc_is_left_alone),
        cmocka_unit_test(arp_is_nothing_to_us_and_not_malformed),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
