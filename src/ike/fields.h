/*
 * What walkers of fields are made of: readers that emit what they read. A reader that finds too
 * little records the fault and emits nothing, and after a fault none emits; so a walker reads
 * straight down and looks at the fault only where a value decides what comes next.
 */
#ifndef ES_IKE_FIELDS_H
#define ES_IKE_FIELDS_H

#include "espial/ike/field.h"

struct es_fields {
    const struct es_ike_message *message;
    const struct es_ike_payload *payload;
    const uint8_t *base;  /* first byte after the generic header */
    uint32_t base_offset; /* its offset from the IKE header's start */
    struct es_field_sink sink;
    struct es_field_fault fault; /* the first */
};

/* A walker: emits all of `body`. Bytes that it leaves are a fault of the payload. */
typedef void es_fields_walker(struct es_fields *fields, struct es_cursor *body);

static inline bool es_fields_sound(const struct es_fields *fields)
{
    return fields->fault.fault == ES_FAULT_NONE;
}

/* Records a fault at a byte; the first one stays. Always false. */
bool es_fields_refuse(struct es_fields *fields, const uint8_t *byte, enum es_fault why,
                      const char *reason);

/* Records the fault of a cursor, if it has one. True when it has none. */
bool es_fields_check(struct es_fields *fields, const struct es_cursor *c, const char *reason);

/* A number of 1 to 8 bytes; its value, 0 on a fault. */
uint64_t es_fields_number(struct es_fields *fields, struct es_cursor *c, const char *name,
                          size_t size);
uint64_t es_fields_named(struct es_fields *fields, struct es_cursor *c, const char *name,
                         size_t size, const struct es_registry *registry);
bool es_fields_bool(struct es_fields *fields, struct es_cursor *c, const char *name);

/* Bytes that mean nothing. */
void es_fields_skip(struct es_fields *fields, struct es_cursor *c, size_t size);

/*
 * The next `size` bytes. None: nothing is emitted. Of opaque bytes and text the capture may hold
 * less; an SPI of no usual size is opaque too.
 */
void es_fields_bytes(struct es_fields *fields, struct es_cursor *c, enum es_field_kind kind,
                     const char *name, size_t size);
void es_fields_rest(struct es_fields *fields, struct es_cursor *c, enum es_field_kind kind,
                    const char *name);

/* What is not on the wire as it stands: text of the walker's own, or a number from elsewhere. */
void es_fields_text(struct es_fields *fields, const char *name, const char *chars, size_t length);
void es_fields_note(struct es_fields *fields, const char *name, const char *note);
void es_fields_flag(struct es_fields *fields, const char *name, const uint8_t *byte, bool is_set);

/* An attribute's value: named when there is a registry, a number up to 8 bytes, else opaque. */
void es_fields_value(struct es_fields *fields, struct es_cursor *c, const char *name,
                     const struct es_registry *registry);

/* An attribute's class, of two bytes at `c`: without the bit that says how its value stands. */
void es_fields_class(struct es_fields *fields, const struct es_cursor *c,
                     const struct es_registry *registry, uint16_t class);

/* A group around what `inside` holds. Each one opened is closed, fault or not. */
bool es_fields_open(struct es_fields *fields, const char *name, const struct es_cursor *inside);
void es_fields_close(struct es_fields *fields, const char *name, bool opened);

/* A list of numbers of `size` bytes to the window's end: a group with one field each. */
void es_fields_list(struct es_fields *fields, struct es_cursor *c, const char *list,
                    const char *name, size_t size, const struct es_registry *registry);

/* The walkers. */
es_fields_walker es_fields_sa, es_fields_sa_ikev1;
es_fields_walker es_fields_key_exchange, es_fields_key_exchange_ikev1, es_fields_nonce;
es_fields_walker es_fields_identity, es_fields_identity_ikev1, es_fields_nat_oa;
es_fields_walker es_fields_cert, es_fields_certreq, es_fields_certreq_ikev1;
es_fields_walker es_fields_auth, es_fields_hash, es_fields_signature, es_fields_eap;
es_fields_walker es_fields_notify, es_fields_notify_ikev1;
es_fields_walker es_fields_delete, es_fields_delete_ikev1;
es_fields_walker es_fields_vendor;
es_fields_walker es_fields_traffic_selector;
es_fields_walker es_fields_config, es_fields_config_ikev1;
es_fields_walker es_fields_sealed, es_fields_sealed_fragment, es_fields_vendor_fragment;

/* The attributes of an IKEv1 transform or lifetime, as groups. */
void es_fields_attributes_ikev1(struct es_fields *fields, struct es_cursor *c, bool phase1);

#endif
