/*
 * Fragments of IKE messages put together: RFC 7383, 2.6 for IKEv2; IKEv1's vendor fragments the
 * same way. Bounded: the oldest message that waits goes when a bound is reached.
 */
#include "open_state.h"

#include <stdlib.h>
#include <string.h>

enum {
    SETS_MAX = 256,          /* messages waiting */
    PIECES_MAX = 255,        /* fragments of one: at 500 bytes each they are past the next bound */
    BYTES_MAX = 4 * 1 << 20, /* of all together */
};

struct piece {
    uint8_t *bytes; /* owned; NULL: not there */
    uint32_t size;
};

/* A message that waits for the rest. */
struct set {
    struct es_fragment_key key;
    struct set *newer;
    uint16_t total; /* 0: not known */
    uint16_t count; /* pieces there */
    uint8_t first;
    size_t bytes;
    struct piece pieces[PIECES_MAX];
};

struct es_ike_fragments {
    struct set *oldest; /* owned, with those after it */
    size_t count;
    size_t bytes;
    uint8_t *whole;  /* owned: the last message put together */
    uint64_t unkept; /* times that no memory was left */
};

struct es_ike_fragments *es_ike_fragments_new(void)
{
    return calloc(1, sizeof(struct es_ike_fragments));
}

static void clear(struct es_ike_fragments *fragments, struct set *set)
{
    for (size_t i = 0; i < PIECES_MAX; i++)
        free(set->pieces[i].bytes);
    memset(set->pieces, 0, sizeof(set->pieces));
    fragments->bytes -= set->bytes;
    set->bytes = 0;
    set->total = set->count = 0;
    set->first = 0;
}

static void drop(struct es_ike_fragments *fragments, struct set *set)
{
    struct set **link = &fragments->oldest;
    while (*link != set)
        link = &(*link)->newer;
    *link = set->newer;
    clear(fragments, set);
    fragments->count--;
    free(set);
}

void es_ike_fragments_free(struct es_ike_fragments *fragments)
{
    if (!fragments)
        return;
    while (fragments->oldest)
        drop(fragments, fragments->oldest);
    free(fragments->whole);
    free(fragments);
}

uint64_t es_ike_fragments_unkept(const struct es_ike_fragments *fragments)
{
    return fragments->unkept;
}

static struct set *find(const struct es_ike_fragments *fragments, const struct es_fragment_key *key)
{
    struct set *set = fragments->oldest;
    while (set && memcmp(&set->key, key, sizeof(*key)) != 0)
        set = set->newer;
    return set;
}

static struct set *add(struct es_ike_fragments *fragments, const struct es_fragment_key *key)
{
    if (fragments->count == SETS_MAX)
        drop(fragments, fragments->oldest);
    struct set *set = calloc(1, sizeof(*set));
    if (!set) {
        fragments->unkept++;
        return NULL;
    }
    set->key = *key;
    struct set **link = &fragments->oldest;
    while (*link)
        link = &(*link)->newer;
    *link = set;
    fragments->count++;
    return set;
}

static bool same_bytes(const struct piece *piece, struct es_bytes bytes)
{
    return piece->size == bytes.size &&
           (bytes.size == 0 || memcmp(piece->bytes, bytes.at, bytes.size) == 0);
}

static bool has_beyond(const struct set *set, uint16_t total)
{
    for (size_t i = total; i < PIECES_MAX; i++) {
        if (set->pieces[i].bytes)
            return true;
    }
    return false;
}

/*
 * A larger total replaces what is there: the sender has cut the message anew, smaller. A smaller
 * one is late and of no use. RFC 7383, 2.6.1. Where only the last one tells the total (IKEv1),
 * pieces beyond it are of another message.
 */
static bool agrees(struct es_ike_fragments *fragments, struct set *set,
                   const struct es_fragment *one)
{
    const bool restarts = one->replaces && set->pieces[one->number - 1].bytes &&
                          !same_bytes(&set->pieces[one->number - 1], one->bytes);
    if (restarts || (set->total && one->total > set->total) ||
        (one->total && !set->total && has_beyond(set, one->total)))
        clear(fragments, set);
    if (one->total && set->total && one->total < set->total)
        return false;
    if (one->total)
        set->total = one->total;
    return set->total == 0 || one->number <= set->total;
}

static bool keep(struct es_ike_fragments *fragments, struct set *set, const struct es_fragment *one)
{
    struct piece *piece = &set->pieces[one->number - 1];
    if (piece->bytes)
        return true;
    if (set->bytes + one->bytes.size > ES_OPEN_PLAIN_MAX)
        return false;
    piece->bytes = malloc(one->bytes.size + 1); /* one that is empty is there, too */
    if (!piece->bytes) {
        fragments->unkept++;
        return false;
    }
    if (one->bytes.size > 0)
        memcpy(piece->bytes, one->bytes.at, one->bytes.size);
    piece->size = (uint32_t)one->bytes.size;
    set->bytes += one->bytes.size;
    fragments->bytes += one->bytes.size;
    set->count++;
    if (one->number == 1)
        set->first = one->first;
    while (fragments->bytes > BYTES_MAX && fragments->oldest != set)
        drop(fragments, fragments->oldest);
    return true;
}

static bool join(struct es_ike_fragments *fragments, const struct set *set, struct es_bytes *whole)
{
    uint8_t *bytes = malloc(set->bytes + 1);
    if (!bytes) {
        fragments->unkept++;
        return false;
    }
    size_t size = 0;
    for (size_t i = 0; i < set->total; i++) {
        memcpy(bytes + size, set->pieces[i].bytes, set->pieces[i].size);
        size += set->pieces[i].size;
    }
    free(fragments->whole);
    fragments->whole = bytes;
    *whole = (struct es_bytes){bytes, size};
    return true;
}

enum es_fragment_state es_ike_fragments_add(struct es_ike_fragments *fragments,
                                            const struct es_fragment_key *key,
                                            const struct es_fragment *fragment,
                                            struct es_bytes *whole, uint8_t *first)
{
    if (fragment->number == 0 || fragment->number > PIECES_MAX || fragment->total > PIECES_MAX)
        return ES_FRAGMENT_REFUSED;
    struct set *set = find(fragments, key);
    if (!set)
        set = add(fragments, key);
    if (!set || !agrees(fragments, set, fragment) || !keep(fragments, set, fragment))
        return ES_FRAGMENT_REFUSED;
    if (set->total == 0 || set->count < set->total)
        return ES_FRAGMENT_TAKEN;
    *first = set->first;
    const bool joined = join(fragments, set, whole);
    drop(fragments, set);
    return joined ? ES_FRAGMENT_WHOLE : ES_FRAGMENT_REFUSED;
}
