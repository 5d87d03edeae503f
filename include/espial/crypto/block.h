/*
 * AES-128 a block at a time: a keyed permutation to build on.
 */
#ifndef ESPIAL_CRYPTO_BLOCK_H
#define ESPIAL_CRYPTO_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_BLOCK_BYTES = 16 };

struct es_block_cipher;

/* A cipher with a copy of the key; NULL when libcrypto refuses or no memory is left. */
struct es_block_cipher *es_block_cipher_new(const uint8_t key[ES_BLOCK_BYTES]);
void es_block_cipher_free(struct es_block_cipher *cipher); /* wipes the key; takes NULL */

/* Encrypts `count` blocks, each for itself. False when libcrypto refuses. */
bool es_block_cipher_encrypt(struct es_block_cipher *cipher, const uint8_t *in, uint8_t *out,
                             size_t count);

/* Overwrites secrets so that no compiler leaves it out. */
void es_wipe(void *bytes, size_t count);

#endif
