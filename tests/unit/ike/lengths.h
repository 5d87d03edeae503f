/*
 * The lengths of IKE messages by content and suite, as computed from the RFCs and measured on real
 * daemons: what the tests of bounds and classes have in common.
 */
#ifndef TESTS_IKE_LENGTHS_H
#define TESTS_IKE_LENGTHS_H

#include "espial/ike.h"

enum {
    IKEV2_AROUND = ES_IKE_HEADER_BYTES + 4, /* header and SK's generic header */
    IKEV1_AROUND = ES_IKE_HEADER_BYTES,
    IKEV2_COLUMNS = 11,
    IKEV1_COLUMNS = 6,
};

#define CBC(integrity, key_exchange)                                                               \
    {                                                                                              \
        .major = 2, .encr = ES_IKE_ENCR_AES_CBC, .key_length = 256, .integ = integrity,            \
        .prf = ES_IKE_PRF_HMAC_SHA2_256, .ke = key_exchange                                        \
    }
#define TRIPLE_DES(integrity)                                                                      \
    {                                                                                              \
        .major = 2, .encr = ES_IKE_ENCR_3DES, .integ = integrity, .prf = ES_IKE_PRF_HMAC_SHA2_256, \
        .ke = ES_IKE_KE_METHOD_MODP_2048                                                           \
    }
#define AEAD(cipher)                                                                               \
    {                                                                                              \
        .major = 2, .encr = cipher, .key_length = 256, .prf = ES_IKE_PRF_HMAC_SHA2_256,            \
        .ke = ES_IKE_KE_METHOD_ECP_256                                                             \
    }

static const struct es_ike_suite ikev2_suites[IKEV2_COLUMNS] = {
    CBC(ES_IKE_INTEG_HMAC_SHA1_96, ES_IKE_KE_METHOD_MODP_2048),
    CBC(ES_IKE_INTEG_HMAC_SHA2_256_128, ES_IKE_KE_METHOD_MODP_2048),
    CBC(ES_IKE_INTEG_HMAC_SHA2_384_192, ES_IKE_KE_METHOD_MODP_2048),
    CBC(ES_IKE_INTEG_HMAC_SHA2_512_256, ES_IKE_KE_METHOD_MODP_2048),
    TRIPLE_DES(ES_IKE_INTEG_HMAC_SHA1_96),
    TRIPLE_DES(ES_IKE_INTEG_HMAC_SHA2_256_128),
    AEAD(ES_IKE_ENCR_AES_GCM_16), /* padded to 1, */
    AEAD(ES_IKE_ENCR_AES_GCM_16), /* to 4, */
    AEAD(ES_IKE_ENCR_AES_GCM_16), /* to 16 */
    AEAD(ES_IKE_ENCR_AES_GCM_12),
    AEAD(ES_IKE_ENCR_AES_GCM_8),
};

/* One content: its exchange, whether as response, its class, and its lengths by suite. */
struct ikev2_row {
    const char *content;
    uint8_t exchange;
    bool response;
    unsigned class;
    uint32_t inner;
    uint16_t lengths[IKEV2_COLUMNS];
};

/* clang-format off (14 cannot lay out tables with arrays in them) */
static const struct ikev2_row ikev2_rows[] = {
    {"empty INFORMATIONAL",
     37, false,
     ES_IKE_CLASS_EMPTY,         0,
     {76, 80, 88, 96, 60, 64, 57, 60, 72, 53, 49}           },
    {"Delete IKE SA",
     37, false,
     ES_IKE_CLASS_DELETE_IKE,    8,
     {76, 80, 88, 96, 68, 72, 65, 68, 72, 61, 57}           },
    {"notify without data",
     37, false,
     ES_IKE_CLASS_NOTIFY,        8,
     {76, 80, 88, 96, 68, 72, 65, 68, 72, 61, 57}           },
    {"Delete 1 ESP SA",
     37, true,
     ES_IKE_CLASS_DELETE_CHILD,  12,
     {76, 80, 88, 96, 68, 72, 69, 72, 72, 65, 61}           },
    {"INVALID_SPI",
     37, false,
     ES_IKE_CLASS_NOTIFY,        12,
     {76, 80, 88, 96, 68, 72, 69, 72, 72, 65, 61}           },
    {"Delete 2 ESP SAs",
     37, false,
     ES_IKE_CLASS_DELETE_CHILD,  16,
     {92, 96, 104, 112, 76, 80, 73, 76, 88, 69, 65}         },
    {"Delete 3 ESP SAs",
     37, false,
     ES_IKE_CLASS_DELETE_CHILD,  20,
     {92, 96, 104, 112, 76, 80, 77, 80, 88, 73, 69}         },
    {"INVALID_KE_PAYLOAD",
     36, true,
     ES_IKE_CLASS_NOTIFY,        10,
     {76, 80, 88, 96, 68, 72, 67, 68, 72, 63, 59}           },
    {"AUTHENTICATION_FAILED",
     35, true,
     ES_IKE_CLASS_AUTH_REFUSED,  8,
     {76, 80, 88, 96, 68, 72, 65, 68, 72, 61, 57}           },
    {"two notifies",
     37, false,
     ES_IKE_CLASS_NOTIFY,        16,
     {92, 96, 104, 112, 76, 80, 73, 76, 88, 69, 65}         },
    {"IDr, AUTH by shared key (32), notify",
     35, true,
     ES_IKE_CLASS_CHILD_REFUSED, 60,
     {124, 128, 136, 144, 116, 120, 117, 120, 120, 113, 109}},
    {"MOBIKE: NAT detection twice",
     37, false,
     ES_IKE_CLASS_MOBIKE,        56,
     {124, 128, 136, 144, 116, 120, 113, 116, 120, 109, 105}},
    {"MOBIKE: UPDATE_SA_ADDRESSES too",
     37, false,
     ES_IKE_CLASS_MOBIKE,        64,
     {140, 144, 152, 160, 124, 128, 121, 124, 136, 117, 113}},
    {"MOBIKE: COOKIE2 too",
     37, false,
     ES_IKE_CLASS_MOBIKE,        88,
     {156, 160, 168, 176, 148, 152, 145, 148, 152, 141, 137}},
    {"IKE rekey, MODP-2048, CBC",
     36, true,
     ES_IKE_CLASS_NEW_IKE,       356,
     {428, 432, 440, 448, 412, 416, 413, 416, 424, 409, 405}},
    {"IKE rekey, ECP-256, AEAD",
     36, true,
     ES_IKE_CLASS_NEW_IKE,       156,
     {220, 224, 232, 240, 212, 216, 213, 216, 216, 209, 205}},
    {"IKE rekey, CURVE25519, AEAD",
     36, true,
     ES_IKE_CLASS_NEW_IKE,       124,
     {188, 192, 200, 208, 180, 184, 181, 184, 184, 177, 173}},
    {"child rekey without PFS, AEAD",
     36, true,
     ES_IKE_CLASS_NEW_CHILD,     120,
     {188, 192, 200, 208, 180, 184, 177, 180, 184, 173, 169}},
    {"child rekey without PFS, CBC",
     36, true,
     ES_IKE_CLASS_NEW_CHILD,     128,
     {204, 208, 216, 224, 188, 192, 185, 188, 200, 181, 177}},
    {"child rekey, MODP-2048, CBC",
     36, true,
     ES_IKE_CLASS_NEW_CHILD,     400,
     {476, 480, 488, 496, 460, 464, 457, 460, 472, 453, 449}},
    {"child rekey, ECP-256, AEAD",
     36, true,
     ES_IKE_CLASS_NEW_CHILD,     200,
     {268, 272, 280, 288, 260, 264, 257, 260, 264, 253, 249}},
};
/* clang-format on */

#define PHASE1(cipher, hash)                                                                       \
    {                                                                                              \
        .major = 1, .encr = cipher, .prf = hash, .ke = ES_IKE_KE_METHOD_MODP_2048                  \
    }

static const struct es_ike_suite ikev1_suites[IKEV1_COLUMNS] = {
    PHASE1(ES_IKEV1_ENCR_AES_CBC, ES_IKEV1_HASH_MD5),
    PHASE1(ES_IKEV1_ENCR_AES_CBC, ES_IKEV1_HASH_SHA1),
    PHASE1(ES_IKEV1_ENCR_AES_CBC, ES_IKEV1_HASH_SHA2_256),
    PHASE1(ES_IKEV1_ENCR_3DES_CBC, ES_IKEV1_HASH_MD5),
    PHASE1(ES_IKEV1_ENCR_3DES_CBC, ES_IKEV1_HASH_SHA1),
    PHASE1(ES_IKEV1_ENCR_3DES_CBC, ES_IKEV1_HASH_SHA2_256),
};

/* Two lengths a suite: with the least padding, and with at least one byte of it. */
struct ikev1_row {
    const char *content;
    uint8_t exchange;
    unsigned class;
    uint32_t inner; /* after the HASH payload */
    uint16_t lengths[IKEV1_COLUMNS][2];
};

/* clang-format off */
static const struct ikev1_row ikev1_rows[] = {
    {"Delete 1 ESP SA", 5, ES_IKE_CLASS_DELETE_CHILD, 16,
     {{76, 76}, {76, 76}, {92, 92}, {68, 68}, {68, 76}, {84, 84}}},
    {"Delete 2 ESP SAs", 5, ES_IKE_CLASS_DELETE_CHILD, 20,
     {{76, 76}, {76, 76}, {92, 92}, {68, 76}, {76, 76}, {84, 92}}},
    {"notify without SPI", 5, ES_IKE_CLASS_NOTIFY, 12,
     {{60, 76}, {76, 76}, {76, 92}, {60, 68}, {68, 68}, {76, 84}}},
    {"notify with an ESP SPI", 5, ES_IKE_CLASS_NOTIFY, 16,
     {{76, 76}, {76, 76}, {92, 92}, {68, 68}, {68, 76}, {84, 84}}},
    {"notify with the cookies", 5, ES_IKE_CLASS_NOTIFY, 28,
     {{76, 92}, {92, 92}, {92, 108}, {76, 84}, {84, 84}, {92, 100}}},
    {"Delete ISAKMP SA", 5, ES_IKE_CLASS_DELETE_IKE, 28,
     {{76, 92}, {92, 92}, {92, 108}, {76, 84}, {84, 84}, {92, 100}}},
    {"R-U-THERE", 5, ES_IKE_CLASS_R_U_THERE, 32,
     {{92, 92}, {92, 92}, {108, 108}, {84, 84}, {84, 92}, {100, 100}}},
    {"Quick Mode, third message", 32, ES_IKE_CLASS_QUICK_HASH, 0,
     {{60, 60}, {60, 60}, {76, 76}, {52, 52}, {52, 60}, {68, 68}}},
    {"INITIAL-CONTACT or REPLAY-STATUS", 5, ES_IKE_CLASS_NOTIFY, 32,
     {{92, 92}, {92, 92}, {108, 108}, {84, 84}, {84, 92}, {100, 100}}},
};
/* clang-format on */

#endif
