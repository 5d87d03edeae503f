/*
 * ESP with keys: RFC 4303.
 *
 *     SPI, sequence number                                   head
 *     IV, ciphertext, ICV                                    body
 *
 * Inside: payload, padding, pad length, next header. With extended sequence numbers the upper half
 * is authenticated and never sent: combined modes have it in the head (RFC 4106, 5), others behind
 * the body (RFC 4303, 2.2.1).
 */
#include "espial/crypto.h"
#include "espial/esp.h"
#include "espial/registry.h"

#include <stdlib.h>
#include <string.h>

enum {
    SAS_MAX = 4096,       /* ciphers kept; the oldest goes */
    SA_KEY_BYTES = 20,    /* SPI and destination */
    TRAILER_BYTES = 2,    /* pad length and next header */
    HIGH_GUESSES = 8,     /* upper halves tried for a capture that began later */
    OLD_SHA2_ICV = 12,    /* draft-ietf-ipsec-ciph-sha-256-00, and Linux for long */
    PACKET_MAX = 1 << 16, /* no IP packet is longer */
};

/* An SA as it was last opened. */
struct sa {
    uint32_t spi; /* the key in the table: must stay first, with the destination */
    uint8_t destination[16];
    struct sa *newer;
    struct es_esp_keys keys;  /* those that the cipher was made of */
    struct es_cipher *cipher; /* owned; NULL: cannot be made */
    bool esn;
    bool proven;   /* a packet's ICV fitted */
    uint32_t high; /* upper half of the last sequence number */
};

struct es_esp_opener {
    const struct es_keys *keys; /* borrowed */
    struct es_table sas;
    struct sa *oldest, *newest; /* owned */
    uint64_t unkept;
    uint8_t *plain; /* owned: PACKET_MAX bytes */
};

struct es_esp_opener *es_esp_opener_new(const struct es_keys *keys, const uint64_t seed[2])
{
    struct es_esp_opener *opener = calloc(1, sizeof(*opener));
    if (!opener)
        return NULL;
    opener->keys = keys;
    es_table_init(&opener->sas, SA_KEY_BYTES, SAS_MAX, seed);
    opener->plain = malloc(PACKET_MAX);
    if (opener->plain)
        return opener;
    es_esp_opener_free(opener);
    return NULL;
}

static void forget_oldest(struct es_esp_opener *opener)
{
    struct sa *sa = opener->oldest;
    opener->oldest = sa->newer;
    if (!opener->oldest)
        opener->newest = NULL;
    es_table_remove(&opener->sas, sa);
    es_cipher_free(sa->cipher);
    free(sa);
}

void es_esp_opener_free(struct es_esp_opener *opener)
{
    if (!opener)
        return;
    while (opener->oldest)
        forget_oldest(opener);
    es_table_fini(&opener->sas);
    free(opener->plain);
    free(opener);
}

uint64_t es_esp_opener_unkept(const struct es_esp_opener *opener)
{
    return opener->unkept;
}

static struct es_cipher *make_cipher(const struct es_esp_keys *keys, uint8_t icv_bytes)
{
    const struct es_cipher_keys made = {
        .encr = keys->encr,
        .integ = keys->integ,
        .icv_bytes = icv_bytes,
        .encryption = {keys->encryption.bytes, keys->encryption.length},
        .integrity = {keys->integrity.bytes,  keys->integrity.length },
    };
    return es_cipher_new(&made);
}

static struct sa *add(struct es_esp_opener *opener, uint32_t spi, const uint8_t destination[16])
{
    if (opener->sas.count == SAS_MAX)
        forget_oldest(opener);
    struct sa *sa = calloc(1, sizeof(*sa));
    if (sa) {
        sa->spi = spi;
        memcpy(sa->destination, destination, sizeof(sa->destination));
    }
    if (!sa || !es_table_add(&opener->sas, sa)) {
        opener->unkept++;
        free(sa);
        return NULL;
    }
    if (opener->newest)
        opener->newest->newer = sa;
    else
        opener->oldest = sa;
    opener->newest = sa;
    return sa;
}

/* The SA with a cipher of these keys; NULL without memory. An SPI may get other keys later. */
static struct sa *find(struct es_esp_opener *opener, uint32_t spi, const uint8_t destination[16],
                       const struct es_esp_keys *keys)
{
    uint8_t key[SA_KEY_BYTES];
    memcpy(key, &spi, sizeof(spi));
    memcpy(key + sizeof(spi), destination, 16);
    struct sa *sa = es_table_find(&opener->sas, key);
    if (sa && memcmp(&sa->keys, keys, sizeof(*keys)) == 0)
        return sa;
    if (!sa)
        sa = add(opener, spi, destination);
    if (!sa)
        return NULL;
    es_cipher_free(sa->cipher);
    memcpy(&sa->keys, keys, sizeof(*keys)); /* with its padding, for the comparison above */
    sa->cipher = make_cipher(keys, keys->icv_bytes);
    sa->esn = keys->esn;
    sa->proven = false;
    sa->high = 0;
    return sa;
}

/* --- one packet --- */

struct attempt {
    struct es_esp_opener *opener;
    const uint8_t *packet;
    size_t size;
    size_t plain; /* bytes of plaintext */
};

static bool combines(const struct es_esp_keys *keys)
{
    const struct es_encr *lengths = es_encr_find(keys->encr);
    return lengths && lengths->icv > 0;
}

static enum es_crypt open_with(struct attempt *a, const struct sa *sa, struct es_cipher *cipher,
                               bool esn, uint32_t high)
{
    const uint8_t high_bytes[4] = {(uint8_t)(high >> 24), (uint8_t)(high >> 16),
                                   (uint8_t)(high >> 8), (uint8_t)high};
    uint8_t long_head[ES_ESP_HEADER_BYTES + sizeof(high_bytes)];
    struct es_sealed sealed = {
        .head = {a->packet,                       ES_ESP_HEADER_BYTES          },
        .body = {a->packet + ES_ESP_HEADER_BYTES, a->size - ES_ESP_HEADER_BYTES},
    };
    if (esn && combines(&sa->keys)) {
        memcpy(long_head, a->packet, 4);
        memcpy(long_head + 4, high_bytes, sizeof(high_bytes));
        memcpy(long_head + 8, a->packet + 4, 4);
        sealed.head = (struct es_bytes){long_head, sizeof(long_head)};
    } else if (esn) {
        sealed.tail = (struct es_bytes){high_bytes, sizeof(high_bytes)};
    }
    return es_cipher_open(cipher, &sealed, a->opener->plain, &a->plain);
}

/* Upper halves in the order of their likelihood: the last one, its neighbours, small ones. */
static enum es_crypt open_esn(struct attempt *a, struct sa *sa)
{
    const uint32_t known = sa->high;
    uint32_t guesses[3 + HIGH_GUESSES] = {known, known + 1, known ? known - 1 : known};
    for (uint32_t i = 0; i < HIGH_GUESSES; i++)
        guesses[3 + i] = i;
    const size_t count = sa->proven ? 3 : ES_COUNT(guesses);
    enum es_crypt result = ES_CRYPT_ICV;
    for (size_t i = 0; i < count && result == ES_CRYPT_ICV; i++) {
        result = open_with(a, sa, sa->cipher, true, guesses[i]);
        if (result == ES_CRYPT_OK)
            sa->high = guesses[i];
    }
    return result;
}

/* What key files do not always tell: the ICV of old implementations, ESN. Kept when it fits. */
static enum es_crypt open_otherwise(struct attempt *a, struct sa *sa)
{
    if (sa->keys.integ == ES_IKE_INTEG_HMAC_SHA2_256_128 && sa->keys.icv_bytes == 0) {
        struct es_cipher *old = make_cipher(&sa->keys, OLD_SHA2_ICV);
        if (old && open_with(a, sa, old, false, 0) == ES_CRYPT_OK) {
            es_cipher_free(sa->cipher);
            sa->cipher = old;
            return ES_CRYPT_OK;
        }
        es_cipher_free(old);
    }
    const enum es_crypt result = open_esn(a, sa);
    sa->esn = result == ES_CRYPT_OK;
    return result;
}

static enum es_crypt decrypt(struct attempt *a, struct sa *sa)
{
    enum es_crypt result = sa->esn ? open_esn(a, sa) : open_with(a, sa, sa->cipher, false, 0);
    if (result != ES_CRYPT_OK && !sa->proven && !sa->esn && es_cipher_checks(sa->cipher))
        result = open_otherwise(a, sa);
    if (result == ES_CRYPT_OK && es_cipher_checks(sa->cipher))
        sa->proven = true;
    return result;
}

/* --- what comes out --- */

/* Without an ICV checked only the content can tell a right key. The usual inner protocols. */
static bool looks_right(uint8_t next_header, const uint8_t *payload, size_t size,
                        const uint8_t *padding, size_t padding_bytes)
{
    static const uint8_t usual[] = {1, 6, 17, 47, 50, 51, 58, 59, 89, 103, 108, 115, 132};
    for (size_t i = 0; i < padding_bytes; i++) {
        if (padding[i] != i + 1)
            return false;
    }
    if (next_header == 4)
        return size >= 20 && payload[0] >> 4 == 4;
    if (next_header == 41)
        return size >= 40 && payload[0] >> 4 == 6;
    return memchr(usual, next_header, sizeof(usual)) != NULL;
}

static enum es_esp_opened show(const struct attempt *a, const struct sa *sa,
                               struct es_esp_inner *out)
{
    const uint8_t *const plain = a->opener->plain;
    if (a->plain < TRAILER_BYTES)
        return ES_ESP_WRONG_KEY;
    const uint8_t next_header = plain[a->plain - 1];
    const size_t padding = plain[a->plain - 2];
    if (padding + TRAILER_BYTES > a->plain)
        return ES_ESP_WRONG_KEY;
    const size_t size = a->plain - TRAILER_BYTES - padding;
    const bool checked = es_cipher_checks(sa->cipher);
    if (!checked && !looks_right(next_header, plain, size, plain + size, padding))
        return ES_ESP_WRONG_KEY;
    *out = (struct es_esp_inner){
        .next_header = next_header,
        .payload = es_cursor(plain, size, size),
        .checked = checked,
        .sequence_high = sa->esn ? sa->high : 0,
    };
    return ES_ESP_OPENED;
}

enum es_esp_opened es_esp_open(struct es_esp_opener *opener, const uint8_t destination[16],
                               struct es_cursor payload, struct es_esp_inner *out)
{
    struct attempt a = {.opener = opener, .packet = payload.at, .size = es_left(&payload)};
    const uint32_t spi = es_u32(&payload);
    es_u32(&payload);
    if (payload.fault != ES_FAULT_NONE || payload.missing > 0 || a.size > PACKET_MAX)
        return ES_ESP_NO_KEY;
    const struct es_esp_keys *keys = es_keys_find_esp(opener->keys, spi, destination);
    struct sa *sa = keys ? find(opener, spi, destination, keys) : NULL;
    if (!sa || !sa->cipher)
        return ES_ESP_NO_KEY;
    const enum es_crypt result = decrypt(&a, sa);
    if (result == ES_CRYPT_FAILED)
        return ES_ESP_NO_KEY;
    return result == ES_CRYPT_OK ? show(&a, sa, out) : ES_ESP_WRONG_KEY;
}
