/*
 * What an encrypted message can be.
 */
#include "ike_wire.h"
#include "lengths.h"
#include "unit.h"

static struct es_ike_message message;

static unsigned ikev2_could_be(const struct es_ike_suite *suite, uint8_t exchange, bool response,
                               size_t length)
{
    const uint8_t flags = response ? ES_IKE_FLAG_RESPONSE : 0;
    const struct wire wire = sk_message(exchange, flags, length - IKEV2_AROUND);
    message_of(&wire, &message);
    assert_int_equal(message.header.length, length);
    message.header.message_id = 1;
    return es_ike_could_be(suite, &message, 32);
}

static unsigned ikev1_could_be(const struct es_ike_suite *suite, uint8_t exchange, size_t length)
{
    struct wire wire = ike_begin(IKEV1, ES_IKEV1_PAYLOAD_HASH, exchange, ES_IKEV1_FLAG_ENCRYPTION);
    wire_fill(&wire, 0xee, length - IKEV1_AROUND);
    ike_end(&wire);
    message_of(&wire, &message);
    return es_ike_could_be(suite, &message, 0);
}

static void every_known_ikev2_length_keeps_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(ikev2_rows); i++) {
        for (size_t column = 0; column < IKEV2_COLUMNS; column++) {
            const struct ikev2_row *row = &ikev2_rows[i];
            struct es_ike_suite suite = ikev2_suites[column];
            /* These rows are of a certain group and kind of cipher. */
            if (row->inner == 124)
                suite.ke = ES_IKE_KE_METHOD_CURVE25519;
            if (row->inner == 156 || row->inner == 200)
                suite.ke = ES_IKE_KE_METHOD_ECP_256;
            if (row->inner == 356 || row->inner == 400)
                suite.ke = ES_IKE_KE_METHOD_MODP_2048;
            if (row->class == ES_IKE_CLASS_NEW_IKE &&
                ((row->inner == 356) != (suite.integ != 0) || suite.key_length == 0))
                continue;
            const unsigned classes =
                ikev2_could_be(&suite, row->exchange, row->response, row->lengths[column]);
            if ((classes & row->class) == 0)
                fail_msg("%s, column %zu: %#x has not %#x", row->content, column, classes,
                         row->class);
        }
    }
}

static void every_known_ikev1_length_keeps_its_class(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(ikev1_rows); i++) {
        for (size_t column = 0; column < IKEV1_COLUMNS; column++) {
            const struct ikev1_row *row = &ikev1_rows[i];
            for (size_t padding = 0; padding < 2; padding++) {
                const unsigned classes = ikev1_could_be(&ikev1_suites[column], row->exchange,
                                                        row->lengths[column][padding]);
                if ((classes & row->class) == 0)
                    fail_msg("%s, column %zu: %#x has not %#x", row->content, column, classes,
                             row->class);
            }
        }
    }
}

/* Columns of lengths.h. */
enum { CBC_SHA1 = 0, CBC_SHA256 = 1, DES3_SHA1 = 4, GCM = 6 };
enum { V1_AES_SHA1 = 1, V1_AES_SHA256 = 2, V1_DES3_MD5 = 3 };

static void lengths_decide_where_they_can(void **state)
{
    (void)state;
    static const struct {
        size_t column;
        uint8_t exchange;
        bool response;
        uint16_t length;
        unsigned classes;
    } cases[] = {
        {GCM,        37, false, 57,  ES_IKE_CLASS_EMPTY                             },
        {GCM,        37, false, 60,  ES_IKE_CLASS_EMPTY                             },
        {GCM,        37, true,  65,  ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_NOTIFY  },
        {GCM,        37, false, 68,  ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_NOTIFY  },
        {GCM,        37, false, 69,  ES_IKE_CLASS_DELETE_CHILD | ES_IKE_CLASS_NOTIFY},
        {GCM,        37, false, 72,
         ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_DELETE_CHILD |
             ES_IKE_CLASS_NOTIFY                                                    },
        {GCM,        37, false, 113, ES_IKE_CLASS_MOBIKE                            },
        {GCM,        35, true,  65,  ES_IKE_CLASS_AUTH_REFUSED                      },
        {GCM,        35, true,  117, ES_IKE_CLASS_CHILD_REFUSED                     },
        {GCM,        35, true,  212, ES_IKE_CLASS_AUTH                              },
        {GCM,        36, true,  213, ES_IKE_CLASS_NEW_IKE                           },
        {GCM,        36, true,  257, ES_IKE_CLASS_NEW_CHILD                         },
        {GCM,        36, true,  65,  ES_IKE_CLASS_NOTIFY                            },
        {CBC_SHA256, 37, false, 80,
         ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_DELETE_CHILD |
             ES_IKE_CLASS_NOTIFY                                                    },
        {CBC_SHA256, 35, true,  80,  ES_IKE_CLASS_AUTH_REFUSED                      },
        {CBC_SHA256, 35, true,  128, ES_IKE_CLASS_CHILD_REFUSED                     },
        {CBC_SHA256, 35, true,  224, ES_IKE_CLASS_AUTH                              },
        {CBC_SHA1,   36, true,  428, ES_IKE_CLASS_NEW_IKE                           },
        {CBC_SHA1,   36, true,  476, ES_IKE_CLASS_NEW_CHILD                         },
        {DES3_SHA1,  37, false, 60,  ES_IKE_CLASS_EMPTY                             },
        {DES3_SHA1,  37, false, 68,
         ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_DELETE_CHILD | ES_IKE_CLASS_NOTIFY  },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const unsigned classes = ikev2_could_be(&ikev2_suites[cases[i].column], cases[i].exchange,
                                                cases[i].response, cases[i].length);
        if (classes != cases[i].classes)
            fail_msg("column %zu, exchange %u, %u bytes: %#x instead of %#x", cases[i].column,
                     cases[i].exchange, cases[i].length, classes, cases[i].classes);
    }
}

static void ikev1_lengths_decide_where_they_can(void **state)
{
    (void)state;
    const unsigned cookies = ES_IKE_CLASS_R_U_THERE | ES_IKE_CLASS_DELETE_IKE | ES_IKE_CLASS_NOTIFY;
    const unsigned esp = ES_IKE_CLASS_DELETE_CHILD | ES_IKE_CLASS_NOTIFY;
    const struct {
        size_t column;
        uint8_t exchange;
        uint16_t length;
        unsigned classes;
    } cases[] = {
        {V1_AES_SHA1,   5,  92,  cookies                },
        {V1_AES_SHA1,   5,  76,  esp                    },
        {V1_AES_SHA256, 5,  108, cookies                },
        {V1_DES3_MD5,   5,  84,  cookies                },
        {V1_DES3_MD5,   5,  68,  esp                    },
        {V1_AES_SHA1,   32, 60,  ES_IKE_CLASS_QUICK_HASH},
        {V1_AES_SHA256, 32, 76,  ES_IKE_CLASS_QUICK_HASH},
        {V1_AES_SHA1,   32, 172, ES_IKE_CLASS_NEW_CHILD },
        {V1_AES_SHA1,   32, 444, ES_IKE_CLASS_NEW_CHILD },
        {V1_AES_SHA1,   2,  76,  ES_IKE_CLASS_AUTH      },
        {V1_AES_SHA1,   2,  108, ES_IKE_CLASS_AUTH      },
        {V1_AES_SHA1,   4,  60,  ES_IKE_CLASS_AUTH      },
        {V1_AES_SHA1,   6,  92,  ES_IKE_CLASS_OTHER     },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const unsigned classes =
            ikev1_could_be(&ikev1_suites[cases[i].column], cases[i].exchange, cases[i].length);
        if (classes != cases[i].classes)
            fail_msg("column %zu, exchange %u, %u bytes: %#x instead of %#x", cases[i].column,
                     cases[i].exchange, cases[i].length, classes, cases[i].classes);
    }
}

/* A request that rekeys a Child SA is its response and REKEY_SA, if it offers one proposal. */
static void requests_of_one_proposal_are_told_apart_others_are_not(void **state)
{
    (void)state;
    const struct es_ike_suite *suite = &ikev2_suites[GCM];
    assert_int_equal(ikev2_could_be(suite, 36, false, 269), ES_IKE_CLASS_NEW_CHILD);
    assert_int_equal(ikev2_could_be(suite, 36, false, 213), ES_IKE_CLASS_NEW_IKE);
    assert_int_equal(ikev2_could_be(suite, 36, false, 1001),
                     ES_IKE_CLASS_NEW_CHILD | ES_IKE_CLASS_NEW_IKE);
}

static void the_nonce_shifts_the_lengths_of_new_sas(void **state)
{
    (void)state;
    const struct wire wire = sk_message(36, ES_IKE_FLAG_RESPONSE, 213 + 16 - (size_t)IKEV2_AROUND);
    message_of(&wire, &message);
    assert_int_equal(es_ike_could_be(&ikev2_suites[GCM], &message, 48), ES_IKE_CLASS_NEW_IKE);
}

static void large_messages_of_ike_auth_stay_open(void **state)
{
    (void)state;
    assert_int_equal(ikev2_could_be(&ikev2_suites[GCM], 35, true, 1401),
                     ES_IKE_CLASS_AUTH | ES_IKE_CLASS_CHILD_REFUSED);
    assert_int_equal(ikev2_could_be(&ikev2_suites[GCM], 35, false, 300), ES_IKE_CLASS_AUTH);
}

static void later_rounds_of_ike_auth_can_be_eap(void **state)
{
    (void)state;
    const struct wire wire = sk_message(35, ES_IKE_FLAG_RESPONSE, 65 - (size_t)IKEV2_AROUND);
    message_of(&wire, &message);
    message.header.message_id = 3;
    assert_int_equal(es_ike_could_be(&ikev2_suites[GCM], &message, 32),
                     ES_IKE_CLASS_AUTH_REFUSED | ES_IKE_CLASS_OTHER);
}

static void a_fragment_stands_for_its_message(void **state)
{
    (void)state;
    const struct wire wire = sk_message(35, ES_IKE_FLAG_RESPONSE, 65 - (size_t)IKEV2_AROUND);
    message_of(&wire, &message);
    message.header.message_id = 1;
    message.fragment_number = 2; /* the last, and short: not a lone notify for all that */
    message.fragment_total = 2;
    assert_int_not_equal(es_ike_could_be(&ikev2_suites[GCM], &message, 32) & ES_IKE_CLASS_AUTH, 0);
    message.fragment_number = 1;
    message.fragment_total = 20;
    assert_int_equal(es_ike_could_be(&ikev2_suites[GCM], &message, 32), ES_IKE_CLASS_AUTH);
}

static void nothing_is_said_without_a_suite_or_of_clear_messages(void **state)
{
    (void)state;
    const struct es_ike_suite unknown = {0};
    assert_int_equal(ikev2_could_be(&unknown, 37, false, 80), 0);
    assert_int_equal(ikev2_could_be(&ikev1_suites[0], 37, false, 80), 0);
    assert_int_equal(ikev2_could_be(&ikev2_suites[CBC_SHA256], 37, false, 81), 0);
    const struct wire wire = sa_init();
    message_of(&wire, &message);
    assert_int_equal(es_ike_could_be(&ikev2_suites[GCM], &message, 32), 0);
}

static void each_class_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned one = ES_IKE_CLASS_EMPTY; one <= ES_IKE_CLASS_OTHER; one <<= 1) {
        for (unsigned two = one << 1; two <= ES_IKE_CLASS_OTHER; two <<= 1)
            assert_string_not_equal(es_ike_class_name((enum es_ike_class)one),
                                    es_ike_class_name((enum es_ike_class)two));
    }
    assert_string_equal(es_ike_class_name(ES_IKE_CLASS_EMPTY), "empty");
    assert_string_equal(es_ike_class_name(ES_IKE_CLASS_DELETE_IKE), "delete-ike");
    assert_string_equal(es_ike_class_name(ES_IKE_CLASS_OTHER), "other");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_ikev2_length_keeps_its_class),
        cmocka_unit_test(every_known_ikev1_length_keeps_its_class),
        cmocka_unit_test(lengths_decide_where_they_can),
        cmocka_unit_test(ikev1_lengths_decide_where_they_can),
        cmocka_unit_test(requests_of_one_proposal_are_told_apart_others_are_not),
        cmocka_unit_test(the_nonce_shifts_the_lengths_of_new_sas),
        cmocka_unit_test(large_messages_of_ike_auth_stay_open),
        cmocka_unit_test(later_rounds_of_ike_auth_can_be_eap),
        cmocka_unit_test(a_fragment_stands_for_its_message),
        cmocka_unit_test(nothing_is_said_without_a_suite_or_of_clear_messages),
        cmocka_unit_test(each_class_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
