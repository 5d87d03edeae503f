/*
 * The boundaries of what is encrypted.
 */
#include "edge.h"
#include "ike_wire.h"
#include "unit.h"

static struct es_ike_message message;

static enum es_fault parse_wire(const struct wire *wire)
{
    es_ike_message_parse(
        es_cursor(edge_place(wire->bytes, wire->length), wire->length, wire->length), &message);
    return message.fault;
}

static struct wire fragment(uint16_t number, uint16_t total)
{
    struct wire wire = ike_begin(IKEV2, ES_IKE_PAYLOAD_SKF, ES_IKE_EXCHANGE_IKE_AUTH, 0);
    const size_t at = payload_begin(&wire, number == 1 ? ES_IKE_PAYLOAD_IDI : 0);
    wire_u16(&wire, number);
    wire_u16(&wire, total);
    wire_fill(&wire, 0xee, 40);
    payload_end(&wire, at);
    ike_end(&wire);
    return wire;
}

static void sk_seals_all_that_follows_its_header(void **state)
{
    (void)state;
    const struct wire wire = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_true(message.encrypted);
    assert_int_equal(message.sealed_first, ES_IKE_PAYLOAD_NOTIFY);
    assert_int_equal(es_left(&message.sealed), 52);
    assert_int_equal(*message.sealed.at, 0xee);
    assert_int_equal(es_offset(&message.sealed), 0);
    assert_int_equal(message.fragment_number, 0);
    assert_int_equal(message.payload_count, 1);
}

static void skf_tells_its_number_and_total(void **state)
{
    (void)state;
    struct wire wire = fragment(2, 3);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_true(message.encrypted);
    assert_int_equal(message.fragment_number, 2);
    assert_int_equal(message.fragment_total, 3);
    assert_int_equal(es_left(&message.sealed), 40);
    wire = fragment(1, 1);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_int_equal(message.sealed_first, ES_IKE_PAYLOAD_IDI);
}

static void impossible_fragment_numbers_are_refused(void **state)
{
    (void)state;
    static const uint16_t cases[][2] = {
        {0, 3},
        {4, 3},
        {0, 0},
        {1, 0}
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const struct wire wire = fragment(cases[i][0], cases[i][1]);
        assert_int_equal(parse_wire(&wire), ES_FAULT_VALUE);
        assert_int_equal(message.fault_offset, ES_IKE_HEADER_BYTES + 4);
        assert_true(message.encrypted);
    }
}

static void nothing_may_follow_what_is_sealed(void **state)
{
    (void)state;
    struct wire wire = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    payload_fill(&wire, 0, 0, 8);
    ike_end(&wire);
    assert_int_equal(parse_wire(&wire), ES_FAULT_VALUE);
    assert_int_equal(message.fault_offset, ES_IKE_HEADER_BYTES + 2);
    assert_int_equal(es_left(&message.sealed), 52);
}

static void payloads_in_clear_before_sk_are_kept(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV2, ES_IKE_PAYLOAD_VENDOR, ES_IKE_EXCHANGE_IKE_AUTH, 0);
    payload_fill(&wire, ES_IKE_PAYLOAD_SK, 0x33, 16);
    payload_fill(&wire, 0, 0xee, 60);
    ike_end(&wire);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_int_equal(message.payload_count, 2);
    assert_int_equal(es_left(&message.sealed), 60);
}

static void a_sealed_payload_that_lies_about_its_length_is_still_encrypted(void **state)
{
    (void)state;
    struct wire wire = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    wire_patch_u16(&wire, ES_IKE_HEADER_BYTES + 2, 1000);
    assert_int_equal(parse_wire(&wire), ES_FAULT_SHORT);
    assert_true(message.encrypted);
    assert_int_equal(es_left(&message.sealed), 0);
}

static void ikev1_seals_all_after_the_header(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV1, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_INFORMATIONAL_V1,
                                 ES_IKEV1_FLAG_ENCRYPTION);
    wire_fill(&wire, 0xee, 64);
    ike_end(&wire);
    wire_fill(&wire, 0, 5);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_true(message.encrypted);
    assert_int_equal(message.sealed_first, ES_IKEV1_PAYLOAD_HASH);
    assert_int_equal(es_left(&message.sealed), 64);
    assert_int_equal(message.payload_count, 0);
    assert_int_equal(message.excess, 5);
}

static void ikev2_has_no_encryption_flag(void **state)
{
    (void)state;
    struct wire wire = sa_init();
    wire.bytes[19] |= ES_IKEV1_FLAG_ENCRYPTION;
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_false(message.encrypted);
    assert_int_equal(message.payload_count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sk_seals_all_that_follows_its_header),
        cmocka_unit_test(skf_tells_its_number_and_total),
        cmocka_unit_test(impossible_fragment_numbers_are_refused),
        cmocka_unit_test(nothing_may_follow_what_is_sealed),
        cmocka_unit_test(payloads_in_clear_before_sk_are_kept),
        cmocka_unit_test(a_sealed_payload_that_lies_about_its_length_is_still_encrypted),
        cmocka_unit_test(ikev1_seals_all_after_the_header),
        cmocka_unit_test(ikev2_has_no_encryption_flag),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
