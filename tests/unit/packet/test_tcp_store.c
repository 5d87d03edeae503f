/*
 * Segments in their order: split, early, sent again, lost.
 */
#include "segments.h"

enum { RECORDS = 6, START = 0xffffffc0 /* so that the numbers wrap */ };

static struct es_decoder *decoder;
static struct wire stream;  /* the client's bytes: prefix, IKE, then ESP of ascending SPIs */
static uint32_t seen[4096]; /* the first 32 bits of each payload handed out */
static size_t seen_count;

static int set_up(void **state)
{
    (void)state;
    decoder = decoder_new();
    stream.length = 0;
    seen_count = 0;
    wire_bytes(&stream, "IKETCP", 6);
    put_ike_record(&stream);
    for (uint32_t i = 1; i < RECORDS; i++)
        put_esp_record(&stream, SPI + i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    es_decoder_free(decoder);
    return 0;
}

static size_t feed_cut(const struct wire *w, size_t held)
{
    const struct es_frame frame = frame_of(w->bytes, held, w->length, RAW_IP);
    struct es_datagram out;
    size_t count = 0;
    for (bool more = es_decode(decoder, &frame, &out); more; more = es_decode_more(decoder, &out)) {
        assert_int_equal(out.encapsulation, ES_ENCAPSULATION_TCP);
        struct es_cursor payload = out.payload;
        seen[seen_count++ % ES_COUNT(seen)] = es_u32(&payload);
        count++;
    }
    return count;
}

static size_t feed_flags(enum side side, uint32_t sequence, uint8_t flags, const void *data,
                         size_t count)
{
    const struct wire w = segment_of(side, sequence, flags, data, count);
    return feed_cut(&w, w.length);
}

static size_t feed(size_t from, size_t to)
{
    return feed_flags(CLIENT, START + 1 + (uint32_t)from, ACK, stream.bytes + from, to - from);
}

static void open_connection(void)
{
    assert_int_equal(feed_flags(CLIENT, START, SYN, "", 0), 0);
    struct wire answer = segment_of(SERVER, 777, SYN | ACK, "", 0);
    wire_patch_u32(&answer, 28, START + 1);
    assert_int_equal(feed_cut(&answer, answer.length), 0);
}

static void assert_all_seen(void)
{
    assert_int_equal(seen_count, RECORDS);
    assert_int_equal(seen[0], 0x11223344);
    for (uint32_t i = 1; i < RECORDS; i++)
        assert_int_equal(seen[i], SPI + i);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 0);
    assert_int_equal(es_decoder_counts(decoder)->ike, 1);
    assert_int_equal(es_decoder_counts(decoder)->esp, RECORDS - 1);
}

static void one_segment_may_hold_all(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, stream.length), RECORDS);
    assert_all_seen();
}

static void records_split_anywhere_are_put_together(void **state)
{
    (void)state;
    for (size_t at = 1; at < stream.length; at++) {
        open_connection();
        feed(0, at);
        feed(at, stream.length);
        assert_all_seen();
        tear_down(NULL);
        set_up(NULL);
    }
}

static void bytes_one_by_one_are_put_together(void **state)
{
    (void)state;
    open_connection();
    for (size_t at = 0; at < stream.length; at++)
        feed(at, at + 1);
    assert_all_seen();
}

static void early_segments_wait(void **state)
{
    (void)state;
    for (size_t at = 1; at < stream.length; at++) {
        open_connection();
        assert_int_equal(feed(at, stream.length), 0);
        assert_int_equal(feed(0, at), RECORDS);
        assert_all_seen();
        tear_down(NULL);
        set_up(NULL);
    }
    open_connection();
    for (size_t at = stream.length; at > 0; at -= 6)
        feed(at - 6, at);
    assert_all_seen();
}

static void segments_sent_again_change_nothing(void **state)
{
    (void)state;
    open_connection();
    for (size_t at = 0; at < stream.length; at += 7) {
        const size_t to = at + 7 < stream.length ? at + 7 : stream.length;
        feed(at > 20 ? at - 20 : 0, to); /* overlaps what came before */
        feed(at, to);
        feed(0, at);
    }
    assert_all_seen();
}

static void the_answering_side_sends_no_prefix(void **state)
{
    (void)state;
    open_connection();
    feed(0, stream.length);
    seen_count = 0;
    for (size_t at = 6; at < stream.length; at += 11) {
        const size_t count = at + 11 < stream.length ? 11 : stream.length - at;
        feed_flags(SERVER, 778 + (uint32_t)at - 6, ACK, stream.bytes + at, count);
    }
    assert_int_equal(seen_count, RECORDS);
    assert_int_equal(seen[RECORDS - 1], SPI + RECORDS - 1);
}

static void a_capture_from_midstream_syncs_where_it_can_be_sure(void **state)
{
    (void)state;
    const size_t ike = 6, esp = 6 + 66;
    assert_int_equal(feed(esp + 5, esp + 2 * 42), 0); /* its start is no boundary */
    assert_int_equal(feed(esp + 2 * 42, esp + 4 * 42), 2);
    assert_int_equal(feed(esp + 4 * 42, esp + 4 * 42 + 13), 0);
    assert_int_equal(feed(esp + 4 * 42 + 13, esp + 5 * 42), 1);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 0);
    tear_down(NULL);
    set_up(NULL);
    assert_int_equal(feed(ike, esp + 20), 1); /* an IKE header is proof */
    assert_int_equal(feed(esp + 20, esp + 42), 1);
}

static void what_the_capture_missed_is_given_up_within_bounds(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, 6 + 66), 1);
    struct wire esp = {.length = 0};
    put_esp_record(&esp, SPI);
    uint32_t next = START + 1 + 6 + 66 + 1000; /* a gap of 1000 bytes */
    size_t count = 0, i;
    for (i = 0; i < 200 && count == 0; i++, next += (uint32_t)esp.length)
        count = feed_flags(CLIENT, next, ACK, esp.bytes, esp.length);
    assert_true(i <= 65);
    assert_int_equal(count, 64);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 1);
    next -= (uint32_t)esp.length; /* one of those was too many to be kept */
    assert_int_equal(feed_flags(CLIENT, next, ACK, esp.bytes, esp.length), 1);
}

static void an_acknowledged_gap_is_the_captures(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, 6 + 66), 1);
    struct wire esp = {.length = 0};
    put_esp_record(&esp, SPI);
    const uint32_t gap = START + 1 + 6 + 66 + 1000;
    struct wire ack = segment_of(SERVER, 778, ACK, "", 0);
    wire_patch_u32(&ack, 28, gap + 1);
    feed_cut(&ack, ack.length);
    for (uint32_t i = 0; i < 8; i++)
        assert_int_equal(
            feed_flags(CLIENT, gap + i * (uint32_t)esp.length, ACK, esp.bytes, esp.length),
            i == 7 ? 8 : 0);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 1);
}

static void a_record_cut_by_the_capture_keeps_its_length(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, 6 + 66), 1);
    struct wire w = segment_of(CLIENT, START + 1 + 6 + 66, ACK, stream.bytes + 6 + 66, 42);
    const struct es_frame frame = frame_of(w.bytes, 50, w.length, RAW_IP);
    struct es_datagram out;
    assert_true(es_decode(decoder, &frame, &out));
    assert_int_equal(es_left(&out.payload), 8);
    assert_int_equal(es_wire_left(&out.payload), ESP_BYTES);
    assert_int_equal(feed(6 + 66 + 42, 6 + 66 + 84), 1); /* and the boundary is not lost */
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 0);
}

static void a_cut_record_over_two_segments_is_skipped_to_its_end(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, 6 + 66), 1);
    const struct wire w = segment_of(CLIENT, START + 1 + 6 + 66, ACK, stream.bytes + 6 + 66, 30);
    assert_int_equal(feed_cut(&w, 50), 1);
    assert_int_equal(feed(6 + 66 + 30, stream.length), 4);
    assert_int_equal(seen[2], SPI + 2);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 0);
}

static void a_cut_boundary_is_lost_and_found_again(void **state)
{
    (void)state;
    open_connection();
    const struct wire w = segment_of(CLIENT, START + 1, ACK, stream.bytes, 6 + 66 + 42);
    assert_int_equal(feed_cut(&w, 60), 1);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 1);
    assert_int_equal(feed(6 + 66 + 42, 6 + 66 + 84), 1);
}

static void what_is_no_stream_of_ours_gives_nothing(void **state)
{
    (void)state;
    open_connection();
    static const char talk[] = "SSH-2.0-Something_1.0 of this or that kind\r\n";
    uint32_t next = START + 1;
    for (unsigned i = 0; i < 50; i++, next += sizeof(talk) - 1)
        assert_int_equal(feed_flags(CLIENT, next, ACK, talk, sizeof(talk) - 1), 0);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 0);
    assert_int_equal(es_decoder_counts(decoder)->malformed, 0);
}

static void a_record_length_that_cannot_be_loses_the_boundary(void **state)
{
    (void)state;
    open_connection();
    assert_int_equal(feed(0, 6 + 66), 1);
    feed_flags(CLIENT, START + 1 + 6 + 66, ACK, "\0\1\0\0\0", 5);
    assert_int_equal(es_decoder_counts(decoder)->tcp_records_lost, 1);
}

static void a_reset_or_a_new_connection_starts_afresh(void **state)
{
    (void)state;
    open_connection();
    feed(0, 100);
    feed_flags(CLIENT, START + 101, RST, "", 0);
    seen_count = 0;
    open_connection();
    feed(0, stream.length);
    assert_int_equal(seen_count, RECORDS);
    assert_int_equal(feed_flags(CLIENT, 5, SYN, "", 0), 0);
    assert_int_equal(feed_flags(CLIENT, 6, ACK, stream.bytes, stream.length), RECORDS);
}

static void forged_connections_do_not_push_out_one_that_carries_records(void **state)
{
    (void)state;
    const struct es_decoder_options options = {.reassembly_bytes = 64 << 10};
    es_decoder_free(decoder);
    decoder = es_decoder_new(&options);
    const size_t half = stream.length / 2;
    open_connection();
    feed(0, half);
    feed_flags(SERVER, 778, ACK, "", 0);
    for (uint16_t port = 1; port < 3000; port++) {
        struct wire w = segment_of(CLIENT, 0, SYN, "", 0);
        wire_patch_u16(&w, 20, port);
        feed_cut(&w, w.length);
        w = segment_of(CLIENT, 1, ACK, "IKETCP\xff\xff", 8);
        wire_patch_u16(&w, 20, port);
        feed_cut(&w, w.length);
    }
    feed(half, stream.length);
    assert_int_equal(seen_count, RECORDS);
    assert_true(es_decoder_counts(decoder)->tcp_streams_dropped > 2000);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    const struct es_decoder_options options = {.reassembly_bytes = 64 << 10};
    es_decoder_free(decoder);
    decoder = es_decoder_new(&options);
    uint8_t data[1400] = {0};
    for (uint16_t port = 1; port < 3000; port++) {
        struct wire w = segment_of(CLIENT, 0, SYN, "", 0);
        wire_patch_u16(&w, 20, port);
        feed_cut(&w, w.length);
        w = segment_of(CLIENT, 1, ACK, "IKETCP\xff\xff", 8);
        wire_patch_u16(&w, 20, port);
        feed_cut(&w, w.length);
        w = segment_of(CLIENT, 9, ACK, data, sizeof(data));
        wire_patch_u16(&w, 20, port);
        feed_cut(&w, w.length);
        wire_patch_u32(&w, 24, 90000);
        feed_cut(&w, w.length);
    }
    assert_true(es_decoder_counts(decoder)->tcp_records_lost > 2900);
    for (uint32_t at = 9; at < 1 << 20; at += sizeof(data)) /* one record that never ends */
        feed_flags(CLIENT, at, ACK, data, sizeof(data));
}

static void random_segments_are_survived(void **state)
{
    (void)state;
    uint32_t seed = 7;
    open_connection();
    for (unsigned i = 0; i < 50000; i++) {
        seed = seed * 1664525 + 1013904223;
        const size_t from = (seed >> 8) % (stream.length - 1);
        const size_t count = 1 + (seed >> 20) % (stream.length - from);
        const uint8_t flags = (seed >> 3) % 97 ? ACK : (uint8_t)(seed >> 5);
        const uint32_t jump = (seed >> 4) % 61 ? 0 : seed >> 11;
        const struct wire w =
            segment_of(seed % 5 ? CLIENT : SERVER, START + 1 + (uint32_t)from + jump, flags,
                       stream.bytes + from, count);
        feed_cut(&w, seed % 7 ? w.length : w.length - count / 2);
    }
}

/* A segment at a moment, in seconds. */
static void feed_at(int seconds, uint32_t sequence, uint8_t flags, const void *data, size_t count)
{
    const struct wire w = segment_of(CLIENT, sequence, flags, data, count);
    struct es_frame frame = frame_of(w.bytes, w.length, w.length, RAW_IP);
    frame.ref.time = seconds * ES_SECOND;
    struct es_datagram out;
    for (bool more = es_decode(decoder, &frame, &out); more;)
        more = es_decode_more(decoder, &out);
}

static void segments_sent_again_and_resets_are_counted(void **state)
{
    (void)state;
    const struct es_decoder_counts *counts = es_decoder_counts(decoder);
    feed_at(1, START, SYN, NULL, 0);
    feed_at(1, START + 1, ACK, stream.bytes, stream.length);
    feed_at(1, START + 1, ACK, stream.bytes, stream.length); /* the capture saw it twice */
    assert_int_equal(counts->tcp_resent, 0);
    feed_at(2, START + 1, ACK, stream.bytes, stream.length);
    assert_int_equal(counts->tcp_resent, 1);
    assert_int_equal(counts->tcp_resent_first.time, 2 * ES_SECOND);
    assert_int_equal(counts->tcp_segments, 3);
    feed_at(3, START + 1 + (uint32_t)stream.length, RST, NULL, 0);
    assert_int_equal(counts->tcp_resets, 1);
    assert_int_equal(counts->tcp_reset_first.time, 3 * ES_SECOND);
    /* What is not about IPsec is not counted. */
    feed_at(4, START, SYN, NULL, 0);
    feed_at(4, START + 1, ACK, "GET / HTTP", 10);
    feed_at(5, START + 11, RST, NULL, 0);
    assert_int_equal(counts->tcp_resets, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(one_segment_may_hold_all),
        TEST(records_split_anywhere_are_put_together),
        TEST(bytes_one_by_one_are_put_together),
        TEST(early_segments_wait),
        TEST(segments_sent_again_change_nothing),
        TEST(the_answering_side_sends_no_prefix),
        TEST(a_capture_from_midstream_syncs_where_it_can_be_sure),
        TEST(what_the_capture_missed_is_given_up_within_bounds),
        TEST(an_acknowledged_gap_is_the_captures),
        TEST(a_record_cut_by_the_capture_keeps_its_length),
        TEST(a_cut_record_over_two_segments_is_skipped_to_its_end),
        TEST(a_cut_boundary_is_lost_and_found_again),
        TEST(what_is_no_stream_of_ours_gives_nothing),
        TEST(a_record_length_that_cannot_be_loses_the_boundary),
        TEST(a_reset_or_a_new_connection_starts_afresh),
        TEST(memory_is_bounded),
        cmocka_unit_test_setup_teardown(forged_connections_do_not_push_out_one_that_carries_records,
                                        set_up, tear_down),
        TEST(random_segments_are_survived),
        cmocka_unit_test_setup_teardown(segments_sent_again_and_resets_are_counted, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
