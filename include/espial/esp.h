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

/* --- without keys: what lengths and IVs say of the cipher --- */

enum es_esp_cipher {
    ES_ESP_CIPHER_UNKNOWN,
    ES_ESP_CIPHER_NULL,    /* not encrypted: RFC 2410, or RFC 4543 */
    ES_ESP_CIPHER_COUNTER, /* AEAD or counter mode: the IV counts, or lengths fit no block */
    ES_ESP_CIPHER_CBC_128, /* blocks of 16 bytes: AES-CBC, Camellia-CBC */
    ES_ESP_CIPHER_CBC_64,  /* blocks of 8 bytes: 3DES, Blowfish, CAST */
};

enum {
    ES_SHAPE_LENGTHS = 8,   /* different lengths remembered */
    ES_SHAPE_FIRST = 64,    /* packets of a flow that are looked at, */
    ES_SHAPE_EVERY = 64,    /* and then two together in every so many */
    ES_SHAPE_ICV_SIZES = 4, /* of 12, 16, 24 and 32 bytes */
};

/* Lengths and first bytes of some packets of one flow. All zero: none yet. */
struct es_esp_shape {
    uint64_t iv;       /* the eight bytes behind the header, of the packet looked at last, */
    uint32_t sequence; /* and its number */
    uint16_t residues; /* bit i: a length behind the header was i modulo 16 */
    uint16_t lengths[ES_SHAPE_LENGTHS];
    uint8_t length_count;
    uint8_t samples;         /* packets looked at; stays at 255 */
    uint8_t iv_pairs;        /* neighbours whose first bytes were compared; stays at 255, */
    uint8_t iv_counters;     /* those of them whose first bytes differ as their numbers do */
    uint8_t iv_same;         /* and those that begin with the same bytes */
    uint8_t clear_samples;   /* packets that could be held against a clear trailer */
    uint8_t clear_icv_sizes; /* bit i: all of those end like clear text in front of that ICV */
};

/* Looks at one packet whose SPI is at the cursor. True when it has the first bytes of the one
 * looked at before, which has the number before. */
bool es_esp_shape_add(struct es_esp_shape *shape, const struct es_esp_packet *packet,
                      struct es_cursor payload);

/* What a shape can be. */
struct es_esp_plausible {
    enum es_esp_cipher cipher;
    uint8_t icv; /* bytes; 0: not known. 16 stands for 32 too, which has the same lengths */
    bool sure;   /* it would take a rare chance for this to be something else */
};

struct es_esp_plausible es_esp_judge(const struct es_esp_shape *shape);

/* "AES-CBC with a 12-byte ICV", …; NULL for one that is not known. Static. */
const char *es_esp_plausible_name(const struct es_esp_plausible *plausible);

/* --- the room that ESP leaves --- */

/* Bytes that a suite adds to what it carries. */
struct es_esp_overhead {
    uint8_t iv, block, icv; /* block: what payload, padding and its two trailing bytes fill up */
};

/* Of negotiated transforms (IKEv2 numbers; `integ` 0: none). False for an unknown algorithm. */
bool es_esp_overhead_of(uint16_t encr, uint16_t integ, struct es_esp_overhead *out);

/* Of what lengths and IVs tell; where they leave it open, of the larger of the usual suites. */
struct es_esp_overhead es_esp_overhead_like(const struct es_esp_plausible *plausible);

/*
 * The largest inner packet (tunnel mode) whose ESP fits into an outer IP packet of `mtu` bytes,
 * `outer` of which are the outer headers in front of the SPI: 20 or 40 for IP, 8 for UDP. 0 when
 * none does. RFC 4303, 2.4: payload, padding and trailer end on a multiple of 4 bytes at least.
 */
uint32_t es_esp_inner_mtu(const struct es_esp_overhead *overhead, uint32_t mtu, uint32_t outer);

/* False when ESP with this suite can never have `length` bytes from the SPI on. */
bool es_esp_length_fits(const struct es_esp_overhead *overhead, uint32_t length);

/* --- with keys --- */

struct es_esp_opener;

/*
 * An opener; `keys` is borrowed and may be added to between calls. It remembers the ciphers of the
 * last SAs and, for extended sequence numbers, the upper half. NULL when no memory is left.
 */
struct es_esp_opener *es_esp_opener_new(const struct es_keys *keys, const uint64_t seed[2]);
void es_esp_opener_free(struct es_esp_opener *opener);

/* Times that the system had no memory for an SA. */
uint64_t es_esp_opener_unkept(const struct es_esp_opener *opener);

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
