/*
 * How IKE messages travel: lost answers, answers from elsewhere, messages in pieces, IKE in TCP.
 */
#include "dialogue.h"
#include "unit.h"

#include <stdio.h>

static void again(struct scene *scene, uint8_t from, const struct wire *wire, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        scene_ike(scene, from, wire);
        scene_pause(scene, 4);
    }
}

/* A asks `times` times, and B answers each. */
static void talk_past_each_other(struct dialogue *ike, const struct wire *request,
                                 const struct wire *reply, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        scene_ike(ike->scene, A, request);
        scene_ike(ike->scene, B, reply);
        scene_pause(ike->scene, 4);
    }
}

/* --- ike-response-lost --- */

static void an_answer_that_has_no_effect_is_lost(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    talk_past_each_other(&ike, &init, &reply, 4);
    scene_expect(scene, "ike-response-lost");
    const struct es_finding *f = scene_finding(scene, "ike-response-lost");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, A);
    assert_int_equal(f->count, 3);
    assert_int_equal(f->evidence[0].ref.number, 1);
    assert_int_equal(f->evidence[1].ref.number, 2);
    assert_int_equal(f->evidence[2].ref.number, 3);
    assert_non_null(strstr(f->summary, "IKE_SA_INIT"));
}

static void hop_limits_say_on_which_side_it_is_lost(void **state)
{
    (void)state;
    static const struct {
        uint8_t hop_limit[2];
        const char *says;
    } cases[] = {
        {{64, 57},  "right in front of the asking side"},
        {{52, 255}, "on the way back"                  },
        {{61, 58},  "between the capture point and"    },
        {{64, 64},  "between the capture point and"    },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        memcpy(scene.hop_limit, cases[i].hop_limit, sizeof(scene.hop_limit));
        const struct wire init = dialogue_init(&ike, 0);
        const struct wire reply = dialogue_init_reply(&ike);
        talk_past_each_other(&ike, &init, &reply, 4);
        const struct es_finding *f = scene_finding(&scene, "ike-response-lost");
        assert_non_null(f);
        assert_non_null(strstr(f->summary, cases[i].says));
        scene_close(&scene);
    }
}

static void one_copy_may_cross_the_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    talk_past_each_other(&ike, &init, &reply, 2);
    scene_last_until(scene, 60);
    assert_null(scene_finding(scene, "ike-response-lost"));
}

static void an_answer_that_arrives_at_last_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    talk_past_each_other(&ike, &init, &reply, 4);
    dialogue_authenticate(&ike);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void esp_after_ike_auth_shows_that_its_answer_arrived(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_AUTH);
    talk_past_each_other(&ike, &request, &reply, 4);
    assert_non_null(scene_finding(scene, "ike-response-lost"));
    scene_talk(scene, 0x1000, 0x2000, 1, 5, 100);
    assert_null(scene_finding(scene, "ike-response-lost"));
}

static void an_error_that_nobody_signed_may_be_ignored(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                      ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    talk_past_each_other(&ike, &init, &refusal, 4);
    assert_null(scene_finding(scene, "ike-response-lost"));
}

/* --- ike-wrong-source --- */

static void answer_from(struct dialogue *ike, const char *address, uint16_t port, unsigned times)
{
    struct scene *scene = ike->scene;
    const struct wire init = dialogue_init(ike, 0);
    const struct wire reply = dialogue_init_reply(ike);
    const struct scene_endpoint right = scene->peers[B];
    for (unsigned i = 0; i < times; i++) {
        scene_ike(scene, A, &init);
        scene->peers[B] = (struct scene_endpoint){scene_address(address), port};
        scene_ike(scene, B, &reply);
        scene->peers[B] = right;
        scene_pause(scene, 4);
    }
}

static void an_answer_from_elsewhere_is_the_root_of_its_loss(void **state)
{
    (void)state;
    static const struct {
        const char *address;
        uint16_t port;
        const char *says;
    } cases[] = {
        {"198.51.100.77", 500,   "another address"},
        {"198.51.100.2",  10500, "another port"   },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        answer_from(&ike, cases[i].address, cases[i].port, 4);
        scene_expect(&scene, "ike-wrong-source");
        const struct es_finding *f = scene_finding(&scene, "ike-wrong-source");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->peer, B);
        assert_string_equal(f->role, "responder");
        assert_int_equal(f->evidence[0].ref.number, 1);
        assert_int_equal(f->evidence[1].ref.number, 2);
        assert_non_null(strstr(f->summary, cases[i].says));
        assert_non_null(scene_below(f, "ike-response-lost"));
        /* The peer is still the one that was asked. */
        assert_int_equal(scene_tunnel(&scene, 1)->peers[B].address_changes, 0);
        scene_close(&scene);
    }
}

static void an_answer_from_elsewhere_that_is_taken_is_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    answer_from(&ike, "198.51.100.77", 500, 1);
    dialogue_authenticate(&ike);
    const struct es_finding *f = scene_finding(scene, "ike-wrong-source");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

/* A capture on both legs of a device that forwards the responder's address to one inside. */
static void a_translation_seen_on_both_sides_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct scene_endpoint outside = scene->peers[B];
    const struct scene_endpoint inside = {scene_address("10.9.9.9"), 500};
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene->peers[B] = inside;
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &reply);
    scene->peers[B] = outside;
    scene_ike(scene, B, &reply);
    assert_null(scene_finding(scene, "ike-wrong-source"));
}

/* --- ike-fragments-lost --- */

static void a_large_request_in_ip_fragments_without_answer_is_lost_so(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_add_notify(&ike, A, ES_IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0);
    dialogue_agree(&ike);
    scene->ip_fragments = true;
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, 4, 4);
    scene_expect(scene, "ike-fragments-lost");
    const struct es_finding *f = scene_finding(scene, "ike-fragments-lost");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
    /* B is the one that does not take IKE fragments. */
    assert_int_equal(f->peer, B);
    assert_non_null(strstr(f->checks[0], "198.51.100.2 does not say that it takes IKE fragments"));
    assert_non_null(scene_below(f, "ike-auth-no-response"));
}

static void who_could_have_fragmented_and_did_not_is_told(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        for (uint8_t side = A; both && side <= B; side++)
            dialogue_add_notify(&ike, side, ES_IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, NULL, 0);
        dialogue_agree(&ike);
        scene.ip_fragments = true;
        dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, 4, 4);
        const struct es_finding *f = scene_finding(&scene, "ike-fragments-lost");
        assert_non_null(f);
        assert_int_equal(f->peer, A);
        assert_non_null(strstr(f->checks[0], both ? "lower the IKE fragment size" : "neither end"));
        scene_close(&scene);
    }
}

static void first_fragments_alone_again_and_again_are_lost_messages(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    for (int i = 0; i < 4; i++) {
        scene_ike_first_fragment(scene, A, &request);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-fragments-lost");
    const struct es_finding *f = scene_finding(scene, "ike-fragments-lost");
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
    assert_int_equal(f->last.number, 6);
    assert_non_null(strstr(f->summary, "none but the first fragments"));
}

static void a_large_first_message_makes_a_tunnel_of_its_own(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike_first_fragment(scene, A, &init);
        scene_pause(scene, 4);
    }
    assert_int_equal(scene_model(scene)->tunnel_count, 1);
    assert_int_equal(scene_model(scene)->ike_sa_count, 0);
    scene_expect(scene, "ike-fragments-lost");
    const struct es_finding *f = scene_finding(scene, "ike-fragments-lost");
    assert_non_null(strstr(f->summary, "IKE_SA_INIT request of 192.0.2.1"));
    assert_non_null(strstr(f->checks[0], "IKE_SA_INIT cannot be cut"));
}

static void first_fragments_in_front_of_the_whole_are_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    for (int i = 0; i < 4; i++) {
        scene_ike_first_fragment(scene, A, &request);
        scene_pause(scene, 4);
    }
    scene_ike_first_fragment(scene, A, &request);
    scene_ike(scene, A, &request);
    const struct wire reply = dialogue_reply(&ike, &request, INNER_AUTH);
    scene_ike(scene, B, &reply);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

/* A filter "udp port 500" holds first fragments only; the negotiation goes on all the same. */
static void a_filter_that_drops_fragments_is_no_fault_of_the_path(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    const struct wire request = dialogue_request(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH);
    for (int i = 0; i < 4; i++) {
        scene_ike_first_fragment(scene, A, &request);
        scene_pause(scene, 4);
    }
    const struct wire reply = dialogue_reply(&ike, &request, INNER_AUTH);
    scene_ike(scene, B, &reply);
    scene_last_until(scene, 60);
    assert_null(scene_finding(scene, "ike-fragments-lost"));
}

/* --- ike-skf-incomplete, ike-skf-too-many --- */

/* A set of IKE fragments of IKE_AUTH, number `without` left out, sent `times` times. */
static void send_set(struct dialogue *ike, uint16_t total, uint16_t without, unsigned times)
{
    struct wire parts[24];
    assert_true(total < ES_COUNT(parts));
    for (uint16_t i = 1; i <= total; i++)
        parts[i] = dialogue_fragment(ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i, total);
    for (unsigned t = 0; t < times; t++) {
        for (uint16_t i = 1; i <= total; i++) {
            if (i != without)
                scene_ike(ike->scene, A, &parts[i]);
        }
        scene_pause(ike->scene, 4);
    }
}

static void a_fragment_that_never_comes_is_named(void **state)
{
    (void)state;
    for (uint16_t without = 1; without <= 3; without++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        dialogue_agree(&ike);
        send_set(&ike, 3, without, 4);
        scene_expect(&scene, "ike-skf-incomplete");
        const struct es_finding *f = scene_finding(&scene, "ike-skf-incomplete");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->peer, A);
        assert_int_equal(f->count, 4);
        char expected[32];
        snprintf(expected, sizeof(expected), "fragment %u of 3", without);
        assert_non_null(strstr(f->summary, expected));
        assert_non_null(scene_below(f, "ike-auth-no-response"));
        scene_close(&scene);
    }
}

static void a_whole_set_without_answer_is_not_incomplete(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    send_set(&ike, 3, 0, 4);
    scene_expect(scene, "ike-auth-no-response");
    assert_null(scene_below(scene_finding(scene, "ike-auth-no-response"), "ike-skf-too-many"));
}

static void a_fragment_that_only_the_capture_missed_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    send_set(&ike, 3, 2, 1);
    const struct wire reply = dialogue_fragment(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, 1, true, 1, 1);
    scene_ike(scene, B, &reply);
    scene_last_until(scene, 60);
    assert_null(scene_finding(scene, "ike-skf-incomplete"));
}

static void more_fragments_than_usual_are_a_hint_below_the_silence(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    send_set(&ike, 20, 0, 4);
    scene_expect(scene, "ike-auth-no-response");
    const struct es_finding *f =
        scene_below(scene_finding(scene, "ike-auth-no-response"), "ike-skf-too-many");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_non_null(strstr(f->summary, "20 fragments"));
}

/* --- ike-over-tcp --- */

static void ike_in_tcp_is_counted(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    assert_null(scene_finding(scene, "ike-over-tcp"));
    scene->peers[B].port = 4500;
    scene->in_tcp = true;
    dialogue_establish(&ike);
    scene_expect(scene, "ike-over-tcp");
    const struct es_finding *f = scene_finding(scene, "ike-over-tcp");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "4 IKE messages"));
}

static void resets_and_segments_sent_again_are_a_warning(void **state)
{
    (void)state;
    static const struct {
        uint64_t segments, resent, resets;
        bool fires;
    } cases[] = {
        {1000, 9,  1, false},
        {1000, 40, 0, false},
        {1000, 60, 0, true },
        {20,   9,  0, false},
        {20,   0,  2, true },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        scene.in_tcp = true;
        dialogue_establish(&ike);
        const struct es_packet_ref ref = {3, 0, scene.now};
        const struct es_decoder_counts counts = {.tcp_segments = cases[i].segments,
                                                 .tcp_resent = cases[i].resent,
                                                 .tcp_resets = cases[i].resets,
                                                 .tcp_resent_first = ref,
                                                 .tcp_reset_first = ref};
        scene.coverage.decoder = &counts;
        const struct es_finding *f = scene_finding(&scene, "ike-tcp-unstable");
        assert_int_equal(f != NULL, cases[i].fires);
        if (f)
            assert_int_equal(f->severity, ES_SEVERITY_WARNING);
        scene_close(&scene);
    }
}

static void one_lone_first_fragment_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    again(scene, A, &init, 1);
    scene_ike_first_fragment(scene, A, &init);
    scene_last_until(scene, 60);
    assert_null(scene_finding(scene, "ike-fragments-lost"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(an_answer_that_has_no_effect_is_lost),
        cmocka_unit_test(hop_limits_say_on_which_side_it_is_lost),
        scene_test(one_copy_may_cross_the_answer),
        scene_test(an_answer_that_arrives_at_last_is_no_fault),
        scene_test(esp_after_ike_auth_shows_that_its_answer_arrived),
        scene_test(an_error_that_nobody_signed_may_be_ignored),
        cmocka_unit_test(an_answer_from_elsewhere_is_the_root_of_its_loss),
        scene_test(an_answer_from_elsewhere_that_is_taken_is_a_note),
        scene_test(a_translation_seen_on_both_sides_is_no_fault),
        scene_test(a_large_request_in_ip_fragments_without_answer_is_lost_so),
        cmocka_unit_test(who_could_have_fragmented_and_did_not_is_told),
        scene_test(first_fragments_alone_again_and_again_are_lost_messages),
        scene_test(a_large_first_message_makes_a_tunnel_of_its_own),
        scene_test(first_fragments_in_front_of_the_whole_are_no_fault),
        scene_test(a_filter_that_drops_fragments_is_no_fault_of_the_path),
        cmocka_unit_test(a_fragment_that_never_comes_is_named),
        scene_test(a_whole_set_without_answer_is_not_incomplete),
        scene_test(a_fragment_that_only_the_capture_missed_is_no_fault),
        scene_test(more_fragments_than_usual_are_a_hint_below_the_silence),
        scene_test(ike_in_tcp_is_counted),
        cmocka_unit_test(resets_and_segments_sent_again_are_a_warning),
        scene_test(one_lone_first_fragment_is_no_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
