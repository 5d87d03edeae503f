/*
 * Blocks of pcapng files as they stand there, for who makes another file of them: read beside the
 * frames of a source, and added to a text, changed or as they are. draft-ietf-opsawg-pcapng.
 */
#ifndef ESPIAL_CAPTURE_BLOCK_H
#define ESPIAL_CAPTURE_BLOCK_H

#include "espial/capture.h"

enum es_block_type {
    ES_BLOCK_INTERFACE = 1,
    ES_BLOCK_OBSOLETE_PACKET = 2,
    ES_BLOCK_SIMPLE_PACKET = 3,
    ES_BLOCK_NAMES = 4,
    ES_BLOCK_STATISTICS = 5,
    ES_BLOCK_PACKET = 6,
    ES_BLOCK_SECRETS = 10,
    ES_BLOCK_SECTION = 0x0a0d0d0a,
};

enum { ES_BLOCK_HEADER_BYTES = 8, ES_BLOCK_TRAILER_BYTES = 4 };

enum {
    ES_OPTION_END = 0,
    ES_OPTION_COMMENT = 1,
    ES_OPTION_FLAGS = 2,   /* of a packet */
    ES_OPTION_IF_NAME = 2, /* of an interface */
    ES_OPTION_DROPS = 4,   /* the same: the packets dropped since the one before */
    ES_OPTION_APPLICATION = 4,
    ES_OPTION_IF_RESOLUTION = 9,
    ES_OPTION_IF_FCS = 13,
    ES_OPTION_IF_OFFSET = 14,
};

/*
 * How the file holds the frame that was handed out last: NULL bytes of its block when the file is
 * no pcapng.
 */
struct es_storage {
    struct es_raw_block block;
    uint32_t snaplen;   /* of a file that is no pcapng; bytes, 0: no limit */
    uint8_t resolution; /* the same: 6 or 9, times in units of 10^-6 or 10^-9 s */
    uint8_t fcs; /* the same: bytes of frame check sequence behind each frame; 0: not known */
};

void es_source_storage(const struct es_source *source, const struct es_frame *frame,
                       struct es_storage *out);

/* What is to be different in a block that is added to a text. All zero: nothing. */
struct es_block_change {
    const char *const *comments; /* to be added behind those that it has */
    size_t comment_count;
    bool renumbers; /* a packet, statistics: they are of `interface` */
    uint32_t interface;
    const uint8_t *bytes; /* of a packet: these instead of its own; NULL: its own */
    size_t held;          /* that many of them */
    bool bare;            /* without options that say more than how to read it */
};

/*
 * Adds a block in the byte order that is asked for. False, and nothing is added, when that is not
 * the block's own and nobody knows what stands in it, or when it is no whole block.
 */
bool es_block_add(struct es_text *text, bool big_endian, const struct es_raw_block *block,
                  const struct es_block_change *change);

/* Adds a section header with these comments. */
void es_block_add_section(struct es_text *text, bool big_endian, const char *const *comments,
                          size_t count);

/* Adds an interface. `name` may be NULL. */
void es_block_add_interface(struct es_text *text, bool big_endian, uint32_t link_type,
                            const struct es_storage *storage, const char *name);

/* A packet to be added: what an enhanced packet block says. */
struct es_block_packet {
    uint32_t interface;
    uint64_t ticks; /* in the interface's resolution, since 1970 */
    const uint8_t *bytes;
    size_t held, wire;
    enum es_direction direction;
    const char *const *comments;
    size_t comment_count;
    const struct es_text *options; /* more of them, ready in that byte order; NULL: none */
};
void es_block_add_packet(struct es_text *text, bool big_endian,
                         const struct es_block_packet *packet);

/*
 * Adds statistics of an interface that say when its capture ended, and nothing else. `description`
 * is the interface's own block as it was written. False, and nothing is added, when its times
 * cannot tell.
 */
bool es_block_add_end(struct es_text *text, const struct es_raw_block *description,
                      uint32_t interface, es_time end);

/* The byte order of this machine. */
bool es_order_is_big(void);

#endif
