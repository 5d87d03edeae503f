/*
 * What IPv4 and IPv6 share.
 */
#ifndef ES_PACKET_IP_H
#define ES_PACKET_IP_H

#include "layer.h"

#include <string.h>

enum {
    ES_IPV4_HEADER_BYTES = 20,
    ES_IPV6_HEADER_BYTES = 40,
};

/* Fills `address` from wire bytes. Inline for the hot path. */
static inline void es_address_put_v4(struct es_address *address, const uint8_t *bytes)
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
    memcpy(address->bytes, prefix, sizeof(prefix));
    memcpy(address->bytes + sizeof(prefix), bytes, 4);
}

/* True for the IPv6 extension headers that one may step over by their length field. RFC 7045. */
bool es_ipv6_is_extension(uint8_t protocol);

/*
 * Steps over the extension headers at `c`, the first of type *protocol, up to what is none of
 * them; *protocol is then its number. Stops in front of a fragment header too.
 */
void es_ipv6_skip_extensions(struct es_cursor *c, uint8_t *protocol);

#endif
