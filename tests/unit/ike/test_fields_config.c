/*
 * Fields of configuration payloads.
 */
#include "field_case.h"

#define IPV6 "20010db8000000000000000000000001"

static const struct field_case cases[] = {
    {"request with empty attributes",                     2, 35, ES_IKE_PAYLOAD_CP,           4, "01 000000 00010000 00030000",
     "cfg_type@0+1=1(REQUEST) attributes@4+4[ attribute@4+2=1(INTERNAL_IP4_ADDRESS) ]"
     " attributes@8+4[ attribute@8+2=3(INTERNAL_IP4_DNS) ]"                                                                                       },
    {"reply",                                             2, 35, ES_IKE_PAYLOAD_CP,           4,
     "02 000000 00010004 0a000001 000d0008 0a000000 ff000000 00080011" IPV6 "40 00070002 7631"
     "00050004 00000e10 000e0004 00010008",                                                                                     "cfg_type@0+1=2(REPLY)"
     " attributes@4+8[ attribute@4+2=1(INTERNAL_IP4_ADDRESS) address@8+4=0a000001 ]"
     " attributes@12+12[ attribute@12+2=13(INTERNAL_IP4_SUBNET) address@16+4=0a000000"
     " netmask@20+4=ff000000 ]"
     " attributes@24+21[ attribute@24+2=8(INTERNAL_IP6_ADDRESS) address@28+16=" IPV6
     " prefix_length@44+1=64 ]"
     " attributes@45+6[ attribute@45+2=7(APPLICATION_VERSION) text@49+2='v1' ]"
     " attributes@51+8[ attribute@51+2=5(INTERNAL_ADDRESS_EXPIRY) seconds@55+4=3600 ]"
     " attributes@59+8[ attribute@59+2=14(SUPPORTED_ATTRIBUTES)"
     " supported_attributes@63+2[ attribute@63+2=1(INTERNAL_IP4_ADDRESS) ]"
     " supported_attributes@65+2[ attribute@65+2=8(INTERNAL_IP6_ADDRESS) ] ]"                          },
    {"values of another size, and of unknown attributes", 2, 35, ES_IKE_PAYLOAD_CP,           4,
     "02 000000 00010002 0a00 03e70001 01",                                                                                     "cfg_type@0+1=2(REPLY) attributes@4+6[ attribute@4+2=1(INTERNAL_IP4_ADDRESS) value@8+2=0a00 ]"
     " attributes@10+5[ attribute@10+2=999(?) value@14+1=01 ]"                                         },
    {"XAUTH: a password is not shown",                    1, 6,  ES_IKEV1_PAYLOAD_ATTRIBUTES, 4,
     "02 00 0102 c0880000 40890003 626f62 408a0003 707764 c08f0001",                                                            "cfg_type@0+1=2(REPLY) cfg_identifier@2+2=258"
     " attributes@4+4[ attribute@4+2=16520(XAUTH_TYPE) value@6+2=0(GENERIC) ]"
     " attributes@8+7[ attribute@8+2=16521(XAUTH_USER_NAME) text@12+3='bob' ]"
     " attributes@15+7[ attribute@15+2=16522(XAUTH_USER_PASSWORD) secret='not shown' ]"
     " attributes@22+4[ attribute@22+2=16527(XAUTH_STATUS) value@24+2=1(OK) ]"},
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void a_length_that_lies_is_told_at_its_byte(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_CP, "02 000000 00010005 0a000001", ES_FAULT_SHORT, 6);
    field_fault_at(2, ES_IKE_PAYLOAD_CP, "02 000000 0001", ES_FAULT_SHORT, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(a_length_that_lies_is_told_at_its_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
