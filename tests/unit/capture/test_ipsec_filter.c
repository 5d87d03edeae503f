/*
 * The kernel's filter: what passes, what does not, and how much of it is kept.
 */
#include "ipsec_filter.h"
#include "unit.h"

#include <string.h>

enum { FRAME_MAX = 300, ESP_BYTES = 96, PACKET = 200 };

struct frame {
    uint8_t bytes[FRAME_MAX];
    size_t length;
};

static void put(struct frame *f, const void *bytes, size_t count)
{
    memcpy(f->bytes + f->length, bytes, count);
    f->length += count;
}

static void put16(struct frame *f, unsigned number)
{
    const uint8_t bytes[] = {(uint8_t)(number >> 8), (uint8_t)number};
    put(f, bytes, 2);
}

static void put_zeros(struct frame *f, size_t count)
{
    static const uint8_t zeros[FRAME_MAX];
    put(f, zeros, count);
}

static struct frame ethernet(unsigned tags, unsigned type)
{
    struct frame f = {0};
    put_zeros(&f, 12);
    for (unsigned i = 0; i < tags; i++) {
        put16(&f, i + 1 < tags ? 0x88a8 : 0x8100);
        put16(&f, 7);
    }
    put16(&f, type);
    return f;
}

static void put_ipv4(struct frame *f, uint8_t protocol, unsigned fragment)
{
    put16(f, 0x4500);
    put16(f, PACKET);
    put16(f, 1);
    put16(f, fragment);
    put16(f, 0x4000U | protocol);
    put16(f, 0);
    put_zeros(f, 8);
}

static void put_ipv6(struct frame *f, uint8_t next)
{
    put16(f, 0x6000);
    put16(f, 0);
    put16(f, PACKET);
    put16(f, (uint16_t)(next << 8 | 64));
    put_zeros(f, 32);
}

static void put_udp(struct frame *f, unsigned source, unsigned destination, unsigned length)
{
    put16(f, source);
    put16(f, destination);
    put16(f, length);
    put16(f, 0);
}

static struct frame finish(struct frame f)
{
    put_zeros(&f, f.length < PACKET ? PACKET - f.length : 0);
    return f;
}

static struct frame ipv4(uint8_t protocol, unsigned tags)
{
    struct frame f = ethernet(tags, 0x0800);
    put_ipv4(&f, protocol, 0);
    return f;
}

static struct frame udp4(unsigned source, unsigned destination, unsigned tags)
{
    struct frame f = ipv4(17, tags);
    put_udp(&f, source, destination, 100);
    return f;
}

static struct bpf_program compiled(int link_type, const struct es_live_options *options)
{
    struct bpf_program program;
    struct es_error error = {0};
    pcap_t *pcap = pcap_open_dead(link_type, 65535);
    assert_non_null(pcap);
    if (!es_ipsec_filter_compile(pcap, options, &program, &error))
        fail_msg("%s", error.text);
    pcap_close(pcap);
    return program;
}

/* Bytes kept of the frame; 0: it does not pass. */
static unsigned kept(const struct bpf_program *program, struct frame f)
{
    f = finish(f);
    const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)f.length,
                                       .len = (bpf_u_int32)f.length};
    return (unsigned)pcap_offline_filter(program, &header, f.bytes);
}

static struct frame esp_in_udp(void)
{
    struct frame f = udp4(4500, 4500, 0);
    put16(&f, 0xc0de);
    put16(&f, 0x0001);
    return f;
}

static struct frame icmp_about(uint8_t type, uint8_t protocol)
{
    struct frame f = ipv4(1, 0);
    const uint8_t head[] = {type, 3, 0, 0, 0, 0, 0, 0};
    put(&f, head, sizeof(head));
    put_ipv4(&f, protocol, 0);
    return f;
}

static void ike_passes_whole_and_esp_is_cut(void **state)
{
    (void)state;
    struct bpf_program p = compiled(DLT_EN10MB, &(struct es_live_options){.esp_bytes = ESP_BYTES});
    for (unsigned tags = 0; tags <= 2; tags++) {
        assert_true(kept(&p, udp4(500, 500, tags)) > PACKET);
        assert_true(kept(&p, udp4(40000, 4500, tags)) > PACKET);
        assert_int_equal(kept(&p, ipv4(50, tags)), ESP_BYTES);
        assert_int_equal(kept(&p, ipv4(51, tags)), ESP_BYTES);
    }
    assert_int_equal(kept(&p, esp_in_udp()), ESP_BYTES);
    struct frame f = ethernet(0, 0x86dd);
    put_ipv6(&f, 50);
    assert_int_equal(kept(&p, f), ESP_BYTES);
    f = ethernet(0, 0x86dd);
    put_ipv6(&f, 17);
    put_udp(&f, 500, 500, 100);
    assert_true(kept(&p, f) > PACKET);
    f = ipv4(6, 0);
    put16(&f, 50000);
    put16(&f, 4500);
    assert_true(kept(&p, f) > PACKET);
    es_ipsec_filter_free(&p);
}

static void fragments_pass_whatever_they_hold(void **state)
{
    (void)state;
    struct bpf_program p = compiled(DLT_EN10MB, &(struct es_live_options){.esp_bytes = ESP_BYTES});
    struct frame first = ethernet(0, 0x0800);
    put_ipv4(&first, 17, 0x2000);
    struct frame last = ethernet(1, 0x0800);
    put_ipv4(&last, 17, 185);
    struct frame six = ethernet(0, 0x86dd);
    put_ipv6(&six, 44);
    assert_true(kept(&p, first) > PACKET);
    assert_true(kept(&p, last) > PACKET);
    assert_true(kept(&p, six) > PACKET);
    es_ipsec_filter_free(&p);
}

static void icmp_passes_when_it_quotes_what_may_be_ipsec(void **state)
{
    (void)state;
    struct bpf_program p = compiled(DLT_EN10MB, &(struct es_live_options){0});
    assert_true(kept(&p, icmp_about(3, 50)) > PACKET);
    assert_true(kept(&p, icmp_about(11, 17)) > PACKET);
    assert_int_equal(kept(&p, icmp_about(3, 6)), 0);
    assert_int_equal(kept(&p, icmp_about(8, 50)), 0);
    es_ipsec_filter_free(&p);
}

static void other_traffic_stays_outside(void **state)
{
    (void)state;
    struct bpf_program p = compiled(DLT_EN10MB, &(struct es_live_options){0});
    struct frame tcp = ipv4(6, 0);
    put16(&tcp, 40000);
    put16(&tcp, 443);
    assert_int_equal(kept(&p, tcp), 0);
    assert_int_equal(kept(&p, udp4(53, 40000, 0)), 0);
    assert_int_equal(kept(&p, udp4(53, 40000, 1)), 0);
    assert_int_equal(kept(&p, ethernet(0, 0x0806)), 0);
    assert_int_equal(kept(&p, ipv4(47, 0)), 0);
    es_ipsec_filter_free(&p);
}

static void ports_and_a_choice_of_ones_own_count(void **state)
{
    (void)state;
    const uint16_t ports[] = {10500};
    const struct es_live_options options = {
        .filter = "host 0.0.0.0", .ike_ports = ports, .ike_port_count = 1};
    struct bpf_program p = compiled(DLT_EN10MB, &options);
    assert_true(kept(&p, udp4(10500, 10500, 0)) > PACKET);
    assert_true(kept(&p, ipv4(50, 0)) > PACKET);
    es_ipsec_filter_free(&p);
    const struct es_live_options narrow = {.filter = "host 192.0.2.9"};
    p = compiled(DLT_EN10MB, &narrow);
    assert_int_equal(kept(&p, ipv4(50, 0)), 0);
    es_ipsec_filter_free(&p);
    struct bpf_program none;
    struct es_error error = {0};
    pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
    assert_false(es_ipsec_filter_compile(pcap, &(struct es_live_options){.filter = "no such word"},
                                         &none, &error));
    assert_int_equal(error.kind, ES_ERROR_USAGE);
    pcap_close(pcap);
}

static void link_types_without_tags_work_too(void **state)
{
    (void)state;
    static const int types[] = {DLT_RAW, DLT_LINUX_SLL, DLT_NULL, 276 /* LINUX_SLL2 */};
    for (size_t i = 0; i < ES_COUNT(types); i++) {
        struct bpf_program p = compiled(types[i], &(struct es_live_options){.esp_bytes = 96});
        assert_true(p.bf_len > 10);
        assert_true(bpf_validate(p.bf_insns, (int)p.bf_len));
        es_ipsec_filter_free(&p);
    }
}

/* As tcpdump would take it: one expression, in which a `vlan` moves all that follows it. */
static void the_text_lets_the_same_through(void **state)
{
    (void)state;
    static const char *const filters[] = {NULL, "host 0.0.0.0"};
    for (size_t i = 0; i < ES_COUNT(filters); i++) {
        struct es_text text;
        struct bpf_program p;
        es_text_init(&text);
        es_ipsec_filter_text(&text, &(struct es_live_options){.filter = filters[i]});
        pcap_t *pcap = pcap_open_dead(DLT_EN10MB, 65535);
        assert_int_equal(pcap_compile(pcap, &p, es_text_chars(&text), 1, PCAP_NETMASK_UNKNOWN), 0);
        assert_true(kept(&p, ipv4(50, 0)) > 0);
        assert_true(kept(&p, udp4(500, 500, 0)) > 0);
        assert_true(kept(&p, udp4(4500, 4500, 1)) > 0);
        assert_int_equal(kept(&p, udp4(53, 40000, 1)), 0);
        for (unsigned tags = 1; tags <= 2; tags++) {
            struct frame esp = ethernet(tags, 0x0800);
            put_ipv4(&esp, 50, 0);
            assert_true(kept(&p, finish(esp)) > 0);
        }
        pcap_freecode(&p);
        pcap_close(pcap);
        es_text_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_passes_whole_and_esp_is_cut),
        cmocka_unit_test(fragments_pass_whatever_they_hold),
        cmocka_unit_test(icmp_passes_when_it_quotes_what_may_be_ipsec),
        cmocka_unit_test(other_traffic_stays_outside),
        cmocka_unit_test(ports_and_a_choice_of_ones_own_count),
        cmocka_unit_test(link_types_without_tags_work_too),
        cmocka_unit_test(the_text_lets_the_same_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
