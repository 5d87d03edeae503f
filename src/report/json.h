/*
 * The JSON writers' common ground: records are written field by field, a line each, and go out when
 * enough of them have come together.
 */
#ifndef ES_REPORT_JSON_H
#define ES_REPORT_JSON_H

#include "espial/report.h"
#include "json_line.h"

struct es_json {
    FILE *out;
    const struct es_source *source; /* names files; may be NULL */
    bool several_files;             /* packets need their file's name */
    bool failed;                    /* sticky: no memory, or the stream broke */
    struct es_text text;            /* records that are still to be written out */
    struct es_json_line line;       /* writes into it; its scratch is for callers, too */
};

void es_json_init(struct es_json *json, const struct es_source *source, FILE *out);

/* Writes out what is left and frees it; false when anything failed since es_json_init(). */
bool es_json_fini(struct es_json *json);

/* A record of this type begins, and ends. */
void es_json_begin(struct es_json *json, const char *type);
void es_json_end(struct es_json *json);

/* What was written goes to `out` now, rather than when enough of it has come together. */
void es_json_flush(struct es_json *json);

/* An object or a list as the next field, or, with `key` NULL, as the next of a list. */
void es_json_open(struct es_json *json, const char *key, char bracket);
void es_json_close(struct es_json *json, char bracket);

/* The same for one that is left out when nothing was put into it. */
struct es_json_mark es_json_open_filled(struct es_json *json, const char *key, char bracket);
void es_json_close_filled(struct es_json *json, char bracket, struct es_json_mark mark);

/* Each puts one field at the end of the object at hand. */
void es_json_put_count(struct es_json *json, const char *key, uint64_t number);
void es_json_put_real(struct es_json *json, const char *key, double number);
void es_json_put_bool(struct es_json *json, const char *key, bool yes);

/* NULL: the field stays absent. Text that came from outside is made printable. */
void es_json_put_string(struct es_json *json, const char *key, const char *chars);

/* The scratch text, which is emptied. */
void es_json_put_text(struct es_json *json, const char *key);
void es_json_append_text(struct es_json *json);

void es_json_put_spi(struct es_json *json, const char *key, uint32_t spi);
void es_json_put_ike_spi(struct es_json *json, const char *key, uint64_t spi);
void es_json_put_address(struct es_json *json, const char *key, const struct es_address *address);
void es_json_put_time(struct es_json *json, const char *key, es_time time);

/* The time of a packet; absent when `ref` is of none (its number is 0). */
void es_json_put_moment(struct es_json *json, const char *key, const struct es_packet_ref *ref);

/* `packet`, with `file` when there are several, and `time`. */
void es_json_put_packet(struct es_json *json, const struct es_packet_ref *ref);

/* The records. */
void es_json_tunnel(struct es_json *json, const struct es_tunnel *tunnel, const char *verdict);
void es_json_ike_sa(struct es_json *json, const struct es_ike_sa *sa);
void es_json_child_sa(struct es_json *json, const struct es_child_sa *child);
void es_json_flow(struct es_json *json, const struct es_flow *flow);
/* What was measured of a flow, as fields of its record. */
void es_json_put_traffic(struct es_json *json, const struct es_flow *flow);
/* `state`: of a finding that is watched; NULL otherwise. */
void es_json_finding(struct es_json *json, const struct es_finding *finding, const char *state);

#endif
