/*
 * The process that runs commands, and the wire to it: one record a message downwards, one byte a
 * command's end upwards.
 */
#include "on_finding.h"

#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

enum {
    RECORD_BYTES = 65536,
    COMMANDS_AT_ONCE = 4,
    /* From the signal that asks a command to end to the one that makes it. */
    GRACE_MS = 2000,
    ROUND_MS = 100,
};

enum outcome { ENDED_WELL = 'w', ENDED_BADLY = 'b', TOOK_TOO_LONG = 'l' };

struct es_on_finding {
    int down[2]; /* both ends: while this one is open, writing to it raises no SIGPIPE */
    int up;
    es_time limit;
    es_time minute; /* when the one that is counted began */
    uint64_t a_minute, in_minute;
    bool counted; /* `minute` holds */
    struct es_on_finding_counts counts;
};

/* --- the process --- */

struct job {
    pid_t pid; /* 0: free */
    int in;    /* its standard input; -1: all is written */
    char *record;
    size_t length, sent;
    es_time deadline;
    int signals; /* sent to it so far */
};

struct runner {
    const struct es_on_finding_options *options;
    int down, up;
    bool over; /* no more records will come */
    struct job jobs[COMMANDS_AT_ONCE];
    char buffer[RECORD_BYTES];
};

static es_time monotonic(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * ES_SECOND + time.tv_nsec;
}

static void tell(const struct runner *runner, enum outcome outcome)
{
    const char byte = (char)outcome;
    if (write(runner->up, &byte, 1) < 0)
        return; /* nobody counts any more */
}

static void become_command(const char *command, int in)
{
    static const int reset[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE, SIGXFSZ};
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigemptyset(&usual.sa_mask);
    for (size_t i = 0; i < ES_COUNT(reset); i++)
        sigaction(reset[i], &usual, NULL);
    setpgid(0, 0);
    if (dup2(in, STDIN_FILENO) >= 0)
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void start(struct runner *runner, struct job *job, size_t length)
{
    int pipe_ends[2] = {-1, -1};
    char *record = malloc(length);
    if (!record || pipe(pipe_ends) != 0) {
        free(record);
        tell(runner, ENDED_BADLY);
        return;
    }
    fcntl(pipe_ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFD, FD_CLOEXEC);
    fcntl(pipe_ends[1], F_SETFL, O_NONBLOCK);
    memcpy(record, runner->buffer, length);
    const pid_t pid = fork();
    if (pid == 0)
        become_command(runner->options->command, pipe_ends[0]);
    close(pipe_ends[0]);
    if (pid < 0) {
        close(pipe_ends[1]);
        free(record);
        tell(runner, ENDED_BADLY);
        return;
    }
    *job = (struct job){.pid = pid,
                        .in = pipe_ends[1],
                        .record = record,
                        .length = length,
                        .deadline = monotonic() + runner->options->limit};
}

static struct job *free_job(struct runner *runner)
{
    for (size_t i = 0; i < COMMANDS_AT_ONCE; i++) {
        if (runner->jobs[i].pid == 0)
            return &runner->jobs[i];
    }
    return NULL;
}

static void take_record(struct runner *runner, struct job *job)
{
    const ssize_t length = read(runner->down, runner->buffer, sizeof(runner->buffer));
    if (length > 0)
        start(runner, job, (size_t)length);
    else if (length == 0 || (errno != EINTR && errno != EAGAIN))
        runner->over = true;
}

static void feed(struct job *job)
{
    while (job->in >= 0) {
        const ssize_t wrote = write(job->in, job->record + job->sent, job->length - job->sent);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0 && errno == EAGAIN)
            return;
        if (wrote > 0)
            job->sent += (size_t)wrote;
        /* A command that does not read is fine. */
        if (wrote < 0 || job->sent == job->length) {
            close(job->in);
            job->in = -1;
        }
    }
}

/* Ends what has taken too long, with all that it started. */
static void hurry(struct job *job)
{
    if (monotonic() < job->deadline)
        return;
    kill(-job->pid, job->signals++ == 0 ? SIGTERM : SIGKILL);
    job->deadline = monotonic() + GRACE_MS * ES_MILLISECOND;
}

static void reap(struct runner *runner, struct job *job)
{
    int status = 0;
    if (waitpid(job->pid, &status, WNOHANG) != job->pid)
        return;
    if (job->signals) {
        kill(-job->pid, SIGKILL); /* what it left behind */
        tell(runner, TOOK_TOO_LONG);
    } else {
        tell(runner, WIFEXITED(status) && WEXITSTATUS(status) == 0 ? ENDED_WELL : ENDED_BADLY);
    }
    if (job->in >= 0)
        close(job->in);
    free(job->record);
    *job = (struct job){0};
}

/* False when there is nothing left to do. */
static bool round_of(struct runner *runner)
{
    struct pollfd wanted[COMMANDS_AT_ONCE + 1];
    nfds_t count = 0;
    bool busy = false;
    struct job *place = free_job(runner);
    for (size_t i = 0; i < COMMANDS_AT_ONCE; i++) {
        const struct job *job = &runner->jobs[i];
        busy |= job->pid != 0;
        if (job->pid && job->in >= 0)
            wanted[count++] = (struct pollfd){.fd = job->in, .events = POLLOUT};
    }
    if (!busy && runner->over)
        return false;
    const bool listens = place && !runner->over;
    if (listens)
        wanted[count++] = (struct pollfd){.fd = runner->down, .events = POLLIN};
    if (poll(wanted, count, busy ? ROUND_MS : -1) > 0 && listens && wanted[count - 1].revents)
        take_record(runner, place);
    for (size_t i = 0; i < COMMANDS_AT_ONCE; i++) {
        struct job *job = &runner->jobs[i];
        if (job->pid) {
            feed(job);
            hurry(job);
            reap(runner, job);
        }
    }
    return true;
}

/* Until whoever watches closes the socket, or is gone. Ctrl-C is for that one. */
static void run_commands(struct runner *runner)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGPIPE};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < ES_COUNT(ignored); i++)
        sigaction(ignored[i], &ignore, NULL);
    /* Whoever pipes a capture in is to notice when nobody reads it any more. */
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    if (nothing >= 0 && runner->options->silent)
        dup2(nothing, STDERR_FILENO);
    /* What commands print must not get between the lines of whoever watches. */
    dup2(STDERR_FILENO, STDOUT_FILENO);
#ifdef __linux__
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
#endif
    while (round_of(runner))
        ;
}

/* --- whoever watches --- */

static bool make_wires(int down[2], int up[2], struct es_error *error)
{
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, down) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "--on-finding: %s", strerror(errno));
    if (pipe(up) != 0) {
        es_error_set(error, ES_ERROR_SYSTEM, "--on-finding: %s", strerror(errno));
        close(down[0]);
        close(down[1]);
        return false;
    }
    for (int i = 0; i < 2; i++) {
        fcntl(down[i], F_SETFD, FD_CLOEXEC);
        fcntl(up[i], F_SETFD, FD_CLOEXEC);
    }
    fcntl(down[0], F_SETFL, O_NONBLOCK);
    fcntl(up[0], F_SETFL, O_NONBLOCK);
    fcntl(up[1], F_SETFL, O_NONBLOCK);
    return true;
}

static _Noreturn void live_as_runner(const struct es_on_finding_options *options, int down, int up)
{
    struct runner *runner = calloc(1, sizeof(*runner));
    if (!runner)
        _exit(1);
    runner->options = options;
    runner->down = down;
    runner->up = up;
    run_commands(runner);
    free(runner);
    _exit(0);
}

struct es_on_finding *es_on_finding_open(const struct es_on_finding_options *options,
                                         struct es_error *error)
{
    struct es_on_finding *self = calloc(1, sizeof(*self));
    int up[2] = {-1, -1};
    if (!self) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory for --on-finding");
        return NULL;
    }
    if (!make_wires(self->down, up, error)) {
        free(self);
        return NULL;
    }
    self->up = up[0];
    self->limit = options->limit;
    self->a_minute = options->a_minute;
    const pid_t pid = fork();
    if (pid == 0) {
        close(self->down[0]);
        close(up[0]);
        struct es_error why = {0};
        if (options->user && !es_sandbox_become(options->user, &why))
            _exit(1); /* whoever watches becomes the same, and says why it cannot */
        const int down = self->down[1];
        free(self);
        live_as_runner(options, down, up[1]);
    }
    close(up[1]);
    if (pid > 0)
        return self;
    es_error_set(error, ES_ERROR_SYSTEM, "--on-finding: %s", strerror(errno));
    close(self->down[0]);
    close(self->down[1]);
    close(self->up);
    free(self);
    return NULL;
}

void es_on_finding_run(struct es_on_finding *self, const char *record, size_t length, es_time now)
{
    if (!self->counted || now - self->minute >= 60 * ES_SECOND) {
        self->counted = true;
        self->minute = now;
        self->in_minute = 0;
    }
    if (self->in_minute == self->a_minute) {
        self->counts.suppressed++;
        return;
    }
    self->in_minute++;
    /* A full socket does not block: then the commands are slower than findings come. */
    if (length <= RECORD_BYTES && write(self->down[0], record, length) == (ssize_t)length)
        self->counts.started++;
    else
        self->counts.lost++;
}

/* False when the process is gone. */
static bool hear(struct es_on_finding *self)
{
    char bytes[64];
    ssize_t count;
    while ((count = read(self->up, bytes, sizeof(bytes))) > 0) {
        for (ssize_t i = 0; i < count; i++) {
            self->counts.failed += bytes[i] == ENDED_BADLY;
            self->counts.killed += bytes[i] == TOOK_TOO_LONG;
        }
    }
    return count < 0;
}

const struct es_on_finding_counts *es_on_finding_counts(struct es_on_finding *self)
{
    hear(self);
    return &self->counts;
}

void es_on_finding_wait(struct es_on_finding *self)
{
    if (self->down[0] < 0)
        return;
    close(self->down[0]);
    close(self->down[1]);
    self->down[0] = self->down[1] = -1;
    /* Those that wait in the socket have their time too. */
    const es_time patience = self->limit + 2 * GRACE_MS * ES_MILLISECOND;
    const es_time rounds = 1 + (es_time)(self->counts.started / COMMANDS_AT_ONCE);
    const es_time until = monotonic() + patience * (rounds < 4 ? rounds : 4);
    while (self->counts.started && hear(self) && monotonic() < until) {
        struct pollfd wanted = {.fd = self->up, .events = POLLIN};
        if (poll(&wanted, 1, ROUND_MS) < 0 && errno != EINTR)
            break;
    }
}

void es_on_finding_close(struct es_on_finding *self)
{
    if (!self)
        return;
    es_on_finding_wait(self);
    close(self->up);
    free(self);
}
