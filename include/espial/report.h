/*
 * report: what people and programs read. Writers write to a stdio stream and say whether all of it
 * went out; they change nothing they show.
 */
#ifndef ESPIAL_REPORT_H
#define ESPIAL_REPORT_H

#include "espial/diagnose.h"

#include <stdbool.h>
#include <stdio.h>

struct es_report {
    const struct es_model *model;
    const struct es_diagnosis *diagnosis;
    const struct es_source *source; /* names of files, packet counts, damage */
    const struct es_decoder_counts *counts;
    double elapsed_s;       /* wall time of the analysis */
    enum es_severity least; /* findings milder than this are left out */
    uint32_t tunnel;        /* only this one; 0: all */
    bool utc;               /* times in UTC instead of local time */
    bool color;             /* ANSI colours */
    bool utf8;              /* the reader's characters are UTF-8; else ASCII only */
    bool quiet;             /* verdict and findings only */
    unsigned width;         /* columns to wrap at; 0: 80 */
};

/* For a person: verdict, findings, tunnels. False when the stream failed. */
bool es_report_text(const struct es_report *report, FILE *out);

/*
 * JSON lines, version 1. False when the stream failed or memory ran out.
 *
 * What the contract leaves open: a tunnel's `encapsulation` is that of its ESP and AH, absent while
 * none was seen. A Child SA's `spis` are named by the direction between the IKE SA's ends
 * (`initiator_to_responder`, `responder_to_initiator`); where its IKE SA was not seen, by the
 * sender's place in the tunnel's `peers` (`from_first_peer`, `from_second_peer`). `damaged` of
 * several files are joined by "; ". The counts in `summary` are of the tunnels that are shown, of
 * all severities.
 */
bool es_report_json(const struct es_report *report, FILE *out);

/* How many findings of that severity concern what is shown, `least` left aside. */
size_t es_report_count(const struct es_report *report, enum es_severity severity);

/*
 * One `message` record: an IKE message as `show --json` prints it. `source` names the file when
 * there are several; it may be NULL.
 */
bool es_report_message_json(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            FILE *out);

/* The same as one plain line for a person: `show`. */
bool es_report_message_text(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            bool utc, FILE *out);

/* What a rule means, its causes, what to check: `explain ID`. */
bool es_report_rule(const struct es_rule *rule, unsigned width, bool color, FILE *out);

/* The catalogue, a line a rule: `explain`. */
bool es_report_catalogue(bool color, FILE *out);

#endif
