/*
 * The chronicle: a book for each tunnel, all of them within a number of bytes. When they grow
 * beyond it, tunnels of which only one side was ever heard go first, for anybody can make them up;
 * then every tunnel may keep less; and then those go that were silent longest.
 */
#include "chronicle.h"

#include "wording.h"

#include <stdlib.h>
#include <string.h>

enum {
    BYTES_DEFAULT = 64 << 20,
    ENTRIES_DEFAULT = 256,
    ENTRIES_LEAST = 16,
    STRAY_PART = 8,    /* of the bytes: for tunnels of which one side only was heard */
    LOOK_BACK = 64,    /* entries, for the request that a message answers or repeats */
    MALLOC_BYTES = 16, /* what malloc() adds to a piece of memory */
};

/* Books from the one that was silent longest to the one written to last. */
struct queue {
    struct es_book *first, *last;
    size_t bytes;
};

struct es_chronicle {
    struct es_chronicle_options options;
    struct es_table books;   /* of es_book, owned */
    struct queue queues[2];  /* by `is_stray` */
    struct es_book *recent;  /* the last one found; or NULL */
    size_t limit;            /* entries of a book, by now */
    struct es_ladder ladder; /* puts events into words */
    uint64_t messages, events, left_out;
    uint64_t unkept; /* of those left out: no memory was left */
};

struct es_chronicle *es_chronicle_new(const struct es_chronicle_options *options)
{
    struct es_chronicle *chronicle = calloc(1, sizeof(*chronicle));
    if (!chronicle)
        return NULL;
    if (options)
        chronicle->options = *options;
    struct es_chronicle_options *own = &chronicle->options;
    own->max_bytes = own->max_bytes ? own->max_bytes : BYTES_DEFAULT;
    own->max_entries = own->max_entries ? own->max_entries : ENTRIES_DEFAULT;
    chronicle->limit = own->max_entries < ENTRIES_LEAST ? ENTRIES_LEAST : own->max_entries;
    es_ladder_init(&chronicle->ladder, &(struct es_ladder_options){.utf8 = true}, NULL);
    es_table_init(&chronicle->books, sizeof(uint32_t), SIZE_MAX / 2, own->seed);
    return chronicle;
}

/* --- queues --- */

static void leave(struct es_chronicle *chronicle, struct es_book *book)
{
    struct queue *queue = &chronicle->queues[book->is_stray];
    *(book->ahead ? &book->ahead->behind : &queue->first) = book->behind;
    *(book->behind ? &book->behind->ahead : &queue->last) = book->ahead;
    queue->bytes -= book->bytes;
}

static void enter(struct es_chronicle *chronicle, struct es_book *book)
{
    struct queue *queue = &chronicle->queues[book->is_stray];
    book->behind = NULL;
    book->ahead = queue->last;
    *(queue->last ? &queue->last->behind : &queue->first) = book;
    queue->last = book;
    queue->bytes += book->bytes;
}

/* --- books --- */

static struct es_book *book_of(struct es_chronicle *chronicle, const struct es_tunnel *tunnel)
{
    if (chronicle->recent && chronicle->recent->tunnel == tunnel->number)
        return chronicle->recent;
    struct es_book *book = es_table_find(&chronicle->books, &tunnel->number);
    if (!book) {
        book = calloc(1, sizeof(*book));
        if (!book)
            return NULL;
        book->tunnel = tunnel->number;
        book->is_stray = true;
        book->bytes = sizeof(*book) + MALLOC_BYTES;
        if (!es_table_add(&chronicle->books, book)) {
            free(book);
            return NULL;
        }
        enter(chronicle, book);
    }
    chronicle->recent = book;
    return book;
}

static void drop(struct es_chronicle *chronicle, struct es_book *book)
{
    leave(chronicle, book);
    es_table_remove(&chronicle->books, &book->tunnel);
    chronicle->messages -= book->messages;
    chronicle->events -= book->events;
    chronicle->left_out += book->messages + book->events;
    if (chronicle->recent == book)
        chronicle->recent = NULL;
    while (book->first)
        es_book_unlink(book, book->first);
    free(book);
}

void es_chronicle_free(struct es_chronicle *chronicle)
{
    if (!chronicle)
        return;
    for (int stray = 0; stray < 2; stray++) {
        while (chronicle->queues[stray].first)
            drop(chronicle, chronicle->queues[stray].first);
    }
    es_table_fini(&chronicle->books);
    es_ladder_fini(&chronicle->ladder);
    free(chronicle);
}

/* --- bounds --- */

/* A quarter less, so that the next entries need no folding. */
static void fold(struct es_chronicle *chronicle, struct es_book *book)
{
    struct queue *queue = &chronicle->queues[book->is_stray];
    queue->bytes -= book->bytes;
    es_book_fold(book, chronicle->limit - chronicle->limit / 4);
    queue->bytes += book->bytes;
}

static size_t bytes(const struct es_chronicle *chronicle)
{
    return chronicle->queues[0].bytes + chronicle->queues[1].bytes +
           es_table_bytes(&chronicle->books);
}

static void halve(struct es_chronicle *chronicle)
{
    chronicle->limit = chronicle->limit / 2 < ENTRIES_LEAST ? ENTRIES_LEAST : chronicle->limit / 2;
    for (int stray = 0; stray < 2; stray++) {
        for (struct es_book *b = chronicle->queues[stray].first; b; b = b->behind)
            fold(chronicle, b);
    }
}

/* The book at hand stays: it was written to last. */
static void keep_within(struct es_chronicle *chronicle)
{
    const size_t most = chronicle->options.max_bytes;
    struct queue *others = &chronicle->queues[0];
    struct queue *strays = &chronicle->queues[1];
    while (bytes(chronicle) > most) {
        if (strays->bytes > most / STRAY_PART && strays->first != strays->last)
            drop(chronicle, strays->first);
        else if (chronicle->limit > ENTRIES_LEAST)
            halve(chronicle);
        else if (others->first != others->last)
            drop(chronicle, others->first);
        else if (strays->first != strays->last)
            drop(chronicle, strays->first);
        else
            break;
    }
}

/* --- entries --- */

/* Events of a packet come before the message that it holds, and stand behind it. */
static struct es_kept *place_of(const struct es_book *book, const struct es_kept *kept)
{
    struct es_kept *behind = book->last;
    while (kept->entry.kind == ES_CHRONICLE_MESSAGE && behind &&
           behind->entry.kind == ES_CHRONICLE_EVENT &&
           es_is_same_packet(&behind->entry.ref, &kept->entry.ref))
        behind = behind->older;
    return behind;
}

static void append(struct es_chronicle *chronicle, struct es_book *book, struct es_kept *kept)
{
    struct es_kept *older = place_of(book, kept);
    struct es_kept *newer = older ? older->newer : book->first;
    kept->older = older;
    kept->newer = newer;
    kept->entry.next = newer ? &newer->entry : NULL;
    *(older ? &older->newer : &book->first) = kept;
    if (older)
        older->entry.next = &kept->entry;
    *(newer ? &newer->older : &book->last) = kept;
    kept->bytes += MALLOC_BYTES;
    leave(chronicle, book);
    book->count++;
    book->bytes += kept->bytes;
    book->is_stray = book->heard != 3;
    enter(chronicle, book);
}

/* Room for one more entry. False when there is no memory even to fold. */
static bool make_room(struct es_chronicle *chronicle, struct es_book *book)
{
    if (book->count >= chronicle->limit)
        fold(chronicle, book);
    return book->count < chronicle->limit;
}

static bool is_kept(const struct es_chronicle *chronicle, const struct es_tunnel *tunnel)
{
    return tunnel && (!chronicle->options.tunnel || chronicle->options.tunnel == tunnel->number);
}

/* The same exchange, whose requests may come in several pieces. */
static bool is_asked_by(const struct es_kept *kept, const struct es_kept *response)
{
    const struct es_ike_header *asked = &kept->entry.message->header;
    const struct es_ike_header *answer = &response->entry.message->header;
    return !kept->entry.message->is_response && kept->entry.side != response->entry.side &&
           kept->entry.ike_sa == response->entry.ike_sa &&
           asked->message_id == answer->message_id && asked->exchange_type == answer->exchange_type;
}

/* A response tells what its request was, too. */
static void tell_requests(const struct es_kept *response)
{
    const struct es_chronicle_message *answer = response->entry.message;
    int left = LOOK_BACK;
    for (struct es_kept *k = response->older; k && left > 0; k = k->older, left--) {
        if (k->entry.kind != ES_CHRONICLE_MESSAGE)
            continue;
        struct es_chronicle_message *m = &es_kept_message_of(k)->message;
        const bool is_first = es_is_same_packet(&k->entry.ref, &answer->response_to);
        if ((is_first || is_asked_by(k, response)) && !es_ref_seen(&m->answered_by)) {
            m->answered_by = response->entry.ref;
            m->answer = ES_ANSWER_CAME;
            m->judged = answer->judged ? answer->judged : m->judged;
        }
        if (is_first)
            break;
    }
}

static void tell_original(const struct es_kept *copy)
{
    const struct es_packet_ref *ref = &copy->entry.message->retransmission_of;
    int left = LOOK_BACK;
    if (es_ladder_is_copy(ref, &copy->entry.ref))
        return;
    for (struct es_kept *k = copy->older; k && left > 0; k = k->older, left--) {
        if (k->entry.kind == ES_CHRONICLE_MESSAGE && es_is_same_packet(&k->entry.ref, ref)) {
            es_kept_message_of(k)->message.copies++;
            break;
        }
    }
}

static void leave_out(struct es_chronicle *chronicle, bool no_memory)
{
    chronicle->left_out++;
    chronicle->unkept += no_memory;
}

void es_chronicle_message(void *context, const struct es_datagram *datagram,
                          const struct es_ike_message *message, const struct es_message_view *view)
{
    struct es_chronicle *chronicle = context;
    if (!view || !is_kept(chronicle, view->tunnel))
        return;
    struct es_book *book = book_of(chronicle, view->tunnel);
    const bool has_room = book && make_room(chronicle, book);
    struct es_kept *kept = has_room ? es_kept_message_new(datagram, message, view) : NULL;
    if (!kept) {
        leave_out(chronicle, !book || has_room);
        return;
    }
    book->heard |= (uint8_t)(1U << view->side);
    book->messages++;
    chronicle->messages++;
    append(chronicle, book, kept);
    if (es_ref_seen(&kept->entry.message->retransmission_of))
        tell_original(kept);
    else if (es_ref_seen(&kept->entry.message->response_to))
        tell_requests(kept);
    keep_within(chronicle);
}

static struct es_kept *new_event(struct es_ladder *ladder, const struct es_event *event)
{
    es_text_rewind(&ladder->line);
    es_ladder_add_event(ladder, event);
    const size_t size = sizeof(struct es_kept_event) + ladder->line.length + 1;
    struct es_kept_event *kept = ladder->line.failed ? NULL : malloc(size);
    if (kept) {
        *kept = (struct es_kept_event){
            .kept = {.entry = {.kind = ES_CHRONICLE_EVENT,
                               .side = event->side,
                               .ike_sa = event->ike_sa ? event->ike_sa->number : 0,
                               .ref = event->ref,
                               .event = &kept->event},
                     .bytes = size       },
            .event = { .kind = event->kind,
                     .child = event->child ? event->child->number : 0,
                     .flow = event->flow ? event->flow->number : 0,
                     .words = kept->words},
        };
        memcpy(kept->words, es_text_chars(&ladder->line), ladder->line.length + 1);
    }
    return kept ? &kept->kept : NULL;
}

void es_chronicle_event(void *context, const struct es_event *event)
{
    struct es_chronicle *chronicle = context;
    if (!is_kept(chronicle, event->tunnel))
        return;
    struct es_book *book = book_of(chronicle, event->tunnel);
    const bool has_room = book && make_room(chronicle, book);
    struct es_kept *kept = has_room ? new_event(&chronicle->ladder, event) : NULL;
    if (!kept) {
        leave_out(chronicle, !book || has_room);
        return;
    }
    book->events++;
    chronicle->events++;
    append(chronicle, book, kept);
    keep_within(chronicle);
}

/* --- afterwards --- */

static struct es_book *book_with(const struct es_chronicle *chronicle, uint32_t tunnel)
{
    return es_table_find(&chronicle->books, &tunnel);
}

static void judge(struct es_kept *kept)
{
    struct es_kept_message *k = es_kept_message_of(kept);
    struct es_chronicle_message *m = &k->message;
    const struct es_asked asked = {m->header.major, m->header.exchange_type, k->position, m->copies,
                                   m->could_be};
    if (m->answer != ES_ANSWER_NONE || m->is_response || m->fragment_number > 1 ||
        es_ref_seen(&m->retransmission_of) || !k->in_exchange)
        return;
    if (es_ladder_wants_answer(&asked))
        m->answer = ES_ANSWER_UNANSWERED;
}

/* IKEv1 refuses by a message that is no answer. */
static void note_refusal(struct es_book *book, const struct es_exchange *exchange)
{
    for (struct es_kept *k = book->first; k; k = k->newer) {
        if (k->entry.kind != ES_CHRONICLE_MESSAGE ||
            !es_is_same_packet(&k->entry.ref, &exchange->request))
            continue;
        struct es_chronicle_message *m = &es_kept_message_of(k)->message;
        if (m->answer == ES_ANSWER_NONE || m->answer == ES_ANSWER_UNANSWERED)
            m->answer = ES_ANSWER_REFUSED;
        return;
    }
}

/* Of phase 1 the SA knows it, of phase 2 the exchange. */
static bool is_refused(const struct es_ike_sa *sa, const struct es_exchange *exchange)
{
    return exchange->refused || (sa->major == 1 && sa->state == ES_IKE_SA_FAILED && sa->error &&
                                 exchange->message_id == 0);
}

void es_chronicle_finish(struct es_chronicle *chronicle, const struct es_model *model)
{
    for (int stray = 0; stray < 2; stray++) {
        for (struct es_book *b = chronicle->queues[stray].first; b; b = b->behind) {
            for (struct es_kept *k = b->first; k; k = k->newer) {
                if (k->entry.kind == ES_CHRONICLE_MESSAGE)
                    judge(k);
            }
        }
    }
    for (const struct es_ike_sa *sa = model->ike_sas; sa; sa = sa->next) {
        struct es_book *book = book_with(chronicle, sa->tunnel->number);
        for (const struct es_exchange *e = sa->exchanges; book && e; e = e->older) {
            if (is_refused(sa, e) && !e->answered && es_ref_seen(&e->request))
                note_refusal(book, e);
        }
    }
}

const struct es_chronicle_entry *es_chronicle_of(const struct es_chronicle *chronicle,
                                                 uint32_t tunnel)
{
    const struct es_book *book = book_with(chronicle, tunnel);
    return book && book->first ? &book->first->entry : NULL;
}

struct es_chronicle_sum es_chronicle_sum(const struct es_chronicle *chronicle)
{
    return (struct es_chronicle_sum){
        .messages = chronicle->messages,
        .events = chronicle->events,
        .left_out = chronicle->left_out,
        .unkept = chronicle->unkept,
        .tunnels = chronicle->books.count,
        .bytes = bytes(chronicle),
        .limit = chronicle->limit,
    };
}

static void replay_fold(const struct es_chronicle_entry *entry, const struct es_tunnel *tunnel,
                        const struct es_chronicle_fold *fold, struct es_ladder *ladder)
{
    struct es_text words;
    es_text_init(&words);
    es_text_add(&words, ladder->options.utf8 ? "\u2026 " : "... ");
    es_text_add_fold(&words, fold);
    es_text_add(&words, ", until ");
    es_text_add_packet(&words, ladder->options.source, &fold->last);
    es_text_add(&words, " ");
    es_text_add_clock(&words, fold->last.time, ladder->options.utc);
    const struct es_ladder_note note = {&entry->ref, 0, false, es_text_chars(&words)};
    es_ladder_note(ladder, tunnel, &note);
    es_text_fini(&words);
}

static void replay_entry(const struct es_chronicle_entry *entry, const struct es_tunnel *tunnel,
                         struct es_ladder *ladder)
{
    struct es_restored restored;
    switch (entry->kind) {
    case ES_CHRONICLE_MESSAGE:
        es_kept_restore(entry, tunnel, &restored);
        es_ladder_rung(ladder, &restored.rung);
        break;
    case ES_CHRONICLE_EVENT:
        es_ladder_note(ladder, tunnel,
                       &(struct es_ladder_note){&entry->ref, entry->side, entry->event->flow != 0,
                                                entry->event->words});
        break;
    case ES_CHRONICLE_FOLD:
        replay_fold(entry, tunnel, entry->fold, ladder);
        break;
    }
}

/* `count` entries as one fold; the entry behind them. */
static const struct es_chronicle_entry *replay_middle(const struct es_chronicle_entry *entry,
                                                      size_t count, const struct es_tunnel *tunnel,
                                                      struct es_ladder *ladder)
{
    const struct es_chronicle_entry *first = entry;
    struct es_chronicle_fold sum = {0};
    for (; count > 0; count--, entry = entry->next) {
        sum.last = entry->fold ? entry->fold->last : entry->ref;
        sum.messages += entry->fold ? entry->fold->messages : entry->message != NULL;
        sum.checks += entry->fold ? entry->fold->checks : 0;
        sum.copies += entry->fold      ? entry->fold->copies
                      : entry->message ? entry->message->retransmission_of.number != 0
                                       : 0;
        sum.events += entry->fold ? entry->fold->events : entry->event != NULL;
    }
    replay_fold(first, tunnel, &sum, ladder);
    return entry;
}

bool es_chronicle_replay(const struct es_chronicle *chronicle, const struct es_tunnel *tunnel,
                         size_t most, struct es_ladder *ladder)
{
    const struct es_chronicle_entry *entry = es_chronicle_of(chronicle, tunnel->number);
    size_t count = 0;
    for (const struct es_chronicle_entry *e = entry; e; e = e->next)
        count++;
    const size_t begin = most / 2;
    const size_t folded = most && count > most ? count - most + 1 : 0;
    for (size_t i = 0; entry && !ladder->failed; i++) {
        if (folded && i == begin) {
            entry = replay_middle(entry, folded, tunnel, ladder);
            continue;
        }
        replay_entry(entry, tunnel, ladder);
        entry = entry->next;
    }
    return !ladder->failed;
}
