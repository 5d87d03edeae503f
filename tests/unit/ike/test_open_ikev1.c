/*
 * IKEv1 messages opened with a phase 1 key: the IVs that are never sent, and vendor fragments.
 */
#include "unit.h"

#include "sealed.h"

enum { BLOCK = 16, KEY_BYTES = 16, PUBLIC_BYTES = 32, HASH_BYTES = 32, HEADER = 28 };

static const uint64_t seed[2] = {3, 4};

/* The peers' side of the story: the key, and the last block of each exchange. */
struct story {
    struct es_keys *keys;
    struct es_ike_opener *opener;
    struct es_ike_keys ike;
    uint8_t phase1[BLOCK], quick[BLOCK]; /* the IVs of the next messages */
};

static void hash(const void *one, size_t one_size, const void *two, size_t two_size,
                 uint8_t out[BLOCK])
{
    uint8_t digest[ES_PRF_BYTES_MAX];
    const struct es_bytes parts[] = {
        {one, one_size},
        {two, two_size},
    };
    es_prf_digest(ES_IKE_PRF_HMAC_SHA2_256, parts, 2, digest);
    memcpy(out, digest, BLOCK);
}

static struct story begin(void)
{
    struct story s = {.keys = es_keys_new()};
    s.ike = (struct es_ike_keys){
        .initiator_spi = sealed_spi_i, .major = 1, .sk_ei = secret_of(0xe1, KEY_BYTES)};
    assert_non_null(s.keys);
    assert_true(es_keys_add_ike(s.keys, &s.ike));
    s.opener = es_ike_opener_new(s.keys, seed);
    assert_non_null(s.opener);
    return s;
}

static void end(struct story *s)
{
    es_ike_opener_free(s->opener);
    es_keys_free(s->keys);
}

static struct wire v1_begin(uint8_t first, uint8_t exchange, uint8_t flags, uint32_t id)
{
    struct wire wire = ike_begin(IKEV1, first, exchange, flags);
    wire_patch_u32(&wire, MESSAGE_ID_AT, id);
    return wire;
}

static void show_clear(struct story *s, const struct wire *wire)
{
    struct es_ike_message message;
    assert_int_equal(open_wire(s->opener, wire, &message), ES_OPENED_NO);
    assert_int_equal(message.fault, ES_FAULT_NONE);
}

/* Messages 2 to 4 of Main Mode: the choice (AES-CBC-128, SHA2-256), and both public values. */
static void main_mode_begins(struct story *s, bool choice)
{
    uint8_t publics[2][PUBLIC_BYTES];
    struct wire sa = v1_begin(ES_IKEV1_PAYLOAD_SA, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0, 0);
    const size_t at = payload_begin(&sa, 0);
    wire_u32(&sa, 1);
    wire_u32(&sa, 1);
    const size_t proposal = proposal_begin(&sa, 0, 0, ES_IKE_PROTOCOL_IKE, 0, 1);
    const size_t transform = payload_begin(&sa, 0);
    wire_u8(&sa, 1);
    wire_u8(&sa, 1);
    wire_u16(&sa, 0);
    attribute_put(&sa, ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_AES_CBC);
    attribute_put(&sa, ES_IKEV1_ATTRIBUTE_KEY_LENGTH, 128);
    attribute_put(&sa, ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_SHA2_256);
    attribute_put(&sa, ES_IKEV1_ATTRIBUTE_AUTH, ES_IKEV1_AUTH_PSK);
    payload_end(&sa, transform);
    payload_end(&sa, proposal);
    payload_end(&sa, at);
    ike_end(&sa);
    if (choice)
        show_clear(s, &sa);
    for (uint8_t i = 0; i < 2; i++) {
        struct wire ke = v1_begin(ES_IKEV1_PAYLOAD_KE, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0, 0);
        payload_fill(&ke, 0, 0x60 + i, PUBLIC_BYTES);
        ike_end(&ke);
        memset(publics[i], 0x60 + i, PUBLIC_BYTES);
        if (choice) {
            show_clear(s, &ke);
            show_clear(s, &ke); /* sent again */
        }
    }
    hash(publics[0], PUBLIC_BYTES, publics[1], PUBLIC_BYTES, s->phase1);
}

/* Encrypts `inner`, goes on with `iv`. */
static struct wire v1_seal(struct story *s, uint8_t iv[BLOCK], uint8_t first, uint8_t exchange,
                           uint32_t id, const struct wire *inner)
{
    struct wire wire = v1_begin(first, exchange, ES_IKEV1_FLAG_ENCRYPTION, id);
    struct wire plain = *inner;
    wire_fill(&plain, 0, (BLOCK - plain.length % BLOCK) % BLOCK);
    const size_t at = wire.length;
    wire_fill(&wire, 0, plain.length);
    ike_end(&wire);
    sealed_cbc(s->ike.sk_ei.bytes, iv, plain.bytes, plain.length, wire.bytes + at,
               EVP_aes_128_cbc());
    memcpy(iv, wire.bytes + wire.length - BLOCK, BLOCK);
    return wire;
}

static struct wire identity_message(struct story *s, uint8_t value)
{
    struct wire inner = {0};
    payload_fill(&inner, ES_IKEV1_PAYLOAD_HASH, value, 8);
    payload_fill(&inner, 0, 0x99, HASH_BYTES);
    return v1_seal(s, s->phase1, ES_IKEV1_PAYLOAD_ID, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0,
                   &inner);
}

static struct wire quick_message(struct story *s, uint32_t id, uint8_t value)
{
    struct wire inner = {0};
    payload_fill(&inner, ES_IKEV1_PAYLOAD_NONCE, 0x99, HASH_BYTES);
    payload_fill(&inner, 0, value, 20);
    return v1_seal(s, s->quick, ES_IKEV1_PAYLOAD_HASH, ES_IKE_EXCHANGE_QUICK, id, &inner);
}

static void quick_begins(struct story *s, uint32_t id)
{
    const uint8_t bytes[4] = {(uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8),
                              (uint8_t)id};
    hash(s->phase1, BLOCK, bytes, sizeof(bytes), s->quick);
}

static void assert_opens(struct story *s, const struct wire *wire, uint8_t second, uint8_t value)
{
    struct es_ike_message message;
    assert_int_equal(open_wire(s->opener, wire, &message), ES_OPENED_YES);
    assert_true(message.decrypted);
    assert_int_equal(message.clear_count, 0);
    assert_int_equal(message.payload_count, 2);
    assert_int_equal(message.payloads[0].offset, HEADER);
    assert_int_equal(message.payloads[1].type, second);
    const size_t at = second == ES_IKEV1_PAYLOAD_HASH ? 0 : 1;
    assert_int_equal(message.payloads[at].body.at[0], value);
}

static void assert_stays(struct story *s, const struct wire *wire, enum es_opened result)
{
    struct es_ike_message message;
    assert_int_equal(open_wire(s->opener, wire, &message), result);
    assert_false(message.decrypted);
    assert_int_equal(message.payload_count, 0);
}

static void the_ivs_follow_the_messages(void **state)
{
    (void)state;
    struct story s = begin();
    main_mode_begins(&s, true);
    const struct wire five = identity_message(&s, 0x05);
    assert_opens(&s, &five, ES_IKEV1_PAYLOAD_HASH, 0x05);
    assert_opens(&s, &five, ES_IKEV1_PAYLOAD_HASH, 0x05); /* sent again */
    const struct wire six = identity_message(&s, 0x06);
    assert_opens(&s, &six, ES_IKEV1_PAYLOAD_HASH, 0x06);
    assert_opens(&s, &five, ES_IKEV1_PAYLOAD_HASH, 0x05);

    quick_begins(&s, 0xabcd1234);
    const struct wire quick1 = quick_message(&s, 0xabcd1234, 1);
    const struct wire quick2 = quick_message(&s, 0xabcd1234, 2);
    const struct wire quick3 = quick_message(&s, 0xabcd1234, 3);
    assert_opens(&s, &quick1, ES_IKEV1_PAYLOAD_NONCE, 1);
    assert_opens(&s, &quick1, ES_IKEV1_PAYLOAD_NONCE, 1);
    assert_opens(&s, &quick2, ES_IKEV1_PAYLOAD_NONCE, 2);
    assert_opens(&s, &quick1, ES_IKEV1_PAYLOAD_NONCE, 1);
    assert_opens(&s, &quick3, ES_IKEV1_PAYLOAD_NONCE, 3);
    /* Another exchange begins again with phase 1's last block. */
    quick_begins(&s, 7);
    const struct wire other = quick_message(&s, 7, 4);
    assert_opens(&s, &other, ES_IKEV1_PAYLOAD_NONCE, 4);
    end(&s);
}

/* One message is not in the capture: it takes the next one with it, not more. */
static void a_gap_costs_one_message(void **state)
{
    (void)state;
    struct story s = begin();
    main_mode_begins(&s, true);
    const struct wire five = identity_message(&s, 0x05);
    const struct wire six = identity_message(&s, 0x06);
    assert_opens(&s, &five, ES_IKEV1_PAYLOAD_HASH, 0x05);
    assert_opens(&s, &six, ES_IKEV1_PAYLOAD_HASH, 0x06);
    quick_begins(&s, 9);
    const struct wire quick1 = quick_message(&s, 9, 1);
    const struct wire missing = quick_message(&s, 9, 2);
    const struct wire quick3 = quick_message(&s, 9, 3);
    const struct wire quick4 = quick_message(&s, 9, 4);
    assert_opens(&s, &quick1, ES_IKEV1_PAYLOAD_NONCE, 1);
    assert_stays(&s, &quick3, ES_OPENED_NO);
    assert_opens(&s, &quick4, ES_IKEV1_PAYLOAD_NONCE, 4);
    (void)missing;
    end(&s);
}

/* The capture began later: without an IV the first message stays closed, what follows it opens. */
static void without_phase_1_the_first_message_stays_closed(void **state)
{
    (void)state;
    struct story s = begin();
    s.ike.encr = ES_IKE_ENCR_AES_CBC;
    s.ike.prf = ES_IKE_PRF_HMAC_SHA2_256;
    assert_true(es_keys_add_ike(s.keys, &s.ike));
    main_mode_begins(&s, false);
    quick_begins(&s, 5);
    const struct wire quick1 = quick_message(&s, 5, 1);
    const struct wire quick2 = quick_message(&s, 5, 2);
    assert_stays(&s, &quick1, ES_OPENED_NO);
    assert_stays(&s, &quick1, ES_OPENED_NO);
    assert_opens(&s, &quick2, ES_IKEV1_PAYLOAD_NONCE, 2);
    end(&s);
}

static void a_wrong_key_is_told(void **state)
{
    (void)state;
    struct story s = begin();
    struct es_ike_keys wrong = s.ike;
    wrong.sk_ei.bytes[5] ^= 0x40;
    assert_true(es_keys_add_ike(s.keys, &wrong));
    main_mode_begins(&s, true);
    const struct wire five = identity_message(&s, 0x05);
    assert_stays(&s, &five, ES_OPENED_WRONG_KEY);
    wrong.sk_ei.length = 11; /* no key of AES */
    assert_true(es_keys_add_ike(s.keys, &wrong));
    assert_stays(&s, &five, ES_OPENED_WRONG_KEY);
    end(&s);
}

/* Spoilt bits: CBC has no check, but the payloads' frame must hold. Nothing crashes. */
static void flips_and_cuts_are_survived(void **state)
{
    (void)state;
    struct story s = begin();
    main_mode_begins(&s, true);
    const struct wire five = identity_message(&s, 0x05);
    for (size_t bit = 0; bit < 8 * five.length; bit++) {
        struct wire spoilt = five;
        struct es_ike_message message;
        spoilt.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        open_wire(s.opener, &spoilt, &message);
    }
    for (size_t held = 0; held < five.length; held++) {
        struct es_ike_message message;
        assert_int_equal(open_cursor(s.opener, es_cursor(five.bytes, held, five.length), &message),
                         ES_OPENED_NO);
        assert_int_equal(open_cursor(s.opener, es_cursor(five.bytes, held, held), &message),
                         ES_OPENED_NO);
    }
    end(&s);
}

/* --- vendor fragments --- */

static struct wire v1_fragment(const struct wire *whole, size_t at, size_t size, uint8_t number,
                               bool last)
{
    struct wire wire =
        v1_begin(ES_IKEV1_PAYLOAD_FRAGMENT, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0, 0);
    const size_t length_at = payload_begin(&wire, 0);
    wire_u16(&wire, 1);
    wire_u8(&wire, number);
    wire_u8(&wire, last);
    wire_bytes(&wire, whole->bytes + at, size);
    payload_end(&wire, length_at);
    ike_end(&wire);
    return wire;
}

static void fragments_need_no_key(void **state)
{
    (void)state;
    struct es_ike_opener *opener = es_ike_opener_new(NULL, seed);
    assert_non_null(opener);
    struct wire whole = v1_begin(ES_IKEV1_PAYLOAD_KE, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0, 0);
    payload_fill(&whole, 0, 0x61, 100);
    ike_end(&whole);
    const struct wire one = v1_fragment(&whole, 0, 50, 1, false);
    const struct wire two = v1_fragment(&whole, 50, 50, 2, false);
    const struct wire three = v1_fragment(&whole, 100, whole.length - 100, 3, true);
    struct es_ike_message message;
    assert_int_equal(open_wire(opener, &three, &message), ES_OPENED_PARTIAL);
    assert_int_equal(open_wire(opener, &one, &message), ES_OPENED_PARTIAL);
    assert_int_equal(open_wire(opener, &one, &message), ES_OPENED_PARTIAL);
    assert_int_equal(open_wire(opener, &two, &message), ES_OPENED_NO);
    assert_int_equal(message.payload_count, 1);
    assert_int_equal(message.payloads[0].type, ES_IKEV1_PAYLOAD_KE);
    assert_int_equal(message.payloads[0].length, 104);
    assert_false(message.decrypted);
    /* Fragments within fragments are nothing. */
    const struct wire nested = v1_fragment(&one, 0, one.length, 1, true);
    assert_int_equal(open_wire(opener, &nested, &message), ES_OPENED_NO);
    assert_int_equal(message.payloads[0].type, ES_IKEV1_PAYLOAD_FRAGMENT);
    es_ike_opener_free(opener);
}

/* Two messages under one ID: what lies beyond the last fragment is of the other. */
static void fragments_beyond_the_last_are_dropped(void **state)
{
    (void)state;
    struct es_ike_opener *opener = es_ike_opener_new(NULL, seed);
    assert_non_null(opener);
    struct wire whole = v1_begin(ES_IKEV1_PAYLOAD_KE, ES_IKE_EXCHANGE_IDENTITY_PROTECTION, 0, 0);
    payload_fill(&whole, 0, 0x61, 100);
    ike_end(&whole);
    const struct wire five = v1_fragment(&whole, 0, 50, 5, false);
    const struct wire two = v1_fragment(&whole, 50, whole.length - 50, 2, true);
    const struct wire one = v1_fragment(&whole, 0, 50, 1, false);
    struct es_ike_message message;
    assert_int_equal(open_wire(opener, &five, &message), ES_OPENED_PARTIAL);
    assert_int_equal(open_wire(opener, &two, &message), ES_OPENED_PARTIAL);
    assert_int_equal(open_wire(opener, &five, &message), ES_OPENED_NO);
    assert_int_equal(open_wire(opener, &one, &message), ES_OPENED_NO);
    assert_int_equal(message.payloads[0].type, ES_IKEV1_PAYLOAD_KE);
    es_ike_opener_free(opener);
}

static void a_fragmented_message_opens(void **state)
{
    (void)state;
    struct story s = begin();
    main_mode_begins(&s, true);
    const struct wire five = identity_message(&s, 0x05);
    const struct wire one = v1_fragment(&five, 0, 40, 1, false);
    const struct wire two = v1_fragment(&five, 40, five.length - 40, 2, true);
    struct es_ike_message message;
    assert_int_equal(open_wire(s.opener, &one, &message), ES_OPENED_PARTIAL);
    assert_opens(&s, &two, ES_IKEV1_PAYLOAD_HASH, 0x05);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_ivs_follow_the_messages),
        cmocka_unit_test(a_gap_costs_one_message),
        cmocka_unit_test(without_phase_1_the_first_message_stays_closed),
        cmocka_unit_test(a_wrong_key_is_told),
        cmocka_unit_test(flips_and_cuts_are_survived),
        cmocka_unit_test(fragments_need_no_key),
        cmocka_unit_test(fragments_beyond_the_last_are_dropped),
        cmocka_unit_test(a_fragmented_message_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
