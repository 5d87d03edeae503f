/*
 * Stand-ins for names and values: keyed, of the same length, the same for the same.
 */
#ifndef ES_COPY_ANONYMIZE_NAME_H
#define ES_COPY_ANONYMIZE_NAME_H

#include "espial/copy/anonymize.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct es_namer;

struct es_namer *es_namer_new(const uint8_t key[ES_ANONYMIZE_KEY_BYTES]);
void es_namer_free(struct es_namer *namer); /* wipes keys; takes NULL */

/* Replaces bytes by others. */
void es_name_bytes(struct es_namer *namer, uint8_t *bytes, size_t size);

/* Replaces text: letters by letters, digits by digits; what separates words stays. A domain keeps
 * its dots, and two that end alike still do. "user@domain" is such a text too. */
void es_name_text(struct es_namer *namer, uint8_t *chars, size_t size);

/* Text as text, other bytes as bytes. */
void es_name_opaque(struct es_namer *namer, uint8_t *bytes, size_t size);

/* Replaces what an ASN.1 value in DER says; its structure, object identifiers and times stay. */
void es_name_der(struct es_namer *namer, uint8_t *bytes, size_t size);

/* Replaces a MAC address, by a locally administered one; those that name no host stay. */
void es_name_mac(struct es_namer *namer, uint8_t mac[6]);

/* Sticky: libcrypto refused, and what it was asked for became zero. */
bool es_namer_failed(const struct es_namer *namer);

#endif
