/*
 * NAT: on which side it is, whether encapsulation is forced, and what lacks it.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct scene_endpoint inside(const char *address)
{
    return (struct scene_endpoint){scene_address(address), 500};
}

/* The tunnel comes up, on port 4500 from IKE_AUTH on, and carries ESP in UDP. */
static void come_up_in_udp(struct scene *scene, uint16_t mapped)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    if (mapped)
        scene->peers[A].port = mapped;
    dialogue_authenticate(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
}

static void come_up_raw(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
}

static const struct es_finding *expect_note(struct scene *scene, const char *id, uint8_t peer)
{
    const struct es_finding *f = scene_finding(scene, id);
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_true(f->has_peer);
    assert_int_equal(f->peer, peer);
    return f;
}

static void a_rewritten_port_leaves_no_doubt(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    scene->peers[A].port = 1027;
    come_up_in_udp(scene, 1028);
    scene_expect(scene, "natt-in-use");
    const struct es_finding *f = expect_note(scene, "natt-in-use", 0);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_string_equal(f->role, "initiator");
    assert_non_null(strstr(f->summary, "192.0.2.1:1028 is behind a NAT"));
    assert_int_equal(f->evidence[0].ref.number, 1);
}

static void a_hash_alone_may_be_a_forced_encapsulation(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up_in_udp(scene, 0);
    scene_expect(scene, "natt-in-use");
    assert_int_equal(expect_note(scene, "natt-in-use", 0)->confidence, ES_CONFIDENCE_LIKELY);
}

static void seen_from_inside_the_others_hash_leaves_no_doubt(void **state)
{
    struct scene *scene = *state;
    scene->other[A] = inside("203.0.113.1");
    come_up_in_udp(scene, 0);
    scene_expect(scene, "natt-in-use");
    const struct es_finding *f = expect_note(scene, "natt-in-use", 1);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_string_equal(f->role, "responder");
}

static void both_sides_are_named(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    scene->own[B] = inside("10.2.2.7");
    come_up_in_udp(scene, 0);
    scene_expect(scene, "natt-in-use");
    const char *summary = scene_finding(scene, "natt-in-use")->summary;
    assert_non_null(strstr(summary, "192.0.2.1 and 198.51.100.2 are each behind a NAT"));
}

static void without_the_negotiation_a_rewritten_port_tells(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene->peers[A].port = 40001;
    scene_talk(scene, A1, B1, 5000, 20, 1000);
    scene_expect(scene, "natt-in-use");
    const struct es_finding *f = expect_note(scene, "natt-in-use", 0);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->provenance, ES_PROVENANCE_INFERRED);
    assert_non_null(strstr(f->summary, "40001"));
}

static void without_the_negotiation_and_such_a_port_it_is_possible_only(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene_talk(scene, A1, B1, 5000, 20, 1000);
    scene_expect(scene, "natt-in-use");
    const struct es_finding *f = scene_finding(scene, "natt-in-use");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_false(f->has_peer);
}

static void encapsulation_without_a_nat_is_forced(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene, 0);
    scene_expect(scene, "natt-forced");
    const struct es_finding *f = scene_finding(scene, "natt-forced");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->evidence_count, 3);
}

static void a_nat_without_encapsulation_and_answers_is_a_fault(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up_raw(scene);
    scene_stream(scene, A, A1, 1, 20, 1000);
    scene_expect(scene, "nat-without-natt");
    const struct es_finding *f = scene_finding(scene, "nat-without-natt");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 20);
    assert_non_null(scene_below(f, "esp-one-way"));
}

static void a_nat_that_carries_raw_esp_is_a_warning(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up_raw(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_expect(scene, "nat-without-natt");
    assert_int_equal(scene_finding(scene, "nat-without-natt")->severity, ES_SEVERITY_WARNING);
    assert_int_equal(scene_finding(scene, "nat-without-natt")->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void raw_esp_without_a_nat_is_nothing(void **state)
{
    struct scene *scene = *state;
    come_up_raw(scene);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_expect_nothing(scene);
}

static void a_nat_without_esp_is_nothing_yet(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up_raw(scene);
    scene_expect_nothing(scene);
}

static void where_the_nat_is_is_said(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    come_up_in_udp(scene, 1028);
    assert_non_null(strstr(scene_finding(scene, "natt-in-use")->summary, "the initiator's side"));
}

/* As in Aggressive Mode, where the initiator's hashes are encrypted. */
static void hashes_of_one_side_that_match_leave_it_open(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.detects_nat = false;
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    ike.detects_nat = true;
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, B, &reply);
    scene_float(scene);
    dialogue_authenticate(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_expect(scene, "natt-in-use");
    assert_int_equal(scene_finding(scene, "natt-in-use")->confidence, ES_CONFIDENCE_POSSIBLE);
}

static void two_nats_are_on_both_sides(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    scene->own[B] = inside("10.2.2.7");
    come_up_in_udp(scene, 0);
    assert_non_null(strstr(scene_finding(scene, "natt-in-use")->summary, "both sides"));
}

/* --- IKE that stays on port 500 --- */

static void ike_that_stays_on_500_behind_a_nat_is_a_warning(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    scene->peers[A].port = 1027;
    come_up_raw(scene);
    scene_expect(scene, "nat-without-natt");
    const struct es_finding *f = scene_finding(scene, "nat-without-natt");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 0);
    assert_non_null(strstr(f->summary, "stayed on port 500"));
}

static void without_nat_detection_a_port_is_a_note(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].port = 1027;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    ike.detects_nat = false;
    dialogue_establish(&ike);
    scene_expect(scene, "nat-without-natt");
    const struct es_finding *f = scene_finding(scene, "nat-without-natt");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_non_null(strstr(f->summary, "neither peer sent NAT detection"));
}

static void a_port_that_the_hashes_confirm_is_nothing(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].port = 1027;
    come_up_raw(scene);
    scene_expect_nothing(scene);
}

static void who_sent_no_nat_detection_is_named(void **state)
{
    struct scene *scene = *state;
    scene->own[A] = inside("10.1.1.5");
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire init = dialogue_init(&ike, 0);
    scene_ike(scene, A, &init);
    ike.detects_nat = false;
    const struct wire reply = dialogue_init_reply(&ike);
    scene_ike(scene, B, &reply);
    dialogue_authenticate(&ike);
    scene_stream(scene, A, A1, 1, 20, 1000);
    const struct es_finding *f = scene_finding(scene, "nat-without-natt");
    assert_non_null(f);
    assert_non_null(strstr(f->summary, "198.51.100.2 sent no NAT detection"));
}

/* --- AH --- */

static void ah_behind_a_nat_is_an_error(void **state)
{
    struct scene *scene = *state;
    scene->other[A] = inside("203.0.113.1");
    come_up_raw(scene);
    for (uint32_t i = 0; i < 5; i++)
        scene_ah(scene, A, A1, i + 1);
    scene_expect(scene, "ah-with-nat");
    const struct es_finding *f = scene_finding(scene, "ah-with-nat");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 5);
    assert_int_equal(f->spis[0], A1);
    assert_null(scene_finding(scene, "nat-without-natt"));
}

static void ah_without_a_nat_is_nothing(void **state)
{
    struct scene *scene = *state;
    come_up_raw(scene);
    for (uint32_t i = 0; i < 20; i++) {
        scene_ah(scene, A, A1, i + 1);
        scene_ah(scene, B, B1, i + 1);
    }
    scene_expect_nothing(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_rewritten_port_leaves_no_doubt),
        scene_test(a_hash_alone_may_be_a_forced_encapsulation),
        scene_test(seen_from_inside_the_others_hash_leaves_no_doubt),
        scene_test(both_sides_are_named),
        scene_test(without_the_negotiation_a_rewritten_port_tells),
        scene_test(without_the_negotiation_and_such_a_port_it_is_possible_only),
        scene_test(encapsulation_without_a_nat_is_forced),
        scene_test(a_nat_without_encapsulation_and_answers_is_a_fault),
        scene_test(a_nat_that_carries_raw_esp_is_a_warning),
        scene_test(raw_esp_without_a_nat_is_nothing),
        scene_test(a_nat_without_esp_is_nothing_yet),
        scene_test(where_the_nat_is_is_said),
        scene_test(hashes_of_one_side_that_match_leave_it_open),
        scene_test(two_nats_are_on_both_sides),
        scene_test(ike_that_stays_on_500_behind_a_nat_is_a_warning),
        scene_test(without_nat_detection_a_port_is_a_note),
        scene_test(a_port_that_the_hashes_confirm_is_nothing),
        scene_test(who_sent_no_nat_detection_is_named),
        scene_test(ah_behind_a_nat_is_an_error),
        scene_test(ah_without_a_nat_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
