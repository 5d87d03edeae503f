/*
 * Opening what is sealed: ciphers with their integrity checks, and pseudorandom functions.
 * Algorithms are named by IKEv2 transform IDs; IKEv1's numbers are mapped to them. All of it is
 * done by libcrypto; an algorithm that its providers lack is refused, not worked around.
 */
#ifndef ESPIAL_CRYPTO_CIPHER_H
#define ESPIAL_CRYPTO_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes that somebody else owns. */
struct es_bytes {
    const uint8_t *at;
    size_t size;
};

/* What one direction of an SA is sealed with. */
struct es_cipher_keys {
    uint16_t encr, integ;       /* IKEv2 transform IDs; 0: NULL, NONE */
    uint8_t icv_bytes;          /* 0: the algorithm's own */
    struct es_bytes encryption; /* with the salt of combined and counter modes behind the key */
    struct es_bytes integrity;  /* empty: an ICV is stepped over, not checked */
};

struct es_cipher;

/*
 * A cipher with its keys, which are copied. NULL when an algorithm is not known, libcrypto lacks
 * it, a key's length is not one that the algorithm has, or no memory is left.
 */
struct es_cipher *es_cipher_new(const struct es_cipher_keys *keys);
void es_cipher_free(struct es_cipher *cipher); /* wipes the keys */

/* What comes out is checked for integrity, so a wrong key cannot go unnoticed. */
bool es_cipher_checks(const struct es_cipher *cipher);

/* A sealed part as it lies in its packet. */
struct es_sealed {
    struct es_bytes head; /* authenticated, not encrypted; the associated data of combined modes */
    struct es_bytes body; /* IV, ciphertext, ICV */
    struct es_bytes tail; /* authenticated behind the body, never sent: ESN's upper half */
};

enum es_crypt {
    ES_CRYPT_OK,
    ES_CRYPT_LENGTH, /* the body cannot be of this algorithm */
    ES_CRYPT_ICV,    /* the integrity check failed: another key, or spoilt bytes */
    ES_CRYPT_FAILED, /* libcrypto refused */
};

/*
 * Checks the ICV, then decrypts to `out`, which has room for body.size bytes; `*size` is set to the
 * plaintext's length, padding included. Nothing of `out` is to be relied on but for OK.
 */
enum es_crypt es_cipher_open(struct es_cipher *cipher, const struct es_sealed *sealed, uint8_t *out,
                             size_t *size);

/*
 * Decrypts whole blocks with an IV that is not on the wire (IKEv1); `out` may not be `text`. False
 * when the cipher has no such IV, for odd lengths, or when libcrypto refuses.
 */
bool es_cipher_decrypt(struct es_cipher *cipher, const uint8_t *iv, struct es_bytes text,
                       uint8_t *out);

/* The bytes around a ciphertext: of the IV, the ICV and the block. */
size_t es_cipher_iv_bytes(const struct es_cipher *cipher);
size_t es_cipher_block_bytes(const struct es_cipher *cipher);

/*
 * Bytes of key material that an algorithm takes, salt included; `key_length` is the transform's
 * attribute in bits (0: none given). 0 when the algorithm is not known or does not have this
 * length.
 */
size_t es_encr_key_bytes(uint16_t encr, uint16_t key_length);
size_t es_integ_key_bytes(uint16_t integ);

/* True when a key of this many bytes, salt included, is one of the algorithm's. */
bool es_encr_key_fits(uint16_t encr, size_t bytes);

/*
 * The algorithms that can be opened, by index, for those who must try: 0 behind the last. NULL and
 * NONE are not among them.
 */
uint16_t es_encr_at(size_t index);
uint16_t es_integ_at(size_t index);

/* IKEv2 transform IDs of IKEv1's numbers (RFC 2409, A; RFC 2407, 4.4.4 and 4.5); 0: none. */
uint16_t es_encr_of_phase1(uint16_t ikev1_encr);
uint16_t es_prf_of_phase1(uint16_t ikev1_hash);
uint16_t es_encr_of_phase2(uint16_t esp_transform);
uint16_t es_integ_of_phase2(uint16_t authentication);

enum { ES_PRF_BYTES_MAX = 64 };

/*
 * The pseudorandom function of `parts`, one behind the other. The number of bytes written; 0 when
 * it is not known or libcrypto refuses. RFC 7296, 2.13.
 */
size_t es_prf(uint16_t prf, struct es_bytes key, const struct es_bytes *parts, size_t count,
              uint8_t out[ES_PRF_BYTES_MAX]);

/* Fills `out` with prf+ of the parts. False when it cannot. RFC 7296, 2.13. */
bool es_prf_plus(uint16_t prf, struct es_bytes key, const struct es_bytes *parts, size_t count,
                 uint8_t *out, size_t size);

/* The hash that a PRF is built on (IKEv1 hashes with it). 0 bytes as es_prf(). */
size_t es_prf_digest(uint16_t prf, const struct es_bytes *parts, size_t count,
                     uint8_t out[ES_PRF_BYTES_MAX]);

#endif
