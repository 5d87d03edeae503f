/*
 * Frames in, model and findings out: that each kind of datagram reaches the room it belongs to.
 */
#include "unit.h"

#include "espial/pipeline.h"
#include "wire.h"

enum { RAW_IP = 101, PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PROTOCOL_AH = 51 };

static void ipv4(struct wire *wire, uint8_t protocol, size_t payload)
{
    wire_u8(wire, 0x45);
    wire_u8(wire, 0);
    wire_u16(wire, (uint16_t)(20 + payload));
    wire_u32(wire, 0);
    wire_u8(wire, 64);
    wire_u8(wire, protocol);
    wire_u16(wire, 0);
    wire_u32(wire, 0xc0000201);
    wire_u32(wire, 0xc6336401);
}

static void udp(struct wire *wire, uint16_t port, size_t payload)
{
    ipv4(wire, PROTOCOL_UDP, 8 + payload);
    wire_u16(wire, port);
    wire_u16(wire, port);
    wire_u16(wire, (uint16_t)(8 + payload));
    wire_u16(wire, 0);
}

static void esp(struct wire *wire)
{
    ipv4(wire, PROTOCOL_ESP, 40);
    wire_u32(wire, 0xc1a2b3c4);
    wire_u32(wire, 1);
    wire_fill(wire, 0x5a, 32);
}

static void ah(struct wire *wire)
{
    ipv4(wire, PROTOCOL_AH, 44);
    wire_u32(wire, 0x04040000); /* IP in IP, 6 words: 24 bytes */
    wire_u32(wire, 0xa1a2a3a4);
    wire_u32(wire, 1);
    wire_fill(wire, 0x5a, 32);
}

/* An IKE_SA_INIT request without payloads. */
static void ike(struct wire *wire, uint16_t port)
{
    udp(wire, port, 28);
    wire_u64(wire, 0x1122334455667788);
    wire_u64(wire, 0);
    wire_u32(wire, 0x00202208);
    wire_u32(wire, 0);
    wire_u32(wire, 28);
}

static void feed(struct es_pipeline *pipeline, const struct wire *wire, size_t held,
                 uint64_t number)
{
    const struct es_frame frame = {.bytes = wire->bytes,
                                   .held = held,
                                   .wire = wire->length,
                                   .ref = es_packet_ref(number, 0, (es_time)number * ES_SECOND),
                                   .link_type = RAW_IP,
                                   .timed = true};
    es_pipeline_frame(pipeline, &frame);
}

static void esp_and_ah_become_flows(void **state)
{
    (void)state;
    struct es_pipeline *pipeline = es_pipeline_new(NULL, NULL);
    assert_non_null(pipeline);
    struct wire one = {0};
    struct wire two = {0};
    esp(&one);
    ah(&two);
    feed(pipeline, &one, one.length, 1);
    feed(pipeline, &two, two.length, 2);
    const struct es_model *model = es_pipeline_model(pipeline);
    assert_int_equal(model->flow_count, 2);
    assert_int_equal(model->flows->key.spi, 0xc1a2b3c4);
    assert_int_equal(model->flows->bytes, 40);
    assert_int_equal(model->flows->next->key.spi, 0xa1a2a3a4);
    assert_int_equal(es_pipeline_counts(pipeline)->esp, 1);
    assert_int_equal(es_pipeline_counts(pipeline)->ah, 1);
    es_pipeline_free(pipeline);
}

static void count_message(void *context, const struct es_datagram *datagram,
                          const struct es_ike_message *message, const struct es_message_view *view)
{
    unsigned *count = context;
    assert_non_null(view->ike_sa);
    assert_int_equal(datagram->kind, ES_DATAGRAM_IKE);
    assert_int_equal(message->header.initiator_spi, 0x1122334455667788);
    ++*count;
}

static void messages_reach_the_tracker_and_the_sink(void **state)
{
    (void)state;
    unsigned count = 0;
    const struct es_pipeline_options options = {
        .decoder = {.ike_ports = {1500}, .ike_port_count = 1},
          .messages = {count_message,       &count             }
    };
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    assert_non_null(pipeline);
    struct wire usual = {0};
    struct wire unusual = {0};
    ike(&usual, 500);
    ike(&unusual, 1500);
    feed(pipeline, &usual, usual.length, 1);
    feed(pipeline, &unusual, unusual.length, 2);
    assert_int_equal(count, 2);
    assert_int_equal(es_pipeline_model(pipeline)->ike_sas->initiator_spi, 0x1122334455667788);
    es_pipeline_free(pipeline);
}

static void every_prefix_of_a_frame_is_taken(void **state)
{
    (void)state;
    struct wire frames[3] = {0};
    esp(&frames[0]);
    ah(&frames[1]);
    ike(&frames[2], 4500);
    struct es_pipeline *pipeline = es_pipeline_new(NULL, NULL);
    assert_non_null(pipeline);
    uint64_t number = 0;
    for (size_t i = 0; i < ES_COUNT(frames); i++) {
        for (size_t held = 0; held <= frames[i].length; held++)
            feed(pipeline, &frames[i], held, ++number);
    }
    assert_int_equal(es_pipeline_counts(pipeline)->frames, number);
    assert_int_equal(es_pipeline_model(pipeline)->last.number, number);
    es_pipeline_free(pipeline);
}

static void a_diagnosis_can_be_had_at_any_time(void **state)
{
    (void)state;
    struct es_pipeline *pipeline = es_pipeline_new(NULL, NULL);
    assert_non_null(pipeline);
    struct es_diagnosis *before = es_pipeline_diagnose(pipeline, NULL, NULL);
    assert_non_null(before);
    assert_non_null(es_diagnosis_verdict(before));
    es_diagnosis_free(before);
    struct wire one = {0};
    esp(&one);
    feed(pipeline, &one, one.length, 1);
    struct es_diagnosis *after = es_pipeline_diagnose(pipeline, NULL, NULL);
    assert_non_null(after);
    assert_int_equal(es_diagnosis_count(after, ES_SEVERITY_ERROR), 0);
    es_diagnosis_free(after);
    es_pipeline_free(pipeline);
    es_pipeline_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(esp_and_ah_become_flows),
        cmocka_unit_test(messages_reach_the_tracker_and_the_sink),
        cmocka_unit_test(every_prefix_of_a_frame_is_taken),
        cmocka_unit_test(a_diagnosis_can_be_had_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
