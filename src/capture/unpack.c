/*
 * Stored bytes, and plain ones. What unpacks stands in unpack_gzip.c and unpack_zstd.c.
 */
#include "unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The first read is small, because of many files only the first packet's time is wanted at first.
 */
enum { FIRST_READ = 64 << 10, PACKED_SIZE = 128 << 10, PATIENCE_MS = 100 };

size_t es_unpacker_damage(struct es_unpacker *unpacker, enum es_error_kind kind, const char *format,
                          ...)
{
    char text[ES_ERROR_TEXT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    es_error_set(&unpacker->error, kind, "%s", text);
    unpacker->state = ES_STREAM_DAMAGED;
    return 0;
}

/*
 * Waits for something to read, or for its end. False when it was told to give up. A look now and
 * then rather than a signal that ends read(): one that comes just before the call would be lost.
 */
static bool wait_for_bytes(struct es_unpacker *unpacker)
{
    struct pollfd wanted = {.fd = unpacker->file, .events = POLLIN};
    while (!unpacker->give_up(unpacker->give_up_context)) {
        const int ready = poll(&wanted, 1, PATIENCE_MS);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            return true; /* read() says what is wrong */
    }
    return false;
}

size_t es_unpacker_read(struct es_unpacker *unpacker, uint8_t *to, size_t room)
{
    ssize_t count;
    do {
        if (unpacker->may_wait && unpacker->give_up && !wait_for_bytes(unpacker)) {
            unpacker->state = ES_STREAM_STOPPED;
            return 0;
        }
        count = read(unpacker->file, to, room);
    } while (count < 0 && (errno == EINTR || (errno == EAGAIN && unpacker->give_up)));
    if (count < 0)
        return es_unpacker_damage(unpacker, ES_ERROR_SYSTEM, "cannot be read on: %s",
                                  strerror(errno));
    if (count == 0) {
        unpacker->file_ended = true;
        if (unpacker->read < unpacker->size)
            es_unpacker_damage(unpacker, ES_ERROR_FORMAT,
                               "became shorter while it was read: %" PRIu64
                               " bytes are left of %" PRIu64,
                               unpacker->read, unpacker->size);
    }
    unpacker->read += (uint64_t)count;
    return (size_t)count;
}

bool es_unpacker_refill(struct es_unpacker *unpacker)
{
    unpacker->packed_at = unpacker->packed_count = 0;
    if (!unpacker->file_ended)
        unpacker->packed_count = es_unpacker_read(unpacker, unpacker->packed, PACKED_SIZE);
    return unpacker->packed_count > 0;
}

static bool plain_matches(const uint8_t first[static ES_STREAM_MAGIC])
{
    (void)first;
    return true;
}

static bool plain_open(struct es_unpacker *unpacker)
{
    (void)unpacker;
    return true;
}

/* After the first bytes, by which it was recognised, they go where they are wanted at once. */
static size_t plain_unpack(struct es_unpacker *unpacker, uint8_t *to, size_t room)
{
    const size_t left = unpacker->packed_count - unpacker->packed_at;
    if (left > 0) {
        const size_t count = left < room ? left : room;
        memcpy(to, unpacker->packed + unpacker->packed_at, count);
        unpacker->packed_at += count;
        return count;
    }
    free(unpacker->packed);
    unpacker->packed = NULL;
    const size_t count = unpacker->file_ended ? 0 : es_unpacker_read(unpacker, to, room);
    if (count == 0 && unpacker->state == ES_STREAM_FLOWING)
        unpacker->state = ES_STREAM_ENDED;
    return count;
}

static void plain_close(struct es_unpacker *unpacker)
{
    (void)unpacker;
}

static const struct es_codec plain = {
    .matches = plain_matches,
    .open = plain_open,
    .unpack = plain_unpack,
    .close = plain_close,
};

/* In the order of asking; the last one takes everything. */
static const struct es_codec *const codecs[] = {&es_codec_gzip, &es_codec_zstd, &plain};

static bool open_file(struct es_unpacker *unpacker, const char *path, struct es_error *error)
{
    const bool standard_input = strcmp(path, "-") == 0;
    unpacker->owns_file = !standard_input;
    do
        unpacker->file =
            standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    while (unpacker->file < 0 && errno == EINTR);
    struct stat about;
    if (unpacker->file < 0 || fstat(unpacker->file, &about) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "cannot be opened: %s", strerror(errno));
    unpacker->may_wait = !S_ISREG(about.st_mode);
    if (S_ISREG(about.st_mode) && about.st_size > 0)
        unpacker->size = (uint64_t)about.st_size;
    return true;
}

/* Reads the first bytes and finds the codec. False without memory. */
static bool start(struct es_unpacker *unpacker)
{
    uint8_t first[ES_STREAM_MAGIC] = {0};
    unpacker->packed = malloc(PACKED_SIZE);
    if (!unpacker->packed)
        return false;
    size_t count = 0;
    while (count < sizeof(first) && !unpacker->file_ended && unpacker->state == ES_STREAM_FLOWING)
        count += es_unpacker_read(unpacker, unpacker->packed + count, FIRST_READ - count);
    unpacker->packed_count = count;
    memcpy(first, unpacker->packed, count < sizeof(first) ? count : sizeof(first));

    size_t i = 0;
    while (!codecs[i]->matches(first))
        i++;
    unpacker->codec = codecs[i];
    return unpacker->codec->open(unpacker);
}

bool es_unpacker_open(struct es_unpacker *unpacker, const char *path,
                      bool (*give_up)(void *context), void *context, struct es_error *error)
{
    *unpacker = (struct es_unpacker){
        .file = -1, .codec = &plain, .give_up = give_up, .give_up_context = context};
    if (!open_file(unpacker, path, error)) {
        es_unpacker_close(unpacker);
        return false;
    }
    if (!start(unpacker)) {
        es_unpacker_close(unpacker);
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to read it");
    }
    return true;
}

size_t es_unpacker_next(struct es_unpacker *unpacker, uint8_t *to, size_t room)
{
    return unpacker->state == ES_STREAM_FLOWING ? unpacker->codec->unpack(unpacker, to, room) : 0;
}

void es_unpacker_close(struct es_unpacker *unpacker)
{
    if (unpacker->codec_state)
        unpacker->codec->close(unpacker);
    free(unpacker->packed);
    if (unpacker->owns_file && unpacker->file >= 0)
        close(unpacker->file);
    unpacker->codec_state = NULL;
    unpacker->packed = NULL;
    unpacker->file = -1;
    unpacker->state = ES_STREAM_ENDED;
}
