/*
 * A live interface through libpcap. The handle does not block: libpcap's own read timeout means "at
 * most" on some systems and "at least" on others, so the waiting is done here, by poll().
 */
#include "live.h"

#include "ipsec_filter.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    LARGEST_SNAPLEN = 262144,
    /* How long the kernel may gather packets before it hands them over. */
    DEFAULT_TIMEOUT_MS = 250,
    LONGEST_GATHERING_MS = 250,
    /* Drop counters are asked for once in so many frames, and whenever nothing comes. */
    FRAMES_BETWEEN_STATISTICS = 1024,
    COUNTERS = 2,
};

/* Packets that the network card lost before anybody could capture them. */
static const char *const counter_names[COUNTERS] = {"rx_missed_errors", "rx_fifo_errors"};

struct live {
    struct es_reader reader;
    pcap_t *pcap; /* owned */
    uint32_t link_type;
    es_time fraction; /* ns in a unit of tv_usec */
    int timeout_ms;
    bool has_flags;         /* an interface that may go down, not "any" */
    int counters[COUNTERS]; /* open files, or -1 */
    uint64_t lost_before;   /* what they counted when the capture began */
    uint32_t kernel_drops;  /* as libpcap counted last, in 32 bits */
};

static uint64_t lost_by_card(const struct live *live)
{
    uint64_t lost = 0;
    for (size_t i = 0; i < COUNTERS; i++) {
        char digits[32];
        const ssize_t length =
            live->counters[i] < 0 ? -1 : pread(live->counters[i], digits, sizeof(digits) - 1, 0);
        if (length <= 0)
            continue;
        digits[length] = 0;
        lost += strtoull(digits, NULL, 10);
    }
    return lost;
}

/* libpcap reads the card's counters too, but by name, which a sandboxed process cannot. */
static void open_counters(struct live *live, const char *interface)
{
    for (size_t i = 0; i < COUNTERS; i++) {
        char path[128];
        const int length = snprintf(path, sizeof(path), "/sys/class/net/%s/statistics/%s",
                                    interface, counter_names[i]);
        if (!strchr(interface, '/') && length > 0 && (size_t)length < sizeof(path))
            live->counters[i] = open(path, O_RDONLY | O_CLOEXEC);
    }
    live->lost_before = lost_by_card(live);
}

static void count_drops(struct live *live)
{
    struct es_source_file *file = live->reader.file;
    struct pcap_stat statistics;
    if (pcap_stats(live->pcap, &statistics) == 0) {
        file->drops += (uint32_t)(statistics.ps_drop - live->kernel_drops);
        live->kernel_drops = statistics.ps_drop;
    }
    const uint64_t lost = lost_by_card(live);
    /* A driver that is loaded anew counts from zero. */
    if (lost > live->lost_before)
        file->drops += lost - live->lost_before;
    live->lost_before = lost;
}

static void look_whether_up(struct live *live)
{
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", live->reader.file->name);
    if (live->has_flags && ioctl(pcap_fileno(live->pcap), SIOCGIFFLAGS, &request) == 0)
        live->reader.file->is_down = !(request.ifr_flags & IFF_UP);
}

/* Waits for packets. A signal ends the waiting too, so that the caller can look at its flags. */
static void wait_for_packets(const struct live *live)
{
    struct pollfd wanted = {.fd = pcap_get_selectable_fd(live->pcap), .events = POLLIN};
    int wait = live->timeout_ms;
    const struct timeval *required = pcap_get_required_select_timeout(live->pcap);
    if (required && required->tv_sec == 0 && required->tv_usec / 1000 < wait)
        wait = (int)(required->tv_usec / 1000) + 1;
    if (wanted.fd < 0)
        poll(NULL, 0, wait < 10 ? wait : 10);
    else
        poll(&wanted, 1, wait);
}

static enum es_step live_next(struct es_reader *reader, struct es_frame *out)
{
    struct live *live = (struct live *)reader;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = pcap_next_ex(live->pcap, &header, &bytes);
    if (result == 0) {
        wait_for_packets(live);
        result = pcap_next_ex(live->pcap, &header, &bytes);
    }
    if (result != 1 || reader->number % FRAMES_BETWEEN_STATISTICS == 0) {
        count_drops(live);
        look_whether_up(live);
    }
    if (result == 0)
        return ES_STEP_IDLE;
    if (result != 1) {
        if (result != PCAP_ERROR_BREAK)
            es_file_damage(reader->file, ES_ERROR_LIBRARY, "%s", pcap_geterr(live->pcap));
        return ES_STEP_END;
    }
    *out = (struct es_frame){
        .bytes = bytes,
        .held = header->caplen,
        .wire = header->len,
        .ref = es_packet_ref(++reader->number, reader->index,
                             header->ts.tv_sec * ES_SECOND + header->ts.tv_usec * live->fraction),
        .link_type = live->link_type,
        .timed = true,
    };
    return ES_STEP_FRAME;
}

static const char *live_interface_name(const struct es_reader *reader, const struct es_frame *frame)
{
    (void)frame;
    return reader->file->name;
}

static void live_free(struct es_reader *reader)
{
    struct live *live = (struct live *)reader;
    if (live->pcap)
        pcap_close(live->pcap);
    for (size_t i = 0; i < COUNTERS; i++) {
        if (live->counters[i] >= 0)
            close(live->counters[i]);
    }
    free(live);
}

static const struct es_reader_ops ops = {
    .next = live_next,
    .interface_name = live_interface_name,
    .free = live_free,
};

/* Settings that can fail only where libpcap does not know them are not checked. */
static bool activate(struct live *live, const char *interface,
                     const struct es_live_options *options, struct es_error *error)
{
    pcap_t *pcap = live->pcap;
    const int snaplen = options->snaplen > 0 ? options->snaplen : LARGEST_SNAPLEN;
    pcap_set_snaplen(pcap, snaplen < LARGEST_SNAPLEN ? snaplen : LARGEST_SNAPLEN);
    pcap_set_promisc(pcap, options->promiscuous);
    pcap_set_timeout(pcap, live->timeout_ms < LONGEST_GATHERING_MS ? live->timeout_ms
                                                                   : LONGEST_GATHERING_MS);
    if (options->buffer_kib > 0 && options->buffer_kib <= INT_MAX / 1024)
        pcap_set_buffer_size(pcap, options->buffer_kib * 1024);
    pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO);

    const int status = pcap_activate(pcap);
    if (status < 0) {
        const char *detail = pcap_geterr(pcap);
        const char *what = status == PCAP_ERROR && detail[0] ? "" : pcap_statustostr(status);
        return es_error_set(error, ES_ERROR_SYSTEM, "%s: %s%s%s", interface, what,
                            what[0] && detail[0] ? ": " : "", detail);
    }
    char reason[PCAP_ERRBUF_SIZE] = "";
    if (pcap_setnonblock(pcap, 1, reason) != 0)
        return es_error_set(error, ES_ERROR_LIBRARY, "%s: %s", interface, reason);
    return true;
}

static bool set_filter(struct live *live, const char *interface, const char *expression,
                       struct es_error *error)
{
    struct bpf_program code;
    if (pcap_compile(live->pcap, &code, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return es_error_set(error, ES_ERROR_USAGE, "the filter \"%.200s\" cannot be used on %s: %s",
                            expression, interface, pcap_geterr(live->pcap));
    const int status = pcap_setfilter(live->pcap, &code);
    pcap_freecode(&code);
    if (status != 0)
        return es_error_set(error, ES_ERROR_LIBRARY, "%s: the filter is refused: %s", interface,
                            pcap_geterr(live->pcap));
    return true;
}

static bool set_ipsec_filter(struct live *live, const char *interface,
                             const struct es_live_options *options, struct es_error *error)
{
    struct bpf_program code;
    if (!es_ipsec_filter_compile(live->pcap, options, &code, error))
        return false;
    const int status = pcap_setfilter(live->pcap, &code);
    es_ipsec_filter_free(&code);
    if (status != 0)
        return es_error_set(error, ES_ERROR_LIBRARY, "%s: the filter is refused: %s", interface,
                            pcap_geterr(live->pcap));
    return true;
}

static void add_interface(struct es_text *text, const pcap_if_t *interface)
{
    es_text_add_printable(text, (const uint8_t *)interface->name, strlen(interface->name));
    es_text_addf(text, "  %s", interface->flags & PCAP_IF_UP ? "up" : "down");
    if (interface->flags & PCAP_IF_LOOPBACK)
        es_text_add(text, ", loopback");
    for (const pcap_addr_t *a = interface->addresses; a; a = a->next) {
        char chars[INET6_ADDRSTRLEN];
        const void *bytes = NULL;
        if (a->addr && a->addr->sa_family == AF_INET)
            bytes = &((const struct sockaddr_in *)(const void *)a->addr)->sin_addr;
        else if (a->addr && a->addr->sa_family == AF_INET6)
            bytes = &((const struct sockaddr_in6 *)(const void *)a->addr)->sin6_addr;
        if (bytes && inet_ntop(a->addr->sa_family, bytes, chars, sizeof(chars)))
            es_text_addf(text, "  %s", chars);
    }
    es_text_add(text, "\n");
}

bool es_live_interfaces(struct es_text *text, struct es_error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    pcap_if_t *all = NULL;
    if (pcap_findalldevs(&all, reason) != 0)
        return es_error_set(error, ES_ERROR_LIBRARY, "%s", reason);
    for (const pcap_if_t *interface = all; interface; interface = interface->next) {
        /* Sources that are no network interface (USB, Bluetooth, netlink) carry no IPsec. */
        if (interface->flags & PCAP_IF_UP || interface->addresses)
            add_interface(text, interface);
    }
    pcap_freealldevs(all);
    return true;
}

struct es_reader *es_live_open(const struct es_reader *base, const char *interface,
                               const struct es_live_options *options, struct es_error *error)
{
    char reason[PCAP_ERRBUF_SIZE] = "";
    struct live *live = calloc(1, sizeof(*live));
    if (!live) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory to watch %s", interface);
        return NULL;
    }
    live->reader = *base;
    live->reader.ops = &ops;
    for (size_t i = 0; i < COUNTERS; i++)
        live->counters[i] = -1;
    live->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    live->pcap = pcap_create(interface, reason);
    if (!live->pcap) {
        es_error_set(error, ES_ERROR_LIBRARY, "%s: %s", interface, reason);
        goto failed;
    }
    if (!activate(live, interface, options, error))
        goto failed;
    if (options->ipsec_only
            ? !set_ipsec_filter(live, interface, options, error)
            : options->filter && !set_filter(live, interface, options->filter, error))
        goto failed;
    live->link_type = es_link_type_from_dlt(pcap_datalink(live->pcap));
    live->has_flags = if_nametoindex(interface) != 0;
    open_counters(live, interface);
    live->fraction =
        pcap_get_tstamp_precision(live->pcap) == PCAP_TSTAMP_PRECISION_NANO ? 1 : ES_MICROSECOND;
    return &live->reader;
failed:
    live_free(&live->reader);
    return NULL;
}
