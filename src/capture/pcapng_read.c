/*
 * pcapng files (draft-ietf-opsawg-pcapng): sections of either byte order, any number of interfaces,
 * enhanced, simple and obsolete packet blocks, drop counters; blocks of other kinds are skipped.
 *
 *   block:  type 4, total length 4, body, padding to 4, total length 4
 *
 * Where the lengths of the blocks hold, a packet block that is wrong inside costs only its packet.
 */
#include "order.h"
#include "pcapng.h"
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>

enum { BLOCK_HEADER = 8, BLOCK_TRAILER = 4, SECTION_START = 16 };

enum {
    /* What a block read whole may hold besides a frame: addresses, options, comments. */
    BLOCK_EXTRA = 1 << 20,
    /* Interfaces of a section. Merged files have one or more for each file that went in. */
    MOST_INTERFACES = 1 << 16,
    /* The largest block that is held for who wants all of them. */
    MOST_HELD = 16 << 20,
};

static const uint32_t SECTION_HEADER = 0x0a0d0d0a;

struct block_kind {
    uint32_t type;
    const char *name;
    bool is_packet;
    enum es_pcapng_result (*read)(struct es_pcapng_reader *pcapng, struct es_cursor *body,
                                  struct es_frame *out);
};

static bool make_room_for_interface(struct es_pcapng_reader *pcapng)
{
    if (pcapng->interface_count < pcapng->interface_capacity)
        return true;
    if (pcapng->interface_count >= MOST_INTERFACES)
        return false;
    const size_t capacity = pcapng->interface_capacity ? pcapng->interface_capacity * 2 : 4;
    struct es_pcapng_interface *interfaces =
        realloc(pcapng->interfaces, capacity * sizeof(*interfaces));
    if (!interfaces)
        return false;
    pcapng->interfaces = interfaces;
    pcapng->interface_capacity = capacity;
    return true;
}

static enum es_pcapng_result read_interface(struct es_pcapng_reader *pcapng, struct es_cursor *body,
                                            struct es_frame *out)
{
    (void)out;
    const uint64_t offset = es_stream_offset(pcapng->reader.stream);
    if (!make_room_for_interface(pcapng)) {
        es_file_damage(pcapng->reader.file, ES_ERROR_MEMORY,
                       "no room for an interface more after the first %zu, at offset %" PRIu64,
                       pcapng->interface_count, offset);
        return ES_PCAPNG_BROKEN;
    }
    struct es_pcapng_interface *interface = &pcapng->interfaces[pcapng->interface_count];
    if (!es_pcapng_interface_parse(interface, body, pcapng->big_endian)) {
        es_pcapng_interface_fini(interface);
        es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                       "the interface description in block %" PRIu64 " at offset %" PRIu64
                       " cannot be read",
                       pcapng->block, offset);
        return ES_PCAPNG_BROKEN;
    }
    pcapng->interface_count++;
    /* Multiplied by less than a thousand, a tick is less than a microsecond. */
    if (interface->multiply < (uint64_t)ES_MICROSECOND)
        pcapng->reader.file->nanoseconds = true;
    return ES_PCAPNG_NOTHING;
}

/* The most frequent first. */
static const struct block_kind kinds[] = {
    {6, "packet",                true,  es_pcapng_read_enhanced  },
    {3, "packet",                true,  es_pcapng_read_simple    },
    {2, "packet",                true,  es_pcapng_read_obsolete  },
    {1, "interface description", false, read_interface           },
    {5, "interface statistics",  false, es_pcapng_read_statistics},
};

static const struct block_kind *find_kind(uint32_t type)
{
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        if (kinds[i].type == type)
            return &kinds[i];
    }
    return NULL;
}

static void forget_interfaces(struct es_pcapng_reader *pcapng)
{
    for (size_t i = 0; i < pcapng->interface_count; i++)
        es_pcapng_interface_fini(&pcapng->interfaces[i]);
    pcapng->interface_count = 0;
}

/*
 * A section begins at the read position: its byte order holds from here on, and interfaces are
 * numbered from 0 again. type 4, total length 4, byte order 4, major 2, minor 2, …
 */
static bool begin_section(struct es_pcapng_reader *pcapng)
{
    struct es_reader *reader = &pcapng->reader;
    const uint8_t *start = es_stream_peek(reader->stream, SECTION_START);
    if (!start) {
        es_reader_cut_off(reader, "block", pcapng->block, SECTION_START, false);
        return false;
    }
    const bool big = es_order_u32(start + 8, true) == 0x1a2b3c4d;
    if (!big && es_order_u32(start + 8, false) != 0x1a2b3c4d) {
        es_file_damage(reader->file, ES_ERROR_FORMAT,
                       "expected the byte order mark of a pcapng section at offset %" PRIu64
                       ", found %08" PRIx32,
                       es_stream_offset(reader->stream) + 8, es_order_u32(start + 8, true));
        return false;
    }
    const unsigned major = es_order_u16(start + 12, big);
    if (major != 1) {
        es_file_damage(reader->file, ES_ERROR_FORMAT,
                       "expected a pcapng section of version 1 at offset %" PRIu64
                       ", found version %u",
                       es_stream_offset(reader->stream), major);
        return false;
    }
    pcapng->big_endian = big;
    forget_interfaces(pcapng);
    return true;
}

static enum es_step bad_length(const struct es_pcapng_reader *pcapng, uint32_t total,
                               const char *expected)
{
    es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                   "block %" PRIu64 " at offset %" PRIu64 " claims %" PRIu32 " bytes, expected %s",
                   pcapng->block, es_stream_offset(pcapng->reader.stream), total, expected);
    return ES_STEP_END;
}

static enum es_step lengths_differ(const struct es_pcapng_reader *pcapng, uint64_t offset,
                                   uint32_t first, uint32_t last)
{
    es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                   "block %" PRIu64 " at offset %" PRIu64 " claims %" PRIu32
                   " bytes at its start and %" PRIu32 " at its end",
                   pcapng->block, offset, first, last);
    return ES_STEP_END;
}

/* Tells who wants it of the block at the read position. What is wrong with it is found later. */
static void tell(struct es_pcapng_reader *pcapng, uint32_t type, uint32_t total)
{
    struct es_reader *reader = &pcapng->reader;
    struct es_raw_block block = {
        .type = type,
        .length = total,
        .file = reader->index,
        .big_endian = pcapng->big_endian,
    };
    if (total <= MOST_HELD) {
        block.bytes = es_stream_peek(reader->stream, total);
        if (!block.bytes ||
            es_order_u32(block.bytes + total - BLOCK_TRAILER, block.big_endian) != total)
            return;
    }
    reader->blocks.on(reader->blocks.context, &block);
}

/* Steps over a block of no interest, however large. */
static bool skip_block(struct es_pcapng_reader *pcapng, uint32_t total)
{
    struct es_reader *reader = &pcapng->reader;
    const uint64_t offset = es_stream_offset(reader->stream);
    const uint8_t *last = es_stream_skip(reader->stream, total - BLOCK_TRAILER)
                              ? es_stream_peek(reader->stream, BLOCK_TRAILER)
                              : NULL;
    if (!last) {
        const uint64_t end = reader->stream->end_offset;
        if (reader->stream->state != ES_STREAM_ENDED)
            es_reader_cut_off(reader, "block", pcapng->block, 0, true);
        else
            es_file_damage(reader->file, ES_ERROR_FORMAT,
                           "cut off in the middle of block %" PRIu64 " at offset %" PRIu64
                           "; %" PRIu64 " bytes missing",
                           pcapng->block, offset, offset + total - end);
        return false;
    }
    const uint32_t again = es_order_u32(last, pcapng->big_endian);
    if (again != total) {
        lengths_differ(pcapng, offset, total, again);
        return false;
    }
    es_stream_step(reader->stream, BLOCK_TRAILER);
    return true;
}

static enum es_step pcapng_next(struct es_reader *reader, struct es_frame *out)
{
    struct es_pcapng_reader *pcapng = (struct es_pcapng_reader *)reader;
    struct es_stream *stream = reader->stream;
    for (;;) {
        pcapng->block++;
        const uint8_t *block = es_stream_peek(stream, BLOCK_HEADER);
        if (ES_UNLIKELY(!block))
            return es_reader_cut_off(reader, "block", pcapng->block, BLOCK_HEADER, true);
        const uint32_t type = es_order_u32(block, pcapng->big_endian);
        if (ES_UNLIKELY(type == SECTION_HEADER)) {
            if (!begin_section(pcapng))
                return ES_STEP_END;
            block = stream->at;
        }
        const uint32_t total = es_order_u32(block + 4, pcapng->big_endian);
        if (ES_UNLIKELY(total < BLOCK_HEADER + BLOCK_TRAILER || total % 4))
            return bad_length(pcapng, total, "a multiple of 4 of at least 12");
        const struct block_kind *kind = find_kind(type);
        if (!kind) {
            if (reader->blocks.on)
                tell(pcapng, type, total);
            if (!skip_block(pcapng, total))
                return ES_STEP_END;
            continue;
        }
        if (ES_UNLIKELY(total > reader->max_frame + BLOCK_EXTRA))
            return bad_length(pcapng, total, "less");
        block = es_stream_peek(stream, total);
        if (ES_UNLIKELY(!block))
            return es_reader_cut_off(reader, kind->name, kind->is_packet ? reader->number + 1 : 0,
                                     total, false);
        const uint32_t again = es_order_u32(block + total - BLOCK_TRAILER, pcapng->big_endian);
        if (ES_UNLIKELY(again != total))
            return lengths_differ(pcapng, es_stream_offset(stream), total, again);
        const size_t inside = total - BLOCK_HEADER - BLOCK_TRAILER;
        struct es_cursor body = es_cursor(block + BLOCK_HEADER, inside, inside);
        const enum es_pcapng_result result = kind->read(pcapng, &body, out);
        if (ES_UNLIKELY(result == ES_PCAPNG_BROKEN))
            return ES_STEP_END;
        if (!kind->is_packet && reader->blocks.on)
            tell(pcapng, type, total);
        es_stream_step(stream, total);
        es_reader_stepped(reader, total);
        if (ES_LIKELY(result == ES_PCAPNG_FRAME)) {
            pcapng->lent = block;
            return ES_STEP_FRAME;
        }
    }
}

/* Enhanced packet blocks alone: others are rare, and what they say must be known first. */
static bool pcapng_ahead(struct es_reader *reader, struct es_frame *out)
{
    enum { ENHANCED = 6, FIXED = BLOCK_HEADER + 20 };
    const struct es_pcapng_reader *pcapng = (const struct es_pcapng_reader *)reader;
    const bool big = pcapng->big_endian;
    const uint8_t *block = es_reader_look(reader, FIXED);
    if (!block || es_order_u32(block, big) != ENHANCED)
        return false;
    const uint32_t total = es_order_u32(block + 4, big);
    const uint32_t interface = es_order_u32(block + BLOCK_HEADER, big);
    const uint32_t held = es_order_u32(block + BLOCK_HEADER + 12, big);
    if (total < FIXED + BLOCK_TRAILER || held > total - FIXED - BLOCK_TRAILER ||
        interface >= pcapng->interface_count || !es_reader_look(reader, total))
        return false;
    out->bytes = block + FIXED;
    out->held = held;
    out->link_type = pcapng->interfaces[interface].link_type;
    es_reader_looked(reader, total);
    return true;
}

static const char *pcapng_interface_name(const struct es_reader *reader,
                                         const struct es_frame *frame)
{
    const struct es_pcapng_reader *pcapng = (const struct es_pcapng_reader *)reader;
    return frame->interface < pcapng->interface_count ? pcapng->interfaces[frame->interface].name
                                                      : NULL;
}

static void pcapng_storage(const struct es_reader *reader, struct es_storage *out)
{
    const struct es_pcapng_reader *pcapng = (const struct es_pcapng_reader *)reader;
    const bool big = pcapng->big_endian;
    out->block.bytes = pcapng->lent;
    out->block.big_endian = big;
    out->block.type = es_order_u32(pcapng->lent, big);
    out->block.length = es_order_u32(pcapng->lent + 4, big);
}

static void pcapng_free(struct es_reader *reader)
{
    struct es_pcapng_reader *pcapng = (struct es_pcapng_reader *)reader;
    forget_interfaces(pcapng);
    free(pcapng->interfaces);
    free(pcapng);
}

static const struct es_reader_ops ops = {
    .next = pcapng_next,
    .ahead = pcapng_ahead,
    .interface_name = pcapng_interface_name,
    .storage = pcapng_storage,
    .free = pcapng_free,
};

struct es_reader *es_pcapng_read_open(const struct es_reader *base)
{
    struct es_pcapng_reader *pcapng = calloc(1, sizeof(*pcapng));
    if (!pcapng) {
        es_file_damage(base->file, ES_ERROR_MEMORY, "no memory to read it");
        return NULL;
    }
    pcapng->reader = *base;
    pcapng->reader.ops = &ops;
    pcapng->block = 1;
    /* A file whose first section cannot be understood is refused as a whole. */
    if (!begin_section(pcapng)) {
        pcapng_free(&pcapng->reader);
        return NULL;
    }
    pcapng->block = 0;
    return &pcapng->reader;
}
