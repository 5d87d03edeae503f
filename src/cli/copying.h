/*
 * A capture that is read twice, first to know it, then to write it: what annotate and extract
 * share.
 */
#ifndef ES_CLI_COPYING_H
#define ES_CLI_COPYING_H

#include "analysis.h"
#include "sandbox.h"

#include "espial/copy.h"

struct es_copying_mark;

struct es_copying {
    struct es_options options;      /* as given, but with a pipe's place taken by standard input */
    struct es_analysis analysis;    /* of the first reading */
    struct es_diagnosis *diagnosis; /* owned */
    const char **arguments;         /* owned list */
    struct es_copying_mark *marks;  /* owned; of the inputs, by which a change shows */
    const char *pipe;               /* the input that was kept for the second reading; or NULL */
    int64_t start;                  /* where standard input began */
    bool complained;                /* of an input */
};

/*
 * Checks where it is to be written, reads the capture and diagnoses it. `anonymizer` (NULL: none)
 * is shown each frame. False when there is nothing
 * to go on with: it has complained, and es_copying_close() is not due.
 */
bool es_copying_open(struct es_copying *copying, const struct es_options *options,
                     struct es_anonymizer *anonymizer, enum es_exit *status);

/*
 * Reads the capture again and writes it as `shape` says, of which path, inputs and decoder are
 * filled in here. `counts` is told what was done. With `may_be_empty` a file is written for no
 * packets too.
 */
enum es_exit es_copying_write(struct es_copying *copying, struct es_copy_options *shape,
                              bool may_be_empty, struct es_copy_counts *counts);

void es_copying_close(struct es_copying *copying);

/* True when the file is to be a classic pcap, by its name. */
bool es_copying_is_pcap(const struct es_options *options);

/* A line about what was written, where somebody may read it. */
void es_copying_say(const struct es_options *options, const char *format, ...) ES_PRINTF(2, 3);

#endif
