/*
 * The boundaries of what is encrypted.
 */
#ifndef ES_IKE_ENCRYPTED_PART_H
#define ES_IKE_ENCRYPTED_PART_H

#include "espial/ike.h"

/*
 * Notes the sealed part of an SK or SKF payload. `first` is its next payload field. False when a
 * fragment's numbers are impossible; `fault_byte` is then the one that lies.
 */
bool es_ike_encrypted_note(struct es_ike_message *message, const struct es_ike_payload *payload,
                           uint8_t first, const uint8_t **fault_byte);

#endif
