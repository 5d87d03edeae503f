/*
 * The capture itself: what it cannot show must not be held against a peer.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

static void one_sided(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    uint8_t missing;
    struct es_packet_ref proof;
    if (!es_is_one_sided(d, tunnel, &missing, &proof))
        return;
    const uint8_t speaker = 1 - missing;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const bool proven = es_ref_seen(&proof);
    f->confidence = proven ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_POSSIBLE;
    f->reason = proven ? "what the captured side sends shows that it hears the other one"
                       : "nothing in the capture shows whether the other side sends anything";
    f->provenance = proven ? ES_PROVENANCE_OBSERVED : ES_PROVENANCE_INFERRED;
    f->summary =
        es_say(d, "the capture holds %s from %s and none from %s%s",
               es_say_count(d, es_sent(tunnel, speaker), "packet", "packets"),
               es_who(d, tunnel, speaker), es_who(d, tunnel, missing),
               proven ? ", though the two do talk: nothing can be said of what is missing here"
                      : ": whether anything comes back cannot be told from it");
    es_finding_span(f, &tunnel->first, &tunnel->last, es_sent(tunnel, speaker));
    es_finding_evidence(d, f, &tunnel->first, "first packet, from %s", es_who(d, tunnel, speaker));
    es_finding_evidence(d, f, &proof, "%s sends this only after an answer that is not captured",
                        es_who(d, tunnel, speaker));
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel)
        es_finding_flow(f, flow);
}

/* A finding about the capture as a whole: its frame counts stand for evidence. */
static struct es_finding *add_of_tally(const struct es_rule *rule, struct es_diagnosis *d,
                                       const struct es_tally *tally)
{
    struct es_finding *f = tally->count ? es_finding_add(d, rule, NULL) : NULL;
    es_finding_span(f, &tally->first, &tally->last, tally->count);
    return f;
}

static void truncated(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_tally *cut = &d->model->capture.cut;
    struct es_finding *f = add_of_tally(rule, d, cut);
    if (!f)
        return;
    f->summary = es_say(d,
                        "%s held shorter than on the wire (snaplen): headers and lengths are "
                        "there, contents are not",
                        es_say_count(d, cut->count, "frame is", "frames are"));
    es_finding_evidence(d, f, &cut->first, "the first frame cut short");
}

static void drops(const struct es_rule *rule, struct es_diagnosis *d)
{
    const uint64_t count = d->coverage->drops;
    struct es_finding *f = count ? es_finding_add(d, rule, NULL) : NULL;
    if (!f)
        return;
    const struct es_model *model = d->model;
    const uint64_t all = count + model->last.number;
    f->severity = count * 100 >= all * es_limit(d, ES_LIMIT_CAPTURE_DROPS) ? ES_SEVERITY_WARNING
                                                                           : ES_SEVERITY_NOTE;
    f->reason = "counted by the capturing side itself";
    f->summary = es_say(d,
                        "the capturing side dropped %s: what is missing here may have been on "
                        "the wire",
                        es_say_count(d, count, "packet", "packets"));
    es_finding_span(f, &model->first, &model->last, count);
    es_finding_evidence(d, f, &model->first, "the capture begins");
    es_finding_evidence(d, f, &model->last, "the capture ends");
}

static void midstream(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = tunnel->ike_sas;
    const struct es_flow *flow = tunnel->flows;
    const bool ike_before = sa && !sa->birth_seen && !sa->inferred;
    const bool esp_before = flow && !es_ref_seen(&flow->child->created.ref) &&
                            flow->sequence.first > es_limit(d, ES_LIMIT_YOUNG_SEQUENCE);
    struct es_finding *f = ike_before || esp_before ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->summary = es_say(d, "%s%s%s began before the capture: how, it cannot show",
                        ike_before ? es_word_ike_sa(tunnel) : "",
                        ike_before && esp_before ? " and " : "", esp_before ? "ESP" : "");
    es_finding_span(f, &tunnel->first, &tunnel->first, 1);
    if (ike_before)
        es_finding_evidence(d, f, &sa->first, "the first message seen of an %s that was there",
                            es_word_ike_sa(tunnel));
    if (esp_before)
        es_finding_evidence(d, f, &flow->first, "the first packet seen has number %" PRIu64,
                            flow->sequence.first);
}

/*
 * IKE messages and ESP packets of the tunnel that the capture holds twice. Where only few packets
 * of a flow come twice the path may have doubled them: that is esp-replay-duplicate's to tell.
 */
static struct es_tally copies_of(const struct es_diagnosis *d, const struct es_tunnel *tunnel)
{
    struct es_tally copies = es_tunnel_odd(tunnel)->copies;
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        const struct es_tally *more = flow->irregular ? &flow->irregular->copies : NULL;
        if (!more ||
            more->count * 100 < (flow->packets - more->count) * es_limit(d, ES_LIMIT_COPY_PERCENT))
            continue;
        if (copies.count == 0 || more->first.time < copies.first.time)
            copies.first = more->first;
        if (copies.count == 0 || more->last.time > copies.last.time)
            copies.last = more->last;
        copies.count += more->count;
    }
    return copies;
}

static void duplicates(const struct es_rule *rule, struct es_diagnosis *d,
                       const struct es_tunnel *tunnel)
{
    const struct es_tally copies = copies_of(d, tunnel);
    struct es_finding *f = copies.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->summary = es_say(d, "the capture holds %s twice, within moments and with equal bytes",
                        es_say_count(d, copies.count, "packet", "packets"));
    es_finding_span(f, &copies.first, &copies.last, copies.count);
    es_finding_evidence(d, f, &copies.first, "the first copy");
}

static void backwards(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_clock_steps *steps = &d->model->capture.backward;
    struct es_finding *f = add_of_tally(rule, d, &steps->tally);
    if (!f)
        return;
    f->summary = es_say(d,
                        "%s earlier than the one before, by up to %s: times and the order of "
                        "what happened are in doubt",
                        es_say_count(d, steps->tally.count, "frame is", "frames are"),
                        es_say_span(d, steps->largest));
    es_finding_evidence(d, f, &steps->tally.first, "the first such frame");
}

static void jump(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_clock_steps *pauses = &d->model->capture.pauses;
    if (pauses->largest < es_limit_ns(d, ES_LIMIT_CAPTURE_PAUSE))
        return;
    struct es_finding *f = add_of_tally(rule, d, &pauses->tally);
    if (!f)
        return;
    f->summary = es_say(d,
                        "no frame at all for up to %s: the clock was set, the capture paused, or "
                        "nothing passed",
                        es_say_span(d, pauses->largest));
    es_finding_evidence(d, f, &pauses->tally.first, "the first frame after a long pause");
}

static void no_ike(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_model *model = d->model;
    if (!model->flows || model->ike_sas ||
        model->last.time - model->first.time < es_limit_ns(d, ES_LIMIT_FILTER_SPAN))
        return;
    struct es_finding *f = es_finding_add(d, rule, NULL);
    if (!f)
        return;
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason =
        "SAs with manual keys, or ones that are not rekeyed or probed in that time, have no "
        "IKE either";
    f->summary = es_say(d,
                        "%s and not one IKE message in %s: a filter may have left out UDP 500 "
                        "and 4500",
                        es_say_count(d, model->flow_count, "ESP flow", "ESP flows"),
                        es_say_span(d, model->last.time - model->first.time));
    es_finding_span(f, &model->first, &model->last, model->flow_count);
    es_finding_evidence(d, f, &model->flows->first, "the first ESP packet");
}

/* The first Child SA that was made in view and should carry something by now. */
static const struct es_child_sa *waiting_child(const struct es_diagnosis *d)
{
    for (const struct es_child_sa *c = d->model->children; c; c = c->next) {
        if (!c->withdrawn && es_ref_seen(&c->created.ref) &&
            d->now - c->created.ref.time >= es_limit_ns(d, ES_LIMIT_FILTER_SPAN))
            return c;
    }
    return NULL;
}

static void no_esp(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_child_sa *child = d->model->flows ? NULL : waiting_child(d);
    struct es_finding *f = child ? es_finding_add(d, rule, NULL) : NULL;
    if (!f)
        return;
    f->confidence = ES_CONFIDENCE_POSSIBLE;
    f->provenance = ES_PROVENANCE_INFERRED;
    f->reason = "a capture filter without protocol 50 looks the same as tunnels that nobody uses";
    f->summary = es_say(
        d,
        "%s came up and not one ESP packet in the whole capture: nobody "
        "used it, or the filter left out protocol 50",
        es_say_count(d, d->model->child_count, es_word_child_sa(child->tunnel), "SAs for traffic"));
    es_finding_span(f, &child->created.ref, &d->model->last, 1);
    es_finding_evidence(d, f, &child->created.ref, "from here on ESP could flow");
    es_finding_evidence(d, f, &d->model->last, "the capture ends");
}

static void offload(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct es_tally *large = &d->model->capture.oversized;
    struct es_finding *f = add_of_tally(rule, d, large);
    if (!f)
        return;
    f->summary = es_say(d,
                        "%s longer than an Ethernet frame: jumbo frames, or segments that the "
                        "network card cuts later; sizes here are not those on the wire then",
                        es_say_count(d, large->count, "frame is", "frames are"));
    es_finding_evidence(d, f, &large->first, "the first one");
}

static const struct es_rule rule_capture_one_sided = {
    .id = "capture-one-sided",
    .severity = ES_SEVERITY_NOTE,
    .title = "only one direction was captured",
    .explanation =
        "Every packet of this tunnel in the capture was sent by the same peer. What the other one "
        "sends went past the capture point, was filtered out, or was never sent. Findings about "
        "missing packets are held back for this tunnel.",
    .causes =
        ES_SENTENCES("the two directions take different paths (asymmetric routing, a "
                     "cluster, link aggregation) and the capture saw one",
                     "the capture filter names one host as source only",
                     "a mirror port set to one direction", "the other peer really sends nothing"),
    .checks = ES_SENTENCES("capture again at a place that both directions pass, or at both peers",
                           "look at the capture filter: \"host\" instead of \"src host\"",
                           "on a mirror port, mirror both directions"),
    .reference = "RFC 7296, 2.1",
    .on_tunnel = one_sided,
};

static const struct es_rule rule_capture_truncated = {
    .id = "capture-truncated",
    .severity = ES_SEVERITY_NOTE,
    .title = "packets were cut short by the capture",
    .explanation = "The capture kept only the first bytes of each packet. Sequence numbers, SPIs "
                   "and lengths are read all the same; IKE payloads behind the cut are not.",
    .causes = ES_SENTENCES("a snap length (tcpdump -s) shorter than the packets",
                           "privacy: the contents were left out on purpose"),
    .checks = ES_SENTENCES("capture with -s 0 when IKE messages are to be read to their end"),
    .reference = "pcap-savefile(5); RFC 4303, 2",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = truncated,
};

static const struct es_rule rule_capture_drops = {
    .id = "capture-drops",
    .severity = ES_SEVERITY_WARNING,
    .title = "the capturing side dropped packets",
    .explanation = "The kernel or the capture card could not keep up and says how many packets it "
                   "dropped. What is missing in the capture need not be missing on the wire, so "
                   "every finding about missing packets is held with less certainty.",
    .causes = ES_SENTENCES("too much traffic for the capturing machine or its disk",
                           "a buffer that is too small"),
    .checks =
        ES_SENTENCES("capture with a filter that leaves out other traffic: udp port 500 or udp "
                     "port 4500 or ip proto 50 or ip proto 51 or icmp or (ip[6:2] & 0x3fff != 0)",
                     "a larger buffer (tcpdump -B 65536), a snap length of 128",
                     "write to a memory file system, not to a slow disk"),
    .reference = "pcap_stats(3); RFC 7296, 2.1",
    .on_model = drops,
};

static const struct es_rule rule_capture_midstream = {
    .id = "capture-midstream",
    .severity = ES_SEVERITY_NOTE,
    .title = "the capture begins in the middle",
    .explanation = "SAs were in use before the first packet of the capture: algorithms, NAT "
                   "detection and who began cannot be read from it.",
    .causes = ES_SENTENCES("the capture was started on a tunnel that was up"),
    .checks =
        ES_SENTENCES("to see the negotiation: start the capture, then let the tunnel come up anew"),
    .reference = "RFC 7296, 1.2",
    .category = ES_CATEGORY_STATISTICS,
    .on_tunnel = midstream,
};

static const struct es_rule rule_capture_duplicates = {
    .id = "capture-duplicates",
    .severity = ES_SEVERITY_NOTE,
    .title = "the capture holds packets twice",
    .explanation =
        "The same bytes come twice within moments: the capture point sees a packet on its way in "
        "and again on its way out. Copies are not counted as retransmissions or replays.",
    .causes =
        ES_SENTENCES("the device \"any\" on a router",
                     "a mirror port that copies both directions of a link or both of two links",
                     "captures of both ends merged into one"),
    .checks = ES_SENTENCES("capture on one interface"),
    .reference = "RFC 7296, 2.1",
    .category = ES_CATEGORY_STATISTICS,
    .on_tunnel = duplicates,
};

static const struct es_rule rule_capture_time_backwards = {
    .id = "capture-time-backwards",
    .severity = ES_SEVERITY_NOTE,
    .title = "the clock of the capture went backwards",
    .explanation = "Frames are stored in an order that their times contradict. Intervals and the "
                   "order of events cannot be trusted there.",
    .causes = ES_SENTENCES("the clock of the capturing machine was set (NTP)",
                           "several capture threads or files put together without sorting"),
    .checks = ES_SENTENCES(
        "sort the capture by time (reordercap), or look at the clock of the capturing machine"),
    .reference = "pcap-savefile(5); RFC 7296, 2.4",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = backwards,
};

static const struct es_rule rule_capture_time_jump = {
    .id = "capture-time-jump",
    .severity = ES_SEVERITY_NOTE,
    .title = "a long time without any frame",
    .explanation = "For a long time there is no frame of any kind. Either nothing passed, or the "
                   "capture or its clock stood still.",
    .causes = ES_SENTENCES("an idle tunnel and a narrow filter", "the clock was set forward",
                           "the capturing machine slept, or files of the row are missing"),
    .checks = ES_SENTENCES("are all files of the row there?",
                           "the clock of the capturing machine at that time"),
    .reference = "pcap-savefile(5); RFC 7296, 2.4",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = jump,
};

static const struct es_rule rule_capture_no_ike = {
    .id = "capture-no-ike",
    .severity = ES_SEVERITY_NOTE,
    .title = "ESP, but no IKE in the capture",
    .explanation = "There is ESP and not one IKE message. Without IKE neither the negotiation nor "
                   "liveness checks can be judged.",
    .causes = ES_SENTENCES("the capture filter names protocol 50 only",
                           "IKE takes another path or interface", "SAs with manual keys"),
    .checks = ES_SENTENCES("capture with: udp port 500 or udp port 4500 or ip proto 50 or ip proto "
                           "51 or icmp or (ip[6:2] & 0x3fff != 0)"),
    .reference = "RFC 7296, 2.23; RFC 4303, 2",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = no_ike,
};

static const struct es_rule rule_capture_no_esp = {
    .id = "capture-no-esp",
    .severity = ES_SEVERITY_NOTE,
    .title = "IKE, but no ESP in the capture",
    .explanation = "SAs for traffic came up, and not one ESP packet is in the capture. Findings "
                   "about missing ESP are held back.",
    .causes = ES_SENTENCES(
        "the capture filter names UDP ports only: it leaves out protocol 50 and IP fragments",
        "nobody used the tunnels", "ESP takes another path or interface"),
    .checks = ES_SENTENCES("capture with: udp port 500 or udp port 4500 or ip proto 50 or ip proto "
                           "51 or icmp or (ip[6:2] & 0x3fff != 0)",
                           "send something through the tunnel while capturing"),
    .reference = "RFC 4303, 2",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = no_esp,
};

static const struct es_rule rule_capture_offload = {
    .id = "capture-offload",
    .severity = ES_SEVERITY_NOTE,
    .title = "frames longer than the wire carries",
    .explanation = "Frames are longer than Ethernet frames are. Where the network card joins or "
                   "cuts segments, the capture sees other sizes and counts than the wire.",
    .causes =
        ES_SENTENCES("segmentation or receive offload on the capturing machine", "jumbo frames"),
    .checks = ES_SENTENCES(
        "switch offload off for the capture (ethtool -K IFACE gro off gso off tso off)"),
    .reference = "RFC 4303, 3.3.4",
    .category = ES_CATEGORY_STATISTICS,
    .on_model = offload,
};

static const struct es_rule *const rules[] = {
    &rule_capture_one_sided,  &rule_capture_drops,          &rule_capture_no_esp,
    &rule_capture_no_ike,     &rule_capture_truncated,      &rule_capture_midstream,
    &rule_capture_duplicates, &rule_capture_time_backwards, &rule_capture_time_jump,
    &rule_capture_offload,
};

const struct es_chapter es_chapter_capture = {rules, ES_COUNT(rules)};
