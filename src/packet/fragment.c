/*
 * Reassembly of IP fragments: sets of pieces, bounded in bytes, in pieces and in time.
 */
#include "fragment.h"

#include "decoder.h"
#include "layer.h"

#include <stdlib.h>
#include <string.h>

enum {
    PACKET_BYTES_MAX = 65535,
    UNIT = 8,              /* fragments but the last are multiples of this */
    PIECES_MAX = 256,      /* 64 KiB over the smallest MTU of IPv4 hosts, 576, are 119 */
    SETS_MAX = 1 << 16,    /* the table's own bound; bytes bound it first */
    PATIENCE_SECONDS = 30, /* what Linux gives a packet */
};

enum state {
    COLLECTING,
    IGNORED,  /* not about IPsec: the rest is not kept */
    SPOILED,  /* fragments overlapped: the whole packet is dropped, RFC 5722, 4 */
    COMPLETE, /* handed out; further copies of its fragments are recognised by their digests */
};

struct piece {
    struct piece *next; /* by offset */
    uint64_t digest;    /* of the bytes, once they are gone */
    uint32_t offset;    /* in the fragmentable part */
    uint32_t wire;      /* bytes on the wire */
    uint32_t held;      /* bytes kept */
    uint8_t bytes[];
};

struct key {
    struct es_address source, destination;
    uint32_t id;
    uint8_t protocol; /* IPv4 only: RFC 8200 leaves it out */
    uint8_t v6;
    uint8_t zero[2];
};

struct es_fragment_set {
    struct key key; /* first: the table reads it */
    struct es_fragment_set *older, *newer;
    struct es_fragment_set *next_completed;
    struct piece *pieces; /* owned; by offset, without overlap */
    uint8_t *whole;       /* the packet put together, while it is lent out; owned */
    es_time expires;
    enum state state;
    size_t count;     /* pieces */
    size_t have;      /* bytes of the pieces on the wire */
    size_t total;     /* bytes of the whole; 0 until the last fragment tells */
    size_t used;      /* bytes in the store's account */
    uint8_t protocol; /* as the first fragment says */
    bool handed_out;  /* the first fragment gave a datagram */
    bool about_ipsec; /* counted when it never completes */
};

static size_t piece_size(const struct piece *piece)
{
    return sizeof(*piece) + piece->held;
}

static void account(struct es_fragment_store *store, struct es_fragment_set *set, size_t more,
                    size_t less)
{
    set->used += more - less;
    store->used += more - less;
}

static void free_pieces(struct es_fragment_set *set)
{
    while (set->pieces) {
        struct piece *next = set->pieces->next;
        free(set->pieces);
        set->pieces = next;
    }
    set->count = 0;
}

/* Takes a set out of the table and the list. */
static void detach(struct es_fragment_store *store, struct es_fragment_set *set)
{
    es_table_remove(&store->table, &set->key);
    *(set->older ? &set->older->newer : &store->oldest) = set->newer;
    *(set->newer ? &set->newer->older : &store->newest) = set->older;
    store->used -= set->used;
}

static void discard(struct es_fragment_store *store, struct es_fragment_set *set)
{
    detach(store, set);
    if (set->state == COLLECTING && set->about_ipsec)
        store->counts->fragments_incomplete++;
    free_pieces(set);
    free(set->whole);
    free(set);
}

/* Frees the pieces and leaves the set as a mark that swallows what else belongs to it. */
static void leave_mark(struct es_fragment_store *store, struct es_fragment_set *set,
                       enum state state)
{
    free_pieces(set);
    account(store, set, 0, set->used - sizeof(*set));
    set->state = state;
}

/* Makes room for `size` bytes without touching `keep`. False when that cannot be. */
static bool make_room(struct es_fragment_store *store, size_t size,
                      const struct es_fragment_set *keep)
{
    while (store->used + size > store->limit) {
        struct es_fragment_set *victim = store->oldest;
        while (victim && (victim == keep || victim->whole))
            victim = victim->newer;
        if (!victim)
            return false;
        store->counts->fragments_dropped += victim->state == COLLECTING ? victim->count : 0;
        discard(store, victim);
    }
    return true;
}

static struct es_fragment_set *add_set(struct es_fragment_store *store, const struct key *key,
                                       es_time now)
{
    if (!make_room(store, sizeof(struct es_fragment_set), NULL))
        return NULL;
    struct es_fragment_set *set = calloc(1, sizeof(*set));
    if (set)
        set->key = *key;
    if (!set || !es_table_add(&store->table, set)) {
        store->counts->unkept++;
        free(set);
        return NULL;
    }
    set->expires = now + PATIENCE_SECONDS * ES_SECOND;
    set->older = store->newest;
    *(store->newest ? &store->newest->newer : &store->oldest) = set;
    store->newest = set;
    account(store, set, sizeof(*set), 0);
    return set;
}

/* What a new fragment is to the pieces there are. */
enum fit { FITS, DUPLICATE, OVERLAPS };

static bool same_bytes(const struct es_fragment_store *store, const struct es_fragment_set *set,
                       const struct piece *piece, const uint8_t *bytes, size_t held)
{
    if (set->state == COMPLETE)
        return held == piece->held && es_hash(store->table.seed, bytes, held) == piece->digest;
    const size_t both = held < piece->held ? held : piece->held;
    return both == 0 || memcmp(piece->bytes, bytes, both) == 0;
}

/* Finds the place for a fragment: *place is then the link it goes into. */
static enum fit find_place(const struct es_fragment_store *store, struct es_fragment_set *set,
                           const struct es_fragment *fragment, const struct es_cursor *c,
                           struct piece ***place)
{
    const size_t wire = es_wire_left(c);
    struct piece **link = &set->pieces;
    while (*link && (*link)->offset + (*link)->wire <= fragment->offset)
        link = &(*link)->next;
    *place = link;
    const struct piece *next = *link;
    if (!next || fragment->offset + wire <= next->offset)
        return FITS;
    if (next->offset == fragment->offset && next->wire == wire &&
        same_bytes(store, set, next, c->at, es_left(c)))
        return DUPLICATE;
    return OVERLAPS;
}

static bool add_piece(struct es_fragment_store *store, struct es_fragment_set *set,
                      const struct es_fragment *fragment, const struct es_cursor *c,
                      struct piece **place)
{
    const size_t held = es_left(c);
    struct piece *piece = NULL;
    if (set->count >= PIECES_MAX || !make_room(store, sizeof(*piece) + held, set))
        return false;
    piece = malloc(sizeof(*piece) + held);
    if (!piece) {
        store->counts->unkept++;
        return false;
    }
    piece->offset = (uint32_t)fragment->offset;
    piece->wire = (uint32_t)es_wire_left(c);
    piece->held = (uint32_t)held;
    if (held)
        memcpy(piece->bytes, c->at, held);
    piece->next = *place;
    *place = piece;
    set->count++;
    set->have += piece->wire;
    account(store, set, piece_size(piece), 0);
    return true;
}

/* Copies the pieces into one run of bytes: as many as lie in front of the first one cut short. */
static bool join(struct es_fragment_store *store, struct es_fragment_set *set,
                 struct es_cursor *out)
{
    uint8_t *whole = malloc(set->total);
    if (!whole) {
        store->counts->unkept++;
        return false;
    }
    size_t held = 0;
    for (const struct piece *p = set->pieces; p; p = p->next) {
        if (held == p->offset && p->held) {
            memcpy(whole + held, p->bytes, p->held);
            held += p->held;
        }
    }
    *out = es_cursor(whole, held, set->total);
    set->whole = whole;
    set->next_completed = store->completed;
    store->completed = set;
    return true;
}

/* Lets the bytes of a completed set go and keeps what recognises copies of its fragments. */
static void take_back(struct es_fragment_store *store, struct es_fragment_set *set)
{
    free(set->whole);
    set->whole = NULL;
    for (struct piece **link = &set->pieces; *link; link = &(*link)->next) {
        struct piece *piece = *link;
        const size_t before = piece_size(piece);
        piece->digest = es_hash(store->table.seed, piece->bytes, piece->held);
        struct piece *less = realloc(piece, sizeof(*piece));
        if (less)
            *link = less;
        account(store, set, sizeof(*piece), before);
    }
}

void es_fragment_store_init(struct es_fragment_store *store, size_t limit, const uint64_t seed[2],
                            struct es_decoder_counts *counts)
{
    *store = (struct es_fragment_store){.limit = limit, .counts = counts};
    es_table_init(&store->table, sizeof(struct key), SETS_MAX, seed);
}

void es_fragment_store_fini(struct es_fragment_store *store)
{
    while (store->oldest)
        discard(store, store->oldest);
    es_table_fini(&store->table);
}

void es_fragment_store_expire(struct es_fragment_store *store, es_time now)
{
    while (store->completed) {
        struct es_fragment_set *set = store->completed;
        store->completed = set->next_completed;
        take_back(store, set);
    }
    while (store->oldest && store->oldest->expires < now)
        discard(store, store->oldest);
}

void es_fragment_judge(struct es_fragment_store *store, struct es_fragment_set *set, bool found,
                       bool undecided)
{
    if (found) {
        set->handed_out = true;
        set->about_ipsec = true;
    } else if (!undecided) {
        leave_mark(store, set, IGNORED);
    }
}

/* A set that does not concern this fragment any more: a new packet took its identification. */
static bool is_over(const struct es_fragment_store *store, struct es_fragment_set *set,
                    const struct es_fragment *fragment, const struct es_cursor *c)
{
    struct piece **place;
    if (set->whole) /* lent out to this very walk: a tunnel that holds its own fragment */
        return false;
    if (set->state == COMPLETE)
        return find_place(store, set, fragment, c, &place) != DUPLICATE;
    return set->state == IGNORED && fragment->offset == 0;
}

static struct key key_of(const struct es_walk *walk, const struct es_fragment *fragment)
{
    return (struct key){
        .source = walk->out->source,
        .destination = walk->out->destination,
        .id = fragment->id,
        .protocol = fragment->v6 ? 0 : fragment->protocol,
        .v6 = fragment->v6,
    };
}

/* For es_decoder_sight(): of packets in packets the outer one. */
static void note_sight(struct es_walk *walk, const struct es_fragment *fragment)
{
    struct es_sight *sight = &walk->decoder->sight;
    if (sight->fragment)
        return;
    const struct key key = key_of(walk, fragment);
    sight->fragment = es_hash(walk->decoder->fragments.table.seed, &key, sizeof(key)) | 1;
    sight->data = walk->cursor.at;
    sight->protocol = fragment->protocol;
    sight->later = fragment->offset != 0;
}

/* The set of this fragment, made when there is none. NULL when there is no room. */
static struct es_fragment_set *find_set(struct es_walk *walk, const struct es_fragment *fragment)
{
    struct es_fragment_store *store = &walk->decoder->fragments;
    const struct key key = key_of(walk, fragment);
    struct es_fragment_set *set = es_table_find(&store->table, &key);
    if (set && is_over(store, set, fragment, &walk->cursor)) {
        discard(store, set);
        set = NULL;
    }
    if (!set)
        set = add_set(store, &key, walk->ref->time);
    if (set && es_ip_protocol_is_ipsec(fragment->protocol))
        set->about_ipsec = true;
    return set;
}

/* True when the last fragment, this one or one before, puts the end where pieces deny it. */
static bool end_disagrees(const struct es_fragment_set *set, const struct es_fragment *fragment,
                          size_t end)
{
    if (set->total)
        return fragment->more ? end > set->total : end != set->total;
    const struct piece *last = set->pieces;
    while (last && last->next)
        last = last->next;
    return !fragment->more && last && last->offset + last->wire > end;
}

/* Puts the fragment into its set. False when it is nothing new, or spoils the packet. */
static bool collect(struct es_fragment_store *store, struct es_fragment_set *set,
                    const struct es_fragment *fragment, const struct es_cursor *c)
{
    const size_t end = fragment->offset + es_wire_left(c);
    struct piece **place;
    const enum fit fit = find_place(store, set, fragment, c, &place);
    if (fit == DUPLICATE)
        return false;
    if (fit == OVERLAPS || end_disagrees(set, fragment, end)) {
        store->counts->fragments_overlap++;
        leave_mark(store, set, SPOILED);
        return false;
    }
    if (!add_piece(store, set, fragment, c, place)) {
        store->counts->fragments_dropped++;
        return true;
    }
    if (!fragment->more)
        set->total = end;
    if (fragment->offset == 0)
        set->protocol = fragment->protocol;
    return true;
}

/* The walk goes on below the whole packet, if it is whole. */
static bool complete(struct es_walk *walk, struct es_fragment_set *set,
                     struct es_fragment *fragment)
{
    struct es_fragment_store *store = &walk->decoder->fragments;
    if (set->total == 0 || set->have != set->total || !join(store, set, &walk->cursor))
        return false;
    set->state = COMPLETE;
    fragment->protocol = set->protocol;
    walk->out->reassembled = true;
    walk->out->duplicate_fragment |= set->handed_out;
    walk->out->ip_length = (uint32_t)(fragment->header + set->total);
    return true;
}

/* The walk goes on below a first fragment alone. */
static bool begin_partial(struct es_walk *walk, struct es_fragment_set *set,
                          const struct es_fragment *fragment)
{
    if (fragment->offset != 0)
        return false;
    walk->first = set;
    walk->partial = true;
    return true;
}

bool es_fragment_walk(struct es_walk *walk, struct es_fragment *fragment)
{
    struct es_fragment_store *store = &walk->decoder->fragments;
    const size_t wire = es_wire_left(&walk->cursor);
    store->counts->fragments++;
    note_sight(walk, fragment);
    if (walk->partial || walk->lie) { /* how long the fragment is, is not known */
        walk->undecided = true;
        return begin_partial(walk, walk->first, fragment);
    }
    if (wire == 0 || (fragment->more && wire % UNIT) ||
        fragment->offset + wire > PACKET_BYTES_MAX) {
        if (fragment->offset != 0)
            es_walk_refuse(walk, fragment->layer);
        else
            walk->lie = fragment->layer; /* it can be looked into all the same */
        return begin_partial(walk, NULL, fragment);
    }
    struct es_fragment_set *set = find_set(walk, fragment);
    if (!set) {
        store->counts->fragments_dropped++;
        return begin_partial(walk, NULL, fragment);
    }
    if (set->state != COLLECTING || !collect(store, set, fragment, &walk->cursor))
        return false;
    return complete(walk, set, fragment) || begin_partial(walk, set, fragment);
}
