/*
 * Fields of key exchange and nonce payloads.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"KE, IKEv2", 2, 0, ES_IKE_PAYLOAD_KE,    4, "001f 0000 a1a2",
     "ke_method@0+2=31(CURVE25519) key_exchange_data@4+2=a1a2"                                 },
    {"KE, IKEv1", 1, 2, ES_IKEV1_PAYLOAD_KE,  0, "a1a2",           "key_exchange_data@0+2=a1a2"},
    {"nonce",     2, 0, ES_IKE_PAYLOAD_NONCE, 0, "0102",           "nonce@0+2=0102"            },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
