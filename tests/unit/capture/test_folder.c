/*
 * Directories given as captures.
 */
#include "bytes.h"

#include <sys/stat.h>

static void write_at(const char *folder, const char *name, uint32_t seconds)
{
    char path[120];
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    put_pcap_packet(&b, seconds, 0, (uint8_t)seconds, 4, 4);
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    write_file(path, b.data, b.size);
    free(b.data);
}

static void write_text(const char *folder, const char *name, const char *text)
{
    char path[120];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    write_file(path, text, strlen(text));
}

static void its_captures_come_in_the_order_of_time(void **state)
{
    char path[120], folder[80];
    snprintf(folder, sizeof(folder), "%s/ring", (const char *)*state);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_at(folder, "wan.pcap0", 30);
    write_at(folder, "wan.pcap1", 10);
    write_at(folder, "wan.pcap2", 20);
    write_text(folder, "README", "what this is");
    write_text(folder, "empty", "");
    write_text(folder, ".hidden", "x");
    write_text(folder, "half.gz", "\x1f\x8b\x08");
    snprintf(path, sizeof(path), "%s/deeper", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_at(path, "not-this", 5);
    snprintf(path, sizeof(path), "%s/fifo", folder);
    assert_int_equal(mkfifo(path, 0600), 0);

    struct outcome out;
    read_path(folder, &out);
    assert_int_equal(out.count, 3);
    assert_int_equal(out.file_count, 4);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(out.frames[i].frame.ref.file, i);
        assert_int_equal(out.frames[i].frame.ref.time, (i + 1) * 10 * ES_SECOND);
        assert_int_equal(out.files[i].damage.kind, ES_ERROR_NONE);
    }
    assert_contains(out.names[0], "/ring/wan.pcap1");
    assert_contains(out.names[2], "/ring/wan.pcap0");
    assert_contains(out.files[3].damage.text, "/ring/half.gz: the gzip data is cut off");
    forget(&out);
}

static void it_may_stand_among_files(void **state)
{
    char folder[80], file[100];
    snprintf(folder, sizeof(folder), "%s/some", (const char *)*state);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_at(folder, "a", 10);
    write_at(folder, "b", 30);
    write_at(*state, "single", 20);
    snprintf(file, sizeof(file), "%s/single", (const char *)*state);
    snprintf(folder, sizeof(folder), "%s/some/", (const char *)*state);
    struct outcome out;
    read_paths((const char *[]){folder, file, "/nonexistent/x"}, 3, &out);
    assert_int_equal(out.count, 3);
    static const uint32_t files[] = {0, 2, 1};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(out.frames[i].frame.ref.file, files[i]);
        assert_int_equal(out.frames[i].frame.ref.time, (int64_t)(i + 1) * 10 * ES_SECOND);
    }
    assert_contains(out.names[0], "/some/a");
    assert_null(strstr(out.names[0], "//"));
    assert_int_equal(out.files[3].damage.kind, ES_ERROR_SYSTEM);
    forget(&out);
}

static void one_without_captures_is_damage(void **state)
{
    char folder[80];
    snprintf(folder, sizeof(folder), "%s/bare", (const char *)*state);
    assert_int_equal(mkdir(folder, 0700), 0);
    write_text(folder, "README", "nothing else");
    struct outcome out;
    read_path(folder, &out);
    assert_int_equal(out.file_count, 1);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
    assert_contains(out.files[0].damage.text, "/bare: is a directory without captures");
    forget(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_captures_come_in_the_order_of_time),
        cmocka_unit_test(it_may_stand_among_files),
        cmocka_unit_test(one_without_captures_is_damage),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
