/*
 * JSON records, read back with jansson. The models are made by hand.
 */
#include "unit.h"

#include "json.h"

#include <jansson.h>
#include <stdlib.h>

static const struct es_packet_ref moment = {.number = 7, .time = 1700000000123456789};

static struct es_address address(uint8_t last)
{
    const uint8_t bytes[4] = {192, 0, 2, last};
    return es_address_v4(bytes);
}

/* A tunnel with an IKE SA that peer 1 began, and a Child SA of which one flow was seen. */
struct scene {
    struct es_tunnel tunnel;
    struct es_ike_sa sa;
    struct es_child_sa child;
    struct es_flow flow;
};

static void set(struct scene *scene)
{
    static const struct es_requests no_requests[2];
    *scene = (struct scene){0};
    scene->tunnel.number = 3;
    scene->tunnel.peers[0].address = address(1);
    scene->tunnel.peers[1].address = address(2);
    scene->tunnel.peers[1].port = 4500;
    scene->tunnel.peers[1].behind_nat = ES_YES;
    scene->tunnel.first = scene->tunnel.last = moment;
    scene->tunnel.esp_udp = true;
    scene->sa = (struct es_ike_sa){.number = 5,
                                   .tunnel = &scene->tunnel,
                                   .major = 2,
                                   .initiator = 1,
                                   .state = ES_IKE_SA_ESTABLISHED,
                                   .initiator_spi = 0x1122334455667788,
                                   .requests = no_requests,
                                   .established = moment};
    scene->child = (struct es_child_sa){
        .number = 8, .tunnel = &scene->tunnel, .ike_sa = &scene->sa, .created = {.ref = moment}};
    scene->flow = (struct es_flow){
        .key = {.destination = address(1), .spi = 0xc0, .protocol = 50},
        .number = 9,
        .side = 1,
        .source = address(2),
        .tunnel = &scene->tunnel,
        .child = &scene->child,
        .packets = 2,
        .bytes = 240,
        .first = moment,
        .last = moment
    };
    scene->child.flows[1] = &scene->flow;
}

struct output {
    struct es_json json;
    FILE *out;
    char *chars;
    size_t size;
};

static void begin(struct output *output)
{
    output->out = open_memstream(&output->chars, &output->size);
    assert_non_null(output->out);
    es_json_init(&output->json, NULL, output->out);
}

/* The one record that was written; the caller gives it back. */
static json_t *end(struct output *output)
{
    assert_true(es_json_fini(&output->json));
    fclose(output->out);
    assert_int_equal(output->chars[output->size - 1], '\n');
    assert_ptr_equal(strchr(output->chars, '\n'), output->chars + output->size - 1);
    json_t *record = json_loads(output->chars, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(record);
    free(output->chars);
    return record;
}

static const char *text_of(const json_t *record, const char *key)
{
    return json_string_value(json_object_get(record, key));
}

static json_int_t number_of(const json_t *record, const char *key)
{
    assert_true(json_is_integer(json_object_get(record, key)));
    return json_integer_value(json_object_get(record, key));
}

static void a_tunnel_tells_what_is_known_of_its_peers(void **state)
{
    (void)state;
    struct scene scene;
    struct output output;
    struct es_move move = {.changes = 2};
    set(&scene);
    scene.tunnel.peers[1].move = &move;
    scene.tunnel.peers[1].keepalives.count = 7;
    scene.tunnel.peers[1].silence.from = (struct es_packet_ref){.number = 3, .time = ES_SECOND};
    scene.tunnel.peers[1].silence.to = (struct es_packet_ref){.number = 9, .time = 21 * ES_SECOND};
    begin(&output);
    es_json_tunnel(&output.json, &scene.tunnel, "all well.");
    json_t *record = end(&output);
    assert_string_equal(text_of(record, "type"), "tunnel");
    assert_int_equal(number_of(record, "tunnel"), 3);
    assert_string_equal(text_of(record, "encapsulation"), "udp");
    assert_string_equal(text_of(record, "first"), "2023-11-14T22:13:20.123456789Z");
    assert_null(json_object_get(record, "ike_version"));
    const json_t *peers = json_object_get(record, "peers");
    const json_t *first = json_array_get(peers, 0);
    const json_t *second = json_array_get(peers, 1);
    assert_string_equal(text_of(first, "address"), "192.0.2.1");
    assert_null(json_object_get(first, "port"));
    assert_null(json_object_get(first, "behind_nat"));
    assert_int_equal(number_of(second, "port"), 4500);
    assert_true(json_is_true(json_object_get(second, "behind_nat")));
    assert_int_equal(number_of(second, "moves"), 2);
    assert_int_equal(number_of(second, "keepalives"), 7);
    assert_true(json_real_value(json_object_get(second, "longest_silence_s")) == 20.0);
    assert_null(json_object_get(first, "moves"));
    assert_null(json_object_get(first, "keepalives"));
    assert_null(json_object_get(first, "longest_silence_s"));
    json_decref(record);
}

static void an_ike_sa_names_its_initiator_and_leaves_out_what_is_unknown(void **state)
{
    (void)state;
    static const struct es_ike_transform transforms[] = {
        {.proposal = 1, .protocol = 1, .type = 1, .id = 12, .key_length = 256},
        {.proposal = 1, .protocol = 1, .type = 1, .id = 12, .key_length = 128},
        {.proposal = 2, .protocol = 1, .type = 1, .id = 12, .key_length = 256},
    };
    struct scene scene;
    struct output output;
    set(&scene);
    scene.sa.offered = (struct es_offer){transforms, ES_COUNT(transforms)};
    scene.sa.chosen = (struct es_offer){transforms, 1};
    struct es_dpd dpds[2] = {
        [1] = {.requests = 4,
               .unanswered_requests = 2,
               .interval_sum = 90 * ES_SECOND,
               .interval_count = 3}
    };
    scene.sa.dpd = dpds;
    begin(&output);
    es_json_ike_sa(&output.json, &scene.sa);
    json_t *record = end(&output);
    assert_string_equal(text_of(record, "initiator_spi"), "0x1122334455667788");
    assert_null(json_object_get(record, "responder_spi"));
    assert_string_equal(text_of(record, "initiator"), "192.0.2.2");
    assert_string_equal(text_of(record, "responder"), "192.0.2.1");
    assert_string_equal(text_of(record, "state"), "established");
    assert_null(json_object_get(record, "mode"));
    assert_null(json_object_get(record, "closed"));
    assert_null(json_object_get(record, "response_time_ms"));
    const json_t *offered = json_object_get(json_object_get(record, "offered"), "ENCR");
    assert_int_equal(json_array_size(offered), 2);
    assert_string_equal(json_string_value(json_array_get(offered, 1)), "AES_CBC-128");
    assert_string_equal(text_of(json_object_get(record, "chosen"), "ENCR"), "AES_CBC-256");
    const json_t *dpd = json_object_get(record, "dpd");
    assert_int_equal(number_of(dpd, "requests"), 4);
    assert_int_equal(number_of(dpd, "unanswered"), 2);
    assert_true(json_real_value(json_object_get(dpd, "interval_s")) == 30.0);
    json_decref(record);
}

static void spis_are_named_by_who_began_the_ike_sa(void **state)
{
    (void)state;
    struct scene scene;
    struct output output;
    set(&scene);
    begin(&output);
    es_json_child_sa(&output.json, &scene.child);
    json_t *record = end(&output);
    const json_t *spis = json_object_get(record, "spis");
    assert_string_equal(text_of(spis, "initiator_to_responder"), "0x000000c0");
    assert_int_equal(json_object_size(spis), 1);
    assert_int_equal(number_of(record, "ike_sa"), 5);
    assert_string_equal(text_of(record, "provenance"), "observed");
    json_decref(record);
}

static void spis_without_an_ike_sa_are_named_by_the_sender(void **state)
{
    (void)state;
    struct scene scene;
    struct output output;
    set(&scene);
    scene.child.ike_sa = NULL;
    scene.child.created = (struct es_child_event){0};
    begin(&output);
    es_json_child_sa(&output.json, &scene.child);
    json_t *record = end(&output);
    const json_t *spis = json_object_get(record, "spis");
    assert_string_equal(text_of(spis, "from_second_peer"), "0x000000c0");
    assert_int_equal(json_object_size(spis), 1);
    assert_null(json_object_get(record, "ike_sa"));
    assert_null(json_object_get(record, "created"));
    assert_string_equal(text_of(record, "provenance"), "inferred");
    json_decref(record);
}

static void a_child_sa_without_packets_has_no_spis(void **state)
{
    (void)state;
    struct scene scene;
    struct output output;
    set(&scene);
    scene.child.flows[1] = NULL;
    begin(&output);
    es_json_child_sa(&output.json, &scene.child);
    json_t *record = end(&output);
    assert_null(json_object_get(record, "spis"));
    json_decref(record);
}

static void a_timeline_ends_with_its_last_packet(void **state)
{
    (void)state;
    struct scene scene;
    struct output output;
    set(&scene);
    scene.flow.timeline = (struct es_timeline){
        .start = moment.time, .width = ES_SECOND / 2, .counts = {1, 0, 1}
    };
    begin(&output);
    es_json_flow(&output.json, &scene.flow);
    json_t *record = end(&output);
    assert_string_equal(text_of(record, "protocol"), "esp");
    assert_string_equal(text_of(record, "source"), "192.0.2.2");
    assert_string_equal(text_of(record, "destination"), "192.0.2.1");
    assert_int_equal(number_of(record, "bytes"), 240);
    const json_t *timeline = json_object_get(record, "timeline");
    assert_true(json_real_value(json_object_get(timeline, "bucket_s")) == 0.5);
    assert_int_equal(json_array_size(json_object_get(timeline, "counts")), 3);
    json_decref(record);
}

static void a_finding_carries_proof_peer_and_consequences(void **state)
{
    (void)state;
    static const struct es_rule rule = {.id = "esp-one-way", .title = "t", .reference = "RFC 1"};
    static const struct es_rule other = {.id = "dpd-unanswered", .title = "t"};
    struct scene scene;
    struct output output;
    set(&scene);
    struct es_finding hence = {.rule = &other, .severity = ES_SEVERITY_WARNING, .summary = "s"};
    struct es_finding finding = {.rule = &rule,
                                 .severity = ES_SEVERITY_ERROR,
                                 .confidence = ES_CONFIDENCE_LIKELY,
                                 .provenance = ES_PROVENANCE_INFERRED,
                                 .summary = "nothing \xff back\033[2J",
                                 .tunnel = &scene.tunnel,
                                 .flows = {&scene.flow},
                                 .flow_count = 1,
                                 .spis = {0xc0},
                                 .spi_count = 1,
                                 .has_peer = true,
                                 .peer = 1,
                                 .role = "initiator",
                                 .first = moment,
                                 .last = moment,
                                 .count = 12,
                                 .evidence = {{moment, "the last answer"}},
                                 .evidence_count = 1,
                                 .checks = {"look"},
                                 .check_count = 1,
                                 .consequences = &hence};
    begin(&output);
    es_json_finding(&output.json, &finding, NULL);
    json_t *record = end(&output);
    assert_string_equal(text_of(record, "id"), "esp-one-way");
    assert_string_equal(text_of(record, "severity"), "error");
    assert_string_equal(text_of(record, "confidence"), "likely");
    assert_string_equal(text_of(record, "summary"), "nothing \\xff back\\x1b[2J");
    const json_t *peer = json_object_get(record, "peer_to_check");
    assert_string_equal(text_of(peer, "address"), "192.0.2.2");
    assert_string_equal(text_of(peer, "role"), "initiator");
    const json_t *evidence = json_array_get(json_object_get(record, "evidence"), 0);
    assert_int_equal(number_of(evidence, "packet"), 7);
    assert_null(json_object_get(evidence, "file"));
    assert_string_equal(text_of(evidence, "what"), "the last answer");
    const json_t *consequence = json_array_get(json_object_get(record, "consequences"), 0);
    assert_string_equal(text_of(consequence, "id"), "dpd-unanswered");
    assert_int_equal(json_array_size(json_object_get(record, "checks")), 1);
    assert_null(json_object_get(record, "display_filter"));
    assert_null(json_object_get(record, "reason"));
    json_decref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tunnel_tells_what_is_known_of_its_peers),
        cmocka_unit_test(an_ike_sa_names_its_initiator_and_leaves_out_what_is_unknown),
        cmocka_unit_test(spis_are_named_by_who_began_the_ike_sa),
        cmocka_unit_test(spis_without_an_ike_sa_are_named_by_the_sender),
        cmocka_unit_test(a_child_sa_without_packets_has_no_spis),
        cmocka_unit_test(a_timeline_ends_with_its_last_packet),
        cmocka_unit_test(a_finding_carries_proof_peer_and_consequences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
