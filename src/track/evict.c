/*
 * Tunnels come and go. When memory or a table is full, tunnels are forgotten: first those that
 * anybody can make up, last those that are up and in use, and of each kind the one that was idle
 * longest. Each kind is a queue. A tunnel is not moved when a packet comes, which would cost every
 * packet; it is looked at when its turn comes, and goes to the end of its queue if it was used
 * meanwhile, or to another one if it became another kind.
 */
#include "memory.h"

#include <stdlib.h>

enum {
    LOOKED_AT = 64,   /* tunnels of a queue, before the best so far has to do */
    STEPS_MAX = 64,   /* of making room, before one packet */
    FEW_PACKETS = 64, /* of a tunnel that was never up */
    STRAY_PART = 8,
    STRAYS_LEAST = 4,
    HALF_OPEN_PART = 16 /* of the most that there may be goes at once when there are more */
};

/* --- queues --- */

static void unlink_queued(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_keeping *k = &tunnel->keeping;
    *(k->ahead ? &k->ahead->keeping.behind : &tracker->queues[k->queue].first) = k->behind;
    *(k->behind ? &k->behind->keeping.ahead : &tracker->queues[k->queue].last) = k->ahead;
    tracker->queues[k->queue].count--;
}

static size_t half_open(const struct es_tracker *tracker)
{
    return (size_t)tracker->queues[ES_QUEUE_UNANSWERED].count +
           tracker->queues[ES_QUEUE_HALF_OPEN].count;
}

static void link_last(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t queue)
{
    struct es_keeping *k = &tunnel->keeping;
    k->queue = queue;
    k->seen = tunnel->last.time;
    k->behind = NULL;
    k->ahead = tracker->queues[queue].last;
    *(k->ahead ? &k->ahead->keeping.behind : &tracker->queues[queue].first) = tunnel;
    tracker->queues[queue].last = tunnel;
    tracker->queues[queue].count++;
    if (half_open(tracker) > tracker->max_half_open)
        tracker->work = true;
}

void es_tunnel_queue(struct es_tracker *tracker, struct es_tunnel *tunnel, uint8_t queue)
{
    unlink_queued(tracker, tunnel);
    link_last(tracker, tunnel, queue);
}

static uint8_t queue_of(const struct es_tunnel *tunnel)
{
    const struct es_peer *peers = tunnel->peers;
    const struct es_keeping *k = &tunnel->keeping;
    const bool proven = es_tunnel_is_proven(tunnel);
    const uint64_t packets =
        peers[0].ike.count + peers[0].esp.count + peers[1].ike.count + peers[1].esp.count;
    if (!proven && packets < FEW_PACKETS) {
        if (tunnel->flows)
            return ES_QUEUE_STRAY;
        return peers[0].ike.count && peers[1].ike.count ? ES_QUEUE_HALF_OPEN : ES_QUEUE_UNANSWERED;
    }
    if (k->ike_sas + k->children >= k->shrink_at)
        return ES_QUEUE_SWOLLEN;
    const enum es_tunnel_state state = es_tunnel_state(tunnel);
    if (state == ES_TUNNEL_CLOSED || state == ES_TUNNEL_FAILED)
        return ES_QUEUE_ENDED;
    return proven ? ES_QUEUE_PROVEN : ES_QUEUE_DOUBTFUL;
}

/* The tunnel may be of another kind now. */
void es_tunnel_judge(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    const uint8_t right = queue_of(tunnel);
    if (right != tunnel->keeping.queue)
        es_tunnel_queue(tracker, tunnel, right);
}

/* --- coming --- */

/* A new tunnel gets its number, its slot and a place in every list. False when memory ended. */
bool es_tunnel_append(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_model *model = &tracker->model;
    if (model->tunnel_count == tracker->slot_room) {
        enum { FIRST_ROOM = 16 };
        const size_t room = tracker->slot_room ? 2 * tracker->slot_room : FIRST_ROOM;
        struct es_tunnel **slots = realloc(tracker->slots, room * sizeof(struct es_tunnel *));
        if (!slots) {
            model->unkept++;
            return false;
        }
        tracker->slots = slots;
        tracker->slot_room = room;
    }
    tunnel->slot = model->tunnel_count++;
    tracker->slots[tunnel->slot] = tunnel;
    tunnel->number = model->tunnel_count + model->forgotten.tunnels;
    *(tracker->last_tunnel ? &tracker->last_tunnel->next : &model->tunnels) = tunnel;
    tunnel->previous = tracker->last_tunnel;
    tracker->last_tunnel = tunnel;
    link_last(tracker, tunnel, ES_QUEUE_UNANSWERED);
    es_tunnel_grew(tracker, tunnel);
    if (model->tunnel_count >= tracker->tunnels.limit / ES_KEYS_PER_TUNNEL)
        tracker->work = true;
    return true;
}

/* --- going --- */

/* The row of those that asked `responder`; that of all others when the rows are taken. */
static struct es_half_open *half_open_row(struct es_model *model,
                                          const struct es_address *responder)
{
    for (size_t i = 0; i < model->half_open_count; i++) {
        if (es_address_equal(&model->half_open[i].responder, responder))
            return &model->half_open[i];
    }
    if (model->half_open_count == ES_HALF_OPEN_PEERS)
        return &model->half_open[ES_HALF_OPEN_PEERS];
    struct es_half_open *row = &model->half_open[model->half_open_count++];
    row->responder = *responder;
    return row;
}

/* What a tunnel that goes had to say, where it was about a negotiation. */
static void count_half_open(struct es_tracker *tracker, const struct es_tunnel *tunnel)
{
    const struct es_ike_sa *sa = tunnel->ike_sas;
    if (!sa || !es_tunnel_is_half_open(tunnel))
        return;
    struct es_half_open *row =
        half_open_row(&tracker->model, &tunnel->peers[1 - sa->initiator].address);
    const uint64_t messages = tunnel->peers[0].ike.count + tunnel->peers[1].ike.count;
    ++*(tunnel->keeping.queue == ES_QUEUE_HALF_OPEN ? &row->answered : &row->unanswered);
    if (row->messages == 0 || tunnel->first.time < row->first.time)
        row->first = tunnel->first;
    if (row->messages == 0 || tunnel->last.time > row->last.time)
        row->last = tunnel->last;
    row->messages += messages;
}

void es_tunnel_forget(struct es_tracker *tracker, struct es_tunnel *tunnel)
{
    struct es_model *model = &tracker->model;
    es_tunnel_empty(tracker, tunnel);
    unlink_queued(tracker, tunnel);
    *(tunnel->previous ? &tunnel->previous->next : &model->tunnels) = tunnel->next;
    *(tunnel->next ? &tunnel->next->previous : &tracker->last_tunnel) = tunnel->previous;
    struct es_tunnel *moved = tracker->slots[--model->tunnel_count];
    moved->slot = tunnel->slot;
    tracker->slots[moved->slot] = moved;
    model->forgotten.tunnels++;
    es_aliases_drop(tracker, &tunnel->keeping.aliases);
    struct es_block *owned = tunnel->keeping.owned;
    es_keep_free(tracker, &owned);
}

/* Whoever keeps pointers into the model has to let go of them now. */
static void announce(const struct es_tracker *tracker)
{
    if (tracker->events.forget)
        tracker->events.forget(tracker->events.context);
}

static void evict(struct es_tracker *tracker, struct es_tunnel *tunnel,
                  const struct es_packet_ref *ref)
{
    if (es_tunnel_is_proven(tunnel)) {
        const struct es_event event = {
            .kind = ES_EVENT_TUNNEL_FORGOTTEN, .ref = *ref, .tunnel = tunnel};
        es_event_send(tracker, &event);
        announce(tracker); /* of the event, too */
        tracker->model.forgotten.proven++;
    }
    count_half_open(tracker, tunnel);
    es_tunnel_forget(tracker, tunnel);
}

/*
 * Who goes is cold: nobody looked at it since it came. Those behind it mostly go next, so what will
 * be looked at of them is fetched meanwhile: of the third the tunnel, of the second, whose tunnel
 * is there by now, what it points to, and of the first what that points to.
 */
static void fetch_next(const struct es_tunnel *going)
{
    const struct es_tunnel *first = going->keeping.behind;
    const struct es_tunnel *second = first ? first->keeping.behind : NULL;
    const struct es_tunnel *third = second ? second->keeping.behind : NULL;
    if (first && first->ike_sas) {
        ES_PREFETCH(first->ike_sas->owned, 0);
        ES_PREFETCH(first->ike_sas->aliases, 0);
    }
    if (second && second->ike_sas) {
        ES_PREFETCH(&second->ike_sas->owned, 0);
        ES_PREFETCH(&second->ike_sas->messages, 0);
        ES_PREFETCH(&second->ike_sas->aliases, 0);
        ES_PREFETCH(second->keeping.aliases, 0);
    }
    if (third) {
        ES_PREFETCH(&third->first, 0);
        ES_PREFETCH(&third->peers[0].ike, 0);
        ES_PREFETCH(&third->peers[1].ike, 0);
        ES_PREFETCH(&third->ike_sas, 0);
        ES_PREFETCH(&third->keeping, 0);
    }
}

/*
 * One step towards more room: something was forgotten, or at least put where it belongs. Of those
 * that were used since they were queued the first ones are looked at, and go behind the others.
 */
static bool take_step(struct es_tracker *tracker, uint8_t queue, const struct es_packet_ref *ref)
{
    struct es_tunnel *oldest = NULL;
    for (uint32_t i = 0; i < LOOKED_AT && i < tracker->queues[queue].count; i++) {
        struct es_tunnel *first = tracker->queues[queue].first;
        const uint8_t right = queue_of(first);
        if (right != queue) { /* that may change whose turn it is */
            es_tunnel_queue(tracker, first, right);
            return true;
        }
        if (queue == ES_QUEUE_SWOLLEN) {
            es_tunnel_shrink(tracker, first);
            es_tunnel_judge(tracker, first);
            return true;
        }
        if (!oldest || first->last.time < oldest->last.time)
            oldest = first;
        if (first->last.time == first->keeping.seen)
            break;
        es_tunnel_queue(tracker, first, right);
    }
    if (oldest) {
        fetch_next(oldest);
        evict(tracker, oldest, ref);
    }
    return oldest != NULL;
}

static bool take_first(struct es_tracker *tracker, uint8_t from, uint8_t to,
                       const struct es_packet_ref *ref)
{
    for (uint8_t queue = from; queue < to; queue++) {
        if (take_step(tracker, queue, ref))
            return true;
    }
    return false;
}

/*
 * Strays go first, but one in STRAY_PART may stay: a peer that has just begun is a stray, too, and
 * must get its chance when all others are up.
 */
static bool make_room(struct es_tracker *tracker, const struct es_packet_ref *ref)
{
    enum { STRAYS_END = ES_QUEUE_STRAY + 1 };
    const size_t strays = half_open(tracker) + tracker->queues[ES_QUEUE_STRAY].count;
    if (strays > STRAYS_LEAST + tracker->model.tunnel_count / STRAY_PART)
        return take_first(tracker, 0, STRAYS_END, ref);
    return take_first(tracker, STRAYS_END, ES_QUEUES, ref) ||
           take_first(tracker, 0, STRAYS_END, ref);
}

/*
 * Too many negotiations that came to nothing: the oldest ones go, some at once, since each time
 * that anything goes all who keep pointers have to look.
 */
static void make_room_for_half_open(struct es_tracker *tracker, const struct es_packet_ref *ref)
{
    const size_t most = tracker->max_half_open;
    if (half_open(tracker) <= most)
        return;
    for (int steps = 0; steps < STEPS_MAX && half_open(tracker) > most - most / HALF_OPEN_PART;
         steps++) {
        if (!take_first(tracker, 0, ES_QUEUE_HALF_OPEN + 1, ref))
            break;
    }
}

static bool is_crowded(const struct es_tracker *tracker)
{
    const struct es_table *keys = &tracker->tunnels;
    return es_keep_total(tracker) > tracker->model.memory_limit ||
           tracker->model.tunnel_count >= keys->limit / ES_KEYS_PER_TUNNEL ||
           keys->count >= keys->limit || tracker->model.ike_sa_count >= tracker->ike_sas.limit ||
           tracker->ike_sas.count >= tracker->ike_sas.limit ||
           tracker->half_open.count >= tracker->half_open.limit ||
           tracker->flows.count >= tracker->flows.limit;
}

/* Between two packets: `ref` is the next one. */
void es_evict(struct es_tracker *tracker, const struct es_packet_ref *ref)
{
    announce(tracker);
    es_forget_tidy(tracker);
    make_room_for_half_open(tracker, ref);
    for (int steps = 0; steps < STEPS_MAX && is_crowded(tracker); steps++) {
        if (!make_room(tracker, ref))
            break;
    }
    tracker->work = is_crowded(tracker) || half_open(tracker) > tracker->max_half_open;
}
