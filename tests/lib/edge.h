/*
 * Input whose last byte touches an unmapped page: reading one byte too many crashes, sanitizer or
 * not.
 */
#ifndef TESTS_EDGE_H
#define TESTS_EDGE_H

#include <stddef.h>
#include <stdint.h>

enum { EDGE_BYTES_MAX = 64 * 1024 };

/* A copy of `size` bytes at the edge; lives until the next call. */
const uint8_t *edge_place(const void *bytes, size_t size);

#endif
