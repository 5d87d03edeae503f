/*
 * JSON records of findings, with their consequences inside.
 */
#include "json.h"

static void put_evidence(struct es_json *json, json_t *object, const struct es_finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->evidence_count; i++) {
        json_t *packet = json_object();
        es_json_put_packet(json, packet, &finding->evidence[i].ref);
        es_json_put_string(json, packet, "what", finding->evidence[i].what);
        es_json_append(json, list, packet);
    }
    es_json_put(json, object, "evidence", list);
}

static void put_span(struct es_json *json, json_t *object, const struct es_finding *finding)
{
    es_json_put_moment(json, object, "first", &finding->first);
    es_json_put_moment(json, object, "last", &finding->last);
    if (finding->count)
        es_json_put_count(json, object, "count", finding->count);
}

static void put_subject(struct es_json *json, json_t *record, const struct es_finding *finding)
{
    if (finding->tunnel)
        es_json_put_count(json, record, "tunnel", finding->tunnel->number);
    if (finding->ike_sa)
        es_json_put_count(json, record, "ike_sa", finding->ike_sa->number);
    if (finding->child)
        es_json_put_count(json, record, "child_sa", finding->child->number);
    if (finding->flow_count) {
        json_t *flows = json_array();
        for (size_t i = 0; i < finding->flow_count; i++)
            es_json_append(json, flows, json_integer(finding->flows[i]->number));
        es_json_put(json, record, "flows", flows);
    }
    if (finding->spi_count) {
        json_t *spis = json_array();
        for (size_t i = 0; i < finding->spi_count; i++) {
            es_text_addf(&json->text, "0x%08x", (unsigned)finding->spis[i]);
            es_json_append_text(json, spis);
        }
        es_json_put(json, record, "spis", spis);
    }
}

static void put_peer(struct es_json *json, json_t *record, const struct es_finding *finding)
{
    if (!finding->has_peer || !finding->tunnel)
        return;
    json_t *peer = json_object();
    es_json_put_address(json, peer, "address", &finding->tunnel->peers[finding->peer].address);
    es_json_put_string(json, peer, "role", finding->role);
    es_json_put(json, record, "peer_to_check", peer);
}

static void put_consequences(struct es_json *json, json_t *record, const struct es_finding *finding)
{
    json_t *list = json_array();
    for (const struct es_finding *c = finding->consequences; c; c = c->next) {
        json_t *object = json_object();
        es_json_put_string(json, object, "id", c->rule->id);
        es_json_put_string(json, object, "severity", es_severity_name(c->severity));
        es_json_put_string(json, object, "summary", c->summary);
        put_span(json, object, c);
        put_evidence(json, object, c);
        es_json_append(json, list, object);
    }
    es_json_put(json, record, "consequences", list);
}

static void put_checks(struct es_json *json, json_t *record, const struct es_finding *finding)
{
    json_t *list = json_array();
    for (size_t i = 0; i < finding->check_count; i++)
        es_json_append(json, list, json_string(finding->checks[i]));
    es_json_put(json, record, "checks", list);
}

void es_json_finding(struct es_json *json, const struct es_finding *finding, const char *state)
{
    json_t *record = es_json_begin(json, "finding");
    es_json_put_string(json, record, "id", finding->rule->id);
    es_json_put_string(json, record, "state", state);
    es_json_put_string(json, record, "severity", es_severity_name(finding->severity));
    es_json_put_string(json, record, "confidence", es_confidence_name(finding->confidence));
    es_json_put_string(json, record, "provenance", es_provenance_name(finding->provenance));
    es_json_put_string(json, record, "category", es_category_name(finding->rule->category));
    es_json_put_string(json, record, "title", finding->rule->title);
    es_json_put_string(json, record, "summary", finding->summary);
    es_json_put_string(json, record, "reason", finding->reason);
    put_subject(json, record, finding);
    put_peer(json, record, finding);
    put_span(json, record, finding);
    put_evidence(json, record, finding);
    put_consequences(json, record, finding);
    put_checks(json, record, finding);
    es_json_put_string(json, record, "reference", finding->rule->reference);
    es_json_put_string(json, record, "display_filter", finding->display_filter);
    es_json_end(json, record);
}

bool es_report_finding_json(const struct es_finding *finding, const char *state,
                            const struct es_source *source, FILE *out)
{
    struct es_json json;
    es_json_init(&json, source, out);
    es_json_finding(&json, finding, state);
    return es_json_fini(&json);
}
