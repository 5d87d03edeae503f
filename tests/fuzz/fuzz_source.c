/*
 * Any bytes as a capture file: every frame's first and last byte is there to be read.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static volatile unsigned seen;
    int file;
    struct es_source *source = fuzz_open(bytes, size, &file);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME) {
        if (frame.held)
            seen = seen + frame.bytes[0] + frame.bytes[frame.held - 1];
    }
    fuzz_close(source, file);
    return 0;
}
