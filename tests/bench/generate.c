/*
 * Writes a capture of any size for the benchmark, the same one each time:
 *
 *     generate KIND BYTES OUT [COUNT]
 *
 * tunnel: one tunnel of ESP in UDP, 1400 bytes a packet, both ways
 * tunnels: COUNT tunnels (10,000) of plain ESP in frames of 130 bytes, in turn; each is rekeyed
 * once mixed: of 20 packets 19 are TCP and UDP that have nothing to do with IPsec initiators: each
 * packet is the IKE_SA_INIT request of another initiator, never answered spis: COUNT SPIs (1) of
 * plain ESP in frames of 130 bytes, in turn, without any IKE
 *
 * Each tunnel begins with the two messages of IKE_SA_INIT and the two of IKE_AUTH. OUT is pcapng
 * when its name ends like that, else pcap.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TUNNELS = 10000, ESP_BYTES = 1400, SMALL_ESP_BYTES = 96, OTHERS = 19 };
enum { PACKET_MAX = 2048, BUFFER = 1 << 20, RECORD_HEADER = 16 };
enum { ETHERNET = 14, IPV4 = 20, UDP = 8, IKE_HEADER = 28 };
enum { PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ESP = 50 };
enum { PORT_IKE = 500, PORT_NATT = 4500, PORT_HTTP = 80, PORT_HTTPS = 443 };
enum { SA_INIT = 34, AUTH = 35, CREATE_CHILD_SA = 36, INFORMATIONAL = 37 };

static uint8_t packet[PACKET_MAX];
static size_t length;
static uint64_t written;
static uint64_t packets;
static uint64_t noise = UINT64_C(0x9e3779b97f4a7c15);
static bool pcapng;
static FILE *out;

/* xorshift64: ciphertext has to look like some and not to shrink, it need not be any good. */
static uint64_t random_number(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    return noise;
}

static void put(uint64_t number, size_t bytes)
{
    while (bytes--)
        packet[length++] = (uint8_t)(number >> 8 * bytes);
}

static void put_random(size_t bytes)
{
    for (size_t done = 0; done < bytes; done += sizeof(noise)) {
        const uint64_t number = random_number();
        const size_t left = bytes - done;
        memcpy(packet + length + done, &number, left < sizeof(number) ? left : sizeof(number));
    }
    length += bytes;
}

/* What travels in clear shrinks when it is packed. */
static void put_text(size_t bytes)
{
    static const char text[] = "content-type: text/plain; charset=utf-8\r\ncache-control: max-age=";
    for (size_t done = 0; done < bytes; done++)
        packet[length++] =
            (uint8_t)(done % 96 < 64 ? text[done % 96] : '0' + (char)(random_number() % 10));
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

/* Numbers of the file's own headers are in the machine's order. */
static void put_native32(uint32_t number)
{
    put_out(&number, sizeof(number));
}

/* A section and an interface of Ethernet whose times are in microseconds, as is the rule. */
static void write_pcapng_header(void)
{
    static const uint32_t blocks[] = {0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff,
                                      28,         1,  20,         1, 262144,     20};
    put_out(blocks, sizeof(blocks));
}

static void write_header(void)
{
    const uint16_t version[] = {2, 4};
    if (pcapng) {
        write_pcapng_header();
        return;
    }
    put_native32(0xa1b2c3d4); /* microseconds */
    put_out(version, sizeof(version));
    put_native32(0);
    put_native32(0);
    put_native32(262144);
    put_native32(1); /* Ethernet */
}

/* An enhanced packet block. */
static void write_block(uint64_t microseconds)
{
    static const uint8_t padding[4];
    const size_t padded = (length + 3) & ~(size_t)3;
    const uint32_t total = (uint32_t)padded + 32;
    const uint32_t head[] = {6,
                             total,
                             0,
                             (uint32_t)(microseconds >> 32),
                             (uint32_t)microseconds,
                             (uint32_t)length,
                             (uint32_t)length};
    put_out(head, sizeof(head));
    put_out(packet, length);
    if (padded > length)
        put_out(padding, padded - length);
    put_native32(total);
}

/* Ten microseconds from packet to packet: about a gigabit a second. */
static void write_packet(void)
{
    const uint64_t time = UINT64_C(1700000000000000) + packets++ * 10;
    if (pcapng) {
        write_block(time);
        return;
    }
    put_native32((uint32_t)(time / 1000000));
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
    const bool first = exchange == SA_INIT && !response;
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

/* The hashes of addresses behind NAT fit nothing that can be seen here. */
static void put_notifies(void)
{
    put(UINT64_C(0x2900001c00004004), 8); /* NAT_DETECTION_SOURCE_IP */
    put_random(20);
    put(UINT64_C(0x2900001c00004005), 8); /* NAT_DETECTION_DESTINATION_IP */
    put_random(20);
    put(UINT64_C(0x290000080000402e), 8); /* IKEV2_FRAGMENTATION_SUPPORTED */
    put(UINT64_C(0x000000100000402f), 8); /* SIGNATURE_HASH_ALGORITHMS: SHA2 in three sizes, */
    put(UINT64_C(0x0002000300040005), 8); /* and Identity */
}

static void write_sa_init(uint32_t tunnel, bool response, bool natted)
{
    begin(tunnel, response, PROTOCOL_UDP);
    put_udp(PORT_IKE);
    const size_t start = length;
    put_ike_header(tunnel, response, 33, SA_INIT, 0);
    put_proposal();
    put(UINT64_C(0x28000108000e0000), 8); /* KE of 256 bytes, nonce next */
    put_random(256);
    put(natted ? 0x29000024 : 0x00000024, 4); /* nonce of 32 bytes, perhaps the last */
    put_random(32);
    if (natted)
        put_notifies();
    finish_ike(start);
}

/* An encrypted message: `first` is the payload inside that comes first. */
static void write_sealed(uint32_t tunnel, bool response, uint16_t port, uint8_t exchange,
                         uint32_t message_id, uint8_t first, size_t plain)
{
    const size_t sealed = 16 + plain + 16;
    begin(tunnel, response, PROTOCOL_UDP);
    put_udp(port);
    if (port == PORT_NATT)
        put(0, 4);
    const size_t start = length;
    put_ike_header(tunnel, response, 46, exchange, message_id);
    put(first, 1);
    put(0, 1);
    put(4 + sealed, 2);
    put_random(sealed);
    finish_ike(start);
}

static void negotiate(uint32_t tunnel, uint16_t port)
{
    write_sa_init(tunnel, false, port == PORT_NATT);
    write_sa_init(tunnel, true, port == PORT_NATT);
    write_sealed(tunnel, false, port, AUTH, 1, 35, 208);
    write_sealed(tunnel, true, port, AUTH, 1, 36, 208);
}

/* A new Child SA, and the old one deleted. */
static void rekey(uint32_t tunnel, uint16_t port)
{
    for (int response = 0; response <= 1; response++)
        write_sealed(tunnel, response, port, CREATE_CHILD_SA, 2, response ? 33 : 41, 176);
    for (int response = 0; response <= 1; response++)
        write_sealed(tunnel, response, port, INFORMATIONAL, 3, 42, 16);
}

/* Each Child SA of a tunnel has a generation of SPIs. */
static void put_esp(uint32_t tunnel, bool back, uint32_t generation, uint32_t sequence,
                    size_t bytes)
{
    put((back ? 0xd0000000U : 0xc0000000U) + (generation << 24) + tunnel, 4);
    put(sequence, 4);
    put_random(bytes - 8);
}

static void write_natt_esp(uint32_t tunnel, bool back, uint32_t sequence)
{
    begin(tunnel, back, PROTOCOL_UDP);
    put_udp(PORT_NATT);
    put_esp(tunnel, back, 0, sequence, ESP_BYTES);
    finish();
}

static void write_esp(uint32_t tunnel, bool back, uint32_t generation, uint32_t sequence,
                      size_t bytes)
{
    begin(tunnel, back, PROTOCOL_ESP);
    put_esp(tunnel, back, generation, sequence, bytes);
    finish();
}

static void write_other(uint64_t number)
{
    const bool tcp = number % 4 != 0;
    const bool clear = number % 8 == 1;
    begin((uint32_t)(number % 251) + 20000, number % 2, tcp ? PROTOCOL_TCP : PROTOCOL_UDP);
    if (tcp) {
        put(clear ? PORT_HTTP : PORT_HTTPS, 2);
        put(40000 + number % 97, 2);
        put(number * 1000, 4);
        put(0, 4);
        put(0x5010ffff, 4);
        put(0, 4);
    } else {
        put_udp((uint16_t)(30000 + number % 89));
    }
    const size_t total = number % 3 ? 1400 : 80;
    if (clear)
        put_text(total - length);
    else
        put_random(total - length);
    finish();
}

static void write_tunnel(uint64_t bytes, uint32_t count)
{
    (void)count;
    negotiate(1, PORT_NATT);
    for (uint32_t i = 0; written < bytes; i++)
        write_natt_esp(1, i & 1, i / 2 + 1);
}

/* The rekeys are spread over the rounds in which each tunnel sends a packet both ways. */
static void write_tunnels(uint64_t bytes, uint32_t count)
{
    count = count ? count : TUNNELS;
    for (uint32_t tunnel = 1; tunnel <= count; tunnel++)
        negotiate(tunnel, PORT_IKE);
    const uint64_t round_bytes =
        UINT64_C(2) * count * (RECORD_HEADER + ETHERNET + IPV4 + SMALL_ESP_BYTES);
    const uint64_t rounds = written < bytes ? (bytes - written) / round_bytes + 1 : 1;
    for (uint32_t round = 0; written < bytes; round++) {
        for (uint32_t tunnel = 1; tunnel <= count && written < bytes; tunnel++) {
            const uint32_t turn = 1 + (uint32_t)(tunnel % rounds);
            const uint32_t generation = round >= turn;
            if (round == turn)
                rekey(tunnel, PORT_IKE);
            const uint32_t sequence = round - (generation ? turn : 0) + 1;
            write_esp(tunnel, false, generation, sequence, SMALL_ESP_BYTES);
            write_esp(tunnel, true, generation, sequence, SMALL_ESP_BYTES);
        }
    }
}

static void write_mixed(uint64_t bytes, uint32_t count)
{
    uint64_t number = 0;
    (void)count;
    negotiate(1, PORT_IKE);
    for (uint32_t i = 0; written < bytes; i++) {
        write_esp(1, i & 1, 0, i / 2 + 1, ESP_BYTES);
        for (int other = 0; other < OTHERS; other++)
            write_other(number++);
    }
}

static void write_initiators(uint64_t bytes, uint32_t count)
{
    (void)count;
    for (uint32_t i = 1; written < bytes; i++)
        write_sa_init(i, false, true);
}

static void write_spis(uint64_t bytes, uint32_t count)
{
    count = count ? count : 1;
    for (uint64_t i = 0; written < bytes; i++) {
        const uint32_t spi = (uint32_t)(i % count);
        write_esp(spi / 2 + 1, spi & 1, 0, (uint32_t)(i / count) + 1, SMALL_ESP_BYTES);
    }
}

static const struct {
    const char *name;
    void (*write)(uint64_t bytes, uint32_t count);
} kinds[] = {
    {"tunnel",     write_tunnel    },
    {"tunnels",    write_tunnels   },
    {"mixed",      write_mixed     },
    {"initiators", write_initiators},
    {"spis",       write_spis      },
};

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text);
    return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

int main(int argc, char *argv[])
{
    const uint64_t bytes = argc == 4 || argc == 5 ? strtoull(argv[2], NULL, 10) : 0;
    const uint32_t count = argc == 5 ? (uint32_t)strtoul(argv[4], NULL, 10) : 0;
    for (size_t i = 0; bytes && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(argv[1], kinds[i].name) != 0)
            continue;
        out = fopen(argv[3], "wb");
        if (!out) {
            perror(argv[3]);
            return 1;
        }
        setvbuf(out, NULL, _IOFBF, BUFFER);
        pcapng = ends_with(argv[3], ".pcapng");
        write_header();
        kinds[i].write(bytes, count);
        return fclose(out) ? 1 : 0;
    }
    fputs("usage: generate tunnel|tunnels|mixed|initiators|spis BYTES OUT [COUNT]\n", stderr);
    return 2;
}
