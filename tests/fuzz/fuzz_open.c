/*
 * Messages shown to an opener one after another: two bytes of length, then a message, whose SPIs
 * are set to those that there are keys for. IKEv2 is sealed with NULL encryption, so that what is
 * inside, and fragments, are the input's too. Every field of what was opened is read, and the keys
 * that were derived are looked up.
 */
#include "fuzz.h"

#include "espial/ike/field.h"

#include <string.h>

enum { SPIS_BYTES = 16, VERSION_AT = 17, MESSAGES_MAX = 64 };

static const uint64_t seed[2] = {1, 2};

static struct es_keys *make_keys(void)
{
    const struct es_ike_keys ikev2 = {
        .initiator_spi = UINT64_C(0x1111111111111111),
        .responder_spi = UINT64_C(0x1111111111111111),
        .major = 2,
        .encr = ES_IKE_ENCR_NULL,
        .prf = ES_IKE_PRF_HMAC_SHA2_256,
        .sk_d = {.length = 32},
    };
    const struct es_ike_keys ikev1 = {
        .initiator_spi = UINT64_C(0x2222222222222222),
        .major = 1,
        .encr = ES_IKE_ENCR_AES_CBC,
        .prf = ES_IKE_PRF_HMAC_SHA1,
        .sk_d = {.length = 20},
        .sk_ei = {.length = 16},
    };
    struct es_keys *keys = es_keys_new();
    if (!keys || !es_keys_add_ike(keys, &ikev2) || !es_keys_add_ike(keys, &ikev1))
        abort();
    return keys;
}

static unsigned sum_of(struct es_cursor bytes)
{
    unsigned sum = 0;
    while (es_left(&bytes))
        sum += es_u8(&bytes);
    return sum;
}

static void on_field(void *context, const struct es_field *field)
{
    unsigned *sum = context;
    *sum += sum_of(field->bytes);
}

static void take(struct es_ike_opener *opener, struct es_cursor payload)
{
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE, .payload = payload};
    struct es_ike_message message;
    if (!es_ike_message_parse(payload, &message))
        return;
    es_ike_open(opener, &datagram, &message);
    const struct es_ike_suite unknown = {0};
    es_ike_could_be(&unknown, &message, 0);
    /* All that is handed out can be read. */
    unsigned sum = 0;
    for (size_t i = 0; i < message.payload_count; i++) {
        sum += sum_of(message.payloads[i].body);
        es_ike_payload_fields(&message, &message.payloads[i],
                              (struct es_field_sink){on_field, &sum});
    }
    fprintf(fuzz_sink(), "%u", sum);
}

static void read_derived(const struct es_keys *keys)
{
    for (size_t i = 0; i < es_keys_esp_count(keys); i++) {
        const struct es_esp_keys *esp = es_keys_esp_at(keys, i);
        if (!esp->derived || esp->encryption.length > ES_SECRET_BYTES_MAX ||
            !es_keys_find_esp(keys, esp->spi, esp->destination))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct es_keys *keys = make_keys();
    struct es_ike_opener *opener = es_ike_opener_new(keys, seed);
    if (!opener)
        abort();
    struct es_cursor rest = es_cursor(bytes, size, size);
    for (int i = 0; i < MESSAGES_MAX && es_more(&rest); i++) {
        const size_t length = es_u16(&rest);
        const struct es_cursor part =
            es_sub(&rest, length < es_left(&rest) ? length : es_left(&rest));
        const size_t held = es_left(&part);
        uint8_t *copy = malloc(held + 1);
        if (!copy)
            abort();
        if (held > 0)
            memcpy(copy, part.at, held);
        if (held > VERSION_AT)
            memset(copy, copy[VERSION_AT] >> 4 == 1 ? 0x22 : 0x11, SPIS_BYTES);
        take(opener, es_cursor(copy, held, held));
        free(copy);
    }
    es_ike_opener_free(opener);
    read_derived(keys);
    es_keys_free(keys);
    return 0;
}
