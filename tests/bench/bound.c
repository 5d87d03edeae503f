/*
 * The least that a tool like espial has to do, written down by hand: reads a pcap file in pieces of
 * 1 MiB, looks at Ethernet, IPv4 and UDP, and counts ESP and IKE by flow in a hash table. No other
 * link, no fragments, no findings, no doubts about the file. What espial takes is held against it.
 *
 *     bound FILE
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 20, FILE_HEADER = 24, RECORD_HEADER = 16, FIRST_SLOTS = 1024 };
enum { ETHERNET = 14, IPV4 = 20, UDP = 8, IKE_HEADER = 28 };
enum { PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PORT_IKE = 500, PORT_NATT = 4500 };

/* An ESP flow by addresses and SPI, or one end of an IKE SA by addresses and its own SPI. */
struct key {
    uint32_t source, destination;
    uint64_t spi;
};

struct flow {
    struct key key; /* spi 0: free */
    uint64_t packets, bytes;
    uint64_t first, last; /* microseconds */
    uint32_t sequence, lost;
};

static struct flow *flows;
static size_t slots; /* a power of two */
static size_t used;

static uint16_t u16(const uint8_t *b)
{
    return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t u32(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static uint32_t native32(const uint8_t *b)
{
    uint32_t number;
    memcpy(&number, b, sizeof(number));
    return number;
}

static size_t hash(const struct key *key)
{
    uint64_t h = ((uint64_t)key->source << 32 | key->destination) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32 ^ key->spi) * UINT64_C(0xd6e8feb86659fd93);
    return (size_t)(h ^ h >> 32);
}

static struct flow *slot_of(const struct key *key)
{
    size_t at = hash(key) & (slots - 1);
    while (flows[at].key.spi && memcmp(&flows[at].key, key, sizeof(*key)) != 0)
        at = (at + 1) & (slots - 1);
    return &flows[at];
}

static void grow(void)
{
    struct flow *old = flows;
    const size_t count = slots;
    slots = count ? 2 * count : FIRST_SLOTS;
    flows = calloc(slots, sizeof(*flows));
    if (!flows) {
        perror("bound");
        exit(1);
    }
    for (size_t i = 0; i < count; i++)
        if (old[i].key.spi)
            *slot_of(&old[i].key) = old[i];
    free(old);
}

static struct flow *flow_of(const uint8_t *ip, uint64_t spi)
{
    const struct key key = {u32(ip + 12), u32(ip + 16), spi};
    if (2 * used >= slots)
        grow();
    struct flow *flow = slot_of(&key);
    if (!flow->key.spi) {
        flow->key = key;
        used++;
    }
    return flow;
}

static void count(struct flow *flow, uint32_t wire, uint64_t time)
{
    if (flow->packets++ == 0)
        flow->first = time;
    flow->bytes += wire;
    flow->last = time;
}

static void take_esp(const uint8_t *ip, const uint8_t *esp, uint32_t wire, uint64_t time)
{
    struct flow *flow = flow_of(ip, u32(esp));
    const uint32_t sequence = u32(esp + 4);
    if (flow->packets && sequence != flow->sequence + 1)
        flow->lost += sequence - flow->sequence - 1;
    flow->sequence = sequence;
    count(flow, wire, time);
}

static void take_ike(const uint8_t *ip, const uint8_t *ike, uint32_t wire, uint64_t time)
{
    count(flow_of(ip, (uint64_t)u32(ike) << 32 | u32(ike + 4)), wire, time);
}

static void take_udp(const uint8_t *ip, const uint8_t *udp, const uint8_t *end, uint32_t wire,
                     uint64_t time)
{
    const uint16_t from = u16(udp);
    const uint16_t to = u16(udp + 2);
    const uint8_t *payload = udp + UDP;
    if ((from == PORT_NATT || to == PORT_NATT) && end - payload >= 8) {
        if (u32(payload))
            take_esp(ip, payload, wire, time);
        else if (end - payload >= 4 + IKE_HEADER)
            take_ike(ip, payload + 4, wire, time);
    } else if ((from == PORT_IKE || to == PORT_IKE) && end - payload >= IKE_HEADER) {
        take_ike(ip, payload, wire, time);
    }
}

static void take(const uint8_t *frame, uint32_t held, uint32_t wire, uint64_t time)
{
    const uint8_t *ip = frame + ETHERNET;
    const uint8_t *end = frame + held;
    if (held < ETHERNET + IPV4 + UDP || u16(frame + ETHERNET - 2) != 0x0800 || ip[0] >> 4 != 4)
        return;
    const uint8_t *payload = ip + (size_t)(ip[0] & 15) * 4;
    if (end - payload < UDP)
        return;
    if (ip[9] == PROTOCOL_ESP)
        take_esp(ip, payload, wire, time);
    else if (ip[9] == PROTOCOL_UDP)
        take_udp(ip, payload, end, wire, time);
}

/* Reads the records in [at, end); returns the first that is not there as a whole. */
static uint8_t *take_records(uint8_t *at, const uint8_t *end, uint64_t *packets)
{
    while (end - at >= RECORD_HEADER) {
        const uint32_t held = native32(at + 8);
        if ((size_t)(end - at) < RECORD_HEADER + (size_t)held)
            break;
        take(at + RECORD_HEADER, held, native32(at + 12),
             native32(at) * UINT64_C(1000000) + native32(at + 4));
        at += RECORD_HEADER + held;
        ++*packets;
    }
    return at;
}

int main(int argc, char *argv[])
{
    static uint8_t piece[2 * PIECE];
    const int file = argc == 2 ? open(argv[1], O_RDONLY) : -1;
    if (file < 0 || read(file, piece, FILE_HEADER) != FILE_HEADER) {
        fputs("usage: bound FILE (a pcap file of this machine's byte order)\n", stderr);
        return 2;
    }
    uint64_t packets = 0;
    size_t held = 0;
    ssize_t more;
    while ((more = read(file, piece + held, PIECE)) > 0) {
        held += (size_t)more;
        uint8_t *rest = take_records(piece, piece + held, &packets);
        held -= (size_t)(rest - piece);
        memmove(piece, rest, held);
        if (held > PIECE)
            return 1;
    }
    uint64_t counted = 0;
    for (size_t i = 0; i < slots; i++)
        counted += flows[i].packets;
    printf("%" PRIu64 " packets, %" PRIu64 " of them of IPsec in %zu flows\n", packets, counted,
           used);
    free(flows);
    return more < 0;
}
