/*
 * Words that several writers share.
 */
#include "wording.h"

#include "room.h"
#include "selection.h"

#include <inttypes.h>
#include <string.h>

const char *es_tunnel_state_name(enum es_tunnel_state state)
{
    static const char *const names[] = {
        [ES_TUNNEL_NEGOTIATING] = "negotiating", [ES_TUNNEL_FAILED] = "failed",
        [ES_TUNNEL_ESTABLISHED] = "established", [ES_TUNNEL_CLOSED] = "closed",
        [ES_TUNNEL_UNKNOWN] = "unknown",
    };
    return names[state];
}

const char *es_ike_sa_state_name(enum es_ike_sa_state state)
{
    static const char *const names[] = {
        [ES_IKE_SA_NEGOTIATING] = "negotiating", [ES_IKE_SA_ESTABLISHED] = "established",
        [ES_IKE_SA_FAILED] = "failed",           [ES_IKE_SA_CLOSED] = "closed",
        [ES_IKE_SA_UNKNOWN] = "unknown",
    };
    return names[state];
}

const char *es_encapsulation_name(enum es_encapsulation encapsulation)
{
    static const char *const names[] = {
        [ES_ENCAPSULATION_RAW] = "raw",
        [ES_ENCAPSULATION_UDP] = "udp",
        [ES_ENCAPSULATION_TCP] = "tcp",
    };
    return names[encapsulation];
}

const char *es_nat_name(enum es_tristate nat)
{
    static const char *const names[] = {
        [ES_UNKNOWN] = "unknown", [ES_NO] = "none", [ES_YES] = "detected"};
    return names[nat];
}

const char *es_protocol_name(uint32_t ip_protocol)
{
    return ip_protocol == 51 ? "ah" : "esp";
}

const char *es_mode_name(uint8_t exchange_type)
{
    switch (exchange_type) {
    case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
        return "main";
    case ES_IKE_EXCHANGE_AGGRESSIVE:
        return "aggressive";
    case ES_IKE_EXCHANGE_BASE:
        return "base";
    case ES_IKE_EXCHANGE_AUTHENTICATION_ONLY:
        return "authentication-only";
    default:
        return NULL;
    }
}

const char *es_tunnel_encapsulation_name(const struct es_tunnel *tunnel)
{
    switch (tunnel->esp_raw + tunnel->esp_udp + tunnel->esp_tcp) {
    case 0:
        return NULL;
    case 1:
        return tunnel->esp_raw ? "raw" : tunnel->esp_udp ? "udp" : "tcp";
    default:
        return "mixed";
    }
}

const char *es_severity_mark(enum es_severity severity)
{
    static const char *const marks[] = {
        [ES_SEVERITY_NOTE] = "NOTE",
        [ES_SEVERITY_WARNING] = "WARNING",
        [ES_SEVERITY_ERROR] = "ERROR",
    };
    return marks[severity];
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

/* The file's name without its folder, where no other file has the same. */
static const char *short_name(const struct es_source *source, uint32_t index)
{
    const char *name = es_source_file(source, index)->name;
    for (size_t i = 0; i < es_source_file_count(source); i++) {
        const char *other = es_source_file(source, i)->name;
        if (i != index && strcmp(base_name(other), base_name(name)) == 0)
            return name;
    }
    return base_name(name);
}

void es_text_add_packet(struct es_text *text, const struct es_source *source,
                        const struct es_packet_ref *ref)
{
    if (es_report_has_several_files(source)) {
        const char *name = short_name(source, ref->file);
        es_text_add_printable(text, (const uint8_t *)name, strlen(name));
        es_text_addf(text, ":%" PRIu64, (uint64_t)ref->number);
    } else {
        es_text_add_bytes(text, "#", 1);
        es_text_add_decimal(text, ref->number);
    }
}

/* "2026-11-23 10:42:05 UTC": where the day begins and how long it is, without the year. */
enum { DAY_AT = 5, DAY_LENGTH = 6 };

void es_text_add_moment(struct es_text *text, const struct es_report *report, es_time time)
{
    const es_time length = report->model->last.time - report->model->first.time;
    if (length >= 12 * 3600 * ES_SECOND) {
        struct es_text date;
        es_text_init(&date);
        es_text_add_date(&date, time, report->utc);
        if (date.length > DAY_AT + DAY_LENGTH)
            es_text_add_bytes(text, date.chars + DAY_AT, DAY_LENGTH);
        text->failed |= date.failed;
        es_text_fini(&date);
    }
    es_text_add_clock(text, time, report->utc);
}

void es_text_add_peers(struct es_text *text, const struct es_tunnel *tunnel, bool bare, bool utf8)
{
    const struct es_peer *peers = tunnel->peers;
    es_text_add_endpoint(text, &peers[0].address, bare ? 0 : peers[0].port);
    es_text_add(text, utf8 ? " \u2194 " : " <-> ");
    es_text_add_endpoint(text, &peers[1].address, bare ? 0 : peers[1].port);
}

void es_text_add_things(struct es_text *text, uint64_t number, const char *noun)
{
    es_text_add_count(text, number);
    es_text_addf(text, " %s%s", noun, number == 1 ? "" : "s");
}

void es_text_add_comma(struct es_text *text)
{
    if (text->length > 0 && text->chars[text->length - 1] != ' ')
        es_text_add(text, ", ");
}

void es_text_add_when(struct es_text *text, const struct es_report *report,
                      const struct es_finding *finding)
{
    if (!finding->first.number)
        return;
    es_text_add_moment(text, report, finding->first.time);
    if (finding->last.number && finding->last.time != finding->first.time) {
        es_text_add(text, " to ");
        es_text_add_moment(text, report, finding->last.time);
        es_text_add(text, " (");
        es_text_add_span(text, finding->last.time - finding->first.time);
        es_text_add(text, ")");
    }
    if (finding->count > 1) {
        es_text_add(text, ", seen ");
        es_text_add_things(text, finding->count, "time");
    }
}
