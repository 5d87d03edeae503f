/*
 * The sandbox: what was given up is gone, what is needed still works.
 */
#include "sandbox.c"

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef __linux__

#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { FORBIDDEN_WORKED = 1, NEEDED_FAILED = 2, NOT_ENTERED = 3, LEFT_OUT = 77 };

/* Valgrind and the sanitizers make system calls of their own. */
static bool is_watched(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#else
    const char *preloaded = getenv("LD_PRELOAD");
    return preloaded && strstr(preloaded, "vgpreload");
#endif
}

/* Runs `body` in a child that entered the sandbox with that plan; its exit status. */
static int in_sandbox(const struct es_sandbox_plan *plan, int (*body)(const char *),
                      const char *path)
{
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct es_error error = {0};
        const char *missing = NULL;
        if (!es_sandbox_enter(plan, &missing, &error))
            _exit(NOT_ENTERED);
        _exit(missing ? LEFT_OUT : body(path));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int try_forbidden(const char *path)
{
    char *const arguments[] = {(char *)(uintptr_t) "/bin/true", NULL};
    (void)path;
    if (open("/etc/passwd", O_RDONLY) >= 0)
        return FORBIDDEN_WORKED;
    if (open("/tmp/espial-should-not-be", O_WRONLY | O_CREAT, 0600) >= 0)
        return FORBIDDEN_WORKED;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EPERM)
        return FORBIDDEN_WORKED;
    if (fork() >= 0)
        return FORBIDDEN_WORKED;
    execv(arguments[0], arguments);
    if (errno != EPERM)
        return FORBIDDEN_WORKED;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0 || setuid(0) == 0)
        return FORBIDDEN_WORKED;
    return 0;
}

static void *set_one(void *number)
{
    *(int *)number = 1;
    return NULL;
}

static int try_needed(const char *path)
{
    int ran = 0;
    pthread_t thread;
    if (pthread_create(&thread, NULL, set_one, &ran) != 0 || pthread_join(thread, NULL) != 0 ||
        !ran)
        return NEEDED_FAILED;
    char bytes[4] = "";
    const int fd = open(path, O_RDONLY);
    if (fd < 0 || read(fd, bytes, sizeof(bytes)) != sizeof(bytes))
        return NEEDED_FAILED;
    if (open(path, O_WRONLY) >= 0)
        return FORBIDDEN_WORKED;
    void *memory = malloc(8 << 20);
    if (!memory)
        return NEEDED_FAILED;
    memset(memory, 1, 8 << 20);
    free(memory);
    return 0;
}

static int try_writing(const char *folder)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/made", folder);
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, "x", 1) != 1 || fsync(fd) != 0)
        return NEEDED_FAILED;
    close(fd);
    return unlink(path) == 0 ? 0 : NEEDED_FAILED;
}

/* A screen stops itself, by Ctrl-Z, and reads what terminals can do. Others are no business of it,
 * and nobody types into the terminal. */
static int try_screen(const char *path)
{
    char typed = 'x';
    (void)path;
    if (kill(getpid(), 0) != 0)
        return NEEDED_FAILED;
    if (kill(getppid(), 0) == 0 || kill(0, 0) == 0 || kill(-1, 0) == 0)
        return FORBIDDEN_WORKED;
    ioctl(STDIN_FILENO, TIOCSTI, &typed);
    if (errno != EPERM)
        return FORBIDDEN_WORKED;
    for (size_t i = 0; i < ES_COUNT(terminfo); i++) {
        if (open(terminfo[i], O_RDONLY | O_DIRECTORY) < 0 && errno != ENOENT)
            return NEEDED_FAILED;
    }
    return open("/etc/passwd", O_RDONLY) >= 0 ? FORBIDDEN_WORKED : 0;
}

static int try_stopping(const char *path)
{
    (void)path;
    return kill(getpid(), 0) == 0 ? FORBIDDEN_WORKED : 0;
}

static void expect_done(int status)
{
    if (status == LEFT_OUT)
        skip(); /* this kernel has no Landlock or no seccomp */
    assert_int_equal(status, 0);
}

static void what_is_given_up_is_refused(void **state)
{
    (void)state;
    if (is_watched())
        skip();
    const struct es_sandbox_plan plan = {0};
    expect_done(in_sandbox(&plan, try_forbidden, NULL));
}

static void a_planned_file_can_be_read_and_not_written(void **state)
{
    (void)state;
    if (is_watched())
        skip();
    char path[] = "/tmp/espial-sandbox-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "abcd", 4), 4);
    close(fd);
    const char *const paths[] = {path};
    const struct es_sandbox_plan plan = {.read_paths = paths, .read_path_count = 1};
    const int status = in_sandbox(&plan, try_needed, path);
    unlink(path);
    expect_done(status);
}

static void a_planned_folder_can_be_written(void **state)
{
    (void)state;
    if (is_watched())
        skip();
    char path[] = "/tmp/espial-sandbox-XXXXXX";
    assert_non_null(mkdtemp(path));
    const struct es_sandbox_plan plan = {.write_folders = {path}};
    const int status = in_sandbox(&plan, try_writing, path);
    rmdir(path);
    expect_done(status);
}

static void an_unknown_user_is_an_error(void **state)
{
    (void)state;
    if (geteuid() != 0 || is_watched())
        skip();
    const pid_t child = fork();
    if (child == 0) {
        struct es_error error = {0};
        const struct es_sandbox_plan plan = {.user = "no-such-user-here"};
        const bool entered = es_sandbox_enter(&plan, NULL, &error);
        _exit(entered || !strstr(error.text, "no-such-user-here"));
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int try_root(const char *path)
{
    (void)path;
    return geteuid() == 0 || getuid() == 0 ? FORBIDDEN_WORKED : 0;
}

static void root_becomes_the_user_of_the_plan(void **state)
{
    (void)state;
    if (geteuid() != 0 || is_watched())
        skip();
    const struct es_sandbox_plan plan = {.user = "nobody"};
    expect_done(in_sandbox(&plan, try_root, NULL));
}

static void a_screen_gets_its_terminal_and_no_more(void **state)
{
    (void)state;
    if (is_watched())
        skip();
    const struct es_sandbox_plan screen = {.screen = true};
    const struct es_sandbox_plan none = {0};
    expect_done(in_sandbox(&screen, try_screen, NULL));
    expect_done(in_sandbox(&none, try_stopping, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_up_is_refused),
        cmocka_unit_test(a_screen_gets_its_terminal_and_no_more),
        cmocka_unit_test(a_planned_file_can_be_read_and_not_written),
        cmocka_unit_test(a_planned_folder_can_be_written),
        cmocka_unit_test(an_unknown_user_is_an_error),
        cmocka_unit_test(root_becomes_the_user_of_the_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 0;
}

#endif
