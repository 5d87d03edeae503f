/*
 * Link types and the small link headers.
 */
#include "frames.h"

enum { NFLOG = 239 };

/* Headers in front of an IPv4 packet, a link type each. */
static const struct {
    uint32_t link;
    const char *header;
    size_t length;
} links[] = {
    {0,     "\x02\x00\x00\x00",                                     4 },
    {0,     "\x00\x00\x00\x02",                                     4 },
    {108,   "\x00\x00\x00\x02",                                     4 },
    {12,    "",                                                     0 },
    {14,    "",                                                     0 },
    {101,   "",                                                     0 },
    {228,   "",                                                     0 },
    {109,   "\x02\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x01",     12},
    {117,   "\x09\x02\x00\x00xxxxxxxx",                             12},
 /* a prefix, then 4 and 60 bytes of packet */
    {NFLOG, "\x02\x00\x00\x00\x06\x00\x0a\x00yPPP\x40\x00\x09\x00", 16},
};

static struct wire framed(size_t index)
{
    struct wire w = {.length = 0};
    wire_bytes(&w, links[index].header, links[index].length);
    put_esp_packet(&w);
    return w;
}

static void every_link_type_leads_to_esp(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(links); i++) {
        const struct wire w = framed(i);
        assert_esp(&w, links[i].link);
    }
}

static void every_number_of_ipv6_is_known_in_both_byte_orders(void **state)
{
    (void)state;
    static const uint32_t families[] = {10, 24, 28, 30};
    for (size_t i = 0; i < ES_COUNT(families); i++) {
        for (unsigned swapped = 0; swapped < 2; swapped++) {
            struct wire w = {.length = 0};
            wire_u32(&w, swapped ? families[i] << 24 : families[i]);
            const size_t ip = put_ipv6(&w, 50);
            put_esp(&w);
            end_ipv6(&w, ip);
            assert_esp(&w, 0);
        }
    }
}

static void raw_ip_tells_the_version_by_itself(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    const size_t ip = put_ipv6(&w, 50);
    put_esp(&w);
    end_ipv6(&w, ip);
    assert_esp(&w, RAW_IP);
    assert_esp(&w, 229);
    sweep(&w, RAW_IP, false);
}

static void unknown_link_types_are_counted(void **state)
{
    (void)state;
    static const uint32_t unknown[] = {2, 147, 279, 280, 1000, UINT32_MAX};
    const struct wire w = framed(3);
    for (size_t i = 0; i < ES_COUNT(unknown); i++) {
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(w.bytes, w.length, w.length, unknown[i], &count);
        assert_int_equal(counts.unsupported_link, 1);
        assert_int_equal(counts.other, 1);
        assert_int_equal(counts.malformed, 0);
    }
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(links); i++) {
        const struct wire w = framed(i);
        /* NFLOG that ends between two of its attributes is a packet without payload. */
        sweep(&w, links[i].link, links[i].link == NFLOG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_link_type_leads_to_esp),
        cmocka_unit_test(every_number_of_ipv6_is_known_in_both_byte_orders),
        cmocka_unit_test(raw_ip_tells_the_version_by_itself),
        cmocka_unit_test(unknown_link_types_are_counted),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
