/*
 * The key store: adding, replacing, finding.
 */
#include "keys_text.h"

static struct es_ike_keys ike(uint64_t initiator, uint64_t responder, uint8_t first)
{
    return (struct es_ike_keys){
        .initiator_spi = initiator, .responder_spi = responder, .major = 2, .sk_d = {1, {first}}
    };
}

static struct es_esp_keys esp(uint32_t spi, const uint8_t source[16], const uint8_t destination[16],
                              uint8_t first)
{
    struct es_esp_keys keys = {
        .spi = spi, .encryption = {1, {first}}
    };
    memcpy(keys.source, source, 16);
    memcpy(keys.destination, destination, 16);
    return keys;
}

static void an_ike_sa_is_found_by_both_spis(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_ike_keys a = ike(1, 2, 10), b = ike(1, 3, 20);
    assert_null(es_keys_find_ike(keys, 1, 2));
    assert_true(es_keys_add_ike(keys, &a));
    assert_true(es_keys_add_ike(keys, &b));
    assert_int_equal(es_keys_find_ike(keys, 1, 2)->sk_d.bytes[0], 10);
    assert_int_equal(es_keys_find_ike(keys, 1, 3)->sk_d.bytes[0], 20);
    assert_null(es_keys_find_ike(keys, 1, 4));
    assert_null(es_keys_find_ike(keys, 2, 1));
    assert_null(es_keys_find_ike(keys, 1, 0));
    es_keys_free(keys);
}

static void a_responder_of_zero_stands_for_any(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_ike_keys any = ike(1, 0, 10), one = ike(1, 7, 20);
    es_keys_add_ike(keys, &any);
    es_keys_add_ike(keys, &one);
    assert_int_equal(es_keys_find_ike(keys, 1, 5)->sk_d.bytes[0], 10);
    assert_int_equal(es_keys_find_ike(keys, 1, 7)->sk_d.bytes[0], 20);
    es_keys_free(keys);
}

static void the_same_spis_replace(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_ike_keys old = ike(1, 2, 10), new = ike(1, 2, 20);
    const struct es_esp_keys old_esp = esp(5, left, right, 1), new_esp = esp(5, left, right, 2);
    es_keys_add_ike(keys, &old);
    es_keys_add_ike(keys, &new);
    es_keys_add_esp(keys, &old_esp);
    es_keys_add_esp(keys, &new_esp);
    assert_int_equal(es_keys_ike_count(keys), 1);
    assert_int_equal(es_keys_ike_at(keys, 0)->sk_d.bytes[0], 20);
    assert_int_equal(es_keys_esp_count(keys), 1);
    assert_int_equal(es_keys_esp_at(keys, 0)->encryption.bytes[0], 2);
    es_keys_free(keys);
}

static void an_esp_sa_is_found_by_destination_then_any_then_another(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_esp_keys there = esp(5, left, right, 1), back = esp(5, right, left, 2),
                             any = esp(5, nowhere, nowhere, 3), alone = esp(6, left, right, 4);
    es_keys_add_esp(keys, &there);
    es_keys_add_esp(keys, &back);
    es_keys_add_esp(keys, &alone);
    assert_int_equal(es_keys_find_esp(keys, 5, right)->encryption.bytes[0], 1);
    assert_int_equal(es_keys_find_esp(keys, 5, left)->encryption.bytes[0], 2);
    assert_int_equal(es_keys_find_esp(keys, 6, left)->encryption.bytes[0], 4);
    assert_null(es_keys_find_esp(keys, 7, left));
    static const uint8_t elsewhere[16] = V4(203, 0, 113, 9);
    assert_non_null(es_keys_find_esp(keys, 5, elsewhere));
    es_keys_add_esp(keys, &any);
    assert_int_equal(es_keys_find_esp(keys, 5, elsewhere)->encryption.bytes[0], 3);
    assert_int_equal(es_keys_find_esp(keys, 5, right)->encryption.bytes[0], 1);
    es_keys_free(keys);
}

static void an_spi_of_zero_stands_for_any_where_the_addresses_fit(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_esp_keys any = esp(0, left, right, 9);
    es_keys_add_esp(keys, &any);
    assert_int_equal(es_keys_find_esp(keys, 77, right)->encryption.bytes[0], 9);
    assert_null(es_keys_find_esp(keys, 77, left));
    es_keys_free(keys);
}

static void many_are_kept_and_found(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct es_keys *keys = es_keys_new();
    for (uint32_t i = 1; i <= MANY; i++) {
        const struct es_ike_keys sa = ike(i, i + 1, (uint8_t)i);
        const struct es_esp_keys flow = esp(i, left, right, (uint8_t)i);
        assert_true(es_keys_add_ike(keys, &sa));
        assert_true(es_keys_add_esp(keys, &flow));
    }
    assert_int_equal(es_keys_ike_count(keys), MANY);
    for (uint32_t i = 1; i <= MANY; i++) {
        assert_int_equal(es_keys_find_ike(keys, i, i + 1)->sk_d.bytes[0], (uint8_t)i);
        assert_int_equal(es_keys_find_esp(keys, i, right)->encryption.bytes[0], (uint8_t)i);
    }
    es_keys_free(keys);
    es_keys_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ike_sa_is_found_by_both_spis),
        cmocka_unit_test(a_responder_of_zero_stands_for_any),
        cmocka_unit_test(the_same_spis_replace),
        cmocka_unit_test(an_esp_sa_is_found_by_destination_then_any_then_another),
        cmocka_unit_test(an_spi_of_zero_stands_for_any_where_the_addresses_fit),
        cmocka_unit_test(many_are_kept_and_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
