/*
 * IPv4.
 */
#include "frames.h"

static void options_are_stepped_over(void **state)
{
    (void)state;
    for (uint8_t words = 5; words <= 15; words++) {
        struct wire w = {.length = 0};
        put_ipv4(&w, 50);
        w.bytes[0] = 0x40 | words;
        wire_fill(&w, 1, (words - 5U) * 4);
        put_esp(&w);
        end_ipv4(&w, 0);
        assert_esp(&w, RAW_IP);
    }
}

static void a_total_length_of_zero_is_the_frames(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_esp_packet(&w);
    wire_patch_u16(&w, 2, 0);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_int_equal(out.ip_length, w.length);
    assert_esp(&w, RAW_IP);
}

static void what_the_capture_cut_still_counts_in_the_wire_length(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_esp_packet(&w);
    struct es_decoder *decoder = decoder_new();
    const struct es_frame frame = frame_of(w.bytes, 28, w.length + 6, RAW_IP);
    struct es_datagram out;
    assert_true(es_decode(decoder, &frame, &out));
    assert_int_equal(es_left(&out.payload), 8);
    assert_int_equal(es_wire_left(&out.payload), ESP_BYTES);
    es_decoder_free(decoder);
}

/* The headers that no IPv4 packet has: offset of a byte, its value. */
static void headers_that_lie_are_counted_with_their_layer(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        bool found; /* the walk can go on */
    } lies[] = {
        {0, 0x44, false}, /* header of 16 bytes */
        {0, 0x40, false},
        {0, 0x75, false}, /* version 7 */
        {3, 19,   false}, /* total length below the header's */
        {3, 61,   true }, /* one byte more than there is */
        {2, 0xff, true },
    };
    for (size_t i = 0; i < ES_COUNT(lies); i++) {
        struct wire w = {.length = 0};
        put_ethernet(&w, 0x0800);
        put_esp_packet(&w);
        w.bytes[14 + lies[i].at] = lies[i].value;
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(w.bytes, w.length, w.length, ETHERNET, &count);
        assert_int_equal(counts.malformed, 1);
        assert_string_equal(counts.malformed_layer, "IPv4");
        assert_int_equal(counts.malformed_first.number, 1);
        assert_int_equal(count, lies[i].found);
    }
}

static void strange_packets_of_others_are_not_held_against_them(void **state)
{
    (void)state;
    static const uint8_t protocols[] = {6, 17, 47, 2, 89, 103, 255};
    for (size_t i = 0; i < ES_COUNT(protocols); i++) {
        struct wire w = {.length = 0};
        const size_t ip = put_ipv4(&w, protocols[i]);
        wire_fill(&w, 0x33, 60);
        end_ipv4(&w, ip);
        wire_patch_u16(&w, 2, 4000);
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(w.bytes, w.length, w.length, RAW_IP, &count);
        assert_int_equal(count, 0);
        assert_int_equal(counts.malformed, 0);
    }
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ipv4(&w, 50);
    w.bytes[0] = 0x47;
    wire_fill(&w, 1, 8);
    put_esp(&w);
    end_ipv4(&w, 0);
    sweep(&w, RAW_IP, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_stepped_over),
        cmocka_unit_test(a_total_length_of_zero_is_the_frames),
        cmocka_unit_test(what_the_capture_cut_still_counts_in_the_wire_length),
        cmocka_unit_test(headers_that_lie_are_counted_with_their_layer),
        cmocka_unit_test(strange_packets_of_others_are_not_held_against_them),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
