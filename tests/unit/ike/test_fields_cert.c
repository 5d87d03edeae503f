/*
 * Fields of certificate and certificate request payloads.
 */
#include "field_case.h"

/* The outer parts of a certificate: version 3, serial number 0x42, Ed25519, two names, dates. */
#define NAME_C "300d310b3009060355040613024348"
#define NAME_CN "300c310a300806035504030c016d"
#define DATES "301e170d3236313132333030303030305a170d3336313132303030303030305a"
#define CERTIFICATE "304e304ca003020102020142300506032b6570" NAME_C DATES NAME_CN
#define HASH_1 "0101010101010101010101010101010101010101"
#define HASH_2 "0202020202020202020202020202020202020202"

static const struct field_case cases[] = {
    {"X.509",                  2, 35, ES_IKE_PAYLOAD_CERT,      1,  "04" CERTIFICATE,
     "cert_encoding@0+1=4(X509_SIGNATURE) serial_number@12+1=42 issuer='C=CH'"
     " not_before@39+13='261123000000Z' not_after@54+13='361120000000Z' subject='CN=m'"
     " cert_data@1+80=" CERTIFICATE                                                    },
    {"X.509 that is none",     1, 2,  ES_IKEV1_PAYLOAD_CERT,    1,  "04 304e",
     "cert_encoding@0+1=4(X509_SIGNATURE) cert_data@1+2=304e"                          },
    {"hash and URL",           2, 35, ES_IKE_PAYLOAD_CERT,      21, "0c" HASH_1 "6874",
     "cert_encoding@0+1=12(HASH_URL_CERT) cert_hash@1+20=" HASH_1 " cert_url@21+2='ht'"},
    {"revocation list",        2, 35, ES_IKE_PAYLOAD_CERT,      1,  "07 3000",
     "cert_encoding@0+1=7(CRL) cert_data@1+2=3000"                                     },
    {"request by key hashes",  2, 35, ES_IKE_PAYLOAD_CERTREQ,   1,  "04" HASH_1 HASH_2,
     "cert_encoding@0+1=4(X509_SIGNATURE) authorities@1+20[ key_hash@1+20=" HASH_1 " ]"
     " authorities@21+20[ key_hash@21+20=" HASH_2 " ]"                                 },
    {"request for anything",   2, 35, ES_IKE_PAYLOAD_CERTREQ,   1,  "04",
     "cert_encoding@0+1=4(X509_SIGNATURE)"                                             },
    {"request without hashes", 2, 35, ES_IKE_PAYLOAD_CERTREQ,   1,  "0b 01",
     "cert_encoding@0+1=11(RAW_RSA_KEY) authority_data@1+1=01"                         },
    {"request by name, IKEv1", 1, 2,  ES_IKEV1_PAYLOAD_CERTREQ, 1,  "04" NAME_C,
     "cert_encoding@0+1=4(X509_SIGNATURE) authority='C=CH' authority_data@1+15=" NAME_C},
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void half_a_hash_is_told(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_CERTREQ, "04" HASH_1 "01", ES_FAULT_SHORT, 21);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(half_a_hash_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
