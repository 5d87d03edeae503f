/*
 * Whole messages, their chains and their faults.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static struct es_ike_message message;

static enum es_fault parse(struct es_cursor input)
{
    const bool header = es_ike_message_parse(input, &message);
    assert_true(header || message.fault != ES_FAULT_NONE);
    assert_int_equal(message.fault == ES_FAULT_NONE, message.fault_reason == NULL);
    assert_true(message.payload_count <= ES_IKE_PAYLOADS_MAX);
    const size_t wire = es_wire_left(&input);
    assert_true(message.fault_offset <= wire);
    /* Whatever was kept can be looked at, and parsed. */
    const uint8_t major = message.header.major;
    for (size_t i = 0; i < message.payload_count; i++) {
        const struct es_ike_payload *payload = &message.payloads[i];
        assert_true(payload->offset + payload->length <= wire);
        assert_int_equal(payload->length, 4 + es_wire_left(&payload->body));
        static struct es_ike_proposals proposals;
        struct es_cursor body = payload->body;
        es_ike_proposals_parse(&body, major, &proposals);
        struct es_ike_notify notify;
        es_ike_notify_parse(payload->body, major, &notify);
        struct es_ike_delete deleted;
        es_ike_delete_parse(payload->body, major, &deleted);
    }
    return message.fault;
}

static enum es_fault parse_wire(const struct wire *wire)
{
    return parse(es_cursor(edge_place(wire->bytes, wire->length), wire->length, wire->length));
}

static void assert_fault(const struct wire *wire, enum es_fault fault, size_t offset)
{
    assert_int_equal(parse_wire(wire), fault);
    assert_int_equal(message.fault_offset, offset);
    assert_non_null(message.fault_reason);
}

static void payloads_come_in_wire_order(void **state)
{
    (void)state;
    const struct wire wire = sa_init();
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    static const uint8_t types[] = {ES_IKE_PAYLOAD_SA, ES_IKE_PAYLOAD_KE, ES_IKE_PAYLOAD_NONCE,
                                    ES_IKE_PAYLOAD_NOTIFY};
    assert_int_equal(message.payload_count, ES_COUNT(types));
    uint32_t offset = ES_IKE_HEADER_BYTES;
    for (size_t i = 0; i < ES_COUNT(types); i++) {
        assert_int_equal(message.payloads[i].type, types[i]);
        assert_int_equal(message.payloads[i].offset, offset);
        assert_int_equal(es_offset(&message.payloads[i].body), 0);
        offset += message.payloads[i].length;
    }
    assert_int_equal(offset, wire.length);
    assert_false(message.encrypted);
    assert_int_equal(message.excess, 0);
    assert_ptr_equal(es_ike_payload_find(&message, ES_IKE_PAYLOAD_KE), &message.payloads[1]);
    assert_null(es_ike_payload_find(&message, ES_IKE_PAYLOAD_VENDOR));
    struct es_ike_notify notify;
    assert_true(es_ike_notify_find(&message, ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, &notify));
    assert_int_equal(es_left(&notify.data), 20);
    assert_false(es_ike_notify_find(&message, ES_IKE_NOTIFY_COOKIE, &notify));
}

static void every_prefix_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire init = sa_init();
    mutate_prefixes(init.bytes, init.length, parse);
    const struct wire sealed = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    mutate_prefixes(sealed.bytes, sealed.length, parse);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire init = sa_init();
    mutate_bytes(init.bytes, init.length, parse);
    const struct wire sealed = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    mutate_bytes(sealed.bytes, sealed.length, parse);
}

static void a_cut_message_keeps_what_was_captured(void **state)
{
    (void)state;
    const struct wire wire = sa_init();
    const size_t held = wire.length - 10;
    parse(es_cursor(edge_place(wire.bytes, held), held, wire.length));
    assert_int_equal(message.fault, ES_FAULT_CUT);
    assert_int_equal(message.fault_offset, held);
    assert_int_equal(message.payload_count, 4);
    assert_int_equal(message.payloads[3].body.missing, 10);
}

static void the_sealed_part_of_a_cut_message_keeps_its_wire_length(void **state)
{
    (void)state;
    const struct wire wire = sk_message(ES_IKE_EXCHANGE_INFORMATIONAL, 0, 52);
    const size_t held = ES_IKE_HEADER_BYTES + 4;
    parse(es_cursor(edge_place(wire.bytes, held), held, wire.length));
    assert_int_equal(message.fault, ES_FAULT_CUT);
    assert_true(message.encrypted);
    assert_int_equal(es_wire_left(&message.sealed), 52);
}

static void a_header_length_below_28_is_refused(void **state)
{
    (void)state;
    struct wire wire = sa_init();
    wire_patch_u32(&wire, LENGTH_AT, 27);
    assert_fault(&wire, ES_FAULT_VALUE, LENGTH_AT);
    assert_int_equal(message.payload_count, 0);
}

static void a_header_length_beyond_the_datagram_is_short_and_the_chain_is_walked(void **state)
{
    (void)state;
    struct wire wire = sa_init();
    wire_patch_u32(&wire, LENGTH_AT, wire.length + 1);
    assert_fault(&wire, ES_FAULT_SHORT, LENGTH_AT);
    assert_int_equal(message.payload_count, 4);
}

static void bytes_behind_the_message_are_ignored(void **state)
{
    (void)state;
    struct wire wire = sa_init();
    wire_fill(&wire, 0x55, 7);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_int_equal(message.excess, 7);
    assert_int_equal(message.payload_count, 4);
}

static void padding_behind_the_last_payload_is_no_fault_but_more_is(void **state)
{
    (void)state;
    for (size_t padding = 1; padding <= 4; padding++) {
        struct wire wire = sa_init();
        const size_t end = wire.length;
        wire_fill(&wire, 0, padding);
        ike_end(&wire);
        if (padding < 4)
            assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
        else
            assert_fault(&wire, ES_FAULT_VALUE, end);
    }
    struct wire wire = sa_init();
    wire_u8(&wire, 1);
    ike_end(&wire);
    assert_fault(&wire, ES_FAULT_VALUE, wire.length - 1);
}

static void payload_lengths_that_lie_are_told_at_their_byte(void **state)
{
    (void)state;
    const size_t second = ES_IKE_HEADER_BYTES + 4 + sa_ikev2().length;
    static const struct {
        uint16_t length;
        enum es_fault fault;
    } cases[] = {
        {0,      ES_FAULT_VALUE},
        {3,      ES_FAULT_VALUE},
        {0xffff, ES_FAULT_SHORT},
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire wire = sa_init();
        wire_patch_u16(&wire, second + 2, cases[i].length);
        assert_fault(&wire, cases[i].fault, second + 2);
        assert_int_equal(message.payload_count, 1);
    }
}

static void a_payload_too_short_for_its_type_hides_nothing_behind_it(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV2, ES_IKE_PAYLOAD_IDI, ES_IKE_EXCHANGE_IKE_SA_INIT, 0);
    payload_fill(&wire, ES_IKE_PAYLOAD_NONCE, 0, 1); /* an IDi payload holds a type */
    payload_fill(&wire, 0, 0, 16);
    ike_end(&wire);
    assert_fault(&wire, ES_FAULT_VALUE, ES_IKE_HEADER_BYTES + 2);
    assert_int_equal(message.payload_count, 2);
    assert_int_equal(message.payloads[1].type, ES_IKE_PAYLOAD_NONCE);
}

static void a_chain_that_promises_more_than_there_is_ends(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV2, ES_IKE_PAYLOAD_VENDOR, ES_IKE_EXCHANGE_IKE_SA_INIT, 0);
    for (size_t i = 0; i < 200; i++)
        payload_fill(&wire, ES_IKE_PAYLOAD_VENDOR, 0, 0);
    ike_end(&wire);
    assert_fault(&wire, ES_FAULT_SHORT, wire.length);
    assert_int_equal(message.payload_count, ES_IKE_PAYLOADS_MAX);
    assert_int_equal(message.payloads_dropped, 200 - ES_IKE_PAYLOADS_MAX);
}

static void unknown_payloads_are_kept_with_their_critical_bit(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV2, 200, ES_IKE_EXCHANGE_IKE_SA_INIT, 0);
    payload_fill(&wire, 201, 1, 3);
    payload_fill(&wire, 0, 2, 5);
    wire.bytes[ES_IKE_HEADER_BYTES + 1] = 0x80;
    ike_end(&wire);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_int_equal(message.payload_count, 2);
    assert_true(message.payloads[0].critical);
    assert_false(message.payloads[1].critical);
}

static void other_major_versions_are_not_walked(void **state)
{
    (void)state;
    struct wire wire = sa_init();
    wire.bytes[17] = 0x30;
    assert_fault(&wire, ES_FAULT_VALUE, 17);
    assert_int_equal(message.header.major, 3);
    assert_int_equal(message.payload_count, 0);
}

static void a_bare_header_is_sound(void **state)
{
    (void)state;
    struct wire wire = ike_begin(IKEV2, 0, ES_IKE_EXCHANGE_INFORMATIONAL, 0);
    ike_end(&wire);
    assert_int_equal(parse_wire(&wire), ES_FAULT_NONE);
    assert_int_equal(message.payload_count, 0);
    assert_false(message.encrypted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_in_wire_order),
        cmocka_unit_test(every_prefix_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
        cmocka_unit_test(a_cut_message_keeps_what_was_captured),
        cmocka_unit_test(the_sealed_part_of_a_cut_message_keeps_its_wire_length),
        cmocka_unit_test(a_header_length_below_28_is_refused),
        cmocka_unit_test(a_header_length_beyond_the_datagram_is_short_and_the_chain_is_walked),
        cmocka_unit_test(bytes_behind_the_message_are_ignored),
        cmocka_unit_test(padding_behind_the_last_payload_is_no_fault_but_more_is),
        cmocka_unit_test(payload_lengths_that_lie_are_told_at_their_byte),
        cmocka_unit_test(a_payload_too_short_for_its_type_hides_nothing_behind_it),
        cmocka_unit_test(a_chain_that_promises_more_than_there_is_ends),
        cmocka_unit_test(unknown_payloads_are_kept_with_their_critical_bit),
        cmocka_unit_test(other_major_versions_are_not_walked),
        cmocka_unit_test(a_bare_header_is_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
