/*
 * No answer to the first message, or none from IKE_AUTH on.
 */
#include "dialogue.h"
#include "unit.h"

/* The first message of a negotiation, sent `times` times. */
static void call_in_vain(struct dialogue *ike, unsigned times, double every)
{
    const struct wire first = ike->suite.major == 1 ? dialogue_main(ike, 1) : dialogue_init(ike, 0);
    for (unsigned i = 0; i < times; i++) {
        if (i)
            scene_pause(ike->scene, every);
        scene_ike(ike->scene, ike->initiator, &first);
    }
}

static void authenticate_in_vain(struct dialogue *ike, unsigned times, double every)
{
    dialogue_ask_in_vain(ike, ike->initiator, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, times, every);
}

/* --- ike-no-response --- */

static void a_call_that_nobody_answers_is_a_fault_of_both_versions(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_v1_sha1};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        call_in_vain(&ike, 5, 4);
        scene_expect(&scene, "ike-no-response");
        const struct es_finding *f = scene_finding(&scene, "ike-no-response");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->peer, 1);
        assert_string_equal(f->role, "responder");
        assert_int_equal(f->count, 5);
        assert_int_equal(f->first.number, 1);
        assert_int_equal(f->last.number, 5);
        assert_int_equal(f->evidence_count, 2);
        assert_non_null(strstr(f->reason, "cannot show"));
        scene_close(&scene);
    }
}

static void several_attempts_are_one_finding(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 3; number++) {
        struct dialogue ike = dialogue_of(scene, B, number, &suite_gcm);
        call_in_vain(&ike, 4, 4);
        scene_pause(scene, 10);
    }
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "in 3 attempts"));
}

static void an_icmp_error_names_who_to_ask(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_icmp(scene, A, "203.0.113.254", 3, 3);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-icmp-rejected");
    const struct es_finding *f = scene_finding(scene, "ike-icmp-rejected");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->evidence[0].ref.number, 2);
    assert_int_equal(f->evidence[1].ref.number, 8);
    assert_non_null(strstr(f->evidence[0].what, "type 3 code 3 from 203.0.113.254"));
    assert_non_null(strstr(f->summary, "a device on the way"));
    assert_non_null(strstr(f->checks[0], "203.0.113.254"));
    assert_non_null(scene_below(f, "ike-no-response"));
}

static void the_code_and_the_sender_of_an_icmp_error_say_what_is_wrong(void **state)
{
    (void)state;
    static const struct {
        const char *reporter;
        uint8_t type, code, peer;
        const char *says, *check;
    } cases[] = {
        {"198.51.100.2",  3,  3,  B, "the peer's own host",   "daemon running"},
        {"203.0.113.254", 3,  13, B, "packet filter",         "filter rule"   },
        {"203.0.113.254", 3,  1,  B, "knows no way",          "route"         },
        {"203.0.113.254", 11, 0,  B, "in circles",            "two routers"   },
        {"192.0.2.1",     3,  1,  A, "the sender's own host", "route"         },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        const struct wire init = dialogue_init(&ike, 0);
        scene_ike(&scene, A, &init);
        scene_icmp(&scene, A, cases[i].reporter, cases[i].type, cases[i].code);
        scene_expect(&scene, "ike-icmp-rejected");
        const struct es_finding *f = scene_finding(&scene, "ike-icmp-rejected");
        assert_int_equal(f->peer, cases[i].peer);
        assert_non_null(strstr(f->summary, cases[i].says));
        assert_non_null(strstr(f->checks[0], cases[i].check));
        scene_close(&scene);
    }
}

static void an_icmp_error_that_the_peer_answers_after_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    scene_icmp(scene, A, "198.51.100.2", 3, 3);
    scene_pause(scene, 4);
    dialogue_establish(&ike);
    scene_expect_nothing(scene);
}

static void a_packet_that_is_too_big_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    authenticate_in_vain(&ike, 4, 4);
    scene_icmp(scene, A, "203.0.113.254", 3, 4);
    assert_null(scene_finding(scene, "ike-icmp-rejected"));
}

static void a_dead_peer_of_an_old_tunnel_stays_the_root(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_pause(scene, 30);
    const struct wire probe = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &probe);
        scene_icmp(scene, A, "198.51.100.2", 3, 3);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "dpd-unanswered");
    assert_non_null(scene_below(scene_finding(scene, "dpd-unanswered"), "ike-icmp-rejected"));
}

static void both_ends_asking_in_vain_are_one_finding(void **state)
{
    struct scene *scene = *state;
    struct dialogue one = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&one, 5, 4);
    scene_pause(scene, 10);
    struct dialogue two = dialogue_of(scene, B, 2, &suite_gcm);
    call_in_vain(&two, 4, 4);
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->count, 5);
    assert_int_equal(f->peer, B);
    assert_non_null(strstr(f->summary, "both directions are lost"));
}

static void drops_of_the_capture_make_silence_less_sure(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 5, 4);
    scene->coverage.drops = 3;
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
}

static void a_later_success_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 5, 4);
    scene_pause(scene, 10);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    scene_expect(scene, "ike-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-no-response");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "later attempt succeeded"));
}

static void a_capture_that_ends_within_patience_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 4, 1);
    scene_expect_nothing(scene);
    scene_last_until(scene, 5.5);
    scene_expect(scene, "ike-no-response");
}

static void one_retransmission_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 2, 4);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void a_cookie_is_an_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire cookie =
        dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, ES_IKE_NOTIFY_COOKIE, 20);
    const struct wire again = dialogue_init(&ike, 20);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &cookie);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &again);
        scene_pause(scene, 4);
    }
    assert_null(scene_finding(scene, "ike-no-response"));
}

static void a_late_answer_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    call_in_vain(&ike, 4, 4);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

/* --- ike-auth-no-response, natt-4500-blocked --- */

static void silence_from_ike_auth_on_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    authenticate_in_vain(&ike, 4, 4);
    scene_expect(scene, "ike-auth-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-auth-no-response");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
}

static void silence_after_the_move_to_4500_blames_that_port(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    scene->own[A] = (struct scene_endpoint){scene_address("10.1.1.5"), 500};
    dialogue_agree(&ike);
    scene_float(scene);
    authenticate_in_vain(&ike, 4, 4);
    scene_expect(scene, "natt-4500-blocked");
    const struct es_finding *f = scene_finding(scene, "natt-4500-blocked");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_non_null(strstr(f->summary, "port 4500"));
}

static void a_port_that_was_seen_to_work_is_not_blocked(void **state)
{
    struct scene *scene = *state;
    struct dialogue before = dialogue_of(scene, A, 1, &suite_gcm);
    scene->own[A] = (struct scene_endpoint){scene_address("10.1.1.5"), 500};
    dialogue_agree(&before);
    scene_float(scene);
    dialogue_authenticate(&before);
    scene_talk(scene, 0x1000, 0x2000, 1, 20, 1000);
    dialogue_delete_ike(&before, A);
    scene_pause(scene, 10);
    scene->peers[A].port = scene->peers[B].port = 500;
    scene->encapsulated = false;
    struct dialogue ike = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    authenticate_in_vain(&ike, 4, 4);
    scene_expect(scene, "ike-auth-no-response", "natt-in-use");
}

static void main_mode_that_ends_on_port_4500_blames_that_port_first(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 4; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    scene_float(scene);
    const struct wire fifth = dialogue_main(&ike, 5);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &fifth);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "natt-4500-blocked");
    const struct es_finding *f = scene_finding(scene, "natt-4500-blocked");
    assert_non_null(strstr(f->summary, "message 5 of Main Mode"));
    assert_non_null(strstr(f->reason, "pre-shared key"));
    assert_non_null(scene_below(f, "ikev1-psk-mismatch"));
}

static void main_mode_that_ends_at_its_third_message_is_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    const struct wire first = dialogue_main(&ike, 1);
    const struct wire second = dialogue_main(&ike, 2);
    const struct wire third = dialogue_main(&ike, 3);
    scene_ike(scene, A, &first);
    scene_ike(scene, B, &second);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &third);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-auth-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-auth-no-response");
    assert_non_null(strstr(f->summary, "message 3 of Main Mode"));
    assert_int_equal(f->count, 4);
}

static void attempts_that_stop_at_the_same_place_are_one_finding(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 3; number++) {
        struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
        dialogue_agree(&ike);
        authenticate_in_vain(&ike, 4, 4);
        scene_pause(scene, 10);
    }
    scene_expect(scene, "ike-auth-no-response");
    const struct es_finding *f = scene_finding(scene, "ike-auth-no-response");
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "in 3 attempts"));
}

static void a_later_success_makes_both_a_note(void **state)
{
    (void)state;
    static const char *const ids[] = {"ike-auth-no-response", "natt-4500-blocked"};
    for (size_t i = 0; i < ES_COUNT(ids); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        dialogue_agree(&ike);
        if (i)
            scene_float(&scene);
        authenticate_in_vain(&ike, 4, 4);
        scene_pause(&scene, 10);
        struct dialogue next = dialogue_of(&scene, A, 2, &suite_gcm);
        dialogue_establish(&next);
        const struct es_finding *f = scene_finding(&scene, ids[i]);
        assert_non_null(f);
        assert_int_equal(f->severity, ES_SEVERITY_NOTE);
        scene_close(&scene);
    }
}

static void ike_auth_within_patience_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    authenticate_in_vain(&ike, 4, 1);
    scene_expect_nothing(scene);
}

static void fragments_of_ike_auth_are_no_retransmissions(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    for (uint16_t i = 1; i <= 5; i++) {
        const struct wire part =
            dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, i, 5);
        scene_ike(scene, A, &part);
        scene_pause(scene, 0.1);
    }
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void one_captured_side_is_no_fault(void **state)
{
    (void)state;
    for (uint8_t hidden = A; hidden <= B; hidden++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        scene.hidden[hidden] = true;
        dialogue_establish(&ike);
        scene_last_until(&scene, 60);
        scene_expect(&scene, "capture-one-sided");
        scene_close(&scene);
    }
}

/* --- ike-flood --- */

static void call_once_each(struct scene *scene, uint32_t callers)
{
    for (uint32_t i = 0; i < callers; i++) {
        const uint8_t bytes[4] = {10, 0, (uint8_t)(i >> 8), (uint8_t)i};
        scene->peers[A].address = es_address_v4(bytes);
        struct dialogue ike = dialogue_of(scene, A, (uint8_t)(1 + i), &suite_gcm);
        call_in_vain(&ike, 1, 0);
    }
}

static void what_a_flood_began_is_counted_and_told(void **state)
{
    (void)state;
    struct scene scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2},
          .max_half_open = 32
    });
    call_once_each(&scene, 32);
    assert_null(scene_finding(&scene, "ike-flood"));
    call_once_each(&scene, 200);
    const struct es_finding *f = scene_finding(&scene, "ike-flood");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_null(f->tunnel);
    assert_true(f->count >= 168);
    assert_int_equal(f->first.number, 1);
    assert_non_null(strstr(f->summary, "198.51.100.2"));
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_nobody_answers_is_a_fault_of_both_versions),
        scene_test(several_attempts_are_one_finding),
        scene_test(an_icmp_error_names_who_to_ask),
        cmocka_unit_test(the_code_and_the_sender_of_an_icmp_error_say_what_is_wrong),
        scene_test(an_icmp_error_that_the_peer_answers_after_is_no_fault),
        scene_test(a_packet_that_is_too_big_is_no_refusal),
        scene_test(a_dead_peer_of_an_old_tunnel_stays_the_root),
        scene_test(both_ends_asking_in_vain_are_one_finding),
        scene_test(drops_of_the_capture_make_silence_less_sure),
        scene_test(a_port_that_was_seen_to_work_is_not_blocked),
        scene_test(main_mode_that_ends_on_port_4500_blames_that_port_first),
        scene_test(main_mode_that_ends_at_its_third_message_is_told),
        scene_test(attempts_that_stop_at_the_same_place_are_one_finding),
        scene_test(a_later_success_makes_it_a_note),
        scene_test(a_capture_that_ends_within_patience_is_no_fault),
        scene_test(one_retransmission_is_no_fault),
        scene_test(a_cookie_is_an_answer),
        scene_test(a_late_answer_is_no_fault),
        scene_test(silence_from_ike_auth_on_is_a_likely_fault),
        scene_test(silence_after_the_move_to_4500_blames_that_port),
        cmocka_unit_test(a_later_success_makes_both_a_note),
        scene_test(ike_auth_within_patience_is_no_fault),
        scene_test(fragments_of_ike_auth_are_no_retransmissions),
        cmocka_unit_test(one_captured_side_is_no_fault),
        cmocka_unit_test(what_a_flood_began_is_counted_and_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
