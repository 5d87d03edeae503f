/*
 * esp: ESP (RFC 4303) and AH (RFC 4302) headers. The hot path: nothing is allocated or copied.
 */
#ifndef ESPIAL_ESP_H
#define ESPIAL_ESP_H

#include "espial/base.h"
#include "espial/crypto/keys.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    ES_ESP_HEADER_BYTES = 8,       /* SPI and sequence number */
    ES_ESP_SPI_RESERVED_MAX = 255, /* 0 is local, 1 to 255 are IANA's: RFC 4303, 2.1 */
};

struct es_esp_packet {
    uint32_t spi;
    uint32_t sequence;   /* low 32 bits; ESN's upper half is never sent */
    uint32_t length;     /* wire bytes from the SPI to the end of the ICV */
    uint8_t next_header; /* AH only */
};

/*
 * Reads the ESP header at the cursor. False when the packet has fewer than 8 bytes; the cursor's
 * fault then says whether the capture or the packet is to blame. RFC 4303, 2.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    +---------------------------------------------------------------+
 *    |               Security Parameters Index (SPI)                 |
 *    +---------------------------------------------------------------+
 *    |                      Sequence Number                          |
 *    +---------------------------------------------------------------+
 *    |                    IV, ciphertext, ICV …                      |
 */
static inline bool es_esp_parse(struct es_cursor *payload, struct es_esp_packet *out)
{
    out->length = (uint32_t)es_wire_left(payload);
    out->spi = es_u32(payload);
    out->sequence = es_u32(payload);
    out->next_header = 0;
    return payload->fault == ES_FAULT_NONE;
}

/* Reads an AH header (RFC 4302, 2). False as above, or for a length field that cannot be. */
bool es_ah_parse(struct es_cursor *payload, struct es_esp_packet *out);

/* --- with keys --- */

struct es_esp_opener;

/*
 * An opener; `keys` is borrowed and may be added to between calls. It remembers the ciphers of the
 * last SAs and, for extended sequence numbers, the upper half. NULL when no memory is left.
 */
struct es_esp_opener *es_esp_opener_new(const struct es_keys *keys, const uint64_t seed[2]);
void es_esp_opener_free(struct es_esp_opener *opener);

/* What was inside an ESP packet. */
struct es_esp_inner {
    uint8_t next_header;      /* IP protocol: 4 or 41 in tunnel mode, 59 for a dummy packet */
    struct es_cursor payload; /* without the ESP padding; borrowed until the next es_esp_open() */
    bool checked;             /* the ICV was checked; else the key file gave no key for that */
    uint32_t sequence_high;   /* upper half of the extended sequence number; 0 without */
};

enum es_esp_opened {
    ES_ESP_NO_KEY,    /* or no algorithm here for it, or the capture did not keep all bytes */
    ES_ESP_OPENED,    /* `out` is filled */
    ES_ESP_WRONG_KEY, /* the ICV does not fit, or what came out cannot be an ESP payload */
};

/*
 * Checks and decrypts the packet whose SPI is at the cursor, sent to `destination` (as es_address).
 * Nothing of `out` is to be relied on but for OPENED. RFC 4303, 2 and 3.4.4.
 */
enum es_esp_opened es_esp_open(struct es_esp_opener *opener, const uint8_t destination[16],
                               struct es_cursor payload, struct es_esp_inner *out);

#endif
