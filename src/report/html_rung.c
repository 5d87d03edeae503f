/*
 * A rung of the ladder: packet and time, the arrow with what is said, and what is in it.
 *
 *     <li class="message right proves" data-packet="3" id="packet-1-3">
 *     <p class="when">…</p><p class="wire"><b>IKE_AUTH 1 request</b> <i class="shaft" …></i></p>
 *     <p class="tell">SK(…)</p><details>…</details></li>
 */
#include "html_ladder.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

void es_html_ladder_begin(struct es_html_ladder *ladder, struct es_html *html,
                          const struct es_tunnel *tunnel)
{
    const struct es_ladder_options options = {
        .source = html->report->source, .utc = html->report->utc, .utf8 = true};
    *ladder = (struct es_html_ladder){
        .html = html, .tunnel = tunnel, .detailed = es_html_room(html) <= ES_ROOM_FAIR};
    es_ladder_init(&ladder->words, &options, NULL);
    es_text_add(html->out, "<ol class=\"rungs\">\n");
}

void es_html_ladder_end(struct es_html_ladder *ladder)
{
    es_text_add(ladder->html->out, "</ol>\n");
    ladder->html->out->failed |= ladder->words.line.failed || ladder->words.page.failed;
    es_ladder_fini(&ladder->words);
}

/* The words so far, escaped. */
static void add_words(struct es_html_ladder *ladder)
{
    struct es_text *line = &ladder->words.line;
    const char *chars = es_text_chars(line);
    es_html_text(ladder->html->out, *chars == ' ' ? chars + 1 : chars);
    es_text_rewind(line);
}

/* The page so far, which is of several lines. */
static void add_page(struct es_html_ladder *ladder)
{
    struct es_text *page = &ladder->words.page;
    const char *line = es_text_chars(page);
    while (*line) {
        const size_t length = strcspn(line, "\n");
        es_html_text_bytes(ladder->html->out, line, length);
        es_text_add(ladder->html->out, "\n");
        line += length + (line[length] == '\n');
    }
    es_text_rewind(page);
}

static void add_when(struct es_html_ladder *ladder, const struct es_packet_ref *ref,
                     bool is_message)
{
    struct es_text *out = ladder->html->out;
    struct es_text *line = &ladder->words.line;
    es_text_add(out, "<p class=\"when\"><b>");
    es_text_add_packet(line, ladder->html->report->source, ref);
    add_words(ladder);
    es_text_add(out, "</b> ");
    es_html_time(ladder->html, ref->time);
    if (is_message && ladder->begun) {
        es_text_add(out, " <span class=\"delta\">");
        es_ladder_add_delta(line, ref->time - ladder->before);
        add_words(ladder);
        es_text_add(out, "</span>");
    }
    es_text_add(out, "</p>");
}

/* For those who see no arrow. */
static void add_way(struct es_html_ladder *ladder, unsigned side, const char *class)
{
    struct es_text *out = ladder->html->out;
    const struct es_peer *peers = ladder->tunnel->peers;
    es_text_addf(out, "<i class=\"%s\" role=\"img\" aria-label=\"", class);
    es_text_add_address(out, &peers[side].address);
    es_text_add(out, " to ");
    es_text_add_address(out, &peers[1 - side].address);
    es_text_add(out, "\"></i>");
}

static const char *fate_of(const struct es_chronicle_message *m)
{
    switch (m->answer) {
    case ES_ANSWER_UNANSWERED:
        return " unanswered";
    case ES_ANSWER_REFUSED:
        return " refused";
    default:
        break;
    }
    if (m->refuses)
        return " refuses";
    /* A copy of what nobody answered. */
    return es_ref_seen(&m->retransmission_of) && !m->is_response && !es_ref_seen(&m->answered_by)
               ? " in-vain"
               : "";
}

static void add_classes(struct es_html_ladder *ladder, const struct es_html_rung *rung)
{
    const struct es_chronicle_message *m = rung->entry->message;
    struct es_text *out = ladder->html->out;
    es_text_addf(out, "<li class=\"message %s %s%s%s%s%s%s\" data-packet=\"%" PRIu64 "\"",
                 rung->entry->side ? "left" : "right", es_message_kind_name(es_message_kind_of(m)),
                 m->encrypted ? " sealed" : "", es_ref_seen(&m->retransmission_of) ? " again" : "",
                 fate_of(m),
                 m->fault == ES_FAULT_SHORT || m->fault == ES_FAULT_VALUE ? " malformed" : "",
                 rung->accuses ? " cited" : "", (uint64_t)rung->entry->ref.number);
    /* Several messages can come in one packet, an id only once. */
    if (!es_is_same_packet(&ladder->last, &rung->entry->ref)) {
        es_text_add(out, " id=\"");
        es_html_packet_id(ladder->html, &rung->entry->ref);
        es_text_add(out, "\"");
    }
    es_text_add(out, ">");
}

static void add_fate(struct es_html_ladder *ladder, const struct es_chronicle_message *m)
{
    struct es_text *out = ladder->html->out;
    if (m->answer == ES_ANSWER_UNANSWERED) {
        es_text_add(out, " <em class=\"bad\">never answered");
        if (m->copies) {
            es_text_add(out, ", sent ");
            es_text_add_count(out, m->copies + 1);
            es_text_add(out, " times");
        }
        es_text_add(out, "</em>");
    } else if (m->answer == ES_ANSWER_REFUSED) {
        es_text_add(out, " <em class=\"bad\">refused</em>");
    }
}

/* Something is in it that can be told, payload by payload. */
static bool has_details(const struct es_ike_message *message)
{
    const bool is_sealed_only = message->encrypted && message->payload_count <= 1;
    return message->payload_count > 0 && !is_sealed_only;
}

static void add_details(struct es_html_ladder *ladder, const struct es_rung *rung)
{
    struct es_text *out = ladder->html->out;
    const struct es_ike_header *h = &rung->message->header;
    es_text_add(out, "<details><summary>");
    es_text_add_things(out, rung->message->payload_count, "payload");
    es_text_addf(out, ", %" PRIu32 " bytes</summary>\n<pre>", h->length);
    es_text_addf(out, "IKE SA %016" PRIx64 " : %016" PRIx64 "\n", h->initiator_spi,
                 h->responder_spi);
    es_ladder_payloads(&ladder->words, rung);
    add_page(ladder);
    es_text_add(out, "</pre></details>");
}

static void write_message(struct es_html_ladder *ladder, const struct es_html_rung *rung)
{
    struct es_text *out = ladder->html->out;
    struct es_ladder *words = &ladder->words;
    struct es_restored restored;
    const struct es_chronicle_message *m = rung->entry->message;
    es_kept_restore(rung->entry, ladder->tunnel, &restored);
    add_classes(ladder, rung);
    add_when(ladder, &rung->entry->ref, true);
    es_text_add(out, "<p class=\"wire\"><b>");
    es_ladder_add_title(words, &restored.rung);
    add_words(ladder);
    es_text_add(out, "</b> ");
    es_ladder_add_marks(words, &restored.rung);
    if (words->line.length) {
        es_text_add(out, "<span class=\"quiet\">");
        add_words(ladder);
        es_text_add(out, "</span>");
    }
    add_fate(ladder, m);
    add_way(ladder, rung->entry->side, "shaft");
    es_text_add(out, "</p>");
    es_ladder_add_contents(words, &restored.rung);
    if (words->line.length) {
        es_text_add(out, "<p class=\"tell\">");
        add_words(ladder);
        es_text_add(out, "</p>");
    }
    if (ladder->detailed && has_details(&restored.message) && !es_ref_seen(&m->retransmission_of))
        add_details(ladder, &restored.rung);
    es_text_add(out, "</li>\n");
    words->messages++;
    words->last = ladder->last = rung->entry->ref;
    ladder->before = rung->entry->ref.time;
    ladder->begun = true;
}

static const char *mood_of(enum es_event_kind kind)
{
    switch (kind) {
    case ES_EVENT_IKE_SA_ESTABLISHED:
    case ES_EVENT_IKE_SA_REKEYED:
    case ES_EVENT_CHILD_CREATED:
        return " good";
    case ES_EVENT_IKE_SA_FAILED:
        return " bad";
    case ES_EVENT_FLOW_STARTED:
    case ES_EVENT_FLOW_RESUMED:
        return " flow";
    default:
        return " end";
    }
}

/* Below the message that caused it an event needs no number and time. */
static void write_event(struct es_html_ladder *ladder, const struct es_chronicle_entry *entry)
{
    struct es_text *out = ladder->html->out;
    const bool is_flow = entry->event->flow != 0;
    const bool below = ladder->begun && es_is_same_packet(&ladder->last, &entry->ref);
    es_text_addf(out, "<li class=\"happening%s%s\">", mood_of(entry->event->kind),
                 !is_flow      ? ""
                 : entry->side ? " left"
                               : " right");
    if (!below)
        add_when(ladder, &entry->ref, false);
    es_text_add(out, "<p class=\"wire\"><span>");
    es_html_text(out, entry->event->words);
    es_text_add(out, "</span>");
    if (is_flow)
        add_way(ladder, entry->side, "stream");
    es_text_add(out, "</p></li>\n");
}

static void write_end(struct es_html_ladder *ladder, const struct es_flow *flow)
{
    struct es_text *out = ladder->html->out;
    es_text_addf(out, "<li class=\"happening flow end %s\">", flow->side ? "left" : "right");
    add_when(ladder, &flow->last, false);
    es_text_add(out, "<p class=\"wire\"><span>");
    es_ladder_add_flow_end(&ladder->words, flow);
    add_words(ladder);
    es_text_add(out, "</span>");
    add_way(ladder, flow->side, "stream");
    es_text_add(out, "</p></li>\n");
}

void es_html_ladder_rung(struct es_html_ladder *ladder, const struct es_html_rung *rung)
{
    if (rung->flow)
        write_end(ladder, rung->flow);
    else if (rung->entry->message)
        write_message(ladder, rung);
    else if (rung->entry->event)
        write_event(ladder, rung->entry);
}

void es_html_ladder_fold(struct es_html_ladder *ladder, const struct es_packet_ref *first,
                         const struct es_chronicle_fold *fold, bool open)
{
    struct es_text *out = ladder->html->out;
    es_text_add(out, open ? "<li class=\"fold\"><details><summary>" : "<li class=\"fold\"><p>");
    es_text_add(out, "\u2026 ");
    es_text_add_fold(out, fold);
    es_text_add(out, ", ");
    es_html_time(ladder->html, first->time);
    es_text_add(out, " to ");
    es_html_time(ladder->html, fold->last.time);
    es_text_add(out, open ? "</summary>\n<ol class=\"rungs\">\n" : "</p></li>\n");
    if (!open) {
        ladder->before = fold->last.time;
        ladder->last = fold->last;
        ladder->words.last = fold->last;
    }
}

void es_html_ladder_fold_end(struct es_html_ladder *ladder)
{
    es_text_add(ladder->html->out, "</ol></details></li>\n");
}
