/*
 * Every field of a payload, in wire order, as a stream: one walk serves `show -V`, JSON and the
 * comparison with other dissectors. A walker emits; whoever shows decides how.
 *
 * In a payload, and in a group, a name comes once: what repeats is a group. Groups are closed even
 * when a fault ended what is in them. Names are those of JSON and stay; src/ike/fields_*.c list
 * them at the top, by payload.
 */
#ifndef ESPIAL_IKE_FIELD_H
#define ESPIAL_IKE_FIELD_H

#include "espial/ike.h"

enum es_field_kind {
    ES_FIELD_NUMBER,  /* `number` */
    ES_FIELD_NAMED,   /* `number`, whose name is in `registry` (maybe not) */
    ES_FIELD_SPI,     /* `bytes`: an SPI of 4, 8 or 16 bytes */
    ES_FIELD_HEX,     /* `bytes`: opaque (nonces, keys, hashes) */
    ES_FIELD_ADDRESS, /* `bytes`: 4 or 16 bytes of an address */
    ES_FIELD_TEXT,    /* `bytes`: text from the wire, hostile */
    ES_FIELD_NOTE,    /* `note`: what the bytes mean, static or borrowed (vendor's name, match) */
    ES_FIELD_BOOL,    /* `number` 0 or 1 */
    ES_FIELD_OPEN,  /* a group begins: an object in the list `name` (proposals, transforms, …) */
    ES_FIELD_CLOSE, /* the group ends; its `name` */
};

struct es_field {
    enum es_field_kind kind;
    const char *name; /* snake_case, as in JSON; static */
    uint32_t offset;  /* from the IKE header's start */
    uint32_t length;  /* bytes it takes there; 0 for what is derived */
    uint64_t number;
    const struct es_registry *registry;
    struct es_cursor bytes; /* lives as long as the call; opaque bytes and text may be cut short */
    const char *note;
};

struct es_field_sink {
    void (*on)(void *context, const struct es_field *field);
    void *context;
};

/* What went wrong inside a payload: the fields before it were emitted. */
struct es_field_fault {
    enum es_fault fault; /* NONE: whole */
    uint32_t offset;
    const char *reason;
};

/*
 * Emits the fields of one payload after its generic header. Allocates nothing. A payload type that
 * is not known is one field, `data`; an IKEv1 SA is of phase 1 or 2 by its proposals' protocols.
 * RFC 7296, 3; RFC 2408, 3; and those that the .def files name.
 */
struct es_field_fault es_ike_payload_fields(const struct es_ike_message *message,
                                            const struct es_ike_payload *payload,
                                            struct es_field_sink sink);

#endif
