/*
 * The ladder as Mermaid's text for a sequence diagram, which ticket systems draw. What Mermaid
 * would obey in a label is written as its entity codes. Mermaid draws no text of more than fifty
 * thousand characters (its maxTextSize), so a diagram ends before that and says what is missing.
 */
#include "ladder.h"

#include "wording.h"

#include <string.h>

/* What the last line, and the two of a tunnel that begins, need of that; and the bytes of a label
 * that are shown, so that one message does not take all of it. */
enum { LINE_RESERVED = 200, TUNNEL_RESERVED = 800, LABEL_MAX = 600 };

/* Entities stand for what would be obeyed: line ends and formulas besides Mermaid's own signs. */
static void add_label(struct es_text *page, const char *label)
{
    for (const char *c = label; *c; c++) {
        if (c - label >= LABEL_MAX && ((unsigned char)*c & 0xc0) != 0x80) {
            es_text_add(page, " ...");
            break;
        }
        if (strchr("#;<>&\"%{}$\\`", *c) || (unsigned char)*c < ' ')
            es_text_addf(page, "#%d;", (unsigned char)*c);
        else
            es_text_add_bytes(page, c, 1);
    }
    es_text_add(page, "\n");
}

/* Ends the line that began at `start` of the page with `line` as its label. A line that does not
 * fit is taken back. */
static void end_line(struct es_ladder *ladder, size_t start)
{
    struct es_text *page = &ladder->page;
    struct es_mermaid *mermaid = &ladder->mermaid;
    add_label(page, es_text_chars(&ladder->line));
    es_text_rewind(&ladder->line);
    if (page->failed)
        return;
    if (mermaid->written + page->length - start > mermaid->limit) {
        page->length = start;
        page->chars[start] = '\0';
        mermaid->left_out++;
    } else {
        mermaid->written += page->length - start;
    }
}

static void begin_diagram(struct es_ladder *ladder)
{
    if (ladder->mermaid.begun)
        return;
    ladder->mermaid.begun = true;
    ladder->mermaid.limit -= LINE_RESERVED;
    es_text_add(&ladder->page, "sequenceDiagram\n");
}

/* A tunnel comes with its first message or event. */
static void introduce(struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    static const char sides[] = "LR";
    ladder->mermaid.tunnels[ladder->mermaid.tunnel_count++] = tunnel->number;
    for (int side = 0; side < 2; side++) {
        const size_t start = ladder->page.length;
        es_text_addf(&ladder->page, "    participant T%u%c as ", tunnel->number, sides[side]);
        es_text_addf(&ladder->line, "%u: ", tunnel->number);
        es_text_add_endpoint(&ladder->line, &tunnel->peers[side].address, tunnel->peers[side].port);
        end_line(ladder, start);
    }
}

static bool is_introduced(const struct es_mermaid *mermaid, const struct es_tunnel *tunnel)
{
    for (size_t i = mermaid->tunnel_count; i > 0; i--) {
        if (mermaid->tunnels[i - 1] == tunnel->number)
            return true;
    }
    return false;
}

/* Begins what is to be shown of a tunnel. False when there is no room: it is counted. */
static bool begin(struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    struct es_mermaid *mermaid = &ladder->mermaid;
    const bool is_new = !is_introduced(mermaid, tunnel);
    begin_diagram(ladder);
    if (is_new && (mermaid->written + TUNNEL_RESERVED > mermaid->limit ||
                   mermaid->tunnel_count == ES_MERMAID_TUNNELS_MAX)) {
        mermaid->left_out++;
        return false;
    }
    if (is_new)
        introduce(ladder, tunnel);
    return true;
}

void es_mermaid_rung(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_tunnel *tunnel = rung->view->tunnel;
    if (!tunnel || !begin(ladder, tunnel))
        return;
    const size_t start = ladder->page.length;
    const unsigned side = rung->view->side;
    es_text_addf(&ladder->page, "    T%u%c%sT%u%c: ", tunnel->number, side ? 'R' : 'L',
                 rung->unanswered ? "-x" : "->>", tunnel->number, side ? 'L' : 'R');
    es_text_add_packet(&ladder->line, ladder->options.source, &rung->datagram->ref);
    es_text_add(&ladder->line, " ");
    es_text_add_clock(&ladder->line, rung->datagram->ref.time, ladder->options.utc);
    es_text_add(&ladder->line, " ");
    es_ladder_add_message(ladder, rung);
    if (rung->unanswered)
        es_text_add(&ladder->line, ", never answered");
    end_line(ladder, start);
}

/* The line of what is no message, up to its words; where it begins in the page. False when there
 * is no room. */
static bool begin_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                       const struct es_packet_ref *ref, size_t *start)
{
    if (!begin(ladder, tunnel))
        return false;
    *start = ladder->page.length;
    es_text_addf(&ladder->page, "    Note over T%uL,T%uR: ", tunnel->number, tunnel->number);
    es_text_add_packet(&ladder->line, ladder->options.source, ref);
    es_text_add(&ladder->line, " ");
    return true;
}

void es_mermaid_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                     const struct es_ladder_note *note)
{
    size_t start;
    if (!begin_note(ladder, tunnel, note->ref, &start))
        return;
    es_text_add(&ladder->line, note->words);
    if (note->is_flow) {
        es_text_add(&ladder->line, ", from ");
        es_text_add_address(&ladder->line, &tunnel->peers[note->side].address);
    }
    end_line(ladder, start);
}

void es_mermaid_event(struct es_ladder *ladder, const struct es_event *event)
{
    size_t start;
    if (!begin_note(ladder, event->tunnel, &event->ref, &start))
        return;
    es_ladder_add_event(ladder, event);
    if (event->flow) {
        es_text_add(&ladder->line, ", from ");
        es_text_add_address(&ladder->line, &event->flow->source);
    }
    end_line(ladder, start);
}

void es_mermaid_end(struct es_ladder *ladder)
{
    struct es_mermaid *mermaid = &ladder->mermaid;
    const uint64_t left_out = mermaid->left_out;
    begin_diagram(ladder);
    if (!left_out || !mermaid->tunnel_count)
        return;
    const size_t start = ladder->page.length;
    mermaid->limit += LINE_RESERVED;
    es_text_addf(&ladder->page, "    Note over T%uL: ", mermaid->tunnels[0]);
    es_text_add_things(&ladder->line, left_out, "more message");
    es_text_add(&ladder->line, " or events left out");
    end_line(ladder, start);
}
