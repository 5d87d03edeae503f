/*
 * A key file of any form; what it gives is looked up.
 */
#include "fuzz.h"

#include "espial/crypto.h"

#include <string.h>

/* Every key is found again by what it is stored under. */
static void look_up(const struct es_keys *keys)
{
    for (size_t i = 0; i < es_keys_ike_count(keys); i++) {
        const struct es_ike_keys *ike = es_keys_ike_at(keys, i);
        if (es_keys_find_ike(keys, ike->initiator_spi, ike->responder_spi) != ike)
            abort();
    }
    for (size_t i = 0; i < es_keys_esp_count(keys); i++) {
        const struct es_esp_keys *esp = es_keys_esp_at(keys, i);
        const struct es_esp_keys *found = es_keys_find_esp(keys, esp->spi, esp->destination);
        if (!found || memcmp(found->destination, esp->destination, 16) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[32];
    struct es_keys *keys = es_keys_new();
    const int file = memfd_create("keys", 0);
    if (!keys || file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
    es_keys_read(keys, path, NULL, NULL, NULL);
    look_up(keys);
    es_keys_free(keys);
    close(file);
    return 0;
}
