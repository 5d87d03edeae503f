/*
 * Opening one input and finding out what it is.
 */
#include "input.h"
#include "order.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool is_pcapng(const uint8_t *first)
{
    return es_order_u32(first, true) == 0x0a0d0d0a;
}

static bool is_pcap(const uint8_t *first)
{
    const uint32_t big = es_order_u32(first, true);
    const uint32_t little = es_order_u32(first, false);
    return big == 0xa1b2c3d4 || big == 0xa1b23c4d || little == 0xa1b2c3d4 || little == 0xa1b23c4d;
}

static bool is_anything(const uint8_t *first)
{
    (void)first;
    return true;
}

/* Formats in the order of asking; the last row asks libpcap. */
static const struct {
    bool (*matches)(const uint8_t *first); /* the first 4 bytes */
    struct es_reader *(*open)(const struct es_reader *base);
} formats[] = {
    {is_pcap,     es_pcap_read_open  },
    {is_pcapng,   es_pcapng_read_open},
    {is_anything, es_savefile_open   },
};

struct es_input *es_input_new(const char *name, const struct es_source_options *options)
{
    struct es_input *input = calloc(1, sizeof(*input));
    char *copy = strdup(name);
    if (!input || !copy) {
        free(copy);
        free(input);
        return NULL;
    }
    input->file.name = copy;
    if (options)
        input->options = *options;
    return input;
}

static struct es_reader *open_reader(struct es_input *input)
{
    const struct es_reader base = {
        .stream = &input->stream,
        .file = &input->file,
        .index = input->index,
        .max_frame = input->options.max_frame_bytes,
        .blocks = input->options.blocks,
    };
    struct es_stream *stream = &input->stream;
    uint8_t first[4] = {0};
    const uint8_t *there = es_stream_peek(stream, sizeof(first));
    if (there)
        memcpy(first, there, sizeof(first));
    if (stream->state == ES_STREAM_DAMAGED && !there) {
        struct es_reader reader = base;
        es_reader_cut_off(&reader, "the file header", 0, sizeof(first), false);
        return NULL;
    }
    if (stream->state == ES_STREAM_STOPPED && !there)
        return NULL;
    if (es_stream_held(stream) == 0) {
        input->foreign = true;
        es_file_damage(&input->file, ES_ERROR_FORMAT,
                       "is empty: expected pcap or pcapng, plain or packed by gzip or zstd, at "
                       "offset 0");
        return NULL;
    }
    size_t i = 0;
    while (!formats[i].matches(first))
        i++;
    struct es_reader *reader = formats[i].open(&base);
    input->foreign = !reader && i == ES_COUNT(formats) - 1;
    return reader;
}

bool es_input_open(struct es_input *input)
{
    struct es_error error = {0};
    const struct es_stream_options options = {
        .stop = input->options.stop, .one_thread = input->options.one_thread || !input->is_read};
    if (!es_stream_open(&input->stream, input->file.name, &options, &input->file.read, &error)) {
        es_file_damage(&input->file, error.kind, "%s", error.text);
        return false;
    }
    input->file.size = input->stream.unpacker.size;
    input->reopens = input->stream.unpacker.owns_file && !input->stream.unpacker.may_wait;
    input->reader = open_reader(input);
    if (!input->reader)
        es_input_close(input);
    return input->reader;
}

void es_input_begin(struct es_input *input)
{
    input->is_read = true;
    input->stream.options.one_thread = input->options.one_thread;
}

bool es_input_advance(struct es_input *input)
{
    input->has_head = input->reader->ops->next(input->reader, &input->head) == ES_STEP_FRAME;
    if (!input->has_head)
        es_input_close(input);
    return input->has_head;
}

bool es_input_preview(struct es_input *input)
{
    if (!es_input_open(input))
        return false;
    /* Blocks are told when they come for good. */
    if (input->reopens)
        input->reader->blocks.on = NULL;
    if (!es_input_advance(input))
        return false;
    if (input->reopens) {
        es_input_close(input);
        input->file.read = input->file.drops = input->file.unreadable = 0;
        input->file.damage = (struct es_error){0};
    }
    return true;
}

void es_input_close(struct es_input *input)
{
    if (input->reader)
        input->reader->ops->free(input->reader);
    input->reader = NULL;
    es_stream_close(&input->stream);
}

void es_input_free(struct es_input *input)
{
    if (!input)
        return;
    es_input_close(input);
    free((char *)input->file.name);
    free(input);
}
