/*
 * --on-finding: a command that is run for findings. It is started by a process of its own, forked
 * before the sandbox is entered, which hears of findings through a socket: whoever watches never
 * waits for it, and cannot choose what it runs.
 */
#ifndef ES_CLI_ON_FINDING_H
#define ES_CLI_ON_FINDING_H

#include "espial/base.h"

struct es_on_finding_options {
    const char *command; /* for sh -c */
    const char *user;    /* to run it as, when root; NULL: stay */
    bool silent;         /* what it prints goes nowhere; else to standard error */
    uint64_t a_minute;   /* commands at most */
    es_time limit;       /* how long one may take */
};

struct es_on_finding_counts {
    uint64_t started;    /* records handed over */
    uint64_t suppressed; /* not handed over: too many a minute */
    uint64_t lost;       /* not handed over: the commands are too slow, or the record too long */
    uint64_t failed;     /* commands that ended with another status than 0 */
    uint64_t killed;     /* commands that took too long */
};

struct es_on_finding;

/* Forks the process that runs commands. NULL with `error` filled when that is impossible. */
struct es_on_finding *es_on_finding_open(const struct es_on_finding_options *options,
                                         struct es_error *error);

/* Hands a record over for the command's standard input, or counts why not. `now`: monotonic. */
void es_on_finding_run(struct es_on_finding *runner, const char *record, size_t length,
                       es_time now);

/* What became of it all, up to now. */
const struct es_on_finding_counts *es_on_finding_counts(struct es_on_finding *runner);

/* No more records: waits until the commands that were started have ended, or had their time. */
void es_on_finding_wait(struct es_on_finding *runner);

/* Waits if nobody did, and frees it; takes NULL. */
void es_on_finding_close(struct es_on_finding *runner);

#endif
