/*
 * `espial --help`, a screen, and each command's own.
 */
#include "option.h"

#include <string.h>

static const char exit_statuses[] =
    "Exit status: 0 nothing wrong, 1 errors or warnings were found, 2 wrong usage,\n"
    "3 a file could not be read (the others, and what was read, are reported first).\n";

/* "-k, --keys PATH" */
struct form {
    char chars[48];
};

static struct form form_of(const struct es_option *option)
{
    struct form form;
    const char *argument = option->argument ? option->argument : "";
    const char *blank = option->argument ? " " : "";
    if (!option->name)
        snprintf(form.chars, sizeof(form.chars), "-%c%s%s", option->letter, blank, argument);
    else if (option->letter)
        snprintf(form.chars, sizeof(form.chars), "-%c, --%s%s%s", option->letter, option->name,
                 blank, argument);
    else
        snprintf(form.chars, sizeof(form.chars), "    --%s%s%s", option->name, blank, argument);
    return form;
}

static int width_of(unsigned commands)
{
    size_t widest = 0;
    for (size_t i = 0; i < es_option_count; i++) {
        if (!(es_option_table[i].commands & commands))
            continue;
        const size_t length = strlen(form_of(&es_option_table[i]).chars);
        widest = length > widest ? length : widest;
    }
    return (int)widest;
}

static void print_option(const struct es_option *option, int width, FILE *out)
{
    fprintf(out, "  %-*s  %s\n", width, form_of(option).chars, option->help);
}

/* The options of a command below the titles of their groups; a group without any has no title. */
static void print_options(const struct es_command *command, FILE *out)
{
    const int width = width_of(command->bit);
    const char *title = NULL;
    for (size_t i = 0; i < es_option_count; i++) {
        const struct es_option *option = &es_option_table[i];
        if (option->kind == ES_OPTION_GROUP)
            title = option->help;
        if (!(option->commands & command->bit))
            continue;
        if (title)
            fprintf(out, "%s\n", title);
        title = NULL;
        print_option(option, width, out);
    }
}

static void print_examples(const struct es_command *command, FILE *out)
{
    size_t widest = 0;
    const struct es_example *const end = command->examples + ES_COUNT(command->examples);
    for (const struct es_example *e = command->examples; e < end && e->command; e++)
        widest = strlen(e->command) > widest ? strlen(e->command) : widest;
    if (widest)
        fputs("\nExamples\n", out);
    for (const struct es_example *e = command->examples; e < end && e->command; e++)
        fprintf(out, "  %-*s  %s\n", (int)widest, e->command, e->what);
}

static void help_command(const struct es_command *command, FILE *out)
{
    fprintf(out, "usage: espial %s [options] %s\n\n%s\n", command->name, command->arguments,
            command->about);
    print_options(command, out);
    print_examples(command, out);
    fprintf(out, "\n%s", exit_statuses);
}

/* What is asked for most; the rest stands in the commands' own help. */
static const char *const often[] = {"interface", "keys", "json", "html",   "markdown",
                                    "severity",  "utc",  "help", "version"};

static void help_all(FILE *out)
{
    fputs("espial reads captures of IPsec tunnels and says what is wrong, with proof.\n\n", out);
    for (const struct es_command *c = es_commands; c->name; c++) {
        char form[48];
        const bool optional = c == es_commands;
        if (!c->line)
            continue;
        snprintf(form, sizeof(form), "%s%s%s %s", optional ? "[" : "", c->name, optional ? "]" : "",
                 c->arguments);
        fprintf(out, "  espial %-24s  %s\n", form, c->line);
    }
    fputs("\nOptions used most; espial COMMAND --help has all that a command takes\n", out);
    for (size_t i = 0; i < es_option_count; i++) {
        for (size_t k = 0; es_option_table[i].name && k < ES_COUNT(often); k++) {
            if (strcmp(es_option_table[i].name, often[k]) == 0)
                print_option(&es_option_table[i], 21, out);
        }
    }
    fprintf(out, "\n%s", exit_statuses);
}

void es_options_help(const struct es_command *command, FILE *out)
{
    if (command)
        help_command(command, out);
    else
        help_all(out);
}
