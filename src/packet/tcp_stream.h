/*
 * IKE and ESP in TCP. RFC 9329: the connecting side sends "IKETCP" once; then each side sends
 * records, a 16-bit length that counts itself, and an IKE message behind the non-ESP marker or an
 * ESP packet.
 */
#ifndef ES_PACKET_TCP_STREAM_H
#define ES_PACKET_TCP_STREAM_H

#include "espial/base.h"
#include "espial/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_TCP_PREFIX_BYTES = 6 };

enum es_tcp_state {
    ES_TCP_SEARCHING, /* no record boundary is known: each segment's start is looked at */
    ES_TCP_OPENED,    /* the stream's first byte comes next, and the prefix with it */
    ES_TCP_ANSWERING, /* the stream's first byte comes next, from the side that sends no prefix */
    ES_TCP_SYNCED,    /* a record starts at the first byte not yet consumed */
};

/* One direction of a connection. */
struct es_tcp_stream {
    enum es_tcp_state state;
    bool prefixed;    /* its side sent "IKETCP" */
    uint8_t *bytes;   /* what waits for the rest of its record; owned */
    size_t held;      /* of those */
    size_t done;      /* in front of those: handed out */
    size_t room;      /* allocated */
    size_t skip;      /* bytes still to come of a record handed out already */
    uint64_t *losses; /* counts each time the record boundary is lost; the decoder's */
};

/* One segment. */
struct es_tcp_segment {
    uint32_t sequence, acknowledgment;
    bool syn, ack, rst;
    struct es_cursor data;
};

/* The data starts with the prefix. */
bool es_tcp_is_prefix(struct es_cursor data);

/* Looks for a record boundary at the start of a segment's data and syncs when there is one. */
bool es_tcp_stream_sync(struct es_tcp_stream *stream, struct es_cursor data);

/*
 * Cuts `data`, the stream's next bytes, into the whole records at its front, which it leaves there,
 * and the beginning of one more. That goes into the stream's own bytes, or, when `data` are those,
 * stays in them. The stream must be compact.
 */
void es_tcp_stream_cut(struct es_tcp_stream *stream, struct es_cursor *data);

/* Drops what was handed out from the stream's own bytes. Ends what borrows them. */
void es_tcp_stream_compact(struct es_tcp_stream *stream);

/* Adds to the stream's own bytes, which are compact. False when no memory is left. */
bool es_tcp_stream_add(struct es_tcp_stream *stream, const uint8_t *bytes, size_t count);

/* The record boundary is not known any more. */
void es_tcp_stream_lose(struct es_tcp_stream *stream);

/* Takes the next record that says something off `records`. False when none is left. */
bool es_tcp_record_next(struct es_cursor *records, struct es_datagram *out);

struct es_tcp_flow;
struct es_walk;

/* All streams: bounded in bytes, the one that was silent longest goes first. */
struct es_tcp_store {
    struct es_table table;      /* of flows, by addresses and ports */
    struct es_tcp_flow *oldest; /* the list; owns the flows */
    struct es_tcp_flow *newest;
    size_t used;                      /* bytes of all flows */
    size_t limit;                     /* the most `used` may become */
    uint64_t *losses;                 /* the decoder's count */
    struct es_decoder_counts *counts; /* the decoder's */
    struct es_cursor ready;  /* whole records of the last segment; borrow the frame or a stream */
    struct es_datagram base; /* what they have in common */
};

void es_tcp_store_init(struct es_tcp_store *store, size_t limit, const uint64_t seed[2],
                       struct es_decoder_counts *counts);
void es_tcp_store_fini(struct es_tcp_store *store);

/* Puts a segment into its stream; what it completes comes from es_tcp_store_next(). */
void es_tcp_store_feed(struct es_walk *walk, struct es_tcp_segment *segment);

/* The next datagram of the segment fed last. False at the end. */
bool es_tcp_store_next(struct es_tcp_store *store, struct es_datagram *out);

#endif
