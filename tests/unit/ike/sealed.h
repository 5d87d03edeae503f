/*
 * Encrypted messages made of what is to be inside, with libcrypto itself.
 */
#ifndef TESTS_IKE_SEALED_H
#define TESTS_IKE_SEALED_H

#include "ike_wire.h"

#include "espial/crypto.h"
#include "espial/ike/open.h"

#include <openssl/evp.h>

enum {
    MESSAGE_ID_AT = 20,
    SEALED_KEY = 16,
    SEALED_SALT = 4,
    SEALED_IV_CBC = 16,
    SEALED_IV_GCM = 8,
    SEALED_ICV = 16,
    SEALED_INTEG_KEY = 32,
};

static const uint64_t sealed_seed[2] = {1, 2};
static const uint64_t sealed_spi_i = 0x1111111111111111, sealed_spi_r = 0x2222222222222222;

static inline struct es_secret secret_of(uint8_t value, size_t length)
{
    struct es_secret secret = {.length = (uint8_t)length};
    memset(secret.bytes, value, length);
    return secret;
}

/* Keys of the SA in ike_begin(); `encr` AES-CBC with HMAC-SHA2-256, or AES-GCM. */
static inline struct es_ike_keys sealed_keys(uint16_t encr)
{
    const bool gcm = encr == ES_IKE_ENCR_AES_GCM_16;
    const size_t key = SEALED_KEY + (gcm ? SEALED_SALT : 0U);
    struct es_ike_keys keys = {
        .initiator_spi = sealed_spi_i,
        .responder_spi = sealed_spi_r,
        .major = 2,
        .encr = encr,
        .integ = gcm ? 0 : ES_IKE_INTEG_HMAC_SHA2_256_128,
        .prf = ES_IKE_PRF_HMAC_SHA2_256,
        .sk_d = secret_of(0xdd, 32),
        .sk_ei = secret_of(0xe1, key),
        .sk_er = secret_of(0xe2, key),
    };
    if (!gcm) {
        keys.sk_ai = secret_of(0xa1, SEALED_INTEG_KEY);
        keys.sk_ar = secret_of(0xa2, SEALED_INTEG_KEY);
    }
    return keys;
}

static inline void sealed_cbc(const uint8_t *key, const uint8_t *iv, const uint8_t *plain,
                              size_t size, uint8_t *out, const EVP_CIPHER *cipher)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0;
    EVP_EncryptInit_ex(context, cipher, NULL, key, iv);
    EVP_CIPHER_CTX_set_padding(context, 0);
    EVP_EncryptUpdate(context, out, &length, plain, (int)size);
    EVP_CIPHER_CTX_free(context);
}

static inline void sealed_gcm(const struct es_secret *key, const uint8_t *iv,
                              const struct wire *head, const uint8_t *plain, size_t size,
                              uint8_t *out)
{
    uint8_t nonce[SEALED_SALT + SEALED_IV_GCM];
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0;
    memcpy(nonce, key->bytes + SEALED_KEY, SEALED_SALT);
    memcpy(nonce + SEALED_SALT, iv, SEALED_IV_GCM);
    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, key->bytes, nonce);
    EVP_EncryptUpdate(context, NULL, &length, head->bytes, (int)head->length);
    EVP_EncryptUpdate(context, out, &length, plain, (int)size);
    EVP_EncryptFinal_ex(context, out + size, &length);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, SEALED_ICV, out + size);
    EVP_CIPHER_CTX_free(context);
}

/* What the message is sealed with, and how. */
struct seal {
    const struct es_ike_keys *keys;
    uint8_t exchange, flags;
    uint8_t first;          /* type of the first inner payload */
    uint16_t number, total; /* of a fragment; total 0: SK */
    uint8_t pad_length;     /* that the last byte claims; 0: the real one */
    uint32_t message_id;    /* 0: as ike_begin() has it */
};

/* A message with `inner` in its SK or SKF payload. */
static inline struct wire seal(const struct seal *how, const struct wire *inner)
{
    const bool initiator = (how->flags & ES_IKE_FLAG_INITIATOR) != 0;
    const bool gcm = how->keys->encr == ES_IKE_ENCR_AES_GCM_16;
    const struct es_secret *key = initiator ? &how->keys->sk_ei : &how->keys->sk_er;
    const struct es_secret *integ = initiator ? &how->keys->sk_ai : &how->keys->sk_ar;
    struct wire wire = ike_begin(IKEV2, how->total ? ES_IKE_PAYLOAD_SKF : ES_IKE_PAYLOAD_SK,
                                 how->exchange, how->flags);
    if (how->message_id)
        wire_patch_u32(&wire, MESSAGE_ID_AT, how->message_id);
    const size_t at = payload_begin(&wire, how->first);
    if (how->total) {
        wire_u16(&wire, how->number);
        wire_u16(&wire, how->total);
    }
    struct wire head = wire;

    struct wire plain = *inner;
    const size_t block = gcm ? 1 : 16;
    const size_t padding = (block - (plain.length + 1) % block) % block;
    wire_fill(&plain, 0, padding);
    wire_u8(&plain, how->pad_length ? how->pad_length : (uint8_t)padding);

    const size_t iv_at = wire.length;
    wire_fill(&wire, 0x1f, gcm ? SEALED_IV_GCM : SEALED_IV_CBC);
    const size_t text_at = wire.length;
    wire_fill(&wire, 0, plain.length + SEALED_ICV);
    payload_end(&wire, at);
    ike_end(&wire);
    memcpy(head.bytes, wire.bytes, head.length); /* the lengths are known now */
    uint8_t *const text = wire.bytes + text_at;
    if (gcm) {
        sealed_gcm(key, wire.bytes + iv_at, &head, plain.bytes, plain.length, text);
        return wire;
    }
    sealed_cbc(key->bytes, wire.bytes + iv_at, plain.bytes, plain.length, text, EVP_aes_128_cbc());
    uint8_t icv[ES_PRF_BYTES_MAX];
    const struct es_bytes all = {wire.bytes, wire.length - SEALED_ICV};
    es_prf(ES_IKE_PRF_HMAC_SHA2_256, (struct es_bytes){integ->bytes, integ->length}, &all, 1, icv);
    memcpy(wire.bytes + wire.length - SEALED_ICV, icv, SEALED_ICV);
    return wire;
}

/* Shows a message to the opener as if it had been captured. */
static inline enum es_opened open_cursor(struct es_ike_opener *opener, struct es_cursor cursor,
                                         struct es_ike_message *message)
{
    struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE, .payload = cursor};
    if (!es_ike_message_parse(cursor, message))
        return ES_OPENED_NO;
    return es_ike_open(opener, &datagram, message);
}

static inline enum es_opened open_wire(struct es_ike_opener *opener, const struct wire *wire,
                                       struct es_ike_message *message)
{
    return open_cursor(opener, es_cursor(wire->bytes, wire->length, wire->length), message);
}

#endif
