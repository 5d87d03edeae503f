/*
 * Events: what the tracker notices as it happens, for ladders and live views. The model says the
 * rest.
 */
#ifndef ESPIAL_TRACK_EVENT_H
#define ESPIAL_TRACK_EVENT_H

#include "espial/track/model.h"

enum es_event_kind {
    ES_EVENT_IKE_SA_ESTABLISHED,
    ES_EVENT_IKE_SA_FAILED,
    ES_EVENT_IKE_SA_CLOSED,
    ES_EVENT_IKE_SA_REKEYED, /* `ike_sa` is the new one, ike_sa->rekeys the old */
    ES_EVENT_CHILD_CREATED,  /* a negotiation made it; child->rekeys is what it replaces */
    ES_EVENT_CHILD_DELETED,
    ES_EVENT_FLOW_STARTED,     /* the first packet of an SPI */
    ES_EVENT_FLOW_RESUMED,     /* after `pause` without packets */
    ES_EVENT_PEER_MOVED,       /* `side` has another address or port than before */
    ES_EVENT_TUNNEL_FORGOTTEN, /* for want of memory; sent of tunnels that were proven */
};

struct es_event {
    enum es_event_kind kind;
    struct es_packet_ref ref;
    const struct es_tunnel *tunnel;
    const struct es_ike_sa *ike_sa;  /* or NULL */
    const struct es_child_sa *child; /* or NULL */
    const struct es_flow *flow;      /* or NULL */
    uint8_t side;                    /* who did it, where somebody did */
    es_time pause;                   /* FLOW_RESUMED only */
};

/*
 * Hears events in capture order; the event lives for the call only, what it points to longer: until
 * `forget` is called (NULL: nobody cares), which is between two packets. It comes once before
 * things are forgotten, and whoever keeps pointers into the model lets go of them then.
 */
struct es_event_sink {
    void (*on)(void *context, const struct es_event *event);
    void *context;
    void (*forget)(void *context);
};

/* A flow that is silent for longer than this and goes on is an event. */
enum { ES_FLOW_PAUSE_S = 10 };

/* "IKE SA established", …: an event's name for people; "ike-sa-established", … for JSON. */
const char *es_event_title(enum es_event_kind kind);
const char *es_event_name(enum es_event_kind kind);

/* Where one IKE message stands: what the tracker made of it. */
struct es_message_view {
    const struct es_tunnel *tunnel;         /* NULL: not tracked */
    const struct es_ike_sa *ike_sa;         /* NULL: outside any */
    const struct es_exchange *exchange;     /* NULL: outside any; valid until the next message */
    uint8_t side;                           /* of the sender */
    bool is_response;                       /* answers exchange->request (both versions) */
    unsigned could_be;                      /* enum es_ike_class bits, encrypted messages only */
    struct es_packet_ref retransmission_of; /* number 0: it is none */
    struct es_packet_ref response_to;       /* number 0: it is none, or the request was not seen */
};

#endif
