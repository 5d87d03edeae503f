/*
 * Stand-ins for names and values: a stream keyed by what is replaced.
 */
#include "anonymize_name.h"

#include "espial/crypto.h"
#include "espial/crypto/block.h"
#include "espial/registry.h"

#include <stdlib.h>
#include <string.h>

enum { STREAM_BLOCK = 32, MAC_BYTES = 6 };

struct es_namer {
    uint8_t key[STREAM_BLOCK];
    struct es_block_cipher *macs; /* owned */
    bool failed;
};

/* Bytes that depend on the key and on a value. */
struct stream {
    struct es_namer *namer;
    uint8_t seed[ES_PRF_BYTES_MAX], block[ES_PRF_BYTES_MAX];
    uint32_t count; /* blocks made */
    size_t used;    /* bytes of the last one */
};

static bool prf(const uint8_t *key, const struct es_bytes *parts, size_t count,
                uint8_t out[ES_PRF_BYTES_MAX])
{
    const struct es_bytes secret = {key, STREAM_BLOCK};
    return es_prf(ES_IKE_PRF_HMAC_SHA2_256, secret, parts, count, out) == STREAM_BLOCK;
}

static void fail(struct stream *stream)
{
    stream->namer->failed = true;
    memset(stream->block, 0, sizeof(stream->block));
}

/* `kind` keeps values of different kinds apart. */
static void stream_begin(struct stream *stream, struct es_namer *namer, const char *kind,
                         const uint8_t *value, size_t size)
{
    *stream = (struct stream){.namer = namer, .used = STREAM_BLOCK};
    const struct es_bytes parts[] = {
        {(const uint8_t *)kind, strlen(kind) + 1},
        {value,                 size            }
    };
    if (!prf(namer->key, parts, ES_COUNT(parts), stream->seed))
        fail(stream);
}

static uint8_t stream_next(struct stream *stream)
{
    if (stream->used == STREAM_BLOCK) {
        const uint32_t n = stream->count++;
        const uint8_t number[] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8),
                                  (uint8_t)n};
        const struct es_bytes part = {number, sizeof(number)};
        if (!prf(stream->seed, &part, 1, stream->block))
            fail(stream);
        stream->used = 0;
    }
    return stream->block[stream->used++];
}

struct es_namer *es_namer_new(const uint8_t key[ES_ANONYMIZE_KEY_BYTES])
{
    static const char names[] = "espial names", macs[] = "espial MACs";
    const struct es_bytes parts[] = {
        {(const uint8_t *)names, sizeof(names)},
        {(const uint8_t *)macs,  sizeof(macs) }
    };
    struct es_namer *namer = calloc(1, sizeof(*namer));
    uint8_t out[ES_PRF_BYTES_MAX];
    if (!namer)
        return NULL;
    if (prf(key, &parts[1], 1, out))
        namer->macs = es_block_cipher_new(out);
    const bool named = prf(key, &parts[0], 1, out);
    memcpy(namer->key, out, sizeof(namer->key));
    es_wipe(out, sizeof(out));
    if (namer->macs && named)
        return namer;
    es_namer_free(namer);
    return NULL;
}

void es_namer_free(struct es_namer *namer)
{
    if (!namer)
        return;
    es_block_cipher_free(namer->macs);
    es_wipe(namer, sizeof(*namer));
    free(namer);
}

bool es_namer_failed(const struct es_namer *namer)
{
    return namer->failed;
}

static void name_bytes(struct es_namer *namer, const char *kind, uint8_t *bytes, size_t size)
{
    if (size == 0)
        return;
    struct stream stream;
    stream_begin(&stream, namer, kind, bytes, size);
    for (size_t i = 0; i < size; i++)
        bytes[i] = stream_next(&stream);
}

void es_name_bytes(struct es_namer *namer, uint8_t *bytes, size_t size)
{
    name_bytes(namer, "bytes", bytes, size);
}

static bool is_separator(uint8_t c)
{
    return c && strchr(" .@-_:/,=+*()", c) != NULL;
}

static uint8_t replaced(uint8_t c, uint8_t by)
{
    if (c >= 'a' && c <= 'z')
        return (uint8_t)('a' + by % 26);
    if (c >= 'A' && c <= 'Z')
        return (uint8_t)('A' + by % 26);
    if (c >= '0' && c <= '9')
        return (uint8_t)('0' + by % 10);
    return is_separator(c) ? c : 'x';
}

static void name_chars(struct stream *stream, uint8_t *chars, size_t size)
{
    for (size_t i = 0; i < size; i++)
        chars[i] = replaced(chars[i], stream_next(stream));
}

/* Upper and lower case name the same domain. */
static void begin_folded(struct stream *stream, struct es_namer *namer, const uint8_t *chars,
                         size_t size)
{
    enum { FOLDED_MAX = 256 };
    uint8_t folded[FOLDED_MAX];
    const size_t kept = size < FOLDED_MAX ? size : FOLDED_MAX;
    for (size_t i = 0; i < kept; i++)
        folded[i] = chars[i] >= 'A' && chars[i] <= 'Z' ? chars[i] | 0x20 : chars[i];
    stream_begin(stream, namer, "text", folded, kept);
}

/*
 * Each label by all that follows it, so that names of one domain stay together; from the front, as
 * what follows must still be there. A name of too many labels is no name: one stream for the rest.
 */
static void name_domain(struct es_namer *namer, uint8_t *chars, size_t size)
{
    enum { LABELS_MAX = 16 };
    size_t at = 0;
    for (unsigned labels = 1; at < size; labels++) {
        struct stream stream;
        begin_folded(&stream, namer, chars + at, size - at);
        size_t end = at;
        while (end < size && (chars[end] != '.' || labels == LABELS_MAX))
            end++;
        name_chars(&stream, chars + at, end - at);
        at = end + 1;
    }
}

void es_name_text(struct es_namer *namer, uint8_t *chars, size_t size)
{
    if (size == 0)
        return;
    struct stream stream;
    const uint8_t *sign = memchr(chars, '@', size);
    const size_t user = sign ? (size_t)(sign - chars) : 0;
    begin_folded(&stream, namer, chars, size);
    name_chars(&stream, chars, user);
    const size_t rest = sign ? user + 1 : 0;
    name_domain(namer, chars + rest, size - rest);
}

static bool is_text(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] < ' ' || bytes[i] > '~')
            return false;
    }
    return size > 0;
}

void es_name_opaque(struct es_namer *namer, uint8_t *bytes, size_t size)
{
    if (is_text(bytes, size))
        es_name_text(namer, bytes, size);
    else
        es_name_bytes(namer, bytes, size);
}

/* ASN.1 tags: X.690, 8.1.2. */
enum {
    DER_CONSTRUCTED = 0x20,
    DER_BOOLEAN = 0x01,
    DER_INTEGER = 0x02,
    DER_BIT_STRING = 0x03,
    DER_NULL = 0x05,
    DER_OBJECT = 0x06,
    DER_ENUMERATED = 0x0a,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
};

static void name_der_value(struct es_namer *namer, uint8_t tag, uint8_t *value, size_t size)
{
    enum { VERSION_BYTES = 2 };
    switch (tag) {
    case DER_BOOLEAN:
    case DER_NULL:
    case DER_OBJECT:
    case DER_ENUMERATED:
    case DER_UTC_TIME:
    case DER_GENERALIZED_TIME:
        break;
    case DER_INTEGER: /* its first byte has the sign */
        if (size > VERSION_BYTES)
            es_name_bytes(namer, value + 1, size - 1);
        break;
    case DER_BIT_STRING: /* its first byte counts unused bits */
        if (size > 1)
            es_name_bytes(namer, value + 1, size - 1);
        break;
    default:
        es_name_opaque(namer, value, size);
    }
}

/* A length at `at`: X.690, 8.1.3. False when it is none of DER, or reaches beyond the end. */
static bool read_der_length(const uint8_t *bytes, size_t size, size_t *at, size_t *length)
{
    enum { LONG_FORM = 0x80, LENGTH_BYTES_MAX = 3 };
    if (*at >= size)
        return false;
    *length = bytes[(*at)++];
    if (*length >= LONG_FORM) {
        size_t count = *length - LONG_FORM;
        if (count == 0 || count > LENGTH_BYTES_MAX || count > size - *at)
            return false;
        for (*length = 0; count > 0; count--)
            *length = *length << 8 | bytes[(*at)++];
    }
    return *length <= size - *at;
}

/* What is constructed is stepped into, so values come one behind the other whatever their depth. */
void es_name_der(struct es_namer *namer, uint8_t *bytes, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const uint8_t tag = bytes[at];
        size_t value = at + 1, length = 0;
        if (!read_der_length(bytes, size, &value, &length)) {
            es_name_bytes(namer, bytes + at, size - at);
            return;
        }
        at = value;
        if (tag & DER_CONSTRUCTED)
            continue;
        name_der_value(namer, tag, bytes + value, length);
        at += length;
    }
}

/* Groups that protocols use, not hosts: the last bytes of others come from addresses. */
static bool is_known_group(const uint8_t mac[MAC_BYTES])
{
    static const struct {
        uint8_t bytes[5], count;
    } groups[] = {
        {{0xff, 0xff, 0xff, 0xff, 0xff}, 5}, /* broadcast */
        {{0x01, 0x80, 0xc2},             3}, /* bridges: IEEE 802.1 */
        {{0x01, 0x00, 0x0c},             3}, /* Cisco's protocols */
        {{0x01, 0x00, 0x5e, 0x00, 0x00}, 5}, /* 224.0.0.0/24 */
        {{0x33, 0x33, 0x00, 0x00, 0x00}, 5}, /* ff02::1 and its like */
    };
    for (size_t i = 0; i < ES_COUNT(groups); i++)
        if (memcmp(mac, groups[i].bytes, groups[i].count) == 0)
            return true;
    return false;
}

void es_name_mac(struct es_namer *namer, uint8_t mac[6])
{
    enum { GROUP = 0x01, LOCAL = 0x02 };
    static const uint8_t none[MAC_BYTES];
    if (memcmp(mac, none, sizeof(none)) == 0 || is_known_group(mac))
        return;
    uint8_t in[ES_BLOCK_BYTES] = {0}, out[ES_BLOCK_BYTES] = {0};
    memcpy(in, mac, MAC_BYTES);
    if (!es_block_cipher_encrypt(namer->macs, in, out, 1)) {
        namer->failed = true;
        memset(out, 0, sizeof(out));
    }
    const uint8_t first = (uint8_t)((out[0] & ~GROUP) | LOCAL | (mac[0] & GROUP));
    memcpy(mac, out, MAC_BYTES);
    mac[0] = first;
}
