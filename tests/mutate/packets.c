#include "packets.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS_MAX = 1 << 16 };

uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
    dice->state ^= dice->state >> 12;
    dice->state ^= dice->state << 25;
    dice->state ^= dice->state >> 27;
    return sides ? (dice->state * UINT64_C(0x2545f4914f6cdd1d) >> 11) % sides : 0;
}

void packets_add(struct packets *packets, const struct packet *packet)
{
    if (packets->count == packets->capacity) {
        packets->capacity = packets->capacity ? 2 * packets->capacity : 64;
        packets->at = realloc(packets->at, packets->capacity * sizeof(*packets->at));
    }
    /* Exactly as long as it is held, so that a sanitizer sees the byte behind. */
    uint8_t *bytes = malloc(packet->held);
    if (!packets->at || (!bytes && packet->held))
        abort();
    if (packet->held)
        memcpy(bytes, packet->bytes, packet->held);
    packets->at[packets->count] = *packet;
    packets->at[packets->count++].bytes = bytes;
}

bool packets_read(struct packets *packets, struct es_source *source)
{
    struct es_frame frame;
    *packets = (struct packets){0};
    while (packets->count < PACKETS_MAX && es_source_next(source, &frame) == ES_STEP_FRAME) {
        const struct packet packet = {
            .bytes = (uint8_t *)(uintptr_t)frame.bytes,
            .held = frame.held,
            .wire = frame.wire,
            .time = frame.ref.time,
            .link_type = frame.link_type,
            .direction = frame.direction,
            .timed = frame.timed,
        };
        packets_add(packets, &packet);
    }
    return packets->count > 0;
}

void packets_copy(struct packets *out, const struct packets *from)
{
    *out = (struct packets){0};
    for (size_t i = 0; i < from->count; i++)
        packets_add(out, &from->at[i]);
}

void packets_fini(struct packets *packets)
{
    for (size_t i = 0; i < packets->count; i++)
        free(packets->at[i].bytes);
    free(packets->at);
    *packets = (struct packets){0};
}

/* Insertion, as nearly all are in order already. */
void packets_sort(struct packets *packets)
{
    for (size_t i = 1; i < packets->count; i++) {
        const struct packet packet = packets->at[i];
        size_t at = i;
        for (; at > 0 && packets->at[at - 1].time > packet.time; at--)
            packets->at[at] = packets->at[at - 1];
        packets->at[at] = packet;
    }
}

void packets_fit(struct packets *packets, es_time first, es_time last)
{
    es_time least = packets->at[0].time, most = least;
    for (size_t i = 0; i < packets->count; i++) {
        least = packets->at[i].time < least ? packets->at[i].time : least;
        most = packets->at[i].time > most ? packets->at[i].time : most;
    }
    const double scale = most > least ? (double)(last - first) / (double)(most - least) : 0;
    for (size_t i = 0; i < packets->count; i++)
        packets->at[i].time =
            first + (es_time)((double)(packets->at[i].time - least) * (scale < 1 ? scale : 1));
}

/* --- another identity --- */

enum { TOKENS_MAX = 4096, TOKEN_BYTES = 16 };

struct tokens {
    struct token {
        uint8_t bytes[TOKEN_BYTES];
        size_t size;
    } at[TOKENS_MAX];
    size_t count;
};

static void note(struct tokens *tokens, const uint8_t *bytes, size_t size)
{
    static const uint8_t zero[TOKEN_BYTES];
    if (tokens->count == TOKENS_MAX || memcmp(bytes, zero, size) == 0)
        return;
    for (size_t i = 0; i < tokens->count; i++) {
        if (tokens->at[i].size == size && memcmp(tokens->at[i].bytes, bytes, size) == 0)
            return;
    }
    memcpy(tokens->at[tokens->count].bytes, bytes, size);
    tokens->at[tokens->count++].size = size;
}

static void note_address(struct tokens *tokens, const struct es_address *address)
{
    const bool v4 = es_address_is_v4(address);
    note(tokens, address->bytes + (v4 ? 12 : 0), v4 ? 4 : 16);
}

/* Addresses and SPIs as the decoder meets them, and both addresses of plain IPv4. */
static void note_packet(struct tokens *tokens, struct es_decoder *decoder,
                        const struct packet *packet, uint64_t number)
{
    const struct es_frame frame = {
        .bytes = packet->bytes,
        .held = packet->held,
        .wire = packet->wire,
        .ref = {.number = number & NUMBER_MASK, .time = packet->time},
        .link_type = packet->link_type,
        .timed = packet->timed,
    };
    struct es_datagram datagram;
    for (bool more = es_decode(decoder, &frame, &datagram); more;
         more = es_decode_more(decoder, &datagram)) {
        note_address(tokens, &datagram.source);
        note_address(tokens, &datagram.destination);
        if (datagram.kind == ES_DATAGRAM_ICMP_ERROR)
            note_address(tokens, &datagram.icmp.reporter);
        if (datagram.kind == ES_DATAGRAM_IKE && es_left(&datagram.payload) >= 16) {
            note(tokens, datagram.payload.at, 8);
            note(tokens, datagram.payload.at + 8, 8);
        }
    }
    static const uint8_t ipv4[] = {0x08, 0x00, 0x45};
    if (packet->held >= 34 && memcmp(packet->bytes + 12, ipv4, sizeof(ipv4)) == 0) {
        note(tokens, packet->bytes + 26, 4);
        note(tokens, packet->bytes + 30, 4);
    }
}

static void replace(struct packet *packet, const struct tokens *tokens)
{
    for (size_t at = 0; at + 4 <= packet->held;) {
        size_t step = 1;
        for (size_t i = 0; i < tokens->count; i++) {
            const struct token *token = &tokens->at[i];
            if (packet->held - at < token->size ||
                memcmp(packet->bytes + at, token->bytes, token->size) != 0)
                continue;
            /* Far enough from any other address for a few flipped bits. */
            for (size_t byte = 0; byte < 4; byte++)
                packet->bytes[at + token->size - 4 + byte] ^= 0x5a;
            step = token->size;
            break;
        }
        at += step;
    }
}

void packets_disguise(struct packets *packets)
{
    static struct tokens tokens;
    const struct es_decoder_options options = {.seed = {1}};
    struct es_decoder *decoder = es_decoder_new(&options);
    if (!decoder)
        abort();
    tokens.count = 0;
    for (size_t i = 0; i < packets->count; i++)
        note_packet(&tokens, decoder, &packets->at[i], i + 1);
    es_decoder_free(decoder);
    for (size_t i = 0; i < packets->count; i++)
        replace(&packets->at[i], &tokens);
}
