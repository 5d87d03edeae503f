/*
 * Making room in a text.
 */
#include "room.h"

bool es_room_grow(struct es_text *text, size_t most)
{
    static const char blank[256];
    const size_t length = text->length;
    while (!text->failed && text->capacity - length <= most)
        es_text_add_bytes(text, blank, sizeof(blank));
    if (text->failed)
        return false;
    text->length = length;
    text->chars[length] = '\0';
    return true;
}
