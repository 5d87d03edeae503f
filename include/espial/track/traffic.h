/*
 * What the packets of one flow look like: their sequence numbers, their pace, and what was out of
 * the ordinary.
 */
#ifndef ESPIAL_TRACK_TRAFFIC_H
#define ESPIAL_TRACK_TRAFFIC_H

#include "espial/capture.h"
#include "espial/esp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Packets of one kind, counted with the first and the last. `count` 0: none, refs are void. */
struct es_tally {
    uint64_t count;
    struct es_packet_ref first, last;
};

/*
 * How far behind the highest number a late packet came, in classes by the usual sizes of replay
 * windows: below 32, 64, 128, 1024, and beyond. A window of W drops all that are W or more behind
 * (RFC 4303, 3.4.3).
 */
enum {
    ES_LATE_BELOW_32,
    ES_LATE_BELOW_64,
    ES_LATE_BELOW_128,
    ES_LATE_BELOW_1024,
    ES_LATE_BEYOND,
    ES_LATE_CLASSES
};

/* What came behind a higher number, or began to count anew. */
struct es_disorder {
    uint64_t reordered;         /* packets that came after a higher one, duplicates excepted */
    uint64_t duplicates;        /* packets seen before, as far as the window remembers */
    uint64_t resets;            /* times the counter started again */
    uint64_t lost_before_reset; /* lost in the counters before the last reset */
    uint64_t late_by[ES_LATE_CLASSES]; /* of `reordered`, by how late */
    uint32_t latest;                   /* the most that one was behind */
    uint32_t latest_before;            /* `latest` before the last run of ancient numbers */
};

/* Sequence numbers of a flow, extended to 64 bits. RFC 4303, 2.2 and 3.4.3, appendix A. */
enum { ES_SEQUENCE_WINDOW = 256 };
struct es_sequence {
    uint64_t first; /* the first one seen */
    uint64_t highest;
    uint64_t skipped;  /* numbers that were never sent, or while nothing was captured */
    uint64_t base;     /* first of the counter in use */
    uint64_t unique;   /* different numbers seen since then */
    uint32_t late;     /* the last number that fell out of the window, */
    uint32_t late_run; /* and how many such came in a row, one after the other */
    uint64_t window[ES_SEQUENCE_WINDOW / 64]; /* bit i of the ring: number i mod window was seen */
    struct es_disorder *disorder;             /* NULL: none; see es_sequence_disorder() */
};

/* That of a flow; all zero when it has none. */
const struct es_disorder *es_sequence_disorder(const struct es_sequence *sequence);

/* Numbers between the first and the highest that never came. */
uint64_t es_sequence_lost(const struct es_sequence *sequence);

/* Those of them that the window has left behind: they will hardly come any more. */
uint64_t es_sequence_lost_for_good(const struct es_sequence *sequence);

/* Late packets that a replay window of this many numbers drops: 32, 64, 128 or 1024. */
uint64_t es_sequence_dropped_by(const struct es_sequence *sequence, unsigned window);

/*
 * Fingerprints of the last packets of a flow, by number, and of its first ones: to tell whether a
 * number that comes again is the same packet. 0: none, or the capture did not keep its end.
 */
enum { ES_PRINTS = 8, ES_FIRST_PRINTS = 4 };
struct es_prints {
    uint32_t recent[ES_PRINTS];
    uint32_t when[ES_PRINTS]; /* their times, in some 16 microseconds */
    uint32_t first[ES_FIRST_PRINTS];
};

/* Full-size packets that are sent again and again, each time after about twice the pause before:
 * how TCP sends a segment that nobody acknowledges (RFC 6298, 5.5). */
struct es_backoff {
    es_time pause;         /* before the last one */
    uint32_t length;       /* ESP bytes */
    uint32_t run;          /* pauses in a row that doubled */
    uint32_t large_before; /* large packets of the flow before them */
    bool dont_fragment;    /* the packets may not be fragmented */
    struct es_packet_ref first, last;
};

/* Bytes of ESP from which a packet counts as large: it would not fit a path of 1024 bytes. */
enum { ES_LARGE_BYTES = 1000 };

/* What was out of the ordinary in a flow. Allocated when the first such thing happens. */
struct es_irregular {
    struct es_disorder disorder; /* of its sequence numbers */
    uint32_t after_delete;       /* packets later than the grace after the Child SA's deletion, */
    struct es_packet_ref after_delete_first; /* the first of them */
    struct es_packet_ref rewrapped; /* the first in another encapsulation than those before */
    struct es_tally gaps;           /* times that numbers were jumped over that had not come */
    uint64_t longest_gap;           /* numbers, */
    struct es_packet_ref longest_gap_ref;
    struct es_tally skips; /* gaps that are no loss: see es_sequence.skipped */
    uint64_t longest_skip; /* of the jumps of the counter itself; 0: the capture paused only */
    struct es_packet_ref longest_skip_ref;
    struct es_tally late;            /* packets behind a higher one, */
    struct es_packet_ref worst_late; /* and the one most behind */
    struct es_tally copies;  /* the same packet again at once: the capture may have seen it twice */
    struct es_tally repeats; /* the same packet again, later */
    struct es_tally reused;  /* the same number on another packet */
    uint32_t reused_last;    /* the last of those numbers, */
    uint32_t reused_run;     /* and how many such came one after the other */
    uint64_t reused_highest; /* the highest number meanwhile */
    struct es_tally resets;
    uint64_t reset_from;             /* the highest number before the last reset */
    struct es_packet_ref wrapped;    /* the first packet behind 2^32 */
    uint64_t packets_wrapped;        /* packets of the flow until then */
    struct es_tally odd_lengths;     /* no cipher has them: RFC 4303, 2.4 */
    uint32_t odd_length;             /* the first of those */
    struct es_tally same_ivs;        /* packets that begin with the bytes of the one before */
    struct es_tally hops;            /* changes of the TTL */
    uint8_t hops_from, hops_to;      /* of the first change */
    struct es_tally fragmented;      /* packets in IP fragments, */
    struct es_tally completed;       /* and those of which all came */
    uint32_t fragment_bytes;         /* the longest first fragment, IP header included, */
    uint32_t whole_bytes;            /* and the longest whole packet */
    struct es_tally failed;          /* with keys: packets that they did not open */
    struct es_backoff backoff;       /* in progress, */
    struct es_backoff worst_backoff; /* and the longest there was */
};

/*
 * ESP packets of one direction of a Child SA with nothing coming back: open runs grow, a packet of
 * the other direction ends them. RFC 4303 has no answers, so a run alone is no fault; a run far
 * longer than any before it is the mark of a direction gone silent.
 */
struct es_run {
    uint64_t packets;           /* of the run in progress; 0: none */
    struct es_packet_ref first; /* its first and last packet */
    struct es_packet_ref last;
    uint64_t longest_packets; /* the most packets that a finished run had, */
    es_time longest_span;     /* and the longest time that one took */
};

/* Packets per bucket of time; the bucket's width doubles when the buckets run out. */
enum { ES_TIMELINE_BUCKETS = 32 };
struct es_timeline {
    es_time start;  /* of the first bucket */
    es_time width;  /* of a bucket, ns */
    uint32_t *wide; /* the buckets, when one outgrew those below, which are void then; or NULL */
    uint16_t counts[ES_TIMELINE_BUCKETS];
};

static inline uint32_t es_timeline_count(const struct es_timeline *timeline, size_t bucket)
{
    return timeline->wide ? timeline->wide[bucket] : timeline->counts[bucket];
}

/*
 * Packets of one length at an even pace in one direction of a Child SA, as monitors and pings send
 * them, and whether they are answered: by a packet of the same length before the next one is due.
 */
struct es_monitor {
    uint32_t length;      /* of the ESP packets looked at; 0: none yet */
    uint32_t beats;       /* of them, those that came one period after the one before */
    uint32_t misses;      /* those that did not */
    uint32_t answered;    /* of them, those answered */
    uint32_t followed;    /* since the last answer: those that the next packet came back to, */
    uint32_t replies;     /* and those right behind a packet of the other peer */
    bool waits;           /* the last one has not been followed yet, */
    bool asks;            /* nor answered */
    es_time period, last; /* what the beats are held against; time of the last packet, */
    es_time looked;       /* and when another length was last thought of */
    es_time beat_sum;     /* of the beats, to give the mean */
    struct es_packet_ref first;
    struct es_tally unanswered; /* since the last answer */
};

#endif
