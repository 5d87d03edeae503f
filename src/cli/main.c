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
    {
     .name = "triage",
     .bit = ES_COMMAND_TRIAGE,
     .arguments = "FILE...",
     .line = "what is wrong, and the proof",
     .about = "Says what is wrong with the tunnels in a capture, names the packets that prove\n"
                 "it and the peer to look at, and lists tunnels, SAs and flows. Several files are\n"
                 "one capture, merged by time; - is standard input; a folder stands for its\n"
                 "captures. The word triage may be left out.\n", .examples = {{"espial capture.pcap", "the verdict, the findings, the tunnels"},
                     {"espial -k charon.log a.pcap b.pcap", "two files at once, with keys"},
                     {"tcpdump -w - | espial -", "what another program captures"}},
     .run = es_triage,
     },
    {
     .name = "show",
     .bit = ES_COMMAND_SHOW,
     .arguments = "FILE...",
     .line = "every IKE message, as a ladder",
     .about = "Prints every IKE message and what happens between them: SAs that come and go,\n"
                 "ESP that starts, rests and ends. The arrow points from the left peer of the\n"
                 "heading to the right one or back; the time behind the clock is since the\n"
                 "message before. -v adds the payloads, -V every field; --json has a record with\n"
                 "all of that for each message. Offsets count from the start of the IKE header.\n", .examples = {{"espial show capture.pcap", "the ladder"},
                     {"espial show -V --tunnel 2 capture.pcap", "every field of one tunnel"},
                     {"espial show --mermaid capture.pcap", "a diagram for a ticket"}},
     .run = es_show,
     },
    {
     .name = "watch",
     .bit = ES_COMMAND_WATCH,
     .arguments = "-i IFACE",
     .line = "live: what happens, as it happens",
     .about = "Watches an interface (or plays a file, -r FILE). On a terminal it shows tunnels\n"
                 "and findings as they change: h says which keys there are. Elsewhere each event\n"
                 "and finding is a line; --json writes records. The report comes at the end (q,\n"
                 "Ctrl-C). SIGUSR1 prints how things stand.\n", .examples = {{"espial watch -i any", "all interfaces, on a terminal"},
                     {"espial watch -r capture.pcap --speed 10", "a file, ten times as fast"},
                     {"espial watch -i eth0 --json --ring DIR", "for a service, with evidence"}},
     .run = es_watch,
     },
    {
     .name = "explain",
     .bit = ES_COMMAND_EXPLAIN,
     .arguments = "[ID]",
     .line = "what a finding means",
     .about = "Explains a finding: what it means, its causes, what to check, and the RFC.\n"
                 "Without ID it lists all findings that there are.\n", .examples = {{"espial explain esp-one-way", "a finding"},
                     {"espial explain esp-one-way --vendor panos", "and where PAN-OS shows it"},
                     {"espial explain --thresholds", "when something counts as a fault"}},
     .run = es_explain,
     },
    {
     .name = "keys",
     .bit = ES_COMMAND_KEYS,
     .arguments = "PATH...",
     .line = "keys of any form as Wireshark's tables",
     .about = "Reads keys of IKE and ESP SAs from files and folders, whatever wrote them:\n"
                 "Wireshark, strongSwan's log at level 4, libreswan's private debug lines,\n"
                 "ip xfrm state, setkey -D, tcpdump -E files, VPP, FortiGate. With\n"
                 "--to wireshark -w DIR they are written as the tables that Wireshark reads from\n"
                 "its profile folder.\n", .examples = {{"espial keys charon.log", "which keys there are"},
                     {"espial keys --to wireshark -w DIR charon.log", "the tables"}},
     .run = es_keys,
     },
    {0                                    },
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
