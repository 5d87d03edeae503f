/*
 * Offers compared: the nearest proposals and what keeps them apart.
 */
#include "unit.h"

#include "proposal.h"

#define ENCR(row, encr, bits)                                                                      \
    {                                                                                              \
        .proposal = row, .protocol = ES_IKE_PROTOCOL_IKE, .type = ES_IKE_TRANSFORM_ENCR,           \
        .id = ES_IKE_ENCR_##encr, .key_length = bits                                               \
    }
#define ROW(row, kind, number)                                                                     \
    {                                                                                              \
        .proposal = row, .protocol = ES_IKE_PROTOCOL_IKE, .type = ES_IKE_TRANSFORM_##kind,         \
        .id = ES_IKE_##number                                                                      \
    }
#define OFFER(rows)                                                                                \
    (struct es_offer)                                                                              \
    {                                                                                              \
        rows, ES_COUNT(rows)                                                                       \
    }

static const struct es_ike_transform cbc_14[] = {
    ENCR(1, AES_CBC, 256),
    ROW(1, INTEG, INTEG_HMAC_SHA2_256_128),
    ROW(1, PRF, PRF_HMAC_SHA2_256),
    ROW(1, KE, KE_METHOD_MODP_2048),
};
static const struct es_ike_transform cbc_19[] = {
    ENCR(1, AES_CBC, 256),
    ROW(1, INTEG, INTEG_HMAC_SHA2_256_128),
    ROW(1, PRF, PRF_HMAC_SHA2_256),
    ROW(1, KE, KE_METHOD_ECP_256),
};
static const struct es_ike_transform cbc_128[] = {
    ENCR(1, AES_CBC, 128),
    ROW(1, INTEG, INTEG_HMAC_SHA2_256_128),
    ROW(1, PRF, PRF_HMAC_SHA2_256),
    ROW(1, KE, KE_METHOD_MODP_2048),
};
/* The first proposal differs in all, the second in the group. */
static const struct es_ike_transform two[] = {
    ENCR(1, AES_GCM_16, 256),
    ROW(1, PRF, PRF_HMAC_SHA2_384),
    ROW(1, KE, KE_METHOD_CURVE25519),
    ENCR(2, AES_CBC, 256),
    ENCR(2, AES_CBC, 128),
    ROW(2, INTEG, INTEG_HMAC_SHA2_256_128),
    ROW(2, PRF, PRF_HMAC_SHA2_256),
    ROW(2, KE, KE_METHOD_MODP_2048),
};

static struct es_diagnosis *diagnosis(void **state)
{
    return *state;
}

static int setup(void **state)
{
    static const struct es_model model;
    static const struct es_decoder_counts counts;
    static const struct es_coverage coverage = {.decoder = &counts};
    *state = es_diagnose(&model, &coverage, NULL, 0);
    return *state ? 0 : -1;
}

static int teardown(void **state)
{
    es_diagnosis_free(*state);
    return 0;
}

static const char *difference(void **state, struct es_offer one, struct es_offer other)
{
    const struct es_proposal_difference found = es_proposal_compare(&one, &other);
    return es_proposal_say_difference(diagnosis(state), &found);
}

static void the_smallest_difference_is_named(void **state)
{
    assert_string_equal(difference(state, OFFER(cbc_14), OFFER(cbc_19)),
                        "only the DH group differs");
    assert_string_equal(difference(state, OFFER(cbc_19), OFFER(cbc_14)),
                        "only the DH group differs");
    assert_string_equal(difference(state, OFFER(cbc_14), OFFER(cbc_14)), "nothing differs");
    assert_string_equal(difference(state, OFFER(cbc_14), OFFER(cbc_128)),
                        "only the key length differs");
    assert_string_equal(difference(state, OFFER(cbc_19), OFFER(cbc_128)),
                        "the key length and the DH group differ");
}

static void the_nearest_of_several_proposals_counts(void **state)
{
    const struct es_offer one = OFFER(two);
    const struct es_offer other = OFFER(cbc_19);
    const struct es_proposal_difference found = es_proposal_compare(&one, &other);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.types[0], ES_IKE_TRANSFORM_KE);
    assert_ptr_equal(found.nearest[0].transforms, two + 3);
    assert_int_equal(found.nearest[0].count, 5);
    assert_string_equal(difference(state, OFFER(two), OFFER(cbc_128)), "nothing differs");
}

static void an_algorithm_that_only_one_proposal_has_differs_unless_it_is_none(void **state)
{
    static const struct es_ike_transform with_none[] = {
        ENCR(1, AES_GCM_16, 256),
        ROW(1, INTEG, INTEG_NONE),
        ROW(1, PRF, PRF_HMAC_SHA2_256),
        ROW(1, KE, KE_METHOD_MODP_2048),
    };
    static const struct es_ike_transform without[] = {
        ENCR(1, AES_GCM_16, 256),
        ROW(1, PRF, PRF_HMAC_SHA2_256),
        ROW(1, KE, KE_METHOD_MODP_2048),
    };
    assert_string_equal(difference(state, OFFER(with_none), OFFER(without)), "nothing differs");
    assert_string_equal(difference(state, OFFER(without), OFFER(cbc_14)),
                        "the encryption and the integrity differ");
}

static void each_ikev1_transform_is_a_choice_of_its_own(void **state)
{
    enum { ENCR_TYPE = ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_ENCR };
    enum { HASH_TYPE = ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_HASH };
    enum { LIFE_TYPE = ES_IKEV1_TYPE + ES_IKEV1_ATTRIBUTE_LIFE_DURATION };
    /* AES with SHA-1, 3DES with MD5: AES with MD5 is not among them. */
    static const struct es_ike_transform ours[] = {
        {.proposal = 1,
         .transform = 1,
         .type = ENCR_TYPE,
         .id = ES_IKEV1_ENCR_AES_CBC,
         .key_length = 128},
        {.proposal = 1,                             .transform = 1,                 .type = HASH_TYPE, .id = ES_IKEV1_HASH_SHA1},
        {.proposal = 1,
         .transform = 1,
         .type = LIFE_TYPE,
         .id = ES_IKEV1_LIFE_SECONDS,
         .value = 86400},
        {.proposal = 1,                .transform = 2,                .type = ENCR_TYPE,                              .id = ES_IKEV1_ENCR_3DES_CBC                                 },
        {.proposal = 1, .transform = 2, .type = HASH_TYPE,.id = ES_IKEV1_HASH_MD5},
    };
    static const struct es_ike_transform theirs[] = {
        {.proposal = 1,
         .transform = 1,
         .type = ENCR_TYPE,
         .id = ES_IKEV1_ENCR_AES_CBC,
         .key_length = 128                                                           },
        {.proposal = 1,  .transform = 1, .type = HASH_TYPE, .id = ES_IKEV1_HASH_MD5},
        {.proposal = 1,
         .transform = 1,
         .type = LIFE_TYPE,
         .id = ES_IKEV1_LIFE_SECONDS,
         .value = 28800},
    };
    assert_string_equal(difference(state, OFFER(ours), OFFER(theirs)), "only the hash differs");
    assert_int_equal(es_proposal_lifetime(&OFFER(ours)), 86400);
    assert_int_equal(es_proposal_lifetime(&OFFER(theirs)), 28800);
    assert_int_equal(es_proposal_lifetime(&OFFER(cbc_14)), 0);
    assert_string_equal(es_proposal_say(diagnosis(state), &OFFER(theirs)),
                        "{ENCR AES_CBC-128, HASH MD5}");
}

static void an_offer_is_said_by_type(void **state)
{
    assert_string_equal(es_proposal_say(diagnosis(state), &OFFER(cbc_14)),
                        "{ENCR AES_CBC-256, INTEG HMAC_SHA2_256_128, PRF_HMAC_SHA2_256, "
                        "DH MODP-2048}");
    assert_string_equal(es_proposal_say(diagnosis(state), &(struct es_offer){NULL, 0}), "{}");
}

static bool is_checked(const struct es_finding *f, const char *words)
{
    for (size_t i = 0; i < f->check_count; i++) {
        if (strstr(f->checks[i], words))
            return true;
    }
    return false;
}

static void forbidden_offers_are_pointed_out(void **state)
{
    static const struct es_ike_transform combined[] = {
        ENCR(1, AES_GCM_16, 256),
        ROW(1, INTEG, INTEG_HMAC_SHA2_256_128),
        ROW(1, PRF, PRF_HMAC_SHA2_256),
    };
    static const struct es_ike_transform no_length[] = {ENCR(1, AES_CBC, 0)};
    static const struct es_ike_transform chacha[] = {ENCR(1, CHACHA20_POLY1305, 0)};
    struct es_finding f = {0};
    es_proposal_check_pitfalls(diagnosis(state), &f, &OFFER(cbc_14), "A");
    es_proposal_check_pitfalls(diagnosis(state), &f, &OFFER(chacha), "A");
    es_proposal_check_pitfalls(diagnosis(state), &f, &OFFER(two), "A");
    assert_int_equal(f.check_count, 0);
    es_proposal_check_pitfalls(diagnosis(state), &f, &OFFER(combined), "A");
    assert_int_equal(f.check_count, 1);
    assert_true(is_checked(&f, "integrity algorithm"));
    es_proposal_check_pitfalls(diagnosis(state), &f, &OFFER(no_length), "A");
    assert_int_equal(f.check_count, 2);
    assert_true(is_checked(&f, "without a key length"));
}

static void long_offers_are_pointed_out(void **state)
{
    struct es_ike_transform many[9] = {{0}};
    for (uint8_t i = 0; i < ES_COUNT(many); i++)
        many[i] = (struct es_ike_transform){.proposal = i, .type = ES_IKE_TRANSFORM_PRF, .id = 5};
    struct es_finding f = {0};
    es_proposal_check_pitfalls(diagnosis(state), &f, &(struct es_offer){many, 8}, "A");
    assert_int_equal(f.check_count, 0);
    es_proposal_check_pitfalls(diagnosis(state), &f, &(struct es_offer){many, 9}, "A");
    assert_true(is_checked(&f, "offers 9 proposals"));
}

/* Hostile: as many rows as a message can have, of types that nobody knows. */
static void the_longest_offers_are_compared_in_bounded_time(void **state)
{
    static struct es_ike_transform rows[2][ES_IKE_TRANSFORMS_MAX];
    for (uint16_t i = 0; i < ES_IKE_TRANSFORMS_MAX; i++) {
        rows[0][i] = (struct es_ike_transform){.proposal = 1, .type = i, .id = 1};
        rows[1][i] = (struct es_ike_transform){.proposal = (uint8_t)i, .type = i, .id = 2};
    }
    const struct es_proposal_difference found =
        es_proposal_compare(&OFFER(rows[0]), &OFFER(rows[1]));
    assert_int_equal(found.count, ES_DIFFERENCES_MAX);
    assert_non_null(es_proposal_say(diagnosis(state), &OFFER(rows[0])));
}

#define proposal_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        proposal_test(the_smallest_difference_is_named),
        proposal_test(the_nearest_of_several_proposals_counts),
        proposal_test(an_algorithm_that_only_one_proposal_has_differs_unless_it_is_none),
        proposal_test(each_ikev1_transform_is_a_choice_of_its_own),
        proposal_test(an_offer_is_said_by_type),
        proposal_test(forbidden_offers_are_pointed_out),
        proposal_test(long_offers_are_pointed_out),
        proposal_test(the_longest_offers_are_compared_in_bounded_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
