/*
 * Unpacking ahead: a thread unpacks the next piece while the last one is read. At most two pieces
 * are in memory; what they hold is what unpacking without a thread gives.
 */
#ifndef ESPIAL_CAPTURE_UNPACK_AHEAD_H
#define ESPIAL_CAPTURE_UNPACK_AHEAD_H

#include "unpack.h"

enum {
    ES_PIECE_BYTES = 256 << 10,   /* asked of the unpacker at once */
    ES_PIECE_HEADROOM = 64 << 10, /* in front of a piece: room for what is left of the last one */
};

struct es_piece {
    uint8_t *bytes; /* ES_PIECE_HEADROOM more stand before, for whoever takes the piece */
    size_t count;
    enum es_stream_state state; /* of the unpacker after this piece */
    uint64_t read;              /* stored bytes read so far */
};

struct es_ahead;

/*
 * Starts the thread. The unpacker is its alone until es_ahead_end(), but for `error` once a piece
 * has said that it was the last. NULL when there is no memory or no thread to be had: nothing has
 * changed then.
 */
struct es_ahead *es_ahead_start(struct es_unpacker *unpacker);

/*
 * The next piece; waits for it. The one taken before it is still there. A piece that is not
 * FLOWING is the last. NULL when whoever may give up did.
 */
struct es_piece *es_ahead_take(struct es_ahead *ahead);

/* Gives back all pieces but the one taken last. */
void es_ahead_release(struct es_ahead *ahead);

/* Ends the thread, which waits for nothing longer than a moment, and frees all. Takes NULL. */
void es_ahead_end(struct es_ahead *ahead);

#endif
