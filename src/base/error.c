/*
 * Errors of the world: filled where they happen, given context on the way up.
 */
#include "espial/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool es_error_set(struct es_error *error, enum es_error_kind kind, const char *format, ...)
{
    if (!error)
        return false;
    va_list arguments;
    va_start(arguments, format);
    error->kind = kind;
    vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    return false;
}

void es_error_context(struct es_error *error, const char *format, ...)
{
    if (!error)
        return;
    char context[ES_ERROR_TEXT] = "";
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(context, sizeof(context), format, arguments);
    va_end(arguments);

    char joined[2 * ES_ERROR_TEXT + 2];
    snprintf(joined, sizeof(joined), "%s: %s", context, error->text);
    memcpy(error->text, joined, sizeof(error->text));
    error->text[sizeof(error->text) - 1] = '\0';
}
