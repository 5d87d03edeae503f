/*
 * Vendor IDs by their first bytes.
 */
#include "espial/registry.h"

#include <string.h>

#define X(name, product, traits, whole, bytes)                                                     \
    {name, product, traits, (const uint8_t *)(bytes), sizeof(bytes) - 1, whole},
static const struct es_vendor_id vendor_ids[] = {
#include "espial/registry/vendor_id.def"
};
#undef X

static bool fits(const struct es_vendor_id *id, const uint8_t *bytes, size_t length)
{
    if (length < id->length || (id->whole && length != id->length))
        return false;
    return memcmp(bytes, id->bytes, id->length) == 0;
}

const struct es_vendor_id *es_vendor_id_find(const uint8_t *bytes, size_t length)
{
    const struct es_vendor_id *best = NULL;
    for (size_t i = 0; i < ES_COUNT(vendor_ids); i++) {
        const struct es_vendor_id *id = &vendor_ids[i];
        if (fits(id, bytes, length) && (!best || id->length > best->length))
            best = id;
    }
    return best;
}
