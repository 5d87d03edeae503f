/*
 * Lengths of algorithms: what the wire gives away of ciphertexts, ICVs, hashes and public values.
 */
#include "espial/registry.h"

/* Numbers and lengths of encryption algorithms, in step since both come of one file. */
#define X(number, symbol, name, reference, block, iv, icv) number,
static const uint16_t ikev2_encr[] = {
#include "espial/registry/ike_encr.def"
};
static const uint16_t ikev1_encr[] = {
#include "espial/registry/ikev1_encr.def"
};
#undef X
#define X(number, symbol, name, reference, block, iv, icv) {block, iv, icv},
static const struct es_encr ikev2_encr_lengths[] = {
#include "espial/registry/ike_encr.def"
};
static const struct es_encr ikev1_encr_lengths[] = {
#include "espial/registry/ikev1_encr.def"
};
#undef X

struct length_row {
    uint16_t id;
    uint16_t initiator, responder;
};

#define X(number, symbol, name, reference, length) {number, length, length},
static const struct length_row prf[] = {
#include "espial/registry/ike_prf.def"
};
static const struct length_row integ[] = {
#include "espial/registry/ike_integ.def"
};
static const struct length_row ikev1_hash[] = {
#include "espial/registry/ikev1_hash.def"
};
#undef X
#define X(number, symbol, name, reference, initiator, responder) {number, initiator, responder},
static const struct length_row ke_method[] = {
#include "espial/registry/ike_ke_method.def"
};
#undef X

static const struct length_row *length_in(const struct length_row *rows, size_t count, uint16_t id)
{
    static const struct length_row unknown;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].id == id)
            return &rows[i];
    }
    return &unknown;
}

const struct es_encr *es_encr_find(uint16_t ikev2_id)
{
    for (size_t i = 0; i < ES_COUNT(ikev2_encr); i++) {
        if (ikev2_encr[i] == ikev2_id)
            return &ikev2_encr_lengths[i];
    }
    return NULL;
}

const struct es_encr *es_encr_find_ikev1(uint16_t ikev1_value)
{
    for (size_t i = 0; i < ES_COUNT(ikev1_encr); i++) {
        if (ikev1_encr[i] == ikev1_value)
            return &ikev1_encr_lengths[i];
    }
    return NULL;
}

uint8_t es_integ_icv(uint16_t ikev2_id)
{
    return (uint8_t)length_in(integ, ES_COUNT(integ), ikev2_id)->initiator;
}

uint8_t es_prf_length(uint16_t ikev2_id)
{
    return (uint8_t)length_in(prf, ES_COUNT(prf), ikev2_id)->initiator;
}

uint8_t es_ikev1_hash_length(uint16_t ikev1_value)
{
    return (uint8_t)length_in(ikev1_hash, ES_COUNT(ikev1_hash), ikev1_value)->initiator;
}

uint16_t es_ke_method_length(uint16_t id)
{
    return length_in(ke_method, ES_COUNT(ke_method), id)->initiator;
}

uint16_t es_ke_method_reply_length(uint16_t id)
{
    return length_in(ke_method, ES_COUNT(ke_method), id)->responder;
}
