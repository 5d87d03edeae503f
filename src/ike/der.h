/*
 * DER, as far as identities and certificates need it.
 */
#ifndef ES_IKE_DER_H
#define ES_IKE_DER_H

#include "espial/base.h"

enum {
    ES_DER_INTEGER = 0x02,
    ES_DER_OID = 0x06,
    ES_DER_BMP_STRING = 0x1e,
    ES_DER_SEQUENCE = 0x30,
    ES_DER_SET = 0x31,
    ES_DER_CONTEXT = 0xa0, /* constructed, [0] */
};

enum { ES_DN_CHARS_MAX = 512 };

/*
 * Steps over one element of `c` and hands out its tag and contents. False when there is none, or
 * when its length cannot be (indefinite, over four bytes, beyond the window).
 */
bool es_der_next(struct es_cursor *c, uint8_t *tag, struct es_cursor *inside);

/* The same, and the element must have this tag. */
bool es_der_expect(struct es_cursor *c, uint8_t tag, struct es_cursor *inside);

/*
 * A distinguished name as people write it: "C=CH, O=strongSwan, CN=moon", in the order that it has
 * on the wire; values are as hostile as they came, but for a backslash before comma and backslash.
 * Writes up to ES_DN_CHARS_MAX bytes without a NUL, and hands back how many; a longer name ends in
 * "...". 0 when the bytes are no name or an empty one. RFC 5280, 4.1.2.4.
 */
size_t es_dn_chars(struct es_cursor der, char out[ES_DN_CHARS_MAX]);

#endif
