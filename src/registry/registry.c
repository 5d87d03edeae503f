/*
 * The registries: each .def file becomes a const table in numeric order.
 */
#include "espial/registry.h"

/* Rows of one registry; X says how a line of the .def file becomes a row. */
#define X(number, symbol, name, reference) {number, #symbol, name, reference},
static const struct es_registry_row ike_exchange[] = {
#include "espial/registry/ike_exchange.def"
};
static const struct es_registry_row ike_payload[] = {
#include "espial/registry/ike_payload.def"
};
static const struct es_registry_row ike_notify[] = {
#include "espial/registry/ike_notify.def"
};
static const struct es_registry_row ike_protocol[] = {
#include "espial/registry/ike_protocol.def"
};
static const struct es_registry_row ike_transform_type[] = {
#include "espial/registry/ike_transform_type.def"
};
static const struct es_registry_row ike_esn[] = {
#include "espial/registry/ike_esn.def"
};
static const struct es_registry_row ike_id[] = {
#include "espial/registry/ike_id.def"
};
static const struct es_registry_row ikev1_payload[] = {
#include "espial/registry/ikev1_payload.def"
};
static const struct es_registry_row ikev1_notify[] = {
#include "espial/registry/ikev1_notify.def"
};
static const struct es_registry_row ikev1_attribute[] = {
#include "espial/registry/ikev1_attribute.def"
};
static const struct es_registry_row ikev1_auth[] = {
#include "espial/registry/ikev1_auth.def"
};
#undef X

/* Registries of algorithms have columns of lengths: length.c reads those. */
#define X(number, symbol, name, reference, block, iv, icv) {number, #symbol, name, reference},
static const struct es_registry_row ike_encr[] = {
#include "espial/registry/ike_encr.def"
};
static const struct es_registry_row ikev1_encr[] = {
#include "espial/registry/ikev1_encr.def"
};
#undef X
#define X(number, symbol, name, reference, length) {number, #symbol, name, reference},
static const struct es_registry_row ike_prf[] = {
#include "espial/registry/ike_prf.def"
};
static const struct es_registry_row ike_integ[] = {
#include "espial/registry/ike_integ.def"
};
static const struct es_registry_row ikev1_hash[] = {
#include "espial/registry/ikev1_hash.def"
};
#undef X
#define X(number, symbol, name, reference, initiator, responder) {number, #symbol, name, reference},
static const struct es_registry_row ike_ke_method[] = {
#include "espial/registry/ike_ke_method.def"
};
#undef X

#define REGISTRY(rows, title)                                                                      \
    const struct es_registry es_registry_##rows = {title, rows, ES_COUNT(rows)}

REGISTRY(ike_exchange, "IKE Exchange Types");
REGISTRY(ike_payload, "IKEv2 Payload Types");
REGISTRY(ike_notify, "IKEv2 Notify Message Types");
REGISTRY(ike_protocol, "IKEv2 Security Protocol Identifiers");
REGISTRY(ike_transform_type, "Transform Type Values");
REGISTRY(ike_encr, "Encryption Algorithm Transform IDs");
REGISTRY(ike_prf, "Pseudorandom Function Transform IDs");
REGISTRY(ike_integ, "Integrity Algorithm Transform IDs");
REGISTRY(ike_ke_method, "Key Exchange Method Transform IDs");
REGISTRY(ike_esn, "Sequence Numbers Transform IDs");
REGISTRY(ike_id, "Identification Payload ID Types");
REGISTRY(ikev1_payload, "ISAKMP Next Payload Types");
REGISTRY(ikev1_notify, "ISAKMP Notify Message Types");
REGISTRY(ikev1_attribute, "IKE Attributes");
REGISTRY(ikev1_encr, "IKE Encryption Algorithms");
REGISTRY(ikev1_hash, "IKE Hash Algorithms");
REGISTRY(ikev1_auth, "IPSEC Authentication Methods");

const struct es_registry_row *es_registry_find(const struct es_registry *registry, uint32_t number)
{
    size_t low = 0;
    size_t high = registry->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (registry->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == registry->count || registry->rows[low].number != number)
        return NULL;
    return &registry->rows[low];
}

void es_text_add_registry(struct es_text *text, const struct es_registry *registry, uint32_t number)
{
    const struct es_registry_row *row = es_registry_find(registry, number);
    if (row)
        es_text_add(text, row->name);
    else
        es_text_addf(text, "%u (unknown)", (unsigned)number);
}
