/*
 * What comes in pieces: datagrams in IP fragments, IKEv1 messages in fragments, records across TCP
 * segments. The pass that learns puts them together, rewrites the whole and keeps each piece of it
 * under the frame it came in; the pass that writes finds it there. Bounded; what is not found is
 * treated as the beginning or the rest of something unknown.
 */
#include "anonymize_state.h"

#include <stdlib.h>
#include <string.h>

enum { LEARNED_BYTES = 32 << 20 };

static void forget(struct es_assembly *assembly)
{
    for (size_t i = 0; i < assembly->count; i++)
        free(assembly->pieces[i]);
    *assembly = (struct es_assembly){.count = 0};
}

static struct es_assembly *find_assembly(struct es_anonymizer *anonymizer,
                                         const struct es_assembly_key *key)
{
    for (size_t i = 0; i < ES_ANON_ASSEMBLIES; i++) {
        struct es_assembly *assembly = &anonymizer->assemblies[i];
        if (assembly->count && memcmp(&assembly->key, key, sizeof(*key)) == 0)
            return assembly;
    }
    struct es_assembly *assembly = &anonymizer->assemblies[anonymizer->assembly_next];
    anonymizer->assembly_next = (anonymizer->assembly_next + 1) % ES_ANON_ASSEMBLIES;
    forget(assembly);
    assembly->key = *key;
    return assembly;
}

static size_t step(const struct es_assembly *assembly, const struct es_learned *piece)
{
    return assembly->key.kind == ES_ASSEMBLY_IKEV1 ? 1 : piece->size;
}

/* All pieces, in order, without a gap; the bytes of the whole, or 0. Copies stand side by side. */
static size_t whole_size(const struct es_assembly *assembly)
{
    size_t next = assembly->key.kind == ES_ASSEMBLY_IKEV1 ? 1 : 0, size = 0;
    const struct es_learned *before = NULL;
    for (size_t i = 0; i < assembly->count; i++) {
        const struct es_learned *piece = assembly->pieces[i];
        if (before && piece->order == before->order && piece->size == before->size)
            continue;
        if (piece->order != next)
            return 0;
        next += step(assembly, piece);
        size += piece->size;
        before = piece;
    }
    return before && before->last ? size : 0;
}

static void move_bytes(const struct es_assembly *assembly, uint8_t *whole, bool back)
{
    const struct es_learned *before = NULL;
    size_t at = 0, start = 0;
    for (size_t i = 0; i < assembly->count; i++) {
        struct es_learned *piece = assembly->pieces[i];
        if (!before || piece->order != before->order) {
            start = at;
            at += piece->size;
        }
        if (back)
            memcpy(piece->bytes, whole + start, piece->size);
        else
            memcpy(whole + start, piece->bytes, piece->size);
        before = piece;
    }
}

static void rewrite_whole(struct es_rewrite *walk, enum es_assembly_kind kind)
{
    switch (kind) {
    case ES_ASSEMBLY_IP:
        es_rewrite_run(walk, ES_NEXT_PROTOCOL);
        return;
    case ES_ASSEMBLY_IKEV1:
        es_rewrite_ike(walk);
        break;
    case ES_ASSEMBLY_RECORD:
        es_rewrite_record(walk);
        break;
    }
    es_rewrite_zero(walk, walk->c.at, walk->c.end);
}

/* In the order of their frames, and changed in the first alone: the first tells all there is. */
static bool tells_itself(const struct es_assembly *assembly, const uint8_t *whole)
{
    size_t at = assembly->pieces[0]->size;
    if (assembly->key.kind != ES_ASSEMBLY_IP || assembly->first_order != 0)
        return false;
    for (size_t i = 1; i < assembly->count; i++) {
        const struct es_learned *piece = assembly->pieces[i];
        if (piece->order < at)
            return false; /* a copy */
        if (memcmp(piece->bytes, whole + at, piece->size) != 0)
            return false;
        at += piece->size;
    }
    return true;
}

/* A later IP fragment that became nothing would become that without being remembered. */
static bool is_worth_it(const struct es_assembly *assembly, const struct es_learned *piece)
{
    if (assembly->key.kind != ES_ASSEMBLY_IP || piece->order == 0)
        return true;
    for (size_t i = 0; i < piece->size; i++) {
        if (piece->bytes[i])
            return true;
    }
    return false;
}

/* Hands the pieces to the table that the second pass looks into. */
static void keep(struct es_anonymizer *anonymizer, struct es_assembly *assembly)
{
    for (size_t i = 0; i < assembly->count; i++) {
        struct es_learned *piece = assembly->pieces[i];
        const size_t size = sizeof(*piece) + piece->size;
        if (!is_worth_it(assembly, piece) || anonymizer->learned_bytes + size > LEARNED_BYTES ||
            es_table_find(&anonymizer->learned_table, piece) ||
            !es_table_add(&anonymizer->learned_table, piece)) {
            free(piece);
            continue;
        }
        anonymizer->learned_bytes += size;
        piece->next = anonymizer->learned;
        anonymizer->learned = piece;
    }
    assembly->count = 0;
}

static void complete(struct es_rewrite *from, struct es_assembly *assembly, size_t size)
{
    struct es_anonymizer *anonymizer = from->anonymizer;
    uint8_t *whole = malloc(size);
    if (!whole)
        return;
    move_bytes(assembly, whole, false);
    struct es_rewrite walk = {
        .anonymizer = anonymizer,
        .bytes = whole,
        .c = es_cursor(whole, size, size),
        .ref = from->ref,
        .counts = from->counts,
        .protocol = from->protocol,
        .source = from->source,
        .destination = from->destination,
        .new_source = from->new_source,
        .new_destination = from->new_destination,
        .ports = {from->ports[0], from->ports[1]},
        .v6 = from->v6,
        .whole = true,
    };
    rewrite_whole(&walk, assembly->key.kind);
    if (tells_itself(assembly, whole)) {
        forget(assembly);
    } else {
        move_bytes(assembly, whole, true);
        keep(anonymizer, assembly);
    }
    free(whole);
}

/* In order; copies behind their first. */
static bool insert(struct es_assembly *assembly, struct es_learned *piece)
{
    size_t at = assembly->count;
    if (at == ES_ASSEMBLY_PIECES)
        return false;
    while (at > 0 && assembly->pieces[at - 1]->order > piece->order) {
        assembly->pieces[at] = assembly->pieces[at - 1];
        at--;
    }
    assembly->pieces[at] = piece;
    if (assembly->count++ == 0)
        assembly->first_order = piece->order;
    assembly->size += piece->size;
    return true;
}

static struct es_learned_key key_of(const struct es_rewrite *walk, const uint8_t *at)
{
    return (struct es_learned_key){
        .number = walk->ref->number,
        .file = walk->ref->file,
        .at = (uint32_t)(at - walk->bytes),
    };
}

void es_piece_add(struct es_rewrite *walk, const struct es_assembly_key *key, const uint8_t *at,
                  size_t size, size_t order, bool last)
{
    enum { WHOLE_MAX = 65536 };
    if (!walk->anonymizer->learning || walk->whole || size == 0)
        return;
    struct es_assembly *assembly = find_assembly(walk->anonymizer, key);
    struct es_learned *piece = malloc(sizeof(*piece) + size);
    if (!piece)
        return;
    *piece =
        (struct es_learned){.key = key_of(walk, at), .size = size, .order = order, .last = last};
    memcpy(piece->bytes, at, size);
    if (assembly->size + size > WHOLE_MAX || !insert(assembly, piece)) {
        free(piece);
        forget(assembly);
        return;
    }
    const size_t whole = whole_size(assembly);
    if (whole)
        complete(walk, assembly, whole);
}

bool es_piece_find(struct es_rewrite *walk, const uint8_t *at, size_t size)
{
    if (walk->whole || walk->anonymizer->learned_table.count == 0)
        return false;
    const struct es_learned_key key = key_of(walk, at);
    const struct es_learned *piece = es_table_find(&walk->anonymizer->learned_table, &key);
    if (!piece || piece->size != size)
        return false;
    memcpy(es_rewrite_at(walk, at), piece->bytes, size);
    return true;
}

void es_pieces_free(struct es_anonymizer *anonymizer)
{
    for (size_t i = 0; i < ES_ANON_ASSEMBLIES; i++)
        forget(&anonymizer->assemblies[i]);
    while (anonymizer->learned) {
        struct es_learned *piece = anonymizer->learned;
        anonymizer->learned = piece->next;
        free(piece);
    }
    es_table_fini(&anonymizer->learned_table);
}
