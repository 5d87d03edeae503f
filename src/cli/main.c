/*
 * The command: the table of commands, and the way in and out.
 */
#include "command.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>

#ifndef ES_VERSION
#define ES_VERSION "unversioned"
#endif

#define EXAMPLE(typed, gives) {typed, gives},
#define X(word, capitals, takes, does, more, samples)                                              \
    {.name = #word,                                                                                \
     .bit = ES_COMMAND_##capitals,                                                                 \
     .arguments = (takes),                                                                         \
     .line = (does),                                                                               \
     .about = (more),                                                                              \
     .examples = {samples},                                                                        \
     .run = es_##word},
#define HIDDEN(word, capitals) {.name = #word, .bit = ES_COMMAND_##capitals, .run = es_##word},
#define END {.name = NULL},

const struct es_command es_commands[] = {
#include "command.def"
};

void es_complain(const char *format, ...)
{
    char sentence[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    /* File names can hold what a terminal obeys. */
    struct es_text text;
    es_text_init(&text);
    es_text_add_printable(&text, (const uint8_t *)sentence, strlen(sentence));
    fprintf(stderr, "espial: %s\n", es_text_chars(&text));
    es_text_fini(&text);
}

bool es_was_written(bool written)
{
    if (written || ferror(stdout))
        return true;
    es_complain("no memory is left for what is to be said: the output is incomplete");
    return false;
}

/* What to exit with once all output is written; a full disk must not look like success. */
static enum es_exit close_output(enum es_exit status)
{
    const bool failed = ferror(stdout) != 0;
    if (fclose(stdout) == 0 && !failed)
        return status;
    es_complain("standard output: %s", failed ? "not all could be written" : strerror(errno));
    return ES_EXIT_INPUT;
}

static enum es_exit run(int argc, char *const *argv, struct es_options *options)
{
    struct es_error error;
    if (!es_options_parse(argc, argv, options, &error)) {
        es_complain("%s", error.text);
        return ES_EXIT_USAGE;
    }
    if (options->version) {
        puts("espial " ES_VERSION);
        return ES_EXIT_CLEAN;
    }
    if (options->help) {
        es_options_help(options->command_named ? options->command : NULL, stdout);
        return ES_EXIT_CLEAN;
    }
    return options->command->run(options);
}

int main(int argc, char *argv[])
{
    /* Which characters the terminal shows; numbers stay as the C locale has them. */
    setlocale(LC_CTYPE, "");
    /* A reader that has seen enough ends the program without a word, whoever started it. */
    signal(SIGPIPE, SIG_DFL);
    /* A file that may not grow is one that cannot be written, and is taken back. */
    signal(SIGXFSZ, SIG_IGN);

    struct es_options options;
    const enum es_exit status = run(argc, argv, &options);
    es_options_fini(&options);
    return (int)close_output(status);
}
