/*
 * What is written beside packets: of each finding's evidence what the packet shows, and of the
 * whole capture what triage would say first.
 */
#include "refs.h"

#include "espial/copy.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* Findings told of about the whole; the first are the most severe. */
    ABOUT_MAX = 64,
};

struct texts {
    char **items; /* owned, and each of them */
    size_t count, capacity;
};

struct es_notes {
    struct es_refs refs;
    struct texts packets; /* in the order of `refs` once that is settled */
    struct texts about;
    enum es_severity least;
    uint32_t tunnel;
    bool failed; /* no memory */
};

/* Takes over what `text` holds. */
static bool take(struct texts *texts, struct es_text *text)
{
    char *chars = text->failed ? NULL : strdup(es_text_chars(text));
    es_text_fini(text);
    if (chars && texts->count == texts->capacity) {
        const size_t capacity = texts->capacity ? texts->capacity * 2 : 64;
        char **items = realloc(texts->items, capacity * sizeof(*items));
        if (items) {
            texts->items = items;
            texts->capacity = capacity;
        }
    }
    if (!chars || texts->count == texts->capacity) {
        free(chars);
        return false;
    }
    texts->items[texts->count++] = chars;
    return true;
}

static void free_texts(struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        free(texts->items[i]);
    free(texts->items);
}

/* "dpd-unanswered (error, tunnel 2)" */
static void add_name(struct es_text *text, const struct es_finding *finding)
{
    es_text_addf(text, "%s (%s", finding->rule->id, es_severity_name(finding->severity));
    if (finding->tunnel)
        es_text_addf(text, ", tunnel %u", (unsigned)finding->tunnel->number);
    es_text_add(text, ")");
}

static void note_packets(struct es_notes *notes, const struct es_finding *finding)
{
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct es_evidence *evidence = &finding->evidence[i];
        if (!es_ref_seen(&evidence->ref))
            continue;
        struct es_text text;
        es_text_init(&text);
        es_text_add(&text, "espial: ");
        add_name(&text, finding);
        es_text_addf(&text, ": %s", evidence->what);
        if (finding->root)
            es_text_addf(&text, "; it follows from %s", finding->root->rule->id);
        if (!take(&notes->packets, &text) || !es_refs_add(&notes->refs, &evidence->ref))
            notes->failed = true;
    }
}

static bool is_shown(const struct es_notes *notes, const struct es_finding *finding)
{
    return finding->severity >= notes->least &&
           (notes->tunnel == 0 || !finding->tunnel || finding->tunnel->number == notes->tunnel);
}

static void note_about(struct es_notes *notes, const struct es_finding *finding)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add(&text, "espial: ");
    add_name(&text, finding);
    es_text_addf(&text, ": %s", finding->summary);
    if (!take(&notes->about, &text))
        notes->failed = true;
}

static void note_verdict(struct es_notes *notes, const struct es_diagnosis *diagnosis)
{
    struct es_text text;
    es_text_init(&text);
    es_text_addf(&text, "espial: %s", es_diagnosis_verdict(diagnosis));
    if (!take(&notes->about, &text))
        notes->failed = true;
}

/* Texts in the order that sorting gave to the packets. */
static bool settle(struct es_notes *notes)
{
    if (!es_refs_settle(&notes->refs))
        return false;
    if (notes->packets.count == 0)
        return true;
    char **sorted = calloc(notes->packets.count, sizeof(*sorted));
    if (!sorted)
        return false;
    for (size_t i = 0; i < notes->packets.count; i++)
        sorted[i] = notes->packets.items[notes->refs.items[i].order];
    free(notes->packets.items);
    notes->packets.items = sorted;
    return true;
}

struct es_notes *es_notes_new(const struct es_diagnosis *diagnosis, enum es_severity least,
                              uint32_t tunnel)
{
    struct es_notes *notes = calloc(1, sizeof(*notes));
    if (!notes)
        return NULL;
    notes->least = least;
    notes->tunnel = tunnel;
    note_verdict(notes, diagnosis);
    size_t told = 0;
    for (const struct es_finding *f = es_diagnosis_findings(diagnosis); f; f = f->next) {
        if (!is_shown(notes, f) || notes->failed)
            continue;
        note_packets(notes, f);
        for (const struct es_finding *below = f->consequences; below; below = below->next)
            note_packets(notes, below);
        if (told++ < ABOUT_MAX)
            note_about(notes, f);
    }
    if (!notes->failed && settle(notes))
        return notes;
    es_notes_free(notes);
    return NULL;
}

void es_notes_free(struct es_notes *notes)
{
    if (!notes)
        return;
    free_texts(&notes->packets);
    free_texts(&notes->about);
    es_refs_fini(&notes->refs);
    free(notes);
}

size_t es_notes_count(const struct es_notes *notes)
{
    return notes->packets.count;
}

const char *const *es_notes_about(const struct es_notes *notes, size_t *count)
{
    *count = notes->about.count;
    return (const char *const *)notes->about.items;
}

const char *const *es_notes_of(struct es_notes *notes, const struct es_packet_ref *ref,
                               size_t *count)
{
    const size_t at = es_refs_look(&notes->refs, ref, count);
    return *count ? (const char *const *)notes->packets.items + at : NULL;
}
