/*
 * Fields of notify payloads.
 */
#include "field_case.h"

#define V2(type, data, text, fixed)                                                                \
    {                                                                                              \
        text, 2, 37, ES_IKE_PAYLOAD_NOTIFY, fixed, "00 00 " type data,                             \
            "protocol_id@0+1=0(?) spi_size@1+1=0 notify_type@2+2=" text                            \
    }
#define V1(type, data, text, fixed)                                                                \
    {                                                                                              \
        text, 1, 5, ES_IKEV1_PAYLOAD_NOTIFY, fixed, "00000001 01 00 " type data,                   \
            "doi@0+4=1(IPSEC) protocol_id@4+1=1(ISAKMP) spi_size@5+1=0 notify_type@6+2=" text      \
    }
#define IPV6_1 "20010db8000000000000000000000001"
#define IPV6_2 "20010db8000000000000000000000002"

static const struct field_case cases[] = {
    V2("0001", "21", "1(UNSUPPORTED_CRITICAL_PAYLOAD) unsupported_payload@4+1=33(SA)", 4),
    V2("0009", "00000007", "9(INVALID_MESSAGE_ID) invalid_message_id@4+4=7", 4),
    V2("0009", "", "9(INVALID_MESSAGE_ID)", 4),
    V2("000b", "c1000001", "11(INVALID_SPI) invalid_spi@4+4=c1000001", 4),
    V2("000e", "", "14(NO_PROPOSAL_CHOSEN)", 4),
    V2("0011", "000e", "17(INVALID_KE_PAYLOAD) ke_method@4+2=14(MODP_2048)", 6),
    V2("0026", "", "38(TS_UNACCEPTABLE)", 4),
    V2("0027", "4500", "39(INVALID_SELECTORS) offending_packet@4+2=4500", 4),
    V2("4001", "00000005", "16385(SET_WINDOW_SIZE) window_size@4+4=5", 8),
    V2("4003", "00b5 02", "16387(IPCOMP_SUPPORTED) cpi@4+2=181 ipcomp_transform@6+1=2(DEFLATE)", 7),
    V2("4004", "a1a2", "16388(NAT_DETECTION_SOURCE_IP) nat_detection_hash@4+2=a1a2", 4),
    V2("4005", "a1a2", "16389(NAT_DETECTION_DESTINATION_IP) nat_detection_hash@4+2=a1a2", 4),
    V2("4006", "a1a2", "16390(COOKIE) cookie@4+2=a1a2", 4),
    V2("400d", "c0000201", "16397(ADDITIONAL_IP4_ADDRESS) address@4+4=c0000201", 8),
    V2("400e", IPV6_1, "16398(ADDITIONAL_IP6_ADDRESS) address@4+16=" IPV6_1, 20),
    V2("4012", "c0000201 c6336402 01f4 1194",
       "16402(NO_NATS_ALLOWED) source_address@4+4=c0000201 destination_address@8+4=c6336402"
       " source_port@12+2=500 destination_port@14+2=4500",
       16),
    V2("4012", IPV6_1 IPV6_2 "01f4 1194",
       "16402(NO_NATS_ALLOWED) source_address@4+16=" IPV6_1 " destination_address@20+16=" IPV6_2
       " source_port@36+2=500 destination_port@38+2=4500",
       4),
    V2("4013", "00000e10", "16403(AUTH_LIFETIME) lifetime@4+4=3600", 8),
    V2("4017", "01 04 c0000201 a1a2",
       "16407(REDIRECT) gateway_type@4+1=1(IPV4) gateway_length@5+1=4 gateway_address@6+4=c0000201"
       " nonce@10+2=a1a2",
       10),
    V2("4017", "03 02 6777",
       "16407(REDIRECT) gateway_type@4+1=3(FQDN) gateway_length@5+1=2 gateway_name@6+2='gw'", 8),
    V2("4018", "02 10" IPV6_1,
       "16408(REDIRECTED_FROM) gateway_type@4+1=2(IPV6) gateway_length@5+1=16"
       " gateway_address@6+16=" IPV6_1,
       22),
    V2("4019", "00000e10 a1a2", "16409(TICKET_LT_OPAQUE) lifetime@4+4=3600 ticket@8+2=a1a2", 8),
    V2("401d", "a1a2", "16413(TICKET_OPAQUE) ticket@4+2=a1a2", 4),
    V2("401e", "a1a2", "16414(LINK_ID) link_id@4+2=a1a2", 4),
    V2("4020", "8001000f 80020001",
       "16416(ROHC_SUPPORTED) rohc_attributes@4+4[ attribute@4+2=1(MAX_CID) value@6+2=15 ]"
       " rohc_attributes@8+4[ attribute@8+2=2(PROFILE) value@10+2=1 ]",
       4),
    V2("4023", "a1a2", "16419(QUICK_CRASH_DETECTION) token@4+2=a1a2", 4),
    V2("4026", "00000001 00000002 00000003",
       "16422(IKEV2_MESSAGE_ID_SYNC) sync_nonce@4+4=1 expected_send_id@8+4=2"
       " expected_receive_id@12+4=3",
       16),
    V2("4027", "00000009", "16423(IPSEC_REPLAY_COUNTER_SYNC) replay_counter_delta@4+4=9", 4),
    V2("4028", "0001",
       "16424(SECURE_PASSWORD_METHODS) password_methods@4+2[ password_method@4+2=1(PACE) ]", 4),
    V2("402d", "00000002", "16429(GROUP_SENDER) sender_ids@4+4=2", 8),
    V2("402f", "0002 0003",
       "16431(SIGNATURE_HASH_ALGORITHMS) hash_algorithms@4+2[ hash_algorithm@4+2=2(SHA2_256) ]"
       " hash_algorithms@6+2[ hash_algorithm@6+2=3(SHA2_384) ]",
       4),
    V2("4032", "0005 10", "16434(PUZZLE) prf@4+2=5(HMAC_SHA2_256) difficulty@6+1=16", 7),
    V2("4033", "", "16435(USE_PPK)", 4),
    V2("4034", "02 6964", "16436(PPK_IDENTITY) ppk_id_type@4+1=2(FIXED) ppk_id@5+2=6964", 5),
    V2("4035", "a1a2", "16437(NO_PPK_AUTH) auth_data@4+2=a1a2", 4),
    V2("4036", "", "16438(INTERMEDIATE_EXCHANGE_SUPPORTED)", 4),
    V2("4039", "a1a2", "16441(ADDITIONAL_KEY_EXCHANGE) key_exchange_link@4+2=a1a2", 4),
    V2("403a", "02", "16442(USE_AGGFRAG) congestion_control@4+1=1 dont_fragment@4+1=0", 5),
    V2("403b", "02 02 03 01 01 0f 0e 01 300a06082a8648ce3d040302",
       "16443(SUPPORTED_AUTH_METHODS) auth_methods@4+2[ auth_method@5+1=2(SHARED_KEY) ]"
       " auth_methods@6+3[ auth_method@7+1=1(RSA) cert_link@8+1=1 ]"
       " auth_methods@9+15[ auth_method@10+1=14(DIGITAL_SIGNATURE) cert_link@11+1=1"
       " signature_algorithm='ECDSA-SHA256'"
       " algorithm_identifier@12+12=300a06082a8648ce3d040302 ]",
       4),
    V2("403c", "a1", "16444(SA_RESOURCE_INFO) resource_info@4+1=a1", 4),
    V2("403e", "01 6964 0102030405060708",
       "16446(PPK_IDENTITY_KEY) ppk_id_type@4+1=1(OPAQUE) ppk_id@5+2=6964"
       " ppk_confirmation@7+8=0102030405060708",
       4),
    V2("a000", "a1a2", "40960(NULL_AUTH) auth_data@4+2=a1a2", 4),
    V2("ffff", "a1a2", "65535(?) notify_data@4+2=a1a2", 4),
    {"an SPI of a Child SA", 2, 36, ES_IKE_PAYLOAD_NOTIFY,   8,  "03 04 4009 c1000001",
                                                          "protocol_id@0+1=3(ESP) spi_size@1+1=4 notify_type@2+2=16393(REKEY_SA) spi@4+4=c1000001"},
    V1("000e", "a1a2", "14(NO_PROPOSAL_CHOSEN) notify_data@8+2=a1a2", 8),
    V1("3039", "80070000", "12345(MS_STATUS) status@8+4=2147942400", 8),
    V1("6000", "800b0001 800c0e10",
       "24576(RESPONDER_LIFETIME)"
       " attributes@8+4[ attribute@8+2=11(LIFE_TYPE) value@10+2=1(SECONDS) ]"
       " attributes@12+4[ attribute@12+2=12(LIFE_DURATION) value@14+2=3600 ]",
       8),
    V1("6001", "00000001", "24577(REPLAY_STATUS) replay_detection@8+4=1", 8),
    V1("9e35", "c0000201", "40501(UNITY_LOAD_BALANCE) address@8+4=c0000201", 12),
    {"DPD",                  1, 5,  ES_IKEV1_PAYLOAD_NOTIFY, 28,
                                                          "00000001 01 10 8d28 1111111111111111 2222222222222222 00000009",
                                                          "doi@0+4=1(IPSEC) protocol_id@4+1=1(ISAKMP) spi_size@5+1=16 notify_type@6+2=36136(R_U_THERE)"
     " spi@8+16=11111111111111112222222222222222 sequence@24+4=9"                                                                                 },
    {"lifetime of phase 2",  1, 32, ES_IKEV1_PAYLOAD_NOTIFY, 12,
                                                          "00000001 03 04 6000 c1000001 80010001 80020e10",
                                                          "doi@0+4=1(IPSEC) protocol_id@4+1=3(ESP) spi_size@5+1=4"
     " notify_type@6+2=24576(RESPONDER_LIFETIME) spi@8+4=c1000001"
     " attributes@12+4[ attribute@12+2=1(LIFE_TYPE) value@14+2=1(SECONDS) ]"
     " attributes@16+4[ attribute@16+2=2(LIFE_DURATION) value@18+2=3600 ]"                                                                        },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void lies_are_told_at_their_byte(void **state)
{
    (void)state;
    const uint8_t notify = ES_IKE_PAYLOAD_NOTIFY;
    field_fault_at(2, notify, "03 05 4009 c1000001", ES_FAULT_SHORT, 1);
    field_fault_at(1, ES_IKEV1_PAYLOAD_NOTIFY, "00000001 01 11 8d28 11111111", ES_FAULT_SHORT, 5);
    field_fault_at(2, notify, "00 00 0011", ES_FAULT_SHORT, 4);
    field_fault_at(2, notify, "00 00 0011 000e 00", ES_FAULT_VALUE, 6);
    field_fault_at(2, notify, "00 00 402f 0002 00", ES_FAULT_SHORT, 6);
    field_fault_at(2, notify, "00 00 4017 01 05 c0000201", ES_FAULT_SHORT, 5);
    field_fault_at(2, notify, "00 00 403b 02 02 01 01", ES_FAULT_VALUE, 6);
    field_fault_at(2, notify, "00 00 403b 02 02 05 01", ES_FAULT_SHORT, 6);
    field_fault_at(2, notify, "00 00 4020 0001 0003 0102", ES_FAULT_SHORT, 6);
}

/* What the tracker's parser makes of the head is the same. */
static void the_parser_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire wire = hex_wire(cases[i].hex);
        const size_t size_at = cases[i].major == 1 ? 5 : 1;
        for (unsigned size = 0; size < 256; size++) {
            wire.bytes[size_at] = (uint8_t)size;
            struct es_ike_notify head;
            const bool sound = es_ike_notify_parse(es_cursor(wire.bytes, wire.length, wire.length),
                                                   cases[i].major, &head);
            const struct es_field_fault fault =
                field_fault(&cases[i], wire.bytes, wire.length, wire.length);
            const bool head_is_bad =
                fault.fault == ES_FAULT_SHORT && fault.offset == BODY_AT + size_at;
            assert_int_equal(sound, !head_is_bad);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(lies_are_told_at_their_byte),
        cmocka_unit_test(the_parser_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
