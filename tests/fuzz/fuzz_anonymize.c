/*
 * Frames for the anonymiser, in the form that fuzz_datagram.c reads: all learned, then all
 * rewritten. Each gives one frame of its length, twice the same, and the frame that went in is as
 * it was.
 */
#include "fuzz.h"

#include "espial/copy/anonymize.h"

#include <string.h>

enum { FRAMES_MAX = 256 };

static struct es_anonymizer *open_anonymizer(void)
{
    struct es_anonymizer_options options = {.ike_ports = {10500}, .ike_port_count = 1};
    memset(options.key, 0x5a, sizeof(options.key));
    options.seed[0] = 1;
    return es_anonymizer_new(&options, NULL);
}

static size_t read_frames(const uint8_t *bytes, size_t size, struct es_frame *frames)
{
    struct es_cursor input = es_cursor(bytes, size, size);
    size_t count = 0;
    while (count < FRAMES_MAX && es_more(&input)) {
        struct es_frame *frame = &frames[count];
        *frame = (struct es_frame){.timed = true};
        frame->link_type = es_u16(&input);
        const uint16_t length = es_u16(&input);
        const size_t wanted = length & 0x7fff;
        frame->held = wanted < es_left(&input) ? wanted : es_left(&input);
        frame->wire = length & 0x8000 ? 2 * frame->held : frame->held;
        frame->bytes = es_take(&input, frame->held);
        frame->ref.number = count + 1;
        frame->ref.time = (es_time)count * 1000000;
        count += !input.fault;
    }
    return count;
}

/* A hash of all that came out. */
static uint64_t rewrite(const struct es_frame *frames, size_t count)
{
    static const uint64_t seed[2] = {1, 2};
    struct es_anonymizer *anonymizer = open_anonymizer();
    uint64_t sum = 0;
    if (!anonymizer)
        abort();
    for (size_t i = 0; i < count; i++)
        es_anonymizer_learn(anonymizer, &frames[i]);
    for (size_t i = 0; i < count; i++) {
        struct es_frame out;
        if (!es_anonymizer_frame(anonymizer, &frames[i], &out, NULL) ||
            out.held != frames[i].held || out.wire != frames[i].wire)
            abort();
        sum = sum * 31 + es_hash(seed, out.bytes, out.held);
    }
    es_anonymizer_free(anonymizer);
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct es_frame frames[FRAMES_MAX];
    const size_t count = read_frames(bytes, size, frames);
    if (rewrite(frames, count) != rewrite(frames, count))
        abort();
    return 0;
}
