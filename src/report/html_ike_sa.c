/*
 * A tunnel's IKE SAs: their lives, and what was negotiated.
 */
#include "html.h"

#include "wording.h"

#include <inttypes.h>

enum { COLUMNS = 9 };

static uint64_t count_ike_sas(const struct es_tunnel *tunnel)
{
    uint64_t count = 0;
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel)
        count++;
    return count;
}

/* The list is in order of age; of too many, the oldest are left out. */
static const struct es_ike_sa *first_shown(const struct es_tunnel *tunnel, uint64_t *hidden)
{
    const uint64_t count = count_ike_sas(tunnel);
    const struct es_ike_sa *sa = tunnel->ike_sas;
    *hidden = count > ES_HTML_IKE_SAS_MAX ? count - ES_HTML_IKE_SAS_MAX : 0;
    for (uint64_t i = 0; i < *hidden; i++)
        sa = sa->next_in_tunnel;
    return sa;
}

/* "established, main mode, replaces IKE SA 1" */
static void write_state(struct es_html *html, const struct es_ike_sa *sa)
{
    struct es_text *words = &html->words;
    es_text_add(words, es_ike_sa_state_name(sa->state));
    if (sa->major == 1 && es_mode_name(sa->mode))
        es_text_addf(words, ", %s mode", es_mode_name(sa->mode));
    if (sa->error) {
        es_text_add(words, ", ");
        es_text_add_registry(
            words, sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify, sa->error);
    }
    if (sa->rekeys)
        es_text_addf(words, ", replaces IKE SA %" PRIu32, sa->rekeys->number);
    if (sa->rekeyed_to)
        es_text_addf(words, ", replaced by IKE SA %" PRIu32, sa->rekeyed_to->number);
    es_html_cell(html, NULL);
}

/* A line of its own: it is long, and most IKE SAs have nothing of it. */
static void write_more(struct es_html *html, const struct es_ike_sa *sa)
{
    struct es_text *words = &html->words;
    for (int side = 0; side < 2; side++) {
        if (!sa->identities[side])
            continue;
        es_text_add(words, words->length ? "; " : "");
        es_text_add_address(words, &sa->tunnel->peers[side].address);
        es_text_addf(words, " identifies itself as %s", sa->identities[side]);
    }
    bool checks = false;
    for (uint8_t side = 0; side < 2; side++) {
        if (!es_ike_sa_dpd(sa, side)->requests)
            continue;
        es_text_add(words, words->length ? "; " : "");
        es_text_add(words, checks ? "" : "liveness checks: ");
        es_text_add_dpd(words, sa, side);
        checks = true;
    }
    es_html_more(html, COLUMNS);
}

static void write_ike_sa(struct es_html *html, const struct es_ike_sa *sa)
{
    es_text_addf(html->out,
                 "<tr><th scope=\"row\">%" PRIu32 "</th>"
                 "<td class=\"spi\"><span class=\"from%u\">%016" PRIx64 "</span><br>"
                 "<span class=\"from%u\">%016" PRIx64 "</span></td>",
                 sa->number, sa->initiator, sa->initiator_spi, !sa->initiator, sa->responder_spi);
    es_text_add_address(&html->words, &sa->tunnel->peers[sa->initiator].address);
    es_html_cell(html, sa->initiator ? "mono from1" : "mono from0");
    write_state(html, sa);
    es_html_time_cell(html, &sa->established);
    es_html_time_cell(html, &sa->closed);
    es_html_count_cell(html, "n", sa->exchange_count);
    es_html_count_cell(html, sa->retransmissions ? "n odd" : "n", sa->retransmissions);
    if (sa->response_count)
        es_text_add_responses(&html->words, sa);
    es_html_cell(html, NULL);
    es_text_add(html->out, "</tr>\n");
    write_more(html, sa);
}

void es_html_ike_sas(struct es_html *html)
{
    static const struct es_html_column columns[COLUMNS + 1] = {
        {"No.",         false},
        {"SPIs",        false},
        {"Initiator",   false},
        {"State",       false},
        {"Established", false},
        {"Closed",      false},
        {"Exchanges",   true },
        {"Sent again",  true },
        {"Answered in", false},
        {NULL,          false},
    };
    uint64_t hidden;
    const struct es_ike_sa *sa = first_shown(html->tunnel, &hidden);
    if (!sa)
        return;
    es_html_table(html, "ike-sas", "IKE SAs", columns);
    es_text_add(html->out, "<tbody>\n");
    for (; sa; sa = sa->next_in_tunnel)
        write_ike_sa(html, sa);
    es_text_add(html->out, "</tbody>\n");
    es_html_table_end(html);
    es_html_folded(html, hidden, "older IKE SA", "", "--json lists all");
}

/* --- what was negotiated --- */

/* What an offer has of one kind, each once: "AES_CBC-256, AES_CBC-128". */
static void add_kind(struct es_text *words, const struct es_offer *offer, uint16_t type)
{
    struct es_ike_transform kept[32];
    struct es_offer kind = {kept, 0};
    for (size_t i = 0; i < offer->count && kind.count < ES_COUNT(kept); i++) {
        if (offer->transforms[i].type == type)
            kept[kind.count++] = offer->transforms[i];
    }
    es_text_add_transforms(words, &kind);
}

/* The first of a kind in an offer is the place where the kind gets its row. */
static bool is_first_of_kind(const struct es_offer *offer, size_t index)
{
    for (size_t i = 0; i < index; i++) {
        if (offer->transforms[i].type == offer->transforms[index].type)
            return false;
    }
    return true;
}

static const char *remark_on(const struct es_offer *chosen, uint16_t type)
{
    for (size_t i = 0; i < chosen->count; i++) {
        if (chosen->transforms[i].type == type)
            return es_policy_remark(&chosen->transforms[i], false);
    }
    return NULL;
}

static void write_kind(struct es_html *html, const struct es_ike_sa *sa, uint16_t type, bool *any)
{
    const char *remark = remark_on(&sa->chosen, type);
    es_text_add(html->out, "<tr>");
    if (!*any)
        es_text_addf(html->out, "<td>IKE SA %" PRIu32 "</td>", sa->number);
    else
        es_text_add(html->out, "<td></td>");
    *any = true;
    es_text_addf(html->out, "<th scope=\"row\">%s</th>", es_ike_transform_type_name(type));
    add_kind(&html->words, &sa->chosen, type);
    if (!html->words.length)
        es_text_add(&html->words, sa->chosen.count ? "none" : "not answered");
    es_html_cell(html, "name");
    add_kind(&html->words, &sa->offered, type);
    es_html_cell(html, NULL);
    es_text_add(&html->words, remark ? remark : "");
    es_html_cell(html, remark ? "odd" : NULL);
    es_text_add(html->out, "</tr>\n");
}

static void write_negotiation(struct es_html *html, const struct es_ike_sa *sa)
{
    const struct es_offer *offer = sa->offered.count ? &sa->offered : &sa->chosen;
    bool any = false;
    es_text_add(html->out, "<tbody>\n");
    for (size_t i = 0; i < offer->count; i++) {
        if (is_first_of_kind(offer, i))
            write_kind(html, sa, offer->transforms[i].type, &any);
    }
    es_text_add(html->out, "</tbody>\n");
}

/* What a policy would care for in this tunnel, as the diagnosis says it. */
static void write_posture(struct es_html *html)
{
    bool any = false;
    uint32_t number = es_html_toll(html, html->tunnel)->first;
    for (; number; number = html->findings[number - 1].next) {
        const struct es_html_finding *f = &html->findings[number - 1];
        if (f->finding->rule->category != ES_CATEGORY_POSTURE)
            continue;
        es_text_add(html->out, any ? "; " : "<p class=\"folded\">Policy: ");
        any = true;
        if (f->on_page)
            es_text_addf(html->out, "<a href=\"#finding-%" PRIu32 "\">", number);
        es_html_sentence(html->out, f->finding->rule->title);
        es_text_add(html->out, f->on_page ? "</a>" : "");
    }
    es_text_add(html->out, any ? "</p>\n" : "");
}

void es_html_algorithms(struct es_html *html)
{
    static const struct es_html_column columns[] = {
        {"Negotiation", false},
        {"Kind",        false},
        {"Chosen",      false},
        {"Offered",     false},
        {"Remark",      false},
        {NULL,          false},
    };
    enum { NEGOTIATIONS_MAX = 4 };
    uint64_t hidden;
    uint64_t shown = 0;
    uint64_t folded = 0;
    for (const struct es_ike_sa *sa = first_shown(html->tunnel, &hidden); sa;
         sa = sa->next_in_tunnel) {
        if (!sa->offered.count && !sa->chosen.count)
            continue;
        if (shown == NEGOTIATIONS_MAX) {
            folded++;
            continue;
        }
        if (shown++ == 0)
            es_html_table(html, "algorithms", "Negotiated algorithms", columns);
        write_negotiation(html, sa);
    }
    if (shown)
        es_html_table_end(html);
    es_html_folded(html, folded, "further negotiation", "", "--json lists all");
    write_posture(html);
}
