/*
 * zstd streams.
 */
#include "packed.h"

static void a_frame_is_unpacked(void **state)
{
    struct bytes b = {0}, packed = {0};
    put_small_capture(&b);
    put_zstd(&packed, b.data, b.size);
    assert_small_capture(*state, &packed);
    free(b.data);
    free(packed.data);
}

static void frames_follow_one_another_and_skippable_ones_are_skipped(void **state)
{
    struct bytes packed = {0};
    put32(&packed, 0x184d2a53);
    put32(&packed, 3);
    put(&packed, "own", 3);
    put_parts(&packed, put_zstd);
    put32(&packed, 0x184d2a50);
    put32(&packed, 0);
    put_zstd(&packed, "", 0);
    assert_small_capture(*state, &packed);
    free(packed.data);
}

static void other_bytes_behind_the_last_frame_are_damage(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_zstd);
    put(&packed, "something", 9);
    struct outcome out;
    read_bytes(*state, packed.data, packed.size, &out);
    assert_int_equal(out.count, PACKED_PACKETS);
    assert_contains(out.files[0].damage.text, "the zstd data is damaged near stored offset");
    forget(&out);
    free(packed.data);
}

static void every_prefix_is_damage_with_the_frames_before(void **state)
{
    struct bytes b = {0}, packed = {0};
    put_small_capture(&b);
    put_zstd(&packed, b.data, b.size);
    assert_every_prefix_is_damaged(*state, &packed);
    struct outcome out;
    read_bytes(*state, packed.data, packed.size - 1, &out);
    assert_int_equal(out.count, PACKED_PACKETS); /* only the checksum is cut */
    assert_contains(out.files[0].damage.text, "the zstd data is cut off at stored offset");
    forget(&out);
    free(b.data);
    free(packed.data);
}

static void no_flipped_bit_passes_for_other_frames(void **state)
{
    struct bytes packed = {0};
    put_parts(&packed, put_zstd);
    assert_every_flip_is_noticed(*state, &packed, 32);
    free(packed.data);
}

static void a_frame_larger_than_the_buffers_is_unpacked(void **state)
{
    struct bytes b = {0}, packed = {0};
    put_pcap_header(&b, PCAP_MICRO, 1);
    enum { PACKETS = 40, LENGTH = 100000 };
    uint8_t *payload = malloc(LENGTH);
    assert_non_null(payload);
    uint32_t random = 1;
    for (size_t i = 0; i < LENGTH; i++)
        payload[i] = (uint8_t)((random = random * 1103515245u + 12345u) >> 16);
    for (uint32_t i = 0; i < PACKETS; i++) {
        put_pcap_packet(&b, i, 0, 0, 0, LENGTH);
        set32(&b, b.size - 8, LENGTH);
        put(&b, payload, LENGTH);
    }
    put_zstd(&packed, b.data, b.size);
    struct outcome out;
    read_bytes(*state, packed.data, packed.size, &out);
    assert_int_equal(out.count, PACKETS);
    for (size_t i = 0; i < PACKETS; i++)
        assert_memory_equal(out.frames[i].copy, payload, LENGTH);
    assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
    forget(&out);
    free(payload);
    free(b.data);
    free(packed.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_frame_is_unpacked),
        cmocka_unit_test(frames_follow_one_another_and_skippable_ones_are_skipped),
        cmocka_unit_test(other_bytes_behind_the_last_frame_are_damage),
        cmocka_unit_test(every_prefix_is_damage_with_the_frames_before),
        cmocka_unit_test(no_flipped_bit_passes_for_other_frames),
        cmocka_unit_test(a_frame_larger_than_the_buffers_is_unpacked),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
