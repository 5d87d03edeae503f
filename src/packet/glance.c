/*
 * A glance at a frame that is not due yet: where its flow would be found.
 */
#include "espial/packet.h"

#include "layer.h"
#include "numbers.h"

enum {
    ETHERNET = 14,
    IPV4_LEAST = 20,
    UDP = 8,
    ESP = 8,
    LEAST = ETHERNET + IPV4_LEAST + UDP + ESP
};

static uint32_t u16(const uint8_t *b)
{
    return (uint32_t)b[0] << 8 | b[1];
}

static uint32_t u32(const uint8_t *b)
{
    return u16(b) << 16 | u16(b + 2);
}

bool es_glance(const struct es_frame *frame, struct es_glance *out)
{
    const uint8_t *at = frame->bytes;
    if (frame->held < LEAST)
        return false;
    if (es_link_layer(frame->link_type) == ES_LAYER_ETHERNET) {
        if (u16(at + 12) != ES_ETHERTYPE_IPV4)
            return false;
        at += ETHERNET;
    }
    const uint8_t *payload = at + IPV4_LEAST;
    const bool is_plain = at[0] == 0x45 && (u16(at + 6) & 0x3fff) == 0;
    if (!is_plain)
        return false;
    if (at[9] == ES_IP_UDP) {
        if (u16(payload) != ES_PORT_NATT && u16(payload + 2) != ES_PORT_NATT)
            return false;
        payload += UDP;
    } else if (at[9] != ES_IP_ESP) {
        return false;
    }
    out->destination = es_address_v4(at + 16);
    out->spi = u32(payload);
    return out->spi != 0;
}
