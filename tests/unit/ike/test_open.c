/*
 * IKEv2 messages opened with keys.
 */
#include "unit.h"

#include "edge.h"
#include "sealed.h"

enum { INNER_AT_CBC = 28 + 4 + 16, INNER_AT_GCM = 28 + 4 + 8 };

struct fixture {
    struct es_keys *keys;
    struct es_ike_opener *opener;
    struct es_ike_keys ike;
};

static struct fixture begin(uint16_t encr)
{
    struct fixture f = {.keys = es_keys_new(), .ike = sealed_keys(encr)};
    assert_non_null(f.keys);
    assert_true(es_keys_add_ike(f.keys, &f.ike));
    f.opener = es_ike_opener_new(f.keys, sealed_seed);
    assert_non_null(f.opener);
    return f;
}

static void end(struct fixture *f)
{
    es_ike_opener_free(f->opener);
    es_keys_free(f->keys);
}

/* An identity and a notify. */
static struct wire inner_payloads(void)
{
    struct wire wire = {0};
    payload_fill(&wire, ES_IKE_PAYLOAD_NOTIFY, 0x77, 20);
    const size_t at = payload_begin(&wire, 0);
    wire_u16(&wire, 0);
    wire_u16(&wire, ES_IKE_NOTIFY_AUTHENTICATION_FAILED);
    payload_end(&wire, at);
    return wire;
}

static struct seal how_of(const struct fixture *f)
{
    return (struct seal){
        .keys = &f->ike,
        .exchange = ES_IKE_EXCHANGE_IKE_AUTH,
        .flags = ES_IKE_FLAG_INITIATOR,
        .first = ES_IKE_PAYLOAD_IDI,
    };
}

static void assert_inner(const struct es_ike_message *message, size_t at)
{
    assert_true(message->decrypted);
    assert_int_equal(message->fault, ES_FAULT_NONE);
    assert_int_equal(message->payload_count, 3);
    assert_int_equal(message->clear_count, 1);
    assert_int_equal(message->payloads[1].type, ES_IKE_PAYLOAD_IDI);
    assert_int_equal(message->payloads[1].offset, at);
    assert_int_equal(message->payloads[1].length, 24);
    assert_int_equal(message->payloads[1].body.at[0], 0x77);
    assert_int_equal(message->payloads[2].type, ES_IKE_PAYLOAD_NOTIFY);
    assert_int_equal(message->payloads[2].offset, at + 24);
}

static void both_directions_and_suites_open(void **state)
{
    (void)state;
    static const uint16_t encrs[] = {ES_IKE_ENCR_AES_CBC, ES_IKE_ENCR_AES_GCM_16};
    static const uint8_t flags[] = {ES_IKE_FLAG_INITIATOR, ES_IKE_FLAG_RESPONSE,
                                    ES_IKE_FLAG_INITIATOR | ES_IKE_FLAG_RESPONSE, 0};
    for (size_t i = 0; i < ES_COUNT(encrs); i++) {
        struct fixture f = begin(encrs[i]);
        for (size_t k = 0; k < ES_COUNT(flags); k++) {
            struct seal how = how_of(&f);
            how.flags = flags[k];
            const struct wire inner = inner_payloads();
            const struct wire wire = seal(&how, &inner);
            struct es_ike_message message;
            assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
            assert_inner(&message, i == 0 ? INNER_AT_CBC : INNER_AT_GCM);
        }
        end(&f);
    }
}

static void nothing_inside_is_something(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct seal how = how_of(&f);
    how.exchange = ES_IKE_EXCHANGE_INFORMATIONAL;
    how.first = 0;
    const struct wire nothing = {0};
    const struct wire wire = seal(&how, &nothing);
    struct es_ike_message message;
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_true(message.decrypted);
    assert_int_equal(message.payload_count, message.clear_count);
    const struct es_ike_suite unknown = {0};
    assert_int_equal(es_ike_could_be(&unknown, &message, 0), ES_IKE_CLASS_EMPTY);
    end(&f);
}

/* The key file names no algorithm, and nothing was seen in clear: what opens it is it. */
static void algorithms_that_nobody_names_are_found(void **state)
{
    (void)state;
    static const uint16_t encrs[] = {ES_IKE_ENCR_AES_CBC, ES_IKE_ENCR_AES_GCM_16};
    for (size_t i = 0; i < ES_COUNT(encrs); i++) {
        struct fixture f = begin(encrs[i]);
        const struct seal how = how_of(&f);
        const struct wire inner = inner_payloads();
        const struct wire wire = seal(&how, &inner);
        struct es_ike_keys bare = f.ike;
        bare.encr = bare.integ = bare.prf = 0;
        assert_true(es_keys_add_ike(f.keys, &bare));
        struct es_ike_message message;
        assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
        assert_inner(&message, i == 0 ? INNER_AT_CBC : INNER_AT_GCM);
        end(&f);
    }
}

/* A log that does not tell the SPIs: the SA whose check passes is the right one. */
static void keys_without_spis_find_their_sa(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC);
    const struct seal how = how_of(&f);
    const struct wire inner = inner_payloads();
    const struct wire wire = seal(&how, &inner);
    struct es_keys *keys = es_keys_new();
    struct es_ike_keys stray = f.ike;
    stray.initiator_spi = 0;
    stray.sk_ai.bytes[0] ^= 1;
    for (uint64_t i = 1; i <= 3; i++) {
        stray.responder_spi = i;
        if (i == 3)
            stray.sk_ai.bytes[0] ^= 1;
        assert_true(es_keys_add_ike(keys, &stray));
    }
    struct es_ike_opener *opener = es_ike_opener_new(keys, sealed_seed);
    struct es_ike_message message;
    assert_int_equal(open_wire(opener, &wire, &message), ES_OPENED_YES);
    assert_inner(&message, INNER_AT_CBC);
    assert_non_null(es_keys_find_ike(keys, sealed_spi_i, sealed_spi_r));
    struct wire other = wire;
    other.bytes[0] ^= 1;
    assert_int_equal(open_wire(opener, &other, &message), ES_OPENED_NO);
    es_ike_opener_free(opener);
    es_keys_free(keys);
    end(&f);
}

static void a_wrong_key_is_told(void **state)
{
    (void)state;
    static const uint16_t encrs[] = {ES_IKE_ENCR_AES_CBC, ES_IKE_ENCR_AES_GCM_16};
    for (size_t i = 0; i < ES_COUNT(encrs); i++) {
        struct fixture f = begin(encrs[i]);
        const struct seal how = how_of(&f);
        const struct wire inner = inner_payloads();
        const struct wire wire = seal(&how, &inner);
        struct es_ike_keys wrong = f.ike;
        wrong.sk_ei.bytes[0] ^= 1;
        wrong.sk_ai.bytes[0] ^= 1;
        assert_true(es_keys_add_ike(f.keys, &wrong));
        struct es_ike_message message;
        assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_WRONG_KEY);
        assert_false(message.decrypted);
        assert_int_equal(message.payload_count, 1);
        wrong.encr = wrong.integ = 0;
        assert_true(es_keys_add_ike(f.keys, &wrong));
        assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_WRONG_KEY);
        wrong = f.ike;
        wrong.sk_ei.length--;
        assert_true(es_keys_add_ike(f.keys, &wrong));
        assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_WRONG_KEY);
        wrong.sk_ei.length = 0; /* keys of the other direction only */
        assert_true(es_keys_add_ike(f.keys, &wrong));
        assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_NO);
        end(&f);
    }
}

/* Without an integrity key only a sound chain is believed. */
static void without_a_check_only_sense_is_believed(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC);
    const struct seal how = how_of(&f);
    const struct wire inner = inner_payloads();
    const struct wire wire = seal(&how, &inner);
    struct es_ike_keys bare = f.ike;
    bare.sk_ai.length = 0;
    assert_true(es_keys_add_ike(f.keys, &bare));
    struct es_ike_message message;
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_inner(&message, INNER_AT_CBC);
    bare.sk_ei.bytes[3] ^= 0x10;
    assert_true(es_keys_add_ike(f.keys, &bare));
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_WRONG_KEY);
    assert_false(message.decrypted);
    assert_int_equal(message.payload_count, 1);
    end(&f);
}

static void a_sealed_lie_is_a_fault(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct seal how = how_of(&f);
    struct wire inner = inner_payloads();
    struct es_ike_message message;

    how.pad_length = 200;
    struct wire wire = seal(&how, &inner);
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_int_equal(message.fault, ES_FAULT_VALUE);
    assert_int_equal(message.fault_offset, INNER_AT_GCM + inner.length);
    assert_int_equal(message.payload_count, message.clear_count);

    how.pad_length = 0;
    wire_patch_u16(&inner, 24 + 2, 60);
    wire = seal(&how, &inner);
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_int_equal(message.fault, ES_FAULT_SHORT);
    assert_int_equal(message.fault_offset, INNER_AT_GCM + 24 + 2);
    assert_int_equal(message.payload_count, 2);

    inner = inner_payloads();
    wire_u8(&inner, 9);
    wire = seal(&how, &inner);
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_int_equal(message.fault, ES_FAULT_VALUE);
    assert_int_equal(message.fault_offset, INNER_AT_GCM + inner.length - 1);
    end(&f);
}

/* More payloads inside than a message has room for. */
static void payloads_beyond_the_room_are_counted(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct seal how = how_of(&f);
    how.first = ES_IKE_PAYLOAD_VENDOR;
    struct wire inner = {0};
    for (int i = 1; i <= 200; i++)
        payload_fill(&inner, i < 200 ? ES_IKE_PAYLOAD_VENDOR : 0, 1, 4);
    const struct wire wire = seal(&how, &inner);
    struct es_ike_message message;
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_YES);
    assert_int_equal(message.payload_count, ES_IKE_PAYLOADS_MAX);
    assert_int_equal(message.payloads_dropped, 200 + 1 - ES_IKE_PAYLOADS_MAX);
    end(&f);
}

static void no_flipped_bit_opens(void **state)
{
    (void)state;
    static const uint16_t encrs[] = {ES_IKE_ENCR_AES_CBC, ES_IKE_ENCR_AES_GCM_16};
    for (size_t i = 0; i < ES_COUNT(encrs); i++) {
        struct fixture f = begin(encrs[i]);
        const struct seal how = how_of(&f);
        const struct wire inner = inner_payloads();
        struct wire wire = seal(&how, &inner);
        for (size_t bit = 0; bit < 8 * wire.length; bit++) {
            struct es_ike_message message;
            wire.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            const uint8_t *placed = edge_place(wire.bytes, wire.length);
            const enum es_opened result =
                open_cursor(f.opener, es_cursor(placed, wire.length, wire.length), &message);
            assert_true(result == ES_OPENED_NO || result == ES_OPENED_WRONG_KEY);
            assert_false(message.decrypted);
            wire.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        end(&f);
    }
}

static void no_prefix_opens(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC);
    const struct seal how = how_of(&f);
    const struct wire inner = inner_payloads();
    const struct wire wire = seal(&how, &inner);
    for (size_t held = 0; held < wire.length; held++) {
        struct es_ike_message message;
        const uint8_t *placed = edge_place(wire.bytes, held);
        assert_int_equal(open_cursor(f.opener, es_cursor(placed, held, wire.length), &message),
                         ES_OPENED_NO);
        assert_int_equal(open_cursor(f.opener, es_cursor(placed, held, held), &message),
                         ES_OPENED_NO);
    }
    end(&f);
}

/* --- fragments --- */

enum { PIECES = 4, PIECE = 7 };

static struct wire fragment(const struct fixture *f, uint16_t number, uint16_t total)
{
    const struct wire whole = inner_payloads();
    const size_t size = (whole.length + total - 1) / total;
    const size_t at = size * (number - 1U);
    struct wire part = {0};
    wire_bytes(&part, whole.bytes + at, at + size < whole.length ? size : whole.length - at);
    struct seal how = how_of(f);
    how.number = number;
    how.total = total;
    if (number != 1)
        how.first = 0;
    return seal(&how, &part);
}

static enum es_opened show(struct fixture *f, uint16_t number, uint16_t total,
                           struct es_ike_message *message)
{
    const struct wire wire = fragment(f, number, total);
    return open_wire(f->opener, &wire, message);
}

static void fragments_join_in_any_order(void **state)
{
    (void)state;
    static const uint16_t orders[][PIECES] = {
        {1, 2, 3, 4},
        {4, 3, 2, 1},
        {2, 4, 1, 3},
    };
    static const uint16_t encrs[] = {ES_IKE_ENCR_AES_CBC, ES_IKE_ENCR_AES_GCM_16};
    for (size_t i = 0; i < ES_COUNT(orders); i++) {
        struct fixture f = begin(encrs[i % 2]);
        struct es_ike_message message;
        for (size_t k = 0; k + 1 < PIECES; k++) {
            /* Each twice: a copy changes nothing. */
            assert_int_equal(show(&f, orders[i][k], PIECES, &message), ES_OPENED_PARTIAL);
            assert_int_equal(show(&f, orders[i][k], PIECES, &message), ES_OPENED_PARTIAL);
            assert_false(message.decrypted);
        }
        assert_int_equal(show(&f, orders[i][PIECES - 1], PIECES, &message), ES_OPENED_YES);
        assert_inner(&message, 0);
        assert_int_equal(message.fragment_total, PIECES);
        end(&f);
    }
}

/* RFC 7383, 2.6.1: a larger total begins anew, a smaller one is late. */
static void a_larger_total_begins_anew(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct es_ike_message message;
    assert_int_equal(show(&f, 1, 2, &message), ES_OPENED_PARTIAL);
    assert_int_equal(show(&f, 2, 3, &message), ES_OPENED_PARTIAL);
    assert_int_equal(show(&f, 2, 2, &message), ES_OPENED_NO);
    assert_int_equal(show(&f, 3, 3, &message), ES_OPENED_PARTIAL);
    assert_int_equal(show(&f, 1, 3, &message), ES_OPENED_YES);
    assert_inner(&message, 0);
    end(&f);
}

static void a_lone_fragment_is_a_message(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct es_ike_message message;
    assert_int_equal(show(&f, 1, 1, &message), ES_OPENED_YES);
    assert_inner(&message, 0);
    end(&f);
}

static void a_fragment_under_a_wrong_key_is_not_kept(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct es_ike_message message;
    struct wire spoilt = fragment(&f, 1, 2);
    spoilt.bytes[spoilt.length - 1] ^= 1;
    assert_int_equal(open_wire(f.opener, &spoilt, &message), ES_OPENED_WRONG_KEY);
    assert_int_equal(show(&f, 2, 2, &message), ES_OPENED_PARTIAL);
    assert_int_equal(show(&f, 1, 2, &message), ES_OPENED_YES);
    end(&f);
}

/* Messages that never become whole: the oldest go, and the opener goes on. */
static void waiting_fragments_are_bounded(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    struct seal how = how_of(&f);
    how.number = 1;
    how.total = 2;
    struct wire big = {0};
    wire_fill(&big, 0x42, 6000);
    for (uint32_t i = 1; i <= 2000; i++) {
        how.message_id = i;
        const struct wire wire = seal(&how, &big);
        struct es_ike_message one;
        assert_int_equal(open_wire(f.opener, &wire, &one), ES_OPENED_PARTIAL);
    }
    struct es_ike_message message;
    assert_int_equal(show(&f, 2, 256, &message), ES_OPENED_NO);
    end(&f);
}

/* --- what has no keys --- */

static void without_keys_nothing_opens(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_GCM_16);
    const struct seal how = how_of(&f);
    const struct wire inner = inner_payloads();
    struct wire wire = seal(&how, &inner);
    struct es_ike_message message;
    struct es_ike_opener *none = es_ike_opener_new(NULL, sealed_seed);
    assert_non_null(none);
    assert_int_equal(open_wire(none, &wire, &message), ES_OPENED_NO);
    es_ike_opener_free(none);
    wire.bytes[3] ^= 1; /* another SA */
    assert_int_equal(open_wire(f.opener, &wire, &message), ES_OPENED_NO);
    assert_false(message.decrypted);
    const struct wire clear = sa_init();
    assert_int_equal(open_wire(f.opener, &clear, &message), ES_OPENED_NO);
    end(&f);
    es_ike_opener_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_directions_and_suites_open),
        cmocka_unit_test(nothing_inside_is_something),
        cmocka_unit_test(algorithms_that_nobody_names_are_found),
        cmocka_unit_test(keys_without_spis_find_their_sa),
        cmocka_unit_test(a_wrong_key_is_told),
        cmocka_unit_test(without_a_check_only_sense_is_believed),
        cmocka_unit_test(a_sealed_lie_is_a_fault),
        cmocka_unit_test(payloads_beyond_the_room_are_counted),
        cmocka_unit_test(no_flipped_bit_opens),
        cmocka_unit_test(no_prefix_opens),
        cmocka_unit_test(fragments_join_in_any_order),
        cmocka_unit_test(a_larger_total_begins_anew),
        cmocka_unit_test(a_lone_fragment_is_a_message),
        cmocka_unit_test(a_fragment_under_a_wrong_key_is_not_kept),
        cmocka_unit_test(waiting_fragments_are_bounded),
        cmocka_unit_test(without_keys_nothing_opens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
