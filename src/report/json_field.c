/*
 * Fields in JSON. Everything is complete after each field: what makes a list of what stood alone
 * goes back over what was written.
 */
#include "json_field.h"

#include "room.h"

#include <string.h>

/* Number fields whose name has a key of its own; the others' is the key and "_name". */
static const struct {
    const char *key, *name_key;
} name_keys[] = {
    {"notify_type", "notify"},
};

/* Keys of a payload that are ours: a field that has one gets a number behind it. */
static const char *const own_keys[] = {"type", "name", "offset", "length", "critical"};

/* Fields that are lists even when there is one. */
static const char *const list_keys[] = {"spis"};

static void add_key(struct es_json_fields *w, const char *key, const char *suffix, unsigned again)
{
    struct es_text *text = w->json->text;
    if (w->json->comma)
        es_text_add_bytes(text, ",", 1);
    es_text_add_bytes(text, "\"", 1);
    es_text_add(text, key);
    es_text_add(text, suffix);
    if (again)
        es_text_addf(text, "_%u", again + 1);
    es_text_add_bytes(text, "\":", 2);
    w->json->comma = false;
}

/* The names of the numbers just written, once it is clear that no more of them come. */
static void end_names(struct es_json_fields *w)
{
    if (!w->named)
        return;
    if (w->any_known) {
        const char *key = w->named;
        const char *suffix = "_name";
        for (size_t i = 0; i < ES_COUNT(name_keys); i++) {
            if (strcmp(name_keys[i].key, key) == 0) {
                key = name_keys[i].name_key;
                suffix = "";
            }
        }
        add_key(w, key, suffix, w->named_again);
        if (w->named_count > 1)
            es_text_add_bytes(w->json->text, "[", 1);
        es_text_add_bytes(w->json->text, es_text_chars(&w->names), w->names.length);
        if (w->named_count > 1)
            es_text_add_bytes(w->json->text, "]", 1);
        w->json->comma = true;
    }
    w->json->text->failed |= w->names.failed;
    w->named = NULL;
}

static void take_name(struct es_json_fields *w, const struct es_field *field, unsigned again)
{
    const struct es_registry_row *row =
        field->registry ? es_registry_find(field->registry, (uint32_t)field->number) : NULL;
    if (!w->named) {
        w->named = field->name;
        w->named_again = again;
        w->named_count = 0;
        w->any_known = false;
        es_text_rewind(&w->names);
    }
    es_text_add(&w->names, w->named_count++ ? ",\"" : "\"");
    es_text_add(&w->names, row ? row->name : "unknown");
    es_text_add(&w->names, "\"");
    w->any_known |= row != NULL;
}

static void add_value(struct es_json_line *json, const struct es_field *field)
{
    switch (field->kind) {
    case ES_FIELD_NUMBER:
    case ES_FIELD_NAMED:
    case ES_FIELD_BOOL:
        es_text_add_field(json->text, field);
        break;
    case ES_FIELD_SPI:
    case ES_FIELD_HEX:
    case ES_FIELD_ADDRESS:
        es_text_add_bytes(json->text, "\"", 1);
        es_text_add_field(json->text, field);
        es_text_add_bytes(json->text, "\"", 1);
        break;
    default:
        es_text_add_field(&json->scratch, field);
        json->comma = false;
        es_json_line_scratch(json);
    }
}

/* A bracket before what was written as a lone value. */
static void make_list(struct es_text *text, size_t value)
{
    es_text_add_bytes(text, "]", 1);
    if (text->failed)
        return;
    memmove(text->chars + value + 1, text->chars + value, text->length - 1 - value);
    text->chars[value] = '[';
    es_text_add_bytes(text, "]", 1);
}

/* Takes the bracket at the end back, since the list goes on. */
static void reopen(struct es_text *text)
{
    if (text->failed)
        return;
    text->chars[text->length - 1] = ',';
}

static bool is_own(const struct es_json_fields *w, const char *key)
{
    for (size_t i = 0; w->list.depth == 0 && i < ES_COUNT(own_keys); i++) {
        if (strcmp(own_keys[i], key) == 0)
            return true;
    }
    return false;
}

static bool is_list(const char *key)
{
    for (size_t i = 0; i < ES_COUNT(list_keys); i++) {
        if (strcmp(list_keys[i], key) == 0)
            return true;
    }
    return false;
}

static bool is_inside(const struct es_field_list *list, const char *group)
{
    const char *name = list->depth ? list->levels[list->depth - 1].name : NULL;
    return name && strcmp(name, group) == 0;
}

static void note_transform(struct es_json_fields *w, const struct es_field *field)
{
    if (strcmp(field->name, "type") == 0)
        w->transform.type = (uint16_t)field->number;
    else if (strcmp(field->name, "id") == 0)
        w->transform.id = (uint16_t)field->number;
    else if (strcmp(field->name, "key_length") == 0)
        w->transform.key_length = (uint16_t)field->number;
}

static void write_scalar(struct es_json_fields *w, const struct es_field *field)
{
    struct es_text *text = w->json->text;
    unsigned again;
    if (!es_field_list_take(&w->list, field, &again))
        return;
    struct es_field_level *level = es_field_list_level(&w->list);
    const bool always = is_list(field->name);
    if (level->index == 0) {
        end_names(w);
        add_key(w, field->name, "", again + is_own(w, field->name));
        level->value = text->length;
        if (always)
            es_text_add_bytes(text, "[", 1);
    } else {
        if (level->index == 1 && !always)
            make_list(text, level->value);
        reopen(text);
    }
    add_value(w->json, field);
    if (level->index > 0 || always)
        es_text_add_bytes(text, "]", 1);
    w->json->comma = true;
    if (field->kind == ES_FIELD_NAMED)
        take_name(w, field, again);
    if (is_inside(&w->list, "transforms"))
        note_transform(w, field);
}

static void open_group(struct es_json_fields *w, const struct es_field *field)
{
    unsigned again;
    end_names(w);
    if (es_field_list_take(&w->list, field, &again)) {
        if (es_field_list_level(&w->list)->index == 0) {
            add_key(w, field->name, "", again + is_own(w, field->name));
            es_text_add_bytes(w->json->text, "[{", 2);
        } else {
            reopen(w->json->text);
            es_text_add_bytes(w->json->text, "{", 1);
        }
        w->json->comma = false;
    }
    es_field_list_open(&w->list);
    if (is_inside(&w->list, "transforms"))
        w->transform = (struct es_ike_transform){0};
}

static void close_group(struct es_json_fields *w)
{
    end_names(w);
    if (!w->list.too_deep && w->transform.type && is_inside(&w->list, "transforms")) {
        es_text_add_transform(&w->json->scratch, &w->transform);
        es_json_line_put_scratch(w->json, "name");
    }
    if (!es_field_list_close(&w->list))
        return;
    es_text_add_bytes(w->json->text, "}]", 2);
    w->json->comma = true;
}

static void on_field(void *context, const struct es_field *field)
{
    struct es_json_fields *w = context;
    if (field->kind == ES_FIELD_OPEN)
        open_group(w, field);
    else if (field->kind == ES_FIELD_CLOSE)
        close_group(w);
    else
        write_scalar(w, field);
}

void es_json_fields_init(struct es_json_fields *fields, struct es_json_line *json)
{
    *fields = (struct es_json_fields){.json = json};
    es_text_init(&fields->names);
}

void es_json_fields_fini(struct es_json_fields *fields)
{
    es_text_fini(&fields->names);
}

struct es_field_sink es_json_fields_begin(struct es_json_fields *fields)
{
    es_field_list_init(&fields->list);
    return (struct es_field_sink){on_field, fields};
}

void es_json_fields_end(struct es_json_fields *fields)
{
    while (fields->list.depth || fields->list.too_deep)
        close_group(fields);
    end_names(fields);
}
