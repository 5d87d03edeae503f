/*
 * HMAC and CMAC on libcrypto's EVP interface, and AES-XCBC (RFC 3566) built on its AES.
 */
#include "mac.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <string.h>

enum { BLOCK = 16 };

/* OSSL_PARAM takes strings that it does not change as if it did. */
static char *unchanged(const char *text)
{
    return (char *)(uintptr_t)text;
}

static size_t mac_by_name(const char *name, OSSL_PARAM *params, struct es_bytes key,
                          const struct es_bytes *parts, size_t count, uint8_t out[ES_MAC_BYTES_MAX])
{
    size_t length = 0;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, name, NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    bool good = context && EVP_MAC_init(context, key.at, key.size, params);
    for (size_t i = 0; good && i < count; i++)
        good = parts[i].size == 0 || EVP_MAC_update(context, parts[i].at, parts[i].size);
    if (!good || !EVP_MAC_final(context, out, &length, ES_MAC_BYTES_MAX))
        length = 0;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return length;
}

static size_t hmac(const char *digest, struct es_bytes key, const struct es_bytes *parts,
                   size_t count, uint8_t out[ES_MAC_BYTES_MAX])
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, unchanged(digest), 0),
        OSSL_PARAM_construct_end(),
    };
    return mac_by_name("HMAC", params, key, parts, count, out);
}

static size_t cmac(struct es_bytes key, const struct es_bytes *parts, size_t count,
                   uint8_t out[ES_MAC_BYTES_MAX])
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, unchanged("AES-128-CBC"), 0),
        OSSL_PARAM_construct_end(),
    };
    return mac_by_name("CMAC", params, key, parts, count, out);
}

static bool aes_begin(EVP_CIPHER_CTX *aes, const uint8_t key[BLOCK])
{
    return EVP_EncryptInit_ex(aes, EVP_aes_128_ecb(), NULL, key, NULL) &&
           EVP_CIPHER_CTX_set_padding(aes, 0);
}

static bool aes_block(EVP_CIPHER_CTX *aes, const uint8_t in[BLOCK], uint8_t out[BLOCK])
{
    int length = 0;
    return EVP_EncryptUpdate(aes, out, &length, in, BLOCK) && length == BLOCK;
}

static void mix(uint8_t block[BLOCK], const uint8_t with[BLOCK])
{
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= with[i];
}

/* The key itself only makes three others: of all ones, all twos, all threes. RFC 3566, 4. */
static bool xcbc_keys(EVP_CIPHER_CTX *aes, const uint8_t *key, uint8_t keys[3][BLOCK])
{
    bool good = aes_begin(aes, key);
    for (uint8_t i = 0; good && i < 3; i++) {
        uint8_t constant[BLOCK];
        memset(constant, i + 1, sizeof(constant));
        good = aes_block(aes, constant, keys[i]);
    }
    return good;
}

/* CBC-MAC; the last block, whole or filled up, is mixed with a key of its own. */
static bool xcbc_run(EVP_CIPHER_CTX *aes, uint8_t keys[3][BLOCK], const struct es_bytes *parts,
                     size_t count, uint8_t out[BLOCK])
{
    uint8_t block[BLOCK];
    size_t filled = 0;
    memset(out, 0, BLOCK);
    if (!aes_begin(aes, keys[0]))
        return false;
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parts[i].size; k++) {
            if (filled == BLOCK) {
                mix(out, block);
                if (!aes_block(aes, out, out))
                    return false;
                filled = 0;
            }
            block[filled++] = parts[i].at[k];
        }
    }
    const bool whole = filled == BLOCK;
    if (!whole) {
        memset(block + filled, 0, BLOCK - filled);
        block[filled] = 0x80;
    }
    mix(out, block);
    mix(out, keys[whole ? 1 : 2]);
    return aes_block(aes, out, out);
}

static size_t xcbc(struct es_bytes key, const struct es_bytes *parts, size_t count,
                   uint8_t out[ES_MAC_BYTES_MAX])
{
    uint8_t keys[3][BLOCK];
    EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
    const bool good = aes && xcbc_keys(aes, key.at, keys) && xcbc_run(aes, keys, parts, count, out);
    EVP_CIPHER_CTX_free(aes);
    return good ? BLOCK : 0;
}

size_t es_mac(enum es_mac_form form, const char *digest, struct es_bytes key,
              const struct es_bytes *parts, size_t count, uint8_t out[ES_MAC_BYTES_MAX])
{
    if (form == ES_MAC_HMAC)
        return hmac(digest, key, parts, count, out);
    if (key.size != BLOCK)
        return 0;
    return form == ES_MAC_CMAC ? cmac(key, parts, count, out) : xcbc(key, parts, count, out);
}
