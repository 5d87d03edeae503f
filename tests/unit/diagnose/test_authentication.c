/*
 * Refused authentication: who refused whom, and what the wire tells of the cause.
 */
#include "dialogue.h"
#include "unit.h"

/* --- auth-failed --- */

static void a_lone_error_instead_of_ike_auth_is_a_likely_fault(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        dialogue_agree(&ike);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
        scene_expect(&scene, "auth-failed");
        const struct es_finding *f = scene_finding(&scene, "auth-failed");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
        assert_int_equal(f->peer, 1);
        assert_int_equal(f->evidence[0].ref.number, 3); /* what was refused */
        assert_int_equal(f->evidence[1].ref.number, 4);
        scene_close(&scene);
    }
}

static void a_later_success_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
    scene_pause(scene, 20);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    scene_expect(scene, "auth-failed");
    assert_int_equal(scene_finding(scene, "auth-failed")->severity, ES_SEVERITY_NOTE);
}

static void a_whole_answer_or_one_without_child_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue childless = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_agree(&childless);
    dialogue_exchange(&childless, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH_CHILDLESS);
    assert_null(scene_finding(scene, "auth-failed"));
}

/* --- the initiator refuses --- */

/* An IKE SA that comes up, and whose initiator says a short word at once. */
static void reject(struct dialogue *ike)
{
    dialogue_establish(ike);
    dialogue_exchange(ike, ike->initiator, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_NOTIFY,
                      INNER_EMPTY);
}

static void a_short_word_right_after_ike_auth_and_a_new_attempt_is_a_refusal(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        for (uint8_t number = 1; number <= 2; number++) {
            struct dialogue ike = dialogue_of(&scene, A, number, suites[i]);
            reject(&ike);
            scene_pause(&scene, 10);
        }
        const struct es_finding *f = scene_finding(&scene, "auth-failed");
        assert_non_null(f);
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->peer, 0);
        assert_string_equal(f->role, "initiator");
        assert_int_equal(f->count, 2);
        assert_non_null(strstr(f->summary, "was accepted by"));
        assert_int_equal(f->evidence[1].ref.number, 5);
        scene_close(&scene);
    }
}

static void taking_a_tunnel_down_at_once_is_no_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_delete_ike(&ike, A);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void a_tunnel_that_carried_traffic_was_not_refused(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_cbc);
    reject(&ike);
    scene_talk(scene, 0xc0000001, 0xc0000002, 1, 5, 100);
    struct dialogue next = dialogue_of(scene, A, 2, &suite_cbc);
    dialogue_establish(&next);
    scene_talk(scene, 0xc0000003, 0xc0000004, 1, 5, 100);
    assert_null(scene_finding(scene, "auth-failed"));
}

/* --- cert-failure --- */

static const uint8_t certreq[] = {ES_IKE_CERT_X509_SIGNATURE,
                                  1,
                                  2,
                                  3,
                                  4,
                                  5,
                                  6,
                                  7,
                                  8,
                                  9,
                                  10,
                                  11,
                                  12,
                                  13,
                                  14,
                                  15,
                                  16,
                                  17,
                                  18,
                                  19,
                                  20};

static void refuse_auth(struct dialogue *ike, size_t inner)
{
    dialogue_agree(ike);
    dialogue_exchange(ike, A, ES_IKE_EXCHANGE_IKE_AUTH, inner, INNER_NOTIFY);
}

static void a_long_refused_message_after_a_certificate_request_is_a_certificate(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_add_payload(&ike, B, ES_IKE_PAYLOAD_CERTREQ, certreq, sizeof(certreq));
    refuse_auth(&ike, 1000);
    scene_expect(scene, "cert-failure");
    const struct es_finding *f = scene_finding(scene, "cert-failure");
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_int_equal(f->peer, 1);
    assert_non_null(strstr(f->reason, "as long as one with a certificate"));
}

static void without_one_of_both_it_stays_open(void **state)
{
    (void)state;
    for (int with_request = 0; with_request < 2; with_request++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        if (with_request)
            dialogue_add_payload(&ike, B, ES_IKE_PAYLOAD_CERTREQ, certreq, sizeof(certreq));
        refuse_auth(&ike, with_request ? INNER_AUTH : 1000);
        scene_expect(&scene, "auth-failed");
        scene_close(&scene);
    }
}

/* --- sighash-mismatch --- */

static void list_hashes(struct dialogue *ike, uint8_t a, uint8_t b)
{
    const uint8_t of_a[] = {0, a};
    const uint8_t of_b[] = {0, b};
    dialogue_add_notify(ike, A, ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, of_a, sizeof(of_a));
    dialogue_add_notify(ike, B, ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, of_b, sizeof(of_b));
}

static void hash_lists_without_a_common_one_explain_a_refusal(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    list_hashes(&ike, 1, 3);
    refuse_auth(&ike, 1000);
    scene_expect(scene, "sighash-mismatch");
    const struct es_finding *f = scene_finding(scene, "sighash-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_non_null(strstr(f->summary, "SHA1"));
    assert_non_null(strstr(f->summary, "SHA2-384"));
}

static void hash_lists_are_no_fault_where_they_meet_or_do_not_matter(void **state)
{
    (void)state;
    struct scene met = scene_open();
    struct dialogue ike = dialogue_of(&met, A, 1, &suite_gcm);
    list_hashes(&ike, 2, 2);
    refuse_auth(&ike, INNER_AUTH);
    scene_expect(&met, "auth-failed");
    scene_close(&met);

    struct scene fine = scene_open();
    ike = dialogue_of(&fine, A, 1, &suite_gcm);
    list_hashes(&ike, 1, 3);
    dialogue_establish(&ike);
    scene_expect_nothing(&fine);
    scene_close(&fine);
}

/* --- ppk-mismatch --- */

static void a_refusal_with_ppks_is_possibly_theirs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_add_notify(&ike, A, ES_IKE_NOTIFY_USE_PPK, NULL, 0);
    dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_USE_PPK, NULL, 0);
    refuse_auth(&ike, INNER_AUTH);
    scene_expect(scene, "ppk-mismatch");
    const struct es_finding *f = scene_finding(scene, "ppk-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void ppks_that_work_or_that_one_side_offers_are_no_fault(void **state)
{
    (void)state;
    for (int both = 0; both < 2; both++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        dialogue_add_notify(&ike, A, ES_IKE_NOTIFY_USE_PPK, NULL, 0);
        if (both)
            dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_USE_PPK, NULL, 0);
        dialogue_establish(&ike);
        scene_expect_nothing(&scene);
        scene_close(&scene);
    }
}

/* --- ikev1-psk-mismatch --- */

/* Main Mode up to its fifth message, which is sent `times` times, four seconds apart. */
static struct dialogue stop_at_the_fifth(struct scene *scene, unsigned times)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 4; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    const struct wire fifth = dialogue_main(&ike, 5);
    for (unsigned i = 0; i < times; i++) {
        scene_ike(scene, A, &fifth);
        scene_pause(scene, 4);
    }
    return ike;
}

static void main_mode_that_stops_at_its_fifth_message_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    stop_at_the_fifth(scene, 4);
    scene_expect(scene, "ikev1-psk-mismatch");
    const struct es_finding *f = scene_finding(scene, "ikev1-psk-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 5);
}

static void a_capture_that_ends_there_is_no_fault(void **state)
{
    struct scene *scene = *state;
    stop_at_the_fifth(scene, 2);
    scene_expect_nothing(scene);
}

static void a_late_sixth_message_is_no_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = stop_at_the_fifth(scene, 4);
    const struct wire sixth = dialogue_main(&ike, 6);
    scene_ike(scene, B, &sixth);
    dialogue_quick_mode(&ike, A);
    scene_expect_nothing(scene);
}

static void main_mode_whose_fourth_message_comes_again_says_so(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    struct wire wires[6];
    for (unsigned number = 1; number <= 5; number++) {
        wires[number] = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wires[number]);
    }
    for (unsigned i = 0; i < 3; i++) {
        scene_pause(scene, 3);
        scene_ike(scene, B, &wires[4]);
        scene_pause(scene, 1);
        scene_ike(scene, A, &wires[5]);
    }
    scene_expect(scene, "ikev1-psk-mismatch");
    assert_non_null(strstr(scene_finding(scene, "ikev1-psk-mismatch")->summary, "fourth again"));
}

/* An Informational answers the fifth message; the initiator goes on, or understands and stops. */
static void answer_the_fifth(struct scene *scene, unsigned more)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 4; number++) {
        const struct wire wire = dialogue_main(&ike, number);
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    const struct wire fifth = dialogue_main(&ike, 5);
    scene_ike(scene, A, &fifth);
    const struct wire error =
        dialogue_sealed_v1(&ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0x77, INNER_V1_DELETE_IKE);
    scene_ike(scene, B, &error);
    for (unsigned i = 0; i < more; i++) {
        scene_pause(scene, 4);
        scene_ike(scene, A, &fifth);
    }
    scene_last_until(scene, 30);
}

static void an_informational_that_is_not_understood_is_a_wrong_key(void **state)
{
    struct scene *scene = *state;
    answer_the_fifth(scene, 3);
    scene_expect(scene, "ikev1-psk-mismatch");
    assert_int_equal(scene_finding(scene, "ikev1-psk-mismatch")->evidence_count, 3);
}

static void an_informational_that_is_understood_is_a_refusal(void **state)
{
    struct scene *scene = *state;
    answer_the_fifth(scene, 0);
    scene_expect(scene, "auth-failed");
    assert_int_equal(scene_finding(scene, "auth-failed")->peer, 1);
}

static void aggressive_mode_without_a_third_message_is_a_likely_fault(void **state)
{
    enum { EXCHANGE_TYPE_AT = 18 };
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    for (unsigned number = 1; number <= 2; number++) {
        struct wire wire = dialogue_main(&ike, number);
        wire.bytes[EXCHANGE_TYPE_AT] = ES_IKE_EXCHANGE_AGGRESSIVE;
        scene_ike(scene, number % 2 ? A : B, &wire);
    }
    assert_null(scene_finding(scene, "ikev1-psk-mismatch")); /* it may still come */
    scene_last_until(scene, 30);
    const struct es_finding *f = scene_finding(scene, "ikev1-psk-mismatch");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->evidence[1].ref.number, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lone_error_instead_of_ike_auth_is_a_likely_fault),
        scene_test(a_later_success_makes_it_a_note),
        scene_test(a_whole_answer_or_one_without_child_is_no_refusal),
        scene_test(main_mode_that_stops_at_its_fifth_message_is_a_likely_fault),
        scene_test(a_capture_that_ends_there_is_no_fault),
        scene_test(a_late_sixth_message_is_no_fault),
        cmocka_unit_test(a_short_word_right_after_ike_auth_and_a_new_attempt_is_a_refusal),
        scene_test(taking_a_tunnel_down_at_once_is_no_refusal),
        scene_test(a_tunnel_that_carried_traffic_was_not_refused),
        scene_test(a_long_refused_message_after_a_certificate_request_is_a_certificate),
        cmocka_unit_test(without_one_of_both_it_stays_open),
        scene_test(hash_lists_without_a_common_one_explain_a_refusal),
        cmocka_unit_test(hash_lists_are_no_fault_where_they_meet_or_do_not_matter),
        scene_test(a_refusal_with_ppks_is_possibly_theirs),
        cmocka_unit_test(ppks_that_work_or_that_one_side_offers_are_no_fault),
        scene_test(main_mode_whose_fourth_message_comes_again_says_so),
        scene_test(an_informational_that_is_not_understood_is_a_wrong_key),
        scene_test(an_informational_that_is_understood_is_a_refusal),
        scene_test(aggressive_mode_without_a_third_message_is_a_likely_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
