/*
 * Fields of AUTH and EAP payloads.
 */
#include "field_case.h"

#define PSS_SHA256                                                                                 \
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"                             \
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120"

static const struct field_case cases[] = {
    {"shared key",                   2, 35, ES_IKE_PAYLOAD_AUTH, 4,  "02 000000 a1a2",
     "auth_method@0+1=2(SHARED_KEY) auth_data@4+2=a1a2"                                      },
    {"ECDSA by AlgorithmIdentifier", 2, 35, ES_IKE_PAYLOAD_AUTH, 17,
     "0e 000000 0c 300a06082a8648ce3d040302 a1a2",                                                       "auth_method@0+1=14(DIGITAL_SIGNATURE) algorithm_identifier_length@4+1=12"
     " algorithm_identifier@5+12=300a06082a8648ce3d040302 signature_algorithm='ECDSA-SHA256'"
     " signature@17+2=a1a2"                },
    {"RSASSA-PSS",                   2, 35, ES_IKE_PAYLOAD_AUTH, 72, "0e 000000 43" PSS_SHA256 "a1a2",
     "auth_method@0+1=14(DIGITAL_SIGNATURE) algorithm_identifier_length@4+1=67"
     " algorithm_identifier@5+67=" PSS_SHA256
     " signature_algorithm='RSASSA-PSS' signature_hash='SHA2-256' salt_length@71+1=32"
     " signature@72+2=a1a2"                                                                  },
    {"algorithm that is not known",  2, 35, ES_IKE_PAYLOAD_AUTH, 10, "0e 000000 05 3003060101 a1a2",
     "auth_method@0+1=14(DIGITAL_SIGNATURE) algorithm_identifier_length@4+1=5"
     " algorithm_identifier@5+5=3003060101 signature_algorithm='unknown' signature@10+2=a1a2"},
    {"EAP identity",                 2, 35, ES_IKE_PAYLOAD_EAP,  9,  "02 07 0009 01 616c6963",
     "eap_code@0+1=2(RESPONSE) eap_identifier@1+1=7 eap_length@2+2=9 eap_type@4+1=1(IDENTITY)"
     " identity@5+4='alic'"                                                                  },
    {"EAP nak",                      2, 35, ES_IKE_PAYLOAD_EAP,  7,  "02 07 0007 03 0d 1a",
     "eap_code@0+1=2(RESPONSE) eap_identifier@1+1=7 eap_length@2+2=7 eap_type@4+1=3(NAK)"
     " eap_desired_types@5+1[ eap_desired_type@5+1=13(TLS) ]"
     " eap_desired_types@6+1[ eap_desired_type@6+1=26(MSCHAPV2) ]"                           },
    {"EAP expanded",                 2, 35, ES_IKE_PAYLOAD_EAP,  13, "01 07 000d fe 000137 00000001 01",
     "eap_code@0+1=1(REQUEST) eap_identifier@1+1=7 eap_length@2+2=13 eap_type@4+1=254(EXPANDED)"
     " eap_vendor@5+3=311 eap_vendor_type@8+4=1 eap_data@12+1=01"                            },
    {"EAP TLS",                      2, 35, ES_IKE_PAYLOAD_EAP,  6,  "01 07 0006 0d 20",
     "eap_code@0+1=1(REQUEST) eap_identifier@1+1=7 eap_length@2+2=6 eap_type@4+1=13(TLS)"
     " eap_data@5+1=20"                                                                      },
    {"EAP success",                  2, 35, ES_IKE_PAYLOAD_EAP,  4,  "03 07 0004",
     "eap_code@0+1=3(SUCCESS) eap_identifier@1+1=7 eap_length@2+2=4"                         },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void lengths_that_lie_are_told_at_their_byte(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_AUTH, "0e 000000 05 3003", ES_FAULT_SHORT, 4);
    field_fault_at(2, ES_IKE_PAYLOAD_EAP, "01 07 0003", ES_FAULT_VALUE, 2);
    field_fault_at(2, ES_IKE_PAYLOAD_EAP, "01 07 0005", ES_FAULT_SHORT, 2);
    field_fault_at(2, ES_IKE_PAYLOAD_EAP, "03 07 0004 00", ES_FAULT_VALUE, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(lengths_that_lie_are_told_at_their_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
