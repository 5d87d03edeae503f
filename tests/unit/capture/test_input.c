/*
 * What a path can turn out to be.
 */
#include "packed.h"

#include <sys/stat.h>
#include <sys/wait.h>

/* What is said of a file with these bytes. */
static void assert_damage(const char *folder, const void *data, size_t size,
                          enum es_error_kind kind, const char *says)
{
    struct outcome out;
    read_bytes(folder, data, size, &out);
    assert_int_equal(out.count, 0);
    assert_int_equal(out.file_count, 1);
    assert_int_equal(out.files[0].damage.kind, kind);
    assert_contains(out.files[0].damage.text, "/capture: ");
    assert_contains(out.files[0].damage.text, says);
    assert_null(strchr(out.files[0].damage.text, '\n'));
    forget(&out);
}

static void a_missing_file_is_named(void **state)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/nothing-here.pcap", (const char *)*state);
    struct outcome out;
    read_path(path, &out);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_SYSTEM);
    assert_contains(out.files[0].damage.text,
                    "/nothing-here.pcap: cannot be opened: No such file or directory");
    forget(&out);
}

static void an_empty_file_is_empty(void **state)
{
    assert_damage(*state, "", 0, ES_ERROR_FORMAT, "is empty: expected pcap or pcapng");
    assert_damage(*state, "", 0, ES_ERROR_FORMAT, "at offset 0");
}

static void what_is_no_capture_is_told_with_its_first_bytes(void **state)
{
    const char *says = "is not a capture: expected pcap or pcapng, plain or packed by gzip or "
                       "zstd, and found 23 21 2f 62 at offset 0";
    assert_damage(*state, "#!/bin/sh\n", 10, ES_ERROR_FORMAT, says);
    assert_damage(*state, "a", 1, ES_ERROR_FORMAT, "found 61 at offset 0");
    assert_damage(*state, "abc", 3, ES_ERROR_FORMAT, "found 61 62 63 at offset 0");
    assert_damage(*state,
                  "\xfd"
                  "7zXZ",
                  6, ES_ERROR_FORMAT, "found fd 37 7a 58 (xz: unpack it first) at offset 0");
}

static void a_packed_file_that_is_no_capture_is_told_too(void **state)
{
    struct bytes gzip = {0}, zstd = {0}, empty = {0};
    put_gzip(&gzip, "hello\n", 6);
    put_zstd(&zstd, "hello\n", 6);
    put_gzip(&empty, "", 0);
    assert_damage(*state, gzip.data, gzip.size, ES_ERROR_FORMAT, "found 68 65 6c 6c at offset 0");
    assert_damage(*state, zstd.data, zstd.size, ES_ERROR_FORMAT, "found 68 65 6c 6c at offset 0");
    assert_damage(*state, empty.data, empty.size, ES_ERROR_FORMAT, "is empty");
    free(gzip.data);
    free(zstd.data);
    free(empty.data);
}

static void a_file_that_may_not_be_read_is_named(void **state)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/secret", (const char *)*state);
    write_file(path, "", 0);
    assert_int_equal(chmod(path, 0), 0);
    assert_int_equal(chmod(*state, 0755), 0);
    /* Root may read everything, so a child gives that up. */
    const pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        const char *paths[] = {path};
        struct es_source *source = es_source_open(paths, 1, NULL, NULL);
        const bool right = source && es_source_file(source, 0)->damage.kind == ES_ERROR_SYSTEM &&
                           strstr(es_source_file(source, 0)->damage.text, "Permission denied");
        es_source_free(source);
        _exit(right ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_header_that_is_cut_off_is_told(void **state)
{
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    assert_damage(*state, b.data, 10, ES_ERROR_FORMAT,
                  "cut off in the middle of the file header at offset 0; 14 bytes missing");
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(an_empty_file_is_empty),
        cmocka_unit_test(what_is_no_capture_is_told_with_its_first_bytes),
        cmocka_unit_test(a_packed_file_that_is_no_capture_is_told_too),
        cmocka_unit_test(a_file_that_may_not_be_read_is_named),
        cmocka_unit_test(a_header_that_is_cut_off_is_told),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
