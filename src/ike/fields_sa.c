/*
 * Fields of SA payloads.
 *
 * IKEv2 (RFC 7296, 3.3): a group `proposals` each: `proposal`, `protocol_id`, `spi_size`,
 * `transform_count`, `spi`, and in it a group `transforms` each: `type`, `id`, `key_length`, and of
 * other attributes a group `attributes` each: `attribute`, `value`.
 *
 * IKEv1 (RFC 2408, 3.4 to 3.6): `doi`, `situation`, then the same, but a transform is `transform`
 * (its number), `id`, and `attributes`, by the classes of the phase that the protocol belongs to.
 */
#include "fields.h"
#include "sa.h"

static const char attribute_reason[] = "attribute beyond its transform";

/* Which registry names the value of an attribute, or the id of a transform. */
struct named_row {
    uint16_t type;
    const struct es_registry *registry;
};

static const struct named_row transform_ids[] = {
    {ES_IKE_TRANSFORM_ENCR,   &es_registry_ike_encr       },
    {ES_IKE_TRANSFORM_PRF,    &es_registry_ike_prf        },
    {ES_IKE_TRANSFORM_INTEG,  &es_registry_ike_integ      },
    {ES_IKE_TRANSFORM_KE,     &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ESN,    &es_registry_ike_esn        },
    {ES_IKE_TRANSFORM_ADDKE1, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE2, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE3, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE4, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE5, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE6, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_ADDKE7, &es_registry_ike_ke_method  },
    {ES_IKE_TRANSFORM_GCAUTH, &es_registry_ike_auth_method},
};

static const struct named_row phase1_values[] = {
    {ES_IKEV1_ATTRIBUTE_ENCR,       &es_registry_ikev1_encr      },
    {ES_IKEV1_ATTRIBUTE_HASH,       &es_registry_ikev1_hash      },
    {ES_IKEV1_ATTRIBUTE_AUTH,       &es_registry_ikev1_auth      },
    {ES_IKEV1_ATTRIBUTE_GROUP,      &es_registry_ike_ke_method   },
    {ES_IKEV1_ATTRIBUTE_GROUP_TYPE, &es_registry_ikev1_group_type},
    {ES_IKEV1_ATTRIBUTE_LIFE_TYPE,  &es_registry_ikev1_life      },
};

static const struct named_row phase2_values[] = {
    {ES_IKEV1_IPSEC_ATTRIBUTE_LIFE_TYPE,          &es_registry_ikev1_life          },
    {ES_IKEV1_IPSEC_ATTRIBUTE_GROUP,              &es_registry_ike_ke_method       },
    {ES_IKEV1_IPSEC_ATTRIBUTE_ENCAPSULATION_MODE, &es_registry_ikev1_encapsulation },
    {ES_IKEV1_IPSEC_ATTRIBUTE_AUTH_ALGORITHM,     &es_registry_ikev1_auth_algorithm},
    {ES_IKEV1_IPSEC_ATTRIBUTE_ECN_TUNNEL,         &es_registry_ikev1_ecn_tunnel    },
    {ES_IKEV1_IPSEC_ATTRIBUTE_ESN,                &es_registry_ikev1_esn           },
};

static const struct named_row ikev1_ids[] = {
    {ES_IKEV1_PROTOCOL_ISAKMP, &es_registry_ikev1_transform},
    {ES_IKEV1_PROTOCOL_AH,     &es_registry_ikev1_ah       },
    {ES_IKEV1_PROTOCOL_ESP,    &es_registry_ikev1_esp      },
    {ES_IKEV1_PROTOCOL_IPCOMP, &es_registry_ike_ipcomp     },
};

static const struct es_registry *named_in(const struct named_row *rows, size_t count, uint64_t type)
{
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type == type)
            return rows[i].registry;
    }
    return NULL;
}

#define NAMED_IN(rows, type) named_in(rows, ES_COUNT(rows), type)

/* A number of two bytes that a registry may name. */
static void put_id(struct es_fields *fields, struct es_cursor *c, size_t size,
                   const struct es_registry *registry)
{
    if (registry)
        es_fields_named(fields, c, "id", size, registry);
    else
        es_fields_number(fields, c, "id", size);
}

/* One attribute as a group: its class, then its value. `at` is where it begins. */
static void put_attribute(struct es_fields *fields, struct es_cursor at, size_t length,
                          const struct es_registry *classes, struct es_ike_sa_attribute *attribute,
                          const struct es_registry *values)
{
    at = es_sub(&at, length);
    const bool opened = es_fields_open(fields, "attributes", &at);
    es_fields_class(fields, &at, classes, attribute->class);
    es_fields_value(fields, &attribute->bytes, "value", values);
    es_fields_close(fields, "attributes", opened);
}

static void walk_attributes(struct es_fields *fields, struct es_cursor *inside)
{
    bool has_key_length = false;
    while (es_more(inside) && es_fields_sound(fields)) {
        const struct es_cursor start = *inside;
        struct es_ike_sa_attribute attribute;
        if (!es_ike_attribute_next(inside, &attribute))
            break;
        const size_t length = es_wire_left(&start) - es_wire_left(inside);
        const bool is_key_length = attribute.class == ES_IKE_ATTRIBUTE_KEY_LENGTH;
        if (is_key_length && !has_key_length)
            es_fields_value(fields, &attribute.bytes, "key_length", NULL);
        else
            put_attribute(fields, start, length, &es_registry_ike_attribute, &attribute, NULL);
        has_key_length |= is_key_length;
    }
    es_fields_check(fields, inside, attribute_reason);
}

void es_fields_attributes_ikev1(struct es_fields *fields, struct es_cursor *c, bool phase1)
{
    while (es_more(c) && es_fields_sound(fields)) {
        const struct es_cursor start = *c;
        struct es_ike_sa_attribute attribute;
        if (!es_ike_attribute_next(c, &attribute))
            break;
        const size_t length = es_wire_left(&start) - es_wire_left(c);
        const struct es_registry *values = phase1 ? NAMED_IN(phase1_values, attribute.class)
                                                  : NAMED_IN(phase2_values, attribute.class);
        put_attribute(fields, start, length,
                      phase1 ? &es_registry_ikev1_attribute : &es_registry_ikev1_ipsec_attribute,
                      &attribute, values);
    }
    es_fields_check(fields, c, attribute_reason);
}

static void walk_transform(struct es_fields *fields, struct es_cursor *inside, uint8_t protocol)
{
    (void)protocol;
    const uint64_t type =
        es_fields_named(fields, inside, "type", 1, &es_registry_ike_transform_type);
    es_fields_skip(fields, inside, 1);
    put_id(fields, inside, 2, NAMED_IN(transform_ids, type));
    walk_attributes(fields, inside);
}

static void walk_transform_ikev1(struct es_fields *fields, struct es_cursor *inside,
                                 uint8_t protocol)
{
    es_fields_number(fields, inside, "transform", 1);
    put_id(fields, inside, 1, NAMED_IN(ikev1_ids, protocol));
    es_fields_skip(fields, inside, 2);
    es_fields_attributes_ikev1(fields, inside, protocol <= ES_IKEV1_PROTOCOL_ISAKMP);
}

/* The transforms of a proposal; how many there are. */
static size_t walk_transforms(struct es_fields *fields, struct es_cursor *inside, uint8_t protocol)
{
    const bool is_ikev1 = fields->message->header.major == 1;
    size_t count = 0;
    struct es_ike_substructure one = {.last = es_wire_left(inside) == 0};
    while (!one.last && es_fields_sound(fields)) {
        if (!es_ike_substructure_next(inside, ES_IKE_TRANSFORM_FOLLOWS, &one)) {
            es_fields_check(fields, inside, one.reason);
            break;
        }
        const bool opened = es_fields_open(fields, "transforms", &one.inside);
        if (is_ikev1)
            walk_transform_ikev1(fields, &one.inside, protocol);
        else
            walk_transform(fields, &one.inside, protocol);
        es_fields_close(fields, "transforms", opened);
        count++;
    }
    return count;
}

static void walk_proposal(struct es_fields *fields, struct es_cursor *inside)
{
    const bool is_ikev1 = fields->message->header.major == 1;
    es_fields_number(fields, inside, "proposal", 1);
    const uint8_t protocol = (uint8_t)es_fields_named(fields, inside, "protocol_id", 1,
                                                      is_ikev1 ? &es_registry_ikev1_protocol
                                                               : &es_registry_ike_protocol);
    const uint8_t *const size_field = inside->at;
    const size_t spi_size = (size_t)es_fields_number(fields, inside, "spi_size", 1);
    const uint8_t *const count_field = inside->at;
    const size_t claimed = (size_t)es_fields_number(fields, inside, "transform_count", 1);
    if (!es_fields_sound(fields))
        return;
    if (spi_size > es_wire_left(inside)) {
        es_fields_refuse(fields, size_field, ES_FAULT_SHORT, "SPI beyond its proposal");
        return;
    }
    es_fields_bytes(fields, inside, ES_FIELD_SPI, "spi", spi_size);
    const size_t count = walk_transforms(fields, inside, protocol);
    if (!es_fields_sound(fields))
        return;
    if (es_wire_left(inside) > 0)
        es_fields_refuse(fields, inside->at, ES_FAULT_VALUE, "bytes after the last transform");
    else if (count != claimed)
        es_fields_refuse(fields, count_field, ES_FAULT_VALUE, "another number of transforms");
}

void es_fields_sa(struct es_fields *fields, struct es_cursor *body)
{
    struct es_ike_substructure one = {.last = false};
    while (!one.last && es_fields_sound(fields)) {
        if (!es_ike_substructure_next(body, ES_IKE_PROPOSAL_FOLLOWS, &one)) {
            es_fields_check(fields, body, one.reason);
            return;
        }
        const bool opened = es_fields_open(fields, "proposals", &one.inside);
        walk_proposal(fields, &one.inside);
        es_fields_close(fields, "proposals", opened);
    }
}

void es_fields_sa_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    struct es_cursor judged = *body;
    es_fields_named(fields, body, "doi", 4, &es_registry_ikev1_doi);
    es_fields_named(fields, body, "situation", 4, &es_registry_ikev1_situation);
    uint32_t doi = 0;
    uint32_t situation = 0;
    if (!es_ike_situation_parse(&judged, &doi, &situation))
        es_fields_check(fields, &judged, "a domain or situation that is not decoded");
    if (es_fields_sound(fields))
        es_fields_sa(fields, body);
}
