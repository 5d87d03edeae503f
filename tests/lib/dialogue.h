/*
 * What two peers of a scene say to each other in one IKE SA, as real messages: SA, KE, nonce,
 * notify and NAT detection payloads in clear, and sealed parts of exactly the length that the
 * suite gives to what is inside.
 */
#ifndef TESTS_DIALOGUE_H
#define TESTS_DIALOGUE_H

#include "scene.h"

/* Bytes of payloads inside a sealed part. */
enum {
    INNER_EMPTY = 0,
    INNER_DELETE_IKE = 8,
    INNER_DELETE_CHILD = 12,
    INNER_NOTIFY = 8,
    INNER_AUTH = 240,          /* of IKE_AUTH, with a Child SA */
    INNER_AUTH_CHILDLESS = 84, /* IDr, AUTH with SHA2-256 and an error notify */
    INNER_CHILD = 120,         /* CREATE_CHILD_SA: AES-GCM, nonce of 32, one IPv4 range a side */
    /* IKEv1, behind the HASH payload. */
    INNER_V1_R_U_THERE = 32,
    INNER_V1_DELETE_CHILD = 16,
    INNER_V1_DELETE_IKE = 28,
    INNER_V1_ERROR = 16,
    INNER_V1_ID = 12,
    INNER_V1_QUICK = 120,
};

/* Suites: AES-GCM and AES-CBC with SHA2-256, each with MODP-2048, whose long key exchange tells a
 * new IKE SA by its length, and with Curve25519, which does not; IKEv1 with SHA-1 and MD5. */
extern const struct es_ike_suite suite_gcm, suite_gcm_modp, suite_cbc, suite_cbc_25519;
extern const struct es_ike_suite suite_v1_sha1, suite_v1_md5;

/* A payload in clear that a peer adds to its IKE_SA_INIT. */
struct dialogue_extra {
    uint8_t type;
    uint8_t size;
    uint8_t body[32];
};
enum { DIALOGUE_EXTRAS_MAX = 4 };

/* What an IKEv1 peer announces of NAT traversal. */
enum dialogue_natt {
    DIALOGUE_NATT_NONE,
    DIALOGUE_NATT_RFC,
    DIALOGUE_NATT_DRAFT_02,
    DIALOGUE_NATT_DRAFT_04,
};

struct dialogue {
    struct scene *scene;
    uint8_t initiator;          /* A or B */
    uint64_t spi[2];            /* initiator's, responder's */
    struct es_ike_suite suite;  /* chosen */
    struct es_ike_suite offer;  /* offered */
    uint32_t next_id[2];        /* message ID of the next request, by peer; IKEv1: of either */
    bool detects_nat;           /* sends NAT detection payloads */
    enum dialogue_natt natt[2]; /* IKEv1: announced by the initiator, by the responder */
    uint16_t lifetimes[2];      /* IKEv1: of the offer and of the choice, seconds; 0: none */
    size_t nonce_bytes;         /* 0: 32 */
    struct dialogue_extra extras[2][DIALOGUE_EXTRAS_MAX]; /* by peer */
    size_t extra_count[2];
    uint8_t salt; /* what makes one message differ from another */
};

/* A dialogue that has not begun; `number` makes its SPIs. The version is the suite's. */
struct dialogue dialogue_of(struct scene *scene, uint8_t initiator, uint8_t number,
                            const struct es_ike_suite *suite);

/* Adds a payload, or a notify, to what a peer says in IKE_SA_INIT. */
void dialogue_add_payload(struct dialogue *dialogue, uint8_t from, uint8_t type, const void *body,
                          size_t size);
void dialogue_add_notify(struct dialogue *dialogue, uint8_t from, uint16_t type, const void *data,
                         size_t size);

/* --- IKEv2: messages to be sent with scene_ike(), again when that is the story --- */

/* IKE_SA_INIT; a cookie of `cookie` bytes comes first, unless 0. */
struct wire dialogue_init(struct dialogue *dialogue, size_t cookie);
struct wire dialogue_init_reply(struct dialogue *dialogue);

/* A message in clear with one notify in it: an answer to message `id` of that exchange. */
struct wire dialogue_clear_notify(struct dialogue *dialogue, uint8_t exchange, uint32_t id,
                                  uint64_t responder_spi, uint16_t notify, size_t data);

/* A request of `from` with its next message ID, and what answers it. */
struct wire dialogue_request(struct dialogue *dialogue, uint8_t from, uint8_t exchange,
                             size_t inner);
struct wire dialogue_reply(struct dialogue *dialogue, const struct wire *request, size_t inner);

/* A payload, and a message of these as it is inside its sealed part, for scene_ike_opened(). The
 * next message ID of `from` when it is a request, else `id`. */
struct dialogue_part {
    uint8_t type;
    const void *body;
    size_t size;
};
struct wire dialogue_opened(struct dialogue *dialogue, uint8_t from, uint8_t exchange,
                            bool is_response, uint32_t id, const struct dialogue_part *parts,
                            size_t count);

/* The same as one of several fragments (RFC 7383). */
struct wire dialogue_fragment(struct dialogue *dialogue, uint8_t from, uint8_t exchange,
                              uint32_t id, bool is_response, uint16_t number, uint16_t total);

/* --- IKEv2: what happens as a whole --- */

void dialogue_exchange(struct dialogue *dialogue, uint8_t from, uint8_t exchange, size_t inner,
                       size_t inner_reply);
/* IKE_SA_INIT; IKE_AUTH with a Child SA; both. */
void dialogue_agree(struct dialogue *dialogue);
void dialogue_authenticate(struct dialogue *dialogue);
void dialogue_establish(struct dialogue *dialogue);
void dialogue_dpd(struct dialogue *dialogue, uint8_t from);
void dialogue_delete_child(struct dialogue *dialogue, uint8_t from);
void dialogue_delete_ike(struct dialogue *dialogue, uint8_t from);
/* CREATE_CHILD_SA for a Child SA; for a new IKE SA, whose dialogue it hands back. */
void dialogue_rekey_child(struct dialogue *dialogue, uint8_t from);
struct dialogue dialogue_rekey_ike(struct dialogue *dialogue, uint8_t from, uint8_t number);

/* A request of `from` that is sent `times` times, `every` seconds apart, and never answered. */
void dialogue_ask_in_vain(struct dialogue *dialogue, uint8_t from, uint8_t exchange, size_t inner,
                          unsigned times, double every);

/* --- IKEv1 --- */

/* Message 1 to 6 of Main Mode. */
struct wire dialogue_main(struct dialogue *dialogue, unsigned number);
/* A message of any encrypted exchange. */
struct wire dialogue_sealed_v1(struct dialogue *dialogue, uint8_t exchange, uint32_t id,
                               size_t inner);
struct wire dialogue_clear_notify_v1(struct dialogue *dialogue, uint16_t notify);

/* Main Mode; Quick Mode; both. */
void dialogue_main_mode(struct dialogue *dialogue);
void dialogue_quick_mode(struct dialogue *dialogue, uint8_t from);
void dialogue_establish_v1(struct dialogue *dialogue);
/* An R-U-THERE of `from`, and its acknowledgement. */
void dialogue_r_u_there(struct dialogue *dialogue, uint8_t from, bool answered);

#endif
