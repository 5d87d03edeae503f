/*
 * Fields come as a stream; what reads them wants lists: fields, or groups, of one name that follow
 * each other are one list. This keeps count of that, for text and JSON alike.
 */
#ifndef ES_REPORT_FIELD_LIST_H
#define ES_REPORT_FIELD_LIST_H

#include "espial/ike/field.h"

enum { ES_FIELD_DEPTH_MAX = 12, ES_FIELD_NAMES_MAX = 48 };

struct es_field_level {
    const char *name; /* of the last field or group */
    bool is_group;
    unsigned index;                        /* how many of that name came before it */
    size_t value;                          /* where its text begins */
    const char *names[ES_FIELD_NAMES_MAX]; /* that were used, once for each run */
    unsigned name_count;
};

struct es_field_list {
    struct es_field_level levels[ES_FIELD_DEPTH_MAX];
    size_t depth;
    size_t too_deep; /* groups that were opened beyond the last level: their fields are not shown */
};

void es_field_list_init(struct es_field_list *list);

/* The level in use. */
struct es_field_level *es_field_list_level(struct es_field_list *list);

/*
 * Takes note of a field or the head of a group. False when it lies too deep to be shown. Then
 * level->index is 0 for the first of its name; `again` (may be NULL) is told how many earlier runs,
 * with other fields between them, had that name (0: none, as it should be).
 */
bool es_field_list_take(struct es_field_list *list, const struct es_field *field, unsigned *again);

/* The same of a field that is no group, for who does not ask whether the name came before. */
static inline bool es_field_list_note(struct es_field_list *list, const struct es_field *field)
{
    list->levels[list->depth].name = field->name;
    list->levels[list->depth].is_group = false;
    return !list->too_deep;
}

/* A group's inside begins, and ends. False as above. */
bool es_field_list_open(struct es_field_list *list);
bool es_field_list_close(struct es_field_list *list);

/* The value of a field for people and JSON alike; "" for the head of a group. */
void es_text_add_field(struct es_text *text, const struct es_field *field);

#endif
