/*
 * ike: IKEv1 (RFC 2408, 2409) and IKEv2 (RFC 7296) messages.
 *
 * A message is parsed where it lies: payload bodies are cursors that borrow the datagram. What is
 * malformed is data: the part before the fault is kept, with the offset of the byte that lied.
 */
#ifndef ESPIAL_IKE_H
#define ESPIAL_IKE_H

#include "espial/base.h"
#include "espial/packet.h"
#include "espial/registry.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Header flags. RFC 7296, 3.1; RFC 2408, 3.1. */
enum {
    ES_IKE_FLAG_INITIATOR = 0x08, /* IKEv2: sent by the original initiator of the IKE SA */
    ES_IKE_FLAG_VERSION = 0x10,   /* IKEv2: the sender could speak a higher version */
    ES_IKE_FLAG_RESPONSE = 0x20,  /* IKEv2 */
    ES_IKEV1_FLAG_ENCRYPTION = 0x01,
    ES_IKEV1_FLAG_COMMIT = 0x02,
    ES_IKEV1_FLAG_AUTHENTICATION = 0x04,
};

enum { ES_IKE_HEADER_BYTES = 28 };

/*
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |                  IKE SA Initiator's SPI (64)                  |
 *    |                  IKE SA Responder's SPI (64)                  |
 *    |  Next Payload | MjVer | MnVer | Exchange Type |     Flags     |
 *    |                          Message ID                           |
 *    |                            Length                             |
 */
struct es_ike_header {
    uint64_t initiator_spi; /* IKEv1: initiator cookie */
    uint64_t responder_spi; /* IKEv1: responder cookie; 0 in a first request */
    uint8_t next_payload;
    uint8_t major, minor;
    uint8_t exchange_type; /* enum es_ike_exchange */
    uint8_t flags;
    uint32_t message_id;
    uint32_t length; /* as claimed, header included */
};

/* Reads the 28 bytes. False when they are not there. Values are not judged. */
bool es_ike_header_parse(struct es_cursor *message, struct es_ike_header *out);

/* IKEv2: the message is a response. IKEv1 has no such flag: false. */
bool es_ike_is_response(const struct es_ike_header *header);

struct es_ike_payload {
    uint8_t type;          /* enum es_ike_payload_type, or es_ikev1_payload_type */
    bool critical;         /* IKEv2: the C bit, 0x80 */
    uint16_t length;       /* as claimed, generic header included */
    uint32_t offset;       /* of the generic header from the IKE header's start */
    struct es_cursor body; /* after the generic header; borrows the datagram */
};

enum { ES_IKE_PAYLOADS_MAX = 64 }; /* real messages have under 30 */

struct es_ike_message {
    struct es_ike_header header;
    struct es_ike_payload payloads[ES_IKE_PAYLOADS_MAX]; /* in wire order; inner ones last */
    size_t payload_count;
    size_t payloads_dropped; /* beyond the array: walked, not kept */

    bool encrypted;           /* holds an SK or SKF payload, or IKEv1's encryption flag is set */
    struct es_cursor sealed;  /* IKEv2: IV, ciphertext and ICV; IKEv1: all after the header */
    uint8_t sealed_first;     /* type of the first payload inside; 0 in a fragment but the first */
    uint16_t fragment_number; /* SKF: from 1; 0 when the message is no fragment */
    uint16_t fragment_total;

    size_t excess;      /* bytes of the datagram after the message's end: ignored */
    bool decrypted;     /* `payloads` holds the inner ones too, checked for integrity
                           where the suite has such a check (ike/open.h) */
    size_t clear_count; /* payloads in clear: those before the inner ones */

    enum es_fault fault;      /* NONE: sound. CUT: the capture kept too little. Else malformed */
    uint32_t fault_offset;    /* of the byte, from the IKE header's start */
    const char *fault_reason; /* static text: "payload length below 4", … ; NULL when sound */
};

/*
 * Parses the message at `datagram` (its cursor starts at the IKE header). False when there is no
 * header to read; then only the fault is set. A fault after the header leaves what was understood;
 * of several, the first in wire order is told, and CUT only when there is no other: what the
 * capture did not keep is no fault of the message. A header length beyond the datagram is SHORT, so
 * the cursor of a lone first IP fragment must say how long the whole datagram was.
 * Payload types that the registry does not know are walked and kept like others. Up to three zero
 * bytes after the last payload are padding, which some peers add: no fault.
 * Allocates nothing. RFC 7296, 3; RFC 2408, 3.
 */
bool es_ike_message_parse(struct es_cursor datagram, struct es_ike_message *out);

/* The first payload of this type, or NULL. */
const struct es_ike_payload *es_ike_payload_find(const struct es_ike_message *message,
                                                 uint8_t type);

/* The registry of payload types of a version. */
const struct es_registry *es_ike_payload_registry(uint8_t major);

/*
 * One transform of a proposal, flat. IKEv2: a transform as it stands (`type` 1 ENCR, 2 PRF, …).
 * IKEv1 phase 1: one transform is a set of attributes; each attribute that chooses something
 * becomes a row of its own: `type` is ES_IKEV1_TYPE + the attribute class, `id` its value. A key
 * length stands in the row of the encryption algorithm. Life type and duration are one row: class
 * life duration, `id` the life type (1: seconds, 2: kilobytes), `value` the duration.
 * IKEv1 phase 2 (protocols other than ISAKMP) numbers its attributes otherwise: `type` is
 * ES_IKEV1_PHASE2_TYPE + that class, and + 0 is the row of the transform ID itself.
 */
enum { ES_IKEV1_TYPE = 0x100, ES_IKEV1_PHASE2_TYPE = 0x200 };

struct es_ike_transform {
    uint8_t proposal;  /* number of the proposal */
    uint8_t transform; /* IKEv1: number of the transform; IKEv2: 0 */
    uint8_t protocol;  /* enum es_ike_protocol */
    uint16_t type;
    uint16_t id;
    uint16_t key_length; /* bits; 0: none given */
    uint32_t value;      /* IKEv1 life duration (UINT32_MAX: more than that), else 0 */
};

enum { ES_IKE_TRANSFORMS_MAX = 255, ES_IKE_PROPOSAL_SPIS_MAX = 8 };

struct es_ike_proposals {
    struct es_ike_transform transforms[ES_IKE_TRANSFORMS_MAX];
    size_t count;
    size_t dropped; /* beyond the array */
    size_t proposal_count;
    struct {
        uint8_t proposal, protocol, size; /* size of the SPI in bytes */
        uint64_t spi;                     /* 4 or 8 bytes; 0 when absent */
    } spis[ES_IKE_PROPOSAL_SPIS_MAX];     /* of the first proposals, in wire order */
    size_t spi_count;
};

/*
 * Parses the body of an SA payload of either version. False when it is malformed; `body`'s fault
 * and offset then say where, and what stands before is in `out`. RFC 7296, 3.3; RFC 2408, 3.4-3.6.
 */
bool es_ike_proposals_parse(struct es_cursor *body, uint8_t major, struct es_ike_proposals *out);

/* Adds "AES_CBC-256", "MODP-2048", "auth PSK": a transform for people and JSON. */
void es_text_add_transform(struct es_text *text, const struct es_ike_transform *transform);

/* The name of a transform's type: "ENCR", "PRF", "INTEG", "KE", "ESN", "HASH", "AUTH", "LIFE". */
const char *es_ike_transform_type_name(uint16_t type);

/* Notify payload. RFC 7296, 3.10; RFC 2408, 3.14 (after DOI). */
struct es_ike_notify {
    uint8_t protocol; /* enum es_ike_protocol; 0: the IKE SA or none */
    uint16_t type;
    struct es_cursor spi;
    struct es_cursor data;
};
bool es_ike_notify_parse(struct es_cursor body, uint8_t major, struct es_ike_notify *out);

/* The first notify of this type, in clear or decrypted; false when there is none. */
bool es_ike_notify_find(const struct es_ike_message *message, uint16_t type,
                        struct es_ike_notify *out);

/* Notify types below this are errors in both versions. RFC 7296, 3.10.1; RFC 2408, 3.14.1. */
enum { ES_IKE_NOTIFY_ERROR_MAX = 16383 };

/* Delete payload. RFC 7296, 3.11; RFC 2408, 3.15. `spis` holds count * spi_size bytes. */
struct es_ike_delete {
    uint8_t protocol;
    uint8_t spi_size;
    uint16_t count;
    struct es_cursor spis;
};
bool es_ike_delete_parse(struct es_cursor body, uint8_t major, struct es_ike_delete *out);

/* Key exchange payload. RFC 7296, 3.4; IKEv1 names no group (method 0). */
struct es_ike_key_exchange {
    uint16_t method;
    struct es_cursor data;
};
bool es_ike_key_exchange_parse(struct es_cursor body, uint8_t major,
                               struct es_ike_key_exchange *out);

/* Identification payload. RFC 7296, 3.5; RFC 2407, 4.6.2 (with protocol and port). */
struct es_ike_identity {
    uint8_t type;
    uint8_t protocol; /* IKEv1 only */
    uint16_t port;    /* IKEv1 only */
    struct es_cursor data;
};
bool es_ike_identity_parse(struct es_cursor body, uint8_t major, struct es_ike_identity *out);

/* Adds an identity for people: "fqdn moon.example.org", "192.0.2.1". Foreign bytes are escaped. */
void es_text_add_identity(struct es_text *text, const struct es_ike_identity *identity);

/*
 * An X.509 certificate, as windows over its DER; what could not be read is empty. The times are
 * texts as they stand. False when it is not whole up to the subject. RFC 5280, 4.1.
 */
struct es_ike_certificate {
    struct es_cursor serial, issuer, not_before, not_after, subject;
};
bool es_ike_certificate_parse(struct es_cursor der, struct es_ike_certificate *out);

/* The time that such a text means, within what es_time can hold. False when it means none. */
bool es_ike_certificate_time(struct es_cursor text, es_time *out);

/* Adds a distinguished name for people, escaped; what cannot be read, in hex. */
void es_text_add_dn(struct es_text *text, struct es_cursor der);

/*
 * A traffic selector of a TSi or TSr payload. RFC 7296, 3.13.1. Types other than address ranges
 * (security labels, Fibre Channel) have the type and nothing else.
 */
struct es_ike_selector {
    uint8_t type;
    uint8_t protocol; /* 0: any */
    uint16_t start_port, end_port;
    bool is_range; /* `start` and `end` hold */
    struct es_address start, end;
};

/*
 * Begins at a TS payload's body: reads its head; then each call of the second gives a selector.
 * False at the end and on a fault of `body`.
 */
bool es_ike_selectors_begin(struct es_cursor *body, uint8_t *count);
bool es_ike_selectors_next(struct es_cursor *body, struct es_ike_selector *out);

/* Adds "10.1.0.0/16", "10.1.0.5-10.1.0.9", with "protocol 6 port 443" where narrower than all. */
void es_text_add_selector(struct es_text *text, const struct es_ike_selector *selector);

/*
 * What the two ends chose, as far as lengths depend on it. IKEv1 values are mapped by their own
 * registries.
 */
struct es_ike_suite {
    uint8_t major; /* 0: nothing known */
    uint16_t encr; /* IKEv2 transform ID, or IKEv1 attribute value */
    uint16_t key_length;
    uint16_t integ;    /* IKEv2 */
    uint16_t prf;      /* IKEv2 PRF, or IKEv1 hash */
    uint16_t ke;       /* key exchange method or group */
    uint16_t auth;     /* IKEv1 authentication method */
    uint8_t alignment; /* that the sender pads to, as es_ike_padding_learn() found; 0: unknown */
};

/* The suite that an SA payload with one choice of each type means. False when it does not. */
bool es_ike_suite_from(const struct es_ike_proposals *chosen, uint8_t major,
                       struct es_ike_suite *out);

/*
 * The length law: from the wire length of a sealed part to what the plaintext's payloads can
 * measure. IKEv2: sealed = IV + ciphertext + ICV, ciphertext = inner + padding + 1. IKEv1: sealed =
 * ciphertext, inner (after the HASH payload) + padding.
 */
struct es_ike_bounds {
    uint32_t inner_min; /* least and most bytes that the inner payloads can have together, */
    uint32_t inner_max; /* with the padding that implementations use */
};

/*
 * False when the suite is unknown or the length cannot be of this suite. The bounds hold every
 * padding in use: block ciphers to the next block, others to 1, 4 or 16 bytes, IKEv1 with or
 * without a block more. In IKEv1's phase 1 exchanges nothing stands before the payloads: a HASH
 * payload is to be added to both bounds there.
 */
bool es_ike_bounds(const struct es_ike_suite *suite, size_t sealed, struct es_ike_bounds *out);

/*
 * How a sender pads the plaintext of ciphers without blocks: to 1, 4 or 16 bytes, and always alike.
 * RFC 7296, 3.14 leaves it open.
 */
struct es_ike_padding {
    uint8_t alignment; /* 1 once shown, 4 or 16 when nothing spoke against it; 0: not known yet */
    uint8_t lengths;   /* ciphertexts of different length that were multiples of 4, */
    uint8_t by_16;     /* and of 16 */
    uint32_t last;     /* length of the one before */
};

/* Learns from a message of that sender; says nothing of other ciphers. */
void es_ike_padding_learn(struct es_ike_padding *padding, const struct es_ike_suite *suite,
                          const struct es_ike_message *message);

/* What an encrypted message can be: bits, since lengths leave several open. */
enum es_ike_class {
    ES_IKE_CLASS_EMPTY = 1 << 0,         /* IKEv2 INFORMATIONAL without payloads: DPD, or its
                                            answer, or the answer to a Delete of the IKE SA */
    ES_IKE_CLASS_DELETE_IKE = 1 << 1,    /* Delete of the IKE SA / ISAKMP SA */
    ES_IKE_CLASS_DELETE_CHILD = 1 << 2,  /* Delete of Child SAs / phase 2 SAs */
    ES_IKE_CLASS_NOTIFY = 1 << 3,        /* one notify without much data: an error, usually */
    ES_IKE_CLASS_R_U_THERE = 1 << 4,     /* IKEv1 DPD, request or acknowledgement */
    ES_IKE_CLASS_MOBIKE = 1 << 5,        /* address update with NAT detection */
    ES_IKE_CLASS_AUTH_REFUSED = 1 << 6,  /* IKE_AUTH response that is a lone notify */
    ES_IKE_CLASS_CHILD_REFUSED = 1 << 7, /* IKE_AUTH response with IDr, AUTH and a notify only, or
                                            a childless success (RFC 6023) */
    ES_IKE_CLASS_AUTH = 1 << 8,          /* IKE_AUTH with all it needs */
    ES_IKE_CLASS_NEW_CHILD = 1 << 9,     /* CREATE_CHILD_SA for a Child SA */
    ES_IKE_CLASS_NEW_IKE = 1 << 10,      /* CREATE_CHILD_SA for an IKE SA */
    ES_IKE_CLASS_QUICK_HASH = 1 << 11,   /* IKEv1 Quick Mode, third message */
    ES_IKE_CLASS_OTHER = 1 << 12,        /* something longer than all of these */
};

/*
 * The classes that an encrypted message can be of, by its exchange, direction and length; 0 when
 * the suite is unknown, the length cannot be of it, or the message is in clear. `nonce_length` is
 * the length of the nonces in IKE_SA_INIT (0: 32), the best guess for later ones.
 * CREATE_CHILD_SA: judge by the response, which holds one proposal; a request with several is both
 * NEW_CHILD and NEW_IKE. IKE_AUTH from message ID 2 on can be EAP (OTHER). A fragment is judged as
 * the message it is part of. Of a decrypted message it is the one class that its payloads make it;
 * the suite is not asked then.
 */
unsigned es_ike_could_be(const struct es_ike_suite *suite, const struct es_ike_message *message,
                         size_t nonce_length);

/*
 * Whether a CREATE_CHILD_SA response that made a Child SA had a key exchange of its own (PFS). By
 * its payloads when they were decrypted, else by its length, as es_ike_could_be() judges it.
 * RFC 7296, 1.3.1.
 */
enum es_ike_pfs { ES_IKE_PFS_OPEN, ES_IKE_PFS_NO, ES_IKE_PFS_YES };
enum es_ike_pfs es_ike_pfs(const struct es_ike_suite *suite, const struct es_ike_message *message,
                           size_t nonce_length);

/* A short name of one class for people and JSON: "empty", "delete-ike", … */
const char *es_ike_class_name(enum es_ike_class one);

/*
 * The hash that a NAT_DETECTION_*_IP notify (IKEv2: SHA-1) or NAT-D payload (IKEv1: the negotiated
 * hash) carries for an address and port. Writes up to 64 bytes, returns their number, 0 when the
 * hash is not known. RFC 7296, 2.23; RFC 3947, 3.2.
 */
size_t es_ike_nat_detection(const struct es_ike_suite *suite, const struct es_ike_header *header,
                            const struct es_address *address, uint16_t port, uint8_t out[64]);

#endif
