/*
 * gzip streams.
 */
#include "packed.h"

static void a_member_is_unpacked(void **state)
{
    struct bytes b = {0}, packed = {0};
    put_small_capture(&b);
    put_gzip(&packed, b.data, b.size);
    assert_small_capture(*state, &packed);
    free(b.data);
    free(packed.data);
}

static void members_follow_one_another(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_gzip);
    put_gzip(&packed, "", 0);
    assert_small_capture(*state, &packed);
    free(packed.data);
}

static void zeros_behind_the_last_member_are_padding(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_gzip);
    put_zeros(&packed, 512);
    assert_small_capture(*state, &packed);
    free(packed.data);
}

static void other_bytes_behind_it_are_damage(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_gzip);
    put(&packed, "more", 4);
    struct outcome out;
    read_bytes(*state, packed.data, packed.size, &out);
    assert_int_equal(out.count, PACKED_PACKETS);
    assert_contains(out.files[0].damage.text, "not gzip follows the gzip data at stored offset");
    forget(&out);
    free(packed.data);
}

static void every_prefix_is_damage_with_the_frames_before(void **state)
{
    struct bytes b = {0}, packed = {0};
    put_small_capture(&b);
    put_gzip(&packed, b.data, b.size);
    assert_every_prefix_is_damaged(*state, &packed);
    struct outcome out;
    read_bytes(*state, packed.data, packed.size - 1, &out);
    assert_int_equal(out.count, PACKED_PACKETS); /* only the checksum is cut */
    assert_contains(out.files[0].damage.text, "the gzip data is cut off at stored offset");
    forget(&out);
    free(b.data);
    free(packed.data);
}

static void no_flipped_bit_passes_for_other_frames(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_gzip);
    assert_every_flip_is_noticed(*state, &packed, 16);
    free(packed.data);
}

static void long_files_pass_through_a_small_buffer(void **state)
{
    char path[80];
    struct bytes b = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    snprintf(path, sizeof(path), "%s/long.gz", (const char *)*state);
    gzFile file = gzopen(path, "wb1");
    assert_non_null(file);
    enum { PACKETS = 20000 };
    for (uint32_t i = 0; i < PACKETS; i++) {
        put_pcap_packet(&b, i, 0, (uint8_t)i, i % 400, i % 400);
        assert_int_equal(gzwrite(file, b.data, (unsigned)b.size), b.size);
        b.size = 0;
    }
    assert_int_equal(gzclose(file), Z_OK);
    const char *paths[] = {path};
    struct es_source *source = es_source_open(paths, 1, NULL, NULL);
    assert_non_null(source);
    struct es_frame frame;
    for (uint32_t i = 0; i < PACKETS; i++) {
        assert_int_equal(es_source_next(source, &frame), ES_STEP_FRAME);
        assert_int_equal(frame.held, i % 400);
        for (size_t k = 0; k < frame.held; k += 97)
            assert_int_equal(frame.bytes[k], (uint8_t)(i + k));
    }
    assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
    assert_int_equal(es_source_file(source, 0)->damage.kind, ES_ERROR_NONE);
    es_source_free(source);
    free(b.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_unpacked),
        cmocka_unit_test(members_follow_one_another),
        cmocka_unit_test(zeros_behind_the_last_member_are_padding),
        cmocka_unit_test(other_bytes_behind_it_are_damage),
        cmocka_unit_test(every_prefix_is_damage_with_the_frames_before),
        cmocka_unit_test(no_flipped_bit_passes_for_other_frames),
        cmocka_unit_test(long_files_pass_through_a_small_buffer),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
