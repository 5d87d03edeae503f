/*
 * Ways to spoil packets.
 */
#include "packets.h"

#include <stdlib.h>
#include <string.h>

static struct packet *any(const struct packets *packets, struct dice *dice)
{
    return packets->count ? &packets->at[dice_roll(dice, packets->count)] : NULL;
}

static void flip_bits(struct packets *packets, struct dice *dice)
{
    for (uint64_t n = 1 + dice_roll(dice, 32); n > 0; n--) {
        struct packet *packet = any(packets, dice);
        if (packet && packet->held)
            packet->bytes[dice_roll(dice, packet->held)] ^= (uint8_t)(1U << dice_roll(dice, 8));
    }
}

/* Bytes become 0, 255, or anything, as lengths and counts that lie do. */
static void set_bytes(struct packets *packets, struct dice *dice)
{
    for (uint64_t n = 1 + dice_roll(dice, 8); n > 0; n--) {
        struct packet *packet = any(packets, dice);
        if (!packet || !packet->held)
            continue;
        const size_t at = dice_roll(dice, packet->held);
        const size_t size = 1 + dice_roll(dice, packet->held - at < 8 ? packet->held - at : 8);
        const uint64_t how = dice_roll(dice, 3);
        for (size_t i = at; i < at + size && i < packet->held; i++)
            packet->bytes[i] = how == 0 ? 0 : how == 1 ? 0xff : (uint8_t)dice_roll(dice, 256);
    }
}

/* One packet's tail on another's head. */
static void splice(struct packets *packets, struct dice *dice)
{
    struct packet *head = any(packets, dice);
    const struct packet *tail = any(packets, dice);
    if (!head || head == tail || !head->held || !tail->held)
        return;
    const size_t at = dice_roll(dice, head->held);
    const size_t from = dice_roll(dice, tail->held);
    const size_t size = head->held - at < tail->held - from ? head->held - at : tail->held - from;
    memcpy(head->bytes + at, tail->bytes + from, size);
}

/* The capture kept less of them, or all of them have become shorter. */
static void shorten(struct packets *packets, struct dice *dice)
{
    const bool captured = dice_roll(dice, 2);
    const uint64_t one_in = 1 + dice_roll(dice, 8);
    for (size_t i = 0; i < packets->count; i++) {
        struct packet *packet = &packets->at[i];
        if (dice_roll(dice, one_in) || !packet->held)
            continue;
        const size_t held = dice_roll(dice, packet->held);
        uint8_t *bytes = malloc(held ? held : 1);
        if (!bytes)
            abort();
        memcpy(bytes, packet->bytes, held);
        free(packet->bytes);
        packet->bytes = bytes;
        packet->wire = captured ? packet->wire : held;
        packet->held = held;
    }
}

static void drop(struct packets *packets, struct dice *dice)
{
    const uint64_t one_in = 2 + dice_roll(dice, 20);
    size_t kept = 0;
    for (size_t i = 0; i < packets->count; i++) {
        if (dice_roll(dice, one_in) == 0)
            free(packets->at[i].bytes);
        else
            packets->at[kept++] = packets->at[i];
    }
    packets->count = kept;
}

static void duplicate(struct packets *packets, struct dice *dice)
{
    struct packets out = {0};
    const uint64_t one_in = 1 + dice_roll(dice, 10);
    for (size_t i = 0; i < packets->count; i++) {
        packets_add(&out, &packets->at[i]);
        for (uint64_t n = dice_roll(dice, one_in) ? 0 : 1 + dice_roll(dice, 3); n > 0; n--)
            packets_add(&out, &packets->at[i]);
    }
    packets_fini(packets);
    *packets = out;
}

/* Packets change places, near ones or any two; the times stay where they were, or go with them. */
static void shuffle(struct packets *packets, struct dice *dice)
{
    const size_t reach = dice_roll(dice, 2) ? packets->count : 4;
    const bool with_time = dice_roll(dice, 2);
    for (size_t i = 0; i < packets->count; i++) {
        const size_t other = i + dice_roll(dice, reach) % (packets->count - i);
        const struct packet kept = packets->at[i];
        packets->at[i] = packets->at[other];
        packets->at[other] = kept;
        if (!with_time) {
            const es_time time = packets->at[i].time;
            packets->at[i].time = packets->at[other].time;
            packets->at[other].time = time;
        }
    }
}

static void reverse_times(struct packets *packets, struct dice *dice)
{
    (void)dice;
    for (size_t i = 0, j = packets->count; i < j;) {
        const es_time time = packets->at[i].time;
        packets->at[i++].time = packets->at[--j].time;
        packets->at[j].time = time;
    }
}

/* No source hands out a time beyond the ends of time. */
static void set_time(struct packet *packet, double time)
{
    const double end = (double)ES_TIME_MAX;
    packet->time = time >= end ? ES_TIME_MAX : time <= -end ? -ES_TIME_MAX : (es_time)time;
}

/* From some packet on the clock is years off, once or again and again; to the ends of time. */
static void jump(struct packets *packets, struct dice *dice)
{
    static const double year = 365.0 * 86400e9;
    static const es_time extremes[] = {-ES_TIME_MAX, -1, 0, 1, ES_TIME_MAX - 1, ES_TIME_MAX};
    double off = 0;
    for (size_t i = 0; i < packets->count; i++) {
        if (dice_roll(dice, packets->count / 4 + 1) == 0)
            off = ((double)dice_roll(dice, 41) - 20) * year;
        set_time(&packets->at[i], (double)packets->at[i].time + off);
        if (dice_roll(dice, 4 * packets->count) == 0)
            packets->at[i].time = extremes[dice_roll(dice, ES_COUNT(extremes))];
    }
}

/* Hours in between, as in a capture that slept. */
static void stretch(struct packets *packets, struct dice *dice)
{
    const double factor = (double)(1 + dice_roll(dice, 1000));
    const double first = packets->count ? (double)packets->at[0].time : 0;
    for (size_t i = 1; i < packets->count; i++)
        set_time(&packets->at[i], first + ((double)packets->at[i].time - first) * factor);
}

static void untime(struct packets *packets, struct dice *dice)
{
    for (size_t i = 0; i < packets->count; i++)
        packets->at[i].timed = dice_roll(dice, 2);
}

static void mix(struct packets *packets, struct dice *dice)
{
    static void (*const ways[])(struct packets *, struct dice *) = {
        flip_bits, set_bytes, splice, shorten, drop, duplicate, shuffle, jump, reverse_times,
    };
    for (uint64_t n = 2 + dice_roll(dice, 4); n > 0 && packets->count; n--)
        ways[dice_roll(dice, ES_COUNT(ways))](packets, dice);
}

const struct mutation mutations[] = {
    {"flip",      flip_bits,     true },
    {"set",       set_bytes,     true },
    {"splice",    splice,        true },
    {"shorten",   shorten,       true },
    {"drop",      drop,          true },
    {"duplicate", duplicate,     true },
    {"shuffle",   shuffle,       true },
    {"reverse",   reverse_times, true },
    {"jump",      jump,          false},
    {"stretch",   stretch,       false},
    {"untime",    untime,        true },
    {"mix",       mix,           false},
};
const size_t mutation_count = ES_COUNT(mutations);
