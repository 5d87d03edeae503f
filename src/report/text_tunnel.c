/*
 * A tunnel as text: its peers, IKE SAs, Child SAs, and both flows of each by SPI.
 */
#include "text.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

/* The newest of each are shown; a tunnel that was rekeyed all day has hundreds. */
enum { IKE_SAS_MAX = 6, CHILDREN_MAX = 8, FLOW_INDENT = 6, FLOW_HANG = 3, SPARK_COLUMNS = 24 };

static void add_nat(struct es_text *text, const struct es_tunnel *tunnel)
{
    const struct es_peer *peers = tunnel->peers;
    const bool both = peers[0].behind_nat == ES_YES && peers[1].behind_nat == ES_YES;
    if (es_tunnel_nat(tunnel) == ES_UNKNOWN)
        return;
    if (es_tunnel_nat(tunnel) == ES_NO) {
        es_text_add(text, ", no NAT");
    } else if (both) {
        es_text_add(text, ", both behind NAT");
    } else if (peers[0].behind_nat == ES_YES || peers[1].behind_nat == ES_YES) {
        es_text_add(text, ", NAT in front of ");
        es_text_add_address(text, &peers[peers[1].behind_nat == ES_YES].address);
    } else {
        es_text_add(text, ", NAT in between");
    }
}

static void write_head(struct es_page *page, const struct es_tunnel *tunnel)
{
    static const struct {
        const char *name, *words;
    } encapsulations[] = {
        {"raw",   "plain ESP"                     },
        {"udp",   "ESP in UDP"                    },
        {"tcp",   "ESP in TCP"                    },
        {"mixed", "ESP in changing encapsulations"},
    };
    struct es_text *text = &page->text;
    char label[24];
    snprintf(label, sizeof(label), "Tunnel %" PRIu32, tunnel->number);
    es_text_add_peers(text, tunnel, false, page->utf8);
    es_page_field(page, &(struct es_field){
                            .label = label, .label_style = ES_STYLE_BOLD, .style = ES_STYLE_BOLD});
    es_text_add(text, es_tunnel_state_name(es_tunnel_state(tunnel)));
    if (tunnel->ike_version)
        es_text_addf(text, ", IKEv%u", tunnel->ike_version);
    else
        es_text_add(text, ", no IKE seen");
    const char *encapsulation = es_tunnel_encapsulation_name(tunnel);
    for (size_t i = 0; encapsulation && i < ES_COUNT(encapsulations); i++) {
        if (strcmp(encapsulations[i].name, encapsulation) == 0)
            es_text_addf(text, ", %s", encapsulations[i].words);
    }
    if (!encapsulation)
        es_text_add(text, ", no ESP seen");
    add_nat(text, tunnel);
    es_page_field(page, &(struct es_field){0});
    for (int side = 0; side < 2; side++) {
        if (!tunnel->peers[side].vendor)
            continue;
        es_text_add(text, text->length ? ", " : "");
        es_text_add_address(text, &tunnel->peers[side].address);
        es_text_addf(text, " says it is %s", tunnel->peers[side].vendor);
    }
    es_page_field(page, &(struct es_field){0});
}

/* The transforms of an offer, each once, with no more said about types than order does. */
static void add_transforms(struct es_text *text, const struct es_offer *offer)
{
    struct es_text one;
    es_text_init(&one);
    const size_t start = text->length;
    for (size_t i = 0; i < offer->count; i++) {
        es_text_clear(&one);
        es_text_add_transform(&one, &offer->transforms[i]);
        if (!one.length || strstr(es_text_chars(text) + start, es_text_chars(&one)))
            continue;
        es_text_add(text, text->length > start ? ", " : "");
        es_text_add(text, es_text_chars(&one));
    }
    text->failed |= one.failed;
    es_text_fini(&one);
}

static void write_suite(struct es_page *page, const struct es_ike_sa *sa)
{
    struct es_text *text = &page->text;
    if (!sa->chosen.count && !sa->offered.count)
        return;
    es_text_add(text, sa->chosen.count ? "chosen: " : "offered: ");
    add_transforms(text, sa->chosen.count ? &sa->chosen : &sa->offered);
    es_page_field(page, &(struct es_field){.hang = 2});
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
        es_text_add_span(text, es_ike_sa_response_median(sa) * ES_MICROSECOND);
        if (sa->response_count > 1) {
            es_text_add(text, " (at worst ");
            es_text_add_span(text, sa->response_max_us * ES_MICROSECOND);
            es_text_add(text, ")");
        }
    }
    es_page_field(page, &(struct es_field){.hang = 2});
}

static void write_dpd(struct es_page *page, const struct es_ike_sa *sa)
{
    struct es_text *text = &page->text;
    for (int side = 0; side < 2; side++) {
        const struct es_dpd *dpd = &sa->dpd[side];
        if (!dpd->requests)
            continue;
        es_text_add(text, "DPD: ");
        es_text_add_address(text, &sa->tunnel->peers[side].address);
        es_text_add(text, " asked ");
        es_text_add_things(text, dpd->requests, "time");
        if (dpd->interval_count) {
            es_text_add(text, ", every ");
            es_text_add_span(text, dpd->interval_sum / (es_time)dpd->interval_count);
        }
        if (dpd->unanswered_requests) {
            es_text_addf(text, "; the last %" PRIu32 " without an answer",
                         dpd->unanswered_requests);
        }
        es_page_field(page, &(struct es_field){.hang = 2});
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
    es_page_field(page, &(struct es_field){.indent = 2, .label = label, .hang = 2});
    if (!sa->established.number || sa->state != ES_IKE_SA_ESTABLISHED)
        es_text_add(text, es_ike_sa_state_name(sa->state));
    add_event(text, report, "established", &sa->established);
    add_event(text, report, sa->state == ES_IKE_SA_CLOSED ? "until" : "closed", &sa->closed);
    if (sa->major == 1 && es_mode_name(sa->mode))
        es_text_addf(text, ", %s mode", es_mode_name(sa->mode));
    if (sa->rekeys)
        es_text_addf(text, ", replaces IKE SA %" PRIu32, sa->rekeys->number);
    if (sa->rekeyed_to)
        es_text_addf(text, ", replaced by IKE SA %" PRIu32, sa->rekeyed_to->number);
    es_page_field(page, &(struct es_field){.hang = 2});
    write_suite(page, sa);
    write_exchanges(page, sa);
    write_dpd(page, sa);
}

/* The time that the sparklines of a tunnel share, so that one can be held against another. */
struct axis {
    es_time start;
    es_time length; /* 0: a single moment */
};

static struct axis axis_of(const struct es_tunnel *tunnel)
{
    struct axis axis = {0};
    es_time end = 0;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        if (f == tunnel->flows || f->first.time < axis.start)
            axis.start = f->first.time;
        if (f == tunnel->flows || f->last.time > end)
            end = f->last.time;
    }
    axis.length = end - axis.start;
    return axis;
}

/* The flow's packets per column of the axis; those of a bucket are spread evenly over its time. */
static void spread(const struct es_flow *flow, const struct axis *axis, double *columns)
{
    const struct es_timeline *timeline = &flow->timeline;
    const double scale = axis->length > 0 ? SPARK_COLUMNS / (double)axis->length : 0;
    const double width = (double)timeline->width * scale;
    for (size_t i = 0; i < ES_TIMELINE_BUCKETS; i++) {
        const double from =
            (double)(timeline->start + (es_time)i * timeline->width - axis->start) * scale;
        if (!timeline->counts[i] || from < 0)
            continue;
        for (size_t c = (size_t)from; c < SPARK_COLUMNS && (double)c < from + width; c++) {
            const double left = from > (double)c ? from : (double)c;
            const double right = from + width < (double)c + 1 ? from + width : (double)c + 1;
            columns[c] += timeline->counts[i] * (right - left) / width;
        }
    }
}

/* The column that a moment falls into. */
static size_t column_of(const struct axis *axis, es_time time)
{
    const es_time at = time - axis->start;
    return at < axis->length ? (size_t)((double)at / (double)axis->length * SPARK_COLUMNS)
           : axis->length    ? SPARK_COLUMNS - 1
                             : 0;
}

/* The flow over the tunnel's time, in the characters that the reader has. */
static void add_sparkline(struct es_text *text, const struct es_flow *flow, const struct axis *axis,
                          bool utf8)
{
    static const char *const blocks[] = {" ",      "\u2581", "\u2582", "\u2583", "\u2584",
                                         "\u2585", "\u2586", "\u2587", "\u2588"};
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    const char *const *levels = utf8 ? blocks : ascii;
    const double top = ES_COUNT(blocks) - 1;
    double columns[SPARK_COLUMNS] = {0};
    double most = 0;
    spread(flow, axis, columns);
    for (size_t c = 0; c < SPARK_COLUMNS; c++)
        most = columns[c] > most ? columns[c] : most;
    const size_t last = column_of(axis, flow->last.time);
    es_text_add(text, "|");
    for (size_t c = 0; c < SPARK_COLUMNS; c++) {
        const bool any = c == last || (columns[c] > 0 && c < last);
        const double part = most > 0 ? columns[c] / most : 1;
        es_text_add(text, levels[any ? (size_t)(part * (top - 0.01)) + 1 : 0]);
    }
    es_text_add(text, "|");
}

static void add_losses(struct es_text *text, const struct es_sequence *sequence)
{
    const struct {
        uint64_t count;
        const char *what;
    } losses[] = {
        {es_sequence_lost(sequence), "lost"     },
        {sequence->reordered,        "reordered"},
        {sequence->duplicates,       "duplicate"},
    };
    const size_t start = text->length;
    for (size_t i = 0; i < ES_COUNT(losses); i++) {
        if (!losses[i].count)
            continue;
        es_text_add(text, text->length > start ? ", " : "");
        es_text_add_count(text, losses[i].count);
        es_text_addf(text, " %s", losses[i].what);
    }
    if (sequence->resets) {
        es_text_add(text, text->length > start ? ", " : "");
        es_text_addf(text, "counter restarted %" PRIu64 "x", sequence->resets);
    }
    if (text->length == start)
        es_text_add(text, "no loss");
}

/* "ESP 0xc1a2b3c4     1,190 packets    1.1 MiB", in columns. */
static void add_totals(struct es_text *text, const struct es_flow *flow)
{
    struct es_text cell;
    es_text_init(&cell);
    es_text_addf(text, "%s 0x%08" PRIx32, flow->key.protocol == 51 ? "AH " : "ESP", flow->key.spi);
    es_text_add_things(&cell, flow->packets, "packet");
    es_text_addf(text, " %17s", es_text_chars(&cell));
    es_text_clear(&cell);
    es_text_add_size(&cell, flow->bytes);
    es_text_addf(text, " %10s", es_text_chars(&cell));
    text->failed |= cell.failed;
    es_text_fini(&cell);
}

/* Totals and losses, then the course in time: on one line where it fits, else on two. */
static void write_flow(struct es_page *page, const struct es_report *report,
                       const struct es_flow *flow, const struct axis *axis)
{
    static const char *const arrows[2][2] = {
        {"->",     "<-"    },
        {"\u2192", "\u2190"}
    };
    struct es_text *text = &page->text;
    struct es_text course;
    struct es_text losses;
    es_text_init(&course);
    es_text_init(&losses);
    add_sparkline(&course, flow, axis, page->utf8);
    es_text_add(&course, " ");
    es_text_add_moment(&course, report, flow->first.time);
    es_text_add(&course, " to ");
    es_text_add_moment(&course, report, flow->last.time);
    add_losses(&losses, &flow->sequence);

    add_totals(text, flow);
    const size_t columns = FLOW_INDENT + FLOW_HANG + text->length + 2 +
                           es_page_columns(es_text_chars(&course), course.length);
    if (columns <= page->width)
        es_text_addf(text, "  %s  %s", es_text_chars(&course), es_text_chars(&losses));
    else
        es_text_addf(text, "  %s\n%s", es_text_chars(&losses), es_text_chars(&course));
    text->failed |= course.failed | losses.failed;
    es_text_fini(&course);
    es_text_fini(&losses);
    es_page_field(page, &(struct es_field){.indent = FLOW_INDENT,
                                           .label = arrows[page->utf8][flow->side],
                                           .label_style = ES_STYLE_BOLD,
                                           .column = FLOW_INDENT + FLOW_HANG});
}

static void write_child(struct es_page *page, const struct es_report *report,
                        const struct es_child_sa *child, const struct axis *axis)
{
    struct es_text *text = &page->text;
    char label[24];
    snprintf(label, sizeof(label), "Child %" PRIu32, child->number);
    if (child->ike_sa)
        es_text_addf(text, "of IKE SA %" PRIu32, child->ike_sa->number);
    else
        es_text_add(text, "negotiated before the capture began or out of its sight");
    add_event(text, report, "since", &child->created.ref);
    if (child->created.ref.number && child->created.provenance == ES_PROVENANCE_INFERRED)
        es_text_add(text, " (inferred)");
    if (child->rekeys)
        es_text_addf(text, ", replaces Child %" PRIu32, child->rekeys->number);
    if (child->rekeyed_by)
        es_text_addf(text, ", replaced by Child %" PRIu32, child->rekeyed_by->number);
    add_event(text, report, "deleted", &child->deleted.ref);
    if (!child->flows[0] && !child->flows[1])
        es_text_add(text, ", no packets seen");
    es_page_field(page, &(struct es_field){.indent = 2, .label = label, .hang = 2});
    for (int side = 0; side < 2; side++) {
        if (child->flows[side])
            write_flow(page, report, child->flows[side], axis);
    }
}

static void write_folded(struct es_page *page, uint64_t count, const char *noun)
{
    if (!count)
        return;
    es_text_add_things(&page->text, count, noun);
    es_text_add(&page->text, " not shown: --json lists all");
    es_page_field(page, &(struct es_field){.style = ES_STYLE_DIM});
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
    const struct axis axis = axis_of(tunnel);
    while (count > 0)
        write_child(page, report, shown[--count], &axis);
}

void es_text_write_tunnel(struct es_page *page, const struct es_report *report,
                          const struct es_tunnel *tunnel)
{
    write_head(page, tunnel);
    write_ike_sas(page, report, tunnel);
    write_children(page, report, tunnel);
}
