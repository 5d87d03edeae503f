/*
 * Fields of vendor ID payloads.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"unknown",                   2, 34, ES_IKE_PAYLOAD_VENDOR,   0, "0102",                                     "vendor_id@0+2=0102"},
    {"DPD",                       1, 2,  ES_IKEV1_PAYLOAD_VENDOR, 0, "afcad71368a1f1c96b8696fc77570100",
     "vendor_id@0+16=afcad71368a1f1c96b8696fc77570100 vendor='Dead Peer Detection'"
     " dpd_major@14+1=1 dpd_minor@15+1=0"                                                                                            },
    {"Windows",                   1, 2,  ES_IKEV1_PAYLOAD_VENDOR, 0, "1e2b516905991c7d7c96fcbfb587e46100000009",
     "vendor_id@0+20=1e2b516905991c7d7c96fcbfb587e46100000009 vendor='Microsoft Windows'"
     " product='Windows' vendor_version@16+4=9(8)"                                                                                   },
    {"Windows without a version", 1, 2,  ES_IKEV1_PAYLOAD_VENDOR, 0,
     "1e2b516905991c7d7c96fcbfb587e461",                                                                         "vendor_id@0+16=1e2b516905991c7d7c96fcbfb587e461 vendor='Microsoft Windows'"
     " product='Windows'"                                                                    },
    {"FortiGate",                 1, 2,  ES_IKEV1_PAYLOAD_VENDOR, 0, "8299031757a36082c6a621de0005024d",
     "vendor_id@0+16=8299031757a36082c6a621de0005024d vendor='FortiGate' product='FortiGate'"
     " vendor_release@12+2=5 vendor_build@14+2=589"                                                                                  },
    {"Check Point",               1, 2,  ES_IKEV1_PAYLOAD_VENDOR, 0,
     "f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d",                                                 "vendor_id@0+28=f4ed19e0c114eb516faaac0ee37daf2807b4381f000000010000138d"
     " vendor='Check Point' product='Check Point' vendor_product@20+4=1"
     " vendor_version@24+4=5005(NG_AI_R55)"                          },
    {"text",                      2, 34, ES_IKE_PAYLOAD_VENDOR,   0, "4f70656e494b45442d372e33",
     "vendor_id@0+12=4f70656e494b45442d372e33 vendor='OpenIKED' product='OpenIKED'"
     " vendor_text='OpenIKED-7.3'"                                                                                                   },
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
