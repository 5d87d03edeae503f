/*
 * NAT traversal on the wire: vendor IDs, encapsulation, what stands on the ports, checksums.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static struct dialogue come_up_v1(struct scene *scene, enum dialogue_natt a, enum dialogue_natt b)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_v1_sha1);
    ike.detects_nat = false;
    ike.natt[0] = a;
    ike.natt[1] = b;
    dialogue_establish_v1(&ike);
    return ike;
}

/* --- vendor IDs --- */

static void one_that_lacks_it_behind_a_nat_is_an_error(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].port = 1027;
    come_up_v1(scene, DIALOGUE_NATT_RFC, DIALOGUE_NATT_NONE);
    const struct es_finding *f = scene_finding(scene, "natt-vid-one-side");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->evidence[0].ref.number, 1);
    assert_non_null(strstr(f->reason, "port 1027"));
    assert_non_null(scene_below(f, "nat-without-natt"));
}

static void without_a_sign_of_a_nat_it_is_a_note(void **state)
{
    struct scene *scene = *state;
    come_up_v1(scene, DIALOGUE_NATT_NONE, DIALOGUE_NATT_RFC);
    scene_expect(scene, "natt-vid-one-side");
    const struct es_finding *f = scene_finding(scene, "natt-vid-one-side");
    assert_int_equal(f->severity, ES_SEVERITY_NOTE);
    assert_int_equal(f->peer, 0);
}

static void both_or_neither_is_nothing(void **state)
{
    struct scene *scene = *state;
    come_up_v1(scene, DIALOGUE_NATT_RFC, DIALOGUE_NATT_RFC);
    scene_expect_nothing(scene);
}

static void neither_is_nothing(void **state)
{
    struct scene *scene = *state;
    come_up_v1(scene, DIALOGUE_NATT_NONE, DIALOGUE_NATT_NONE);
    scene_expect_nothing(scene);
}

static void forms_that_do_not_meet_are_named(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].port = 1027;
    come_up_v1(scene, DIALOGUE_NATT_DRAFT_02, DIALOGUE_NATT_RFC);
    const struct es_finding *f = scene_finding(scene, "natt-draft-mismatch");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_non_null(
        strstr(f->summary, "192.0.2.1:1027 knows NAT traversal as of drafts 02 and 03"));
    assert_non_null(strstr(f->summary, "198.51.100.2 as of RFC 3947"));
    assert_int_equal(f->peer, 0);
}

static void without_a_nat_they_are_a_note(void **state)
{
    struct scene *scene = *state;
    come_up_v1(scene, DIALOGUE_NATT_RFC, DIALOGUE_NATT_DRAFT_04);
    scene_expect(scene, "natt-draft-mismatch");
    assert_int_equal(scene_finding(scene, "natt-draft-mismatch")->severity, ES_SEVERITY_NOTE);
}

static void the_same_draft_is_nothing(void **state)
{
    struct scene *scene = *state;
    come_up_v1(scene, DIALOGUE_NATT_DRAFT_02, DIALOGUE_NATT_DRAFT_02);
    scene_expect_nothing(scene);
}

/* --- encapsulation --- */

/* A goes on in UDP, B's ESP comes as `encapsulated` says. */
static void talk_with_b(struct scene *scene, uint32_t first, unsigned count, bool encapsulated)
{
    for (uint32_t i = 0; i < count; i++) {
        scene->encapsulated = true;
        scene_esp(scene, A, A1, first + i);
        scene->encapsulated = encapsulated;
        scene_esp(scene, B, B1, first + i);
        scene_pause(scene, 1);
    }
    scene->encapsulated = true;
}

static void come_up_in_udp(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    dialogue_authenticate(&ike);
}

static void one_in_udp_and_one_without_is_an_error(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    talk_with_b(scene, 1, 10, true);
    const uint64_t before = scene->packets;
    talk_with_b(scene, 11, 10, false);
    scene_expect(scene, "natt-forced", "esp-encap-mismatch");
    const struct es_finding *f = scene_finding(scene, "esp-encap-mismatch");
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->confidence, ES_CONFIDENCE_LIKELY);
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->first.number, before + 2);
    assert_int_equal(f->spis[0], B1);
}

static void both_that_change_are_none(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    talk_with_b(scene, 1, 10, true);
    talk_with_b(scene, 11, 3, false);
    scene->encapsulated = false;
    scene_talk(scene, A1, B1, 14, 20, 1000);
    assert_null(scene_finding(scene, "esp-encap-mismatch"));
}

static void a_moment_of_difference_is_none(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    talk_with_b(scene, 1, 10, true);
    talk_with_b(scene, 11, 3, false);
    scene_expect(scene, "natt-forced");
}

static void esp_on_port_500_is_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene->encapsulated = true;
    scene_talk(scene, A1, B1, 1, 10, 1000);
    const struct es_finding *f = scene_finding(scene, "esp-over-500");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->count, 20);
    assert_int_equal(f->peer, 0);
}

static void in_vain_it_is_an_error(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene->encapsulated = true;
    scene_stream(scene, A, A1, 1, 20, 1000);
    const struct es_finding *f = scene_finding(scene, "esp-over-500");
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_non_null(scene_below(f, "esp-one-way"));
}

/* --- what stands on port 4500 --- */

static void a_packet_that_is_neither_is_a_warning_of_its_tunnel(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene_bad_natt(scene, B, 17, 60);
    scene_bad_natt(scene, B, 0, 60);
    scene_expect(scene, "natt-bad-marker");
    const struct es_finding *f = scene_finding(scene, "natt-bad-marker");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_ptr_equal(f->tunnel, scene_tunnel(scene, 1));
    assert_int_equal(f->peer, 1);
    assert_int_equal(f->count, 2);
    assert_non_null(strstr(f->summary, "reserved SPI"));
    assert_int_equal(f->evidence[0].ref.number, 5);
}

static void what_is_wrong_is_said(void **state)
{
    struct scene *scene = *state;
    scene_float(scene);
    scene_bad_natt(scene, A, 0, 60);
    scene_expect(scene, "natt-bad-marker");
    const struct es_finding *f = scene_finding(scene, "natt-bad-marker");
    assert_null(f->tunnel);
    assert_non_null(strstr(f->summary, "non-ESP marker with no IKE"));
}

static void ike_without_the_marker_in_vain_is_an_error(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->marker_missing = true;
    dialogue_ask_in_vain(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, 4, 2);
    scene_expect(scene, "natt-bad-marker");
    const struct es_finding *f = scene_finding(scene, "natt-bad-marker");
    assert_non_null(scene_below(f, "natt-4500-blocked"));
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 4);
    assert_int_equal(f->first.number, 3);
}

static void one_such_message_is_a_warning(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    scene_float(scene);
    scene->marker_missing = true;
    dialogue_authenticate(&ike);
    assert_int_equal(scene_finding(scene, "natt-bad-marker")->severity, ES_SEVERITY_WARNING);
}

/* --- checksums --- */

static void wrong_checksums_beside_right_ones_are_a_warning(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene->checksum[A] = SCENE_CHECKSUM_GOOD;
    scene_talk(scene, A1, B1, 1, 5, 100);
    scene->checksum[A] = SCENE_CHECKSUM_BAD;
    const uint64_t before = scene->packets;
    scene_talk(scene, A1, B1, 6, 5, 100);
    scene_expect(scene, "natt-forced", "udp-checksum-bad");
    const struct es_finding *f = scene_finding(scene, "udp-checksum-bad");
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->peer, 0);
    assert_int_equal(f->count, 5);
    assert_int_equal(f->first.number, before + 1);
}

static void checksums_left_to_the_card_are_none(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene->checksum[A] = SCENE_CHECKSUM_UNFINISHED;
    scene_talk(scene, A1, B1, 1, 5, 100);
    scene->checksum[A] = SCENE_CHECKSUM_BAD;
    scene_talk(scene, A1, B1, 6, 5, 100);
    scene_expect(scene, "natt-forced");
}

static void all_wrong_where_they_were_sent_are_none(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene->checksum[A] = SCENE_CHECKSUM_BAD;
    scene->hop_limit[A] = 64;
    scene_talk(scene, A1, B1, 1, 10, 100);
    scene_expect(scene, "natt-forced");
}

static void all_wrong_behind_a_router_are_a_warning(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene->checksum[A] = SCENE_CHECKSUM_BAD;
    scene->hop_limit[A] = 61;
    scene_talk(scene, A1, B1, 1, 10, 100);
    scene_expect(scene, "natt-forced", "udp-checksum-bad");
}

static void one_wrong_checksum_is_none(void **state)
{
    struct scene *scene = *state;
    come_up_in_udp(scene);
    scene->checksum[A] = SCENE_CHECKSUM_BAD;
    scene->hop_limit[A] = 61;
    scene_talk(scene, A1, B1, 1, 2, 100);
    scene_expect(scene, "natt-forced");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(one_that_lacks_it_behind_a_nat_is_an_error),
        scene_test(without_a_sign_of_a_nat_it_is_a_note),
        scene_test(both_or_neither_is_nothing),
        scene_test(neither_is_nothing),
        scene_test(forms_that_do_not_meet_are_named),
        scene_test(without_a_nat_they_are_a_note),
        scene_test(the_same_draft_is_nothing),
        scene_test(one_in_udp_and_one_without_is_an_error),
        scene_test(both_that_change_are_none),
        scene_test(a_moment_of_difference_is_none),
        scene_test(esp_on_port_500_is_a_warning),
        scene_test(in_vain_it_is_an_error),
        scene_test(a_packet_that_is_neither_is_a_warning_of_its_tunnel),
        scene_test(what_is_wrong_is_said),
        scene_test(ike_without_the_marker_in_vain_is_an_error),
        scene_test(one_such_message_is_a_warning),
        scene_test(wrong_checksums_beside_right_ones_are_a_warning),
        scene_test(checksums_left_to_the_card_are_none),
        scene_test(all_wrong_where_they_were_sent_are_none),
        scene_test(all_wrong_behind_a_router_are_a_warning),
        scene_test(one_wrong_checksum_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
