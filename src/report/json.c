/*
 * JSON lines, version 1: the order of the records, the ones about the whole capture, and how
 * single fields are written. Fields stand in the order in which they are put.
 */
#include "json.h"

#include "selection.h"

#include <string.h>

enum { SCHEMA = 1, LINK_TYPES_MAX = 32, FLUSH_BYTES = 64 * 1024 };

void es_json_init(struct es_json *json, const struct es_source *source, FILE *out)
{
    *json = (struct es_json){.out = out, .source = source};
    json->several_files = es_report_has_several_files(source);
    es_text_init(&json->text);
    es_json_line_init(&json->line, &json->text);
}

void es_json_flush(struct es_json *json)
{
    struct es_text *text = &json->text;
    json->failed |= text->failed;
    if (!json->failed && text->length &&
        fwrite(text->chars, 1, text->length, json->out) != text->length)
        json->failed = true;
    es_text_clear(text);
}

bool es_json_fini(struct es_json *json)
{
    es_json_flush(json);
    es_json_line_fini(&json->line);
    es_text_fini(&json->text);
    return !json->failed && !ferror(json->out);
}

void es_json_begin(struct es_json *json, const char *type)
{
    json->line.comma = false;
    es_json_line_open(&json->line, '{');
    es_json_line_put_string(&json->line, "type", type);
}

void es_json_end(struct es_json *json)
{
    es_json_line_close(&json->line, '}');
    es_text_add_bytes(&json->text, "\n", 1);
    if (json->text.length >= FLUSH_BYTES || json->text.failed)
        es_json_flush(json);
}

void es_json_open(struct es_json *json, const char *key, char bracket)
{
    if (key)
        es_json_line_key(&json->line, key);
    es_json_line_open(&json->line, bracket);
}

void es_json_close(struct es_json *json, char bracket)
{
    es_json_line_close(&json->line, bracket);
}

struct es_json_mark es_json_open_filled(struct es_json *json, const char *key, char bracket)
{
    const struct es_json_mark mark = es_json_line_mark(&json->line);
    es_json_open(json, key, bracket);
    return mark;
}

void es_json_close_filled(struct es_json *json, char bracket, struct es_json_mark mark)
{
    if (json->line.comma)
        es_json_line_close(&json->line, bracket);
    else
        es_json_line_back(&json->line, mark);
}

void es_json_put_count(struct es_json *json, const char *key, uint64_t number)
{
    es_json_line_put_number(&json->line, key, number);
}

void es_json_put_real(struct es_json *json, const char *key, double number)
{
    es_json_line_key(&json->line, key);
    es_json_line_real(&json->line, number);
}

void es_json_put_bool(struct es_json *json, const char *key, bool yes)
{
    es_json_line_put_bool(&json->line, key, yes);
}

void es_json_put_text(struct es_json *json, const char *key)
{
    es_json_line_put_scratch(&json->line, key);
}

void es_json_append_text(struct es_json *json)
{
    es_json_line_scratch(&json->line);
}

void es_json_put_string(struct es_json *json, const char *key, const char *chars)
{
    if (chars)
        es_json_line_put_string(&json->line, key, chars);
}

/* The low `size` bytes of an SPI, most significant first. */
static void put_spi(struct es_json *json, const char *key, uint64_t spi, size_t size)
{
    uint8_t bytes[sizeof(spi)];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(spi >> 8 * (size - 1 - i));
    es_json_line_key(&json->line, key);
    es_json_line_hex(&json->line, "0x", bytes, size);
}

void es_json_put_spi(struct es_json *json, const char *key, uint32_t spi)
{
    put_spi(json, key, spi, sizeof(spi));
}

void es_json_put_ike_spi(struct es_json *json, const char *key, uint64_t spi)
{
    put_spi(json, key, spi, sizeof(spi));
}

void es_json_put_address(struct es_json *json, const char *key, const struct es_address *address)
{
    es_text_add_address(&json->line.scratch, address);
    es_json_put_text(json, key);
}

void es_json_put_time(struct es_json *json, const char *key, es_time time)
{
    es_text_add_time(&json->line.scratch, time);
    es_json_put_text(json, key);
}

void es_json_put_moment(struct es_json *json, const char *key, const struct es_packet_ref *ref)
{
    if (ref->number)
        es_json_put_time(json, key, ref->time);
}

void es_json_put_packet(struct es_json *json, const struct es_packet_ref *ref)
{
    es_json_put_count(json, "packet", ref->number);
    if (json->several_files)
        es_json_put_string(json, "file", es_source_file(json->source, ref->file)->name);
    es_json_put_time(json, "time", ref->time);
}

/* What the files say of themselves, summed. */
static void put_files(struct es_json *json)
{
    const size_t count = json->source ? es_source_file_count(json->source) : 0;
    uint64_t packets = 0;
    uint64_t bytes = 0;
    es_json_open(json, "files", '[');
    for (size_t i = 0; i < count; i++) {
        const struct es_source_file *file = es_source_file(json->source, i);
        es_text_add_printable(&json->line.scratch, (const uint8_t *)file->name, strlen(file->name));
        es_json_append_text(json);
        packets += file->packets;
        bytes += file->bytes;
    }
    es_json_close(json, ']');
    es_json_put_count(json, "packets", packets);
    es_json_put_count(json, "bytes", bytes);
}

static void put_link_types(struct es_json *json)
{
    uint32_t types[LINK_TYPES_MAX];
    const size_t count =
        json->source ? es_source_link_types(json->source, types, ES_COUNT(types)) : 0;
    es_json_open(json, "link_types", '[');
    for (size_t i = 0; i < count; i++) {
        es_text_add_link_type(&json->line.scratch, types[i]);
        es_json_append_text(json);
    }
    es_json_close(json, ']');
}

static void put_quality(struct es_json *json)
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
    es_json_put_count(json, "cut_short", cut_short);
    if (drops)
        es_json_put_count(json, "drops", drops);
    if (unreadable)
        es_json_put_count(json, "unreadable_packets", unreadable);

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
        es_json_put_string(json, "damaged", es_text_chars(&damage));
    json->failed |= damage.failed;
    es_text_fini(&damage);
}

static void put_keys(struct es_json *json, const struct es_report_keys *keys)
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
    es_json_open(json, "keys", '{');
    for (size_t i = 0; i < ES_COUNT(counts); i++)
        es_json_put_count(json, counts[i].name, counts[i].count);
    es_json_close(json, '}');
}

/* What had to go for want of memory. */
static void put_forgotten(struct es_json *json, const struct es_forgotten *forgotten)
{
    if (!forgotten->ike_sas && !forgotten->children && !forgotten->tunnels)
        return;
    es_json_open(json, "forgotten", '{');
    es_json_put_count(json, "tunnels", forgotten->tunnels);
    es_json_put_count(json, "tunnels_once_up", forgotten->proven);
    es_json_put_count(json, "ike_sas", forgotten->ike_sas);
    es_json_put_count(json, "child_sas", forgotten->children);
    es_json_put_count(json, "flows", forgotten->flows);
    es_json_close(json, '}');
}

/* Negotiations that came to nothing and are only counted, by the peer that was asked. */
static void put_half_open_row(struct es_json *json, const struct es_half_open *row, bool peer)
{
    if (peer)
        es_json_put_address(json, "responder", &row->responder);
    es_json_put_count(json, "unanswered", row->unanswered);
    es_json_put_count(json, "answered", row->answered);
    es_json_put_count(json, "messages", row->messages);
    es_json_put_time(json, "first", row->first.time);
    es_json_put_time(json, "last", row->last.time);
}

static void put_half_open(struct es_json *json, const struct es_model *model)
{
    const struct es_half_open *others = &model->half_open[ES_HALF_OPEN_PEERS];
    if (model->half_open_count == 0)
        return;
    es_json_open(json, "half_open_forgotten", '[');
    for (size_t i = 0; i < model->half_open_count; i++) {
        es_json_open(json, NULL, '{');
        put_half_open_row(json, &model->half_open[i], true);
        es_json_close(json, '}');
    }
    if (others->messages) {
        es_json_open(json, NULL, '{');
        put_half_open_row(json, others, false);
        es_json_close(json, '}');
    }
    es_json_close(json, ']');
}

static void write_capture(struct es_json *json, const struct es_report *report)
{
    const struct es_decoder_counts *counts = report->counts;
    es_json_begin(json, "capture");
    es_json_put_count(json, "schema", SCHEMA);
    put_files(json);
    if (report->model->started) {
        es_json_put_time(json, "first", report->model->first.time);
        es_json_put_time(json, "last", report->model->last.time);
    }
    put_link_types(json);
    es_json_put_count(json, "ike_packets", counts->ike);
    es_json_put_count(json, "esp_packets", counts->esp);
    es_json_put_count(json, "ah_packets", counts->ah);
    es_json_put_count(json, "keepalives", counts->keepalives);
    es_json_put_count(json, "other_packets", counts->other);
    put_quality(json);
    if (counts->malformed)
        es_json_put_count(json, "malformed_packets", counts->malformed);
    if (report->model->dropped)
        es_json_put_count(json, "untracked_packets", report->model->dropped);
    if (counts->fragments_dropped)
        es_json_put_count(json, "dropped_fragments", counts->fragments_dropped);
    if (counts->tcp_streams_dropped)
        es_json_put_count(json, "dropped_tcp_streams", counts->tcp_streams_dropped);
    put_forgotten(json, &report->model->forgotten);
    put_half_open(json, report->model);
    put_keys(json, report->keys);
    es_json_end(json);
}

static void write_summary(struct es_json *json, const struct es_report *report)
{
    es_json_begin(json, "summary");
    es_json_put_string(json, "verdict", es_diagnosis_verdict(report->diagnosis));
    es_json_put_count(json, "errors", es_report_count(report, ES_SEVERITY_ERROR));
    es_json_put_count(json, "warnings", es_report_count(report, ES_SEVERITY_WARNING));
    es_json_put_count(json, "notes", es_report_count(report, ES_SEVERITY_NOTE));
    es_json_put_count(json, "tunnels", report->model->tunnel_count);
    es_json_put_real(json, "elapsed_s", (double)(int64_t)(report->elapsed_s * 1e6) / 1e6);
    es_json_end(json);
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
