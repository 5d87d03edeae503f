/*
 * What the anonymiser keeps from frame to frame: all of it bounded.
 */
#ifndef ES_COPY_ANONYMIZE_STATE_H
#define ES_COPY_ANONYMIZE_STATE_H

#include "anonymize_walk.h"

#include "espial/esp.h"

enum {
    ES_ANON_STRANGERS = 512, /* addresses that a NAT detection hash is tried with */
    ES_ANON_FRAGMENTS = 256, /* packets in fragments at a time */
    ES_ANON_STREAMS = 1024,  /* TCP streams */
    ES_ANON_FLOWS = 4096,    /* ESP flows whose form is watched */
    ES_ANON_TRIES = 4 << 20, /* hashes tried with addresses of others, in all */
};

/* A piece of something whole that the first pass rewrote. */
struct es_learned_key {
    uint64_t number; /* of the frame */
    uint32_t file;
    uint32_t at; /* where in the frame */
};

struct es_learned {
    struct es_learned_key key; /* first: the table reads it */
    struct es_learned *next;   /* owned */
    size_t size;
    size_t order; /* offset in the whole; IKEv1 fragments: their number, from 1 */
    bool last;
    uint8_t bytes[];
};

enum { ES_ASSEMBLY_PIECES = 128, ES_ANON_ASSEMBLIES = 64, ES_ANON_LEARNED = 1 << 16 };

/* Something whole in the making. */
struct es_assembly {
    struct es_assembly_key key;
    struct es_learned *pieces[ES_ASSEMBLY_PIECES]; /* by order; owned */
    size_t count, size;
    size_t first_order; /* of the piece that came first */
};

/* A packet in fragments: whether what follows its first fragment is encrypted. */
struct es_fragment_verdict {
    struct es_fragment_key key;
    bool sealed, used;
};

/* Where a stream of records (RFC 9329) stands. */
struct es_stream_state {
    uint32_t left; /* bytes of a record still to come, */
    bool fresh;    /* of which none was seen; else */
    bool keep;     /* they stay, being encrypted, */
    bool pieces;   /* or are to be put together with what came of the record */
    uint32_t done; /* bytes of the record seen, */
    uint32_t at;   /* and where in the stream it starts */
};

struct es_stream_key {
    struct es_address source, destination;
    uint16_t source_port, destination_port;
};

enum { ES_STREAM_PAST = 16 };

struct es_anon_stream {
    struct es_stream_key key; /* first: the table reads it */
    bool synced;
    bool opened;   /* its first byte comes next */
    bool prefixed; /* its side sent the prefix */
    uint32_t next; /* sequence number */
    struct es_stream_state state;
    /* How the stream stood at the start of recent segments, for those sent again. */
    struct es_stream_past {
        uint32_t sequence;
        struct es_stream_state state;
    } past[ES_STREAM_PAST];
    size_t past_count; /* all that were put there */
};

/* ESP flows, by SPI and destination. */
struct es_anon_flow_key {
    struct es_address destination;
    uint32_t spi;
};

struct es_anon_flow {
    struct es_anon_flow_key key; /* first: the table reads it */
    struct es_esp_shape shape;
    uint64_t packets;
    uint64_t clear; /* of these, shown not to be encrypted */
};

struct es_anonymizer {
    struct es_address_map *map;           /* owned */
    struct es_namer *namer;               /* owned */
    struct es_anonymizer_options options; /* without the key */
    struct es_anonymizer_counts counts;
    struct es_anonymizer_counts unread; /* where a pass that only learns counts */
    bool learning;
    bool learned_streams; /* streams stand where the last frame learned left them */

    uint8_t *frame; /* the frame being rewritten; owned */
    size_t room;

    struct es_address strangers[ES_ANON_STRANGERS]; /* addresses seen in IP headers */
    size_t stranger_count;
    struct es_table stranger_table;
    uint32_t tries;

    struct es_fragment_verdict fragments[ES_ANON_FRAGMENTS];
    size_t fragment_next;

    struct es_assembly assemblies[ES_ANON_ASSEMBLIES];
    size_t assembly_next;
    struct es_table learned_table; /* of pieces */
    struct es_learned *learned;    /* the list; owns them */
    size_t learned_bytes;

    struct es_table stream_table;   /* of streams */
    struct es_anon_stream *streams; /* owned; ES_ANON_STREAMS */
    struct es_table flow_table;     /* of flows */
    struct es_anon_flow *flows;     /* owned; ES_ANON_FLOWS */
};

/* Frees what anonymize_piece.c keeps. */
void es_pieces_free(struct es_anonymizer *anonymizer);

#endif
