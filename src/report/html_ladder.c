/*
 * The IKE messages between a tunnel's peers, and what happens between them, as a ladder: which
 * entries of the chronicle stand in it, and what is folded. The first and the last ones do, and
 * whatever a finding names as its evidence; rows of answered liveness checks are closed, and of
 * what lies between as much as there is room for.
 */
#include "html_ladder.h"

#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>

/* Entries of one ladder by how much room there is, and parts of them at both ends. */
static const size_t rows_of[] = {
    [ES_ROOM_AMPLE] = 160, [ES_ROOM_FAIR] = 64, [ES_ROOM_TIGHT] = 24, [ES_ROOM_NONE] = 0};
enum { FIRST_PART = 4, LAST_PART = 2 };
enum { ENDS_MAX = 24 };     /* of flows */
enum { ROW_OF_CHECKS = 6 }; /* messages that are closed */

/* --- what is there --- */

static size_t gather_entries(const struct es_html *html, const struct es_tunnel *tunnel,
                             struct es_rungs *rungs)
{
    const struct es_chronicle_entry *first =
        html->chronicle ? es_chronicle_of(html->chronicle, tunnel->number) : NULL;
    size_t count = 0;
    for (const struct es_chronicle_entry *e = first; e; e = e->next)
        count++;
    rungs->items = calloc(count + ENDS_MAX + 1, sizeof(*rungs->items));
    if (!rungs->items)
        return 0;
    for (const struct es_chronicle_entry *e = first; e; e = e->next)
        rungs->items[rungs->count++] = (struct es_html_rung){.entry = e, .time = e->ref.time};
    return count;
}

static int by_time(const void *a, const void *b)
{
    const struct es_html_rung *x = a;
    const struct es_html_rung *y = b;
    return x->time < y->time ? -1 : x->time > y->time;
}

/* The last packets of the newest flows, behind whatever came before them. */
static void gather_ends(const struct es_tunnel *tunnel, struct es_rungs *rungs)
{
    size_t flows = 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel)
        flows++;
    size_t skip = flows > ENDS_MAX ? flows - ENDS_MAX : 0;
    rungs->ends_left_out = skip;
    struct es_html_rung ends[ENDS_MAX];
    size_t count = 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        if (skip > 0)
            skip--;
        else
            ends[count++] = (struct es_html_rung){.flow = f, .time = f->last.time, .shown = true};
    }
    qsort(ends, count, sizeof(ends[0]), by_time);
    /* From behind: both are in order. */
    size_t from = rungs->count;
    size_t to = rungs->count + count;
    rungs->count = to;
    while (count > 0) {
        const struct es_html_rung *entry = from > 0 ? &rungs->items[from - 1] : NULL;
        if (entry && entry->time > ends[count - 1].time) {
            rungs->items[--to] = *entry;
            from--;
        } else {
            rungs->items[--to] = ends[--count];
        }
    }
}

/* --- what is evidence --- */

struct proof {
    struct es_packet_ref ref;
    bool of_fault;
};

static int by_packet(const void *a, const void *b)
{
    const struct es_packet_ref *x = &((const struct proof *)a)->ref;
    const struct es_packet_ref *y = &((const struct proof *)b)->ref;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

struct proofs {
    struct proof *items; /* owned */
    size_t count, room;
};

static void add_proofs(struct proofs *proofs, const struct es_finding *finding)
{
    const bool of_fault = finding->rule->category == ES_CATEGORY_FAULT;
    for (size_t i = 0; i < finding->evidence_count && proofs->count < proofs->room; i++)
        proofs->items[proofs->count++] = (struct proof){finding->evidence[i].ref, of_fault};
}

/* The evidence of the tunnel's findings, in order. */
static void gather_proofs(const struct es_html *html, const struct es_tunnel *tunnel,
                          struct proofs *proofs)
{
    enum { CONSEQUENCES_MAX = 16 };
    const struct es_html_toll *toll = es_html_toll(html, tunnel);
    size_t findings = 0;
    for (unsigned severity = 0; severity <= ES_SEVERITY_ERROR; severity++)
        findings += toll->counts[severity];
    proofs->room = findings * (1 + CONSEQUENCES_MAX) * ES_EVIDENCE_MAX;
    proofs->items = findings ? calloc(proofs->room, sizeof(*proofs->items)) : NULL;
    if (!proofs->items)
        return;
    for (uint32_t n = toll->first; n; n = html->findings[n - 1].next) {
        const struct es_finding *finding = html->findings[n - 1].finding;
        add_proofs(proofs, finding);
        for (const struct es_finding *f = finding->consequences; f; f = f->next)
            add_proofs(proofs, f);
    }
    qsort(proofs->items, proofs->count, sizeof(*proofs->items), by_packet);
}

static void mark_evidence(const struct es_html *html, const struct es_tunnel *tunnel,
                          struct es_rungs *rungs)
{
    struct proofs proofs = {0};
    gather_proofs(html, tunnel, &proofs);
    for (size_t i = 0; i < rungs->count && proofs.count > 0; i++) {
        struct es_html_rung *rung = &rungs->items[i];
        if (!rung->entry || !rung->entry->message)
            continue;
        const struct proof wanted = {rung->entry->ref, false};
        const struct proof *found =
            bsearch(&wanted, proofs.items, proofs.count, sizeof(wanted), by_packet);
        rung->proves = found != NULL;
        while (found && found > proofs.items && by_packet(found - 1, &wanted) == 0)
            found--;
        for (; found && found < proofs.items + proofs.count && by_packet(found, &wanted) == 0;
             found++)
            rung->accuses |= found->of_fault;
    }
    free(proofs.items);
}

/* --- what is shown --- */

static void choose(struct es_rungs *rungs, size_t most)
{
    size_t shown = rungs->count;
    for (size_t i = 0; i < rungs->count; i++)
        rungs->items[i].shown = true;
    const size_t first = most / FIRST_PART;
    const size_t last = most / LAST_PART;
    if (rungs->count <= most)
        return;
    for (int worth = 0; worth < ES_WORTHS && shown > most; worth++) {
        for (size_t i = first; i + last < rungs->count && shown > most; i++) {
            struct es_html_rung *rung = &rungs->items[i];
            if (!rung->entry || rung->entry->fold || rung->proves || !rung->shown ||
                (int)es_chronicle_worth(rung->entry) != worth)
                continue;
            rung->shown = false;
            shown--;
        }
    }
}

static bool is_closed(const struct es_html_rung *rung)
{
    return rung->shown && !rung->proves && rung->entry && rung->entry->message &&
           es_chronicle_worth(rung->entry) == ES_WORTH_CHECK;
}

/* How many from `at` on are liveness checks that may stand closed. */
static size_t checks_from(const struct es_rungs *rungs, size_t at)
{
    size_t count = 0;
    while (at + count < rungs->count && is_closed(&rungs->items[at + count]))
        count++;
    return count;
}

/* --- writing --- */

static bool is_folded(const struct es_html_rung *rung)
{
    return rung->entry && (rung->entry->fold || !rung->shown);
}

/* What is folded from `at` on becomes one row. */
static size_t write_fold(struct es_html_ladder *ladder, const struct es_rungs *rungs, size_t at)
{
    struct es_chronicle_fold fold = {0};
    const size_t from = at;
    for (; at < rungs->count && is_folded(&rungs->items[at]); at++)
        es_chronicle_count_into(&fold, rungs->items[at].entry);
    es_html_ladder_fold(ladder, &rungs->items[from].entry->ref, &fold, false);
    return at;
}

static size_t write_checks(struct es_html_ladder *ladder, const struct es_rungs *rungs, size_t at,
                           size_t count)
{
    struct es_chronicle_fold fold = {0};
    for (size_t i = 0; i < count; i++)
        es_chronicle_count_into(&fold, rungs->items[at + i].entry);
    es_html_ladder_fold(ladder, &rungs->items[at].entry->ref, &fold, true);
    for (size_t i = 0; i < count; i++)
        es_html_ladder_rung(ladder, &rungs->items[at + i]);
    es_html_ladder_fold_end(ladder);
    return at + count;
}

static void write_rungs(struct es_html_ladder *ladder, const struct es_rungs *rungs)
{
    size_t at = 0;
    while (at < rungs->count) {
        const size_t checks = checks_from(rungs, at);
        if (is_folded(&rungs->items[at]))
            at = write_fold(ladder, rungs, at);
        else if (checks >= ROW_OF_CHECKS)
            at = write_checks(ladder, rungs, at, checks);
        else
            es_html_ladder_rung(ladder, &rungs->items[at++]);
    }
}

static void add_caption(struct es_html *html, const struct es_rungs *rungs)
{
    uint64_t messages = 0;
    uint64_t hidden = 0;
    for (size_t i = 0; i < rungs->count; i++) {
        struct es_chronicle_fold one = {0};
        if (rungs->items[i].entry)
            es_chronicle_count_into(&one, rungs->items[i].entry);
        messages += one.messages;
        hidden += is_folded(&rungs->items[i]) ? one.messages : 0;
    }
    es_text_add(html->out, "<span class=\"quiet\">");
    if (messages)
        es_text_add_things(html->out, messages, "message");
    else
        es_text_add(html->out, "none in this capture");
    if (hidden) {
        es_text_add(html->out, ", ");
        es_text_add_count(html->out, messages - hidden);
        es_text_add(html->out, " of them shown");
    }
    if (rungs->ends_left_out) {
        es_text_add(html->out, "; the ends of ");
        es_text_add_things(html->out, rungs->ends_left_out, "older ESP flow");
        es_text_add(html->out, " are left out");
    }
    es_text_add(html->out, "</span>");
}

/* What stands in the place of a ladder. */
static const char *why_empty(const struct es_tunnel *tunnel, size_t entries)
{
    if (entries)
        return "Left out: the page is long already. --tunnel N makes one of a single tunnel.";
    if (tunnel->peers[0].ike.count + tunnel->peers[1].ike.count > 0)
        return "Not kept: there were too many tunnels. --tunnel N keeps those of a single one.";
    return "None of them in this capture.";
}

static void add_ends(struct es_html *html, const struct es_tunnel *tunnel)
{
    es_text_add(html->out, "<p class=\"ends\" aria-hidden=\"true\">");
    for (int side = 0; side < 2; side++) {
        es_text_add(html->out, "<span>");
        es_text_add_address(html->out, &tunnel->peers[side].address);
        es_text_add(html->out, "</span>");
    }
    es_text_add(html->out, "</p>\n");
}

void es_html_ladder(struct es_html *html, const struct es_tunnel *tunnel)
{
    struct es_rungs rungs = {0};
    const size_t most = rows_of[es_html_room(html)];
    const size_t entries = gather_entries(html, tunnel, &rungs);
    if (entries && most) {
        mark_evidence(html, tunnel, &rungs);
        gather_ends(tunnel, &rungs);
        choose(&rungs, most);
    }
    es_text_addf(html->out,
                 "<figure class=\"ladder\" id=\"ladder-%" PRIu32 "\">"
                 "<figcaption>IKE messages ",
                 tunnel->number);
    if (entries && most) {
        struct es_html_ladder ladder;
        add_caption(html, &rungs);
        es_text_add(html->out, "</figcaption>\n");
        add_ends(html, tunnel);
        es_html_ladder_begin(&ladder, html, tunnel);
        write_rungs(&ladder, &rungs);
        es_html_ladder_end(&ladder);
    } else {
        es_text_add(html->out, "</figcaption>\n<p class=\"quiet\">");
        es_text_add(html->out, why_empty(tunnel, entries));
        es_text_add(html->out, "</p>");
    }
    es_text_add(html->out, "</figure>\n");
    free(rungs.items);
}
