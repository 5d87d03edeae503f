/*
 * The boundaries of what is encrypted: SK (RFC 7296, 3.14) and SKF (RFC 7383, 2.5).
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    | Next Payload  |C|  RESERVED   |         Payload Length        |
 *    |        Fragment Number        |        Total Fragments        |   SKF only
 *    |                     Initialization Vector                     |
 *    |                      Encrypted content                        |
 *    |                    Integrity Checksum Data                    |
 */
#include "encrypted.h"

bool es_ike_encrypted_note(struct es_ike_message *message, const struct es_ike_payload *payload,
                           uint8_t first, const uint8_t **fault_byte)
{
    struct es_cursor body = payload->body;
    message->encrypted = true;
    message->sealed_first = first;
    if (payload->type == ES_IKE_PAYLOAD_SKF) {
        const uint16_t number = es_u16(&body);
        const uint16_t total = es_u16(&body);
        if (body.fault == ES_FAULT_NONE && (number == 0 || number > total)) {
            *fault_byte = payload->body.at;
            return false;
        }
        message->fragment_number = number;
        message->fragment_total = total;
    }
    body.start = body.at;
    body.fault = ES_FAULT_NONE; /* cut within the numbers: nothing of the ciphertext is held */
    message->sealed = body;
    return true;
}
