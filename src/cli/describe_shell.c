/*
 * What the tables put into the completions for bash, zsh and fish.
 */
#include "describe.h"

#include "espial/diagnose.h"
#include "espial/diagnose/vendor.h"

#include <string.h>

/* What a shell is told an argument to be. */
struct words {
    const char *bash, *zsh, *fish;
};

/* A choice lists its words; anything else is made by a function of the template or the shell. */
static const struct words values[] = {
    [ES_VALUE_TEXT] = {"text",      " ",                  "-x"                                   },
    [ES_VALUE_FILE] = {"file",      "_files",             "-r -F"                                },
    [ES_VALUE_FOLDER] = {"folder",    "_files -/",          "-x -a '(__fish_complete_directories)'"},
    [ES_VALUE_PATH] = {"path",      "_files",             "-r -F"                                },
    [ES_VALUE_INTERFACE] = {"interface", "_espial_interfaces", "-x -a '(__espial_interfaces)'"        },
    [ES_VALUE_THRESHOLD] = {"threshold", "_espial_thresholds", "-x -a '(__espial_thresholds)'"        },
    [ES_VALUE_VENDOR] = {"vendor",    "_espial_vendors",    "-x -a '(__espial_vendors)'"           },
    [ES_VALUE_FINDING] = {"finding",   "_espial_findings",   "-x -a '(__espial_findings)'"          },
    [ES_VALUE_USER] = {"user",      "_users",             "-x -a '(__fish_complete_users)'"      },
    [ES_VALUE_COMMAND] = {"command",   "_command_names",     "-x -a '(__fish_complete_command)'"    },
};

/* In single quotes, which all three shells understand. */
static void write_quoted(const char *before, const char *text, const char *behind, FILE *out)
{
    fprintf(out, "'%s", before);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    }
    fprintf(out, "%s'", behind);
}

static const struct es_command *next_listed(const struct es_command *command)
{
    command = command ? command + 1 : es_commands;
    while (command->name && !command->line)
        command++;
    return command->name ? command : NULL;
}

/* Whether an option of that name was told already, for another command. */
static bool is_repeated(const struct es_option *option)
{
    for (const struct es_option *o = es_option_table; o < option; o++) {
        if (o->name && option->name && strcmp(o->name, option->name) == 0)
            return true;
    }
    return false;
}

/* "-k | --keys", each behind `before`. */
static void write_spellings(const struct es_option *option, const char *before, const char *between,
                            FILE *out)
{
    if (option->letter)
        fprintf(out, "%s-%c%s", before, option->letter, option->name ? between : "");
    if (option->name)
        fprintf(out, "%s--%s", before, option->name);
}

/* A pattern for each option with an argument. */
static void write_takers(const char *before, const char *between, const char *behind, FILE *out)
{
    for (size_t i = 0; i < es_option_count; i++) {
        const struct es_option *option = &es_option_table[i];
        if (!option->argument || is_repeated(option))
            continue;
        fputs(before, out);
        write_spellings(option, "", between, out);
        fputs(behind, out);
    }
}

static void write_names(const char *between, FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));)
        fprintf(out, "%s%s", c == es_commands ? "" : between, c->name);
}

static void write_choices(const struct es_option *option, FILE *out)
{
    for (size_t i = 0; option->choices[i]; i++)
        fprintf(out, "%s%s", i == 0 ? "" : " ", option->choices[i]);
}

static void bash_options(FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));) {
        const char *blank = "";
        fprintf(out, "    %s) echo '", c->name);
        for (size_t i = 0; i < es_option_count; i++) {
            if (!(es_option_table[i].commands & c->bit))
                continue;
            fputs(blank, out);
            write_spellings(&es_option_table[i], "", " ", out);
            blank = " ";
        }
        fputs("' ;;\n", out);
    }
}

static void bash_arguments(FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));) {
        for (size_t i = 0; i < es_option_count; i++) {
            const struct es_option *option = &es_option_table[i];
            char before[32];
            if (!(option->commands & c->bit) || !option->argument)
                continue;
            snprintf(before, sizeof(before), "%s:", c->name);
            fputs("    ", out);
            write_spellings(option, before, " | ", out);
            if (option->is == ES_VALUE_CHOICE) {
                fputs(") echo 'choice ", out);
                write_choices(option, out);
                fputs("' ;;\n", out);
            } else {
                fprintf(out, ") echo %s ;;\n", values[option->is].bash);
            }
        }
    }
}

static void bash_takers(FILE *out)
{
    write_takers("    ", " | ", ") return 0 ;;\n", out);
}

static void bash_commands(FILE *out)
{
    fputs("        ", out);
    write_names(" | ", out);
    fputs(")\n            echo \"${COMP_WORDS[i]}\"\n            return\n            ;;\n", out);
}

static void bash_names(FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));)
        fprintf(out, "%s\n", c->name);
}

static void bash_thresholds(FILE *out)
{
    for (enum es_limit i = 0; i < ES_LIMITS; i++)
        fprintf(out, "%s=\n", es_threshold_at(i)->name);
}

static void bash_vendors(FILE *out)
{
    for (enum es_vendor v = 0; v < ES_VENDORS; v++)
        fprintf(out, "%s\n", es_vendor_name(v));
}

static void bash_findings(FILE *out)
{
    for (size_t i = 0; i < es_rule_count(); i++)
        fprintf(out, "%s\n", es_rule_at(i)->id);
}

const struct es_piece es_bash_pieces[] = {
    {"bash-options",   bash_options},
    {"bash-arguments",                bash_arguments},
    {"bash-takers",bash_takers},
    {"bash-commands",    bash_commands},
    {"bash-names",                bash_names},
    {"bash-thresholds",bash_thresholds},
    {"bash-vendors",     bash_vendors},
    {"bash-findings",                bash_findings},
    {0 },
};

/* 'name:what it is' */
static void zsh_described(const char *name, const char *what, FILE *out)
{
    fprintf(out, "        %s:", name);
    write_quoted("", what, "", out);
    fputc('\n', out);
}

static void zsh_commands(FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));)
        zsh_described(c->name, c->line, out);
}

static void zsh_findings(FILE *out)
{
    for (size_t i = 0; i < es_rule_count(); i++)
        zsh_described(es_rule_at(i)->id, es_rule_at(i)->title, out);
}

static void zsh_thresholds(FILE *out)
{
    for (enum es_limit i = 0; i < ES_LIMITS; i++)
        zsh_described(es_threshold_at(i)->name, es_threshold_at(i)->reason, out);
}

static void zsh_vendors(FILE *out)
{
    for (enum es_vendor v = 0; v < ES_VENDORS; v++)
        zsh_described(es_vendor_name(v), es_vendor_title(v), out);
}

static void zsh_takers(FILE *out)
{
    write_takers("        ", "|", ") ((i++)) ;;\n", out);
}

static void zsh_names(FILE *out)
{
    fputs("        ", out);
    write_names("|", out);
    fputs(")\n            reply=$words[i]\n            return\n            ;;\n", out);
}

/* What can be given again has a star; else one spelling rules out the other. */
static void zsh_option(const struct es_option *option, FILE *out)
{
    const bool again = option->kind == ES_OPTION_PORT || option->kind == ES_OPTION_KEY_PATH ||
                       option->kind == ES_OPTION_THRESHOLD || option->kind == ES_OPTION_INPUT;
    fputs("            ", out);
    if (again) {
        fputs("'*'", out);
    } else {
        fputs("'(", out);
        write_spellings(option, "", " ", out);
        fputs(")'", out);
    }
    if (option->letter && option->name)
        fprintf(out, option->argument ? "{-%c+,--%s=}" : "{-%c,--%s}", option->letter,
                option->name);
    else if (option->letter)
        fprintf(out, "-%c%s", option->letter, option->argument ? "+" : "");
    else
        fprintf(out, "--%s%s", option->name, option->argument ? "=" : "");
    write_quoted("[", option->help, "]", out);
    if (option->is == ES_VALUE_CHOICE) {
        fprintf(out, "':%s:(", option->argument);
        write_choices(option, out);
        fputs(")'", out);
    } else if (option->argument) {
        fprintf(out, "':%s:%s'", option->argument, values[option->is].zsh);
    }
    fputc('\n', out);
}

static void zsh_options(FILE *out)
{
    for (const struct es_command *c = NULL; (c = next_listed(c));) {
        fprintf(out, "    %s)\n        options=(\n", c->name);
        for (size_t i = 0; i < es_option_count; i++) {
            if (es_option_table[i].commands & c->bit)
                zsh_option(&es_option_table[i], out);
        }
        fputs("        )\n        ;;\n", out);
    }
}

const struct es_piece es_zsh_pieces[] = {
    {"zsh-commands",   zsh_commands},
    {"zsh-findings",                zsh_findings},
    {"zsh-thresholds",zsh_thresholds},
    {"zsh-vendors", zsh_vendors},
    {"zsh-takers",                zsh_takers},
    {"zsh-names",     zsh_names},
    {"zsh-options",     zsh_options},
    {0               },
};

static void fish_takers(FILE *out)
{
    fputs("            case", out);
    write_takers(" ", " ", "", out);
    fputc('\n', out);
}

static void fish_names(FILE *out)
{
    fputs("            case ", out);
    write_names(" ", out);
    fputc('\n', out);
}

static void fish_commands(FILE *out)
{
    fputs("complete -c espial -n '__espial_is none", out);
    for (const struct es_command *c = NULL; (c = next_listed(c));) {
        if (c->bit != ES_COMMAND_EXPLAIN)
            fprintf(out, " %s", c->name);
    }
    fputs("' -F\n", out);
    for (const struct es_command *c = NULL; (c = next_listed(c));) {
        fprintf(out, "complete -c espial -n '__espial_is none' -a %s -d ", c->name);
        write_quoted("", c->line, "", out);
        fputc('\n', out);
    }
}

/* A row "name<tab>what it is" of a list. */
static void fish_row(const char *name, const char *what, FILE *out)
{
    fprintf(out, "        %s ", name);
    write_quoted("", what, "", out);
    fputs(" \\\n", out);
}

static void fish_thresholds(FILE *out)
{
    for (enum es_limit i = 0; i < ES_LIMITS; i++)
        fish_row(es_threshold_at(i)->name, es_threshold_at(i)->reason, out);
}

static void fish_vendors(FILE *out)
{
    for (enum es_vendor v = 0; v < ES_VENDORS; v++)
        fish_row(es_vendor_name(v), es_vendor_title(v), out);
}

static void fish_findings(FILE *out)
{
    for (size_t i = 0; i < es_rule_count(); i++)
        fish_row(es_rule_at(i)->id, es_rule_at(i)->title, out);
}

/* Without a command the options are those of the first one. */
static void fish_options(FILE *out)
{
    for (size_t i = 0; i < es_option_count; i++) {
        const struct es_option *option = &es_option_table[i];
        if (option->kind == ES_OPTION_GROUP)
            continue;
        fputs("complete -c espial -n '__espial_is", out);
        for (const struct es_command *c = NULL; (c = next_listed(c));) {
            if (option->commands & c->bit)
                fprintf(out, "%s %s", c == es_commands ? " none" : "", c->name);
        }
        fputc('\'', out);
        if (option->letter)
            fprintf(out, " -s %c", option->letter);
        if (option->name)
            fprintf(out, " -l %s", option->name);
        if (option->is == ES_VALUE_CHOICE) {
            fputs(" -x -a '", out);
            write_choices(option, out);
            fputc('\'', out);
        } else if (option->argument) {
            fprintf(out, " %s", values[option->is].fish);
        }
        fputs(" -d ", out);
        write_quoted("", option->help, "", out);
        fputc('\n', out);
    }
}

const struct es_piece es_fish_pieces[] = {
    {"fish-takers",    fish_takers},
    {"fish-names",                fish_names},
    {"fish-commands",fish_commands},
    {"fish-thresholds",  fish_thresholds},
    {"fish-vendors",                fish_vendors},
    {"fish-findings",fish_findings},
    {"fish-options",   fish_options},
    {0               },
};
