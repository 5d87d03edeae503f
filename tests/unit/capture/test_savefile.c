/*
 * Capture files that libpcap reads for us.
 */
#include "packed.h"

/* The modified format: each packet has an interface number, a protocol and a type too. */
static void put_modified(struct bytes *b)
{
    put_pcap_header(b, 0xa1b2cd34, 1);
    for (uint8_t i = 0; i < 3; i++) {
        put32(b, 1700000000u + i);
        put32(b, 250000);
        put32(b, 20);
        put32(b, 60);
        put64(b, 0);
        put_pattern(b, i, 20);
    }
}

static void assert_modified(const struct outcome *out)
{
    assert_int_equal(out->count, 3);
    for (uint8_t i = 0; i < 3; i++) {
        assert_pattern(&out->frames[i], i, 20, 60);
        assert_int_equal(out->frames[i].frame.ref.number, i + 1);
        assert_int_equal(out->frames[i].frame.ref.time, (1700000000 + i) * ES_SECOND + 250000000);
        assert_int_equal(out->frames[i].frame.link_type, 1);
    }
    assert_string_equal(out->files[0].damage.text, "");
}

static void the_modified_format_is_read_plain_and_packed(void **state)
{
    for (int big = 0; big < 2; big++) {
        struct bytes b = {.big = big}, packed = {0};
        put_modified(&b);
        put_gzip(&packed, b.data, b.size);
        struct outcome out;
        read_bytes(*state, b.data, b.size, &out);
        assert_modified(&out);
        forget(&out);
        read_bytes(*state, packed.data, packed.size, &out);
        assert_modified(&out);
        forget(&out);
        free(packed.data);
        free(b.data);
    }
}

static void an_old_version_has_its_lengths_the_other_way_round(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    b.data[6] = 2; /* version 2.2 */
    put32(&b, 5);
    put32(&b, 6);
    put32(&b, 60);
    put32(&b, 20);
    put_pattern(&b, 4, 20);
    struct outcome out;
    read_bytes(*state, b.data, b.size, &out);
    assert_int_equal(out.count, 1);
    assert_pattern(&out.frames[0], 4, 20, 60);
    forget(&out);
    free(b.data);
}

static void a_cut_is_told_by_libpcap_with_our_place(void **state)
{
    struct bytes b = {0};
    put_modified(&b);
    struct outcome out;
    read_bytes(*state, b.data, b.size - 5, &out);
    assert_int_equal(out.count, 2);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
    assert_contains(out.files[0].damage.text, "packet 3 before offset ");
    forget(&out);
    free(b.data);
}

static void no_prefix_and_no_flipped_bit_crashes(void **state)
{
    struct bytes b = {0};
    put_modified(&b);
    for (size_t size = 0; size < b.size; size++) {
        struct outcome out;
        read_bytes(*state, b.data, size, &out);
        assert_true(out.count <= size / 44);
        forget(&out);
    }
    read_every_flip(*state, &b);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_modified_format_is_read_plain_and_packed),
        cmocka_unit_test(an_old_version_has_its_lengths_the_other_way_round),
        cmocka_unit_test(a_cut_is_told_by_libpcap_with_our_place),
        cmocka_unit_test(no_prefix_and_no_flipped_bit_crashes),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
