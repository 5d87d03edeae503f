/*
 * Packets of one length at an even pace, as monitors send them; see struct es_monitor. Of the
 * lengths in a direction one is looked at: another one takes its place when it has no pace.
 */
#include "memory.h"

enum {
    PERIOD_MAX_S = 120,   /* slower is not told from chance */
    JITTER_PERCENT = 20,  /* of the period */
    BEATS_TO_STAY = 3,    /* then another length must wait until this one stops */
    PERIODS_TO_LEAVE = 3, /* without a beat */
    YOUNG_S = 15,         /* a length seen once is waited for as long */
    RTT_MS = 600,         /* few answers take as long */
};

static void start(struct es_monitor *m, uint32_t length, const struct es_packet_ref *ref)
{
    *m = (struct es_monitor){
        .length = length, .last = ref->time, .looked = ref->time, .first = *ref};
}

static void other_length(struct es_monitor *m, uint32_t length, const struct es_packet_ref *ref)
{
    /* One that is answered needs no watching: the others have their turn. */
    const bool answered = m->answered >= BEATS_TO_STAY - 1 && 2 * m->answered > m->beats;
    const bool paces = m->beats >= BEATS_TO_STAY && m->beats > m->misses && !answered;
    const bool is_young = m->length && m->beats < BEATS_TO_STAY && m->misses == 0;
    const es_time patience = paces ? PERIODS_TO_LEAVE * m->period : YOUNG_S * ES_SECOND;
    m->looked = ref->time;
    if ((!paces && !is_young) || ref->time - m->last > patience)
        start(m, length, ref);
}

/* The packet comes right behind one of the other peer, as answers do. */
static bool looks_like_answer(const struct es_child_sa *child, uint8_t side,
                              const struct es_packet_ref *ref)
{
    const struct es_tunnel *tunnel = child->tunnel;
    const struct es_packet_ref *before = es_last_packet(&tunnel->peers[1 - side]);
    const es_time period = child->monitors[side].period;
    es_time most = period / 4;
    if (most < RTT_MS * ES_MILLISECOND)
        most = period / 2 < RTT_MS * ES_MILLISECOND ? period / 2 : RTT_MS * ES_MILLISECOND;
    return before && tunnel->unheard[side].packets == 0 && ref->time - before->time <= most;
}

static void beat(struct es_child_sa *child, uint8_t side, const struct es_packet_ref *ref)
{
    struct es_monitor *m = &child->monitors[side];
    const es_time interval = ref->time - m->last;
    const es_time slack = m->period * JITTER_PERCENT / 100;
    m->last = ref->time;
    if (m->period == 0 && interval > 0 && interval <= PERIOD_MAX_S * ES_SECOND) {
        m->period = interval;
    } else if (interval < m->period - slack || interval > m->period + slack) {
        m->misses++;
        if (m->beats < BEATS_TO_STAY || m->misses > m->beats)
            start(m, m->length, ref);
        return;
    }
    m->beats++;
    m->beat_sum += interval;
    m->replies += looks_like_answer(child, side, ref);
    es_tally_add(&m->unanswered, ref);
    m->waits = m->asks = true;
}

/*
 * Equal lengths count as answers for a whole period: both ends may send the same by the clock, as
 * routing protocols do.
 */
static bool came_back(struct es_monitor *m, uint32_t length, const struct es_packet_ref *ref)
{
    if (m->waits && ref->time - m->last <= m->period / 2)
        m->followed++;
    m->waits = false;
    if (length != m->length)
        return false;
    m->asks = false;
    m->answered++;
    m->unanswered.count = 0;
    m->followed = m->replies = 0;
    return true;
}

void es_monitor_see(struct es_child_sa *child, uint8_t side, uint32_t length,
                    const struct es_packet_ref *ref)
{
    struct es_monitor *back = &child->monitors[1 - side];
    struct es_monitor *own = &child->monitors[side];
    if (back->asks && came_back(back, length, ref)) {
        own->waits = false;
        if (own->length == length) /* what the capture holds twice comes at once again */
            own->last = ref->time;
        return;
    }
    if (own->length != length) {
        own->waits = false; /* what comes now may answer this one */
        if (ref->time - own->looked >= ES_PERIOD_MIN_MS * ES_MILLISECOND)
            other_length(own, length, ref);
    } else if (ref->time - own->last >= ES_PERIOD_MIN_MS * ES_MILLISECOND) {
        beat(child, side, ref);
    } else {
        own->last = ref->time;
        own->misses++;
    }
}
