/*
 * One reading of packets or of a file, as espial reads: decoded, tracked, diagnosed, reported in
 * text and JSON, shown as a ladder. What it cost is measured, and what was printed looked at.
 */
#ifndef TESTS_MUTATE_READING_H
#define TESTS_MUTATE_READING_H

#include "packets.h"

struct reading {
    struct es_pipeline *pipeline;   /* owned */
    struct es_diagnosis *diagnosis; /* owned */
    size_t packets, bytes;
    double seconds;     /* of CPU time */
    size_t memory;      /* bytes allocated at the end, beyond those before */
    size_t output;      /* bytes printed */
    const char *unsafe; /* what was printed and must not be; NULL: nothing */
};

struct reading_worst {
    double seconds;
    size_t memory, output;
};

/* Findings about tunnels: their ids, peers and amount of evidence, in order. */
struct reading_story {
    char *text; /* owned */
    size_t findings;
    struct es_address peers[64];
    size_t peer_count;
};

/* Names what comes next, for a crash. */
void reading_announce(const char *capture, const char *way, uint64_t round);

/* `tight`: from 1 on, so little memory that the tracker has to forget. */
void reading_of_packets(struct reading *reading, const struct packets *packets, uint64_t tight);
void reading_of_file(struct reading *reading, const char *path);
void reading_fini(struct reading *reading);

/* False with the reason. */
bool reading_is_bounded(const struct reading *reading, struct reading_worst *worst, char *why,
                        size_t size);

void reading_tell(const struct reading *reading, struct reading_story *story);
void reading_story_fini(struct reading_story *story);

/* The findings about the story's peers are still these. */
bool reading_keeps(const struct reading *reading, const struct reading_story *story);

#endif
