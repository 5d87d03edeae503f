#include "wire.h"

#include <assert.h>
#include <string.h>

static void number_put(struct wire *wire, uint64_t number, size_t size)
{
    assert(wire->length + size <= WIRE_BYTES_MAX);
    for (size_t i = size; i-- > 0; number >>= 8)
        wire->bytes[wire->length + i] = (uint8_t)number;
    wire->length += size;
}

void wire_u8(struct wire *wire, uint8_t number)
{
    number_put(wire, number, 1);
}

void wire_u16(struct wire *wire, uint16_t number)
{
    number_put(wire, number, 2);
}

void wire_u32(struct wire *wire, uint32_t number)
{
    number_put(wire, number, 4);
}

void wire_u64(struct wire *wire, uint64_t number)
{
    number_put(wire, number, 8);
}

void wire_bytes(struct wire *wire, const void *bytes, size_t count)
{
    assert(wire->length + count <= WIRE_BYTES_MAX);
    if (count)
        memcpy(wire->bytes + wire->length, bytes, count);
    wire->length += count;
}

void wire_fill(struct wire *wire, uint8_t value, size_t count)
{
    assert(wire->length + count <= WIRE_BYTES_MAX);
    memset(wire->bytes + wire->length, value, count);
    wire->length += count;
}

void wire_patch_u16(struct wire *wire, size_t at, size_t number)
{
    const size_t end = wire->length;
    wire->length = at;
    wire_u16(wire, (uint16_t)number);
    wire->length = end;
}

void wire_patch_u32(struct wire *wire, size_t at, size_t number)
{
    const size_t end = wire->length;
    wire->length = at;
    wire_u32(wire, (uint32_t)number);
    wire->length = end;
}
