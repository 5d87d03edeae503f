/*
 * Vendor IDs.
 */
#include "unit.h"

#include "espial/crypto.h"
#include "espial/registry.h"

static const struct es_vendor_id *find(const char *bytes, size_t length)
{
    return es_vendor_id_find((const uint8_t *)bytes, length);
}

#define FIND(literal) find(literal, sizeof(literal) - 1)

static void assert_hash(const char *text, const char *name)
{
    uint8_t hash[ES_DIGEST_BYTES_MAX];
    const size_t length = es_digest(ES_DIGEST_MD5, text, strlen(text), hash);
    assert_int_equal(length, 16);
    const struct es_vendor_id *id = es_vendor_id_find(hash, length);
    if (!id)
        fail_msg("%s is not known", text);
    else
        assert_string_equal(id->name, name);
}

/* Vendor IDs that are a hash of a text are checked against the hash. */
static void hashes_are_those_of_their_texts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *name;
    } cases[] = {
        {"RFC 3947",                                "NAT traversal (RFC 3947)"                        },
        {"draft-ietf-ipsec-nat-t-ike-00",           "NAT traversal (draft-ietf-ipsec-nat-t-ike-00)"   },
        {"draft-ietf-ipsec-nat-t-ike-02",           "NAT traversal (draft-ietf-ipsec-nat-t-ike-02)"   },
        {"draft-ietf-ipsec-nat-t-ike-02\n",         "NAT traversal (draft-ietf-ipsec-nat-t-ike-02\\n)"},
        {"draft-ietf-ipsec-nat-t-ike-03",           "NAT traversal (draft-ietf-ipsec-nat-t-ike-03)"   },
        {"draft-ietf-ipsec-nat-t-ike-08",           "NAT traversal (draft-ietf-ipsec-nat-t-ike-08)"   },
        {"FRAGMENTATION",                           "IKE fragmentation"                               },
        {"strongSwan",                              "strongSwan"                                      },
        {"KAME/racoon",                             "racoon"                                          },
        {"MS NT5 ISAKMPOAKLEY",                     "Microsoft Windows"                               },
        {"Vid-Initial-Contact",                     "Microsoft initial contact"                       },
        {"MS-Negotiation Discovery Capable",        "Microsoft negotiation discovery"                 },
        {"IKE CGA version 1",                       "Cryptographically generated addresses"           },
        {"A GSS-API Authentication Method for IKE", "GSS-API authentication (draft)"                  },
        {"Testing NAT-T RFC",                       "NAT traversal (test of the RFC)"                 },
        {"SSH Sentinel",                            "SSH Sentinel"                                    },
        {"SSH Sentinel 1.4.1",                      "SSH Sentinel 1.4.1"                              },
        {"Microsoft Xbox One 2013",                 "Microsoft Xbox One 2013"                         },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        assert_hash(cases[i].text, cases[i].name);
    }
}

/* Up to 4.3, strongSwan hashed its version too. */
static void versions_that_were_hashed_are_told(void **state)
{
    (void)state;
    static const unsigned last[] = {7, 11, 17, 7};
    for (unsigned minor = 0; minor < ES_COUNT(last); minor++) {
        for (unsigned patch = 0; patch <= last[minor]; patch++) {
            struct es_text text;
            es_text_init(&text);
            es_text_addf(&text, "strongSwan 4.%u.%u", minor, patch);
            assert_hash(es_text_chars(&text), es_text_chars(&text));
            es_text_fini(&text);
        }
    }
    assert_hash("SSH Communications Security IPSEC Express version 4.2.0",
                "SSH IPSEC Express 4.2.0");
    assert_hash("Ssh Communications Security IPSEC Express version 1.1.0",
                "SSH IPSEC Express 1.1.0");
}

static void versions_behind_a_prefix_do_not_matter(void **state)
{
    (void)state;
    const struct es_vendor_id *dpd = FIND("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57"
                                          "\x01\x00");
    assert_non_null(dpd);
    assert_int_equal(dpd->traits, ES_VENDOR_TRAIT_DPD);
    assert_null(dpd->product);
    const struct es_vendor_id *gate =
        FIND("\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde\x00\x05\x02\x4d");
    assert_non_null(gate);
    assert_string_equal(gate->product, "FortiGate");
}

static void the_longest_entry_that_fits_is_meant(void **state)
{
    (void)state;
    assert_string_equal(FIND("OE-Libreswan-4.10")->product, "libreswan");
    assert_string_equal(FIND("OEplutounit0")->product, "Openswan or libreswan");
}

static void a_whole_entry_takes_no_more_bytes(void **state)
{
    (void)state;
    assert_non_null(FIND("\x09\x00\x26\x89\xdf\xd6\xb7\x12"));
    assert_null(FIND("\x09\x00\x26\x89\xdf\xd6\xb7\x12\x00"));
}

static void unknown_short_and_empty_are_not_found(void **state)
{
    (void)state;
    assert_null(FIND("nobody knows this one"));
    assert_null(FIND("\xaf\xca\xd7"));
    assert_null(es_vendor_id_find(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_are_those_of_their_texts),
        cmocka_unit_test(versions_that_were_hashed_are_told),
        cmocka_unit_test(versions_behind_a_prefix_do_not_matter),
        cmocka_unit_test(the_longest_entry_that_fits_is_meant),
        cmocka_unit_test(a_whole_entry_takes_no_more_bytes),
        cmocka_unit_test(unknown_short_and_empty_are_not_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
