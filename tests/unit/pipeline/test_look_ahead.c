/*
 * Looking ahead: what is told of frames to come is true, and nothing depends on it.
 */
#include "unit.h"

#include "espial/pipeline.h"

#include <stdlib.h>

static const char *const captures[] = {"pcaps/healthy-ikev2.pcapng", "pcaps/healthy-ikev1.pcap",
                                       "pcaps/nat-ikev2.pcapng"};

static struct es_source *open_capture(const char *path)
{
    struct es_error error;
    struct es_source *source = es_source_open(&path, 1, NULL, &error);
    assert_non_null(source);
    return source;
}

static void frames_are_told_once_in_order_and_as_they_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(captures); i++) {
        struct es_source *source = open_capture(captures[i]);
        struct es_frame frame, told[ES_FRAMES_AHEAD];
        size_t first = 0, end = 0, met = 0;
        while (es_source_next(source, &frame) == ES_STEP_FRAME) {
            if (first != end) {
                const struct es_frame *expected = &told[first++ % ES_FRAMES_AHEAD];
                assert_ptr_equal(frame.bytes, expected->bytes);
                assert_int_equal(frame.held, expected->held);
                assert_int_equal(frame.link_type, expected->link_type);
                met++;
            }
            while (es_source_ahead(source, &told[end % ES_FRAMES_AHEAD]))
                assert_true(++end - first <= ES_FRAMES_AHEAD);
        }
        assert_int_equal(first, end);
        assert_int_equal(met + 1, es_source_file(source, 0)->packets);
        es_source_free(source);
    }
}

static void a_glance_sees_what_the_decoder_sees(void **state)
{
    (void)state;
    const struct es_decoder_options options = {
        .seed = {1, 2}
    };
    size_t seen = 0;
    for (size_t i = 0; i < ES_COUNT(captures); i++) {
        struct es_source *source = open_capture(captures[i]);
        struct es_decoder *decoder = es_decoder_new(&options);
        struct es_frame frame;
        while (es_source_next(source, &frame) == ES_STEP_FRAME) {
            struct es_datagram datagram;
            struct es_glance glance;
            const bool at_a_glance = es_glance(&frame, &glance);
            if (!es_decode(decoder, &frame, &datagram) || datagram.kind != ES_DATAGRAM_ESP)
                continue;
            struct es_cursor payload = datagram.payload;
            assert_true(at_a_glance);
            assert_true(es_address_equal(&glance.destination, &datagram.destination));
            assert_int_equal(glance.spi, es_u32(&payload));
            seen++;
        }
        es_decoder_free(decoder);
        es_source_free(source);
    }
    assert_true(seen > 100);
}

static void every_prefix_of_a_frame_can_be_glanced_at(void **state)
{
    (void)state;
    struct es_source *source = open_capture(captures[0]);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME) {
        for (size_t held = 0; held < 64 && held < frame.held; held++) {
            uint8_t *exact = malloc(held + 1); /* so that a sanitizer sees a step too far */
            struct es_glance glance;
            assert_non_null(exact);
            memcpy(exact + 1, frame.bytes, held);
            const struct es_frame cut = {
                .bytes = exact + 1, .held = held, .link_type = frame.link_type};
            es_glance(&cut, &glance);
            free(exact);
        }
    }
    es_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_told_once_in_order_and_as_they_come),
        cmocka_unit_test(a_glance_sees_what_the_decoder_sees),
        cmocka_unit_test(every_prefix_of_a_frame_can_be_glanced_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
