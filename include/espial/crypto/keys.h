/*
 * Key material: read from the forms that daemons and tools write, found by SPI. Keys are never
 * printed, but by es_keys_write_wireshark(), which is asked to.
 */
#ifndef ESPIAL_CRYPTO_KEYS_H
#define ESPIAL_CRYPTO_KEYS_H

#include "espial/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ES_SECRET_BYTES_MAX = 128 };

struct es_secret {
    uint8_t length; /* 0: not known */
    uint8_t bytes[ES_SECRET_BYTES_MAX];
};

/*
 * The keys of an IKE SA. Algorithms are IKEv2 transform IDs for both versions; 0: the file does not
 * say, the negotiation in clear does.
 */
struct es_ike_keys {
    uint64_t initiator_spi, responder_spi; /* must stay first; IKEv1: responder's may be 0: any */
    uint8_t major;
    uint16_t encr, integ, prf;
    struct es_secret sk_d;         /* IKEv1: SKEYID_d */
    struct es_secret sk_ai, sk_ar; /* IKEv1: SKEYID_a in sk_ai */
    struct es_secret sk_ei, sk_er; /* with the salt of combined modes; IKEv1: the key in sk_ei */
};

/* The keys of one ESP SA (one direction). */
struct es_esp_keys {
    uint32_t spi;                        /* must stay first, the addresses next; 0: any */
    uint8_t source[16], destination[16]; /* as es_address; all zero: any */
    uint16_t encr, integ;                /* IKEv2 transform IDs; 0: NULL, NONE */
    uint8_t icv_bytes;                   /* 0: the algorithm's own */
    bool esn;                            /* extended sequence numbers */
    struct es_secret encryption;         /* with the salt */
    struct es_secret integrity;
    bool derived; /* not read but computed from an IKE SA's keys */
};

struct es_keys;

struct es_keys *es_keys_new(void); /* NULL when no memory is left */
void es_keys_free(struct es_keys *keys);

/*
 * Reads a file, or every file of a folder; the form of each is told by its content (Wireshark's
 * three tables, charon logs at level 4, pluto's private debug lines, `ip xfrm state`, `setkey -D`,
 * tcpdump -E files, VPP's `show ikev2 sa details`, FortiGate's `diagnose vpn tunnel list`). `found`
 * (may be NULL) counts the keys it gave. False with `error` filled when it cannot be read or holds
 * no form known here; what was read before stays. A line that looks like a form but is wrong is
 * skipped and counted in `skipped` (may be NULL).
 */
bool es_keys_read(struct es_keys *keys, const char *path, size_t *found, size_t *skipped,
                  struct es_error *error);

/* Adds a copy; the same SPIs again replace (ESP: the same SPI and addresses). False: no memory. */
bool es_keys_add_ike(struct es_keys *keys, const struct es_ike_keys *ike);
bool es_keys_add_esp(struct es_keys *keys, const struct es_esp_keys *esp);

/* Borrowed until the next change; NULL when there are none. */
const struct es_ike_keys *es_keys_find_ike(const struct es_keys *keys, uint64_t initiator_spi,
                                           uint64_t responder_spi);
/* By SPI and destination; an entry for any destination, or (NAT) another one, serves too. */
const struct es_esp_keys *es_keys_find_esp(const struct es_keys *keys, uint32_t spi,
                                           const uint8_t destination[16]);

size_t es_keys_ike_count(const struct es_keys *keys);
size_t es_keys_esp_count(const struct es_keys *keys);
const struct es_ike_keys *es_keys_ike_at(const struct es_keys *keys, size_t index);
const struct es_esp_keys *es_keys_esp_at(const struct es_keys *keys, size_t index);

/* Rows written, and keys whose algorithm Wireshark has no name for (or that lack a direction). */
struct es_keys_written {
    size_t ikev2, ikev1, esp; /* SAs by table */
    size_t left_out;
};

/*
 * Writes Wireshark's tables ikev2_decryption_table, ikev1_decryption_table and esp_sa into a folder
 * (made when missing; mode 0700, files 0600), in place of those that are there. A table without
 * rows is not written. `written` may be NULL.
 */
bool es_keys_write_wireshark(const struct es_keys *keys, const char *folder,
                             struct es_keys_written *written, struct es_error *error);

#endif
