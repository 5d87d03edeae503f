/*
 * Reassembly of IP fragments.
 */
#include "frames.h"

enum { PARTS = 4, PART = 96, MORE = 0x2000 };

/* A packet on port 4500 cut up: parts of PART bytes, the last one shorter. */
struct cut_up {
    struct wire whole; /* UDP header and payload */
    struct wire parts[PARTS];
};

static void put_part(struct wire *w, const struct wire *whole, uint16_t id, size_t from, size_t to)
{
    w->length = 0;
    const size_t ip =
        put_ipv4_fragment(w, 17, id, (uint16_t)(from / 8 | (to < whole->length ? MORE : 0)));
    wire_bytes(w, whole->bytes + from, to - from);
    end_ipv4(w, ip);
}

static struct cut_up cut_up(uint16_t id, uint16_t port)
{
    static struct cut_up c;
    c.whole.length = 0;
    const size_t udp = put_udp(&c.whole, port, port);
    wire_u32(&c.whole, SPI);
    for (uint32_t i = 0; c.whole.length < (PARTS - 1) * PART + 40; i++)
        wire_u32(&c.whole, i * 0x01010101);
    end_udp(&c.whole, udp);
    for (size_t i = 0; i < PARTS; i++)
        put_part(&c.parts[i], &c.whole, id, i * PART,
                 i + 1 < PARTS ? (i + 1) * PART : c.whole.length);
    return c;
}

static struct es_decoder *decoder;
static es_time now;
static struct es_datagram got;

static int set_up(void **state)
{
    (void)state;
    decoder = decoder_new();
    now = 1000 * ES_SECOND;
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
    struct es_frame frame = frame_of(w->bytes, held, w->length, RAW_IP);
    frame.ref.time = now;
    return decode_all(decoder, &frame, &got);
}

static size_t feed(const struct wire *w)
{
    return feed_cut(w, w->length);
}

static const struct es_decoder_counts *counts(void)
{
    return es_decoder_counts(decoder);
}

static void assert_whole(const struct cut_up *c, bool duplicate)
{
    assert_int_equal(got.kind, ES_DATAGRAM_ESP);
    assert_true(got.reassembled);
    assert_false(got.first_fragment_only);
    assert_int_equal(got.duplicate_fragment, duplicate);
    assert_int_equal(got.ip_length, 20 + c->whole.length);
    assert_int_equal(got.source_port, 4500);
    assert_int_equal(es_left(&got.payload), c->whole.length - 8);
    assert_int_equal(es_wire_left(&got.payload), c->whole.length - 8);
    assert_memory_equal(got.payload.at, c->whole.bytes + 8, c->whole.length - 8);
}

static void the_first_fragment_is_handed_out_at_once(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    assert_int_equal(feed(&c.parts[0]), 1);
    assert_int_equal(got.kind, ES_DATAGRAM_ESP);
    assert_true(got.first_fragment_only);
    assert_false(got.reassembled || got.duplicate_fragment);
    assert_int_equal(got.destination_port, 4500);
    assert_int_equal(es_left(&got.payload), PART - 8);
    assert_int_equal(es_wire_left(&got.payload), c.whole.length - 8);
    assert_int_equal(es_u32(&got.payload), SPI);
    assert_int_equal(counts()->esp, 1);
    assert_int_equal(counts()->malformed, 0);
}

/* All 24 orders; `index` numbers them. */
static void order_of(unsigned index, size_t order[PARTS])
{
    size_t left[PARTS] = {0, 1, 2, 3};
    for (unsigned i = 0, choices = PARTS; i < PARTS; i++, choices--) {
        const unsigned pick = index % choices;
        index /= choices;
        order[i] = left[pick];
        memmove(left + pick, left + pick + 1, (PARTS - 1 - pick) * sizeof(left[0]));
    }
}

static void fragments_in_any_order_give_the_packet_once(void **state)
{
    (void)state;
    for (unsigned index = 0; index < 24; index++) {
        const struct cut_up c = cut_up((uint16_t)index, 4500);
        size_t order[PARTS];
        order_of(index, order);
        for (size_t i = 0; i < PARTS; i++) {
            const bool last = i + 1 == PARTS;
            assert_int_equal(feed(&c.parts[order[i]]), last || order[i] == 0);
            assert_int_equal(counts()->esp, index + (last || counts()->esp > index));
        }
        assert_whole(&c, order[PARTS - 1] != 0);
        assert_int_equal(counts()->esp, index + 1);
    }
    assert_int_equal(counts()->fragments, 24 * PARTS);
    now += 31 * ES_SECOND;
    const struct cut_up c = cut_up(100, 4500);
    feed(&c.parts[1]);
    assert_int_equal(counts()->fragments_incomplete, 0);
    assert_int_equal(counts()->fragments_overlap, 0);
    assert_int_equal(counts()->fragments_dropped, 0);
}

static void copies_of_fragments_change_nothing(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    assert_int_equal(feed(&c.parts[0]), 1);
    assert_int_equal(feed(&c.parts[0]), 0);
    assert_int_equal(feed(&c.parts[2]), 0);
    assert_int_equal(feed(&c.parts[2]), 0);
    assert_int_equal(feed(&c.parts[1]), 0);
    assert_int_equal(feed(&c.parts[3]), 1);
    assert_whole(&c, true);
    for (size_t i = 0; i < PARTS; i++)
        assert_int_equal(feed(&c.parts[i]), 0);
    now += 31 * ES_SECOND;
    feed(&c.parts[1]);
    assert_int_equal(counts()->fragments_incomplete, 0);
    assert_int_equal(counts()->fragments_overlap, 0);
    assert_int_equal(counts()->esp, 1);
}

static void an_identification_in_use_again_is_a_new_packet(void **state)
{
    (void)state;
    struct cut_up c = cut_up(1, 4500);
    for (size_t i = 0; i < PARTS; i++)
        feed(&c.parts[i]);
    assert_whole(&c, true);
    for (size_t i = 0; i < PARTS; i++)
        c.parts[i].bytes[40] ^= 0xff;
    assert_int_equal(feed(&c.parts[0]), 1);
    assert_false(got.duplicate_fragment);
    assert_int_equal(feed(&c.parts[1]), 0);
    assert_int_equal(feed(&c.parts[3]), 0);
    assert_int_equal(feed(&c.parts[2]), 1);
    assert_true(got.reassembled && got.duplicate_fragment);
    assert_int_equal(counts()->esp, 2);
}

static void overlapping_fragments_drop_the_packet(void **state)
{
    (void)state;
    /* From and to of a fragment between the first two parts; and a copy with other bytes. */
    static const struct {
        size_t from, to;
        bool spoil;
    } overlaps[] = {
        {PART - 8, 2 * PART, false},
        {PART,     PART + 8, false},
        {PART,     3 * PART, false},
        {0,        PART + 8, false},
        {PART,     2 * PART, true },
    };
    for (size_t i = 0; i < ES_COUNT(overlaps); i++) {
        const struct cut_up c = cut_up((uint16_t)i, 4500);
        struct wire odd;
        put_part(&odd, &c.whole, (uint16_t)i, overlaps[i].from, overlaps[i].to);
        if (overlaps[i].spoil)
            odd.bytes[50] ^= 1;
        assert_int_equal(feed(&c.parts[0]), 1);
        assert_int_equal(feed(&c.parts[1]), 0);
        assert_int_equal(feed(&odd), 0);
        assert_int_equal(feed(&c.parts[2]), 0);
        assert_int_equal(feed(&c.parts[3]), 0);
        assert_int_equal(counts()->fragments_overlap, i + 1);
    }
}

static void fragments_beyond_the_end_drop_the_packet(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500), d = cut_up(2, 4500);
    struct wire early;
    put_part(&early, &c.whole, 1, 2 * PART, 3 * PART);
    wire_patch_u16(&early, 6, 2 * PART / 8); /* says that it is the last */
    feed(&c.parts[0]);
    feed(&c.parts[3]);
    feed(&early);
    assert_int_equal(counts()->fragments_overlap, 1);
    wire_patch_u16(&early, 4, 2);
    feed(&d.parts[0]);
    feed(&early);
    feed(&d.parts[3]);
    assert_int_equal(counts()->fragments_overlap, 2);
}

static void patience_ends_after_thirty_seconds(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    feed(&c.parts[0]);
    feed(&c.parts[1]);
    feed(&c.parts[2]);
    now += 31 * ES_SECOND;
    assert_int_equal(feed(&c.parts[3]), 0);
    assert_int_equal(counts()->fragments_incomplete, 1);
    now += 31 * ES_SECOND;
    struct wire plain = {.length = 0};
    put_esp_packet(&plain);
    feed(&plain);
    assert_int_equal(counts()->fragments_incomplete, 1); /* of the rest nobody knows what it was */
}

static void packets_of_others_are_not_kept(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 53);
    for (size_t i = 0; i < PARTS; i++)
        assert_int_equal(feed(&c.parts[i]), 0);
    for (size_t i = 0; i < PARTS; i++)
        assert_int_equal(feed(&c.parts[PARTS - 1 - i]), 0);
    now += 31 * ES_SECOND;
    feed(&c.parts[0]);
    assert_int_equal(counts()->fragments_incomplete, 0);
    assert_int_equal(counts()->malformed, 0);
}

static void memory_is_bounded_and_the_oldest_goes(void **state)
{
    (void)state;
    const struct es_decoder_options options = {.reassembly_bytes = 32 << 10};
    struct es_decoder *whole = decoder;
    decoder = es_decoder_new(&options);
    for (uint16_t id = 0; id < 2000; id++) {
        const struct cut_up c = cut_up(id, 4500);
        assert_int_equal(feed(&c.parts[0]), 1);
        feed(&c.parts[1]);
    }
    assert_true(counts()->fragments_dropped > 3600);
    assert_true(counts()->fragments_incomplete > 1800);
    struct cut_up c = cut_up(1999, 4500); /* the newest is still there */
    feed(&c.parts[2]);
    assert_int_equal(feed(&c.parts[3]), 1);
    assert_whole(&c, true);
    c = cut_up(1, 4500); /* the oldest is not */
    feed(&c.parts[2]);
    assert_int_equal(feed(&c.parts[3]), 0);
    es_decoder_free(decoder);
    decoder = whole;
}

static void a_packet_has_no_end_of_pieces(void **state)
{
    (void)state;
    struct wire whole = {.length = 0};
    wire_fill(&whole, 0x42, 8000);
    for (size_t from = 8; from + 8 < whole.length; from += 8) {
        struct wire part;
        put_part(&part, &whole, 9, from, from + 8);
        feed(&part);
    }
    assert_true(counts()->fragments_dropped > 700);
}

static void pieces_cut_by_the_capture_give_what_lies_before(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    assert_int_equal(feed_cut(&c.parts[0], 60), 1);
    assert_int_equal(feed_cut(&c.parts[1], 60), 0);
    assert_int_equal(feed_cut(&c.parts[2], 60), 0);
    assert_int_equal(feed_cut(&c.parts[3], 60), 1);
    assert_true(got.reassembled);
    assert_int_equal(es_left(&got.payload), 60 - 20 - 8);
    assert_int_equal(es_wire_left(&got.payload), c.whole.length - 8);
}

static void fragments_that_cannot_be_are_malformed(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    struct wire odd, far;
    put_part(&odd, &c.whole, 1, 8, 17); /* not a multiple of eight, and more to follow */
    assert_int_equal(feed(&odd), 0);
    assert_int_equal(counts()->malformed, 1);
    put_part(&far, &c.whole, 1, PART, 2 * PART);
    wire_patch_u16(&far, 6, 0x1fff);
    assert_int_equal(feed(&far), 0);
    assert_int_equal(counts()->malformed, 2);
    put_part(&odd, &c.whole, 1, 0, 101);
    assert_int_equal(feed(&odd), 1); /* a first one still tells the SPI */
    assert_true(got.first_fragment_only);
    assert_int_equal(counts()->malformed, 3);
    assert_string_equal(counts()->malformed_layer, "IPv4");
}

static void ipv6_fragments_are_put_together(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    for (size_t i = 0; i < PARTS; i++) {
        struct wire w = {.length = 0};
        const bool last = i + 1 == PARTS;
        put_ipv6(&w, 0);
        wire_u32(&w, 44U << 24);
        wire_u32(&w, 0);
        wire_u16(&w, 17 << 8);
        wire_u16(&w, (uint16_t)(i * PART | !last));
        wire_u32(&w, 0xfeed);
        wire_bytes(&w, c.whole.bytes + i * PART, last ? c.whole.length - i * PART : PART);
        end_ipv6(&w, 0);
        assert_int_equal(feed(&w), last || i == 0);
    }
    assert_true(got.reassembled && got.duplicate_fragment);
    assert_int_equal(got.ip_id, 0xfeed);
    assert_int_equal(got.ip_length, 48 + c.whole.length);
    assert_int_equal(es_left(&got.payload), c.whole.length - 8);
}

/* The whole packet of a tunnel holds a fragment of the same key: it may not free what holds it. */
static void a_packet_that_holds_its_own_fragment_is_survived(void **state)
{
    (void)state;
    struct wire inner = {.length = 0};
    const size_t ip = put_ipv4_fragment(&inner, 4, 1, MORE);
    wire_fill(&inner, 0x45, 64);
    end_ipv4(&inner, ip);
    for (size_t split = 8; split < inner.length; split += 8) {
        for (unsigned i = 0; i < 2; i++) {
            struct wire part = {.length = 0};
            put_ipv4_fragment(&part, 4, 1, (uint16_t)(i ? split / 8 : MORE));
            wire_bytes(&part, inner.bytes + (i ? split : 0), i ? inner.length - split : split);
            end_ipv4(&part, 0);
            feed(&part);
        }
    }
}

static void fragments_inside_a_fragmented_tunnel_are_put_together(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(1, 4500);
    size_t whole = 0, first = 0;
    for (uint16_t i = 0; i < PARTS; i++) {
        const struct wire *inner = &c.parts[i];
        for (unsigned half = 0; half < 2; half++) {
            struct wire w = {.length = 0};
            put_ipv4_fragment(&w, 4, (uint16_t)(50 + i), half ? 5 : MORE);
            wire_bytes(&w, inner->bytes + (half ? 40 : 0), half ? inner->length - 40 : 40);
            end_ipv4(&w, 0);
            if (feed(&w)) {
                whole += got.reassembled && !got.first_fragment_only;
                first += got.first_fragment_only;
            }
        }
    }
    assert_int_equal(whole, 1);
    assert_int_equal(first, 2); /* from the half that holds it, then from the whole of it */
    assert_whole(&c, true);
    assert_int_equal(counts()->esp, 1);
}

static void random_fragments_are_survived(void **state)
{
    (void)state;
    const struct cut_up c = cut_up(0, 4500);
    uint32_t seed = 1;
    for (unsigned i = 0; i < 50000; i++) {
        seed = seed * 1664525 + 1013904223;
        const size_t from = (seed >> 8) % 40 * 8, to = from + 8 + (seed >> 16) % 6 * 8;
        struct wire part;
        put_part(&part, &c.whole, (uint16_t)(seed >> 30), from,
                 to < c.whole.length ? to : c.whole.length);
        now += ES_SECOND / 100;
        feed_cut(&part, seed & 1 ? part.length : part.length / 2);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_first_fragment_is_handed_out_at_once),
        TEST(fragments_in_any_order_give_the_packet_once),
        TEST(copies_of_fragments_change_nothing),
        TEST(an_identification_in_use_again_is_a_new_packet),
        TEST(overlapping_fragments_drop_the_packet),
        TEST(fragments_beyond_the_end_drop_the_packet),
        TEST(patience_ends_after_thirty_seconds),
        TEST(packets_of_others_are_not_kept),
        TEST(memory_is_bounded_and_the_oldest_goes),
        TEST(a_packet_has_no_end_of_pieces),
        TEST(pieces_cut_by_the_capture_give_what_lies_before),
        TEST(fragments_that_cannot_be_are_malformed),
        TEST(ipv6_fragments_are_put_together),
        TEST(a_packet_that_holds_its_own_fragment_is_survived),
        TEST(fragments_inside_a_fragmented_tunnel_are_put_together),
        TEST(random_fragments_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
