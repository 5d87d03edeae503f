/*
 * report: what people and programs read. Writers write to a stdio stream and say whether all of it
 * went out; they change nothing they show.
 */
#ifndef ESPIAL_REPORT_H
#define ESPIAL_REPORT_H

#include "espial/diagnose.h"
#include "espial/diagnose/alert.h"
#include "espial/diagnose/vendor.h"

#include <stdbool.h>
#include <stdio.h>

/* How far the keys went that the user gave. */
struct es_report_keys {
    uint64_t ike_opened, ike_closed, ike_wrong; /* encrypted IKE messages: read; without keys; with
                                                   keys that do not fit */
    uint64_t esp_opened, esp_closed, esp_wrong; /* ESP packets */
};

struct es_chronicle;

struct es_report {
    const struct es_model *model;
    struct es_diagnosis *diagnosis;
    const struct es_source *source; /* names of files, packet counts, damage */
    const struct es_decoder_counts *counts;
    const struct es_report_keys *keys;    /* NULL: no keys were given */
    const struct es_chronicle *chronicle; /* IKE messages that were kept; NULL: none */
    double elapsed_s;                     /* wall time of the analysis */
    enum es_severity least;               /* findings milder than this are left out */
    uint32_t tunnel;                      /* only this one; 0: all */
    bool utc;                             /* times in UTC instead of local time */
    bool color;                           /* ANSI colours */
    bool utf8;                            /* the reader's characters are UTF-8; else ASCII only */
    bool quiet;                           /* verdict and findings only */
    unsigned width;                       /* columns to wrap at; 0: 80 */
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

/*
 * One HTML page that needs nothing else: verdict, findings, tunnels with their pictures. It is
 * added to `out` and bounded: what is folded away in a large capture, it says. False when memory
 * ran out.
 */
bool es_report_html(const struct es_report *report, struct es_text *out);

/*
 * A text in Markdown, for a ticket: verdict, findings, tunnels, and the ladders of those in
 * question as Mermaid's text, of what the chronicle kept. Bounded to what a comment on GitHub may
 * hold. False when the stream failed or memory ran out.
 */
bool es_report_markdown(const struct es_report *report, FILE *out);

/* How many findings of that severity concern what is shown, `least` left aside. */
size_t es_report_count(const struct es_report *report, enum es_severity severity);

/*
 * One `message` record: an IKE message as `show --json` prints it, without what only a tracker
 * knows. `source` names the file when there are several; it may be NULL.
 */
bool es_report_message_json(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            FILE *out);

/* The same as one plain line for a person. */
bool es_report_message_text(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            bool utc, FILE *out);

/*
 * A ladder: messages and the events between them, in capture order, written as they come. JSON
 * holds the messages only; Mermaid is the text of a sequence diagram, which stops at a length that
 * its readers still draw and says how much is missing.
 */
enum es_ladder_form { ES_LADDER_TEXT, ES_LADDER_JSON, ES_LADDER_MERMAID };

/* How much of a message a text shows: a line, a line for each payload too, or every field. */
enum es_ladder_detail { ES_LADDER_MESSAGES, ES_LADDER_PAYLOADS, ES_LADDER_FIELDS };

struct es_ladder_options {
    enum es_ladder_form form;
    enum es_ladder_detail detail;   /* of TEXT only */
    const struct es_source *source; /* names files; NULL: there is one */
    uint32_t tunnel;                /* only this one; 0: all, and what is outside any */
    bool utc, color, utf8;          /* as in struct es_report */
    unsigned width;                 /* columns to wrap at; 0: a message is one line */
};

struct es_ladder;

/* `options` is copied, what it points to and `out` are borrowed. NULL when no memory is left. */
struct es_ladder *es_ladder_new(const struct es_ladder_options *options, FILE *out);
void es_ladder_free(struct es_ladder *ladder);

/* Takes an event; those of one packet come before the message that it holds and are shown below
 * it. Shaped for struct es_event_sink. */
void es_ladder_event(void *ladder, const struct es_event *event);

/* The tracker is about to forget: what waits is shown now. Shaped for struct es_event_sink. */
void es_ladder_forget(void *ladder);

/* Takes a message; `view` may be NULL. False when the stream or memory failed: stop then. */
bool es_ladder_message(struct es_ladder *ladder, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view);

/*
 * Ends the ladder: what still waits, the last packet of each flow, requests that nobody answered.
 * False when the stream or memory failed.
 */
bool es_ladder_finish(struct es_ladder *ladder, const struct es_model *model);

/*
 * A ticker: what happens, a line or a JSON record as it happens. Each is flushed, for its reader
 * may be a pipe. JSON: `event` records, whose `event` is an event's name or, for the end of a
 * finding, "finding-ended"; and `finding` records, whose `state` is "begins" or "changes".
 */
struct es_ticker_options {
    const struct es_source *source; /* names files; NULL: there is one */
    uint32_t tunnel;                /* only this one; 0: all */
    bool json, utc, color, utf8;
    bool quiet; /* findings only */
};

struct es_ticker;

/* `options` is copied, what it points to and `out` are borrowed. NULL when no memory is left. */
struct es_ticker *es_ticker_new(const struct es_ticker_options *options, FILE *out);
void es_ticker_free(struct es_ticker *ticker);

/* Shaped for struct es_event_sink. */
void es_ticker_event(void *ticker, const struct es_event *event);

/* What a struct es_alert_sink hears. */
void es_ticker_alert(struct es_ticker *ticker, enum es_alert_kind kind,
                     const struct es_alert *alert, const struct es_finding *finding, es_time now);

/* Something about the watching itself, at `now`: "interface eth0 is down". */
void es_ticker_say(struct es_ticker *ticker, const char *words, es_time now);

/* False once the stream or memory failed: stop then. */
bool es_ticker_is_sound(const struct es_ticker *ticker);

/*
 * One finding as a record, as triage --json prints it, with this `state` unless it is NULL. False
 * when the stream or memory failed.
 */
bool es_report_finding_json(const struct es_finding *finding, const char *state,
                            const struct es_source *source, FILE *out);

/*
 * Metrics: what a watch has counted, as a text that Prometheus reads (exposition format 0.0.4).
 * Counters never go down while a watch lasts, whatever the tracker had to forget. ESP is counted by
 * the addresses of a pair of peers and a direction; so many pairs have series of their own, those
 * of established tunnels first, and the rest is one series with "other" for both addresses.
 */
struct es_metrics;

/* `pairs`: the most that have series of their own; `seed`: for the hash table. NULL when no memory
 * is left. */
struct es_metrics *es_metrics_new(size_t pairs, const uint64_t seed[2]);
void es_metrics_free(struct es_metrics *metrics);

/* A number that whoever watches has counted itself. */
struct es_metric {
    const char *name; /* whole, as in "espial_ring_saves_total" */
    const char *help;
    bool counter; /* else a gauge */
    uint64_t value;
};

/* What stands in the text; everything is borrowed for the call, and all but `model` may be NULL. */
struct es_metrics_facts {
    const struct es_model *model;
    const struct es_alerts *alerts;
    const struct es_decoder_counts *counts;
    const struct es_source *source;
    const struct es_metric *more;
    size_t more_count;
    es_time started; /* when the watch began, of the wall clock */
};

/* Takes stock and adds the text. text->failed when no memory was left for it. */
void es_metrics_write(struct es_metrics *metrics, const struct es_metrics_facts *facts,
                      struct es_text *text);

/*
 * A screen: tunnels on a terminal, as they are and as they change. It takes over the terminal on
 * standard input and output until it is freed; whoever feeds it writes to neither meanwhile.
 */
struct es_screen_options {
    const char *name;               /* what is watched: an interface, a file */
    const struct es_source *source; /* names files; NULL: there is one */
    enum es_severity least;         /* milder findings are passed over */
    uint32_t tunnel;                /* only this one; 0: all */
    uint64_t speed;                 /* of a file: this many times as fast as it was; 0: at once */
    bool live;                      /* an interface: pausing stops the picture, not the reading */
    bool utc, color, utf8;
};

struct es_screen;

/* `options` is copied, what it points to is borrowed. NULL with `error` filled when the terminal
 * cannot show a screen, or no memory is left; the terminal is as it was then. */
struct es_screen *es_screen_new(const struct es_screen_options *options, struct es_error *error);

/* Gives the terminal back as it was; takes NULL. */
void es_screen_free(struct es_screen *screen);

/* What happens: shaped for struct es_event_sink, es_message_sink and es_alert_sink. */
void es_screen_event(void *screen, const struct es_event *event);
void es_screen_message(void *screen, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view);
void es_screen_alert(struct es_screen *screen, enum es_alert_kind kind,
                     const struct es_alert *alert, const struct es_finding *finding, es_time now);

/* Something about the watching itself, at `now`. */
void es_screen_say(struct es_screen *screen, const char *words, es_time now);

/* How things stand, for the screen to take over what it shows. Nothing of it is kept. */
struct es_screen_sight {
    const struct es_model *model;
    struct es_diagnosis *diagnosis;
    const struct es_decoder_counts *counts;
    es_time now;  /* the capture's time */
    es_time wall; /* of a clock that never goes back: sorting is done once in its second */
    bool ended;   /* a file: all of it was read */
};
void es_screen_sight(struct es_screen *screen, const struct es_screen_sight *sight);

/* What the person at the keys wants of whoever feeds the screen. */
enum es_screen_wish {
    ES_SCREEN_GOES_ON,
    ES_SCREEN_SIGHT, /* es_screen_sight() at once: a tunnel was opened */
    ES_SCREEN_QUIT
};

/* Waits up to `wait_ms` for keys, obeys them, and draws what changed. */
enum es_screen_wish es_screen_turn(struct es_screen *screen, int wait_ms);

/* A file is not to be played on; of an interface the picture stands still by itself. */
bool es_screen_is_paused(const struct es_screen *screen);

/* The bytes that bring the terminal back, for a program that ends without es_screen_free(). How
 * many of them there are. */
size_t es_screen_farewell(const struct es_screen *screen, char *bytes, size_t capacity);

/* What a rule means, its causes, what to check: `explain ID`. `vendor` ES_VENDOR_NONE: what to
 * look at on all of them; else on that one. */
bool es_report_rule(const struct es_rule *rule, enum es_vendor vendor, unsigned width, bool color,
                    FILE *out);

/* The thresholds, each with its value, bounds and reason. False when not all could be written. */
bool es_report_thresholds(unsigned width, bool color, FILE *out);

/* The catalogue, a line a rule: `explain`. */
bool es_report_catalogue(bool color, FILE *out);

#endif
