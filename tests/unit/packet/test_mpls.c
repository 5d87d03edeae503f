/*
 * MPLS label stacks.
 */
#include "frames.h"

static struct wire labelled(unsigned labels)
{
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x8847);
    for (unsigned i = 0; i < labels; i++)
        wire_u32(&w, 16000 << 12 | (i + 1 == labels ? 0x100U : 0U) | 64);
    return w;
}

static void ip_lies_below_any_number_of_labels(void **state)
{
    (void)state;
    for (unsigned labels = 1; labels < 12; labels++) {
        struct wire w = labelled(labels);
        put_esp_packet(&w);
        assert_esp(&w, ETHERNET);
    }
    struct wire w = labelled(2);
    const size_t ip = put_ipv6(&w, 50);
    put_esp(&w);
    end_ipv6(&w, ip);
    assert_esp(&w, ETHERNET);
}

static void a_pseudowire_with_control_word_carries_ethernet(void **state)
{
    (void)state;
    struct wire w = labelled(2);
    wire_u32(&w, 0x00000123);
    put_ethernet(&w, 0x0800);
    put_esp_packet(&w);
    assert_esp(&w, ETHERNET);
}

static void a_stack_without_bottom_ends(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ethernet(&w, 0x8847);
    wire_fill(&w, 0, 4000);
    size_t count;
    const struct es_decoder_counts counts =
        counts_of(w.bytes, w.length, w.length, ETHERNET, &count);
    assert_int_equal(counts.malformed, 1);
    assert_string_equal(counts.malformed_layer, "MPLS");
}

static void every_prefix_and_flip_is_survived(void **state)
{
    (void)state;
    struct wire w = labelled(3);
    put_esp_packet(&w);
    sweep(&w, ETHERNET, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ip_lies_below_any_number_of_labels),
        cmocka_unit_test(a_pseudowire_with_control_word_carries_ethernet),
        cmocka_unit_test(a_stack_without_bottom_ends),
        cmocka_unit_test(every_prefix_and_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
