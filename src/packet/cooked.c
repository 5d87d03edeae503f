/*
 * Linux cooked captures (the "any" interface): versions 1 and 2.
 */
#include "layer.h"
#include "numbers.h"

enum {
    PACKET_OUTGOING = 4,   /* sent by the capturing host */
    PACKET_TO_HOST = 0,    /* sent to it */
    PROTOCOL_802_3 = 0x01, /* in place of an ethertype: a frame without LLC */
    PROTOCOL_LLC = 0x04,
};

/* The capture may not tell the direction of a frame where the cooked header does. */
static void learn_direction(struct es_walk *walk, unsigned packet_type)
{
    if (walk->out->direction != ES_DIRECTION_UNKNOWN)
        return;
    if (packet_type == PACKET_OUTGOING)
        walk->out->direction = ES_DIRECTION_OUT;
    else if (packet_type == PACKET_TO_HOST)
        walk->out->direction = ES_DIRECTION_IN;
}

static enum es_layer carried(struct es_walk *walk, uint16_t protocol)
{
    if (protocol == PROTOCOL_LLC)
        return es_llc_walk(walk);
    return protocol < ES_ETHERTYPE_MIN ? ES_LAYER_NONE : es_ethertype_walk(walk, protocol);
}

/*
 *    |          Packet type          |         ARPHRD_ type          |
 *    |        Address length         |                               |
 *    |                      Address (8 bytes)                        |
 *    |                               |           Protocol            |
 */
enum es_layer es_sll_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    const uint16_t packet_type = es_u16(c);
    es_take(c, 12);
    const uint16_t protocol = es_u16(c);
    if (c->fault)
        return es_walk_fault(walk, "SLL");
    learn_direction(walk, packet_type);
    return carried(walk, protocol);
}

/*
 *    |           Protocol            |           Reserved            |
 *    |                       Interface index                         |
 *    |         ARPHRD_ type          |  Packet type  | Address length|
 *    |                      Address (8 bytes)                        |
 */
enum es_layer es_sll2_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    const uint16_t protocol = es_u16(c);
    es_take(c, 8);
    const uint8_t packet_type = es_u8(c);
    es_take(c, 9);
    if (c->fault)
        return es_walk_fault(walk, "SLL2");
    learn_direction(walk, packet_type);
    return carried(walk, protocol);
}
