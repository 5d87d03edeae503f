/*
 * JSON records of the model: tunnels, IKE SAs, Child SAs, flows.
 */
#include "json.h"

#include "wording.h"

static void append_peer(struct es_json *json, json_t *peers, const struct es_peer *peer)
{
    json_t *object = json_object();
    es_json_put_address(json, object, "address", &peer->address);
    if (peer->port)
        es_json_put_count(json, object, "port", peer->port);
    if (peer->behind_nat != ES_UNKNOWN)
        es_json_put_bool(json, object, "behind_nat", peer->behind_nat == ES_YES);
    es_json_put_string(json, object, "vendor", peer->vendor);
    if (peer->keepalives.count)
        es_json_put_count(json, object, "keepalives", peer->keepalives.count);
    if (peer->move)
        es_json_put_count(json, object, "moves", peer->move->changes);
    if (es_ref_seen(&peer->silence.from)) {
        const es_time span = peer->silence.to.time - peer->silence.from.time;
        es_json_put(json, object, "longest_silence_s", json_real(es_seconds(span)));
    }
    es_json_append(json, peers, object);
}

void es_json_tunnel(struct es_json *json, const struct es_tunnel *tunnel, const char *verdict)
{
    json_t *record = es_json_begin(json, "tunnel");
    es_json_put_count(json, record, "tunnel", tunnel->number);
    json_t *peers = json_array();
    append_peer(json, peers, &tunnel->peers[0]);
    append_peer(json, peers, &tunnel->peers[1]);
    es_json_put(json, record, "peers", peers);
    if (tunnel->ike_version)
        es_json_put_count(json, record, "ike_version", tunnel->ike_version);
    es_json_put_string(json, record, "encapsulation", es_tunnel_encapsulation_name(tunnel));
    es_json_put_string(json, record, "state", es_tunnel_state_name(es_tunnel_state(tunnel)));
    es_json_put_moment(json, record, "first", &tunnel->first);
    es_json_put_moment(json, record, "last", &tunnel->last);
    es_json_put_string(json, record, "nat", es_nat_name(es_tunnel_nat(tunnel)));
    es_json_put_string(json, record, "verdict", verdict);
    es_json_end(json, record);
}

/* True when the list holds this text already. */
static bool has(const json_t *list, const json_t *text)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (json_equal(json_array_get(list, i), text))
            return true;
    }
    return false;
}

/* Transforms by type, each value once, in the order of the offer; of a choice the first one. */
static void put_transforms(struct es_json *json, json_t *record, const char *key,
                           const struct es_offer *offer, bool choice)
{
    if (!offer->count)
        return;
    json_t *types = json_object();
    for (size_t i = 0; i < offer->count; i++) {
        const char *type = es_ike_transform_type_name(offer->transforms[i].type);
        json_t *list = json_object_get(types, type);
        es_text_add_transform(&json->text, &offer->transforms[i]);
        json_t *value = json_string(es_text_chars(&json->text));
        json->failed |= json->text.failed;
        es_text_clear(&json->text);
        if (list && (choice || has(list, value))) {
            json_decref(value);
            continue;
        }
        if (!choice && !list) {
            list = json_array();
            es_json_put(json, types, type, list);
        }
        if (choice)
            es_json_put(json, types, type, value);
        else
            es_json_append(json, list, value);
    }
    es_json_put(json, record, key, types);
}

static void put_response_time(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    if (!sa->response_count)
        return;
    json_t *object = json_object();
    es_json_put(json, object, "median", json_real(es_ike_sa_response_median(sa) / 1e3));
    es_json_put(json, object, "max", json_real(sa->response_max_us / 1e3));
    es_json_put(json, record, "response_time_ms", object);
}

/* Liveness checks of both sides together. */
static void put_dpd(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    const uint64_t requests = sa->dpd[0].requests + sa->dpd[1].requests;
    const uint64_t intervals = sa->dpd[0].interval_count + sa->dpd[1].interval_count;
    if (!requests)
        return;
    json_t *object = json_object();
    es_json_put_count(json, object, "requests", requests);
    es_json_put_count(json, object, "unanswered",
                      (uint64_t)sa->dpd[0].unanswered_requests + sa->dpd[1].unanswered_requests);
    if (intervals) {
        const es_time sum = sa->dpd[0].interval_sum + sa->dpd[1].interval_sum;
        es_json_put(json, object, "interval_s", json_real(es_seconds(sum) / (double)intervals));
    }
    es_json_put(json, record, "dpd", object);
}

static void put_error(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    if (!sa->error)
        return;
    es_text_add_registry(&json->text,
                         sa->major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify,
                         sa->error);
    es_json_put_text(json, record, "error");
}

/* Who the ends say they are, and how they prove it: with keys, or in Aggressive Mode. */
static void put_identities(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    json_t *identities = json_object();
    json_t *auth = json_object();
    for (int i = 0; i < 2; i++) {
        const int side = i == 0 ? sa->initiator : 1 - sa->initiator;
        es_json_put_string(json, identities, roles[i], sa->identities[side]);
        if (!sa->auth_methods[side])
            continue;
        es_text_add_registry(&json->text, &es_registry_ike_auth_method, sa->auth_methods[side]);
        es_json_put_text(json, auth, roles[i]);
    }
    es_json_put_filled(json, record, "identities", identities);
    es_json_put_filled(json, record, "auth", auth);
}

/* What became of the requests of each side for new SAs. */
static void put_requests(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    json_t *both = json_object();
    for (int i = 0; i < 2; i++) {
        const struct es_requests *r = &sa->requests[i == 0 ? sa->initiator : 1 - sa->initiator];
        if (!r->asked.count && !r->made.count && !r->refused.count)
            continue;
        json_t *object = json_object();
        es_json_put_count(json, object, "asked", r->asked.count);
        es_json_put_count(json, object, "made", r->made.count);
        es_json_put_count(json, object, "refused", r->refused.count);
        es_json_put(json, both, roles[i], object);
    }
    es_json_put_filled(json, record, "new_sa_requests", both);
    if (sa->collisions.count)
        es_json_put_count(json, record, "rekey_collisions", sa->collisions.count);
}

/* The certificate that a side showed for itself. Times beyond the clock are left out. */
static void put_certificate(struct es_json *json, json_t *certificates, const char *role,
                            const struct es_certificates *sent)
{
    json_t *certificate = json_object();
    es_json_put_string(json, certificate, "subject", sent->own.subject);
    es_json_put_string(json, certificate, "issuer", sent->own.issuer);
    if (sent->own.not_before > -ES_TIME_MAX)
        es_json_put_time(json, certificate, "not_before", sent->own.not_before);
    if (sent->own.not_after < ES_TIME_MAX)
        es_json_put_time(json, certificate, "not_after", sent->own.not_after);
    es_json_put_count(json, certificate, "sent", sent->count);
    es_json_put(json, certificates, role, certificate);
}

static void put_handshake(struct es_json *json, json_t *record, const struct es_ike_sa *sa)
{
    static const char *const roles[] = {"initiator", "responder"};
    json_t *certificates = json_object();
    for (int i = 0; i < 2; i++) {
        const int side = i == 0 ? sa->initiator : 1 - sa->initiator;
        if (sa->certificates[side])
            put_certificate(json, certificates, roles[i], sa->certificates[side]);
    }
    es_json_put_string(json, record, "expected_responder", sa->asked_identity);
    es_json_put_filled(json, record, "certificates", certificates);
    json_t *eap = json_object();
    if (sa->eap && sa->eap->type) {
        es_text_add_registry(&json->text, &es_registry_eap_type, sa->eap->type);
        es_json_put_text(json, eap, "method");
    }
    if (sa->eap)
        es_json_put_string(json, eap, "identity", sa->eap->identity);
    es_json_put_filled(json, record, "eap", eap);
    es_json_put_string(json, record, "redirected_to", sa->redirect ? sa->redirect->gateway : NULL);
    es_json_put_string(json, record, "redirected_from", sa->redirected_from);
}

void es_json_ike_sa(struct es_json *json, const struct es_ike_sa *sa)
{
    const struct es_peer *peers = sa->tunnel->peers;
    json_t *record = es_json_begin(json, "ike_sa");
    es_json_put_count(json, record, "ike_sa", sa->number);
    es_json_put_count(json, record, "tunnel", sa->tunnel->number);
    if (sa->major)
        es_json_put_count(json, record, "version", sa->major);
    es_json_put_ike_spi(json, record, "initiator_spi", sa->initiator_spi);
    if (sa->responder_spi)
        es_json_put_ike_spi(json, record, "responder_spi", sa->responder_spi);
    es_json_put_address(json, record, "initiator", &peers[sa->initiator].address);
    es_json_put_address(json, record, "responder", &peers[!sa->initiator].address);
    if (sa->major == 1)
        es_json_put_string(json, record, "mode", es_mode_name(sa->mode));
    put_transforms(json, record, "offered", &sa->offered, false);
    put_transforms(json, record, "chosen", &sa->chosen, true);
    es_json_put_string(json, record, "state", es_ike_sa_state_name(sa->state));
    es_json_put_moment(json, record, "established", &sa->established);
    es_json_put_moment(json, record, "closed", &sa->closed);
    if (sa->rekeys)
        es_json_put_count(json, record, "rekeys", sa->rekeys->number);
    if (sa->rekeyed_to)
        es_json_put_count(json, record, "rekeyed_to", sa->rekeyed_to->number);
    es_json_put_count(json, record, "exchanges", sa->exchange_count);
    es_json_put_count(json, record, "retransmissions", sa->retransmissions);
    put_response_time(json, record, sa);
    put_requests(json, record, sa);
    put_dpd(json, record, sa);
    put_identities(json, record, sa);
    put_handshake(json, record, sa);
    put_error(json, record, sa);
    es_json_end(json, record);
}

/* The SPI that a side sends on: as negotiated, or as seen; 0: neither. */
static uint32_t child_spi(const struct es_child_sa *child, uint8_t side)
{
    if (child->spis[side])
        return child->spis[side];
    return child->flows[side] ? child->flows[side]->key.spi : 0;
}

/* The SPIs by direction: between the IKE SA's ends, or else between the tunnel's peers. */
static void put_child_spis(struct es_json *json, json_t *record, const struct es_child_sa *child)
{
    const uint8_t from = child->ike_sa ? child->ike_sa->initiator : 0;
    const char *const there = child->ike_sa ? "initiator_to_responder" : "from_first_peer";
    const char *const back = child->ike_sa ? "responder_to_initiator" : "from_second_peer";
    json_t *spis = json_object();
    if (child_spi(child, from))
        es_json_put_spi(json, spis, there, child_spi(child, from));
    if (child_spi(child, !from))
        es_json_put_spi(json, spis, back, child_spi(child, !from));
    es_json_put_filled(json, record, "spis", spis);
}

/* What it may carry, by the end whose networks they are. */
static void put_selectors(struct es_json *json, json_t *record, const struct es_child_sa *child)
{
    json_t *selectors = json_object();
    const uint8_t initiator = child->ike_sa ? child->ike_sa->initiator : 0;
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_selectors *own = &child->selectors[side];
        if (!own->count)
            continue;
        json_t *list = json_array();
        for (size_t i = 0; i < own->count; i++) {
            es_text_add_selector(&json->text, &own->items[i]);
            es_json_append_text(json, list);
        }
        es_json_put(json, selectors, side == initiator ? "initiator" : "responder", list);
    }
    es_json_put_filled(json, record, "traffic_selectors", selectors);
}

void es_json_child_sa(struct es_json *json, const struct es_child_sa *child)
{
    const bool seen = child->created.ref.number != 0;
    json_t *record = es_json_begin(json, "child_sa");
    es_json_put_count(json, record, "child_sa", child->number);
    if (child->ike_sa)
        es_json_put_count(json, record, "ike_sa", child->ike_sa->number);
    es_json_put_count(json, record, "tunnel", child->tunnel->number);
    put_child_spis(json, record, child);
    es_json_put_string(
        json, record, "provenance",
        es_provenance_name(seen ? child->created.provenance : ES_PROVENANCE_INFERRED));
    es_json_put_string(json, record, "reason", child->created.reason);
    if (child->rekeys && !es_child_is_beside(child->rekeys))
        es_json_put_count(json, record, "rekeys", child->rekeys->number);
    if (child->packets_at_rekey) {
        es_json_put_count(json, record, "packets_at_rekey", child->packets_at_rekey);
        es_json_put_count(json, record, "bytes_at_rekey", child->bytes_at_rekey);
    }
    es_json_put_moment(json, record, "created", &child->created.ref);
    es_json_put_moment(json, record, "deleted", &child->deleted.ref);
    put_selectors(json, record, child);
    put_transforms(json, record, "chosen", &child->chosen, true);
    es_json_end(json, record);
}

static void put_sequence(struct es_json *json, json_t *record, const struct es_sequence *sequence)
{
    json_t *object = json_object();
    es_json_put_count(json, object, "first", sequence->first);
    es_json_put_count(json, object, "last", sequence->highest);
    es_json_put_count(json, object, "lost", es_sequence_lost(sequence));
    es_json_put_count(json, object, "reordered", sequence->reordered);
    es_json_put_count(json, object, "duplicates", sequence->duplicates);
    if (sequence->resets)
        es_json_put_count(json, object, "resets", sequence->resets);
    if (sequence->skipped)
        es_json_put_count(json, object, "skipped", sequence->skipped);
    if (sequence->reordered)
        es_json_put_count(json, object, "most_late", sequence->latest);
    es_json_put(json, record, "sequence", object);
}

/* Buckets up to the last one with packets. */
static void put_timeline(struct es_json *json, json_t *record, const struct es_timeline *timeline)
{
    size_t count = ES_TIMELINE_BUCKETS;
    while (count > 0 && timeline->counts[count - 1] == 0)
        count--;
    if (!count)
        return;
    json_t *counts = json_array();
    for (size_t i = 0; i < count; i++)
        es_json_append(json, counts, json_integer(timeline->counts[i]));
    json_t *object = json_object();
    es_json_put_time(json, object, "start", timeline->start);
    es_json_put(json, object, "bucket_s", json_real(es_seconds(timeline->width)));
    es_json_put(json, object, "counts", counts);
    es_json_put(json, record, "timeline", object);
}

/* With keys: what the packets carried. */
static void put_inner(struct es_json *json, json_t *record, const struct es_inner_tally *inner)
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
    json_t *object = json_object();
    for (size_t i = 0; i < ES_COUNT(counts); i++)
        es_json_put_count(json, object, counts[i].name, counts[i].count);
    if (inner->protocol) {
        es_json_put_address(json, object, "source", &inner->source);
        es_json_put_address(json, object, "destination", &inner->destination);
    }
    es_json_put(json, record, "inner", object);
}

void es_json_flow(struct es_json *json, const struct es_flow *flow)
{
    json_t *record = es_json_begin(json, "flow");
    es_json_put_count(json, record, "flow", flow->number);
    es_json_put_count(json, record, "tunnel", flow->tunnel->number);
    es_json_put_count(json, record, "child_sa", flow->child->number);
    es_json_put_string(json, record, "protocol", es_protocol_name(flow->key.protocol));
    es_json_put_spi(json, record, "spi", flow->key.spi);
    es_json_put_address(json, record, "source", &flow->source);
    if (flow->source_port)
        es_json_put_count(json, record, "source_port", flow->source_port);
    es_json_put_address(json, record, "destination", &flow->key.destination);
    if (flow->destination_port)
        es_json_put_count(json, record, "destination_port", flow->destination_port);
    es_json_put_string(json, record, "encapsulation", es_encapsulation_name(flow->encapsulation));
    es_json_put_count(json, record, "packets", flow->packets);
    es_json_put_count(json, record, "bytes", flow->bytes);
    es_json_put_moment(json, record, "first", &flow->first);
    es_json_put_moment(json, record, "last", &flow->last);
    put_sequence(json, record, &flow->sequence);
    put_timeline(json, record, &flow->timeline);
    put_inner(json, record, flow->inner);
    es_json_put_traffic(json, record, flow);
    es_json_end(json, record);
}
