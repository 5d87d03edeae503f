/*
 * Fields of traffic selector payloads.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"one IPv4 range",       2, 35, ES_IKE_PAYLOAD_TSI, 4,
     "01 000000 07 06 0010 0050 0051 0a010000 0a01ffff",                                "selector_count@0+1=1 traffic_selectors@4+16[ type@4+1=7(IPV4_ADDR_RANGE) protocol@5+1=6(TCP)"
     " start_port@8+2=80 end_port@10+2=81 start_address@12+4=0a010000 end_address@16+4=0a01ffff ]"},
    {"IPv6 range and label", 2, 35, ES_IKE_PAYLOAD_TSR, 4,
     "02 000000 08 00 0028 0000 ffff 20010db8000000000000000000000001"
     "20010db8000000000000000000000002 0a 00 0008 73656c00",                            "selector_count@0+1=2 traffic_selectors@4+40[ type@4+1=8(IPV6_ADDR_RANGE) protocol@5+1=0(ANY)"
     " start_port@8+2=0 end_port@10+2=65535"
     " start_address@12+16=20010db8000000000000000000000001"
     " end_address@28+16=20010db8000000000000000000000002 ]"
     " traffic_selectors@44+8[ type@44+1=10(SECLABEL) security_label@48+3='sel' ]"            },
    {"Fibre Channel",        2, 35, ES_IKE_PAYLOAD_TSI, 4,
     "01 000000 09 00 0010 00 010203 00 010204 01 02 03 04",                            "selector_count@0+1=1 traffic_selectors@4+16[ type@4+1=9(FC_ADDR_RANGE) protocol@5+1=0(ANY)"
     " start_address@9+3=66051 end_address@13+3=66052 start_r_ctl@16+1=1 end_r_ctl@17+1=2"
     " start_type@18+1=3 end_type@19+1=4 ]"                                                   },
    {"unknown type",         2, 35, ES_IKE_PAYLOAD_TSI, 4, "01 000000 63 11 0006 0102",
     "selector_count@0+1=1 traffic_selectors@4+6[ type@4+1=99(?) protocol@5+1=17(UDP)"
     " data@8+2=0102 ]"                                                                                                                                   },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void lies_are_told_at_their_byte(void **state)
{
    (void)state;
    const uint8_t tsi = ES_IKE_PAYLOAD_TSI;
    field_fault_at(2, tsi, "02 000000 07 06 0010 0050 0051 0a010000 0a01ffff", ES_FAULT_VALUE, 0);
    field_fault_at(2, tsi, "01 000000 07 06 0003 0050", ES_FAULT_VALUE, 6);
    field_fault_at(2, tsi, "01 000000 07 06 0000 0050", ES_FAULT_VALUE, 6);
    field_fault_at(2, tsi, "01 000000 07 06 0011 0050 0051 0a010000 0a01ffff", ES_FAULT_SHORT, 6);
    field_fault_at(2, tsi, "01 000000 07 06 000c 0050 0051 0a010000", ES_FAULT_SHORT, 16);
    field_fault_at(2, tsi, "01 000000 07 06 0011 0050 0051 0a010000 0a01ffff 00", ES_FAULT_VALUE,
                   20);
    field_fault_at(2, tsi, "01 000000 07 06", ES_FAULT_SHORT, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(lies_are_told_at_their_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
