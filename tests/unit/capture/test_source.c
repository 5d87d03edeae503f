/*
 * The door as a whole: standard input, and every capture at hand held against libpcap.
 */
#include "packed.h"

#include <fcntl.h>
#include <ftw.h>
#include <pcap/pcap.h>

static void no_path_is_the_caller_s_error(void **state)
{
    (void)state;
    struct es_error error = {0};
    assert_null(es_source_open(NULL, 0, NULL, &error));
    assert_int_equal(error.kind, ES_ERROR_USAGE);
    es_source_free(NULL);
}

static void standard_input_is_read_once(void **state)
{
    char path[80];
    struct bytes b = {0};
    put_small_capture(&b);
    snprintf(path, sizeof(path), "%s/input", (const char *)*state);
    write_file(path, b.data, b.size);
    const int kept = dup(STDIN_FILENO);
    for (size_t count = 1; count <= 2; count++) {
        const int file = open(path, O_RDONLY);
        assert_true(file >= 0);
        assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
        close(file);
        struct outcome out;
        read_paths((const char *[]){"-", "-"}, count, &out);
        assert_int_equal(out.count, PACKED_PACKETS);
        assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
        assert_string_equal(out.names[0], "-");
        if (count == 2)
            assert_int_equal(out.files[1].damage.kind, ES_ERROR_USAGE);
        forget(&out);
        assert_int_not_equal(fcntl(STDIN_FILENO, F_GETFD), -1); /* not ours to close */
    }
    if (kept >= 0) {
        dup2(kept, STDIN_FILENO);
        close(kept);
    }
    free(b.data);
}

static void counters_are_current_while_reading(void **state)
{
    char path[80];
    struct bytes b = {0};
    put_small_capture(&b);
    snprintf(path, sizeof(path), "%s/capture", (const char *)*state);
    write_file(path, b.data, b.size);
    struct es_source *source = es_source_open((const char *[]){path}, 1, NULL, NULL);
    assert_non_null(source);
    struct es_frame frame;
    for (size_t i = 0; i < PACKED_PACKETS; i++) {
        assert_int_equal(es_source_file(source, 0)->packets, i);
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
    }
    assert_int_equal(es_source_file(source, 0)->bytes, 30 * PACKED_PACKETS);
    assert_null(es_source_file(source, 1));
    es_source_free(source);
    free(b.data);
}

/* ---- held against libpcap ---- */

static size_t compared;

static void compare_frame(const char *path, const struct es_frame *ours,
                          const struct pcap_pkthdr *header, const u_char *bytes)
{
    /* libpcap cuts frames to the snapshot length that the header claims; we hand out what is there.
     */
    if (ours->held < header->caplen || ours->wire != header->len ||
        memcmp(ours->bytes, bytes, header->caplen) != 0)
        fail_msg("%s: packet %u differs", path, (unsigned)ours->ref.number);
    const es_time time = header->ts.tv_sec * ES_SECOND + header->ts.tv_usec;
    if (ours->timed && ours->ref.time != time)
        fail_msg("%s: packet %u has another time", path, (unsigned)ours->ref.number);
}

static int compare_file(const char *path, const struct stat *about, int type, struct FTW *where)
{
    (void)about;
    (void)where;
    char reason[PCAP_ERRBUF_SIZE];
    pcap_t *theirs =
        type == FTW_F
            ? pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, reason)
            : NULL;
    if (!theirs)
        return 0;
    struct es_source *source = es_source_open(&path, 1, NULL, NULL);
    assert_non_null(source);
    struct es_frame frame;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result;
    while ((result = pcap_next_ex(theirs, &header, &bytes)) == 1) {
        if (es_source_next(source, &frame) != ES_STEP_FRAME)
            fail_msg("%s: libpcap has more: %s", path, es_source_file(source, 0)->damage.text);
        compare_frame(path, &frame, header, bytes);
        const int dlt = pcap_datalink(theirs);
        if (frame.link_type != (uint32_t)dlt && !(frame.link_type == 101 && dlt == DLT_RAW))
            fail_msg("%s: link type %u, libpcap's is %d", path, (unsigned)frame.link_type, dlt);
    }
    if (result == PCAP_ERROR_BREAK) {
        assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
        assert_string_equal(es_source_file(source, 0)->damage.text, "");
    }
    es_source_free(source);
    pcap_close(theirs);
    compared++;
    return 0;
}

static void every_capture_at_hand_is_read_as_libpcap_reads_it(void **state)
{
    (void)state;
    const char *captures = getenv("ESPIAL_CAPTURES");
    compared = 0;
    nftw(captures ? captures : "../shared/captures", compare_file, 16, FTW_PHYS);
    nftw("pcaps", compare_file, 16, FTW_PHYS);
    print_message("%zu captures compared\n", compared);
    if (compared == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_path_is_the_caller_s_error),
        cmocka_unit_test(standard_input_is_read_once),
        cmocka_unit_test(counters_are_current_while_reading),
        cmocka_unit_test(every_capture_at_hand_is_read_as_libpcap_reads_it),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
