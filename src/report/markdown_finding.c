/*
 * A finding in Markdown: what, since when, how sure, the proof as a table, where to look.
 */
#include "markdown.h"

#include "wording.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum { CONSEQUENCES_MAX = 8 };

static void write_heading(struct es_markdown *md, const struct es_finding *finding)
{
    const char *severity = es_severity_name(finding->severity);
    es_text_addf(&md->out, "\n## %c%s: ", toupper((unsigned char)severity[0]), severity + 1);
    es_markdown_text(&md->out, finding->rule->title);
    es_text_add(&md->out, "\n\n");
    es_markdown_code(&md->out, finding->rule->id);
    if (finding->tunnel) {
        es_text_addf(&md->out, ", tunnel %" PRIu32 ": ", finding->tunnel->number);
        es_text_add_peers(&md->words, finding->tunnel, true, true);
        es_markdown_words(md);
    }
    es_text_add(&md->out, "\n\n");
    es_markdown_text(&md->out, finding->summary);
    const size_t length = strlen(finding->summary);
    const bool ends = length && strchr(".?!", finding->summary[length - 1]);
    es_text_add(&md->out, ends ? "\n\n" : ".\n\n");
}

/* A fact with the words at hand; without words there is none. */
static void write_fact(struct es_markdown *md, const char *name)
{
    if (!md->words.length)
        return;
    es_text_addf(&md->out, "- **%s:** ", name);
    es_markdown_words(md);
    es_text_add(&md->out, "\n");
}

static void write_facts(struct es_markdown *md, const struct es_finding *finding)
{
    es_text_add_when(&md->words, md->report, finding);
    write_fact(md, "When");
    es_text_add(&md->words, es_confidence_name(finding->confidence));
    if (finding->reason)
        es_text_addf(&md->words, ": %s", finding->reason);
    write_fact(md, "Confidence");
    if (finding->has_peer && finding->tunnel) {
        es_text_add_address(&md->words, &finding->tunnel->peers[finding->peer].address);
        if (finding->role)
            es_text_addf(&md->words, " (%s)", finding->role);
        write_fact(md, "Look at");
    }
    if (finding->display_filter) {
        es_text_add(&md->out, "- **Wireshark:** ");
        es_markdown_code(&md->out, finding->display_filter);
        es_text_add(&md->out, "\n");
    }
    if (finding->rule->reference)
        es_text_add(&md->words, finding->rule->reference);
    write_fact(md, "Reference");
}

static void write_evidence(struct es_markdown *md, const struct es_finding *finding)
{
    if (!finding->evidence_count)
        return;
    es_text_add(&md->out, "\n| packet | time | what it shows |\n|---:|---|---|\n");
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct es_evidence *e = &finding->evidence[i];
        es_text_add(&md->out, "| ");
        es_markdown_packet(md, &e->ref);
        es_text_add(&md->out, " | ");
        es_text_add_moment(&md->words, md->report, e->ref.time);
        es_markdown_words(md);
        es_text_add(&md->out, " | ");
        es_markdown_text(&md->out, e->what);
        es_text_add(&md->out, " |\n");
    }
}

static void write_checks(struct es_markdown *md, const struct es_finding *finding)
{
    if (finding->check_count)
        es_text_add(&md->out, "\nWhat to check:\n\n");
    for (size_t i = 0; i < finding->check_count; i++) {
        es_text_add(&md->out, "- ");
        es_markdown_text(&md->out, finding->checks[i]);
        es_text_add(&md->out, "\n");
    }
}

static void write_consequences(struct es_markdown *md, const struct es_finding *finding)
{
    uint64_t count = 0;
    if (finding->consequences)
        es_text_add(&md->out, "\nWhat follows from it:\n\n");
    for (const struct es_finding *c = finding->consequences; c; c = c->next) {
        if (count++ >= CONSEQUENCES_MAX)
            continue;
        es_text_add(&md->out, "- ");
        es_markdown_code(&md->out, c->rule->id);
        es_text_add(&md->out, ": ");
        es_markdown_text(&md->out, c->summary);
        for (size_t i = 0; i < c->evidence_count; i++) {
            es_text_add(&md->out, i == 0 ? " (packet " : ", ");
            es_markdown_packet(md, &c->evidence[i].ref);
        }
        es_text_add(&md->out, c->evidence_count ? ")\n" : "\n");
    }
    if (count > CONSEQUENCES_MAX)
        es_text_addf(&md->out, "- and %" PRIu64 " more\n", count - CONSEQUENCES_MAX);
}

void es_markdown_finding(struct es_markdown *md, const struct es_finding *finding)
{
    write_heading(md, finding);
    write_facts(md, finding);
    write_evidence(md, finding);
    write_checks(md, finding);
    write_consequences(md, finding);
}
