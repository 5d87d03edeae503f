/*
 * Which cipher ESP can be. Packets are made by the RFCs' own arithmetic: what a suite adds to an
 * inner packet, not what the code under test computes.
 */
#include "edge.h"
#include "mutate.h"
#include "unit.h"
#include "wire.h"

#include "espial/esp.h"

struct suite {
    size_t iv, block, icv;
    bool counts; /* the IV */
    bool clear;
};

static const struct suite gcm = {8, 4, 16, true, false};
static const struct suite cbc_sha1 = {16, 16, 12, false, false};
static const struct suite cbc_sha256 = {16, 16, 16, false, false};
static const struct suite cbc_sha384 = {16, 16, 24, false, false};
static const struct suite des3_sha1 = {8, 8, 12, false, false};
static const struct suite null_sha1 = {0, 4, 12, false, true};
static const struct suite null_sha256 = {0, 4, 16, false, true};

static uint64_t noise;

static uint8_t random_byte(void)
{
    noise = noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint8_t)(noise >> 56);
}

static struct wire packet_of(const struct suite *suite, uint32_t sequence, size_t inner)
{
    struct wire wire = {0};
    wire_u32(&wire, 0xc0ffee01);
    wire_u32(&wire, sequence);
    for (size_t i = 0; i < suite->iv; i++)
        wire_u8(&wire, random_byte());
    if (suite->counts)
        wire_patch_u32(&wire, 8, 0x7d44eab6), wire_patch_u32(&wire, 12, 0xc364e5a9 ^ sequence);
    size_t sealed = inner + 2;
    sealed += (suite->block - sealed % suite->block) % suite->block;
    for (size_t i = 0; i + 2 < sealed; i++)
        wire_u8(&wire, suite->clear && i >= inner ? (uint8_t)(i - inner + 1) : random_byte());
    wire_u8(&wire, suite->clear ? (uint8_t)(sealed - inner - 2) : random_byte());
    wire_u8(&wire, suite->clear ? 4 : random_byte());
    for (size_t i = 0; i < suite->icv; i++)
        wire_u8(&wire, random_byte());
    return wire;
}

static bool add(struct es_esp_shape *shape, const struct wire *wire, size_t held)
{
    struct es_cursor payload = es_cursor(edge_place(wire->bytes, held), held, wire->length);
    struct es_cursor at = payload;
    struct es_esp_packet packet;
    assert_true(es_esp_parse(&at, &packet));
    return es_esp_shape_add(shape, &packet, payload);
}

/* `count` packets; `lengths` different inner sizes. */
static struct es_esp_shape shape_of(const struct suite *suite, unsigned count, unsigned lengths)
{
    struct es_esp_shape shape = {0};
    noise = 42;
    for (uint32_t i = 0; i < count; i++) {
        const struct wire wire = packet_of(suite, i + 1, 84 + 17 * (i % lengths));
        assert_false(add(&shape, &wire, wire.length));
    }
    return shape;
}

static void assert_is(const struct suite *suite, enum es_esp_cipher cipher, uint8_t icv)
{
    const struct es_esp_shape shape = shape_of(suite, 64, 16);
    const struct es_esp_plausible plausible = es_esp_judge(&shape);
    assert_int_equal(plausible.cipher, cipher);
    assert_int_equal(plausible.icv, icv);
    assert_true(plausible.sure);
    assert_non_null(es_esp_plausible_name(&plausible));
}

static void each_suite_is_told_by_lengths_and_ivs(void **state)
{
    (void)state;
    assert_is(&gcm, ES_ESP_CIPHER_COUNTER, 0);
    assert_is(&cbc_sha1, ES_ESP_CIPHER_CBC_128, 12);
    assert_is(&cbc_sha256, ES_ESP_CIPHER_CBC_128, 16);
    assert_is(&cbc_sha384, ES_ESP_CIPHER_CBC_128, 24);
    assert_is(&des3_sha1, ES_ESP_CIPHER_CBC_64, 12);
    assert_is(&null_sha1, ES_ESP_CIPHER_NULL, 12);
    assert_is(&null_sha256, ES_ESP_CIPHER_NULL, 16);
}

static void one_length_tells_no_block(void **state)
{
    (void)state;
    struct suite hidden = gcm;
    hidden.iv = 16; /* as long as AES-CBC's, but it counts */
    const struct es_esp_shape ping = shape_of(&hidden, 20, 1);
    assert_int_equal(es_esp_judge(&ping).cipher, ES_ESP_CIPHER_COUNTER);
    struct es_esp_shape few = shape_of(&cbc_sha256, 2, 1);
    assert_int_equal(es_esp_judge(&few).cipher, ES_ESP_CIPHER_UNKNOWN);
    const struct es_esp_plausible unknown = es_esp_judge(&few);
    assert_null(es_esp_plausible_name(&unknown));
}

static void random_ivs_and_one_length_are_a_guess(void **state)
{
    (void)state;
    const struct es_esp_shape shape = shape_of(&cbc_sha256, 20, 1);
    const struct es_esp_plausible plausible = es_esp_judge(&shape);
    assert_int_equal(plausible.cipher, ES_ESP_CIPHER_CBC_128);
    assert_false(plausible.sure);
}

static void the_same_iv_again_is_told(void **state)
{
    (void)state;
    struct es_esp_shape shape = shape_of(&gcm, 10, 4);
    struct wire first = packet_of(&gcm, 11, 100);
    struct wire second = packet_of(&gcm, 12, 100);
    memcpy(second.bytes + 8, first.bytes + 8, 8);
    assert_false(add(&shape, &first, first.length));
    assert_true(add(&shape, &second, second.length));
    assert_int_equal(shape.iv_same, 1);
    /* Not of neighbours: nobody compared them. */
    struct wire later = packet_of(&gcm, 20, 100);
    memcpy(later.bytes + 8, first.bytes + 8, 8);
    assert_false(add(&shape, &later, later.length));
}

static void what_the_capture_cut_is_not_looked_at(void **state)
{
    (void)state;
    struct es_esp_shape shape = {0};
    noise = 1;
    for (uint32_t i = 1; i < 20; i++) {
        const struct wire wire = packet_of(&null_sha1, i, 84 + 16 * i);
        assert_false(add(&shape, &wire, 12));
    }
    assert_int_equal(shape.clear_samples, 0);
    assert_int_equal(shape.iv_pairs, 0);
    assert_true(shape.length_count > 4);
}

static void any_flip_is_survived(void **state)
{
    (void)state;
    noise = 7;
    struct wire wire = packet_of(&null_sha1, 5, 84);
    for (size_t length = 8; length < wire.length; length++) {
        struct es_esp_shape shape = {0};
        struct wire less = wire;
        less.length = length;
        add(&shape, &less, length);
        es_esp_judge(&shape);
    }
    for (unsigned value = 0; value < 256; value++) {
        struct es_esp_shape shape = {0};
        wire.bytes[wire.length - 14] = (uint8_t)value;
        add(&shape, &wire, wire.length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_suite_is_told_by_lengths_and_ivs),
        cmocka_unit_test(one_length_tells_no_block),
        cmocka_unit_test(random_ivs_and_one_length_are_a_guess),
        cmocka_unit_test(the_same_iv_again_is_told),
        cmocka_unit_test(what_the_capture_cut_is_not_looked_at),
        cmocka_unit_test(any_flip_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
