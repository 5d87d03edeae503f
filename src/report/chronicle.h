/*
 * The chronicle's parts: chronicle.c keeps the books, chronicle_message.c keeps a message and makes
 * one of it again, chronicle_fold.c folds what is too much.
 */
#ifndef ES_REPORT_CHRONICLE_H
#define ES_REPORT_CHRONICLE_H

#include "ladder.h"

#include "espial/report/chronicle.h"

/* An entry as it is owned, with what its kind has behind it. */
struct es_kept {
    struct es_chronicle_entry entry; /* must stay first */
    struct es_kept *newer, *older;   /* `newer` is entry.next */
    size_t bytes;                    /* on the account */
};

struct es_kept_event {
    struct es_kept kept; /* must stay first */
    struct es_chronicle_event event;
    char words[];
};

struct es_kept_fold {
    struct es_kept kept; /* must stay first */
    struct es_chronicle_fold fold;
};

/* A payload; its bytes stand behind the last of these, in the same order. */
struct es_kept_payload {
    uint8_t type;
    bool critical;
    bool abridged; /* the capture has more of it than was kept */
    uint16_t length;
    uint32_t offset;
    uint32_t held, wire; /* of its body: bytes that were kept, and that there were */
};

struct es_kept_message {
    struct es_kept kept; /* must stay first */
    struct es_chronicle_message message;
    const char *fault_reason; /* static */
    uint32_t fault_offset;
    uint32_t sealed; /* bytes */
    uint32_t held;   /* bytes of it that the capture has */
    uint32_t payloads_dropped;
    uint16_t position; /* IKEv1: messages of its exchange with it; 0: not known */
    uint16_t fragment_total;
    uint8_t payload_count, clear_count;
    bool birth_seen, in_exchange;
    struct es_kept_payload payloads[];
};

/* A kept message as the ladder takes it. Borrows the entry. */
struct es_restored {
    struct es_rung rung;
    struct es_datagram datagram;
    struct es_ike_message message;
    struct es_message_view view;
    struct es_exchange exchange;
    struct es_ike_sa sa;
};

/* The entries of a tunnel, and its place among those that may have to go. */
struct es_book {
    uint32_t tunnel; /* its number: the key, must stay first */
    uint8_t heard;   /* bit i: messages of side i came */
    bool is_stray;   /* which of the queues it is in */
    struct es_book *ahead, *behind;
    struct es_kept *first, *last;
    size_t count, bytes;
    uint64_t messages, events; /* folded ones included */
};

/* NULL when no memory is left. */
struct es_kept *es_kept_message_new(const struct es_datagram *datagram,
                                    const struct es_ike_message *message,
                                    const struct es_message_view *view);

/* The message of an entry whose kind is that; to be changed by the chronicle only. */
struct es_kept_message *es_kept_message_of(struct es_kept *kept);

/* Makes a message again of such an entry, for the ladder; `tunnel` is who sent it. */
void es_kept_restore(const struct es_chronicle_entry *entry, const struct es_tunnel *tunnel,
                     struct es_restored *out);

/* What an entry is worth keeping, least first. A check here is one that was answered. */
enum es_chronicle_worth { ES_WORTH_CHECK, ES_WORTH_COURSE, ES_WORTH_NOTE, ES_WORTHS };
enum es_chronicle_worth es_chronicle_worth(const struct es_chronicle_entry *entry);

/* Counts an entry, which may be a fold, into a fold before it. */
void es_chronicle_count_into(struct es_chronicle_fold *fold,
                             const struct es_chronicle_entry *entry);

/* chronicle_fold.c: folds until there are no more than so many entries, the last ones last. */
void es_book_fold(struct es_book *book, size_t most);
void es_book_unlink(struct es_book *book, struct es_kept *kept);

/*
 * Adds a fold in words: "9,420 messages, all liveness checks and their answers". Who writes says
 * from when to when.
 */
void es_text_add_fold(struct es_text *text, const struct es_chronicle_fold *fold);

#endif
