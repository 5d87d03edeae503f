/*
 * The chronicle: what reports that come after the last packet need to know of the IKE messages and
 * events of each tunnel. It is filled while the capture is read and keeps the first and the last of
 * a tunnel; what lies between is folded when there is too much of it, liveness checks that were
 * answered first, what nobody answered last. A fold remembers how many it holds and from when to
 * when. Nothing in it points into the model: tunnels that are forgotten may stand in it longer.
 */
#ifndef ESPIAL_REPORT_CHRONICLE_H
#define ESPIAL_REPORT_CHRONICLE_H

#include "espial/ike.h"
#include "espial/track.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_chronicle_kind { ES_CHRONICLE_MESSAGE, ES_CHRONICLE_EVENT, ES_CHRONICLE_FOLD };

/* What came of a message. Only es_chronicle_finish() knows UNANSWERED and REFUSED. */
enum es_chronicle_answer {
    ES_ANSWER_NONE,      /* it wants none: a response, a copy, an IKEv1 notify; or not known yet */
    ES_ANSWER_CAME,      /* in `answered_by` */
    ES_ANSWER_REFUSED,   /* IKEv1: an Informational refused it */
    ES_ANSWER_UNANSWERED /* until the capture's end */
};

struct es_chronicle_message {
    struct es_ike_header header;
    bool is_response;
    bool refuses; /* a response with an error notify, or a lone notify */
    bool encrypted, decrypted;
    bool in_pieces;                         /* of an IP packet only its first fragment came */
    uint16_t fragment_number;               /* of an IKE fragment, from 1; else 0 */
    unsigned could_be;                      /* enum es_ike_class bits, encrypted messages only */
    unsigned judged;                        /* the one class its exchange is taken for; 0: open */
    struct es_packet_ref retransmission_of; /* number 0: it is none */
    struct es_packet_ref response_to;       /* number 0: it is none, or the request was not seen */
    struct es_packet_ref answered_by;       /* the first answer; number 0: none came */
    uint32_t copies;                        /* times that it was sent again */
    enum es_chronicle_answer answer;
    enum es_fault fault; /* NONE: sound as a whole; payloads may still be malformed inside */
};

struct es_chronicle_event {
    enum es_event_kind kind;
    uint32_t child, flow; /* numbers; 0: none */
    const char *words;    /* as the ladder says it */
};

/* Neighbours that were folded. Its entry's `ref` is the first of them. */
struct es_chronicle_fold {
    struct es_packet_ref last;
    uint64_t messages;
    uint64_t checks; /* of them, liveness checks that were answered, and their answers */
    uint64_t copies; /* of them, those sent again */
    uint64_t events; /* besides the messages */
};

/* One of the three; the other two are NULL. Read only. */
struct es_chronicle_entry {
    enum es_chronicle_kind kind;
    uint8_t side;             /* of the sender, or who did it */
    uint32_t ike_sa;          /* number; 0: none */
    struct es_packet_ref ref; /* an event's stands behind the message that caused it */
    const struct es_chronicle_message *message;
    const struct es_chronicle_event *event;
    const struct es_chronicle_fold *fold;
    const struct es_chronicle_entry *next; /* in capture order */
};

/* Bounds; 0: the default. */
struct es_chronicle_options {
    size_t max_bytes;   /* of all together, default 64 MiB: beyond it, tunnels keep less, and those
                           are left out of which only one side was ever heard */
    size_t max_entries; /* of a tunnel, default 256, at least 16 */
    uint32_t tunnel;    /* only this one; 0: all */
    uint64_t seed[2];   /* for the hash table */
};

struct es_chronicle;

/* `options` may be NULL. NULL when no memory is left. */
struct es_chronicle *es_chronicle_new(const struct es_chronicle_options *options);
void es_chronicle_free(struct es_chronicle *chronicle);

/* Take what happens, the events of a packet before its message: shaped for struct es_event_sink,
 * whose `forget` this has no need of, and es_message_sink. */
void es_chronicle_event(void *chronicle, const struct es_event *event);
void es_chronicle_message(void *chronicle, const struct es_datagram *datagram,
                          const struct es_ike_message *message, const struct es_message_view *view);

/* Tells the requests that nobody answered, as of now; more may be fed after it. */
void es_chronicle_finish(struct es_chronicle *chronicle, const struct es_model *model);

/* The first entry of the tunnel with that number; NULL: there is none. Lives until the chronicle is
 * fed or freed. */
const struct es_chronicle_entry *es_chronicle_of(const struct es_chronicle *chronicle,
                                                 uint32_t tunnel);

/* What is in it, and what is not. */
struct es_chronicle_sum {
    uint64_t messages, events;    /* that were kept, folded ones included */
    uint64_t left_out;            /* of tunnels that had to go, or for want of memory */
    uint64_t unkept;              /* of those: the system had no memory for them */
    size_t tunnels, bytes, limit; /* `limit`: the entries that a tunnel may have by now */
};
struct es_chronicle_sum es_chronicle_sum(const struct es_chronicle *chronicle);

struct es_ladder;
struct es_text;

/*
 * Shows the tunnel's entries in a ladder of text or Mermaid, folds in words; the caller ends the
 * ladder. Of more than `most` (0: any number) those in the middle are one fold. False when the
 * stream or memory failed.
 */
bool es_chronicle_replay(const struct es_chronicle *chronicle, const struct es_tunnel *tunnel,
                         size_t most, struct es_ladder *ladder);

#endif
