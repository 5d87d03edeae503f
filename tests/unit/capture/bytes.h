/*
 * What the tests of this room share: capture files made byte by byte, put into files, and read back
 * through the door.
 */
#ifndef ESPIAL_TEST_CAPTURE_BYTES_H
#define ESPIAL_TEST_CAPTURE_BYTES_H

#include "espial/capture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- bytes ---- */

struct bytes {
    uint8_t *data;
    size_t size;
    size_t capacity;
    bool big; /* byte order of the numbers put from here on */
};

static inline void put(struct bytes *b, const void *data, size_t size)
{
    if (b->size + size > b->capacity) {
        b->capacity = 2 * (b->size + size);
        b->data = realloc(b->data, b->capacity);
        assert_non_null(b->data);
    }
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += size;
}

static inline void put_number(struct bytes *b, uint64_t value, size_t size)
{
    uint8_t wire[8];
    for (size_t i = 0; i < size; i++)
        wire[b->big ? size - 1 - i : i] = (uint8_t)(value >> 8 * i);
    put(b, wire, size);
}

static inline void put16(struct bytes *b, uint64_t value)
{
    put_number(b, value, 2);
}

static inline void put32(struct bytes *b, uint64_t value)
{
    put_number(b, value, 4);
}

static inline void put64(struct bytes *b, uint64_t value)
{
    put_number(b, value, 8);
}

/* `count` bytes that differ from one another and from those of another seed. */
static inline void put_pattern(struct bytes *b, uint8_t seed, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint8_t byte = (uint8_t)(seed + i);
        put(b, &byte, 1);
    }
}

static inline void put_zeros(struct bytes *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(b, "", 1);
}

/* Overwrites a 32-bit number. */
static inline void set32(struct bytes *b, size_t at, uint32_t value)
{
    struct bytes number = {.big = b->big};
    put32(&number, value);
    memcpy(b->data + at, number.data, 4);
    free(number.data);
}

/* ---- classic pcap ---- */

enum { PCAP_MICRO = 0xa1b2c3d4, PCAP_NANO = 0xa1b23c4d };

static inline void put_pcap_header(struct bytes *b, uint32_t magic, uint32_t link_type)
{
    put32(b, magic);
    put16(b, 2);
    put16(b, 4);
    put64(b, 0);
    put32(b, 65535);
    put32(b, link_type);
}

static inline void put_pcap_packet(struct bytes *b, uint32_t seconds, uint32_t fraction,
                                   uint8_t seed, uint32_t held, uint32_t wire)
{
    put32(b, seconds);
    put32(b, fraction);
    put32(b, held);
    put32(b, wire);
    put_pattern(b, seed, held);
}

/* ---- pcapng ---- */

/* Begins a block; put_block_end() with what it returns fills in the lengths. */
static inline size_t put_block(struct bytes *b, uint32_t type)
{
    const size_t start = b->size;
    put32(b, type);
    put32(b, 0);
    return start;
}

static inline void put_block_end(struct bytes *b, size_t start)
{
    put_zeros(b, (4 - (b->size - start) % 4) % 4);
    const uint32_t total = (uint32_t)(b->size - start + 4);
    set32(b, start + 4, total);
    put32(b, total);
}

static inline void put_section(struct bytes *b)
{
    const size_t block = put_block(b, 0x0a0d0d0a);
    put32(b, 0x1a2b3c4d);
    put16(b, 1);
    put16(b, 0);
    put64(b, UINT64_MAX);
    put_block_end(b, block);
}

static inline void put_option(struct bytes *b, uint16_t code, const void *value, uint16_t length)
{
    put16(b, code);
    put16(b, length);
    put(b, value, length);
    put_zeros(b, (4 - length % 4u) % 4);
}

static inline void put_option64(struct bytes *b, uint16_t code, uint64_t value)
{
    put16(b, code);
    put16(b, 8);
    put64(b, value);
}

static inline void put_option_end(struct bytes *b)
{
    put32(b, 0);
}

/* An interface with its resolution (6: microseconds) and offset in seconds; `name` may be NULL. */
static inline void put_interface(struct bytes *b, uint16_t link_type, uint32_t snaplen,
                                 uint8_t resolution, int64_t offset, const char *name)
{
    const size_t block = put_block(b, 1);
    put16(b, link_type);
    put16(b, 0);
    put32(b, snaplen);
    if (name)
        put_option(b, 2, name, (uint16_t)strlen(name));
    if (resolution != 6)
        put_option(b, 9, &resolution, 1);
    if (offset)
        put_option64(b, 14, (uint64_t)offset);
    put_option_end(b);
    put_block_end(b, block);
}

static inline void put_enhanced(struct bytes *b, uint32_t interface, uint64_t ticks, uint8_t seed,
                                uint32_t held, uint32_t wire)
{
    const size_t block = put_block(b, 6);
    put32(b, interface);
    put32(b, ticks >> 32);
    put32(b, (uint32_t)ticks);
    put32(b, held);
    put32(b, wire);
    put_pattern(b, seed, held);
    put_block_end(b, block);
}

/* ---- files ---- */

/* A folder of the test's own; fixed size so that it can stand in a struct. */
static inline void make_folder(char path[static 64])
{
    strcpy(path, "/tmp/espial-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static inline void remove_folder(const char *path)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static inline void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* ---- reading through the door ---- */

enum { MOST_FRAMES = 64, MOST_FILES = 16 };

struct kept_frame {
    struct es_frame frame; /* frame.bytes points into the copy */
    uint8_t *copy;
    char interface_name[32];
};

struct outcome {
    size_t count;
    struct kept_frame frames[MOST_FRAMES];
    size_t file_count;
    struct es_source_file files[MOST_FILES]; /* names are gone */
    char names[MOST_FILES][80];
    size_t link_type_count;
    uint32_t link_types[8];
};

static inline void keep(struct outcome *out, const struct es_source *source,
                        const struct es_frame *frame)
{
    assert_true(out->count < MOST_FRAMES);
    struct kept_frame *kept = &out->frames[out->count++];
    kept->frame = *frame;
    kept->copy = malloc(frame->held + 1);
    assert_non_null(kept->copy);
    if (frame->held)
        memcpy(kept->copy, frame->bytes, frame->held);
    kept->frame.bytes = kept->copy;
    const char *name = es_source_interface_name(source, frame);
    snprintf(kept->interface_name, sizeof(kept->interface_name), "%s", name ? name : "");
}

/* Reads all of an open source, frees it, and keeps what it said. */
static inline void drain(struct es_source *source, struct outcome *out)
{
    *out = (struct outcome){0};
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        keep(out, source, &frame);
    assert_int_equal(es_source_next(source, &frame), ES_STEP_END);
    out->file_count = es_source_file_count(source);
    assert_true(out->file_count <= MOST_FILES);
    for (size_t i = 0; i < out->file_count; i++) {
        out->files[i] = *es_source_file(source, i);
        snprintf(out->names[i], sizeof(out->names[i]), "%s", out->files[i].name);
        out->files[i].name = NULL;
    }
    out->link_type_count = es_source_link_types(source, out->link_types, ES_COUNT(out->link_types));
    es_source_free(source);
}

static inline void read_paths(const char *const *paths, size_t count, struct outcome *out)
{
    struct es_error error = {0};
    struct es_source *source = es_source_open(paths, count, NULL, &error);
    assert_non_null(source);
    drain(source, out);
}

static inline void read_path(const char *path, struct outcome *out)
{
    read_paths(&path, 1, out);
}

/* Reads bytes as a file called "<folder>/capture". */
static inline void read_bytes(const char *folder, const void *data, size_t size,
                              struct outcome *out)
{
    char path[80];
    snprintf(path, sizeof(path), "%s/capture", folder);
    write_file(path, data, size);
    read_path(path, out);
}

static inline void forget(struct outcome *out)
{
    for (size_t i = 0; i < out->count; i++)
        free(out->frames[i].copy);
    *out = (struct outcome){0};
}

/* The frame's bytes are the pattern of this seed. */
static inline void assert_pattern(const struct kept_frame *kept, uint8_t seed, size_t held,
                                  size_t wire)
{
    assert_int_equal(kept->frame.held, held);
    assert_int_equal(kept->frame.wire, wire);
    for (size_t i = 0; i < held; i++)
        assert_int_equal(kept->copy[i], (uint8_t)(seed + i));
}

static inline void assert_contains(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" does not contain \"%s\"", text, part);
}

/* Reads every prefix and every one-bit flip: what was whole before a cut must come, with the damage
 * named; and nothing may crash or run on. `ends` are the sizes at which a prefix is whole. */
static inline void read_every_prefix(const char *folder, const struct bytes *b, const size_t *ends,
                                     const size_t *frames, size_t count)
{
    for (size_t size = 0; size < b->size; size++) {
        struct outcome out;
        read_bytes(folder, b->data, size, &out);
        size_t expected = 0;
        bool whole = false;
        for (size_t i = 0; i < count && ends[i] <= size; i++) {
            expected = frames[i];
            whole = ends[i] == size;
        }
        if (out.count != expected)
            fail_msg("%zu frames of the first %zu bytes, expected %zu", out.count, size, expected);
        if (whole) {
            assert_int_equal(out.files[0].damage.kind, ES_ERROR_NONE);
        } else {
            assert_int_equal(out.files[0].damage.kind, ES_ERROR_FORMAT);
            assert_contains(out.files[0].damage.text, folder);
            assert_contains(out.files[0].damage.text, "offset ");
        }
        forget(&out);
    }
}

static inline void read_every_flip(const char *folder, const struct bytes *b)
{
    for (size_t bit = 0; bit < b->size * 8; bit++) {
        struct outcome out;
        b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        read_bytes(folder, b->data, b->size, &out);
        b->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        forget(&out);
    }
}

/* A group's fixture: a folder, its path as the state. */
static inline int folder_setup(void **state)
{
    char *path = malloc(64);
    assert_non_null(path);
    make_folder(path);
    *state = path;
    return 0;
}

static inline int folder_teardown(void **state)
{
    remove_folder(*state);
    free(*state);
    return 0;
}

#endif
