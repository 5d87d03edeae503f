/*
 * copy: packets on to another file. All of a capture with comments at the evidence, or what belongs
 * to a tunnel, an SA, a finding cut out of it, or that with other addresses.
 *
 * The capture is read twice: first as for a report, which gives tracker and diagnosis; then each
 * frame is given to es_copy_frame(), and the blocks between them to es_copy_blocks().
 */
#ifndef ESPIAL_COPY_H
#define ESPIAL_COPY_H

#include "espial/capture/block.h"
#include "espial/diagnose.h"
#include "espial/track/tracker.h"

/* --- comments --- */

struct es_notes;

/*
 * Comments for the evidence of all findings of a severity of at least `least` and what hangs below
 * them, and for the capture as a whole: its verdict and its findings. `tunnel` 0: of all tunnels.
 * NULL when no memory is left. Keeps nothing of the diagnosis.
 */
struct es_notes *es_notes_new(const struct es_diagnosis *diagnosis, enum es_severity least,
                              uint32_t tunnel);
void es_notes_free(struct es_notes *notes);

/* How many comments there are on packets, and about the whole. */
size_t es_notes_count(const struct es_notes *notes);
const char *const *es_notes_about(const struct es_notes *notes, size_t *count);

/* The comments on a packet. Those of one file are to be asked for in their order. */
const char *const *es_notes_of(struct es_notes *notes, const struct es_packet_ref *ref,
                               size_t *count);

/* --- selection --- */

enum { ES_WISHES_MAX = 64 };

/* What is wanted: of each kind one of those named, and that of all kinds that are named. */
struct es_wishes {
    uint64_t tunnels[ES_WISHES_MAX];
    size_t tunnel_count;
    const char *ike_sas[ES_WISHES_MAX]; /* a number, or one of its SPIs: 16 hex digits */
    size_t ike_sa_count;
    uint32_t spis[ES_WISHES_MAX]; /* of ESP and AH */
    size_t spi_count;
    const char *findings[ES_WISHES_MAX]; /* ids */
    size_t finding_count;
    struct es_address peers[ES_WISHES_MAX];
    size_t peer_count;
    const char *from, *to; /* moments, see es_moment_parse(); NULL: unbounded */
    bool utc;              /* moments without a zone are UTC, not local time */
    es_time context;       /* kept of ESP before and after what a finding is made of */
};

bool es_wishes_are_none(const struct es_wishes *wishes);

/*
 * A moment of a capture that begins at `first`: RFC 3339 ("2026-11-27T14:03:20.5Z", without a zone
 * local time, or UTC), a clock time of the day on which the capture begins ("14:03:20"), or seconds
 * since its beginning ("12.5", "+12.5"). False when it is none of these.
 */
bool es_moment_parse(const char *chars, es_time first, bool utc, es_time *out);

struct es_selection;

/*
 * Finds what is wanted in a capture that was read. It borrows tracker and diagnosis. NULL with
 * `error` filled: kind USAGE when a wish cannot be, NONE when it can and this capture has nothing
 * of it.
 */
struct es_selection *es_selection_new(const struct es_wishes *wishes,
                                      const struct es_tracker *tracker,
                                      const struct es_diagnosis *diagnosis, struct es_error *error);
void es_selection_free(struct es_selection *selection);

/* True when the moment is wanted, whatever else is. */
bool es_selection_in_time(const struct es_selection *selection, es_time time);

/* When what is selected ends, in a capture that ends at `end`. */
es_time es_selection_end(const struct es_selection *selection, es_time end);

/* True when the datagram is wanted. The hot path: looks things up, and that is all. */
bool es_selection_has(const struct es_selection *selection, const struct es_datagram *datagram);

/* The same for a TCP segment of which it is only known between whom it was. */
bool es_selection_has_segment(const struct es_selection *selection,
                              const struct es_datagram *segment);

/* True when the frame is evidence of a finding that is wanted. Asked in each file's order. */
bool es_selection_has_evidence(struct es_selection *selection, const struct es_packet_ref *ref);

/* --- the copy --- */

struct es_anonymizer;

struct es_copy_options {
    const char *path;  /* "-": standard output */
    bool pcap;         /* a classic pcap file, which needs one link type and has no comments */
    bool nanoseconds;  /* such a file: times in ns, else in us */
    size_t file_count; /* inputs */
    struct es_selection *selection; /* borrowed; NULL: all frames, and all blocks between them */
    struct es_notes *notes;         /* borrowed; NULL: none */
    const char *const *comments;    /* about the whole, after those of `notes`; borrowed */
    size_t comment_count;
    bool numbers;      /* a comment with the number that a packet had */
    es_time end;       /* of the capture: a selection says that it went on until then */
    uint32_t snap_esp; /* bytes kept of each ESP packet, from its SPI on; 0: all */
    struct es_anonymizer *anonymizer;  /* borrowed; NULL: addresses stay */
    struct es_decoder_options decoder; /* as in the first reading */
};

struct es_copy_counts {
    uint64_t frames;      /* given */
    uint64_t written;     /* of these, written */
    uint64_t cut;         /* of these, cut by snap_esp */
    uint64_t comments;    /* on packets */
    uint64_t uncommented; /* comments on packets whose blocks can have none */
    uint64_t given_up;    /* fragments left out since nobody knows what they are of */
    uint64_t blocks_lost; /* of unknown contents and another byte order, or too large */
};

struct es_copy;

/*
 * Begins the file, which takes its name when the copy is closed. NULL with `error` filled when it
 * cannot be made. `options` is copied.
 */
struct es_copy *es_copy_new(const struct es_copy_options *options, struct es_error *error);

/* Where the source of the second reading is to send its blocks. */
struct es_block_sink es_copy_blocks(struct es_copy *copy);

/*
 * Takes a frame that `source` has just handed out. False with `error` filled when it cannot be
 * written: discard the copy then.
 */
bool es_copy_frame(struct es_copy *copy, const struct es_source *source,
                   const struct es_frame *frame, struct es_error *error);

/* Writes out what still waits. To be called once, after the last frame. */
bool es_copy_finish(struct es_copy *copy, struct es_error *error);

const struct es_copy_counts *es_copy_counts(const struct es_copy *copy);

/* Gives the file its name and frees the copy. False with `error` filled: then there is no file. */
bool es_copy_close(struct es_copy *copy, struct es_error *error);

/* Frees the copy and removes what it wrote; takes NULL. */
void es_copy_discard(struct es_copy *copy);

#endif
