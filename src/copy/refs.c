/*
 * A list of packets. Frames of a file come in order, so that for each file one place has to be
 * remembered, and most frames cost one comparison.
 */
#include "refs.h"

#include <stdlib.h>

bool es_refs_add(struct es_refs *refs, const struct es_packet_ref *ref)
{
    if (refs->count == refs->capacity) {
        const size_t capacity = refs->capacity ? refs->capacity * 2 : 64;
        struct es_ref_item *items = realloc(refs->items, capacity * sizeof(*items));
        if (!items)
            return false;
        refs->items = items;
        refs->capacity = capacity;
    }
    refs->items[refs->count] = (struct es_ref_item){
        .number = ref->number, .file = ref->file, .order = (uint32_t)refs->count};
    refs->count++;
    return true;
}

static int compare(const void *left, const void *right)
{
    const struct es_ref_item *a = left;
    const struct es_ref_item *b = right;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

bool es_refs_settle(struct es_refs *refs)
{
    if (refs->count == 0)
        return true;
    qsort(refs->items, refs->count, sizeof(refs->items[0]), compare);
    refs->file_count = refs->items[refs->count - 1].file + 1;
    refs->next = calloc(refs->file_count, sizeof(refs->next[0]));
    if (!refs->next)
        return false;
    for (size_t i = refs->count; i-- > 0;)
        refs->next[refs->items[i].file] = i;
    return true;
}

size_t es_refs_look(struct es_refs *refs, const struct es_packet_ref *ref, size_t *count)
{
    *count = 0;
    if (ref->file >= refs->file_count)
        return 0;
    const struct es_ref_item *items = refs->items;
    size_t at = refs->next[ref->file];
    while (at < refs->count && items[at].file == ref->file && items[at].number < ref->number)
        at++;
    refs->next[ref->file] = at;
    while (at + *count < refs->count && items[at + *count].file == ref->file &&
           items[at + *count].number == ref->number)
        ++*count;
    return at;
}

void es_refs_fini(struct es_refs *refs)
{
    free(refs->items);
    free(refs->next);
    *refs = (struct es_refs){0};
}
