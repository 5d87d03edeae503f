/*
 * An IKEv1 message: parsed, walked, shown.
 */
#include "ike.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_ike_as(1, bytes, size);
    return 0;
}
