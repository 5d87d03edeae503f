/*
 * The arena.
 */
#include "unit.h"

#include "espial/base.h"

#include <stdalign.h>

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct es_arena arena;
    es_arena_init(&arena, 1 << 20);
    uint8_t *before = NULL;
    for (size_t size = 1; size < 300; size++) {
        uint8_t *bytes = es_arena_alloc(&arena, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        memset(bytes, 0xff, size);
        assert_ptr_not_equal(bytes, before);
        before = bytes;
    }
    es_arena_fini(&arena);
}

static void the_limit_can_be_reached_but_not_passed(void **state)
{
    (void)state;
    struct es_arena arena;
    es_arena_init(&arena, 256);
    assert_non_null(es_arena_alloc(&arena, 256));
    assert_null(es_arena_alloc(&arena, 1));
    es_arena_fini(&arena);
    assert_int_equal(arena.used, 0);
    assert_non_null(es_arena_alloc(&arena, 200));
    assert_null(es_arena_alloc(&arena, 200));
    assert_non_null(es_arena_alloc(&arena, 40));
    assert_true(arena.used <= arena.limit);
    es_arena_fini(&arena);
}

static void things_larger_than_a_block_have_room(void **state)
{
    (void)state;
    struct es_arena arena;
    es_arena_init(&arena, 1 << 24);
    uint8_t *large = es_arena_alloc(&arena, 1 << 20);
    assert_non_null(large);
    memset(large, 1, 1 << 20);
    assert_non_null(es_arena_alloc(&arena, 10));
    es_arena_fini(&arena);
}

static void absurd_sizes_are_refused(void **state)
{
    (void)state;
    struct es_arena arena;
    es_arena_init(&arena, SIZE_MAX);
    assert_null(es_arena_alloc(&arena, SIZE_MAX));
    assert_null(es_arena_alloc(&arena, SIZE_MAX - 20));
    es_arena_fini(&arena);
}

static void copies_are_copies(void **state)
{
    (void)state;
    struct es_arena arena;
    es_arena_init(&arena, 1024);
    char text[] = "tunnel";
    char *copy = es_arena_copy(&arena, text, sizeof(text));
    text[0] = 'f';
    assert_string_equal(copy, "tunnel");
    assert_non_null(es_arena_copy(&arena, NULL, 0));
    assert_null(es_arena_copy(&arena, text, 2000));
    es_arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(the_limit_can_be_reached_but_not_passed),
        cmocka_unit_test(things_larger_than_a_block_have_room),
        cmocka_unit_test(absurd_sizes_are_refused),
        cmocka_unit_test(copies_are_copies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
