/*
 * JSON lines, version 1: the order of the records, the ones about the whole capture, and how
 * single fields are written. Jansson keeps the order in which fields are put.
 */
#include "json.h"

#include "selection.h"

#include <inttypes.h>
#include <string.h>

enum { SCHEMA = 1, DIGITS = 9, LINK_TYPES_MAX = 32 };

void es_json_init(struct es_json *json, const struct es_source *source, FILE *out)
{
    *json = (struct es_json){.out = out, .source = source};
    json->several_files = es_report_has_several_files(source);
    es_text_init(&json->text);
}

bool es_json_fini(struct es_json *json)
{
    es_text_fini(&json->text);
    return !json->failed && !ferror(json->out);
}

void es_json_put(struct es_json *json, json_t *object, const char *key, json_t *value)
{
    if (json_object_set_new(object, key, value) != 0)
        json->failed = true;
}

void es_json_put_filled(struct es_json *json, json_t *object, const char *key, json_t *value)
{
    if (json_object_size(value) || json_array_size(value))
        es_json_put(json, object, key, value);
    else
        json_decref(value);
}

void es_json_append(struct es_json *json, json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        json->failed = true;
}

json_t *es_json_begin(struct es_json *json, const char *type)
{
    json_t *record = json_object();
    es_json_put(json, record, "type", json_string(type));
    return record;
}

void es_json_end(struct es_json *json, json_t *record)
{
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(DIGITS);
    if (!json->failed &&
        (json_dumpf(record, json->out, flags) != 0 || fputc('\n', json->out) == EOF))
        json->failed = true;
    json_decref(record);
}

void es_json_put_count(struct es_json *json, json_t *object, const char *key, uint64_t number)
{
    es_json_put(json, object, key, json_integer((json_int_t)number));
}

void es_json_put_bool(struct es_json *json, json_t *object, const char *key, bool yes)
{
    es_json_put(json, object, key, json_boolean(yes));
}

/* The scratch text as a JSON string. */
static json_t *take_text(struct es_json *json)
{
    json_t *string = NULL;
    if (!json->text.failed)
        string = json_stringn(es_text_chars(&json->text), json->text.length);
    es_text_clear(&json->text);
    return string;
}

void es_json_put_text(struct es_json *json, json_t *object, const char *key)
{
    es_json_put(json, object, key, take_text(json));
}

void es_json_append_text(struct es_json *json, json_t *array)
{
    es_json_append(json, array, take_text(json));
}

void es_json_put_string(struct es_json *json, json_t *object, const char *key, const char *chars)
{
    if (!chars)
        return;
    es_text_add_printable(&json->text, (const uint8_t *)chars, strlen(chars));
    es_json_put_text(json, object, key);
}

void es_json_put_spi(struct es_json *json, json_t *object, const char *key, uint32_t spi)
{
    es_text_addf(&json->text, "0x%08" PRIx32, spi);
    es_json_put_text(json, object, key);
}

void es_json_put_ike_spi(struct es_json *json, json_t *object, const char *key, uint64_t spi)
{
    es_text_addf(&json->text, "0x%016" PRIx64, spi);
    es_json_put_text(json, object, key);
}

void es_json_put_address(struct es_json *json, json_t *object, const char *key,
                         const struct es_address *address)
{
    es_text_add_address(&json->text, address);
    es_json_put_text(json, object, key);
}

void es_json_put_time(struct es_json *json, json_t *object, const char *key, es_time time)
{
    es_text_add_time(&json->text, time);
    es_json_put_text(json, object, key);
}

void es_json_put_moment(struct es_json *json, json_t *object, const char *key,
                        const struct es_packet_ref *ref)
{
    if (ref->number)
        es_json_put_time(json, object, key, ref->time);
}

void es_json_put_packet(struct es_json *json, json_t *object, const struct es_packet_ref *ref)
{
    es_json_put_count(json, object, "packet", ref->number);
    if (json->several_files)
        es_json_put_string(json, object, "file", es_source_file(json->source, ref->file)->name);
    es_json_put_time(json, object, "time", ref->time);
}

/* What the files say of themselves, summed. */
static void put_files(struct es_json *json, json_t *record)
{
    const size_t count = json->source ? es_source_file_count(json->source) : 0;
    uint64_t packets = 0;
    uint64_t bytes = 0;
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct es_source_file *file = es_source_file(json->source, i);
        es_text_add_printable(&json->text, (const uint8_t *)file->name, strlen(file->name));
        es_json_append_text(json, names);
        packets += file->packets;
        bytes += file->bytes;
    }
    es_json_put(json, record, "files", names);
    es_json_put_count(json, record, "packets", packets);
    es_json_put_count(json, record, "bytes", bytes);
}

static void put_link_types(struct es_json *json, json_t *record)
{
    uint32_t types[LINK_TYPES_MAX];
    const size_t count =
        json->source ? es_source_link_types(json->source, types, ES_COUNT(types)) : 0;
    json_t *names = json_array();
    for (size_t i = 0; i < count; i++) {
        es_text_add_link_type(&json->text, types[i]);
        es_json_append_text(json, names);
    }
    es_json_put(json, record, "link_types", names);
}

static void put_quality(struct es_json *json, json_t *record)
{
    const size_t count = json->source ? es_source_file_count(json->source) : 0;
    uint64_t cut_short = 0;
    uint64_t drops = 0;
    uint64_t unreadable = 0;
    for (size_t i = 0; i < count; i++) {
        cut_short += es_source_file(json->source, i)->cut_short;
        drops += es_source_file(json->source, i)->drops;
        unreadable += es_source_file(json->source, i)->unreadable;
    }
    es_json_put_count(json, record, "cut_short", cut_short);
    if (drops)
        es_json_put_count(json, record, "drops", drops);
    if (unreadable)
        es_json_put_count(json, record, "unreadable_packets", unreadable);

    struct es_text damage;
    es_text_init(&damage);
    for (size_t i = 0; i < count; i++) {
        const struct es_error *error = &es_source_file(json->source, i)->damage;
        if (error->kind == ES_ERROR_NONE)
            continue;
        es_text_add(&damage, damage.length ? "; " : "");
        es_text_add(&damage, error->text);
    }
    if (damage.length)
        es_json_put_string(json, record, "damaged", es_text_chars(&damage));
    json->failed |= damage.failed;
    es_text_fini(&damage);
}

static void put_keys(struct es_json *json, json_t *record, const struct es_report_keys *keys)
{
    if (!keys)
        return;
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"ike_opened",    keys->ike_opened},
        {"ike_closed",    keys->ike_closed},
        {"ike_wrong_key", keys->ike_wrong },
        {"esp_opened",    keys->esp_opened},
        {"esp_closed",    keys->esp_closed},
        {"esp_wrong_key", keys->esp_wrong },
    };
    json_t *object = json_object();
    for (size_t i = 0; i < ES_COUNT(counts); i++)
        es_json_put_count(json, object, counts[i].name, counts[i].count);
    es_json_put(json, record, "keys", object);
}

/* What had to go for want of memory. */
static void put_forgotten(struct es_json *json, json_t *record,
                          const struct es_forgotten *forgotten)
{
    if (!forgotten->ike_sas && !forgotten->children && !forgotten->tunnels)
        return;
    json_t *object = json_object();
    es_json_put_count(json, object, "tunnels", forgotten->tunnels);
    es_json_put_count(json, object, "tunnels_once_up", forgotten->proven);
    es_json_put_count(json, object, "ike_sas", forgotten->ike_sas);
    es_json_put_count(json, object, "child_sas", forgotten->children);
    es_json_put_count(json, object, "flows", forgotten->flows);
    es_json_put(json, record, "forgotten", object);
}

static void write_capture(struct es_json *json, const struct es_report *report)
{
    const struct es_decoder_counts *counts = report->counts;
    json_t *record = es_json_begin(json, "capture");
    es_json_put_count(json, record, "schema", SCHEMA);
    put_files(json, record);
    if (report->model->started) {
        es_json_put_time(json, record, "first", report->model->first.time);
        es_json_put_time(json, record, "last", report->model->last.time);
    }
    put_link_types(json, record);
    es_json_put_count(json, record, "ike_packets", counts->ike);
    es_json_put_count(json, record, "esp_packets", counts->esp);
    es_json_put_count(json, record, "ah_packets", counts->ah);
    es_json_put_count(json, record, "keepalives", counts->keepalives);
    es_json_put_count(json, record, "other_packets", counts->other);
    put_quality(json, record);
    if (counts->malformed)
        es_json_put_count(json, record, "malformed_packets", counts->malformed);
    if (report->model->dropped)
        es_json_put_count(json, record, "untracked_packets", report->model->dropped);
    if (counts->fragments_dropped)
        es_json_put_count(json, record, "dropped_fragments", counts->fragments_dropped);
    if (counts->tcp_streams_dropped)
        es_json_put_count(json, record, "dropped_tcp_streams", counts->tcp_streams_dropped);
    put_forgotten(json, record, &report->model->forgotten);
    put_keys(json, record, report->keys);
    es_json_end(json, record);
}

static void write_summary(struct es_json *json, const struct es_report *report)
{
    json_t *record = es_json_begin(json, "summary");
    es_json_put_string(json, record, "verdict", es_diagnosis_verdict(report->diagnosis));
    es_json_put_count(json, record, "errors", es_report_count(report, ES_SEVERITY_ERROR));
    es_json_put_count(json, record, "warnings", es_report_count(report, ES_SEVERITY_WARNING));
    es_json_put_count(json, record, "notes", es_report_count(report, ES_SEVERITY_NOTE));
    es_json_put_count(json, record, "tunnels", report->model->tunnel_count);
    es_json_put(json, record, "elapsed_s",
                json_real((double)(int64_t)(report->elapsed_s * 1e6) / 1e6));
    es_json_end(json, record);
}

bool es_report_json(const struct es_report *report, FILE *out)
{
    const struct es_model *model = report->model;
    struct es_json json;
    es_json_init(&json, report->source, out);
    write_capture(&json, report);
    for (const struct es_tunnel *t = model->tunnels; t && !json.failed; t = t->next) {
        if (es_report_shows_tunnel(report, t))
            es_json_tunnel(&json, t, es_diagnosis_tunnel_verdict(report->diagnosis, t));
    }
    for (const struct es_ike_sa *sa = model->ike_sas; sa && !json.failed; sa = sa->next) {
        if (es_report_shows_tunnel(report, sa->tunnel))
            es_json_ike_sa(&json, sa);
    }
    for (const struct es_child_sa *c = model->children; c && !json.failed; c = c->next) {
        if (!c->withdrawn && es_report_shows_tunnel(report, c->tunnel))
            es_json_child_sa(&json, c);
    }
    for (const struct es_flow *f = model->flows; f && !json.failed; f = f->next) {
        if (es_report_shows_tunnel(report, f->tunnel))
            es_json_flow(&json, f);
    }
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    while ((f = es_report_finding_next(report, f)) && !json.failed) {
        es_json_finding(&json, f, NULL);
        f = f->next;
    }
    write_summary(&json, report);
    return es_json_fini(&json);
}
