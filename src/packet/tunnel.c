/*
 * Tunnels around: GRE, IP in IP (which needs no header of its own), VXLAN, GTP-U.
 */
#include "layer.h"
#include "numbers.h"

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |C| |K|S|     Reserved    | Ver |         Protocol Type         |
 *    |      Checksum (optional)      |      Reserved1 (optional)     |
 *    |                         Key (optional)                        |
 *    |                   Sequence Number (optional)                  |
 *    |        Acknowledgment Number (version 1, optional: A)         |
 *
 * RFC 2784, RFC 2890; RFC 2637 for version 1, which carries PPP.
 */
enum es_layer es_gre_layer(struct es_walk *walk)
{
    enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000, ACK = 0x0080 };
    enum { VERSION_MASK = 7, VERSION_PPTP = 1, WORD = 4 };
    struct es_cursor *c = &walk->cursor;
    const uint16_t flags = es_u16(c);
    const uint16_t protocol = es_u16(c);
    const unsigned version = flags & VERSION_MASK;
    const unsigned present =
        flags & (CHECKSUM | KEY | SEQUENCE | (version == VERSION_PPTP ? ACK : 0));
    const size_t words = (size_t)__builtin_popcount(present);
    es_take(c, words * WORD);
    if (c->fault)
        return es_walk_fault(walk, "GRE");
    es_clear_see(walk, true);
    /* Source routes (RFC 1701) are of the past. */
    if (version > VERSION_PPTP || (flags & ROUTING))
        return ES_LAYER_NONE;
    return es_ethertype_walk(walk, protocol);
}

enum es_layer es_ip_in_ip_layer(struct es_walk *walk)
{
    es_clear_see(walk, true);
    return es_ipv4_layer(walk);
}

enum es_layer es_ip_in_ipv6_layer(struct es_walk *walk)
{
    es_clear_see(walk, true);
    return es_ipv6_layer(walk);
}

/*
 *    |R|R|R|R|I|R|R|R|            Reserved                           |
 *    |                VXLAN Network Identifier       |   Reserved    |
 *
 * RFC 7348, 5.
 */
enum es_layer es_vxlan_layer(struct es_walk *walk)
{
    enum { FLAG_I = 0x08, REST = 7 };
    const uint8_t flags = es_u8(&walk->cursor);
    es_take(&walk->cursor, REST);
    if (walk->cursor.fault)
        return es_walk_fault(walk, "VXLAN");
    return flags & FLAG_I ? ES_LAYER_ETHERNET : ES_LAYER_NONE;
}

/*
 *    | Ver |P|*|E|S|N| Message Type  |            Length             |
 *    |                 Tunnel Endpoint Identifier                    |
 *    |  Sequence Number (opt.)       | N-PDU (opt.)  | Next ext. type|
 *
 * 3GPP TS 29.281, 5. The last row is there when any of E, S, N is set; extension headers count
 * their length in words.
 */
enum es_layer es_gtpu_layer(struct es_walk *walk)
{
    enum { VERSION_MASK = 0xf0, VERSION_1_GTP = 0x30, ANY_OPTION = 0x07, EXTENSION = 0x04 };
    enum { USER_DATA = 255, WORD = 4 };
    struct es_cursor *c = &walk->cursor;
    const uint8_t flags = es_u8(c);
    const uint8_t type = es_u8(c);
    es_u16(c);
    es_u32(c);
    uint8_t next = 0;
    if (flags & ANY_OPTION) {
        es_take(c, 3);
        next = es_u8(c);
    }
    while ((flags & EXTENSION) && next != 0) {
        const size_t words = es_u8(c);
        if (words == 0)
            break;
        es_take(c, words * WORD - 2);
        next = es_u8(c);
    }
    if (c->fault)
        return es_walk_fault(walk, "GTP-U");
    const bool sound = !(flags & EXTENSION) || next == 0;
    const bool data = (flags & VERSION_MASK) == VERSION_1_GTP && type == USER_DATA;
    return sound && data ? ES_LAYER_IP : ES_LAYER_NONE;
}
