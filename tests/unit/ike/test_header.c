/*
 * The IKE header.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static enum es_fault parse(struct es_cursor input)
{
    struct es_ike_header header;
    const bool sound = es_ike_header_parse(&input, &header);
    assert_int_equal(sound, input.fault == ES_FAULT_NONE);
    return input.fault;
}

static struct wire header_build(void)
{
    struct wire wire = {0};
    wire_u64(&wire, UINT64_C(0x0102030405060708));
    wire_u64(&wire, UINT64_C(0xa1a2a3a4a5a6a7a8));
    wire_u8(&wire, 33);
    wire_u8(&wire, 0x21);
    wire_u8(&wire, 34);
    wire_u8(&wire, ES_IKE_FLAG_RESPONSE);
    wire_u32(&wire, 0xdeadbeef);
    wire_u32(&wire, 1234);
    return wire;
}

static void each_field_is_read(void **state)
{
    (void)state;
    const struct wire wire = header_build();
    assert_int_equal(wire.length, ES_IKE_HEADER_BYTES);
    struct es_cursor input =
        es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length);
    struct es_ike_header header;
    assert_true(es_ike_header_parse(&input, &header));
    assert_true(header.initiator_spi == UINT64_C(0x0102030405060708));
    assert_true(header.responder_spi == UINT64_C(0xa1a2a3a4a5a6a7a8));
    assert_int_equal(header.next_payload, 33);
    assert_int_equal(header.major, 2);
    assert_int_equal(header.minor, 1);
    assert_int_equal(header.exchange_type, 34);
    assert_int_equal(header.flags, ES_IKE_FLAG_RESPONSE);
    assert_int_equal(header.message_id, 0xdeadbeef);
    assert_int_equal(header.length, 1234);
}

static void only_ikev2_has_responses(void **state)
{
    (void)state;
    struct es_ike_header header = {.major = 2, .flags = ES_IKE_FLAG_RESPONSE};
    assert_true(es_ike_is_response(&header));
    header.major = 1;
    assert_false(es_ike_is_response(&header));
    header = (struct es_ike_header){.major = 2, .flags = ES_IKE_FLAG_INITIATOR};
    assert_false(es_ike_is_response(&header));
}

static void every_prefix_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire wire = header_build();
    mutate_prefixes(wire.bytes, wire.length, parse);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire wire = header_build();
    mutate_bytes(wire.bytes, wire.length, parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_is_read),
        cmocka_unit_test(only_ikev2_has_responses),
        cmocka_unit_test(every_prefix_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
