/*
 * Opening: with keys, the inside of encrypted IKE messages. Also puts fragments together (RFC 7383;
 * IKEv1's vendor fragmentation needs no key).
 */
#ifndef ESPIAL_IKE_OPEN_H
#define ESPIAL_IKE_OPEN_H

#include "espial/crypto/keys.h"
#include "espial/ike.h"

struct es_ike_opener;

/*
 * IKEv2 keys whose initiator_spi is 0 are of an SA that the file does not name (responder_spi tells
 * them apart): the first SA without keys whose integrity check they pass gets them.
 *
 * An opener. `keys` is borrowed (may be NULL: then only IKEv1 fragments are put together) and may
 * be added to: Child SA keys are derived from an IKE SA's SK_d and the nonces of the exchange where
 * there was no new key exchange (RFC 7296, 2.17; RFC 2409, 5.5). Memory is bounded.
 * NULL when no memory is left.
 */
struct es_ike_opener *es_ike_opener_new(struct es_keys *keys, const uint64_t seed[2]);
void es_ike_opener_free(struct es_ike_opener *opener);

/* Times that the system had no memory for an SA, a fragment or a plaintext. */
uint64_t es_ike_opener_unkept(const struct es_ike_opener *opener);

enum es_opened {
    ES_OPENED_NO,       /* nothing to open, or no keys for it: the message is as it was */
    ES_OPENED_YES,      /* `message` holds the inner payloads too (decrypted is set) */
    ES_OPENED_PARTIAL,  /* a fragment was taken; the rest has not come yet */
    ES_OPENED_WRONG_KEY /* the integrity check failed, or what came out cannot be IKE */
};

/*
 * Shows a message to the opener, in capture order, whether encrypted or not: it learns suites,
 * nonces and IVs from those in clear. `datagram->payload` is where `message` was parsed. An IKEv1
 * message in vendor fragments takes the place of its last one in `message`, opened or not (then NO
 * is returned). On YES inner payloads are appended to message->payloads after
 * the clear ones; their bodies borrow the opener's buffer until the next call, their offsets are
 * those that their bytes have in the encrypted message (fragments: in the joined plaintext).
 */
enum es_opened es_ike_open(struct es_ike_opener *opener, const struct es_datagram *datagram,
                           struct es_ike_message *message);

#endif
