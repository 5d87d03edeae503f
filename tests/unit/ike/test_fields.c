/*
 * Fields of payloads: dispatch, and what has no walker of its own.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"unknown payload, IKEv2",   2, 0,  200,                          0, "0102", "data@0+2=0102"              },
    {"unknown payload, IKEv1",   1, 0,  200,                          0, "0102", "data@0+2=0102"              },
    {"GSA is not decoded",       2, 0,  ES_IKE_PAYLOAD_GSA,           0, "0102", "data@0+2=0102"              },
    {"puzzle solution",          2, 0,  ES_IKE_PAYLOAD_PS,            0, "0102", "puzzle_solution@0+2=0102"   },
    {"secure password",          2, 0,  ES_IKE_PAYLOAD_GSPM,          0, "0102", "gspm_data@0+2=0102"         },
    {"NAT-D",                    1, 2,  ES_IKEV1_PAYLOAD_NAT_D,       0, "0102", "nat_detection_hash@0+2=0102"},
    {"NAT-D of drafts",          1, 2,  ES_IKEV1_PAYLOAD_NAT_D_DRAFT, 0, "0102",
     "nat_detection_hash@0+2=0102"                                                                            },
    {"NAT-D of drafts 04 to 07", 1, 4,  ES_IKEV1_PAYLOAD_SAK,         0, "0102",
     "nat_detection_hash@0+2=0102"                                                                            },
    {"the same number in GDOI",  1, 32, ES_IKEV1_PAYLOAD_SAK,         0, "0102", "data@0+2=0102"              },
    {"hash",                     1, 2,  ES_IKEV1_PAYLOAD_HASH,        0, "0102", "hash@0+2=0102"              },
    {"signature",                1, 2,  ES_IKEV1_PAYLOAD_SIGNATURE,   0, "0102", "signature@0+2=0102"         },
    {"nonce",                    1, 2,  ES_IKEV1_PAYLOAD_NONCE,       0, "0102", "nonce@0+2=0102"             },
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void an_empty_payload_has_no_fields(void **state)
{
    (void)state;
    const struct field_case one = {"empty", 2, 0, ES_IKE_PAYLOAD_NONCE, 0, "", ""};
    field_cases_hold(&one, 1);
}

/* What the capture holds of opaque bytes is told, and where it ends. */
static void opaque_bytes_are_shown_as_far_as_they_go(void **state)
{
    (void)state;
    const struct field_case one = {.major = 2, .type = ES_IKE_PAYLOAD_NONCE};
    struct field_walk walk;
    const struct es_field_fault fault =
        field_walk_begin(&walk, &one, es_cursor(edge_place("\x01\x02", 2), 2, 5));
    assert_int_equal(fault.fault, ES_FAULT_CUT);
    assert_int_equal(fault.offset, BODY_AT + 2);
    assert_string_equal(es_text_chars(&walk.text), "nonce@0+5=0102");
    field_walk_end(&walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(an_empty_payload_has_no_fields),
        cmocka_unit_test(opaque_bytes_are_shown_as_far_as_they_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
