/*
 * Child SAs that are refused: at once, at the first rekey, or for a while; with keys and without.
 */
#include "opened.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };
enum { KE_BYTES = 40 + 8 }; /* a KE payload of Curve25519 and its transform */

static struct dialogue refused_in_auth(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH_CHILDLESS);
    return ike;
}

static void refuse(struct dialogue *ike, uint8_t from, size_t inner)
{
    dialogue_exchange(ike, from, ES_IKE_EXCHANGE_CREATE_CHILD_SA, inner, INNER_NOTIFY);
}

/* --- child-not-established --- */

static void a_refused_first_child_sa_is_a_fault(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_gcm_modp, &suite_cbc};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = refused_in_auth(&scene, suites[i]);
        const uint64_t refusal = scene.packets;
        for (int turn = 0; turn < 3; turn++) {
            scene_pause(&scene, 10);
            dialogue_dpd(&ike, B);
        }
        scene_expect(&scene, "child-not-established");
        const struct es_finding *f = scene_finding(&scene, "child-not-established");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
        assert_int_equal(f->peer, B);
        assert_string_equal(f->role, "responder");
        assert_int_equal(f->first.number, refusal);
        assert_non_null(strstr(f->summary, "proposals or traffic selectors"));
        assert_int_equal(scene_child_count(&scene), 0);
        scene_close(&scene);
    }
}

static void further_refusals_are_the_same_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = refused_in_auth(scene, &suite_gcm);
    scene_pause(scene, 10);
    refuse(&ike, A, INNER_CHILD);
    scene_expect(scene, "child-not-established");
    const struct es_finding *f = scene_finding(scene, "child-not-established");
    assert_int_equal(f->count, 2);
    assert_int_equal(f->last.number, scene->packets);
}

static void a_child_sa_that_comes_later_withdraws_it(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = refused_in_auth(scene, &suite_gcm);
    scene_pause(scene, 2);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD, INNER_CHILD);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    assert_null(scene_finding(scene, "child-not-established"));
}

static void esp_that_flows_all_the_same_withdraws_it(void **state)
{
    struct scene *scene = *state;
    refused_in_auth(scene, &suite_gcm);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    assert_null(scene_finding(scene, "child-not-established"));
}

static void a_tunnel_that_is_only_idle_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_pause(scene, 60);
    dialogue_dpd(&ike, A);
    assert_null(scene_finding(scene, "child-not-established"));
}

/* IKEv1: an Informational of a notify's length answers the first message of Quick Mode. */
static void ask_quick_mode(struct dialogue *ike, bool refused)
{
    const uint32_t id = ++ike->next_id[A];
    const struct wire first = dialogue_sealed_v1(ike, ES_IKE_EXCHANGE_QUICK, id, INNER_V1_QUICK);
    scene_ike(ike->scene, A, &first);
    if (!refused)
        return;
    const struct wire error = dialogue_sealed_v1(ike, ES_IKE_EXCHANGE_INFORMATIONAL_V1,
                                                 ++ike->next_id[B], INNER_V1_ERROR);
    scene_ike(ike->scene, B, &error);
}

static void a_refused_phase_2_is_a_fault(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    dialogue_main_mode(&ike);
    ask_quick_mode(&ike, true);
    scene_pause(scene, 6);
    ask_quick_mode(&ike, true);
    scene_pause(scene, 6);
    dialogue_r_u_there(&ike, B, true);
    scene_expect(scene, "child-not-established");
    const struct es_finding *f = scene_finding(scene, "child-not-established");
    assert_int_equal(f->count, 2);
    assert_int_equal(f->peer, B);
    assert_non_null(strstr(f->summary, "phase 2 SA"));
    assert_non_null(strstr(f->summary, "ISAKMP SA"));
}

/* --- pfs-mismatch --- */

static struct dialogue working(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    return ike;
}

static void rekeys_with_a_key_exchange_that_are_all_refused_mean_pfs(void **state)
{
    (void)state;
    static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_cbc_25519};
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = working(&scene, suites[i]);
        refuse(&ike, A, INNER_CHILD + 12 + KE_BYTES);
        const uint64_t first = scene.packets;
        scene_talk(&scene, A1, B1, 21, 10, 1000);
        refuse(&ike, A, INNER_CHILD + 12 + KE_BYTES);
        scene_talk(&scene, A1, B1, 31, 5, 1000);
        scene_expect(&scene, "pfs-mismatch");
        const struct es_finding *f = scene_finding(&scene, "pfs-mismatch");
        assert_int_equal(f->severity, ES_SEVERITY_ERROR);
        assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
        assert_int_equal(f->peer, B);
        assert_int_equal(f->count, 2);
        assert_int_equal(f->first.number, first);
        assert_non_null(strstr(f->summary, "key exchange"));
        assert_non_null(scene_below(f, "rekey-failed"));
        scene_close(&scene);
    }
}

static void one_refusal_that_a_retry_settles_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    refuse(&ike, A, INNER_CHILD + 12 + KE_BYTES);
    scene_talk(scene, A1, B1, 21, 5, 1000);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD + 12 + KE_BYTES,
                      INNER_CHILD + KE_BYTES);
    dialogue_delete_child(&ike, A);
    scene_talk(scene, A2, B2, 1, 20, 1000);
    scene_expect_nothing(scene);
}

/* A second Child SA beside the first: a request too short for a rekey. */
static void a_refused_second_child_sa_is_no_pfs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    for (int turn = 0; turn < 3; turn++) {
        refuse(&ike, A, INNER_CHILD);
        scene_talk(scene, A1, B1, 21 + 5 * (uint32_t)turn, 5, 1000);
    }
    assert_null(scene_finding(scene, "pfs-mismatch"));
    const struct es_finding *f = scene_finding(scene, "rekey-failed");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
}

/* The IKE SA's rekey is refused: other lengths, no Child SA. */
static void a_refused_ike_rekey_is_no_pfs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm_modp);
    const size_t inner = 48 + 36 + 8 + 256;
    refuse(&ike, A, inner);
    scene_talk(scene, A1, B1, 21, 5, 1000);
    refuse(&ike, A, inner);
    scene_talk(scene, A1, B1, 26, 5, 1000);
    assert_null(scene_finding(scene, "pfs-mismatch"));
    assert_non_null(strstr(scene_finding(scene, "rekey-failed")->summary, "new IKE SA"));
}

/* --- with keys --- */

/* A's request with `id` and B's answer to it. */
static void ask(struct dialogue *ike, struct opened request, struct opened reply)
{
    request.exchange = reply.exchange = ES_IKE_EXCHANGE_CREATE_CHILD_SA;
    request.id = reply.id = ike->next_id[A]++;
    reply.response = true;
    opened_send(ike, A, &request);
    opened_send(ike, B, &reply);
}

static const struct opened child_request = {
    .spi = 0xb1, .networks = {1, 2}
};

static void refuse_read(struct dialogue *ike, struct opened request, uint16_t error)
{
    ask(ike, request, (struct opened){.notifies = {error}});
}

static void a_refusal_that_was_read_has_its_own_name(void **state)
{
    (void)state;
    static const struct {
        uint16_t error;
        const char *id, *says;
    } cases[] = {
        {ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, "child-proposal-mismatch", "AES_GCM_16-256"  },
        {ES_IKE_NOTIFY_TS_UNACCEPTABLE,    "ts-unacceptable",         "10.1.0.0/24"     },
        {ES_IKE_NOTIFY_NO_ADDITIONAL_SAS,  "no-additional-sas",       "no further Child"},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = working(&scene, &suite_gcm);
        refuse_read(&ike, child_request, cases[i].error);
        scene_talk(&scene, A1, B1, 21, 5, 1000);
        const struct es_finding *f = scene_finding(&scene, cases[i].id);
        assert_non_null(f);
        assert_int_equal(f->provenance, ES_PROVENANCE_DECRYPTED);
        assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
        assert_int_equal(f->peer, B);
        assert_non_null(strstr(f->summary, cases[i].says));
        assert_null(scene_finding(&scene, "child-not-established"));
        assert_null(scene_finding(&scene, "rekey-failed")); /* it hangs below */
        scene_close(&scene);
    }
}

static void a_rekey_with_a_key_exchange_that_was_read_means_pfs(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    struct opened request = child_request;
    request.rekeyed = B1;
    request.ke = true;
    refuse_read(&ike, request, ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
    scene_expect(scene, "pfs-mismatch");
    assert_int_equal(scene_finding(scene, "pfs-mismatch")->confidence, ES_CONFIDENCE_CERTAIN);
}

static void temporary_failures_in_a_row_are_told_one_is_not(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    struct opened request = child_request;
    request.rekeyed = B1;
    refuse_read(&ike, request, ES_IKE_NOTIFY_TEMPORARY_FAILURE);
    scene_talk(scene, A1, B1, 21, 5, 1000);
    assert_null(scene_finding(scene, "temporary-failure"));
    assert_int_equal(scene_finding(scene, "rekey-failed")->severity, ES_SEVERITY_NOTE);
    for (uint32_t i = 0; i < 4; i++) {
        refuse_read(&ike, request, ES_IKE_NOTIFY_TEMPORARY_FAILURE);
        scene_talk(scene, A1, B1, 26 + 5 * i, 5, 1000);
    }
    const struct es_finding *f = scene_finding(scene, "temporary-failure");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->count, 5);
    /* A success ends the row. */
    ask(&ike, request,
        (struct opened){
            .spi = 0xa2, .networks = {1, 2}
    });
    assert_null(scene_finding(scene, "temporary-failure"));
}

static void slow_temporary_failures_are_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    for (uint32_t i = 0; i < 6; i++) {
        refuse_read(&ike, child_request, ES_IKE_NOTIFY_TEMPORARY_FAILURE);
        scene_talk(scene, A1, B1, 21 + 60 * i, 60, 1000);
    }
    assert_null(scene_finding(scene, "temporary-failure"));
}

static void transport_mode_on_one_side_is_told(void **state)
{
    (void)state;
    for (int agrees = 0; agrees < 2; agrees++) {
        struct scene scene = scene_open();
        struct dialogue ike = working(&scene, &suite_gcm);
        struct opened request = child_request;
        struct opened reply = {
            .spi = 0xa2, .networks = {1, 2}
        };
        request.notifies[0] = ES_IKE_NOTIFY_USE_TRANSPORT_MODE;
        if (agrees)
            reply.notifies[0] = ES_IKE_NOTIFY_USE_TRANSPORT_MODE;
        ask(&ike, request, reply);
        scene_talk(&scene, A1, B1, 21, 5, 1000);
        const struct es_finding *f = scene_finding(&scene, "mode-mismatch");
        assert_int_equal(f == NULL, agrees);
        if (f)
            assert_int_equal(f->peer, B);
        scene_close(&scene);
    }
}

static void narrowed_selectors_are_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    ask(&ike, child_request,
        (struct opened){
            .spi = 0xa2, .networks = {1, 3}
    });
    const struct es_finding *f = scene_finding(scene, "ts-narrowed");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_non_null(strstr(f->summary, "10.2.0.0/24"));
    assert_non_null(strstr(f->summary, "10.3.0.0/24"));
}

static void selectors_as_asked_for_are_not(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = working(scene, &suite_gcm);
    ask(&ike, child_request,
        (struct opened){
            .spi = 0xa2, .networks = {1, 2}
    });
    assert_null(scene_finding(scene, "ts-narrowed"));
    assert_int_equal(scene_child(scene, 2)->asked[A].count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_refused_first_child_sa_is_a_fault),
        scene_test(further_refusals_are_the_same_fault),
        scene_test(a_child_sa_that_comes_later_withdraws_it),
        scene_test(esp_that_flows_all_the_same_withdraws_it),
        scene_test(a_tunnel_that_is_only_idle_is_none),
        scene_test(a_refused_phase_2_is_a_fault),
        scene_test(rekeys_with_a_key_exchange_that_are_all_refused_mean_pfs),
        scene_test(one_refusal_that_a_retry_settles_is_none),
        scene_test(a_refused_second_child_sa_is_no_pfs),
        scene_test(a_refused_ike_rekey_is_no_pfs),
        scene_test(a_refusal_that_was_read_has_its_own_name),
        scene_test(a_rekey_with_a_key_exchange_that_was_read_means_pfs),
        scene_test(temporary_failures_in_a_row_are_told_one_is_not),
        scene_test(slow_temporary_failures_are_none),
        scene_test(transport_mode_on_one_side_is_told),
        scene_test(narrowed_selectors_are_told),
        scene_test(selectors_as_asked_for_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
