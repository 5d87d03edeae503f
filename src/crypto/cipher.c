/*
 * Sealed parts: the integrity check first, then decryption, on libcrypto's EVP interface.
 *
 *     CBC, CTR, NULL with a separate ICV    ICV over head, IV, ciphertext (and tail)
 *     combined modes                        head is associated data; nonce = salt | IV
 */
#include "mac.h"

#include "espial/registry.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_MAX = 64, /* of encryption: 32 and a salt; of integrity: 64 */
    NAME_MAX_BYTES = 32,
    DES_KEY = 8,
    NONCE_MAX = 16,
    CIPHER_IV_MAX = 16,
};

struct es_cipher {
    const struct es_encr_algorithm *encr;
    const struct es_integ_algorithm *integ; /* NULL: no ICV, or one that cannot be checked */
    EVP_CIPHER *algorithm;                  /* owned; NULL for NULL encryption */
    EVP_CIPHER_CTX *context;                /* owned; the same */
    uint8_t key[KEY_MAX];                   /* without the salt */
    uint8_t salt[4];
    uint8_t integrity[KEY_MAX];
    uint8_t block, iv, icv; /* bytes on the wire */
};

/* --- making one --- */

static bool combines(enum es_cipher_mode mode)
{
    return mode == ES_MODE_AEAD || mode == ES_MODE_CCM || mode == ES_MODE_GMAC;
}

/* A single DES key, three times: 3DES then is DES. */
static void copy_key(struct es_cipher *c, const uint8_t *key, size_t size)
{
    memcpy(c->key, key, size);
    if (c->encr->id == ES_IKE_ENCR_DES) {
        memcpy(c->key + DES_KEY, key, DES_KEY);
        memcpy(c->key + 2 * (size_t)DES_KEY, key, DES_KEY);
    }
}

static bool take_encryption(struct es_cipher *c, struct es_bytes key)
{
    if (c->encr->mode == ES_MODE_NULL)
        return true;
    const size_t salt = c->encr->salt;
    if (key.size < salt || !es_encr_algorithm_takes(c->encr, key.size - salt))
        return false;
    copy_key(c, key.at, key.size - salt);
    memcpy(c->salt, key.at + key.size - salt, salt);
    char name[NAME_MAX_BYTES];
    es_encr_algorithm_name(c->encr, key.size - salt, name, sizeof(name));
    c->algorithm = EVP_CIPHER_fetch(NULL, name, NULL);
    c->context = EVP_CIPHER_CTX_new();
    return c->algorithm && c->context;
}

static bool take_integrity(struct es_cipher *c, const struct es_cipher_keys *keys)
{
    if (combines(c->encr->mode))
        return true;
    c->icv = keys->icv_bytes ? keys->icv_bytes : es_integ_icv(keys->integ);
    if (c->icv == 0 || keys->integrity.size == 0)
        return true;
    c->integ = es_integ_algorithm_find(keys->integ);
    if (!c->integ || c->icv > ES_MAC_BYTES_MAX || keys->integrity.size > KEY_MAX ||
        keys->integrity.size != c->integ->key)
        return false;
    memcpy(c->integrity, keys->integrity.at, keys->integrity.size);
    return true;
}

struct es_cipher *es_cipher_new(const struct es_cipher_keys *keys)
{
    const uint16_t id = keys->encr ? keys->encr : ES_IKE_ENCR_NULL;
    const struct es_encr *lengths = es_encr_find(id);
    const struct es_encr_algorithm *encr = es_encr_algorithm_find(id);
    struct es_cipher *c = lengths && encr ? calloc(1, sizeof(*c)) : NULL;
    if (!c)
        return NULL;
    c->encr = encr;
    c->block = lengths->block;
    c->iv = lengths->iv;
    c->icv = lengths->icv;
    if (take_encryption(c, keys->encryption) && take_integrity(c, keys))
        return c;
    es_cipher_free(c);
    return NULL;
}

void es_cipher_free(struct es_cipher *cipher)
{
    if (!cipher)
        return;
    EVP_CIPHER_CTX_free(cipher->context);
    EVP_CIPHER_free(cipher->algorithm);
    OPENSSL_cleanse(cipher, sizeof(*cipher));
    free(cipher);
}

bool es_cipher_checks(const struct es_cipher *cipher)
{
    return cipher->integ || combines(cipher->encr->mode);
}

size_t es_cipher_iv_bytes(const struct es_cipher *cipher)
{
    return cipher->iv;
}

size_t es_cipher_block_bytes(const struct es_cipher *cipher)
{
    return cipher->block;
}

/* --- opening --- */

/* libcrypto counts in int. */
static bool update(struct es_cipher *c, uint8_t *out, struct es_bytes in)
{
    int length = 0;
    return in.size == 0 || (in.size <= INT32_MAX &&
                            EVP_DecryptUpdate(c->context, out, &length, in.at, (int)in.size));
}

static bool finish(struct es_cipher *c)
{
    uint8_t rest[EVP_MAX_BLOCK_LENGTH];
    int length = 0;
    return EVP_DecryptFinal_ex(c->context, rest, &length) && length == 0;
}

static bool control(struct es_cipher *c, int what, size_t size, const uint8_t *bytes)
{
    return EVP_CIPHER_CTX_ctrl(c->context, what, (int)size, (void *)(uintptr_t)bytes) > 0;
}

/* Runs without an ICV of the cipher's own. */
static bool decrypt_plain(struct es_cipher *c, const uint8_t *iv, struct es_bytes text,
                          uint8_t *out)
{
    return EVP_DecryptInit_ex(c->context, c->algorithm, NULL, c->key, iv) &&
           EVP_CIPHER_CTX_set_padding(c->context, 0) && update(c, out, text) && finish(c);
}

static bool decrypt_counter(struct es_cipher *c, const uint8_t *iv, struct es_bytes text,
                            uint8_t *out)
{
    uint8_t block[CIPHER_IV_MAX] = {0};
    memcpy(block, c->salt, c->encr->salt);
    memcpy(block + c->encr->salt, iv, c->iv);
    block[CIPHER_IV_MAX - 1] = 1;
    return decrypt_plain(c, block, text, out);
}

/* The parts of a sealed body. */
struct body {
    const uint8_t *iv;
    struct es_bytes text;
    const uint8_t *icv;
};

static size_t make_nonce(const struct es_cipher *c, const uint8_t *iv, uint8_t nonce[NONCE_MAX])
{
    memcpy(nonce, c->salt, c->encr->salt);
    memcpy(nonce + c->encr->salt, iv, c->iv);
    return (size_t)c->encr->salt + c->iv;
}

/* CCM knows of a failed check as soon as it has the text; it wants all lengths before. */
static enum es_crypt open_ccm(struct es_cipher *c, struct es_bytes head, const struct body *body,
                              uint8_t *out)
{
    uint8_t nonce[NONCE_MAX];
    uint8_t none[1] = {0};
    const size_t nonce_bytes = make_nonce(c, body->iv, nonce);
    int length = 0;
    if (!EVP_DecryptInit_ex(c->context, c->algorithm, NULL, NULL, NULL) ||
        !control(c, EVP_CTRL_AEAD_SET_IVLEN, nonce_bytes, NULL) ||
        !control(c, EVP_CTRL_AEAD_SET_TAG, c->icv, body->icv) ||
        !EVP_DecryptInit_ex(c->context, NULL, NULL, c->key, nonce) || body->text.size > INT32_MAX ||
        !EVP_DecryptUpdate(c->context, NULL, &length, NULL, (int)body->text.size) ||
        (head.size > 0 && !update(c, NULL, head)))
        return ES_CRYPT_FAILED;
    const uint8_t *text = body->text.size ? body->text.at : none;
    return EVP_DecryptUpdate(c->context, out, &length, text, (int)body->text.size) > 0
               ? ES_CRYPT_OK
               : ES_CRYPT_ICV;
}

/* GMAC authenticates IV and text behind the head, and encrypts nothing. RFC 4543, 3. */
static enum es_crypt open_aead(struct es_cipher *c, struct es_bytes head, const struct body *body,
                               uint8_t *out)
{
    uint8_t nonce[NONCE_MAX];
    const size_t nonce_bytes = make_nonce(c, body->iv, nonce);
    const bool clear = c->encr->mode == ES_MODE_GMAC;
    if (!EVP_DecryptInit_ex(c->context, c->algorithm, NULL, NULL, NULL) ||
        !control(c, EVP_CTRL_AEAD_SET_IVLEN, nonce_bytes, NULL) ||
        !EVP_DecryptInit_ex(c->context, NULL, NULL, c->key, nonce) || !update(c, NULL, head))
        return ES_CRYPT_FAILED;
    const struct es_bytes iv = {body->iv, c->iv};
    if (clear && (!update(c, NULL, iv) || !update(c, NULL, body->text)))
        return ES_CRYPT_FAILED;
    if ((!clear && !update(c, out, body->text)) ||
        !control(c, EVP_CTRL_AEAD_SET_TAG, c->icv, body->icv))
        return ES_CRYPT_FAILED;
    if (!finish(c))
        return ES_CRYPT_ICV;
    if (clear)
        memcpy(out, body->text.at, body->text.size);
    return ES_CRYPT_OK;
}

/* The ICV of IV and ciphertext, which lie behind one another, with what stands around them. */
static enum es_crypt check_icv(struct es_cipher *c, const struct es_sealed *sealed,
                               const struct body *body)
{
    uint8_t icv[ES_MAC_BYTES_MAX];
    const struct es_bytes parts[] = {
        sealed->head,
        {body->iv, c->iv + body->text.size},
        sealed->tail,
    };
    const struct es_bytes key = {c->integrity, c->integ->key};
    const size_t size = es_mac(c->integ->form, c->integ->digest, key, parts, ES_COUNT(parts), icv);
    if (size < c->icv)
        return ES_CRYPT_FAILED;
    return CRYPTO_memcmp(icv, body->icv, c->icv) == 0 ? ES_CRYPT_OK : ES_CRYPT_ICV;
}

static enum es_crypt open_separate(struct es_cipher *c, const struct es_sealed *sealed,
                                   const struct body *body, uint8_t *out)
{
    bool good = true;
    const enum es_crypt checked = c->integ ? check_icv(c, sealed, body) : ES_CRYPT_OK;
    if (checked != ES_CRYPT_OK)
        return checked;
    if (c->encr->mode == ES_MODE_NULL)
        memcpy(out, body->text.at, body->text.size);
    else if (c->encr->mode == ES_MODE_CTR)
        good = decrypt_counter(c, body->iv, body->text, out);
    else
        good = decrypt_plain(c, body->iv, body->text, out);
    return good ? ES_CRYPT_OK : ES_CRYPT_FAILED;
}

enum es_crypt es_cipher_open(struct es_cipher *cipher, const struct es_sealed *sealed, uint8_t *out,
                             size_t *size)
{
    const size_t around = (size_t)cipher->iv + cipher->icv;
    *size = 0;
    if (sealed->body.size < around || (sealed->body.size - around) % cipher->block != 0)
        return ES_CRYPT_LENGTH;
    const uint8_t *const text = sealed->body.at + cipher->iv;
    const size_t text_size = sealed->body.size - around;
    const struct body body = {
        sealed->body.at, {text, text_size},
         text + text_size
    };
    enum es_crypt result;
    if (cipher->encr->mode == ES_MODE_CCM)
        result = open_ccm(cipher, sealed->head, &body, out);
    else if (combines(cipher->encr->mode))
        result = open_aead(cipher, sealed->head, &body, out);
    else
        result = open_separate(cipher, sealed, &body, out);
    if (result == ES_CRYPT_OK)
        *size = text_size;
    return result;
}

bool es_cipher_decrypt(struct es_cipher *cipher, const uint8_t *iv, struct es_bytes text,
                       uint8_t *out)
{
    return cipher->encr->mode == ES_MODE_CBC && text.size % cipher->block == 0 &&
           decrypt_plain(cipher, iv, text, out);
}
