/*
 * Chapter: NAT. Where is one, and do the peers handle it?
 */
#include "catalogue.h"
#include "judgement.h"

static void add_hash_evidence(struct es_diagnosis *d, struct es_finding *f,
                              const struct es_tunnel *tunnel, const struct es_nat_detection *nat)
{
    for (uint8_t side = 0; side < 2; side++) {
        if (nat->source_matches[side] == ES_NO)
            es_finding_evidence(d, f, &nat->evidence[side],
                                "the hash over %s's own address does not match what is seen here",
                                es_who(d, tunnel, side));
        if (nat->destination_matches[side] == ES_NO)
            es_finding_evidence(d, f, &nat->evidence[side],
                                "the hash over the receiver's address does not match what is seen "
                                "here");
    }
}

static const struct es_flow *first_encapsulated(const struct es_tunnel *tunnel)
{
    const struct es_flow *flow = tunnel->flows;
    while (flow && flow->encapsulation != ES_ENCAPSULATION_UDP)
        flow = flow->next_in_tunnel;
    return flow;
}

static const char *say_natted(struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    const bool natted[2] = {tunnel->peers[0].behind_nat == ES_YES,
                            tunnel->peers[1].behind_nat == ES_YES};
    if (natted[0] && natted[1])
        return es_say(d, "%s and %s are each behind a NAT", es_who(d, tunnel, 0),
                      es_who(d, tunnel, 1));
    return es_say(d, "%s is behind a NAT", es_who(d, tunnel, natted[0] ? 0 : 1));
}

static void add_natt(struct es_diagnosis *d, struct es_finding *f, const struct es_tunnel *tunnel,
                     const struct es_ike_sa *sa)
{
    const uint8_t natted = tunnel->peers[0].behind_nat == ES_YES ? 0 : 1;
    const bool certain = es_nat_is_sure(tunnel, natted);
    f->confidence = certain ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason = certain ? "computed from the NAT detection hashes, which are sent in clear"
                        : "the hashes show it, but no port was rewritten: a peer that forces "
                          "encapsulation by claiming a false address looks the same here";
    f->ike_sa = sa;
    f->summary = es_say(d, "%s (%s) as seen from the capture point%s; ESP is encapsulated in UDP",
                        say_natted(d, tunnel), es_nat_say_where(tunnel, sa),
                        certain ? "" : ", or encapsulation is forced");
    es_finding_peer(f, natted);
    add_hash_evidence(d, f, tunnel, &sa->nat);
}

/* No NAT detection in view: the ports are all there is. */
static void add_natt_by_port(struct es_diagnosis *d, struct es_finding *f,
                             const struct es_tunnel *tunnel)
{
    f->provenance = ES_PROVENANCE_INFERRED;
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "the hashes that would tell are not in the capture or encrypted; a rewritten port "
                "tells on which side the NAT is";
    for (uint8_t side = 0; side < 2; side++) {
        if (!es_nat_wrote_port(tunnel->peers[side].port))
            continue;
        f->summary = es_say(d,
                            "ESP is encapsulated in UDP; %s is behind a NAT that rewrote its "
                            "port to %u",
                            es_who(d, tunnel, side), tunnel->peers[side].port);
        es_finding_peer(f, side);
        return;
    }
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->reason = "the hashes that would tell are not in the capture or encrypted, and no port was "
                "rewritten";
    f->summary = "ESP is encapsulated in UDP; where a NAT is, or whether encapsulation is forced, "
                 "this capture does not show";
}

/* Both sides' addresses were confirmed. In Aggressive Mode the initiator's hashes are encrypted. */
static bool is_without_nat(const struct es_tunnel *tunnel)
{
    return tunnel->peers[0].behind_nat == ES_NO && tunnel->peers[1].behind_nat == ES_NO;
}

static void natt_in_use(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    if (!tunnel->esp_udp || is_without_nat(tunnel))
        return;
    if (sa && es_tunnel_nat(tunnel) != ES_YES)
        sa = NULL;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const struct es_flow *flow = first_encapsulated(tunnel);
    if (sa)
        add_natt(d, f, tunnel, sa);
    else
        add_natt_by_port(d, f, tunnel);
    if (flow)
        es_finding_evidence(d, f, &flow->first, "ESP in UDP, port %u to %u", flow->source_port,
                            flow->destination_port);
    es_finding_span(f, sa ? &sa->first : &tunnel->first, &tunnel->last, 1);
}

static void natt_forced(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    const struct es_flow *flow = first_encapsulated(tunnel);
    if (!sa || !flow || !is_without_nat(tunnel))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    f->ike_sa = sa;
    f->summary = "no NAT between the peers, and ESP is encapsulated in UDP all the same";
    es_finding_span(f, &sa->first, &tunnel->last, 1);
    for (uint8_t side = 0; side < 2; side++)
        es_finding_evidence(d, f, &sa->nat.evidence[side],
                            "the NAT detection hashes match the addresses seen");
    es_finding_evidence(d, f, &flow->first, "ESP in UDP");
}

/* Who sent no NAT detection although the first messages are in the capture. */
static const char *say_undetecting(struct es_diagnosis *d, const struct es_tunnel *tunnel,
                                   const struct es_ike_sa *sa)
{
    const bool seen[2] = {es_ref_seen(&sa->nat.evidence[0]), es_ref_seen(&sa->nat.evidence[1])};
    if (!sa->birth_seen || !sa->chosen.count || (seen[0] && seen[1]))
        return "";
    if (!seen[0] && !seen[1])
        return "; neither peer sent NAT detection";
    return es_say(d, "; %s sent no NAT detection, so NAT traversal is off there",
                  es_who(d, tunnel, seen[0] ? 1 : 0));
}

enum { ESP = 50, AH = 51 };

/* The first flow of a protocol on its own, without UDP or TCP around it. */
static const struct es_flow *first_raw(const struct es_tunnel *tunnel, uint32_t protocol)
{
    const struct es_flow *flow = tunnel->flows;
    while (flow && (flow->key.protocol != protocol || flow->encapsulation != ES_ENCAPSULATION_RAW))
        flow = flow->next_in_tunnel;
    return flow;
}

static void add_raw_esp(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel, const struct es_ike_sa *sa,
                        const struct es_flow *raw)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool both = tunnel->peers[0].esp.count && tunnel->peers[1].esp.count;
    f->severity = both ? ES_SEVERITY_WARNING : rule->severity;
    f->confidence = both ? ES_CONFIDENCE_POSSIBLE : ES_CONFIDENCE_LIKELY;
    f->reason = both ? "ESP passes in both directions, so this NAT handles protocol 50 for now"
                     : "the hashes show the NAT, and ESP comes from one side only";
    f->ike_sa = sa;
    f->summary =
        es_say(d, "%s (%s), and ESP is sent as protocol 50 without UDP encapsulation%s",
               say_natted(d, tunnel), es_nat_say_where(tunnel, sa), say_undetecting(d, tunnel, sa));
    es_finding_peer(f, tunnel->peers[0].behind_nat == ES_YES ? 0 : 1);
    es_finding_span(f, &raw->first, &tunnel->last,
                    tunnel->peers[0].esp.count + tunnel->peers[1].esp.count);
    add_hash_evidence(d, f, tunnel, &sa->nat);
    es_finding_evidence(d, f, &raw->first, "ESP as protocol 50");
}

/* The IKE SA came up on port 500 through a NAT that rewrote a port, and never moved to 4500. */
static const struct es_ike_sa *stays_on_500(const struct es_tunnel *tunnel, uint8_t side)
{
    const struct es_ike_sa *sa = tunnel->last_ike_sa;
    if (!sa || sa->state != ES_IKE_SA_ESTABLISHED || !sa->birth_seen || tunnel->ike_natt_port ||
        tunnel->esp_udp || tunnel->peers[1 - side].port != 500 ||
        !es_nat_wrote_port(tunnel->peers[side].port) || tunnel->peers[side].behind_nat == ES_NO)
        return NULL;
    return sa;
}

static void add_stays_on_500(const struct es_rule *rule, struct es_diagnosis *d,
                             const struct es_tunnel *tunnel, uint8_t side,
                             const struct es_ike_sa *sa)
{
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool shown = tunnel->peers[side].behind_nat == ES_YES;
    f->severity = shown ? ES_SEVERITY_WARNING : ES_SEVERITY_NOTE;
    f->confidence = shown ? ES_CONFIDENCE_LIKELY : ES_CONFIDENCE_POSSIBLE;
    f->reason = shown ? "the hashes and the rewritten port show the NAT; ESP was not seen yet"
                      : "a source port other than 500 is a NAT's work as a rule, but may be chosen";
    f->ike_sa = sa;
    f->summary =
        es_say(d,
               "a NAT in front of %s gave it port %u, and IKE stayed on port 500 instead "
               "of moving to 4500%s: ESP will go without UDP encapsulation",
               es_who(d, tunnel, side), tunnel->peers[side].port, say_undetecting(d, tunnel, sa));
    es_finding_peer(f, side);
    es_finding_span(f, &sa->first, &sa->last, 1);
    es_finding_evidence(d, f, &sa->first, "IKE from port %u", tunnel->peers[side].port);
    es_finding_evidence(d, f, &sa->established, "established on port 500");
}

static void without_natt(const struct es_rule *rule, struct es_diagnosis *d,
                         const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    const struct es_flow *raw = first_raw(tunnel, ESP);
    if (sa && raw && !tunnel->esp_udp && es_tunnel_nat(tunnel) == ES_YES) {
        add_raw_esp(rule, d, tunnel, sa, raw);
        return;
    }
    for (uint8_t side = 0; side < 2 && !tunnel->esp_raw; side++) {
        const struct es_ike_sa *stayed = stays_on_500(tunnel, side);
        if (stayed) {
            add_stays_on_500(rule, d, tunnel, side, stayed);
            return;
        }
    }
}

static void ah_with_nat(const struct es_rule *rule, struct es_diagnosis *d,
                        const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = es_nat_detecting_sa(tunnel);
    const struct es_flow *flow = first_raw(tunnel, AH);
    if (!sa || !flow || es_tunnel_nat(tunnel) != ES_YES)
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const uint8_t natted = tunnel->peers[0].behind_nat == ES_YES ? 0 : 1;
    f->confidence = es_nat_is_sure(tunnel, natted) ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->reason = "the NAT detection hashes show the NAT, and AH covers the addresses";
    f->ike_sa = sa;
    f->summary = es_say(d,
                        "%s (%s), and AH is used: the receiver's integrity check fails for every "
                        "packet",
                        say_natted(d, tunnel), es_nat_say_where(tunnel, sa));
    es_finding_peer(f, natted);
    es_finding_flow(f, flow);
    es_finding_span(f, &flow->first, &flow->last, flow->packets);
    add_hash_evidence(d, f, tunnel, &sa->nat);
    es_finding_evidence(d, f, &flow->first, "AH from %s", es_who(d, tunnel, flow->side));
}

static const struct es_rule rule_natt_in_use = {
    .id = "natt-in-use",
    .severity = ES_SEVERITY_NOTE,
    .title = "NAT traversal is in use",
    .explanation = "The peers found a NAT between them and send ESP in UDP. On which side the NAT "
                   "is follows from the hashes that both send over their addresses.",
    .causes = ES_SENTENCES("a NAT in front of the named peer",
                           "a peer that forces encapsulation by claiming a false address"),
    .checks = ES_SENTENCES("nothing is wrong with this in itself; expect the NAT to need "
                           "keepalives, and the mapping to change"),
    .reference = "RFC 7296, 2.23; RFC 3947; RFC 3948",
    .on_tunnel = natt_in_use,
};

static const struct es_rule rule_natt_forced = {
    .id = "natt-forced",
    .severity = ES_SEVERITY_NOTE,
    .title = "UDP encapsulation without a NAT",
    .explanation = "The NAT detection hashes match the addresses seen on the wire, so there is no "
                   "NAT here, yet ESP is sent in UDP: one side forces it.",
    .causes = ES_SENTENCES("encapsulation is forced by configuration",
                           "a cloud gateway that always encapsulates",
                           "the NAT is beyond the capture point"),
    .checks = ES_SENTENCES("nothing is wrong with this; it costs 8 bytes a packet"),
    .reference = "RFC 7296, 2.23",
    .on_tunnel = natt_forced,
};

static const struct es_rule rule_nat_without_natt = {
    .id = "nat-without-natt",
    .severity = ES_SEVERITY_ERROR,
    .title = "a NAT, but no NAT traversal",
    .explanation = "The hashes show a NAT between the peers, and still ESP goes as protocol 50, "
                   "which most NATs cannot carry for more than one peer, or at all.",
    .causes =
        ES_SENTENCES("NAT traversal is switched off on one side", "one side does not support it"),
    .checks = ES_SENTENCES("on both peers: enable NAT traversal",
                           "at the NAT: is ESP passed through, and to whom?"),
    .reference = "RFC 3947, 1; RFC 7296, 2.23",
    .roots = ES_SENTENCES("natt-vid-one-side", "natt-draft-mismatch"),
    .on_tunnel = without_natt,
};

static const struct es_rule rule_ah_with_nat = {
    .id = "ah-with-nat",
    .severity = ES_SEVERITY_ERROR,
    .title = "AH through a NAT",
    .explanation = "AH's integrity check covers the IP addresses, so a NAT on the way makes every "
                   "packet fail it. No setting of the NAT can help.",
    .causes = ES_SENTENCES("AH was chosen for a path that has a NAT",
                           "a NAT was put into the path later"),
    .checks = ES_SENTENCES("on both peers: use ESP (with integrity, or with NULL encryption) "
                           "instead of AH",
                           "at the receiver: its counter of packets with a failed integrity check "
                           "rises"),
    .reference = "RFC 3715, 2.1; RFC 4302, 3.3.3",
    .on_tunnel = ah_with_nat,
};

static const struct es_rule *const rules[] = {&rule_natt_in_use, &rule_natt_forced,
                                              &rule_nat_without_natt, &rule_ah_with_nat};

const struct es_chapter es_chapter_nat = {rules, ES_COUNT(rules)};
