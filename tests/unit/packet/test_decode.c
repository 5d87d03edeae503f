/*
 * The decoder: its counts and what it keeps between frames.
 */
#include "frames.h"

static void every_kind_is_counted_once(void **state)
{
    (void)state;
    struct wire packets[6];
    memset(packets, 0, sizeof(packets));
    struct wire ike = {.length = 0};
    put_ike(&ike);
    put_udp_packet(&packets[0], 500, 500, ike.bytes, ike.length);
    put_esp_packet(&packets[1]);
    put_natt_packet(&packets[2]);
    put_udp_packet(&packets[3], 4500, 4500, "\xff", 1);
    put_udp_packet(&packets[4], 4500, 4500, "\0\0\0\1\0\0\0\1", 8);
    put_udp_packet(&packets[5], 53, 5353, "dns", 3);
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    for (unsigned turn = 0; turn < 3; turn++) {
        for (size_t i = 0; i < ES_COUNT(packets); i++) {
            const struct es_frame frame =
                frame_of(packets[i].bytes, packets[i].length, packets[i].length, RAW_IP);
            decode_all(decoder, &frame, &out);
        }
    }
    const struct es_decoder_counts *counts = es_decoder_counts(decoder);
    assert_int_equal(counts->frames, 18);
    assert_int_equal(counts->ike, 3);
    assert_int_equal(counts->esp, 6);
    assert_int_equal(counts->ah, 0);
    assert_int_equal(counts->keepalives, 3);
    assert_int_equal(counts->bad_natt, 3);
    assert_int_equal(counts->other, 3);
    assert_int_equal(counts->cut, 0);
    assert_int_equal(counts->malformed, 0);
    assert_null(counts->malformed_layer);
    es_decoder_free(decoder);
}

static void the_first_malformed_frame_is_remembered(void **state)
{
    (void)state;
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    struct es_frame frame = frame_of("\x45", 1, 1, RAW_IP);
    frame.ref = (struct es_packet_ref){.number = 41, .file = 2, .time = 9};
    assert_false(es_decode(decoder, &frame, &out));
    frame.ref.number = 42;
    frame.link_type = ETHERNET;
    assert_false(es_decode(decoder, &frame, &out));
    const struct es_decoder_counts *counts = es_decoder_counts(decoder);
    assert_int_equal(counts->malformed, 2);
    assert_int_equal(counts->malformed_first.number, 41);
    assert_int_equal(counts->malformed_first.file, 2);
    assert_string_equal(counts->malformed_layer, "IPv4");
    es_decoder_free(decoder);
}

static void a_frame_without_bytes_is_cut_or_malformed(void **state)
{
    (void)state;
    static const uint32_t links[] = {0,   1,   9,   12,  50,  51,  101, 104, 108,
                                     109, 113, 117, 204, 228, 229, 239, 276};
    for (size_t i = 0; i < ES_COUNT(links); i++) {
        struct es_decoder *decoder = decoder_new();
        struct es_datagram out;
        const struct es_frame cut = {.wire = 100, .link_type = links[i]};
        assert_false(es_decode(decoder, &cut, &out));
        assert_int_equal(es_decoder_counts(decoder)->cut, 1);
        assert_int_equal(es_decoder_counts(decoder)->malformed, 0);
        const struct es_frame empty = {.link_type = links[i]};
        assert_false(es_decode(decoder, &empty, &out));
        assert_int_equal(es_decoder_counts(decoder)->malformed, 1);
        es_decoder_free(decoder);
    }
}

static void more_held_than_the_packet_had_is_not_read(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_esp_packet(&w);
    struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
    frame.held = w.length + 100;
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    assert_int_equal(decode_all(decoder, &frame, &out), 1);
    assert_int_equal(es_left(&out.payload), ESP_BYTES);
    es_decoder_free(decoder);
}

static void random_bytes_are_survived_on_every_link(void **state)
{
    (void)state;
    static const uint32_t links[] = {0, 1, 9, 50, 51, 101, 104, 109, 113, 117, 204, 239, 276};
    static const uint8_t hints[][2] = {
        {8,    0   },
        {0x86, 0xdd},
        {0x88, 0x47},
        {0x88, 0x64},
        {0x81, 0   }
    };
    struct es_decoder *decoder = decoder_new();
    uint32_t seed = 3;
    for (unsigned i = 0; i < 100000; i++) {
        uint8_t bytes[160];
        for (size_t at = 0; at < sizeof(bytes); at++) {
            seed = seed * 1664525 + 1013904223;
            bytes[at] = (uint8_t)(seed >> 24);
        }
        memcpy(bytes + 12, hints[seed % ES_COUNT(hints)], 2);
        if (seed & 0x100)
            bytes[14] = seed & 0x200 ? 0x45 : 0x60;
        const size_t wire = 1 + (seed >> 10) % sizeof(bytes);
        struct es_frame frame =
            frame_of(bytes, seed & 0x400 ? wire : wire / 2, wire, links[i % ES_COUNT(links)]);
        frame.ref.time = i * ES_MILLISECOND;
        struct es_datagram out;
        decode_all(decoder, &frame, &out);
    }
    assert_int_equal(es_decoder_counts(decoder)->frames, 100000);
    es_decoder_free(decoder);
}

static void freeing_nothing_is_fine(void **state)
{
    (void)state;
    es_decoder_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_is_counted_once),
        cmocka_unit_test(the_first_malformed_frame_is_remembered),
        cmocka_unit_test(a_frame_without_bytes_is_cut_or_malformed),
        cmocka_unit_test(more_held_than_the_packet_had_is_not_read),
        cmocka_unit_test(random_bytes_are_survived_on_every_link),
        cmocka_unit_test(freeing_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
