/*
 * What is said of tunnels and their SAs.
 */
#include "wording.h"

#include <inttypes.h>
#include <string.h>

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

void es_text_add_tunnel_state(struct es_text *text, const struct es_tunnel *tunnel)
{
    static const struct {
        const char *name, *words;
    } encapsulations[] = {
        {"raw",   "plain ESP"                     },
        {"udp",   "ESP in UDP"                    },
        {"tcp",   "ESP in TCP"                    },
        {"mixed", "ESP in changing encapsulations"},
    };
    const enum es_tunnel_state state = es_tunnel_state(tunnel);
    if (tunnel->ike_version)
        es_text_addf(text, "%s%s, IKEv%u", state == ES_TUNNEL_UNKNOWN ? "state " : "",
                     es_tunnel_state_name(state), tunnel->ike_version);
    else
        es_text_add(text, "no IKE seen");
    const char *encapsulation = es_tunnel_encapsulation_name(tunnel);
    for (size_t i = 0; encapsulation && i < ES_COUNT(encapsulations); i++) {
        if (strcmp(encapsulations[i].name, encapsulation) == 0)
            es_text_addf(text, ", %s", encapsulations[i].words);
    }
    if (!encapsulation)
        es_text_add(text, ", no ESP seen");
    add_nat(text, tunnel);
}

void es_text_add_transforms(struct es_text *text, const struct es_offer *offer)
{
    struct es_text one;
    es_text_init(&one);
    const size_t start = text->length;
    for (size_t i = 0; i < offer->count; i++) {
        es_text_rewind(&one);
        es_text_add_transform(&one, &offer->transforms[i]);
        if (!one.length || strstr(es_text_chars(text) + start, es_text_chars(&one)))
            continue;
        es_text_add(text, text->length > start ? ", " : "");
        es_text_add(text, es_text_chars(&one));
    }
    text->failed |= one.failed;
    es_text_fini(&one);
}

void es_text_add_selectors(struct es_text *text, const struct es_selectors *selectors)
{
    for (size_t i = 0; i < selectors->count; i++) {
        es_text_add(text, i ? ", " : "");
        es_text_add_selector(text, &selectors->items[i]);
    }
}

void es_text_add_responses(struct es_text *text, const struct es_ike_sa *sa)
{
    es_text_add_span(text, es_ike_sa_response_median(sa) * ES_MICROSECOND);
    if (sa->response_count > 1) {
        es_text_add(text, " (at worst ");
        es_text_add_span(text, sa->response_max_us * ES_MICROSECOND);
        es_text_add(text, ")");
    }
}

void es_text_add_dpd(struct es_text *text, const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_dpd *dpd = es_ike_sa_dpd(sa, side);
    es_text_add_address(text, &sa->tunnel->peers[side].address);
    es_text_add(text, " asked ");
    es_text_add_things(text, dpd->requests, "time");
    if (dpd->interval_count) {
        es_text_add(text, ", every ");
        es_text_add_span(text, dpd->interval_sum / (es_time)dpd->interval_count);
    }
    if (dpd->unanswered_requests)
        es_text_addf(text, "; the last %" PRIu32 " without an answer", dpd->unanswered_requests);
}

void es_text_add_inner(struct es_text *text, const struct es_inner_tally *inner)
{
    es_text_add_address(text, &inner->source);
    es_text_add(text, " to ");
    es_text_add_address(text, &inner->destination);
    es_text_add(text, " first");
    if (inner->echo_requests) {
        es_text_add(text, ", ");
        es_text_add_things(text, inner->echo_requests, "ping");
    }
    if (inner->echo_replies) {
        es_text_add(text, ", ");
        es_text_add_things(text, inner->echo_replies, "ping answer");
    }
    if (inner->outside) {
        es_text_add(text, ", ");
        es_text_add_things(text, inner->outside, "packet");
        es_text_add(text, " outside the traffic selectors");
    }
}
