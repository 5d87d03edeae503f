/*
 * A hash table on keys of one fixed size, for state keyed by wire values: the hash is keyed
 * (SipHash-1-3) so that nobody can craft collisions, and the number of entries is bounded.
 *
 * The table does not own its items. An item starts with its key: the first `key_size` bytes of the
 * object at the item's address are the key and must not change while it is in the table.
 */
#ifndef ESPIAL_BASE_TABLE_H
#define ESPIAL_BASE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct es_table_slot;

struct es_table {
    struct es_table_slot *slots; /* open addressing, a power of two; owned */
    size_t capacity;             /* slots */
    size_t count;                /* items */
    size_t limit;                /* the most items it takes */
    size_t key_size;             /* bytes */
    uint64_t seed[2];            /* the hash's key */
};

/* An empty table; allocates nothing yet. */
void es_table_init(struct es_table *table, size_t key_size, size_t limit, const uint64_t seed[2]);

/* Frees the table, not the items. */
void es_table_fini(struct es_table *table);

/* The item with this key, or NULL. */
void *es_table_find(const struct es_table *table, const void *key);

/*
 * The same in steps, for those who know some keys before they need their items: the hash; its place
 * is fetched into the cache; the item there with this hash, not looked at, which most likely is the
 * right one, or NULL; the item with the key.
 */
uint64_t es_table_hash(const struct es_table *table, const void *key);
void es_table_fetch(const struct es_table *table, uint64_t hash);
void *es_table_likely(const struct es_table *table, uint64_t hash);
void *es_table_find_hashed(const struct es_table *table, uint64_t hash, const void *key);

/*
 * Adds an item whose key is not in the table yet. False when the limit is reached or no memory is
 * left; the table is then unchanged.
 */
bool es_table_add(struct es_table *table, void *item);
/* The same for those who know the hash of its key. */
bool es_table_add_hashed(struct es_table *table, uint64_t hash, void *item);

/* Takes the item with this key out and hands it back, or NULL. */
void *es_table_remove(struct es_table *table, const void *key);
/* Takes this very item out, if it is there; `hash` is that of its key. Neither is looked at. */
void es_table_remove_hashed(struct es_table *table, uint64_t hash, const void *item);

/* The memory it takes now, in bytes. */
size_t es_table_bytes(const struct es_table *table);

/* The keyed hash of `size` bytes. */
uint64_t es_hash(const uint64_t seed[2], const void *bytes, size_t size);

#endif
