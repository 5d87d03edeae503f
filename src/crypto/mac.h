/*
 * Message authentication codes.
 */
#ifndef ES_CRYPTO_MAC_H
#define ES_CRYPTO_MAC_H

#include "algorithm.h"

#include "espial/crypto.h"

enum { ES_MAC_BYTES_MAX = 64 };

/*
 * The code of `parts`, one behind the other, whole. The number of bytes written; 0 when libcrypto
 * refuses. CMAC and XCBC are those of AES-128 and take a key of 16 bytes.
 */
size_t es_mac(enum es_mac_form form, const char *digest, struct es_bytes key,
              const struct es_bytes *parts, size_t count, uint8_t out[ES_MAC_BYTES_MAX]);

#endif
