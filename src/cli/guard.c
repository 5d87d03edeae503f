/*
 * The guard of a terminal. Signal handlers have no context: what they need is static here, written
 * before they are set. They call only what POSIX lets handlers call.
 */
#include "guard.h"

#include "espial/base.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGQUIT, SIGHUP};

static struct {
    char bytes[ES_GUARD_BYTES];
    size_t count;
    struct termios settings;
    bool remembered;
    volatile sig_atomic_t on;
    struct sigaction before[ES_COUNT(fatal)];
} guard;

/* A handler needs a stack where the program's own has run out. */
static _Alignas(16) char stack[64 * 1024];

void es_guard_remember(void)
{
    guard.remembered = tcgetattr(STDIN_FILENO, &guard.settings) == 0;
}

void es_guard_restore(void)
{
    if (!guard.on)
        return;
    guard.on = 0;
    const int why = errno;
    size_t done = 0;
    while (done < guard.count) {
        const ssize_t some = write(STDOUT_FILENO, guard.bytes + done, guard.count - done);
        if (some <= 0)
            break;
        done += (size_t)some;
    }
    if (guard.remembered)
        tcsetattr(STDIN_FILENO, TCSANOW, &guard.settings);
    errno = why;
}

/* Whoever handled the signal before hears of it once this handler has returned. */
static void on_fatal(int number)
{
    es_guard_restore();
    for (size_t i = 0; i < ES_COUNT(fatal); i++) {
        if (fatal[i] == number)
            sigaction(number, &guard.before[i], NULL);
    }
    raise(number);
}

void es_guard_set(const char *bytes, size_t count)
{
    const stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK};
    guard.count = count < sizeof(guard.bytes) ? count : sizeof(guard.bytes);
    memcpy(guard.bytes, bytes, guard.count);
    guard.on = 1;
    sigaltstack(&own, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < ES_COUNT(fatal); i++)
        sigaction(fatal[i], &action, &guard.before[i]);
}

void es_guard_lift(void)
{
    if (!guard.on)
        return;
    guard.on = 0;
    for (size_t i = 0; i < ES_COUNT(fatal); i++)
        sigaction(fatal[i], &guard.before[i], NULL);
}
