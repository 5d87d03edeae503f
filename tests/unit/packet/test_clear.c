/*
 * Conversations in clear: which are remembered, and which make room.
 */
#include "frames.h"

#include <stdio.h>

static struct wire packet(uint8_t protocol, const char *source, const char *destination)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ipv4(&w, protocol);
    wire_fill(&w, 0, 40);
    end_ipv4(&w, ip);
    struct es_address address;
    assert_true(es_address_parse(source, &address));
    memcpy(w.bytes + ip + 12, address.bytes + 12, 4);
    assert_true(es_address_parse(destination, &address));
    memcpy(w.bytes + ip + 16, address.bytes + 12, 4);
    return w;
}

static void feed(struct es_decoder *decoder, const struct wire *w, es_time time)
{
    struct es_datagram out;
    struct es_frame frame = {
        .bytes = w->bytes, .held = w->length, .wire = w->length, .link_type = RAW_IP};
    frame.ref = es_packet_ref((uint64_t)time + 1, 0, time * ES_SECOND);
    assert_false(es_decode(decoder, &frame, &out));
}

static const struct es_clear_talk *only(const struct es_decoder *decoder)
{
    const struct es_clear_talk *found = NULL;
    for (size_t i = 0; i < ES_CLEAR_TALKS; i++) {
        const struct es_clear_talk *talk = &es_decoder_counts(decoder)->clear[i];
        if (talk->packets) {
            assert_null(found);
            found = talk;
        }
    }
    return found;
}

static void both_ways_of_private_addresses_are_one(void **state)
{
    (void)state;
    struct es_decoder *decoder = decoder_new();
    const struct wire there = packet(1, "10.1.0.1", "192.168.7.2");
    const struct wire back = packet(1, "192.168.7.2", "10.1.0.1");
    feed(decoder, &there, 1);
    feed(decoder, &back, 2);
    const struct es_clear_talk *talk = only(decoder);
    assert_non_null(talk);
    assert_int_equal(talk->packets, 2);
    assert_int_equal(talk->first.number, 2);
    assert_int_equal(talk->last.number, 3);
    assert_int_equal(talk->ip_length, 60);
    assert_false(talk->tunnel);
    es_decoder_free(decoder);
}

static void public_addresses_are_nobodys_business(void **state)
{
    (void)state;
    struct es_decoder *decoder = decoder_new();
    static const char *const others[] = {"192.0.2.1", "172.32.0.1", "100.128.0.1", "11.0.0.1"};
    for (size_t i = 0; i < ES_COUNT(others); i++) {
        const struct wire w = packet(6, "10.1.0.1", others[i]);
        feed(decoder, &w, 1);
    }
    assert_null(only(decoder));
    es_decoder_free(decoder);
}

static void a_tunnel_in_clear_is_known_by_its_ends(void **state)
{
    (void)state;
    struct es_decoder *decoder = decoder_new();
    const struct wire w = packet(47, "192.0.2.1", "198.51.100.2");
    feed(decoder, &w, 1);
    const struct es_clear_talk *talk = only(decoder);
    assert_non_null(talk);
    assert_true(talk->tunnel);
    assert_int_equal(talk->packets, 1);
    es_decoder_free(decoder);
}

static void a_place_is_kept_for_a_while_only(void **state)
{
    (void)state;
    struct es_decoder *decoder = decoder_new();
    char name[32];
    for (unsigned i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "10.1.%u.%u", i / 200, i % 200 + 1);
        const struct wire w = packet(17, name, "10.200.0.1");
        feed(decoder, &w, 1);
    }
    assert_true(es_decoder_counts(decoder)->clear_dropped >= 500 - ES_CLEAR_TALKS);
    const uint64_t dropped = es_decoder_counts(decoder)->clear_dropped;
    const struct wire late = packet(17, "10.1.1.77", "10.200.0.1");
    feed(decoder, &late, 100);
    assert_int_equal(es_decoder_counts(decoder)->clear_dropped, dropped);
    es_decoder_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_of_private_addresses_are_one),
        cmocka_unit_test(public_addresses_are_nobodys_business),
        cmocka_unit_test(a_tunnel_in_clear_is_known_by_its_ends),
        cmocka_unit_test(a_place_is_kept_for_a_while_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
