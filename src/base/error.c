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
    char before[ES_ERROR_TEXT];
    memcpy(before, error->text, sizeof(before));
    before[sizeof(before) - 1] = '\0';

    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(error->text, sizeof(error->text), format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof(error->text))
        snprintf(error->text + length, sizeof(error->text) - (size_t)length, ": %s", before);
}
