/*
 * Blocks of a pcapng file that did not stand in one before, and the pieces that all are made of.
 * draft-ietf-opsawg-pcapng.
 */
#include "pcapng_build.h"
#include "pcapng.h"

#include <string.h>

#ifndef ES_VERSION
#define ES_VERSION "unversioned"
#endif

enum {
    ORDER_MAGIC = 0x1a2b3c4d,
    OPTION_END_TIME = 3, /* of statistics */
    /* An option's length has 16 bits; what is longer than this is no comment. */
    OPTION_BYTES_MAX = 4096,
    DIRECTION_IN = 1,
    DIRECTION_OUT = 2,
};

bool es_order_is_big(void)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 0;
}

void es_pcapng_put_u16(struct es_text *text, bool big_endian, uint16_t value)
{
    const char high = (char)(value >> 8);
    const char low = (char)value;
    const char bytes[2] = {big_endian ? high : low, big_endian ? low : high};
    es_text_add_bytes(text, bytes, sizeof(bytes));
}

void es_pcapng_put_u32(struct es_text *text, bool big_endian, uint32_t value)
{
    char bytes[4];
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (char)(value >> 8 * (big_endian ? 3 - i : i));
    es_text_add_bytes(text, bytes, sizeof(bytes));
}

void es_pcapng_put_padded(struct es_text *text, const void *bytes, size_t length)
{
    es_text_add_bytes(text, bytes, length);
    es_text_add_bytes(text, "\0\0\0", (4 - length % 4) % 4);
}

void es_pcapng_put_option(struct es_text *text, bool big_endian, uint16_t code, const void *bytes,
                          size_t length)
{
    es_pcapng_put_u16(text, big_endian, code);
    es_pcapng_put_u16(text, big_endian, (uint16_t)length);
    es_pcapng_put_padded(text, bytes, length);
}

void es_pcapng_put_words(struct es_text *text, bool big_endian, uint16_t code, const char *words)
{
    struct es_text clean;
    es_text_init(&clean);
    es_text_add_printable(&clean, (const uint8_t *)words, strlen(words));
    size_t length = clean.length < OPTION_BYTES_MAX ? clean.length : OPTION_BYTES_MAX;
    /* Not within a character. */
    while (length < clean.length && length > 0 && ((uint8_t)clean.chars[length] & 0xc0) == 0x80)
        length--;
    text->failed |= clean.failed;
    es_pcapng_put_option(text, big_endian, code, es_text_chars(&clean), length);
    es_text_fini(&clean);
}

size_t es_pcapng_block_begin(struct es_text *text, bool big_endian, uint32_t type)
{
    const size_t start = text->length;
    es_pcapng_put_u32(text, big_endian, type);
    es_pcapng_put_u32(text, big_endian, 0);
    return start;
}

void es_pcapng_block_end(struct es_text *text, bool big_endian, size_t start)
{
    const uint32_t length = (uint32_t)(text->length - start + 4);
    es_pcapng_put_u32(text, big_endian, length);
    if (!text->failed)
        memcpy(text->chars + start + 4, text->chars + text->length - 4, 4);
}

static void put_comments(struct es_text *text, bool big, const char *const *comments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        es_pcapng_put_words(text, big, ES_OPTION_COMMENT, comments[i]);
}

void es_block_add_section(struct es_text *text, bool big_endian, const char *const *comments,
                          size_t count)
{
    const size_t start = es_pcapng_block_begin(text, big_endian, ES_BLOCK_SECTION);
    es_pcapng_put_u32(text, big_endian, ORDER_MAGIC);
    es_pcapng_put_u16(text, big_endian, 1);
    es_pcapng_put_u16(text, big_endian, 0);
    /* The section's length is not known yet. */
    es_pcapng_put_u32(text, big_endian, UINT32_MAX);
    es_pcapng_put_u32(text, big_endian, UINT32_MAX);
    es_pcapng_put_words(text, big_endian, ES_OPTION_APPLICATION, "espial " ES_VERSION);
    put_comments(text, big_endian, comments, count);
    es_pcapng_put_u32(text, big_endian, ES_OPTION_END);
    es_pcapng_block_end(text, big_endian, start);
}

void es_block_add_interface(struct es_text *text, bool big_endian, uint32_t link_type,
                            const struct es_storage *storage, const char *name)
{
    const size_t start = es_pcapng_block_begin(text, big_endian, ES_BLOCK_INTERFACE);
    es_pcapng_put_u16(text, big_endian, (uint16_t)link_type);
    es_pcapng_put_u16(text, big_endian, 0);
    es_pcapng_put_u32(text, big_endian, storage->snaplen);
    if (name && *name)
        es_pcapng_put_words(text, big_endian, ES_OPTION_IF_NAME, name);
    es_pcapng_put_option(text, big_endian, ES_OPTION_IF_RESOLUTION, &storage->resolution, 1);
    if (storage->fcs)
        es_pcapng_put_option(text, big_endian, ES_OPTION_IF_FCS, &storage->fcs, 1);
    es_pcapng_put_u32(text, big_endian, ES_OPTION_END);
    es_pcapng_block_end(text, big_endian, start);
}

void es_block_add_packet(struct es_text *text, bool big_endian,
                         const struct es_block_packet *packet)
{
    const size_t start = es_pcapng_block_begin(text, big_endian, ES_BLOCK_PACKET);
    es_pcapng_put_u32(text, big_endian, packet->interface);
    es_pcapng_put_u32(text, big_endian, (uint32_t)(packet->ticks >> 32));
    es_pcapng_put_u32(text, big_endian, (uint32_t)packet->ticks);
    es_pcapng_put_u32(text, big_endian, (uint32_t)packet->held);
    es_pcapng_put_u32(text, big_endian,
                      (uint32_t)(packet->wire > packet->held ? packet->wire : packet->held));
    es_pcapng_put_padded(text, packet->bytes, packet->held);
    const size_t ready = packet->options ? packet->options->length : 0;
    const bool directed = packet->direction != ES_DIRECTION_UNKNOWN;
    if (directed) {
        es_pcapng_put_u16(text, big_endian, ES_OPTION_FLAGS);
        es_pcapng_put_u16(text, big_endian, 4);
        es_pcapng_put_u32(text, big_endian,
                          packet->direction == ES_DIRECTION_IN ? DIRECTION_IN : DIRECTION_OUT);
    }
    if (ready)
        es_text_add_bytes(text, packet->options->chars, ready);
    put_comments(text, big_endian, packet->comments, packet->comment_count);
    if (directed || ready || packet->comment_count)
        es_pcapng_put_u32(text, big_endian, ES_OPTION_END);
    es_pcapng_block_end(text, big_endian, start);
}

bool es_block_add_end(struct es_text *text, const struct es_raw_block *description,
                      uint32_t interface, es_time end)
{
    const bool big_endian = description->big_endian;
    const size_t inside = description->length - ES_BLOCK_HEADER_BYTES - ES_BLOCK_TRAILER_BYTES;
    struct es_cursor body = es_cursor(description->bytes + ES_BLOCK_HEADER_BYTES, inside, inside);
    struct es_pcapng_interface parsed;
    uint64_t ticks = 0;
    const bool known = es_pcapng_interface_parse(&parsed, &body, big_endian) &&
                       es_pcapng_ticks(&parsed, end, &ticks);
    es_pcapng_interface_fini(&parsed);
    if (!known)
        return false;
    const size_t start = es_pcapng_block_begin(text, big_endian, ES_BLOCK_STATISTICS);
    es_pcapng_put_u32(text, big_endian, interface);
    es_pcapng_put_u32(text, big_endian, (uint32_t)(ticks >> 32));
    es_pcapng_put_u32(text, big_endian, (uint32_t)ticks);
    es_pcapng_put_u16(text, big_endian, OPTION_END_TIME);
    es_pcapng_put_u16(text, big_endian, 8);
    es_pcapng_put_u32(text, big_endian, (uint32_t)(ticks >> 32));
    es_pcapng_put_u32(text, big_endian, (uint32_t)ticks);
    es_pcapng_put_u32(text, big_endian, ES_OPTION_END);
    es_pcapng_block_end(text, big_endian, start);
    return true;
}
