/*
 * A reader: frames one after the other, from one file, from several merged, or from an interface.
 * Each kind embeds struct es_reader as its first member and brings its operations.
 */
#ifndef ESPIAL_CAPTURE_READER_H
#define ESPIAL_CAPTURE_READER_H

#include "espial/capture/block.h"

struct es_reader;
struct es_stream;

struct es_reader_ops {
    /* As es_source_next(); never called again after ES_STEP_END. */
    enum es_step (*next)(struct es_reader *reader, struct es_frame *out);
    /* As es_source_ahead(). May be absent. */
    bool (*ahead)(struct es_reader *reader, struct es_frame *out);
    /* The name of the interface of the last frame, or NULL. Borrowed. May be absent. */
    const char *(*interface_name)(const struct es_reader *reader, const struct es_frame *frame);
    /* How the file holds the last frame. May be absent. */
    void (*storage)(const struct es_reader *reader, struct es_storage *out);
    /* Frees the reader; its stream belongs to the input. */
    void (*free)(struct es_reader *reader);
};

/* How far beyond the read position a reader has looked. */
struct es_ahead {
    size_t bytes;
    unsigned frames; /* that stand there */
};

struct es_reader {
    const struct es_reader_ops *ops;
    struct es_stream *stream;    /* borrowed; NULL when there is none */
    struct es_source_file *file; /* counters and damage; borrowed from the input */
    uint32_t index;              /* of `file` */
    size_t max_frame;            /* bytes; a frame that claims more is damage */
    struct es_block_sink blocks; /* hears what is no packet; on NULL: nobody */
    uint64_t number;             /* of the last packet met */
    es_time time;                /* of the last frame that had one */
    struct es_ahead ahead;
};

/* The bytes at `place`, which is as far ahead as has been looked; NULL when fewer are in memory. */
const uint8_t *es_reader_look(const struct es_reader *reader, size_t count);

/* A frame's record of `size` bytes was looked at; the record at the read position was stepped over.
 * What is no frame is not looked beyond. */
static inline void es_reader_looked(struct es_reader *reader, size_t size)
{
    reader->ahead.bytes += size;
    reader->ahead.frames++;
}
static inline void es_reader_stepped(struct es_reader *reader, size_t size)
{
    struct es_ahead *ahead = &reader->ahead;
    ahead->bytes = ahead->bytes > size ? ahead->bytes - size : 0;
    ahead->frames = ahead->bytes && ahead->frames ? ahead->frames - 1 : 0;
}

/*
 * Notes the damage of a file, its name in front of the reason; the first damage stays. A long name
 * loses its beginning, never the reason its end.
 */
void es_file_damage(struct es_source_file *file, enum es_error_kind kind, const char *format, ...)
    ES_PRINTF(3, 4);

/*
 * Notes that the stream ended before the `want` bytes of `what` number `number` (0: there is only
 * one) that stand at the read position, or why the stream broke. Nothing is noted when the stream
 * ended just there and `want` is where something new would begin (`may_end`), nor when it was
 * stopped. Always ES_STEP_END.
 */
enum es_step es_reader_cut_off(struct es_reader *reader, const char *what, uint64_t number,
                               size_t want, bool may_end);

/*
 * Open functions of the file readers. `base` says where to read; it is copied. NULL with the
 * file's damage noted.
 */
struct es_reader *es_pcap_read_open(const struct es_reader *base);
struct es_reader *es_pcapng_read_open(const struct es_reader *base);
struct es_reader *es_savefile_open(const struct es_reader *base);

/* The link type as files number it (LINKTYPE_) of libpcap's number (DLT_), and back. */
uint32_t es_link_type_from_dlt(int dlt);
int es_link_type_to_dlt(uint32_t link_type);

#endif
