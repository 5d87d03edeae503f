/*
 * Identification payloads and their text.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static enum es_fault parse(struct es_cursor input)
{
    struct es_ike_identity identity;
    if (!es_ike_identity_parse(input, 1, &identity))
        return input.missing ? ES_FAULT_CUT : ES_FAULT_SHORT;
    struct es_text text;
    es_text_init(&text);
    es_text_add_identity(&text, &identity);
    es_text_fini(&text);
    return ES_FAULT_NONE;
}

static struct wire identity_build(uint8_t type, const char *data, size_t length)
{
    struct wire wire = {0};
    wire_u8(&wire, type);
    wire_u8(&wire, 17);
    wire_u16(&wire, 500);
    wire_bytes(&wire, data, length);
    return wire;
}

static void only_ikev1_has_protocol_and_port(void **state)
{
    (void)state;
    const struct wire wire = identity_build(ES_IKE_ID_FQDN, "moon", 4);
    for (uint8_t major = 1; major <= 2; major++) {
        struct es_ike_identity identity;
        assert_true(es_ike_identity_parse(
            es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length), major,
            &identity));
        assert_int_equal(identity.type, ES_IKE_ID_FQDN);
        assert_int_equal(identity.protocol, major == 1 ? 17 : 0);
        assert_int_equal(identity.port, major == 1 ? 500 : 0);
        assert_int_equal(es_left(&identity.data), 4);
    }
}

static void identities_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        uint8_t type;
        const char *data;
        size_t length;
        const char *text;
    } cases[] = {
        {ES_IKE_ID_IPV4_ADDR,        "\xc0\x00\x02\x01",                                      4,  "192.0.2.1"            },
        {ES_IKE_ID_IPV4_ADDR_SUBNET, "\x0a\x01\x00\x00\xff\xff\x00\x00",                      8,  "10.1.0.0/255.255.0.0" },
        {ES_IKE_ID_IPV4_ADDR_RANGE,  "\x0a\x01\x00\x01\x0a\x01\x00\x09",                      8,  "10.1.0.1-10.1.0.9"    },
        {ES_IKE_ID_IPV6_ADDR,        "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01",            16, "2001:db8::1"          },
        {ES_IKE_ID_FQDN,             "moon.example.org",                                      16, "fqdn moon.example.org"},
        {ES_IKE_ID_RFC822_ADDR,      "a@b\x1b[2J",                                            7,  "email a@b\\x1b[2J"    },
        {ES_IKE_ID_KEY_ID,           "id",                                                    2,  "key id"               },
        {ES_IKE_ID_DER_ASN1_DN,      "\x30\x00",                                              2,  "dn 3000"              },
        {ES_IKE_ID_DER_ASN1_DN,      "\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01m", 14,
         "dn CN=m"                                                                                                       },
        {ES_IKE_ID_IPV4_ADDR,        "\xc0\x00\x02",                                          3,  "address c00002"       },
        {ES_IKE_ID_NULL,             "",                                                      0,  "null"                 },
        {200,                        "\x01\x02",                                              2,  "type 200 0102"        },
    };
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const struct wire wire = identity_build(cases[i].type, cases[i].data, cases[i].length);
        struct es_ike_identity identity;
        assert_true(es_ike_identity_parse(
            es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length), 2,
            &identity));
        es_text_clear(&text);
        es_text_add_identity(&text, &identity);
        assert_string_equal(es_text_chars(&text), cases[i].text);
    }
    es_text_fini(&text);
}

static void every_prefix_of_the_fixed_part_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire wire = identity_build(ES_IKE_ID_FQDN, "moon", 4);
    mutate_prefixes(wire.bytes, 4, parse);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire wire = identity_build(ES_IKE_ID_IPV4_ADDR_SUBNET, "12345678", 8);
    mutate_bytes(wire.bytes, wire.length, parse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_ikev1_has_protocol_and_port),
        cmocka_unit_test(identities_read_as_people_write_them),
        cmocka_unit_test(every_prefix_of_the_fixed_part_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
