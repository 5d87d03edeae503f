/*
 * Transforms as text.
 */
#include "unit.h"

#include "espial/ike.h"

static void transforms_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        struct es_ike_transform transform;
        const char *type;
        const char *text;
    } cases[] = {
        {{.type = 1, .id = 12, .key_length = 256},                                   "ENCR",      "AES_CBC-256"       },
        {{.type = 1, .id = 20, .key_length = 128},                                   "ENCR",      "AES_GCM_16-128"    },
        {{.type = 1, .id = 3},                                                       "ENCR",      "3DES"              },
        {{.type = 2, .id = 5},                                                       "PRF",       "PRF_HMAC_SHA2_256" },
        {{.type = 3, .id = 12},                                                      "INTEG",     "HMAC_SHA2_256_128" },
        {{.type = 4, .id = 14},                                                      "KE",        "MODP-2048"         },
        {{.type = 4, .id = 31},                                                      "KE",        "CURVE25519"        },
        {{.type = 5, .id = 0},                                                       "ESN",       "NO_ESN"            },
        {{.type = 6, .id = 36},                                                      "ADDKE1",    "ML-KEM-768"        },
        {{.type = ES_IKEV1_TYPE + 1, .id = 7, .key_length = 128},                    "ENCR",      "AES_CBC-128"       },
        {{.type = ES_IKEV1_TYPE + 2, .id = 2},                                       "HASH",      "SHA1"              },
        {{.type = ES_IKEV1_TYPE + 3, .id = 1},                                       "AUTH",      "auth PSK"          },
        {{.type = ES_IKEV1_TYPE + 4, .id = 2},                                       "KE",        "MODP-1024"         },
        {{.type = ES_IKEV1_TYPE + 12, .id = 1, .value = 28800},                      "LIFE",      "life 28800 s"      },
        {{.type = ES_IKEV1_TYPE + 12, .id = 2, .value = 4608000},                    "LIFE",      "life 4608000 KB"   },
        {{.type = ES_IKEV1_PHASE2_TYPE, .protocol = 3, .id = 12, .key_length = 128},
         "TRANSFORM",                                                                             "AES_CBC-128"       },
        {{.type = ES_IKEV1_PHASE2_TYPE, .protocol = 2, .id = 5},                     "TRANSFORM", "AH_SHA2_256"       },
        {{.type = ES_IKEV1_PHASE2_TYPE, .protocol = 4, .id = 2},                     "TRANSFORM", "IPCOMP_DEFLATE"    },
        {{.type = ES_IKEV1_PHASE2_TYPE + 2, .protocol = 3, .id = 1, .value = 3600},
         "LIFE",                                                                                  "life 3600 s"       },
        {{.type = ES_IKEV1_PHASE2_TYPE + 3, .protocol = 3, .id = 14},                "KE",        "MODP-2048"         },
        {{.type = ES_IKEV1_PHASE2_TYPE + 4, .protocol = 3, .id = 1},                 "MODE",      "TUNNEL"            },
        {{.type = ES_IKEV1_PHASE2_TYPE + 5, .protocol = 3, .id = 5},                 "INTEG",     "HMAC_SHA2_256"     },
        {{.type = ES_IKEV1_PHASE2_TYPE + 11, .protocol = 3, .id = 1},                "ESN",       "ESN 64_BIT"        },
        {{.type = 1, .id = 999},                                                     "ENCR",      "ENCR 999 (unknown)"},
        {{.type = 77, .id = 5},                                                      "OTHER",     "type 77: 5"        },
    };
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        es_text_clear(&text);
        es_text_add_transform(&text, &cases[i].transform);
        assert_string_equal(es_text_chars(&text), cases[i].text);
        assert_string_equal(es_ike_transform_type_name(cases[i].transform.type), cases[i].type);
    }
    es_text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_read_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
