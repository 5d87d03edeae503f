/*
 * Proposals of both versions.
 */
#include "edge.h"
#include "ike_wire.h"
#include "mutate.h"
#include "unit.h"

static struct es_ike_proposals proposals;

static enum es_fault parse_as(struct es_cursor body, uint8_t major)
{
    const size_t wire = es_wire_left(&body);
    const bool sound = es_ike_proposals_parse(&body, major, &proposals);
    assert_int_equal(sound, body.fault == ES_FAULT_NONE);
    assert_true(es_offset(&body) <= wire);
    assert_true(proposals.count <= ES_IKE_TRANSFORMS_MAX);
    assert_true(proposals.spi_count <= ES_IKE_PROPOSAL_SPIS_MAX);
    return body.fault;
}

static enum es_fault parse_ikev1(struct es_cursor body)
{
    return parse_as(body, 1);
}

static enum es_fault parse_ikev2(struct es_cursor body)
{
    return parse_as(body, 2);
}

static void assert_row(size_t at, struct es_ike_transform expected)
{
    const struct es_ike_transform *row = &proposals.transforms[at];
    assert_int_equal(row->proposal, expected.proposal);
    assert_int_equal(row->transform, expected.transform);
    assert_int_equal(row->protocol, expected.protocol);
    assert_int_equal(row->type, expected.type);
    assert_int_equal(row->id, expected.id);
    assert_int_equal(row->key_length, expected.key_length);
    assert_int_equal(row->value, expected.value);
}

static void assert_fault(const struct wire *wire, uint8_t major, enum es_fault fault, size_t offset)
{
    struct es_cursor body =
        es_cursor(edge_place(wire->bytes, wire->length), wire->length, wire->length);
    assert_false(es_ike_proposals_parse(&body, major, &proposals));
    assert_int_equal(body.fault, fault);
    assert_int_equal(es_offset(&body), offset);
}

static void ikev2_transforms_come_flat(void **state)
{
    (void)state;
    const struct wire wire = sa_ikev2();
    assert_int_equal(
        parse_ikev2(es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length)),
        ES_FAULT_NONE);
    assert_int_equal(proposals.count, 7);
    assert_int_equal(proposals.proposal_count, 2);
    assert_row(
        0, (struct es_ike_transform){1, 0, 1, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_CBC, 256, 0});
    assert_row(1, (struct es_ike_transform){1, 0, 1, ES_IKE_TRANSFORM_INTEG,
                                            ES_IKE_INTEG_HMAC_SHA2_256_128, 0, 0});
    assert_row(4, (struct es_ike_transform){2, 0, 1, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_GCM_16,
                                            128, 0});
    assert_row(6, (struct es_ike_transform){2, 0, 1, ES_IKE_TRANSFORM_KE,
                                            ES_IKE_KE_METHOD_CURVE25519, 0, 0});
    assert_int_equal(proposals.spi_count, 2);
    assert_int_equal(proposals.spis[0].size, 0);
    assert_int_equal(proposals.spis[1].size, 8);
    assert_true(proposals.spis[1].spi == UINT64_C(0xc1c1c1c1c1c1c1c1));
}

static void ikev1_attributes_become_rows(void **state)
{
    (void)state;
    const struct wire wire = sa_ikev1();
    assert_int_equal(
        parse_ikev1(es_cursor(edge_place(wire.bytes, wire.length), wire.length, wire.length)),
        ES_FAULT_NONE);
    assert_int_equal(proposals.count, 8);
    assert_int_equal(proposals.proposal_count, 1);
    const uint16_t type = ES_IKEV1_TYPE;
    assert_row(0, (struct es_ike_transform){0, 0, 1, type + ES_IKEV1_ATTRIBUTE_ENCR,
                                            ES_IKEV1_ENCR_AES_CBC, 256, 0});
    assert_row(1, (struct es_ike_transform){0, 0, 1, type + ES_IKEV1_ATTRIBUTE_HASH,
                                            ES_IKEV1_HASH_SHA2_256, 0, 0});
    assert_row(2, (struct es_ike_transform){0, 0, 1, type + ES_IKEV1_ATTRIBUTE_GROUP, 14, 0, 0});
    assert_row(3, (struct es_ike_transform){0, 0, 1, type + ES_IKEV1_ATTRIBUTE_AUTH, 1, 0, 0});
    assert_row(4, (struct es_ike_transform){0, 0, 1, type + ES_IKEV1_ATTRIBUTE_LIFE_DURATION, 1, 0,
                                            86400});
    assert_row(5, (struct es_ike_transform){0, 1, 1, type + ES_IKEV1_ATTRIBUTE_ENCR,
                                            ES_IKEV1_ENCR_3DES_CBC, 0, 0});
}

static void ikev1_phase2_attributes_are_told_apart(void **state)
{
    (void)state;
    struct wire wire = {0};
    wire_u32(&wire, 1);
    wire_u32(&wire, 1);
    const size_t proposal = proposal_begin(&wire, 0, 1, ES_IKE_PROTOCOL_ESP, 4, 1);
    const size_t at = payload_begin(&wire, 0);
    wire_u8(&wire, 1);
    wire_u8(&wire, 12); /* ESP_AES */
    wire_u16(&wire, 0);
    attribute_put(&wire, 1, 1);
    attribute_put(&wire, 2, 3600);
    attribute_put(&wire, 6, 128);
    attribute_put(&wire, 5, 2);
    payload_end(&wire, at);
    payload_end(&wire, proposal);
    assert_int_equal(parse_ikev1(es_cursor(wire.bytes, wire.length, wire.length)), ES_FAULT_NONE);
    assert_int_equal(proposals.count, 3);
    assert_row(0, (struct es_ike_transform){1, 1, 3, ES_IKEV1_PHASE2_TYPE, 12, 128, 0});
    assert_row(1, (struct es_ike_transform){1, 1, 3, ES_IKEV1_PHASE2_TYPE + 2, 1, 0, 3600});
    assert_row(2, (struct es_ike_transform){1, 1, 3, ES_IKEV1_PHASE2_TYPE + 5, 2, 0, 0});
    assert_true(proposals.spis[0].spi == 0xc1c1c1c1);
}

static void every_prefix_is_cut_or_short(void **state)
{
    (void)state;
    const struct wire ikev1 = sa_ikev1();
    mutate_prefixes(ikev1.bytes, ikev1.length, parse_ikev1);
    const struct wire ikev2 = sa_ikev2();
    mutate_prefixes(ikev2.bytes, ikev2.length, parse_ikev2);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    const struct wire ikev1 = sa_ikev1();
    mutate_bytes(ikev1.bytes, ikev1.length, parse_ikev1);
    const struct wire ikev2 = sa_ikev2();
    mutate_bytes(ikev2.bytes, ikev2.length, parse_ikev2);
}

/* Offsets into sa_ikev2(): its first transform is 12 bytes long, its first proposal 44. */
enum {
    PROPOSAL_LENGTH = 2,
    TRANSFORM_COUNT = 7,
    FIRST_TRANSFORM = 8,
    SECOND_TRANSFORM = 20,
    SECOND_PROPOSAL = 44,
    LAST_TRANSFORM = 80,
    END = 88,
};

static void what_the_rfc_forbids_is_told_at_its_byte(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint16_t value; /* of two bytes */
        enum es_fault fault;
        size_t offset;
    } cases[] = {
        {PROPOSAL_LENGTH,     7,      ES_FAULT_VALUE, PROPOSAL_LENGTH     },
        {PROPOSAL_LENGTH,     5000,   ES_FAULT_SHORT, PROPOSAL_LENGTH     },
        {0,                   0,      ES_FAULT_VALUE, SECOND_PROPOSAL     }, /* "last", but another follows */
        {0,                   0x0100, ES_FAULT_VALUE, 0                   }, /* a mark that does not exist */
        {SECOND_PROPOSAL,     0x0200, ES_FAULT_SHORT, END                 }, /* "more", but nothing is */
        {TRANSFORM_COUNT - 1, 3,      ES_FAULT_VALUE, TRANSFORM_COUNT     },
        {TRANSFORM_COUNT - 1, 5,      ES_FAULT_VALUE, TRANSFORM_COUNT     },
        {TRANSFORM_COUNT - 1, 0xff04, ES_FAULT_SHORT, TRANSFORM_COUNT - 1 }, /* SPI size */
        {FIRST_TRANSFORM,     0,      ES_FAULT_VALUE, SECOND_TRANSFORM    },
        {FIRST_TRANSFORM + 2, 7,      ES_FAULT_VALUE, FIRST_TRANSFORM + 2 },
        {FIRST_TRANSFORM + 2, 60,     ES_FAULT_SHORT, FIRST_TRANSFORM + 2 },
        {FIRST_TRANSFORM + 2, 10,     ES_FAULT_SHORT, FIRST_TRANSFORM + 10}, /* half an attribute */
        {FIRST_TRANSFORM + 8, 14,     ES_FAULT_SHORT, FIRST_TRANSFORM + 10}, /* long and too long */
        {SECOND_TRANSFORM,    0x0200, ES_FAULT_VALUE, SECOND_TRANSFORM    },
        {LAST_TRANSFORM,      0x0300, ES_FAULT_SHORT, END                 },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire wire = sa_ikev2();
        wire_patch_u16(&wire, cases[i].at, cases[i].value);
        assert_fault(&wire, 2, cases[i].fault, cases[i].offset);
    }
}

static void what_stands_before_a_fault_is_kept(void **state)
{
    (void)state;
    struct wire wire = sa_ikev2();
    wire_patch_u16(&wire, SECOND_TRANSFORM + 2, 7);
    assert_fault(&wire, 2, ES_FAULT_VALUE, SECOND_TRANSFORM + 2);
    assert_int_equal(proposals.count, 1);
    assert_int_equal(proposals.transforms[0].id, ES_IKE_ENCR_AES_CBC);
}

static void unknown_domains_and_labels_are_refused(void **state)
{
    (void)state;
    struct wire wire = sa_ikev1();
    wire_patch_u32(&wire, 0, 9);
    assert_fault(&wire, 1, ES_FAULT_VALUE, 0);
    wire = sa_ikev1();
    wire_patch_u32(&wire, 4, 3);
    assert_fault(&wire, 1, ES_FAULT_VALUE, 4);
}

static void an_sa_without_proposals_is_short(void **state)
{
    (void)state;
    struct wire wire = {0};
    assert_fault(&wire, 2, ES_FAULT_SHORT, 0);
    wire_u32(&wire, 1);
    wire_u32(&wire, 1);
    assert_fault(&wire, 1, ES_FAULT_SHORT, 8);
}

static void more_transforms_than_fit_are_counted(void **state)
{
    (void)state;
    struct wire wire = {0};
    for (unsigned p = 0; p < 2; p++) {
        const size_t at = proposal_begin(&wire, p == 0 ? 2 : 0, (uint8_t)(p + 1), 1, 0, 200);
        for (unsigned t = 0; t < 200; t++)
            transform_put(&wire, t == 199 ? 0 : 3, 1, 12, 128);
        payload_end(&wire, at);
    }
    assert_int_equal(parse_ikev2(es_cursor(wire.bytes, wire.length, wire.length)), ES_FAULT_NONE);
    assert_int_equal(proposals.count, ES_IKE_TRANSFORMS_MAX);
    assert_int_equal(proposals.dropped, 400 - ES_IKE_TRANSFORMS_MAX);
}

static void a_long_life_saturates(void **state)
{
    (void)state;
    struct wire wire = sa_ikev1();
    const size_t duration = 8 + 8 + 8 + 6 * 4;
    wire_patch_u32(&wire, duration + 4, UINT32_MAX);
    assert_int_equal(parse_ikev1(es_cursor(wire.bytes, wire.length, wire.length)), ES_FAULT_NONE);
    assert_int_equal(proposals.transforms[4].value, UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ikev2_transforms_come_flat),
        cmocka_unit_test(ikev1_attributes_become_rows),
        cmocka_unit_test(ikev1_phase2_attributes_are_told_apart),
        cmocka_unit_test(every_prefix_is_cut_or_short),
        cmocka_unit_test(any_flip_is_survived),
        cmocka_unit_test(what_the_rfc_forbids_is_told_at_its_byte),
        cmocka_unit_test(what_stands_before_a_fault_is_kept),
        cmocka_unit_test(unknown_domains_and_labels_are_refused),
        cmocka_unit_test(an_sa_without_proposals_is_short),
        cmocka_unit_test(more_transforms_than_fit_are_counted),
        cmocka_unit_test(a_long_life_saturates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
