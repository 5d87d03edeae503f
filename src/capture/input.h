/*
 * An input: one file, FIFO or standard input among those of a source, with its stream and its
 * reader. A regular file may be closed while its turn has not come.
 */
#ifndef ESPIAL_CAPTURE_INPUT_H
#define ESPIAL_CAPTURE_INPUT_H

#include "reader.h"
#include "stream.h"

struct es_input {
    struct es_source_file file;       /* what is known of it; file.name is owned */
    uint32_t index;                   /* of `file` in the source; set before opening */
    struct es_source_options options; /* with the bytes of the largest frame filled in */
    struct es_stream stream;
    struct es_reader *reader; /* owned; NULL when not open */
    bool is_read;             /* its frames are asked for: threads may run from now on */
    bool reopens;             /* a regular file: can be closed and opened again */
    bool foreign;             /* it opened, and is empty or no capture at all */
    bool has_head;            /* `head` holds the next frame, or at least its time */
    struct es_frame head;     /* borrowed bytes are only there while open */
};

/* An input of this name, not yet open; NULL without memory. `options` may be NULL. */
struct es_input *es_input_new(const char *name, const struct es_source_options *options);

/* Opens it and finds its format. False with the damage noted. */
bool es_input_open(struct es_input *input);

/* Says that frames are asked for from now on, not only looked at. */
void es_input_begin(struct es_input *input);

/* Reads the next frame into `head`. False at the end; it is then closed. */
bool es_input_advance(struct es_input *input);

/*
 * Opens it and reads its first frame's time into `head`; then closes it where it can be opened
 * again. False when it has no first frame.
 */
bool es_input_preview(struct es_input *input);

void es_input_close(struct es_input *input);
void es_input_free(struct es_input *input);

#endif
