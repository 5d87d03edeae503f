/*
 * What a pcapng interface says of its packets: link type, name, and the meaning of a tick.
 */
#include "order.h"
#include "pcapng.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_END = 0,
    OPTION_NAME = 2,
    OPTION_RESOLUTION = 9,
    OPTION_OFFSET = 14,
};

enum { LONGEST_NAME = 255, DEFAULT_RESOLUTION = 6, POWER_OF_TWO = 0x80 };

static const uint64_t SECOND = 1000000000;

/*
 * In units of 10^-29 s and below no tick count comes to a nanosecond, nor does it in units of
 * 2^-127 s, which serve for all of these.
 */
enum { FINEST_DECIMAL = 28, FINEST_BINARY = 127 };

/* The most fraction bits whose value times a thousand million fits in 64 bits. */
enum { FRACTION_BITS = 34 };

bool es_pcapng_option_next(struct es_cursor *options, bool big_endian, struct es_pcapng_option *out)
{
    if (es_left(options) < 4)
        return false;
    const uint8_t *header = es_take(options, 4);
    out->code = es_order_u16(header, big_endian);
    out->length = es_order_u16(header + 2, big_endian);
    if (out->code == OPTION_END)
        return false;
    out->value = es_take(options, out->length);
    if (!out->value)
        return false;
    const size_t padding = (4 - out->length % 4u) % 4;
    es_take(options, padding < es_left(options) ? padding : es_left(options));
    return true;
}

static void set_resolution(struct es_pcapng_interface *interface, uint8_t resolution)
{
    const unsigned exponent = resolution & ~(unsigned)POWER_OF_TWO;
    interface->multiply = interface->divide = 0;
    interface->shift = exponent;
    if (resolution & POWER_OF_TWO)
        return;
    if (exponent > FINEST_DECIMAL) {
        interface->shift = FINEST_BINARY;
        return;
    }
    uint64_t power = 1;
    for (unsigned i = 9; i < exponent; i++)
        power *= 10;
    if (exponent > 9) {
        interface->divide = power;
        return;
    }
    for (unsigned i = exponent; i < 9; i++)
        power *= 10;
    interface->multiply = power;
    interface->most_ticks = INT64_MAX / power;
}

static void set_offset(struct es_pcapng_interface *interface, uint64_t wire)
{
    int64_t seconds;
    memcpy(&seconds, &wire, sizeof(seconds));
    const int64_t most = ES_TIME_MAX / ES_SECOND;
    if (seconds > most)
        seconds = most;
    if (seconds < -most)
        seconds = -most;
    interface->offset = seconds * ES_SECOND;
}

static bool set_name(struct es_pcapng_interface *interface, const uint8_t *name, size_t length)
{
    const size_t kept = length < LONGEST_NAME ? length : LONGEST_NAME;
    free(interface->name);
    interface->name = calloc(1, kept + 1);
    if (interface->name)
        memcpy(interface->name, name, kept);
    return interface->name;
}

bool es_pcapng_interface_parse(struct es_pcapng_interface *interface, struct es_cursor *body,
                               bool big_endian)
{
    *interface = (struct es_pcapng_interface){0};
    set_resolution(interface, DEFAULT_RESOLUTION);
    const uint8_t *fixed = es_take(body, 8);
    if (!fixed)
        return false;
    interface->link_type = es_order_u16(fixed, big_endian);
    interface->snaplen = es_order_u32(fixed + 4, big_endian);

    struct es_pcapng_option option;
    while (es_pcapng_option_next(body, big_endian, &option)) {
        if (option.code == OPTION_RESOLUTION && option.length == 1)
            set_resolution(interface, option.value[0]);
        else if (option.code == OPTION_OFFSET && option.length == 8)
            set_offset(interface, es_order_u64(option.value, big_endian));
        else if (option.code == OPTION_NAME && option.length > 0 &&
                 !set_name(interface, option.value, option.length))
            return false;
    }
    return true;
}

void es_pcapng_interface_fini(struct es_pcapng_interface *interface)
{
    free(interface->name);
    interface->name = NULL;
}

/* Ticks of 2^-shift seconds. */
static uint64_t binary_ticks_to_ns(uint64_t ticks, unsigned shift)
{
    const uint64_t seconds = shift < 64 ? ticks >> shift : 0;
    uint64_t fraction = shift < 64 ? ticks & ((UINT64_C(1) << shift) - 1) : ticks;
    if (seconds > INT64_MAX / SECOND - 1)
        return INT64_MAX;
    if (shift > FRACTION_BITS) {
        const unsigned less = shift - FRACTION_BITS;
        fraction = less < 64 ? fraction >> less : 0;
        shift = FRACTION_BITS;
    }
    return seconds * SECOND + (fraction * SECOND >> shift);
}

es_time es_pcapng_time(const struct es_pcapng_interface *interface, uint64_t ticks)
{
    uint64_t ns;
    if (ES_LIKELY(interface->multiply))
        ns = ticks <= interface->most_ticks ? ticks * interface->multiply : INT64_MAX;
    else if (interface->divide)
        ns = ticks / interface->divide;
    else
        ns = binary_ticks_to_ns(ticks, interface->shift);
    const es_time time = ns < ES_TIME_MAX ? (es_time)ns : ES_TIME_MAX;
    if (interface->offset > ES_TIME_MAX - time)
        return ES_TIME_MAX;
    return time + interface->offset;
}

bool es_pcapng_ticks(const struct es_pcapng_interface *interface, es_time time, uint64_t *ticks)
{
    /* Beyond this the seconds would not fit. */
    enum { SHIFT_MAX = 30 };
    if (time < interface->offset)
        return false;
    const uint64_t ns = (uint64_t)(time - interface->offset);
    if (interface->multiply) {
        *ticks = ns / interface->multiply;
        return true;
    }
    if (interface->divide) {
        *ticks = ns * interface->divide;
        return ns <= UINT64_MAX / interface->divide;
    }
    if (interface->shift > SHIFT_MAX)
        return false;
    *ticks = (ns / SECOND << interface->shift) + ((ns % SECOND << interface->shift) / SECOND);
    return true;
}
