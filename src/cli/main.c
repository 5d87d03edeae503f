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

const struct es_command es_commands[] = {
    {"triage",                                                                            ES_COMMAND_TRIAGE, "FILE...", "what is wrong, and the proof",
     "Says what is wrong with the tunnels in a capture, names the packets that prove it\n"
     "and the peer to look at, and lists tunnels, SAs and flows. Several files are one\n"
     "capture, merged by time; - is standard input; a folder stands for its captures.\n", es_triage},
    {"show",                                                                          ES_COMMAND_SHOW, "FILE...", "every IKE message, as a ladder",
     "Prints every IKE message and what happens between them: SAs that come and go, ESP\n"
     "that starts, rests and ends. The arrow points from the left peer of the heading to\n"
     "the right one or back; the time behind the clock is since the message before.\n"
     "-v adds the payloads, -V every field; --json has a record with all of that for each\n"
     "message. Offsets count from the start of the IKE header.\n", es_show},
    {"watch", ES_COMMAND_WATCH, "-i IFACE", "live: what happens, as it happens",
     "Watches an interface (or plays a file, -r FILE). On a terminal it shows tunnels, their\n"
     "rates and findings as they change: h says which keys there are. Elsewhere, and with\n"
     "--no-screen, each event and each finding is a line as it happens, findings that are\n"
     "over are told too; --json writes records instead. The report comes at the end (q,\n"
     "Ctrl-C). SIGUSR1 prints how things stand.\n", es_watch},
    {"explain",                                                                                   ES_COMMAND_EXPLAIN, "[ID]", "what a finding means",
     "Explains a finding: what it means, its causes, what to check, and the RFC.\n"
     "Without ID it lists all findings that there are.\n", es_explain},
    {"keys",ES_COMMAND_KEYS, "PATH...", "keys of any form as Wireshark's tables",
     "Reads keys of IKE and ESP SAs from files and folders, whatever wrote them: Wireshark,\n"
     "strongSwan's log at level 4, libreswan's private debug lines, ip xfrm state,\n"
     "setkey -D, tcpdump -E files, VPP, FortiGate. With --to wireshark -w DIR they are\n"
     "written as the tables that Wireshark reads from its profile folder.\n", es_keys},
    {0                                                  },
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

    struct es_options options;
    const enum es_exit status = run(argc, argv, &options);
    es_options_fini(&options);
    return (int)close_output(status);
}
