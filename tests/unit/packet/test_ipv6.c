/*
 * IPv6 and its extension headers.
 */
#include "frames.h"

static void put_extension(struct wire *w, uint8_t next, uint8_t units)
{
    wire_u8(w, next);
    wire_u8(w, units);
    wire_fill(w, 0, 6 + units * 8U);
}

static struct wire extended(void)
{
    struct wire w = {.length = 0};
    put_ipv6(&w, 0);          /* hop by hop */
    put_extension(&w, 43, 0); /* routing */
    put_extension(&w, 60, 2); /* destination options */
    put_extension(&w, 135, 1);
    put_extension(&w, 50, 3);
    put_esp(&w);
    end_ipv6(&w, 0);
    return w;
}

static void all_fields_are_filled(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x86dd);
    const size_t ip = put_ipv6(&w, 50);
    put_esp(&w);
    end_ipv6(&w, ip);
    wire_fill(&w, 0, 7);
    struct es_datagram out;
    assert_true(decode_one(&w, ETHERNET, &out));
    const struct es_address alice = es_address_v6(ALICE6), bob = es_address_v6(BOB6);
    assert_true(es_address_equal(&out.source, &alice));
    assert_true(es_address_equal(&out.destination, &bob));
    assert_int_equal(out.hop_limit, 61);
    assert_int_equal(out.traffic_class, 0xb8);
    assert_int_equal(out.ip_length, 40 + ESP_BYTES);
    assert_int_equal(out.ip_id, 0);
    assert_esp(&w, ETHERNET);
}

static void extension_headers_are_stepped_over(void **state)
{
    (void)state;
    const struct wire w = extended();
    assert_esp(&w, RAW_IP);
}

static void a_chain_as_long_as_the_packet_ends(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ipv6(&w, 60);
    for (unsigned i = 0; i < 900; i++)
        put_extension(&w, 60, 0);
    put_extension(&w, 50, 0);
    put_esp(&w);
    end_ipv6(&w, 0);
    assert_esp(&w, RAW_IP);
}

static void ah_ends_the_chain(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ipv6(&w, 0);
    put_extension(&w, 51, 0);
    wire_u32(&w, 0x3a040000);
    wire_fill(&w, 7, 28);
    end_ipv6(&w, 0);
    assert_kind(&w, RAW_IP, ES_DATAGRAM_AH, 32);
}

static void an_atomic_fragment_is_a_whole_packet(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ipv6(&w, 44);
    wire_u32(&w, 50U << 24);
    wire_u32(&w, 0xabcdef01);
    put_esp(&w);
    end_ipv6(&w, 0);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_false(out.reassembled || out.first_fragment_only);
    assert_int_equal(out.ip_id, 0xabcdef01);
    assert_esp(&w, RAW_IP);
    sweep(&w, RAW_IP, false);
}

static void fragment_headers_do_not_repeat_for_ever(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ipv6(&w, 44);
    for (unsigned i = 0; i < 100; i++) {
        wire_u32(&w, 44U << 24);
        wire_u32(&w, i);
    }
    end_ipv6(&w, 0);
    assert_other(&w, RAW_IP);
}

static void a_payload_length_of_zero_is_the_frames(void **state)
{
    (void)state;
    struct wire w = extended();
    wire_patch_u16(&w, 4, 0);
    assert_esp(&w, RAW_IP);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    const struct wire w = extended();
    sweep(&w, RAW_IP, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_fields_are_filled),
        cmocka_unit_test(extension_headers_are_stepped_over),
        cmocka_unit_test(a_chain_as_long_as_the_packet_ends),
        cmocka_unit_test(ah_ends_the_chain),
        cmocka_unit_test(an_atomic_fragment_is_a_whole_packet),
        cmocka_unit_test(fragment_headers_do_not_repeat_for_ever),
        cmocka_unit_test(a_payload_length_of_zero_is_the_frames),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
