/*
 * Linux cooked captures.
 */
#include "frames.h"

enum { SLL = 113, SLL2 = 276 };

static struct wire sll(uint16_t packet_type, uint16_t protocol)
{
    struct wire w = {.length = 0};
    wire_u16(&w, packet_type);
    wire_u16(&w, 1);
    wire_u16(&w, 6);
    wire_fill(&w, 0xaa, 8);
    wire_u16(&w, protocol);
    return w;
}

static struct wire sll2(uint8_t packet_type, uint16_t protocol)
{
    struct wire w = {.length = 0};
    wire_u16(&w, protocol);
    wire_u16(&w, 0);
    wire_u32(&w, 3);
    wire_u16(&w, 1);
    wire_u8(&w, packet_type);
    wire_u8(&w, 6);
    wire_fill(&w, 0xaa, 8);
    return w;
}

static void both_versions_tell_the_direction(void **state)
{
    (void)state;
    static const enum es_direction direction_of[] = {
        [0] = ES_DIRECTION_IN,      [1] = ES_DIRECTION_UNKNOWN, [2] = ES_DIRECTION_UNKNOWN,
        [3] = ES_DIRECTION_UNKNOWN, [4] = ES_DIRECTION_OUT,
    };
    for (uint8_t type = 0; type < ES_COUNT(direction_of); type++) {
        struct wire one = sll(type, 0x0800), two = sll2(type, 0x0800);
        put_esp_packet(&one);
        put_esp_packet(&two);
        struct es_datagram out;
        assert_true(decode_one(&one, SLL, &out));
        assert_int_equal(out.direction, direction_of[type]);
        assert_true(decode_one(&two, SLL2, &out));
        assert_int_equal(out.direction, direction_of[type]);
        assert_esp(&one, SLL);
        assert_esp(&two, SLL2);
    }
}

static void the_captures_own_direction_goes_first(void **state)
{
    (void)state;
    struct wire w = sll(0, 0x0800);
    put_esp_packet(&w);
    struct es_decoder *decoder = decoder_new();
    struct es_frame frame = frame_of(w.bytes, w.length, w.length, SLL);
    frame.direction = ES_DIRECTION_OUT;
    struct es_datagram out;
    assert_true(es_decode(decoder, &frame, &out));
    assert_int_equal(out.direction, ES_DIRECTION_OUT);
    es_decoder_free(decoder);
}

static void tags_and_llc_lie_below(void **state)
{
    (void)state;
    struct wire w = sll(4, 0x8100);
    wire_u16(&w, 5);
    wire_u16(&w, 0x0800);
    put_esp_packet(&w);
    assert_esp(&w, SLL);
    w = sll(4, 4);
    wire_bytes(&w, "\xaa\xaa\x03\x00\x00\x00\x08\x00", 8);
    put_esp_packet(&w);
    assert_esp(&w, SLL);
    w = sll(4, 1);
    put_esp_packet(&w);
    assert_other(&w, SLL);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    struct wire one = sll(0, 0x0800), two = sll2(0, 0x0800);
    put_esp_packet(&one);
    put_esp_packet(&two);
    sweep(&one, SLL, false);
    sweep(&two, SLL2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_tell_the_direction),
        cmocka_unit_test(the_captures_own_direction_goes_first),
        cmocka_unit_test(tags_and_llc_lie_below),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
