/*
 * What the tables put into the manual, in mdoc.
 */
#include "describe.h"

#include <ctype.h>
#include <string.h>

#ifndef ES_VERSION
#define ES_VERSION "unversioned"
#endif

/* Text between macros: no line of it is taken for one, and dashes of options stay dashes. */
static void write_text(const char *text, bool sentence, FILE *out)
{
    bool begins = true, option = false;
    for (const char *c = text; *c; c++) {
        if (begins && (*c == '.' || *c == '\''))
            fputs("\\&", out);
        option = *c == '-' ? option || c == text || strchr(" \n(", c[-1])
                           : option && !isspace((unsigned char)*c);
        if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '-' && option)
            fputs("\\-", out);
        else if (*c == ' ' && c > text && c[-1] == '.')
            fputc('\n', out); /* as mdoc wants sentences */
        else
            fputc(c == text && sentence ? toupper((unsigned char)*c) : *c, out);
        begins = *c == '\n' || (*c == ' ' && c > text && c[-1] == '.');
    }
    fputs(sentence ? ".\n" : "", out);
}

/* "FILE..." as " Ar FILE ..." */
static void write_argument(const char *argument, FILE *out)
{
    const size_t length = strlen(argument);
    const bool more = length > 3 && strcmp(argument + length - 3, "...") == 0;
    fprintf(out, "Ar %.*s%s", (int)(more ? length - 3 : length), argument, more ? " ..." : "");
}

static void write_system(FILE *out)
{
    fputs(".Os espial " ES_VERSION "\n", out);
}

static void write_synopsis(FILE *out)
{
    for (const struct es_command *c = es_commands; c->name; c++) {
        if (!c->line)
            continue;
        fprintf(out, ".Nm\n.%sCm %s\n.Op Ar option ...\n", c == es_commands ? "Op " : "", c->name);
        if (c->arguments[0] == '-')
            fprintf(out, ".Fl %c Ar %s\n", c->arguments[1], c->arguments + 3);
        else if (c->arguments[0] == '[')
            fprintf(out, ".Op Ar %.*s\n", (int)strlen(c->arguments) - 2, c->arguments + 1);
        else {
            fputc('.', out);
            write_argument(c->arguments, out);
            fputc('\n', out);
        }
    }
}

static void write_commands(FILE *out)
{
    for (const struct es_command *c = es_commands; c->name; c++) {
        if (!c->line)
            continue;
        fprintf(out, ".It Cm %s\n", c->name);
        write_text(c->about, false, out);
    }
}

/* ".It Fl k , Fl -keys Ar PATH" */
static void write_form(const struct es_option *option, FILE *out)
{
    fputs(".It", out);
    if (option->letter)
        fprintf(out, " Fl %c%s", option->letter, option->name ? " ," : "");
    if (option->name)
        fprintf(out, " Fl -%s", option->name);
    if (option->argument) {
        fputc(' ', out);
        write_argument(option->argument, out);
    }
    fputc('\n', out);
}

static void write_takers(const struct es_option *option, FILE *out)
{
    const char *before = "";
    if ((option->commands & ES_COMMAND_ALL) == ES_COMMAND_ALL)
        return;
    fputs(".Pq Cm ", out);
    for (const struct es_command *c = es_commands; c->name; c++) {
        if (!(c->bit & option->commands))
            continue;
        fprintf(out, "%s%s", before, c->name);
        before = " , ";
    }
    fputc('\n', out);
}

static void write_options(FILE *out)
{
    bool open = false;
    for (size_t i = 0; i < es_option_count; i++) {
        const struct es_option *option = &es_option_table[i];
        if (option->kind == ES_OPTION_GROUP) {
            fprintf(out, "%s.Ss %s\n.Bl -tag -width Ds\n", open ? ".El\n" : "", option->help);
            open = true;
            continue;
        }
        write_form(option, out);
        write_text(option->help, true, out);
        write_takers(option, out);
    }
    fputs(".El\n", out);
}

static void write_examples(FILE *out)
{
    for (const struct es_command *c = es_commands; c->name; c++) {
        for (size_t i = 0; i < ES_COUNT(c->examples) && c->examples[i].command; i++) {
            fputs(".It\n", out);
            write_text(c->examples[i].what, true, out);
            fputs(".Dl ", out);
            write_text(c->examples[i].command, false, out);
            fputc('\n', out);
        }
    }
}

const struct es_piece es_manual_pieces[] = {
    {"manual-system",   write_system},
    {"manual-synopsis",                 write_synopsis},
    {"manual-commands",write_commands},
    {"manual-options", write_options},
    {"manual-examples",                 write_examples},
    {0   },
};
