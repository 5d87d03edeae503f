/*
 * Extensions of IKEv2: post-quantum exchanges, resumption, childless IKE SAs, redirects.
 */
#include "dialogue.h"
#include "unit.h"

/* --- post-quantum --- */

static void an_intermediate_exchange_without_an_answer_is_a_likely_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_IKE_INTERMEDIATE, 1200, 4, 4);
    const struct es_finding *f = scene_finding(scene, "pq-intermediate-failed");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
}

static void an_intermediate_exchange_that_is_answered_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_INTERMEDIATE, 1200, 1100);
    dialogue_authenticate(&ike);
    scene_last_until(scene, 60);
    scene_expect_nothing(scene);
}

static void a_refused_follow_up_exchange_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE, 1200, INNER_NOTIFY);
    const struct es_finding *f = scene_finding(scene, "pq-intermediate-failed");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_non_null(strstr(f->summary, "IKE_FOLLOWUP_KE"));
}

static void what_does_not_resist_quantum_computers_is_a_matter_of_posture(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    const struct es_finding *f = scene_finding(scene, "pq-absent");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->rule->category, ES_CATEGORY_POSTURE);
}

static void a_ppk_of_both_or_ml_kem_resists(void **state)
{
    (void)state;
    struct es_ike_suite kem = suite_gcm;
    kem.ke = ES_IKE_KE_METHOD_ML_KEM_768;
    for (int with_ppk = 0; with_ppk < 2; with_ppk++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, with_ppk ? &suite_gcm : &kem);
        for (uint8_t side = 0; side < 2 && with_ppk; side++)
            dialogue_add_notify(&ike, side, ES_IKE_NOTIFY_USE_PPK, NULL, 0);
        dialogue_establish(&ike);
        assert_null(scene_finding(&scene, "pq-absent"));
        scene_close(&scene);
    }
}

/* --- resumption --- */

/* IKE_SESSION_RESUME with a ticket; the answer is a refusal, or a nonce. */
static struct dialogue resume(struct scene *scene, uint8_t number, bool refused)
{
    enum { EXCHANGE_TYPE_AT = 18 };
    struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
    dialogue_add_notify(&ike, A, ES_IKE_NOTIFY_TICKET_OPAQUE, "ticket", 6);
    struct wire request = dialogue_init(&ike, 0);
    request.bytes[EXCHANGE_TYPE_AT] = ES_IKE_EXCHANGE_IKE_SESSION_RESUME;
    scene_ike(scene, A, &request);
    struct wire reply = refused ? dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SESSION_RESUME, 0,
                                                        0, ES_IKE_NOTIFY_TICKET_NACK, 0)
                                : dialogue_init_reply(&ike);
    reply.bytes[EXCHANGE_TYPE_AT] = ES_IKE_EXCHANGE_IKE_SESSION_RESUME;
    scene_ike(scene, B, &reply);
    return ike;
}

static void a_resumed_session_is_counted(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = resume(scene, 1, false);
    dialogue_authenticate(&ike);
    scene_expect_nothing(scene);
    const struct es_finding *f = scene_finding(scene, "session-resumption");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_null(scene_finding(scene, "resumption-rejected"));
}

static void a_refused_ticket_is_a_warning_until_an_ike_sa_comes_up(void **state)
{
    struct scene *scene = *state;
    resume(scene, 1, true);
    scene_expect(scene, "resumption-rejected");
    const struct es_finding *f = scene_finding(scene, "resumption-rejected");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->evidence[1].ref.number, 2);
    assert_null(scene_finding(scene, "session-resumption"));
    struct dialogue next = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&next);
    assert_int_equal(scene_finding(scene, "resumption-rejected")->severity, ES_SEVERITY_NOTE);
}

/* --- childless --- */

static void an_ike_sa_alone_is_childless_where_the_responder_offers_it(void **state)
{
    (void)state;
    for (int offered = 0; offered < 2; offered++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        if (offered)
            dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
        dialogue_agree(&ike);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH_CHILDLESS,
                          INNER_AUTH_CHILDLESS);
        const struct es_finding *f = scene_finding(&scene, "childless");
        assert_int_equal(f != NULL, offered);
        if (f)
            assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        scene_close(&scene);
    }
}

static void an_ike_sa_with_child_is_not_childless(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
    dialogue_establish(&ike);
    assert_null(scene_finding(scene, "childless"));
}

/* --- redirects --- */

/* The client comes to the gateway at `at`, which sends it to the one at `to`. */
static void redirect(struct scene *scene, uint8_t number, const char *at, const char *to)
{
    const struct es_address gateway = scene_address(to);
    uint8_t body[6] = {ES_IKE_GATEWAY_IPV4, 4};
    memcpy(body + 2, gateway.bytes + 12, 4);
    scene->peers[B].address = scene_address(at);
    struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    struct wire reply = dialogue_clear_notify(&ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                              ES_IKE_NOTIFY_REDIRECT, sizeof(body));
    memcpy(reply.bytes + reply.length - sizeof(body), body, sizeof(body));
    scene_ike(scene, B, &reply);
}

static void a_redirect_names_the_gateway(void **state)
{
    struct scene *scene = *state;
    redirect(scene, 1, "198.51.100.2", "198.51.100.3");
    scene_expect_nothing(scene);
    const struct es_finding *f = scene_finding(scene, "redirected");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->evidence[0].ref.number, 2);
    assert_non_null(strstr(f->summary, "198.51.100.3"));
}

static void a_chain_of_redirects_that_ends_is_no_loop(void **state)
{
    struct scene *scene = *state;
    redirect(scene, 1, "198.51.100.2", "198.51.100.3");
    redirect(scene, 2, "198.51.100.3", "198.51.100.4");
    scene->peers[B].address = scene_address("198.51.100.4");
    struct dialogue ike = dialogue_of(scene, A, 3, &suite_gcm);
    dialogue_establish(&ike);
    scene_expect_nothing(scene);
}

static void redirects_in_a_circle_are_a_fault(void **state)
{
    struct scene *scene = *state;
    redirect(scene, 1, "198.51.100.2", "198.51.100.3");
    redirect(scene, 2, "198.51.100.3", "198.51.100.2");
    scene_expect(scene, "redirect-loop", "redirect-loop"); /* one a tunnel */
    const struct es_finding *f = scene_finding(scene, "redirect-loop");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->count, 2);
    assert_int_equal(f->evidence_count, 2);
}

static void a_gateway_that_names_itself_is_a_circle(void **state)
{
    struct scene *scene = *state;
    redirect(scene, 1, "198.51.100.2", "198.51.100.2");
    scene_expect(scene, "redirect-loop");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(an_intermediate_exchange_without_an_answer_is_a_likely_fault),
        scene_test(an_intermediate_exchange_that_is_answered_is_none),
        scene_test(a_refused_follow_up_exchange_is_a_fault),
        scene_test(what_does_not_resist_quantum_computers_is_a_matter_of_posture),
        cmocka_unit_test(a_ppk_of_both_or_ml_kem_resists),
        scene_test(a_resumed_session_is_counted),
        scene_test(a_refused_ticket_is_a_warning_until_an_ike_sa_comes_up),
        cmocka_unit_test(an_ike_sa_alone_is_childless_where_the_responder_offers_it),
        scene_test(an_ike_sa_with_child_is_not_childless),
        scene_test(a_redirect_names_the_gateway),
        scene_test(a_chain_of_redirects_that_ends_is_no_loop),
        scene_test(redirects_in_a_circle_are_a_fault),
        scene_test(a_gateway_that_names_itself_is_a_circle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
