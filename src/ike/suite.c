/*
 * The suite that a chosen proposal means: of each type of transform exactly one.
 */
#include "espial/ike.h"

/* Where a type of transform goes. */
struct suite_slot {
    uint8_t major;
    uint16_t type;
    size_t offset; /* of the uint16_t in struct es_ike_suite */
    bool needed;
};

static const struct suite_slot slots[] = {
    {2, ES_IKE_TRANSFORM_ENCR,                    offsetof(struct es_ike_suite, encr),  true },
    {2, ES_IKE_TRANSFORM_PRF,                     offsetof(struct es_ike_suite, prf),   false},
    {2, ES_IKE_TRANSFORM_INTEG,                   offsetof(struct es_ike_suite, integ), false},
    {2, ES_IKE_TRANSFORM_KE,                      offsetof(struct es_ike_suite, ke),    false},
    {1, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR,  offsetof(struct es_ike_suite, encr),  true },
    {1, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH,  offsetof(struct es_ike_suite, prf),   true },
    {1, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_GROUP, offsetof(struct es_ike_suite, ke),    false},
    {1, ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_AUTH,  offsetof(struct es_ike_suite, auth),  false},
};

static uint16_t *field(struct es_ike_suite *suite, const struct suite_slot *slot)
{
    return (uint16_t *)(void *)((char *)suite + slot->offset);
}

/* Fills one slot. False when the choice is missing or there are two different ones. */
static bool choose(const struct es_ike_proposals *chosen, const struct suite_slot *slot,
                   struct es_ike_suite *suite)
{
    const struct es_ike_transform *found = NULL;
    for (size_t i = 0; i < chosen->count; i++) {
        const struct es_ike_transform *one = &chosen->transforms[i];
        if (one->type != slot->type)
            continue;
        if (found && (found->id != one->id || found->key_length != one->key_length))
            return false;
        found = one;
    }
    if (!found)
        return !slot->needed;
    *field(suite, slot) = found->id;
    if (found->key_length)
        suite->key_length = found->key_length;
    return true;
}

bool es_ike_suite_from(const struct es_ike_proposals *chosen, uint8_t major,
                       struct es_ike_suite *out)
{
    struct es_ike_suite suite = {.major = major};
    if ((major != 1 && major != 2) || chosen->dropped)
        return false;
    for (size_t i = 0; i < ES_COUNT(slots); i++) {
        if (slots[i].major == major && !choose(chosen, &slots[i], &suite))
            return false;
    }
    *out = suite;
    return true;
}
