/*
 * Bump allocation: blocks of growing size, freed together.
 */
#include "espial/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct es_arena_block {
    struct es_arena_block *next;
    size_t size; /* bytes in `bytes` */
    size_t used; /* of those, handed out */
    alignas(max_align_t) uint8_t bytes[];
};

void es_arena_init(struct es_arena *arena, size_t limit)
{
    arena->blocks = NULL;
    arena->used = 0;
    arena->limit = limit;
    arena->starved = false;
}

void es_arena_fini(struct es_arena *arena)
{
    while (arena->blocks) {
        struct es_arena_block *next = arena->blocks->next;
        free(arena->blocks);
        arena->blocks = next;
    }
    arena->used = 0;
}

static struct es_arena_block *block_for(struct es_arena *arena, size_t size)
{
    struct es_arena_block *block = arena->blocks;
    if (block && block->size - block->used >= size)
        return block;
    const size_t room = size > BLOCK_BYTES ? size : BLOCK_BYTES;
    block = malloc(sizeof(*block) + room);
    if (!block) {
        arena->starved = true;
        return NULL;
    }
    *block = (struct es_arena_block){.next = arena->blocks, .size = room};
    arena->blocks = block;
    return block;
}

void *es_arena_alloc(struct es_arena *arena, size_t size)
{
    const size_t step = alignof(max_align_t);
    if (size > SIZE_MAX / 2) /* so that no sum below overflows */
        return NULL;
    const size_t padded = (size + step - 1) / step * step;
    if (padded > arena->limit || arena->used > arena->limit - padded)
        return NULL;
    struct es_arena_block *block = block_for(arena, padded);
    if (!block)
        return NULL;
    void *bytes = block->bytes + block->used;
    block->used += padded;
    arena->used += padded;
    return memset(bytes, 0, size);
}

void *es_arena_copy(struct es_arena *arena, const void *bytes, size_t size)
{
    void *copy = es_arena_alloc(arena, size);
    if (copy && size)
        memcpy(copy, bytes, size);
    return copy;
}
