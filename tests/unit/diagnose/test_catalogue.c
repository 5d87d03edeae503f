/*
 * The catalogue: what every entry has.
 */
#include "unit.h"

#include "espial/diagnose.h"

#include <ctype.h>

static bool is_said(const char *text)
{
    return text && *text && !isspace((unsigned char)*text);
}

static bool is_kebab_case(const char *id)
{
    if (!islower((unsigned char)*id))
        return false;
    for (const char *c = id; *c; c++) {
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != '-')
            return false;
        if (*c == '-' && (c[1] == '-' || c[1] == '\0'))
            return false;
    }
    return true;
}

static void assert_sentences(const struct es_rule *rule, const char *const *sentences)
{
    if (!sentences || !*sentences)
        fail_msg("%s lacks a list", rule->id);
    for (; *sentences; sentences++)
        assert_true(is_said(*sentences));
}

static void every_rule_says_all_that_it_should(void **state)
{
    (void)state;
    assert_true(es_rule_count() > 0);
    for (size_t i = 0; i < es_rule_count(); i++) {
        const struct es_rule *rule = es_rule_at(i);
        assert_non_null(rule);
        assert_true(is_said(rule->id));
        if (!is_said(rule->title) || !is_said(rule->explanation) || !is_said(rule->reference))
            fail_msg("%s lacks a text", rule->id);
        assert_int_not_equal(rule->title[strlen(rule->title) - 1], '.');
        assert_int_equal(rule->explanation[strlen(rule->explanation) - 1], '.');
        assert_non_null(strstr(rule->reference, "RFC "));
        assert_true(rule->severity <= ES_SEVERITY_ERROR);
        assert_true(rule->on_tunnel || rule->on_model);
        assert_sentences(rule, rule->causes);
        assert_sentences(rule, rule->checks);
    }
    assert_null(es_rule_at(es_rule_count()));
}

static void ids_are_unique_and_kebab_case(void **state)
{
    (void)state;
    for (size_t i = 0; i < es_rule_count(); i++) {
        const struct es_rule *rule = es_rule_at(i);
        if (!is_kebab_case(rule->id))
            fail_msg("%s is not kebab-case", rule->id);
        /* The first with this id is found: a second one would not be itself. */
        assert_ptr_equal(es_rule_find(rule->id), rule);
    }
    assert_null(es_rule_find("no-such-rule"));
    assert_null(es_rule_find(""));
}

static void roots_exist_and_are_others(void **state)
{
    (void)state;
    for (size_t i = 0; i < es_rule_count(); i++) {
        const struct es_rule *rule = es_rule_at(i);
        for (const char *const *id = rule->roots; id && *id; id++) {
            const struct es_rule *root = es_rule_find(*id);
            if (!root)
                fail_msg("%s hangs below %s, which does not exist", rule->id, *id);
            assert_ptr_not_equal(root, rule);
            /* No two hang below each other. */
            for (const char *const *back = root->roots; back && *back; back++)
                assert_string_not_equal(*back, rule->id);
        }
    }
}

static void what_is_promised_is_there(void **state)
{
    (void)state;
    static const char *const promised[] = {
        "esp-one-way",
        "spi-mismatch-after-rekey",
        "stale-spi-after-delete",
        "invalid-spi-notify",
        "unknown-spi",
        "natt-in-use",
        "natt-forced",
        "nat-without-natt",
        "dpd-unanswered",
        "ike-no-response",
        "ike-proposal-mismatch",
        "ike-dh-group-retry",
        "ike-dh-group-loop",
        "ikev1-mode-mismatch",
        "peer-id-mismatch",
        "cert-failure",
        "cert-clock-skew",
        "sighash-mismatch",
        "ppk-mismatch",
        "eap-failed",
        "eap-stalled",
        "xauth-failed",
        "modecfg-failed",
        "address-assignment-failed",
        "pq-intermediate-failed",
        "pq-absent",
        "session-resumption",
        "resumption-rejected",
        "childless",
        "redirected",
        "redirect-loop",
        "capture-one-sided",
        "ike-protocol-error",
        "auth-failed",
        "peer-dead-esp-continues",
    };
    for (size_t i = 0; i < ES_COUNT(promised); i++) {
        if (!es_rule_find(promised[i]))
            fail_msg("%s is missing", promised[i]);
    }
    assert_int_equal(es_rule_find("natt-in-use")->severity, ES_SEVERITY_NOTE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rule_says_all_that_it_should),
        cmocka_unit_test(ids_are_unique_and_kebab_case),
        cmocka_unit_test(roots_exist_and_are_others),
        cmocka_unit_test(what_is_promised_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
