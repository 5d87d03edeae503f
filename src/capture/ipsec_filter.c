/*
 * What a live capture lets through: IKE, ESP and AH, in UDP and TCP, tagged and in fragments, and
 * the ICMP errors that quote them. Nothing else costs the capturing machine more than the kernel's
 * look at its header.
 */
#include "ipsec_filter.h"

#include <stdlib.h>
#include <string.h>

/*
 * RFC 7296, 2 and 3948, 2 (UDP); RFC 9329 (TCP); fragments have no ports, so all of them pass, the
 * first ones too, whose ports may be any. Behind an ICMP error's 8 bytes stands the refused packet:
 * its protocol at byte 9 of an IPv4 header, byte 6 of an IPv6 header.
 */
#define PORTS                                                                                      \
    "udp port 500 or tcp port 4500 or (ip6 and udp port 4500) or "                                 \
    "(ip and udp port 4500 and (udp[8:4] == 0 or udp[4:2] < 13))"
#define FRAGMENTS "ip[6:2] & 0x3fff != 0 or ip6 proto 44"
#define ICMP                                                                                       \
    "(icmp[0] == 3 or icmp[0] == 11 or icmp[0] == 12) and "                                        \
    "(icmp[17] == 50 or icmp[17] == 51 or icmp[17] == 17)"
#define ICMPV6                                                                                     \
    "icmp6 and ip6[40] >= 1 and ip6[40] <= 4 and (ip6[54] == 50 or ip6[54] == 51 or ip6[54] == "   \
    "17)"

#define WHOLE PORTS " or (" FRAGMENTS ") or (" ICMP ") or (" ICMPV6 ")"
/* ESP in UDP begins with its SPI, which is not 0 (RFC 3948, 2.1); libpcap looks into UDP in IPv4
 * only, so in IPv6 all of it counts as IKE. */
#define DATA                                                                                       \
    "(ip and udp port 4500 and udp[8:4] != 0) or "                                                 \
    "ip proto 50 or ip proto 51 or ip6 proto 50 or ip6 proto 51"

/* Each mention of `vlan` moves what follows it one tag further: untagged, one tag, two tags. */
static void add_tagged(struct es_text *text, const char *expression, bool tags)
{
    es_text_addf(text, "(%s)", expression);
    if (tags)
        es_text_addf(text, " or (vlan and (%s)) or (vlan and (%s))", expression, expression);
}

/* For untagged packets, with the extra ports; `data`: those that may be cut, or the rest. */
static void add_part(struct es_text *text, const struct es_live_options *options, bool data)
{
    es_text_addf(text, "%s%s", options->filter ? "(" : "", data ? DATA : WHOLE);
    for (size_t i = 0; !data && i < options->ike_port_count; i++)
        es_text_addf(text, " or udp port %u", options->ike_ports[i]);
    /* Inside each part: behind a `vlan` it would mean the bytes behind the tag only. */
    if (options->filter)
        es_text_addf(text, ") and (%s)", options->filter);
}

/* One expression: what is untagged stands before any `vlan`. */
void es_ipsec_filter_text(struct es_text *text, const struct es_live_options *options)
{
    struct es_text both;
    es_text_init(&both);
    es_text_add(&both, "(");
    add_part(&both, options, false);
    es_text_add(&both, ") or (");
    add_part(&both, options, true);
    es_text_add(&both, ")");
    add_tagged(text, es_text_chars(&both), true);
    es_text_fini(&both);
}

static bool compile(pcap_t *pcap, const struct es_live_options *options, bool data, bool tags,
                    struct bpf_program *out)
{
    struct es_text part;
    struct es_text text;
    es_text_init(&part);
    es_text_init(&text);
    add_part(&part, options, data);
    add_tagged(&text, es_text_chars(&part), tags);
    const bool done = !part.failed && !text.failed &&
                      pcap_compile(pcap, out, es_text_chars(&text), 1, PCAP_NETMASK_UNKNOWN) == 0;
    es_text_fini(&part);
    es_text_fini(&text);
    return done;
}

/* What passes is returned with this many bytes at most. */
static void cut(struct bpf_program *program, uint32_t bytes)
{
    for (unsigned i = 0; i < program->bf_len; i++) {
        struct bpf_insn *insn = &program->bf_insns[i];
        if (insn->code == (BPF_RET | BPF_K) && insn->k > bytes)
            insn->k = bytes;
    }
}

/*
 * Both programs one after the other: where the first lets nothing through (it returns 0), the
 * second is asked. libpcap has no words for two snap lengths, the kernel's machine has.
 */
static bool join(const struct bpf_program *first, const struct bpf_program *second,
                 struct bpf_program *out)
{
    const unsigned length = first->bf_len + second->bf_len;
    struct bpf_insn *insns = calloc(length, sizeof(*insns));
    if (!insns)
        return false;
    memcpy(insns, first->bf_insns, first->bf_len * sizeof(*insns));
    memcpy(insns + first->bf_len, second->bf_insns, second->bf_len * sizeof(*insns));
    for (unsigned i = 0; i < first->bf_len; i++) {
        if (insns[i].code == (BPF_RET | BPF_K) && insns[i].k == 0)
            insns[i] = (struct bpf_insn){.code = BPF_JMP | BPF_JA, .k = first->bf_len - i - 1};
    }
    *out = (struct bpf_program){.bf_len = length, .bf_insns = insns};
    return true;
}

static bool compile_both(pcap_t *pcap, const struct es_live_options *options, bool tags,
                         struct bpf_program *out)
{
    struct bpf_program whole;
    struct bpf_program data;
    if (!compile(pcap, options, false, tags, &whole))
        return false;
    if (!compile(pcap, options, true, tags, &data)) {
        pcap_freecode(&whole);
        return false;
    }
    if (options->esp_bytes > 0)
        cut(&data, (uint32_t)options->esp_bytes);
    const bool joined = join(&whole, &data, out);
    pcap_freecode(&whole);
    pcap_freecode(&data);
    return joined;
}

bool es_ipsec_filter_compile(pcap_t *pcap, const struct es_live_options *options,
                             struct bpf_program *out, struct es_error *error)
{
    /* Link types without VLAN tags (cooked, raw IP) do not know the word. */
    if (compile_both(pcap, options, true, out) || compile_both(pcap, options, false, out))
        return true;
    return es_error_set(error, ES_ERROR_USAGE, "the filter \"%.200s\" cannot be used: %s",
                        options->filter ? options->filter : "of IPsec", pcap_geterr(pcap));
}

void es_ipsec_filter_free(struct bpf_program *program)
{
    free(program->bf_insns);
    program->bf_insns = NULL;
}
