/*
 * Words and forms that the writers share.
 */
#include "unit.h"

#include "wording.h"

static void says(struct es_text *text, const char *expected)
{
    assert_string_equal(es_text_chars(text), expected);
    es_text_clear(text);
}

static void a_number_gets_its_noun_in_the_right_form(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    es_text_add_things(&text, 0, "packet");
    says(&text, "0 packets");
    es_text_add_things(&text, 1, "packet");
    says(&text, "1 packet");
    es_text_add_things(&text, 1234, "packet");
    says(&text, "1,234 packets");
    es_text_fini(&text);
}

static void a_packet_of_the_only_file_is_a_number(void **state)
{
    (void)state;
    struct es_text text;
    es_text_init(&text);
    es_text_add_packet(&text, NULL, &(struct es_packet_ref){.number = 12});
    says(&text, "#12");
    es_text_fini(&text);
}

static void a_long_capture_needs_the_day(void **state)
{
    (void)state;
    const es_time start = INT64_C(1700000000) * ES_SECOND;
    struct es_model model = {.started = true, .first = {.time = start}};
    const struct es_report report = {.model = &model, .utc = true};
    struct es_text text;
    es_text_init(&text);
    model.last.time = start + 3600 * ES_SECOND;
    es_text_add_moment(&text, &report, start);
    says(&text, "22:13:20.000");
    model.last.time = start + 86400 * ES_SECOND;
    es_text_add_moment(&text, &report, start);
    says(&text, "11-14 22:13:20.000");
    es_text_fini(&text);
}

static void a_tunnel_has_an_encapsulation_once_esp_was_seen(void **state)
{
    (void)state;
    struct es_tunnel tunnel = {0};
    assert_null(es_tunnel_encapsulation_name(&tunnel));
    tunnel.esp_tcp = true;
    assert_string_equal(es_tunnel_encapsulation_name(&tunnel), "tcp");
    tunnel.esp_raw = true;
    assert_string_equal(es_tunnel_encapsulation_name(&tunnel), "mixed");
}

static void every_state_has_its_word(void **state)
{
    (void)state;
    for (int i = ES_TUNNEL_NEGOTIATING; i <= ES_TUNNEL_UNKNOWN; i++)
        assert_non_null(es_tunnel_state_name((enum es_tunnel_state)i));
    for (int i = ES_IKE_SA_NEGOTIATING; i <= ES_IKE_SA_UNKNOWN; i++)
        assert_non_null(es_ike_sa_state_name((enum es_ike_sa_state)i));
    assert_string_equal(es_nat_name(ES_NO), "none");
    assert_string_equal(es_mode_name(2), "main");
    assert_null(es_mode_name(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_gets_its_noun_in_the_right_form),
        cmocka_unit_test(a_packet_of_the_only_file_is_a_number),
        cmocka_unit_test(a_long_capture_needs_the_day),
        cmocka_unit_test(a_tunnel_has_an_encapsulation_once_esp_was_seen),
        cmocka_unit_test(every_state_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
