/*
 * `message` records of IKE messages built byte by byte.
 */
#include "unit.h"

#include "espial/report.h"
#include "wire.h"

#include <jansson.h>
#include <stdlib.h>

/* An IKE header of this version; the length is written when the message is shown. */
static void header(struct wire *wire, uint8_t version, uint8_t first, uint8_t exchange,
                   uint8_t flags)
{
    wire_u64(wire, 0x1122334455667788);
    wire_u64(wire, 0);
    wire_u8(wire, first);
    wire_u8(wire, version);
    wire_u8(wire, exchange);
    wire_u8(wire, flags);
    wire_u32(wire, 0);
    wire_u32(wire, 0);
}

static json_t *show(struct wire *wire, size_t held)
{
    wire_patch_u32(wire, 24, (uint32_t)wire->length);
    const uint8_t from[4] = {192, 0, 2, 1};
    const uint8_t to[4] = {192, 0, 2, 2};
    const struct es_datagram datagram = {
        .kind = ES_DATAGRAM_IKE,
        .ref = {.number = 4, .time = 1},
        .source = es_address_v4(from),
        .destination = es_address_v4(to),
        .source_port = 500,
        .destination_port = 500,
        .payload = es_cursor(wire->bytes, held, wire->length)
    };
    struct es_ike_message message;
    assert_true(es_ike_message_parse(datagram.payload, &message));
    char *chars;
    size_t size;
    FILE *out = open_memstream(&chars, &size);
    assert_true(es_report_message_json(&datagram, &message, NULL, out));
    fclose(out);
    json_t *record = json_loads(chars, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(record);
    free(chars);
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

/* An SA payload with one proposal of one transform, and then a notify. */
static void sa_and_notify(struct wire *wire)
{
    header(wire, 0x20, ES_IKE_PAYLOAD_SA, ES_IKE_EXCHANGE_IKE_SA_INIT, ES_IKE_FLAG_INITIATOR);
    wire_u32(wire, 0x29000018); /* next: notify; 24 bytes */
    wire_u32(wire, 0x00000014); /* last proposal, 20 bytes */
    wire_u32(wire, 0x01010001); /* number 1, IKE, no SPI, one transform */
    wire_u32(wire, 0x0000000c); /* last transform, 12 bytes */
    wire_u32(wire, 0x0100000c); /* ENCR 12: AES_CBC */
    wire_u32(wire, 0x800e0100); /* key length 256 */
    wire_u32(wire, 0x00000008); /* last payload, 8 bytes */
    wire_u32(wire, 0x0000000e); /* notify 14: NO_PROPOSAL_CHOSEN */
}

static void a_message_names_header_and_payloads(void **state)
{
    (void)state;
    struct wire wire = {0};
    sa_and_notify(&wire);
    json_t *record = show(&wire, wire.length);
    assert_string_equal(text_of(record, "type"), "message");
    assert_int_equal(number_of(record, "packet"), 4);
    assert_string_equal(text_of(record, "version"), "2.0");
    assert_string_equal(text_of(record, "initiator_spi"), "0x1122334455667788");
    assert_string_equal(text_of(record, "responder_spi"), "0x0000000000000000");
    assert_int_equal(number_of(record, "exchange_type"), 34);
    assert_string_equal(text_of(record, "exchange"), "IKE_SA_INIT");
    assert_true(json_is_true(json_object_get(record, "initiator")));
    assert_true(json_is_false(json_object_get(record, "response")));
    assert_null(json_object_get(record, "commit"));
    assert_null(json_object_get(record, "malformed"));
    const json_t *payloads = json_object_get(record, "payloads");
    assert_int_equal(json_array_size(payloads), 2);
    const json_t *sa = json_array_get(payloads, 0);
    assert_int_equal(number_of(sa, "type"), 33);
    assert_int_equal(number_of(sa, "offset"), 28);
    assert_int_equal(number_of(sa, "length"), 24);
    const json_t *proposal = json_array_get(json_object_get(sa, "proposals"), 0);
    const json_t *transform = json_array_get(json_object_get(proposal, "transforms"), 0);
    assert_int_equal(number_of(transform, "id"), 12);
    assert_int_equal(number_of(transform, "key_length"), 256);
    assert_string_equal(text_of(transform, "name"), "AES_CBC-256");
    const json_t *notify = json_array_get(payloads, 1);
    assert_int_equal(number_of(notify, "notify_type"), 14);
    assert_string_equal(text_of(notify, "notify"), "NO_PROPOSAL_CHOSEN");
    json_decref(record);
}

static void a_lying_length_is_malformed_with_its_offset(void **state)
{
    (void)state;
    struct wire wire = {0};
    sa_and_notify(&wire);
    wire_patch_u16(&wire, 54, 3); /* the notify's length: below its own header */
    json_t *record = show(&wire, wire.length);
    const json_t *malformed = json_object_get(record, "malformed");
    assert_non_null(text_of(malformed, "reason"));
    assert_in_range(number_of(malformed, "offset"), 52, 56);
    assert_int_equal(json_array_size(json_object_get(record, "payloads")), 1);
    json_decref(record);
}

static void what_the_capture_cut_is_not_malformed(void **state)
{
    (void)state;
    struct wire wire = {0};
    sa_and_notify(&wire);
    json_t *record = show(&wire, 53);
    assert_null(json_object_get(record, "malformed"));
    assert_non_null(json_object_get(record, "cut_short"));
    json_decref(record);
}

static void version_1_has_its_own_flags(void **state)
{
    (void)state;
    struct wire wire = {0};
    header(&wire, 0x10, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_QUICK, ES_IKEV1_FLAG_ENCRYPTION);
    wire_fill(&wire, 0xa5, 32);
    json_t *record = show(&wire, wire.length);
    assert_string_equal(text_of(record, "version"), "1.0");
    assert_true(json_is_true(json_object_get(record, "encrypted")));
    assert_true(json_is_false(json_object_get(record, "commit")));
    assert_null(json_object_get(record, "initiator"));
    assert_int_equal(json_array_size(json_object_get(record, "payloads")), 0);
    json_decref(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_names_header_and_payloads),
        cmocka_unit_test(a_lying_length_is_malformed_with_its_offset),
        cmocka_unit_test(what_the_capture_cut_is_not_malformed),
        cmocka_unit_test(version_1_has_its_own_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
