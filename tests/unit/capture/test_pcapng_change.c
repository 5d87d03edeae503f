/*
 * Blocks passed on: as they are, with comments, with other numbers, bytes and byte order.
 */
#include "bytes.h"
#include "edge.h"

#include "espial/capture/block.h"

static const char *const comments[] = {"one", "two"};

/* The last block of `b`, which begins at `start`. */
static struct es_raw_block block_at(const struct bytes *b, size_t start, uint32_t type)
{
    return (struct es_raw_block){
        .bytes = b->data + start,
        .type = type,
        .length = (uint32_t)(b->size - start),
        .big_endian = b->big,
    };
}

/* A packet of four bytes with a comment, flags and a count of drops. */
static struct es_raw_block packet(struct bytes *b, bool big)
{
    *b = (struct bytes){.big = big};
    put32(b, 6);
    put32(b, 0);
    put32(b, 1); /* interface */
    put32(b, 0x01020304);
    put32(b, 0x05060708);
    put32(b, 3);
    put32(b, 99);
    put(b, "abc", 4);
    put_option(b, 1, "theirs", 6);
    put16(b, 2);
    put16(b, 4);
    put32(b, 0x01020304);
    put_option64(b, 4, 0x1122334455667788);
    put_option_end(b);
    put_block_end(b, 0);
    return block_at(b, 0, ES_BLOCK_PACKET);
}

static void assert_bytes(const struct es_text *text, const struct bytes *wanted)
{
    assert_int_equal(text->length, wanted->size);
    assert_memory_equal(text->chars, wanted->data, wanted->size);
}

static void unchanged_is_copied(void **state)
{
    (void)state;
    struct bytes b;
    const struct es_raw_block block = packet(&b, true);
    struct es_text text;
    es_text_init(&text);
    assert_true(es_block_add(&text, true, &block, NULL));
    assert_bytes(&text, &b);
    es_text_fini(&text);
    free(b.data);
}

static void the_other_byte_order_says_the_same(void **state)
{
    (void)state;
    struct bytes big;
    struct bytes little;
    const struct es_raw_block from = packet(&big, true);
    packet(&little, false);
    struct es_text text;
    es_text_init(&text);
    assert_true(es_block_add(&text, false, &from, NULL));
    assert_bytes(&text, &little);
    es_text_fini(&text);
    free(big.data);
    free(little.data);
}

static void comments_stand_behind_the_old_ones(void **state)
{
    (void)state;
    struct bytes b;
    const struct es_raw_block block = packet(&b, false);
    const struct es_block_change change = {.comments = comments, .comment_count = 2};
    struct es_text text;
    es_text_init(&text);
    assert_true(es_block_add(&text, false, &block, &change));
    /* All up to the end of options is what it was, but for the length. */
    assert_int_equal(text.length, b.size + 16);
    assert_memory_equal(text.chars + 8, b.data + 8, b.size - 16);
    static const char added[] = "\1\0\3\0one\0\1\0\3\0two\0\0\0\0";
    assert_memory_equal(text.chars + b.size - 8, added, sizeof(added));
    es_text_fini(&text);
    free(b.data);
}

static void numbers_and_bytes_are_replaced(void **state)
{
    (void)state;
    struct bytes b;
    const struct es_raw_block block = packet(&b, false);
    const struct es_block_change change = {
        .renumbers = true, .interface = 7, .bytes = (const uint8_t *)"x", .held = 1, .bare = true};
    struct es_text text;
    es_text_init(&text);
    assert_true(es_block_add(&text, false, &block, &change));
    struct bytes wanted = {0};
    put32(&wanted, 6);
    put32(&wanted, 0);
    put32(&wanted, 7);
    put32(&wanted, 0x01020304);
    put32(&wanted, 0x05060708);
    put32(&wanted, 1);
    put32(&wanted, 99);
    put(&wanted, "x\0\0", 4);
    put16(&wanted, 2);
    put16(&wanted, 4);
    put32(&wanted, 0x01020304);
    put_option64(&wanted, 4, 0x1122334455667788);
    put_option_end(&wanted);
    put_block_end(&wanted, 0);
    assert_bytes(&text, &wanted);
    es_text_fini(&text);
    free(wanted.data);
    free(b.data);
}

static void a_section_forgets_its_length(void **state)
{
    (void)state;
    struct bytes b = {.big = true};
    put32(&b, ES_BLOCK_SECTION);
    put32(&b, 0);
    put32(&b, 0x1a2b3c4d);
    put16(&b, 1);
    put16(&b, 0);
    put64(&b, 4711);
    put_block_end(&b, 0);
    const struct es_raw_block block = block_at(&b, 0, ES_BLOCK_SECTION);
    struct es_text text;
    es_text_init(&text);
    assert_true(es_block_add(&text, true, &block, NULL));
    assert_int_equal(text.length, b.size);
    for (size_t i = 16; i < 24; i++)
        assert_int_equal((uint8_t)text.chars[i], 0xff);
    es_text_fini(&text);
    free(b.data);
}

static void the_unknown_cannot_be_turned_round(void **state)
{
    (void)state;
    struct bytes b = {.big = true};
    put32(&b, 0x7777);
    put32(&b, 0);
    put32(&b, 1);
    put_block_end(&b, 0);
    const struct es_raw_block block = block_at(&b, 0, 0x7777);
    struct es_text text;
    es_text_init(&text);
    assert_false(es_block_add(&text, false, &block, NULL));
    assert_int_equal(text.length, 0);
    assert_true(es_block_add(&text, true, &block, NULL));
    assert_bytes(&text, &b);
    es_text_fini(&text);
    free(b.data);
}

static void every_prefix_is_refused_or_whole(void **state)
{
    (void)state;
    const struct es_block_change change = {.comments = comments, .comment_count = 2};
    struct bytes b;
    const struct es_raw_block whole = packet(&b, false);
    for (uint32_t length = 0; length <= whole.length; length++) {
        struct es_raw_block block = whole;
        block.bytes = edge_place(b.data, length);
        block.length = length;
        struct es_text text;
        es_text_init(&text);
        if (es_block_add(&text, length & 1, &block, &change))
            assert_true(text.length >= 12 && text.length % 4 == 0);
        else
            assert_int_equal(text.length, 0);
        es_text_fini(&text);
    }
    free(b.data);
}

static void the_end_of_a_capture_is_read_again(void **state)
{
    const char *folder = *state;
    static const uint8_t resolutions[] = {3, 6, 9, 0x80 | 20};
    const es_time end = 1700000060 * ES_SECOND + 500 * ES_MILLISECOND;
    for (size_t i = 0; i < ES_COUNT(resolutions); i++) {
        struct bytes b = {.big = i % 2};
        put_section(&b);
        const size_t start = b.size;
        put32(&b, 1);
        put32(&b, 0);
        put16(&b, 1);
        put16(&b, 0);
        put32(&b, 0);
        put_option(&b, 9, &resolutions[i], 1);
        put_option64(&b, 14, 1000);
        put_option_end(&b);
        put_block_end(&b, start);
        const struct es_raw_block description = block_at(&b, start, ES_BLOCK_INTERFACE);
        struct es_text text;
        es_text_init(&text);
        assert_true(es_block_add_end(&text, &description, 0, end));
        put(&b, text.chars, text.length);
        char path[128];
        snprintf(path, sizeof(path), "%s/end.pcapng", folder);
        write_file(path, b.data, b.size);
        const char *const paths[] = {path};
        struct es_source *source = es_source_open(paths, 1, NULL, NULL);
        struct es_frame frame;
        assert_int_equal(es_source_end(source), -ES_TIME_MAX);
        assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
        assert_int_equal(es_source_file(source, 0)->damage.kind, ES_ERROR_NONE);
        assert_int_equal(es_source_end(source), end);
        es_source_free(source);
        unlink(path);
        es_text_fini(&text);
        free(b.data);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unchanged_is_copied),
        cmocka_unit_test(the_other_byte_order_says_the_same),
        cmocka_unit_test(comments_stand_behind_the_old_ones),
        cmocka_unit_test(numbers_and_bytes_are_replaced),
        cmocka_unit_test(a_section_forgets_its_length),
        cmocka_unit_test(the_unknown_cannot_be_turned_round),
        cmocka_unit_test(every_prefix_is_refused_or_whole),
        cmocka_unit_test_setup_teardown(the_end_of_a_capture_is_read_again, folder_setup,
                                        folder_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
