/*
 * Whole messages: header, chain of payloads, the sealed part, and the first byte that lies.
 */
#include "encrypted.h"
#include "payload.h"

#include <string.h>

enum {
    VERSION_OFFSET = 17,
    LENGTH_OFFSET = 24,
    PADDING_MAX = 3, /* Openswan and older peers fill clear messages up to a multiple of four */
};

/* The first fault stays. Always false. */
static bool refuse(struct es_ike_message *message, enum es_fault why, size_t offset,
                   const char *reason)
{
    if (message->fault == ES_FAULT_NONE) {
        message->fault = why;
        message->fault_offset = (uint32_t)offset;
        message->fault_reason = reason;
    }
    return false;
}

static void keep(struct es_ike_message *message, const struct es_ike_payload *payload)
{
    if (message->payload_count < ES_IKE_PAYLOADS_MAX)
        message->payloads[message->payload_count++] = *payload;
    else
        message->payloads_dropped++;
}

static bool is_padding(const struct es_cursor *rest)
{
    if (es_wire_left(rest) > PADDING_MAX)
        return false;
    for (size_t i = 0; i < es_left(rest); i++) {
        if (rest->at[i] != 0)
            return false;
    }
    return true;
}

static bool seals(const struct es_ike_payload_walk *walk, uint8_t type)
{
    const struct es_ike_payload_kind *kind = es_ike_payload_kind_find(walk->major, type);
    return kind && kind->seals;
}

static bool walk_chain(struct es_ike_message *message, struct es_ike_payload_walk *walk)
{
    struct es_ike_payload payload;
    while (es_ike_payload_walk_next(walk, &payload)) {
        keep(message, &payload);
        /* Its length lies, but the chain goes on behind it. */
        if (walk->too_short)
            refuse(message, ES_FAULT_VALUE, (size_t)(walk->too_short - walk->rest.start),
                   es_ike_payload_too_short);
        if (!seals(walk, payload.type))
            continue;
        const uint8_t *fault_byte = NULL;
        if (!es_ike_encrypted_note(message, &payload, walk->next, &fault_byte))
            return refuse(message, ES_FAULT_VALUE, (size_t)(fault_byte - walk->rest.start),
                          "fragment number 0 or above the total");
        if (es_wire_left(&walk->rest) > 0)
            return refuse(message, ES_FAULT_VALUE, payload.offset + 2U,
                          "bytes after the encrypted payload");
        return true;
    }
    if (walk->rest.fault != ES_FAULT_NONE) {
        message->encrypted = seals(walk, walk->next); /* so much is known of it */
        return refuse(message, walk->rest.fault, es_offset(&walk->rest), walk->reason);
    }
    if (es_wire_left(&walk->rest) > 0 && !is_padding(&walk->rest))
        return refuse(message, ES_FAULT_VALUE, es_offset(&walk->rest),
                      "bytes after the last payload");
    return true;
}

/* All after the header is one ciphertext, whose first payload the header names. RFC 2408, 3.1. */
static void note_ikev1_sealed(struct es_ike_message *message, struct es_cursor rest)
{
    message->encrypted = true;
    message->sealed_first = message->header.next_payload;
    message->sealed = rest;
    message->sealed.start = rest.at;
}

/* Limits the window to what the header claims. */
static struct es_cursor claimed(struct es_ike_message *message, const struct es_cursor *datagram)
{
    const size_t wire = es_wire_left(datagram);
    const size_t length = message->header.length;
    if (length < ES_IKE_HEADER_BYTES)
        refuse(message, ES_FAULT_VALUE, LENGTH_OFFSET, "message length below 28");
    else if (length > wire)
        refuse(message, ES_FAULT_SHORT, LENGTH_OFFSET, "message length beyond the datagram");
    else
        message->excess = wire - length;
    struct es_cursor window = *datagram;
    return es_sub(&window, wire - message->excess);
}

bool es_ike_message_parse(struct es_cursor datagram, struct es_ike_message *out)
{
    /* Rows of payloads are written as they are found; clearing them all would cost more than the
     * parse. */
    memset(out, 0, offsetof(struct es_ike_message, payloads));
    const size_t rest_at = offsetof(struct es_ike_message, payload_count);
    memset((uint8_t *)out + rest_at, 0, sizeof(*out) - rest_at);
    datagram.start = datagram.at;
    struct es_cursor rest = datagram;
    if (!es_ike_header_parse(&rest, &out->header))
        return refuse(out, rest.fault, es_offset(&rest), "the IKE header is not whole");

    const uint8_t major = out->header.major;
    if (major != 1 && major != 2) {
        refuse(out, ES_FAULT_VALUE, VERSION_OFFSET, "unknown major version");
        return true;
    }
    struct es_cursor message = claimed(out, &datagram);
    const size_t held = es_left(&message);
    const bool cut = message.missing > 0;
    if (out->header.length < ES_IKE_HEADER_BYTES)
        return true;
    es_skip(&message, ES_IKE_HEADER_BYTES);
    if (major == 1 && (out->header.flags & ES_IKEV1_FLAG_ENCRYPTION) != 0) {
        note_ikev1_sealed(out, message);
    } else {
        struct es_ike_payload_walk walk = {
            .rest = message, .major = major, .next = out->header.next_payload, .tolerant = true};
        walk_chain(out, &walk);
    }
    if (cut)
        refuse(out, ES_FAULT_CUT, held, "the capture kept too little of the message");
    return true;
}

const struct es_ike_payload *es_ike_payload_find(const struct es_ike_message *message, uint8_t type)
{
    for (size_t i = 0; i < message->payload_count; i++) {
        if (message->payloads[i].type == type)
            return &message->payloads[i];
    }
    return NULL;
}
