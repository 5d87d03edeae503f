/*
 * What goes wrong around a tunnel and is told by others: error notifies, ICMP, pieces that never
 * come whole, messages that cannot be read. Part of the model.
 */
#ifndef ESPIAL_TRACK_TROUBLE_H
#define ESPIAL_TRACK_TROUBLE_H

#include "espial/packet.h"
#include "espial/track/traffic.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An INVALID_SPI notify that names an SPI. RFC 7296, 1.5. */
struct es_invalid_spi {
    uint32_t spi;
    uint8_t side; /* of the sender of the notify: the receiver of the ESP */
    bool ike;     /* it is INVALID_IKE_SPI or INVALID-COOKIE; then spi is void */
    struct es_tally tally;
};
enum { ES_INVALID_SPIS_KEPT = 4 };

/* ICMP errors about one side's packets. */
struct es_refusal {
    struct es_tally tally;
    struct es_icmp_error last;
};

/* An IKE message of which the capture holds first IP fragments and never the whole. */
struct es_partial {
    struct es_tally tally;
    uint64_t initiator_spi;
    uint32_t message_id;
    uint32_t length;       /* as its IKE header claims */
    uint32_t first_length; /* bytes of the first fragment's IP packet */
    uint8_t major, exchange_type;
    uint8_t side; /* of the sender */
    bool response;
};
enum { ES_PARTIALS_KEPT = 8 };
struct es_partials {
    struct es_partial items[ES_PARTIALS_KEPT]; /* the oldest goes when there are more */
    size_t count;
};

/* IKE messages of an unknown major version. */
struct es_foreign {
    struct es_tally tally;
    uint8_t major, side; /* of the first one, and its sender */
};

/* What ICMP errors say of the way that one side's ESP takes (in UDP too). */
struct es_path {
    struct es_refusal refused;       /* "unreachable" and the like: the packet came no further */
    struct es_refusal too_big;       /* RFC 1191, 4; RFC 4443, 3.2 */
    uint32_t least_mtu;              /* the smallest next-hop MTU of those; 0: none said one */
    uint32_t largest_refused;        /* bytes of the longest packet refused as too big */
    struct es_tally not_reassembled; /* the receiver gave up waiting for fragments */
};

/* Malformed IKE messages of a tunnel. */
struct es_damage {
    struct es_tally tally;
    uint32_t offset;    /* of the first one */
    const char *reason; /* static */
    uint8_t side;
};

#endif
