/*
 * MPLS label stacks. RFC 3032; the control word of pseudowires, RFC 4385.
 */
#include "layer.h"

/*
 *    |                Label (20)             | TC  |S|   TTL (8)     |
 *
 * What lies below the last label is told by no field: an IP version, or the zero nibble of a
 * control word, which Ethernet follows.
 */
enum es_layer es_mpls_layer(struct es_walk *walk)
{
    enum { BOTTOM_OF_STACK = 0x100, CONTROL_WORD_BYTES = 4 };
    static const uint8_t below[16] = {
        [0] = ES_LAYER_ETHERNET,
        [4] = ES_LAYER_IPV4,
        [6] = ES_LAYER_IPV6,
    };
    struct es_cursor *c = &walk->cursor;
    uint32_t entry = 0;
    while (!c->fault && !(entry & BOTTOM_OF_STACK))
        entry = es_u32(c);
    struct es_cursor look = *c;
    const uint8_t nibble = es_u8(&look) >> 4;
    c->fault = look.fault;
    if (c->fault)
        return es_walk_fault(walk, "MPLS");
    walk->guessed = true;
    if (nibble == 0)
        es_skip(c, CONTROL_WORD_BYTES);
    return (enum es_layer)below[nibble];
}
