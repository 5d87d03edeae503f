/*
 * The door of the room: opens what it is given as inputs, joins them to one reader, counts and
 * filters what comes out of it.
 */
#include "filter.h"
#include "folder.h"
#include "live.h"
#include "merge.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEFAULT_MAX_FRAME = 256 << 10,
    LARGEST_MAX_FRAME = 128 << 20,
    /* Link types told to the caller; a forged capture may claim 65,536. */
    MOST_LINK_TYPES = 64,
};

struct es_source {
    struct es_reader
        *reader; /* borrowed from the only input, or `merge`, or live; NULL: no frames */
    struct es_reader *joined; /* owned; `reader` when no input owns it */
    struct es_filter *filter; /* owned; NULL: every frame passes */
    struct es_input_list list;
    enum { OPENED, READ, ENDED } state;
    uint32_t last_link_type; /* valid when there are link types */
    size_t link_type_count;
    uint32_t link_types[MOST_LINK_TYPES];
};

static bool no_memory(struct es_error *error)
{
    return es_error_set(error, ES_ERROR_MEMORY, "no memory to open the capture");
}

/* Adds one path that is no directory. */
static bool add_file(struct es_source *source, const char *path,
                     const struct es_source_options *options, bool alone)
{
    struct es_input *input = es_input_new(path, options);
    if (!es_input_list_add(&source->list, input))
        return false;
    input->index = (uint32_t)(source->list.count - 1);
    for (size_t i = 0; strcmp(path, "-") == 0 && i < input->index; i++) {
        if (strcmp(source->list.inputs[i]->file.name, "-") == 0) {
            es_file_damage(&input->file, ES_ERROR_USAGE, "standard input can be given only once");
            return true;
        }
    }
    if (alone)
        es_input_open(input);
    else
        es_input_preview(input);
    return true;
}

static bool add_paths(struct es_source *source, const char *const *paths, size_t count,
                      const struct es_source_options *options)
{
    for (size_t i = 0; i < count; i++) {
        const size_t before = source->list.count;
        const bool added = es_is_folder(paths[i]) ? es_folder_add(&source->list, paths[i], options)
                                                  : add_file(source, paths[i], options, count == 1);
        if (!added)
            return false;
        /* A directory's inputs are closed now; their numbers hold from when they open again. */
        for (size_t k = before; k < source->list.count; k++)
            source->list.inputs[k]->index = (uint32_t)k;
    }
    return true;
}

struct es_source *es_source_open(const char *const *paths, size_t count,
                                 const struct es_source_options *options, struct es_error *error)
{
    struct es_source_options own = {0};
    if (options)
        own = *options;
    if (count == 0) {
        es_error_set(error, ES_ERROR_USAGE, "no capture file is given");
        return NULL;
    }
    struct es_source *source = calloc(1, sizeof(*source));
    if (!source) {
        no_memory(error);
        return NULL;
    }
    if (own.max_frame_bytes == 0)
        own.max_frame_bytes = DEFAULT_MAX_FRAME;
    if (own.max_frame_bytes > LARGEST_MAX_FRAME)
        own.max_frame_bytes = LARGEST_MAX_FRAME;
    if (own.filter) {
        source->filter = es_filter_new(own.filter, error);
        if (!source->filter)
            goto failed;
    }
    if (!add_paths(source, paths, count, &own)) {
        no_memory(error);
        goto failed;
    }
    if (source->list.count > ES_FILES_MAX) {
        es_error_set(error, ES_ERROR_USAGE, "%zu captures are more than the %d that can be merged",
                     source->list.count, ES_FILES_MAX);
        goto failed;
    }
    if (source->list.count == 1 && source->list.inputs[0]->reader) {
        source->reader = source->list.inputs[0]->reader;
        return source;
    }
    source->reader = source->joined = es_merge_open(source->list.inputs, source->list.count);
    if (source->reader)
        return source;
    no_memory(error);
failed:
    es_source_free(source);
    return NULL;
}

struct es_source *es_source_open_live(const char *interface, const struct es_live_options *options,
                                      struct es_error *error)
{
    static const struct es_live_options none = {0};
    struct es_source *source = calloc(1, sizeof(*source));
    if (!source) {
        no_memory(error);
        return NULL;
    }
    struct es_input *input = es_input_new(interface, NULL);
    if (!es_input_list_add(&source->list, input)) {
        no_memory(error);
        goto failed;
    }
    const struct es_reader base = {.file = &input->file};
    source->joined = es_live_open(&base, interface, options ? options : &none, error);
    source->reader = source->joined;
    if (source->reader)
        return source;
failed:
    es_source_free(source);
    return NULL;
}

static void note_link_type(struct es_source *source, uint32_t link_type)
{
    source->last_link_type = link_type;
    for (size_t i = 0; i < source->link_type_count; i++) {
        if (source->link_types[i] == link_type)
            return;
    }
    if (source->link_type_count < MOST_LINK_TYPES)
        source->link_types[source->link_type_count++] = link_type;
}

/* True when the frame passes the filter; a link type it does not fit is the file's damage. */
static bool passes(struct es_source *source, struct es_source_file *file,
                   const struct es_frame *frame)
{
    const char *refusal;
    if (es_filter_match(source->filter, frame, &refusal))
        return true;
    if (refusal && file->damage.kind == ES_ERROR_NONE)
        es_file_damage(file, ES_ERROR_LIBRARY,
                       "packets of link type %" PRIu32 " are left out from packet %" PRIu64
                       " on, since the filter does not fit them: %s",
                       frame->link_type, (uint64_t)frame->ref.number, refusal);
    return false;
}

/* The first time: what was opened without threads, before a sandbox perhaps, may have them now. */
static void begin(struct es_source *source)
{
    source->state = READ;
    for (size_t i = 0; i < source->list.count; i++)
        es_input_begin(source->list.inputs[i]);
}

enum es_step es_source_next(struct es_source *source, struct es_frame *out)
{
    if (ES_UNLIKELY(source->state != READ)) {
        if (source->state == ENDED)
            return ES_STEP_END;
        begin(source);
    }
    for (;;) {
        const enum es_step step = source->reader->ops->next(source->reader, out);
        if (ES_UNLIKELY(step != ES_STEP_FRAME)) {
            if (step == ES_STEP_END)
                source->state = ENDED;
            return step;
        }
        struct es_source_file *file = &source->list.inputs[out->ref.file]->file;
        file->packets++;
        file->bytes += out->wire;
        file->cut_short += out->held < out->wire;
        if (ES_UNLIKELY(out->link_type != source->last_link_type || source->link_type_count == 0))
            note_link_type(source, out->link_type);
        if (ES_LIKELY(!source->filter) || passes(source, file, out))
            return ES_STEP_FRAME;
    }
}

bool es_source_ahead(struct es_source *source, struct es_frame *out)
{
    struct es_reader *reader = source->reader;
    return reader->ops->ahead && reader->ahead.frames < ES_FRAMES_AHEAD &&
           reader->ops->ahead(reader, out);
}

size_t es_source_file_count(const struct es_source *source)
{
    return source->list.count;
}

const struct es_source_file *es_source_file(const struct es_source *source, size_t index)
{
    return index < source->list.count ? &source->list.inputs[index]->file : NULL;
}

es_time es_source_end(const struct es_source *source)
{
    es_time end = -ES_TIME_MAX;
    for (size_t i = 0; source && i < source->list.count; i++) {
        const es_time until = source->list.inputs[i]->file.until;
        if (until && until > end)
            end = until;
    }
    return end;
}

const char *es_source_interface_name(const struct es_source *source, const struct es_frame *frame)
{
    const struct es_reader *reader = source->reader;
    return reader->ops->interface_name ? reader->ops->interface_name(reader, frame) : NULL;
}

void es_source_storage(const struct es_source *source, const struct es_frame *frame,
                       struct es_storage *out)
{
    const struct es_reader *reader = source->reader;
    *out = (struct es_storage){.resolution = 9};
    if (reader->ops->storage)
        reader->ops->storage(reader, out);
    out->block.file = frame->ref.file;
}

size_t es_source_link_types(const struct es_source *source, uint32_t *types, size_t capacity)
{
    const size_t count = capacity < source->link_type_count ? capacity : source->link_type_count;
    if (count)
        memcpy(types, source->link_types, count * sizeof(types[0]));
    return count;
}

void es_source_free(struct es_source *source)
{
    if (!source)
        return;
    if (source->joined)
        source->joined->ops->free(source->joined);
    es_input_list_fini(&source->list);
    es_filter_free(source->filter);
    free(source);
}
