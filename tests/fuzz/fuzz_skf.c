/*
 * IKE fragments put together. The input is a list: message ID, number, total and first payload as
 * a byte each, two bytes of length, then what the fragment holds in clear. RFC 7383's are sealed
 * with NULL encryption; a number with the top bit set makes it one of IKEv1's vendor fragments,
 * whose total only says whether it is the last. All that comes out whole is read.
 */
#include "ike.h"

enum {
    HEADER_BYTES = 28,
    SKF_BYTES = 8, /* generic header, number, total */
    TRAILER_BYTES = 1,
    V1_BYTES = 8, /* generic header, identifier, number, flags */
    PIECE_MAX = 1 << 12,
    FRAGMENTS_MAX = 512,
    PAYLOAD_SKF = 53,
    PAYLOAD_V1_FRAGMENT = 132,
    EXCHANGE_AUTH = 35,
    MAIN_MODE = 2,
};

struct piece {
    uint8_t message_id, number, total, first;
    struct es_cursor body;
};

static size_t put_header(uint8_t *out, const struct piece *piece, bool v1, size_t size)
{
    const uint8_t rest[] = {
        v1 ? PAYLOAD_V1_FRAGMENT : PAYLOAD_SKF,
        v1 ? 0x10 : 0x20,
        v1 ? MAIN_MODE : EXCHANGE_AUTH,
        v1 ? 0 : 8,
        0,
        0,
        0,
        v1 ? 0 : piece->message_id,
        0,
        0,
        (uint8_t)(size >> 8),
        (uint8_t)size,
    };
    memset(out, v1 ? 0x22 : 0x11, HEADER_BYTES - sizeof(rest));
    memcpy(out + HEADER_BYTES - sizeof(rest), rest, sizeof(rest));
    return HEADER_BYTES;
}

static size_t put_message(uint8_t *out, const struct piece *piece)
{
    const bool v1 = piece->number & 0x80;
    const size_t held = es_left(&piece->body);
    const size_t payload = held + (v1 ? V1_BYTES : SKF_BYTES + TRAILER_BYTES);
    const uint8_t lengths[2] = {(uint8_t)(payload >> 8), (uint8_t)payload};
    size_t at = put_header(out, piece, v1, HEADER_BYTES + payload);
    const uint8_t v2_head[SKF_BYTES] = {piece->first,  0, lengths[0],  lengths[1], 0,
                                        piece->number, 0, piece->total};
    const uint8_t v1_head[V1_BYTES] = {
        0, 0, lengths[0], lengths[1], 0, piece->message_id, piece->number & 0x7f, piece->total & 1};
    memcpy(out + at, v1 ? v1_head : v2_head, SKF_BYTES);
    at += SKF_BYTES;
    if (held)
        memcpy(out + at, piece->body.at, held);
    at += held;
    if (!v1)
        out[at++] = 0;
    return at;
}

static void show(struct es_ike_opener *opener, const struct piece *piece, struct fuzz_walk *walk)
{
    const size_t size = (piece->number & 0x80 ? V1_BYTES : SKF_BYTES + TRAILER_BYTES) +
                        HEADER_BYTES + es_left(&piece->body);
    uint8_t *bytes = malloc(size);
    if (!bytes || put_message(bytes, piece) != size)
        abort();
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE,
                                         .payload = es_cursor(bytes, size, size)};
    struct es_ike_message message;
    if (!es_ike_message_parse(datagram.payload, &message))
        abort();
    if (es_ike_open(opener, &datagram, &message) == ES_OPENED_YES && !message.decrypted)
        abort();
    walk->wire = FRAGMENTS_MAX * PIECE_MAX;
    for (size_t i = 0; i < message.payload_count; i++)
        es_ike_payload_fields(&message, &message.payloads[i],
                              (struct es_field_sink){fuzz_on_field, walk});
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const uint64_t seed[2] = {1, 2};
    const struct es_ike_keys ikev2 = {
        .initiator_spi = UINT64_C(0x1111111111111111),
        .responder_spi = UINT64_C(0x1111111111111111),
        .major = 2,
        .encr = ES_IKE_ENCR_NULL,
        .prf = ES_IKE_PRF_HMAC_SHA2_256,
        .sk_d = {.length = 32},
    };
    struct es_keys *keys = es_keys_new();
    struct es_ike_opener *opener = keys ? es_ike_opener_new(keys, seed) : NULL;
    if (!opener || !es_keys_add_ike(keys, &ikev2))
        abort();
    struct fuzz_walk walk = {0};
    struct es_cursor input = es_cursor(bytes, size, size);
    for (int i = 0; i < FRAGMENTS_MAX && es_more(&input); i++) {
        struct piece piece = {.message_id = es_u8(&input), .number = es_u8(&input)};
        piece.total = es_u8(&input);
        piece.first = es_u8(&input);
        const size_t length = es_u16(&input) % PIECE_MAX;
        piece.body = es_sub(&input, length < es_left(&input) ? length : es_left(&input));
        show(opener, &piece, &walk);
    }
    fprintf(fuzz_sink(), "%u", walk.sum);
    es_ike_opener_free(opener);
    es_keys_free(keys);
    return 0;
}
