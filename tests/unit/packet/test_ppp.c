/*
 * PPP, PPPoE, HDLC.
 */
#include "frames.h"

enum { PPP = 9, PPP_SERIAL = 50, PPP_ETHER = 51, C_HDLC = 104, PPP_WITH_DIR = 204 };

static const struct {
    uint32_t link;
    const char *header;
    size_t length;
} forms[] = {
    {PPP,          "\xff\x03\x00\x21",     4},
    {PPP,          "\xff\x03\x21",         3},
    {PPP,          "\x00\x21",             2},
    {PPP,          "\x21",                 1},
    {PPP_SERIAL,   "\xff\x03\x00\x21",     4},
    {PPP_SERIAL,   "\x0f\x00\x08\x00",     4},
    {PPP_SERIAL,   "\x8f\x00\x08\x00",     4},
    {C_HDLC,       "\x0f\x00\x08\x00",     4},
    {PPP_WITH_DIR, "\x01\xff\x03\x00\x21", 5},
};

static struct wire framed(size_t index)
{
    struct wire w = {.length = 0};
    wire_bytes(&w, forms[index].header, forms[index].length);
    put_esp_packet(&w);
    return w;
}

static struct wire pppoe(uint8_t code, size_t extra)
{
    struct wire w = {.length = 0};
    wire_u8(&w, 0x11);
    wire_u8(&w, code);
    wire_u16(&w, 77);
    wire_u16(&w, 0);
    wire_u16(&w, 0x0021);
    put_esp_packet(&w);
    wire_patch_u16(&w, 4, w.length - 6 + extra);
    return w;
}

static void every_framing_leads_to_esp(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        const struct wire w = framed(i);
        assert_esp(&w, forms[i].link);
    }
}

static void control_protocols_are_left_alone(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    wire_bytes(&w, "\xff\x03\xc0\x21\x09\x01\x00\x08", 8);
    assert_other(&w, PPP);
}

static void a_direction_byte_is_understood(void **state)
{
    (void)state;
    struct es_datagram out;
    struct wire w = framed(8);
    assert_true(decode_one(&w, PPP_WITH_DIR, &out));
    assert_int_equal(out.direction, ES_DIRECTION_OUT);
    w.bytes[0] = 0;
    assert_true(decode_one(&w, PPP_WITH_DIR, &out));
    assert_int_equal(out.direction, ES_DIRECTION_IN);
}

static void pppoe_sessions_carry_ppp_with_and_without_ethernet(void **state)
{
    (void)state;
    const struct wire session = pppoe(0, 0);
    assert_esp(&session, PPP_ETHER);
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x8864);
    wire_bytes(&w, session.bytes, session.length);
    wire_fill(&w, 0, 3);
    assert_esp(&w, ETHERNET);
    const struct wire discovery = pppoe(9, 0);
    assert_other(&discovery, PPP_ETHER);
}

static void a_pppoe_length_that_lies_is_counted(void **state)
{
    (void)state;
    const struct wire w = pppoe(0, 5);
    size_t count;
    const struct es_decoder_counts counts =
        counts_of(w.bytes, w.length, w.length, PPP_ETHER, &count);
    assert_int_equal(counts.malformed, 1);
    assert_string_equal(counts.malformed_layer, "PPPoE");
    assert_int_equal(count, 1);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        const struct wire w = framed(i);
        sweep(&w, forms[i].link, false);
    }
    const struct wire session = pppoe(0, 0);
    sweep(&session, PPP_ETHER, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_framing_leads_to_esp),
        cmocka_unit_test(control_protocols_are_left_alone),
        cmocka_unit_test(a_direction_byte_is_understood),
        cmocka_unit_test(pppoe_sessions_carry_ppp_with_and_without_ethernet),
        cmocka_unit_test(a_pppoe_length_that_lies_is_counted),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
