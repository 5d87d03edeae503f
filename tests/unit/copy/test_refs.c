/*
 * Packets asked for in the order in which they come.
 */
#include "refs.h"
#include "unit.h"

static void add(struct es_refs *refs, uint32_t file, uint64_t number)
{
    const struct es_packet_ref ref = es_packet_ref(number, file, 0);
    assert_true(es_refs_add(refs, &ref));
}

static size_t count_at(struct es_refs *refs, uint32_t file, uint64_t number)
{
    const struct es_packet_ref ref = es_packet_ref(number, file, 0);
    size_t count;
    es_refs_look(refs, &ref, &count);
    return count;
}

static void packets_are_found_in_their_order(void **state)
{
    (void)state;
    struct es_refs refs = {0};
    add(&refs, 1, 7);
    add(&refs, 0, 9);
    add(&refs, 1, 3);
    add(&refs, 1, 7);
    add(&refs, 3, 1);
    assert_true(es_refs_settle(&refs));
    for (uint64_t number = 1; number < 12; number++) {
        assert_int_equal(count_at(&refs, 0, number), number == 9);
        assert_int_equal(count_at(&refs, 1, number), number == 3 ? 1 : number == 7 ? 2 : 0);
        assert_int_equal(count_at(&refs, 2, number), 0);
        assert_int_equal(count_at(&refs, 3, number), number == 1);
        assert_int_equal(count_at(&refs, 4, number), 0);
    }
    es_refs_fini(&refs);
}

static void what_was_added_first_comes_first(void **state)
{
    (void)state;
    struct es_refs refs = {0};
    add(&refs, 0, 5);
    add(&refs, 0, 2);
    add(&refs, 0, 5);
    assert_true(es_refs_settle(&refs));
    const struct es_packet_ref ref = {.number = 5};
    size_t count;
    const size_t at = es_refs_look(&refs, &ref, &count);
    assert_int_equal(count, 2);
    assert_int_equal(refs.items[at].order, 0);
    assert_int_equal(refs.items[at + 1].order, 2);
    es_refs_fini(&refs);
}

static void none_are_none(void **state)
{
    (void)state;
    struct es_refs refs = {0};
    assert_true(es_refs_settle(&refs));
    assert_int_equal(count_at(&refs, 0, 1), 0);
    es_refs_fini(&refs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_found_in_their_order),
        cmocka_unit_test(what_was_added_first_comes_first),
        cmocka_unit_test(none_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
