/*
 * PPP and PPPoE sessions, Cisco HDLC. RFC 1661, RFC 1662, RFC 2516.
 */
#include "layer.h"
#include "numbers.h"

enum {
    ALL_STATIONS = 0xff,
    UNNUMBERED = 0x03,
    CISCO_UNICAST = 0x0f,
    CISCO_MULTICAST = 0x8f,
    COMPRESSED = 0x01, /* a protocol in one byte is odd */
};

static const struct {
    uint16_t protocol;
    uint16_t layer;
} carried[] = {
    {0x0021, ES_LAYER_IPV4},
    {0x0057, ES_LAYER_IPV6},
    {0x0281, ES_LAYER_MPLS},
};

/* Address and control may be there or not, the protocol may be one byte or two. */
enum es_layer es_ppp_layer(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    uint16_t protocol = es_u8(c);
    if (protocol == ALL_STATIONS) {
        es_u8(c);
        protocol = es_u8(c);
    }
    if (!(protocol & COMPRESSED))
        protocol = (uint16_t)(protocol << 8 | es_u8(c));
    if (c->fault)
        return es_walk_fault(walk, "PPP");
    for (size_t i = 0; i < ES_COUNT(carried); i++)
        if (carried[i].protocol == protocol)
            return (enum es_layer)carried[i].layer;
    return ES_LAYER_NONE;
}

/* pppd writes 0 for received and 1 for sent in front of the packet. */
enum es_layer es_ppp_direction_layer(struct es_walk *walk)
{
    const uint8_t sent = es_u8(&walk->cursor);
    if (walk->cursor.fault)
        return es_walk_fault(walk, "PPP");
    if (walk->out->direction == ES_DIRECTION_UNKNOWN)
        walk->out->direction = sent ? ES_DIRECTION_OUT : ES_DIRECTION_IN;
    return ES_LAYER_PPP;
}

enum es_layer es_cisco_hdlc_layer(struct es_walk *walk)
{
    es_u16(&walk->cursor);
    const uint16_t ethertype = es_u16(&walk->cursor);
    return walk->cursor.fault ? es_walk_fault(walk, "HDLC") : es_ethertype_layer(ethertype);
}

enum es_layer es_ppp_hdlc_layer(struct es_walk *walk)
{
    struct es_cursor look = walk->cursor;
    const uint8_t address = es_u8(&look);
    return address == CISCO_UNICAST || address == CISCO_MULTICAST ? ES_LAYER_CISCO_HDLC
                                                                  : ES_LAYER_PPP;
}

/*
 *    |  VER  | TYPE  |     CODE      |          SESSION_ID           |
 *    |            LENGTH             |            payload            |
 */
enum es_layer es_pppoe_layer(struct es_walk *walk)
{
    enum { VERSION_AND_TYPE = 0x11, SESSION_DATA = 0 };
    struct es_cursor *c = &walk->cursor;
    const uint8_t version = es_u8(c);
    const uint8_t code = es_u8(c);
    es_u16(c);
    const uint16_t length = es_u16(c);
    if (c->fault)
        return es_walk_fault(walk, "PPPoE");
    if (version != VERSION_AND_TYPE || code != SESSION_DATA)
        return ES_LAYER_NONE;
    es_walk_narrow(walk, length, "PPPoE");
    return ES_LAYER_PPP;
}
