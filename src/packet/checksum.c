/*
 * The UDP checksum, only when somebody asks. RFC 768, RFC 8200, 8.1.
 */
#include "espial/packet.h"

enum { UDP_BYTES = 8, UDP_PROTOCOL = 17, LENGTH_AT = 4, CHECKSUM_AT = 6 };

static uint32_t add_bytes(uint32_t sum, const uint8_t *bytes, size_t count)
{
    for (; count >= 2; bytes += 2, count -= 2)
        sum += (uint32_t)bytes[0] << 8 | bytes[1];
    return count ? sum + ((uint32_t)bytes[0] << 8) : sum;
}

static uint16_t fold(uint32_t sum)
{
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)(sum + (sum >> 16));
}

static uint32_t pseudo_header(const struct es_datagram *d, uint32_t length)
{
    const size_t size = es_address_is_v4(&d->source) ? 4 : 16;
    const size_t from = sizeof(d->source.bytes) - size;
    uint32_t sum = add_bytes(0, d->source.bytes + from, size);
    sum = add_bytes(sum, d->destination.bytes + from, size);
    return sum + UDP_PROTOCOL + length;
}

enum es_checksum es_udp_checksum(const struct es_datagram *d)
{
    const bool in_udp = d->encapsulation == ES_ENCAPSULATION_UDP ||
                        (d->encapsulation == ES_ENCAPSULATION_RAW && d->kind == ES_DATAGRAM_IKE);
    if (!d->udp || !in_udp || d->kind == ES_DATAGRAM_ICMP_ERROR || d->first_fragment_only)
        return ES_CHECKSUM_UNKNOWN;
    const uint32_t length = (uint32_t)d->udp[LENGTH_AT] << 8 | d->udp[LENGTH_AT + 1];
    const uint32_t checksum = (uint32_t)d->udp[CHECKSUM_AT] << 8 | d->udp[CHECKSUM_AT + 1];
    if (checksum == 0)
        return ES_CHECKSUM_NONE;
    if (length < UDP_BYTES || (size_t)(d->payload.end - d->udp) < length)
        return ES_CHECKSUM_UNKNOWN;
    const uint32_t pseudo = pseudo_header(d, length);
    if (fold(add_bytes(pseudo, d->udp, length)) == 0xffff)
        return ES_CHECKSUM_GOOD;
    return checksum == fold(pseudo) ? ES_CHECKSUM_UNFINISHED : ES_CHECKSUM_BAD;
}
