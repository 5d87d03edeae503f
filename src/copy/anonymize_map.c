/*
 * Prefix-preserving address maps.
 *
 * Crypto-PAn (Xu, Fan, Ammar, Moon: Prefix-Preserving IP Address Anonymization, ICNP 2002): whether
 * bit i of an address is flipped is one bit of a keyed function of the i bits before it, here the
 * first bit of AES over those bits, filled up with a secret pad. The key's first half keys AES, its
 * second half, encrypted, is the pad. IPv6 does the same over 128 bits.
 *
 * To keep classes, no bit is flipped on the way to a class's prefix in the tree of prefixes: then
 * each class maps to itself, and nothing else into it. The price is that an address keeps the bits
 * that it shares with a class, and the one after them: most IPv4 addresses two to five, one of
 * 192.0.0.0/8 nine. What stays is always a beginning of the address, so that it can be put back
 * after the fact.
 */
#include "anonymize_map.h"

#include "espial/crypto/block.h"

#include <stdlib.h>
#include <string.h>

enum {
    HALF_KEY = ES_ANONYMIZE_KEY_BYTES / 2,
    BITS_V4 = 32,
    BITS_V6 = 128,
    V4_AT = 12,           /* of an IPv4 address in an es_address */
    REMEMBERED = 1 << 16, /* addresses; then all are forgotten and found again */
};

_Static_assert((int)HALF_KEY == (int)ES_BLOCK_BYTES, "half a key is an AES key");

/* The first `bits` stay, with `whole` all of them. */
struct class
{
    uint8_t bytes[16];
    uint8_t bits;
    bool whole;
};

static const struct class classes_v4[] = {
    {{0},                  8,  true }, /* this network, unspecified: RFC 1122 */
    {{10},                 8,  false}, /* private: RFC 1918 */
    {{100, 64},            10, false}, /* shared: RFC 6598 */
    {{127},                8,  true }, /* loopback */
    {{169, 254},           16, false}, /* link-local: RFC 3927 */
    {{172, 16},            12, false},
    {{192, 168},           16, false},
    {{224, 0, 0},          24, true }, /* multicast on a link */
    {{224},                4,  false}, /* multicast */
    {{240},                4,  false}, /* reserved */
    {{255, 255, 255, 255}, 32, true }, /* broadcast */
};

static const struct class classes_v6[] = {
    {{0},          127, true }, /* unspecified and loopback */
    {{0xfc},       8,   false}, /* unique local: RFC 4193 */
    {{0xfd},       8,   false},
    {{0xfe, 0x80}, 64,  false}, /* link-local */
    {{0xff},       8,   false}, /* multicast */
};

/* IPv4 addresses in IPv6: what follows is an IPv4 address. RFC 4291, 2.5.5.2; RFC 6052. */
static const uint8_t embedding[][V4_AT] = {
    {[10] = 0xff, [11] = 0xff},
    { 0, 0x64,              0xff, 0x9b},
};

struct entry {
    uint8_t from[16]; /* first: the table reads it */
    uint8_t to[16];
};

struct es_address_map {
    struct es_block_cipher *cipher; /* owned */
    uint8_t pad[ES_BLOCK_BYTES];
    bool keep_classes, failed;
    uint64_t seed[2];
    struct es_table table; /* of entries */
    struct entry *entries; /* owned */
};

/* The bits that two addresses share at their beginning. */
static unsigned shared_bits(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned shared = 0;
    while (shared < bits && a[shared / 8] == b[shared / 8])
        shared += 8;
    if (shared >= bits)
        return bits;
    const unsigned differ = (unsigned)(a[shared / 8] ^ b[shared / 8]);
    return shared + (unsigned)__builtin_clz(differ) - 24;
}

/* How many bits of the address stay, for the sake of classes. */
static unsigned bits_kept(const uint8_t *address, unsigned bits)
{
    const struct class *classes = bits == BITS_V4 ? classes_v4 : classes_v6;
    const size_t count = bits == BITS_V4 ? ES_COUNT(classes_v4) : ES_COUNT(classes_v6);
    unsigned kept = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned shared = shared_bits(address, classes[i].bytes, bits);
        const unsigned own = shared < classes[i].bits ? shared + 1
                             : classes[i].whole       ? bits
                                                      : classes[i].bits;
        kept = own > kept ? own : kept;
    }
    return kept;
}

/* ff02::1 and the like say nothing of anybody; solicited-node groups hold parts of addresses. */
static bool is_known_group(const uint8_t address[16])
{
    static const uint8_t zero[12];
    return address[0] == 0xff && memcmp(address + 2, zero, sizeof(zero)) == 0;
}

/* Flips the bits of the address from `kept` on. */
static bool flip(struct es_address_map *map, uint8_t *address, unsigned bits, unsigned kept)
{
    uint8_t in[BITS_V6][ES_BLOCK_BYTES] = {{0}}, out[BITS_V6][ES_BLOCK_BYTES];
    const size_t count = bits - kept;
    for (unsigned i = kept; i < bits; i++) {
        uint8_t *block = in[i - kept];
        const unsigned whole = i / 8, rest = i % 8;
        memcpy(block, map->pad, ES_BLOCK_BYTES);
        memcpy(block, address, whole);
        if (rest) {
            const uint8_t mask = (uint8_t)(0xff00 >> rest);
            block[whole] = (uint8_t)((address[whole] & mask) | (map->pad[whole] & ~mask));
        }
    }
    if (count && !es_block_cipher_encrypt(map->cipher, in[0], out[0], count))
        return false;
    for (unsigned i = kept; i < bits; i++)
        address[i / 8] ^= (uint8_t)((out[i - kept][0] >> 7) << (7 - i % 8));
    return true;
}

static bool map_v4(struct es_address_map *map, uint8_t address[4])
{
    return flip(map, address, BITS_V4, map->keep_classes ? bits_kept(address, BITS_V4) : 0);
}

static bool map_v6(struct es_address_map *map, uint8_t address[16])
{
    enum { MULTICAST = 0xff, SCOPED = 16 }; /* with flags and scope */
    if (!map->keep_classes)
        return flip(map, address, BITS_V6, 0);
    for (size_t i = 0; i < ES_COUNT(embedding); i++)
        if (memcmp(address, embedding[i], V4_AT) == 0)
            return map_v4(map, address + V4_AT);
    const unsigned kept = address[0] == MULTICAST ? SCOPED : bits_kept(address, BITS_V6);
    return is_known_group(address) || flip(map, address, BITS_V6, kept);
}

struct es_address_map *es_address_map_new(const uint8_t key[ES_ANONYMIZE_KEY_BYTES],
                                          bool keep_classes, const uint64_t seed[2])
{
    struct es_address_map *map = calloc(1, sizeof(*map));
    if (!map)
        return NULL;
    map->keep_classes = keep_classes;
    memcpy(map->seed, seed, sizeof(map->seed));
    es_table_init(&map->table, sizeof(((struct entry *)NULL)->from), REMEMBERED, map->seed);
    map->entries = calloc(REMEMBERED, sizeof(*map->entries));
    map->cipher = es_block_cipher_new(key);
    if (map->entries && map->cipher &&
        es_block_cipher_encrypt(map->cipher, key + HALF_KEY, map->pad, 1))
        return map;
    es_address_map_free(map);
    return NULL;
}

void es_address_map_free(struct es_address_map *map)
{
    if (!map)
        return;
    es_table_fini(&map->table);
    es_block_cipher_free(map->cipher);
    free(map->entries);
    es_wipe(map->pad, sizeof(map->pad));
    free(map);
}

/* Keeps a pair in mind; forgetting all of them when there is no room costs time only. */
static void remember(struct es_address_map *map, const struct es_address *from,
                     const struct es_address *to)
{
    if (map->table.count == REMEMBERED) {
        es_table_fini(&map->table);
        es_table_init(&map->table, sizeof(map->entries->from), REMEMBERED, map->seed);
    }
    struct entry *entry = &map->entries[map->table.count];
    memcpy(entry->from, from->bytes, sizeof(entry->from));
    memcpy(entry->to, to->bytes, sizeof(entry->to));
    es_table_add(&map->table, entry);
}

struct es_address es_address_map_find(struct es_address_map *map, const struct es_address *address)
{
    struct es_address to = *address;
    const struct entry *known = es_table_find(&map->table, address->bytes);
    if (known) {
        memcpy(to.bytes, known->to, sizeof(to.bytes));
        return to;
    }
    const bool done =
        es_address_is_v4(address) ? map_v4(map, to.bytes + V4_AT) : map_v6(map, to.bytes);
    if (!done) {
        map->failed = true;
        memset(&to, 0, sizeof(to));
        return to;
    }
    remember(map, address, &to);
    return to;
}

bool es_address_map_failed(const struct es_address_map *map)
{
    return map->failed;
}
