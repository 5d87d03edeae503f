/*
 * What the opener remembers: of each IKE SA that there are keys for the suite, the nonces and the
 * IVs; fragments that wait for the rest of their message. All of it is bounded.
 */
#ifndef ES_IKE_OPEN_STATE_H
#define ES_IKE_OPEN_STATE_H

#include "espial/crypto.h"
#include "espial/ike/open.h"

enum {
    ES_OPEN_SAS_MAX = 4096,    /* IKE SAs remembered; the oldest goes */
    ES_OPEN_NONCE_MAX = 256,   /* RFC 7296, 2.10 */
    ES_OPEN_PUBLIC_MAX = 1024, /* IKEv1 public values: MODP-8192 */
    ES_OPEN_PENDING = 4,       /* requests for an SA that wait for their answer */
    ES_OPEN_CHAINS = 16,       /* IKEv1 exchanges whose IVs are remembered */
    ES_OPEN_SEEN = 4,          /* messages of one of them */
    ES_OPEN_IV_MAX = 16,
    ES_OPEN_PLAIN_MAX = 1 << 17, /* bytes of plaintext: more than any UDP datagram holds */
};

struct es_open_nonce {
    uint16_t size; /* 0: not seen */
    uint8_t bytes[ES_OPEN_NONCE_MAX];
};

struct es_open_public {
    uint16_t size;
    uint8_t bytes[ES_OPEN_PUBLIC_MAX];
};

/* A request that offers an SA. */
struct es_open_pending {
    bool used;
    uint8_t exchange_type;
    uint8_t from_initiator; /* IKEv2: the initiator flag of the request */
    uint32_t message_id;
    struct es_open_nonce nonce;
    size_t spi_count;
    struct {
        uint8_t proposal, protocol;
        uint64_t spi;
    } spis[ES_IKE_PROPOSAL_SPIS_MAX];
};

/* The IVs of one IKEv1 exchange (message ID); RFC 2409, appendix B. */
struct es_open_chain {
    bool used;
    bool known;   /* `iv` is that of the next message */
    bool doubted; /* `other` may be it too: the last block of a message that did not open */
    uint32_t message_id;
    uint8_t iv[ES_OPEN_IV_MAX], other[ES_OPEN_IV_MAX];
    struct {
        uint64_t print; /* of the ciphertext; a retransmission has its old IV */
        bool known;
        uint8_t iv[ES_OPEN_IV_MAX];
    } seen[ES_OPEN_SEEN];
    size_t seen_count; /* ever; the newest take the place of the oldest */
};

/* An IKE SA; a request without responder SPI has one of its own. Owned by the opener. */
struct es_open_sa {
    uint64_t initiator_spi, responder_spi; /* the key in the table: must stay first */
    struct es_open_sa *newer;
    struct es_ike_suite suite;        /* as negotiated in clear, or in CREATE_CHILD_SA */
    uint16_t tried_encr, tried_integ; /* what did open, where nobody names the algorithms */
    size_t strays_tried;              /* keys without SPIs, up to this index */
    struct es_open_nonce nonces[2];   /* of IKE_SA_INIT: initiator's, responder's */
    struct es_open_pending pending[ES_OPEN_PENDING];
    size_t pending_next;

    /* IKEv1 */
    struct es_open_public publics[2]; /* g^xi, g^xr */
    bool proven;                      /* a message was opened with the key */
    struct es_open_chain chains[ES_OPEN_CHAINS];
    size_t chain_next;
};

/* A buffer that grows up to a limit. */
struct es_open_buffer {
    uint8_t *bytes; /* owned */
    size_t size;
};

struct es_ike_fragments;

struct es_ike_opener {
    struct es_keys *keys; /* borrowed; may be NULL */
    size_t keys_seen;     /* keys looked at for those without SPIs */
    bool has_strays;      /* there are such */
    struct es_table sas;
    struct es_open_sa *oldest, *newest;
    struct es_ike_fragments *fragments; /* owned */
    struct es_open_buffer plain;        /* of the last message */
    uint64_t unkept;                    /* times that no memory was left */
    uint64_t seed[2];
};

/* The SA, or NULL; _make: a new one if need be, NULL when no memory is left. */
struct es_open_sa *es_open_sa_find(struct es_ike_opener *opener, uint64_t initiator_spi,
                                   uint64_t responder_spi);
struct es_open_sa *es_open_sa_make(struct es_ike_opener *opener, uint64_t initiator_spi,
                                   uint64_t responder_spi);

/* Room for `size` bytes. False beyond ES_OPEN_PLAIN_MAX or without memory; then it is as it was. */
bool es_open_buffer_hold(struct es_open_buffer *buffer, size_t size);

/* The body of the first payload of this type among those in clear, or among those inside. */
const struct es_ike_payload *es_open_find(const struct es_ike_message *message, bool inside,
                                          uint8_t type);

/* Keeps the body of a nonce payload; one that is too long leaves none. */
void es_open_nonce_keep(struct es_open_nonce *nonce, const struct es_ike_payload *payload);

/*
 * Walks the chain inside and appends it to the message's payloads. `start` is what offsets count
 * from. False on a fault, which the message then tells; `slack` bytes may follow the last payload.
 */
bool es_open_append(struct es_ike_message *message, const uint8_t *start, struct es_bytes plain,
                    size_t slack);

/* --- open_ikev2.c, open_ikev1.c: a message of that version --- */

enum es_opened es_open_ikev2(struct es_ike_opener *opener, const struct es_datagram *datagram,
                             struct es_ike_message *message);
enum es_opened es_open_ikev1(struct es_ike_opener *opener, const struct es_datagram *datagram,
                             struct es_ike_message *message);

/* --- derive.c --- */

/*
 * Looks at what was inside a message: remembers a request's nonce and SPIs; from an answer computes
 * the keys of a Child SA, or learns the suite of a new IKE SA.
 */
void es_derive_see(struct es_ike_opener *opener, struct es_open_sa *sa,
                   const struct es_ike_keys *keys, const struct es_datagram *datagram,
                   const struct es_ike_message *message);

/* --- fragment.c --- */

/* Which message a fragment is of. Compared as bytes: to be zeroed first. */
struct es_fragment_key {
    uint64_t initiator_spi, responder_spi;
    uint32_t message_id;
    uint16_t id;           /* IKEv1: fragment ID */
    uint8_t exchange_type; /* IKEv2 */
    uint8_t flags;         /* IKEv2: initiator, response */
    uint8_t source[16];    /* IKEv1, whose header does not tell the direction */
};

struct es_fragment {
    uint16_t number; /* from 1 */
    uint16_t total;  /* 0: not told (IKEv1, but for the last) */
    uint8_t first;   /* type of the first payload inside; of number 1 */
    bool replaces;   /* other bytes with this number begin a new message (IKEv1) */
    struct es_bytes bytes;
};

enum es_fragment_state {
    ES_FRAGMENT_REFUSED, /* beyond the bounds, or its numbers contradict the others' */
    ES_FRAGMENT_TAKEN,   /* kept, or already there */
    ES_FRAGMENT_WHOLE,   /* `whole` holds the message, borrowed until the next call */
};

struct es_ike_fragments *es_ike_fragments_new(void);
void es_ike_fragments_free(struct es_ike_fragments *fragments);
uint64_t es_ike_fragments_unkept(const struct es_ike_fragments *fragments);
enum es_fragment_state es_ike_fragments_add(struct es_ike_fragments *fragments,
                                            const struct es_fragment_key *key,
                                            const struct es_fragment *fragment,
                                            struct es_bytes *whole, uint8_t *first);

#endif
