/*
 * Tunnels in Markdown: a line each, and of those in question their SAs and flows and the ladder of
 * their IKE messages as Mermaid's text.
 */
#include "markdown.h"

#include "ladder.h"
#include "selection.h"
#include "wording.h"

#include "espial/report/chronicle.h"

#include <inttypes.h>

enum {
    ROWS_MAX = 30,
    IKE_SAS_MAX = 4,
    FLOWS_MAX = 12,
    /* Beyond that nobody reads a diagram; GitLab draws one of 2,000 characters only when asked. */
    RUNGS_MAX = 60,
    DIAGRAM_MAX = 9000
};

static void write_row(struct es_markdown *md, const struct es_tunnel *tunnel)
{
    const struct es_peer *peers = tunnel->peers;
    es_text_addf(&md->out, "| %" PRIu32 " | ", tunnel->number);
    es_text_add_peers(&md->words, tunnel, false, true);
    es_markdown_words(md);
    es_text_add(&md->out, " | ");
    es_text_add_tunnel_state(&md->words, tunnel);
    es_markdown_words(md);
    es_text_addf(&md->out, " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " |\n",
                 peers[0].ike.count + peers[1].ike.count, peers[0].esp.count, peers[1].esp.count);
}

void es_markdown_tunnels(struct es_markdown *md)
{
    uint64_t count = 0;
    for (const struct es_tunnel *t = md->report->model->tunnels; t; t = t->next) {
        if (!es_report_shows_tunnel(md->report, t))
            continue;
        if (count++ == 0)
            es_text_add(&md->out, "\n## Tunnels\n\n"
                                  "| | peers | state | IKE messages | ESP → | ESP ← |\n"
                                  "|---:|---|---|---:|---:|---:|\n");
        if (count <= ROWS_MAX)
            write_row(md, t);
    }
    if (count > ROWS_MAX)
        es_text_addf(&md->out, "\n%" PRIu64 " more not shown: --tunnel N shows one\n",
                     count - ROWS_MAX);
}

static void add_moment(struct es_markdown *md, const char *what, const struct es_packet_ref *ref)
{
    if (!ref->number)
        return;
    es_text_addf(&md->words, ", %s ", what);
    es_text_add_moment(&md->words, md->report, ref->time);
}

static void write_ike_sa(struct es_markdown *md, const struct es_ike_sa *sa)
{
    struct es_text *words = &md->words;
    es_text_addf(&md->out, "- **IKE SA %" PRIu32 "** (", sa->number);
    es_text_addf(words, "%016" PRIx64 ":%016" PRIx64, sa->initiator_spi, sa->responder_spi);
    es_markdown_code(&md->out, es_text_chars(words));
    es_text_rewind(words);
    es_text_add(&md->out, "): ");
    es_text_add(words, "initiator ");
    es_text_add_address(words, &sa->tunnel->peers[sa->initiator].address);
    if (sa->state == ES_IKE_SA_ESTABLISHED ? !sa->established.number : !sa->closed.number)
        es_text_addf(words, ", %s", es_ike_sa_state_name(sa->state));
    add_moment(md, "established", &sa->established);
    add_moment(md, "closed", &sa->closed);
    if (sa->chosen.count || sa->offered.count) {
        es_text_add(words, sa->chosen.count ? "; chosen: " : "; offered: ");
        es_text_add_transforms(words, sa->chosen.count ? &sa->chosen : &sa->offered);
    }
    if (sa->response_count) {
        es_text_add(words, "; answered in ");
        es_text_add_responses(words, sa);
    }
    if (sa->retransmissions) {
        es_text_add(words, "; ");
        es_text_add_things(words, sa->retransmissions, "retransmission");
    }
    for (uint8_t side = 0; side < 2; side++) {
        if (!es_ike_sa_dpd(sa, side)->requests)
            continue;
        es_text_add(words, "; DPD: ");
        es_text_add_dpd(words, sa, side);
    }
    es_markdown_words(md);
    es_text_add(&md->out, "\n");
}

/* The newest ones: the list is in order of age. */
static void write_ike_sas(struct es_markdown *md, const struct es_tunnel *tunnel)
{
    uint64_t count = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        count++;
    uint64_t hidden = count > IKE_SAS_MAX ? count - IKE_SAS_MAX : 0;
    if (hidden)
        es_text_addf(&md->out, "- %" PRIu64 " older not shown\n", hidden);
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (hidden)
            hidden--;
        else
            write_ike_sa(md, sa);
    }
}

static void write_flow(struct es_markdown *md, const struct es_flow *flow)
{
    es_text_addf(&md->out, "| `0x%08" PRIx32 "` | %s | ", flow->key.spi, flow->side ? "←" : "→");
    es_text_addf(&md->out, "%" PRIu32 " | %" PRIu64 " | ", flow->child->number, flow->packets);
    es_text_add_size(&md->words, flow->bytes);
    es_markdown_words(md);
    es_text_addf(&md->out, " | %" PRIu64 " | ", es_sequence_lost(&flow->sequence));
    es_text_add_moment(&md->words, md->report, flow->first.time);
    es_text_add(&md->words, " to ");
    es_text_add_moment(&md->words, md->report, flow->last.time);
    es_markdown_words(md);
    es_text_add(&md->out, " |\n");
}

/* The newest ones. */
static void write_flows(struct es_markdown *md, const struct es_tunnel *tunnel)
{
    uint64_t count = 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel)
        count++;
    if (!count)
        return;
    es_text_add(&md->out, "\n| SPI | | Child SA | packets | bytes | lost | when |\n"
                          "|---|---|---:|---:|---:|---:|---|\n");
    uint64_t hidden = count > FLOWS_MAX ? count - FLOWS_MAX : 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        if (hidden)
            hidden--;
        else
            write_flow(md, f);
    }
    if (count > FLOWS_MAX)
        es_text_addf(&md->out, "\n%" PRIu64 " older flows not shown\n", count - FLOWS_MAX);
}

static void write_ladder(struct es_markdown *md, const struct es_tunnel *tunnel)
{
    const struct es_report *report = md->report;
    const struct es_ladder_options options = {
        .form = ES_LADDER_MERMAID, .source = report->source, .utc = report->utc, .utf8 = true};
    struct es_ladder ladder;
    if (!report->chronicle || !es_chronicle_of(report->chronicle, tunnel->number))
        return;
    es_ladder_init(&ladder, &options, NULL);
    ladder.mermaid.limit = DIAGRAM_MAX;
    es_chronicle_replay(report->chronicle, tunnel, RUNGS_MAX, &ladder);
    es_ladder_finish(&ladder, report->model);
    es_text_add(&md->out, "\n```mermaid\n");
    es_text_add(&md->out, es_text_chars(&ladder.page));
    es_text_add(&md->out, "```\n");
    md->out.failed |= ladder.failed;
    es_ladder_fini(&ladder);
}

void es_markdown_tunnel(struct es_markdown *md, const struct es_tunnel *tunnel)
{
    es_text_addf(&md->out, "\n## Tunnel %" PRIu32 ": ", tunnel->number);
    es_text_add_peers(&md->words, tunnel, false, true);
    es_markdown_words(md);
    es_text_add(&md->out, "\n\n");
    /* Of a single tunnel the verdict above says it already. */
    if (md->report->model->tunnel_count > 1) {
        es_markdown_text(&md->out, es_diagnosis_tunnel_verdict(md->report->diagnosis, tunnel));
        es_text_add(&md->out, "\n\n");
    }
    write_ike_sas(md, tunnel);
    write_flows(md, tunnel);
    write_ladder(md, tunnel);
}
