/*
 * Fields as lists, and their values as text.
 */
#include "field_list.h"

#include "room.h"
#include "wording.h"

#include <string.h>

void es_field_list_init(struct es_field_list *list)
{
    list->depth = 0;
    list->too_deep = 0;
    list->levels[0].name = NULL;
    list->levels[0].name_count = 0;
}

struct es_field_level *es_field_list_level(struct es_field_list *list)
{
    return &list->levels[list->depth];
}

static bool is_same(const char *a, const char *b)
{
    return a == b || (*a == *b && strcmp(a, b) == 0);
}

bool es_field_list_take(struct es_field_list *list, const struct es_field *field, unsigned *again)
{
    struct es_field_level *level = es_field_list_level(list);
    const bool is_group = field->kind == ES_FIELD_OPEN;
    if (again)
        *again = 0;
    if (list->too_deep || (is_group && list->depth + 1 == ES_FIELD_DEPTH_MAX))
        return false;
    if (level->name && level->is_group == is_group && is_same(level->name, field->name)) {
        level->index++;
        return true;
    }
    for (unsigned i = 0; again && i < level->name_count; i++)
        *again += is_same(level->names[i], field->name);
    if (again && level->name_count < ES_FIELD_NAMES_MAX)
        level->names[level->name_count++] = field->name;
    level->name = field->name;
    level->is_group = is_group;
    level->index = 0;
    return true;
}

bool es_field_list_open(struct es_field_list *list)
{
    if (list->too_deep || list->depth + 1 == ES_FIELD_DEPTH_MAX) {
        list->too_deep++;
        return false;
    }
    struct es_field_level *level = &list->levels[++list->depth];
    level->name = NULL;
    level->name_count = 0;
    return true;
}

bool es_field_list_close(struct es_field_list *list)
{
    if (list->too_deep) {
        list->too_deep--;
        return false;
    }
    if (list->depth == 0)
        return false;
    list->depth--;
    return true;
}

static void add_hex(struct es_text *text, const uint8_t *bytes, size_t count)
{
    char *at = es_room(text, 2 * count);
    if (at)
        es_room_take(text, es_room_hex(at, bytes, count));
}

static void add_address(struct es_text *text, const uint8_t *bytes, size_t length)
{
    if (length == 4 || length == 16) {
        const struct es_address address = length == 4 ? es_address_v4(bytes) : es_address_v6(bytes);
        es_text_add_address(text, &address);
    } else {
        es_text_add_hex(text, bytes, length);
    }
}

void es_text_add_field(struct es_text *text, const struct es_field *field)
{
    struct es_cursor bytes = field->bytes;
    const size_t length = es_left(&bytes);
    const uint8_t *at = length ? es_take(&bytes, length) : NULL;
    switch (field->kind) {
    case ES_FIELD_NUMBER:
    case ES_FIELD_NAMED:
        es_text_add_decimal(text, field->number);
        break;
    case ES_FIELD_SPI:
        es_text_add_bytes(text, "0x", 2);
        add_hex(text, at, length);
        break;
    case ES_FIELD_HEX:
        add_hex(text, at, length);
        break;
    case ES_FIELD_ADDRESS:
        add_address(text, at, length);
        break;
    case ES_FIELD_TEXT:
        es_text_add_printable(text, at, length);
        break;
    case ES_FIELD_NOTE:
        if (field->note)
            es_text_add_printable(text, (const uint8_t *)field->note, strlen(field->note));
        break;
    case ES_FIELD_BOOL:
        es_text_add(text, field->number ? "true" : "false");
        break;
    case ES_FIELD_OPEN:
    case ES_FIELD_CLOSE:
        break;
    }
}
