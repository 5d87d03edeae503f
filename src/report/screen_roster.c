/*
 * The roster: rows out of the model, rates and their history, order and filter.
 */
#include "screen_roster.h"

#include "wording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    /* A DPD request may be on its way for that long before it counts as unanswered: longer than
     * any round trip, shorter than the first retransmission's patience of common daemons. */
    DPD_GRACE_MS = 3000,
    /* Child SAs of a tunnel that are looked at for the next rekey. */
    CHILDREN_LOOKED_AT = 32,
    /* Lifetimes that are averaged: daemons vary them on purpose, so that ends do not collide. */
    LIFETIMES = 4,
};

void es_roster_fini(struct es_roster *roster)
{
    free(roster->rows);
    free(roster->order);
    *roster = (struct es_roster){0};
}

/* When the Child SA will be rekeyed, if it lives as long as those that it followed; or 0. */
static es_time child_due(const struct es_child_sa *child)
{
    es_time sum = 0;
    int lifetimes = 0;
    for (const struct es_child_sa *c = child; c->rekeys && lifetimes < LIFETIMES; c = c->rekeys) {
        if (!es_ref_seen(&c->created.ref) || !es_ref_seen(&c->rekeys->created.ref))
            break;
        sum += c->created.ref.time - c->rekeys->created.ref.time;
        lifetimes++;
    }
    return lifetimes ? child->created.ref.time + sum / lifetimes : 0;
}

static es_time next_child_due(const struct es_tunnel *tunnel)
{
    es_time next = 0;
    int looked_at = 0;
    for (const struct es_child_sa *c = tunnel->children; c && looked_at < CHILDREN_LOOKED_AT;
         c = c->next_in_tunnel, looked_at++) {
        if (c->withdrawn || c->rekeyed_by || es_ref_seen(&c->deleted.ref))
            continue;
        const es_time due = child_due(c);
        if (due && (!next || due < next))
            next = due;
    }
    return next;
}

static es_time begin_of(const struct es_ike_sa *sa)
{
    return es_ref_seen(&sa->established) ? sa->established.time : sa->first.time;
}

static es_time ike_due(const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *last = tunnel->last_ike_sa;
    es_time sum = 0;
    int lifetimes = 0;
    if (!last || last->state != ES_IKE_SA_ESTABLISHED)
        return 0;
    for (const struct es_ike_sa *sa = last; sa->rekeys && lifetimes < LIFETIMES; sa = sa->rekeys) {
        /* Of one that was not seen from its beginning the lifetime is not known. */
        if (!es_ref_seen(&sa->rekeys->established))
            break;
        sum += begin_of(sa) - begin_of(sa->rekeys);
        lifetimes++;
    }
    return lifetimes ? begin_of(last) + sum / lifetimes : 0;
}

static void take_pulse(struct es_row *row, const struct es_tunnel *tunnel, es_time now)
{
    row->pulse = ES_PULSE_NONE;
    row->unanswered = 0;
    if (!tunnel->last_ike_sa)
        return;
    for (int side = 0; side < 2; side++) {
        const struct es_dpd *dpd = es_ike_sa_dpd(tunnel->last_ike_sa, side);
        const bool waits = dpd->unanswered_requests &&
                           now - dpd->unanswered.first.time > DPD_GRACE_MS * ES_MILLISECOND;
        if (waits && dpd->unanswered_requests > row->unanswered)
            row->unanswered = dpd->unanswered_requests;
        if (dpd->requests)
            row->pulse = ES_PULSE_SOUND;
    }
    if (row->unanswered)
        row->pulse = ES_PULSE_LOST;
}

/* Seconds that went by since the last sample, as many as there is room for; each had the same. */
static void sample(struct es_row *row, const uint64_t packets[2], const uint64_t bytes[2],
                   es_time span)
{
    const double seconds = es_seconds(span);
    const size_t whole = (size_t)(seconds < ES_HISTORY ? seconds + 0.5 : ES_HISTORY);
    const size_t steps = whole ? whole : 1;
    for (int side = 0; side < 2; side++) {
        struct es_lane *lane = &row->lanes[side];
        /* Flows that were forgotten take their counts with them. */
        lane->packets_s =
            packets[side] > lane->packets ? (double)(packets[side] - lane->packets) / seconds : 0;
        lane->bytes_s =
            bytes[side] > lane->bytes ? (double)(bytes[side] - lane->bytes) / seconds : 0;
        memmove(lane->history, lane->history + steps,
                (ES_HISTORY - steps) * sizeof(lane->history[0]));
        for (size_t i = ES_HISTORY - steps; i < ES_HISTORY; i++)
            lane->history[i] = (float)lane->packets_s;
        lane->packets = packets[side];
        lane->bytes = bytes[side];
    }
    row->samples = row->samples + steps < ES_HISTORY ? row->samples + steps : ES_HISTORY;
}

static void fill(struct es_row *row, const struct es_tunnel *tunnel, es_time now, es_time span)
{
    uint64_t packets[2] = {0};
    uint64_t bytes[2] = {0};
    row->number = tunnel->number;
    row->state = es_tunnel_state(tunnel);
    row->ike_version = tunnel->ike_version;
    row->first = tunnel->first.time;
    row->child_due = next_child_due(tunnel);
    row->ike_due = ike_due(tunnel);
    for (int side = 0; side < 2; side++) {
        row->addresses[side] = tunnel->peers[side].address;
        row->ports[side] = tunnel->peers[side].port;
    }
    take_pulse(row, tunnel, now);
    memset(row->findings, 0, sizeof(row->findings));
    row->rule_count = 0;
    if (span <= 0)
        return;
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        packets[f->side] += f->packets;
        bytes[f->side] += f->bytes;
    }
    sample(row, packets, bytes, span);
}

static struct es_row *find(const struct es_roster *roster, uint32_t number)
{
    size_t low = 0;
    size_t high = roster->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (roster->rows[middle].number == number)
            return &roster->rows[middle];
        if (roster->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* The list is sorted, the most severe first. */
static void mark(struct es_roster *roster, const struct es_diagnosis *diagnosis,
                 enum es_severity least)
{
    for (const struct es_finding *f = es_diagnosis_findings(diagnosis); f; f = f->next) {
        if (!f->tunnel || f->severity < least || f->rule->category != ES_CATEGORY_FAULT)
            continue;
        struct es_row *row = find(roster, f->tunnel->number);
        if (!row)
            continue;
        row->findings[f->severity]++;
        if (row->rule_count < ES_COUNT(row->rules))
            row->rules[row->rule_count++] = f->rule;
    }
}

/* Both are in order of number: rows whose tunnel is gone are passed over, new ones begin empty. */
static size_t merge(struct es_roster *roster, struct es_row *rows, size_t capacity,
                    const struct es_model *model, es_time now, es_time span)
{
    size_t old = 0;
    size_t count = 0;
    for (const struct es_tunnel *t = model->tunnels; t; t = t->next) {
        if (roster->tunnel && t->number != roster->tunnel)
            continue;
        if (count == capacity) {
            roster->left_out++;
            continue;
        }
        while (old < roster->count && roster->rows[old].number < t->number)
            old++;
        struct es_row *row = &rows[count++];
        const bool known = old < roster->count && roster->rows[old].number == t->number;
        *row = known ? roster->rows[old] : (struct es_row){0};
        /* A row that is new in the middle of a second has had no second yet. */
        fill(row, t, now, known || !roster->sampled ? span : 0);
    }
    return count;
}

static void sum_up(struct es_roster *roster)
{
    struct es_text text;
    es_text_init(&text);
    memset(roster->states, 0, sizeof(roster->states));
    roster->peers_columns = 5; /* " <-> " */
    for (size_t i = 0; i < roster->count; i++) {
        roster->states[roster->rows[i].state]++;
        es_text_clear(&text);
        es_row_add_peers(&text, &roster->rows[i], false, false);
        const unsigned columns = (unsigned)text.length;
        if (columns > roster->peers_columns)
            roster->peers_columns = columns;
    }
    es_text_fini(&text);
}

bool es_roster_update(struct es_roster *roster, const struct es_model *model,
                      const struct es_diagnosis *diagnosis, enum es_severity least, es_time now)
{
    const size_t wanted = model->tunnel_count < ES_ROSTER_MAX ? model->tunnel_count : ES_ROSTER_MAX;
    struct es_row *rows = malloc((wanted + 1) * sizeof(*rows));
    if (!rows)
        return false;
    /* The first look counts what came since the capture began. */
    const es_time since = roster->sampled ? roster->sampled : model->first.time;
    const es_time span = now - since >= ES_SECOND ? now - since : 0;
    roster->left_out = 0;
    const size_t count = merge(roster, rows, wanted, model, now, span);
    free(roster->rows);
    roster->rows = rows;
    roster->count = count;
    if (span || !roster->sampled)
        roster->sampled = span ? now : since;
    mark(roster, diagnosis, least);
    sum_up(roster);
    return true;
}

int es_row_worst(const struct es_row *row)
{
    for (int severity = ES_SEVERITY_ERROR; severity >= 0; severity--) {
        if (row->findings[severity])
            return severity;
    }
    return -1;
}

es_time es_row_due(const struct es_row *row)
{
    if (row->child_due && row->ike_due)
        return row->child_due < row->ike_due ? row->child_due : row->ike_due;
    return row->child_due ? row->child_due : row->ike_due;
}

void es_row_add_peers(struct es_text *text, const struct es_row *row, bool ports, bool utf8)
{
    es_text_add_endpoint(text, &row->addresses[0], ports ? row->ports[0] : 0);
    es_text_add(text, utf8 ? " \u2194 " : " <-> ");
    es_text_add_endpoint(text, &row->addresses[1], ports ? row->ports[1] : 0);
}

/* --- order and filter --- */

static bool holds(const char *chars, const char *wanted)
{
    for (; *chars; chars++) {
        size_t i = 0;
        while (wanted[i] && tolower((unsigned char)chars[i]) == tolower((unsigned char)wanted[i]))
            i++;
        if (!wanted[i])
            return true;
    }
    return false;
}

static bool passes(const struct es_roster *roster, const struct es_row *row, struct es_text *text)
{
    if (!roster->filter[0])
        return true;
    es_text_clear(text);
    es_text_addf(text, "#%u %s ", row->number, es_tunnel_state_name(row->state));
    es_row_add_peers(text, row, true, false);
    es_text_addf(text, " IKEv%u", row->ike_version);
    for (size_t i = 0; i < row->rule_count; i++)
        es_text_addf(text, " %s", row->rules[i]->id);
    return holds(es_text_chars(text), roster->filter);
}

/* What is sorted: the smallest comes first. */
struct place {
    double key;
    uint32_t number;
};

static double key_of(const struct es_row *row, enum es_roster_sort sort)
{
    /* What asks for a look first. */
    static const int ranks[] = {[ES_TUNNEL_FAILED] = 0,
                                [ES_TUNNEL_NEGOTIATING] = 1,
                                [ES_TUNNEL_ESTABLISHED] = 2,
                                [ES_TUNNEL_UNKNOWN] = 3,
                                [ES_TUNNEL_CLOSED] = 4};
    const int worst = es_row_worst(row);
    switch (sort) {
    case ES_SORT_FINDINGS:
        return worst < 0 ? 0 : -(worst + 1) * 1e6 - row->findings[worst];
    case ES_SORT_STATE:
        return ranks[row->state];
    case ES_SORT_AGE:
        return -es_seconds(row->first);
    case ES_SORT_REKEY:
        return es_row_due(row) ? es_seconds(es_row_due(row)) : es_seconds(ES_TIME_MAX);
    case ES_SORT_PACKETS:
        return -(row->lanes[0].packets_s + row->lanes[1].packets_s);
    case ES_SORT_BYTES:
        return -(row->lanes[0].bytes_s + row->lanes[1].bytes_s);
    default:
        return row->number;
    }
}

static int compare(const void *left, const void *right)
{
    const struct place *a = left;
    const struct place *b = right;
    if (a->key < b->key || a->key > b->key)
        return a->key < b->key ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

bool es_roster_arrange(struct es_roster *roster)
{
    struct place *places = malloc((roster->count + 1) * sizeof(*places));
    uint32_t *order = malloc((roster->count + 1) * sizeof(*order));
    if (!places || !order) {
        free(places);
        free(order);
        return false;
    }
    struct es_text text;
    es_text_init(&text);
    size_t shown = 0;
    for (size_t i = 0; i < roster->count; i++) {
        const struct es_row *row = &roster->rows[i];
        if (passes(roster, row, &text))
            places[shown++] = (struct place){key_of(row, roster->sort), row->number};
    }
    es_text_fini(&text);
    qsort(places, shown, sizeof(*places), compare);
    for (size_t i = 0; i < shown; i++)
        order[roster->reverse ? shown - 1 - i : i] = places[i].number;
    free(places);
    free(roster->order);
    roster->order = order;
    roster->shown = shown;
    return true;
}

const struct es_row *es_roster_find(const struct es_roster *roster, uint32_t number)
{
    return find(roster, number);
}

const struct es_row *es_roster_at(const struct es_roster *roster, size_t place)
{
    return place < roster->shown ? find(roster, roster->order[place]) : NULL;
}

size_t es_roster_place(const struct es_roster *roster, uint32_t number)
{
    size_t place = 0;
    while (place < roster->shown && roster->order[place] != number)
        place++;
    return place;
}

const char *es_roster_sort_name(enum es_roster_sort sort)
{
    static const char *const names[] = {
        [ES_SORT_FINDINGS] = "findings", [ES_SORT_NUMBER] = "number", [ES_SORT_STATE] = "state",
        [ES_SORT_AGE] = "age",           [ES_SORT_REKEY] = "rekey",   [ES_SORT_PACKETS] = "packets",
        [ES_SORT_BYTES] = "bytes",
    };
    return names[sort];
}
