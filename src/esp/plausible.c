/*
 * Which cipher ESP without keys can be: by the residues of its lengths, by how its IVs follow one
 * another, and by whether it ends like clear text. RFC 4303, 2; RFC 5879 for the last.
 *
 *     SPI, sequence | IV | payload, padding, pad length, next header | ICV
 *
 * A block cipher fixes the length behind the header modulo its block. Combined modes and counter
 * modes pad to 4 bytes, so by chance (one in four a length) they can look like AES-CBC; their IVs
 * tell them: they count (RFC 4106, 3.1), while those of CBC are random (RFC 3602, 3).
 */
#include "espial/esp.h"

#include <string.h>

enum {
    WORD = 4,           /* RFC 4303, 2.4: the trailer ends on a multiple of this */
    TRAILER = 2,        /* pad length and next header */
    PAIRS_ENOUGH = 3,   /* each by chance: 2^-31 */
    LENGTHS_LIKELY = 4, /* each by chance: 1/4 */
    LENGTHS_SURE = 8,
    CLEAR_ENOUGH = 4, /* each by chance: 2^-10 or less */
};

static const uint8_t icv_sizes[ES_SHAPE_ICV_SIZES] = {12, 16, 24, 32};

/* Next headers that are usual inside ESP: RFC 5879, 8.3. */
static bool is_usual(uint8_t next_header)
{
    static const uint8_t usual[] = {1, 4, 6, 17, 41, 47, 50, 51, 58, 59, 89, 103, 115, 132};
    return memchr(usual, next_header, sizeof(usual)) != NULL;
}

/* Pads of 1, 2, 3 as RFC 4303, 2.4 says, no more than alignment asks, and a known protocol. */
static bool ends_in_clear(const uint8_t *bytes, size_t size, size_t icv)
{
    if (size < icv + TRAILER)
        return false;
    const uint8_t *trailer = bytes + size - icv - TRAILER;
    const size_t pad = trailer[0];
    if (pad >= WORD || pad + TRAILER + icv > size || !is_usual(trailer[1]))
        return false;
    const uint8_t *padding = trailer - pad;
    for (size_t i = 0; i < pad; i++) {
        if (padding[i] != i + 1)
            return false;
    }
    return true;
}

static void look_at_trailer(struct es_esp_shape *shape, const struct es_cursor *body)
{
    if (body->missing || shape->clear_samples == UINT8_MAX)
        return;
    unsigned fits = 0;
    for (unsigned i = 0; i < ES_SHAPE_ICV_SIZES; i++)
        fits |= (unsigned)ends_in_clear(body->at, es_left(body), icv_sizes[i]) << i;
    shape->clear_icv_sizes =
        (uint8_t)(shape->clear_samples++ ? shape->clear_icv_sizes & fits : fits);
}

static void look_at_length(struct es_esp_shape *shape, uint32_t length)
{
    shape->residues = (uint16_t)(shape->residues | 1U << length % 16);
    for (unsigned i = 0; i < shape->length_count; i++) {
        if (shape->lengths[i] == (uint16_t)length)
            return;
    }
    if (shape->length_count < ES_SHAPE_LENGTHS)
        shape->lengths[shape->length_count++] = (uint16_t)length;
}

static uint64_t distance(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* Neighbours' IVs of a counter differ little, in whichever byte order it is kept. */
static bool counts_on(uint64_t a, uint64_t b)
{
    return distance(a, b) >> 32 == 0 ||
           distance(__builtin_bswap64(a), __builtin_bswap64(b)) >> 32 == 0;
}

bool es_esp_shape_add(struct es_esp_shape *shape, const struct es_esp_packet *packet,
                      struct es_cursor payload)
{
    if (packet->length < ES_ESP_HEADER_BYTES || packet->length % WORD != 0)
        return false;
    es_skip(&payload, ES_ESP_HEADER_BYTES);
    struct es_cursor body = payload;
    const uint64_t iv = es_u64(&payload);
    const bool neighbours = shape->samples && packet->sequence == shape->sequence + 1;
    if (shape->samples < UINT8_MAX)
        shape->samples++;
    look_at_length(shape, packet->length - ES_ESP_HEADER_BYTES);
    look_at_trailer(shape, &body);
    if (payload.fault) {
        shape->sequence = packet->sequence - 1; /* nothing to compare the next one with */
        return false;
    }
    const bool same = neighbours && iv == shape->iv;
    if (neighbours && shape->iv_pairs < UINT8_MAX) {
        shape->iv_pairs++;
        shape->iv_same = (uint8_t)(shape->iv_same + same);
        shape->iv_counters = (uint8_t)(shape->iv_counters + (!same && counts_on(iv, shape->iv)));
    }
    shape->iv = iv;
    shape->sequence = packet->sequence;
    return same;
}

static bool is_clear(const struct es_esp_shape *shape, struct es_esp_plausible *out)
{
    if (shape->clear_samples < CLEAR_ENOUGH || shape->clear_icv_sizes == 0)
        return false;
    const unsigned lowest = (unsigned)__builtin_ctz(shape->clear_icv_sizes);
    *out = (struct es_esp_plausible){ES_ESP_CIPHER_NULL, icv_sizes[lowest], true};
    return true;
}

/* Residues modulo 16 that a cipher with blocks may show, and the ICV that follows from them. */
static const struct block_cipher {
    uint16_t residues;
    bool all; /* each must have been seen */
    enum es_esp_cipher cipher;
    uint8_t icv;
} block_ciphers[] = {
    {1 << 12,          true,  ES_ESP_CIPHER_CBC_128, 12},
    {1 << 0,           true,  ES_ESP_CIPHER_CBC_128, 16},
    {1 << 8,           true,  ES_ESP_CIPHER_CBC_128, 24},
    {1 << 4 | 1 << 12, false, ES_ESP_CIPHER_CBC_64,  12},
    {1 << 0 | 1 << 8,  true,  ES_ESP_CIPHER_CBC_64,  16},
};

static const struct block_cipher *find_block_cipher(uint16_t residues)
{
    for (size_t i = 0; i < ES_COUNT(block_ciphers); i++) {
        const struct block_cipher *c = &block_ciphers[i];
        if (c->all ? residues == c->residues : residues && (residues & ~c->residues) == 0)
            return c;
    }
    return NULL;
}

struct es_esp_plausible es_esp_judge(const struct es_esp_shape *shape)
{
    struct es_esp_plausible out = {ES_ESP_CIPHER_UNKNOWN, 0, false};
    if (is_clear(shape, &out))
        return out;
    const bool compared = shape->iv_pairs >= PAIRS_ENOUGH;
    const bool counts = shape->iv_counters >= PAIRS_ENOUGH &&
                        shape->iv_counters + shape->iv_same == shape->iv_pairs;
    const bool random = compared && shape->iv_counters == 0 && shape->iv_same == 0;
    const struct block_cipher *block = find_block_cipher(shape->residues);
    if (counts)
        return (struct es_esp_plausible){ES_ESP_CIPHER_COUNTER, 0, true};
    if (!block) {
        if (shape->length_count >= 2)
            out.cipher = ES_ESP_CIPHER_COUNTER;
        out.sure = shape->length_count >= LENGTHS_LIKELY;
        return out;
    }
    /* A single length is no pattern, unless the IVs rule the counters out. */
    if (shape->length_count < LENGTHS_LIKELY && !random)
        return out;
    out = (struct es_esp_plausible){block->cipher, block->icv, false};
    out.sure = shape->length_count >= (random ? LENGTHS_LIKELY : LENGTHS_SURE);
    return out;
}

const char *es_esp_plausible_name(const struct es_esp_plausible *plausible)
{
    const uint8_t icv = plausible->icv;
    switch (plausible->cipher) {
    case ES_ESP_CIPHER_NULL:
        return "not encrypted (NULL)";
    case ES_ESP_CIPHER_COUNTER:
        return "AEAD or counter mode (AES-GCM, AES-CCM, ChaCha20-Poly1305)";
    case ES_ESP_CIPHER_CBC_128:
        return icv == 12   ? "AES-CBC with a 12-byte ICV (HMAC-SHA1-96 or MD5-96)"
               : icv == 24 ? "AES-CBC with a 24-byte ICV (HMAC-SHA2-384-192)"
                           : "AES-CBC with a 16-byte ICV (HMAC-SHA2-256-128) or a 32-byte one";
    case ES_ESP_CIPHER_CBC_64:
        return icv == 12 ? "3DES-CBC or another cipher of 8-byte blocks, with a 12-byte ICV"
                         : "3DES-CBC or another cipher of 8-byte blocks, with a 16-byte ICV";
    case ES_ESP_CIPHER_UNKNOWN:
        break;
    }
    return NULL;
}
