/*
 * TCP segments of a client on a port of its own and a server on port 4500, and RFC 9329's records.
 */
#ifndef TESTS_PACKET_SEGMENTS_H
#define TESTS_PACKET_SEGMENTS_H

#include "frames.h"

enum { CLIENT_PORT = 50123, SYN = 2, RST = 4, ACK = 16 };

enum side { CLIENT, SERVER };

static inline struct wire segment_of(enum side side, uint32_t sequence, uint8_t flags,
                                     const void *data, size_t count)
{
    struct wire w = {.length = 0};
    put_ipv4(&w, 6);
    if (side == SERVER) {
        memcpy(w.bytes + 12, BOB, 4);
        memcpy(w.bytes + 16, ALICE, 4);
    }
    wire_u16(&w, side == CLIENT ? CLIENT_PORT : 4500);
    wire_u16(&w, side == CLIENT ? 4500 : CLIENT_PORT);
    wire_u32(&w, sequence);
    wire_u32(&w, 0);
    wire_u8(&w, 0x50);
    wire_u8(&w, flags);
    wire_fill(&w, 0, 6);
    wire_bytes(&w, data, count);
    end_ipv4(&w, 0);
    return w;
}

static inline void put_ike_record(struct wire *w)
{
    wire_u16(w, 2 + 4 + IKE_BYTES);
    wire_u32(w, 0);
    put_ike(w);
}

static inline void put_esp_record(struct wire *w, uint32_t spi)
{
    wire_u16(w, 2 + ESP_BYTES);
    wire_u32(w, spi);
    wire_fill(w, 0x5a, ESP_BYTES - 4);
}

#endif
