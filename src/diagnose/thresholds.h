/*
 * When something counts as a fault, with the reason for each value. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_THRESHOLDS_H
#define ESPIAL_DIAGNOSE_THRESHOLDS_H

enum {
    /* A request is given up on by no stack within this; captures often end in the middle of one. */
    ES_PATIENCE_S = 5,
    /* Two retransmissions: one lost packet is no outage. */
    ES_UNANSWERED_TRIES = 3,
    /* R-U-THERE has no retransmission: each try is a new one (RFC 3706, 5.5). */
    ES_UNANSWERED_PROBES = 3,

    /* ESP in one direction: fewer packets, or a shorter time, happen in any idle tunnel. */
    ES_ONE_WAY_PACKETS = 10,
    ES_ONE_WAY_SPAN_S = 5,
    /* Only the newest Child SAs of a tunnel: older ones have been replaced, or are forged. */
    ES_ONE_WAY_CHILDREN = 64,
    /* … and this many times longer than any pause before in the same direction of this Child SA. */
    ES_ONE_WAY_FACTOR = 4,
    /* After a rekey both sides move to the new SPIs within this. */
    ES_SWITCHOVER_S = 10,
    /* Probes of a person or a monitor (ping: 1 s) are equally long and no faster than this. */
    ES_PROBE_INTERVAL_MS = 400,
    ES_PROBE_EQUAL_PERCENT = 80,

    /* Fewer packets of one side alone may just not have been answered yet. */
    ES_ONE_SIDED_PACKETS = 5,

    /* A counter this low began about when the capture did. */
    ES_YOUNG_SEQUENCE_MAX = 64,

    /* A Child SA whose last packets are this close to a Delete may be the one that was deleted. */
    ES_STOPPED_GRACE_S = 10,

    /* ESP on a deleted SPI, beyond the grace that the tracker already allows (10 s). */
    ES_STALE_PACKETS = 5,
};

#endif
