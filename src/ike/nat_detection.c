/*
 * The hash of addresses that tells of a NAT on the way: HASH(SPIs | address | port).
 * RFC 7296, 2.23 (always SHA-1); RFC 3947, 3.2 (the negotiated hash).
 */
#include "espial/crypto.h"
#include "espial/ike.h"

#include <string.h>

enum { SPI_BYTES = 8, PORT_BYTES = 2 };

static const struct {
    uint16_t ikev1_hash;
    enum es_digest digest;
} digests[] = {
    {ES_IKEV1_HASH_MD5,      ES_DIGEST_MD5   },
    {ES_IKEV1_HASH_SHA1,     ES_DIGEST_SHA1  },
    {ES_IKEV1_HASH_SHA2_256, ES_DIGEST_SHA256},
    {ES_IKEV1_HASH_SHA2_384, ES_DIGEST_SHA384},
    {ES_IKEV1_HASH_SHA2_512, ES_DIGEST_SHA512},
};

static bool digest_of(const struct es_ike_suite *suite, uint8_t major, enum es_digest *out)
{
    if (major == 2) {
        *out = ES_DIGEST_SHA1;
        return true;
    }
    for (size_t i = 0; suite && suite->major == 1 && i < ES_COUNT(digests); i++) {
        if (digests[i].ikev1_hash == suite->prf) {
            *out = digests[i].digest;
            return true;
        }
    }
    return false;
}

static uint8_t *put(uint8_t *at, uint64_t number, size_t size)
{
    for (size_t i = 0; i < size; i++)
        at[i] = (uint8_t)(number >> (8 * (size - 1 - i)));
    return at + size;
}

size_t es_ike_nat_detection(const struct es_ike_suite *suite, const struct es_ike_header *header,
                            const struct es_address *address, uint16_t port, uint8_t out[64])
{
    enum es_digest digest;
    if (!digest_of(suite, header->major, &digest))
        return 0;
    uint8_t input[2 * SPI_BYTES + sizeof(address->bytes) + PORT_BYTES];
    uint8_t *end = put(input, header->initiator_spi, SPI_BYTES);
    end = put(end, header->responder_spi, SPI_BYTES);
    const size_t size = es_address_is_v4(address) ? 4 : 16;
    memcpy(end, address->bytes + sizeof(address->bytes) - size, size);
    end = put(end + size, port, PORT_BYTES);
    return es_digest(digest, input, (size_t)(end - input), out);
}
