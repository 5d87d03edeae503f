/*
 * Markdown: what a capture says neither formats nor links, and what is too much is folded.
 */
#include "unit.h"

#include "dialogue.h"
#include "markdown.h"

#include <stdlib.h>

#define APART "&#8203;"

static void what_would_format_or_link_is_shown_as_characters(void **state)
{
    static const char *const cases[][2] = {
        {"plain: 192.0.2.1",   "plain: 192.0.2.1"                         },
        {"*a* _b_ ~c~ `d`",    "\\*a\\* \\_b\\_ \\~" APART "c\\~ \\`d\\`" },
        {"[a](b) ![c](d)",     "\\[a\\](b) !\\[c\\](d)"                   },
        {"<b>&lt;</b>",        "&lt;b&gt;&amp;" APART "lt;&lt;/b&gt;"     },
        {"a|b\\|c",            "a\\|b\\\\\\|c"                            },
        {"$x$",                "&#36;" APART "x&#36;"                     },
        {"@all #12 a@b.c",     "@" APART "all #" APART "12 a@" APART "b.c"},
        {"# not a heading",    "\\# not a heading"                        },
        {"- no list",          "\\- no list"                              },
        {"1 - 2",              "1 - 2"                                    },
        {"http://x WWW.x w.x", "http:" APART "//x WWW" APART ".x w.x"     },
        {"a\nb\tc",            "a b c"                                    },
        {"",                   ""                                         },
    };
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_text out;
        es_text_init(&out);
        es_markdown_text(&out, cases[i][0]);
        assert_string_equal(es_text_chars(&out), cases[i][1]);
        es_text_fini(&out);
    }
}

static void code_is_fenced_by_more_than_it_holds(void **state)
{
    static const char *const cases[][2] = {
        {"a || b", "`a || b`"  },
        {"a`b",    "`` a`b ``" },
        {"``",     "``` `` ```"},
        {"a\nb",   "`a b`"     },
    };
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_text out;
        es_text_init(&out);
        es_markdown_code(&out, cases[i][0]);
        assert_string_equal(es_text_chars(&out), cases[i][1]);
        es_text_fini(&out);
    }
}

static const struct es_decoder_counts counts = {.frames = 1234, .ike = 12};

static char *report_of(struct scene *scene, bool quiet)
{
    char *written;
    size_t size;
    scene_diagnose(scene);
    const struct es_report report = {
        .model = scene_model(scene),
        .diagnosis = scene->diagnosis,
        .counts = &counts,
        .utc = true,
        .quiet = quiet,
    };
    FILE *out = open_memstream(&written, &size);
    assert_non_null(out);
    assert_true(es_report_markdown(&report, out));
    fclose(out);
    return written;
}

static void an_empty_capture_has_a_verdict_and_no_ladder(void **state)
{
    char *text = report_of(*state, false);
    assert_int_equal(strncmp(text, "**Verdict:** ", 13), 0);
    assert_non_null(strstr(text, "**Capture:** 1,234 packets"));
    assert_null(strstr(text, "mermaid"));
    assert_null(strstr(text, "## Tunnels"));
    free(text);
}

/* So many tunnels to peers that are gone. */
static void tell_of_dead_peers(struct scene *scene, unsigned tunnels)
{
    for (unsigned i = 0; i < tunnels; i++) {
        char peer[32];
        snprintf(peer, sizeof(peer), "198.51.100.%u", i + 1);
        scene->peers[B] = (struct scene_endpoint){scene_address(peer), 500};
        struct dialogue dialogue = dialogue_of(scene, A, (uint8_t)(i + 1), &suite_gcm);
        dialogue.spi[0] = 0x1000 + i;
        dialogue.spi[1] = 0x2000 + i;
        dialogue_establish(&dialogue);
        dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 4);
    }
    scene_last_until(scene, 120 + 60 * tunnels);
}

static void a_finding_has_its_heading_facts_and_proof(void **state)
{
    struct scene *scene = *state;
    tell_of_dead_peers(scene, 1);
    char *text = report_of(scene, true);
    const struct es_finding *f = es_diagnosis_findings(scene->diagnosis);
    char heading[256];
    snprintf(heading, sizeof(heading), "\n## Error: %s\n\n`%s`, tunnel 1: ", f->rule->title,
             f->rule->id);
    assert_non_null(strstr(text, heading));
    assert_non_null(strstr(text, "\n- **Look at:** 198.51.100.1 (responder)\n"));
    size_t rows = 0;
    for (const char *at = text; (at = strstr(at, "\n| ")); at++)
        rows++;
    assert_int_equal(rows, 1 + f->evidence_count);
    assert_null(strstr(text, "## Tunnel"));
    free(text);
}

static void of_many_findings_as_many_are_shown_as_a_comment_holds(void **state)
{
    enum { COMMENT_MAX = 65536, MANY = 200 };
    struct scene *scene = *state;
    tell_of_dead_peers(scene, MANY);
    char *text = report_of(scene, false);
    assert_in_range(strlen(text), COMMENT_MAX / 4, COMMENT_MAX);
    assert_non_null(strstr(text, " more findings not shown: --json lists all\n"));
    assert_non_null(strstr(text, "\n170 more not shown: --tunnel N shows one\n"));
    assert_non_null(strstr(text, "\nMore tunnels have findings: "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_format_or_link_is_shown_as_characters),
        cmocka_unit_test(code_is_fenced_by_more_than_it_holds),
        scene_test(an_empty_capture_has_a_verdict_and_no_ladder),
        scene_test(a_finding_has_its_heading_facts_and_proof),
        scene_test(of_many_findings_as_many_are_shown_as_a_comment_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
