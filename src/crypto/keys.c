/*
 * The key store: IKE SAs by their SPIs, ESP SAs by SPI and addresses. Keys are wiped before their
 * memory goes back.
 */
#include "keys_form.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <stdlib.h>
#include <string.h>

/* More SAs than any gateway holds; a hostile file ends here. */
enum { KEYS_LIMIT = 1000000 };

enum { IKE_KEY = 16, ESP_KEY = 4 + 16 + 16 };
_Static_assert(offsetof(struct es_ike_keys, responder_spi) == 8 &&
                   offsetof(struct es_esp_keys, source) == 4 &&
                   offsetof(struct es_esp_keys, destination) == 20,
               "the table keys are the first bytes of the structs, without padding");

struct ike_entry {
    struct es_ike_keys keys; /* must stay first */
};

struct esp_entry {
    struct es_esp_keys keys; /* must stay first */
    struct esp_entry *next;  /* one with the same SPI, older, or NULL */
};

/* Owned pointers in the order they came. */
struct list {
    void **items;
    size_t count, capacity;
};

struct es_keys {
    struct list ike, esp;
    struct es_table ike_by_spis; /* by both SPIs */
    struct es_table esp_by_all;  /* by SPI and addresses */
    struct es_table esp_by_spi;  /* the first of the chain */
};

static bool list_reserve(struct list *list)
{
    if (list->count < list->capacity)
        return true;
    const size_t capacity = list->capacity ? list->capacity * 2 : 16;
    void **items = realloc(list->items, capacity * sizeof(*items));
    if (!items)
        return false;
    list->items = items;
    list->capacity = capacity;
    return true;
}

static void list_fini(struct list *list, size_t item_bytes)
{
    for (size_t i = 0; i < list->count; i++) {
        OPENSSL_cleanse(list->items[i], item_bytes);
        free(list->items[i]);
    }
    free(list->items);
}

struct es_keys *es_keys_new(void)
{
    struct es_keys *keys = calloc(1, sizeof(*keys));
    if (!keys)
        return NULL;
    uint64_t seed[2];
    if (RAND_bytes((unsigned char *)seed, sizeof(seed)) != 1) {
        free(keys);
        return NULL;
    }
    es_table_init(&keys->ike_by_spis, IKE_KEY, KEYS_LIMIT, seed);
    es_table_init(&keys->esp_by_all, ESP_KEY, KEYS_LIMIT, seed);
    es_table_init(&keys->esp_by_spi, sizeof(uint32_t), KEYS_LIMIT, seed);
    return keys;
}

void es_keys_free(struct es_keys *keys)
{
    if (!keys)
        return;
    es_table_fini(&keys->ike_by_spis);
    es_table_fini(&keys->esp_by_all);
    es_table_fini(&keys->esp_by_spi);
    list_fini(&keys->ike, sizeof(struct ike_entry));
    list_fini(&keys->esp, sizeof(struct esp_entry));
    free(keys);
}

bool es_keys_add_ike(struct es_keys *keys, const struct es_ike_keys *ike)
{
    struct ike_entry *known = es_table_find(&keys->ike_by_spis, ike);
    if (known) {
        known->keys = *ike;
        return true;
    }
    struct ike_entry *entry = malloc(sizeof(*entry));
    if (!entry || !list_reserve(&keys->ike))
        goto fail;
    entry->keys = *ike;
    if (!es_table_add(&keys->ike_by_spis, entry))
        goto fail;
    keys->ike.items[keys->ike.count++] = entry;
    return true;
fail:
    if (entry)
        OPENSSL_cleanse(entry, sizeof(*entry));
    free(entry);
    return false;
}

/* Puts a new entry behind the first one of its SPI, or makes it the first. */
static bool chain_esp(struct es_keys *keys, struct esp_entry *entry)
{
    struct esp_entry *first = es_table_find(&keys->esp_by_spi, &entry->keys.spi);
    if (!first)
        return es_table_add(&keys->esp_by_spi, entry);
    entry->next = first->next;
    first->next = entry;
    return true;
}

bool es_keys_add_esp(struct es_keys *keys, const struct es_esp_keys *esp)
{
    struct esp_entry *known = es_table_find(&keys->esp_by_all, esp);
    if (known) {
        known->keys = *esp;
        return true;
    }
    struct esp_entry *entry = malloc(sizeof(*entry));
    if (!entry || !list_reserve(&keys->esp))
        goto fail;
    *entry = (struct esp_entry){.keys = *esp};
    if (!es_table_add(&keys->esp_by_all, entry))
        goto fail;
    if (!chain_esp(keys, entry)) {
        es_table_remove(&keys->esp_by_all, entry);
        goto fail;
    }
    keys->esp.items[keys->esp.count++] = entry;
    return true;
fail:
    if (entry)
        OPENSSL_cleanse(entry, sizeof(*entry));
    free(entry);
    return false;
}

const struct es_ike_keys *es_keys_find_ike(const struct es_keys *keys, uint64_t initiator_spi,
                                           uint64_t responder_spi)
{
    uint64_t key[2] = {initiator_spi, responder_spi};
    const struct ike_entry *entry = es_table_find(&keys->ike_by_spis, key);
    if (!entry && responder_spi != 0) {
        key[1] = 0;
        entry = es_table_find(&keys->ike_by_spis, key);
    }
    return entry ? &entry->keys : NULL;
}

/* How well an entry serves for a destination; more is better. */
static int fitness(const struct es_esp_keys *esp, const uint8_t destination[16])
{
    static const uint8_t any[16];
    if (memcmp(esp->destination, destination, 16) == 0)
        return 2;
    return memcmp(esp->destination, any, 16) == 0 ? 1 : 0;
}

static const struct es_esp_keys *best_of(const struct esp_entry *first,
                                         const uint8_t destination[16])
{
    const struct es_esp_keys *best = NULL;
    int fitness_of_best = -1;
    for (const struct esp_entry *e = first; e; e = e->next) {
        const int fits = fitness(&e->keys, destination);
        if (fits > fitness_of_best) {
            best = &e->keys;
            fitness_of_best = fits;
        }
    }
    return best;
}

const struct es_esp_keys *es_keys_find_esp(const struct es_keys *keys, uint32_t spi,
                                           const uint8_t destination[16])
{
    const struct es_esp_keys *best = best_of(es_table_find(&keys->esp_by_spi, &spi), destination);
    if (best || spi == 0)
        return best;
    /* An entry for any SPI is a wild card already, so that its addresses must fit. */
    const uint32_t any = 0;
    best = best_of(es_table_find(&keys->esp_by_spi, &any), destination);
    return best && fitness(best, destination) > 0 ? best : NULL;
}

bool es_keys_spi_is_unique(const struct es_keys *keys, uint32_t spi)
{
    const struct esp_entry *first = es_table_find(&keys->esp_by_spi, &spi);
    return first && !first->next;
}

size_t es_keys_ike_count(const struct es_keys *keys)
{
    return keys->ike.count;
}

size_t es_keys_esp_count(const struct es_keys *keys)
{
    return keys->esp.count;
}

const struct es_ike_keys *es_keys_ike_at(const struct es_keys *keys, size_t index)
{
    return keys->ike.items[index];
}

const struct es_esp_keys *es_keys_esp_at(const struct es_keys *keys, size_t index)
{
    return keys->esp.items[index];
}
