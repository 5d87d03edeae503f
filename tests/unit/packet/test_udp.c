/*
 * UDP: ports and lengths.
 */
#include "frames.h"

static struct wire ike_packet(uint16_t source, uint16_t destination, size_t marker)
{
    struct wire ike = {.length = 0}, w = {.length = 0};
    wire_fill(&ike, 0, marker);
    put_ike(&ike);
    put_udp_packet(&w, source, destination, ike.bytes, ike.length);
    return w;
}

static void either_port_will_do(void **state)
{
    (void)state;
    static const struct {
        uint16_t source, destination;
        size_t marker;
        enum es_encapsulation encapsulation;
    } pairs[] = {
        {500,   500,   0, ES_ENCAPSULATION_RAW},
        {61000, 500,   0, ES_ENCAPSULATION_RAW},
        {500,   61000, 0, ES_ENCAPSULATION_RAW},
        {4500,  4500,  4, ES_ENCAPSULATION_UDP},
        {61000, 4500,  4, ES_ENCAPSULATION_UDP},
        {4500,  61000, 4, ES_ENCAPSULATION_UDP},
    };
    for (size_t i = 0; i < ES_COUNT(pairs); i++) {
        const struct wire w = ike_packet(pairs[i].source, pairs[i].destination, pairs[i].marker);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        assert_int_equal(out.kind, ES_DATAGRAM_IKE);
        assert_int_equal(out.encapsulation, pairs[i].encapsulation);
        assert_int_equal(out.source_port, pairs[i].source);
        assert_int_equal(out.destination_port, pairs[i].destination);
        assert_int_equal(es_wire_left(&out.payload), IKE_BYTES);
        assert_false(out.marker_missing);
    }
}

static void other_ports_are_left_alone(void **state)
{
    (void)state;
    const struct wire w = ike_packet(53, 60000, 0);
    assert_other(&w, RAW_IP);
}

static void esp_on_port_500_is_esp_in_udp(void **state)
{
    (void)state;
    static const size_t markers[] = {0, 8}; /* bare, and behind the first drafts' marker */
    for (size_t i = 0; i < ES_COUNT(markers); i++) {
        struct wire esp = {.length = 0}, w = {.length = 0};
        wire_fill(&esp, 0, markers[i]);
        put_esp(&esp);
        put_udp_packet(&w, 500, 500, esp.bytes, esp.length);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        assert_int_equal(out.kind, ES_DATAGRAM_ESP);
        assert_int_equal(out.encapsulation, ES_ENCAPSULATION_UDP);
        assert_int_equal(es_wire_left(&out.payload), ESP_BYTES);
        assert_int_equal(es_u32(&out.payload), SPI);
    }
}

static void broken_ike_on_port_500_stays_ike(void **state)
{
    (void)state;
    /* A length that lies, and eight zero bytes with nothing sound behind them. */
    struct wire ike = {.length = 0}, zero = {.length = 0};
    put_ike(&ike);
    wire_patch_u32(&ike, 24, IKE_BYTES + 4);
    wire_fill(&zero, 0, 60);
    const struct wire *const payloads[] = {&ike, &zero};
    for (size_t i = 0; i < ES_COUNT(payloads); i++) {
        struct wire w = {.length = 0};
        put_udp_packet(&w, 500, 500, payloads[i]->bytes, payloads[i]->length);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        assert_int_equal(out.kind, ES_DATAGRAM_IKE);
        assert_int_equal(out.encapsulation, ES_ENCAPSULATION_RAW);
    }
}

static struct es_decoder *decoder_with_port(uint16_t port)
{
    const struct es_decoder_options options = {.ike_ports = {port}, .ike_port_count = 1};
    return es_decoder_new(&options);
}

static void a_port_of_the_users_carries_all_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *payload;
        size_t count;
        enum es_datagram_kind kind;
    } short_ones[] = {
        {"\xff",                                 1,  ES_DATAGRAM_KEEPALIVE},
        {"\xc1\x00\x00\x01\x00\x00\x00\x01zzzz", 12, ES_DATAGRAM_ESP      },
        {"\x00\x00\x00\x01\x00\x00\x00\x01zzzz", 12, ES_DATAGRAM_BAD_NATT },
    };
    struct es_decoder *decoder = decoder_with_port(61500);
    struct es_datagram out;
    for (size_t i = 0; i < ES_COUNT(short_ones); i++) {
        struct wire w = {.length = 0};
        put_udp_packet(&w, 61500, 9, short_ones[i].payload, short_ones[i].count);
        const struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
        assert_int_equal(decode_all(decoder, &frame, &out), 1);
        assert_int_equal(out.kind, short_ones[i].kind);
    }
    for (size_t marker = 0; marker <= 4; marker += 4) {
        const struct wire w = ike_packet(9, 61500, marker);
        const struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
        assert_int_equal(decode_all(decoder, &frame, &out), 1);
        assert_int_equal(out.kind, ES_DATAGRAM_IKE);
        assert_int_equal(out.encapsulation, marker ? ES_ENCAPSULATION_UDP : ES_ENCAPSULATION_RAW);
        assert_int_equal(es_wire_left(&out.payload), IKE_BYTES);
        assert_false(out.marker_missing);
    }
    es_decoder_free(decoder);
}

static void lengths_that_lie_are_counted_on_our_ports_only(void **state)
{
    (void)state;
    static const struct {
        uint16_t length;
        bool found;
        unsigned malformed;
    } cases[] = {
        {0,                 true,  0},
        {1,                 false, 1},
        {7,                 false, 1},
        {8 + IKE_BYTES + 1, true,  1}
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire ours = ike_packet(500, 500, 0), others = ike_packet(53, 53, 0);
        wire_patch_u16(&ours, 24, cases[i].length);
        wire_patch_u16(&others, 24, cases[i].length);
        size_t count;
        struct es_decoder_counts counts =
            counts_of(ours.bytes, ours.length, ours.length, RAW_IP, &count);
        assert_int_equal(count, cases[i].found);
        assert_int_equal(counts.malformed, cases[i].malformed);
        counts = counts_of(others.bytes, others.length, others.length, RAW_IP, &count);
        assert_int_equal(count, 0);
        assert_int_equal(counts.malformed, 0);
    }
}

static void a_length_below_ips_bounds_the_payload(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_udp_packet(&w, 4500, 4500, "\xff junk", 6);
    wire_patch_u16(&w, 24, 9);
    assert_kind(&w, RAW_IP, ES_DATAGRAM_KEEPALIVE, 1);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    const struct wire ike = ike_packet(500, 500, 0);
    sweep(&ike, RAW_IP, false);
    struct wire esp = {.length = 0};
    put_natt_packet(&esp);
    sweep(&esp, RAW_IP, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_port_will_do),
        cmocka_unit_test(other_ports_are_left_alone),
        cmocka_unit_test(esp_on_port_500_is_esp_in_udp),
        cmocka_unit_test(broken_ike_on_port_500_stays_ike),
        cmocka_unit_test(a_port_of_the_users_carries_all_kinds),
        cmocka_unit_test(lengths_that_lie_are_counted_on_our_ports_only),
        cmocka_unit_test(a_length_below_ips_bounds_the_payload),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
