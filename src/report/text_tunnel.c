/*
 * A tunnel as text: its peers, its IKE SAs and its Child SAs.
 */
#include "text.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

/* The newest of each are shown; a tunnel that was rekeyed all day has hundreds. */
enum { IKE_SAS_MAX = 6, CHILDREN_MAX = 8 };

static void write_head(struct es_page *page, const struct es_tunnel *tunnel)
{
    struct es_text *text = &page->text;
    char label[24];
    snprintf(label, sizeof(label), "Tunnel %" PRIu32, tunnel->number);
    es_text_add_peers(text, tunnel, false, page->utf8);
    es_page_row(page, &(struct es_page_row){
                          .label = label, .label_style = ES_STYLE_BOLD, .style = ES_STYLE_BOLD});
    es_text_add_tunnel_state(text, tunnel);
    es_page_row(page, &(struct es_page_row){0});
    for (int side = 0; side < 2; side++) {
        if (!tunnel->peers[side].vendor)
            continue;
        es_text_add(text, text->length ? ", " : "");
        es_text_add_address(text, &tunnel->peers[side].address);
        es_text_addf(text, " says it is %s", tunnel->peers[side].vendor);
    }
    es_page_row(page, &(struct es_page_row){0});
}

static void write_suite(struct es_page *page, const struct es_ike_sa *sa)
{
    struct es_text *text = &page->text;
    if (!sa->chosen.count && !sa->offered.count)
        return;
    es_text_add(text, sa->chosen.count ? "chosen: " : "offered: ");
    es_text_add_transforms(text, sa->chosen.count ? &sa->chosen : &sa->offered);
    es_page_row(page, &(struct es_page_row){.hang = 2});
}

static void write_identities(struct es_page *page, const struct es_ike_sa *sa)
{
    for (int side = 0; side < 2; side++) {
        if (!sa->identities[side])
            continue;
        es_text_add_address(&page->text, &sa->tunnel->peers[side].address);
        es_text_addf(&page->text, " identifies itself as %s", sa->identities[side]);
        es_page_row(page, &(struct es_page_row){.hang = 2});
    }
}

static void write_exchanges(struct es_page *page, const struct es_ike_sa *sa)
{
    struct es_text *text = &page->text;
    es_text_add_things(text, sa->exchange_count, "exchange");
    if (sa->retransmissions) {
        es_text_add(text, ", ");
        es_text_add_things(text, sa->retransmissions, "retransmission");
    }
    if (sa->response_count) {
        es_text_add(text, ", answered in ");
        es_text_add_responses(text, sa);
    }
    es_page_row(page, &(struct es_page_row){.hang = 2});
}

static void write_dpd(struct es_page *page, const struct es_ike_sa *sa)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (!es_ike_sa_dpd(sa, side)->requests)
            continue;
        es_text_add(&page->text, "DPD: ");
        es_text_add_dpd(&page->text, sa, side);
        es_page_row(page, &(struct es_page_row){.hang = 2});
    }
}

static void add_event(struct es_text *text, const struct es_report *report, const char *what,
                      const struct es_packet_ref *ref)
{
    if (!ref->number)
        return;
    es_text_add_comma(text);
    es_text_addf(text, "%s ", what);
    es_text_add_moment(text, report, ref->time);
}

static void write_ike_sa(struct es_page *page, const struct es_report *report,
                         const struct es_ike_sa *sa)
{
    struct es_text *text = &page->text;
    char label[24];
    snprintf(label, sizeof(label), "IKE SA %" PRIu32, sa->number);
    es_text_addf(text, "%016" PRIx64 " : %016" PRIx64 ", initiator ", sa->initiator_spi,
                 sa->responder_spi);
    es_text_add_address(text, &sa->tunnel->peers[sa->initiator].address);
    es_page_row(page, &(struct es_page_row){.indent = 2, .label = label, .hang = 2});
    if (sa->state == ES_IKE_SA_ESTABLISHED ? !sa->established.number : !sa->closed.number)
        es_text_add(text, es_ike_sa_state_name(sa->state));
    add_event(text, report, "closed", &sa->closed);
    add_event(text, report, "established", &sa->established);
    if (sa->major == 1 && es_mode_name(sa->mode))
        es_text_addf(text, ", %s mode", es_mode_name(sa->mode));
    if (sa->rekeys)
        es_text_addf(text, ", replaces IKE SA %" PRIu32, sa->rekeys->number);
    if (sa->rekeyed_to)
        es_text_addf(text, ", replaced by IKE SA %" PRIu32, sa->rekeyed_to->number);
    es_page_row(page, &(struct es_page_row){.hang = 2});
    write_suite(page, sa);
    write_identities(page, sa);
    write_exchanges(page, sa);
    write_dpd(page, sa);
}

/* With keys: the networks of both sides, and the algorithms. */
static void write_terms(struct es_page *page, const struct es_child_sa *child)
{
    struct es_text *text = &page->text;
    if (child->selectors[0].count || child->selectors[1].count) {
        es_text_add_selectors(text, &child->selectors[0]);
        es_text_add(text, page->utf8 ? " ↔ " : " <-> ");
        es_text_add_selectors(text, &child->selectors[1]);
        es_page_row(page, &(struct es_page_row){.hang = 2});
    }
    if (child->chosen.count) {
        es_text_add(text, "chosen: ");
        es_text_add_transforms(text, &child->chosen);
        es_page_row(page, &(struct es_page_row){.hang = 2});
    }
}

static void write_child(struct es_page *page, const struct es_report *report,
                        const struct es_child_sa *child, const struct es_axis *axis)
{
    struct es_text *text = &page->text;
    char label[24];
    snprintf(label, sizeof(label), "Child %" PRIu32, child->number);
    if (child->ike_sa)
        es_text_addf(text, "of IKE SA %" PRIu32, child->ike_sa->number);
    else
        es_text_add(text, "its negotiation was not seen");
    add_event(text, report, "since", &child->created.ref);
    if (child->created.ref.number && child->created.provenance == ES_PROVENANCE_INFERRED)
        es_text_add(text, " (inferred)");
    if (child->rekeys && !es_child_is_beside(child->rekeys))
        es_text_addf(text, ", replaces Child %" PRIu32, child->rekeys->number);
    if (child->rekeyed_by && !es_child_is_beside(child))
        es_text_addf(text, ", replaced by Child %" PRIu32, child->rekeyed_by->number);
    add_event(text, report, "deleted", &child->deleted.ref);
    if (!child->flows[0] && !child->flows[1])
        es_text_add(text, ", no packets seen");
    es_page_row(page, &(struct es_page_row){.indent = 2, .label = label, .hang = 2});
    write_terms(page, child);
    for (int side = 0; side < 2; side++) {
        if (child->flows[side])
            es_text_write_flow(page, report, child->flows[side], axis);
    }
}

static void write_folded(struct es_page *page, uint64_t count, const char *noun)
{
    if (!count)
        return;
    es_text_add_things(&page->text, count, noun);
    es_text_add(&page->text, " not shown: --json lists all");
    es_page_row(page, &(struct es_page_row){.style = ES_STYLE_DIM});
}

/* The list is in order of age; of too many, the oldest are left out. */
static void write_ike_sas(struct es_page *page, const struct es_report *report,
                          const struct es_tunnel *tunnel)
{
    uint64_t count = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        count++;
    uint64_t hidden = count > IKE_SAS_MAX ? count - IKE_SAS_MAX : 0;
    write_folded(page, hidden, "older IKE SA");
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        if (hidden)
            hidden--;
        else
            write_ike_sa(page, report, sa);
    }
}

/* The list is newest first and is shown the other way round. */
static void write_children(struct es_page *page, const struct es_report *report,
                           const struct es_tunnel *tunnel)
{
    const struct es_child_sa *shown[CHILDREN_MAX];
    size_t count = 0;
    uint64_t hidden = 0;
    for (const struct es_child_sa *c = tunnel->children; c; c = c->next_in_tunnel) {
        if (c->withdrawn)
            continue;
        if (count < ES_COUNT(shown))
            shown[count++] = c;
        else
            hidden++;
    }
    write_folded(page, hidden, "older Child SA");
    const struct es_axis axis = es_axis_of(tunnel);
    while (count > 0)
        write_child(page, report, shown[--count], &axis);
}

void es_text_write_tunnel(struct es_page *page, const struct es_report *report,
                          const struct es_tunnel *tunnel)
{
    write_head(page, tunnel);
    /* Of a single tunnel the verdict above says it already. */
    if (report->model->tunnel_count > 1)
        es_page_text(page, &(struct es_page_row){0},
                     es_diagnosis_tunnel_verdict(report->diagnosis, tunnel));
    write_ike_sas(page, report, tunnel);
    write_children(page, report, tunnel);
}
