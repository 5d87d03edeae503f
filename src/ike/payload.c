/*
 * Generic payload headers and the chain they make.
 */
#include "payload.h"

#include "fault.h"

enum {
    GENERIC_BYTES = 4,
    CRITICAL_BIT = 0x80,
};

/* Least body lengths are those of the fixed part: RFC 7296, 3.3 to 3.16; RFC 2408, 3.4 to 3.16. */
#define KIND(type, least, seals) [type] = {true, least, seals}

static const struct es_ike_payload_kind ikev1_kinds[] = {
    KIND(ES_IKEV1_PAYLOAD_SA, 8, false),           KIND(ES_IKEV1_PAYLOAD_ID, 4, false),
    KIND(ES_IKEV1_PAYLOAD_CERT, 1, false),         KIND(ES_IKEV1_PAYLOAD_CERTREQ, 1, false),
    KIND(ES_IKEV1_PAYLOAD_NOTIFY, 8, false),       KIND(ES_IKEV1_PAYLOAD_DELETE, 8, false),
    KIND(ES_IKEV1_PAYLOAD_ATTRIBUTES, 4, false),   KIND(ES_IKEV1_PAYLOAD_NAT_OA, 4, false),
    KIND(ES_IKEV1_PAYLOAD_NAT_OA_DRAFT, 4, false), KIND(ES_IKEV1_PAYLOAD_FRAGMENT, 4, false),
};

static const struct es_ike_payload_kind ikev2_kinds[] = {
    KIND(ES_IKE_PAYLOAD_KE, 4, false),      KIND(ES_IKE_PAYLOAD_IDI, 4, false),
    KIND(ES_IKE_PAYLOAD_IDR, 4, false),     KIND(ES_IKE_PAYLOAD_CERT, 1, false),
    KIND(ES_IKE_PAYLOAD_CERTREQ, 1, false), KIND(ES_IKE_PAYLOAD_AUTH, 4, false),
    KIND(ES_IKE_PAYLOAD_NOTIFY, 4, false),  KIND(ES_IKE_PAYLOAD_DELETE, 4, false),
    KIND(ES_IKE_PAYLOAD_TSI, 4, false),     KIND(ES_IKE_PAYLOAD_TSR, 4, false),
    KIND(ES_IKE_PAYLOAD_SK, 0, true),       KIND(ES_IKE_PAYLOAD_CP, 4, false),
    KIND(ES_IKE_PAYLOAD_EAP, 4, false),     KIND(ES_IKE_PAYLOAD_SKF, 4, true),
};

const struct es_ike_payload_kind *es_ike_payload_kind_find(uint8_t major, uint8_t type)
{
    const struct es_ike_payload_kind *kinds = major == 1 ? ikev1_kinds : ikev2_kinds;
    const size_t count = major == 1 ? ES_COUNT(ikev1_kinds) : ES_COUNT(ikev2_kinds);
    return type < count && kinds[type].known ? &kinds[type] : NULL;
}

const struct es_registry *es_ike_payload_registry(uint8_t major)
{
    return major == 1 ? &es_registry_ikev1_payload : &es_registry_ike_payload;
}

const char es_ike_payload_too_short[] = "payload too short for its type";

static bool refuse(struct es_ike_payload_walk *walk, const uint8_t *byte, enum es_fault why,
                   const char *reason)
{
    walk->reason = reason;
    return refuse_at(&walk->rest, byte, why);
}

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    | Next Payload  |C|  RESERVED   |         Payload Length        |
 */
bool es_ike_payload_walk_next(struct es_ike_payload_walk *walk, struct es_ike_payload *out)
{
    if (walk->next == 0 || walk->rest.fault != ES_FAULT_NONE)
        return false;
    const uint8_t *const start = walk->rest.at;
    struct es_cursor header = walk->rest;
    const uint8_t next = es_u8(&header);
    const uint8_t flags = es_u8(&header);
    const uint16_t length = es_u16(&header);
    if (header.fault != ES_FAULT_NONE)
        return refuse(walk, start, header.fault, "a payload is announced, but the message ends");
    const uint8_t *const length_field = start + 2;
    if (length < GENERIC_BYTES)
        return refuse(walk, length_field, ES_FAULT_VALUE, "payload length below 4");
    if (length > es_wire_left(&walk->rest))
        return refuse(walk, length_field, ES_FAULT_SHORT, "payload length beyond the message");
    const struct es_ike_payload_kind *kind = es_ike_payload_kind_find(walk->major, walk->next);
    const bool too_short = kind && length < GENERIC_BYTES + kind->least;
    if (too_short && (!walk->tolerant || kind->seals))
        return refuse(walk, length_field, ES_FAULT_VALUE, es_ike_payload_too_short);
    walk->too_short = too_short ? length_field : NULL;

    *out = (struct es_ike_payload){
        .type = walk->next,
        .critical = walk->major != 1 && (flags & CRITICAL_BIT) != 0,
        .length = length,
        .offset = (uint32_t)es_offset(&walk->rest),
    };
    out->body = es_sub(&walk->rest, length);
    es_skip(&out->body, GENERIC_BYTES);
    out->body.start = out->body.at;
    walk->next = next;
    return true;
}
