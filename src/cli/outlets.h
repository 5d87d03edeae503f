/*
 * What a watch puts out besides its lines: metrics, a command for findings, saved evidence.
 */
#ifndef ES_CLI_OUTLETS_H
#define ES_CLI_OUTLETS_H

#include "analysis.h"
#include "sandbox.h"

#include "espial/diagnose/alert.h"

/* Hears what is to be told about the watching itself. */
struct es_say_sink {
    void (*on)(void *context, const char *words);
    void *context;
};

struct es_outlets;

/*
 * Opens what the options ask for: before the interface, and before rights are given up. NULL when
 * something cannot be opened: it has complained, and `status` is set.
 */
struct es_outlets *es_outlets_open(const struct es_options *options, enum es_exit *status);

/* Folders that the options want written in, and sockets; `folder` holds the name of one. */
enum { ES_FOLDER_BYTES = 4096 };
void es_outlets_plan(const struct es_options *options, struct es_sandbox_plan *plan,
                     char folder[ES_FOLDER_BYTES]);

/*
 * Begins, once rights are given up. False when a file could not be made where one is wanted: it
 * has complained.
 */
bool es_outlets_begin(struct es_outlets *outlets, const struct es_analysis *analysis,
                      const struct es_alerts *alerts, const struct es_say_sink *say);

/* A frame, after the pipeline had it. */
void es_outlets_frame(struct es_outlets *outlets, const struct es_frame *frame);

/* What a struct es_alert_sink hears. */
void es_outlets_alert(struct es_outlets *outlets, enum es_alert_kind kind,
                      const struct es_alert *alert, const struct es_finding *finding, es_time now);

/* Does what is due, and never waits. `now`: of the capture, or of the wall clock when live. */
void es_outlets_tick(struct es_outlets *outlets, es_time now);

/* The end of the watching: saves are completed, the metrics are written once more. */
void es_outlets_finish(struct es_outlets *outlets, es_time now);

/* Waits for commands that still run; takes NULL. */
void es_outlets_close(struct es_outlets *outlets);

#endif
