/*
 * A stream of fields as members of the JSON object at hand: fields of one name that follow each
 * other are a list, groups are objects in a list, a named number has its name beside it.
 */
#ifndef ES_REPORT_JSON_FIELD_H
#define ES_REPORT_JSON_FIELD_H

#include "field_list.h"
#include "json_line.h"

struct es_json_fields {
    struct es_json_line *json;
    struct es_field_list list;
    struct es_text names; /* owned; of the named numbers that the list at hand holds so far */
    const char *named;    /* key of those numbers; NULL: there are none */
    unsigned named_again;
    unsigned named_count;
    bool any_known;
    struct es_ike_transform transform; /* IKEv2, the one at hand: `name` tells all of it */
};

void es_json_fields_init(struct es_json_fields *fields, struct es_json_line *json);
void es_json_fields_fini(struct es_json_fields *fields);

/* The object was opened; its fields come into the sink, and then they end. */
struct es_field_sink es_json_fields_begin(struct es_json_fields *fields);
void es_json_fields_end(struct es_json_fields *fields);

#endif
