/*
 * Object identifiers by their DER contents.
 */
#include "espial/registry.h"

#include <string.h>

#define X(symbol, name, reference, bytes)                                                          \
    {symbol, name, reference, (const uint8_t *)(bytes), sizeof(bytes) - 1},
static const struct es_oid x500_attribute[] = {
#include "espial/registry/x500_attribute.def"
};
static const struct es_oid signature_algorithm[] = {
#include "espial/registry/signature_algorithm.def"
};
#undef X

const struct es_oid_registry es_oids_x500_attribute = {x500_attribute, ES_COUNT(x500_attribute)};
const struct es_oid_registry es_oids_signature_algorithm = {signature_algorithm,
                                                            ES_COUNT(signature_algorithm)};

const struct es_oid *es_oid_find(const struct es_oid_registry *registry, const uint8_t *bytes,
                                 size_t length)
{
    for (size_t i = 0; i < registry->count; i++) {
        const struct es_oid *one = &registry->rows[i];
        if (one->length == length && memcmp(one->bytes, bytes, length) == 0)
            return one;
    }
    return NULL;
}
