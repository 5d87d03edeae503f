/*
 * Key files out of text, with made-up keys.
 */
#ifndef TESTS_KEYS_TEXT_H
#define TESTS_KEYS_TEXT_H

#include "unit.h"

#include "espial/base.h"
#include "espial/crypto.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* What reading a file gave. */
struct reading {
    struct es_keys *keys;
    size_t found, skipped;
    bool done;
    struct es_error error;
};

static inline struct reading read_bytes(const void *bytes, size_t size)
{
    struct reading r = {.keys = es_keys_new()};
    char path[32];
    const int file = memfd_create("keys", 0);
    assert_non_null(r.keys);
    assert_true(file >= 0);
    assert_int_equal(write(file, bytes, size), size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    r.done = es_keys_read(r.keys, path, &r.found, &r.skipped, &r.error);
    close(file);
    return r;
}

static inline struct reading read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static inline void assert_secret(const struct es_secret *secret, const char *hex)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_hex(&text, secret->bytes, secret->length);
    assert_string_equal(es_text_chars(&text), hex);
    es_text_fini(&text);
}

/* Every prefix, and every one-bit flip: whatever is said of them, reading returns. */
static inline void spoil(const char *text)
{
    const size_t size = strlen(text);
    char *copy = strdup(text);
    assert_non_null(copy);
    for (size_t i = 0; i < size; i++)
        es_keys_free(read_bytes(text, i).keys);
    for (size_t i = 0; i < 8 * size; i++) {
        copy[i / 8] = (char)(copy[i / 8] ^ 1 << i % 8);
        es_keys_free(read_bytes(copy, size).keys);
        copy[i / 8] = text[i / 8];
    }
    free(copy);
}

/* 192.0.2.x and 198.51.100.x as keys hold them. */
#define V4(a, b, c, d)                                                                             \
    {                                                                                              \
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                                       \
    }
static const uint8_t left[16] = V4(192, 0, 2, 1);
static const uint8_t right[16] = V4(198, 51, 100, 1);
static const uint8_t nowhere[16];

#define HEX16 "000102030405060708090a0b0c0d0e0f"
#define HEX20 HEX16 "10111213"
#define HEX24 HEX16 "1011121314151617"
#define HEX32 HEX16 "101112131415161718191a1b1c1d1e1f"
#define HEX36 HEX32 "20212223"
/* Others, to tell directions apart. */
#define ALT16 "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
#define ALT20 ALT16 "e0e1e2e3"
#define ALT24 ALT16 "e0e1e2e3e4e5e6e7"
#define ALT32 ALT16 "e0e1e2e3e4e5e6e7e8e9eaebecedeeef"
#define ALT36 ALT32 "d0d1d2d3"

#endif
