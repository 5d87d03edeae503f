/*
 * Liveness checks without an answer, and ESP to a dead peer.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct dialogue establish(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    if (suite->major == 1)
        dialogue_establish_v1(&ike);
    else
        dialogue_establish(&ike);
    scene_at(scene, 1);
    return ike;
}

/* An empty INFORMATIONAL of `from`, sent `times` times, four seconds apart. */
static void ask_in_vain(struct dialogue *ike, uint8_t from, unsigned times)
{
    dialogue_ask_in_vain(ike, from, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, times, 4);
}

static void probe_in_vain(struct dialogue *ike, unsigned times, double every)
{
    for (unsigned i = 0; i < times; i++) {
        dialogue_r_u_there(ike, A, false);
        scene_pause(ike->scene, every);
    }
}

/* --- IKEv2 --- */

static void a_question_asked_again_and_again_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    const uint64_t last_heard = scene->packets;
    scene_at(scene, 40);
    ask_in_vain(&ike, A, 4);
    scene_expect(scene, "dpd-unanswered");
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->provenance, ES_PROVENANCE_OBSERVED);
    assert_int_equal(f->peer, 1);
    assert_string_equal(f->role, "responder");
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, last_heard + 1);
    assert_int_equal(f->last.number, scene->packets);
    assert_ptr_equal(f->ike_sa, scene_ike_sa(scene, 1));
    assert_int_equal(f->evidence_count, 3);
    assert_int_equal(f->evidence[0].ref.number, last_heard);
    assert_non_null(strstr(f->summary, "no packet of any kind"));
}

static void three_tries_are_enough(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    ask_in_vain(&ike, B, 3);
    scene_expect(scene, "dpd-unanswered");
    assert_int_equal(scene_finding(scene, "dpd-unanswered")->peer, 0);
}

static void where_lengths_leave_doubt_it_is_likely(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_cbc);
    scene_at(scene, 60);
    ask_in_vain(&ike, A, 4);
    scene_expect(scene, "dpd-unanswered");
    assert_int_equal(scene_finding(scene, "dpd-unanswered")->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(scene_finding(scene, "dpd-unanswered")->provenance, ES_PROVENANCE_INFERRED);
}

static void esp_that_still_comes_shows_that_the_peer_lives(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (uint32_t i = 0; i < 4; i++) {
        scene_ike(scene, A, &ask);
        scene_talk(scene, A1, B1, 1 + 4 * i, 4, 1000);
    }
    scene_expect(scene, "dpd-unanswered");
    assert_non_null(strstr(scene_finding(scene, "dpd-unanswered")->summary, "the peer lives"));
}

static void esp_that_stopped_later_is_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    scene_ike(scene, A, &ask);
    scene_talk(scene, A1, B1, 1, 3, 1000);
    const uint64_t last = scene->packets;
    for (uint32_t i = 0; i < 4; i++) {
        scene_pause(scene, 4);
        scene_ike(scene, A, &ask);
    }
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_non_null(strstr(f->summary, "came for another 2.0 s"));
    bool is_evidence = false;
    for (size_t i = 0; i < f->evidence_count; i++)
        is_evidence = is_evidence || f->evidence[i].ref.number == last;
    assert_true(is_evidence);
}

static void an_icmp_error_is_evidence(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    ask_in_vain(&ike, A, 2);
    scene_icmp(scene, A, "203.0.113.254", 3, 1);
    const uint64_t icmp = scene->packets;
    struct dialogue same = ike;
    same.next_id[A]--;
    same.salt--;
    scene_pause(scene, 4);
    ask_in_vain(&same, A, 2);
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_non_null(f);
    bool is_evidence = false;
    for (size_t i = 0; i < f->evidence_count; i++)
        is_evidence = is_evidence || f->evidence[i].ref.number == icmp;
    assert_true(is_evidence);
}

static void a_new_ike_sa_afterwards_makes_it_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    ask_in_vain(&ike, A, 4);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    scene_pause(scene, 10);
    dialogue_establish(&next);
    scene_expect(scene, "dpd-unanswered");
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "10.0 s later 192.0.2.1 negotiated anew"));
}

static void answered_questions_are_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    for (int i = 0; i < 10; i++) {
        dialogue_dpd(&ike, i % 2 ? A : B);
        scene_pause(scene, 30);
    }
    scene_last_until(scene, 400);
    scene_expect_nothing(scene);
}

static void a_late_answer_settles_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    const struct wire answer = dialogue_reply(&ike, &ask, INNER_EMPTY);
    for (int i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        scene_pause(scene, 4);
    }
    assert_non_null(scene_finding(scene, "dpd-unanswered"));
    scene_ike(scene, B, &answer);
    scene_expect_nothing(scene);
}

static void a_capture_that_ends_within_patience_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 3, 2);
    scene_expect_nothing(scene);
    scene_last_until(scene, 6.5);
    scene_expect(scene, "dpd-unanswered");
}

static void one_retransmission_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    ask_in_vain(&ike, A, 2);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void copies_that_the_capture_made_are_no_tries(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (int i = 0; i < 4; i++)
        scene_ike(scene, A, &ask);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void a_delete_without_an_answer_is_no_dpd(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_DELETE_IKE, 5, 4);
    assert_null(scene_finding(scene, "dpd-unanswered"));
}

static void one_captured_side_is_no_fault(void **state)
{
    struct scene *scene = *state;
    scene->hidden[B] = true;
    struct dialogue ike = establish(scene, &suite_gcm);
    for (int i = 0; i < 5; i++) {
        dialogue_dpd(&ike, A);
        scene_pause(scene, 30);
    }
    scene_expect(scene, "capture-one-sided");
}

/* --- IKEv1 --- */

static void probes_in_vain_are_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    dialogue_r_u_there(&ike, A, true);
    scene_pause(scene, 10);
    probe_in_vain(&ike, 5, 10);
    scene_expect(scene, "dpd-unanswered");
    const struct es_finding *f = scene_finding(scene, "dpd-unanswered");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_int_equal(f->count, 5);
    assert_int_equal(f->peer, 1);
}

static void acknowledged_probes_are_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    for (int i = 0; i < 8; i++) {
        dialogue_r_u_there(&ike, i % 2 ? A : B, true);
        scene_pause(scene, 10);
    }
    scene_last_until(scene, 300);
    scene_expect_nothing(scene);
}

static void two_lost_probes_are_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    probe_in_vain(&ike, 2, 10);
    scene_expect_nothing(scene);
    dialogue_r_u_there(&ike, A, true);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void fast_probes_within_patience_are_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    probe_in_vain(&ike, 4, 1);
    scene_expect_nothing(scene);
    scene_last_until(scene, 30);
    scene_expect(scene, "dpd-unanswered");
}

static void probes_of_one_captured_side_are_no_fault(void **state)
{
    struct scene *scene = *state;
    scene->hidden[B] = true;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    for (int i = 0; i < 5; i++) {
        dialogue_r_u_there(&ike, A, true);
        scene_pause(scene, 10);
    }
    scene_expect(scene, "capture-one-sided");
}

/* --- ESP to a dead peer --- */

static void esp_to_a_dead_peer_is_the_root(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    scene_stream(scene, A, A1, 21, 5, 1000);
    for (uint32_t i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        scene_stream(scene, A, A1, 26 + 4 * i, 4, 1000);
    }
    scene_expect(scene, "peer-dead-esp-continues");
    const struct es_finding *f = scene_finding(scene, "peer-dead-esp-continues");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 25);
    assert_int_equal(f->spi_count, 1);
    assert_int_equal(f->spis[0], A1);
    assert_non_null(scene_below(f, "dpd-unanswered"));
    assert_null(f->consequences->next);
}

static void one_that_never_sent_esp_may_not_have_installed_the_sa(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    scene_stream(scene, A, A1, 1, 5, 1000);
    for (uint32_t i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        scene_stream(scene, A, A1, 6 + 4 * i, 4, 1000);
    }
    const struct es_finding *f = scene_finding(scene, "peer-dead-esp-continues");
    assert_non_null(f);
    assert_non_null(strstr(f->checks[0], "never sent ESP on this SA"));
    assert_non_null(strstr(f->summary, "asked whether the peer lives after 5.0 s"));
}

static void the_same_with_probes_of_ikev1(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_v1_sha1);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    for (uint32_t i = 0; i < 5; i++) {
        dialogue_r_u_there(&ike, A, false);
        scene_stream(scene, A, A1, 21 + 4 * i, 4, 1000);
    }
    scene_expect(scene, "peer-dead-esp-continues");
    assert_non_null(scene_below(scene_finding(scene, "peer-dead-esp-continues"), "dpd-unanswered"));
}

static void a_peer_that_sends_keepalives_is_not_dead(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    const struct wire ask = dialogue_request(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY);
    for (uint32_t i = 0; i < 5; i++) {
        scene_ike(scene, A, &ask);
        scene_stream(scene, A, A1, 21 + 4 * i, 4, 1000);
        scene_keepalive(scene, B);
    }
    scene_expect(scene, "dpd-unanswered", "esp-one-way", "natt-forced");
}

static void esp_that_stopped_before_is_not_sent_to_a_dead_peer(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = establish(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_at(scene, 60);
    ask_in_vain(&ike, A, 5);
    scene_expect(scene, "dpd-unanswered");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_question_asked_again_and_again_is_a_fault),
        scene_test(three_tries_are_enough),
        scene_test(where_lengths_leave_doubt_it_is_likely),
        scene_test(esp_that_still_comes_shows_that_the_peer_lives),
        scene_test(esp_that_stopped_later_is_told),
        scene_test(an_icmp_error_is_evidence),
        scene_test(a_new_ike_sa_afterwards_makes_it_a_warning),
        scene_test(answered_questions_are_no_fault),
        scene_test(a_late_answer_settles_it),
        scene_test(a_capture_that_ends_within_patience_is_no_fault),
        scene_test(one_retransmission_is_no_fault),
        scene_test(copies_that_the_capture_made_are_no_tries),
        scene_test(a_delete_without_an_answer_is_no_dpd),
        scene_test(one_captured_side_is_no_fault),
        scene_test(probes_in_vain_are_a_likely_fault),
        scene_test(acknowledged_probes_are_no_fault),
        scene_test(two_lost_probes_are_no_fault),
        scene_test(fast_probes_within_patience_are_no_fault),
        scene_test(probes_of_one_captured_side_are_no_fault),
        scene_test(esp_to_a_dead_peer_is_the_root),
        scene_test(one_that_never_sent_esp_may_not_have_installed_the_sa),
        scene_test(the_same_with_probes_of_ikev1),
        scene_test(a_peer_that_sends_keepalives_is_not_dead),
        scene_test(esp_that_stopped_before_is_not_sent_to_a_dead_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
