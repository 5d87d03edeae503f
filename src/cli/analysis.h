/*
 * A capture being read, from opening it to the complaints at the end: what triage and show share.
 */
#ifndef ES_CLI_ANALYSIS_H
#define ES_CLI_ANALYSIS_H

#include "options.h"

#include "espial/copy/anonymize.h"
#include "espial/pipeline.h"
#include "espial/report/chronicle.h"

struct es_analysis {
    struct es_source *source;         /* owned */
    struct es_pipeline *pipeline;     /* owned */
    struct es_anonymizer *anonymizer; /* borrowed: learns from each frame; NULL: none */
    struct es_keys *keys;             /* owned; NULL: none were given */
    struct es_chronicle *chronicle;   /* owned; NULL: no report wants the messages afterwards */
    struct es_message_sink messages;  /* who else wants them, */
    struct es_event_sink events;      /* and the events, when they are kept */
    double elapsed_s;                 /* that reading took */
};

/*
 * Opens what the options name. Either sink may be NULL. False when there is nothing to read: it has
 * complained.
 */
bool es_analysis_open(struct es_analysis *analysis, const struct es_options *options,
                      const struct es_message_sink *messages, const struct es_event_sink *events,
                      enum es_exit *status);

/* How an interface is to be opened. `out` borrows from the options. */
void es_analysis_live_options(const struct es_options *options, struct es_live_options *out);

/* Reads to the end, to the packet limit, to Ctrl-C, or until `enough` (may be NULL) is set. */
void es_analysis_read(struct es_analysis *analysis, const struct es_options *options,
                      const bool *enough);

/*
 * Ctrl-C and SIGTERM end the reading, a second one the program. es_analysis_read() catches them;
 * who reads in another way calls the first, and asks the second.
 */
void es_analysis_catch_signals(void);
bool es_analysis_is_interrupted(void);
void es_analysis_forget_signal(void);

/* Diagnoses and writes the report that the options ask for: text or JSON. */
enum es_exit es_analysis_conclude(const struct es_analysis *analysis,
                                  const struct es_options *options);

/* Every input is damaged and none gave a packet. */
bool es_analysis_is_void(const struct es_analysis *analysis);

/* A line for each damaged input; true when there was one. Standard output is flushed before. */
bool es_analysis_complain(const struct es_analysis *analysis);

void es_analysis_close(struct es_analysis *analysis);

#endif
