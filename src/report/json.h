/*
 * The JSON writers' common ground: a record is built, written as one line and forgotten.
 */
#ifndef ES_REPORT_JSON_H
#define ES_REPORT_JSON_H

#include "espial/report.h"

#include <jansson.h>

struct es_json {
    FILE *out;
    const struct es_source *source; /* names files; may be NULL */
    bool several_files;             /* packets need their file's name */
    bool failed;                    /* sticky: no memory, or the stream broke */
    struct es_text text;            /* scratch */
};

void es_json_init(struct es_json *json, const struct es_source *source, FILE *out);

/* Frees the scratch; false when anything failed since es_json_init(). */
bool es_json_fini(struct es_json *json);

/* A new record of this type, for es_json_end() to write and free. */
json_t *es_json_begin(struct es_json *json, const char *type);
void es_json_end(struct es_json *json, json_t *record);

/* Each puts one field at the end of `object`; both `value`s are taken over. */
void es_json_put(struct es_json *json, json_t *object, const char *key, json_t *value);
/* The same for an object or list that is left out when nothing is in it. */
void es_json_put_filled(struct es_json *json, json_t *object, const char *key, json_t *value);
void es_json_append(struct es_json *json, json_t *array, json_t *value);

void es_json_put_count(struct es_json *json, json_t *object, const char *key, uint64_t number);
void es_json_put_bool(struct es_json *json, json_t *object, const char *key, bool yes);

/* NULL: the field stays absent. Text that came from outside is made printable. */
void es_json_put_string(struct es_json *json, json_t *object, const char *key, const char *chars);

/* The scratch text, which is emptied. */
void es_json_put_text(struct es_json *json, json_t *object, const char *key);
void es_json_append_text(struct es_json *json, json_t *array);

void es_json_put_spi(struct es_json *json, json_t *object, const char *key, uint32_t spi);
void es_json_put_ike_spi(struct es_json *json, json_t *object, const char *key, uint64_t spi);
void es_json_put_address(struct es_json *json, json_t *object, const char *key,
                         const struct es_address *address);
void es_json_put_time(struct es_json *json, json_t *object, const char *key, es_time time);

/* The time of a packet; absent when `ref` is of none (its number is 0). */
void es_json_put_moment(struct es_json *json, json_t *object, const char *key,
                        const struct es_packet_ref *ref);

/* `packet`, with `file` when there are several, and `time`. */
void es_json_put_packet(struct es_json *json, json_t *object, const struct es_packet_ref *ref);

/* The records. */
void es_json_tunnel(struct es_json *json, const struct es_tunnel *tunnel, const char *verdict);
void es_json_ike_sa(struct es_json *json, const struct es_ike_sa *sa);
void es_json_child_sa(struct es_json *json, const struct es_child_sa *child);
void es_json_flow(struct es_json *json, const struct es_flow *flow);
/* What was measured of a flow, as fields of its record. */
void es_json_put_traffic(struct es_json *json, json_t *record, const struct es_flow *flow);
/* `state`: of a finding that is watched; NULL otherwise. */
void es_json_finding(struct es_json *json, const struct es_finding *finding, const char *state);

#endif
