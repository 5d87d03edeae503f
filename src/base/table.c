/*
 * Open addressing with linear probing; each slot keeps the hash beside the item, so that a miss
 * seldom touches an item and growing never hashes again.
 */
#include "espial/base/table.h"

#include "espial/base/macros.h"

#include <stdlib.h>
#include <string.h>

struct es_table_slot {
    uint64_t hash;
    void *item; /* NULL: free */
};

enum { FIRST_CAPACITY = 64 };

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

/* Compilers make one load of this. */
static inline uint64_t whole_word(const uint8_t *b)
{
    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24 |
           (uint64_t)b[4] << 32 | (uint64_t)b[5] << 40 | (uint64_t)b[6] << 48 |
           (uint64_t)b[7] << 56;
}

static inline uint64_t little_endian(const uint8_t *bytes, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++)
        word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3 (Aumasson and Bernstein): one round a word, three at the end. */
uint64_t es_hash(const uint64_t seed[2], const void *bytes, size_t size)
{
    uint64_t v[4] = {seed[0] ^ UINT64_C(0x736f6d6570736575), seed[1] ^ UINT64_C(0x646f72616e646f6d),
                     seed[0] ^ UINT64_C(0x6c7967656e657261),
                     seed[1] ^ UINT64_C(0x7465646279746573)};
    const uint8_t *at = bytes;
    size_t left = size;
    for (; left >= 8; at += 8, left -= 8) {
        const uint64_t word = whole_word(at);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    const uint64_t last = (uint64_t)size << 56 | little_endian(at, left);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

void es_table_init(struct es_table *table, size_t key_size, size_t limit, const uint64_t seed[2])
{
    *table = (struct es_table){
        .limit = limit, .key_size = key_size, .seed = {seed[0], seed[1]}
    };
}

void es_table_fini(struct es_table *table)
{
    free(table->slots);
    table->slots = NULL;
    table->capacity = table->count = 0;
}

size_t es_table_bytes(const struct es_table *table)
{
    return table->capacity * sizeof(*table->slots);
}

/* The slot that holds the key, or the free one where it would go. The table has a free slot. */
static struct es_table_slot *probe(const struct es_table *table, uint64_t hash, const void *key)
{
    const size_t mask = table->capacity - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct es_table_slot *slot = &table->slots[i];
        if (!slot->item || (slot->hash == hash && memcmp(slot->item, key, table->key_size) == 0))
            return slot;
    }
}

void *es_table_find(const struct es_table *table, const void *key)
{
    if (table->count == 0)
        return NULL;
    return probe(table, es_hash(table->seed, key, table->key_size), key)->item;
}

uint64_t es_table_hash(const struct es_table *table, const void *key)
{
    return es_hash(table->seed, key, table->key_size);
}

void es_table_fetch(const struct es_table *table, uint64_t hash)
{
    if (table->count)
        ES_PREFETCH(table->slots, ((size_t)hash & (table->capacity - 1)) * sizeof(*table->slots));
}

void *es_table_likely(const struct es_table *table, uint64_t hash)
{
    if (table->count == 0)
        return NULL;
    const size_t mask = table->capacity - 1;
    size_t i = (size_t)hash & mask;
    while (table->slots[i].item && table->slots[i].hash != hash)
        i = (i + 1) & mask;
    return table->slots[i].item;
}

void *es_table_find_hashed(const struct es_table *table, uint64_t hash, const void *key)
{
    return table->count ? probe(table, hash, key)->item : NULL;
}

static bool grow(struct es_table *table)
{
    const size_t capacity = table->capacity ? table->capacity * 2 : FIRST_CAPACITY;
    struct es_table_slot *slots = calloc(capacity, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++) {
        const struct es_table_slot *old = &table->slots[i];
        if (!old->item)
            continue;
        size_t to = (size_t)old->hash & (capacity - 1);
        while (slots[to].item)
            to = (to + 1) & (capacity - 1);
        slots[to] = *old;
    }
    free(table->slots);
    table->slots = slots;
    table->capacity = capacity;
    return true;
}

bool es_table_add(struct es_table *table, void *item)
{
    return es_table_add_hashed(table, es_hash(table->seed, item, table->key_size), item);
}

bool es_table_add_hashed(struct es_table *table, uint64_t hash, void *item)
{
    if (table->count >= table->limit)
        return false;
    if (table->count + 1 > table->capacity - table->capacity / 4 && !grow(table))
        return false;
    struct es_table_slot *slot = probe(table, hash, item);
    slot->hash = hash;
    slot->item = item;
    table->count++;
    return true;
}

/* Closes the gap: moves up each later slot of the run that may stand here. */
static void clear(struct es_table *table, size_t gap)
{
    const size_t mask = table->capacity - 1;
    for (size_t i = (gap + 1) & mask; table->slots[i].item; i = (i + 1) & mask) {
        const size_t home = (size_t)table->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            table->slots[gap] = table->slots[i];
            gap = i;
        }
    }
    table->slots[gap].item = NULL;
    table->count--;
}

void *es_table_remove(struct es_table *table, const void *key)
{
    if (table->count == 0)
        return NULL;
    struct es_table_slot *slot = probe(table, es_hash(table->seed, key, table->key_size), key);
    void *item = slot->item;
    if (item)
        clear(table, (size_t)(slot - table->slots));
    return item;
}

void es_table_remove_hashed(struct es_table *table, uint64_t hash, const void *item)
{
    if (table->count == 0)
        return;
    const size_t mask = table->capacity - 1;
    size_t i = (size_t)hash & mask;
    while (table->slots[i].item && table->slots[i].item != item)
        i = (i + 1) & mask;
    if (table->slots[i].item)
        clear(table, i);
}
