/*
 * Folding: the first entries of a tunnel stay, and the last ones; of those between, what is worth
 * least goes first, and of those the oldest.
 */
#include "chronicle.h"

#include "wording.h"

#include <stdlib.h>

/* Parts of what may stay: the first and the last that are not folded. */
enum { FIRST_PART = 4, LAST_PART = 2 };

static bool is_check(const struct es_chronicle_message *m)
{
    static const unsigned checks = ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_R_U_THERE;
    const unsigned taken_for = m->judged ? m->judged : m->could_be;
    return (taken_for & checks) && !m->copies && !es_ref_seen(&m->retransmission_of) &&
           (es_ref_seen(&m->answered_by) || es_ref_seen(&m->response_to));
}

static enum es_chronicle_worth worth_of_message(const struct es_chronicle_message *m)
{
    if (m->fault != ES_FAULT_NONE || (m->refuses && !es_ref_seen(&m->retransmission_of)))
        return ES_WORTH_NOTE;
    if (is_check(m))
        return ES_WORTH_CHECK;
    if (es_ref_seen(&m->retransmission_of) || m->is_response)
        return ES_WORTH_COURSE;
    return es_ref_seen(&m->answered_by) ? ES_WORTH_COURSE : ES_WORTH_NOTE;
}

enum es_chronicle_worth es_chronicle_worth(const struct es_chronicle_entry *entry)
{
    switch (entry->kind) {
    case ES_CHRONICLE_MESSAGE:
        return worth_of_message(entry->message);
    case ES_CHRONICLE_EVENT:
        return entry->event->kind == ES_EVENT_FLOW_STARTED ||
                       entry->event->kind == ES_EVENT_FLOW_RESUMED
                   ? ES_WORTH_COURSE
                   : ES_WORTH_NOTE;
    default:
        return ES_WORTH_CHECK;
    }
}

void es_book_unlink(struct es_book *book, struct es_kept *kept)
{
    *(kept->older ? &kept->older->newer : &book->first) = kept->newer;
    if (kept->older)
        kept->older->entry.next = kept->entry.next;
    *(kept->newer ? &kept->newer->older : &book->last) = kept->older;
    book->count--;
    book->bytes -= kept->bytes;
    free(kept);
}

static struct es_chronicle_fold *fold_of(struct es_kept *kept)
{
    return kept && kept->entry.kind == ES_CHRONICLE_FOLD ? &((struct es_kept_fold *)kept)->fold
                                                         : NULL;
}

void es_chronicle_count_into(struct es_chronicle_fold *fold, const struct es_chronicle_entry *entry)
{
    const struct es_chronicle_message *m = entry->message;
    if (entry->fold) {
        fold->last = entry->fold->last;
        fold->messages += entry->fold->messages;
        fold->checks += entry->fold->checks;
        fold->copies += entry->fold->copies;
        fold->events += entry->fold->events;
        return;
    }
    fold->last = entry->ref;
    fold->events += entry->kind == ES_CHRONICLE_EVENT;
    fold->messages += m != NULL;
    fold->checks += m && is_check(m);
    fold->copies += m && es_ref_seen(&m->retransmission_of) &&
                    !es_ladder_is_copy(&m->retransmission_of, &entry->ref);
}

/* Puts a fold in the place of an entry, which is counted in it. Without memory nothing changes. */
static struct es_kept *replace(struct es_book *book, struct es_kept *kept)
{
    struct es_kept_fold *fold = malloc(sizeof(*fold));
    if (!fold)
        return NULL;
    *fold = (struct es_kept_fold){
        .kept = {.entry = {.kind = ES_CHRONICLE_FOLD,
                           .ref = kept->entry.ref,
                           .fold = &fold->fold,
                           .next = &kept->entry},
                 .newer = kept,
                 .older = kept->older,
                 .bytes = sizeof(*fold)},
    };
    *(kept->older ? &kept->older->newer : &book->first) = &fold->kept;
    if (kept->older)
        kept->older->entry.next = &fold->kept.entry;
    kept->older = &fold->kept;
    book->count++;
    book->bytes += fold->kept.bytes;
    es_chronicle_count_into(&fold->fold, &kept->entry);
    es_book_unlink(book, kept);
    return &fold->kept;
}

/* What stands behind a fold and is one too becomes part of it. */
static void join(struct es_book *book, struct es_kept *kept)
{
    struct es_chronicle_fold *into = fold_of(kept);
    if (into && fold_of(kept->newer)) {
        es_chronicle_count_into(into, &kept->newer->entry);
        es_book_unlink(book, kept->newer);
    }
}

/* Folds one entry; what stands in its place then, or NULL when there is no memory. */
static struct es_kept *fold_one(struct es_book *book, struct es_kept *kept)
{
    struct es_kept *before = kept->older;
    struct es_chronicle_fold *into = fold_of(before);
    if (into) {
        es_chronicle_count_into(into, &kept->entry);
        es_book_unlink(book, kept);
    } else {
        before = replace(book, kept);
    }
    if (before)
        join(book, before);
    return before;
}

static void fold_worth(struct es_book *book, enum es_chronicle_worth worth, size_t first,
                       size_t last, size_t most)
{
    struct es_kept *kept = book->first;
    for (size_t i = 0; kept && i < first; i++)
        kept = kept->newer;
    struct es_kept *end = book->last;
    for (size_t i = 1; end && i < last; i++)
        end = end->older;
    /* All checks go at once: what is left of a long row of them would look like a gap. */
    while (kept && kept != end && (worth == ES_WORTH_CHECK || book->count > most)) {
        if (kept->entry.kind != ES_CHRONICLE_FOLD && es_chronicle_worth(&kept->entry) == worth) {
            /* `end` may be a fold that is joined: it is the last of its kind then. */
            const bool joins_end = kept->newer == end && fold_of(end);
            kept = fold_one(book, kept);
            if (!kept || joins_end)
                return;
        }
        kept = kept->newer;
    }
}

void es_book_fold(struct es_book *book, size_t most)
{
    const size_t first = most / FIRST_PART;
    const size_t last = most / LAST_PART;
    for (enum es_chronicle_worth worth = ES_WORTH_CHECK; worth < ES_WORTHS && book->count > most;
         worth++)
        fold_worth(book, worth, first, last, most);
}

void es_text_add_fold(struct es_text *text, const struct es_chronicle_fold *fold)
{
    const uint64_t others = fold->messages - fold->checks;
    if (fold->messages)
        es_text_add_things(text, fold->messages, "message");
    if (fold->checks && !others)
        es_text_add(text, ", all liveness checks and their answers");
    else if (fold->checks) {
        es_text_add(text, ", ");
        es_text_add_count(text, fold->checks);
        es_text_add(text, " of them liveness checks and their answers");
    }
    if (fold->copies) {
        es_text_add(text, ", ");
        es_text_add_count(text, fold->copies);
        es_text_add(text, " sent again");
    }
    if (fold->events) {
        es_text_add(text, fold->messages ? " and " : "");
        es_text_add_things(text, fold->events, "event");
    }
}
