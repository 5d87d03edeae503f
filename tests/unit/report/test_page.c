/*
 * Wrapping: what a field looks like on the page.
 */
#include "unit.h"

#include "page.h"

#include <stdlib.h>

static char *written;
static size_t written_size;

static void shows(const struct es_page_row *field, const char *chars, unsigned width, bool color,
                  const char *expected)
{
    struct es_page page;
    FILE *out = open_memstream(&written, &written_size);
    assert_non_null(out);
    es_page_init(&page, out, width, color);
    es_text_add(&page.text, chars);
    es_page_row(&page, field);
    assert_true(es_page_fini(&page));
    fclose(out);
    assert_string_equal(written, expected);
    free(written);
}

static void a_short_text_stands_beside_its_label(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.label = "When"}, "now", 40, false, "When        now\n");
    shows(&(struct es_page_row){.indent = 2, .label = "When", .column = 8}, "now", 40, false,
          "  When  now\n");
}

static void a_long_label_pushes_its_text(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.label = "a very long label"}, "now", 40, false,
          "a very long label now\n");
}

static void words_wrap_under_the_text(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.label = "Check", .hang = 2},
          "- one two three four five six seven eight", 40, false,
          "Check       - one two three four five\n"
          "              six seven eight\n");
}

static void a_text_that_just_fits_stays(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.column = 30}, "0123456789", 40, false,
          "                              0123456789\n");
}

static void a_word_longer_than_the_line_is_cut(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.column = 30}, "0123456789ab", 40, false,
          "                              0123456789\n"
          "                              ab\n");
}

static void characters_count_not_bytes(void **state)
{
    (void)state;
    shows(
        &(struct es_page_row){.column = 30},
        "\u2190\u2190\u2190\u2190\u2190 \u2192\u2192\u2192\u2192", 40, false,
        "                              \u2190\u2190\u2190\u2190\u2190 \u2192\u2192\u2192\u2192\n");
}

static void no_line_ends_in_spaces(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.column = 10}, "0123456789012345678901234   next", 40, false,
          "          0123456789012345678901234\n          next\n");
}

static void nothing_to_say_is_no_line(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.label = "When"}, "", 40, false, "");
}

static void colours_close_on_every_line(void **state)
{
    (void)state;
    shows(&(struct es_page_row){.column = 30, .style = ES_STYLE_BOLD}, "0123456789 ab", 40, true,
          "                              \033[1m0123456789\033[0m\n"
          "                              \033[1mab\033[0m\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_text_stands_beside_its_label),
        cmocka_unit_test(a_long_label_pushes_its_text),
        cmocka_unit_test(words_wrap_under_the_text),
        cmocka_unit_test(a_text_that_just_fits_stays),
        cmocka_unit_test(a_word_longer_than_the_line_is_cut),
        cmocka_unit_test(characters_count_not_bytes),
        cmocka_unit_test(no_line_ends_in_spaces),
        cmocka_unit_test(nothing_to_say_is_no_line),
        cmocka_unit_test(colours_close_on_every_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
