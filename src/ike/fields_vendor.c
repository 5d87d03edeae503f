/*
 * Fields of vendor ID payloads (RFC 7296, 3.12; RFC 2408, 3.16): `vendor_id`, and of known ones
 * `vendor` (what it announces), `product` (when it tells one), and what stands behind the known
 * bytes: `vendor_version`, `vendor_product`, `vendor_release` and `vendor_build`, `dpd_major` and
 * `dpd_minor`. `vendor_text`: the bytes, when they are text.
 */
#include "fields.h"

static bool is_text(struct es_cursor bytes)
{
    enum { WORTH_READING = 4 };
    if (es_left(&bytes) < WORTH_READING)
        return false;
    while (es_left(&bytes) > 0) {
        const uint8_t byte = es_u8(&bytes);
        if (byte < ' ' || byte > '~')
            return false;
    }
    return true;
}

/* Behind the known bytes there may also be less than is read here: then nothing is emitted. */
static void put_version(struct es_fields *fields, unsigned traits, struct es_cursor behind)
{
    const size_t left = es_left(&behind);
    if ((traits & ES_VENDOR_TRAIT_WINDOWS_VERSION) != 0 && left >= 4) {
        es_fields_named(fields, &behind, "vendor_version", 4, &es_registry_windows_version);
    } else if ((traits & ES_VENDOR_TRAIT_CHECK_POINT_VERSION) != 0 && left >= 8) {
        es_fields_number(fields, &behind, "vendor_product", 4);
        es_fields_named(fields, &behind, "vendor_version", 4, &es_registry_check_point_version);
    } else if ((traits & ES_VENDOR_TRAIT_RELEASE_AND_BUILD) != 0 && left >= 4) {
        es_fields_number(fields, &behind, "vendor_release", 2);
        es_fields_number(fields, &behind, "vendor_build", 2);
    } else if ((traits & ES_VENDOR_TRAIT_DPD) != 0 && left >= 2) {
        es_fields_number(fields, &behind, "dpd_major", 1);
        es_fields_number(fields, &behind, "dpd_minor", 1);
    }
}

void es_fields_vendor(struct es_fields *fields, struct es_cursor *body)
{
    struct es_cursor bytes = *body;
    es_fields_rest(fields, body, ES_FIELD_HEX, "vendor_id");
    if (!es_fields_sound(fields) || es_left(&bytes) == 0)
        return;
    const struct es_vendor_id *vendor = es_vendor_id_find(bytes.at, es_left(&bytes));
    if (vendor) {
        es_fields_note(fields, "vendor", vendor->name);
        if (vendor->product)
            es_fields_note(fields, "product", vendor->product);
        struct es_cursor behind = bytes;
        es_skip(&behind, vendor->length);
        put_version(fields, vendor->traits, behind);
    }
    if (is_text(bytes))
        es_fields_text(fields, "vendor_text", (const char *)bytes.at, es_left(&bytes));
}
