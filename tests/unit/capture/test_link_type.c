/*
 * Link types: names and numbers.
 */
#include "bytes.h"
#include "reader.h"

#include <pcap/pcap.h>

static void assert_name(uint32_t link_type, const char *name)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_link_type(&text, link_type);
    assert_string_equal(es_text_chars(&text), name);
    es_text_fini(&text);
}

static void names_are_libpcap_s(void **state)
{
    (void)state;
    assert_name(1, "EN10MB");
    assert_name(101, "RAW");
    assert_name(113, "LINUX_SLL");
    assert_name(276, "LINUX_SLL2");
    assert_name(109, "ENC");
    assert_name(108, "LOOP");
    assert_name(4711, "link type 4711");
    assert_name(UINT32_MAX, "link type 4294967295");
}

static void numbers_of_files_and_of_libpcap_map_both_ways(void **state)
{
    (void)state;
    assert_int_equal(es_link_type_from_dlt(DLT_RAW), 101);
    assert_int_equal(es_link_type_to_dlt(101), DLT_RAW);
    static const uint32_t usual[] = {0,   1,   9,   50,  51,  101, 104, 107,
                                     108, 109, 113, 117, 228, 229, 239, 276};
    for (size_t i = 0; i < ES_COUNT(usual); i++)
        assert_int_equal(es_link_type_from_dlt(es_link_type_to_dlt(usual[i])), usual[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_libpcap_s),
        cmocka_unit_test(numbers_of_files_and_of_libpcap_map_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
