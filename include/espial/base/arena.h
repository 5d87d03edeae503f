/*
 * An arena: bump allocation with a limit; everything in it dies together.
 */
#ifndef ESPIAL_BASE_ARENA_H
#define ESPIAL_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct es_arena_block;

struct es_arena {
    struct es_arena_block *blocks; /* newest first; owned */
    size_t used;                   /* bytes handed out, with padding */
    size_t limit;                  /* the most `used` may become */
    bool starved;                  /* the system had no memory for it, once at least */
};

/* An empty arena that hands out `limit` bytes at most. Allocates nothing yet. */
void es_arena_init(struct es_arena *arena, size_t limit);

/* Frees everything. */
void es_arena_fini(struct es_arena *arena);

/* `size` zeroed bytes aligned for any type, or NULL when the limit or the memory ends. */
void *es_arena_alloc(struct es_arena *arena, size_t size);

/* A copy of `size` bytes, or NULL. */
void *es_arena_copy(struct es_arena *arena, const void *bytes, size_t size);

#endif
