/*
 * ICMP and ICMPv6 errors and the packets they quote.
 */
#include "frames.h"

static const uint8_t ROUTER[4] = {203, 0, 113, 9};

/* Bob's side refuses what Alice sent: an error whose quote starts at the returned offset. */
static size_t put_error(struct wire *w, uint8_t type, uint8_t code, uint32_t field)
{
    const size_t ip = put_ipv4(w, 1);
    memcpy(w->bytes + ip + 12, ROUTER, 4);
    memcpy(w->bytes + ip + 16, ALICE, 4);
    wire_u8(w, type);
    wire_u8(w, code);
    wire_u16(w, 0);
    wire_u32(w, field);
    return w->length;
}

static struct wire error_about(const struct wire *quoted, size_t count, uint8_t type, uint8_t code,
                               uint32_t field)
{
    struct wire w = {.length = 0};
    put_error(&w, type, code, field);
    wire_bytes(&w, quoted->bytes, count);
    end_ipv4(&w, 0);
    return w;
}

static void esp_refused_by_a_router_is_told_with_its_spi(void **state)
{
    (void)state;
    static const struct {
        uint8_t type, code;
        uint32_t field, mtu;
    } errors[] = {
        {3,  1, 0,       0   },
        {3,  2, 0,       0   },
        {3,  4, 1400,    1400},
        {11, 0, 0,       0   },
        {12, 0, 1 << 24, 0   }
    };
    struct wire esp = {.length = 0};
    put_esp_packet(&esp);
    for (size_t i = 0; i < ES_COUNT(errors); i++) {
        const struct wire w =
            error_about(&esp, 28, errors[i].type, errors[i].code, errors[i].field);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        const struct es_address alice = es_address_v4(ALICE), bob = es_address_v4(BOB);
        const struct es_address router = es_address_v4(ROUTER);
        assert_int_equal(out.kind, ES_DATAGRAM_ICMP_ERROR);
        assert_int_equal(out.icmp.quoted_kind, ES_DATAGRAM_ESP);
        assert_int_equal(out.icmp.type, errors[i].type);
        assert_int_equal(out.icmp.code, errors[i].code);
        assert_int_equal(out.icmp.mtu, errors[i].mtu);
        assert_false(out.icmp.v6);
        assert_true(es_address_equal(&out.icmp.reporter, &router));
        assert_true(es_address_equal(&out.source, &alice));
        assert_true(es_address_equal(&out.destination, &bob));
        assert_int_equal(out.ip_length, 20 + ESP_BYTES);
        assert_int_equal(es_left(&out.payload), 8);
        assert_int_equal(es_wire_left(&out.payload), ESP_BYTES);
        assert_int_equal(es_u32(&out.payload), SPI);
    }
}

/* What a quoted UDP payload is, by how much of it is quoted. */
static void udp_is_told_as_far_as_the_quote_goes(void **state)
{
    (void)state;
    struct wire esp = {.length = 0}, marked = {.length = 0}, ike = {.length = 0};
    put_esp(&esp);
    wire_u32(&marked, 0);
    put_ike(&marked);
    put_ike(&ike);
    const struct {
        uint16_t port;
        const struct wire *payload;
        size_t quoted;
        enum es_datagram_kind kind;
    } cases[] = {
        {500,  &ike,    0,  ES_DATAGRAM_IKE  },
        {500,  &ike,    28, ES_DATAGRAM_IKE  },
        {4500, &marked, 4,  ES_DATAGRAM_IKE  },
        {4500, &marked, 64, ES_DATAGRAM_IKE  },
        {4500, &esp,    8,  ES_DATAGRAM_ESP  },
        {4500, &esp,    4,  ES_DATAGRAM_ESP  },
        {4500, &esp,    0,  ES_DATAGRAM_OTHER},
        {4500, &esp,    3,  ES_DATAGRAM_OTHER},
        {4500, &ike,    60, ES_DATAGRAM_IKE  },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire packet = {.length = 0};
        put_udp_packet(&packet, 40000, cases[i].port, cases[i].payload->bytes,
                       cases[i].payload->length);
        const struct wire w = error_about(&packet, 28 + cases[i].quoted, 3, 3, 0);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        assert_int_equal(out.kind, ES_DATAGRAM_ICMP_ERROR);
        assert_int_equal(out.icmp.quoted_kind, cases[i].kind);
        assert_int_equal(out.source_port, 40000);
        assert_int_equal(out.destination_port, cases[i].port);
        assert_int_equal(out.ip_length, packet.length);
        assert_int_equal(out.encapsulation,
                         cases[i].port == 500 ? ES_ENCAPSULATION_RAW : ES_ENCAPSULATION_UDP);
    }
}

static void a_quoted_keepalive_is_told_by_its_length_alone(void **state)
{
    (void)state;
    struct wire packet = {.length = 0};
    put_udp_packet(&packet, 4500, 4500, "\xff", 1);
    for (size_t quoted = 28; quoted <= 29; quoted++) {
        const struct wire w = error_about(&packet, quoted, 3, 3, 0);
        struct es_datagram out;
        assert_true(decode_one(&w, RAW_IP, &out));
        assert_int_equal(out.icmp.quoted_kind, ES_DATAGRAM_KEEPALIVE);
    }
}

static void an_extension_behind_the_quote_is_not_part_of_it(void **state)
{
    (void)state;
    struct wire esp = {.length = 0}, w = {.length = 0};
    const size_t ip = put_ipv4(&esp, 50);
    put_esp(&esp);
    wire_fill(&esp, 0x66, 1000);
    end_ipv4(&esp, ip);
    put_error(&w, 11, 0, 32 << 16); /* 128 bytes of quote: RFC 4884 */
    wire_bytes(&w, esp.bytes, 128);
    wire_fill(&w, 0x20, 16);
    end_ipv4(&w, 0);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_int_equal(es_left(&out.payload), 108);
    assert_int_equal(es_wire_left(&out.payload), ESP_BYTES + 1000);
}

static void a_later_fragment_has_a_kind_but_no_spi(void **state)
{
    (void)state;
    struct wire packet = {.length = 0};
    const size_t ip = put_ipv4_fragment(&packet, 50, 7, 100);
    put_esp(&packet);
    end_ipv4(&packet, ip);
    const struct wire w = error_about(&packet, 28, 11, 1, 0);
    struct es_datagram out;
    assert_true(decode_one(&w, RAW_IP, &out));
    assert_int_equal(out.icmp.quoted_kind, ES_DATAGRAM_ESP);
    assert_int_equal(es_left(&out.payload), 0);
    es_u32(&out.payload);
    assert_int_equal(out.payload.fault, ES_FAULT_CUT);
}

static void errors_about_others_and_other_icmp_are_left_alone(void **state)
{
    (void)state;
    struct wire dns = {.length = 0}, esp = {.length = 0};
    put_udp_packet(&dns, 40000, 53, "abc", 3);
    put_esp_packet(&esp);
    const struct wire cases[] = {
        error_about(&dns, dns.length, 3, 3, 0),
        error_about(&esp, 28, 8, 0, 0),
        error_about(&esp, 28, 0, 0, 0),
        error_about(&esp, 28, 5, 1, 0),
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        size_t count;
        const struct es_decoder_counts counts =
            counts_of(cases[i].bytes, cases[i].length, cases[i].length, RAW_IP, &count);
        assert_int_equal(count, 0);
        assert_int_equal(counts.malformed, 0);
    }
}

static struct wire error6(uint8_t type, uint32_t field, bool fragment)
{
    struct wire w = {.length = 0};
    put_ipv6(&w, 58);
    wire_u8(&w, type);
    wire_u8(&w, 0);
    wire_u16(&w, 0);
    wire_u32(&w, field);
    const size_t quote = put_ipv6(&w, 60);
    wire_u16(&w, fragment ? 44 << 8 : 50 << 8);
    wire_fill(&w, 0, 6);
    if (fragment) {
        wire_u32(&w, 50 << 24 | 1);
        wire_u32(&w, 0x99);
    }
    put_esp(&w);
    end_ipv6(&w, quote);
    end_ipv6(&w, 0);
    return w;
}

static void icmpv6_quotes_are_read_through_extension_headers(void **state)
{
    (void)state;
    for (uint8_t type = 1; type <= 4; type++) {
        for (int fragment = 0; fragment < 2; fragment++) {
            const struct wire w = error6(type, type == 2 ? 1280 : 0, fragment);
            struct es_datagram out;
            assert_true(decode_one(&w, RAW_IP, &out));
            assert_true(out.icmp.v6);
            assert_int_equal(out.icmp.mtu, type == 2 ? 1280 : 0);
            assert_int_equal(out.icmp.quoted_kind, ES_DATAGRAM_ESP);
            assert_int_equal(out.ip_id, fragment ? 0x99 : 0);
            assert_int_equal(es_wire_left(&out.payload), ESP_BYTES);
            assert_int_equal(es_u32(&out.payload), SPI);
        }
    }
    const struct wire echo = error6(128, 0, false);
    assert_other(&echo, RAW_IP);
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    struct wire natt = {.length = 0};
    put_natt_packet(&natt);
    struct wire w = error_about(&natt, natt.length, 3, 4, 1400);
    sweep(&w, RAW_IP, true);
    w = error6(2, 1280, true);
    sweep(&w, RAW_IP, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp_refused_by_a_router_is_told_with_its_spi),
        cmocka_unit_test(udp_is_told_as_far_as_the_quote_goes),
        cmocka_unit_test(a_quoted_keepalive_is_told_by_its_length_alone),
        cmocka_unit_test(an_extension_behind_the_quote_is_not_part_of_it),
        cmocka_unit_test(a_later_fragment_has_a_kind_but_no_spi),
        cmocka_unit_test(errors_about_others_and_other_icmp_are_left_alone),
        cmocka_unit_test(icmpv6_quotes_are_read_through_extension_headers),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
