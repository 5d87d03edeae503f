/*
 * Tables of the algorithms that can be opened. Lengths on the wire (block, IV, ICV) are the
 * registry's; here is what it takes beyond.
 */
#include "algorithm.h"

#include "espial/crypto.h"
#include "espial/registry.h"

#include <stdio.h>

enum { KEY_STEP = 8 }; /* bytes between the key sizes of AES and Camellia */

/*
 * The usual ones first: who does not know the algorithm tries them in this order. Single DES is
 * 3DES with one key three times, which libcrypto still has (cipher.c).
 */
static const struct es_encr_algorithm encrs[] = {
    {ES_IKE_ENCR_AES_CBC,            ES_MODE_CBC,  0, 16, 32, "AES",               "CBC"},
    {ES_IKE_ENCR_AES_GCM_16,         ES_MODE_AEAD, 4, 16, 32, "AES",               "GCM"},
    {ES_IKE_ENCR_CHACHA20_POLY1305,  ES_MODE_AEAD, 4, 32, 32, "ChaCha20-Poly1305", NULL },
    {ES_IKE_ENCR_3DES,               ES_MODE_CBC,  0, 24, 24, "DES-EDE3-CBC",      NULL },
    {ES_IKE_ENCR_AES_GCM_12,         ES_MODE_AEAD, 4, 16, 32, "AES",               "GCM"},
    {ES_IKE_ENCR_AES_GCM_8,          ES_MODE_AEAD, 4, 16, 32, "AES",               "GCM"},
    {ES_IKE_ENCR_AES_CCM_16,         ES_MODE_CCM,  3, 16, 32, "AES",               "CCM"},
    {ES_IKE_ENCR_AES_CCM_12,         ES_MODE_CCM,  3, 16, 32, "AES",               "CCM"},
    {ES_IKE_ENCR_AES_CCM_8,          ES_MODE_CCM,  3, 16, 32, "AES",               "CCM"},
    {ES_IKE_ENCR_AES_CTR,            ES_MODE_CTR,  4, 16, 32, "AES",               "CTR"},
    {ES_IKE_ENCR_CAMELLIA_CBC,       ES_MODE_CBC,  0, 16, 32, "CAMELLIA",          "CBC"},
    {ES_IKE_ENCR_CAMELLIA_CTR,       ES_MODE_CTR,  4, 16, 32, "CAMELLIA",          "CTR"},
    {ES_IKE_ENCR_DES,                ES_MODE_CBC,  0, 8,  8,  "DES-EDE3-CBC",      NULL },
    {ES_IKE_ENCR_NULL_AUTH_AES_GMAC, ES_MODE_GMAC, 4, 16, 32, "AES",               "GCM"},
    {ES_IKE_ENCR_NULL,               ES_MODE_NULL, 0, 0,  0,  "NULL",              NULL },
};

static const struct es_integ_algorithm integs[] = {
    {ES_IKE_INTEG_HMAC_SHA2_256_128, 32, ES_MAC_HMAC, "SHA256"},
    {ES_IKE_INTEG_HMAC_SHA1_96,      20, ES_MAC_HMAC, "SHA1"  },
    {ES_IKE_INTEG_HMAC_SHA2_384_192, 48, ES_MAC_HMAC, "SHA384"},
    {ES_IKE_INTEG_HMAC_SHA2_512_256, 64, ES_MAC_HMAC, "SHA512"},
    {ES_IKE_INTEG_HMAC_MD5_96,       16, ES_MAC_HMAC, "MD5"   },
    {ES_IKE_INTEG_AES_XCBC_96,       16, ES_MAC_XCBC, NULL    },
    {ES_IKE_INTEG_AES_CMAC_96,       16, ES_MAC_CMAC, NULL    },
    {ES_IKE_INTEG_HMAC_MD5_128,      16, ES_MAC_HMAC, "MD5"   },
    {ES_IKE_INTEG_HMAC_SHA1_160,     20, ES_MAC_HMAC, "SHA1"  },
};

static const struct es_prf_algorithm prfs[] = {
    {ES_IKE_PRF_HMAC_MD5,      ES_MAC_HMAC, "MD5"   },
    {ES_IKE_PRF_HMAC_SHA1,     ES_MAC_HMAC, "SHA1"  },
    {ES_IKE_PRF_AES128_XCBC,   ES_MAC_XCBC, NULL    },
    {ES_IKE_PRF_HMAC_SHA2_256, ES_MAC_HMAC, "SHA256"},
    {ES_IKE_PRF_HMAC_SHA2_384, ES_MAC_HMAC, "SHA384"},
    {ES_IKE_PRF_HMAC_SHA2_512, ES_MAC_HMAC, "SHA512"},
    {ES_IKE_PRF_AES128_CMAC,   ES_MAC_CMAC, NULL    },
};

/* From a number of IKEv1 to an IKEv2 transform ID. */
struct mapping {
    uint16_t ikev1, ikev2;
};

static const struct mapping phase1_encrs[] = {
    {ES_IKEV1_ENCR_DES_CBC,      ES_IKE_ENCR_DES         },
    {ES_IKEV1_ENCR_3DES_CBC,     ES_IKE_ENCR_3DES        },
    {ES_IKEV1_ENCR_AES_CBC,      ES_IKE_ENCR_AES_CBC     },
    {ES_IKEV1_ENCR_CAMELLIA_CBC, ES_IKE_ENCR_CAMELLIA_CBC},
};

static const struct mapping phase1_hashes[] = {
    {ES_IKEV1_HASH_MD5,      ES_IKE_PRF_HMAC_MD5     },
    {ES_IKEV1_HASH_SHA1,     ES_IKE_PRF_HMAC_SHA1    },
    {ES_IKEV1_HASH_SHA2_256, ES_IKE_PRF_HMAC_SHA2_256},
    {ES_IKEV1_HASH_SHA2_384, ES_IKE_PRF_HMAC_SHA2_384},
    {ES_IKEV1_HASH_SHA2_512, ES_IKE_PRF_HMAC_SHA2_512},
};

/* IANA "IPSEC ESP Transform Identifiers". */
static const struct mapping phase2_encrs[] = {
    {2,  ES_IKE_ENCR_DES               },
    {3,  ES_IKE_ENCR_3DES              },
    {11, ES_IKE_ENCR_NULL              },
    {12, ES_IKE_ENCR_AES_CBC           },
    {13, ES_IKE_ENCR_AES_CTR           },
    {14, ES_IKE_ENCR_AES_CCM_8         },
    {15, ES_IKE_ENCR_AES_CCM_12        },
    {16, ES_IKE_ENCR_AES_CCM_16        },
    {18, ES_IKE_ENCR_AES_GCM_8         },
    {19, ES_IKE_ENCR_AES_GCM_12        },
    {20, ES_IKE_ENCR_AES_GCM_16        },
    {22, ES_IKE_ENCR_CAMELLIA_CBC      },
    {23, ES_IKE_ENCR_NULL_AUTH_AES_GMAC},
};

/* IANA "IPSEC Authentication Algorithm" (values of the attribute). */
static const struct mapping phase2_integs[] = {
    {1, ES_IKE_INTEG_HMAC_MD5_96      },
    {2, ES_IKE_INTEG_HMAC_SHA1_96     },
    {5, ES_IKE_INTEG_HMAC_SHA2_256_128},
    {6, ES_IKE_INTEG_HMAC_SHA2_384_192},
    {7, ES_IKE_INTEG_HMAC_SHA2_512_256},
    {9, ES_IKE_INTEG_AES_XCBC_96      },
};

#define FIND(table, wanted)                                                                        \
    for (size_t i = 0; i < ES_COUNT(table); i++) {                                                 \
        if ((table)[i].id == (wanted))                                                             \
            return &(table)[i];                                                                    \
    }                                                                                              \
    return NULL

const struct es_encr_algorithm *es_encr_algorithm_find(uint16_t id)
{
    FIND(encrs, id);
}

const struct es_integ_algorithm *es_integ_algorithm_find(uint16_t id)
{
    FIND(integs, id);
}

const struct es_prf_algorithm *es_prf_algorithm_find(uint16_t id)
{
    FIND(prfs, id);
}
#undef FIND

bool es_encr_algorithm_takes(const struct es_encr_algorithm *algorithm, size_t key)
{
    return key >= algorithm->least && key <= algorithm->most && key % KEY_STEP == 0;
}

void es_encr_algorithm_name(const struct es_encr_algorithm *algorithm, size_t key, char *out,
                            size_t size)
{
    if (algorithm->suffix)
        snprintf(out, size, "%s-%zu-%s", algorithm->family, 8 * key, algorithm->suffix);
    else
        snprintf(out, size, "%s", algorithm->family);
}

size_t es_encr_key_bytes(uint16_t encr, uint16_t key_length)
{
    const struct es_encr_algorithm *one = es_encr_algorithm_find(encr);
    if (!one)
        return 0;
    const size_t key = key_length ? key_length / 8U : one->least;
    return es_encr_algorithm_takes(one, key) ? key + one->salt : 0;
}

size_t es_integ_key_bytes(uint16_t integ)
{
    const struct es_integ_algorithm *one = es_integ_algorithm_find(integ);
    return one ? one->key : 0;
}

bool es_encr_key_fits(uint16_t encr, size_t bytes)
{
    const struct es_encr_algorithm *one = es_encr_algorithm_find(encr);
    return one && bytes >= one->salt && es_encr_algorithm_takes(one, bytes - one->salt);
}

uint16_t es_encr_at(size_t index)
{
    /* NULL encryption is the last row. */
    return index < ES_COUNT(encrs) - 1 ? encrs[index].id : 0;
}

uint16_t es_integ_at(size_t index)
{
    return index < ES_COUNT(integs) ? integs[index].id : 0;
}

static uint16_t map(const struct mapping *table, size_t count, uint16_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].ikev1 == number)
            return table[i].ikev2;
    }
    return 0;
}

uint16_t es_encr_of_phase1(uint16_t ikev1_encr)
{
    return map(phase1_encrs, ES_COUNT(phase1_encrs), ikev1_encr);
}

uint16_t es_prf_of_phase1(uint16_t ikev1_hash)
{
    return map(phase1_hashes, ES_COUNT(phase1_hashes), ikev1_hash);
}

uint16_t es_encr_of_phase2(uint16_t esp_transform)
{
    return map(phase2_encrs, ES_COUNT(phase2_encrs), esp_transform);
}

uint16_t es_integ_of_phase2(uint16_t authentication)
{
    return map(phase2_integs, ES_COUNT(phase2_integs), authentication);
}
