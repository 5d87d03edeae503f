/*
 * pcapng, writing: one section, interfaces as they are met, enhanced packet blocks. In the byte
 * order of this machine, which the section header tells. draft-ietf-opsawg-pcapng.
 */
#include "pcapng_build.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES = 64,
    /* Distinct interfaces; a frame of one more goes with the last. */
    INTERFACES_MAX = 256,
    FLUSH_BYTES = 65536,
};

struct interface {
    uint32_t link_type;
    char name[NAME_BYTES];
};

struct es_writer {
    struct es_output output;
    struct es_text block;    /* what waits to be written */
    struct es_text comments; /* options of the next frame */
    struct interface interfaces[INTERFACES_MAX];
    size_t interface_count, recent; /* the last one used is mostly the next */
    uint64_t frames, bytes;
};

static size_t interface_of(struct es_writer *writer, uint32_t link_type, const char *name)
{
    struct interface wanted = {.link_type = link_type};
    if (name)
        strncpy(wanted.name, name, sizeof(wanted.name) - 1);
    if (writer->recent < writer->interface_count &&
        memcmp(&writer->interfaces[writer->recent], &wanted, sizeof(wanted)) == 0)
        return writer->recent;
    for (size_t i = 0; i < writer->interface_count; i++) {
        if (memcmp(&writer->interfaces[i], &wanted, sizeof(wanted)) == 0)
            return i;
    }
    if (writer->interface_count == INTERFACES_MAX)
        return INTERFACES_MAX - 1;
    static const struct es_storage nanoseconds = {.resolution = 9};
    writer->interfaces[writer->interface_count] = wanted;
    es_block_add_interface(&writer->block, es_order_is_big(), link_type, &nanoseconds, wanted.name);
    return writer->interface_count++;
}

static bool flush(struct es_writer *writer, struct es_error *error)
{
    if (writer->block.failed || writer->comments.failed)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to write packets");
    const bool done =
        es_output_write(&writer->output, writer->block.chars, writer->block.length, error);
    es_text_clear(&writer->block);
    return done;
}

struct es_writer *es_writer_open(const char *path, const char *comment, struct es_error *error)
{
    struct es_writer *writer = calloc(1, sizeof(*writer));
    if (!writer) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory to write %.200s", path);
        return NULL;
    }
    if (!es_output_open(&writer->output, path, error)) {
        free(writer);
        return NULL;
    }
    es_text_init(&writer->block);
    es_text_init(&writer->comments);
    es_block_add_section(&writer->block, es_order_is_big(), &comment, comment ? 1 : 0);
    writer->bytes = writer->block.length;
    return writer;
}

void es_writer_comment(struct es_writer *writer, const char *comment)
{
    es_pcapng_put_words(&writer->comments, es_order_is_big(), ES_OPTION_COMMENT, comment);
}

bool es_writer_frame(struct es_writer *writer, const struct es_frame *frame, const char *interface,
                     struct es_error *error)
{
    struct es_text *block = &writer->block;
    const size_t before = block->length;
    /* pcapng knows no time before 1970. */
    const uint64_t time = frame->ref.time > 0 ? (uint64_t)frame->ref.time : 0;
    writer->recent = interface_of(writer, frame->link_type, interface);
    const struct es_block_packet packet = {
        .interface = (uint32_t)writer->recent,
        .ticks = time,
        .bytes = frame->bytes,
        .held = frame->held,
        .wire = frame->wire,
        .direction = frame->direction,
        .options = &writer->comments,
    };
    es_block_add_packet(block, es_order_is_big(), &packet);
    writer->frames++;
    writer->bytes += block->length - before;
    block->failed |= writer->comments.failed;
    es_text_clear(&writer->comments);
    return block->length < FLUSH_BYTES && !block->failed ? true : flush(writer, error);
}

uint64_t es_writer_frames(const struct es_writer *writer)
{
    return writer->frames;
}

uint64_t es_writer_bytes(const struct es_writer *writer)
{
    return writer->bytes;
}

static void fini(struct es_writer *writer)
{
    es_text_fini(&writer->block);
    es_text_fini(&writer->comments);
    free(writer);
}

bool es_writer_close(struct es_writer *writer, bool sync, struct es_error *error)
{
    bool done = flush(writer, error);
    if (done)
        done = es_output_keep(&writer->output, sync, error);
    else
        es_output_drop(&writer->output);
    fini(writer);
    return done;
}

void es_writer_discard(struct es_writer *writer)
{
    if (!writer)
        return;
    es_output_drop(&writer->output);
    fini(writer);
}
