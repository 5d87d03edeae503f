/*
 * Numbers in either byte order: capture files are written in the order of the machine that wrote
 * them. The caller has checked that the bytes are there.
 */
#ifndef ESPIAL_CAPTURE_ORDER_H
#define ESPIAL_CAPTURE_ORDER_H

#include <stdbool.h>
#include <stdint.h>

static inline uint16_t es_order_u16(const uint8_t *b, bool big_endian)
{
    return (uint16_t)(big_endian ? b[0] << 8 | b[1] : b[1] << 8 | b[0]);
}

static inline uint32_t es_order_u32(const uint8_t *b, bool big_endian)
{
    if (big_endian)
        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static inline uint64_t es_order_u64(const uint8_t *b, bool big_endian)
{
    const uint64_t first = es_order_u32(b, big_endian);
    const uint64_t second = es_order_u32(b + 4, big_endian);
    return big_endian ? first << 32 | second : second << 32 | first;
}

#endif
