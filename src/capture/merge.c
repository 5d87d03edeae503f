/*
 * Merging by time: a heap of inputs, the one with the earliest next frame on top. A file is open
 * from its first frame's turn to its last frame, so that files that follow one another are open one
 * at a time. Frames out of order within a file keep the file's order.
 */
#include "merge.h"

#include <stdlib.h>

struct merge {
    struct es_reader reader;
    size_t count;
    bool lent;               /* the top input's head was handed out and is used up */
    struct es_input *last;   /* input of the last frame */
    struct es_input *heap[]; /* borrowed */
};

static bool comes_before(const struct es_input *a, const struct es_input *b)
{
    if (a->head.ref.time != b->head.ref.time)
        return a->head.ref.time < b->head.ref.time;
    return a->index < b->index;
}

/* Lets the input at `at` sink to its place. */
static void sink(struct merge *merge, size_t at)
{
    struct es_input *input = merge->heap[at];
    for (;;) {
        size_t below = 2 * at + 1;
        if (below >= merge->count)
            break;
        if (below + 1 < merge->count && comes_before(merge->heap[below + 1], merge->heap[below]))
            below++;
        if (!comes_before(merge->heap[below], input))
            break;
        merge->heap[at] = merge->heap[below];
        at = below;
    }
    merge->heap[at] = input;
}

/* The top input has a new head, or none: puts the heap in order. */
static void settle(struct merge *merge, bool has_head)
{
    if (!has_head)
        merge->heap[0] = merge->heap[--merge->count];
    if (merge->count > 0)
        sink(merge, 0);
}

static enum es_step merge_next(struct es_reader *reader, struct es_frame *out)
{
    struct merge *merge = (struct merge *)reader;
    if (merge->lent) {
        merge->lent = false;
        settle(merge, es_input_advance(merge->heap[0]));
    }
    while (merge->count > 0) {
        struct es_input *top = merge->heap[0];
        if (top->reader) {
            *out = top->head;
            merge->lent = true;
            merge->last = top;
            return ES_STEP_FRAME;
        }
        /* Its turn has come; it may have changed since its first frame was looked at. */
        settle(merge, es_input_open(top) && es_input_advance(top));
    }
    return ES_STEP_END;
}

static const char *merge_interface_name(const struct es_reader *reader,
                                        const struct es_frame *frame)
{
    const struct merge *merge = (const struct merge *)reader;
    const struct es_reader *last = merge->last ? merge->last->reader : NULL;
    return last && last->ops->interface_name ? last->ops->interface_name(last, frame) : NULL;
}

static void merge_storage(const struct es_reader *reader, struct es_storage *out)
{
    const struct merge *merge = (const struct merge *)reader;
    const struct es_reader *last = merge->last ? merge->last->reader : NULL;
    if (last && last->ops->storage)
        last->ops->storage(last, out);
}

static void merge_free(struct es_reader *reader)
{
    free(reader);
}

static const struct es_reader_ops ops = {
    .next = merge_next,
    .interface_name = merge_interface_name,
    .storage = merge_storage,
    .free = merge_free,
};

struct es_reader *es_merge_open(struct es_input *const *inputs, size_t count)
{
    struct merge *merge = calloc(1, sizeof(*merge) + count * sizeof(merge->heap[0]));
    if (!merge)
        return NULL;
    merge->reader.ops = &ops;
    for (size_t i = 0; i < count; i++) {
        if (inputs[i]->has_head)
            merge->heap[merge->count++] = inputs[i];
    }
    for (size_t i = merge->count / 2; i-- > 0;)
        sink(merge, i);
    return &merge->reader;
}
