/*
 * An IKEv2 message: parsed, walked, shown.
 */
#include "ike.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_ike_as(2, bytes, size);
    return 0;
}
