/*
 * What ESP costs: how large an inner packet may be for its ESP to fit. RFC 4303, 2.4.
 */
#include "espial/esp.h"
#include "espial/registry.h"

enum {
    WORD = 4,
    TRAILER = 2,
    GCM_ICV = 16,
};

bool es_esp_overhead_of(uint16_t encr, uint16_t integ, struct es_esp_overhead *out)
{
    const struct es_encr *lengths = es_encr_find(encr);
    const uint8_t icv = lengths && lengths->icv ? lengths->icv : es_integ_icv(integ);
    if (!lengths || (icv == 0 && integ != 0))
        return false;
    const uint8_t block = lengths->block > WORD ? lengths->block : WORD;
    *out = (struct es_esp_overhead){lengths->iv, block, icv};
    return true;
}

struct es_esp_overhead es_esp_overhead_like(const struct es_esp_plausible *plausible)
{
    const uint8_t icv = plausible->icv;
    switch (plausible->cipher) {
    case ES_ESP_CIPHER_NULL:
        return (struct es_esp_overhead){0, WORD, icv};
    case ES_ESP_CIPHER_COUNTER:
        return (struct es_esp_overhead){8, WORD, GCM_ICV};
    case ES_ESP_CIPHER_CBC_64:
        return (struct es_esp_overhead){8, 8, icv};
    case ES_ESP_CIPHER_CBC_128:
        return (struct es_esp_overhead){16, 16, icv};
    case ES_ESP_CIPHER_UNKNOWN:
        break;
    }
    return (struct es_esp_overhead){16, 16, 16};
}

uint32_t es_esp_inner_mtu(const struct es_esp_overhead *overhead, uint32_t mtu, uint32_t outer)
{
    const uint32_t around = outer + (uint32_t)ES_ESP_HEADER_BYTES + overhead->iv + overhead->icv;
    if (mtu <= around)
        return 0;
    const uint32_t sealed = (mtu - around) / overhead->block * overhead->block;
    return sealed > TRAILER ? sealed - TRAILER : 0;
}

bool es_esp_length_fits(const struct es_esp_overhead *overhead, uint32_t length)
{
    const uint32_t around = (uint32_t)ES_ESP_HEADER_BYTES + overhead->iv + overhead->icv;
    return length >= around + TRAILER && (length - around) % overhead->block == 0;
}
