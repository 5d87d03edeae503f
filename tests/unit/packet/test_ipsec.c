/*
 * ESP and AH straight on IP.
 */
#include "frames.h"

enum { AH_BYTES = 24 };

static struct wire ah_packet(uint8_t next, uint8_t words)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ipv4(&w, 51);
    wire_u8(&w, next);
    wire_u8(&w, words);
    wire_u16(&w, 0);
    wire_u32(&w, 0xa4);
    wire_u32(&w, 9);
    wire_fill(&w, 0x11, AH_BYTES - 12);
    put_esp(&w);
    end_ipv4(&w, ip);
    return w;
}

static void ah_starts_at_its_header(void **state)
{
    (void)state;
    const struct wire w = ah_packet(6, 4);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_int_equal(es_u8(&out.payload), 6);
    assert_kind(&w, RAW_IP, ES_DATAGRAM_AH, AH_BYTES + ESP_BYTES);
}

static void esp_below_ah_is_handed_out_too(void **state)
{
    (void)state;
    const struct wire w = ah_packet(50, 4);
    struct es_decoder *decoder = decoder_new();
    const struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
    struct es_datagram first, second;
    assert_true(es_decode(decoder, &frame, &first));
    assert_int_equal(first.kind, ES_DATAGRAM_AH);
    assert_true(es_decode_more(decoder, &second));
    assert_int_equal(second.kind, ES_DATAGRAM_ESP);
    assert_int_equal(es_wire_left(&second.payload), ESP_BYTES);
    assert_int_equal(es_u32(&second.payload), SPI);
    assert_true(es_address_equal(&first.source, &second.source));
    assert_false(es_decode_more(decoder, &second));
    assert_false(es_decode_more(decoder, &second));
    assert_int_equal(es_decoder_counts(decoder)->ah, 1);
    assert_int_equal(es_decoder_counts(decoder)->esp, 1);
    es_decoder_free(decoder);
}

static void what_was_not_asked_for_does_not_come_with_the_next_frame(void **state)
{
    (void)state;
    const struct wire w = ah_packet(50, 4);
    struct wire plain = {.length = 0};
    put_esp_packet(&plain);
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
    assert_true(es_decode(decoder, &frame, &out));
    frame = frame_of(plain.bytes, plain.length, plain.length, RAW_IP);
    assert_int_equal(decode_all(decoder, &frame, &out), 1);
    es_decoder_free(decoder);
}

static void an_ah_length_beyond_the_packet_hides_esp_only(void **state)
{
    (void)state;
    const struct wire w = ah_packet(50, 200);
    struct es_decoder *decoder = decoder_new();
    const struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
    struct es_datagram out;
    assert_int_equal(decode_all(decoder, &frame, &out), 1);
    assert_int_equal(out.kind, ES_DATAGRAM_AH);
    es_decoder_free(decoder);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    const struct wire w = ah_packet(50, 4);
    sweep(&w, RAW_IP, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ah_starts_at_its_header),
        cmocka_unit_test(esp_below_ah_is_handed_out_too),
        cmocka_unit_test(what_was_not_asked_for_does_not_come_with_the_next_frame),
        cmocka_unit_test(an_ah_length_beyond_the_packet_hides_esp_only),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
