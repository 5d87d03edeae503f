/*
 * What the payload of a UDP datagram or of a TCP record is.
 */
#ifndef ES_PACKET_CLASSIFY_H
#define ES_PACKET_CLASSIFY_H

#include "espial/base.h"
#include "espial/packet.h"

/*
 * Sorts what came through a NAT-T port and leaves the cursor where the kind starts. OTHER for
 * nothing at all, or for bytes that the capture did not keep (`cut` then says so).
 * RFC 3948, 2; RFC 7296, 2.23 and 3.1.
 */
enum es_datagram_kind es_classify_natt(struct es_cursor *payload, bool *marker_missing, bool *cut);

/* Sorts what came through port 500; ESP there is of the first drafts of NAT traversal. */
enum es_datagram_kind es_classify_ike(struct es_cursor *payload);

/* What starts at the cursor can only be an IKE message: the length field tells the whole payload.
 */
bool es_is_ike_message(struct es_cursor payload);

/* What starts at the cursor may be an IKE message that goes on beyond the payload. */
bool es_may_be_ike_message(struct es_cursor payload);

#endif
