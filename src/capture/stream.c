/*
 * The window over a stream's bytes, and plain bytes themselves. What unpacks stands in
 * stream_gzip.c and stream_zstd.c.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The first read is small, because of many files only the first packet's time is wanted at first;
 * the later ones are large, because each costs a system call.
 */
enum { FIRST_READ = 64 << 10, LARGEST_READ = 1 << 20, PACKED_SIZE = 256 << 10 };

size_t es_stream_damage(struct es_stream *stream, enum es_error_kind kind, const char *format, ...)
{
    char text[ES_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    es_error_set(&stream->error, kind, "%s", text);
    stream->state = ES_STREAM_DAMAGED;
    return 0;
}

size_t es_stream_read_stored(struct es_stream *stream, uint8_t *to, size_t room)
{
    ssize_t count;
    do
        count = read(stream->file, to, room);
    while (count < 0 && errno == EINTR);
    if (count < 0)
        return es_stream_damage(stream, ES_ERROR_SYSTEM, "cannot be read on: %s", strerror(errno));
    if (count == 0)
        stream->file_ended = true;
    *stream->progress += (uint64_t)count;
    return (size_t)count;
}

bool es_stream_refill_packed(struct es_stream *stream)
{
    stream->packed_at = stream->packed_count = 0;
    if (!stream->file_ended)
        stream->packed_count = es_stream_read_stored(stream, stream->packed, PACKED_SIZE);
    return stream->packed_count > 0;
}

static bool plain_matches(const uint8_t first[static ES_STREAM_MAGIC])
{
    (void)first;
    return true;
}

static bool plain_open(struct es_stream *stream)
{
    (void)stream;
    return true;
}

static size_t plain_unpack(struct es_stream *stream, uint8_t *to, size_t room)
{
    const size_t count = es_stream_read_stored(stream, to, room);
    if (count == 0 && stream->state == ES_STREAM_FLOWING)
        stream->state = ES_STREAM_ENDED;
    return count;
}

static void plain_close(struct es_stream *stream)
{
    (void)stream;
}

static const struct es_codec plain = {
    .matches = plain_matches,
    .open = plain_open,
    .unpack = plain_unpack,
    .close = plain_close,
};

/* In the order of asking; the last one takes everything. */
static const struct es_codec *const codecs[] = {&es_codec_gzip, &es_codec_zstd, &plain};

/* Makes room for `want` bytes from the read position on; what is there moves to the front. */
static bool make_room(struct es_stream *stream, size_t want)
{
    const size_t held = es_stream_held(stream);
    uint8_t *to = stream->buffer;
    ES_UNPOISON(stream->buffer, stream->capacity);
    if (want > stream->capacity) {
        to = want <= SIZE_MAX - LARGEST_READ ? malloc(want + LARGEST_READ) : NULL;
        if (!to) {
            es_stream_damage(stream, ES_ERROR_MEMORY, "no memory for %zu bytes", want);
            return false;
        }
    }
    if (held)
        memmove(to, stream->at, held);
    if (to != stream->buffer) {
        free(stream->buffer);
        stream->buffer = to;
        stream->capacity = want + LARGEST_READ;
    }
    stream->at = stream->forgotten = to;
    stream->end = to + held;
    return true;
}

bool es_stream_fill(struct es_stream *stream, size_t want)
{
    if (stream->state != ES_STREAM_FLOWING || !make_room(stream, want))
        return false;
    while (es_stream_held(stream) < want) {
        if (stream->state != ES_STREAM_FLOWING)
            return false;
        const size_t held = es_stream_held(stream);
        size_t room = stream->capacity - held;
        if (room > stream->next_read && stream->next_read >= want - held)
            room = stream->next_read;
        const size_t count = stream->codec->unpack(stream, stream->buffer + held, room);
        if (count == 0)
            return false;
        stream->end += count;
        stream->end_offset += count;
        if (stream->next_read < LARGEST_READ)
            stream->next_read *= 2;
    }
    return true;
}

bool es_stream_skip(struct es_stream *stream, uint64_t count)
{
    while (es_stream_held(stream) < count) {
        count -= es_stream_held(stream);
        stream->at = stream->end;
        if (!es_stream_fill(stream, 1))
            return false;
    }
    stream->at += count;
    return true;
}

static bool open_file(struct es_stream *stream, const char *path, struct es_error *error)
{
    const bool standard_input = strcmp(path, "-") == 0;
    stream->owns_file = !standard_input;
    do
        stream->file = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (stream->file < 0 && errno == EINTR);
    struct stat about;
    if (stream->file < 0 || fstat(stream->file, &about) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "cannot be opened: %s", strerror(errno));
    if (S_ISREG(about.st_mode) && about.st_size > 0)
        stream->size = (uint64_t)about.st_size;
    return true;
}

/* Reads the first bytes, finds the codec and puts them where it wants them. */
static bool start(struct es_stream *stream)
{
    uint8_t first[ES_STREAM_MAGIC] = {0};
    size_t count = 0;
    while (count < sizeof(first) && !stream->file_ended && stream->state == ES_STREAM_FLOWING)
        count += es_stream_read_stored(stream, stream->buffer + count, FIRST_READ - count);
    memcpy(first, stream->buffer, count < sizeof(first) ? count : sizeof(first));

    size_t i = 0;
    while (!codecs[i]->matches(first))
        i++;
    stream->codec = codecs[i];
    if (!stream->codec->name) {
        stream->end += count;
        stream->end_offset = count;
        return true;
    }
    stream->packed = malloc(PACKED_SIZE);
    if (!stream->packed || !stream->codec->open(stream))
        return false;
    memcpy(stream->packed, stream->buffer, count);
    stream->packed_count = count;
    return true;
}

bool es_stream_open(struct es_stream *stream, const char *path, uint64_t *progress,
                    struct es_error *error)
{
    *stream = (struct es_stream){
        .file = -1, .codec = &plain, .progress = progress, .next_read = FIRST_READ};
    *progress = 0;
    if (!open_file(stream, path, error)) {
        es_stream_close(stream);
        return false;
    }
    stream->buffer = malloc(LARGEST_READ);
    stream->capacity = LARGEST_READ;
    stream->at = stream->end = stream->forgotten = stream->buffer;
    if (!stream->buffer || !start(stream)) {
        es_stream_close(stream);
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to read it");
    }
    return true;
}

void es_stream_close(struct es_stream *stream)
{
    if (stream->codec_state)
        stream->codec->close(stream);
    if (stream->buffer)
        ES_UNPOISON(stream->buffer, stream->capacity);
    free(stream->buffer);
    free(stream->packed);
    if (stream->owns_file && stream->file >= 0)
        close(stream->file);
    stream->codec_state = NULL;
    stream->buffer = stream->packed = NULL;
    stream->at = stream->end = stream->forgotten = NULL;
    stream->file = -1;
    stream->state = ES_STREAM_ENDED;
}
