/*
 * Below the last message: where each flow ended, and what nobody answered.
 */
#include "ladder.h"

#include "wording.h"

#include <inttypes.h>

enum { FLOWS_MAX = 100, UNANSWERED_MAX = 100 };

static bool is_shown(const struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    return ladder->options.tunnel == 0 || ladder->options.tunnel == tunnel->number;
}

void es_ladder_add_flow_end(struct es_ladder *ladder, const struct es_flow *flow)
{
    struct es_text *text = &ladder->line;
    es_text_addf(text, "%s %08" PRIx32 " last of ", flow->key.protocol == 51 ? "AH" : "ESP",
                 flow->key.spi);
    es_text_add_things(text, flow->packets, "packet");
    es_text_addf(text, ", sequence %" PRIu64, flow->sequence.highest);
    const uint64_t lost = es_sequence_lost(&flow->sequence);
    if (lost) {
        es_text_add(text, ", ");
        es_text_add_count(text, lost);
        es_text_add(text, " lost");
    }
    if (es_flow_odd(flow)->after_delete) {
        es_text_add(text, ", ");
        es_ladder_ink(ladder, ES_INK_YELLOW);
        es_text_addf(text, "%" PRIu32 " after its Child SA was deleted",
                     es_flow_odd(flow)->after_delete);
        es_ladder_plain(ladder);
    }
}

static void add_flow(struct es_ladder *ladder, const struct es_flow *flow)
{
    es_ladder_heading(ladder, flow->tunnel);
    es_ladder_day(ladder, flow->last.time);
    es_ladder_add_moment(ladder, &flow->last, false);
    es_ladder_add_inked(ladder, ES_INK_CYAN, es_ladder_arrow(ladder, flow->side));
    es_text_add(&ladder->line, " ");
    es_ladder_add_flow_end(ladder, flow);
    es_ladder_lay(ladder, ladder->column);
}

static void add_flows(struct es_ladder *ladder, const struct es_model *model)
{
    uint64_t left_out = 0;
    unsigned shown = 0;
    for (const struct es_flow *f = model->flows; f; f = f->next) {
        if (!is_shown(ladder, f->tunnel))
            continue;
        if (shown++ < FLOWS_MAX)
            add_flow(ladder, f);
        else
            left_out++;
    }
    if (left_out) {
        es_text_add_things(&ladder->line, left_out, "more flow");
        es_text_add(&ladder->line, " not shown: --tunnel N shows those of one tunnel");
        es_ladder_lay(ladder, 0);
    }
}

bool es_ladder_wants_answer(const struct es_asked *asked)
{
    if (asked->major != 1 || asked->retransmissions)
        return true;
    switch (asked->exchange_type) {
    case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
        return asked->position < 6;
    case ES_IKE_EXCHANGE_AGGRESSIVE:
    case ES_IKE_EXCHANGE_QUICK:
        return asked->position < 3;
    default:
        return asked->could_be == ES_IKE_CLASS_R_U_THERE;
    }
}

static bool is_unanswered(const struct es_ike_sa *sa, const struct es_exchange *e)
{
    const struct es_asked asked = {sa->major, e->exchange_type, e->messages, e->retransmissions,
                                   e->request_class};
    return !e->answered && !e->refused && e->request.number && es_ladder_wants_answer(&asked);
}

static void add_unanswered(struct es_ladder *ladder, const struct es_ike_sa *sa,
                           const struct es_exchange *e, es_time end)
{
    struct es_text *text = &ladder->line;
    const struct es_registry_row *row =
        es_registry_find(&es_registry_ike_exchange, e->exchange_type);
    es_ladder_heading(ladder, sa->tunnel);
    es_ladder_day(ladder, e->request.time);
    es_ladder_add_moment(ladder, &e->request, false);
    es_ladder_add_inked(ladder, ES_INK_CYAN, es_ladder_arrow(ladder, e->side));
    es_text_add(text, " ");
    es_ladder_add_inked(ladder, ES_INK_RED, "never answered");
    es_text_addf(text, sa->major == 1 ? ": %s %08" PRIx32 : ": %s %" PRIu32,
                 row ? row->name : "message", e->message_id);
    if (e->retransmissions) {
        es_text_addf(text, ", sent %" PRIu32 " times over ", e->retransmissions + 1);
        es_text_add_span(text, e->last_request.time - e->request.time);
    }
    if (end > e->last_request.time) {
        es_text_add(text, "; the capture ends ");
        es_text_add_span(text, end - e->last_request.time);
        es_text_add(text, " later");
    } else {
        es_text_add(text, "; the capture ends with it");
    }
    es_ladder_lay(ladder, ladder->column);
}

static void add_all_unanswered(struct es_ladder *ladder, const struct es_model *model)
{
    uint64_t left_out = 0;
    unsigned shown = 0;
    for (const struct es_ike_sa *sa = model->ike_sas; sa; sa = sa->next) {
        const struct es_exchange *oldest_first[ES_EXCHANGES_KEPT];
        size_t count = 0;
        for (const struct es_exchange *e = sa->exchanges; e && count < ES_EXCHANGES_KEPT;
             e = e->older) {
            if (is_shown(ladder, sa->tunnel) && is_unanswered(sa, e))
                oldest_first[count++] = e;
        }
        while (count > 0) {
            count--;
            if (shown++ < UNANSWERED_MAX)
                add_unanswered(ladder, sa, oldest_first[count], model->last.time);
            else
                left_out++;
        }
    }
    if (left_out) {
        es_text_add_things(&ladder->line, left_out, "more unanswered request");
        es_text_add(&ladder->line, " not shown: --tunnel N shows those of one tunnel");
        es_ladder_lay(ladder, 0);
    }
}

void es_ladder_end(struct es_ladder *ladder, const struct es_model *model)
{
    if (!model->flows && !model->ike_sas)
        return;
    const size_t before = ladder->page.length;
    es_ladder_add_inked(ladder, ES_INK_DIM, "At the end");
    es_ladder_lay(ladder, 0);
    const size_t heading = ladder->page.length;
    add_flows(ladder, model);
    add_all_unanswered(ladder, model);
    if (ladder->page.length == heading && !ladder->page.failed) {
        ladder->page.length = before;
        ladder->page.chars[before] = '\0';
    }
}
