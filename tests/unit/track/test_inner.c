/*
 * What opened ESP packets carried.
 */
#include "dialogue.h"
#include "unit.h"

#include <string.h>

enum { SPI_A = 0xaaaa0001, ICMP = 1, UDP = 17 };

/* An IPv4 packet of 28 bytes between two networks, with an ICMP type (or the like) in it. */
static struct wire ipv4(uint8_t source, uint8_t destination, uint8_t protocol, uint8_t type)
{
    struct wire wire = {0};
    wire_u8(&wire, 0x45);
    wire_fill(&wire, 0, 8);
    wire_u8(&wire, protocol);
    wire_u16(&wire, 0);
    wire_bytes(&wire, (const uint8_t[]){10, source, 0, 1}, 4);
    wire_bytes(&wire, (const uint8_t[]){10, destination, 0, 1}, 4);
    wire_u8(&wire, type);
    wire_fill(&wire, 0, 7);
    return wire;
}

static void open_one(struct scene *scene, uint8_t next_header, const struct wire *wire, size_t held)
{
    scene_esp(scene, A, SPI_A, (uint32_t)scene->packets + 1);
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_ESP,
                                         .destination = scene->peers[B].address,
                                         .ref = es_packet_ref(scene->packets, 0, scene->now)};
    const struct es_esp_packet packet = {.spi = SPI_A};
    const struct es_esp_inner inner = {.next_header = next_header,
                                       .payload = es_cursor(wire->bytes, held, held)};
    es_tracker_inner(scene->tracker, &datagram, &packet, &inner);
}

static const struct es_inner_tally *tally(struct scene *scene)
{
    return scene_flow(scene, SPI_A)->inner;
}

static void pings_and_their_ends_are_seen(void **state)
{
    struct scene *scene = *state;
    struct wire wire = ipv4(1, 2, ICMP, 8);
    open_one(scene, 4, &wire, wire.length);
    wire = ipv4(1, 2, ICMP, 0);
    open_one(scene, 4, &wire, wire.length);
    wire = ipv4(1, 2, UDP, 8);
    open_one(scene, 4, &wire, wire.length);
    open_one(scene, 59, &wire, 0);
    assert_int_equal(tally(scene)->packets, 4);
    assert_int_equal(tally(scene)->echo_requests, 1);
    assert_int_equal(tally(scene)->echo_replies, 1);
    assert_int_equal(tally(scene)->dummies, 1);
    assert_int_equal(tally(scene)->source.bytes[13], 1);
    assert_int_equal(tally(scene)->destination.bytes[13], 2);
    assert_int_equal(tally(scene)->outside, 0);
}

static void packets_outside_the_selectors_are_counted(void **state)
{
    struct scene *scene = *state;
    scene_esp(scene, A, SPI_A, 1);
    static const struct es_ike_selector own = {
        .is_range = true,
        .end_port = 65535,
        .start = {{[10] = 0xff, [11] = 0xff, [12] = 10, [13] = 1}},
        .end = {{[10] = 0xff, [11] = 0xff, [12] = 10, [13] = 1, [14] = 0xff, [15] = 0xff}},
    };
    struct es_child_sa *child = scene_flow(scene, SPI_A)->child;
    child->selectors[A] = (struct es_selectors){&own, 1};
    struct wire wire = ipv4(1, 9, UDP, 0);
    open_one(scene, 4, &wire, wire.length);
    assert_int_equal(tally(scene)->outside, 0);
    wire = ipv4(3, 9, UDP, 0);
    open_one(scene, 4, &wire, wire.length);
    assert_int_equal(tally(scene)->outside, 1);
    assert_int_equal(tally(scene)->outside_first.number, scene->packets);
}

static void what_is_no_ip_packet_is_only_counted(void **state)
{
    struct scene *scene = *state;
    const struct wire wire = ipv4(1, 2, ICMP, 8);
    for (size_t held = 0; held < 20; held++)
        open_one(scene, 4, &wire, held);
    open_one(scene, 41, &wire, wire.length); /* IPv6, it says */
    open_one(scene, 6, &wire, wire.length);  /* transport mode */
    assert_int_equal(tally(scene)->packets, 22);
    assert_int_equal(tally(scene)->protocol, 0);
    assert_int_equal(tally(scene)->echo_requests, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(pings_and_their_ends_are_seen),
        scene_test(packets_outside_the_selectors_are_counted),
        scene_test(what_is_no_ip_packet_is_only_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
