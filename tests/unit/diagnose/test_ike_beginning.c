/*
 * How the two ends begin: versions, cookies, both at once, neither.
 */
#include "dialogue.h"
#include "unit.h"

/* A first message that is refused in clear. */
static void refused(struct scene *scene, uint8_t initiator, uint8_t number,
                    const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, initiator, number, suite);
    const bool old = suite->major == 1;
    const struct wire first = old ? dialogue_main(&ike, 1) : dialogue_init(&ike, 0);
    const struct wire refusal =
        old ? dialogue_clear_notify_v1(&ike, ES_IKEV1_NOTIFY_NO_PROPOSAL_CHOSEN)
            : dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                    ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(scene, initiator, &first);
    scene_ike(scene, 1 - initiator, &refusal);
    scene_pause(scene, 10);
}

static void each_end_with_its_own_version_is_a_mismatch(void **state)
{
    struct scene *scene = *state;
    refused(scene, A, 1, &suite_v1_sha1);
    refused(scene, B, 2, &suite_gcm);
    scene_expect(scene, "ike-version-mismatch");
    const struct es_finding *f = scene_finding(scene, "ike-version-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->evidence[0].ref.number, 1);
    assert_int_equal(f->evidence[1].ref.number, 3);
    assert_non_null(strstr(f->summary, "192.0.2.1 begins with IKEv1"));
    assert_non_null(scene_below(f, "ike-proposal-mismatch"));
}

static void an_end_that_tries_both_versions_knows_both(void **state)
{
    struct scene *scene = *state;
    refused(scene, A, 1, &suite_v1_sha1);
    refused(scene, A, 2, &suite_gcm);
    assert_null(scene_finding(scene, "ike-version-mismatch"));
    refused(scene, B, 3, &suite_gcm);
    assert_null(scene_finding(scene, "ike-version-mismatch"));
}

static void one_version_refused_is_no_mismatch(void **state)
{
    struct scene *scene = *state;
    refused(scene, A, 1, &suite_gcm);
    refused(scene, B, 2, &suite_gcm);
    assert_null(scene_finding(scene, "ike-version-mismatch"));
}

static void a_refused_version_is_certain(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire refusal = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                                      ES_IKE_NOTIFY_INVALID_MAJOR_VERSION, 0);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &refusal);
    scene_expect(scene, "ike-version-mismatch");
    const struct es_finding *f = scene_finding(scene, "ike-version-mismatch");
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->evidence[1].ref.number, 2);
}

static void an_answer_in_the_other_version_is_a_mismatch(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    struct dialogue old = dialogue_of(scene, A, 1, &suite_v1_sha1);
    const struct wire answer = dialogue_main(&old, 2);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &answer);
    scene_expect(scene, "ike-version-mismatch");
    const struct es_finding *f = scene_finding(scene, "ike-version-mismatch");
    assert_int_equal(f->peer, B);
    assert_non_null(strstr(f->summary, "answers in IKEv1"));
}

static void a_version_that_works_in_the_end_makes_it_a_note(void **state)
{
    struct scene *scene = *state;
    refused(scene, A, 1, &suite_v1_sha1);
    refused(scene, B, 2, &suite_gcm);
    struct dialogue ike = dialogue_of(scene, A, 3, &suite_gcm);
    dialogue_establish(&ike);
    const struct es_finding *f = scene_finding(scene, "ike-version-mismatch");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

/* --- cookies --- */

/* IKE_SA_INIT is answered with a COOKIE, `rounds` times, the first time without one in it. */
static void ask_for_cookies(struct dialogue *ike, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        const struct wire init = dialogue_init(ike, i ? 20 : 0);
        const struct wire cookie =
            dialogue_clear_notify(ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0, ES_IKE_NOTIFY_COOKIE, 20);
        scene_ike(ike->scene, A, &init);
        scene_ike(ike->scene, B, &cookie);
        scene_pause(ike->scene, 1);
    }
}

/* The request with the cookie is accepted. */
static void accept(struct dialogue *ike)
{
    const struct wire init = dialogue_init(ike, 20);
    const struct wire reply = dialogue_init_reply(ike);
    scene_ike(ike->scene, A, &init);
    scene_ike(ike->scene, B, &reply);
    dialogue_authenticate(ike);
}

static void a_cookie_is_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ask_for_cookies(&ike, 1);
    accept(&ike);
    scene_last_until(scene, 60);
    scene_expect(scene, "ike-dos-cookie");
    const struct es_finding *f = scene_finding(scene, "ike-dos-cookie");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->evidence[0].ref.number, 2);
}

static void cookies_that_are_never_accepted_are_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ask_for_cookies(&ike, 3);
    scene_expect(scene, "ike-dos-cookie");
    ask_for_cookies(&ike, 2);
    assert_null(scene_finding(scene, "ike-dos-cookie"));
    const struct es_finding *f = scene_finding(scene, "ike-cookie-loop");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->count, 3);
    assert_non_null(strstr(f->summary, "accepts none"));
    accept(&ike);
    f = scene_finding(scene, "ike-cookie-loop");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

static void a_cookie_that_is_returned_in_vain_is_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ask_for_cookies(&ike, 1);
    const struct wire init = dialogue_init(&ike, 20);
    for (int i = 0; i < 4; i++) {
        scene_ike(scene, A, &init);
        scene_pause(scene, 4);
    }
    scene_expect(scene, "ike-dos-cookie");
    const struct es_finding *f = scene_finding(scene, "ike-dos-cookie");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "brought it 4 times"));
}

/* --- who begins --- */

/* First messages of both ends cross; each answer comes after both. */
static void cross(struct dialogue *one, struct dialogue *two)
{
    struct scene *scene = one->scene;
    const struct wire first = dialogue_init(one, 0);
    const struct wire second = dialogue_init(two, 0);
    scene_ike(scene, A, &first);
    scene_ike(scene, B, &second);
}

static void complete(struct dialogue *ike)
{
    const struct wire reply = dialogue_init_reply(ike);
    scene_ike(ike->scene, 1 - ike->initiator, &reply);
    dialogue_authenticate(ike);
}

static void crossing_initiations_of_which_one_stays_are_a_note(void **state)
{
    struct scene *scene = *state;
    struct dialogue one = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue two = dialogue_of(scene, B, 2, &suite_gcm);
    cross(&one, &two);
    complete(&one);
    complete(&two);
    scene_talk(scene, 0x1000, 0x2000, 1, 20, 100);
    dialogue_delete_ike(&two, B);
    scene_talk(scene, 0x1000, 0x2000, 21, 20, 500);
    const struct es_finding *f = scene_finding(scene, "ike-both-initiate");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->evidence[0].ref.number, 1);
    assert_int_equal(f->evidence[1].ref.number, 2);
}

static void crossing_initiations_that_both_stay_are_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue one = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue two = dialogue_of(scene, B, 2, &suite_gcm);
    cross(&one, &two);
    complete(&one);
    complete(&two);
    assert_int_equal(scene_finding(scene, "ike-both-initiate")->severity, ES_SEVERITY_NOTE);
    scene_last_until(scene, 30);
    const struct es_finding *f = scene_finding(scene, "ike-both-initiate");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "two IKE SAs"));
}

static void crossing_initiations_that_come_to_nothing_are_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue one = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue two = dialogue_of(scene, B, 2, &suite_gcm);
    cross(&one, &two);
    scene_last_until(scene, 30);
    const struct es_finding *f = scene_finding(scene, "ike-both-initiate");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "neither came up"));
}

static void one_end_after_the_other_does_not_cross(void **state)
{
    struct scene *scene = *state;
    struct dialogue one = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&one);
    struct dialogue two = dialogue_of(scene, B, 2, &suite_gcm);
    dialogue_establish(&two);
    assert_null(scene_finding(scene, "ike-both-initiate"));
}

static void keepalives_alone_for_long_may_mean_that_nobody_begins(void **state)
{
    struct scene *scene = *state;
    struct dialogue elsewhere = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&elsewhere);
    scene_talk(scene, 0x1000, 0x2000, 1, 20, 100);
    scene->peers[A].address = scene_address("192.0.2.99");
    scene_float(scene);
    for (int i = 0; i < 15; i++) {
        scene_keepalive(scene, A);
        scene_pause(scene, 20);
    }
    assert_null(scene_finding(scene, "ike-no-initiator"));
    scene_keepalive(scene, A);
    const struct es_finding *f = scene_finding(scene, "ike-no-initiator");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->tunnel->number, 2);
    /* A packet of ESP, and there is a tunnel. */
    scene_esp(scene, A, 0x3000, 5000);
    assert_null(scene_finding(scene, "ike-no-initiator"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(each_end_with_its_own_version_is_a_mismatch),
        scene_test(an_end_that_tries_both_versions_knows_both),
        scene_test(one_version_refused_is_no_mismatch),
        scene_test(a_refused_version_is_certain),
        scene_test(an_answer_in_the_other_version_is_a_mismatch),
        scene_test(a_version_that_works_in_the_end_makes_it_a_note),
        scene_test(a_cookie_is_a_note),
        scene_test(cookies_that_are_never_accepted_are_a_fault),
        scene_test(a_cookie_that_is_returned_in_vain_is_a_warning),
        scene_test(crossing_initiations_of_which_one_stays_are_a_note),
        scene_test(crossing_initiations_that_both_stay_are_a_warning),
        scene_test(crossing_initiations_that_come_to_nothing_are_a_warning),
        scene_test(one_end_after_the_other_does_not_cross),
        scene_test(keepalives_alone_for_long_may_mean_that_nobody_begins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
