/*
 * Any bytes as a capture file, compressed ones too.
 */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_read(bytes, size);
    return 0;
}
