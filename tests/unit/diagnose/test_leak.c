/*
 * What leaves in clear when a tunnel is down, and what has nothing to do with it.
 */
#include "dialogue.h"
#include "unit.h"

enum { A1 = 0xaaaa0001, B1 = 0xbbbb0001 };

/* A ping of 84 bytes in AES-GCM: 8 + 8 + 88 + 16. */
enum { PING_IP = 84, PING_ESP = 120 };

static void talk_and_stop(struct scene *scene)
{
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&ike);
    scene_at(scene, 1);
    scene->esp_bytes = PING_ESP;
    scene_talk(scene, A1, B1, 1, 20, 1000);
    dialogue_delete_ike(&ike, A);
}

/* `packets` packets in clear from `after` seconds behind the last one of the scene on. */
static struct es_clear_talk clear(const struct scene *scene, const char *source,
                                  const char *destination, double after)
{
    const es_time first = scene->now + (es_time)(after * 1e9);
    return (struct es_clear_talk){
        .source = scene_address(source),
        .destination = scene_address(destination),
        .ip_length = PING_IP,
        .packets = 12,
        .first = es_packet_ref(scene->packets + 1, 0, first),
        .last = es_packet_ref(scene->packets + 12, 0, first + 12 * ES_SECOND),
    };
}

static const struct es_finding *look(struct scene *scene, const struct es_clear_talk *talk)
{
    static struct es_decoder_counts counts;
    counts = (struct es_decoder_counts){0};
    counts.clear[7] = *talk;
    scene->coverage.decoder = &counts;
    return scene_finding(scene, "cleartext-leak");
}

static void what_the_tunnel_carried_in_clear_is_possible(void **state)
{
    struct scene *scene = *state;
    talk_and_stop(scene);
    const struct es_clear_talk talk = clear(scene, "10.1.0.1", "10.2.0.1", 1);
    const struct es_finding *f = look(scene, &talk);
    assert_non_null(f);
    assert_int_equal(f->severity, ES_SEVERITY_WARNING);
    assert_int_equal(f->confidence, ES_CONFIDENCE_POSSIBLE);
    assert_int_equal(f->count, 12);
    assert_non_null(strstr(f->summary, "between 10.1.0.1 and 10.2.0.1"));
    assert_int_equal(f->evidence[1].ref.number, talk.first.number);
}

static void another_length_is_other_traffic(void **state)
{
    struct scene *scene = *state;
    talk_and_stop(scene);
    struct es_clear_talk talk = clear(scene, "10.1.0.1", "10.2.0.1", 1);
    talk.ip_length = 300;
    assert_null(look(scene, &talk));
}

static void what_began_before_or_much_later_is_none(void **state)
{
    struct scene *scene = *state;
    talk_and_stop(scene);
    const struct es_clear_talk before = clear(scene, "10.1.0.1", "10.2.0.1", -10);
    assert_null(look(scene, &before));
    const struct es_clear_talk later = clear(scene, "10.1.0.1", "10.2.0.1", 60);
    assert_null(look(scene, &later));
}

static void gre_between_the_gateways_is_theirs(void **state)
{
    struct scene *scene = *state;
    talk_and_stop(scene);
    struct es_clear_talk talk = clear(scene, "198.51.100.2", "192.0.2.1", 1);
    talk.tunnel = true;
    assert_non_null(look(scene, &talk));
    talk.source = scene_address("198.51.100.9");
    assert_null(look(scene, &talk));
}

static void the_gateways_own_packets_are_none(void **state)
{
    struct scene *scene = *state;
    scene->peers[A].address = scene_address("10.9.0.1");
    scene->peers[B].address = scene_address("10.9.0.2");
    talk_and_stop(scene);
    const struct es_clear_talk talk = clear(scene, "10.9.0.1", "10.9.0.2", 1);
    assert_null(look(scene, &talk));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(what_the_tunnel_carried_in_clear_is_possible),
        scene_test(another_length_is_other_traffic),
        scene_test(what_began_before_or_much_later_is_none),
        scene_test(gre_between_the_gateways_is_theirs),
        scene_test(the_gateways_own_packets_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
