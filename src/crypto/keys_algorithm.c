/*
 * Algorithms by name. Everybody spells them differently, so a name is first reduced to its small
 * letters and digits; what follows a bracket (an RFC) and prefixes like ENCR_ are dropped. In the
 * table `#` stands for a key length (128, 192, 256) or nothing.
 */
#include "algorithm.h"
#include "keys_form.h"

#include "espial/registry.h"

#include <string.h>

struct spelling {
    const char *pattern;
    uint16_t id;
    uint8_t icv_bytes; /* integrity: when it is not the algorithm's own */
};

enum { NAME_MAX_CHARS = 64 };

static const struct spelling encr_spellings[] = {
    {"null",                       0,                              0},
    {"none",                       0,                              0},
    {"ciphernull",                 0,                              0},
    {"ecbciphernull",              0,                              0},
    {"des",                        ES_IKE_ENCR_DES,                0},
    {"descbc",                     ES_IKE_ENCR_DES,                0},
    {"cbcdes",                     ES_IKE_ENCR_DES,                0},
    {"3des",                       ES_IKE_ENCR_3DES,               0},
    {"3des#",                      ES_IKE_ENCR_3DES,               0},
    {"3descbc#",                   ES_IKE_ENCR_3DES,               0},
    {"des3",                       ES_IKE_ENCR_3DES,               0},
    {"desede3",                    ES_IKE_ENCR_3DES,               0},
    {"desede3cbc",                 ES_IKE_ENCR_3DES,               0},
    {"cbcdes3ede",                 ES_IKE_ENCR_3DES,               0},
    {"tripledes",                  ES_IKE_ENCR_3DES,               0},
    {"tripledescbc",               ES_IKE_ENCR_3DES,               0},
    {"cast",                       ES_IKE_ENCR_CAST,               0},
    {"castcbc",                    ES_IKE_ENCR_CAST,               0},
    {"cast5cbc",                   ES_IKE_ENCR_CAST,               0},
    {"cast128cbc",                 ES_IKE_ENCR_CAST,               0},
    {"cbccast5",                   ES_IKE_ENCR_CAST,               0},
    {"blowfish",                   ES_IKE_ENCR_BLOWFISH,           0},
    {"blowfishcbc#",               ES_IKE_ENCR_BLOWFISH,           0},
    {"cbcblowfish",                ES_IKE_ENCR_BLOWFISH,           0},
    {"aes#",                       ES_IKE_ENCR_AES_CBC,            0},
    {"aescbc#",                    ES_IKE_ENCR_AES_CBC,            0},
    {"aes#cbc",                    ES_IKE_ENCR_AES_CBC,            0},
    {"cbcaes",                     ES_IKE_ENCR_AES_CBC,            0},
    {"rijndael#",                  ES_IKE_ENCR_AES_CBC,            0},
    {"rijndaelcbc#",               ES_IKE_ENCR_AES_CBC,            0},
    {"aesctr#",                    ES_IKE_ENCR_AES_CTR,            0},
    {"aes#ctr",                    ES_IKE_ENCR_AES_CTR,            0},
    {"rfc3686ctraes",              ES_IKE_ENCR_AES_CTR,            0},
    {"aesccm8#",                   ES_IKE_ENCR_AES_CCM_8,          0},
    {"aesccm#8",                   ES_IKE_ENCR_AES_CCM_8,          0},
    {"aesccma#",                   ES_IKE_ENCR_AES_CCM_8,          0},
    {"aes#ccm8",                   ES_IKE_ENCR_AES_CCM_8,          0},
    {"aesccm#with8octeticv",       ES_IKE_ENCR_AES_CCM_8,          0},
    {"aesccm12#",                  ES_IKE_ENCR_AES_CCM_12,         0},
    {"aesccm#12",                  ES_IKE_ENCR_AES_CCM_12,         0},
    {"aesccmb#",                   ES_IKE_ENCR_AES_CCM_12,         0},
    {"aes#ccm12",                  ES_IKE_ENCR_AES_CCM_12,         0},
    {"aesccm#with12octeticv",      ES_IKE_ENCR_AES_CCM_12,         0},
    {"aesccm#",                    ES_IKE_ENCR_AES_CCM_16,         0},
    {"aesccm16#",                  ES_IKE_ENCR_AES_CCM_16,         0},
    {"aesccm#16",                  ES_IKE_ENCR_AES_CCM_16,         0},
    {"aesccmc#",                   ES_IKE_ENCR_AES_CCM_16,         0},
    {"aes#ccm",                    ES_IKE_ENCR_AES_CCM_16,         0},
    {"aes#ccm16",                  ES_IKE_ENCR_AES_CCM_16,         0},
    {"aesccm#with16octeticv",      ES_IKE_ENCR_AES_CCM_16,         0},
    {"rfc4309ccmaes",              ES_IKE_ENCR_AES_CCM_16,         0},
    {"aesgcm8#",                   ES_IKE_ENCR_AES_GCM_8,          0},
    {"aesgcm#8",                   ES_IKE_ENCR_AES_GCM_8,          0},
    {"aesgcma#",                   ES_IKE_ENCR_AES_GCM_8,          0},
    {"aes#gcm8",                   ES_IKE_ENCR_AES_GCM_8,          0},
    {"aesgcm#with8octeticv",       ES_IKE_ENCR_AES_GCM_8,          0},
    {"aesgcm12#",                  ES_IKE_ENCR_AES_GCM_12,         0},
    {"aesgcm#12",                  ES_IKE_ENCR_AES_GCM_12,         0},
    {"aesgcmb#",                   ES_IKE_ENCR_AES_GCM_12,         0},
    {"aes#gcm12",                  ES_IKE_ENCR_AES_GCM_12,         0},
    {"aesgcm#with12octeticv",      ES_IKE_ENCR_AES_GCM_12,         0},
    {"aesgcm#",                    ES_IKE_ENCR_AES_GCM_16,         0},
    {"aesgcm16#",                  ES_IKE_ENCR_AES_GCM_16,         0},
    {"aesgcm#16",                  ES_IKE_ENCR_AES_GCM_16,         0},
    {"aesgcmc#",                   ES_IKE_ENCR_AES_GCM_16,         0},
    {"aes#gcm",                    ES_IKE_ENCR_AES_GCM_16,         0},
    {"aes#gcm16",                  ES_IKE_ENCR_AES_GCM_16,         0},
    {"aesgcm#with16octeticv",      ES_IKE_ENCR_AES_GCM_16,         0},
    {"rfc4106gcmaes",              ES_IKE_ENCR_AES_GCM_16,         0},
    {"aesgmac#",                   ES_IKE_ENCR_NULL_AUTH_AES_GMAC, 0},
    {"nullauthaesgmac#",           ES_IKE_ENCR_NULL_AUTH_AES_GMAC, 0},
    {"rfc4543gcmaes",              ES_IKE_ENCR_NULL_AUTH_AES_GMAC, 0},
    {"camellia#",                  ES_IKE_ENCR_CAMELLIA_CBC,       0},
    {"camelliacbc#",               ES_IKE_ENCR_CAMELLIA_CBC,       0},
    {"cbccamellia",                ES_IKE_ENCR_CAMELLIA_CBC,       0},
    {"camelliactr#",               ES_IKE_ENCR_CAMELLIA_CTR,       0},
    {"camelliaccm8#",              ES_IKE_ENCR_CAMELLIA_CCM_8,     0},
    {"camelliaccm12#",             ES_IKE_ENCR_CAMELLIA_CCM_12,    0},
    {"camelliaccm16#",             ES_IKE_ENCR_CAMELLIA_CCM_16,    0},
    {"chacha20poly1305",           ES_IKE_ENCR_CHACHA20_POLY1305,  0},
    {"chacha20poly1305#",          ES_IKE_ENCR_CHACHA20_POLY1305,  0},
    {"chacha20withpoly1305",       ES_IKE_ENCR_CHACHA20_POLY1305,  0},
    {"rfc7539espchacha20poly1305", ES_IKE_ENCR_CHACHA20_POLY1305,  0},
};

static const struct spelling integ_spellings[] = {
    {"null",                       0,                              0 },
    {"none",                       0,                              0 },
    {"digestnull",                 0,                              0 },
    {"any64bitauthentication",     0,                              8 },
    {"any96bitauthentication",     0,                              12},
    {"any128bitauthentication",    0,                              16},
    {"any160bitauthentication",    0,                              20},
    {"any192bitauthentication",    0,                              24},
    {"any256bitauthentication",    0,                              32},
    {"any64bitsofauthentication",  0,                              8 },
    {"any96bitsofauthentication",  0,                              12},
    {"any128bitsofauthentication", 0,                              16},
    {"any160bitsofauthentication", 0,                              20},
    {"any192bitsofauthentication", 0,                              24},
    {"any256bitsofauthentication", 0,                              32},
    {"md5",                        ES_IKE_INTEG_HMAC_MD5_96,       0 },
    {"md596",                      ES_IKE_INTEG_HMAC_MD5_96,       0 },
    {"hmacmd5",                    ES_IKE_INTEG_HMAC_MD5_96,       0 },
    {"hmacmd596",                  ES_IKE_INTEG_HMAC_MD5_96,       0 },
    {"hmacmd5128",                 ES_IKE_INTEG_HMAC_MD5_128,      0 },
    {"sha",                        ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"sha1",                       ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"sha196",                     ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"hmacsha",                    ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"hmacsha1",                   ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"hmacsha196",                 ES_IKE_INTEG_HMAC_SHA1_96,      0 },
    {"hmacsha1160",                ES_IKE_INTEG_HMAC_SHA1_160,     0 },
    {"sha256",                     ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"sha2256",                    ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"sha256128",                  ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"sha2256128",                 ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"hmacsha256",                 ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"hmacsha256128",              ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"hmacsha2256",                ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"hmacsha2256128",             ES_IKE_INTEG_HMAC_SHA2_256_128, 0 },
    {"sha25696",                   ES_IKE_INTEG_HMAC_SHA2_256_128, 12},
    {"hmacsha25696",               ES_IKE_INTEG_HMAC_SHA2_256_128, 12},
    {"hmacsha225696",              ES_IKE_INTEG_HMAC_SHA2_256_128, 12},
    {"sha384",                     ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"sha2384",                    ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"sha384192",                  ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"sha2384192",                 ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"hmacsha384",                 ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"hmacsha384192",              ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"hmacsha2384",                ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"hmacsha2384192",             ES_IKE_INTEG_HMAC_SHA2_384_192, 0 },
    {"sha512",                     ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"sha2512",                    ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"sha512256",                  ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"sha2512256",                 ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"hmacsha512",                 ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"hmacsha512256",              ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"hmacsha2512",                ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"hmacsha2512256",             ES_IKE_INTEG_HMAC_SHA2_512_256, 0 },
    {"rmd160",                     0,                              12},
    {"hmacrmd160",                 0,                              12},
    {"hmacripemd160",              0,                              12},
    {"ripemd160",                  0,                              12},
    {"macripemd16096",             0,                              12},
    {"xcbcaes",                    ES_IKE_INTEG_AES_XCBC_96,       0 },
    {"aesxcbc",                    ES_IKE_INTEG_AES_XCBC_96,       0 },
    {"aesxcbc96",                  ES_IKE_INTEG_AES_XCBC_96,       0 },
    {"aesxcbcmac",                 ES_IKE_INTEG_AES_XCBC_96,       0 },
    {"aesxcbcmac96",               ES_IKE_INTEG_AES_XCBC_96,       0 },
    {"cmacaes",                    ES_IKE_INTEG_AES_CMAC_96,       0 },
    {"aescmac",                    ES_IKE_INTEG_AES_CMAC_96,       0 },
    {"aescmac96",                  ES_IKE_INTEG_AES_CMAC_96,       0 },
};

static const struct spelling prf_spellings[] = {
    {"hmacmd5",     ES_IKE_PRF_HMAC_MD5,      0},
    {"hmacsha1",    ES_IKE_PRF_HMAC_SHA1,     0},
    {"hmacsha",     ES_IKE_PRF_HMAC_SHA1,     0},
    {"hmacsha2256", ES_IKE_PRF_HMAC_SHA2_256, 0},
    {"hmacsha256",  ES_IKE_PRF_HMAC_SHA2_256, 0},
    {"hmacsha2384", ES_IKE_PRF_HMAC_SHA2_384, 0},
    {"hmacsha384",  ES_IKE_PRF_HMAC_SHA2_384, 0},
    {"hmacsha2512", ES_IKE_PRF_HMAC_SHA2_512, 0},
    {"hmacsha512",  ES_IKE_PRF_HMAC_SHA2_512, 0},
    {"sha1",        ES_IKE_PRF_HMAC_SHA1,     0},
    {"sha2256",     ES_IKE_PRF_HMAC_SHA2_256, 0},
    {"sha2384",     ES_IKE_PRF_HMAC_SHA2_384, 0},
    {"sha2512",     ES_IKE_PRF_HMAC_SHA2_512, 0},
    {"aes128xcbc",  ES_IKE_PRF_AES128_XCBC,   0},
    {"aes128cmac",  ES_IKE_PRF_AES128_CMAC,   0},
};

/* The name reduced; false when it is longer than any is. */
static bool reduce(struct es_word word, char out[NAME_MAX_CHARS])
{
    size_t length = 0;
    for (size_t i = 0; i < word.length && word.chars[i] != '['; i++) {
        char c = word.chars[i];
        if (c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
            continue;
        if (length + 1 == NAME_MAX_CHARS)
            return false;
        out[length++] = c;
    }
    out[length] = '\0';
    return length > 0;
}

/* Whether `name` is what `pattern` says. */
static bool matches(const char *pattern, const char *name)
{
    static const char *const lengths[] = {"", "128", "192", "256"};
    const size_t same = strcspn(pattern, "#");
    if (strncmp(pattern, name, same) != 0)
        return false;
    if (!pattern[same])
        return !name[same];
    for (size_t i = 0; i < ES_COUNT(lengths); i++) {
        const size_t length = strlen(lengths[i]);
        if (strncmp(name + same, lengths[i], length) == 0 &&
            strcmp(pattern + same + 1, name + same + length) == 0)
            return true;
    }
    return false;
}

static const struct spelling *find(struct es_word word, const char *prefix,
                                   const struct spelling *spellings, size_t count)
{
    char name[NAME_MAX_CHARS];
    if (!reduce(word, name))
        return NULL;
    const size_t skip = strncmp(name, prefix, strlen(prefix)) == 0 ? strlen(prefix) : 0;
    for (size_t i = 0; i < count; i++) {
        if (matches(spellings[i].pattern, name + skip))
            return &spellings[i];
    }
    return NULL;
}

bool es_word_encr(struct es_word word, uint16_t *encr)
{
    const struct spelling *s = find(word, "encr", encr_spellings, ES_COUNT(encr_spellings));
    if (s)
        *encr = s->id;
    return s != NULL;
}

bool es_word_integ(struct es_word word, struct es_integ_name *integ)
{
    const struct spelling *s = find(word, "auth", integ_spellings, ES_COUNT(integ_spellings));
    if (s)
        *integ = (struct es_integ_name){s->id, s->icv_bytes};
    return s != NULL;
}

bool es_word_prf(struct es_word word, uint16_t *prf)
{
    const struct spelling *s = find(word, "prf", prf_spellings, ES_COUNT(prf_spellings));
    if (s)
        *prf = s->id;
    return s != NULL;
}

bool es_encr_combined(uint16_t encr)
{
    const struct es_encr *about = es_encr_find(encr);
    return about && about->icv > 0;
}

uint16_t es_encr_with_icv(uint16_t encr, unsigned icv_bytes)
{
    static const uint16_t families[][3] = {
        {ES_IKE_ENCR_AES_GCM_8,      ES_IKE_ENCR_AES_GCM_12,      ES_IKE_ENCR_AES_GCM_16     },
        {ES_IKE_ENCR_AES_CCM_8,      ES_IKE_ENCR_AES_CCM_12,      ES_IKE_ENCR_AES_CCM_16     },
        {ES_IKE_ENCR_CAMELLIA_CCM_8, ES_IKE_ENCR_CAMELLIA_CCM_12, ES_IKE_ENCR_CAMELLIA_CCM_16},
    };
    for (size_t i = 0; i < ES_COUNT(families); i++) {
        for (size_t k = 0; k < 3; k++) {
            if (families[i][k] != encr)
                continue;
            const bool known = icv_bytes == 8 || icv_bytes == 12 || icv_bytes == 16;
            return known ? families[i][icv_bytes / 4 - 2] : 0;
        }
    }
    const struct es_encr *about = es_encr_find(encr);
    return about && about->icv == icv_bytes ? encr : 0;
}

/* Algorithms that cannot be used here are taken as they are: another tool may. */
static bool key_fits(uint16_t encr, size_t bytes)
{
    return encr == 0 || !es_encr_algorithm_find(encr) || es_encr_key_fits(encr, bytes);
}

bool es_esp_keys_sound(const struct es_esp_keys *esp)
{
    if (esp->integ != 0 && esp->integrity.length == 0)
        return false;
    return key_fits(esp->encr, esp->encryption.length);
}

bool es_ike_keys_sound(const struct es_ike_keys *ike)
{
    if (ike->initiator_spi == 0)
        return false;
    if (ike->major == 1)
        return ike->sk_ei.length > 0 && key_fits(ike->encr, ike->sk_ei.length);
    /* One direction is better than none. */
    const size_t length = ike->sk_ei.length ? ike->sk_ei.length : ike->sk_er.length;
    return ike->responder_spi != 0 && key_fits(ike->encr, length) &&
           (length > 0 || ike->encr == ES_IKE_ENCR_NULL) &&
           (ike->sk_er.length == length || ike->sk_er.length == 0 || ike->sk_ei.length == 0);
}
