/*
 * TCP headers: which segments are followed, and what is left alone.
 */
#include "segments.h"

static void a_record_in_a_segment_is_found(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    put_ike_record(&data);
    const struct wire w = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_int_equal(out.kind, ES_DATAGRAM_IKE);
    assert_int_equal(out.encapsulation, ES_ENCAPSULATION_TCP);
    assert_int_equal(out.source_port, CLIENT_PORT);
    assert_int_equal(out.destination_port, 4500);
    assert_int_equal(out.ref.number, 1);
    assert_int_equal(es_left(&out.payload), IKE_BYTES);
    assert_false(out.first_fragment_only || out.reassembled);
}

static void options_are_stepped_over(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    wire_fill(&data, 1, 40);
    put_ike_record(&data);
    struct wire w = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
    w.bytes[20 + 12] = 0xf0;
    assert_kind(&w, RAW_IP, ES_DATAGRAM_IKE, IKE_BYTES);
}

static void other_ports_are_left_alone_whatever_their_headers_say(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    put_ike_record(&data);
    for (unsigned offset = 0; offset < 16; offset++) {
        struct wire w = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
        wire_patch_u16(&w, 22, 80);
        w.bytes[20 + 12] = (uint8_t)(offset << 4);
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(w.bytes, w.length, w.length, RAW_IP, &count);
        assert_int_equal(count, 0);
        assert_int_equal(counts.malformed, 0);
    }
}

static void a_header_length_that_lies_on_our_port_is_counted(void **state)
{
    (void)state;
    for (unsigned offset = 0; offset < 5; offset++) {
        struct wire w = segment_of(CLIENT, 1000, ACK, "abc", 3);
        w.bytes[20 + 12] = (uint8_t)(offset << 4);
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(w.bytes, w.length, w.length, RAW_IP, &count);
        assert_int_equal(counts.malformed, 1);
        assert_string_equal(counts.malformed_layer, "TCP");
    }
}

static void the_prefix_makes_any_port_ours(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    wire_bytes(&data, "IKETCP", 6);
    put_ike_record(&data);
    struct wire client = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
    wire_patch_u16(&client, 22, 443);
    data.length = 0;
    put_esp_record(&data, SPI);
    struct wire server = segment_of(SERVER, 9000, ACK, data.bytes, data.length - 5);
    wire_patch_u16(&server, 20, 443);
    struct wire rest =
        segment_of(SERVER, 9000 + (uint32_t)data.length - 5, ACK, data.bytes + data.length - 5, 5);
    wire_patch_u16(&rest, 20, 443);
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    const struct wire *const order[] = {&server, &client, &server, &rest};
    static const size_t expected[] = {0, 1, 0, 1};
    for (size_t i = 0; i < ES_COUNT(order); i++) {
        const struct es_frame frame =
            frame_of(order[i]->bytes, order[i]->length, order[i]->length, RAW_IP);
        assert_int_equal(decode_all(decoder, &frame, &out), expected[i]);
    }
    assert_int_equal(out.kind, ES_DATAGRAM_ESP);
    es_decoder_free(decoder);
}

static void segments_in_ip_fragments_are_taken_whole(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    put_ike_record(&data);
    const struct wire whole = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
    struct es_decoder *decoder = decoder_new();
    struct es_datagram out;
    for (unsigned half = 0; half < 2; half++) {
        struct wire w = {.length = 0};
        put_ipv4_fragment(&w, 6, 5, half ? 5 : 0x2000);
        wire_bytes(&w, whole.bytes + 20 + (half ? 40 : 0), half ? whole.length - 60 : 40);
        end_ipv4(&w, 0);
        const struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
        assert_int_equal(decode_all(decoder, &frame, &out), half);
    }
    assert_true(out.reassembled);
    assert_int_equal(out.encapsulation, ES_ENCAPSULATION_TCP);
    es_decoder_free(decoder);
}

/* What is cut inside the data may give nothing or the records before; no one lied. */
static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    struct wire data = {.length = 0};
    wire_bytes(&data, "IKETCP", 6);
    put_ike_record(&data);
    put_esp_record(&data, SPI);
    const struct wire w = segment_of(CLIENT, 1000, ACK, data.bytes, data.length);
    size_t count;
    for (size_t n = 0; n < w.length; n++) {
        assert_int_equal(counts_of(w.bytes, n, w.length, RAW_IP, &count).malformed, 0);
        counts_of(w.bytes, n, n, RAW_IP, &count);
    }
    struct wire spoilt = w;
    for (size_t bit = 0; bit < w.length * 8; bit++) {
        spoilt.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        counts_of(spoilt.bytes, spoilt.length, spoilt.length, RAW_IP, &count);
        spoilt.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_in_a_segment_is_found),
        cmocka_unit_test(options_are_stepped_over),
        cmocka_unit_test(other_ports_are_left_alone_whatever_their_headers_say),
        cmocka_unit_test(a_header_length_that_lies_on_our_port_is_counted),
        cmocka_unit_test(the_prefix_makes_any_port_ours),
        cmocka_unit_test(segments_in_ip_fragments_are_taken_whole),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
