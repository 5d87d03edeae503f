/*
 * NAT detection hashes: known ones, and those of real captures where they are at hand.
 */
#include "unit.h"

#include "espial/capture.h"
#include "espial/crypto.h"
#include "espial/ike.h"
#include "espial/packet.h"

#include <stdio.h>
#include <stdlib.h>

/* Captures with what is known of them, beside the checkout; not part of it. */
#define CAPTURES "../shared/captures/"

enum { HASH_MAX = ES_DIGEST_BYTES_MAX };

static const uint8_t v4[4] = {192, 0, 2, 1};
static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
static const struct es_ike_header ikev2 = {
    .initiator_spi = UINT64_C(0x0102030405060708),
    .responder_spi = UINT64_C(0x1112131415161718),
    .major = 2,
};

static void ikev2_hashes_spis_address_and_port_with_sha1(void **state)
{
    (void)state;
    const struct es_address addresses[] = {es_address_v4(v4), es_address_v6(v6)};
    for (size_t i = 0; i < ES_COUNT(addresses); i++) {
        uint8_t input[34] = {1,    2,    3,    4,    5,    6,    7,    8,
                             0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};
        const size_t size = i == 0 ? sizeof(v4) : sizeof(v6);
        memcpy(input + 16, i == 0 ? v4 : v6, size);
        input[16 + size] = 4500 >> 8;
        input[17 + size] = 4500 & 0xff;
        uint8_t expected[HASH_MAX];
        uint8_t hash[HASH_MAX];
        const size_t length = es_digest(ES_DIGEST_SHA1, input, 18 + size, expected);
        assert_int_equal(es_ike_nat_detection(NULL, &ikev2, &addresses[i], 4500, hash), length);
        assert_memory_equal(hash, expected, length);
    }
}

static void ikev1_uses_the_negotiated_hash(void **state)
{
    (void)state;
    static const struct {
        uint16_t hash;
        size_t length;
    } cases[] = {
        {ES_IKEV1_HASH_MD5,      16},
        {ES_IKEV1_HASH_SHA1,     20},
        {ES_IKEV1_HASH_SHA2_256, 32},
        {ES_IKEV1_HASH_SHA2_384, 48},
        {ES_IKEV1_HASH_SHA2_512, 64},
        {ES_IKEV1_HASH_TIGER,    0 },
        {999,                    0 },
    };
    struct es_ike_header header = ikev2;
    header.major = 1;
    const struct es_address address = es_address_v4(v4);
    uint8_t hash[HASH_MAX];
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        const struct es_ike_suite suite = {.major = 1, .prf = cases[i].hash};
        assert_int_equal(es_ike_nat_detection(&suite, &header, &address, 500, hash),
                         cases[i].length);
    }
    const struct es_ike_suite other = {.major = 2, .prf = ES_IKEV1_HASH_SHA1};
    assert_int_equal(es_ike_nat_detection(&other, &header, &address, 500, hash), 0);
    assert_int_equal(es_ike_nat_detection(NULL, &header, &address, 500, hash), 0);
}

/* The IKE message of a frame, in `datagram` and `message`; the frame stays borrowed from both. */
static bool frame_find(struct es_source *source, struct es_decoder *decoder, uint64_t number,
                       struct es_datagram *datagram)
{
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME) {
        for (bool more = es_decode(decoder, &frame, datagram); more;
             more = es_decode_more(decoder, datagram)) {
            if (datagram->ref.number == number && datagram->kind == ES_DATAGRAM_IKE)
                return true;
        }
    }
    return false;
}

/* Is this hash the one of the address? */
static bool matches(const struct es_ike_suite *suite, const struct es_ike_message *message,
                    const struct es_cursor *hash, const struct es_address *address, uint16_t port)
{
    uint8_t expected[HASH_MAX];
    const size_t length = es_ike_nat_detection(suite, &message->header, address, port, expected);
    return length > 0 && es_left(hash) == length && memcmp(hash->at, expected, length) == 0;
}

/*
 * Checks one side. IKEv2 has a notify for each; in IKEv1 the first NAT-D payload is about the
 * receiver, the others about the sender.
 */
static bool side_matches(const struct es_ike_suite *suite, const struct es_ike_message *message,
                         const struct es_datagram *datagram, bool source)
{
    const struct es_address *address = source ? &datagram->source : &datagram->destination;
    const uint16_t port = source ? datagram->source_port : datagram->destination_port;
    if (message->header.major == 2) {
        struct es_ike_notify notify;
        const uint16_t type = source ? ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP
                                     : ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP;
        return es_ike_notify_find(message, type, &notify) &&
               matches(suite, message, &notify.data, address, port);
    }
    size_t seen = 0;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        if (payload->type != ES_IKEV1_PAYLOAD_NAT_D &&
            payload->type != ES_IKEV1_PAYLOAD_NAT_D_DRAFT)
            continue;
        if ((seen++ > 0) == source && matches(suite, message, &payload->body, address, port))
            return true;
    }
    return false;
}

static struct es_ike_suite suite_named(const char *result)
{
    static const struct {
        const char *name;
        uint16_t hash;
    } names[] = {
        {"md5 ",    ES_IKEV1_HASH_MD5     },
        {"sha1 ",   ES_IKEV1_HASH_SHA1    },
        {"sha256 ", ES_IKEV1_HASH_SHA2_256},
    };
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (strncmp(result, names[i].name, strlen(names[i].name)) == 0)
            return (struct es_ike_suite){.major = 1, .prf = names[i].hash};
    }
    return (struct es_ike_suite){0};
}

static void line_check(const char *file, uint64_t number, const char *result)
{
    char path[512];
    snprintf(path, sizeof(path), CAPTURES "%s", file);
    const char *const paths[] = {path};
    struct es_error error = {0};
    struct es_source *source = es_source_open(paths, 1, NULL, &error);
    assert_non_null(source);
    const struct es_decoder_options options = {0};
    struct es_decoder *decoder = es_decoder_new(&options);
    assert_non_null(decoder);
    struct es_datagram datagram;
    if (!frame_find(source, decoder, number, &datagram))
        fail_msg("%s: frame %u is no IKE message", file, (unsigned)number);
    static struct es_ike_message message;
    es_ike_message_parse(datagram.payload, &message);
    const struct es_ike_suite suite = suite_named(result);
    static const char *const sides[] = {"DST=", "SRC="};
    for (size_t side = 0; side < ES_COUNT(sides); side++) {
        const char *claim = strstr(result, sides[side]);
        if (!claim)
            continue;
        const bool expected = strncmp(claim + 4, "match", 5) == 0;
        if (side_matches(&suite, &message, &datagram, side == 1) != expected)
            fail_msg("%s, frame %u: %.12s is not so", file, (unsigned)number, claim);
    }
    es_decoder_free(decoder);
    es_source_free(source);
}

static void real_captures_match_where_no_nat_was(void **state)
{
    (void)state;
    FILE *known = fopen(CAPTURES "NATD.tsv", "r");
    if (!known)
        skip();
    char line[1024];
    size_t lines = 0;
    while (fgets(line, sizeof(line), known)) {
        char *fields[5];
        char *rest = line;
        size_t count = 0;
        while (count < ES_COUNT(fields) && (fields[count] = strsep(&rest, "\t\n")))
            count++;
        const unsigned long number = count == ES_COUNT(fields) ? strtoul(fields[1], NULL, 10) : 0;
        if (number == 0)
            continue; /* the titles */
        line_check(fields[0], number, fields[4]);
        lines++;
    }
    fclose(known);
    assert_true(lines > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ikev2_hashes_spis_address_and_port_with_sha1),
        cmocka_unit_test(ikev1_uses_the_negotiated_hash),
        cmocka_unit_test(real_captures_match_where_no_nat_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
