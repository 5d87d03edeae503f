/*
 * Memory that is counted. What belongs to a tunnel, an IKE SA or a Child SA is chained to it and
 * goes with it; so nothing has to be found again to be freed.
 */
#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>

struct es_block {
    struct es_block *next; /* that belongs to the same */
    size_t bytes;          /* on the account */
    alignas(max_align_t) uint8_t content[];
};

/* What malloc() adds, and rounds up to. */
enum { MALLOC_HEADER = 8, MALLOC_STEP = 16 };

/*
 * Blocks that were given back wait here for the next of their size, up to these bytes and this part
 * of the limit: in a flood of negotiations as many go as come, and malloc() would join and cut the
 * same memory again and again. AddressSanitizer wants to know what is freed, and when.
 */
enum { SPARE_BYTES = ES_ADDRESS_SANITIZER ? 0 : 4 << 20, SPARE_PART = 16 };

/* `model.memory` may go beyond its limit by this part until the next frame, and no further. */
enum { OVERDRAFT_PART = 4 };

size_t es_keep_total(const struct es_tracker *tracker)
{
    return tracker->model.memory + es_table_bytes(&tracker->tunnels) +
           es_table_bytes(&tracker->ike_sas) + es_table_bytes(&tracker->half_open) +
           es_table_bytes(&tracker->flows);
}

/* Where the spare blocks of this size begin; NULL when those are not kept. */
static struct es_block **spares_of(struct es_tracker *tracker, size_t bytes)
{
    const size_t i = bytes / MALLOC_STEP;
    return SPARE_BYTES && i < ES_COUNT(tracker->spares) ? &tracker->spares[i] : NULL;
}

/* `bytes` of memory with what malloc() takes for itself: `size` of them are wanted, cleared. */
static struct es_block *block_new(struct es_tracker *tracker, size_t bytes, size_t size)
{
    struct es_block **spares = spares_of(tracker, bytes);
    if (!spares)
        return calloc(1, size);
    struct es_block *block = *spares;
    if (!block) /* whole, for another that is a little larger */
        return calloc(1, bytes - MALLOC_HEADER);
    *spares = block->next;
    tracker->spare_bytes -= bytes;
    return memset(block, 0, size);
}

static void block_free(struct es_tracker *tracker, struct es_block *block)
{
    struct es_block **spares = spares_of(tracker, block->bytes);
    const size_t total = tracker->spare_bytes + block->bytes;
    if (!spares || total > SPARE_BYTES || total > tracker->model.memory_limit / SPARE_PART) {
        free(block);
        return;
    }
    block->next = *spares;
    *spares = block;
    tracker->spare_bytes = total;
}

void es_keep_fini(struct es_tracker *tracker)
{
    for (size_t i = 0; i < ES_COUNT(tracker->spares); i++) {
        while (tracker->spares[i]) {
            struct es_block *block = tracker->spares[i];
            tracker->spares[i] = block->next;
            free(block);
        }
    }
}

void *es_keep(struct es_tracker *tracker, struct es_block **owner, size_t size)
{
    struct es_model *model = &tracker->model;
    const size_t bytes = (sizeof(struct es_block) + size + MALLOC_HEADER + MALLOC_STEP - 1) /
                         MALLOC_STEP * MALLOC_STEP;
    const size_t total = es_keep_total(tracker) + bytes;
    if (total > model->memory_limit)
        tracker->work = true;
    if (total > model->memory_limit + model->memory_limit / OVERDRAFT_PART)
        return NULL;
    struct es_block *block = block_new(tracker, bytes, sizeof(*block) + size);
    if (!block) {
        model->unkept++;
        return NULL;
    }
    block->next = *owner;
    block->bytes = bytes;
    *owner = block;
    model->memory += bytes;
    return block->content;
}

bool es_keep_add(struct es_tracker *tracker, struct es_table *table, uint64_t hash, void *entry)
{
    if (es_table_add_hashed(table, hash, entry))
        return true;
    tracker->model.unkept += table->count < table->limit;
    return false;
}

void *es_keep_copy(struct es_tracker *tracker, struct es_block **owner, const void *bytes,
                   size_t size)
{
    void *copy = es_keep(tracker, owner, size);
    if (copy && size)
        memcpy(copy, bytes, size);
    return copy;
}

const char *es_keep_text(struct es_tracker *tracker, struct es_block **owner, struct es_text *text)
{
    tracker->model.unkept += text->failed;
    const char *copy = es_keep_copy(tracker, owner, es_text_chars(text), text->length + 1);
    es_text_fini(text);
    return copy;
}

/* Frees all that is chained to `owner`, which may stand in one of the blocks. */
void es_keep_free(struct es_tracker *tracker, struct es_block **owner)
{
    struct es_block *block = *owner;
    *owner = NULL;
    while (block) {
        struct es_block *next = block->next;
        tracker->model.memory -= block->bytes;
        block_free(tracker, block);
        block = next;
    }
}
