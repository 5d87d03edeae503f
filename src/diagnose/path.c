/*
 * Chapter: the path of ESP. Fragments, sizes that do not pass, and routers that say so.
 */
#include "catalogue.h"
#include "flows.h"

#include <inttypes.h>
#include <string.h>

/* --- fragments --- */

enum { FRAGMENT_UNIT = 8 }; /* all but the last fragment of a packet are multiples of this */

static uint64_t fragmented_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const uint64_t count = flow->irregular ? flow->irregular->fragmented.count : 0;
    return count >= es_limit(d, ES_LIMIT_FRAGMENTED_PACKETS) ? count : 0;
}

static void ip_fragmented(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, fragmented_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, fragmented_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_irregular *irregular = flow->irregular;
    const uint32_t mtu = irregular->fragment_bytes;
    if (es_percent(flows.most, flow->packets) < es_limit(d, ES_LIMIT_FRAGMENTED_PERCENT))
        f->severity = ES_SEVERITY_NOTE;
    const char *sizes =
        mtu ? es_say(d,
                     "; first fragments have up to %" PRIu32 " bytes: who cut them took the way "
                     "for one of %" PRIu32 " to %" PRIu32,
                     mtu, mtu, mtu + FRAGMENT_UNIT - 1)
            : "";
    f->summary = es_say(d, "%" PRIu64 " of %" PRIu64 " packets of %s came in IP fragments%s%s%s",
                        flows.most, flow->packets, es_say_flow(d, flow),
                        irregular->whole_bytes
                            ? es_say(d, ", of up to %" PRIu32 " bytes", irregular->whole_bytes)
                            : "",
                        sizes, es_say_more(d, &flows));
    if (mtu)
        es_finding_check(d, f, "%s", es_say_mss(d, flow, mtu));
    es_finding_span(f, &irregular->fragmented.first, &irregular->fragmented.last, flows.sum);
    es_finding_evidence(d, f, &irregular->fragmented.first, "first packet in fragments");
    es_finding_evidence(d, f, &irregular->fragmented.last, "the last one");
}

static const struct es_rule rule_ip_fragmented = {
    .id = "esp-ip-fragmented",
    .severity = ES_SEVERITY_WARNING,
    .title = "ESP is cut into IP fragments",
    .explanation = "The encrypted packets are larger than a link on the way takes and are cut up "
                   "behind the encryption. The receiver has to put them together before it can "
                   "decrypt: slow on many devices, and lost as a whole when one fragment is.",
    .causes = ES_SENTENCES("the inner packets leave no room for what ESP adds: MSS or tunnel MTU "
                           "not adjusted",
                           "the sender ignores the path's MTU (DF cleared on the outer packet)",
                           "a link on the way is narrower than the gateways know (PPPoE, another "
                           "tunnel)"),
    .checks = ES_SENTENCES("set the tunnel interface's MTU to what the path carries",
                           "let path MTU discovery work: no filter for ICMP 3/4 and ICMPv6 type 2"),
    .reference = "RFC 4301, 8; RFC 4303, 3.3.4",
    .roots = ES_SENTENCES("esp-fragment-lost"),
    .on_tunnel = ip_fragmented,
};

static uint64_t fragment_lost_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_irregular *irregular = flow->irregular;
    if (!irregular || irregular->fragmented.count <= irregular->completed.count)
        return 0;
    uint64_t lost = irregular->fragmented.count - irregular->completed.count;
    /* The rest of the last one may be on its way. */
    lost -= d->now - irregular->fragmented.last.time < es_limit_ns(d, ES_LIMIT_SETTLE);
    return lost >= es_limit(d, ES_LIMIT_FRAGMENT_LOST) ? lost : 0;
}

/* Not one later fragment in the whole capture: a filter by UDP port shows first ones only. */
static bool may_be_filtered(const struct es_diagnosis *d, const struct es_flow *flow)
{
    const struct es_decoder_counts *counts = d->coverage->decoder;
    return flow->encapsulation != ES_ENCAPSULATION_RAW && counts &&
           counts->fragments <= flow->irregular->fragmented.count;
}

static void fragment_lost(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, fragment_lost_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, fragment_lost_of, true);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_irregular *irregular = flow->irregular;
    const struct es_tally *gave_up = &tunnel->path[flow->side].not_reassembled;
    f->confidence = gave_up->count ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason = gave_up->count ? "the receiver says by ICMP that fragments did not come"
                               : "first fragments came, and no rest within the patience that "
                                 "receivers have";
    if (may_be_filtered(d, flow) && !gave_up->count) {
        f->severity = ES_SEVERITY_NOTE;
        es_finding_cap(d, f, ES_CONFIDENCE_POSSIBLE,
                       "there is no later fragment in the whole capture, as with a capture filter "
                       "by UDP port");
    }
    f->summary = es_say(d, "of %s of %s that came in IP fragments %" PRIu64 " never came whole%s",
                        es_say_count(d, irregular->fragmented.count, "packet", "packets"),
                        es_say_flow(d, flow), flows.most, es_say_more(d, &flows));
    if (irregular->fragment_bytes)
        es_finding_check(d, f, "%s", es_say_mss(d, flow, irregular->fragment_bytes));
    es_finding_span(f, &irregular->fragmented.first, &irregular->fragmented.last, flows.sum);
    es_finding_evidence(d, f, &irregular->fragmented.first, "a first fragment%s",
                        irregular->completed.count ? "" : ", the rest of which never came");
    es_finding_evidence(d, f, &irregular->fragmented.last, "the last packet in fragments");
    if (gave_up->count)
        es_finding_evidence(d, f, &gave_up->first, "ICMP: fragments did not come in time");
}

static const struct es_rule rule_fragment_lost = {
    .id = "esp-fragment-lost",
    .severity = ES_SEVERITY_ERROR,
    .title = "fragments of ESP are lost",
    .explanation = "ESP packets were cut into IP fragments and not all fragments came past the "
                   "capture point. Such packets are lost as a whole: small packets pass, large "
                   "ones do not.",
    .causes = ES_SENTENCES("a firewall or carrier-grade NAT on the way drops fragments",
                           "only first fragments are allowed, for later ones have no ports",
                           "a load balancer sends fragments of one packet to different places",
                           "plain loss"),
    .checks = ES_SENTENCES("firewalls on the way: are IP fragments allowed?",
                           "capture behind each of them: where do later fragments end?"),
    .reference = "RFC 4303, 3.3.4; RFC 8900, 3",
    .missing = ES_MISSING_ESP,
    .on_tunnel = fragment_lost,
};

/* --- sizes --- */

/* The longest packets of a side before and since ICMP said that they are too big. */
struct sizes {
    uint32_t before, since;
    const struct es_flow *flow; /* with the longest */
};

static struct sizes sizes_of(const struct es_tunnel *tunnel, uint8_t side)
{
    struct sizes sizes = {0};
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (flow->side != side || flow->longest_before == 0)
            continue;
        if (flow->longest_before > sizes.before) {
            sizes.before = flow->longest_before;
            sizes.flow = flow;
        }
        if (flow->longest > sizes.since)
            sizes.since = flow->longest;
    }
    return sizes;
}

static const char *say_heeded(struct es_diagnosis *d, const struct sizes *sizes, uint32_t mtu,
                              bool heeded)
{
    if (sizes->since == 0)
        return "; it has sent none since";
    if (heeded)
        return es_say(d, "; since then it sends no more than %" PRIu32, sizes->since);
    return mtu ? es_say(d, "; it still sends packets of %" PRIu32, sizes->since) : "";
}

static void add_frag_needed(const struct es_rule *rule, struct es_diagnosis *d,
                            const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_path *path = &tunnel->path[side];
    const struct es_tally *tally = &path->too_big.tally;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct sizes sizes = sizes_of(tunnel, side);
    const bool heeded = path->least_mtu && sizes.since <= path->least_mtu;
    const bool ignored =
        path->least_mtu && !heeded && tally->count >= es_limit(d, ES_LIMIT_TOO_BIG_AGAIN);
    f->severity = ignored ? ES_SEVERITY_WARNING : ES_SEVERITY_NOTE;
    const char *by = es_say_address(d, &path->too_big.last.reporter);
    f->summary =
        es_say(d, "%s says that ESP of %" PRIu32 " bytes from %s is too big%s%s", by,
               path->largest_refused, es_who(d, tunnel, side),
               path->least_mtu ? es_say(d, " for the %" PRIu32 " of its next link", path->least_mtu)
                               : " and does not say what its next link takes",
               say_heeded(d, &sizes, path->least_mtu, heeded));
    es_finding_peer(f, side);
    if (sizes.flow) {
        es_finding_flow(f, sizes.flow);
        f->child = sizes.flow->child;
        f->ike_sa = sizes.flow->child->ike_sa;
        if (path->least_mtu)
            es_finding_check(d, f, "%s", es_say_mss(d, sizes.flow, path->least_mtu));
    }
    es_finding_span(f, &tally->first, &tally->last, tally->count);
    es_finding_evidence(d, f, &tally->first, "ICMP \"too big\" from %s", by);
    if (tally->count > 1)
        es_finding_evidence(d, f, &tally->last, "the last one");
}

static void frag_needed(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_path *path = tunnel->path;
    const uint8_t side = path[1].too_big.tally.count > path[0].too_big.tally.count;
    if (path[side].too_big.tally.count)
        add_frag_needed(rule, d, tunnel, side);
}

static const struct es_rule rule_frag_needed = {
    .id = "icmp-frag-needed",
    .severity = ES_SEVERITY_WARNING,
    .title = "a router says that ESP is too big",
    .explanation = "An ICMP error names an ESP packet that is larger than the next link takes and "
                   "may not be fragmented. The sender should send smaller ones from then on; that "
                   "is path MTU discovery at work. A warning when it does not.",
    .causes = ES_SENTENCES("the path is narrower than the sender's own link",
                           "the sender does not accept the ICMP error (filter, rate limit, NAT "
                           "that does not translate it)"),
    .checks = ES_SENTENCES("the sender's path MTU for the peer, and its tunnel MTU",
                           "does ICMP 3/4 (ICMPv6 type 2) reach the sender?"),
    .reference = "RFC 1191, 4; RFC 4443, 3.2; RFC 4301, 8.2",
    .on_tunnel = frag_needed,
};

/* A side whose full-size packets are sent again and again while others get through. */
static uint64_t backoff_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    if (!flow->irregular)
        return 0;
    const struct es_backoff *backoff = &flow->irregular->worst_backoff;
    const struct es_tally *back = &flow->tunnel->peers[1 - flow->side].esp;
    if (backoff->run < es_limit(d, ES_LIMIT_BACKOFF) || back->count == 0 ||
        back->last.time < backoff->first.time)
        return 0;
    const struct es_path *path = &flow->tunnel->path[flow->side];
    return path->too_big.tally.count && flow->longest <= path->least_mtu ? 0 : backoff->run;
}

static void pmtu_blackhole(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel)
{
    enum { COMMON_MTU = 1400, LEAST_MTU = 1280 };
    const struct es_flows flows = es_flows_by(d, tunnel, backoff_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, backoff_of, false);
    if (!f)
        return;
    const struct es_flow *flow = flows.worst;
    const struct es_backoff *backoff = &flow->irregular->worst_backoff;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "packets of one full size come alone, each after about twice the pause before, as "
                "TCP sends again what is not acknowledged, while others are answered";
    if (backoff->large_before >= es_limit(d, ES_LIMIT_LARGE_PASSED) || !backoff->dont_fragment) {
        f->severity = ES_SEVERITY_WARNING;
        es_finding_cap(d, f, ES_CONFIDENCE_POSSIBLE,
                       backoff->dont_fragment ? "large packets went before, so the path may take "
                                                "them and the far host be gone"
                                              : "routers may fragment them");
    }
    f->summary = es_say(d,
                        "%s sends ESP of %" PRIu32 " bytes%s again and again in vain (%" PRIu32
                        " pauses in a row that double, the last %s), while other ESP gets through "
                        "and back: larger packets vanish on the way to %s%s",
                        es_who(d, tunnel, flow->side), backoff->length,
                        backoff->dont_fragment ? " that may not be fragmented" : "", backoff->run,
                        es_say_span(d, backoff->pause), es_who(d, tunnel, 1 - flow->side),
                        es_say_more(d, &flows));
    es_finding_check(d, f, "%s", es_say_mss(d, flow, COMMON_MTU));
    es_finding_check(d, f, "or, for any path: %s", es_say_mss(d, flow, LEAST_MTU));
    es_finding_span(f, &backoff->first, &backoff->last, (uint64_t)backoff->run + 1);
    es_finding_evidence(d, f, &backoff->first, "full-size packet from %s",
                        es_who(d, tunnel, flow->side));
    es_finding_evidence(d, f, &backoff->last, "the same size, after a pause of %s",
                        es_say_span(d, backoff->pause));
    es_finding_evidence(d, f, &tunnel->peers[1 - flow->side].esp.last, "ESP from %s meanwhile",
                        es_who(d, tunnel, 1 - flow->side));
}

static const struct es_rule rule_pmtu_blackhole = {
    .id = "pmtu-blackhole",
    .severity = ES_SEVERITY_ERROR,
    .title = "large packets vanish",
    .explanation = "Full-size ESP is sent again and again while smaller packets pass: somewhere "
                   "behind the capture point a link is narrower than the sender believes, and "
                   "nobody tells it so. Pings and logins work, transfers hang.",
    .causes = ES_SENTENCES("ICMP \"fragmentation needed\" is filtered on the way or at the sender",
                           "a link with a smaller MTU that drops silently (PPPoE, another tunnel)",
                           "the error cannot be matched to the tunnel by the sending gateway"),
    .checks = ES_SENTENCES("ping with DF from gateway to gateway at growing sizes: which is the "
                           "last that is answered?",
                           "allow ICMP 3/4 (ICMPv6 type 2) to both gateways"),
    .reference = "RFC 4301, 8.2; RFC 4821; RFC 2923, 2.1",
    .missing = ES_MISSING_ESP,
    .roots = ES_SENTENCES("esp-fragment-lost"),
    .on_tunnel = pmtu_blackhole,
};

/* --- refused, changed --- */

static const char *say_icmp(struct es_diagnosis *d, const struct es_icmp_error *icmp)
{
    static const struct {
        bool v6;
        uint8_t type, code;
        const char *name;
    } names[] = {
        {false, 3,  0,  "network unreachable"                      },
        {false, 3,  1,  "host unreachable"                         },
        {false, 3,  2,  "protocol unreachable"                     },
        {false, 3,  3,  "port unreachable"                         },
        {false, 3,  9,  "network administratively prohibited"      },
        {false, 3,  10, "host administratively prohibited"         },
        {false, 3,  13, "communication administratively prohibited"},
        {false, 11, 0,  "time to live exceeded"                    },
        {true,  1,  0,  "no route"                                 },
        {true,  1,  1,  "administratively prohibited"              },
        {true,  1,  3,  "address unreachable"                      },
        {true,  1,  4,  "port unreachable"                         },
        {true,  3,  0,  "hop limit exceeded"                       },
        {true,  4,  1,  "next header not recognised"               },
    };
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (names[i].v6 == icmp->v6 && names[i].type == icmp->type && names[i].code == icmp->code)
            return es_say(d, "%s (%s %u/%u)", names[i].name, icmp->v6 ? "ICMPv6" : "ICMP",
                          icmp->type, icmp->code);
    }
    return es_say(d, "%s %u/%u", icmp->v6 ? "ICMPv6" : "ICMP", icmp->type, icmp->code);
}

/* Somebody means it, where routes may just be changing in other cases. Such errors are rate
 * limited, so one is enough. */
static bool is_refusal(const struct es_icmp_error *icmp)
{
    static const uint8_t codes[] = {2, 3, 9, 10, 13}, codes_v6[] = {1, 4};
    if (icmp->v6)
        return icmp->type == 4 ||
               (icmp->type == 1 && memchr(codes_v6, icmp->code, sizeof(codes_v6)));
    return icmp->type == 3 && memchr(codes, icmp->code, sizeof(codes));
}

static void icmp_rejected(const struct es_rule *rule, struct es_diagnosis *d,
                          const struct es_tunnel *tunnel)
{
    const uint8_t side = tunnel->path[1].refused.tally.count > tunnel->path[0].refused.tally.count;
    const struct es_refusal *refused = &tunnel->path[side].refused;
    const struct es_tally *tally = &refused->tally;
    struct es_finding *f = tally->count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_tally *back = &tunnel->peers[1 - side].esp;
    const bool passes = back->count && back->last.time > tally->last.time;
    if (passes ||
        (tally->count < es_limit(d, ES_LIMIT_REFUSED_PACKETS) && !is_refusal(&refused->last)))
        f->severity = ES_SEVERITY_NOTE;
    const bool own = es_address_equal(&refused->last.reporter, &tunnel->peers[1 - side].address);
    const char *by = es_say_address(d, &refused->last.reporter);
    f->summary = es_say(d, "%s%s refuses ESP from %s: %s, %s%s", by,
                        own ? ", the peer itself," : "", es_who(d, tunnel, side),
                        say_icmp(d, &refused->last), es_say_count(d, tally->count, "time", "times"),
                        passes ? "; later ESP came back" : "");
    es_finding_peer(f, own ? 1 - side : side);
    es_finding_check(d, f, "at %s: why does it refuse these packets (%s)?", by,
                     es_address_is_v4(&refused->last.reporter) ? "filter, route, no ESP there"
                                                               : "filter, route");
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        if (flow->side == side)
            es_finding_flow(f, flow);
    }
    es_finding_span(f, &tally->first, &tally->last, tally->count);
    es_finding_evidence(d, f, &tally->first, "ICMP error from %s about ESP", by);
    if (tally->count > 1)
        es_finding_evidence(d, f, &tally->last, "the last one: %s", say_icmp(d, &refused->last));
}

static const struct es_rule rule_icmp_rejected = {
    .id = "esp-icmp-rejected",
    .severity = ES_SEVERITY_ERROR,
    .title = "ESP is refused by ICMP",
    .explanation = "An ICMP error quotes an ESP packet (protocol 50, or UDP 4500) that its sender "
                   "would not pass on or take. The box that sent the error is the one to look at.",
    .causes = ES_SENTENCES("an access list or firewall rejects protocol 50 or UDP 4500",
                           "no IPsec on the receiving host, or none for this protocol",
                           "no route to the peer on the way"),
    .checks = ES_SENTENCES("the named box's filters for protocol 50 and UDP 4500",
                           "force NAT traversal (UDP encapsulation) where protocol 50 cannot pass"),
    .reference = "RFC 792; RFC 1812, 5.2.7; RFC 4443, 3",
    .roots = ES_SENTENCES("ike-icmp-rejected", "nat-mapping-changed", "nat-mapping-expired"),
    .on_tunnel = icmp_rejected,
};

static uint64_t hops_of(const struct es_diagnosis *d, const struct es_flow *flow)
{
    (void)d;
    return flow->irregular ? flow->irregular->hops.count : 0;
}

static void path_change(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_flows flows = es_flows_by(d, tunnel, hops_of);
    struct es_finding *f = es_flows_add(d, rule, &flows, hops_of, false);
    if (!f)
        return;
    const struct es_irregular *irregular = flows.worst->irregular;
    f->summary =
        es_say(d, "the TTL of %s changed from %u to %u%s%s", es_say_flow(d, flows.worst),
               irregular->hops_from, irregular->hops_to,
               flows.most > 1 ? es_say(d, ", and %" PRIu64 " more times", flows.most - 1) : "",
               es_say_more(d, &flows));
    es_finding_span(f, &irregular->hops.first, &irregular->hops.last, flows.sum);
    es_finding_evidence(d, f, &irregular->hops.first, "first packet with TTL %u",
                        irregular->hops_to);
    if (flows.most > 1)
        es_finding_evidence(d, f, &irregular->hops.last, "the last change");
}

static const struct es_rule rule_path_change = {
    .id = "esp-path-change",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "the path of ESP changed",
    .explanation = "Packets of one SA came with another TTL than before: a route changed, a "
                   "cluster failed over, or they are balanced over paths of different length.",
    .causes = ES_SENTENCES("a routing change", "a failover of a cluster or line",
                           "load balancing by packet"),
    .checks = ES_SENTENCES("compare the time with loss and complaints"),
    .reference = "RFC 791, 3.2",
    .on_tunnel = path_change,
};

static const struct es_rule *const rules[] = {
    &rule_ip_fragmented,  &rule_fragment_lost, &rule_frag_needed,
    &rule_pmtu_blackhole, &rule_icmp_rejected, &rule_path_change,
};

const struct es_chapter es_chapter_path = {rules, ES_COUNT(rules)};
