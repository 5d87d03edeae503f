/*
 * What the messages that make an IKE SA say beyond algorithms: in clear, and opened with keys.
 */
#include "dialogue.h"
#include "unit.h"

#include <stdlib.h>

/* --- in clear --- */

static void notifies_in_clear_are_kept_as_such(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED, NULL, 0);
    dialogue_agree(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_true(es_notified(&sa->notifies[B], ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED));
    assert_false(es_notified(&sa->notifies[A], ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED));
    assert_false(es_notified(&sa->disclosed[B], ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED));
}

static void hash_lists_and_certificate_requests_are_kept_by_side(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    /* Algorithm 40 has no place, and the odd byte at the end is none. */
    static const uint8_t list[] = {0, 2, 0, 3, 0, 40, 7};
    static const uint8_t request[] = {4, 1, 2, 3};
    dialogue_add_notify(&ike, A, ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, list, sizeof(list));
    dialogue_add_payload(&ike, B, ES_IKE_PAYLOAD_CERTREQ, request, sizeof(request));
    dialogue_agree(&ike);
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->hash_algorithms[A], 1 << 2 | 1 << 3);
    assert_int_equal(sa->hash_algorithms[B], 0);
    assert_false(sa->asks_certificate[A]);
    assert_true(sa->asks_certificate[B]);
}

static void want_group(struct dialogue *ike, uint8_t group)
{
    struct wire wish = dialogue_clear_notify(ike, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                             ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, 2);
    wish.bytes[wish.length - 2] = 0;
    wish.bytes[wish.length - 1] = group;
    scene_ike(ike->scene, 1 - ike->initiator, &wish);
}

static void wishes_for_a_group_are_counted_and_granted(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm_modp);
    ike.offer = suite_gcm;
    const struct wire first = dialogue_init(&ike, 0);
    scene_ike(scene, A, &first);
    want_group(&ike, ES_IKE_KE_METHOD_MODP_2048);
    ike.offer = suite_gcm_modp;
    dialogue_agree(&ike);
    const struct es_group_wishes *wishes = &scene_ike_sa(scene, 1)->group_wishes;
    assert_int_equal(wishes->count, 1);
    assert_int_equal(wishes->first.number, 2);
    assert_int_equal(wishes->guessed, ES_IKE_KE_METHOD_CURVE25519);
    assert_int_equal(wishes->wished, ES_IKE_KE_METHOD_MODP_2048);
    assert_int_equal(wishes->sent, ES_IKE_KE_METHOD_MODP_2048);
    assert_false(wishes->ignored);
}

static void the_same_group_again_ignores_the_wish_but_a_retransmission_does_not(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    const struct wire first = dialogue_init(&ike, 0);
    scene_ike(scene, A, &first);
    want_group(&ike, ES_IKE_KE_METHOD_MODP_2048);
    scene_pause(scene, 2);
    scene_ike(scene, A, &first);
    const struct es_group_wishes *wishes = &scene_ike_sa(scene, 1)->group_wishes;
    assert_false(wishes->ignored);
    const struct wire again = dialogue_init(&ike, 0);
    scene_ike(scene, A, &again);
    assert_true(wishes->ignored);
}

static void redirects_are_read_and_hostile_ones_are_not(void **state)
{
    (void)state;
    static const struct {
        uint8_t body[20];
        uint8_t size;
        const char *gateway; /* NULL: malformed */
    } redirects[] = {
        {{1, 4, 198, 51, 100, 9}, 6, "198.51.100.9"},
        {{3, 3, 'g', '.', 'x'},   5, "g.x"         },
        {{3, 3, 'g', 1, 'x'},     5, "g\\x01x"     },
        {{1, 9, 198, 51},         4, NULL          },
        {{1, 0},                  2, NULL          },
        {{1},                     1, NULL          },
    };
    for (size_t i = 0; i < ES_COUNT(redirects); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        dialogue_add_notify(&ike, B, ES_IKE_NOTIFY_REDIRECT, redirects[i].body, redirects[i].size);
        dialogue_agree(&ike);
        const struct es_redirect *redirect = scene_ike_sa(&scene, 1)->redirect;
        assert_int_equal(redirect != NULL, redirects[i].gateway != NULL);
        if (redirect) {
            assert_string_equal(redirect->gateway, redirects[i].gateway);
            assert_int_equal(redirect->is_address, i == 0);
        }
        scene_close(&scene);
    }
}

static void the_length_of_what_authenticates_is_kept(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&ike);
    assert_int_equal(scene_ike_sa(scene, 1)->auth_bytes[A], 0);
    const struct wire first = dialogue_fragment(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, 1, false, 1, 3);
    scene_ike(scene, A, &first);
    assert_int_equal(scene_ike_sa(scene, 1)->auth_bytes[A], 2 * first.length);
    assert_int_equal(scene_ike_sa(scene, 1)->auth_rounds, 1);
}

/* --- opened --- */

#define PART(type, bytes)                                                                          \
    {                                                                                              \
        type, bytes, sizeof(bytes)                                                                 \
    }

static void say(struct dialogue *ike, uint8_t from, uint8_t exchange, bool is_response, uint32_t id,
                const struct dialogue_part *parts, size_t count)
{
    const struct wire wire = dialogue_opened(ike, from, exchange, is_response, id, parts, count);
    scene_ike_opened(ike->scene, from, &wire);
}

static const uint8_t id_a[] = {ES_IKE_ID_FQDN, 0, 0, 0, 'a'};
static const uint8_t id_b[] = {ES_IKE_ID_FQDN, 0, 0, 0, 'b'};
static const uint8_t id_c[] = {ES_IKE_ID_FQDN, 0, 0, 0, 'c'};
static const uint8_t psk[] = {ES_IKE_AUTH_METHOD_SHARED_KEY, 0, 0, 0, 1, 2, 3, 4};
static const uint8_t refused[] = {0, 0, 0, ES_IKE_NOTIFY_AUTHENTICATION_FAILED};

static void whom_the_initiator_asks_for_is_not_what_its_peer_says(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    static const struct dialogue_part request[] = {PART(ES_IKE_PAYLOAD_IDI, id_a),
                                                   PART(ES_IKE_PAYLOAD_IDR, id_b),
                                                   PART(ES_IKE_PAYLOAD_AUTH, psk)};
    static const struct dialogue_part answer[] = {PART(ES_IKE_PAYLOAD_IDR, id_c),
                                                  PART(ES_IKE_PAYLOAD_AUTH, psk)};
    dialogue_agree(&ike);
    say(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, false, 0, request, ES_COUNT(request));
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_string_equal(sa->identities[A], "fqdn a");
    assert_string_equal(sa->asked_identity, "fqdn b");
    assert_null(sa->identities[B]);
    assert_int_equal(sa->asks_child, ES_NO);
    say(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, true, 1, answer, ES_COUNT(answer));
    assert_string_equal(sa->identities[B], "fqdn c");
    assert_int_equal(sa->state, ES_IKE_SA_ESTABLISHED);

    /* The initiator does not like that. */
    static const struct dialogue_part error[] = {PART(ES_IKE_PAYLOAD_NOTIFY, refused)};
    say(&ike, A, ES_IKE_EXCHANGE_INFORMATIONAL, false, 0, error, 1);
    assert_int_equal(sa->state, ES_IKE_SA_FAILED);
    assert_int_equal(sa->error, ES_IKE_NOTIFY_AUTHENTICATION_FAILED);
    assert_int_equal(sa->error_side, A);
    say(&ike, B, ES_IKE_EXCHANGE_INFORMATIONAL, true, 2, NULL, 0);
    assert_int_equal(sa->state, ES_IKE_SA_FAILED);
    const struct es_finding *f = scene_finding(scene, "peer-id-mismatch");
    assert_non_null(f);
    assert_int_equal(f->provenance, ES_PROVENANCE_DECRYPTED);
    assert_int_equal(f->peer, A);
}

static void a_refusal_with_mirrored_identities_stays_open(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    static const struct dialogue_part request[] = {PART(ES_IKE_PAYLOAD_IDI, id_a),
                                                   PART(ES_IKE_PAYLOAD_IDR, id_b),
                                                   PART(ES_IKE_PAYLOAD_AUTH, psk)};
    static const struct dialogue_part error[] = {PART(ES_IKE_PAYLOAD_NOTIFY, refused)};
    dialogue_agree(&ike);
    say(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, false, 0, request, ES_COUNT(request));
    say(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, true, 1, error, 1);
    scene_expect(scene, "auth-failed");
    assert_int_equal(scene_finding(scene, "auth-failed")->confidence, ES_CONFIDENCE_CERTAIN);
}

/* Serial number 0x42, by C=CH, from 2026-11-23 to 2036-11-20, for CN=m. */
static const char certificate_hex[] =
    "04304e304ca003020102020142300506032b6570300d310b3009060355040613024348301e170d3236313132333030"
    "30"
    "3030305a170d3336313132303030303030305a300c310a300806035504030c016d";

static size_t certificate(uint8_t out[128])
{
    size_t count = 0;
    for (const char *hex = certificate_hex; *hex; hex += 2) {
        const char digits[] = {hex[0], hex[1], 0};
        out[count++] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return count;
}

static void a_certificate_is_kept_and_held_against_the_clock(void **state)
{
    (void)state;
    static const int64_t seconds[] = {INT64_C(1700000000), INT64_C(1800000000),
                                      INT64_C(2200000000)};
    static const char *const expected[] = {"not valid before", NULL, "expired"};
    uint8_t bytes[128];
    const size_t size = certificate(bytes);
    for (size_t i = 0; i < ES_COUNT(seconds); i++) {
        struct scene scene = scene_open();
        struct dialogue ike = dialogue_of(&scene, A, 1, &suite_gcm);
        const struct dialogue_part request[] = {
            PART(ES_IKE_PAYLOAD_IDI, id_a),
            {ES_IKE_PAYLOAD_CERT, bytes, size},
            PART(ES_IKE_PAYLOAD_AUTH, psk)
        };
        static const struct dialogue_part error[] = {PART(ES_IKE_PAYLOAD_NOTIFY, refused)};
        scene_at(&scene, (double)(seconds[i] - scene.start / ES_SECOND));
        dialogue_agree(&ike);
        say(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, false, 0, request, ES_COUNT(request));
        say(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, true, 1, error, 1);
        const struct es_certificates *sent = scene_ike_sa(&scene, 1)->certificates[A];
        assert_non_null(sent);
        assert_string_equal(sent->own.subject, "CN=m");
        assert_string_equal(sent->own.issuer, "C=CH");
        assert_int_equal(sent->count, 1);
        scene_expect(&scene, expected[i] ? "cert-clock-skew" : "cert-failure");
        if (expected[i])
            assert_non_null(strstr(scene_finding(&scene, "cert-clock-skew")->summary, expected[i]));
        scene_close(&scene);
    }
}

static void eap_is_read_to_its_end(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    static const uint8_t question[] = {1, 1, 0, 5, ES_EAP_TYPE_IDENTITY};
    static const uint8_t name[] = {2, 1, 0, 8, ES_EAP_TYPE_IDENTITY, 'j', 'o', 'e'};
    static const uint8_t challenge[] = {1, 2, 0, 6, ES_EAP_TYPE_MD5_CHALLENGE, 0};
    static const uint8_t guess[] = {2, 2, 0, 6, ES_EAP_TYPE_MD5_CHALLENGE, 1};
    static const uint8_t failure[] = {4, 2, 0, 4};
    static const struct {
        uint8_t type;
        const uint8_t *body;
        size_t size;
    } rounds[][2] = {
        {{ES_IKE_PAYLOAD_IDI, id_a, sizeof(id_a)},
         {ES_IKE_PAYLOAD_EAP, question, sizeof(question)}  },
        {{ES_IKE_PAYLOAD_EAP, name, sizeof(name)},
         {ES_IKE_PAYLOAD_EAP, challenge, sizeof(challenge)}},
        {{ES_IKE_PAYLOAD_EAP, guess, sizeof(guess)},
         {ES_IKE_PAYLOAD_EAP, failure, sizeof(failure)}    },
    };
    dialogue_agree(&ike);
    for (uint32_t i = 0; i < ES_COUNT(rounds); i++) {
        const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
        assert_int_equal(sa->state, ES_IKE_SA_NEGOTIATING);
        for (uint8_t side = 0; side < 2; side++) {
            const struct dialogue_part part = {rounds[i][side].type, rounds[i][side].body,
                                               rounds[i][side].size};
            say(&ike, side, ES_IKE_EXCHANGE_IKE_AUTH, side == B, i + 1, &part, 1);
        }
    }
    const struct es_ike_sa *sa = scene_ike_sa(scene, 1);
    assert_int_equal(sa->state, ES_IKE_SA_FAILED);
    assert_int_equal(sa->auth_rounds, 3);
    assert_non_null(sa->eap);
    assert_string_equal(sa->eap->identity, "joe");
    assert_int_equal(sa->eap->type, ES_EAP_TYPE_MD5_CHALLENGE);
    assert_int_equal(sa->eap->code, ES_EAP_CODE_FAILURE);
    scene_expect(scene, "eap-failed");
    const struct es_finding *f = scene_finding(scene, "eap-failed");
    assert_int_equal(f->provenance, ES_PROVENANCE_DECRYPTED);
    assert_non_null(strstr(f->summary, "joe"));
    assert_non_null(strstr(f->summary, "MD5-Challenge"));
}

static void a_missing_inner_address_is_named(void **state)
{
    struct scene *scene = *state;
    struct dialogue ike = dialogue_of(scene, A, 1, &suite_gcm);
    static const uint8_t wish[] = {1, 0, 0, 0, 0, 1, 0, 0};
    static const uint8_t none[] = {0, 0, 0, ES_IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE};
    static const struct dialogue_part request[] = {PART(ES_IKE_PAYLOAD_IDI, id_a),
                                                   PART(ES_IKE_PAYLOAD_AUTH, psk),
                                                   PART(ES_IKE_PAYLOAD_CP, wish)};
    static const struct dialogue_part answer[] = {PART(ES_IKE_PAYLOAD_IDR, id_b),
                                                  PART(ES_IKE_PAYLOAD_AUTH, psk),
                                                  PART(ES_IKE_PAYLOAD_NOTIFY, none)};
    dialogue_agree(&ike);
    say(&ike, A, ES_IKE_EXCHANGE_IKE_AUTH, false, 0, request, ES_COUNT(request));
    say(&ike, B, ES_IKE_EXCHANGE_IKE_AUTH, true, 1, answer, ES_COUNT(answer));
    assert_int_equal(scene_ike_sa(scene, 1)->got_address, ES_NO);
    const struct es_finding *f = scene_finding(scene, "address-assignment-failed");
    assert_non_null(f);
    assert_int_equal(f->confidence, ES_CONFIDENCE_CERTAIN);
    assert_int_equal(f->peer, B);
    assert_int_equal(f->evidence[0].ref.number, 4);
}

static void xauth_status_and_mode_config_are_read(void **state)
{
    (void)state;
    static const uint8_t failed[] = {3, 0, 0, 7, 0xc0, 0x8f, 0, 0};
    static const uint8_t passed[] = {3, 0, 0, 7, 0xc0, 0x8f, 0, 1};
    static const uint8_t wish[] = {1, 0, 0, 8, 0, 1, 0, 0};
    static const uint8_t empty[] = {2, 0, 0, 8, 0, 1, 0, 0};
    static const uint8_t given[] = {2, 0, 0, 8, 0, 1, 0, 4, 10, 0, 0, 1};
    struct scene scene = scene_open();
    struct dialogue ike = dialogue_of(&scene, A, 1, &suite_v1_sha1);
    const uint8_t exchange = ES_IKE_EXCHANGE_TRANSACTION;
    const uint8_t type = ES_IKEV1_PAYLOAD_ATTRIBUTES;
    dialogue_main_mode(&ike);
    say(&ike, B, exchange, false, 7, &(struct dialogue_part)PART(type, failed), 1);
    const struct es_ike_sa *sa = scene_ike_sa(&scene, 1);
    assert_int_equal(sa->xauth_passed, ES_NO);
    assert_int_equal(scene_finding(&scene, "xauth-failed")->confidence, ES_CONFIDENCE_CERTAIN);
    say(&ike, B, exchange, false, 8, &(struct dialogue_part)PART(type, passed), 1);
    assert_int_equal(sa->xauth_passed, ES_YES);
    assert_null(scene_finding(&scene, "xauth-failed"));

    say(&ike, A, exchange, false, 9, &(struct dialogue_part)PART(type, wish), 1);
    say(&ike, B, exchange, false, 9, &(struct dialogue_part)PART(type, empty), 1);
    assert_int_equal(sa->got_address, ES_NO);
    assert_non_null(scene_finding(&scene, "modecfg-failed"));
    say(&ike, B, exchange, false, 10, &(struct dialogue_part)PART(type, given), 1);
    assert_int_equal(sa->got_address, ES_YES);
    assert_null(scene_finding(&scene, "modecfg-failed"));
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        scene_test(notifies_in_clear_are_kept_as_such),
        scene_test(hash_lists_and_certificate_requests_are_kept_by_side),
        scene_test(wishes_for_a_group_are_counted_and_granted),
        scene_test(the_same_group_again_ignores_the_wish_but_a_retransmission_does_not),
        cmocka_unit_test(redirects_are_read_and_hostile_ones_are_not),
        scene_test(the_length_of_what_authenticates_is_kept),
        scene_test(whom_the_initiator_asks_for_is_not_what_its_peer_says),
        scene_test(a_refusal_with_mirrored_identities_stays_open),
        cmocka_unit_test(a_certificate_is_kept_and_held_against_the_clock),
        scene_test(eap_is_read_to_its_end),
        scene_test(a_missing_inner_address_is_named),
        cmocka_unit_test(xauth_status_and_mode_config_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
