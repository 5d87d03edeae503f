/*
 * Vendors' words: every fault has some on every vendor, and a vendor ID finds its vendor.
 */
#include "unit.h"

#include "espial/diagnose.h"
#include "espial/diagnose/vendor.h"

#include <string.h>

static void every_row_names_findings_that_there_are(void **state)
{
    (void)state;
    for (enum es_vendor v = 0; v < ES_VENDORS; v++) {
        assert_true(strlen(es_vendor_name(v)) > 2);
        for (size_t i = 0; i < es_rule_count(); i++) {
            const struct es_vendor_words *words = NULL;
            while ((words = es_vendor_words_next(v, es_rule_at(i)->id, words)) != NULL) {
                assert_true(strlen(words->look) > 5);
                assert_true(strlen(words->expect) > 10);
            }
        }
    }
}

static void every_fault_of_a_peer_shows_on_every_vendor(void **state)
{
    (void)state;
    for (size_t i = 0; i < es_rule_count(); i++) {
        const struct es_rule *rule = es_rule_at(i);
        if (rule->severity == ES_SEVERITY_NOTE || strncmp(rule->id, "capture-", 8) == 0)
            continue;
        for (enum es_vendor v = 0; v < ES_VENDORS; v++) {
            if (!es_vendor_words_next(v, rule->id, NULL))
                fail_msg("%s has no words for %s", es_vendor_name(v), rule->id);
        }
    }
}

static void a_name_finds_its_vendor(void **state)
{
    (void)state;
    assert_int_equal(es_vendor_find("panos"), ES_VENDOR_PANOS);
    assert_int_equal(es_vendor_find("PAN-OS"), ES_VENDOR_PANOS);
    assert_int_equal(es_vendor_find("strongSwan"), ES_VENDOR_STRONGSWAN);
    assert_int_equal(es_vendor_find("nobody"), ES_VENDOR_NONE);
    assert_int_equal(es_vendor_find(""), ES_VENDOR_NONE);
}

static void a_vendor_id_finds_its_vendor(void **state)
{
    (void)state;
    assert_int_equal(es_vendor_of("strongSwan 4.3.6"), ES_VENDOR_STRONGSWAN);
    assert_int_equal(es_vendor_of("Cisco"), ES_VENDOR_CISCO_IOS);
    assert_int_equal(es_vendor_of("Cisco ASA"), ES_VENDOR_CISCO_ASA);
    assert_int_equal(es_vendor_of("Windows"), ES_VENDOR_NONE);
    assert_int_equal(es_vendor_of(NULL), ES_VENDOR_NONE);
}

static void an_id_is_matched_as_a_whole_word(void **state)
{
    (void)state;
    assert_null(es_vendor_words_next(ES_VENDOR_PANOS, "esp", NULL));
    assert_null(es_vendor_words_next(ES_VENDOR_PANOS, "ike-no", NULL));
    assert_non_null(es_vendor_words_next(ES_VENDOR_PANOS, "ike-no-response", NULL));
    assert_non_null(es_vendor_words_next(ES_VENDOR_PANOS, "ike-no-initiator", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_names_findings_that_there_are),
        cmocka_unit_test(every_fault_of_a_peer_shows_on_every_vendor),
        cmocka_unit_test(a_name_finds_its_vendor),
        cmocka_unit_test(a_vendor_id_finds_its_vendor),
        cmocka_unit_test(an_id_is_matched_as_a_whole_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
