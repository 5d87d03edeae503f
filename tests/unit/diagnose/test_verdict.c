/*
 * The verdict: one sentence for the whole capture.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

static const char *verdict(struct scene *scene)
{
    const char *said = es_diagnosis_verdict(scene_diagnose(scene));
    assert_non_null(said);
    assert_int_equal(said[strlen(said) - 1], '.');
    return said;
}

static void assert_says(struct scene *scene, const char *words)
{
    const char *said = verdict(scene);
    if (!strstr(said, words))
        fail_msg("\"%s\" does not say \"%s\"", said, words);
}

static void a_capture_without_ipsec_says_so(void **state)
{
    struct scene *scene = *state;
    scene_last_until(scene, 10);
    assert_string_equal(verdict(scene), "No IKE, ESP or AH in this capture.");
}

static void a_healthy_tunnel_is_up(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    assert_string_equal(verdict(scene),
                        "Tunnel 1 (192.0.2.1 and 198.51.100.2) is up; nothing wrong found.");
}

static void states_are_told_apart(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    assert_says(scene, "is still negotiating");
    dialogue_authenticate(&ike);
    assert_says(scene, "is up");
    dialogue_delete_ike(&ike, A);
    assert_says(scene, "was closed");
}

static void esp_alone_carries_something(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 5000, 5, 1000);
    assert_says(scene, "carries ESP (its negotiation is not in the capture); nothing wrong");
}

static void several_healthy_tunnels_are_counted(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 5000, 5, 1000);
    scene->peers[A].address = scene_address("192.0.2.20");
    scene_talk(scene, A1 + 1, B1 + 1, 5000, 5, 1000);
    assert_string_equal(verdict(scene), "2 tunnels; nothing wrong found.");
}

static void the_worst_finding_is_told_with_the_tunnels_state(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    scene_stream(scene, A, A1, 6, 30, 1000);
    assert_says(scene, "Tunnel 1 (192.0.2.1 and 198.51.100.2) came up, but 192.0.2.1 sent 30 ESP "
                       "packets");
}

static void a_tunnel_that_failed_did_not_come_up(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
    assert_says(scene, "did not come up: 198.51.100.2 ");
}

static void further_findings_are_counted(void **state)
{
    struct scene *scene = *state;
    for (uint8_t number = 1; number <= 3; number++) {
        static const char *const senders[] = {"192.0.2.1", "192.0.2.20", "192.0.2.30"};
        scene->peers[A].address = scene_address(senders[number - 1]);
        struct dialogue ike = dialogue_of(scene, A, number, &suite_gcm);
        dialogue_agree(&ike);
        dialogue_exchange(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_NOTIFY);
        if (number == 2)
            assert_says(scene, "(and 1 more finding)");
    }
    assert_says(scene, "(and 2 more findings)");
}

static void notes_do_not_spoil_it(void **state)
{
    struct scene *scene = *state;
    scene_talk(scene, A1, B1, 1, 5, 1000);
    scene_expect(scene, "unknown-spi");
    assert_says(scene, "nothing wrong found");
}

static void a_finding_of_the_whole_capture_names_no_tunnel(void **state)
{
    struct scene *scene = *state;
    scene_garbage(scene, A, "neither IKE nor ESP");
    assert_string_equal(verdict(scene), "1 packet: neither IKE nor ESP.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_capture_without_ipsec_says_so),
        scene_test(a_healthy_tunnel_is_up),
        scene_test(states_are_told_apart),
        scene_test(esp_alone_carries_something),
        scene_test(several_healthy_tunnels_are_counted),
        scene_test(the_worst_finding_is_told_with_the_tunnels_state),
        scene_test(a_tunnel_that_failed_did_not_come_up),
        scene_test(further_findings_are_counted),
        scene_test(notes_do_not_spoil_it),
        scene_test(a_finding_of_the_whole_capture_names_no_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
