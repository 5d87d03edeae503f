/*
 * Pseudorandom functions, and the key material that they stretch to. RFC 7296, 2.13; RFC 2409, 4.
 */
#include "mac.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    AES_KEY = 16,
    PARTS_MAX = 8,
    ROUNDS_MAX = 255, /* the counter is one byte */
};

/*
 * The AES functions take keys of any length: one that is not 16 bytes long is hashed with a key of
 * zeros, and XCBC only fills up a shorter one. RFC 4434, 2; RFC 4615, 3.
 */
static bool fit_key(enum es_mac_form form, struct es_bytes key, uint8_t out[ES_MAC_BYTES_MAX])
{
    static const uint8_t zeros[AES_KEY];
    if (form == ES_MAC_XCBC && key.size < AES_KEY) {
        memset(out, 0, AES_KEY);
        if (key.size > 0)
            memcpy(out, key.at, key.size);
        return true;
    }
    return es_mac(form, NULL, (struct es_bytes){zeros, sizeof(zeros)}, &key, 1, out) == AES_KEY;
}

size_t es_prf(uint16_t prf, struct es_bytes key, const struct es_bytes *parts, size_t count,
              uint8_t out[ES_PRF_BYTES_MAX])
{
    _Static_assert((int)ES_MAC_BYTES_MAX <= (int)ES_PRF_BYTES_MAX, "a code does not fit");
    const struct es_prf_algorithm *one = es_prf_algorithm_find(prf);
    if (!one)
        return 0;
    uint8_t fitted[ES_MAC_BYTES_MAX];
    if (one->form != ES_MAC_HMAC && key.size != AES_KEY) {
        if (!fit_key(one->form, key, fitted))
            return 0;
        key = (struct es_bytes){fitted, AES_KEY};
    }
    return es_mac(one->form, one->digest, key, parts, count, out);
}

/* T1 = prf(K, S | 1), T2 = prf(K, T1 | S | 2), … */
bool es_prf_plus(uint16_t prf, struct es_bytes key, const struct es_bytes *parts, size_t count,
                 uint8_t *out, size_t size)
{
    struct es_bytes all[PARTS_MAX + 2];
    uint8_t last[ES_PRF_BYTES_MAX];
    uint8_t round = 0;
    if (count > PARTS_MAX)
        return false;
    all[0] = (struct es_bytes){last, 0};
    for (size_t i = 0; i < count; i++)
        all[i + 1] = parts[i];
    all[count + 1] = (struct es_bytes){&round, 1};
    while (size > 0) {
        if (round == ROUNDS_MAX)
            return false;
        round++;
        uint8_t next[ES_PRF_BYTES_MAX];
        const size_t length = es_prf(prf, key, all, count + 2, next);
        if (length == 0)
            return false;
        memcpy(last, next, length);
        all[0].size = length;
        const size_t taken = length < size ? length : size;
        memcpy(out, last, taken);
        out += taken;
        size -= taken;
    }
    return true;
}

size_t es_prf_digest(uint16_t prf, const struct es_bytes *parts, size_t count,
                     uint8_t out[ES_PRF_BYTES_MAX])
{
    const struct es_prf_algorithm *one = es_prf_algorithm_find(prf);
    if (!one || one->form != ES_MAC_HMAC)
        return 0;
    unsigned length = 0;
    EVP_MD *digest = EVP_MD_fetch(NULL, one->digest, NULL);
    EVP_MD_CTX *context = digest ? EVP_MD_CTX_new() : NULL;
    bool good = context && EVP_DigestInit_ex(context, digest, NULL);
    for (size_t i = 0; good && i < count; i++)
        good = parts[i].size == 0 || EVP_DigestUpdate(context, parts[i].at, parts[i].size);
    if (!good || !EVP_DigestFinal_ex(context, out, &length))
        length = 0;
    EVP_MD_CTX_free(context);
    EVP_MD_free(digest);
    return length;
}
