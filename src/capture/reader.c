/*
 * What all readers need to say what is wrong with a file.
 */
#include "reader.h"
#include "stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_NAME = 240 }; /* of ES_ERROR_TEXT bytes; the reason needs the rest */

void es_file_damage(struct es_source_file *file, enum es_error_kind kind, const char *format, ...)
{
    if (file->damage.kind != ES_ERROR_NONE)
        return;
    char reason[ES_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof(reason), format, arguments);
    va_end(arguments);

    const size_t length = strlen(file->name);
    const bool longer = length > LONGEST_NAME;
    es_error_set(&file->damage, kind, "%s%s: %s", longer ? "..." : "",
                 longer ? file->name + length - LONGEST_NAME : file->name, reason);
}

enum es_step es_reader_cut_off(struct es_reader *reader, const char *what, uint64_t number,
                               size_t want, bool may_end)
{
    const struct es_stream *stream = reader->stream;
    const size_t held = es_stream_held(stream);
    const uint64_t offset = es_stream_offset(stream);
    char numbered[64];
    snprintf(numbered, sizeof(numbered), number ? "%s %" PRIu64 : "%s", what, number);

    if (stream->state == ES_STREAM_STOPPED)
        return ES_STEP_END;
    if (stream->state == ES_STREAM_DAMAGED)
        es_file_damage(reader->file, stream->error.kind, "%s, in %s at offset %" PRIu64,
                       stream->error.text, numbered, offset);
    else if (held > 0 || !may_end)
        es_file_damage(reader->file, ES_ERROR_FORMAT,
                       "cut off in the middle of %s at offset %" PRIu64 "; %s%zu bytes missing",
                       numbered, offset, may_end ? "at least " : "", want - held);
    return ES_STEP_END;
}

const uint8_t *es_reader_look(const struct es_reader *reader, size_t count)
{
    const struct es_stream *stream = reader->stream;
    const size_t held = es_stream_held(stream);
    const size_t ahead = reader->ahead.bytes;
    return ahead <= held && count <= held - ahead ? stream->at + ahead : NULL;
}
