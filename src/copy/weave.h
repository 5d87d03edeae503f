/*
 * The form of the file that is made: which sections, interfaces and packets stand in it.
 */
#ifndef ES_COPY_WEAVE_H
#define ES_COPY_WEAVE_H

#include "espial/copy.h"

/* What is known of an input: the interfaces of its present section, as they are numbered in OUT. */
struct es_weave_input {
    uint32_t *numbers; /* owned */
    size_t count, capacity;
    bool has_plain;         /* frames that no interface description is for have one now: */
    uint32_t plain;         /* its number, */
    uint8_t plain_decimals; /* and how fine its times are: 6 or 9 */
};

struct es_weave {
    const struct es_copy_options *options; /* borrowed */
    struct es_weave_input *inputs;         /* owned; options->file_count */
    bool begun;                            /* a section or a file header was written */
    bool verbatim;                         /* the only input is pcapng: as it is there */
    bool big_endian;                       /* of what is written */
    uint32_t interface_count;              /* that were written, when not verbatim */
    struct es_text first; /* the description of interface 0 of what is written, as it is there */
    uint32_t link_type;   /* of a pcap file, once begun */
    uint64_t comments, uncommented, blocks_lost;
};

/* False without memory. `options` stays where it is. */
bool es_weave_init(struct es_weave *weave, const struct es_copy_options *options);
void es_weave_fini(struct es_weave *weave);

/* A block that is no packet. False without memory. */
bool es_weave_block(struct es_weave *weave, const struct es_raw_block *block, struct es_text *out);

/* What goes with a frame. */
struct es_weave_notes {
    const char *const *comments;
    size_t count;
    bool cut; /* it has fewer bytes than in the input */
};

/*
 * A frame, as `source` has handed it out, but with the bytes of `frame` where these are others
 * (`changed`). False with `error` filled when this file cannot have it.
 */
bool es_weave_frame(struct es_weave *weave, const struct es_source *source,
                    const struct es_frame *frame, bool changed, const struct es_weave_notes *notes,
                    struct es_text *out, struct es_error *error);

/*
 * What the last packets do not tell: that the capture went on until `end`. In pcapng only. Makes
 * the file whole where there was no packet.
 */
void es_weave_end(struct es_weave *weave, es_time end, struct es_text *out);

#endif
