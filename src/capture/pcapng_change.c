/*
 * Blocks that stood in a pcapng file, added to another one: as they were, or with comments, another
 * interface, other bytes of the packet, or another byte order.
 */
#include "order.h"
#include "pcapng.h"
#include "pcapng_build.h"

enum { UNITS_MAX = 6 };

/* The fields in front of a packet or of the options, as their sizes. */
struct shape {
    uint32_t type;
    uint8_t units[UNITS_MAX]; /* ended by 0 */
    uint8_t held;             /* which of them says how many bytes of a packet follow; 0: none */
};

static const struct shape shapes[] = {
    {ES_BLOCK_PACKET,          {4, 4, 4, 4, 4},    3},
    {ES_BLOCK_OBSOLETE_PACKET, {2, 2, 4, 4, 4, 4}, 4},
    {ES_BLOCK_INTERFACE,       {2, 2, 4},          0},
    {ES_BLOCK_STATISTICS,      {4, 4, 4},          0},
    {ES_BLOCK_SECTION,         {4, 2, 2, 4, 4},    0},
};

/* Options that hold numbers, as the sizes of these; all others hold bytes. */
static const struct {
    uint32_t type;
    uint16_t code;
    uint8_t unit;
} numbers[] = {
    {ES_BLOCK_PACKET,          ES_OPTION_FLAGS,     4},
    {ES_BLOCK_PACKET,          ES_OPTION_DROPS,     8},
    {ES_BLOCK_PACKET,          5 /* packet ID */,   8},
    {ES_BLOCK_PACKET,          6 /* queue */,       4},
    {ES_BLOCK_OBSOLETE_PACKET, ES_OPTION_FLAGS,     4},
    {ES_BLOCK_INTERFACE,       8 /* speed */,       8},
    {ES_BLOCK_INTERFACE,       10 /* time zone */,  4},
    {ES_BLOCK_INTERFACE,       ES_OPTION_IF_OFFSET, 8},
    {ES_BLOCK_INTERFACE,       16 /* tx speed */,   8},
    {ES_BLOCK_INTERFACE,       17 /* rx speed */,   8},
    {ES_BLOCK_STATISTICS,      2 /* start */,       4}, /* times are two numbers each */
    {ES_BLOCK_STATISTICS,      3 /* end */,         4},
    {ES_BLOCK_STATISTICS,      4 /* received */,    8},
    {ES_BLOCK_STATISTICS,      5 /* dropped */,     8},
    {ES_BLOCK_STATISTICS,      6 /* accepted */,    8},
    {ES_BLOCK_STATISTICS,      7 /* dropped */,     8},
    {ES_BLOCK_STATISTICS,      8 /* delivered */,   8},
};

/* Custom options start with the number of the enterprise that knows them. */
static bool is_custom(uint16_t code)
{
    return code == 2988 || code == 2989 || code == 19372 || code == 19373;
}

enum { STATISTICS_FIRST = 2, STATISTICS_LAST = 8 }; /* times and counts */

/* What a reader needs; the rest tells of machines and people. */
static bool is_needed(uint32_t type, uint16_t code)
{
    switch (type) {
    case ES_BLOCK_PACKET:
        return code == ES_OPTION_FLAGS || code == ES_OPTION_DROPS;
    case ES_BLOCK_OBSOLETE_PACKET:
        return code == ES_OPTION_FLAGS;
    case ES_BLOCK_INTERFACE:
        return code == ES_OPTION_IF_RESOLUTION || code == ES_OPTION_IF_FCS ||
               code == ES_OPTION_IF_OFFSET;
    case ES_BLOCK_STATISTICS:
        return code >= STATISTICS_FIRST && code <= STATISTICS_LAST;
    default:
        return false;
    }
}

static const struct shape *shape_of(uint32_t type)
{
    for (size_t i = 0; i < ES_COUNT(shapes); i++) {
        if (shapes[i].type == type)
            return &shapes[i];
    }
    return NULL;
}

/* Adds numbers of `unit` bytes each, turned round. */
static void put_turned(struct es_text *text, const uint8_t *bytes, size_t length, size_t unit)
{
    size_t at = 0;
    for (; at + unit <= length; at += unit) {
        for (size_t i = unit; i-- > 0;)
            es_text_add_bytes(text, (const char *)bytes + at + i, 1);
    }
    es_text_add_bytes(text, (const char *)bytes + at, length - at);
}

static void put_value(struct es_text *text, uint32_t type, const struct es_pcapng_option *option)
{
    size_t unit = 0;
    for (size_t i = 0; i < ES_COUNT(numbers); i++) {
        if (numbers[i].type == type && numbers[i].code == option->code)
            unit = numbers[i].unit;
    }
    const size_t turned = unit                                             ? option->length
                          : is_custom(option->code) && option->length >= 4 ? 4
                                                                           : 0;
    put_turned(text, option->value, turned, unit ? unit : 4);
    es_text_add_bytes(text, (const char *)option->value + turned, option->length - turned);
    es_text_add_bytes(text, "\0\0\0", (4 - option->length % 4u) % 4);
}

/* How a block is made from another. */
struct making {
    struct es_text *text;
    bool big; /* of what is made */
    const struct es_raw_block *block;
    const struct es_block_change *change;
};

/* The old options, then new comments, and the end where there is any. */
static void put_options(const struct making *m, struct es_cursor *options)
{
    const struct es_raw_block *block = m->block;
    struct es_pcapng_option option;
    size_t count = 0;
    while (es_pcapng_option_next(options, block->big_endian, &option)) {
        if (m->change->bare && !is_needed(block->type, option.code))
            continue;
        count++;
        if (m->big == block->big_endian) {
            es_pcapng_put_option(m->text, m->big, option.code, option.value, option.length);
            continue;
        }
        es_pcapng_put_u16(m->text, m->big, option.code);
        es_pcapng_put_u16(m->text, m->big, option.length);
        put_value(m->text, block->type, &option);
    }
    for (size_t i = 0; i < m->change->comment_count; i++, count++)
        es_pcapng_put_words(m->text, m->big, ES_OPTION_COMMENT, m->change->comments[i]);
    if (count)
        es_pcapng_put_u32(m->text, m->big, ES_OPTION_END);
}

/* The fields in front. `held` becomes how many bytes of a packet follow in the old block. */
static void put_fields(const struct making *m, const struct shape *shape, struct es_cursor *body,
                       size_t *held)
{
    const bool renumbers = m->change->renumbers && shape->type != ES_BLOCK_INTERFACE;
    const bool is_section = shape->type == ES_BLOCK_SECTION;
    for (size_t i = 0; i < UNITS_MAX && shape->units[i]; i++) {
        const size_t unit = shape->units[i];
        const uint8_t *field = es_take(body, unit);
        if (shape->held && i == shape->held)
            *held = es_order_u32(field, m->block->big_endian);
        if (i == 0 && renumbers && unit == 4)
            es_pcapng_put_u32(m->text, m->big, m->change->interface);
        else if (i == 0 && renumbers)
            es_pcapng_put_u16(m->text, m->big, (uint16_t)m->change->interface);
        else if (is_section && i >= 3) /* its length is not what it was */
            es_pcapng_put_u32(m->text, m->big, UINT32_MAX);
        else if (shape->held && i == shape->held && m->change->bytes)
            es_pcapng_put_u32(m->text, m->big, (uint32_t)m->change->held);
        else if (m->big == m->block->big_endian)
            es_text_add_bytes(m->text, (const char *)field, unit);
        else
            put_turned(m->text, field, unit, unit);
    }
}

static size_t fields_size(const struct shape *shape)
{
    size_t size = 0;
    for (size_t i = 0; i < UNITS_MAX; i++)
        size += shape->units[i];
    return size;
}

static bool add_changed(const struct making *m, const struct shape *shape)
{
    const size_t inside = m->block->length - ES_BLOCK_HEADER_BYTES - ES_BLOCK_TRAILER_BYTES;
    struct es_cursor body = es_cursor(m->block->bytes + ES_BLOCK_HEADER_BYTES, inside, inside);
    struct es_cursor ahead = body;
    size_t held = 0;
    es_take(&ahead, fields_size(shape));
    if (ahead.fault)
        return false;
    const size_t start = es_pcapng_block_begin(m->text, m->big, m->block->type);
    put_fields(m, shape, &body, &held);
    if (shape->held) {
        held = held < es_left(&body) ? held : es_left(&body);
        const uint8_t *bytes = es_take(&body, held);
        const size_t padding = (4 - held % 4) % 4;
        es_take(&body, padding < es_left(&body) ? padding : es_left(&body));
        if (m->change->bytes)
            es_pcapng_put_padded(m->text, m->change->bytes, m->change->held);
        else
            es_pcapng_put_padded(m->text, bytes, held);
    }
    put_options(m, &body);
    es_pcapng_block_end(m->text, m->big, start);
    return true;
}

/* Other bytes in a simple packet block, as many: they alone tell how many there are. */
static bool add_simple(const struct making *m)
{
    const uint8_t *wire = m->block->bytes + ES_BLOCK_HEADER_BYTES;
    if (m->block->length < ES_BLOCK_HEADER_BYTES + ES_BLOCK_TRAILER_BYTES + sizeof(uint32_t))
        return false;
    const size_t start = es_pcapng_block_begin(m->text, m->big, m->block->type);
    es_pcapng_put_u32(m->text, m->big, es_order_u32(wire, m->block->big_endian));
    es_pcapng_put_padded(m->text, m->change->bytes, m->change->held);
    es_pcapng_block_end(m->text, m->big, start);
    return true;
}

bool es_block_add(struct es_text *text, bool big_endian, const struct es_raw_block *block,
                  const struct es_block_change *change)
{
    const struct es_block_change none = {0};
    const struct making m = {text, big_endian, block, change ? change : &none};
    if (!block->bytes || block->length < ES_BLOCK_HEADER_BYTES + ES_BLOCK_TRAILER_BYTES)
        return false;
    const bool changes = m.change->comment_count || m.change->renumbers || m.change->bytes ||
                         m.change->bare || block->type == ES_BLOCK_SECTION;
    if (block->type == ES_BLOCK_SIMPLE_PACKET && m.change->bytes)
        return add_simple(&m);
    const struct shape *shape = shape_of(block->type);
    if (big_endian == block->big_endian && (!changes || !shape)) {
        es_text_add_bytes(text, (const char *)block->bytes, block->length);
        return true;
    }
    return shape && add_changed(&m, shape);
}
