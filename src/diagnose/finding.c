/*
 * Findings: made by rules, written down in the diagnosis' arena.
 */
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *say_list(struct es_diagnosis *d, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *text = length < 0 ? NULL : es_arena_alloc(&d->arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        d->failed = true;
    va_end(again);
    return text ? text : "";
}

const char *es_say(struct es_diagnosis *d, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const char *text = say_list(d, format, arguments);
    va_end(arguments);
    return text;
}

/* Moves a growing text into the arena. */
static const char *keep(struct es_diagnosis *d, struct es_text *text)
{
    d->arena.starved |= text->failed;
    const char *kept = es_arena_copy(&d->arena, es_text_chars(text), text->length + 1);
    es_text_fini(text);
    if (!kept)
        d->failed = true;
    return kept ? kept : "";
}

struct es_finding *es_finding_add(struct es_diagnosis *d, const struct es_rule *rule,
                                  const struct es_tunnel *tunnel)
{
    if (tunnel && rule->category != ES_CATEGORY_FAULT && d->asides &&
        d->asides[d->rule_at]++ >= es_limit(d, ES_LIMIT_ASIDES))
        return NULL; /* counted, and told in one line: engine.c */
    struct es_finding *f = es_arena_alloc(&d->arena, sizeof(*f));
    if (!f) {
        d->failed = true;
        return NULL;
    }
    f->rule = rule;
    f->severity = rule->severity;
    f->missing = rule->missing;
    f->confidence = ES_CONFIDENCE_CERTAIN;
    f->tunnel = tunnel;
    f->summary = "";
    f->next = d->findings;
    d->findings = f;
    return f;
}

void es_finding_evidence(struct es_diagnosis *d, struct es_finding *f,
                         const struct es_packet_ref *ref, const char *format, ...)
{
    if (!f || ref->number == 0 || f->evidence_count == ES_EVIDENCE_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    f->evidence[f->evidence_count++] = (struct es_evidence){*ref, say_list(d, format, arguments)};
    va_end(arguments);
}

void es_finding_check(struct es_diagnosis *d, struct es_finding *f, const char *format, ...)
{
    if (!f || f->check_count == ES_FINDING_CHECKS_MAX)
        return;
    va_list arguments;
    va_start(arguments, format);
    f->checks[f->check_count++] = say_list(d, format, arguments);
    va_end(arguments);
}

void es_finding_flow(struct es_finding *f, const struct es_flow *flow)
{
    if (!f || !flow)
        return;
    if (f->flow_count < ES_FINDING_FLOWS_MAX)
        f->flows[f->flow_count++] = flow;
    es_finding_spi(f, flow->key.spi);
}

void es_finding_spi(struct es_finding *f, uint32_t spi)
{
    if (f && f->spi_count < ES_FINDING_SPIS_MAX)
        f->spis[f->spi_count++] = spi;
}

void es_finding_span(struct es_finding *f, const struct es_packet_ref *first,
                     const struct es_packet_ref *last, uint64_t count)
{
    if (!f)
        return;
    f->first = *first;
    f->last = *last;
    f->count = count;
}

/* The part a side plays: in the IKE SA of the finding, else in the tunnel's newest. */
static const char *role_of(const struct es_finding *f, uint8_t side)
{
    const struct es_ike_sa *sa = f->ike_sa;
    if (!sa && f->tunnel)
        sa = f->tunnel->last_ike_sa;
    if (!sa)
        return NULL;
    return sa->initiator == side ? "initiator" : "responder";
}

void es_finding_peer(struct es_finding *f, uint8_t side)
{
    if (!f)
        return;
    f->has_peer = true;
    f->peer = f->silent = side;
    f->role = role_of(f, side);
}

void es_finding_silent(struct es_finding *f, uint8_t side)
{
    if (f)
        f->silent = side;
}

void es_finding_cap(struct es_diagnosis *d, struct es_finding *f, enum es_confidence most,
                    const char *why)
{
    if (!f || f->confidence <= most)
        return;
    f->confidence = most;
    f->reason = f->reason ? es_say(d, "%s; %s", f->reason, why) : why;
}

es_time es_limit_ns(const struct es_diagnosis *d, enum es_limit limit)
{
    const es_time unit = es_threshold_at(limit)->unit == ES_UNIT_MS ? ES_MILLISECOND : ES_SECOND;
    return d->thresholds.values[limit] * unit;
}

const char *es_who(struct es_diagnosis *d, const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_peer *peer = &tunnel->peers[side];
    struct es_text text;
    es_text_init(&text);
    const bool usual = peer->port == 500 || peer->port == 4500;
    es_text_add_endpoint(&text, &peer->address, usual ? 0 : peer->port);
    return keep(d, &text);
}

const char *es_say_address(struct es_diagnosis *d, const struct es_address *address)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_address(&text, address);
    return keep(d, &text);
}

const char *es_say_endpoint(struct es_diagnosis *d, const struct es_endpoint *endpoint)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_endpoint(&text, &endpoint->address, endpoint->port);
    return keep(d, &text);
}

const char *es_say_span(struct es_diagnosis *d, es_time span)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_span(&text, span);
    return keep(d, &text);
}

const char *es_say_count(struct es_diagnosis *d, uint64_t count, const char *one, const char *many)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_count(&text, count);
    es_text_addf(&text, " %s", count == 1 ? one : many);
    return keep(d, &text);
}

const char *es_word_ike_sa(const struct es_tunnel *tunnel)
{
    return tunnel->ike_version == 1 ? "ISAKMP SA" : "IKE SA";
}

const char *es_word_child_sa(const struct es_tunnel *tunnel)
{
    return tunnel->ike_version == 1 ? "phase 2 SA" : "Child SA";
}
