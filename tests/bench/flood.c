/*
 * Sends packets on an interface as fast as it can, or at a rate, for a number of seconds:
 *
 *     flood INTERFACE tunnel|forged SECONDS [RATE]
 *
 * tunnel: the ESP of one tunnel, both ways, 100 bytes a packet
 * forged: what somebody sends who wants to fill tables: ESP and IKE_SA_INIT with new SPIs from new
 *         addresses each time, three to one
 *
 * Prints how many were sent and in how many seconds. Linux, and root in its network namespace.
 */
#ifdef __linux__

#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 64, PACKET_MAX = 128, LONGEST_S = 3600 };
enum { ETHERNET = 14, IPV4 = 20, UDP = 8, ESP_BYTES = 100, IKE_HEADER = 28 };
enum { PROTOCOL_UDP = 17, PROTOCOL_ESP = 50, PORT_IKE = 500 };

struct packet {
    uint8_t bytes[PACKET_MAX];
    size_t length;
};

static struct packet packets[BATCH];
static uint64_t noise = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t random_number(void)
{
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    return noise;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void put(struct packet *p, uint64_t number, size_t bytes)
{
    while (bytes--)
        p->bytes[p->length++] = (uint8_t)(number >> 8 * bytes);
}

static void begin(struct packet *p, uint32_t from, uint32_t to, uint8_t protocol, size_t body)
{
    p->length = 0;
    put(p, 0x020000000001, 6);
    put(p, 0x020000000002, 6);
    put(p, 0x0800, 2);
    put(p, 0x4500, 2);
    put(p, IPV4 + body, 2);
    put(p, 0, 4);
    put(p, 64, 1);
    put(p, protocol, 1);
    put(p, 0, 2); /* a checksum that a card would have filled in */
    put(p, from, 4);
    put(p, to, 4);
}

static void make_esp(struct packet *p, uint32_t from, uint32_t to, uint32_t spi, uint32_t sequence)
{
    begin(p, from, to, PROTOCOL_ESP, ESP_BYTES - IPV4);
    put(p, spi, 4);
    put(p, sequence, 4);
    while (p->length < ETHERNET + ESP_BYTES)
        put(p, random_number(), 4);
}

/* An IKE_SA_INIT request of a header and a nonce. */
static void make_ike(struct packet *p, uint32_t from, uint32_t to)
{
    enum { NONCE = 4 + 16 };
    begin(p, from, to, PROTOCOL_UDP, UDP + IKE_HEADER + NONCE);
    put(p, PORT_IKE, 2);
    put(p, PORT_IKE, 2);
    put(p, UDP + IKE_HEADER + NONCE, 2);
    put(p, 0, 2);
    put(p, random_number() | 1, 8);
    put(p, 0, 8);
    put(p, 0x28202208, 4);
    put(p, 0, 4);
    put(p, IKE_HEADER + NONCE, 4);
    put(p, NONCE, 4);
    put(p, random_number(), 8);
    put(p, random_number(), 8);
}

static void make_batch(bool forged, uint64_t sent)
{
    const uint32_t peers[] = {0x0a090001, 0x0a090002};
    for (uint64_t i = 0; i < BATCH; i++) {
        const uint64_t number = sent + i;
        const uint32_t from = 0x0a000000 | (uint32_t)(random_number() & 0xffffff);
        if (!forged)
            make_esp(&packets[i], peers[number & 1], peers[!(number & 1)],
                     0xc0000001 + (uint32_t)(number & 1), (uint32_t)(number / 2 + 1));
        else if (number % 4 == 0)
            make_ike(&packets[i], from, peers[1]);
        else
            make_esp(&packets[i], from, peers[1], (uint32_t)random_number() | 0x100, 1);
    }
}

static int open_socket(const char *interface)
{
    const int one = 1;
    const int fd = socket(AF_PACKET, SOCK_RAW, 0);
    const struct sockaddr_ll to = {.sll_family = AF_PACKET,
                                   .sll_ifindex = (int)if_nametoindex(interface)};
    if (fd < 0 || !to.sll_ifindex || bind(fd, (const struct sockaddr *)&to, sizeof(to)) != 0)
        return -1;
    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one));
    return fd;
}

/* Packets that were sent in that time; `rate` is in packets a second, 0 for all that go. */
static uint64_t flood(int fd, bool forged, double seconds, double rate)
{
    struct mmsghdr messages[BATCH] = {0};
    struct iovec parts[BATCH];
    const double start = now();
    uint64_t sent = 0;
    while (now() - start < seconds) {
        if (rate > 0 && (double)sent > (now() - start) * rate) {
            usleep(200);
            continue;
        }
        make_batch(forged, sent);
        for (size_t i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){packets[i].bytes, packets[i].length};
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
        }
        const int count = sendmmsg(fd, messages, BATCH, 0);
        if (count > 0)
            sent += (uint64_t)count;
        else
            usleep(100);
    }
    return sent;
}

int main(int argc, char *argv[])
{
    const double seconds = argc >= 4 ? strtod(argv[3], NULL) : 0;
    const double rate = argc == 5 ? strtod(argv[4], NULL) : 0;
    const bool forged = argc >= 4 && strcmp(argv[2], "forged") == 0;
    if (argc < 4 || argc > 5 || seconds <= 0 || seconds > LONGEST_S ||
        (!forged && strcmp(argv[2], "tunnel") != 0)) {
        fputs("usage: flood INTERFACE tunnel|forged SECONDS [RATE]\n", stderr);
        return 2;
    }
    const int fd = open_socket(argv[1]);
    if (fd < 0) {
        perror(argv[1]);
        return 1;
    }
    const double start = now();
    const uint64_t sent = flood(fd, forged, seconds, rate);
    printf("%llu %.3f\n", (unsigned long long)sent, now() - start);
    return 0;
}

#else

#include <stdio.h>

int main(void)
{
    fputs("flood: only on Linux\n", stderr);
    return 1;
}

#endif
