/*
 * Key files and folders.
 */
#include "keys_text.h"

#include <fcntl.h>
#include <sys/stat.h>

#define V1_ROW "8001020304050607," HEX24 "\n"
#define ESP_LINE "0x12345678@198.51.100.1 3des-cbc:0x" HEX24 "\n"

static char folder[] = "/tmp/es-keys-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static void put(const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", ".hidden"};
    char path[128];
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        unlink(path);
    }
    return rmdir(folder);
}

static void a_folder_gives_what_its_files_do(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    struct es_error error;
    size_t found, skipped;
    put("a", V1_ROW);
    put("b", ESP_LINE "0x12345678@198.51.100.1\n");
    put("c", "nothing of interest\n");
    put(".hidden", "8001020304050608," HEX24 "\n");
    assert_true(es_keys_read(keys, folder, &found, &skipped, &error));
    assert_int_equal(found, 2);
    assert_int_equal(skipped, 1);
    assert_int_equal(es_keys_ike_count(keys), 1);
    assert_int_equal(es_keys_esp_count(keys), 1);
    es_keys_free(keys);
}

static void a_folder_without_keys_is_refused(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    struct es_error error;
    put("a", "\n");
    put("b", "");
    put("c", "");
    assert_false(es_keys_read(keys, folder, NULL, NULL, &error));
    assert_int_equal(error.kind, ES_ERROR_FORMAT);
    assert_ptr_equal(strstr(error.text, folder), error.text);
    es_keys_free(keys);
}

static void what_is_no_key_file_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",      "\n",        "hello\n", "\xd4\xc3\xb2\xa1\x02",
                                        "a,b\n", "<html>\r\n"};
    for (size_t i = 0; i < ES_COUNT(texts); i++) {
        struct reading r = read_text(texts[i]);
        assert_false(r.done);
        assert_int_equal(r.error.kind, ES_ERROR_FORMAT);
        assert_int_equal(r.found, 0);
        es_keys_free(r.keys);
    }
}

static void what_is_not_there_is_said(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    struct es_error error;
    assert_false(es_keys_read(keys, "/nonexistent/keys", NULL, NULL, &error));
    assert_int_equal(error.kind, ES_ERROR_SYSTEM);
    assert_non_null(strstr(error.text, "No such file"));
    assert_false(es_keys_read(keys, "/nonexistent/keys", NULL, NULL, NULL));
    es_keys_free(keys);
}

static void the_last_line_needs_no_end(void **state)
{
    (void)state;
    struct reading r = read_text("8001020304050607," HEX24);
    assert_int_equal(r.found, 1);
    es_keys_free(r.keys);
}

/* A line of `size` bytes between two good ones. */
static void check_long_line(size_t size)
{
    const size_t row = strlen(V1_ROW);
    char *text = malloc(2 * row + size + 1);
    assert_non_null(text);
    memcpy(text, V1_ROW, row);
    memset(text + row, 'x', size);
    text[row + size] = '\n';
    memcpy(text + row + size + 1, "9", 1);
    memcpy(text + row + size + 2, V1_ROW + 1, row - 1);
    struct reading r = read_bytes(text, 2 * row + size + 1);
    assert_true(r.done);
    assert_int_equal(r.found, 2);
    assert_int_equal(r.skipped, 1);
    es_keys_free(r.keys);
    free(text);
}

static void long_lines_are_passed_over(void **state)
{
    (void)state;
    check_long_line(1000);
    check_long_line(64 * 1024 - 60);
    check_long_line(64 * 1024 - 1);
    check_long_line(64 * 1024);
    check_long_line(64 * 1024 + 1);
    check_long_line(1000 * 1000);
}

static void lines_go_on_where_the_buffer_ends(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    struct es_text text;
    es_text_init(&text);
    for (unsigned i = 0; i < ROWS; i++)
        es_text_addf(&text, "80010203%08x,%s\r\n", i, HEX24);
    struct reading r = read_bytes(text.chars, text.length);
    assert_int_equal(r.found, ROWS);
    assert_int_equal(r.skipped, 0);
    assert_int_equal(es_keys_ike_count(r.keys), ROWS);
    es_keys_free(r.keys);
    es_text_fini(&text);
}

static void garbage_returns(void **state)
{
    (void)state;
    uint32_t random = 1;
    uint8_t bytes[4096];
    for (int round = 0; round < 500; round++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            random = random * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(random >> 24);
        }
        es_keys_free(read_bytes(bytes, sizeof(bytes)).keys);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_gives_what_its_files_do),
        cmocka_unit_test(a_folder_without_keys_is_refused),
        cmocka_unit_test(what_is_no_key_file_is_refused),
        cmocka_unit_test(what_is_not_there_is_said),
        cmocka_unit_test(the_last_line_needs_no_end),
        cmocka_unit_test(long_lines_are_passed_over),
        cmocka_unit_test(lines_go_on_where_the_buffer_ends),
        cmocka_unit_test(garbage_returns),
    };
    /* The second test of folders replaces the files of the first. */
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
