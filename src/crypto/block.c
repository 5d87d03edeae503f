/*
 * AES-128 on single blocks, through libcrypto.
 */
#include "espial/crypto/block.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>

struct es_block_cipher {
    EVP_CIPHER_CTX *context; /* owned */
};

struct es_block_cipher *es_block_cipher_new(const uint8_t key[ES_BLOCK_BYTES])
{
    struct es_block_cipher *cipher = calloc(1, sizeof(*cipher));
    if (!cipher)
        return NULL;
    cipher->context = EVP_CIPHER_CTX_new();
    if (cipher->context &&
        EVP_EncryptInit_ex(cipher->context, EVP_aes_128_ecb(), NULL, key, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(cipher->context, 0) == 1)
        return cipher;
    es_block_cipher_free(cipher);
    return NULL;
}

void es_block_cipher_free(struct es_block_cipher *cipher)
{
    if (!cipher)
        return;
    EVP_CIPHER_CTX_free(cipher->context);
    free(cipher);
}

bool es_block_cipher_encrypt(struct es_block_cipher *cipher, const uint8_t *in, uint8_t *out,
                             size_t count)
{
    int written = 0;
    const size_t bytes = count * ES_BLOCK_BYTES;
    return bytes <= INT_MAX &&
           EVP_EncryptUpdate(cipher->context, out, &written, in, (int)bytes) == 1 &&
           (size_t)written == bytes;
}

void es_wipe(void *bytes, size_t count)
{
    OPENSSL_cleanse(bytes, count);
}
