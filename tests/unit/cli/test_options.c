/*
 * The command line, by including its sources: they are not in the library.
 */
#include "unit.h"

#include "nearest.c"
#include "options.c"

static enum es_exit run_nothing(const struct es_options *options)
{
    (void)options;
    return ES_EXIT_CLEAN;
}

#define COMMAND_ROW(word, capitals)                                                                \
    {                                                                                              \
        .name = word, .bit = ES_COMMAND_##capitals, .line = "", .run = run_nothing                 \
    }
const struct es_command es_commands[] = {
    COMMAND_ROW("triage", TRIAGE),
    COMMAND_ROW("show", SHOW),
    COMMAND_ROW("explain", EXPLAIN),
    COMMAND_ROW("keys", KEYS),
    {0},
};

enum { WORDS_MAX = 12 };

/* Parses words that are separated by one space each. */
static bool parse(const char *line, struct es_options *options, struct es_error *error)
{
    static char words[256];
    char *argv[WORDS_MAX] = {"espial"};
    int argc = 1;
    snprintf(words, sizeof(words), "%s", line);
    for (char *word = strtok(words, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    *error = (struct es_error){0};
    return es_options_parse(argc, argv, options, error);
}

static void refuses(const char *line, const char *text)
{
    struct es_options options;
    struct es_error error;
    assert_false(parse(line, &options, &error));
    assert_int_equal(error.kind, ES_ERROR_USAGE);
    assert_string_equal(error.text, text);
    es_options_fini(&options);
}

static void files_alone_are_triaged(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("a.pcap b.pcap", &options, &error));
    assert_string_equal(options.command->name, "triage");
    assert_false(options.command_named);
    assert_int_equal(options.argument_count, 2);
    assert_string_equal(options.arguments[1], "b.pcap");
    es_options_fini(&options);
}

static void options_stand_anywhere(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("--json show a.pcap --count 3 --utc", &options, &error));
    assert_string_equal(options.command->name, "show");
    assert_true(options.json);
    assert_true(options.utc);
    assert_int_equal(options.count, 3);
    assert_int_equal(options.argument_count, 1);
    es_options_fini(&options);
}

static void all_forms_of_an_argument_are_the_same(void **state)
{
    (void)state;
    static const char *const lines[] = {"-c 7 x", "-c7 x", "--count 7 x", "--count=7 x", "-nc7 x"};
    for (size_t i = 0; i < ES_COUNT(lines); i++) {
        struct es_options options;
        struct es_error error;
        assert_true(parse(lines[i], &options, &error));
        assert_int_equal(options.count, 7);
        assert_string_equal(options.arguments[0], "x");
        es_options_fini(&options);
    }
}

static void what_tcpdump_users_type_works(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("-nr a.pcap", &options, &error));
    assert_true(options.numeric);
    assert_string_equal(options.arguments[0], "a.pcap");
    es_options_fini(&options);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("-- show --json -", &options, &error));
    assert_string_equal(options.command->name, "triage");
    assert_int_equal(options.argument_count, 3);
    assert_string_equal(options.arguments[1], "--json");
    es_options_fini(&options);
}

static void a_dash_is_standard_input(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("-q -", &options, &error));
    assert_true(options.quiet);
    assert_string_equal(options.arguments[0], "-");
    es_options_fini(&options);
}

static void ports_add_up(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("--ike-port 1500 --ike-port=65535 x", &options, &error));
    assert_int_equal(options.ike_port_count, 2);
    assert_int_equal(options.ike_ports[0], 1500);
    assert_int_equal(options.ike_ports[1], 65535);
    es_options_fini(&options);
}

static void key_paths_add_up(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("show -k a.keys x --keys=b --keys c", &options, &error));
    assert_int_equal(options.key_path_count, 3);
    assert_string_equal(options.key_paths[0], "a.keys");
    assert_string_equal(options.key_paths[2], "c");
    assert_int_equal(options.argument_count, 1);
    es_options_fini(&options);
    assert_true(parse("keys --to wireshark -w dir a b", &options, &error));
    assert_string_equal(options.command->name, "keys");
    assert_string_equal(options.write, "dir");
    assert_int_equal(options.argument_count, 2);
    es_options_fini(&options);
    refuses("keys -k a b", "--keys is not an option of keys; see espial keys --help");
}

static void the_last_word_on_colour_holds(void **state)
{
    (void)state;
    struct es_options options;
    struct es_error error;
    assert_true(parse("--no-color --color=always x --severity warning", &options, &error));
    assert_int_equal(options.color, ES_COLOR_ALWAYS);
    assert_int_equal(options.severity, ES_SEVERITY_WARNING);
    es_options_fini(&options);
}

static void what_is_wrong_is_said_with_what_was_meant(void **state)
{
    (void)state;
    refuses("--jsno x", "unknown option --jsno; did you mean --json?");
    refuses("--no-colour x", "unknown option --no-colour; did you mean --no-color?");
    refuses("--frobnicate=1 x", "unknown option --frobnicate; see espial --help");
    refuses("-j x", "unknown option -j; did you mean --json?");
    refuses("-x x", "unknown option -x; see espial --help");
    refuses("--severity=warn x",
            "--severity takes note, warning or error, not \"warn\"; did you mean warning?");
    refuses("--severity 5 x",
            "--severity takes note, warning or error, not \"5\"; see espial --help");
    refuses("x --count", "--count needs an argument: COUNT");
    refuses("-c 0 x", "--count takes a number from 1 on, not \"0\"");
    refuses("-c -1 x", "--count takes a number from 1 on, not \"-1\"");
    refuses("-c 1k x", "--count takes a number from 1 on, not \"1k\"");
    refuses("-c 99999999999999999999 x",
            "--count takes a number from 1 on, not \"99999999999999999999\"");
    refuses("--ike-port 65536 x", "--ike-port takes a port, 1 to 65535, not \"65536\"");
    refuses("--json=1 x", "--json takes no argument");
    refuses("show --severity error x",
            "--severity is not an option of show; see espial show --help");
}

/* Rows may share a name or a letter; then no command takes both. */
static void one_command_has_no_name_or_letter_twice(void **state)
{
    (void)state;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct es_option *a = &es_option_table[i];
        assert_non_null(a->help);
        if (a->kind == ES_OPTION_GROUP) {
            assert_true(!a->name && !a->letter && !a->commands);
            continue;
        }
        assert_true(a->commands && (a->name || a->letter));
        assert_int_equal(a->argument != NULL, a->is != ES_VALUE_NONE);
        assert_int_equal(a->choices != NULL, a->is == ES_VALUE_CHOICE);
        for (size_t k = 0; k < i; k++) {
            const struct es_option *b = &es_option_table[k];
            const bool name = a->name && b->name && strcmp(a->name, b->name) == 0;
            if (!name && !(a->letter && a->letter == b->letter))
                continue;
            assert_int_equal(a->commands & b->commands, 0);
            assert_true(!name || a->letter == b->letter);
        }
    }
}

static void a_slip_is_near_and_another_word_is_not(void **state)
{
    (void)state;
    assert_string_equal(es_options_nearest_command("traige"), "triage");
    assert_string_equal(es_options_nearest_command("shwo"), "show");
    assert_string_equal(es_options_nearest_command("explian"), "explain");
    assert_null(es_options_nearest_command("office"));
    assert_null(es_options_nearest_command("a"));
    assert_null(es_options_nearest_command(""));
}

static void distance_counts_single_slips(void **state)
{
    (void)state;
    assert_int_equal(distance("", ""), 0);
    assert_int_equal(distance("abc", ""), 3);
    assert_int_equal(distance("", "abc"), 3);
    assert_int_equal(distance("abc", "acb"), 1);
    assert_int_equal(distance("abc", "abd"), 1);
    assert_int_equal(distance("abc", "ab"), 1);
    assert_int_equal(distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_alone_are_triaged),
        cmocka_unit_test(options_stand_anywhere),
        cmocka_unit_test(all_forms_of_an_argument_are_the_same),
        cmocka_unit_test(what_tcpdump_users_type_works),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(a_dash_is_standard_input),
        cmocka_unit_test(ports_add_up),
        cmocka_unit_test(key_paths_add_up),
        cmocka_unit_test(the_last_word_on_colour_holds),
        cmocka_unit_test(what_is_wrong_is_said_with_what_was_meant),
        cmocka_unit_test(one_command_has_no_name_or_letter_twice),
        cmocka_unit_test(a_slip_is_near_and_another_word_is_not),
        cmocka_unit_test(distance_counts_single_slips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
