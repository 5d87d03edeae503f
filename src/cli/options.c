/*
 * The options: one table that parsing, help and suggestions walk.
 */
#include "options.h"

#include "espial/report.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    FLAG,   /* sets a bool */
    SET,    /* sets an int to the row's value */
    TEXT,   /* keeps the argument */
    NUMBER, /* a count of at least 1 */
    CHOICE, /* sets an int to the argument's place in the row's choices */
    PORT,   /* adds a port */
    KEYS,   /* adds a path of keys */
    LIMIT,  /* sets a threshold */
    FILE_NAME
};

struct option {
    const char *name; /* NULL: only the letter */
    char letter;      /* 0: only the name */
    const char *argument;
    const char *help;
    unsigned commands;
    enum kind kind;
    size_t offset; /* of what it sets in struct es_options */
    int value;
    const char *const *choices;
};

static const char *const severities[] = {"note", "warning", "error", NULL};
static const char *const key_tables[] = {"wireshark", NULL};
static const char *const color_whens[] = {"auto", "always", "never", NULL};

#define READERS (ES_COMMAND_TRIAGE | ES_COMMAND_SHOW | ES_COMMAND_WATCH)
#define JUDGES (ES_COMMAND_TRIAGE | ES_COMMAND_WATCH)
#define AT(field) offsetof(struct es_options, field)

static const struct option table[] = {
    {"read",            'r', "FILE",       "read FILE, as if named without -r",                              READERS,            FILE_NAME, 0,                   0,                  NULL      },
    {"interface",       'i', "IFACE",      "an interface, until Ctrl-C",                                     JUDGES,             TEXT,      AT(interface),       0,                  NULL      },
    {"count",           'c', "COUNT",      "stop after COUNT packets",                                       READERS,            NUMBER,    AT(count),           0,                  NULL      },
    {"filter",          'f', "FILTER",     "only packets that this pcap filter lets through",                READERS,            TEXT,
     AT(filter),                                                                                                                                                 0,                  NULL      },
    {"ike-port",        0,   "PORT",       "IKE and ESP in UDP on this port too (repeatable)",               READERS,            PORT,      0,                   0,
     NULL                                                                                                                                                                                      },
    {"keys",            'k', "PATH",       "keys from a file or folder (repeatable)",                        READERS,            KEYS,      0,                   0,                  NULL      },
    {"to",              0,   "FORM",       "what to write: wireshark",                                       ES_COMMAND_KEYS,    CHOICE,    AT(to),              0,                  key_tables},
    {"write",           'w', "DIR",        "the folder; tables there are replaced",                          ES_COMMAND_KEYS,    TEXT,      AT(write),
     0,                                                                                                                                                                              NULL      },
    {"json",            0,   NULL,         "one JSON object a line",                                         READERS,            FLAG,      AT(json),            0,                  NULL      },
    {"verbose",         'v', NULL,         "a line for each payload too: offset, length, contents",          ES_COMMAND_SHOW,
     SET,                                                                                                                                   AT(detail),          ES_LADDER_PAYLOADS, NULL      },
    {"fields",          'V', NULL,         "every field, as a tree with offsets and lengths",                ES_COMMAND_SHOW,    SET,
     AT(detail),                                                                                                                                                 ES_LADDER_FIELDS,   NULL      },
    {"mermaid",         0,   NULL,         "a Mermaid sequence diagram, for a ticket",                       ES_COMMAND_SHOW,    FLAG,
     AT(mermaid),                                                                                                                                                0,                  NULL      },
    {"severity",        0,   "LEVEL",      "leave out findings below note, warning or error",                JUDGES,             CHOICE,
     AT(severity),                                                                                                                                               0,                  severities},
    {"tunnel",          0,   "N",          "only tunnel number N",                                           READERS,            NUMBER,    AT(tunnel),          0,                  NULL      },
    {"option",          'o', "NAME=VALUE", "set a threshold (espial explain --thresholds)",                  JUDGES,             LIMIT,     0,
     0,                                                                                                                                                                              NULL      },
    {"thresholds",      0,   NULL,         "the thresholds that -o sets, with their reasons",                ES_COMMAND_EXPLAIN,
     FLAG,                                                                                                                                  AT(list_thresholds), 0,                  NULL      },
    {"vendor",          0,   "NAME",       "what to look at on that vendor's equipment",                     ES_COMMAND_EXPLAIN, TEXT,
     AT(vendor),                                                                                                                                                 0,                  NULL      },
    {"quiet",           'q', NULL,         "verdict and findings only, no progress",                         JUDGES,             FLAG,      AT(quiet),           0,
     NULL                                                                                                                                                                                      },
    {"utc",             0,   NULL,         "times in UTC, not local time",                                   READERS,            FLAG,      AT(utc),             0,                  NULL      },
    {"exit-zero",       0,   NULL,         "exit with 0 even when there are findings",                       ES_COMMAND_TRIAGE,  FLAG,
     AT(exit_zero),                                                                                                                                              0,                  NULL      },
    {"color",           0,   "WHEN",       "auto, always or never",                                          ES_COMMAND_ALL,     CHOICE,    AT(color),           0,
     color_whens                                                                                                                                                                               },
    {"no-color",        0,   NULL,         "the same as --color=never",                                      ES_COMMAND_ALL,     SET,       AT(color),
     ES_COLOR_NEVER,                                                                                                                                                                 NULL      },
    {NULL,              'n', NULL,         "accepted: names are never resolved",                             READERS,            FLAG,      AT(numeric),         0,                  NULL      },
    {"speed",           0,   "N",          "play a file N times as fast as it was captured",                 ES_COMMAND_WATCH,   NUMBER,
     AT(speed),                                                                                                                                                  0,                  NULL      },
    {"no-screen",       0,   NULL,         "lines, also on a terminal",                                      ES_COMMAND_WATCH,   FLAG,      AT(no_screen),       0,
     NULL                                                                                                                                                                                      },
    {"user",            0,   "NAME",       "what root becomes once the interface is open (default: nobody)", JUDGES,
     TEXT,                                                                                                                                  AT(user),            0,                  NULL      },
    {"list-interfaces", 'D', NULL,         "the interfaces that can be watched",                             ES_COMMAND_WATCH,   FLAG,
     AT(list_interfaces),                                                                                                                                        0,                  NULL      },
    {"print-filter",    0,   NULL,         "what the kernel is asked to let through",                        ES_COMMAND_WATCH,   FLAG,
     AT(print_filter),                                                                                                                                           0,                  NULL      },
    {"buffer",          'B', "KIB",        "the size of the kernel's buffer (watch: 16384)",                 JUDGES,             NUMBER,
     AT(buffer_kib),                                                                                                                                             0,                  NULL      },
    {"promiscuous",     0,   NULL,         "packets that are for others too",                                JUDGES,             FLAG,      AT(promiscuous),     0,
     NULL                                                                                                                                                                                      },
    {"full",            0,   NULL,         "keep all of each packet, not only ESP's beginning",              ES_COMMAND_WATCH,   FLAG,
     AT(full),                                                                                                                                                   0,                  NULL      },
    {"metrics",         0,   "FILE",       "metrics for Prometheus, replaced every 10 seconds",              ES_COMMAND_WATCH,
     TEXT,                                                                                                                                  AT(metrics),         0,                  NULL      },
    {"metrics-listen",  0,   "ADDR:PORT",  "metrics over HTTP (:PORT for 127.0.0.1)",                        ES_COMMAND_WATCH,
     TEXT,                                                                                                                                  AT(metrics_listen),  0,                  NULL      },
    {"on-finding",      0,   "COMMAND",    "run it for warnings and errors; JSON on its standard input",
     ES_COMMAND_WATCH,                                                                                                           TEXT,      AT(on_finding),      0,                  NULL      },
    {"ring",            0,   "DIR",        "when errors begin, save the packets around them there",          ES_COMMAND_WATCH,
     TEXT,                                                                                                                                  AT(ring),            0,                  NULL      },
    {"ring-size",       0,   "MIB",        "how much of the last packets it keeps (default: 64)",            ES_COMMAND_WATCH,
     NUMBER,                                                                                                                                AT(ring_mib),        0,                  NULL      },
    {"ring-time",       0,   "MINUTES",    "and no longer than this (default: any time)",                    ES_COMMAND_WATCH,
     NUMBER,                                                                                                                                AT(ring_minutes),    0,                  NULL      },
    {"ring-level",      0,   "LEVEL",      "save for findings from note, warning or error on",               ES_COMMAND_WATCH,
     CHOICE,                                                                                                                                AT(ring_level),      0,                  severities},
    {"max-memory",      0,   "MIB",        "forget tunnels to stay within this (watch: 256)",                READERS,            NUMBER,
     AT(max_memory_mib),                                                                                                                                         0,                  NULL      },
    {"no-sandbox",      0,   NULL,         "keep all rights while reading",                                  READERS,            FLAG,      AT(no_sandbox),      0,
     NULL                                                                                                                                                                                      },
    {"help",            'h', NULL,         "this help; with a command, that one's",                          ES_COMMAND_ALL,     FLAG,      AT(help),            0,
     NULL                                                                                                                                                                                      },
    {"version",         0,   NULL,         "print the version",                                              ES_COMMAND_ALL,     FLAG,      AT(version),         0,                  NULL      },
};

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

static const struct option *find_name(const char *name, size_t length)
{
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        if (table[i].name && strlen(table[i].name) == length &&
            memcmp(table[i].name, name, length) == 0)
            return &table[i];
    }
    return NULL;
}

static const struct option *find_letter(char letter)
{
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        if (table[i].letter == letter)
            return &table[i];
    }
    return NULL;
}

static bool usage(struct es_error *error, const char *what, const char *nearest)
{
    return nearest ? es_error_set(error, ES_ERROR_USAGE, "%s; did you mean %s?", what, nearest)
                   : es_error_set(error, ES_ERROR_USAGE, "%s; see espial --help", what);
}

static bool unknown_name(const char *name, size_t length, struct es_error *error)
{
    const char *names[ES_COUNT(table) + 1];
    size_t count = 0;
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        if (table[i].name)
            names[count++] = table[i].name;
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
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        if (table[i].name && table[i].name[0] == (letter | 0x20))
            return usage(error, what, spell(table[i].name, 0).chars);
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

static bool set_choice(const struct option *option, int *out, const char *value,
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

static bool set(struct es_options *options, const struct option *option, const char *value,
                struct es_error *error)
{
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case FLAG:
        *(bool *)field = true;
        return true;
    case SET:
        *(int *)field = option->value;
        return true;
    case TEXT:
        *(const char **)field = value;
        return true;
    case NUMBER:
        return parse_number(value, INT64_MAX, field) ||
               es_error_set(error, ES_ERROR_USAGE, "%s takes a number from 1 on, not \"%s\"",
                            spell(option->name, option->letter).chars, value);
    case CHOICE:
        return set_choice(option, field, value, error);
    case PORT:
        return add_port(options, value, error);
    case KEYS:
        options->key_paths[options->key_path_count++] = value;
        return true;
    case LIMIT:
        return es_thresholds_set(&options->thresholds, value, error);
    case FILE_NAME:
        return add_argument(options, value);
    }
    return false;
}

/* Where the parser stands in argv. */
struct parser {
    int argc;
    char *const *argv;
    int next;       /* index of the argument to look at next */
    uint64_t given; /* bit i: row i of the table was used */
    struct es_options *options;
    struct es_error *error;
};

/* Takes an option whose argument, if it has one, is `value` or else the next of argv. */
static bool take_option(struct parser *p, const struct option *option, const char *value)
{
    p->given |= UINT64_C(1) << (option - table);
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
    const struct option *option = find_name(name, length);
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
        const struct option *option = find_letter(*letters);
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

static bool fits_command(const struct parser *p)
{
    const struct es_command *command = p->options->command;
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        if ((p->given >> i & 1) && !(table[i].commands & command->bit))
            return es_error_set(
                p->error, ES_ERROR_USAGE, "%s is not an option of %s; see espial %s --help",
                spell(table[i].name, table[i].letter).chars, command->name, command->name);
    }
    return true;
}

bool es_options_parse(int argc, char *const *argv, struct es_options *options,
                      struct es_error *error)
{
    _Static_assert(ES_COUNT(table) <= 64, "struct parser has a bit for each option");
    *options = (struct es_options){.command = es_commands, .ring_level = ES_SEVERITY_ERROR};
    es_thresholds_init(&options->thresholds);
    options->arguments = calloc((size_t)argc + 1, sizeof(*options->arguments));
    options->key_paths = calloc((size_t)argc + 1, sizeof(*options->key_paths));
    if (!options->arguments || !options->key_paths)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory for the command line");

    struct parser p = {argc, argv, 1, 0, options, error};
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
    const char *names[8] = {NULL};
    size_t count = 0;
    for (const struct es_command *c = es_commands; c->name && count + 1 < ES_COUNT(names); c++)
        names[count++] = c->name;
    return strlen(word) < 3 ? NULL : es_options_nearest(word, names);
}

static void help_options(unsigned commands, FILE *out)
{
    for (size_t i = 0; i < ES_COUNT(table); i++) {
        const struct option *o = &table[i];
        if (!(o->commands & commands))
            continue;
        char form[32] = "";
        if (o->name)
            snprintf(form, sizeof(form), "--%s%s%s", o->name, o->argument ? " " : "",
                     o->argument ? o->argument : "");
        char letter[4] = "  ";
        if (o->letter)
            snprintf(letter, sizeof(letter), "-%c", o->letter);
        fprintf(out, "  %s%s %-20s %s\n", letter, o->letter && o->name ? "," : " ", form, o->help);
    }
}

static const char exit_statuses[] =
    "Exit status: 0 nothing wrong, 1 errors or warnings were found, 2 wrong usage,\n"
    "3 a file could not be read (the others, and what was read, are reported first).\n";

void es_options_help(const struct es_command *command, FILE *out)
{
    if (command) {
        fprintf(out, "usage: espial %s [options] %s\n\n%s\nOptions:\n", command->name,
                command->arguments, command->about);
        help_options(command->bit, out);
        fprintf(out, "\n%s", exit_statuses);
        return;
    }
    fputs("espial reads packet captures of IPsec tunnels and says what is wrong, with proof.\n\n"
          "usage:\n",
          out);
    for (const struct es_command *c = es_commands; c->name; c++) {
        char form[48];
        const bool optional = c == es_commands;
        snprintf(form, sizeof(form), "%s%s%s %s", optional ? "[" : "", c->name, optional ? "]" : "",
                 c->arguments);
        fprintf(out, "  espial %-22s %s\n", form, c->line);
    }
    fputs("\nOptions (espial COMMAND --help says which command takes which):\n", out);
    help_options(ES_COMMAND_ALL, out);
    fprintf(out, "\n%s", exit_statuses);
}
