/*
 * Addresses: 16 bytes for both families, and their text. RFC 4291, 2.5.5.2; RFC 5952.
 */
#include "espial/packet.h"

#include <arpa/inet.h>
#include <string.h>

enum { GROUPS = 8 };

static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* 224.0.0.0/4 and ff00::/8. RFC 5771; RFC 4291, 2.7. */
bool es_address_is_multicast(const struct es_address *address)
{
    if (es_address_is_v4(address))
        return (address->bytes[12] & 0xf0) == 0xe0;
    return address->bytes[0] == 0xff;
}

struct es_address es_address_v4(const uint8_t bytes[4])
{
    struct es_address address;
    memcpy(address.bytes, v4_prefix, sizeof(v4_prefix));
    memcpy(address.bytes + sizeof(v4_prefix), bytes, 4);
    return address;
}

struct es_address es_address_v6(const uint8_t bytes[16])
{
    struct es_address address;
    memcpy(address.bytes, bytes, sizeof(address.bytes));
    return address;
}

/* Finds the longest run of zero groups, the first of equals; a run of one is none. */
static void find_zero_run(const uint16_t groups[GROUPS], unsigned *start, unsigned *length)
{
    *start = GROUPS;
    *length = 1;
    unsigned run = 0;
    for (unsigned i = 0; i < GROUPS; i++) {
        run = groups[i] == 0 ? run + 1 : 0;
        if (run > *length) {
            *length = run;
            *start = i + 1 - run;
        }
    }
}

static void add_v6(struct es_text *text, const uint8_t bytes[16])
{
    uint16_t groups[GROUPS];
    for (unsigned i = 0; i < GROUPS; i++)
        groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
    unsigned start, length;
    find_zero_run(groups, &start, &length);
    for (unsigned i = 0; i < GROUPS;) {
        if (i == start) {
            es_text_add(text, "::");
            i += length;
            continue;
        }
        if (i > 0 && i != start + length)
            es_text_add(text, ":");
        es_text_addf(text, "%x", groups[i]);
        i++;
    }
}

void es_text_add_address(struct es_text *text, const struct es_address *address)
{
    if (!es_address_is_v4(address)) {
        add_v6(text, address->bytes);
        return;
    }
    char chars[sizeof("255.255.255.255.")];
    size_t length = 0;
    for (size_t i = sizeof(v4_prefix); i < sizeof(address->bytes); i++) {
        const unsigned byte = address->bytes[i];
        if (byte >= 100)
            chars[length++] = (char)('0' + byte / 100);
        if (byte >= 10)
            chars[length++] = (char)('0' + byte / 10 % 10);
        chars[length++] = (char)('0' + byte % 10);
        chars[length++] = '.';
    }
    es_text_add_bytes(text, chars, length - 1);
}

void es_text_add_endpoint(struct es_text *text, const struct es_address *address, uint16_t port)
{
    const bool brackets = port != 0 && !es_address_is_v4(address);
    if (brackets)
        es_text_add(text, "[");
    es_text_add_address(text, address);
    if (brackets)
        es_text_add(text, "]");
    if (port != 0) {
        es_text_add(text, ":");
        es_text_add_decimal(text, port);
    }
}

bool es_address_parse(const char *chars, struct es_address *out)
{
    uint8_t bytes[16];
    if (inet_pton(AF_INET, chars, bytes) == 1) {
        *out = es_address_v4(bytes);
        return true;
    }
    if (inet_pton(AF_INET6, chars, bytes) != 1)
        return false;
    *out = es_address_v6(bytes);
    return true;
}
