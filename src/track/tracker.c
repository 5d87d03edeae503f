/*
 * The tracker's entrance: takes what the rooms before it understood and passes it to the files that
 * know what it means. Start reading the room here.
 */
#include "memory.h"

#include <stdlib.h>

enum {
    DEFAULT_MEMORY = 1 << 30,
    DEFAULT_TUNNELS = 100000,
    DEFAULT_FLOWS = 200000,
    DEFAULT_HALF_OPEN = 10000
};

static size_t or_default(size_t value, size_t fallback)
{
    return value ? value : fallback;
}

struct es_tracker *es_tracker_new(const struct es_tracker_options *options)
{
    struct es_tracker *tracker = calloc(1, sizeof(*tracker));
    if (!tracker)
        return NULL;
    const uint64_t *seed = options->seed;
    const size_t tunnels = or_default(options->max_tunnels, DEFAULT_TUNNELS);
    const size_t ike_sas = or_default(options->max_ike_sas, DEFAULT_TUNNELS);
    tracker->model.memory_limit = or_default(options->max_memory, DEFAULT_MEMORY);
    /* A tunnel is known by a few keys, an IKE SA by one of each kind. */
    es_table_init(&tracker->tunnels, 36, tunnels * ES_KEYS_PER_TUNNEL, seed);
    es_table_init(&tracker->ike_sas, 16, ike_sas, seed);
    es_table_init(&tracker->half_open, 24, ike_sas, seed);
    es_table_init(&tracker->flows, sizeof(struct es_flow_key),
                  or_default(options->max_flows, DEFAULT_FLOWS), seed);
    tracker->max_half_open = or_default(options->max_half_open, DEFAULT_HALF_OPEN);
    tracker->seed[0] = seed[0];
    tracker->seed[1] = seed[1];
    tracker->events = options->events;
    return tracker;
}

void es_tracker_free(struct es_tracker *tracker)
{
    if (!tracker)
        return;
    /* The tables first: then nothing has to be taken out of them one by one. */
    es_table_fini(&tracker->tunnels);
    es_table_fini(&tracker->ike_sas);
    es_table_fini(&tracker->half_open);
    es_table_fini(&tracker->flows);
    while (tracker->model.tunnels)
        es_tunnel_forget(tracker, tracker->model.tunnels);
    es_keep_fini(tracker);
    free(tracker->slots);
    free(tracker);
}

const struct es_model *es_tracker_model(const struct es_tracker *tracker)
{
    return &tracker->model;
}

static void note_step(struct es_clock_steps *steps, const struct es_packet_ref *ref, es_time step)
{
    es_tally_add(&steps->tally, ref);
    if (step > steps->largest)
        steps->largest = step;
}

/* Only what stands out costs anything. */
static void note_frame(struct es_model *model, const struct es_frame *frame)
{
    struct es_capture_marks *marks = &model->capture;
    const es_time step = frame->ref.time - model->last.time;
    if (ES_UNLIKELY(frame->held < frame->wire))
        es_tally_add(&marks->cut, &frame->ref);
    if (ES_UNLIKELY(frame->wire > ES_ETHERNET_FRAME_BYTES))
        es_tally_add(&marks->oversized, &frame->ref);
    if (ES_UNLIKELY(step < -ES_CLOCK_SLACK_MS * ES_MILLISECOND))
        note_step(&marks->backward, &frame->ref, -step);
    else if (ES_UNLIKELY(step > ES_CLOCK_PAUSE_S * ES_SECOND))
        note_step(&marks->pauses, &frame->ref, step);
}

void es_tracker_frame(struct es_tracker *tracker, const struct es_frame *frame)
{
    struct es_model *model = &tracker->model;
    const struct es_packet_ref *ref = &frame->ref;
    if (ES_UNLIKELY(!model->started)) {
        model->started = true;
        model->first = model->last = *ref;
    }
    note_frame(model, frame);
    tracker->before = model->last.time;
    if (ref->time >= model->last.time)
        model->last = *ref;
    if (ES_UNLIKELY(tracker->work))
        es_evict(tracker, ref);
}

static void add_damage(struct es_damage *damage, uint8_t side, uint32_t offset, const char *reason,
                       const struct es_packet_ref *ref)
{
    if (damage->tally.count == 0) {
        damage->side = side;
        damage->offset = offset;
        damage->reason = reason;
    }
    es_tally_add(&damage->tally, ref);
}

static bool is_malformed(const struct es_ike_message *message)
{
    return message->fault == ES_FAULT_SHORT || message->fault == ES_FAULT_VALUE;
}

static bool is_known_version(const struct es_ike_header *header)
{
    return header->major == 1 || header->major == 2;
}

/* An error report in clear, which may stand outside any IKE SA. RFC 7296, 1.5 and 2.21.4. */
static bool is_clear_report(const struct es_ike_message *message)
{
    const uint8_t type = message->header.exchange_type;
    return !message->encrypted &&
           (type == ES_IKE_EXCHANGE_INFORMATIONAL || type == ES_IKE_EXCHANGE_INFORMATIONAL_V1);
}

/* A piece of a larger message, which comes whole with the last piece. */
static bool is_ikev1_fragment(const struct es_ike_message *message)
{
    return message->header.major == 1 && message->payload_count == 1 &&
           message->payloads[0].type == ES_IKEV1_PAYLOAD_FRAGMENT;
}

/* What an encrypted message can be. The length of a fragment says nothing of the whole. */
static unsigned classes_of(struct es_ike_sa *sa, uint8_t side, const struct es_ike_message *message)
{
    if (message->fragment_total <= 1 || message->decrypted) {
        struct es_ike_suite suite = sa->suite;
        es_ike_padding_learn(&sa->padding[side], &suite, message);
        suite.alignment = sa->padding[side].alignment;
        return es_ike_could_be(&suite, message, sa->nonce_length);
    }
    const bool informational = message->header.exchange_type == ES_IKE_EXCHANGE_INFORMATIONAL;
    return informational ? ES_IKE_CLASS_OTHER : 0;
}

static void count_message(struct es_sighting *s)
{
    const struct es_packet_ref *ref = &s->datagram->ref;
    struct es_peer *peer = &s->tunnel->peers[s->side];
    s->from_new_address = s->sa && es_mapping_see(s->tracker, s->tunnel, s->side, s->datagram);
    es_silence_see(s->tunnel, s->side, ref, false);
    es_unheard_see(s->tracker, s->tunnel, s->side, ref, true);
    if (peer->ike.count < ES_CHECKSUMS_PER_PEER)
        es_checksum_see(peer, s->datagram);
    struct es_tunnel_oddities *oddities =
        s->datagram->marker_missing ? es_tunnel_oddities_of(s->tracker, s->tunnel) : NULL;
    if (oddities)
        es_tally_add(&oddities->marker_missing[s->side], ref);
    es_tally_add(&s->tunnel->peers[s->side].ike, ref);
    if (s->tunnel->keeping.queue == ES_QUEUE_UNANSWERED && s->tunnel->peers[1 - s->side].ike.count)
        es_tunnel_judge(s->tracker, s->tunnel);
    s->tunnel->last = *ref;
    struct es_peer *sender = &s->tunnel->peers[s->side];
    if (s->datagram->encapsulation == ES_ENCAPSULATION_UDP) {
        s->tunnel->ike_natt_port = true;
        if (!es_ref_seen(&sender->ike_natt))
            sender->ike_natt = *ref;
    }
    if (s->datagram->encapsulation == ES_ENCAPSULATION_TCP)
        s->tunnel->ike_tcp = true;
    sender->hop_limit = s->datagram->hop_limit;
    if (s->sa) {
        s->sa->messages[s->side]++;
        s->sa->last = *ref;
    }
}

/* Finds tunnel, SA and sender. False when the message belongs to nothing that can be tracked. */
static bool place(struct es_sighting *s)
{
    const struct es_ike_message *message = s->message;
    if (is_known_version(&message->header) && !is_clear_report(message)) {
        s->sa = es_ike_sa_of(s->tracker, s->datagram, message, s->print, &s->side);
        s->tunnel = s->sa ? s->sa->tunnel : NULL;
        return s->tunnel != NULL;
    }
    if (is_known_version(&message->header))
        s->sa = es_ike_sa_find(s->tracker, s->datagram, message, s->print);
    if (s->sa) {
        s->tunnel = s->sa->tunnel;
        s->side = es_tunnel_side(s->tunnel, s->datagram);
    } else {
        s->tunnel = es_tunnel_of(s->tracker, s->datagram, &s->side);
    }
    return s->tunnel != NULL;
}

/* What the message is in its exchange, for those who show it. */
static void fill_view(const struct es_sighting *s, const struct es_exchange *exchange,
                      enum es_part part, struct es_message_view *view)
{
    view->exchange = exchange;
    view->could_be = s->could_be;
    if (!exchange)
        return;
    view->is_response = s->side != exchange->side;
    /* A fragment after the first (RFC 7383) repeats nothing. */
    const uint64_t print = view->is_response ? exchange->response_print : exchange->request_print;
    if (part == ES_PART_REPEAT && s->print == print)
        view->retransmission_of = view->is_response ? exchange->response : exchange->request;
    if (view->is_response)
        view->response_to = exchange->request;
}

static void see_other_version(const struct es_sighting *s)
{
    struct es_ike_oddities *oddities = es_ike_oddities_of(s->tracker, s->sa);
    if (oddities)
        es_tally_add(&oddities->other_version, &s->datagram->ref);
}

void es_tracker_ike(struct es_tracker *tracker, const struct es_datagram *datagram,
                    const struct es_ike_message *message, struct es_message_view *view)
{
    struct es_message_view unseen;
    if (!view)
        view = &unseen;
    *view = (struct es_message_view){0};
    /* The rest of the message may still come, and then it comes whole. */
    if (datagram->first_fragment_only) {
        es_delivery_partial(tracker, datagram, message, view);
        return;
    }
    struct es_sighting s = {.tracker = tracker, .datagram = datagram, .message = message};
    s.print = es_hash(tracker->seed, datagram->payload.at, es_left(&datagram->payload));
    if (!place(&s)) {
        tracker->model.dropped++;
        return;
    }
    view->tunnel = s.tunnel;
    view->ike_sa = s.sa;
    view->side = s.side;
    struct es_tunnel_oddities *oddities =
        is_malformed(message) ? es_tunnel_oddities_of(tracker, s.tunnel) : NULL;
    if (is_malformed(message))
        add_damage(oddities ? &oddities->damage : &tracker->model.damage, s.side,
                   message->fault_offset, message->fault_reason, &datagram->ref);
    count_message(&s);
    es_delivery_whole(&s);
    if (!is_known_version(&message->header)) {
        es_delivery_foreign(&s);
        return;
    }
    es_negotiation_see(&s);
    const bool is_other_version = s.sa && s.sa->major != message->header.major;
    if (is_other_version)
        see_other_version(&s);
    if (!s.sa || is_other_version || is_clear_report(message))
        return;
    es_nat_see(&s);
    if (is_ikev1_fragment(message))
        return;
    if (message->encrypted)
        s.could_be = classes_of(s.sa, s.side, message);
    enum es_part part = ES_PART_REQUEST;
    struct es_exchange *exchange = es_exchange_see(&s, &part);
    if (exchange) {
        es_infer(&s, exchange, part);
        es_reveal(&s, exchange, part);
        es_handshake_see(&s, exchange, part);
    }
    fill_view(&s, exchange, part, view);
}

/* Keepalives of a side since the last other packet of either. */
static void count_quiet(struct es_tunnel *tunnel, uint8_t side, const struct es_packet_ref *ref)
{
    struct es_tally *quiet = &tunnel->peers[side].quiet_keepalives;
    for (int i = 0; i < 2; i++) {
        const struct es_peer *peer = &tunnel->peers[i];
        if ((peer->ike.count && peer->ike.last.time > quiet->last.time) ||
            (peer->esp.count && peer->esp.last.time > quiet->last.time))
            quiet->count = 0;
    }
    es_tally_add(quiet, ref);
}

void es_tracker_keepalive(struct es_tracker *tracker, const struct es_datagram *datagram)
{
    uint8_t side;
    struct es_tunnel *tunnel = es_tunnel_of(tracker, datagram, &side);
    if (!tunnel) {
        tracker->model.dropped++;
        return;
    }
    struct es_peer *peer = &tunnel->peers[side];
    const struct es_packet_ref *ref = &datagram->ref;
    es_mapping_see(tracker, tunnel, side, datagram);
    es_silence_see(tunnel, side, ref, true);
    /* A keepalive asks for nothing: it ends what the other side sent in vain, and begins nothing.
     */
    es_unheard_see(tracker, tunnel, side, ref, false);
    tunnel->unheard[side].packets--;
    count_quiet(tunnel, side, ref);
    es_tally_add(&peer->keepalives, ref);
    tunnel->last = datagram->ref;
}

void es_tracker_icmp(struct es_tracker *tracker, const struct es_datagram *datagram)
{
    uint8_t side;
    struct es_tunnel *tunnel = es_tunnel_of(tracker, datagram, &side);
    if (!tunnel) {
        tracker->model.dropped++;
        return;
    }
    es_path_icmp(tracker, tunnel, side, datagram);
}

/* What is wrong with a packet on a NAT-T port. RFC 3948, 2.1 and 2.2; RFC 4303, 2.1. */
static const char *natt_fault(struct es_cursor payload)
{
    enum { SPI_RESERVED_MAX = 255 };
    const uint32_t spi = es_u32(&payload);
    if (payload.fault)
        return "too short for an SPI, and no keepalive";
    if (spi == 0)
        return "a non-ESP marker with no IKE behind it (or SPI 0)";
    return spi <= SPI_RESERVED_MAX ? "a reserved SPI (1 to 255)" : "too short for ESP";
}

static void bad_natt(struct es_tracker *tracker, const struct es_datagram *datagram)
{
    uint8_t side = 0;
    struct es_tunnel *tunnel = es_tunnel_known(tracker, datagram, &side);
    struct es_tunnel_oddities *oddities = tunnel ? es_tunnel_oddities_of(tracker, tunnel) : NULL;
    add_damage(oddities ? &oddities->bad_natt : &tracker->model.bad_natt, side, 0,
               natt_fault(datagram->payload), &datagram->ref);
}

void es_tracker_malformed(struct es_tracker *tracker, const struct es_datagram *datagram,
                          const char *reason)
{
    if (datagram->kind == ES_DATAGRAM_BAD_NATT)
        bad_natt(tracker, datagram);
    else
        add_damage(&tracker->model.damage, 0, 0, reason, &datagram->ref);
}
