/*
 * What is out of the ordinary in a flow, and what is not.
 */
#include "dialogue.h"
#include "unit.h"

enum { SPI = 0xc0ffee01 };

static const struct es_irregular *irregular(const struct scene *scene)
{
    const struct es_irregular *found = scene_flow(scene, SPI)->irregular;
    assert_non_null(found);
    return found;
}

static void send(struct scene *scene, uint32_t sequence, uint8_t body)
{
    scene_esp_as(scene, A, SPI, sequence, &(struct scene_packet){.body = body});
}

static void a_flow_in_order_has_no_record(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 500, 10);
    assert_null(scene_flow(scene, SPI)->irregular);
}

static void gaps_and_late_packets_are_kept_with_their_packets(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 10, 10);
    send(scene, 14, 1);
    const uint64_t first = scene->packets;
    send(scene, 30, 1);
    const uint64_t longest = scene->packets;
    send(scene, 20, 1);
    const uint64_t late = scene->packets;
    assert_int_equal(irregular(scene)->gaps.count, 2);
    assert_int_equal(irregular(scene)->gaps.first.number, first);
    assert_int_equal(irregular(scene)->longest_gap, 15);
    assert_int_equal(irregular(scene)->longest_gap_ref.number, longest);
    assert_int_equal(irregular(scene)->late.count, 1);
    assert_int_equal(irregular(scene)->worst_late.number, late);
}

static void a_jump_that_no_loss_explains_is_a_skip(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 100, 100);
    scene_stream(scene, A, SPI, 100000, 100, 100);
    assert_int_equal(irregular(scene)->longest_skip, 100000 - 101);
    assert_int_equal(irregular(scene)->gaps.count, 0);
    assert_int_equal(es_sequence_lost(&scene_flow(scene, SPI)->sequence), 0);
}

static void an_outage_at_the_flows_own_rate_is_loss(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 1000, 2);
    /* Others go on, so the capture did. */
    for (int i = 0; i < 10; i++) {
        scene_esp(scene, B, 0x2000, (uint32_t)i + 1);
        scene_pause(scene, 0.5);
    }
    scene_stream(scene, A, SPI, 3500, 10, 2);
    assert_int_equal(irregular(scene)->gaps.count, 1);
    assert_int_equal(es_sequence_lost(&scene_flow(scene, SPI)->sequence), 2499);
}

static void a_pause_of_the_capture_is_no_loss(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 1000, 2);
    scene_pause(scene, 5);
    scene_stream(scene, A, SPI, 3500, 10, 2);
    assert_int_equal(irregular(scene)->skips.count, 1);
    assert_int_equal(irregular(scene)->longest_skip, 0);
    assert_int_equal(es_sequence_lost(&scene_flow(scene, SPI)->sequence), 0);
}

static void equal_bytes_at_once_are_a_copy_and_later_a_repeat(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 10, 10);
    scene->now -= 10 * ES_MILLISECOND;
    send(scene, 10, 0xee);
    scene_pause(scene, 0.1);
    send(scene, 10, 0xee);
    assert_int_equal(irregular(scene)->copies.count, 1);
    assert_int_equal(irregular(scene)->repeats.count, 1);
    assert_int_equal(irregular(scene)->reused.count, 0);
    /* Longer ago than fingerprints are kept. */
    scene_stream(scene, A, SPI, 11, 20, 10);
    send(scene, 12, 0xee);
    assert_int_equal(irregular(scene)->repeats.count, 1);
    assert_int_equal(es_sequence_disorder(&scene_flow(scene, SPI)->sequence)->duplicates, 3);
}

static void other_bytes_under_a_number_are_a_reuse(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 10, 10);
    send(scene, 10, 0x11);
    assert_int_equal(irregular(scene)->reused.count, 1);
    assert_int_equal(irregular(scene)->repeats.count, 0);
    assert_int_equal(es_sequence_disorder(&scene_flow(scene, SPI)->sequence)->resets, 0);
}

static void two_senders_on_one_counter_are_no_reset(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 10, 10);
    for (uint32_t i = 11; i <= 30; i++) {
        send(scene, i, 0xee);
        send(scene, i, 0x11);
    }
    assert_int_equal(irregular(scene)->reused.count, 20);
    assert_int_equal(irregular(scene)->resets.count, 0);
    assert_int_equal(es_sequence_disorder(&scene_flow(scene, SPI)->sequence)->duplicates, 20);
}

static void a_counter_that_begins_again_within_the_window_is_a_reset(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 40, 10);
    for (uint32_t i = 1; i <= 20; i++)
        send(scene, i, 0x11);
    const struct es_sequence *s = &scene_flow(scene, SPI)->sequence;
    assert_int_equal(es_sequence_disorder(s)->resets, 1);
    assert_int_equal(es_sequence_disorder(s)->duplicates, 0);
    assert_int_equal(s->highest, 20);
    assert_int_equal(irregular(scene)->resets.count, 1);
    assert_int_equal(irregular(scene)->resets.first.number, 44);
    assert_int_equal(irregular(scene)->reset_from, 40);
}

static void the_first_packets_again_are_no_reset(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 1, 40, 10);
    for (uint32_t i = 1; i <= 20; i++)
        send(scene, i, 0xee);
    const struct es_sequence *s = &scene_flow(scene, SPI)->sequence;
    assert_int_equal(es_sequence_disorder(s)->resets, 0);
    assert_int_equal(es_sequence_disorder(s)->duplicates, 20);
    assert_int_equal(irregular(scene)->repeats.count, ES_FIRST_PRINTS);
}

static void the_end_of_the_numbers_is_marked(void **state)
{
    struct scene *scene = *state;
    scene_stream(scene, A, SPI, 0xfffffffe, 2, 10);
    assert_null(scene_flow(scene, SPI)->irregular);
    scene_stream(scene, A, SPI, 0, 3, 10);
    assert_int_equal(irregular(scene)->wrapped.number, 3);
    assert_int_equal(irregular(scene)->packets_wrapped, 2);
}

static void fragments_are_counted_once_and_completed_once(void **state)
{
    struct scene *scene = *state;
    const struct scene_packet first = {.first_fragment = true, .ip_length = 1300, .bytes = 1280};
    const struct scene_packet whole = {.completed = true, .ip_length = 1440, .bytes = 1420};
    scene_stream(scene, A, SPI, 1, 3, 10);
    scene_esp_as(scene, A, SPI, 4, &first);
    scene_esp_as(scene, A, SPI, 4, &whole);
    scene_esp_as(scene, A, SPI, 5, &first);
    assert_int_equal(scene_flow(scene, SPI)->packets, 5);
    assert_int_equal(irregular(scene)->fragmented.count, 2);
    assert_int_equal(irregular(scene)->completed.count, 1);
    assert_int_equal(irregular(scene)->fragment_bytes, 1300);
    assert_int_equal(irregular(scene)->whole_bytes, 1440);
    assert_int_equal(irregular(scene)->odd_lengths.count, 0);
}

static void pauses_that_double_are_a_backoff(void **state)
{
    struct scene *scene = *state;
    const struct scene_packet full = {.bytes = 1400, .dont_fragment = true};
    uint32_t sequence = 1;
    for (; sequence <= 10; sequence++)
        scene_esp_as(scene, A, SPI, sequence, &full);
    for (double pause = 0.2; pause < 4; pause *= 2) {
        scene_pause(scene, pause / 2);
        scene_esp(scene, A, SPI, sequence++); /* small ones in between do not matter */
        scene_pause(scene, pause / 2);
        scene_esp_as(scene, A, SPI, sequence++, &full);
    }
    const struct es_backoff *backoff = &irregular(scene)->worst_backoff;
    assert_int_equal(backoff->run, 5);
    assert_int_equal(backoff->length, 1400);
    assert_int_equal(backoff->large_before, 10);
    assert_true(backoff->dont_fragment);
    assert_int_equal(backoff->last.number, scene->packets);
}

static void even_pauses_are_none(void **state)
{
    struct scene *scene = *state;
    for (uint32_t i = 1; i < 30; i++) {
        scene_esp_as(scene, A, SPI, i, &(struct scene_packet){.bytes = 1400});
        scene_pause(scene, 1);
    }
    assert_int_equal(irregular(scene)->worst_backoff.run, 1);
}

/* Their tenfold is more than a time can hold; nobody backs off for that long. */
static void pauses_of_decades_are_none(void **state)
{
    struct scene *scene = *state;
    for (uint32_t i = 1; i < 5; i++) {
        scene_esp_as(scene, A, SPI, i, &(struct scene_packet){.bytes = 1400});
        scene_pause(scene, 3e8 * i);
    }
    assert_int_equal(irregular(scene)->worst_backoff.run, 1);
}

static void ttl_lengths_and_keys_are_noted(void **state)
{
    struct scene *scene = *state;
    scene_esp_as(scene, A, SPI, 1, &(struct scene_packet){.ttl = 63});
    scene_esp_as(scene, A, SPI, 2, &(struct scene_packet){.ttl = 63, .bytes = 121});
    scene_esp_as(scene, A, SPI, 3, &(struct scene_packet){.ttl = 60});
    scene_esp_as(scene, A, SPI, 3, &(struct scene_packet){.ttl = 59}); /* a copy */
    scene_esp_as(scene, A, SPI, 4, &(struct scene_packet){.ttl = 60, .not_opened = true});
    assert_int_equal(irregular(scene)->hops.count, 1);
    assert_int_equal(irregular(scene)->hops.first.number, 3);
    assert_int_equal(irregular(scene)->hops_from, 63);
    assert_int_equal(irregular(scene)->hops_to, 60);
    assert_int_equal(irregular(scene)->odd_lengths.count, 1);
    assert_int_equal(irregular(scene)->odd_length, 121);
    assert_int_equal(irregular(scene)->failed.count, 1);
}

static void icmp_about_esp_is_kept_by_what_it_says(void **state)
{
    struct scene *scene = *state;
    scene_esp_as(scene, A, SPI, 1, &(struct scene_packet){.ip_length = 1500});
    scene_icmp_esp(scene, A, SPI, 3, 4, 1500, 1300);
    scene_icmp_esp(scene, A, SPI, 3, 4, 1400, 1350);
    scene_icmp_esp(scene, A, SPI, 3, 13, 120, 0);
    scene_icmp_esp(scene, A, SPI, 11, 1, 1500, 0);
    scene_esp_as(scene, A, SPI, 2, &(struct scene_packet){.ip_length = 1296});
    const struct es_path *path = &scene_tunnel(scene, 1)->path[0];
    assert_int_equal(path->too_big.tally.count, 2);
    assert_int_equal(path->least_mtu, 1300);
    assert_int_equal(path->largest_refused, 1500);
    assert_int_equal(path->refused.tally.count, 1);
    assert_int_equal(path->refused.last.code, 13);
    assert_int_equal(path->not_reassembled.count, 1);
    assert_int_equal(scene_flow(scene, SPI)->longest_before, 1500);
    assert_int_equal(scene_flow(scene, SPI)->longest, 1296);
    assert_int_equal(scene_tunnel(scene, 1)->path[1].refused.tally.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_flow_in_order_has_no_record),
        scene_test(gaps_and_late_packets_are_kept_with_their_packets),
        scene_test(a_jump_that_no_loss_explains_is_a_skip),
        scene_test(an_outage_at_the_flows_own_rate_is_loss),
        scene_test(a_pause_of_the_capture_is_no_loss),
        scene_test(equal_bytes_at_once_are_a_copy_and_later_a_repeat),
        scene_test(other_bytes_under_a_number_are_a_reuse),
        scene_test(two_senders_on_one_counter_are_no_reset),
        scene_test(a_counter_that_begins_again_within_the_window_is_a_reset),
        scene_test(the_first_packets_again_are_no_reset),
        scene_test(the_end_of_the_numbers_is_marked),
        scene_test(fragments_are_counted_once_and_completed_once),
        scene_test(pauses_that_double_are_a_backoff),
        scene_test(even_pauses_are_none),
        scene_test(pauses_of_decades_are_none),
        scene_test(ttl_lengths_and_keys_are_noted),
        scene_test(icmp_about_esp_is_kept_by_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
