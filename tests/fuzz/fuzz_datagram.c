/*
 * Frames for the decoder. The input is a list of them, so that fragments and TCP segments can meet:
 * link type and length as 16 bits each, then the frame; a length with the top bit set is of a frame
 * that the capture cut short by as many bytes as it holds.
 */
#include "fuzz.h"

static volatile uint64_t seen;

static void decode(struct es_decoder *decoder, const struct es_frame *frame)
{
    struct es_datagram datagram;
    bool more = es_decode(decoder, frame, &datagram);
    while (more) {
        while (es_left(&datagram.payload))
            seen = seen + es_u8(&datagram.payload);
        more = es_decode_more(decoder, &datagram);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct es_decoder_options options = {0};
    options.reassembly_bytes = 256 * 1024;
    options.seed[0] = 1;
    struct es_decoder *decoder = es_decoder_new(&options);
    struct es_cursor input = es_cursor(bytes, size, size);
    struct es_frame frame = {0};
    frame.timed = true;
    while (decoder && es_more(&input)) {
        frame.link_type = es_u16(&input);
        const uint16_t length = es_u16(&input);
        const size_t wanted = length & 0x7fff;
        frame.held = wanted < es_left(&input) ? wanted : es_left(&input);
        frame.wire = length & 0x8000 ? 2 * frame.held : frame.held;
        frame.bytes = es_take(&input, frame.held);
        frame.ref.number++;
        frame.ref.time += 1000000;
        if (!input.fault)
            decode(decoder, &frame);
    }
    es_decoder_free(decoder);
    return 0;
}
