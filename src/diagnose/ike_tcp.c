/*
 * Chapter: IKE and ESP in TCP.
 */
#include "catalogue.h"
#include "finding.h"

#include <inttypes.h>

static void over_tcp(const struct es_rule *rule, struct es_diagnosis *d,
                     const struct es_tunnel *tunnel)
{
    if (!tunnel->ike_tcp)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint64_t ike = tunnel->peers[0].ike.count + tunnel->peers[1].ike.count;
    const uint64_t esp = tunnel->peers[0].esp.count + tunnel->peers[1].esp.count;
    f->summary = es_say(d, "IKE%s in TCP: %s%s", tunnel->esp_tcp ? " and ESP" : "",
                        es_say_count(d, ike, "IKE message", "IKE messages"),
                        tunnel->esp_tcp
                            ? es_say(d, ", %s", es_say_count(d, esp, "ESP packet", "ESP packets"))
                            : "");
    es_finding_span(f, &tunnel->first, &tunnel->last, ike + esp);
    es_finding_evidence(d, f, &tunnel->first, "the first packet of the tunnel");
}

/* --- ike-tcp-unstable --- */

static void tcp_unstable(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_decoder_counts *counts = d->coverage->decoder;
    if (!counts)
        return;
    const bool resets = counts->tcp_resets >= es_limit(d, ES_LIMIT_TCP_RESETS);
    const bool resent =
        counts->tcp_resent >= es_limit(d, ES_LIMIT_TCP_RESENT) &&
        counts->tcp_resent * 100 >= counts->tcp_segments * es_limit(d, ES_LIMIT_TCP_RESENT_SHARE);
    struct es_finding *f = resets || resent ? es_finding_add(d, rule, NULL) : NULL;
    if (!f)
        return;
    const struct es_packet_ref *first =
        resent ? &counts->tcp_resent_first : &counts->tcp_reset_first;
    f->summary = es_say(d,
                        "the TCP connections that carry IKE and ESP had %s, and %" PRIu64 " of %s "
                        "with data had to be sent again",
                        es_say_count(d, counts->tcp_resets, "reset", "resets"), counts->tcp_resent,
                        es_say_count(d, counts->tcp_segments, "segment", "segments"));
    es_finding_span(f, first, first, counts->tcp_resets + counts->tcp_resent);
    if (counts->tcp_resent)
        es_finding_evidence(d, f, &counts->tcp_resent_first, "the first segment sent again");
    if (counts->tcp_resets)
        es_finding_evidence(d, f, &counts->tcp_reset_first, "the first reset");
}

static const struct es_rule rule_ike_over_tcp = {
    .id = "ike-over-tcp",
    .severity = ES_SEVERITY_NOTE,
    .title = "IKE travels in TCP",
    .explanation = "IKE, and ESP with it, is carried in a TCP connection: for networks that let no "
                   "UDP pass. Loss then delays everything behind it.",
    .causes = ES_SENTENCES("UDP is blocked and the peers fall back to TCP", "configured so"),
    .checks = ES_SENTENCES("does UDP 500 and 4500 pass? It is the better way where it does"),
    .reference = "RFC 9329",
    .category = ES_CATEGORY_STATISTICS,
    .on_tunnel = over_tcp,
};

static const struct es_rule rule_ike_tcp_unstable = {
    .id = "ike-tcp-unstable",
    .severity = ES_SEVERITY_WARNING,
    .title = "the TCP connection below IKE is in trouble",
    .explanation =
        "IKE and ESP travel in TCP connections that are reset, or that send much of their data "
        "again. TCP inside such a connection waits twice for each loss, and stalls.",
    .causes = ES_SENTENCES("packet loss on the path",
                           "a firewall or proxy that resets long "
                           "connections",
                           "the peer closes the connection: restart, idle timeout, its limit"),
    .checks = ES_SENTENCES("does UDP 500 and 4500 pass? Then let the tunnel use it",
                           "which side, or which device in between, sends the resets (hop limits)?",
                           "loss between the peers"),
    .reference = "RFC 9329, 6.1 and 9.1",
    .on_model = tcp_unstable,
};

static const struct es_rule *const rules[] = {&rule_ike_over_tcp, &rule_ike_tcp_unstable};

const struct es_chapter es_chapter_ike_tcp = {rules, ES_COUNT(rules)};
