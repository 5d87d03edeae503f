/*
 * The ladder as Mermaid's text for a sequence diagram, which ticket systems draw. What Mermaid
 * would obey in a label is written as its entity codes. Drawing stops at some fifty thousand
 * characters (Mermaid's maxTextSize), so the text does too.
 */
#include "ladder.h"

#include "wording.h"

#include <string.h>

enum { CHARACTERS_MAX = 45000 };

/* Adds the line as a label, and empties it. */
static void add_label(struct es_ladder *ladder)
{
    for (const char *c = es_text_chars(&ladder->line); *c; c++) {
        if (strchr("#;<>&\"%{}\\`", *c) || (unsigned char)*c < ' ')
            es_text_addf(&ladder->page, "#%d;", (unsigned char)*c);
        else
            es_text_add_bytes(&ladder->page, c, 1);
    }
    es_text_add(&ladder->page, "\n");
    ladder->mermaid.written += ladder->line.length;
    es_text_clear(&ladder->line);
}

static void begin_diagram(struct es_ladder *ladder)
{
    if (ladder->mermaid.begun)
        return;
    ladder->mermaid.begun = true;
    es_text_add(&ladder->page, "sequenceDiagram\n");
}

/* A tunnel comes with its first message or event. */
static void introduce(struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    static const char sides[] = "LR";
    ladder->mermaid.tunnels[ladder->mermaid.tunnel_count++] = tunnel->number;
    for (int side = 0; side < 2; side++) {
        es_text_addf(&ladder->page, "    participant T%u%c as ", tunnel->number, sides[side]);
        es_text_addf(&ladder->line, "%u: ", tunnel->number);
        es_text_add_endpoint(&ladder->line, &tunnel->peers[side].address, tunnel->peers[side].port);
        add_label(ladder);
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
    if (mermaid->written > CHARACTERS_MAX ||
        (is_new && mermaid->tunnel_count == ES_MERMAID_TUNNELS_MAX)) {
        mermaid->left_out++;
        return false;
    }
    begin_diagram(ladder);
    if (is_new)
        introduce(ladder, tunnel);
    return true;
}

void es_mermaid_rung(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_tunnel *tunnel = rung->view->tunnel;
    if (!tunnel || !begin(ladder, tunnel))
        return;
    const unsigned side = rung->view->side;
    es_text_addf(&ladder->page, "    T%u%c->>T%u%c: ", tunnel->number, side ? 'R' : 'L',
                 tunnel->number, side ? 'L' : 'R');
    es_text_add_packet(&ladder->line, ladder->options.source, &rung->datagram->ref);
    es_text_add(&ladder->line, " ");
    es_text_add_clock(&ladder->line, rung->datagram->ref.time, ladder->options.utc);
    es_text_add(&ladder->line, " ");
    es_ladder_add_message(ladder, rung);
    add_label(ladder);
}

static bool begin_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                       const struct es_packet_ref *ref)
{
    if (!begin(ladder, tunnel))
        return false;
    es_text_addf(&ladder->page, "    Note over T%uL,T%uR: ", tunnel->number, tunnel->number);
    es_text_add_packet(&ladder->line, ladder->options.source, ref);
    es_text_add(&ladder->line, " ");
    return true;
}

void es_mermaid_note(struct es_ladder *ladder, const struct es_tunnel *tunnel,
                     const struct es_ladder_note *note)
{
    if (!begin_note(ladder, tunnel, note->ref))
        return;
    es_text_add(&ladder->line, note->words);
    if (note->is_flow) {
        es_text_add(&ladder->line, ", from ");
        es_text_add_address(&ladder->line, &tunnel->peers[note->side].address);
    }
    add_label(ladder);
}

void es_mermaid_event(struct es_ladder *ladder, const struct es_event *event)
{
    if (!begin_note(ladder, event->tunnel, &event->ref))
        return;
    es_ladder_add_event(ladder, event);
    if (event->flow) {
        es_text_add(&ladder->line, ", from ");
        es_text_add_address(&ladder->line, &event->flow->source);
    }
    add_label(ladder);
}

void es_mermaid_end(struct es_ladder *ladder)
{
    begin_diagram(ladder);
    if (!ladder->mermaid.left_out)
        return;
    es_text_addf(&ladder->page, "    Note over T%uL: ", ladder->mermaid.tunnels[0]);
    es_text_add_things(&ladder->line, ladder->mermaid.left_out, "more message");
    es_text_add(&ladder->line, " or events left out");
    add_label(ladder);
}
