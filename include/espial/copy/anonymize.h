/*
 * Frames without the addresses, MACs and names in them: what a support case may hand on.
 *
 * A frame goes in, a frame of the same length and time comes out. Under one key a thing is always
 * replaced by the same other thing, in every capture; without the key there is no way back.
 *
 * What is not understood does not pass: bytes behind the last header that is known are zeroed, and
 * so is a frame of an unknown link type, but for its length. What stays as it is: IKE SPIs, ESP and
 * AH SPIs and sequence numbers, ports, algorithms, key exchange values, nonces, known vendor IDs,
 * and whatever is encrypted. Who has the keys reads the original in there.
 */
#ifndef ESPIAL_COPY_ANONYMIZE_H
#define ESPIAL_COPY_ANONYMIZE_H

#include "espial/base.h"
#include "espial/capture.h"
#include "espial/packet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_ANONYMIZE_KEY_BYTES = 32 };

/*
 * Reads a key: 64 hex digits, with white space around them or not (`openssl rand -hex 32`), or 32
 * bytes as they are. False with `error` filled for anything else. Wipe it after use.
 */
bool es_anonymize_key_read(const char *path, uint8_t key[ES_ANONYMIZE_KEY_BYTES],
                           struct es_error *error);

struct es_anonymizer_options {
    uint8_t key[ES_ANONYMIZE_KEY_BYTES];  /* copied as far as needed */
    uint16_t ike_ports[ES_IKE_PORTS_MAX]; /* as in es_decoder_options */
    size_t ike_port_count;
    uint64_t seed[2]; /* for the hash tables */
};

/* What was done, frames given twice counted twice. */
struct es_anonymizer_counts {
    uint64_t frames;
    uint64_t addresses;         /* IP addresses replaced, in headers and payloads */
    uint64_t macs;              /* and MAC addresses */
    uint64_t identities;        /* identities, names, certificates and their requests */
    uint64_t nat_hashes;        /* NAT detection hashes made anew over the new addresses */
    uint64_t nat_hashes_voided; /* those over an address that this capture does not show */
    uint64_t values_voided;     /* other values of IKE that could tell something: replaced */
    uint64_t clear_esp;         /* ESP packets that are not encrypted: changed inside, ICV void */
    uint64_t ah;                /* AH packets, whose ICV covers what was changed: void */
    uint64_t bytes_zeroed;      /* bytes of what was not understood or is user data in clear */
    uint64_t frames_zeroed;     /* frames of which nothing was understood */
    uint64_t fragments_zeroed;  /* later IP fragments whose packet is not known to be encrypted */
};

struct es_anonymizer;

/* NULL with `error` filled when no memory is left or libcrypto refuses. */
struct es_anonymizer *es_anonymizer_new(const struct es_anonymizer_options *options,
                                        struct es_error *error);
void es_anonymizer_free(struct es_anonymizer *anonymizer); /* wipes keys; takes NULL */

/*
 * Shows a frame that will be rewritten later, or that helps to understand those: a first pass over
 * the capture, not needed, that lets NAT detection hashes over addresses seen later, IKE in clear
 * that is cut into IP fragments or TCP segments, and ESP that is not encrypted be treated better.
 */
void es_anonymizer_learn(struct es_anonymizer *anonymizer, const struct es_frame *frame);

/*
 * Rewrites a frame into `out`, whose bytes are borrowed until the next call. Frames should come in
 * the order of their times. False with `error` filled when it cannot: then nothing is to be
 * written.
 */
bool es_anonymizer_frame(struct es_anonymizer *anonymizer, const struct es_frame *frame,
                         struct es_frame *out, struct es_error *error);

const struct es_anonymizer_counts *es_anonymizer_counts(const struct es_anonymizer *anonymizer);

/* Adds what was done in a sentence for people: "208 addresses, 4 NAT detection hashes, …". */
void es_text_add_anonymized(struct es_text *text, const struct es_anonymizer_counts *counts);

/* The stand-in of one address, for those who write about the frames. */
struct es_address es_anonymizer_address(struct es_anonymizer *anonymizer,
                                        const struct es_address *address);

#endif
