/*
 * Tunnels around: GRE, VXLAN, GTP-U, IP in IP, and their depth.
 */
#include "frames.h"

static struct wire gre(uint16_t flags, uint16_t protocol, size_t words)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ipv4(&w, 47);
    wire_u16(&w, flags);
    wire_u16(&w, protocol);
    wire_fill(&w, 0x77, words * 4);
    if (protocol == 0x6558)
        put_ethernet(&w, 0x0800);
    if (protocol == 0x880b)
        wire_bytes(&w, "\xff\x03\x00\x21", 4);
    put_esp_packet(&w);
    end_ipv4(&w, ip);
    return w;
}

static struct wire in_udp(uint16_t port, const char *header, size_t count, bool ethernet)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ipv4(&w, 17);
    const size_t udp = put_udp(&w, 50000, port);
    wire_bytes(&w, header, count);
    if (ethernet)
        put_ethernet(&w, 0x0800);
    put_esp_packet(&w);
    end_udp(&w, udp);
    end_ipv4(&w, ip);
    return w;
}

static void gre_carries_ip_ethernet_and_ppp(void **state)
{
    (void)state;
    static const struct {
        uint16_t flags, protocol;
        size_t words;
    } forms[] = {
        {0,      0x0800, 0},
        {0x2000, 0x0800, 1},
        {0x1000, 0x0800, 1},
        {0xb000, 0x0800, 3},
        {0x2000, 0x6558, 1},
        {0x3081, 0x880b, 3},
        {0x2001, 0x880b, 1},
    };
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        const struct wire w = gre(forms[i].flags, forms[i].protocol, forms[i].words);
        assert_esp(&w, RAW_IP);
        sweep(&w, RAW_IP, false);
    }
    const struct wire routed = gre(0x4000, 0x0800, 0), version2 = gre(2, 0x0800, 0);
    assert_other(&routed, RAW_IP);
    assert_other(&version2, RAW_IP);
}

static void vxlan_carries_ethernet(void **state)
{
    (void)state;
    const struct wire w = in_udp(4789, "\x08\0\0\0\0\0\x05\0", 8, true);
    assert_esp(&w, RAW_IP);
    sweep(&w, RAW_IP, true);
    const struct wire without_id = in_udp(4789, "\0\0\0\0\0\0\x05\0", 8, true);
    assert_other(&without_id, RAW_IP);
}

static void gtpu_carries_ip_behind_its_options(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t count;
        bool found;
    } forms[] = {
        {"\x30\xff\0\0\0\0\0\1",                   8,  true },
        {"\x32\xff\0\0\0\0\0\1\0\1\0\0",           12, true },
        {"\x34\xff\0\0\0\0\0\1\0\0\0\x85\1\0\0\0", 16, true },
        {"\x34\xff\0\0\0\0\0\1\0\0\0\x85\0\0\0\0", 16, false}, /* an extension of no words */
        {"\x30\x01\0\0\0\0\0\1",                   8,  false}, /* echo request */
        {"\x50\xff\0\0\0\0\0\1",                   8,  false}, /* version 2 */
    };
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        const struct wire w = in_udp(2152, forms[i].header, forms[i].count, false);
        if (forms[i].found)
            assert_esp(&w, RAW_IP);
        else
            assert_other(&w, RAW_IP);
        if (forms[i].found)
            sweep(&w, RAW_IP, true);
    }
}

static void strange_packets_on_a_tunnels_port_are_not_malformed(void **state)
{
    (void)state;
    static const uint16_t ports[] = {4789, 2152};
    for (size_t i = 0; i < ES_COUNT(ports); i++) {
        for (unsigned value = 0; value < 256; value++) {
            struct wire w = {.length = 0};
            uint8_t payload[60];
            memset(payload, (int)value, sizeof(payload));
            put_udp_packet(&w, 1000, ports[i], payload, value % sizeof(payload));
            size_t count;
            const struct es_decoder_counts counts =
                counts_of(w.bytes, w.length, w.length, RAW_IP, &count);
            assert_int_equal(counts.malformed, 0);
        }
    }
}

/* `depth` headers of IPv4 and IPv6 in turn. */
static struct wire nested(unsigned depth)
{
    struct wire w = {.length = 0};
    size_t at[64];
    for (unsigned i = 0; i < depth; i++) {
        const bool last = i + 1 == depth;
        at[i] = i % 2 ? put_ipv6(&w, last ? 50 : 4) : put_ipv4(&w, last ? 50 : 41);
    }
    put_esp(&w);
    for (unsigned i = 0; i < depth; i++) {
        if (i % 2)
            end_ipv6(&w, at[i]);
        else
            end_ipv4(&w, at[i]);
    }
    return w;
}

static void ip_in_ip_is_followed_to_a_depth(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= 14; depth++) {
        const struct wire w = nested(depth);
        assert_esp(&w, RAW_IP);
    }
    for (unsigned depth = 16; depth <= 60; depth++) {
        const struct wire w = nested(depth);
        assert_other(&w, RAW_IP);
    }
}

static void the_addresses_are_those_inside(void **state)
{
    (void)state;
    struct es_datagram out;
    const struct wire w = nested(2);
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_false(es_address_is_v4(&out.source));
    assert_int_equal(out.ip_length, 40 + ESP_BYTES);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    const struct wire w = nested(4);
    sweep(&w, RAW_IP, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gre_carries_ip_ethernet_and_ppp),
        cmocka_unit_test(vxlan_carries_ethernet),
        cmocka_unit_test(gtpu_carries_ip_behind_its_options),
        cmocka_unit_test(strange_packets_on_a_tunnels_port_are_not_malformed),
        cmocka_unit_test(ip_in_ip_is_followed_to_a_depth),
        cmocka_unit_test(the_addresses_are_those_inside),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
