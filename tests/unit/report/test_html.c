/*
 * The HTML page: hostile text does nothing, tags are balanced, links lead somewhere, and what is
 * too much is folded, with what is wrong before what is not.
 */
#include "unit.h"

#include "dialogue.h"
#include "html.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

static void expect_text(const char *chars, size_t count, const char *wanted)
{
    struct es_text out;
    es_text_init(&out);
    es_html_text_bytes(&out, chars, count);
    assert_string_equal(es_text_chars(&out), wanted);
    es_text_fini(&out);
}

static void what_html_obeys_is_shown_as_characters(void **state)
{
    static const struct {
        const char *chars, *wanted;
    } cases[] = {
        {"plain: 192.0.2.1",            "plain: 192.0.2.1"                               },
        {"<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"},
        {"\" onload=\"x",               "&quot; onload=&quot;x"                          },
        {"&lt;",                        "&amp;lt;"                                       },
        {"a\x1b[31mb\nc",               "a\\x1b[31mb\\x0ac"                              },
        {"\xc3\x28",                    "\\xc3("                                         },
        {"Gr\xc3\xb6\xc3\x9f"
         "e",                  "Gr\xc3\xb6\xc3\x9f"
         "e"                                                       },
        {"\xe2\x80\xae"
         "exe\xe2\x81\xa6",    "\\u202eexe\\u2066"                              },
        {"\xe2\x86\x94",                "\xe2\x86\x94"                                   },
        {"\xe2\x80",                    "\\xe2\\x80"                                     },
        {"",                            ""                                               },
    };
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++)
        expect_text(cases[i].chars, strlen(cases[i].chars), cases[i].wanted);
    expect_text("a\0<", 3, "a\\x00&lt;");
}

static void every_byte_comes_out_harmless(void **state)
{
    (void)state;
    for (int first = 0; first < 256; first++) {
        for (int second = 0; second < 256; second++) {
            const char pair[2] = {(char)first, (char)second};
            struct es_text out;
            es_text_init(&out);
            es_html_text_bytes(&out, pair, sizeof(pair));
            assert_null(strpbrk(es_text_chars(&out), "<>\"'"));
            for (size_t i = 0; i < out.length; i++)
                assert_false(iscntrl((unsigned char)out.chars[i]));
            es_text_fini(&out);
        }
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    char chars[ES_HTML_TEXT_MAX + 100];
    for (size_t i = 0; i + 1 < sizeof(chars); i += 2)
        memcpy(chars + i, "\xc3\xa4", 2);
    for (size_t shift = 0; shift < 2; shift++) {
        struct es_text out;
        es_text_init(&out);
        es_html_text_bytes(&out, chars + 2 - shift * 2, sizeof(chars) - 2);
        assert_true(out.length <= ES_HTML_TEXT_MAX + 3);
        assert_null(strstr(es_text_chars(&out), "\\x"));
        assert_string_equal(out.chars + out.length - 3, "\u2026");
        es_text_fini(&out);
    }
}

static void a_sentence_gets_its_capital_and_a_name_keeps_its_own(void **state)
{
    static const char *const cases[][2] = {
        {"nothing came back", "Nothing came back"},
        {"eth0 is down",      "eth0 is down"     },
        {"192.0.2.1 asks",    "192.0.2.1 asks"   },
        {"a <b>",             "A &lt;b&gt;"      },
        {"",                  ""                 },
    };
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct es_text out;
        es_text_init(&out);
        es_html_sentence(&out, cases[i][0]);
        assert_string_equal(es_text_chars(&out), cases[i][1]);
        es_text_fini(&out);
    }
}

/* --- whole pages --- */

static const struct es_decoder_counts counts = {.frames = 1234, .ike = 12, .malformed = 3};

static struct es_text page_of(struct scene *scene)
{
    struct es_text page;
    scene_diagnose(scene);
    const struct es_report report = {
        .model = scene_model(scene),
        .diagnosis = scene->diagnosis,
        .counts = &counts,
        .utc = true,
    };
    es_text_init(&page);
    assert_true(es_report_html(&report, &page));
    return page;
}

static size_t count_of(const struct es_text *page, const char *what)
{
    size_t count = 0;
    for (const char *at = es_text_chars(page); (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

static bool is_void(const char *name)
{
    static const char *const names[] = {"meta", "br", "input", "!DOCTYPE"};
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        if (strcmp(names[i], name) == 0)
            return true;
    }
    return false;
}

/* Every element that begins ends, and the one that began last ends first. */
static void expect_balance(const struct es_text *page)
{
    enum { DEEP = 64 };
    char open[DEEP][16];
    size_t depth = 0;
    const char *at = es_text_chars(page);
    while ((at = strchr(at, '<'))) {
        char name[16];
        const bool ends = at[1] == '/';
        assert_int_equal(sscanf(at + 1 + ends, "%15[!A-Za-z0-9]", name), 1);
        const char *close = strchr(at, '>');
        assert_non_null(close);
        if (ends) {
            assert_true(depth > 0);
            assert_string_equal(open[--depth], name);
        } else if (!is_void(name) && close[-1] != '/') {
            assert_true(depth < DEEP);
            memcpy(open[depth++], name, sizeof(name));
        }
        /* What stands in these is no markup. */
        at = strcmp(name, "style") == 0 && !ends    ? strstr(at, "</style>")
             : strcmp(name, "script") == 0 && !ends ? strstr(at, "</script>")
                                                    : close;
    }
    assert_int_equal(depth, 0);
}

/* Whatever begins with "#" in a link is the id of something. */
static void expect_links(const struct es_text *page)
{
    const char *at = es_text_chars(page);
    while ((at = strstr(at, "href=\"#"))) {
        char id[64];
        char wanted[80];
        assert_int_equal(sscanf(at, "href=\"#%63[^\"]", id), 1);
        snprintf(wanted, sizeof(wanted), " id=\"%s\"", id);
        assert_non_null(strstr(es_text_chars(page), wanted));
        at++;
    }
}

static void an_empty_capture_makes_a_page(void **state)
{
    struct scene *scene = *state;
    struct es_text page = page_of(scene);
    assert_non_null(strstr(page.chars, "Nothing wrong was found."));
    assert_non_null(strstr(page.chars, "1,234 packets"));
    assert_non_null(strstr(page.chars, "3 packets have a header that lies"));
    assert_null(strstr(page.chars, "{{"));
    expect_balance(&page);
    expect_links(&page);
    es_text_fini(&page);
}

/* The peer is gone, and is sent to. */
static void tell_of_a_dead_peer(struct scene *scene)
{
    struct dialogue dialogue = dialogue_of(scene, A, 1, &suite_gcm);
    dialogue_establish(&dialogue);
    scene_talk(scene, 0xa1, 0xb1, 1, 50, 200);
    scene_stream(scene, A, 0xa1, 51, 100, 200);
    dialogue_ask_in_vain(&dialogue, A, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, 5, 4);
    scene_last_until(scene, 120);
}

static void a_finding_is_a_card_with_its_proof(void **state)
{
    struct scene *scene = *state;
    tell_of_a_dead_peer(scene);
    struct es_text page = page_of(scene);
    const struct es_finding *f = es_diagnosis_findings(scene->diagnosis);
    char card[160];
    assert_int_equal(f->severity, ES_SEVERITY_ERROR);
    snprintf(card, sizeof(card),
             "<article class=\"finding\" id=\"finding-1\" data-id=\"%s\" data-severity=\"error\"",
             f->rule->id);
    assert_non_null(strstr(page.chars, card));
    assert_int_equal(count_of(&page, "<article class=\"finding\""), 1);
    assert_true(count_of(&page, "class=\"packet\"") >= f->evidence_count);
    assert_true(count_of(&page, "href=\"#tunnel-1\"") >= 2);
    assert_int_equal(count_of(&page, "<section class=\"tunnel\" id=\"tunnel-1\""), 1);
    assert_non_null(strstr(page.chars, "0x000000a1"));
    assert_null(strstr(page.chars, "{{"));
    expect_balance(&page);
    expect_links(&page);
    es_text_fini(&page);
}

static void evidence_leads_to_the_packet_where_it_is_shown(void **state)
{
    (void)state;
    const struct es_tunnel tunnel = {.number = 7};
    const struct es_report report = {0};
    const struct es_packet_ref shown = {.number = 12};
    const struct es_packet_ref other = {.number = 13};
    struct es_text out;
    es_text_init(&out);
    struct es_html html = {.out = &out, .report = &report, .tunnel = &tunnel};
    es_text_init(&html.words);
    es_html_section_id(&html, &tunnel);
    es_html_packet_id(&html, &shown);
    assert_string_equal(out.chars, "tunnel-7packet-7-12");
    es_html_sort_links(&html);
    es_text_clear(&out);
    es_html_packet_link(&html, &tunnel, &shown);
    es_html_packet_link(&html, &tunnel, &other);
    es_html_packet_link(&html, NULL, &shown);
    assert_string_equal(out.chars, "<a class=\"packet\" href=\"#packet-7-12\">#12</a>"
                                   "<a class=\"packet\" href=\"#timeline-7\">#13</a>"
                                   "<span class=\"packet\">#12</span>");
    es_text_fini(&out);
    es_text_fini(&html.words);
    free(html.anchors);
}

/* More tunnels than have room, and only the last one is broken. */
static void of_many_tunnels_the_broken_one_is_shown(void **state)
{
    enum { MANY = ES_HTML_SECTIONS_MAX + 40 };
    struct scene *scene = *state;
    for (unsigned i = 0; i < MANY; i++) {
        char peer[32];
        snprintf(peer, sizeof(peer), "198.51.100.%u", i + 1);
        scene->peers[B] = (struct scene_endpoint){scene_address(peer), 500};
        struct dialogue dialogue = dialogue_of(scene, A, (uint8_t)(i + 1), &suite_gcm);
        dialogue.spi[0] = 0x1000 + i;
        dialogue.spi[1] = 0x2000 + i;
        if (i + 1 < MANY) {
            dialogue_establish(&dialogue);
            continue;
        }
        const struct wire init = dialogue_init(&dialogue, 0);
        for (int copy = 0; copy < 5; copy++) {
            scene_ike(scene, A, &init);
            scene_pause(scene, 4);
        }
    }
    scene_last_until(scene, 600);
    struct es_text page = page_of(scene);
    char section[64];
    snprintf(section, sizeof(section), "<section class=\"tunnel\" id=\"tunnel-%d\"", MANY);
    const char *broken = strstr(page.chars, section);
    assert_non_null(broken);
    assert_ptr_equal(broken, strstr(page.chars, "<section class=\"tunnel\""));
    assert_int_equal(count_of(&page, "<section class=\"tunnel\""), ES_HTML_SECTIONS_MAX);
    assert_non_null(strstr(page.chars, "40 more tunnels are not shown below"));
    assert_int_equal(count_of(&page, "<tr data-severity="), MANY);
    expect_balance(&page);
    expect_links(&page);
    es_text_fini(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_html_obeys_is_shown_as_characters),
        cmocka_unit_test(every_byte_comes_out_harmless),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(a_sentence_gets_its_capital_and_a_name_keeps_its_own),
        scene_test(an_empty_capture_makes_a_page),
        scene_test(a_finding_is_a_card_with_its_proof),
        cmocka_unit_test(evidence_leads_to_the_packet_where_it_is_shown),
        scene_test(of_many_tunnels_the_broken_one_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
