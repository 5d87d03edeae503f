/*
 * The model: what the tracker knows. Readers (rules, reports) only read; everything is owned by the
 * tracker and dies with it. "Side" is an index into a tunnel's two peers.
 */
#ifndef ESPIAL_TRACK_MODEL_H
#define ESPIAL_TRACK_MODEL_H

#include "espial/base.h"
#include "espial/capture.h"
#include "espial/ike.h"
#include "espial/packet.h"
#include "espial/track/handshake.h"
#include "espial/track/traffic.h"
#include "espial/track/trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a fact comes from. */
enum es_provenance {
    ES_PROVENANCE_OBSERVED,  /* in clear on the wire */
    ES_PROVENANCE_DECRYPTED, /* with keys, and the integrity check held */
    ES_PROVENANCE_INFERRED,  /* by length, timing or behaviour */
};

enum es_tristate { ES_UNKNOWN, ES_NO, ES_YES };

/* ESP or AH packets with one SPI in one direction. Keyed by destination, SPI and protocol. */
struct es_flow_key {
    struct es_address destination;
    uint32_t spi;
    uint32_t protocol; /* IP protocol: 50 or 51; 32 bits so that the key has no padding */
};

/* What opened ESP packets of a flow carried. RFC 4303, 3.1; RFC 4301, 4.4.1. */
struct es_inner_tally {
    uint64_t packets;                      /* opened; 0: no keys, the rest is void */
    uint64_t dummies;                      /* next header 59: traffic flow confidentiality */
    uint64_t echo_requests, echo_replies;  /* ICMP and ICMPv6: pings, tunnel monitors */
    struct es_address source, destination; /* of the first inner packet, in tunnel mode */
    uint8_t protocol; /* its protocol; 0: transport mode, and `source` is void */
    uint64_t outside; /* packets that the traffic selectors do not allow */
    struct es_packet_ref outside_first;
    uint32_t sequence_high; /* the largest upper half of an extended sequence number */
    bool aggregated;        /* AGGFRAG payloads: RFC 9347, 6.1 */
};

struct es_flow {
    struct es_flow_key key; /* must stay first */
    uint32_t number;        /* from 1 */
    uint8_t side;           /* of the sender, in `tunnel` */
    enum es_encapsulation encapsulation;
    uint16_t source_port, destination_port;
    struct es_address source;
    struct es_tunnel *tunnel;
    struct es_child_sa *child; /* never NULL */
    struct es_packet_ref first, last;
    uint64_t packets, bytes; /* bytes: ESP from the SPI on, as on the wire */
    uint64_t equal_lengths;  /* packets as long as the one before */
    uint32_t last_length;
    es_time longest_pause; /* between two packets */
    struct es_sequence sequence;
    struct es_timeline timeline;
    struct es_esp_shape shape;       /* ESP only */
    struct es_prints prints;         /* of its last packets */
    uint8_t hop_limit;               /* TTL of the last packet in order, as captured */
    uint32_t longest;                /* the longest IP packet since the last ICMP "too big" */
    uint32_t longest_before;         /* and the longest before that; 0: there was none */
    uint32_t large;                  /* packets of ES_LARGE_BYTES or more, */
    es_time last_large;              /* when the last packet of ES_LARGE_BYTES or more came */
    struct es_irregular *irregular;  /* what was out of the ordinary; NULL: nothing */
    struct es_inner_tally *inner;    /* NULL: nothing was opened */
    struct es_flow *next, *previous; /* in order of number */
    struct es_flow *next_in_tunnel;  /* the same */
};

/* What was out of the ordinary in a flow; all zero when nothing was. */
const struct es_irregular *es_flow_odd(const struct es_flow *flow);

/* The first packet in its present encapsulation. */
const struct es_packet_ref *es_flow_wrapped(const struct es_flow *flow);

/* Proposals as copied from a message: only the rows used. */
struct es_offer {
    const struct es_ike_transform *transforms;
    size_t count;
};

/* Traffic selectors as copied from a message. */
struct es_selectors {
    const struct es_ike_selector *items;
    size_t count;
};

enum { ES_WANTED_TRANSFORMS = 64, ES_WANTED_SELECTORS = 16 };

/* What a request for a Child SA asked for, read with keys: the rows that fit. */
struct es_wanted {
    struct es_packet_ref ref; /* of the request */
    bool key_exchange;        /* it brings a KE payload: perfect forward secrecy */
    bool transport;           /* it wants transport mode, IKEv2 */
    bool rekey;               /* it names the Child SA that it replaces, IKEv2 */
    struct es_ike_transform transforms[ES_WANTED_TRANSFORMS];
    struct es_ike_selector selectors[2][ES_WANTED_SELECTORS]; /* by whose networks they are */
    uint8_t transform_count, selector_count[2];
};

/*
 * What became of the requests of one side for new SAs within an IKE SA: CREATE_CHILD_SA, IKEv1
 * Quick Mode. Retransmissions and IKE_AUTH are left out.
 */
struct es_requests {
    struct es_tally asked;
    struct es_tally made;             /* answered with a new SA, of either kind */
    struct es_tally refused;          /* answered with a notify alone */
    struct es_tally row;              /* those refused since the last one that was not, */
    struct es_packet_ref request;     /* the first of their requests, */
    uint32_t least_length;            /* the shortest of them, IKE header included, */
    unsigned classes;                 /* and what they can have asked for: enum es_ike_class bits */
    uint16_t error;                   /* notify type of the last refusal, with keys; 0: not read */
    uint32_t error_row;               /* refusals with that type in a row */
    struct es_packet_ref error_first; /* the first of these */
    struct es_wanted *wanted;         /* of the newest request that was read; NULL: none */
    struct es_wanted *refused_one;    /* of the newest refused one that was read; NULL: none */
};

/* What made or ended a Child SA. */
struct es_child_event {
    struct es_packet_ref ref; /* number 0: not seen */
    enum es_provenance provenance;
    const char *reason; /* of an inference, for people; static */
    uint8_t side;       /* who asked for it */
};

/* A Child SA (IKEv1: a pair of phase 2 SAs), or what must be one because ESP flows. */
struct es_child_sa {
    struct es_run runs[2]; /* by the sender's side */
    struct es_child_event deleted;
    struct es_monitor monitors[2]; /* by the sender's side; what is here and above, each ESP packet
                                      needs */
    uint32_t number;
    struct es_tunnel *tunnel;
    struct es_ike_sa *ike_sa;      /* that negotiated it; NULL: not seen */
    struct es_flow *flows[2];      /* by the sender's side; NULL: none seen */
    struct es_child_event created; /* the response that completed it */
    uint32_t spis[2];              /* of packets that a side sends, as negotiated; 0: not known */
    struct es_offer chosen;        /* with keys */
    struct es_selectors selectors[2]; /* of a side's networks, with keys; count 0: not known */
    struct es_selectors asked[2];     /* that its request wanted, where the response has others */
    uint64_t bytes_at_rekey, packets_at_rekey; /* both ways, when another one replaced it */
    struct es_child_sa *rekeys;                /* the one it replaces */
    struct es_child_sa *rekeyed_by;            /* the one that replaces it */
    enum es_ike_pfs pfs; /* of CREATE_CHILD_SA and Quick Mode: with a key exchange of its own? */
    enum es_tristate is_rekey; /* by its request: REKEY_SA is in it, read or by length */
    uint64_t early_packets;    /* ESP on it that came before the response made it */
    bool withdrawn;            /* turned out to be none (an IKE SA was rekeyed); skip it */
    struct es_child_sa *next, *previous; /* in order of number */
    struct es_child_sa *next_in_tunnel;  /* the next older one */
    struct es_block *owned;              /* the tracker's own: memory that goes with it, */
    bool leaves;                         /* and that it is about to be forgotten */
};

/*
 * What seems to replace this Child SA stands beside it: nobody said that it is a rekey, nothing was
 * deleted, and both directions of both go on.
 */
bool es_child_is_beside(const struct es_child_sa *child);

struct es_endpoint {
    struct es_address address;
    uint16_t port;
};

/* How a message was cut up: into IKE fragments (RFC 7383), or by IP. */
struct es_pieces {
    uint64_t seen;  /* IKE fragments: bit i is number i + 1, of the first ES_PIECES_KEPT */
    uint16_t total; /* as the fragments say; 0: it came as one */
    bool ip;        /* it came in IP fragments, put together again */
};
enum { ES_PIECES_KEPT = 64 };

/* The lowest number of an IKE fragment that was not seen; 0: none is missing. */
uint16_t es_piece_missing(const struct es_pieces *pieces);

/* A request and its response. IKEv1: the messages of one message ID. */
struct es_exchange {
    uint8_t exchange_type; /* enum es_ike_exchange */
    uint8_t side;          /* of the requester */
    bool answered;
    uint32_t message_id;
    uint32_t length;        /* of the request, IKE header included */
    unsigned request_class; /* enum es_ike_class bits of what it can be; 0: in clear/unknown */
    unsigned response_class;
    unsigned judged;          /* the one class it is taken for, with all that is known; 0: open */
    uint16_t error;           /* notify type of an error response that could be read, 0: none */
    uint64_t request_spi;     /* that the request announces for its sender, with keys */
    uint32_t rekeyed_spi;     /* that the request's REKEY_SA names, with keys; 0: none */
    bool request_opened;      /* the request was read with keys */
    bool refused;             /* answered with a notify alone; IKEv1: by an Informational */
    uint16_t messages;        /* IKEv1: different messages seen */
    uint32_t retransmissions; /* of the request */
    uint32_t repeated_responses;
    uint64_t request_print, response_print; /* fingerprints, to know repeats */
    uint32_t request_ip_id;
    struct es_endpoint sent_to[2]; /* where the request went: at first, and when that changed (a NAT
                                      between two capture points, MOBIKE); port 0: nowhere else */
    struct es_tally asked_again;   /* copies of the request later than the response */
    bool cookie;                   /* IKE_SA_INIT: the request returns a cookie */
    struct es_pieces pieces[2];    /* of the request, of the response */
    struct es_packet_ref request;  /* first copy; number 0: only the response was seen */
    struct es_packet_ref last_request;
    struct es_packet_ref response;
    struct es_exchange *older;
};

enum es_ike_sa_state {
    ES_IKE_SA_NEGOTIATING,
    ES_IKE_SA_ESTABLISHED,
    ES_IKE_SA_FAILED,
    ES_IKE_SA_CLOSED, /* deleted, or replaced by a rekey */
    ES_IKE_SA_UNKNOWN /* seen in the middle only */
};

/* What NAT detection payloads say, seen from the capture point. RFC 7296, 2.23; RFC 3947, 3.2. */
struct es_nat_detection {
    enum es_tristate source_matches[2];      /* by the sender's side: the hash over its own */
    enum es_tristate destination_matches[2]; /* address, and over the other's */
    struct es_packet_ref evidence[2];        /* the message of that side; number 0: none */
};

/* Liveness checks of one side: IKEv2 empty INFORMATIONAL (RFC 7296, 2.4), IKEv1 R-U-THERE. */
struct es_dpd {
    uint64_t requests;
    uint64_t answered;
    uint32_t response_us; /* how long the last answer took, since the request's last copy */
    es_time interval_sum; /* between successive requests, to give the mean, the earlier of them */
    uint64_t interval_count; /* answered: stacks ask faster while they wait */
    es_time interval_min, interval_max;
    struct es_packet_ref last_request;
    /* Those without an answer since the last sign of life of the peer within the IKE SA. */
    struct es_tally unanswered;   /* requests, retransmissions included */
    uint32_t unanswered_requests; /* different requests */
    bool ambiguous;               /* the length allows something else too (Delete, notify) */
};

/*
 * The notifies that a side sent within an IKE SA, as sets: error types below 64, IKEv2 status types
 * from 16384 on, of which there are fewer than 64. See es_notified().
 */
struct es_notifies {
    uint64_t errors, statuses;
};

/* True when a notify of that type is in the set. */
bool es_notified(const struct es_notifies *notifies, uint16_t type);

/* Responses that came from another address or port than the request went to. RFC 7296, 2.11. */
struct es_stray {
    struct es_tally tally; /* count 0: none, or the right one came after all */
    struct es_packet_ref request;
    struct es_endpoint expected, from;
    uint32_t message_id;
    uint8_t exchange_type;
    uint8_t side; /* of the responder */
};

/* Cookies that the responder asked for. RFC 7296, 2.6. */
struct es_cookies {
    struct es_tally asked;   /* its notifies */
    struct es_tally refused; /* those of them that answer a request with a cookie in it */
};

/* The response that took longest since the last copy of its request, or, when every copy was
 * answered (so none was lost), since the first. */
struct es_slowest {
    uint32_t us;
    uint8_t exchange_type;
    uint8_t side; /* of the responder */
    struct es_packet_ref request, response;
};

/* The message IDs of one side's requests. RFC 7296, 2.2. */
struct es_request_ids {
    uint64_t next;                 /* the one expected; UINT64_MAX: not known yet */
    uint32_t first_missing, count; /* the newest gap, as long as nothing fills it; count 0: none */
    struct es_packet_ref behind;   /* the request behind the gap */
};

/* What few IKE SAs have. Allocated when the first such thing happens. */
struct es_ike_oddities {
    struct es_tally collisions; /* CREATE_CHILD_SA requests that crossed one of the other side */
    struct es_tally late[2]; /* by the asking side: answered requests that had to be sent again, as
                                responses or copies, */
    uint64_t resent[2];      /* and the copies that it took */
    struct es_stray stray;
    struct es_cookies cookies;
    struct es_tally other_version; /* its messages with the other major version */
};

enum { ES_RESPONSE_SAMPLES = 31, ES_EXCHANGES_KEPT = 24 };

struct es_ike_sa {
    uint64_t initiator_spi, responder_spi; /* responder's 0 until it answered */
    uint32_t number;
    struct es_tunnel *tunnel;
    uint8_t major;
    uint8_t mode;      /* IKEv1: enum es_ike_exchange of phase 1; 0 unknown */
    uint8_t initiator; /* side */
    enum es_ike_sa_state state;
    bool birth_seen; /* its first message is in the capture */
    bool replaced;   /* it closed because a rekey replaced it, seen or not */
    bool inferred;   /* born by a rekey: its proposals were encrypted */
    struct es_packet_ref first, last;
    struct es_packet_ref established; /* number 0: not seen */
    struct es_packet_ref closed;
    struct es_offer offered, chosen;
    struct es_ike_suite suite;
    uint16_t nonce_length;
    uint16_t nonce_lengths[2];              /* by side, in clear; 0: not seen */
    uint64_t nonce_prints[2], ke_prints[2]; /* fingerprints of both, to know them again */
    struct es_ike_padding padding[2];       /* by the sender's side */
    struct es_nat_detection nat;
    unsigned vendor_traits[2];       /* enum es_vendor_trait, by side */
    struct es_notifies notifies[2];  /* in clear, by the sender's side */
    struct es_notifies disclosed[2]; /* read with keys, by the sender's side */
    const char *identities[2];       /* by side, printable; NULL: not known */
    const char *asked_identity;      /* that the initiator expects of the responder; or NULL */
    uint8_t auth_methods[2];         /* by side, IKEv2, with keys; 0: not known */
    uint16_t auth_rounds;            /* different IKE_AUTH requests; over 1: EAP */
    uint32_t auth_bytes[2];          /* the longest IKE_AUTH or phase 1 message, by sender */
    bool asks_certificate[2];        /* CERTREQ in clear, by the sender's side */
    uint32_t hash_algorithms[2];     /* SIGNATURE_HASH_ALGORITHMS in clear, by the sender's side:
                                        bit n is algorithm n; 0: no list (RFC 7427, 4) */
    enum es_tristate asks_child;     /* the first IKE_AUTH request has an SA payload, with keys */
    enum es_tristate xauth_passed;   /* XAUTH_STATUS, with keys */
    enum es_tristate got_address;    /* what a request for an inner address led to, with keys */
    struct es_group_wishes group_wishes;
    struct es_certificates *certificates[2]; /* by the sender's side; NULL: none seen */
    struct es_eap *eap;                      /* NULL: none seen, or no keys */
    struct es_redirect *redirect;            /* NULL: it was not redirected */
    const char *redirected_from;             /* the gateway that sent the initiator here; or NULL */
    uint64_t successor_spis[2];     /* announced by its rekey, initiator's and responder's */
    struct es_packet_ref childless; /* the IKE_AUTH response that made no Child SA; number 0: none
                                       had that length */
    bool childless_by_design;       /* the request may have asked for none (RFC 6023) */
    uint16_t error;     /* notify type of an error that ended it, 0: none was readable */
    uint8_t error_side; /* who sent it */
    struct es_packet_ref error_ref;
    uint64_t messages[2];               /* by sender's side */
    uint64_t retransmissions;           /* requests sent again, both sides */
    uint64_t exchange_count;            /* all, kept or not */
    struct es_exchange *exchanges;      /* newest first, ES_EXCHANGES_KEPT at most */
    const struct es_requests *requests; /* two: for new SAs, by the asking side */
    struct es_dpd *dpd;                 /* two, by the asking side; NULL: see es_ike_sa_dpd() */
    struct es_ike_oddities *oddities;   /* NULL: none; see es_ike_sa_odd() */
    uint32_t response_samples[ES_RESPONSE_SAMPLES]; /* microseconds, for the median */
    uint64_t response_count;
    uint32_t response_max_us;
    struct es_slowest slowest;
    uint64_t answered[2];                 /* requests by the asking side */
    struct es_request_ids request_ids[2]; /* IKEv2, by the asking side */
    struct es_ike_sa *rekeys;             /* predecessor */
    struct es_ike_sa *rekeyed_to;         /* successor */
    struct es_ike_sa *next, *previous;    /* in order of number */
    struct es_ike_sa *next_in_tunnel;     /* the same */
    struct es_ike_sa *older_in_tunnel;    /* backwards */
    struct es_block *owned;               /* the tracker's own: memory that goes with it, */
    struct es_alias *aliases;             /* keys by which it is found, */
    bool leaves;                          /* and that it is about to be forgotten */
};

/* Those of an IKE SA; all zero when it has none. */
const struct es_ike_oddities *es_ike_sa_odd(const struct es_ike_sa *sa);

/* What became of the liveness checks of one side; all zero when it made none. */
const struct es_dpd *es_ike_sa_dpd(const struct es_ike_sa *sa, int side);

/* The median response time in microseconds; 0 when there was no response. */
uint32_t es_ike_sa_response_median(const struct es_ike_sa *sa);

/*
 * The last time that packets of a peer came from another address or UDP port than before, and where
 * the other peer sent since. RFC 7296, 2.23; RFC 4555, 3.5.
 */
struct es_move {
    struct es_endpoint from, to;
    struct es_packet_ref ref, before; /* the first packet from `to`, and the last from `from` */
    bool by_update;                   /* it was an IKE request as long as a MOBIKE update */
    struct es_tally old_ike, old_esp; /* of the other peer, since, to `from` */
    struct es_tally new_ike, new_esp; /* and to `to` */
    uint32_t changes;                 /* that there were, this one included */
    uint32_t returns; /* those back at once: the capture sees packets on both sides of a NAT */
};

/* A time in which nothing came. */
struct es_silence {
    struct es_packet_ref from, to; /* the packet before and the one that ended it; number 0: none */
};

/* Packets of one peer since the other one was last heard. */
struct es_unheard {
    uint32_t packets, ike; /* all; those that are IKE */
    struct es_packet_ref first;
};

/* A peer was quiet, then was sent to in vain, then spoke by itself. */
struct es_outage {
    struct es_packet_ref quiet_since; /* its last packet before */
    struct es_packet_ref first, last; /* of what it was sent in vain */
    struct es_packet_ref ended;       /* its next packet */
    uint64_t packets, ike;            /* sent in vain; those that are IKE */
    bool moved;                       /* it came back from another address or port */
};

/* UDP checksums of the first packets of a peer's flows and of its IKE. */
struct es_checksums {
    uint32_t good;
    uint32_t unfinished; /* left to the network card: captured before it was filled in */
    uint32_t unrouted;   /* bad ones that no router has passed on: the same may be true of them */
    struct es_tally bad;
};

struct es_peer {
    struct es_tally esp;         /* packets it sent, as below; here, as each ESP packet needs it */
    uint64_t esp_bytes;          /* of `esp`, from the SPI on */
    struct es_address address;   /* the latest */
    uint16_t port;               /* the latest of IKE or encapsulated ESP; 0: only raw ESP */
    enum es_tristate behind_nat; /* as seen from the capture point */
    const char *vendor;          /* what its vendor IDs tell; static, or NULL */
    struct es_tally ike, keepalives; /* packets it sent */
    struct es_packet_ref ike_natt;   /* its first IKE message on a NAT-T port */
    uint8_t hop_limit;               /* of its last IKE message, as captured; 0: not known */
    uint64_t address_changes;
    struct es_tally quiet_keepalives; /* since the last other packet of either peer */
    struct es_endpoint source;        /* that its packets come from; port: of UDP encapsulation */
    uint32_t source_file;             /* in which it was seen, */
    uint32_t source_sa;               /* and the IKE SA whose birth was the last one then */
    struct es_move *move;             /* NULL: it never moved */
    struct es_silence silence;        /* the longest in which nothing at all came from it */
    struct es_outage *outage;         /* the longest after it was quiet; NULL: none */
    struct es_checksums checksums;
};

enum es_tunnel_state {
    ES_TUNNEL_NEGOTIATING,
    ES_TUNNEL_FAILED,
    ES_TUNNEL_ESTABLISHED,
    ES_TUNNEL_CLOSED,
    ES_TUNNEL_UNKNOWN
};

/*
 * MOBIKE: INFORMATIONAL requests of a peer with a new address. By their length they are updates
 * (NAT detection and UPDATE_SA_ADDRESSES) or, empty, probes of the path. RFC 4555, 3.5 and 3.10.
 */
struct es_mobike {
    struct es_tally updates;  /* retransmissions left out */
    struct es_ike_sa *ike_sa; /* of the last request, update or probe; NULL: there was none */
    uint32_t message_id;      /* its message ID, */
    uint8_t side;             /* and who asked */
    bool is_probe;
};

/* What few tunnels have. Allocated when the first such thing happens. */
struct es_tunnel_oddities {
    struct es_foreign foreign; /* IKE of a version that is neither 1 nor 2 */
    struct es_damage damage;
    struct es_tally copies;            /* IKE messages that the capture holds twice */
    struct es_damage bad_natt;         /* on a NAT-T port, but no IKE, ESP nor keepalive */
    struct es_tally marker_missing[2]; /* IKE there without the non-ESP marker, by sender's side */
    struct es_mobike mobike;
};

/*
 * The tracker's own notes about a tunnel: the memory that goes with it, the keys by which it is
 * found, how much it holds, and its place among those that may have to be forgotten.
 */
struct es_keeping {
    struct es_block *owned;
    struct es_alias *aliases;
    uint32_t ike_sas, children;       /* that there are */
    uint32_t tidy_at, shrink_at;      /* of both together: look then what may be forgotten */
    struct es_tunnel *ahead, *behind; /* in its queue, */
    uint8_t queue;                    /* which is that one; */
    es_time seen;                     /* and its last packet as of when it was put there */
    struct es_tunnel *next_untidy;
    bool untidy;
};

struct es_tunnel {
    uint32_t number;
    uint32_t slot; /* below model->tunnel_count, for arrays; until one is forgotten */
    struct es_unheard unheard[2]; /* by the sender's side */
    struct es_packet_ref first, last;
    bool moved;                              /* one of the peers has a `move` */
    struct es_peer peers[2];                 /* 0: who sent the first packet seen */
    struct es_ike_sa *ike_sas, *last_ike_sa; /* in order of number */
    struct es_child_sa *children;            /* newest first */
    struct es_flow *flows, *last_flow;
    uint8_t ike_version;                       /* of the newest IKE SA; 0: no IKE seen */
    bool esp_raw, esp_udp, esp_tcp;            /* encapsulations of ESP seen */
    bool ike_natt_port;                        /* IKE with the non-ESP marker seen */
    const struct es_invalid_spi *invalid_spis; /* ES_INVALID_SPIS_KEPT at most */
    size_t invalid_spi_count;
    bool ike_tcp;                          /* IKE in TCP (RFC 9329) seen */
    const struct es_refusal *refusals;     /* two: by the side whose packets were refused */
    const struct es_refusal *ike_refusals; /* two: those that say that IKE did not arrive */
    struct es_tunnel_oddities *oddities;   /* NULL: none; see es_tunnel_odd() */
    struct es_partials *partials;          /* NULL: none */
    const struct es_path *path;            /* two: of the ESP that a side sends */
    struct es_silence idle;                /* the longest without ESP and IKE of either peer */
    struct es_tunnel *next, *previous;     /* in order of number */
    struct es_keeping keeping;
};

/* Those of a tunnel; all zero when it has none. */
const struct es_tunnel_oddities *es_tunnel_odd(const struct es_tunnel *tunnel);

enum es_tunnel_state es_tunnel_state(const struct es_tunnel *tunnel);
/* True when both peers were heard, and an IKE SA of theirs or traffic in both directions. */
bool es_tunnel_is_proven(const struct es_tunnel *tunnel);
/* YES when NAT detection shows a NAT on either side; UNKNOWN when there was none to judge. */
enum es_tristate es_tunnel_nat(const struct es_tunnel *tunnel);

/* Steps of the capture's clock in one direction, those too small to matter left out. */
struct es_clock_steps {
    struct es_tally tally; /* the frames behind the steps */
    es_time largest;
};

/* What the frames tell of the capture itself, whatever they hold. */
struct es_capture_marks {
    struct es_tally cut;            /* held shorter than they were: the snaplen */
    struct es_tally oversized;      /* longer than an Ethernet frame: offload, or jumbo frames */
    struct es_clock_steps backward; /* a frame earlier than the one before */
    struct es_clock_steps pauses;   /* long times without any frame */
};

/* Frames this little out of order are two processors', not a clock's. */
enum { ES_CLOCK_SLACK_MS = 10, ES_CLOCK_PAUSE_S = 600, ES_ETHERNET_FRAME_BYTES = 1522 };

/*
 * What was known once and had to go, since memory is bounded. Numbers are given out once: the
 * highest number of a kind is how many there are and how many were forgotten.
 */
struct es_forgotten {
    uint32_t tunnels, ike_sas, children, flows; /* those of the tunnels included */
    uint32_t proven;                            /* tunnels that es_tunnel_is_proven() */
};

/*
 * Negotiations that began, came to nothing and had to go, as a flood makes them: a tunnel each, of
 * which no IKE SA was made and no ESP was seen. Counted by the peer that was asked; the last place
 * is for all that came when the others were taken, and its address is void.
 */
enum { ES_HALF_OPEN_PEERS = 16 };
struct es_half_open {
    struct es_address responder;
    uint32_t unanswered, answered; /* tunnels of which the responder was not heard, and was */
    uint64_t messages;             /* that they had, both ways */
    struct es_packet_ref first, last;
};

struct es_model {
    struct es_tunnel *tunnels;
    struct es_ike_sa *ike_sas;
    struct es_child_sa *children;
    struct es_flow *flows;
    uint32_t tunnel_count, ike_sa_count, child_count, flow_count; /* that there are */
    struct es_forgotten forgotten;
    struct es_half_open half_open[ES_HALF_OPEN_PEERS + 1]; /* of those forgotten */
    size_t half_open_count;                                /* rows in use, the last one excepted */
    size_t memory, memory_limit;      /* bytes that all this takes, and may take */
    bool started;                     /* a packet was fed: `first` and `last` hold */
    struct es_packet_ref first, last; /* of all frames, other traffic included */
    struct es_capture_marks capture;
    uint64_t dropped;          /* packets not tracked because a limit was reached */
    uint64_t unkept;           /* times that the system had no memory for what was to be kept */
    struct es_damage damage;   /* malformed packets that belong to no tunnel */
    struct es_damage bad_natt; /* the same on NAT-T ports */
};

/* The highest number that a tunnel got. */
static inline uint32_t es_tunnels_ever(const struct es_model *model)
{
    return model->tunnel_count + model->forgotten.tunnels;
}

#endif
