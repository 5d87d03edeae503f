/*
 * The length law.
 */
#include "lengths.h"
#include "unit.h"

static void assert_within(const struct es_ike_suite *suite, size_t sealed, uint32_t inner,
                          const char *content, size_t column)
{
    struct es_ike_bounds bounds;
    if (!es_ike_bounds(suite, sealed, &bounds))
        fail_msg("%s, column %zu: %zu bytes are no length of the suite", content, column, sealed);
    if (inner < bounds.inner_min || inner > bounds.inner_max)
        fail_msg("%s, column %zu: %u is not within %u and %u", content, column, inner,
                 bounds.inner_min, bounds.inner_max);
}

static void every_known_ikev2_length_is_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(ikev2_rows); i++) {
        for (size_t column = 0; column < IKEV2_COLUMNS; column++) {
            const struct ikev2_row *row = &ikev2_rows[i];
            const size_t sealed = row->lengths[column] - (size_t)IKEV2_AROUND;
            assert_within(&ikev2_suites[column], sealed, row->inner, row->content, column);
        }
    }
}

static void every_known_ikev1_length_is_within_its_bounds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(ikev1_rows); i++) {
        for (size_t column = 0; column < IKEV1_COLUMNS; column++) {
            const struct ikev1_row *row = &ikev1_rows[i];
            for (size_t padding = 0; padding < 2; padding++) {
                const size_t sealed = row->lengths[column][padding] - (size_t)IKEV1_AROUND;
                assert_within(&ikev1_suites[column], sealed, row->inner, row->content, column);
            }
        }
    }
}

static const struct es_ike_suite cbc_sha256 = CBC(ES_IKE_INTEG_HMAC_SHA2_256_128, 14);
static const struct es_ike_suite triple_des = TRIPLE_DES(ES_IKE_INTEG_HMAC_SHA1_96);
static const struct es_ike_suite gcm = AEAD(ES_IKE_ENCR_AES_GCM_16);
static const struct es_ike_suite chacha = AEAD(ES_IKE_ENCR_CHACHA20_POLY1305);
static const struct es_ike_suite aes_sha1 = PHASE1(ES_IKEV1_ENCR_AES_CBC, ES_IKEV1_HASH_SHA1);

static void assert_bounds(const struct es_ike_suite *suite, size_t sealed, uint32_t least,
                          uint32_t most)
{
    struct es_ike_bounds bounds;
    assert_true(es_ike_bounds(suite, sealed, &bounds));
    assert_int_equal(bounds.inner_min, least);
    assert_int_equal(bounds.inner_max, most);
}

static void bounds_are_as_narrow_as_the_padding_allows(void **state)
{
    (void)state;
    assert_bounds(&cbc_sha256, 16 + 16 + 16, 0, 15);
    assert_bounds(&cbc_sha256, 16 + 32 + 16, 16, 31);
    assert_bounds(&triple_des, 8 + 8 + 12, 0, 7);
    assert_bounds(&gcm, 8 + 1 + 16, 0, 0);
    assert_bounds(&gcm, 8 + 9 + 16, 8, 8);
    assert_bounds(&gcm, 8 + 12 + 16, 8, 11);
    assert_bounds(&gcm, 8 + 16 + 16, 0, 15);
    assert_bounds(&chacha, 8 + 13 + 16, 12, 12);
    assert_bounds(&aes_sha1, 32, 0, 8);
    assert_bounds(&aes_sha1, 64, 24, 40);
}

static void assert_impossible(const struct es_ike_suite *suite, size_t sealed)
{
    struct es_ike_bounds bounds;
    assert_false(es_ike_bounds(suite, sealed, &bounds));
}

static void lengths_that_cannot_be_are_refused(void **state)
{
    (void)state;
    assert_impossible(&cbc_sha256, 0);
    assert_impossible(&cbc_sha256, 16 + 16);
    assert_impossible(&cbc_sha256, 16 + 17 + 16);
    assert_impossible(&gcm, 8 + 16);
    assert_impossible(&aes_sha1, 40);
    assert_impossible(&aes_sha1, 16);
}

static void nothing_is_said_of_unknown_suites(void **state)
{
    (void)state;
    const struct es_ike_suite nothing = {0};
    assert_impossible(&nothing, 96);
    const struct es_ike_suite cipher = {.major = 2, .encr = 999};
    assert_impossible(&cipher, 96);
    const struct es_ike_suite phase1_cipher = {.major = 1, .encr = 999, .prf = 2};
    assert_impossible(&phase1_cipher, 96);
    const struct es_ike_suite phase1_hash = {.major = 1, .encr = 7, .prf = 999};
    assert_impossible(&phase1_hash, 96);
}

static void learn(struct es_ike_padding *padding, const struct es_ike_suite *suite, size_t sealed)
{
    static const uint8_t bytes[512];
    const struct es_ike_message message = {.encrypted = true,
                                           .sealed = es_cursor(bytes, sizeof(bytes), sealed)};
    es_ike_padding_learn(padding, suite, &message);
}

enum { GCM_AROUND = 8 + 16 };

static void one_odd_length_shows_a_sender_that_does_not_pad(void **state)
{
    (void)state;
    struct es_ike_padding padding = {0};
    learn(&padding, &gcm, GCM_AROUND + 16);
    assert_int_equal(padding.alignment, 0);
    learn(&padding, &gcm, GCM_AROUND + 9);
    assert_int_equal(padding.alignment, 1);
    /* What is a multiple of 16 by chance does not take that back. */
    for (size_t i = 1; i < 10; i++)
        learn(&padding, &gcm, GCM_AROUND + 16 * i);
    assert_int_equal(padding.alignment, 1);
    struct es_ike_suite suite = gcm;
    suite.alignment = 1;
    assert_bounds(&suite, GCM_AROUND + 16, 15, 15);
}

static void lengths_that_are_all_multiples_show_how_a_sender_pads(void **state)
{
    (void)state;
    struct es_ike_padding padding = {0};
    for (size_t i = 1; i < 4; i++)
        learn(&padding, &gcm, GCM_AROUND + 16 * i);
    assert_int_equal(padding.alignment, 16);
    padding = (struct es_ike_padding){0};
    for (size_t i = 1; i < 6; i++)
        learn(&padding, &gcm, GCM_AROUND + 12 * i);
    assert_int_equal(padding.alignment, 4);
    struct es_ike_suite suite = gcm;
    suite.alignment = 4;
    assert_bounds(&suite, GCM_AROUND + 16, 12, 15);
    /* The first that does not fit is believed. */
    learn(&padding, &gcm, GCM_AROUND + 13);
    assert_int_equal(padding.alignment, 1);
}

static void the_same_length_again_shows_nothing_new(void **state)
{
    (void)state;
    struct es_ike_padding padding = {0};
    for (int i = 0; i < 50; i++)
        learn(&padding, &gcm, GCM_AROUND + 48);
    assert_int_equal(padding.alignment, 0);
}

static void block_ciphers_have_nothing_to_learn(void **state)
{
    (void)state;
    struct es_ike_padding padding = {0};
    for (size_t i = 1; i < 10; i++)
        learn(&padding, &cbc_sha256, 16 + 16 * i + 16);
    assert_int_equal(padding.alignment, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_known_ikev2_length_is_within_its_bounds),
        cmocka_unit_test(every_known_ikev1_length_is_within_its_bounds),
        cmocka_unit_test(bounds_are_as_narrow_as_the_padding_allows),
        cmocka_unit_test(lengths_that_cannot_be_are_refused),
        cmocka_unit_test(nothing_is_said_of_unknown_suites),
        cmocka_unit_test(one_odd_length_shows_a_sender_that_does_not_pad),
        cmocka_unit_test(lengths_that_are_all_multiples_show_how_a_sender_pads),
        cmocka_unit_test(the_same_length_again_shows_nothing_new),
        cmocka_unit_test(block_ciphers_have_nothing_to_learn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
