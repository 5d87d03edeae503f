/*
 * JSON records of the model: tunnels, IKE SAs, Child SAs, flows.
 */
#include "json.h"

#include "wording.h"

#include <string.h>

static void append_peer(struct es_json *json, const struct es_peer *peer)
{
    es_json_open(json, NULL, '{');
    es_json_put_address(json, "address", &peer->address);
    if (peer->port)
        es_json_put_count(json, "port", peer->port);
    if (peer->behind_nat != ES_UNKNOWN)
        es_json_put_bool(json, "behind_nat", peer->behind_nat == ES_YES);
    es_json_put_string(json, "vendor", peer->vendor);
    if (peer->keepalives.count)
        es_json_put_count(json, "keepalives", peer->keepalives.count);
    if (peer->move)
        es_json_put_count(json, "moves", peer->move->changes);
    if (es_ref_seen(&peer->silence.from)) {
        const es_time span = peer->silence.to.time - peer->silence.from.time;
        es_json_put_real(json, "longest_silence_s", es_seconds(span));
    }
    es_json_close(json, '}');
}

void es_json_tunnel(struct es_json *json, const struct es_tunnel *tunnel, const char *verdict)
{
    es_json_begin(json, "tunnel");
    es_json_put_count(json, "tunnel", tunnel->number);
    es_json_open(json, "peers", '[');
    append_peer(json, &tunnel->peers[0]);
    append_peer(json, &tunnel->peers[1]);
    es_json_close(json, ']');
    if (tunnel->ike_version)
        es_json_put_count(json, "ike_version", tunnel->ike_version);
    es_json_put_string(json, "encapsulation", es_tunnel_encapsulation_name(tunnel));
    es_json_put_string(json, "state", es_tunnel_state_name(es_tunnel_state(tunnel)));
    es_json_put_moment(json, "first", &tunnel->first);
    es_json_put_moment(json, "last", &tunnel->last);
    es_json_put_string(json, "nat", es_nat_name(es_tunnel_nat(tunnel)));
    es_json_put_string(json, "verdict", verdict);
    es_json_end(json);
}

/* An offer's transforms in words: of a hostile one there are many, and many of them alike. */
struct named_offer {
    size_t count;
    struct es_text words;
    struct {
        const char *type;
        uint32_t place, length; /* of the words, which end in NUL */
        uint16_t group;         /* the first one of this type */
    } items[ES_IKE_TRANSFORMS_MAX];
};

static const char *words_of(const struct named_offer *named, size_t i)
{
    return es_text_chars(&named->words) + named->items[i].place;
}

static uint16_t group_of(const struct named_offer *named, const char *type)
{
    for (uint16_t i = 0; i < named->count; i++) {
        if (named->items[i].group == i && strcmp(named->items[i].type, type) == 0)
            return i;
    }
    return (uint16_t)named->count;
}

static void name_offer(struct named_offer *named, const struct es_offer *offer)
{
    es_text_init(&named->words);
    named->count = 0;
    while (named->count < offer->count && named->count < ES_COUNT(named->items)) {
        const struct es_ike_transform *transform = &offer->transforms[named->count];
        const size_t place = named->words.length;
        const char *type = es_ike_transform_type_name(transform->type);
        es_text_add_transform(&named->words, transform);
        named->items[named->count].place = (uint32_t)place;
        named->items[named->count].length = (uint32_t)(named->words.length - place);
        named->items[named->count].type = type;
        named->items[named->count].group = group_of(named, type);
        named->count++;
        es_text_add_bytes(&named->words, "", 1);
    }
}

/* True when one of the same type before has the same words. */
static bool came_before(const struct named_offer *named, size_t i)
{
    for (size_t k = named->items[i].group; k < i; k++) {
        if (named->items[k].group == named->items[i].group &&
            named->items[k].length == named->items[i].length &&
            memcmp(words_of(named, k), words_of(named, i), named->items[i].length) == 0)
            return true;
    }
    return false;
}

static void put_values(struct es_json *json, const struct named_offer *named, size_t group)
{
    es_json_open(json, named->items[group].type, '[');
    for (size_t i = group; i < named->count; i++) {
        if (named->items[i].group == group && !came_before(named, i))
            es_json_line_string(&json->line, words_of(named, i));
    }
    es_json_close(json, ']');
}

/* Transforms by type, each value once, in the order of the offer; of a choice the first one. */
static void put_transforms(struct es_json *json, const char *key, const struct es_offer *offer,
                           bool choice)
{
    struct named_offer named;
    if (!offer->count)
        return;
    name_offer(&named, offer);
    json->failed |= named.words.failed;
    es_json_open(json, key, '{');
    for (size_t i = 0; i < named.count && !named.words.failed; i++) {
        if (named.items[i].group != i)
            continue;
        if (choice)
            es_json_put_string(json, named.items[i].type, words_of(&named, i));
        else
            put_values(json, &named, i);
    }
    es_json_close(json, '}');
    es_text_fini(&named.words);
}

static void put_response_time(struct es_json *json, const struct es_ike_sa *sa)
{
    if (!sa->response_count)
        return;
    es_json_open(json, "response_time_ms", '{');
    es_json_put_real(json, "median", es_ike_sa_response_median(sa) / 1e3);
    es_json_put_real(json, "max", sa->response_max_us / 1e3);
    es_json_close(json, '}');
}

/* Liveness checks of both sides together. */
static void put_dpd(struct es_json *json, const struct es_ike_sa *sa)
{
    const struct es_dpd *dpd[] = {es_ike_sa_dpd(sa, 0), es_ike_sa_dpd(sa, 1)};
    const uint64_t requests = dpd[0]->requests + dpd[1]->requests;
    const uint64_t intervals = dpd[0]->interval_count + dpd[1]->interval_count;
    if (!requests)
        return;
    es_json_open(json, "dpd", '{');
    es_json_put_count(json, "requests", requests);
    es_json_put_count(json, "unanswered",
                      (uint64_t)dpd[0]->unanswered_requests + dpd[1]->unanswered_requests);
    if (intervals) {
        const es_time sum = dpd[0]->interval_sum + dpd[1]->interval_sum;
        es_json_put_real(json, "interval_s", es_seconds(sum) / (double)intervals);
    }
    es_json_close(json, '}');
}

static void put_error(struct es_json *json, const struct es_ike_sa *sa)
{
    if (!sa->error)
        return;
    es_text_add_registry(&json->line.scratch,
                         sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify,
                         sa->error);
    es_json_put_text(json, "error");
}

/* Who the ends say they are, and how they prove it: with keys, or in Aggressive Mode. */
static void put_identities(struct es_json *json, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    const uint8_t sides[] = {sa->initiator, !sa->initiator};
    const struct es_json_mark identities = es_json_open_filled(json, "identities", '{');
    for (int i = 0; i < 2; i++)
        es_json_put_string(json, roles[i], sa->identities[sides[i]]);
    es_json_close_filled(json, '}', identities);
    const struct es_json_mark auth = es_json_open_filled(json, "auth", '{');
    for (int i = 0; i < 2; i++) {
        const uint8_t method = sa->auth_methods[sides[i]];
        if (!method)
            continue;
        es_text_add_registry(&json->line.scratch, &es_registry_ike_auth_method, method);
        es_json_put_text(json, roles[i]);
    }
    es_json_close_filled(json, '}', auth);
}

/* What became of the requests of each side for new SAs. */
static void put_requests(struct es_json *json, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    const struct es_json_mark both = es_json_open_filled(json, "new_sa_requests", '{');
    for (int i = 0; i < 2; i++) {
        const struct es_requests *r = &sa->requests[i == 0 ? sa->initiator : 1 - sa->initiator];
        if (!r->asked.count && !r->made.count && !r->refused.count)
            continue;
        es_json_open(json, roles[i], '{');
        es_json_put_count(json, "asked", r->asked.count);
        es_json_put_count(json, "made", r->made.count);
        es_json_put_count(json, "refused", r->refused.count);
        es_json_close(json, '}');
    }
    es_json_close_filled(json, '}', both);
    if (es_ike_sa_odd(sa)->collisions.count)
        es_json_put_count(json, "rekey_collisions", es_ike_sa_odd(sa)->collisions.count);
}

/* The certificate that a side showed for itself. Times beyond the clock are left out. */
static void put_certificate(struct es_json *json, const char *role,
                            const struct es_certificates *sent)
{
    es_json_open(json, role, '{');
    es_json_put_string(json, "subject", sent->own.subject);
    es_json_put_string(json, "issuer", sent->own.issuer);
    if (sent->own.not_before > -ES_TIME_MAX)
        es_json_put_time(json, "not_before", sent->own.not_before);
    if (sent->own.not_after < ES_TIME_MAX)
        es_json_put_time(json, "not_after", sent->own.not_after);
    es_json_put_count(json, "sent", sent->count);
    es_json_close(json, '}');
}

static void put_handshake(struct es_json *json, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    es_json_put_string(json, "expected_responder", sa->asked_identity);
    const struct es_json_mark certificates = es_json_open_filled(json, "certificates", '{');
    for (int i = 0; i < 2; i++) {
        const int side = i == 0 ? sa->initiator : 1 - sa->initiator;
        if (sa->certificates[side])
            put_certificate(json, roles[i], sa->certificates[side]);
    }
    es_json_close_filled(json, '}', certificates);
    const struct es_json_mark eap = es_json_open_filled(json, "eap", '{');
    if (sa->eap && sa->eap->type) {
        es_text_add_registry(&json->line.scratch, &es_registry_eap_type, sa->eap->type);
        es_json_put_text(json, "method");
    }
    if (sa->eap)
        es_json_put_string(json, "identity", sa->eap->identity);
    es_json_close_filled(json, '}', eap);
    es_json_put_string(json, "redirected_to", sa->redirect ? sa->redirect->gateway : NULL);
    es_json_put_string(json, "redirected_from", sa->redirected_from);
}

void es_json_ike_sa(struct es_json *json, const struct es_ike_sa *sa)
{
    const struct es_peer *peers = sa->tunnel->peers;
    es_json_begin(json, "ike_sa");
    es_json_put_count(json, "ike_sa", sa->number);
    es_json_put_count(json, "tunnel", sa->tunnel->number);
    if (sa->major)
        es_json_put_count(json, "version", sa->major);
    es_json_put_ike_spi(json, "initiator_spi", sa->initiator_spi);
    if (sa->responder_spi)
        es_json_put_ike_spi(json, "responder_spi", sa->responder_spi);
    es_json_put_address(json, "initiator", &peers[sa->initiator].address);
    es_json_put_address(json, "responder", &peers[!sa->initiator].address);
    if (sa->major == 1)
        es_json_put_string(json, "mode", es_mode_name(sa->mode));
    put_transforms(json, "offered", &sa->offered, false);
    put_transforms(json, "chosen", &sa->chosen, true);
    es_json_put_string(json, "state", es_ike_sa_state_name(sa->state));
    es_json_put_moment(json, "established", &sa->established);
    es_json_put_moment(json, "closed", &sa->closed);
    if (sa->rekeys)
        es_json_put_count(json, "rekeys", sa->rekeys->number);
    if (sa->rekeyed_to)
        es_json_put_count(json, "rekeyed_to", sa->rekeyed_to->number);
    es_json_put_count(json, "exchanges", sa->exchange_count);
    es_json_put_count(json, "retransmissions", sa->retransmissions);
    put_response_time(json, sa);
    put_requests(json, sa);
    put_dpd(json, sa);
    put_identities(json, sa);
    put_handshake(json, sa);
    put_error(json, sa);
    es_json_end(json);
}

/* The SPI that a side sends on: as negotiated, or as seen; 0: neither. */
static uint32_t child_spi(const struct es_child_sa *child, uint8_t side)
{
    if (child->spis[side])
        return child->spis[side];
    return child->flows[side] ? child->flows[side]->key.spi : 0;
}

/* The SPIs by direction: between the IKE SA's ends, or else between the tunnel's peers. */
static void put_child_spis(struct es_json *json, const struct es_child_sa *child)
{
    const uint8_t from = child->ike_sa ? child->ike_sa->initiator : 0;
    const char *const there = child->ike_sa ? "initiator_to_responder" : "from_first_peer";
    const char *const back = child->ike_sa ? "responder_to_initiator" : "from_second_peer";
    const struct es_json_mark spis = es_json_open_filled(json, "spis", '{');
    if (child_spi(child, from))
        es_json_put_spi(json, there, child_spi(child, from));
    if (child_spi(child, !from))
        es_json_put_spi(json, back, child_spi(child, !from));
    es_json_close_filled(json, '}', spis);
}

/* What it may carry, by the end whose networks they are. */
static void put_selectors(struct es_json *json, const struct es_child_sa *child)
{
    const uint8_t initiator = child->ike_sa ? child->ike_sa->initiator : 0;
    const struct es_json_mark selectors = es_json_open_filled(json, "traffic_selectors", '{');
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_selectors *own = &child->selectors[side];
        if (!own->count)
            continue;
        es_json_open(json, side == initiator ? "initiator" : "responder", '[');
        for (size_t i = 0; i < own->count; i++) {
            es_text_add_selector(&json->line.scratch, &own->items[i]);
            es_json_append_text(json);
        }
        es_json_close(json, ']');
    }
    es_json_close_filled(json, '}', selectors);
}

void es_json_child_sa(struct es_json *json, const struct es_child_sa *child)
{
    const bool seen = child->created.ref.number != 0;
    es_json_begin(json, "child_sa");
    es_json_put_count(json, "child_sa", child->number);
    if (child->ike_sa)
        es_json_put_count(json, "ike_sa", child->ike_sa->number);
    es_json_put_count(json, "tunnel", child->tunnel->number);
    put_child_spis(json, child);
    es_json_put_string(
        json, "provenance",
        es_provenance_name(seen ? child->created.provenance : ES_PROVENANCE_INFERRED));
    es_json_put_string(json, "reason", child->created.reason);
    if (child->rekeys && !es_child_is_beside(child->rekeys))
        es_json_put_count(json, "rekeys", child->rekeys->number);
    if (child->packets_at_rekey) {
        es_json_put_count(json, "packets_at_rekey", child->packets_at_rekey);
        es_json_put_count(json, "bytes_at_rekey", child->bytes_at_rekey);
    }
    es_json_put_moment(json, "created", &child->created.ref);
    es_json_put_moment(json, "deleted", &child->deleted.ref);
    put_selectors(json, child);
    put_transforms(json, "chosen", &child->chosen, true);
    es_json_end(json);
}

static void put_sequence(struct es_json *json, const struct es_sequence *sequence)
{
    const struct es_disorder *disorder = es_sequence_disorder(sequence);
    es_json_open(json, "sequence", '{');
    es_json_put_count(json, "first", sequence->first);
    es_json_put_count(json, "last", sequence->highest);
    es_json_put_count(json, "lost", es_sequence_lost(sequence));
    es_json_put_count(json, "reordered", disorder->reordered);
    es_json_put_count(json, "duplicates", disorder->duplicates);
    if (disorder->resets)
        es_json_put_count(json, "resets", disorder->resets);
    if (sequence->skipped)
        es_json_put_count(json, "skipped", sequence->skipped);
    if (disorder->reordered)
        es_json_put_count(json, "most_late", disorder->latest);
    es_json_close(json, '}');
}

/* Buckets up to the last one with packets. */
static void put_timeline(struct es_json *json, const struct es_timeline *timeline)
{
    size_t count = ES_TIMELINE_BUCKETS;
    while (count > 0 && es_timeline_count(timeline, count - 1) == 0)
        count--;
    if (!count)
        return;
    es_json_open(json, "timeline", '{');
    es_json_put_time(json, "start", timeline->start);
    es_json_put_real(json, "bucket_s", es_seconds(timeline->width));
    es_json_open(json, "counts", '[');
    for (size_t i = 0; i < count; i++)
        es_json_line_number(&json->line, es_timeline_count(timeline, i));
    es_json_close(json, ']');
    es_json_close(json, '}');
}

/* With keys: what the packets carried. */
static void put_inner(struct es_json *json, const struct es_inner_tally *inner)
{
    if (!inner)
        return;
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"packets",           inner->packets      },
        {"dummies",           inner->dummies      },
        {"echo_requests",     inner->echo_requests},
        {"echo_replies",      inner->echo_replies },
        {"outside_selectors", inner->outside      },
    };
    es_json_open(json, "inner", '{');
    for (size_t i = 0; i < ES_COUNT(counts); i++)
        es_json_put_count(json, counts[i].name, counts[i].count);
    if (inner->protocol) {
        es_json_put_address(json, "source", &inner->source);
        es_json_put_address(json, "destination", &inner->destination);
    }
    es_json_close(json, '}');
}

void es_json_flow(struct es_json *json, const struct es_flow *flow)
{
    es_json_begin(json, "flow");
    es_json_put_count(json, "flow", flow->number);
    es_json_put_count(json, "tunnel", flow->tunnel->number);
    es_json_put_count(json, "child_sa", flow->child->number);
    es_json_put_string(json, "protocol", es_protocol_name(flow->key.protocol));
    es_json_put_spi(json, "spi", flow->key.spi);
    es_json_put_address(json, "source", &flow->source);
    if (flow->source_port)
        es_json_put_count(json, "source_port", flow->source_port);
    es_json_put_address(json, "destination", &flow->key.destination);
    if (flow->destination_port)
        es_json_put_count(json, "destination_port", flow->destination_port);
    es_json_put_string(json, "encapsulation", es_encapsulation_name(flow->encapsulation));
    es_json_put_count(json, "packets", flow->packets);
    es_json_put_count(json, "bytes", flow->bytes);
    es_json_put_moment(json, "first", &flow->first);
    es_json_put_moment(json, "last", &flow->last);
    put_sequence(json, &flow->sequence);
    put_timeline(json, &flow->timeline);
    put_inner(json, flow->inner);
    es_json_put_traffic(json, flow);
    es_json_end(json);
}
