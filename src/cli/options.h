/*
 * The command line: what can be asked for, and what was.
 */
#ifndef ES_CLI_OPTIONS_H
#define ES_CLI_OPTIONS_H

#include "espial/base.h"
#include "espial/diagnose/threshold.h"
#include "espial/packet.h"

#include <stdio.h>

enum es_exit { ES_EXIT_CLEAN, ES_EXIT_FINDINGS, ES_EXIT_USAGE, ES_EXIT_INPUT };

enum es_color_when { ES_COLOR_AUTO, ES_COLOR_ALWAYS, ES_COLOR_NEVER };

/* Bits, so that an option can say which commands take it. */
enum es_command_bit {
    ES_COMMAND_TRIAGE = 1 << 0,
    ES_COMMAND_SHOW = 1 << 1,
    ES_COMMAND_EXPLAIN = 1 << 2,
    ES_COMMAND_KEYS = 1 << 3,
    ES_COMMAND_WATCH = 1 << 4,
    ES_COMMAND_ANNOTATE = 1 << 5,
    ES_COMMAND_EXTRACT = 1 << 6,
    ES_COMMAND_ALL = ES_COMMAND_TRIAGE | ES_COMMAND_SHOW | ES_COMMAND_EXPLAIN | ES_COMMAND_KEYS |
                     ES_COMMAND_WATCH | ES_COMMAND_ANNOTATE | ES_COMMAND_EXTRACT,
    ES_COMMAND_DESCRIBE = 1 << 15 /* not listed, and without options */
};

struct es_options;

struct es_example {
    const char *command;
    const char *what;
};

struct es_command {
    const char *name;
    enum es_command_bit bit;
    const char *arguments; /* as in "espial show FILE..." */
    const char *line;      /* what it does, a few words; NULL: not listed */
    const char *about;     /* more of it for its own help; lines of 80 columns at most */
    struct es_example examples[4];
    enum es_exit (*run)(const struct es_options *options);
};

/* The commands, ended by one without a name; the first is the one that needs no naming. */
extern const struct es_command es_commands[];

/* The arguments of an option that may be given several times. */
enum { ES_WORDS_MAX = 60 };
struct es_words {
    const char *items[ES_WORDS_MAX];
    size_t count;
};

struct es_options {
    const struct es_command *command;
    bool command_named;
    const char **arguments; /* owned list of borrowed strings: files, or what is to be explained */
    size_t argument_count;
    const char **key_paths; /* owned list of borrowed strings: -k */
    size_t key_path_count;
    const char *write; /* a folder; of annotate and extract a file */
    struct es_words tunnels, ike_sas, spis, findings, peers; /* what to extract */
    const char *from, *until;
    uint64_t context_s; /* 0: the default */
    uint64_t snap_esp;  /* bytes; 0: all */
    bool numbers;
    const char *anonymize; /* a file with a key */
    const char *html;      /* a file */
    const char *interface;
    const char *filter;
    const char *vendor; /* whose words to explain in */
    struct es_thresholds thresholds;
    uint64_t speed; /* of a file that is watched: this many times as fast as it was; 0: at once */
    uint64_t count; /* packets to read at most; 0: all */
    uint64_t tunnel;
    uint64_t max_memory_mib; /* 0: the command's default */
    uint16_t ike_ports[ES_IKE_PORTS_MAX];
    size_t ike_port_count;
    int to;       /* what to write keys as; 0: Wireshark's tables */
    int severity; /* enum es_severity */
    int color;    /* enum es_color_when */
    int detail;   /* enum es_ladder_detail */
    bool mermaid;
    bool markdown;
    bool list_thresholds;
    bool no_sandbox;
    bool one_thread;
    bool no_screen;
    bool print_filter, list_interfaces, promiscuous, full;
    uint64_t buffer_kib;        /* of the kernel; 0: its default */
    const char *user;           /* to become when root and live */
    const char *metrics;        /* a file */
    const char *metrics_listen; /* "ADDR:PORT" */
    const char *on_finding;     /* a command */
    const char *ring;           /* a folder */
    uint64_t ring_mib;          /* 0: the default */
    uint64_t ring_minutes;      /* 0: only its size bounds the ring */
    int ring_level;             /* enum es_severity */
    bool json, utc, quiet, exit_zero, numeric;
    bool help, version;
};

/*
 * Reads the command line. False when it asks for something that is not there: `error` then says
 * what, with the nearest thing that is. es_options_fini() is due in both cases.
 */
bool es_options_parse(int argc, char *const *argv, struct es_options *options,
                      struct es_error *error);
void es_options_fini(struct es_options *options);

/* `espial --help`, and with a command that one's. */
void es_options_help(const struct es_command *command, FILE *out);

/*
 * The name out of a list (ended by NULL) that `wrong` was most likely meant to be, or NULL when
 * none is near.
 */
const char *es_options_nearest(const char *wrong, const char *const *names);

/* The command that `word` looks like a slip of, or NULL. */
const char *es_options_nearest_command(const char *word);

#endif
