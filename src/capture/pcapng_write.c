/*
 * pcapng, writing: one section, interfaces as they are met, enhanced packet blocks. In the byte
 * order of this machine, which the section header tells. draft-ietf-opsawg-pcapng.
 */
#include "espial/capture.h"

#include <stdlib.h>
#include <string.h>

#ifndef ES_VERSION
#define ES_VERSION "unversioned"
#endif

enum {
    BLOCK_SECTION = 0x0a0d0d0a,
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 6,
    ORDER_MAGIC = 0x1a2b3c4d,
    OPTION_END = 0,
    OPTION_COMMENT = 1,
    OPTION_IF_NAME = 2,
    OPTION_FLAGS = 2, /* of a packet */
    OPTION_APPLICATION = 4,
    OPTION_IF_RESOLUTION = 9,
    /* An option's length has 16 bits; what is longer than this is no comment. */
    OPTION_BYTES_MAX = 4096,
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

static void add_u16(struct es_text *text, uint16_t value)
{
    es_text_add_bytes(text, (const char *)&value, sizeof(value));
}

static void add_u32(struct es_text *text, uint32_t value)
{
    es_text_add_bytes(text, (const char *)&value, sizeof(value));
}

static void add_padding(struct es_text *text, size_t length)
{
    es_text_add_bytes(text, "\0\0\0", (4 - length % 4) % 4);
}

static void add_option(struct es_text *text, uint16_t code, const void *bytes, size_t length)
{
    add_u16(text, code);
    add_u16(text, (uint16_t)length);
    es_text_add_bytes(text, bytes, length);
    add_padding(text, length);
}

/* An option of text: valid UTF-8, whatever it came from, and cut where it is too long. */
static void add_words(struct es_text *text, uint16_t code, const char *words)
{
    struct es_text clean;
    es_text_init(&clean);
    es_text_add_printable(&clean, (const uint8_t *)words, strlen(words));
    size_t length = clean.length < OPTION_BYTES_MAX ? clean.length : OPTION_BYTES_MAX;
    /* Not within a character. */
    while (length < clean.length && length > 0 && ((uint8_t)clean.chars[length] & 0xc0) == 0x80)
        length--;
    text->failed |= clean.failed;
    add_option(text, code, es_text_chars(&clean), length);
    es_text_fini(&clean);
}

/* Begins a block, whose place block_end() wants; ends it, with its length at both ends. */
static size_t block_begin(struct es_text *text, uint32_t type)
{
    const size_t start = text->length;
    add_u32(text, type);
    add_u32(text, 0);
    return start;
}

static void block_end(struct es_text *text, size_t start)
{
    const uint32_t length = (uint32_t)(text->length - start + 4);
    add_u32(text, length);
    if (!text->failed)
        memcpy(text->chars + start + 4, &length, sizeof(length));
}

static void add_section(struct es_text *text, const char *comment)
{
    const size_t start = block_begin(text, BLOCK_SECTION);
    add_u32(text, ORDER_MAGIC);
    add_u16(text, 1);
    add_u16(text, 0);
    /* The section's length is not known yet. */
    add_u32(text, UINT32_MAX);
    add_u32(text, UINT32_MAX);
    add_words(text, OPTION_APPLICATION, "espial " ES_VERSION);
    if (comment)
        add_words(text, OPTION_COMMENT, comment);
    add_u32(text, OPTION_END);
    block_end(text, start);
}

static void add_interface(struct es_text *text, const struct interface *interface)
{
    static const uint8_t nanoseconds = 9;
    const size_t start = block_begin(text, BLOCK_INTERFACE);
    add_u16(text, (uint16_t)interface->link_type);
    add_u16(text, 0);
    add_u32(text, 0); /* no limit to what is held */
    if (interface->name[0])
        add_words(text, OPTION_IF_NAME, interface->name);
    add_option(text, OPTION_IF_RESOLUTION, &nanoseconds, sizeof(nanoseconds));
    add_u32(text, OPTION_END);
    block_end(text, start);
}

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
    writer->interfaces[writer->interface_count] = wanted;
    add_interface(&writer->block, &wanted);
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
    add_section(&writer->block, comment);
    writer->bytes = writer->block.length;
    return writer;
}

void es_writer_comment(struct es_writer *writer, const char *comment)
{
    add_words(&writer->comments, OPTION_COMMENT, comment);
}

bool es_writer_frame(struct es_writer *writer, const struct es_frame *frame, const char *interface,
                     struct es_error *error)
{
    struct es_text *block = &writer->block;
    const size_t before = block->length;
    /* pcapng knows no time before 1970. */
    const uint64_t time = frame->ref.time > 0 ? (uint64_t)frame->ref.time : 0;
    writer->recent = interface_of(writer, frame->link_type, interface);
    const size_t start = block_begin(block, BLOCK_PACKET);
    add_u32(block, (uint32_t)writer->recent);
    add_u32(block, (uint32_t)(time >> 32));
    add_u32(block, (uint32_t)time);
    add_u32(block, (uint32_t)frame->held);
    add_u32(block, (uint32_t)(frame->wire > frame->held ? frame->wire : frame->held));
    es_text_add_bytes(block, (const char *)frame->bytes, frame->held);
    add_padding(block, frame->held);
    if (frame->direction != ES_DIRECTION_UNKNOWN) {
        const uint32_t flags = frame->direction == ES_DIRECTION_IN ? 1 : 2;
        add_option(block, OPTION_FLAGS, &flags, sizeof(flags));
    }
    es_text_add_bytes(block, es_text_chars(&writer->comments), writer->comments.length);
    if (frame->direction != ES_DIRECTION_UNKNOWN || writer->comments.length)
        add_u32(block, OPTION_END);
    block_end(block, start);
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
