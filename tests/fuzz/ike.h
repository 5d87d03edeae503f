/*
 * What the targets for IKE messages share: a message is parsed, whole and cut short by the capture.
 * The fields of all payloads are walked: they lie in the message, groups are closed, bytes can be
 * read. So do the reports.
 */
#ifndef TESTS_FUZZ_IKE_H
#define TESTS_FUZZ_IKE_H

#include "fuzz.h"

#include "espial/ike/field.h"

#include <string.h>

struct fuzz_walk {
    size_t wire; /* bytes of the message */
    unsigned depth;
    unsigned sum; /* so that reading is not optimized away */
};

static inline void fuzz_on_field(void *context, const struct es_field *field)
{
    struct fuzz_walk *walk = context;
    if (!field->name || field->offset > walk->wire || field->length > walk->wire - field->offset)
        abort();
    if ((field->kind == ES_FIELD_NAMED && !field->registry) ||
        (field->kind == ES_FIELD_NOTE && !field->note) ||
        (field->kind == ES_FIELD_CLOSE && walk->depth == 0))
        abort();
    walk->depth += field->kind == ES_FIELD_OPEN;
    walk->depth -= field->kind == ES_FIELD_CLOSE;
    struct es_cursor bytes = field->bytes;
    while (es_left(&bytes))
        walk->sum += es_u8(&bytes);
}

static inline void fuzz_walk_fields(const struct es_ike_message *message, size_t wire)
{
    struct fuzz_walk walk = {.wire = wire};
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_field_fault fault = es_ike_payload_fields(
            message, &message->payloads[i], (struct es_field_sink){fuzz_on_field, &walk});
        if (walk.depth || (fault.fault && (!fault.reason || fault.offset > wire)))
            abort();
    }
    fprintf(fuzz_sink(), "%u", walk.sum);
}

static inline void fuzz_take_ike(struct es_cursor payload)
{
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE, .payload = payload};
    struct es_ike_message message;
    if (!es_ike_message_parse(payload, &message))
        return;
    fuzz_walk_fields(&message, es_wire_left(&payload));
    es_report_message_json(&datagram, &message, NULL, fuzz_sink());
    es_report_message_text(&datagram, &message, NULL, true, fuzz_sink());

    const struct es_ike_payload *sa = es_ike_payload_find(&message, ES_IKE_PAYLOAD_SA);
    struct es_ike_proposals proposals;
    struct es_ike_suite suite = {.major = 2, .encr = 12, .key_length = 256, .integ = 12};
    if (sa) {
        struct es_cursor body = sa->body;
        if (es_ike_proposals_parse(&body, message.header.major, &proposals))
            es_ike_suite_from(&proposals, message.header.major, &suite);
    }
    es_ike_could_be(&suite, &message, 32);
}

/* The input as a message of this version, whatever it says of itself. */
static inline void fuzz_ike_as(uint8_t major, const uint8_t *bytes, size_t size)
{
    enum { VERSION_AT = 17 };
    uint8_t *copy = malloc(size + 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, bytes, size);
    if (size > VERSION_AT)
        copy[VERSION_AT] = (uint8_t)(major << 4 | (copy[VERSION_AT] & 0xf));
    fuzz_take_ike(es_cursor(copy, size, size));
    fuzz_take_ike(es_cursor(copy, size, size + 100));
    free(copy);
}

#endif
