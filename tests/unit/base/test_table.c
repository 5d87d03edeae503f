/*
 * The hash table.
 */
#include "unit.h"

#include "espial/base.h"

enum { ITEMS = 3000 };

struct item {
    uint32_t key;
    unsigned value;
};

static const uint64_t seed[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};
static struct item items[ITEMS];

static void table_fill(struct es_table *table, size_t count)
{
    es_table_init(table, sizeof(uint32_t), ITEMS, seed);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct item){(uint32_t)(i * 7), (unsigned)i};
        assert_true(es_table_add(table, &items[i]));
    }
}

static void everything_added_is_found_and_nothing_else(void **state)
{
    (void)state;
    struct es_table table;
    table_fill(&table, ITEMS);
    assert_int_equal(table.count, ITEMS);
    for (uint32_t key = 0; key < ITEMS * 7; key++) {
        const struct item *item = es_table_find(&table, &key);
        if (key % 7 == 0)
            assert_ptr_equal(item, &items[key / 7]);
        else
            assert_null(item);
    }
    es_table_fini(&table);
}

static void an_empty_table_finds_and_removes_nothing(void **state)
{
    (void)state;
    struct es_table table;
    es_table_init(&table, sizeof(uint32_t), 4, seed);
    const uint32_t key = 7;
    assert_null(es_table_find(&table, &key));
    assert_null(es_table_remove(&table, &key));
    es_table_fini(&table);
}

static void the_limit_holds_and_leaves_the_table_unchanged(void **state)
{
    (void)state;
    struct es_table table;
    table_fill(&table, ITEMS);
    struct item one_more = {.key = 1};
    assert_false(es_table_add(&table, &one_more));
    assert_int_equal(table.count, ITEMS);
    assert_null(es_table_find(&table, &one_more.key));
    assert_ptr_equal(es_table_remove(&table, &items[5].key), &items[5]);
    assert_true(es_table_add(&table, &one_more));
    assert_ptr_equal(es_table_find(&table, &one_more.key), &one_more);
    es_table_fini(&table);
}

/* Removing closes gaps in runs of colliding items: what stays must still be found, in any order. */
static void removing_any_leaves_all_others(void **state)
{
    (void)state;
    struct es_table table;
    table_fill(&table, ITEMS);
    size_t left = ITEMS;
    for (size_t step = 0, at = 1; step < ITEMS; step++, at = (at + 1327) % ITEMS) {
        const uint64_t hash = es_table_hash(&table, &items[at].key);
        if (step % 2) {
            struct item equal = items[at];
            es_table_remove_hashed(&table, hash, &equal);
            assert_int_equal(table.count, left); /* it is not the one in the table */
            es_table_remove_hashed(&table, hash, &items[at]);
        } else {
            assert_ptr_equal(es_table_remove(&table, &items[at].key), &items[at]);
        }
        assert_null(es_table_remove(&table, &items[at].key));
        es_table_remove_hashed(&table, hash, &items[at]); /* neither is there any more */
        items[at].value = UINT32_MAX;
        assert_int_equal(table.count, --left);
        if (step % 100 != 0)
            continue;
        for (size_t i = 0; i < ITEMS; i++) {
            const struct item *expected = items[i].value == UINT32_MAX ? NULL : &items[i];
            assert_ptr_equal(es_table_find(&table, &items[i].key), expected);
        }
    }
    assert_int_equal(table.count, 0);
    es_table_fini(&table);
}

static void the_hash_is_siphash_1_3(void **state)
{
    (void)state;
    assert_true(es_hash(seed, "", 0) == UINT64_C(0xabac0158050fc4dc));
}

static void the_seed_and_each_byte_change_the_hash(void **state)
{
    (void)state;
    const uint64_t other[2] = {seed[0] ^ 1, seed[1]};
    uint8_t bytes[20] = {0};
    const uint64_t hash = es_hash(seed, bytes, sizeof(bytes));
    assert_true(es_hash(other, bytes, sizeof(bytes)) != hash);
    assert_true(es_hash(seed, bytes, sizeof(bytes) - 1) != hash);
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = 1;
        assert_true(es_hash(seed, bytes, sizeof(bytes)) != hash);
        bytes[i] = 0;
    }
}

/* Keys as an attacker would choose them, who knows all but the seed: those that share a place in a
 * table of another seed share none here. */
static void keys_that_collide_under_one_seed_do_not_under_another(void **state)
{
    (void)state;
    enum { CRAFTED = 512, MASK = 1023 };
    const uint64_t known[2] = {1, 2};
    uint32_t taken[MASK + 1] = {0};
    unsigned crafted = 0, most = 0;
    for (uint32_t key = 0; crafted < CRAFTED; key++) {
        if ((es_hash(known, &key, sizeof(key)) & MASK) != 0)
            continue;
        crafted++;
        const size_t place = es_hash(seed, &key, sizeof(key)) & MASK;
        most = ++taken[place] > most ? taken[place] : most;
    }
    assert_in_range(most, 1, 8);
}

static void a_table_is_asked_in_steps_with_the_same_answer(void **state)
{
    (void)state;
    struct es_table table;
    es_table_init(&table, sizeof(uint32_t), ITEMS, seed);
    assert_null(es_table_likely(&table, 5));
    assert_null(es_table_find_hashed(&table, 5, &(uint32_t){5}));
    table_fill(&table, ITEMS);
    for (uint32_t key = 0; key < ITEMS * 7; key++) {
        const uint64_t hash = es_table_hash(&table, &key);
        void *item = es_table_find(&table, &key);
        es_table_fetch(&table, hash);
        assert_ptr_equal(es_table_find_hashed(&table, hash, &key), item);
        if (item)
            assert_ptr_equal(es_table_likely(&table, hash), item);
    }
    es_table_fini(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_added_is_found_and_nothing_else),
        cmocka_unit_test(an_empty_table_finds_and_removes_nothing),
        cmocka_unit_test(the_limit_holds_and_leaves_the_table_unchanged),
        cmocka_unit_test(removing_any_leaves_all_others),
        cmocka_unit_test(the_hash_is_siphash_1_3),
        cmocka_unit_test(the_seed_and_each_byte_change_the_hash),
        cmocka_unit_test(keys_that_collide_under_one_seed_do_not_under_another),
        cmocka_unit_test(a_table_is_asked_in_steps_with_the_same_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
