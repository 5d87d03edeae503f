/*
 * crypto: key material, ciphers and hashes, on libcrypto.
 */
#ifndef ESPIAL_CRYPTO_H
#define ESPIAL_CRYPTO_H

#include "espial/crypto/cipher.h"
#include "espial/crypto/keys.h"

#include <stddef.h>
#include <stdint.h>

enum es_digest {
    ES_DIGEST_MD5,
    ES_DIGEST_SHA1,
    ES_DIGEST_SHA256,
    ES_DIGEST_SHA384,
    ES_DIGEST_SHA512,
};

enum { ES_DIGEST_BYTES_MAX = 64 };

/*
 * Hashes `size` bytes into `out`. The number of bytes written; 0 when libcrypto refuses the
 * algorithm (a policy without MD5, say).
 */
size_t es_digest(enum es_digest algorithm, const void *bytes, size_t size,
                 uint8_t out[ES_DIGEST_BYTES_MAX]);

#endif
