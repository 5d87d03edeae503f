/*
 * What is wanted of a capture, and what goes with it.
 */
#include "dialogue.h"
#include "unit.h"

#include "espial/copy.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001, A2 = 0xaaaa0002, B2 = 0xbbbb0002 };

static struct es_selection *select_of(struct scene *scene, const struct es_wishes *wishes)
{
    struct es_error error;
    struct es_selection *selection =
        es_selection_new(wishes, scene->tracker, scene_diagnose(scene), &error);
    if (!selection)
        fail_msg("%s", error.text);
    return selection;
}

/* Kind of error of a wish that cannot be fulfilled. */
static enum es_error_kind refusal(struct scene *scene, const struct es_wishes *wishes)
{
    struct es_error error = {.kind = ES_ERROR_SYSTEM};
    assert_null(es_selection_new(wishes, scene->tracker, scene_diagnose(scene), &error));
    assert_true(error.text[0] != '\0');
    return error.kind;
}

static bool has(const struct es_selection *selection, const struct scene *scene,
                enum es_datagram_kind kind, uint32_t spi, double seconds)
{
    static struct wire wire;
    wire.length = 0;
    if (kind == ES_DATAGRAM_IKE) {
        wire_u64(&wire, scene_ike_sa(scene, spi)->initiator_spi);
        wire_u64(&wire, scene_ike_sa(scene, spi)->responder_spi);
    } else {
        wire_u32(&wire, spi);
        wire_u32(&wire, 1);
    }
    const uint8_t from = spi == B1 || spi == B2 ? B : A;
    struct es_datagram d = {.kind = kind};
    d.source = scene->peers[from].address;
    d.destination = scene->peers[1 - from].address;
    d.payload = es_cursor(wire.bytes, wire.length, wire.length);
    d.ref.time = scene->start + (es_time)(seconds * 1e9);
    return es_selection_has(selection, &d);
}

/* Two tunnels of the same gateway; the second goes dead. */
static void two_tunnels(struct scene *scene)
{
    struct dialogue first = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&first);
    scene_talk(scene, A1, B1, 1, 5, 1000);
    scene->peers[B].address = scene_address("203.0.113.9");
    struct dialogue second = dialogue_of(scene, A, 2, &suite_gcm);
    dialogue_establish(&second);
    scene_talk(scene, A2, B2, 1, 5, 1000);
}

static void a_tunnel_is_all_of_it(void **state)
{
    struct scene *scene = *state;
    two_tunnels(scene);
    const struct es_wishes wishes = {.tunnels = {2}, .tunnel_count = 1};
    struct es_selection *s = select_of(scene, &wishes);
    assert_true(has(s, scene, ES_DATAGRAM_ESP, A2, 1));
    assert_true(has(s, scene, ES_DATAGRAM_ESP, B2, 1e6));
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 2, 1));
    assert_true(has(s, scene, ES_DATAGRAM_KEEPALIVE, A2, 1));
    scene->peers[B].address = scene_address("198.51.100.2");
    assert_false(has(s, scene, ES_DATAGRAM_ESP, A1, 1));
    assert_false(has(s, scene, ES_DATAGRAM_IKE, 1, 1));
    assert_false(has(s, scene, ES_DATAGRAM_KEEPALIVE, A1, 1));
    es_selection_free(s);
}

static void kinds_are_joined_by_and_words_by_or(void **state)
{
    struct scene *scene = *state;
    two_tunnels(scene);
    const struct es_wishes both = {
        .spis = {A2, B1},
          .spi_count = 2
    };
    struct es_selection *s = select_of(scene, &both);
    assert_true(has(s, scene, ES_DATAGRAM_ESP, A2, 1));
    assert_false(has(s, scene, ES_DATAGRAM_ESP, B2, 1));
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 1, 1));
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 2, 1));
    es_selection_free(s);

    const struct es_wishes narrowed = {
        .spis = {A2, B1},
          .spi_count = 2, .tunnels = {2 },
          .tunnel_count = 1, .from = "2"
    };
    s = select_of(scene, &narrowed);
    assert_true(has(s, scene, ES_DATAGRAM_ESP, A2, 3));
    assert_false(has(s, scene, ES_DATAGRAM_ESP, A2, 1));
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 2, 3));
    assert_false(has(s, scene, ES_DATAGRAM_IKE, 1, 3));
    es_selection_free(s);

    const struct es_wishes sa = {.ike_sas = {"2"}, .ike_sa_count = 1};
    s = select_of(scene, &sa);
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 2, 1));
    assert_false(has(s, scene, ES_DATAGRAM_IKE, 1, 1));
    assert_true(has(s, scene, ES_DATAGRAM_ESP, B2, 1));
    es_selection_free(s);
}

static void a_finding_bounds_esp_and_not_ike(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_talk(scene, A1, B1, 1, 20, 1000);
    scene_stream(scene, A, A1, 21, 60, 1000);
    const struct es_finding *f = scene_finding(scene, "esp-one-way");
    assert_non_null(f);
    const double first = es_seconds(f->first.time - scene->start);
    const struct es_wishes wishes = {
        .findings = {"esp-one-way"}, .finding_count = 1, .context = 3 * ES_SECOND};
    struct es_selection *s = select_of(scene, &wishes);
    assert_true(has(s, scene, ES_DATAGRAM_ESP, A1, first + 1));
    assert_false(has(s, scene, ES_DATAGRAM_ESP, A1, first - 10));
    assert_true(has(s, scene, ES_DATAGRAM_IKE, 1, 0));
    assert_true(
        es_selection_has_evidence(s, &scene_finding(scene, "esp-one-way")->evidence[0].ref));
    es_selection_free(s);
}

static void what_cannot_be_is_refused_and_what_is_not_there_is_none(void **state)
{
    struct scene *scene = *state;
    two_tunnels(scene);
    const struct es_wishes wrong[] = {
        {.tunnels = {3},          .tunnel_count = 1 },
        {.ike_sas = {"x"},        .ike_sa_count = 1 },
        {.findings = {"no-such"}, .finding_count = 1},
        {.from = "gestern"      },
        {.from = "5",              .to = "4"                  },
    };
    for (size_t i = 0; i < ES_COUNT(wrong); i++)
        assert_int_equal(refusal(scene, &wrong[i]), ES_ERROR_USAGE);
    const struct es_wishes absent[] = {
        {.spis = {0x12345678},                   .spi_count = 1    },
        {.findings = {"dpd-unanswered"},         .finding_count = 1},
        {.ike_sas = {"0123456789abcdef"},        .ike_sa_count = 1 },
        {.peers = {scene_address("192.0.2.77")}, .peer_count = 1   },
    };
    for (size_t i = 0; i < ES_COUNT(absent); i++)
        assert_int_equal(refusal(scene, &absent[i]), ES_ERROR_NONE);
    const struct es_wishes nothing = {0};
    assert_true(es_wishes_are_none(&nothing));
    assert_false(es_wishes_are_none(&absent[0]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(a_tunnel_is_all_of_it),
        scene_test(kinds_are_joined_by_and_words_by_or),
        scene_test(a_finding_bounds_esp_and_not_ike),
        scene_test(what_cannot_be_is_refused_and_what_is_not_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
