/*
 * What libcrypto calls the algorithms, and the keys that they take.
 */
#ifndef ES_CRYPTO_ALGORITHM_H
#define ES_CRYPTO_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a cipher uses its IV and what it authenticates. */
enum es_cipher_mode {
    ES_MODE_NULL,
    ES_MODE_CBC,
    ES_MODE_CTR,  /* salt, IV, and a block counter from 1: RFC 3686 */
    ES_MODE_AEAD, /* nonce of salt and IV; GCM, ChaCha20-Poly1305 */
    ES_MODE_CCM,  /* the same, but libcrypto wants all lengths first */
    ES_MODE_GMAC, /* nothing is encrypted: RFC 4543 */
};

struct es_encr_algorithm {
    uint16_t id;
    enum es_cipher_mode mode;
    uint8_t salt;        /* bytes behind the key in the key material */
    uint8_t least, most; /* bytes of key, without the salt; the least when none is negotiated */
    const char *family;  /* libcrypto's name is FAMILY-BITS-SUFFIX, */
    const char *suffix;  /* or the family alone */
};

enum es_mac_form { ES_MAC_HMAC, ES_MAC_CMAC, ES_MAC_XCBC };

struct es_integ_algorithm {
    uint16_t id;
    uint8_t key; /* bytes */
    enum es_mac_form form;
    const char *digest; /* libcrypto's name, for HMAC */
};

struct es_prf_algorithm {
    uint16_t id;
    enum es_mac_form form;
    const char *digest;
};

/* NULL when the number has no row. */
const struct es_encr_algorithm *es_encr_algorithm_find(uint16_t id);
const struct es_integ_algorithm *es_integ_algorithm_find(uint16_t id);
const struct es_prf_algorithm *es_prf_algorithm_find(uint16_t id);

/* True when the algorithm has keys of this many bytes, without the salt. */
bool es_encr_algorithm_takes(const struct es_encr_algorithm *algorithm, size_t key);

/* libcrypto's name of the algorithm with such a key. */
void es_encr_algorithm_name(const struct es_encr_algorithm *algorithm, size_t key, char *out,
                            size_t size);

#endif
