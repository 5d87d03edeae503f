/*
 * Fields of identification payloads and NAT-OA.
 */
#include "field_case.h"

#define IPV6_1 "20010db8000000000000000000000001"
#define IPV6_2 "20010db8000000000000000000000002"

static const struct field_case cases[] = {
    {"IPv4",                2, 35, ES_IKE_PAYLOAD_IDI,            8,  "01 000000 c0000201",
     "id_type@0+1=1(IPV4_ADDR) address@4+4=c0000201"                                                                                                                         },
    {"FQDN",                2, 35, ES_IKE_PAYLOAD_IDR,            4,  "02 000000 6d6f6f6e",
     "id_type@0+1=2(FQDN) identity@4+4='moon'"                                                                                                                               },
    {"email",               2, 35, ES_IKE_PAYLOAD_IDR,            4,  "03 000000 614062",
     "id_type@0+1=3(RFC822_ADDR) identity@4+3='a@b'"                                                                                                                         },
    {"IPv6",                2, 35, ES_IKE_PAYLOAD_IDR,            20, "05 000000" IPV6_1,
     "id_type@0+1=5(IPV6_ADDR) address@4+16=" IPV6_1                                                                                                                         },
    {"name",                2, 35, ES_IKE_PAYLOAD_IDI,            4,
     "09 000000 301c 310b 3009 0603550406 13024348 310d 300b 0603550403 0c046d6f6f6e",                "id_type@0+1=9(DER_ASN1_DN) identity='C=CH, CN=moon'"
     " identity_data@4+30=301c310b3009060355040613024348310d300b06035504030c046d6f6f6e"},
    {"broken name",         2, 35, ES_IKE_PAYLOAD_IDI,            4,  "09 000000 301c",
     "id_type@0+1=9(DER_ASN1_DN) identity_data@4+2=301c"                                                                                                                     },
    {"key ID that is text", 2, 35, ES_IKE_PAYLOAD_IDI,            4,  "0b 000000 6b31",
     "id_type@0+1=11(KEY_ID) identity='k1' identity_data@4+2=6b31"                                                                                                           },
    {"key ID that is not",  2, 35, ES_IKE_PAYLOAD_IDI,            4,  "0b 000000 00ff",
     "id_type@0+1=11(KEY_ID) identity_data@4+2=00ff"                                                                                                                         },
    {"null",                2, 35, ES_IKE_PAYLOAD_IDI,            4,  "0d 000000",                    "id_type@0+1=13(NULL)"                                                 },
    {"IPv4 subnet",         1, 32, ES_IKEV1_PAYLOAD_ID,           12, "04 11 01f4 0a010000 ffff0000",
     "id_type@0+1=4(IPV4_ADDR_SUBNET) id_protocol@1+1=17(UDP) id_port@2+2=500"
     " address@4+4=0a010000 netmask@8+4=ffff0000"                                                                                                                            },
    {"IPv4 range",          1, 32, ES_IKEV1_PAYLOAD_ID,           12, "07 00 0000 0a010001 0a010009",
     "id_type@0+1=7(IPV4_ADDR_RANGE) id_protocol@1+1=0(ANY) id_port@2+2=0"
     " start_address@4+4=0a010001 end_address@8+4=0a010009"                                                                                                                  },
    {"IPv6 subnet",         1, 32, ES_IKEV1_PAYLOAD_ID,           36, "06 00 0000" IPV6_1 IPV6_2,
     "id_type@0+1=6(IPV6_ADDR_SUBNET) id_protocol@1+1=0(ANY) id_port@2+2=0"
     " address@4+16=" IPV6_1 " netmask@20+16=" IPV6_2                                                                                                                        },
    {"IPv6 range",          1, 32, ES_IKEV1_PAYLOAD_ID,           36, "08 00 0000" IPV6_1 IPV6_2,
     "id_type@0+1=8(IPV6_ADDR_RANGE) id_protocol@1+1=0(ANY) id_port@2+2=0"
     " start_address@4+16=" IPV6_1 " end_address@20+16=" IPV6_2                                                                                                              },
    {"NAT-OA",              1, 32, ES_IKEV1_PAYLOAD_NAT_OA,       4,  "01 000000 c0000201",
     "id_type@0+1=1(IPV4_ADDR) address@4+4=c0000201"                                                                                                                         },
    {"NAT-OA of drafts",    1, 32, ES_IKEV1_PAYLOAD_NAT_OA_DRAFT, 4,  "05 000000" IPV6_1,
     "id_type@0+1=5(IPV6_ADDR) address@4+16=" IPV6_1                                                                                                                         },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void addresses_of_another_size_are_told(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_IDI, "01 000000 c000020102", ES_FAULT_VALUE, 8);
    field_fault_at(2, ES_IKE_PAYLOAD_IDI, "01 000000 c00002", ES_FAULT_SHORT, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(addresses_of_another_size_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
