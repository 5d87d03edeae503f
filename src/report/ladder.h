/*
 * The ladder's parts: ladder.c decides what comes when, the others write it into `line`.
 */
#ifndef ES_REPORT_LADDER_H
#define ES_REPORT_LADDER_H

#include "json_field.h"

#include "espial/report.h"

enum { ES_LADDER_EVENTS_MAX = 64, ES_MERMAID_TUNNELS_MAX = 256, ES_MERMAID_CHARACTERS_MAX = 49000 };

enum es_ink { ES_INK_BOLD, ES_INK_DIM, ES_INK_RED, ES_INK_YELLOW, ES_INK_GREEN, ES_INK_CYAN };

struct es_mermaid {
    uint32_t tunnels[ES_MERMAID_TUNNELS_MAX]; /* numbers of those that were introduced */
    size_t tunnel_count;
    size_t written;    /* characters, */
    size_t limit;      /* and how many of them there may be */
    uint64_t left_out; /* messages and events beyond that */
    bool begun;
};

struct es_ladder {
    struct es_ladder_options options;
    FILE *out;
    struct es_text line;      /* being built; everything else writes to it */
    struct es_text scratch;   /* for a moment */
    struct es_text page;      /* lines that are laid out and go out next */
    struct es_json_line json; /* writes to `page` */
    struct es_json_fields fields;
    struct es_mermaid mermaid;
    const struct es_tunnel *tunnel; /* whose heading stands above */
    struct es_address ends[2];      /* and what it says */
    uint16_t ports[2];
    unsigned name_columns;     /* that a packet's name takes */
    unsigned column;           /* where the words begin */
    uint64_t messages;         /* shown so far */
    struct es_packet_ref last; /* the message before */
    bool started;
    int64_t quarter;      /* the quarter of an hour in which the date was looked at */
    es_time clock_second; /* whose time of day is in `clock` */
    char clock[12];       /* "10:42:05." */
    char date[24];        /* that stands above: "2026-11-23 UTC" */
    struct es_event events[ES_LADDER_EVENTS_MAX]; /* of one packet, for the message it holds */
    size_t event_count;
    uint64_t events_left_out;
    struct es_ike_proposals proposals; /* of the SA payload at hand */
    bool failed;                       /* sticky: no memory, or the stream broke */
};

/* A message with what the tracker made of it. */
struct es_rung {
    const struct es_datagram *datagram;
    const struct es_ike_message *message;
    const struct es_message_view *view; /* never NULL */
    size_t held;                        /* bytes of the message that the capture has */
    bool unanswered;                    /* a request of which is known that no answer came */
    uint64_t abridged; /* bit i: of payload i only the head is at hand, though more was captured */
};

/* A message as it comes from the capture; `view` may be NULL. */
struct es_rung es_rung_of(const struct es_datagram *datagram, const struct es_ike_message *message,
                          const struct es_message_view *view);

/* Shows it: what es_ladder_message() does with one that comes from the capture. */
bool es_ladder_rung(struct es_ladder *ladder, const struct es_rung *rung);

static inline bool es_is_same_packet(const struct es_packet_ref *a, const struct es_packet_ref *b)
{
    return a->number == b->number && a->file == b->file;
}

/* Something between messages that is in words already. */
struct es_ladder_note {
    const struct es_packet_ref *ref;
    uint8_t side;
    bool is_flow; /* packets of a flow: has a direction */
    const char *words;
};

/* ladder.c: storage of the caller's. Without `out` what is written stays in ladder->page. */
void es_ladder_init(struct es_ladder *ladder, const struct es_ladder_options *options, FILE *out);
void es_ladder_fini(struct es_ladder *ladder);

/* ladder_page.c: the line laid out at the page's width, lines but the first `hang` columns in. */
void es_ladder_lay(struct es_ladder *ladder, unsigned hang);
void es_ladder_ink(struct es_ladder *ladder, enum es_ink ink);
void es_ladder_plain(struct es_ladder *ladder);
void es_ladder_add_inked(struct es_ladder *ladder, enum es_ink ink, const char *chars);
/* "ERROR" in its colour. */
void es_ladder_add_severity(struct es_ladder *ladder, enum es_severity severity);
/* Spaces up to this column of the line. */
void es_ladder_pad(struct es_ladder *ladder, unsigned column);
/* "+12ms", "+3m20s": a short span with its sign. */
void es_ladder_add_delta(struct es_text *text, es_time span);
void es_ladder_day(struct es_ladder *ladder, es_time time);
void es_ladder_heading(struct es_ladder *ladder, const struct es_tunnel *tunnel);
/* Number, clock and delta of a packet; the line stands at the arrow's column then. */
void es_ladder_add_moment(struct es_ladder *ladder, const struct es_packet_ref *ref,
                          bool is_message);
/* "->" of a sender's side. */
const char *es_ladder_arrow(const struct es_ladder *ladder, unsigned side);

void es_ladder_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                    const struct es_ladder_note *note);

/* ladder_message.c: the message in a line, without number and time. */
void es_ladder_add_message(struct es_ladder *ladder, const struct es_rung *rung);
/* The parts of that: its exchange and the part it plays in it, "IKE_AUTH 1 request"; what it
 * repeats or answers, " again, #12 +4.0s"; what is in it and wrong with it, " SK(…)". */
void es_ladder_add_title(struct es_ladder *ladder, const struct es_rung *rung);
void es_ladder_add_marks(struct es_ladder *ladder, const struct es_rung *rung);
void es_ladder_add_contents(struct es_ladder *ladder, const struct es_rung *rung);
/* What is sent again at `ref` is rather the same packet, captured twice. */
bool es_ladder_is_copy(const struct es_packet_ref *first, const struct es_packet_ref *ref);

/* ladder_payload.c */
void es_ladder_add_payloads(struct es_ladder *ladder, const struct es_rung *rung);
void es_ladder_add_payload(struct es_ladder *ladder, const struct es_rung *rung,
                           const struct es_ike_payload *payload, bool whole);
void es_ladder_add_sealed(struct es_ladder *ladder, const struct es_rung *rung);
/* ladder_suite.c: "AES_CBC-256/HMAC_SHA2_256_128/…": what an SA payload offers or chooses. */
void es_ladder_add_suite(struct es_ladder *ladder, const struct es_ike_payload *payload,
                         uint8_t major, bool whole);

/* ladder_event.c: an event in words. */
void es_ladder_add_event(struct es_ladder *ladder, const struct es_event *event);

/* ladder_field.c: -v and -V, below the message's line. */
void es_ladder_payloads(struct es_ladder *ladder, const struct es_rung *rung);
void es_ladder_fields(struct es_ladder *ladder, const struct es_rung *rung);
/* Adds "malformed at 60: …" for what is wrong inside payloads. */
void es_ladder_add_faults(struct es_ladder *ladder, const struct es_rung *rung);

/* ladder_end.c: below the last message. */
void es_ladder_end(struct es_ladder *ladder, const struct es_model *model);
/* "ESP c3e2d0fd last of 39 packets, sequence 39": without its direction. */
void es_ladder_add_flow_end(struct es_ladder *ladder, const struct es_flow *flow);

/* A request, or what could be one in IKEv1, where an exchange has `position` messages with it. */
struct es_asked {
    uint8_t major, exchange_type;
    unsigned position;
    uint32_t retransmissions;
    unsigned could_be;
};
/* It wants an answer at all: is not the last of an exchange, nor one of most of IKEv1's others. */
bool es_ladder_wants_answer(const struct es_asked *asked);

/* mermaid.c */
void es_mermaid_rung(struct es_ladder *ladder, const struct es_rung *rung);
void es_mermaid_event(struct es_ladder *ladder, const struct es_event *event);
void es_mermaid_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                     const struct es_ladder_note *note);
void es_mermaid_end(struct es_ladder *ladder);

/* json_message.c: a record, without its line end. */
void es_json_message(struct es_json_fields *fields, const struct es_source *source,
                     const struct es_rung *rung);

#endif
