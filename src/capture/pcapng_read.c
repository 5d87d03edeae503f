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
#include "reader.h"
#include "stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK_HEADER = 8, BLOCK_TRAILER = 4, SECTION_START = 16 };

enum {
    /* What a block read whole may hold besides a frame: addresses, options, comments. */
    BLOCK_EXTRA = 1 << 20,
    /* Interfaces of a section. Merged files have one or more for each file that went in. */
    MOST_INTERFACES = 1 << 16,
};

static const uint32_t SECTION_HEADER = 0x0a0d0d0a;

enum {
    OPTION_FLAGS = 2,
    OPTION_DROP_COUNT = 4,
    OPTION_INTERFACE_DROPS = 5,
    OPTION_SYSTEM_DROPS = 7,
};

struct pcapng_reader {
    struct es_reader reader;
    bool big_endian;
    uint64_t block;                         /* number of the block at the read position, from 1 */
    struct es_pcapng_interface *interfaces; /* owned; of this section */
    size_t interface_count;
    size_t interface_capacity;
};

enum block_result {
    BLOCK_FRAME,   /* a frame has been read */
    BLOCK_NOTHING, /* nothing to hand out; go on */
    BLOCK_BROKEN,  /* damage that nothing can be read after */
};

struct block_kind {
    uint32_t type;
    const char *name;
    bool is_packet;
    enum block_result (*read)(struct pcapng_reader *pcapng, struct es_cursor *body,
                              struct es_frame *out);
};

/* What all packet blocks say of their packet. */
struct packet_fields {
    uint32_t interface;
    bool timed;
    uint64_t ticks;
    uint32_t held;
    uint32_t wire;
};

static enum block_result unreadable(struct pcapng_reader *pcapng, const char *format, ...)
    ES_PRINTF(2, 3);

/* Notes a packet that is lost although its block stands where it should. */
static enum block_result unreadable(struct pcapng_reader *pcapng, const char *format, ...)
{
    char why[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why, sizeof(why), format, arguments);
    va_end(arguments);
    pcapng->reader.file->unreadable++;
    es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                   "packet %" PRIu64 " at offset %" PRIu64 " %s; it is left out",
                   pcapng->reader.number, es_stream_offset(pcapng->reader.stream), why);
    return BLOCK_NOTHING;
}

/* Fills `out` but for the direction. `body` stands at the packet's bytes and steps over them. */
static enum block_result read_packet(struct pcapng_reader *pcapng, struct es_cursor *body,
                                     const struct packet_fields *fields, struct es_frame *out)
{
    struct es_reader *reader = &pcapng->reader;
    if (ES_UNLIKELY(fields->interface >= pcapng->interface_count))
        return unreadable(pcapng, "is of interface %" PRIu32 ", of which there is no description",
                          fields->interface);
    if (ES_UNLIKELY(fields->held > reader->max_frame))
        return unreadable(pcapng, "claims %" PRIu32 " bytes, more than the %zu expected at most",
                          fields->held, reader->max_frame);
    if (ES_UNLIKELY(fields->held > es_left(body)))
        return unreadable(pcapng, "claims %" PRIu32 " bytes where its block has %zu", fields->held,
                          es_left(body));

    const struct es_pcapng_interface *interface = &pcapng->interfaces[fields->interface];
    out->bytes = es_take(body, fields->held);
    out->held = fields->held;
    out->wire = fields->wire;
    if (fields->timed)
        reader->time = es_pcapng_time(interface, fields->ticks);
    out->ref.number = reader->number;
    out->ref.file = reader->index;
    out->ref.time = reader->time;
    out->link_type = interface->link_type;
    out->interface = fields->interface;
    out->direction = ES_DIRECTION_UNKNOWN;
    out->timed = fields->timed;
    const size_t padding = (4 - fields->held % 4u) % 4;
    if (es_left(body) >= padding)
        es_take(body, padding);
    return BLOCK_FRAME;
}

/* Drops are stated twice in some files; the larger account of each interface counts. */
static void note_drops(struct pcapng_reader *pcapng, struct es_pcapng_interface *interface,
                       uint64_t counted, uint64_t stated)
{
    const uint64_t old = interface->drops_counted > interface->drops_stated
                             ? interface->drops_counted
                             : interface->drops_stated;
    interface->drops_counted = counted;
    interface->drops_stated = stated;
    pcapng->reader.file->drops += (counted > stated ? counted : stated) - old;
}

/* Direction and drops, where a packet block says them. */
static void read_packet_options(struct pcapng_reader *pcapng, struct es_cursor *body,
                                struct es_frame *out)
{
    const bool big = pcapng->big_endian;
    struct es_pcapng_interface *interface = &pcapng->interfaces[out->interface];
    struct es_pcapng_option option;
    while (es_pcapng_option_next(body, big, &option)) {
        if (option.code == OPTION_FLAGS && option.length == 4) {
            const uint32_t direction = es_order_u32(option.value, big) & 3;
            if (direction == 1)
                out->direction = ES_DIRECTION_IN;
            else if (direction == 2)
                out->direction = ES_DIRECTION_OUT;
        } else if (option.code == OPTION_DROP_COUNT && option.length == 8) {
            note_drops(pcapng, interface,
                       interface->drops_counted + es_order_u64(option.value, big),
                       interface->drops_stated);
        }
    }
}

/* interface 4, ticks 4 + 4, held 4, wire 4, packet, options */
static enum block_result read_enhanced(struct pcapng_reader *pcapng, struct es_cursor *body,
                                       struct es_frame *out)
{
    const bool big = pcapng->big_endian;
    pcapng->reader.number++;
    const uint8_t *fixed = es_take(body, 20);
    if (!fixed)
        return unreadable(pcapng, "has a block too short for it");
    const struct packet_fields fields = {
        .interface = es_order_u32(fixed, big),
        .timed = true,
        .ticks = (uint64_t)es_order_u32(fixed + 4, big) << 32 | es_order_u32(fixed + 8, big),
        .held = es_order_u32(fixed + 12, big),
        .wire = es_order_u32(fixed + 16, big),
    };
    const enum block_result result = read_packet(pcapng, body, &fields, out);
    if (result == BLOCK_FRAME && es_left(body) > 0)
        read_packet_options(pcapng, body, out);
    return result;
}

/* wire 4, packet; always of the first interface, and without a time */
static enum block_result read_simple(struct pcapng_reader *pcapng, struct es_cursor *body,
                                     struct es_frame *out)
{
    pcapng->reader.number++;
    const uint8_t *fixed = es_take(body, 4);
    if (!fixed)
        return unreadable(pcapng, "has a block too short for it");
    struct packet_fields fields = {.wire = es_order_u32(fixed, pcapng->big_endian)};
    fields.held = fields.wire;
    const uint32_t snaplen = pcapng->interface_count ? pcapng->interfaces[0].snaplen : 0;
    if (snaplen && fields.held > snaplen)
        fields.held = snaplen;
    return read_packet(pcapng, body, &fields, out);
}

/* interface 2, drops 2, ticks 4 + 4, held 4, wire 4, packet, options */
static enum block_result read_obsolete(struct pcapng_reader *pcapng, struct es_cursor *body,
                                       struct es_frame *out)
{
    const bool big = pcapng->big_endian;
    pcapng->reader.number++;
    const uint8_t *fixed = es_take(body, 20);
    if (!fixed)
        return unreadable(pcapng, "has a block too short for it");
    const struct packet_fields fields = {
        .interface = es_order_u16(fixed, big),
        .timed = true,
        .ticks = (uint64_t)es_order_u32(fixed + 4, big) << 32 | es_order_u32(fixed + 8, big),
        .held = es_order_u32(fixed + 12, big),
        .wire = es_order_u32(fixed + 16, big),
    };
    const enum block_result result = read_packet(pcapng, body, &fields, out);
    if (result != BLOCK_FRAME)
        return result;
    struct es_pcapng_interface *interface = &pcapng->interfaces[out->interface];
    const uint16_t drops = es_order_u16(fixed + 2, big);
    if (drops != 0xffff) /* unknown */
        note_drops(pcapng, interface, interface->drops_counted + drops, interface->drops_stated);
    read_packet_options(pcapng, body, out);
    return result;
}

/* interface 4, ticks 4 + 4, options */
static enum block_result read_statistics(struct pcapng_reader *pcapng, struct es_cursor *body,
                                         struct es_frame *out)
{
    (void)out;
    const bool big = pcapng->big_endian;
    const uint8_t *fixed = es_take(body, 12);
    const uint32_t number = fixed ? es_order_u32(fixed, big) : UINT32_MAX;
    if (number >= pcapng->interface_count)
        return BLOCK_NOTHING;
    struct es_pcapng_interface *interface = &pcapng->interfaces[number];
    uint64_t drops = 0;
    struct es_pcapng_option option;
    while (es_pcapng_option_next(body, big, &option)) {
        if ((option.code == OPTION_INTERFACE_DROPS || option.code == OPTION_SYSTEM_DROPS) &&
            option.length == 8)
            drops += es_order_u64(option.value, big);
    }
    note_drops(pcapng, interface, interface->drops_counted, drops);
    return BLOCK_NOTHING;
}

static bool make_room_for_interface(struct pcapng_reader *pcapng)
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

static enum block_result read_interface(struct pcapng_reader *pcapng, struct es_cursor *body,
                                        struct es_frame *out)
{
    (void)out;
    const uint64_t offset = es_stream_offset(pcapng->reader.stream);
    if (!make_room_for_interface(pcapng)) {
        es_file_damage(pcapng->reader.file, ES_ERROR_MEMORY,
                       "no room for an interface more after the first %zu, at offset %" PRIu64,
                       pcapng->interface_count, offset);
        return BLOCK_BROKEN;
    }
    struct es_pcapng_interface *interface = &pcapng->interfaces[pcapng->interface_count];
    if (!es_pcapng_interface_parse(interface, body, pcapng->big_endian)) {
        es_pcapng_interface_fini(interface);
        es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                       "the interface description in block %" PRIu64 " at offset %" PRIu64
                       " cannot be read",
                       pcapng->block, offset);
        return BLOCK_BROKEN;
    }
    pcapng->interface_count++;
    return BLOCK_NOTHING;
}

/* The most frequent first. */
static const struct block_kind kinds[] = {
    {6, "packet",                true,  read_enhanced  },
    {3, "packet",                true,  read_simple    },
    {2, "packet",                true,  read_obsolete  },
    {1, "interface description", false, read_interface },
    {5, "interface statistics",  false, read_statistics},
};

static const struct block_kind *find_kind(uint32_t type)
{
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        if (kinds[i].type == type)
            return &kinds[i];
    }
    return NULL;
}

static void forget_interfaces(struct pcapng_reader *pcapng)
{
    for (size_t i = 0; i < pcapng->interface_count; i++)
        es_pcapng_interface_fini(&pcapng->interfaces[i]);
    pcapng->interface_count = 0;
}

/*
 * A section begins at the read position: its byte order holds from here on, and interfaces are
 * numbered from 0 again. type 4, total length 4, byte order 4, major 2, minor 2, …
 */
static bool begin_section(struct pcapng_reader *pcapng)
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

static enum es_step bad_length(const struct pcapng_reader *pcapng, uint32_t total,
                               const char *expected)
{
    es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                   "block %" PRIu64 " at offset %" PRIu64 " claims %" PRIu32 " bytes, expected %s",
                   pcapng->block, es_stream_offset(pcapng->reader.stream), total, expected);
    return ES_STEP_END;
}

static enum es_step lengths_differ(const struct pcapng_reader *pcapng, uint64_t offset,
                                   uint32_t first, uint32_t last)
{
    es_file_damage(pcapng->reader.file, ES_ERROR_FORMAT,
                   "block %" PRIu64 " at offset %" PRIu64 " claims %" PRIu32
                   " bytes at its start and %" PRIu32 " at its end",
                   pcapng->block, offset, first, last);
    return ES_STEP_END;
}

/* Steps over a block of no interest, however large. */
static bool skip_block(struct pcapng_reader *pcapng, uint32_t total)
{
    struct es_reader *reader = &pcapng->reader;
    const uint64_t offset = es_stream_offset(reader->stream);
    const uint8_t *last = es_stream_skip(reader->stream, total - BLOCK_TRAILER)
                              ? es_stream_peek(reader->stream, BLOCK_TRAILER)
                              : NULL;
    if (!last) {
        const uint64_t end = reader->stream->end_offset;
        if (reader->stream->state == ES_STREAM_DAMAGED)
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
    struct pcapng_reader *pcapng = (struct pcapng_reader *)reader;
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
        const enum block_result result = kind->read(pcapng, &body, out);
        if (ES_UNLIKELY(result == BLOCK_BROKEN))
            return ES_STEP_END;
        es_stream_step(stream, total);
        if (ES_LIKELY(result == BLOCK_FRAME))
            return ES_STEP_FRAME;
    }
}

static const char *pcapng_interface_name(const struct es_reader *reader,
                                         const struct es_frame *frame)
{
    const struct pcapng_reader *pcapng = (const struct pcapng_reader *)reader;
    return frame->interface < pcapng->interface_count ? pcapng->interfaces[frame->interface].name
                                                      : NULL;
}

static void pcapng_free(struct es_reader *reader)
{
    struct pcapng_reader *pcapng = (struct pcapng_reader *)reader;
    forget_interfaces(pcapng);
    free(pcapng->interfaces);
    free(pcapng);
}

static const struct es_reader_ops ops = {
    .next = pcapng_next,
    .interface_name = pcapng_interface_name,
    .free = pcapng_free,
};

struct es_reader *es_pcapng_read_open(const struct es_reader *base)
{
    struct pcapng_reader *pcapng = calloc(1, sizeof(*pcapng));
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
