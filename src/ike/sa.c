/*
 * Security Association payloads: proposals, transforms, attributes. RFC 7296, 3.3; RFC 2408, 3.4 to
 * 3.6 with the situation of RFC 2407, 4.6.1. Both versions nest the same way:
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    | Last Substruc |   RESERVED    |        Proposal Length        |
 *    | Proposal Num  |  Protocol ID  |    SPI Size   |Num  Transforms|
 *    |                        SPI (variable)                         |
 *    | Last Substruc |   RESERVED    |       Transform Length        |   IKEv2     IKEv1
 *    |Transform Type |   RESERVED    |          Transform ID         |   type, id  number, id
 *    |                      Transform Attributes                     |
 */
#include "sa.h"
#include "fault.h"

#include <string.h>

enum {
    SUBSTRUCTURE_BYTES = 8, /* of a proposal or transform, without what varies */

    /* Labels follow. */
    SITUATION_LABELED = ES_IKEV1_SITUATION_SECRECY | ES_IKEV1_SITUATION_INTEGRITY,

    ATTRIBUTE_BASIC = 0x8000, /* the value stands in the length's place */
};

bool es_ike_substructure_next(struct es_cursor *chain, uint8_t follows,
                              struct es_ike_substructure *out)
{
    struct es_cursor header = *chain;
    const uint8_t *const start = chain->at;
    const uint8_t mark = es_u8(&header);
    es_u8(&header); /* reserved */
    const uint16_t length = es_u16(&header);
    out->reason = "a proposal or transform is announced, but the payload ends";
    if (header.fault != ES_FAULT_NONE)
        return refuse_at(chain, start, header.fault);
    out->reason = "neither a last proposal or transform nor one before others";
    if (mark != 0 && mark != follows)
        return refuse_at(chain, start, ES_FAULT_VALUE);
    out->reason = "length of a proposal or transform below 8";
    if (length < SUBSTRUCTURE_BYTES)
        return refuse_at(chain, start + 2, ES_FAULT_VALUE);
    out->reason = "length of a proposal or transform beyond what holds it";
    if (length > es_wire_left(chain))
        return refuse_at(chain, start + 2, ES_FAULT_SHORT);
    out->last = mark == 0;
    out->inside = es_sub(chain, length);
    es_skip(&out->inside, 4);
    return true;
}

/*
 *    |A|       Attribute Type        |  A=0: length, A=1: value      |
 *    |                   A=0: value                                  |
 */
bool es_ike_attribute_next(struct es_cursor *attributes, struct es_ike_sa_attribute *out)
{
    const uint8_t *const start = attributes->at;
    const uint16_t type = es_u16(attributes);
    struct es_cursor basic = *attributes;
    const uint16_t length_or_value = es_u16(attributes);
    out->class = type & (ATTRIBUTE_BASIC - 1);
    out->bytes = es_sub(&basic, 2);
    out->value = length_or_value;
    out->number = true;
    if (attributes->fault != ES_FAULT_NONE || (type & ATTRIBUTE_BASIC) != 0)
        return attributes->fault == ES_FAULT_NONE;
    if (length_or_value > es_wire_left(attributes))
        return refuse_at(attributes, start + 2, ES_FAULT_SHORT);

    out->bytes = es_sub(attributes, length_or_value);
    struct es_cursor value = out->bytes;
    out->number = length_or_value <= 8;
    uint64_t number = 0;
    while (out->number && es_more(&value))
        number = number << 8 | es_u8(&value);
    out->number = out->number && value.fault == ES_FAULT_NONE;
    out->value = number < UINT32_MAX ? (uint32_t)number : UINT32_MAX;
    return true;
}

/* Adds a row; NULL when the array is full. */
static struct es_ike_transform *row_add(struct es_ike_proposals *out, struct es_ike_transform row)
{
    if (out->count == ES_IKE_TRANSFORMS_MAX) {
        out->dropped++;
        return NULL;
    }
    out->transforms[out->count] = row;
    return &out->transforms[out->count++];
}

static bool transform_ikev2(struct es_cursor *inside, struct es_ike_transform row,
                            struct es_ike_proposals *out)
{
    row.type = es_u8(inside);
    es_u8(inside); /* reserved */
    row.id = es_u16(inside);
    while (es_more(inside)) {
        struct es_ike_sa_attribute attribute;
        if (!es_ike_attribute_next(inside, &attribute))
            break;
        if (attribute.class == ES_IKE_ATTRIBUTE_KEY_LENGTH && attribute.number)
            row.key_length = (uint16_t)attribute.value;
    }
    if (inside->fault == ES_FAULT_SHORT || inside->fault == ES_FAULT_VALUE)
        return false;
    row_add(out, row);
    return inside->fault == ES_FAULT_NONE;
}

/* Which attribute classes have a meaning of their own; they differ between the phases. */
struct classes {
    uint16_t base; /* of `type` */
    uint16_t cipher, key_length, life_type, life_duration;
};

static const struct classes phase1_classes = {
    ES_IKEV1_TYPE,
    ES_IKEV1_ATTRIBUTE_ENCR,
    ES_IKEV1_ATTRIBUTE_KEY_LENGTH,
    ES_IKEV1_ATTRIBUTE_LIFE_TYPE,
    ES_IKEV1_ATTRIBUTE_LIFE_DURATION,
};
static const struct classes phase2_classes = {
    ES_IKEV1_PHASE2_TYPE,
    0,
    ES_IKEV1_IPSEC_ATTRIBUTE_KEY_LENGTH,
    ES_IKEV1_IPSEC_ATTRIBUTE_LIFE_TYPE,
    ES_IKEV1_IPSEC_ATTRIBUTE_LIFE_DURATION,
};

static bool transform_ikev1(struct es_cursor *inside, struct es_ike_transform row,
                            struct es_ike_proposals *out)
{
    const bool phase1 = row.protocol <= ES_IKE_PROTOCOL_IKE;
    const struct classes *classes = phase1 ? &phase1_classes : &phase2_classes;
    row.transform = es_u8(inside);
    row.id = es_u8(inside);
    es_u16(inside); /* reserved */
    row.type = classes->base;
    struct es_ike_transform *cipher = phase1 ? NULL : row_add(out, row);
    uint16_t key_length = 0;
    uint16_t life_type = 0;
    struct es_ike_sa_attribute attribute;
    while (es_more(inside) && es_ike_attribute_next(inside, &attribute)) {
        row.type = (uint16_t)(classes->base + attribute.class);
        row.id = (uint16_t)attribute.value;
        row.value = 0;
        if (attribute.class == classes->key_length) {
            key_length = row.id;
        } else if (attribute.class == classes->life_type) {
            life_type = row.id;
        } else if (attribute.class == classes->life_duration) {
            row.id = life_type;
            row.value = attribute.value;
            row_add(out, row);
        } else if (attribute.number) {
            struct es_ike_transform *added = row_add(out, row);
            if (attribute.class == classes->cipher && phase1)
                cipher = added;
        }
    }
    if (cipher)
        cipher->key_length = key_length;
    return inside->fault == ES_FAULT_NONE;
}

static void spi_add(struct es_ike_proposals *out, uint8_t proposal, uint8_t protocol,
                    struct es_cursor spi)
{
    if (out->spi_count == ES_IKE_PROPOSAL_SPIS_MAX)
        return;
    const size_t size = es_wire_left(&spi);
    uint64_t number = 0;
    if (size == 4)
        number = es_u32(&spi);
    else if (size == 8)
        number = es_u64(&spi);
    const size_t at = out->spi_count++;
    out->spis[at].proposal = proposal;
    out->spis[at].protocol = protocol;
    out->spis[at].size = (uint8_t)size;
    out->spis[at].spi = number;
}

static bool proposal_parse(struct es_cursor *inside, uint8_t major, struct es_ike_proposals *out)
{
    struct es_ike_transform row = {.proposal = es_u8(inside), .protocol = es_u8(inside)};
    const uint8_t spi_size = es_u8(inside);
    const uint8_t *const count_field = inside->at;
    const uint8_t count = es_u8(inside);
    if (inside->fault == ES_FAULT_NONE && spi_size > es_wire_left(inside))
        return refuse_at(inside, count_field - 1, ES_FAULT_SHORT);
    const struct es_cursor spi = es_sub(inside, spi_size);
    if (inside->fault != ES_FAULT_NONE)
        return false;
    out->proposal_count++;
    spi_add(out, row.proposal, row.protocol, spi);

    size_t transforms = 0;
    struct es_ike_substructure one = {.last = es_wire_left(inside) == 0};
    while (!one.last) {
        if (!es_ike_substructure_next(inside, ES_IKE_TRANSFORM_FOLLOWS, &one))
            return false;
        const bool sound = major == 1 ? transform_ikev1(&one.inside, row, out)
                                      : transform_ikev2(&one.inside, row, out);
        if (!sound)
            return refuse_at(inside, one.inside.at, one.inside.fault);
        transforms++;
    }
    if (es_wire_left(inside) > 0)
        return es_refuse(inside, ES_FAULT_VALUE);
    return transforms == count || refuse_at(inside, count_field, ES_FAULT_VALUE);
}

bool es_ike_situation_parse(struct es_cursor *body, uint32_t *doi, uint32_t *situation)
{
    const uint8_t *const start = body->at;
    *doi = es_u32(body);
    *situation = es_u32(body);
    if (body->fault != ES_FAULT_NONE)
        return false;
    if (*doi != ES_IKEV1_DOI_ISAKMP && *doi != ES_IKEV1_DOI_IPSEC)
        return refuse_at(body, start, ES_FAULT_VALUE);
    if (*doi == ES_IKEV1_DOI_IPSEC && (*situation & SITUATION_LABELED) != 0)
        return refuse_at(body, start + 4, ES_FAULT_VALUE); /* labelled networks: never seen */
    return true;
}

bool es_ike_proposals_parse(struct es_cursor *body, uint8_t major, struct es_ike_proposals *out)
{
    /* Rows are written as they are found: to clear 255 of them costs half of the parse. */
    const size_t rows = offsetof(struct es_ike_proposals, count);
    memset((uint8_t *)out + rows, 0, sizeof(*out) - rows);
    uint32_t doi = 0;
    uint32_t situation = 0;
    if (major == 1 && !es_ike_situation_parse(body, &doi, &situation))
        return false;
    struct es_ike_substructure one = {.last = false};
    while (!one.last) {
        if (!es_ike_substructure_next(body, ES_IKE_PROPOSAL_FOLLOWS, &one))
            return false;
        if (!proposal_parse(&one.inside, major, out))
            return refuse_at(body, one.inside.at, one.inside.fault);
    }
    return es_wire_left(body) == 0 || es_refuse(body, ES_FAULT_VALUE);
}
