/*
 * The options: their table out of option.def, and parsing.
 */
#include "option.h"

#include "espial/report.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const levels[] = {"note", "warning", "error", NULL};
static const char *const key_tables[] = {"wireshark", NULL};
static const char *const whens[] = {"auto", "always", "never", NULL};

/* The words of option.def. First what an option does, and what its argument is. */
#define TAKES(what, type) .kind = ES_OPTION_##what, .is = ES_VALUE_##type
#define AT(field) .offset = offsetof(struct es_options, field)
#define FLAG(field) TAKES(FLAG, NONE), AT(field)
#define DETAIL(level) TAKES(SET, NONE), .value = ES_LADDER_##level, AT(detail)
#define COLOR(when) TAKES(SET, NONE), .value = ES_COLOR_##when, AT(color)
#define NUMBER(field) TAKES(NUMBER, TEXT), AT(field)
#define CHOICE(field, list) TAKES(CHOICE, CHOICE), .choices = (list), AT(field)
#define TEXT(field) TAKES(TEXT, TEXT), AT(field)
#define FILE_NAME(field) TAKES(TEXT, FILE), AT(field)
#define FOLDER(field) TAKES(TEXT, FOLDER), AT(field)
#define INTERFACE(field) TAKES(TEXT, INTERFACE), AT(field)
#define VENDOR(field) TAKES(TEXT, VENDOR), AT(field)
#define USER(field) TAKES(TEXT, USER), AT(field)
#define COMMAND(field) TAKES(TEXT, COMMAND), AT(field)
#define WORDS(field) TAKES(WORDS, TEXT), AT(field)
#define FINDINGS(field) TAKES(WORDS, FINDING), AT(field)
#define INPUT TAKES(INPUT, PATH)
#define PORT TAKES(PORT, TEXT)
#define KEY_PATH TAKES(KEY_PATH, PATH)
#define THRESHOLD TAKES(THRESHOLD, THRESHOLD)

/* And which commands take it. */
#define TRIAGE ES_COMMAND_TRIAGE
#define SHOW ES_COMMAND_SHOW
#define WATCH ES_COMMAND_WATCH
#define EXPLAIN ES_COMMAND_EXPLAIN
#define KEYS ES_COMMAND_KEYS
#define ANNOTATE ES_COMMAND_ANNOTATE
#define EXTRACT ES_COMMAND_EXTRACT
#define COPIERS (ANNOTATE | EXTRACT)
#define JUDGES (TRIAGE | WATCH)
#define READERS (TRIAGE | SHOW | WATCH)
#define ALL ES_COMMAND_ALL

const struct es_option es_option_table[] = {
#define GROUP(title) {.kind = ES_OPTION_GROUP, .help = (title)},
#define X(character, word, takes, does, takers, line)                                              \
    {.letter = (character),                                                                        \
     .name = (word),                                                                               \
     .argument = (takes),                                                                          \
     .help = (line),                                                                               \
     .commands = (takers),                                                                         \
     does},
#include "option.def"
#undef X
#undef GROUP
};

enum { OPTIONS = ES_COUNT(es_option_table) };

const size_t es_option_count = OPTIONS;

/* How the user wrote it, for messages: "--count" or "-c". */
struct spelling {
    char chars[48];
};

static struct spelling spell(const char *name, char letter)
{
    struct spelling s;
    if (name)
        snprintf(s.chars, sizeof(s.chars), "--%s", name);
    else
        snprintf(s.chars, sizeof(s.chars), "-%c", letter);
    return s;
}

static bool is_named(const struct es_option *option, const char *name, size_t length)
{
    return option->name && strlen(option->name) == length &&
           memcmp(option->name, name, length) == 0;
}

/* Of two rows the one that is the command's; it may be named only later. */
static const struct es_option *better(const struct es_option *a, const struct es_option *b,
                                      const struct es_command *command)
{
    return !a || (!(a->commands & command->bit) && b->commands & command->bit) ? b : a;
}

static const struct es_option *find_name(const char *name, size_t length,
                                         const struct es_command *command)
{
    const struct es_option *found = NULL;
    for (size_t i = 0; i < OPTIONS; i++) {
        if (is_named(&es_option_table[i], name, length))
            found = better(found, &es_option_table[i], command);
    }
    return found;
}

static const struct es_option *find_letter(char letter, const struct es_command *command)
{
    const struct es_option *found = NULL;
    for (size_t i = 0; letter && i < OPTIONS; i++) {
        if (es_option_table[i].letter == letter)
            found = better(found, &es_option_table[i], command);
    }
    return found;
}

static bool usage(struct es_error *error, const char *what, const char *nearest)
{
    return nearest ? es_error_set(error, ES_ERROR_USAGE, "%s; did you mean %s?", what, nearest)
                   : es_error_set(error, ES_ERROR_USAGE, "%s; see espial --help", what);
}

static bool unknown_name(const char *name, size_t length, struct es_error *error)
{
    const char *names[OPTIONS + 1];
    size_t count = 0;
    for (size_t i = 0; i < OPTIONS; i++) {
        if (es_option_table[i].name)
            names[count++] = es_option_table[i].name;
    }
    names[count] = NULL;

    char wrong[48];
    char what[80];
    snprintf(wrong, sizeof(wrong), "%.*s", (int)length, name);
    snprintf(what, sizeof(what), "unknown option --%s", wrong);
    const char *nearest = es_options_nearest(wrong, names);
    return usage(error, what, nearest ? spell(nearest, 0).chars : NULL);
}

/* A letter that is none may begin the name of what was meant. */
static bool unknown_letter(char letter, struct es_error *error)
{
    char what[32];
    snprintf(what, sizeof(what), "unknown option -%c", letter);
    for (size_t i = 0; i < OPTIONS; i++) {
        if (es_option_table[i].name && es_option_table[i].name[0] == (letter | 0x20))
            return usage(error, what, spell(es_option_table[i].name, 0).chars);
    }
    return usage(error, what, NULL);
}

/* The list has room for all of argv. */
static bool add_argument(struct es_options *options, const char *argument)
{
    options->arguments[options->argument_count++] = argument;
    return true;
}

static bool parse_number(const char *chars, uint64_t most, uint64_t *out)
{
    char *end;
    errno = 0;
    const unsigned long long number = strtoull(chars, &end, 10);
    if (chars[0] < '0' || chars[0] > '9' || *end || errno || number < 1 || number > most)
        return false;
    *out = number;
    return true;
}

static bool set_choice(const struct es_option *option, int *out, const char *value,
                       struct es_error *error)
{
    struct es_text what;
    es_text_init(&what);
    es_text_addf(&what, "--%s takes", option->name);
    for (int i = 0; option->choices[i]; i++) {
        if (strcmp(option->choices[i], value) == 0) {
            *out = i;
            es_text_fini(&what);
            return true;
        }
        es_text_addf(&what, "%s%s",
                     i == 0                   ? " "
                     : option->choices[i + 1] ? ", "
                                              : " or ",
                     option->choices[i]);
    }
    es_text_addf(&what, ", not \"%s\"", value);
    usage(error, es_text_chars(&what), es_options_nearest(value, option->choices));
    es_text_fini(&what);
    return false;
}

static bool add_port(struct es_options *options, const char *value, struct es_error *error)
{
    uint64_t port;
    if (!parse_number(value, UINT16_MAX, &port))
        return es_error_set(error, ES_ERROR_USAGE,
                            "--ike-port takes a port, 1 to 65535, not \"%s\"", value);
    if (options->ike_port_count == ES_COUNT(options->ike_ports))
        return es_error_set(error, ES_ERROR_USAGE, "--ike-port can be given %zu times at most",
                            ES_COUNT(options->ike_ports));
    options->ike_ports[options->ike_port_count++] = (uint16_t)port;
    return true;
}

static bool add_word(struct es_words *words, const struct es_option *option, const char *value,
                     struct es_error *error)
{
    if (words->count == ES_COUNT(words->items))
        return es_error_set(error, ES_ERROR_USAGE, "--%s can be given %zu times at most",
                            option->name, ES_COUNT(words->items));
    words->items[words->count++] = value;
    return true;
}

static bool set(struct es_options *options, const struct es_option *option, const char *value,
                struct es_error *error)
{
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case ES_OPTION_GROUP:
        break;
    case ES_OPTION_FLAG:
        *(bool *)field = true;
        return true;
    case ES_OPTION_SET:
        *(int *)field = option->value;
        return true;
    case ES_OPTION_TEXT:
        *(const char **)field = value;
        return true;
    case ES_OPTION_NUMBER:
        return parse_number(value, INT64_MAX, field) ||
               es_error_set(error, ES_ERROR_USAGE, "%s takes a number from 1 on, not \"%s\"",
                            spell(option->name, option->letter).chars, value);
    case ES_OPTION_CHOICE:
        return set_choice(option, field, value, error);
    case ES_OPTION_PORT:
        return add_port(options, value, error);
    case ES_OPTION_KEY_PATH:
        options->key_paths[options->key_path_count++] = value;
        return true;
    case ES_OPTION_THRESHOLD:
        return es_thresholds_set(&options->thresholds, value, error);
    case ES_OPTION_WORDS:
        return add_word(field, option, value, error);
    case ES_OPTION_INPUT:
        return add_argument(options, value);
    }
    return false;
}

/* Where the parser stands in argv. */
struct parser {
    int argc;
    char *const *argv;
    int next;            /* index of the argument to look at next */
    bool given[OPTIONS]; /* the rows of the table that were used */
    struct es_options *options;
    struct es_error *error;
};

/* Takes an option whose argument, if it has one, is `value` or else the next of argv. */
static bool take_option(struct parser *p, const struct es_option *option, const char *value)
{
    p->given[option - es_option_table] = true;
    if (option->argument && !value) {
        if (p->next == p->argc)
            return es_error_set(p->error, ES_ERROR_USAGE, "%s needs an argument: %s",
                                spell(option->name, option->letter).chars, option->argument);
        value = p->argv[p->next++];
    }
    return set(p->options, option, value, p->error);
}

/* "--name", "--name=value", "--name value". */
static bool take_long(struct parser *p, const char *name)
{
    const size_t length = strcspn(name, "=");
    const struct es_option *option = find_name(name, length, p->options->command);
    if (!option)
        return unknown_name(name, length, p->error);
    const char *value = name[length] ? name + length + 1 : NULL;
    if (value && !option->argument)
        return es_error_set(p->error, ES_ERROR_USAGE, "--%s takes no argument", option->name);
    return take_option(p, option, value);
}

/* "-n", "-r FILE", "-rFILE", "-nr FILE". */
static bool take_letters(struct parser *p, const char *letters)
{
    while (*letters) {
        const struct es_option *option = find_letter(*letters, p->options->command);
        if (!option)
            return unknown_letter(*letters, p->error);
        letters++;
        if (option->argument)
            return take_option(p, option, *letters ? letters : NULL);
        if (!take_option(p, option, NULL))
            return false;
    }
    return true;
}

static const struct es_command *find_command(const char *name)
{
    for (const struct es_command *c = es_commands; c->name; c++) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

/* The first word that is no option may name the command; every other one is for it. */
static bool take_word(struct parser *p, const char *word, bool *first)
{
    const struct es_command *command = *first ? find_command(word) : NULL;
    *first = false;
    if (!command)
        return add_argument(p->options, word);
    p->options->command = command;
    p->options->command_named = true;
    return true;
}

/* The row that was used may be another command's of the same name, when the command came after. */
static bool fits(const struct es_option *option, const struct es_command *command)
{
    if (option->name)
        option = find_name(option->name, strlen(option->name), command);
    return option->commands & command->bit;
}

static bool fits_command(const struct parser *p)
{
    const struct es_command *command = p->options->command;
    for (size_t i = 0; i < OPTIONS; i++) {
        const struct es_option *option = &es_option_table[i];
        if (p->given[i] && !fits(option, command))
            return es_error_set(
                p->error, ES_ERROR_USAGE, "%s is not an option of %s; see espial %s --help",
                spell(option->name, option->letter).chars, command->name, command->name);
    }
    return true;
}

bool es_options_parse(int argc, char *const *argv, struct es_options *options,
                      struct es_error *error)
{
    *options = (struct es_options){.command = es_commands, .ring_level = ES_SEVERITY_ERROR};
    es_thresholds_init(&options->thresholds);
    options->arguments = calloc((size_t)argc + 1, sizeof(*options->arguments));
    options->key_paths = calloc((size_t)argc + 1, sizeof(*options->key_paths));
    if (!options->arguments || !options->key_paths)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory for the command line");

    struct parser p = {.argc = argc, .argv = argv, .next = 1, .options = options, .error = error};
    bool first = true;
    bool only_words = false;
    while (p.next < argc) {
        const char *argument = argv[p.next++];
        bool taken;
        if (!only_words && strcmp(argument, "--") == 0) {
            only_words = true;
            first = false;
            continue;
        }
        if (only_words || argument[0] != '-' || !argument[1])
            taken = take_word(&p, argument, &first);
        else if (argument[1] == '-')
            taken = take_long(&p, argument + 2);
        else
            taken = take_letters(&p, argument + 1);
        if (!taken)
            return false;
    }
    return fits_command(&p);
}

void es_options_fini(struct es_options *options)
{
    free(options->arguments);
    free(options->key_paths);
    options->arguments = NULL;
    options->key_paths = NULL;
}

const char *es_options_nearest_command(const char *word)
{
    const char *names[16] = {NULL};
    size_t count = 0;
    for (const struct es_command *c = es_commands; c->name && count + 1 < ES_COUNT(names); c++)
        if (c->line)
            names[count++] = c->name;
    return strlen(word) < 3 ? NULL : es_options_nearest(word, names);
}
