/*
 * Ethernet II, VLAN tags, IEEE 802.3 with LLC and SNAP.
 */
#include "layer.h"
#include "numbers.h"

enum {
    ETHERNET_BYTES = 14,
    ADDRESSES_BYTES = 12,
    LLC_BYTES = 3,
    LLC_UNNUMBERED = 0x03,
    LLC_SNAP = 0xaa,
    LLC_IP = 0x06,
    VLAN_TAGS_MAX = 4,
};

static const struct {
    uint16_t ethertype;
    uint16_t layer;
} carried[] = {
    {ES_ETHERTYPE_IPV4,          ES_LAYER_IPV4    },
    {ES_ETHERTYPE_IPV6,          ES_LAYER_IPV6    },
    {ES_ETHERTYPE_MPLS,          ES_LAYER_MPLS    },
    {ES_ETHERTYPE_MPLS_UPSTREAM, ES_LAYER_MPLS    },
    {ES_ETHERTYPE_PPPOE,         ES_LAYER_PPPOE   },
    {ES_ETHERTYPE_PPP,           ES_LAYER_PPP     },
    {ES_ETHERTYPE_ETHERNET,      ES_LAYER_ETHERNET},
};

static bool is_vlan(uint16_t ethertype)
{
    static const uint16_t tags[] = {ES_ETHERTYPE_VLAN, ES_ETHERTYPE_VLAN_AD, ES_ETHERTYPE_VLAN_OLD1,
                                    ES_ETHERTYPE_VLAN_OLD2, ES_ETHERTYPE_VLAN_OLD3};
    for (size_t i = 0; i < ES_COUNT(tags); i++)
        if (ethertype == tags[i])
            return true;
    return false;
}

enum es_layer es_ethertype_layer(uint16_t ethertype)
{
    for (size_t i = 0; i < ES_COUNT(carried); i++)
        if (carried[i].ethertype == ethertype)
            return (enum es_layer)carried[i].layer;
    return ES_LAYER_NONE;
}

/* Steps over VLAN tags; false when there are too many, or the frame ends within one. */
static bool step_over_tags(struct es_walk *walk, uint16_t *ethertype)
{
    struct es_cursor *c = &walk->cursor;
    for (unsigned tags = 0; is_vlan(*ethertype); tags++) {
        if (tags == VLAN_TAGS_MAX)
            return false;
        es_u16(c); /* priority and VLAN */
        *ethertype = es_u16(c);
        if (c->fault) {
            es_walk_fault(walk, "VLAN");
            return false;
        }
    }
    return true;
}

/*
 *    |   DSAP (8)    |   SSAP (8)    |  Control (8)  | OUI (24), for |
 *    | SNAP only                     |           Ethertype           |
 *
 * What SNAP names is an ethertype, never a length: LLC does not lie in LLC.
 */
enum es_layer es_llc_walk(struct es_walk *walk)
{
    struct es_cursor *c = &walk->cursor;
    const uint8_t *llc = es_take(c, LLC_BYTES);
    if (!llc) {
        walk->cut = c->fault == ES_FAULT_CUT;
        return ES_LAYER_NONE;
    }
    if (llc[2] != LLC_UNNUMBERED)
        return ES_LAYER_NONE;
    if (llc[0] == LLC_IP)
        return ES_LAYER_IP;
    if (llc[0] != LLC_SNAP)
        return ES_LAYER_NONE;
    const uint32_t organisation = (uint32_t)es_u8(c) << 16 | es_u16(c);
    uint16_t ethertype = es_u16(c);
    if (c->fault)
        return es_walk_fault(walk, "SNAP");
    return organisation == 0 && step_over_tags(walk, &ethertype) ? es_ethertype_layer(ethertype)
                                                                 : ES_LAYER_NONE;
}

enum es_layer es_ethertype_walk(struct es_walk *walk, uint16_t ethertype)
{
    struct es_cursor *c = &walk->cursor;
    if (!step_over_tags(walk, &ethertype))
        return ES_LAYER_NONE;
    if (ethertype < ES_ETHERTYPE_MIN) { /* a length, without padding */
        if (ethertype < es_wire_left(c))
            *c = es_sub(c, ethertype);
        return es_llc_walk(walk);
    }
    return es_ethertype_layer(ethertype);
}

enum es_layer es_ethernet_layer(struct es_walk *walk)
{
    const uint8_t *header = es_take(&walk->cursor, ETHERNET_BYTES);
    if (ES_UNLIKELY(!header))
        return es_walk_fault(walk, "Ethernet");
    const uint16_t ethertype =
        (uint16_t)(header[ADDRESSES_BYTES] << 8 | header[ADDRESSES_BYTES + 1]);
    if (ES_LIKELY(ethertype == ES_ETHERTYPE_IPV4))
        return ES_LAYER_IPV4;
    return es_ethertype_walk(walk, ethertype);
}
