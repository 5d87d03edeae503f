/*
 * What the decoder tells of a frame besides datagrams.
 */
#include "segments.h"

enum { MORE = 0x2000, PART = 64 };

static struct es_decoder *decoder;

static int set_up(void **state)
{
    (void)state;
    decoder = decoder_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    es_decoder_free(decoder);
    return 0;
}

static struct es_sight sight_of(const struct wire *w)
{
    const struct es_frame frame = frame_of(w->bytes, w->length, w->length, RAW_IP);
    struct es_datagram out;
    decode_all(decoder, &frame, &out);
    return *es_decoder_sight(decoder);
}

/* Part 0, 1 or 2 of a packet. */
static struct wire part(uint8_t protocol, uint16_t id, unsigned index)
{
    struct wire w = {.length = 0};
    const size_t ip =
        put_ipv4_fragment(&w, protocol, id, (uint16_t)(index * PART / 8 | (index < 2 ? MORE : 0)));
    if (protocol == 50 && index == 0)
        wire_u32(&w, SPI);
    wire_fill(&w, 7, index == 0 && protocol == 50 ? PART - 4 : PART);
    end_ipv4(&w, ip);
    return w;
}

static void parts_of_a_packet_have_one_print(void **state)
{
    (void)state;
    static const unsigned order[] = {2, 1, 0};
    uint64_t print = 0;
    for (size_t i = 0; i < ES_COUNT(order); i++) {
        const struct wire w = part(50, 5, order[i]);
        const struct es_sight sight = sight_of(&w);
        assert_true(sight.fragment != 0);
        assert_true(i == 0 || sight.fragment == print);
        assert_int_equal(sight.later, order[i] != 0);
        assert_int_equal(sight.protocol, 50);
        assert_int_equal(sight.data[PART - 1], 7);
        assert_false(sight.dismissed || sight.is_tcp);
        print = sight.fragment;
    }
    const struct wire other = part(50, 6, 1);
    assert_true(sight_of(&other).fragment != print);
}

static void what_is_not_ours_is_dismissed_by_its_first_part(void **state)
{
    (void)state;
    const struct wire later = part(17, 5, 1);
    assert_false(sight_of(&later).dismissed);
    struct wire first = {.length = 0};
    const size_t ip = put_ipv4_fragment(&first, 17, 5, MORE);
    put_udp(&first, 53, 53);
    wire_fill(&first, 7, PART - 8);
    end_ipv4(&first, ip);
    const struct es_sight sight = sight_of(&first);
    assert_true(sight.dismissed);
    assert_false(sight.later);
}

static void whole_packets_are_no_fragments(void **state)
{
    (void)state;
    struct wire esp = {.length = 0};
    put_esp_packet(&esp);
    assert_int_equal(sight_of(&esp).fragment, 0);
    assert_true(sight_of(&esp).is_ip);
    const struct wire segment = segment_of(CLIENT, 1000, ACK, "abc", 3);
    assert_true(sight_of(&segment).is_tcp);
    /* And the next frame knows nothing of it. */
    assert_false(sight_of(&esp).is_tcp);
    struct wire nothing = {.length = 0};
    wire_fill(&nothing, 0, 3);
    assert_false(sight_of(&nothing).is_ip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(parts_of_a_packet_have_one_print, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_ours_is_dismissed_by_its_first_part, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(whole_packets_are_no_fragments, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
