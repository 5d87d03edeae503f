/*
 * Keys: a tunnel or an IKE SA may be found by several, and keeps a list of them, so that all of
 * them can be taken back. The list is short; the oldest key goes when it gets longer, for a peer
 * whose address changes again and again (or is made to seem so) needs only the latest.
 */
#include "memory.h"

enum { ALIASES_MAX = 16, KEY_BYTES_MAX = 40 };

struct es_alias {
    uint8_t key[KEY_BYTES_MAX]; /* must stay first: the table reads it, as far as its keys go */
    void *of;                   /* what it leads to, */
    struct es_alias **list;     /* and that one's list, */
    struct es_alias *next;      /* which goes on here: the next older one */
    struct es_table *table;
    uint64_t hash;          /* of the key there */
    struct es_block *owned; /* its own memory */
};

void *es_alias_find(const struct es_table *table, const void *key)
{
    const struct es_alias *alias = es_table_find(table, key);
    return alias ? alias->of : NULL;
}

static void unlink_alias(struct es_alias *alias)
{
    struct es_alias **link = alias->list;
    while (*link != alias)
        link = &(*link)->next;
    *link = alias->next;
}

static void drop(struct es_tracker *tracker, struct es_alias *alias)
{
    struct es_block *memory = alias->owned;
    unlink_alias(alias);
    es_table_remove_hashed(alias->table, alias->hash, alias);
    es_keep_free(tracker, &memory);
}

static void give_to(struct es_tracker *tracker, struct es_alias *alias, void *of,
                    struct es_alias **list)
{
    alias->of = of;
    alias->list = list;
    alias->next = *list;
    *list = alias;
    struct es_alias *oldest = alias;
    int count = 1;
    for (; oldest->next; oldest = oldest->next)
        count++;
    if (count > ALIASES_MAX)
        drop(tracker, oldest);
}

bool es_alias_set(struct es_tracker *tracker, struct es_table *table, const void *key, void *of,
                  struct es_alias **list)
{
    const uint64_t hash = es_table_hash(table, key);
    struct es_alias *alias = es_table_find_hashed(table, hash, key);
    if (alias && alias->of == of)
        return true;
    if (alias) {
        unlink_alias(alias);
        give_to(tracker, alias, of, list);
        return true;
    }
    struct es_block *memory = NULL;
    alias = table->count >= table->limit ? NULL : es_keep(tracker, &memory, sizeof(*alias));
    if (!alias)
        return false;
    memcpy(alias->key, key, table->key_size);
    alias->owned = memory;
    alias->table = table;
    alias->hash = hash;
    if (!es_keep_add(tracker, table, hash, alias)) {
        es_keep_free(tracker, &memory);
        return false;
    }
    give_to(tracker, alias, of, list);
    if (table->count >= table->limit)
        tracker->work = true;
    return true;
}

void es_aliases_drop(struct es_tracker *tracker, struct es_alias **list)
{
    while (*list)
        drop(tracker, *list);
}
