/*
 * Object identifiers.
 */
#include "unit.h"

#include "espial/registry.h"

static const struct es_oid_registry *const all[] = {
    &es_oids_x500_attribute,
    &es_oids_signature_algorithm,
};

static int compare(const struct es_oid *a, const struct es_oid *b)
{
    const size_t least = a->length < b->length ? a->length : b->length;
    const int order = memcmp(a->bytes, b->bytes, least);
    return order ? order : (int)a->length - (int)b->length;
}

static void bytes_ascend_and_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(all); i++) {
        for (size_t row = 0; row < all[i]->count; row++) {
            const struct es_oid *one = &all[i]->rows[row];
            assert_true(*one->symbol && *one->name && *one->reference && one->length > 0);
            assert_ptr_equal(es_oid_find(all[i], one->bytes, one->length), one);
            if (row > 0 && compare(one - 1, one) >= 0)
                fail_msg("%s does not come before %s", one[-1].name, one->name);
        }
    }
}

static void what_is_not_known_is_not_found(void **state)
{
    (void)state;
    assert_null(es_oid_find(&es_oids_x500_attribute, (const uint8_t *)"\x55\x04", 2));
    assert_null(es_oid_find(&es_oids_x500_attribute, (const uint8_t *)"\x55\x04\x03\x01", 4));
    assert_null(es_oid_find(&es_oids_x500_attribute, NULL, 0));
}

static void well_known_ones_have_their_names(void **state)
{
    (void)state;
    const struct es_oid *name =
        es_oid_find(&es_oids_x500_attribute, (const uint8_t *)"\x55\x04\x03", 3);
    assert_non_null(name);
    assert_string_equal(name->symbol, "CN");
    const struct es_oid *algorithm =
        es_oid_find(&es_oids_signature_algorithm, (const uint8_t *)"\x2b\x65\x70", 3);
    assert_non_null(algorithm);
    assert_string_equal(algorithm->symbol, "Ed25519");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_ascend_and_are_unique),
        cmocka_unit_test(what_is_not_known_is_not_found),
        cmocka_unit_test(well_known_ones_have_their_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
