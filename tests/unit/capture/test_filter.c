/*
 * BPF expressions.
 */
#include "bytes.h"

/* An IPv4 header and a UDP one to this port, behind `link` bytes that end in the Ethertype. */
static void put_udp(struct bytes *b, bool ethernet, uint16_t port)
{
    static const uint8_t link[14] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0};
    uint8_t ip[28] = {0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
    ip[22] = (uint8_t)(port >> 8);
    ip[23] = (uint8_t)port;
    if (ethernet)
        put(b, link, sizeof(link));
    put(b, ip, sizeof(ip));
}

static void put_record(struct bytes *b, bool ethernet, uint16_t port)
{
    put64(b, 1);
    put32(b, ethernet ? 42 : 28);
    put32(b, ethernet ? 42 : 28);
    put_udp(b, ethernet, port);
}

static void put_ng_packet(struct bytes *b, uint32_t interface, bool ethernet, uint16_t port)
{
    const size_t block = put_block(b, 6);
    put32(b, interface);
    put64(b, 0);
    put32(b, ethernet ? 42 : 28);
    put32(b, ethernet ? 42 : 28);
    put_udp(b, ethernet, port);
    put_block_end(b, block);
}

static void read_filtered(const char *folder, const struct bytes *b, const char *filter,
                          struct outcome *out)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/capture", folder);
    write_file(path, b->data, b->size);
    const char *paths[] = {path};
    const struct es_source_options options = {.filter = filter};
    struct es_error error = {0};
    struct es_source *source = es_source_open(paths, 1, &options, &error);
    if (!source)
        fail_msg("%s", error.text);
    drain(source, out);
}

static void only_what_passes_comes_with_its_own_number(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_record(&b, true, 53);
    put_record(&b, true, 500);
    put_record(&b, true, 4500);
    struct outcome out;
    read_filtered(*state, &b, "udp port 500 or udp port 4500", &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.frames[0].frame.ref.number, 2);
    assert_int_equal(out.frames[1].frame.ref.number, 3);
    assert_int_equal(out.files[0].packets, 3);
    assert_int_equal(out.files[0].bytes, 126);
    forget(&out);
    free(b.data);
}

static void each_link_type_has_its_own_program(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_interface(&b, 101, 0, 6, 0, NULL);
    for (uint32_t i = 0; i < 6; i++)
        put_ng_packet(&b, i % 2, i % 2 == 0, i < 2 ? 53 : 500);
    struct outcome out;
    read_filtered(*state, &b, "port 500", &out);
    assert_int_equal(out.count, 4);
    assert_int_equal(out.frames[0].frame.link_type, 1);
    assert_int_equal(out.frames[1].frame.link_type, 101);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);
    free(b.data);
}

static void a_link_type_it_does_not_fit_is_left_out_and_told(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    put_interface(&b, 101, 0, 6, 0, NULL);
    put_interface(&b, 1, 0, 6, 0, NULL);
    put_ng_packet(&b, 1, true, 500);
    put_ng_packet(&b, 0, false, 500);
    put_ng_packet(&b, 1, true, 500);
    struct outcome out;
    read_filtered(*state, &b, "ether host 02:00:00:00:00:01", &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_LIBRARY);
    assert_contains(out.files[0].damage.text, "/capture: ");
    assert_contains(out.files[0].damage.text, "link type 101");
    assert_contains(out.files[0].damage.text, "packet 2 ");
    forget(&out);
    free(b.data);
}

static void more_link_types_than_anyone_has_are_bounded(void **state)
{
    struct bytes b = {0};
    put_section(&b);
    for (uint16_t i = 0; i < 100; i++)
        put_interface(&b, (uint16_t)(1000 + i), 0, 6, 0, NULL);
    for (uint32_t i = 0; i < 100; i++)
        put_ng_packet(&b, i, false, 500);
    struct outcome out;
    read_filtered(*state, &b, "len > 1", &out);
    assert_int_equal(out.files[0].packets, 100);
    assert_int_equal(out.link_type_count, 8); /* as many as asked for */
    forget(&out);
    free(b.data);
}

static void a_bad_expression_is_the_caller_s_error(void **state)
{
    (void)state;
    static const char *const bad[] = {"udp porrt 500", "port 70000", "(", "host"};
    for (size_t i = 0; i < ES_COUNT(bad); i++) {
        const struct es_source_options options = {.filter = bad[i]};
        struct es_error error = {0};
        assert_null(es_source_open((const char *[]){"/dev/null"}, 1, &options, &error));
        assert_int_equal(error.kind, ES_ERROR_USAGE);
        assert_contains(error.text, bad[i]);
    }
}

static void an_expression_for_another_common_link_type_is_accepted(void **state)
{
    (void)state;
    const struct es_source_options options = {.filter = "wlan type data"};
    struct es_error error = {0};
    struct es_source *source = es_source_open((const char *[]){"/dev/null"}, 1, &options, &error);
    assert_non_null(source);
    es_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_passes_comes_with_its_own_number),
        cmocka_unit_test(each_link_type_has_its_own_program),
        cmocka_unit_test(a_link_type_it_does_not_fit_is_left_out_and_told),
        cmocka_unit_test(more_link_types_than_anyone_has_are_bounded),
        cmocka_unit_test(a_bad_expression_is_the_caller_s_error),
        cmocka_unit_test(an_expression_for_another_common_link_type_is_accepted),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
