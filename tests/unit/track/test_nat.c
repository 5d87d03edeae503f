/*
 * NAT detection: whose hashes match the addresses that the capture shows.
 */
#include "dialogue.h"
#include "unit.h"

static void assert_hashes(const struct scene *scene, enum es_tristate source_a,
                          enum es_tristate destination_a, enum es_tristate source_b,
                          enum es_tristate destination_b)
{
    const struct es_nat_detection *nat = &scene_ike_sa(scene, 1)->nat;
    assert_int_equal(nat->source_matches[0], source_a);
    assert_int_equal(nat->destination_matches[0], destination_a);
    assert_int_equal(nat->source_matches[1], source_b);
    assert_int_equal(nat->destination_matches[1], destination_b);
}

static void assert_nat(const struct scene *scene, enum es_tristate a, enum es_tristate b)
{
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].behind_nat, a);
    assert_int_equal(scene_tunnel(scene, 1)->peers[1].behind_nat, b);
    assert_int_equal(es_tunnel_nat(scene_tunnel(scene, 1)),
                     a == ES_YES || b == ES_YES ? ES_YES : a);
}

/* A real address of a peer behind a NAT. */
static struct scene_endpoint inside(const char *address)
{
    return (struct scene_endpoint){scene_address(address), 500};
}

static void agree(struct scene *scene, const struct es_ike_suite *suite)
{
    struct dialogue ike = dialogue_of(scene, A, 1, suite);
    if (suite->major == 1)
        dialogue_main_mode(&ike);
    else
        dialogue_agree(&ike);
}

/* Each case with both versions and both hashes of IKEv1. */
static const struct es_ike_suite *const suites[] = {&suite_gcm, &suite_v1_sha1, &suite_v1_md5};

static void matching_hashes_show_that_there_is_no_nat(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        agree(&scene, suites[i]);
        assert_hashes(&scene, ES_YES, ES_YES, ES_YES, ES_YES);
        assert_nat(&scene, ES_NO, ES_NO);
        scene_close(&scene);
    }
}

static void a_nat_before_the_initiator_spoils_the_hash_of_its_own_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        scene.own[A] = inside("10.1.1.5");
        agree(&scene, suites[i]);
        assert_hashes(&scene, ES_NO, ES_YES, ES_YES, ES_YES);
        assert_nat(&scene, ES_YES, ES_NO);
        scene_close(&scene);
    }
}

static void a_nat_before_the_responder_seen_from_inside_spoils_the_others_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        scene.other[A] = inside("203.0.113.1"); /* A sends to the NAT's public address */
        agree(&scene, suites[i]);
        assert_hashes(&scene, ES_YES, ES_NO, ES_YES, ES_YES);
        assert_nat(&scene, ES_NO, ES_YES);
        scene_close(&scene);
    }
}

static void nats_on_both_sides_are_both_seen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        scene.own[A] = inside("10.1.1.5");
        scene.own[B] = inside("10.2.2.7");
        agree(&scene, suites[i]);
        assert_hashes(&scene, ES_NO, ES_YES, ES_NO, ES_YES);
        assert_nat(&scene, ES_YES, ES_YES);
        scene_close(&scene);
    }
}

static void a_nat_that_changes_the_port_alone_is_one(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = scene->peers[A];
    scene->peers[A].port = 1027;
    agree(scene, &suite_gcm);
    assert_hashes(scene, ES_NO, ES_YES, ES_YES, ES_YES);
    assert_nat(scene, ES_YES, ES_NO);
}

static void ipv6_addresses_are_hashed_whole(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].address = scene_address("2001:db8::1");
    scene->peers[B].address = scene_address("2001:db8:1::1");
    agree(scene, &suite_gcm);
    assert_nat(scene, ES_NO, ES_NO);
}

static void without_detection_nothing_is_known(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, suites[i]);
        ike.detects_nat = false;
        if (suites[i]->major == 1)
            dialogue_main_mode(&ike);
        else
            dialogue_agree(&ike);
        assert_hashes(&scene, ES_UNKNOWN, ES_UNKNOWN, ES_UNKNOWN, ES_UNKNOWN);
        assert_nat(&scene, ES_UNKNOWN, ES_UNKNOWN);
        assert_false(es_ref_seen(&scene_ike_sa(&scene, 1)->nat.evidence[0]));
        scene_close(&scene);
    }
}

static void one_of_several_source_addresses_is_enough(void **state)
{
    struct scene *scene = *state;
    /* A sender that does not know which of its addresses it uses sends a hash of each: the one that
     * fits comes last here. RFC 7296, 2.23. */
    enum { NOTIFY_BYTES = 28 };
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire right = dialogue_init(&ike, 0);
    scene->own[A] = inside("10.1.1.5");
    struct wire init = dialogue_init(&ike, 0);
    init.bytes[init.length - NOTIFY_BYTES] = ES_IKE_PAYLOAD_NOTIFY;
    wire_u8(&init, 0);
    wire_bytes(&init, right.bytes + right.length - 2 * NOTIFY_BYTES + 1, NOTIFY_BYTES - 1);
    wire_patch_u32(&init, 24, init.length);
    scene_ike(scene, A, &init);
    assert_int_equal(es_tunnel_odd(scene_tunnel(scene, 1))->damage.tally.count, 0);
    assert_int_equal(scene_ike_sa(scene, 1)->nat.source_matches[0], ES_YES);
    assert_int_equal(scene_tunnel(scene, 1)->peers[0].behind_nat, ES_NO);
}

static void a_first_message_sent_again_from_another_port_changes_nothing(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, A, &init);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    scene_at(scene, 3);
    scene->peers[A].port = 2222;
    scene_ike(scene, A, &init);
    assert_hashes(scene, ES_YES, ES_YES, ES_YES, ES_YES);
}

static void evidence_names_the_message_of_each_side(void **state)
{
    struct scene *scene = *state;
    agree(scene, &suite_v1_sha1);
    assert_int_equal(scene_ike_sa(scene, 1)->nat.evidence[0].number, 3);
    assert_int_equal(scene_ike_sa(scene, 1)->nat.evidence[1].number, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching_hashes_show_that_there_is_no_nat),
        cmocka_unit_test(a_nat_before_the_initiator_spoils_the_hash_of_its_own_address),
        cmocka_unit_test(a_nat_before_the_responder_seen_from_inside_spoils_the_others_hash),
        cmocka_unit_test(nats_on_both_sides_are_both_seen),
        scene_test(a_nat_that_changes_the_port_alone_is_one),
        scene_test(ipv6_addresses_are_hashed_whole),
        cmocka_unit_test(without_detection_nothing_is_known),
        scene_test(one_of_several_source_addresses_is_enough),
        scene_test(a_first_message_sent_again_from_another_port_changes_nothing),
        scene_test(evidence_names_the_message_of_each_side),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
