/*
 * An IKE message, whole and cut short by the capture; the reports walk all payloads.
 */
#include "fuzz.h"

static void take(struct es_cursor payload)
{
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE, .payload = payload};
    struct es_ike_message message;
    if (!es_ike_message_parse(payload, &message))
        return;
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    take(es_cursor(bytes, size, size));
    take(es_cursor(bytes, size, size + 100));
    return 0;
}
