/*
 * Messages built field by field, big-endian.
 */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include <stddef.h>
#include <stdint.h>

enum { WIRE_BYTES_MAX = 8192 };

struct wire {
    uint8_t bytes[WIRE_BYTES_MAX];
    size_t length;
};

void wire_u8(struct wire *wire, uint8_t number);
void wire_u16(struct wire *wire, uint16_t number);
void wire_u32(struct wire *wire, uint32_t number);
void wire_u64(struct wire *wire, uint64_t number);
void wire_bytes(struct wire *wire, const void *bytes, size_t count);

/* `count` bytes of the same value. */
void wire_fill(struct wire *wire, uint8_t value, size_t count);

/* Writes over the two bytes at `at`: lengths that are known at the end. */
void wire_patch_u16(struct wire *wire, size_t at, size_t number);

/* Writes over the four bytes at `at`. */
void wire_patch_u32(struct wire *wire, size_t at, size_t number);

#endif
