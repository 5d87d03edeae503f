/*
 * Classes of decrypted messages: exact, whatever their lengths say.
 */
#include "unit.h"

#include "ike_wire.h"

enum { REQUEST = ES_IKE_FLAG_INITIATOR, RESPONSE = ES_IKE_FLAG_RESPONSE };

/* The class of a message with these payloads inside; the first is the last to be named. */
static unsigned class_of(struct wire *wire)
{
    static const struct es_ike_suite unknown;
    struct es_ike_message message;
    ike_end(wire);
    message_of(wire, &message);
    assert_int_equal(message.fault, ES_FAULT_NONE);
    message.encrypted = true;
    message.decrypted = true;
    return es_ike_could_be(&unknown, &message, 0);
}

static struct wire v2(uint8_t first, uint8_t exchange, uint8_t flags)
{
    return ike_begin(IKEV2, first, exchange, flags);
}

static void notify(struct wire *wire, uint8_t next, uint16_t type)
{
    const size_t at = payload_begin(wire, next);
    wire_u16(wire, 0);
    wire_u16(wire, type);
    payload_end(wire, at);
}

static void notify_v1(struct wire *wire, uint16_t type)
{
    const size_t at = payload_begin(wire, 0);
    wire_u32(wire, 1);
    wire_u16(wire, 0x0110);
    wire_u16(wire, type);
    wire_fill(wire, 0x11, 16);
    wire_u32(wire, 42);
    payload_end(wire, at);
}

static void deletion(struct wire *wire, uint8_t protocol, uint8_t size, uint16_t count)
{
    const size_t at = payload_begin(wire, 0);
    wire_u8(wire, protocol);
    wire_u8(wire, size);
    wire_u16(wire, count);
    wire_fill(wire, 0xc1, (size_t)size * count);
    payload_end(wire, at);
}

static void security_association(struct wire *wire, uint8_t next, uint8_t protocol, uint8_t spi)
{
    const size_t at = payload_begin(wire, next);
    const size_t proposal = proposal_begin(wire, 0, 1, protocol, spi, 1);
    transform_put(wire, 0, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_GCM_16, 128);
    payload_end(wire, proposal);
    payload_end(wire, at);
}

static void informational_messages_are_told_apart(void **state)
{
    (void)state;
    struct wire wire = v2(0, ES_IKE_EXCHANGE_INFORMATIONAL, REQUEST);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_EMPTY);
    wire = v2(ES_IKE_PAYLOAD_DELETE, ES_IKE_EXCHANGE_INFORMATIONAL, REQUEST);
    deletion(&wire, ES_IKE_PROTOCOL_IKE, 0, 0);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_DELETE_IKE);
    wire = v2(ES_IKE_PAYLOAD_DELETE, ES_IKE_EXCHANGE_INFORMATIONAL, RESPONSE);
    deletion(&wire, ES_IKE_PROTOCOL_ESP, 4, 2);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_DELETE_CHILD);
    wire = v2(ES_IKE_PAYLOAD_NOTIFY, ES_IKE_EXCHANGE_INFORMATIONAL, REQUEST);
    notify(&wire, 0, ES_IKE_NOTIFY_INVALID_SYNTAX);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_NOTIFY);
    wire = v2(ES_IKE_PAYLOAD_NOTIFY, ES_IKE_EXCHANGE_INFORMATIONAL, REQUEST);
    notify(&wire, ES_IKE_PAYLOAD_NOTIFY, ES_IKE_NOTIFY_UPDATE_SA_ADDRESSES);
    notify(&wire, 0, ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_MOBIKE);
    wire = v2(ES_IKE_PAYLOAD_CP, ES_IKE_EXCHANGE_INFORMATIONAL, REQUEST);
    payload_fill(&wire, 0, 1, 4);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_OTHER);
}

static void authentication_is_told_by_what_it_holds(void **state)
{
    (void)state;
    struct wire wire = v2(ES_IKE_PAYLOAD_NOTIFY, ES_IKE_EXCHANGE_IKE_AUTH, RESPONSE);
    notify(&wire, 0, ES_IKE_NOTIFY_AUTHENTICATION_FAILED);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_AUTH_REFUSED);
    wire = v2(ES_IKE_PAYLOAD_AUTH, ES_IKE_EXCHANGE_IKE_AUTH, RESPONSE);
    payload_fill(&wire, ES_IKE_PAYLOAD_NOTIFY, 2, 36);
    notify(&wire, 0, ES_IKE_NOTIFY_TS_UNACCEPTABLE);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_CHILD_REFUSED);
    for (int response = 0; response < 2; response++) {
        wire = v2(ES_IKE_PAYLOAD_AUTH, ES_IKE_EXCHANGE_IKE_AUTH, response ? RESPONSE : REQUEST);
        payload_fill(&wire, ES_IKE_PAYLOAD_SA, 2, 36);
        security_association(&wire, 0, ES_IKE_PROTOCOL_ESP, 4);
        assert_int_equal(class_of(&wire), ES_IKE_CLASS_AUTH);
    }
    /* EAP goes on, whatever stands beside it: the first response has AUTH too. */
    wire = v2(ES_IKE_PAYLOAD_AUTH, ES_IKE_EXCHANGE_IKE_AUTH, RESPONSE);
    payload_fill(&wire, ES_IKE_PAYLOAD_EAP, 2, 36);
    payload_fill(&wire, 0, 1, 5);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_OTHER);
    wire = v2(ES_IKE_PAYLOAD_EAP, ES_IKE_EXCHANGE_IKE_AUTH, RESPONSE);
    payload_fill(&wire, 0, 1, 5);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_OTHER);
}

static void new_sas_are_told_by_their_protocol(void **state)
{
    (void)state;
    struct wire wire = v2(ES_IKE_PAYLOAD_SA, ES_IKE_EXCHANGE_CREATE_CHILD_SA, REQUEST);
    security_association(&wire, 0, ES_IKE_PROTOCOL_IKE, 8);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_NEW_IKE);
    wire = v2(ES_IKE_PAYLOAD_SA, ES_IKE_EXCHANGE_CREATE_CHILD_SA, RESPONSE);
    security_association(&wire, 0, ES_IKE_PROTOCOL_ESP, 4);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_NEW_CHILD);
    wire = v2(ES_IKE_PAYLOAD_NOTIFY, ES_IKE_EXCHANGE_CREATE_CHILD_SA, RESPONSE);
    notify(&wire, 0, ES_IKE_NOTIFY_TEMPORARY_FAILURE);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_NOTIFY);
}

static void ikev1_hashes_do_not_count(void **state)
{
    (void)state;
    static const struct {
        uint16_t type;
        enum es_ike_class class;
    } notifies[] = {
        {ES_IKEV1_NOTIFY_R_U_THERE,     ES_IKE_CLASS_R_U_THERE},
        {ES_IKEV1_NOTIFY_R_U_THERE_ACK, ES_IKE_CLASS_R_U_THERE},
        {14,                            ES_IKE_CLASS_NOTIFY   },
    };
    for (size_t i = 0; i < ES_COUNT(notifies); i++) {
        struct wire wire =
            ike_begin(IKEV1, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0);
        payload_fill(&wire, ES_IKEV1_PAYLOAD_NOTIFY, 9, 20);
        notify_v1(&wire, notifies[i].type);
        assert_int_equal(class_of(&wire), notifies[i].class);
    }
    struct wire wire = ike_begin(IKEV1, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_QUICK, 0);
    payload_fill(&wire, 0, 9, 20);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_QUICK_HASH);
    wire = ike_begin(IKEV1, ES_IKEV1_PAYLOAD_ID, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0);
    payload_fill(&wire, 0, 9, 20);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_AUTH);
    wire = ike_begin(IKEV1, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_TRANSACTION, 0);
    payload_fill(&wire, 0, 9, 20);
    assert_int_equal(class_of(&wire), ES_IKE_CLASS_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(informational_messages_are_told_apart),
        cmocka_unit_test(authentication_is_told_by_what_it_holds),
        cmocka_unit_test(new_sas_are_told_by_their_protocol),
        cmocka_unit_test(ikev1_hashes_do_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
