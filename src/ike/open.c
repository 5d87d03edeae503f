/*
 * The opener: what it remembers, and who opens what. See open_ikev2.c, open_ikev1.c, derive.c.
 */
#include "open_state.h"

#include "payload.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_ROOM = 1 << 12,
    SPIS_BYTES = 16,
};

struct es_ike_opener *es_ike_opener_new(struct es_keys *keys, const uint64_t seed[2])
{
    struct es_ike_opener *opener = calloc(1, sizeof(*opener));
    if (!opener)
        return NULL;
    opener->keys = keys;
    memcpy(opener->seed, seed, sizeof(opener->seed));
    es_table_init(&opener->sas, SPIS_BYTES, ES_OPEN_SAS_MAX, seed);
    opener->fragments = es_ike_fragments_new();
    if (opener->fragments)
        return opener;
    es_ike_opener_free(opener);
    return NULL;
}

void es_ike_opener_free(struct es_ike_opener *opener)
{
    if (!opener)
        return;
    while (opener->oldest) {
        struct es_open_sa *sa = opener->oldest;
        opener->oldest = sa->newer;
        free(sa);
    }
    es_table_fini(&opener->sas);
    es_ike_fragments_free(opener->fragments);
    free(opener->plain.bytes);
    free(opener);
}

/* --- SAs --- */

struct es_open_sa *es_open_sa_find(struct es_ike_opener *opener, uint64_t initiator_spi,
                                   uint64_t responder_spi)
{
    const uint64_t key[2] = {initiator_spi, responder_spi};
    return es_table_find(&opener->sas, key);
}

static void forget_oldest(struct es_ike_opener *opener)
{
    struct es_open_sa *sa = opener->oldest;
    opener->oldest = sa->newer;
    if (!opener->oldest)
        opener->newest = NULL;
    es_table_remove(&opener->sas, sa);
    free(sa);
}

struct es_open_sa *es_open_sa_make(struct es_ike_opener *opener, uint64_t initiator_spi,
                                   uint64_t responder_spi)
{
    struct es_open_sa *sa = es_open_sa_find(opener, initiator_spi, responder_spi);
    if (sa)
        return sa;
    if (opener->sas.count == ES_OPEN_SAS_MAX)
        forget_oldest(opener);
    sa = calloc(1, sizeof(*sa));
    if (sa) {
        sa->initiator_spi = initiator_spi;
        sa->responder_spi = responder_spi;
    }
    if (!sa || !es_table_add(&opener->sas, sa)) {
        opener->unkept++;
        free(sa);
        return NULL;
    }
    if (opener->newest)
        opener->newest->newer = sa;
    else
        opener->oldest = sa;
    opener->newest = sa;
    return sa;
}

uint64_t es_ike_opener_unkept(const struct es_ike_opener *opener)
{
    return opener->unkept + es_ike_fragments_unkept(opener->fragments);
}

/* --- what both versions need --- */

bool es_open_buffer_hold(struct es_open_buffer *buffer, size_t size)
{
    if (size <= buffer->size)
        return true;
    if (size > ES_OPEN_PLAIN_MAX)
        return false;
    size_t room = buffer->size ? buffer->size : FIRST_ROOM;
    while (room < size)
        room *= 2;
    uint8_t *bytes = realloc(buffer->bytes, room);
    if (!bytes)
        return false;
    *buffer = (struct es_open_buffer){bytes, room};
    return true;
}

const struct es_ike_payload *es_open_find(const struct es_ike_message *message, bool inside,
                                          uint8_t type)
{
    const size_t clear = message->decrypted ? message->clear_count : message->payload_count;
    const size_t end = inside ? message->payload_count : clear;
    for (size_t i = inside ? clear : 0; i < end; i++) {
        if (message->payloads[i].type == type)
            return &message->payloads[i];
    }
    return NULL;
}

void es_open_nonce_keep(struct es_open_nonce *nonce, const struct es_ike_payload *payload)
{
    struct es_cursor body = payload->body;
    const size_t size = es_wire_left(&body);
    const uint8_t *bytes = size <= ES_OPEN_NONCE_MAX ? es_take(&body, size) : NULL;
    nonce->size = 0;
    if (!bytes)
        return;
    memcpy(nonce->bytes, bytes, size);
    nonce->size = (uint16_t)size;
}

static bool refuse(struct es_ike_message *message, enum es_fault why, size_t offset,
                   const char *reason)
{
    message->fault = why;
    message->fault_offset = (uint32_t)offset;
    message->fault_reason = reason;
    return false;
}

bool es_open_append(struct es_ike_message *message, const uint8_t *start, struct es_bytes plain,
                    size_t slack)
{
    struct es_cursor rest = es_cursor(plain.at, plain.size, plain.size);
    rest.start = start;
    struct es_ike_payload_walk walk = {
        .rest = rest, .major = message->header.major, .next = message->sealed_first};
    struct es_ike_payload payload;
    message->clear_count = message->payload_count;
    message->decrypted = true;
    while (es_ike_payload_walk_next(&walk, &payload)) {
        if (message->payload_count < ES_IKE_PAYLOADS_MAX)
            message->payloads[message->payload_count++] = payload;
        else
            message->payloads_dropped++;
    }
    if (walk.rest.fault != ES_FAULT_NONE)
        return refuse(message, walk.rest.fault, es_offset(&walk.rest), walk.reason);
    if (es_wire_left(&walk.rest) > slack)
        return refuse(message, ES_FAULT_VALUE, es_offset(&walk.rest),
                      "bytes after the last encrypted payload");
    return true;
}

enum es_opened es_ike_open(struct es_ike_opener *opener, const struct es_datagram *datagram,
                           struct es_ike_message *message)
{
    if (message->header.major == 2)
        return es_open_ikev2(opener, datagram, message);
    if (message->header.major == 1)
        return es_open_ikev1(opener, datagram, message);
    return ES_OPENED_NO;
}
