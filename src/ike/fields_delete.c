/*
 * Fields of delete payloads (RFC 7296, 3.11; RFC 2408, 3.15): IKEv1: `doi`; then `protocol_id`,
 * `spi_size`, `spi_count`, and a group `spis` each: `spi`.
 */
#include "fields.h"

static void walk_spis(struct es_fields *fields, struct es_cursor *body,
                      const struct es_registry *protocols)
{
    es_fields_named(fields, body, "protocol_id", 1, protocols);
    const size_t size = (size_t)es_fields_number(fields, body, "spi_size", 1);
    const uint8_t *const count_field = body->at;
    const size_t count = (size_t)es_fields_number(fields, body, "spi_count", 2);
    if (es_fields_sound(fields) && count * size > es_wire_left(body))
        es_fields_refuse(fields, count_field, ES_FAULT_SHORT, "more SPIs than the payload holds");
    for (size_t i = 0; i < count && size > 0 && es_fields_sound(fields); i++) {
        struct es_cursor window = *body;
        const struct es_cursor one = es_sub(&window, size);
        const bool opened = es_fields_open(fields, "spis", &one);
        es_fields_bytes(fields, body, ES_FIELD_SPI, "spi", size);
        es_fields_close(fields, "spis", opened);
    }
}

void es_fields_delete(struct es_fields *fields, struct es_cursor *body)
{
    walk_spis(fields, body, &es_registry_ike_protocol);
}

void es_fields_delete_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "doi", 4, &es_registry_ikev1_doi);
    walk_spis(fields, body, &es_registry_ikev1_protocol);
}
