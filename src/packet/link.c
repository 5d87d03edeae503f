/*
 * Link types: which layer a capture's frames start with, and the small ones themselves.
 * Numbers: https://www.tcpdump.org/linktypes.html
 */
#include "layer.h"

enum { LINK_TYPES = 280 };

static const uint8_t layer_of[LINK_TYPES] = {
    [0] = ES_LAYER_NULL,            /* BSD loopback, in the host's byte order */
    [1] = ES_LAYER_ETHERNET,        /* EN10MB */
    [9] = ES_LAYER_PPP,             /* PPP */
    [12] = ES_LAYER_IP,             /* DLT_RAW as some systems write it */
    [14] = ES_LAYER_IP,             /* the same on OpenBSD */
    [50] = ES_LAYER_PPP_HDLC,       /* PPP in HDLC-like framing, or Cisco HDLC */
    [51] = ES_LAYER_PPPOE,          /* PPPoE without Ethernet */
    [101] = ES_LAYER_IP,            /* RAW */
    [104] = ES_LAYER_CISCO_HDLC,    /* C_HDLC */
    [108] = ES_LAYER_NULL,          /* LOOP: the same in network byte order */
    [109] = ES_LAYER_ENC,           /* OpenBSD enc(4) */
    [113] = ES_LAYER_SLL,           /* LINUX_SLL */
    [117] = ES_LAYER_PFLOG,         /* OpenBSD pflog(4) */
    [166] = ES_LAYER_PPP_DIRECTION, /* PPP_PPPD: a direction byte, then PPP */
    [204] = ES_LAYER_PPP_DIRECTION, /* PPP_WITH_DIR */
    [228] = ES_LAYER_IPV4,          /* IPV4 */
    [229] = ES_LAYER_IPV6,          /* IPV6 */
    [239] = ES_LAYER_NFLOG,         /* Linux NFLOG */
    [276] = ES_LAYER_SLL2,          /* LINUX_SLL2 */
};

/* Address families as the systems number them: AF_INET is 2 everywhere, AF_INET6 is not. */
static enum es_layer family_layer(uint32_t family)
{
    static const struct {
        uint32_t family;
        enum es_layer layer;
    } families[] = {
        {2,  ES_LAYER_IPV4},
        {10, ES_LAYER_IPV6}, /* Linux */
        {24, ES_LAYER_IPV6},
        {28, ES_LAYER_IPV6}, /* NetBSD and OpenBSD, FreeBSD */
        {30, ES_LAYER_IPV6}, /* macOS */
    };
    for (size_t i = 0; i < ES_COUNT(families); i++)
        if (families[i].family == family)
            return families[i].layer;
    return ES_LAYER_NONE;
}

/* A family of either byte order: whoever reads does not know the host that wrote. */
static uint32_t family_value(uint32_t read)
{
    return read > 0xffff ? __builtin_bswap32(read) : read;
}

enum es_layer es_link_layer(uint32_t link_type)
{
    return link_type < LINK_TYPES ? (enum es_layer)layer_of[link_type] : ES_LAYER_NONE;
}

enum es_layer es_null_layer(struct es_walk *walk)
{
    const uint32_t family = family_value(es_u32(&walk->cursor));
    return walk->cursor.fault ? es_walk_fault(walk, "loopback") : family_layer(family);
}

/*
 *    |                  Address family (host order)                  |
 *    |                              SPI                              |
 *    |                             Flags                             |
 */
enum es_layer es_enc_layer(struct es_walk *walk)
{
    const uint32_t family = family_value(es_u32(&walk->cursor));
    es_take(&walk->cursor, 8);
    return walk->cursor.fault ? es_walk_fault(walk, "enc") : family_layer(family);
}

/*
 *    |    Length     |Address family |    Action     |    Reason     |
 *    |  … Length bytes in all, padded to four                        |
 */
enum es_layer es_pflog_layer(struct es_walk *walk)
{
    struct es_cursor header = walk->cursor;
    const uint8_t length = es_u8(&header);
    const uint8_t family = es_u8(&header);
    walk->cursor.fault = header.fault;
    if (header.fault || !es_skip(&walk->cursor, (length + 3U) & ~3U))
        return es_walk_fault(walk, "pflog");
    return family_layer(family);
}

/*
 *    |Address family |    Version    |          Resource ID          |
 *    |   Length (host order)         |     Type (host order)         |
 *    |   Value, padded to four …                                     |
 */
enum es_layer es_nflog_layer(struct es_walk *walk)
{
    enum { HEADER = 4, TYPE_PAYLOAD = 9, TYPE_MASK = 0x7fff };
    struct es_cursor *c = &walk->cursor;
    const uint8_t family = es_u8(c);
    es_take(c, 3);
    while (es_more(c)) {
        const uint8_t *tlv = es_take(c, HEADER);
        if (!tlv)
            break;
        /* The host's byte order is not recorded; almost all are little-endian. */
        const size_t length = (size_t)(tlv[1] << 8 | tlv[0]);
        const unsigned type = (unsigned)(tlv[3] << 8 | tlv[2]) & TYPE_MASK;
        if (length < HEADER)
            return es_walk_refuse(walk, "NFLOG");
        if (type == TYPE_PAYLOAD) {
            es_walk_narrow(walk, length - HEADER, "NFLOG");
            return family_layer(family);
        }
        es_skip(c, (length - HEADER + 3) & ~(size_t)3);
    }
    return c->fault ? es_walk_fault(walk, "NFLOG") : ES_LAYER_NONE;
}

enum es_layer es_ip_layer(struct es_walk *walk)
{
    struct es_cursor look = walk->cursor;
    const uint8_t version = es_u8(&look) >> 4;
    if (look.fault) {
        walk->cursor.fault = look.fault;
        return es_walk_fault(walk, "IP");
    }
    return version == 6 ? ES_LAYER_IPV6 : ES_LAYER_IPV4;
}
