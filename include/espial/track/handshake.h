/*
 * What the messages that make an IKE SA say beyond algorithms: wishes for another group, hash
 * lists, certificates, EAP, redirects. Part of the model.
 */
#ifndef ESPIAL_TRACK_HANDSHAKE_H
#define ESPIAL_TRACK_HANDSHAKE_H

#include "espial/base.h"
#include "espial/capture.h"
#include "espial/packet.h"

#include <stdbool.h>
#include <stdint.h>

/* INVALID_KE_PAYLOAD in IKE_SA_INIT: the responder wants another group. RFC 7296, 1.3. */
struct es_group_wishes {
    uint64_t count; /* 0: none, the refs are void */
    struct es_packet_ref first, last;
    uint16_t wished;  /* the group that the last one asks for */
    uint16_t guessed; /* the group of the initiator's first KE payload; 0: not seen */
    uint16_t sent;    /* the group of its latest */
    bool ignored;     /* after a wish for another group the same one came again */
};

/* What a certificate says of itself. Times as far as espial's clock goes; the rest is cut. */
struct es_certificate {
    struct es_packet_ref ref;      /* the message it came in */
    es_time not_before, not_after; /* -ES_TIME_MAX, ES_TIME_MAX: none, or beyond */
    const char *subject, *issuer;  /* printable; "" when unreadable */
};

/* The certificates that a side sent, with keys. RFC 7296, 3.6: the first is its own. */
struct es_certificates {
    struct es_certificate own;
    uint16_t count;
    bool issuer_sent; /* another one's subject is the first one's issuer */
};

/* EAP within IKE_AUTH, with keys. RFC 7296, 2.16. */
struct es_eap {
    uint8_t type;         /* the method last asked for, enum es_eap_type; 0: none yet */
    uint8_t code;         /* of the responder's last EAP message, enum es_eap_code; 0: none seen */
    const char *identity; /* that the initiator gave, printable; NULL: not seen */
};

/* Where a gateway sends its clients. RFC 5685. */
struct es_redirect {
    struct es_packet_ref ref;
    const char *gateway;       /* printable */
    struct es_address address; /* of the gateway, when it is given as one */
    bool is_address;
};

#endif
