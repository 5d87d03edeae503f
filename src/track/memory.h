/*
 * The tracker's own state and the functions its files call of each other. Private to src/track.
 */
#ifndef ESPIAL_TRACK_MEMORY_H
#define ESPIAL_TRACK_MEMORY_H

#include "espial/track.h"

#include <string.h>

/* How the wire behaves, as far as tracking depends on it. (Looks back are bounded so that a flood
 * of forged SPIs within one tunnel costs no more than its packets.) */
enum {
    ES_COPY_WINDOW_MS = 50,        /* equal bytes again within this: the capture saw it twice */
    ES_REKEY_DELETE_MS = 10000,    /* a Delete of the old SA follows its rekey within this */
    ES_COLLISION_MS = 30000,       /* a request that waits longer was lost, it does not collide */
    ES_REFUSAL_MS = 3000,          /* IKEv1: an Informational this soon after Quick Mode's first
                                      message refuses it, whatever else has its length */
    ES_ANEW_MS = 2000,             /* who deletes an IKE SA to make a new one does so at once */
    ES_BESIDE_MS = 5000,           /* after a rekey at least one side has left the old SA by then */
    ES_EARLY_SEQUENCE_MAX = 64,    /* ESP that came before its negotiation was complete is young */
    ES_SUCCESSOR_MS = 30000,       /* a rekeyed IKE SA shows its first message within this */
    ES_DELETE_GRACE_MS = 10000,    /* ESP in flight and inbound grace after a Delete: daemons keep
                                      the old inbound SA some 5 s */
    ES_BIRTH_WINDOW_MS = 30000,    /* a new SPI belongs to a negotiation this far back, or, */
    ES_BIRTH_SEQUENCE_MAX = 1024,  /* any time later, when its counter still shows its youth */
    ES_DPD_ANSWER_MS = 10000,      /* IKEv1: an R-U-THERE-ACK comes within this */
    ES_DPD_INTERVAL_MAX_S = 86400, /* longer is a jump of the clock, not an interval */
    ES_ANSWER_MAX_S = 600,         /* what comes later is no slow answer but a jump of the clock */
    ES_CHILDREN_LOOKED_AT = 64,    /* newest Child SAs of a tunnel that a new flow may join */
    ES_IKE_SAS_LOOKED_AT = 16,     /* newest IKE SAs of a tunnel that a new one may succeed */
    ES_KEYS_PER_TUNNEL = 2,        /* on average: few tunnels move, and then once */
    ES_CHILDREN_DELETED = 1024,    /* newest Child SAs that go with their IKE SA */
    ES_OUTAGE_MIN_MS = 2000,       /* a peer that is quiet for less may just be slow */
    ES_TRAFFIC_GAP_MS = 20,     /* in a flow: what follows sooner is part of a stream, no probe */
    ES_PERIOD_MIN_MS = 400,     /* packets that come faster are traffic, not probes */
    ES_CHECKSUMS_PER_FLOW = 16, /* packets of a flow whose UDP checksum is looked at, */
    ES_CHECKSUMS_PER_PEER = 64, /* and IKE messages of a peer */
    ES_BACKOFF_PAUSE_MS = 100,  /* TCP waits longer before it sends a segment again: RFC 6298 asks
                                   for a second, Linux waits 200 ms */
};

/* Queues of tunnels, in the order in which they are emptied when room is needed. */
enum {
    ES_QUEUE_UNANSWERED, /* nobody answered, and there is no ESP */
    ES_QUEUE_HALF_OPEN,  /* the peer answered, but no IKE SA was made, and there is no ESP */
    ES_QUEUE_STRAY,      /* hardly any ESP */
    ES_QUEUE_SWOLLEN,    /* holds much that is over or a stray itself: that goes, not the tunnel */
    ES_QUEUE_ENDED,      /* closed, or failed */
    ES_QUEUE_DOUBTFUL,   /* much traffic, but of one side, or no IKE SA was made */
    ES_QUEUE_PROVEN,
    ES_QUEUES
};

/* ESP packets that will come soon, in their order: see expect.c. */
enum { ES_EXPECTED = 32, ES_EXPECTED_MASK = ES_EXPECTED - 1 };
struct es_expected {
    struct es_flow_key key;
    uint64_t hash;        /* of the key */
    struct es_flow *flow; /* that most likely has it; NULL: not looked for yet, or new */
};

/* Sizes of memory that is kept for the next that wants it, in steps of 16 bytes: see keep.c. */
enum { ES_SPARE_SIZES = 256 };

struct es_tracker {
    struct es_model model;
    struct es_table tunnels;   /* tunnel.c: endpoint pair to tunnel */
    struct es_table ike_sas;   /* ike_sa.c: both SPIs to IKE SA */
    struct es_table half_open; /* ike_sa.c: initiator's SPI and address to IKE SA */
    struct es_table flows;     /* flow.c */
    struct es_flow *recent[2]; /* the flows of the last packets, by parity of use */
    struct es_expected expected[ES_EXPECTED];
    uint32_t expected_end, expected_next; /* count up: of those told, and of those that came */
    struct es_tunnel *last_tunnel;        /* ends of the model's lists */
    struct es_ike_sa *last_ike_sa;
    struct es_child_sa *last_child;
    struct es_flow *last_flow;
    struct es_tunnel **slots; /* evict.c: the tunnels by their slot; owned */
    size_t slot_room;
    struct es_block *spares[ES_SPARE_SIZES]; /* keep.c; owned */
    size_t spare_bytes;                      /* in all of them */
    struct {
        struct es_tunnel *first, *last;
        uint32_t count;
    } queues[ES_QUEUES];      /* evict.c: who goes first */
    struct es_tunnel *untidy; /* forget.c: tunnels that hold too much */
    size_t max_half_open;     /* tunnels in the first two of them */
    bool work;                /* something is to be forgotten before the next packet */
    uint64_t seed[2];
    struct es_event_sink events;
    es_time before; /* when the frame before this one came */
};

static inline void es_tally_add(struct es_tally *tally, const struct es_packet_ref *ref)
{
    if (tally->count++ == 0)
        tally->first = *ref;
    tally->last = *ref;
}

static inline bool es_within(const struct es_packet_ref *earlier, const struct es_packet_ref *later,
                             int64_t milliseconds)
{
    return later->time - earlier->time <= milliseconds * ES_MILLISECOND;
}

/* event.c */
void es_event_send(const struct es_tracker *tracker, const struct es_event *event);

/* keep.c: memory that is counted, chained to what it belongs to. NULL when there is no more. */
void *es_keep(struct es_tracker *tracker, struct es_block **owner, size_t size);

/* es_table_add_hashed(), whose failing for want of memory is counted. */
bool es_keep_add(struct es_tracker *tracker, struct es_table *table, uint64_t hash, void *entry);
void *es_keep_copy(struct es_tracker *tracker, struct es_block **owner, const void *bytes,
                   size_t size);
/* Also ends the text; that it is not whole is counted. */
const char *es_keep_text(struct es_tracker *tracker, struct es_block **owner, struct es_text *text);
void es_keep_free(struct es_tracker *tracker, struct es_block **owner);
void es_keep_fini(struct es_tracker *tracker); /* when nothing is kept any more */
size_t es_keep_total(const struct es_tracker *tracker);

/* alias.c: keys of tunnels and IKE SAs; `list` is that of the one that the key leads to. */
void *es_alias_find(const struct es_table *table, const void *key);
bool es_alias_set(struct es_tracker *tracker, struct es_table *table, const void *key, void *of,
                  struct es_alias **list);
void es_aliases_drop(struct es_tracker *tracker, struct es_alias **list);

/* forget.c: what is over within a tunnel goes. */
void es_tunnel_grew(struct es_tracker *tracker, struct es_tunnel *tunnel);
void es_forget_tidy(struct es_tracker *tracker);
void es_tunnel_shrink(struct es_tracker *tracker, struct es_tunnel *tunnel);
void es_tunnel_empty(struct es_tracker *tracker, struct es_tunnel *tunnel);

/* evict.c: tunnels come and go. */
bool es_tunnel_append(struct es_tracker *tracker, struct es_tunnel *tunnel);
void es_tunnel_queue(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t queue);
void es_tunnel_judge(struct es_tracker *tracker, struct es_tunnel *tunnel);
static inline bool es_tunnel_is_half_open(const struct es_tunnel *tunnel)
{
    return tunnel->keeping.queue <= ES_QUEUE_HALF_OPEN;
}
void es_tunnel_forget(struct es_tracker *tracker, struct es_tunnel *tunnel);
void es_evict(struct es_tracker *tracker, const struct es_packet_ref *ref);

/* tunnel.c */
struct es_tunnel *es_tunnel_of(struct es_tracker *tracker, const struct es_datagram *datagram,
                               uint8_t *side);
struct es_tunnel *es_tunnel_known(const struct es_tracker *tracker,
                                  const struct es_datagram *datagram, uint8_t *side);
uint8_t es_tunnel_side(const struct es_tunnel *tunnel, const struct es_datagram *datagram);
void es_tunnel_move(struct es_tracker *tracker, struct es_tunnel *tunnel,
                    const struct es_datagram *datagram, uint8_t side);

/* Those of the tunnel, to write to; made when they are the first. NULL: no memory. */
struct es_tunnel_oddities *es_tunnel_oddities_of(struct es_tracker *tracker,
                                                 struct es_tunnel *tunnel);

/* ike_sa.c */
/* Those of the IKE SA, likewise. */
struct es_ike_oddities *es_ike_oddities_of(struct es_tracker *tracker, struct es_ike_sa *sa);
struct es_ike_sa *es_ike_sa_of(struct es_tracker *tracker, const struct es_datagram *datagram,
                               const struct es_ike_message *message, uint64_t print, uint8_t *side);
const struct es_ike_sa *es_ike_sa_named(const struct es_tracker *tracker,
                                        const struct es_datagram *datagram, uint64_t initiator_spi,
                                        uint64_t responder_spi);
struct es_ike_sa *es_ike_sa_find(const struct es_tracker *tracker,
                                 const struct es_datagram *datagram,
                                 const struct es_ike_message *message, uint64_t print);
void es_ike_sa_withdraw_child(const struct es_ike_sa *old, const struct es_packet_ref *ref);
const struct es_exchange *es_ike_sa_rekey(const struct es_ike_sa *sa,
                                          const struct es_packet_ref *ref);
void es_ike_sa_establish(struct es_tracker *tracker, struct es_ike_sa *sa,
                         const struct es_packet_ref *ref);
void es_ike_sa_fail(struct es_tracker *tracker, struct es_ike_sa *sa, uint16_t error, uint8_t side,
                    const struct es_packet_ref *ref);
void es_ike_sa_stop(struct es_ike_sa *sa, uint8_t side, const struct es_packet_ref *ref);
void es_ike_sa_close(struct es_tracker *tracker, struct es_ike_sa *sa, uint8_t side,
                     const struct es_packet_ref *ref);

/* What one message means where it stands: the argument that the files below pass on. */
struct es_sighting {
    struct es_tracker *tracker;
    const struct es_datagram *datagram;
    const struct es_ike_message *message;
    struct es_tunnel *tunnel;
    struct es_ike_sa *sa;
    uint8_t side;      /* of the sender */
    uint64_t print;    /* fingerprint of the message */
    unsigned could_be; /* enum es_ike_class bits */
    bool from_new_address;
};

/* The part of a message in its exchange. */
enum es_part { ES_PART_REQUEST, ES_PART_RESPONSE, ES_PART_REPEAT };

/* expect.c */
struct es_flow *es_expected_flow(struct es_tracker *tracker, const struct es_flow_key *key);
void es_expected_forget(struct es_tracker *tracker);

/* flow.c */
struct es_flow *es_flow_find(const struct es_tracker *tracker, const struct es_datagram *datagram,
                             uint32_t spi);

/* negotiation.c: offers, choices, nonces, vendor IDs, identities, clear errors. */
void es_identity_see(const struct es_sighting *sighting, uint8_t type, uint8_t side);
const char *es_identity_of(const struct es_sighting *sighting, uint8_t type);
void es_negotiation_see(const struct es_sighting *sighting);

/* handshake.c: groups, hash lists, certificates, EAP, redirects, configuration. */
void es_handshake_see(const struct es_sighting *sighting, const struct es_exchange *exchange,
                      enum es_part part);

/* nat.c: NAT detection hashes. */
void es_nat_see(const struct es_sighting *sighting);

/* mapping.c: where a peer's packets come from. To be called before the packet is tallied; true when
 * the sender's address is another than before. */
bool es_mapping_see(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                    const struct es_datagram *datagram);
void es_mapping_update(const struct es_sighting *sighting, const struct es_exchange *exchange);

/* silence.c: how long nothing came, and what was sent in vain. Also before the tally. */
const struct es_packet_ref *es_last_packet(const struct es_peer *peer);
void es_silence_see(struct es_tunnel *tunnel, uint8_t side, const struct es_packet_ref *ref,
                    bool is_keepalive);
void es_outage_end(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                   const struct es_packet_ref *ref);

/* A packet of `side`: what the other one sent was heard, if it was not before. */
static inline void es_unheard_see(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                  uint8_t side, const struct es_packet_ref *ref, bool is_ike)
{
    struct es_unheard *other = &tunnel->unheard[1 - side];
    if (other->packets) {
        if (ES_UNLIKELY(ref->time - other->first.time > ES_OUTAGE_MIN_MS * ES_MILLISECOND))
            es_outage_end(tracker, tunnel, side, ref);
        other->packets = other->ike = 0;
    }
    struct es_unheard *own = &tunnel->unheard[side];
    if (own->packets++ == 0)
        own->first = *ref;
    own->ike += is_ike;
}

/* monitor.c: packets at an even pace. A packet behind a gap in its flow. Before es_unheard_see()
 * and the tallies: who spoke last tells answers from questions. */
void es_monitor_see(struct es_child_sa *child, uint8_t side, uint32_t length,
                    const struct es_packet_ref *ref);

/* checksum.c: UDP checksums of a few packets of each peer. */
void es_checksum_see(struct es_peer *peer, const struct es_datagram *datagram);

/* exchange.c: request and response. */
struct es_exchange *es_exchange_see(const struct es_sighting *sighting, enum es_part *part);

/* delivery.c: what of IKE gets through, and from where. */
void es_delivery_request(const struct es_sighting *sighting, struct es_exchange *exchange);
void es_delivery_again(const struct es_sighting *sighting, struct es_exchange *exchange);
void es_delivery_answer(const struct es_sighting *sighting, struct es_exchange *exchange);
void es_delivery_answer_again(const struct es_sighting *sighting, struct es_exchange *exchange);
bool es_delivery_strays(const struct es_ike_sa *sa, const struct es_datagram *datagram,
                        const struct es_ike_header *header, uint8_t side);
void es_delivery_partial(struct es_tracker *tracker, const struct es_datagram *datagram,
                         const struct es_ike_message *message, struct es_message_view *view);
void es_delivery_whole(const struct es_sighting *sighting);
void es_delivery_foreign(const struct es_sighting *sighting);
void es_delivery_again_answered(const struct es_sighting *sighting, struct es_exchange *exchange);
void es_delivery_refused(struct es_refusal *refusal, const struct es_datagram *datagram);

/* infer.c: what exchanges were, and what follows from them. */
void es_infer(const struct es_sighting *sighting, struct es_exchange *exchange, enum es_part part);

/* request.c: requests for new SAs, and what became of them. */
extern const struct es_requests es_no_requests[2]; /* those of an IKE SA without any */
void es_request_asked(const struct es_sighting *sighting, const struct es_exchange *exchange);
void es_request_made(const struct es_sighting *sighting, const struct es_exchange *exchange);
void es_request_refused(const struct es_sighting *sighting, struct es_exchange *exchange);
void es_request_error(const struct es_sighting *sighting, const struct es_exchange *exchange,
                      uint16_t error);
void es_request_read(const struct es_sighting *sighting, const struct es_ike_proposals *proposals);
void es_request_selectors(const struct es_sighting *sighting, uint8_t asker,
                          struct es_ike_selector found[2][ES_WANTED_SELECTORS], uint8_t count[2]);
struct es_exchange *es_quick_mode_waiting(const struct es_sighting *sighting);

/* reveal.c: what opened messages say, exactly. */
void es_reveal(const struct es_sighting *sighting, struct es_exchange *exchange, enum es_part part);

/* liveness.c: DPD requests, and signs of life of the peer that end a row of unanswered ones. */
void es_liveness_request(const struct es_sighting *sighting, struct es_exchange *exchange,
                         bool ambiguous);
void es_liveness_repeat(const struct es_sighting *sighting, const struct es_exchange *exchange);
void es_liveness_answer(struct es_ike_sa *sa, const struct es_exchange *exchange);
void es_liveness_sign(struct es_ike_sa *sa, uint8_t side);

/* child_sa.c: births and ends, and which flow belongs to which Child SA. */
struct es_child_sa *es_child_new(struct es_tracker *tracker, struct es_tunnel *tunnel,
                                 struct es_ike_sa *sa, const struct es_child_event *created,
                                 enum es_tristate is_rekey);
struct es_child_sa *es_child_early(struct es_tracker *tracker, struct es_ike_sa *sa,
                                   const struct es_exchange *exchange,
                                   const struct es_child_event *created, enum es_tristate is_rekey);
void es_child_delete(struct es_tracker *tracker, struct es_child_sa *child,
                     const struct es_child_event *deleted);
struct es_child_sa *es_child_rekeyed_alive(const struct es_tunnel *tunnel,
                                           const struct es_packet_ref *ref);
struct es_child_sa *es_child_only_one(const struct es_tunnel *tunnel);
struct es_child_sa *es_child_for(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                                 const struct es_esp_packet *packet,
                                 const struct es_packet_ref *ref);

/* path.c: an ICMP error about ESP of `side`. */
void es_path_icmp(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t side,
                  const struct es_datagram *datagram);
extern const struct es_refusal es_no_refusals[2]; /* those of a tunnel without ICMP errors */
extern const struct es_path es_no_paths[2];

/* The last bytes of a packet, folded: those of the ICV, which differ in any two packets. 0: not
 * captured. */
static inline uint32_t es_print_of(const struct es_datagram *datagram)
{
    const struct es_cursor *payload = &datagram->payload;
    uint64_t tail;
    /* A copy may be in other fragments. */
    if (ES_UNLIKELY(datagram->first_fragment_only || datagram->reassembled))
        return 0;
    if (ES_UNLIKELY(payload->missing || es_left(payload) < ES_ESP_HEADER_BYTES + sizeof(tail)))
        return 0;
    memcpy(&tail, payload->end - sizeof(tail), sizeof(tail));
    return (uint32_t)(tail * UINT64_C(0x9e3779b97f4a7c15) >> 32) | 1;
}

/* A time in units of some 16 microseconds, for short spans. */
static inline uint32_t es_print_when(es_time time)
{
    return (uint32_t)((uint64_t)time >> 14);
}

/* sequence.c: what a number is to those before it. */
enum es_arrival {
    ES_ARRIVAL_NEXT,
    ES_ARRIVAL_GAP,   /* numbers before it have not come */
    ES_ARRIVAL_LATE,  /* a higher one came before it */
    ES_ARRIVAL_TWICE, /* its number came before */
    ES_ARRIVAL_RESET, /* with those just before it, it shows that the counter began again */
};

/* irregular.c: what is out of the ordinary in a flow; not on the usual way of a packet. */
void es_irregular_arrival(struct es_tracker *tracker, struct es_flow *flow,
                          const struct es_datagram *datagram, const struct es_esp_packet *packet,
                          enum es_arrival arrival, uint64_t highest_before);
void es_irregular_behind(struct es_tracker *tracker, struct es_flow *flow);
void es_irregular_stale(struct es_tracker *tracker, struct es_flow *flow,
                        const struct es_packet_ref *ref);
void es_irregular_not_stale(struct es_flow *flow);
void es_irregular_wrapping(struct es_tracker *tracker, struct es_flow *flow,
                           const struct es_packet_ref *ref);
void es_irregular_fragments(struct es_tracker *tracker, struct es_flow *flow,
                            const struct es_datagram *datagram);
void es_irregular_hops(struct es_tracker *tracker, struct es_flow *flow,
                       const struct es_datagram *datagram);
void es_irregular_length(struct es_tracker *tracker, struct es_flow *flow,
                         const struct es_datagram *datagram, uint32_t length);
void es_irregular_backoff(struct es_tracker *tracker, struct es_flow *flow,
                          const struct es_datagram *datagram, uint32_t length, es_time pause);
void es_irregular_iv(struct es_tracker *tracker, struct es_flow *flow,
                     const struct es_packet_ref *ref);

/* sequence.c, timeline.c */
/* A number that is higher than all before; for the others `disorder` is needed. */
static inline bool es_sequence_is_ahead(const struct es_sequence *sequence, uint32_t number)
{
    return number - (uint32_t)sequence->highest - 1 < UINT32_MAX / 2;
}
void es_sequence_start(struct es_sequence *sequence, uint32_t number);
enum es_arrival es_sequence_add(struct es_sequence *sequence, uint32_t number);
/* The last ES_FIRST_PRINTS duplicates, up to this number, turned out to be other packets. */
void es_sequence_restarted(struct es_sequence *sequence, uint32_t number);
/* False: it is not counted, since a bucket outgrows its place; see `wide`. */
bool es_timeline_add(struct es_timeline *timeline, es_time time);
/* Goes over to `wide`, of ES_TIMELINE_BUCKETS. */
void es_timeline_widen(struct es_timeline *timeline, uint32_t *wide);

#endif
