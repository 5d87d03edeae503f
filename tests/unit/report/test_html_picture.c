/*
 * The timeline and the ladder of the HTML page: that they show what happened, where it happened,
 * and no more than there is room for.
 */
#include "unit.h"

#include "dialogue.h"
#include "html_timeline.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

static struct scene *open_stage(void)
{
    static struct scene scene;
    struct es_chronicle *chronicle = es_chronicle_new(NULL);
    assert_non_null(chronicle);
    scene = scene_open_with(&(struct es_tracker_options){
        .seed = {1,          2   },
          .events = { es_chronicle_event, chronicle, NULL}
    });
    scene.chronicle = chronicle;
    return &scene;
}

static int setup(void **state)
{
    *state = open_stage();
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    es_chronicle_free(scene->chronicle);
    scene_close(scene);
    return 0;
}

#define stage_test(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

static struct es_text page_of(struct scene *scene)
{
    static const struct es_decoder_counts counts = {.frames = 1};
    struct es_text page;
    scene_diagnose(scene);
    es_chronicle_finish(scene->chronicle, scene_model(scene));
    const struct es_report report = {
        .model = scene_model(scene),
        .chronicle = scene->chronicle,
        .diagnosis = scene->diagnosis,
        .counts = &counts,
        .utc = true,
    };
    es_text_init(&page);
    assert_true(es_report_html(&report, &page));
    return page;
}

static size_t count_of(const char *chars, const char *what)
{
    size_t count = 0;
    for (const char *at = chars; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

/* Of the page from the first `begin` on; NULL: there is none. */
static const char *part(const struct es_text *page, const char *begin)
{
    return strstr(es_text_chars(page), begin);
}

/* The least and the greatest x of the paths of a class whose title begins like that. */
static bool reach(const struct es_text *page, const char *title, double *least, double *most)
{
    const char *at = es_text_chars(page);
    bool found = false;
    *least = 1e9;
    *most = 0;
    while ((at = strstr(at, "<path class=\"rate\" d=\""))) {
        const char *close = strchr(at, '>');
        const char *name = close + strlen("<title>") + 1;
        const char *c = at + strlen("<path class=\"rate\" d=\"");
        at = close;
        if (strncmp(name, title, strlen(title)) != 0)
            continue;
        found = true;
        for (; *c != '"'; c++) {
            if (*c != 'M' && *c != 'H')
                continue;
            const double x = strtod(c + 1, NULL);
            *least = x < *least ? x : *least;
            *most = x > *most ? x : *most;
        }
    }
    return found;
}

/* --- the timeline --- */

static void a_direction_that_stops_is_seen_to_stop(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    double least;
    double most;
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 20, 500);
    scene_stream(scene, A, 0xa1, 21, 60, 500);
    struct es_text page = page_of(scene);
    assert_true(reach(&page, "192.0.2.1: SPI 0x000000a1", &least, &most));
    assert_true(least < ES_PICTURE_LEFT + 20);
    assert_true(most > ES_PICTURE_RIGHT - 20);
    assert_true(reach(&page, "198.51.100.2: SPI 0x000000b1", &least, &most));
    assert_true(least < ES_PICTURE_LEFT + 20);
    const double quarter = (ES_PICTURE_RIGHT - ES_PICTURE_LEFT) / 4.0;
    assert_in_range((unsigned)most, (unsigned)(ES_PICTURE_LEFT + quarter - 20),
                    (unsigned)(ES_PICTURE_LEFT + quarter + 30));
    const char *mark = part(&page, "class=\"mark error\" data-id=\"esp-one-way\"");
    assert_non_null(mark);
    assert_non_null(strstr(mark, "href=\"#finding-1\""));
    es_text_fini(&page);
}

static void a_rekey_is_linked_and_a_stale_spi_underlined(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 20, 500);
    dialogue_rekey_child(&dialogue, A);
    dialogue_delete_child(&dialogue, A);
    scene_pause(scene, 1);
    for (uint32_t i = 1; i <= 60; i++) {
        scene_stream(scene, A, 0xa2, i, 1, 250);
        scene_stream(scene, B, 0xb1, 20 + i, 1, 250);
    }
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "<path class=\"rekey\" d="));
    assert_non_null(part(&page, "<path class=\"ended\" d="));
    assert_non_null(part(&page, "<path class=\"stale\" d="));
    assert_non_null(part(&page, "after its SA was deleted"));
    assert_int_equal(count_of(page.chars, "<pattern id=\"fill-1-"), 2);
    assert_non_null(part(&page, "2 Child SAs (1 deleted)"));
    es_text_fini(&page);
}

static void what_nobody_answered_is_crossed_out(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    dialogue_dpd(&dialogue, A);
    struct es_text before = page_of(scene);
    assert_null(part(&before, " in-vain\""));
    assert_null(part(&before, "<em class=\"bad\">"));
    es_text_fini(&before);
    dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 4);
    scene_last_until(scene, 60);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "<path class=\"glyph ike-checks in-vain\" d="));
    assert_non_null(part(&page, "<path class=\"glyph ike-checks again\" d="));
    assert_non_null(part(&page, "never answered, sent 5 times"));
    assert_int_equal(count_of(page.chars, " unanswered"),
                     1 + count_of(page.chars, "(1 unanswered"));
    es_text_fini(&page);
}

static void a_refusal_is_told_from_an_answer(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    struct wire offer = dialogue_init(&dialogue, 0);
    scene_ike(scene, A, &offer);
    struct wire reply = dialogue_clear_notify(&dialogue, ES_IKE_EXCHANGE_IKE_SA_INIT, 0, 0,
                                              ES_IKE_NOTIFY_NO_PROPOSAL_CHOSEN, 0);
    scene_ike(scene, B, &reply);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "<li class=\"message left ike-begins refuses cited\""));
    assert_non_null(part(&page, "<path class=\"glyph ike-begins refuses\" d="));
    assert_null(part(&page, " in-vain\""));
    es_text_fini(&page);
}

/* The first IP fragment comes alone, then the message as a whole: it is one request. */
static void a_request_in_pieces_is_one_that_was_answered(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_agree(&dialogue);
    struct wire request = dialogue_request(&dialogue, A, ES_IKE_EXCHANGE_IKE_AUTH, 1600);
    struct wire reply = dialogue_reply(&dialogue, &request, INNER_AUTH);
    scene_ike_first_fragment(scene, A, &request);
    scene_ike(scene, A, &request);
    scene_ike(scene, B, &reply);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "IP fragment: the first "));
    assert_null(part(&page, "<em class=\"bad\">never answered"));
    assert_null(part(&page, " refuses\" data-packet="));
    es_text_fini(&page);
}

static void a_move_stands_on_the_timeline(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    scene_float(scene);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 20, 500);
    scene->peers[A].port = 40001;
    scene_talk(scene, 0xa1, 0xb1, 21, 20, 500);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "<path class=\"moved\" d="));
    assert_non_null(part(&page, "now at 192.0.2.1:40001</title>"));
    es_text_fini(&page);
}

static void marks_are_the_faults_of_the_tunnel(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 50, 200);
    scene_stream(scene, A, 0xa1, 51, 100, 200);
    dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 4);
    scene_last_until(scene, 120);
    struct es_text page = page_of(scene);
    size_t faults = 0;
    for (const struct es_finding *f = es_diagnosis_findings(scene->diagnosis); f; f = f->next) {
        if (f->rule->category != ES_CATEGORY_FAULT || !f->tunnel)
            continue;
        char mark[128];
        snprintf(mark, sizeof(mark), "class=\"mark %s\" data-id=\"%s\"",
                 es_severity_name(f->severity), f->rule->id);
        assert_int_equal(count_of(page.chars, mark), 1);
        faults++;
    }
    assert_true(faults > 0);
    assert_int_equal(count_of(page.chars, "class=\"mark "), faults);
    es_text_fini(&page);
}

static void coordinates_are_short_and_have_points(void **state)
{
    static const struct {
        double number;
        const char *wanted;
    } cases[] = {
        {0,     "0"   },
        {12.04, "12"  },
        {12.05, "12.1"},
        {0.5,   "0.5" },
        {-0.5,  "-0.5"},
        {-3,    "-3"  },
        {960,   "960" },
    };
    (void)state;
    setlocale(LC_ALL, "de_DE.UTF-8");
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_text text;
        es_text_init(&text);
        es_picture_add(&text, cases[i].number);
        assert_string_equal(es_text_chars(&text), cases[i].wanted);
        es_text_fini(&text);
    }
    setlocale(LC_ALL, "C");
}

/* Whatever a capture holds, a picture stays a picture. */
static void thousands_of_flows_are_summed_up(void **state)
{
    enum { FLOWS = 4000 };
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    for (uint32_t i = 0; i < FLOWS; i++) {
        for (uint32_t k = 1; k <= 3; k++) {
            scene_esp(scene, A, 0x1000 + i, k);
            scene_esp(scene, B, 0x900000 + i, k);
        }
    }
    struct es_text page = page_of(scene);
    assert_true(page.length < 400000);
    assert_true(count_of(page.chars, "<path class=\"sa\"") <=
                ES_PICTURE_CHILDREN + ES_PICTURE_IKE_SAS);
    assert_non_null(part(&page, " older Child SAs are not drawn"));
    assert_non_null(part(&page, " more SPIs</li>"));
    assert_non_null(part(&page, "SAs that have no bar of their own"));
    assert_non_null(part(&page, "; the ends of "));
    es_text_fini(&page);
}

/* --- the ladder --- */

static void rungs_are_in_order_and_have_one_id_each(void **state)
{
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 5, 500);
    dialogue_rekey_child(&dialogue, B);
    dialogue_dpd(&dialogue, B);
    struct es_text page = page_of(scene);
    unsigned long before = 0;
    size_t rungs = 0;
    for (const char *at = page.chars; (at = strstr(at, " data-packet=\"")); rungs++) {
        at += strlen(" data-packet=\"");
        const unsigned long number = strtoul(at, NULL, 10);
        char id[64];
        assert_true(number > before);
        before = number;
        snprintf(id, sizeof(id), " id=\"packet-1-%lu\"", number);
        assert_int_equal(count_of(page.chars, id), 1);
    }
    assert_int_equal(rungs, 8);
    assert_non_null(part(&page, "<li class=\"happening good\">"));
    assert_non_null(part(&page, "aria-label=\"198.51.100.2 to 192.0.2.1\""));
    es_text_fini(&page);
}

static void a_row_of_checks_is_closed_and_says_what_it_holds(void **state)
{
    enum { CHECKS = 20 };
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    for (int i = 0; i < CHECKS; i++) {
        scene_pause(scene, 4);
        dialogue_dpd(&dialogue, A);
    }
    struct es_text page = page_of(scene);
    const char *fold = part(&page, "<li class=\"fold\"><details><summary>");
    assert_non_null(fold);
    assert_non_null(strstr(fold, " messages, all liveness checks and their answers, <time"));
    assert_int_equal(count_of(page.chars, " data-packet=\""), 4 + 2 * CHECKS);
    es_text_fini(&page);
}

static void of_thousands_of_messages_the_rest_is_folded(void **state)
{
    enum { CHECKS = 5000, TUNNEL_BYTES = 300000 };
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    for (int i = 0; i < CHECKS; i++) {
        scene_pause(scene, 4);
        dialogue_dpd(&dialogue, A);
    }
    dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 4);
    scene_last_until(scene, 4 * CHECKS + 100);
    struct es_text page = page_of(scene);
    assert_true(page.length < TUNNEL_BYTES);
    assert_true(count_of(page.chars, " data-packet=\"") <= 200);
    assert_non_null(part(&page, "<li class=\"fold\"><p>\u2026 "));
    assert_non_null(part(&page, "10,009 messages, "));
    assert_non_null(part(&page, "<g class=\"folded\">"));
    /* What the findings name stands in the ladder, and its name leads there. */
    const struct es_finding *f = es_diagnosis_findings(scene->diagnosis);
    assert_string_equal(f->rule->id, "dpd-unanswered");
    for (size_t i = 0; i < f->evidence_count; i++) {
        char id[64];
        snprintf(id, sizeof(id), " id=\"packet-1-%llu\"",
                 (unsigned long long)f->evidence[i].ref.number);
        assert_non_null(part(&page, id));
    }
    es_text_fini(&page);
}

static void what_was_not_kept_is_not_said_to_be_absent(void **state)
{
    struct scene *scene = *state;
    struct es_chronicle *chronicle = scene->chronicle;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    scene->chronicle = es_chronicle_new(NULL);
    scene_talk(scene, 0xa1, 0xb1, 1, 5, 500);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "None of them in this capture."));
    es_text_fini(&page);
    es_chronicle_free(scene->chronicle);
    scene->chronicle = NULL;
    dialogue_establish(&dialogue);
    scene->chronicle = es_chronicle_new(NULL);
    page = page_of(scene);
    assert_non_null(part(&page, "4 IKE messages (not kept"));
    assert_non_null(part(&page, "Not kept: there were too many tunnels."));
    es_text_fini(&page);
    es_chronicle_free(scene->chronicle);
    scene->chronicle = chronicle;
}

static void foreign_text_is_harmless_in_a_rung(void **state)
{
    static const char hostile[] = "</pre><script>alert(1)</script>\"'&\n\033[31m";
    struct scene *scene = *state;
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    uint8_t identity[8 + sizeof(hostile) - 1] = {ES_IKE_ID_FQDN};
    memcpy(identity + 4, hostile, sizeof(hostile) - 1);
    dialogue_agree(&dialogue);
    const struct dialogue_part parts[] = {
        {ES_IKE_PAYLOAD_IDI, identity, sizeof(identity) - 4}
    };
    struct wire wire = dialogue_opened(&dialogue, A, ES_IKE_EXCHANGE_IKE_AUTH, false, 0, parts, 1);
    scene_ike_opened(scene, A, &wire);
    struct es_text page = page_of(scene);
    assert_non_null(part(&page, "IDi(fqdn &lt;/pre&gt;&lt;script&gt;alert(1)"));
    assert_null(part(&page, "<script>alert"));
    assert_null(strchr(page.chars, '\033'));
    es_text_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        stage_test(a_direction_that_stops_is_seen_to_stop),
        stage_test(a_rekey_is_linked_and_a_stale_spi_underlined),
        stage_test(what_nobody_answered_is_crossed_out),
        stage_test(a_refusal_is_told_from_an_answer),
        stage_test(a_request_in_pieces_is_one_that_was_answered),
        stage_test(a_move_stands_on_the_timeline),
        stage_test(marks_are_the_faults_of_the_tunnel),
        cmocka_unit_test(coordinates_are_short_and_have_points),
        stage_test(thousands_of_flows_are_summed_up),
        stage_test(rungs_are_in_order_and_have_one_id_each),
        stage_test(a_row_of_checks_is_closed_and_says_what_it_holds),
        stage_test(of_thousands_of_messages_the_rest_is_folded),
        stage_test(what_was_not_kept_is_not_said_to_be_absent),
        stage_test(foreign_text_is_harmless_in_a_rung),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
