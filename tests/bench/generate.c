/*
 * Writes a capture of any size for the benchmark, the same one each time:
 *
 *     generate KIND BYTES OUT
 *
 * tunnel: one tunnel of ESP in UDP, 1400 bytes a packet, both ways
 * tunnels: 10,000 tunnels of plain ESP, in turn
 * mixed: of 20 packets 19 are TCP and UDP that have nothing to do with IPsec
 *
 * Each tunnel begins with the two messages of IKE_SA_INIT and the two of IKE_AUTH.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TUNNELS = 10000, ESP_BYTES = 1400, OTHERS = 19, PACKET_MAX = 2048, BUFFER = 1 << 20 };
enum { ETHERNET = 14, IPV4 = 20, UDP = 8, IKE_HEADER = 28 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ESP = 50 };
enum { PORT_IKE = 500, PORT_NATT = 4500 };

static uint8_t packet[PACKET_MAX];
static size_t length;
static uint64_t written;
static uint64_t packets;
static uint64_t noise = UINT64_C(0x9e3779b97f4a7c15);
static FILE *out;

/* xorshift64: ciphertext has to look like some, not to be any good. */
static uint8_t random_byte(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    return (uint8_t)(noise >> 32);
}

static void put(uint64_t number, size_t bytes)
{
    while (bytes--)
        packet[length++] = (uint8_t)(number >> 8 * bytes);
}

static void put_random(size_t bytes)
{
    while (bytes--)
        packet[length++] = random_byte();
}

static void patch16(size_t at, size_t number)
{
    packet[at] = (uint8_t)(number >> 8);
    packet[at + 1] = (uint8_t)number;
}

static void put_out(const void *bytes, size_t size)
{
    if (fwrite(bytes, size, 1, out) != 1) {
        perror("generate");
        exit(1);
    }
    written += size;
}

/* The header's numbers are in the machine's own order. */
static void put_native32(uint32_t number)
{
    put_out(&number, sizeof(number));
}

static void write_header(void)
{
    const uint16_t version[] = {2, 4};
    put_native32(0xa1b2c3d4); /* microseconds */
    put_out(version, sizeof(version));
    put_native32(0);
    put_native32(0);
    put_native32(262144);
    put_native32(1); /* Ethernet */
}

/* Ten microseconds from packet to packet: about a gigabit a second. */
static void write_packet(void)
{
    const uint64_t time = packets++ * 10;
    put_native32((uint32_t)(1700000000 + time / 1000000));
    put_native32((uint32_t)(time % 1000000));
    put_native32((uint32_t)length);
    put_native32((uint32_t)length);
    put_out(packet, length);
}

/* Two peers of a tunnel; `back` is the way from the second to the first. */
static void begin(uint32_t tunnel, bool back, uint8_t protocol)
{
    const uint32_t peers[] = {0x0a000000 + tunnel, 0xc6336401};
    length = 0;
    put(0x020000000001, 6);
    put(0x020000000002, 6);
    put(0x0800, 2);
    put(0x4500, 2);
    put(0, 2); /* length: see finish() */
    put(packets & 0xffff, 2);
    put(0, 2);
    put(64, 1);
    put(protocol, 1);
    put(0, 2); /* checksums are often left to the network card */
    put(peers[back], 4);
    put(peers[!back], 4);
}

static void put_udp(uint16_t port)
{
    put(port, 2);
    put(port, 2);
    put(0, 2); /* length: see finish() */
    put(0, 2);
}

static void finish(void)
{
    patch16(ETHERNET + 2, length - ETHERNET);
    if (packet[ETHERNET + 9] == PROTOCOL_UDP)
        patch16(ETHERNET + IPV4 + 4, length - ETHERNET - IPV4);
    write_packet();
}

static void put_ike_header(uint32_t tunnel, bool response, uint8_t next, uint8_t exchange,
                           uint32_t message_id)
{
    const bool first = exchange == 34 && !response;
    put(UINT64_C(0x1111111100000000) + tunnel, 8);
    put(first ? 0 : UINT64_C(0x2222222200000000) + tunnel, 8);
    put(next, 1);
    put(0x20, 1);
    put(exchange, 1);
    put(response ? 0x20 : 0x08, 1);
    put(message_id, 4);
    put(0, 4); /* length: see finish_ike() */
}

static void finish_ike(size_t start)
{
    patch16(start + IKE_HEADER - 2, length - start);
    finish();
}

/* The SA payload: AES-CBC-256, HMAC-SHA2-256-128, PRF-HMAC-SHA2-256, group 14. */
static void put_proposal(void)
{
    static const uint8_t sa[] = {
        34, 0, 0, 48, 0, 0, 0, 44, 1, 1, 0, 4, 3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0,
        3,  0, 0, 8,  3, 0, 0, 12, 3, 0, 0, 8, 2, 0, 0, 5,  0, 0, 0, 8,  4,    0,  0, 14,
    };
    memcpy(packet + length, sa, sizeof(sa));
    length += sizeof(sa);
}

static void write_sa_init(uint32_t tunnel, bool response)
{
    begin(tunnel, response, PROTOCOL_UDP);
    put_udp(PORT_IKE);
    const size_t start = length;
    put_ike_header(tunnel, response, 33, 34, 0);
    put_proposal();
    put(UINT64_C(0x28000108000e0000), 8); /* KE of 256 bytes, nonce next */
    put_random(256);
    put(0x00000024, 4); /* nonce of 32 bytes, the last */
    put_random(32);
    finish_ike(start);
}

static void write_auth(uint32_t tunnel, bool response, uint16_t port)
{
    const size_t sealed = 16 + 208 + 16;
    begin(tunnel, response, PROTOCOL_UDP);
    put_udp(port);
    if (port == PORT_NATT)
        put(0, 4);
    const size_t start = length;
    put_ike_header(tunnel, response, 46, 35, 1);
    put(response ? 36 : 35, 1);
    put(0, 1);
    put(4 + sealed, 2);
    put_random(sealed);
    finish_ike(start);
}

static void negotiate(uint32_t tunnel, uint16_t port)
{
    write_sa_init(tunnel, false);
    write_sa_init(tunnel, true);
    write_auth(tunnel, false, port);
    write_auth(tunnel, true, port);
}

static void write_esp(uint32_t tunnel, bool back, uint32_t sequence, bool in_udp)
{
    begin(tunnel, back, in_udp ? PROTOCOL_UDP : PROTOCOL_ESP);
    if (in_udp)
        put_udp(PORT_NATT);
    put((back ? 0xd0000000U : 0xc0000000U) + tunnel, 4);
    put(sequence, 4);
    /* The body stays as it is from packet to packet: nobody looks at it. */
    length = ETHERNET + IPV4 + (in_udp ? UDP : 0) + ESP_BYTES;
    finish();
}

static void write_other(uint64_t number)
{
    const bool tcp = number % 4 != 0;
    begin((uint32_t)(number % 251) + 20000, number % 2, tcp ? PROTOCOL_TCP : PROTOCOL_UDP);
    if (tcp) {
        put(0x01bb0000 + 40000 + number % 97, 4); /* ports */
        put(number * 1000, 4);
        put(0, 4);
        put(0x5010ffff, 4);
        put(0, 4);
    } else {
        put_udp((uint16_t)(30000 + number % 89));
    }
    length = number % 3 ? 1400 : 80;
    finish();
}

static void write_tunnel(uint64_t bytes)
{
    negotiate(1, PORT_NATT);
    for (uint32_t i = 0; written < bytes; i++)
        write_esp(1, i & 1, i / 2 + 1, true);
}

static void write_tunnels(uint64_t bytes)
{
    for (uint32_t tunnel = 1; tunnel <= TUNNELS; tunnel++)
        negotiate(tunnel, PORT_IKE);
    for (uint64_t i = 0; written < bytes; i++)
        write_esp((uint32_t)(i / 2 % TUNNELS) + 1, i & 1, (uint32_t)(i / 2 / TUNNELS) + 1, false);
}

static void write_mixed(uint64_t bytes)
{
    uint64_t number = 0;
    negotiate(1, PORT_IKE);
    for (uint32_t i = 0; written < bytes; i++) {
        write_esp(1, i & 1, i / 2 + 1, false);
        for (int other = 0; other < OTHERS; other++)
            write_other(number++);
    }
}

static const struct {
    const char *name;
    void (*write)(uint64_t bytes);
} kinds[] = {
    {"tunnel",  write_tunnel },
    {"tunnels", write_tunnels},
    {"mixed",   write_mixed  },
};

int main(int argc, char *argv[])
{
    const uint64_t bytes = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    for (size_t i = 0; bytes && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        out = fopen(argv[3], "wb");
        if (!out) {
            perror(argv[3]);
            return 1;
        }
        setvbuf(out, NULL, _IOFBF, BUFFER);
        write_header();
        put_random(PACKET_MAX);
        kinds[i].write(bytes);
        return fclose(out) ? 1 : 0;
    }
    fputs("usage: generate tunnel|tunnels|mixed BYTES OUT\n", stderr);
    return 2;
}
