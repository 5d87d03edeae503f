/*
 * The text report's blocks: that they say what matters and keep to the page, whatever its width.
 */
#include "unit.h"

#include "text.h"

#include <stdlib.h>

static const char *const long_text =
    "nothing came back from 2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff for quite a while although "
    "packets kept going out, which is what this sentence has to say at some length";

static struct es_address address(uint8_t last)
{
    const uint8_t bytes[16] = {0x20, 0x01, 0x0d, 0xb8, 0xaa, 0xaa, 0xbb, 0xbb,
                               0xcc, 0xcc, 0xdd, 0xdd, 0xee, 0xee, 0xff, last};
    return es_address_v6(bytes);
}

/* A tunnel of one IKE SA and one Child SA with a flow that lasts four seconds of eight. */
struct scene {
    struct es_model model;
    struct es_tunnel tunnel;
    struct es_ike_sa sa;
    struct es_child_sa child;
    struct es_flow flows[2];
    struct es_report report;
};

static void set(struct scene *s)
{
    const es_time start = INT64_C(1700000000) * ES_SECOND;
    *s = (struct scene){0};
    s->model.first.time = start;
    s->model.last.time = start + 8 * ES_SECOND;
    s->report = (struct es_report){.model = &s->model, .utc = true};
    s->tunnel.number = 1;
    s->tunnel.ike_version = 2;
    s->tunnel.esp_udp = true;
    s->tunnel.peers[0] = (struct es_peer){.address = address(1), .port = 4500};
    s->tunnel.peers[1] = (struct es_peer){.address = address(2), .port = 4500};
    s->tunnel.ike_sas = &s->sa;
    s->tunnel.children = &s->child;
    s->tunnel.flows = &s->flows[0];
    s->sa = (struct es_ike_sa){.number = 1, .tunnel = &s->tunnel, .major = 2};
    s->child = (struct es_child_sa){.number = 1, .tunnel = &s->tunnel, .ike_sa = &s->sa};
    for (uint8_t side = 0; side < 2; side++) {
        const es_time end = start + (side ? 4 : 8) * ES_SECOND;
        s->flows[side] = (struct es_flow){
            .key = {.spi = 0xc0 + side, .protocol = 50},
            .number = 1,
            .side = side,
            .tunnel = &s->tunnel,
            .child = &s->child,
            .packets = 1234567,
            .bytes = 1234567,
            .first = {.number = 1,        .time = start },
            .last = {.number = 2,        .time = end   }
        };
        s->flows[side].timeline.start = start;
        s->flows[side].timeline.width = ES_SECOND;
        for (size_t i = 0; i < (side ? 4 : 8); i++)
            s->flows[side].timeline.counts[i] = 10;
        s->child.flows[side] = &s->flows[side];
    }
    s->flows[0].next_in_tunnel = &s->flows[1];
}

enum { WIDTHS = 3 };
static const unsigned widths[WIDTHS] = {40, 80, 120};

static char *written;
static size_t written_size;

static struct es_page open_page(unsigned width)
{
    struct es_page page;
    FILE *out = open_memstream(&written, &written_size);
    assert_non_null(out);
    es_page_init(&page, out, width, false);
    return page;
}

/* Everything written keeps to the width. */
static void close_page(struct es_page *page)
{
    const unsigned width = page->width;
    FILE *out = page->out;
    assert_true(es_page_fini(page));
    fclose(out);
    for (const char *line = written; *line;) {
        const size_t length = strcspn(line, "\n");
        assert_in_range(es_page_columns(line, length), 0, width);
        assert_true(length == 0 || line[length - 1] != ' ');
        line += length + 1;
    }
}

static void a_finding_says_all_of_it_within_the_page(void **state)
{
    (void)state;
    static const struct es_rule rule = {.id = "esp-one-way", .title = "ESP flows one way"};
    static const struct es_rule other = {.id = "dpd-unanswered", .title = "t"};
    for (size_t i = 0; i < WIDTHS; i++) {
        struct scene s;
        set(&s);
        struct es_finding hence = {.rule = &other,
                                   .summary = long_text,
                                   .evidence = {{{.number = 99}, "x"}},
                                   .evidence_count = 1};
        const struct es_finding finding = {
            .rule = &rule,
            .severity = ES_SEVERITY_ERROR,
            .confidence = ES_CONFIDENCE_CERTAIN,
            .summary = long_text,
            .tunnel = &s.tunnel,
            .has_peer = true,
            .peer = 1,
            .role = "responder",
            .first = s.flows[0].first,
            .last = s.flows[0].last,
            .count = 7,
            .evidence = {{{.number = 31}, long_text}},
            .evidence_count = 1,
            .checks = { long_text,                    "short"},
            .check_count = 2,
            .consequences = &hence
        };
        struct es_page page = open_page(widths[i]);
        es_text_write_finding(&page, &s.report, &finding);
        close_page(&page);
        assert_non_null(strstr(written, "ERROR       ESP flows one way"));
        assert_non_null(strstr(written, "When        22:13:20.000"));
        assert_non_null(strstr(written, "Confidence  certain"));
        assert_non_null(strstr(written, "Evidence    #31"));
        assert_non_null(strstr(written, "Look at     2001:db8:"));
        assert_non_null(strstr(written, "Hence       - dpd-unanswered:"));
        assert_non_null(strstr(written, "#99"));
        free(written);
    }
}

static void a_tunnel_says_all_of_it_within_the_page(void **state)
{
    (void)state;
    for (size_t i = 0; i < WIDTHS; i++) {
        struct scene s;
        set(&s);
        struct es_page page = open_page(widths[i]);
        es_text_write_tunnel(&page, &s.report, &s.tunnel);
        close_page(&page);
        assert_non_null(strstr(written, "Tunnel 1    [2001:db8:"));
        assert_non_null(strstr(written, "  IKE SA 1  "));
        assert_non_null(strstr(written, "  Child 1   of IKE SA 1"));
        assert_non_null(strstr(written, "-> ESP 0x000000c0"));
        assert_non_null(strstr(written, "<- ESP 0x000000c1"));
        free(written);
    }
}

static void sparklines_share_the_tunnels_time(void **state)
{
    (void)state;
    struct scene s;
    set(&s);
    struct es_page page = open_page(80);
    es_text_write_tunnel(&page, &s.report, &s.tunnel);
    close_page(&page);
    assert_non_null(strstr(written, "|########################|"));
    assert_non_null(strstr(written, "|############.           |"));
    free(written);
}

static void a_flow_of_one_moment_has_a_sparkline_too(void **state)
{
    (void)state;
    struct scene s;
    set(&s);
    s.tunnel.flows = &s.flows[1];
    s.child.flows[0] = NULL;
    s.flows[1].last = s.flows[1].first;
    s.flows[1].timeline = (struct es_timeline){.start = s.flows[1].first.time, .counts = {1}};
    struct es_page page = open_page(80);
    es_text_write_tunnel(&page, &s.report, &s.tunnel);
    close_page(&page);
    assert_non_null(strstr(written, "|#                       |"));
    free(written);
}

static void of_many_child_sas_the_newest_are_shown(void **state)
{
    (void)state;
    struct scene s;
    set(&s);
    struct es_child_sa children[20];
    for (uint32_t i = 0; i < ES_COUNT(children); i++) {
        children[i] = (struct es_child_sa){.number = 20 - i, .tunnel = &s.tunnel};
        if (i + 1 < ES_COUNT(children))
            children[i].next_in_tunnel = &children[i + 1];
    }
    children[1].withdrawn = true;
    s.tunnel.children = children;
    struct es_page page = open_page(80);
    es_text_write_tunnel(&page, &s.report, &s.tunnel);
    close_page(&page);
    assert_non_null(strstr(written, "Child 20"));
    assert_null(strstr(written, "Child 19"));
    assert_non_null(strstr(written, "Child 12"));
    assert_null(strstr(written, "Child 11"));
    assert_non_null(strstr(written, "11 older Child SAs not shown"));
    free(written);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_finding_says_all_of_it_within_the_page),
        cmocka_unit_test(a_tunnel_says_all_of_it_within_the_page),
        cmocka_unit_test(sparklines_share_the_tunnels_time),
        cmocka_unit_test(a_flow_of_one_moment_has_a_sparkline_too),
        cmocka_unit_test(of_many_child_sas_the_newest_are_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
