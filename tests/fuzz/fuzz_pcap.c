/*
 * A classic pcap file: the input begins with one of the format's magics, whatever it says of
 * itself.
 */
#include "fuzz.h"

#include <string.h>

static const uint8_t magics[][4] = {
    {0xd4, 0xc3, 0xb2, 0xa1},
    {0xa1, 0xb2, 0xc3, 0xd4},
    {0x4d, 0x3c, 0xb2, 0xa1},
    {0xa1, 0xb2, 0x3c, 0x4d},
};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < sizeof(magics[0]))
        return 0;
    uint8_t *copy = malloc(size);
    if (!copy)
        abort();
    memcpy(copy, bytes, size);
    bool is_magic = false;
    for (size_t i = 0; i < ES_COUNT(magics); i++)
        is_magic = is_magic || memcmp(bytes, magics[i], sizeof(magics[i])) == 0;
    if (!is_magic)
        memcpy(copy, magics[bytes[0] % ES_COUNT(magics)], sizeof(magics[0]));
    fuzz_read(copy, size);
    free(copy);
    return 0;
}
