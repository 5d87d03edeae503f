/*
 * Looks at Child SAs and at requests for them that several chapters share.
 */
#include "child.h"

bool es_esp_since(const struct es_tunnel *tunnel, es_time time)
{
    for (int side = 0; side < 2; side++) {
        const struct es_tally *esp = &tunnel->peers[side].esp;
        if (esp->count && esp->last.time > time)
            return true;
    }
    return false;
}

bool es_child_made_since(const struct es_tunnel *tunnel, es_time time)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (!c->withdrawn && es_ref_seen(&c->created.ref) && c->created.ref.time > time)
            return true;
    }
    return false;
}

bool es_child_made_before(const struct es_tunnel *tunnel, es_time time)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        if (!c->withdrawn && es_ref_seen(&c->created.ref) && c->created.ref.time < time)
            return true;
    }
    return false;
}

bool es_child_worked_before(const struct es_tunnel *tunnel, es_time time)
{
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < ES_ONE_WAY_CHILDREN;
         c = c->next_in_tunnel, looked_at++) {
        const struct es_packet_ref first = es_child_first(c);
        if (!c->withdrawn && es_ref_seen(&first) && first.time < time)
            return true;
    }
    return false;
}

struct es_packet_ref es_child_last(const struct es_child_sa *child)
{
    const struct es_flow *a = child->flows[0];
    const struct es_flow *b = child->flows[1];
    if (a && b)
        return a->last.time > b->last.time ? a->last : b->last;
    return a ? a->last : b ? b->last : (struct es_packet_ref){0};
}

struct es_packet_ref es_child_first(const struct es_child_sa *child)
{
    const struct es_flow *a = child->flows[0];
    const struct es_flow *b = child->flows[1];
    if (a && b)
        return a->first.time < b->first.time ? a->first : b->first;
    return a ? a->first : b ? b->first : (struct es_packet_ref){0};
}

es_time es_flow_interval(const struct es_flow *flow)
{
    return flow->packets > 1 ? (flow->last.time - flow->first.time) / (es_time)(flow->packets - 1)
                             : 0;
}

es_time es_child_pause(const struct es_child_sa *child)
{
    const struct es_flow *a = child->flows[0];
    const struct es_flow *b = child->flows[1];
    if (a && b)
        return a->longest_pause < b->longest_pause ? a->longest_pause : b->longest_pause;
    return a ? a->longest_pause : b ? b->longest_pause : 0;
}

static struct es_refused refused_by_row(const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_requests *r = &sa->requests[side];
    return (struct es_refused){.sa = sa,
                               .requests = r,
                               .wanted = r->refused_one,
                               .side = side,
                               .error = r->error,
                               .first = r->row.first,
                               .last = r->row.last,
                               .count = r->row.count};
}

/* Some peers (OpenIKED) refuse the whole IKE SA for its Child SA; only keys tell. */
static bool is_child_error(uint16_t error)
{
    return error == ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN || error == ES_IKE_NOTIFY_TS_UNACCEPTABLE ||
           error == ES_IKE_NOTIFY_SINGLE_PAIR_REQUIRED;
}

/* IKE_AUTH made the IKE SA and refused the Child SA; later requests may have been refused too. */
static struct es_refused refused_in(const struct es_ike_sa *sa)
{
    const uint8_t asker = sa->initiator;
    const struct es_requests *first = &sa->requests[asker];
    struct es_refused found = {0};
    if (sa->major == 2 && sa->state == ES_IKE_SA_FAILED && sa->chosen.count &&
        is_child_error(first->error)) {
        found = refused_by_row(sa, asker);
        found.first = found.last = sa->error_ref;
        found.count = first->error_row;
        return found;
    }
    for (uint8_t side = 0; side < 2; side++) {
        if (sa->requests[side].row.count &&
            (!found.sa || sa->requests[side].row.count > found.count))
            found = refused_by_row(sa, side);
    }
    if (!es_ref_seen(&sa->childless) || sa->requests[0].made.count || sa->requests[1].made.count)
        return found;
    if (sa->childless_by_design && (!found.sa || found.side != asker))
        return found;
    if (!found.sa || found.side != asker) {
        found = refused_by_row(sa, asker);
        found.last = sa->childless;
    }
    found.in_auth = true;
    found.first = sa->childless;
    found.count++;
    return found;
}

struct es_refused es_refused_requests(const struct es_tunnel *tunnel)
{
    int looked_at = 0;
    for (const struct es_ike_sa *sa = tunnel->last_ike_sa; sa && looked_at < ES_IKE_SAS_JUDGED;
         sa = sa->older_in_tunnel, looked_at++) {
        const struct es_refused found = refused_in(sa);
        if (found.sa)
            return es_child_made_since(tunnel, found.last.time) ? (struct es_refused){0} : found;
    }
    return (struct es_refused){0};
}

/* Moves a growing text into the diagnosis. */
static const char *keep(struct es_diagnosis *d, struct es_text *text, const char *otherwise)
{
    const char *kept = es_say(d, "%s", text->length ? es_text_chars(text) : otherwise);
    es_text_fini(text);
    return kept;
}

/* Bounded: an offer can have hundreds of rows, a sentence should not. */
enum { ROWS_SAID = 24 };

const char *es_say_proposals(struct es_diagnosis *d, const struct es_ike_transform *rows,
                             size_t count)
{
    struct es_text text;
    es_text_init(&text);
    const size_t said = count < ROWS_SAID ? count : (size_t)ROWS_SAID;
    for (size_t i = 0; i < said; i++) {
        const bool other = i > 0 && (rows[i].proposal != rows[i - 1].proposal ||
                                     rows[i].transform != rows[i - 1].transform);
        if (i > 0)
            es_text_add(&text, other && rows[i].type >= ES_IKEV1_TYPE     ? " or "
                               : rows[i].proposal != rows[i - 1].proposal ? " or "
                                                                          : " ");
        es_text_add_transform(&text, &rows[i]);
    }
    if (said < count)
        es_text_add(&text, " …");
    return keep(d, &text, "nothing");
}

const char *es_say_selectors(struct es_diagnosis *d, const struct es_ike_selector *items,
                             size_t count)
{
    struct es_text text;
    es_text_init(&text);
    for (size_t i = 0; i < count && i < ROWS_SAID; i++) {
        if (i)
            es_text_add(&text, ", ");
        es_text_add_selector(&text, &items[i]);
    }
    return keep(d, &text, "anything");
}

const char *es_say_notify(struct es_diagnosis *d, const struct es_ike_sa *sa, uint16_t type)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_registry(
        &text, sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify, type);
    return keep(d, &text, "a notify");
}
