/*
 * The guard of a terminal that was taken over: whatever ends the program, the terminal is given
 * back as it was.
 */
#ifndef ES_CLI_GUARD_H
#define ES_CLI_GUARD_H

#include <stdbool.h>
#include <stddef.h>

enum { ES_GUARD_BYTES = 256 };

/* Before the screen takes the terminal: remembers its settings. */
void es_guard_remember(void);

/*
 * From here on signals that end the program at once (a crash, abort(), Ctrl-\, a terminal that
 * hangs up) first write `bytes` to the terminal and put its settings back; then they do what they
 * would.
 */
void es_guard_set(const char *bytes, size_t count);

/* The screen gave the terminal back itself. */
void es_guard_lift(void);

/* Gives the terminal back where it is guarded. May be called by signal handlers. */
void es_guard_restore(void);

#endif
