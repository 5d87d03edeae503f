/*
 * Two IKE SAs between the same peers, two Child SAs for the same networks.
 */
#include "opened.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static void two_ike_sas_that_both_answer_are_told(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue second = dialogue_of(scene, B, 2, &suite_gcm);
    dialogue_establish(&first);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    dialogue_establish(&second);
    for (int turn = 0; turn < 3; turn++) {
        scene_talk(scene, A2, B2, 1 + 10 * (uint32_t)turn, 10, 1000);
        dialogue_dpd(&first, A);
        dialogue_dpd(&second, B);
    }
    const struct es_finding *f = scene_finding(scene, "duplicate-ike-sa");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->ike_sa->number, 2);
}

/* Make before break: a new IKE SA, and the Delete of the old one some seconds later. */
static void an_old_one_that_is_deleted_soon_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue second = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&first);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    dialogue_establish(&second);
    scene_pause(scene, 3);
    dialogue_delete_ike(&first, A);
    scene_talk(scene, A2, B2, 1, 30, 1000);
    dialogue_dpd(&second, A);
    scene_expect_nothing(scene);
    /* The Delete took its own Child SA, not the new one. */
    assert_int_not_equal(scene_child(scene, 1)->deleted.ref.number, 0);
    assert_int_equal(scene_child(scene, 2)->deleted.ref.number, 0);
}

static void an_old_one_that_says_nothing_more_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    struct dialogue second = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&first);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    dialogue_establish(&second);
    scene_talk(scene, A2, B2, 1, 30, 1000);
    dialogue_dpd(&second, A);
    assert_null(scene_finding(scene, "duplicate-ike-sa"));
}

static void a_rekeyed_one_is_none(void **state)
{
    struct scene *scene = *state;
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm_modp);
    dialogue_establish(&first);
    scene_talk(scene, A1, B1, 1, 10, 1000);
    struct dialogue second = dialogue_rekey_ike(&first, A, 2);
    dialogue_delete_ike(&first, A);
    scene_talk(scene, A1, B1, 11, 30, 1000);
    dialogue_dpd(&second, A);
    scene_expect_nothing(scene);
}

/* Two Child SAs, the second for 10.`second`.0.0/24, both in use. */
static void two_children(struct scene *scene, uint8_t second)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH_CHILDLESS);
    const uint8_t networks[2] = {2, second};
    const uint32_t spis[2][2] = {
        {A1, B1},
        {A2, B2},
    };
    for (int i = 0; i < 2; i++) {
        struct opened message = {
            .exchange = ES_IKE_EXCHANGE_CREATE_CHILD_SA,
            .id = ike.next_id[A]++,
            .spi = spis[i][B],
            .networks = {1, networks[i]}
        };
        opened_send(&ike, A, &message);
        message.response = true;
        message.spi = spis[i][A];
        opened_send(&ike, B, &message);
    }
    for (uint32_t i = 0; i < 30; i++) {
        scene_talk(scene, A1, B1, 1 + i, 1, 500);
        scene_talk(scene, A2, B2, 1 + i, 1, 500);
    }
}

static void two_child_sas_for_the_same_networks_are_told(void **state)
{
    struct scene *scene = *state;
    two_children(scene, 2);
    const struct es_finding *f = scene_finding(scene, "duplicate-child-sa");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->provenance, ES_PROVENANCE_DECRYPTED);
    assert_non_null(strstr(f->summary, "10.2.0.0/24"));
    assert_int_equal(f->flow_count, 4);
}

static void two_child_sas_for_other_networks_are_not(void **state)
{
    struct scene *scene = *state;
    two_children(scene, 3);
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(two_ike_sas_that_both_answer_are_told),
        scene_test(an_old_one_that_is_deleted_soon_is_none),
        scene_test(an_old_one_that_says_nothing_more_is_none),
        scene_test(a_rekeyed_one_is_none),
        scene_test(two_child_sas_for_the_same_networks_are_told),
        scene_test(two_child_sas_for_other_networks_are_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
