/*
 * Fields of SA payloads.
 */
#include "field_case.h"
#include "ike_wire.h"

#include <stdio.h>

static const struct field_case ikev2 = {
    "two proposals, IKEv2",
    2,
    34,
    ES_IKE_PAYLOAD_SA,
    88,
    NULL,
    "proposals@4+40[ proposal@4+1=1 protocol_id@5+1=1(IKE) spi_size@6+1=0 transform_count@7+1=4"
    " transforms@12+8[ type@12+1=1(ENCR) id@14+2=12(AES_CBC) key_length@18+2=256 ]"
    " transforms@24+4[ type@24+1=3(INTEG) id@26+2=12(HMAC_SHA2_256_128) ]"
    " transforms@32+4[ type@32+1=2(PRF) id@34+2=5(HMAC_SHA2_256) ]"
    " transforms@40+4[ type@40+1=4(KE) id@42+2=14(MODP_2048) ] ]"
    " proposals@48+40[ proposal@48+1=2 protocol_id@49+1=1(IKE) spi_size@50+1=8"
    " transform_count@51+1=3 spi@52+8=c1c1c1c1c1c1c1c1"
    " transforms@64+8[ type@64+1=1(ENCR) id@66+2=20(AES_GCM_16) key_length@70+2=128 ]"
    " transforms@76+4[ type@76+1=2(PRF) id@78+2=7(HMAC_SHA2_512) ]"
    " transforms@84+4[ type@84+1=4(KE) id@86+2=31(CURVE25519) ] ]"};

static const struct field_case ikev1 = {
    "phase 1",
    1,
    2,
    ES_IKEV1_PAYLOAD_SA,
    76,
    NULL,
    "doi@0+4=1(IPSEC) situation@4+4=1(IDENTITY_ONLY)"
    " proposals@12+64[ proposal@12+1=0 protocol_id@13+1=1(ISAKMP) spi_size@14+1=0"
    " transform_count@15+1=2 transforms@20+36[ transform@20+1=0 id@21+1=1(KEY_IKE)"
    " attributes@24+4[ attribute@24+2=14(KEY_LENGTH) value@26+2=256 ]"
    " attributes@28+4[ attribute@28+2=1(ENCR) value@30+2=7(AES_CBC) ]"
    " attributes@32+4[ attribute@32+2=2(HASH) value@34+2=4(SHA2_256) ]"
    " attributes@36+4[ attribute@36+2=4(GROUP) value@38+2=14(MODP_2048) ]"
    " attributes@40+4[ attribute@40+2=3(AUTH) value@42+2=1(PSK) ]"
    " attributes@44+4[ attribute@44+2=11(LIFE_TYPE) value@46+2=1(SECONDS) ]"
    " attributes@48+8[ attribute@48+2=12(LIFE_DURATION) value@52+4=86400 ] ]"
    " transforms@60+16[ transform@60+1=1 id@61+1=1(KEY_IKE)"
    " attributes@64+4[ attribute@64+2=1(ENCR) value@66+2=5(3DES_CBC) ]"
    " attributes@68+4[ attribute@68+2=2(HASH) value@70+2=2(SHA1) ]"
    " attributes@72+4[ attribute@72+2=3(AUTH) value@74+2=3(RSA) ] ] ]"};

static const struct field_case others[] = {
    {"phase 2",                             1, 32, ES_IKEV1_PAYLOAD_SA, 56,
     "00000001 00000001 00000030 01 03 04 01 c1000001 00000024 01 0c 0000 80010001 00020004 "
     "00015180"
     "80030002 80040003 80050005 80060080",                                                    "doi@0+4=1(IPSEC) situation@4+4=1(IDENTITY_ONLY) proposals@12+44[ proposal@12+1=1"
     " protocol_id@13+1=3(ESP) spi_size@14+1=4 transform_count@15+1=1 spi@16+4=c1000001"
     " transforms@24+32[ transform@24+1=1 id@25+1=12(AES_CBC)"
     " attributes@28+4[ attribute@28+2=1(LIFE_TYPE) value@30+2=1(SECONDS) ]"
     " attributes@32+8[ attribute@32+2=2(LIFE_DURATION) value@36+4=86400 ]"
     " attributes@40+4[ attribute@40+2=3(GROUP) value@42+2=2(MODP_1024) ]"
     " attributes@44+4[ attribute@44+2=4(ENCAPSULATION_MODE) value@46+2=3(UDP_TUNNEL) ]"
     " attributes@48+4[ attribute@48+2=5(AUTH_ALGORITHM) value@50+2=5(HMAC_SHA2_256) ]"
     " attributes@52+4[ attribute@52+2=6(KEY_LENGTH) value@54+2=128 ] ] ]"                                                           },
    {"phase 2 of AH and IPComp with a CPI", 1, 32, ES_IKEV1_PAYLOAD_SA, 54,
     "00000001 00000001 02000014 01 02 04 01 c1000001 00000008 01 03 0000"
     "0000001a 01 04 02 01 00b5 00000010 01 02 0000 80040002 800b0001",                        "doi@0+4=1(IPSEC) situation@4+4=1(IDENTITY_ONLY) proposals@12+16[ proposal@12+1=1"
     " protocol_id@13+1=2(AH) spi_size@14+1=4 transform_count@15+1=1 spi@16+4=c1000001"
     " transforms@24+4[ transform@24+1=1 id@25+1=3(SHA) ] ]"
     " proposals@32+22[ proposal@32+1=1 protocol_id@33+1=4(IPCOMP) spi_size@34+1=2"
     " transform_count@35+1=1 spi@36+2=00b5 transforms@42+12[ transform@42+1=1 id@43+1=2(DEFLATE)"
     " attributes@46+4[ attribute@46+2=4(ENCAPSULATION_MODE) value@48+2=2(TRANSPORT) ]"
     " attributes@50+4[ attribute@50+2=11(ESN) value@52+2=1(64_BIT) ] ] ]"                               },
    {"attributes that nobody sends, IKEv2", 2, 34, ES_IKE_PAYLOAD_SA,   42,
     "00000025 01 01 00 01 0000001d 01 00 000c 800e0080 800e0100 00630009 010203040506070809", "proposals@4+33[ proposal@4+1=1 protocol_id@5+1=1(IKE) spi_size@6+1=0 transform_count@7+1=1"
     " transforms@12+25[ type@12+1=1(ENCR) id@14+2=12(AES_CBC) key_length@18+2=128"
     " attributes@20+4[ attribute@20+2=14(KEY_LENGTH) value@22+2=256 ]"
     " attributes@24+13[ attribute@24+2=99(?) value@28+9=010203040506070809 ] ] ]"},
};

/* The two bodies that other tests have too, as hex. */
static void with_bodies(void (*check)(const struct field_case *cases, size_t count))
{
    static char hex[2][2 * WIRE_BYTES_MAX];
    const struct wire wires[] = {sa_ikev2(), sa_ikev1()};
    struct field_case cases[] = {ikev2, ikev1};
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        for (size_t at = 0; at < wires[i].length; at++)
            snprintf(hex[i] + 2 * at, 3, "%02x", wires[i].bytes[at]);
        cases[i].hex = hex[i];
    }
    check(cases, ES_COUNT(cases));
}

static void proposals_come_apart(void **state)
{
    (void)state;
    with_bodies(field_cases_hold);
    field_cases_hold(others, ES_COUNT(others));
}

static void compare(const struct field_case *one, const struct wire *wire)
{
    static struct es_ike_proposals proposals;
    struct es_cursor body = es_cursor(wire->bytes, wire->length, wire->length);
    es_ike_proposals_parse(&body, one->major, &proposals);
    const struct es_field_fault fault = field_fault(one, wire->bytes, wire->length, wire->length);
    if (body.fault == ES_FAULT_NONE && fault.fault == ES_FAULT_NONE)
        return;
    if (fault.fault != body.fault || fault.offset != BODY_AT + es_offset(&body))
        fail_msg("%s: fields: %d at %u (%s), parser: %d at %zu", one->what, fault.fault,
                 fault.offset - BODY_AT, fault.reason, body.fault, es_offset(&body));
}

static void compare_all(const struct field_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wire wire = hex_wire(cases[i].hex);
        const size_t whole = wire.length;
        for (wire.length = 0; wire.length < whole; wire.length++)
            compare(&cases[i], &wire);
        for (size_t at = 0; at < wire.length; at++) {
            for (unsigned flip = 0; flip < 256; flip++) {
                wire.bytes[at] ^= (uint8_t)flip;
                compare(&cases[i], &wire);
                wire.bytes[at] ^= (uint8_t)flip;
            }
        }
    }
}

/* Whatever is done to a body: the same fault at the same byte as the tracker's parser finds. */
static void the_parser_agrees(void **state)
{
    (void)state;
    with_bodies(compare_all);
    compare_all(others, ES_COUNT(others));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals_come_apart),
        cmocka_unit_test(the_parser_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
