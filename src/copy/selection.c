/*
 * What of a capture is wanted. Wishes are looked up once, when the capture has been read; then each
 * tunnel, IKE SA and flow carries the set of the kinds of wishes that it fulfils, and a packet is
 * wanted when what it belongs to fulfils all kinds that there are.
 */
#include "refs.h"

#include "espial/copy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Kinds of wishes, as bits. */
enum { TUNNEL = 1 << 0, IKE_SA = 1 << 1, SPI = 1 << 2, FINDING = 1 << 3, PEER = 1 << 4 };

/* Kinds fulfilled by a tunnel's ESP, and by all else of it: IKE, keepalives, ICMP errors. */
struct tunnel_marks {
    uint8_t esp, other;
    es_time from, to; /* ESP outside of this does not fulfil FINDING */
};

struct es_selection {
    const struct es_tracker *tracker; /* borrowed */
    const struct es_wishes *wishes;   /* borrowed until es_selection_new() returns */
    uint8_t wanted;                   /* kinds */
    es_time from, to;
    struct tunnel_marks *tunnels;                    /* owned; by number, 0: packets of no tunnel */
    uint8_t *flows;                                  /* owned; kinds, by number */
    uint8_t *ike_sas;                                /* the same */
    uint32_t tunnel_count, flow_count, ike_sa_count; /* the highest numbers */
    uint32_t spis[ES_WISHES_MAX];
    size_t spi_count;
    bool has_tcp; /* a tunnel in TCP */
    struct es_refs evidence;
};

bool es_wishes_are_none(const struct es_wishes *w)
{
    return !w->tunnel_count && !w->ike_sa_count && !w->spi_count && !w->finding_count &&
           !w->peer_count && !w->from && !w->to;
}

/* Nothing of it is in this capture, which is no fault of anybody's. */
static bool none(struct es_error *error, const char *format, ...) ES_PRINTF(2, 3);

static bool none(struct es_error *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    error->kind = ES_ERROR_NONE;
    return false;
}

/* --- tunnels, peers --- */

static void mark_tunnel(struct es_selection *s, const struct es_tunnel *tunnel, uint8_t esp,
                        uint8_t other)
{
    struct tunnel_marks *marks = &s->tunnels[tunnel->number];
    marks->esp |= esp;
    marks->other |= other;
}

static bool find_tunnels(struct es_selection *s, struct es_error *error)
{
    const struct es_model *model = es_tracker_model(s->tracker);
    for (size_t i = 0; i < s->wishes->tunnel_count; i++) {
        const uint64_t number = s->wishes->tunnels[i];
        if (number > s->tunnel_count)
            return es_error_set(error, ES_ERROR_USAGE,
                                "there is no tunnel %" PRIu64 ": the capture has %" PRIu32, number,
                                s->tunnel_count);
        s->tunnels[number].esp |= TUNNEL;
        s->tunnels[number].other |= TUNNEL;
    }
    for (const struct es_tunnel *t = model->tunnels; t; t = t->next)
        s->has_tcp |= t->ike_tcp || t->esp_tcp;
    return true;
}

/* The present address of a peer, one that it moved from, or one that its flows had. */
static bool has_peer(const struct es_tunnel *tunnel, const struct es_address *address)
{
    for (int side = 0; side < 2; side++) {
        const struct es_peer *peer = &tunnel->peers[side];
        if (es_address_equal(&peer->address, address) ||
            (peer->move && es_address_equal(&peer->move->from.address, address)))
            return true;
    }
    for (const struct es_flow *f = tunnel->flows; f; f = f->next_in_tunnel) {
        if (es_address_equal(&f->source, address) || es_address_equal(&f->key.destination, address))
            return true;
    }
    return false;
}

static bool find_peers(struct es_selection *s, struct es_error *error)
{
    for (size_t i = 0; i < s->wishes->peer_count; i++) {
        const struct es_address *address = &s->wishes->peers[i];
        bool found = false;
        for (const struct es_tunnel *t = es_tracker_model(s->tracker)->tunnels; t; t = t->next) {
            if (!has_peer(t, address))
                continue;
            found = true;
            mark_tunnel(s, t, PEER, PEER);
        }
        if (found)
            continue;
        struct es_text text;
        es_text_init(&text);
        es_text_add_address(&text, address);
        none(error, "no tunnel has the peer %s", es_text_chars(&text));
        es_text_fini(&text);
        return false;
    }
    return true;
}

/* --- SAs --- */

/* A number, or 16 hex digits with 0x in front or not. */
static bool is_ike_spi(const char *chars, uint64_t *spi)
{
    const bool prefixed = chars[0] == '0' && (chars[1] == 'x' || chars[1] == 'X');
    const char *digits = prefixed ? chars + 2 : chars;
    if (strlen(digits) != 16 || strspn(digits, "0123456789abcdefABCDEF") != 16)
        return false;
    *spi = strtoull(digits, NULL, 16);
    return true;
}

static bool find_ike_sa(struct es_selection *s, const char *wish, struct es_error *error)
{
    uint64_t spi = 0;
    const bool by_spi = is_ike_spi(wish, &spi);
    char *end;
    const unsigned long long number = strtoull(wish, &end, 10);
    if (!by_spi && (*end || wish[0] < '0' || wish[0] > '9' || number == 0))
        return es_error_set(error, ES_ERROR_USAGE,
                            "--ike-sa takes a number, or an SPI of 16 hex digits, not \"%.64s\"",
                            wish);
    bool found = false;
    for (const struct es_ike_sa *sa = es_tracker_model(s->tracker)->ike_sas; sa; sa = sa->next) {
        if (by_spi ? sa->initiator_spi != spi && sa->responder_spi != spi : sa->number != number)
            continue;
        s->ike_sas[sa->number] |= IKE_SA;
        mark_tunnel(s, sa->tunnel, 0, IKE_SA);
        found = true;
    }
    if (!found && by_spi)
        return none(error, "no IKE SA has the SPI %016" PRIx64, spi);
    return found ||
           es_error_set(error, ES_ERROR_USAGE, "there is no IKE SA %llu: the capture has %" PRIu32,
                        number, s->ike_sa_count);
}

static bool find_spi(struct es_selection *s, uint32_t spi, struct es_error *error)
{
    bool found = false;
    for (const struct es_flow *f = es_tracker_model(s->tracker)->flows; f; f = f->next) {
        if (f->key.spi != spi)
            continue;
        s->flows[f->number] |= SPI;
        mark_tunnel(s, f->tunnel, 0, SPI);
        found = true;
    }
    s->spis[s->spi_count++] = spi;
    return found || none(error, "no ESP or AH packet has the SPI 0x%08" PRIx32, spi);
}

static bool find_sas(struct es_selection *s, struct es_error *error)
{
    for (size_t i = 0; i < s->wishes->ike_sa_count; i++) {
        if (!find_ike_sa(s, s->wishes->ike_sas[i], error))
            return false;
    }
    /* All at once: many SAs can have one SPI. */
    for (const struct es_flow *f = es_tracker_model(s->tracker)->flows; f; f = f->next) {
        if (f->child->ike_sa)
            s->flows[f->number] |= s->ike_sas[f->child->ike_sa->number];
    }
    for (size_t i = 0; i < s->wishes->spi_count; i++) {
        if (!find_spi(s, s->wishes->spis[i], error))
            return false;
    }
    return true;
}

/* --- findings --- */

static void widen(es_time *from, es_time *to, const struct es_packet_ref *ref)
{
    if (!es_ref_seen(ref))
        return;
    if (ref->time < *from)
        *from = ref->time;
    if (ref->time > *to)
        *to = ref->time;
}

static void mark_span(struct es_selection *s, uint32_t number, es_time from, es_time to)
{
    struct tunnel_marks *marks = &s->tunnels[number];
    const bool first = !(marks->esp & FINDING);
    marks->esp |= FINDING;
    marks->other |= FINDING;
    if (first || from < marks->from)
        marks->from = from;
    if (first || to > marks->to)
        marks->to = to;
}

/* True when the finding is about what the other kinds of wishes name. */
static bool is_about_wanted(const struct es_selection *s, const struct es_finding *finding)
{
    const uint8_t kinds = s->wanted & (TUNNEL | PEER);
    return !finding->tunnel || (s->tunnels[finding->tunnel->number].other & kinds) == kinds;
}

static bool take_finding(struct es_selection *s, const struct es_finding *finding)
{
    const es_time context = s->wishes->context;
    es_time from = ES_TIME_MAX;
    es_time to = -ES_TIME_MAX;
    widen(&from, &to, &finding->first);
    widen(&from, &to, &finding->last);
    for (size_t i = 0; i < finding->evidence_count; i++) {
        const struct es_packet_ref *ref = &finding->evidence[i].ref;
        widen(&from, &to, ref);
        if (es_ref_seen(ref) && !es_refs_add(&s->evidence, ref))
            return false;
    }
    from = from > -ES_TIME_MAX + context ? from - context : -ES_TIME_MAX;
    to = to < ES_TIME_MAX - context ? to + context : ES_TIME_MAX;
    if (finding->tunnel) {
        mark_span(s, finding->tunnel->number, from, to);
        return true;
    }
    for (uint32_t i = 0; i <= s->tunnel_count; i++)
        mark_span(s, i, from, to);
    return true;
}

/* Takes the finding when it has this id. False without memory. */
static bool look_at(struct es_selection *s, const char *id, const struct es_finding *finding,
                    bool *found)
{
    if (strcmp(finding->rule->id, id) != 0 || !is_about_wanted(s, finding))
        return true;
    *found = true;
    return take_finding(s, finding);
}

/* Those with this id, among what hangs below others too. False without memory. */
static bool take_findings(struct es_selection *s, const char *id, const struct es_finding *findings,
                          bool *found)
{
    for (const struct es_finding *f = findings; f; f = f->next) {
        if (!look_at(s, id, f, found))
            return false;
        for (const struct es_finding *below = f->consequences; below; below = below->next) {
            if (!look_at(s, id, below, found))
                return false;
        }
    }
    return true;
}

static bool find_findings(struct es_selection *s, const struct es_diagnosis *diagnosis,
                          struct es_error *error)
{
    for (size_t i = 0; i < s->wishes->finding_count; i++) {
        const char *id = s->wishes->findings[i];
        bool found = false;
        if (!es_rule_find(id))
            return es_error_set(error, ES_ERROR_USAGE,
                                "there is no finding \"%.64s\"; espial explain lists them", id);
        if (!take_findings(s, id, es_diagnosis_findings(diagnosis), &found))
            return es_error_set(error, ES_ERROR_MEMORY, "no memory for the evidence");
        if (!found)
            return none(error, "the capture has no finding %s%s", id,
                        s->wanted & (TUNNEL | PEER) ? " there" : "");
    }
    return es_refs_settle(&s->evidence) ||
           es_error_set(error, ES_ERROR_MEMORY, "no memory for the evidence");
}

/* --- times --- */

static bool find_moment(struct es_selection *s, const char *option, const char *wish, es_time *out,
                        struct es_error *error)
{
    if (!wish)
        return true;
    const es_time first = es_tracker_model(s->tracker)->first.time;
    return es_moment_parse(wish, first, s->wishes->utc, out) ||
           es_error_set(error, ES_ERROR_USAGE,
                        "%s takes 2026-11-27T14:03:20Z, a clock time of the capture's day, or "
                        "seconds since its beginning, not \"%.64s\"",
                        option, wish);
}

static bool find_times(struct es_selection *s, struct es_error *error)
{
    s->from = -ES_TIME_MAX;
    s->to = ES_TIME_MAX;
    if (!find_moment(s, "--from", s->wishes->from, &s->from, error) ||
        !find_moment(s, "--to", s->wishes->to, &s->to, error))
        return false;
    return s->from <= s->to || es_error_set(error, ES_ERROR_USAGE, "--from is later than --to");
}

/* --- all of it --- */

static uint8_t kinds_of(const struct es_wishes *wishes)
{
    return (uint8_t)((wishes->tunnel_count ? TUNNEL : 0) | (wishes->ike_sa_count ? IKE_SA : 0) |
                     (wishes->spi_count ? SPI : 0) | (wishes->finding_count ? FINDING : 0) |
                     (wishes->peer_count ? PEER : 0));
}

struct es_selection *es_selection_new(const struct es_wishes *wishes,
                                      const struct es_tracker *tracker,
                                      const struct es_diagnosis *diagnosis, struct es_error *error)
{
    const struct es_model *model = es_tracker_model(tracker);
    struct es_selection *s = calloc(1, sizeof(*s));
    if (s) {
        s->tracker = tracker;
        s->wishes = wishes;
        s->wanted = kinds_of(wishes);
        s->tunnel_count = model->tunnel_count + model->forgotten.tunnels;
        s->flow_count = model->flow_count + model->forgotten.flows;
        s->ike_sa_count = model->ike_sa_count + model->forgotten.ike_sas;
        s->tunnels = calloc((size_t)s->tunnel_count + 1, sizeof(*s->tunnels));
        s->flows = calloc((size_t)s->flow_count + 1, sizeof(*s->flows));
        s->ike_sas = calloc((size_t)s->ike_sa_count + 1, sizeof(*s->ike_sas));
    }
    if (!s || !s->tunnels || !s->flows || !s->ike_sas) {
        es_selection_free(s);
        es_error_set(error, ES_ERROR_MEMORY, "no memory for the selection");
        return NULL;
    }
    if (find_times(s, error) && find_tunnels(s, error) && find_peers(s, error) &&
        find_sas(s, error) && find_findings(s, diagnosis, error)) {
        s->wishes = NULL;
        return s;
    }
    es_selection_free(s);
    return NULL;
}

void es_selection_free(struct es_selection *selection)
{
    if (!selection)
        return;
    free(selection->tunnels);
    free(selection->flows);
    free(selection->ike_sas);
    es_refs_fini(&selection->evidence);
    free(selection);
}

bool es_selection_in_time(const struct es_selection *selection, es_time time)
{
    return time >= selection->from && time <= selection->to;
}

es_time es_selection_end(const struct es_selection *selection, es_time end)
{
    return end < selection->to ? end : selection->to;
}

static uint8_t esp_kinds(const struct es_selection *s, const struct es_owner *owner, es_time time)
{
    const struct tunnel_marks *marks = &s->tunnels[owner->tunnel ? owner->tunnel->number : 0];
    uint8_t kinds = marks->esp;
    if ((kinds & FINDING) && (time < marks->from || time > marks->to))
        kinds &= (uint8_t)~FINDING;
    if (owner->flow)
        return kinds | s->flows[owner->flow->number];
    for (size_t i = 0; i < s->spi_count; i++)
        kinds |= s->spis[i] == owner->spi ? SPI : 0;
    return kinds;
}

static uint8_t other_kinds(const struct es_selection *s, const struct es_owner *owner)
{
    uint8_t kinds = s->tunnels[owner->tunnel ? owner->tunnel->number : 0].other;
    /* What is known to be another SA's is not this one's. */
    if (owner->ike_sa && !(s->ike_sas[owner->ike_sa->number] & IKE_SA))
        kinds &= (uint8_t)~IKE_SA;
    if (owner->flow && !(s->flows[owner->flow->number] & SPI))
        kinds &= (uint8_t)~SPI;
    return kinds;
}

bool es_selection_has(const struct es_selection *selection, const struct es_datagram *datagram)
{
    if (!es_selection_in_time(selection, datagram->ref.time))
        return false;
    struct es_owner owner;
    es_tracker_owner(selection->tracker, datagram, &owner);
    /* A stream is kept whole: records could not be found in what is left otherwise. */
    const bool in_tcp = datagram->encapsulation == ES_ENCAPSULATION_TCP;
    if (in_tcp)
        owner.flow = NULL;
    const bool esp =
        (datagram->kind == ES_DATAGRAM_ESP || datagram->kind == ES_DATAGRAM_AH) && !in_tcp;
    const uint8_t kinds =
        esp ? esp_kinds(selection, &owner, datagram->ref.time) : other_kinds(selection, &owner);
    return (kinds & selection->wanted) == selection->wanted;
}

bool es_selection_has_segment(const struct es_selection *selection,
                              const struct es_datagram *segment)
{
    if (!selection->has_tcp || !es_selection_in_time(selection, segment->ref.time))
        return false;
    struct es_owner owner;
    es_tracker_owner(selection->tracker, segment, &owner);
    if (!owner.tunnel || (!owner.tunnel->ike_tcp && !owner.tunnel->esp_tcp))
        return false;
    return (other_kinds(selection, &owner) & selection->wanted) == selection->wanted;
}

bool es_selection_has_evidence(struct es_selection *selection, const struct es_packet_ref *ref)
{
    size_t count;
    if (selection->evidence.count == 0)
        return false;
    es_refs_look(&selection->evidence, ref, &count);
    return count > 0 && es_selection_in_time(selection, ref->time);
}
