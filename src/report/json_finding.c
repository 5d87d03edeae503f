/*
 * JSON records of findings, with their consequences inside.
 */
#include "json.h"

static void put_evidence(struct es_json *json, const struct es_finding *finding)
{
    es_json_open(json, "evidence", '[');
    for (size_t i = 0; i < finding->evidence_count; i++) {
        es_json_open(json, NULL, '{');
        es_json_put_packet(json, &finding->evidence[i].ref);
        es_json_put_string(json, "what", finding->evidence[i].what);
        es_json_close(json, '}');
    }
    es_json_close(json, ']');
}

static void put_span(struct es_json *json, const struct es_finding *finding)
{
    es_json_put_moment(json, "first", &finding->first);
    es_json_put_moment(json, "last", &finding->last);
    if (finding->count)
        es_json_put_count(json, "count", finding->count);
}

static void put_subject(struct es_json *json, const struct es_finding *finding)
{
    if (finding->tunnel)
        es_json_put_count(json, "tunnel", finding->tunnel->number);
    if (finding->ike_sa)
        es_json_put_count(json, "ike_sa", finding->ike_sa->number);
    if (finding->child)
        es_json_put_count(json, "child_sa", finding->child->number);
    if (finding->flow_count) {
        es_json_open(json, "flows", '[');
        for (size_t i = 0; i < finding->flow_count; i++)
            es_json_line_number(&json->line, finding->flows[i]->number);
        es_json_close(json, ']');
    }
    if (finding->spi_count) {
        es_json_open(json, "spis", '[');
        for (size_t i = 0; i < finding->spi_count; i++) {
            es_text_addf(&json->line.scratch, "0x%08x", (unsigned)finding->spis[i]);
            es_json_append_text(json);
        }
        es_json_close(json, ']');
    }
}

static void put_peer(struct es_json *json, const struct es_finding *finding)
{
    if (!finding->has_peer || !finding->tunnel)
        return;
    es_json_open(json, "peer_to_check", '{');
    es_json_put_address(json, "address", &finding->tunnel->peers[finding->peer].address);
    es_json_put_string(json, "role", finding->role);
    es_json_close(json, '}');
}

static void put_consequences(struct es_json *json, const struct es_finding *finding)
{
    es_json_open(json, "consequences", '[');
    for (const struct es_finding *c = finding->consequences; c; c = c->next) {
        es_json_open(json, NULL, '{');
        es_json_put_string(json, "id", c->rule->id);
        es_json_put_string(json, "severity", es_severity_name(c->severity));
        es_json_put_string(json, "summary", c->summary);
        put_span(json, c);
        put_evidence(json, c);
        es_json_close(json, '}');
    }
    es_json_close(json, ']');
}

static void put_checks(struct es_json *json, const struct es_finding *finding)
{
    es_json_open(json, "checks", '[');
    for (size_t i = 0; i < finding->check_count; i++)
        es_json_line_string(&json->line, finding->checks[i]);
    es_json_close(json, ']');
}

void es_json_finding(struct es_json *json, const struct es_finding *finding, const char *state)
{
    es_json_begin(json, "finding");
    es_json_put_string(json, "id", finding->rule->id);
    es_json_put_string(json, "state", state);
    es_json_put_string(json, "severity", es_severity_name(finding->severity));
    es_json_put_string(json, "confidence", es_confidence_name(finding->confidence));
    es_json_put_string(json, "provenance", es_provenance_name(finding->provenance));
    es_json_put_string(json, "category", es_category_name(finding->rule->category));
    es_json_put_string(json, "title", finding->rule->title);
    es_json_put_string(json, "summary", finding->summary);
    es_json_put_string(json, "reason", finding->reason);
    put_subject(json, finding);
    put_peer(json, finding);
    put_span(json, finding);
    put_evidence(json, finding);
    put_consequences(json, finding);
    put_checks(json, finding);
    es_json_put_string(json, "reference", finding->rule->reference);
    es_json_put_string(json, "display_filter", finding->display_filter);
    es_json_end(json);
}

bool es_report_finding_json(const struct es_finding *finding, const char *state,
                            const struct es_source *source, FILE *out)
{
    struct es_json json;
    es_json_init(&json, source, out);
    es_json_finding(&json, finding, state);
    return es_json_fini(&json);
}
