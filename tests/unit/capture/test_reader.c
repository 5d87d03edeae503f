/*
 * How damage is put into words.
 */
#include "bytes.h"
#include "reader.h"

static void damage_names_the_file_and_the_first_stays(void **state)
{
    (void)state;
    struct es_source_file file = {.name = "wan.pcap"};
    es_file_damage(&file, ES_ERROR_FORMAT, "cut at offset %d", 7);
    assert_string_equal(file.damage.text, "wan.pcap: cut at offset 7");
    assert_int_equal(file.damage.kind, ES_ERROR_FORMAT);
    es_file_damage(&file, ES_ERROR_SYSTEM, "another");
    assert_string_equal(file.damage.text, "wan.pcap: cut at offset 7");
}

static void a_long_name_leaves_room_for_the_reason(void **state)
{
    (void)state;
    char name[2000];
    memset(name, 'x', sizeof(name));
    strcpy(name + sizeof(name) - 6, ".pcap");
    struct es_source_file file = {.name = name};
    es_file_damage(&file, ES_ERROR_FORMAT, "the reason");
    assert_contains(file.damage.text, "...xxx");
    assert_contains(file.damage.text, "x.pcap: the reason");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_names_the_file_and_the_first_stays),
        cmocka_unit_test(a_long_name_leaves_room_for_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
