/*
 * The ladder: what comes when. A message that causes events is shown before them, though the
 * tracker tells of them first: so they wait until the next message or packet shows where they
 * belong. Nothing else is kept, however long the capture is.
 */
#include "ladder.h"

#include "selection.h"
#include "wording.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_AT_LEAST = 6, NAME_AT_MOST = 24, NUMBER_COLUMNS = 7, PAGE_BYTES = 16384 };

/* Columns of the longest name of a packet: "#12", or with the file's name before it. */
static unsigned name_columns(const struct es_source *source)
{
    size_t most = NAME_AT_LEAST;
    for (size_t i = 0; es_report_has_several_files(source) && i < es_source_file_count(source);
         i++) {
        const char *name = es_source_file(source, i)->name;
        const char *slash = strrchr(name, '/');
        const size_t length = strlen(slash ? slash + 1 : name) + NUMBER_COLUMNS;
        most = length > most ? length : most;
    }
    return (unsigned)(most < NAME_AT_MOST ? most : NAME_AT_MOST);
}

void es_ladder_init(struct es_ladder *ladder, const struct es_ladder_options *options, FILE *out)
{
    memset(ladder, 0, sizeof(*ladder));
    ladder->options = *options;
    if (options->form != ES_LADDER_TEXT)
        ladder->options.detail = ES_LADDER_MESSAGES;
    ladder->out = out;
    ladder->mermaid.limit = ES_MERMAID_CHARACTERS_MAX;
    ladder->name_columns = name_columns(options->source);
    ladder->column = ladder->name_columns + 24; /* clock, delta, arrow and what is between */
    es_text_init(&ladder->line);
    es_text_init(&ladder->scratch);
    es_text_init(&ladder->page);
    es_json_line_init(&ladder->json, &ladder->page);
    es_json_fields_init(&ladder->fields, &ladder->json);
}

void es_ladder_fini(struct es_ladder *ladder)
{
    es_text_fini(&ladder->line);
    es_text_fini(&ladder->scratch);
    es_text_fini(&ladder->page);
    es_json_fields_fini(&ladder->fields);
    es_json_line_fini(&ladder->json);
}

struct es_ladder *es_ladder_new(const struct es_ladder_options *options, FILE *out)
{
    struct es_ladder *ladder = malloc(sizeof(*ladder));
    if (ladder)
        es_ladder_init(ladder, options, out);
    return ladder;
}

void es_ladder_free(struct es_ladder *ladder)
{
    if (!ladder)
        return;
    es_ladder_fini(ladder);
    free(ladder);
}

/* Hands the finished lines over to the stream. */
static bool flush(struct es_ladder *ladder)
{
    struct es_text *page = &ladder->page;
    ladder->failed |= page->failed || ladder->line.failed || ladder->scratch.failed ||
                      ladder->json.scratch.failed;
    if (!ladder->out)
        return !ladder->failed;
    if (!ladder->failed && page->length > 0)
        ladder->failed = fwrite(page->chars, 1, page->length, ladder->out) != page->length;
    es_text_rewind(page);
    return !ladder->failed;
}

static bool is_shown(const struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    return ladder->options.tunnel == 0 || (tunnel && tunnel->number == ladder->options.tunnel);
}

/* What stands before the words. Below the message that caused it an event needs no number and
 * time. */
static void begin_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                       const struct es_ladder_note *note, bool below)
{
    es_ladder_day(ladder, note->ref->time);
    es_ladder_heading(ladder, tunnel);
    if (!below)
        es_ladder_add_moment(ladder, note->ref, false);
    es_ladder_pad(ladder, ladder->column - 2);
    if (note->is_flow)
        es_ladder_add_inked(ladder, ES_INK_CYAN, es_ladder_arrow(ladder, note->side));
    else
        es_ladder_add_inked(ladder, ES_INK_BOLD, ladder->options.utf8 ? "\u25cf" : "*");
    es_text_add(&ladder->line, " ");
}

void es_ladder_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                    const struct es_ladder_note *note)
{
    if (ladder->failed || !is_shown(ladder, tunnel))
        return;
    if (ladder->options.form == ES_LADDER_MERMAID) {
        es_mermaid_note(ladder, tunnel, note);
        return;
    }
    begin_note(ladder, tunnel, note,
               ladder->messages > 0 && es_is_same_packet(&ladder->last, note->ref));
    es_text_add(&ladder->line, note->words);
    es_ladder_lay(ladder, ladder->column);
}

static void write_event(struct es_ladder *ladder, const struct es_event *event, bool below)
{
    const struct es_ladder_note note = {&event->ref, event->side, event->flow != NULL, NULL};
    begin_note(ladder, event->tunnel, &note, below);
    es_ladder_add_event(ladder, event);
    es_ladder_lay(ladder, ladder->column);
}

static void write_events(struct es_ladder *ladder, bool below)
{
    for (size_t i = 0; i < ladder->event_count; i++) {
        if (ladder->options.form == ES_LADDER_MERMAID)
            es_mermaid_event(ladder, &ladder->events[i]);
        else
            write_event(ladder, &ladder->events[i], below);
    }
    if (ladder->events_left_out && ladder->options.form == ES_LADDER_TEXT) {
        es_ladder_pad(ladder, ladder->column);
        es_text_add(&ladder->line, "and ");
        es_text_add_things(&ladder->line, ladder->events_left_out, "more event");
        es_ladder_lay(ladder, ladder->column);
    }
    ladder->event_count = 0;
    ladder->events_left_out = 0;
}

void es_ladder_event(void *context, const struct es_event *event)
{
    struct es_ladder *ladder = context;
    if (ladder->failed || ladder->options.form == ES_LADDER_JSON ||
        !is_shown(ladder, event->tunnel))
        return;
    if (ladder->event_count && !es_is_same_packet(&ladder->events[0].ref, &event->ref))
        write_events(ladder, false);
    if (ladder->event_count < ES_COUNT(ladder->events))
        ladder->events[ladder->event_count++] = *event;
    else
        ladder->events_left_out++;
    if (ladder->page.length >= PAGE_BYTES)
        flush(ladder);
}

void es_ladder_forget(void *context)
{
    struct es_ladder *ladder = context;
    if (!ladder->failed)
        write_events(ladder, false);
    ladder->event_count = 0;
    ladder->tunnel = NULL;
}

/* Which way the message went: between its tunnel's peers, or as its addresses say. */
static void write_heading(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_datagram *datagram = rung->datagram;
    if (rung->view->tunnel) {
        es_ladder_heading(ladder, rung->view->tunnel);
        return;
    }
    ladder->tunnel = NULL;
    es_text_add(&ladder->line, "No tunnel  ");
    es_text_add_endpoint(&ladder->line, &datagram->source, datagram->source_port);
    es_text_add(&ladder->line, ladder->options.utf8 ? " \u2192 " : " -> ");
    es_text_add_endpoint(&ladder->line, &datagram->destination, datagram->destination_port);
    es_ladder_lay(ladder, 0);
}

static void write_message(struct es_ladder *ladder, const struct es_rung *rung)
{
    es_ladder_day(ladder, rung->datagram->ref.time);
    write_heading(ladder, rung);
    es_ladder_add_moment(ladder, &rung->datagram->ref, true);
    es_ladder_add_inked(ladder, ES_INK_CYAN, es_ladder_arrow(ladder, rung->view->side));
    es_text_add(&ladder->line, " ");
    es_ladder_add_message(ladder, rung);
    es_ladder_lay(ladder, ladder->column);
    if (ladder->options.detail == ES_LADDER_PAYLOADS)
        es_ladder_payloads(ladder, rung);
    else if (ladder->options.detail == ES_LADDER_FIELDS)
        es_ladder_fields(ladder, rung);
    ladder->messages++;
    ladder->last = rung->datagram->ref;
}

bool es_ladder_rung(struct es_ladder *ladder, const struct es_rung *rung)
{
    if (ladder->failed || !is_shown(ladder, rung->view->tunnel))
        return !ladder->failed;
    const bool below =
        ladder->event_count && es_is_same_packet(&ladder->events[0].ref, &rung->datagram->ref);
    if (!below)
        write_events(ladder, false);
    switch (ladder->options.form) {
    case ES_LADDER_TEXT:
        write_message(ladder, rung);
        break;
    case ES_LADDER_JSON:
        es_json_message(&ladder->fields, ladder->options.source, rung);
        break;
    case ES_LADDER_MERMAID:
        es_mermaid_rung(ladder, rung);
        break;
    }
    write_events(ladder, true);
    return flush(ladder);
}

bool es_ladder_message(struct es_ladder *ladder, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    const struct es_rung rung = es_rung_of(datagram, message, view);
    return es_ladder_rung(ladder, &rung);
}

bool es_ladder_finish(struct es_ladder *ladder, const struct es_model *model)
{
    write_events(ladder, false);
    if (ladder->options.form == ES_LADDER_TEXT)
        es_ladder_end(ladder, model);
    else if (ladder->options.form == ES_LADDER_MERMAID)
        es_mermaid_end(ladder);
    return flush(ladder);
}

bool es_report_message_text(const struct es_datagram *datagram,
                            const struct es_ike_message *message, const struct es_source *source,
                            bool utc, FILE *out)
{
    const struct es_ladder_options options = {.source = source, .utc = utc};
    const struct es_rung rung = es_rung_of(datagram, message, NULL);
    struct es_ladder ladder;
    es_ladder_init(&ladder, &options, out);
    es_text_add_packet(&ladder.line, source, &datagram->ref);
    es_text_add(&ladder.line, "  ");
    es_text_add_clock(&ladder.line, datagram->ref.time, utc);
    es_text_add(&ladder.line, "  ");
    es_text_add_endpoint(&ladder.line, &datagram->source, datagram->source_port);
    es_text_add(&ladder.line, " > ");
    es_text_add_endpoint(&ladder.line, &datagram->destination, datagram->destination_port);
    es_text_add(&ladder.line, "  ");
    es_ladder_add_message(&ladder, &rung);
    es_ladder_lay(&ladder, 0);
    const bool written = flush(&ladder);
    es_ladder_fini(&ladder);
    return written;
}
