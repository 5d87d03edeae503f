#include "mutate.h"

#include "edge.h"
#include "unit.h"

void mutate_prefixes(const void *bytes, size_t size, mutate_parse *parse)
{
    for (size_t held = 0; held < size; held++) {
        const uint8_t *prefix = edge_place(bytes, held);
        const enum es_fault cut = parse(es_cursor(prefix, held, size));
        if (cut != ES_FAULT_CUT)
            fail_msg("%zu of %zu bytes held: fault %d, not CUT", held, size, cut);
        const enum es_fault lacking = parse(es_cursor(prefix, held, held));
        if (lacking != ES_FAULT_SHORT)
            fail_msg("%zu of %zu bytes on the wire: fault %d, not SHORT", held, size, lacking);
    }
}

static void try_byte(uint8_t *copy, size_t size, size_t at, uint8_t value, mutate_parse *parse)
{
    const uint8_t before = copy[at];
    copy[at] = value;
    parse(es_cursor(edge_place(copy, size), size, size));
    copy[at] = before;
}

void mutate_bytes(const void *bytes, size_t size, mutate_parse *parse)
{
    uint8_t copy[EDGE_BYTES_MAX];
    assert_true(size <= sizeof(copy));
    memcpy(copy, bytes, size);
    for (size_t at = 0; at < size; at++) {
        for (unsigned bit = 0; bit < 8; bit++)
            try_byte(copy, size, at, (uint8_t)(copy[at] ^ 1U << bit), parse);
        try_byte(copy, size, at, 0, parse);
        try_byte(copy, size, at, 0xff, parse);
        try_byte(copy, size, at, (uint8_t)~copy[at], parse);
    }
}
