/*
 * Bytes from hexadecimal, as published vectors are printed.
 */
#ifndef TESTS_CRYPTO_HEX_H
#define TESTS_CRYPTO_HEX_H

#include "wire.h"

#include "espial/crypto.h"

#include <stdio.h>

/* Blanks between bytes are skipped. */
static inline struct wire hex(const char *chars)
{
    struct wire wire = {0};
    unsigned byte;
    int taken;
    while (sscanf(chars, " %2x%n", &byte, &taken) == 1) {
        wire_u8(&wire, (uint8_t)byte);
        chars += taken;
    }
    return wire;
}

static inline struct es_bytes bytes_of(const struct wire *wire)
{
    return (struct es_bytes){wire->bytes, wire->length};
}

#endif
