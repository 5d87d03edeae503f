/*
 * The blocks of a pcapng file that carry packets, and those that count what was dropped.
 */
#include "order.h"
#include "pcapng.h"
#include "stream.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    OPTION_FLAGS = 2,
    OPTION_DROP_COUNT = 4,
    OPTION_END_TIME = 3,
    OPTION_INTERFACE_DROPS = 5,
    OPTION_SYSTEM_DROPS = 7,
};

/* What all packet blocks say of their packet. */
struct packet_fields {
    uint32_t interface;
    bool timed;
    uint64_t ticks;
    uint32_t held;
    uint32_t wire;
};

static enum es_pcapng_result unreadable(struct es_pcapng_reader *pcapng, const char *format, ...)
    ES_PRINTF(2, 3);

/* Notes a packet that is lost although its block stands where it should. */
static enum es_pcapng_result unreadable(struct es_pcapng_reader *pcapng, const char *format, ...)
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
    return ES_PCAPNG_NOTHING;
}

/* Fills `out` but for the direction. `body` stands at the packet's bytes and steps over them. */
static enum es_pcapng_result read_packet(struct es_pcapng_reader *pcapng, struct es_cursor *body,
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
    out->ref = es_packet_ref(reader->number, reader->index, reader->time);
    out->link_type = interface->link_type;
    out->interface = fields->interface;
    out->direction = ES_DIRECTION_UNKNOWN;
    out->timed = fields->timed;
    const size_t padding = (4 - fields->held % 4u) % 4;
    if (es_left(body) >= padding)
        es_take(body, padding);
    return ES_PCAPNG_FRAME;
}

/* Drops are stated twice in some files; the larger account of each interface counts. */
static void note_drops(struct es_pcapng_reader *pcapng, struct es_pcapng_interface *interface,
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
static void read_packet_options(struct es_pcapng_reader *pcapng, struct es_cursor *body,
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
enum es_pcapng_result es_pcapng_read_enhanced(struct es_pcapng_reader *pcapng,
                                              struct es_cursor *body, struct es_frame *out)
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
    const enum es_pcapng_result result = read_packet(pcapng, body, &fields, out);
    if (result == ES_PCAPNG_FRAME && es_left(body) > 0)
        read_packet_options(pcapng, body, out);
    return result;
}

/* wire 4, packet; always of the first interface, and without a time */
enum es_pcapng_result es_pcapng_read_simple(struct es_pcapng_reader *pcapng, struct es_cursor *body,
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
enum es_pcapng_result es_pcapng_read_obsolete(struct es_pcapng_reader *pcapng,
                                              struct es_cursor *body, struct es_frame *out)
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
    const enum es_pcapng_result result = read_packet(pcapng, body, &fields, out);
    if (result != ES_PCAPNG_FRAME)
        return result;
    struct es_pcapng_interface *interface = &pcapng->interfaces[out->interface];
    const uint16_t drops = es_order_u16(fixed + 2, big);
    if (drops != 0xffff) /* unknown */
        note_drops(pcapng, interface, interface->drops_counted + drops, interface->drops_stated);
    read_packet_options(pcapng, body, out);
    return result;
}

/* The capture went on until then, in the interface's ticks: the upper half, the lower half. */
static void note_end(struct es_pcapng_reader *pcapng, const struct es_pcapng_interface *interface,
                     const uint8_t *ticks)
{
    const bool big = pcapng->big_endian;
    const es_time end = es_pcapng_time(interface, (uint64_t)es_order_u32(ticks, big) << 32 |
                                                      es_order_u32(ticks + 4, big));
    if (end > pcapng->reader.file->until)
        pcapng->reader.file->until = end;
}

/* interface 4, ticks 4 + 4, options */
enum es_pcapng_result es_pcapng_read_statistics(struct es_pcapng_reader *pcapng,
                                                struct es_cursor *body, struct es_frame *out)
{
    (void)out;
    const bool big = pcapng->big_endian;
    const uint8_t *fixed = es_take(body, 12);
    const uint32_t number = fixed ? es_order_u32(fixed, big) : UINT32_MAX;
    if (number >= pcapng->interface_count)
        return ES_PCAPNG_NOTHING;
    struct es_pcapng_interface *interface = &pcapng->interfaces[number];
    uint64_t drops = 0;
    bool states_drops = false;
    struct es_pcapng_option option;
    while (es_pcapng_option_next(body, big, &option)) {
        if ((option.code == OPTION_INTERFACE_DROPS || option.code == OPTION_SYSTEM_DROPS) &&
            option.length == 8) {
            drops += es_order_u64(option.value, big);
            states_drops = true;
        } else if (option.code == OPTION_END_TIME && option.length == 8)
            note_end(pcapng, interface, option.value);
    }
    if (states_drops)
        note_drops(pcapng, interface, interface->drops_counted, drops);
    return ES_PCAPNG_NOTHING;
}
