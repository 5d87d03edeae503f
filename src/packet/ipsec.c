/*
 * ESP and AH straight on IP. RFC 4303, RFC 4302.
 */
#include "decoder.h"
#include "layer.h"
#include "numbers.h"

enum es_layer es_esp_layer(struct es_walk *walk)
{
    return es_walk_found(walk, ES_DATAGRAM_ESP, ES_ENCAPSULATION_RAW);
}

/*
 *    |  Next Header  |  Payload Len  |           Reserved            |
 *    |  … (Payload Len + 2) * 4 bytes in all
 *
 * AH is the datagram. ESP may lie below it: then es_decode_more() hands that out too.
 */
enum es_layer es_ah_layer(struct es_walk *walk)
{
    struct es_cursor below = walk->cursor;
    const enum es_layer found = es_walk_found(walk, ES_DATAGRAM_AH, ES_ENCAPSULATION_RAW);
    const uint8_t next = es_u8(&below);
    const size_t length = ((size_t)es_u8(&below) + 2) * 4;
    es_take(&below, length - 2);
    if (next == ES_IP_ESP && !below.fault && es_more(&below)) {
        walk->decoder->below_ah = *walk->out;
        walk->decoder->below_ah.kind = ES_DATAGRAM_ESP;
        walk->decoder->below_ah.payload = below;
        walk->decoder->below_ah.payload.start = below.at;
        walk->decoder->esp_below_ah = true;
        walk->decoder->more = true;
    }
    return found;
}

bool es_ah_next(struct es_decoder *decoder, struct es_datagram *out)
{
    if (!decoder->esp_below_ah)
        return false;
    decoder->esp_below_ah = false;
    *out = decoder->below_ah;
    return true;
}
