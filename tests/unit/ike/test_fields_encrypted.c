/*
 * Fields of payloads that hold others.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"SK",              2, 35, ES_IKE_PAYLOAD_SK,         0, "0102",            "encrypted_data@0+2=0102"},
    {"SKF",             2, 35, ES_IKE_PAYLOAD_SKF,        4, "0002 0003 0102",
     "fragment_number@0+2=2 fragment_total@2+2=3 encrypted_data@4+2=0102"                                },
    {"vendor fragment", 1, 2,  ES_IKEV1_PAYLOAD_FRAGMENT, 4, "0001 02 01 0102",
     "fragment_id@0+2=1 fragment_number@2+1=2 last_fragment@3+1=1 fragment_data@4+2=0102"                },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void impossible_fragment_numbers_are_told(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_SKF, "0000 0003 0102", ES_FAULT_VALUE, 0);
    field_fault_at(2, ES_IKE_PAYLOAD_SKF, "0004 0003 0102", ES_FAULT_VALUE, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(impossible_fragment_numbers_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
