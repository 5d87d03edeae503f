/*
 * The sandbox: what espial gives up before it looks at the first packet. Every byte of a capture is
 * untrusted; a fault in a parser must not be of use to anyone.
 */
#ifndef ES_CLI_SANDBOX_H
#define ES_CLI_SANDBOX_H

#include "espial/base.h"

enum { ES_SANDBOX_FOLDERS_MAX = 4 };

/* What is still needed once everything is open. */
struct es_sandbox_plan {
    const char *const *read_paths; /* files and folders that are opened later */
    size_t read_path_count;
    const char *write_folders[ES_SANDBOX_FOLDERS_MAX]; /* where files are made; NULL: none */
    const char *user; /* to become, when root; NULL: stay, with nothing but the right to read */
    bool screen;      /* takes over the terminal: descriptions of terminals are read */
    bool listens;     /* accepts connections on a socket that is bound already */
};

/*
 * Gives up everything else: capabilities, the way to new ones, all files but those of the plan, and
 * all system calls that reading, judging and writing do not need. Where the kernel has no Landlock
 * or no seccomp that part is left out, and `missing` (may be NULL) says which: static text, NULL
 * when nothing is missing. False when something was refused that should work: stop then.
 */
bool es_sandbox_enter(const struct es_sandbox_plan *plan, const char **missing,
                      struct es_error *error);

/*
 * Adds the folder of the file `path` to those that files are made in, once per place of the plan;
 * "-" and NULL need none. `folder` holds its name and stays until the plan is used.
 */
void es_sandbox_plan_file(struct es_sandbox_plan *plan, const char *path, char *folder,
                          size_t size);

/* Becomes this user for good, with its own group and no others. Needs to be root. */
bool es_sandbox_become(const char *name, struct es_error *error);

#endif
