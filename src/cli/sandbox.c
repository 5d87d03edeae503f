/*
 * The sandbox on Linux: another user, no capabilities, Landlock for files, seccomp for system
 * calls. Elsewhere there is none yet, and `missing` says so.
 */
#include "sandbox.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool es_sandbox_become(const char *name, struct es_error *error)
{
    const struct passwd *user = getpwnam(name);
    if (!user)
        return es_error_set(error, ES_ERROR_SYSTEM, "there is no user \"%.64s\"", name);
    if (setgroups(0, NULL) != 0 || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) != 0 ||
        setresuid(user->pw_uid, user->pw_uid, user->pw_uid) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "cannot become the user %.64s: %s", name,
                            strerror(errno));
    return true;
}

void es_sandbox_plan_file(struct es_sandbox_plan *plan, const char *path, char *folder, size_t size)
{
    if (!path || strcmp(path, "-") == 0)
        return;
    const char *slash = strrchr(path, '/');
    if (slash)
        snprintf(folder, size, "%.*s", (int)(slash - path) + 1, path);
    else
        snprintf(folder, size, ".");
    size_t free_place = 0;
    while (plan->write_folders[free_place])
        free_place++;
    plan->write_folders[free_place] = folder;
}

#ifndef __linux__

bool es_sandbox_enter(const struct es_sandbox_plan *plan, const char **missing,
                      struct es_error *error)
{
    (void)plan;
    (void)error;
    if (missing)
        *missing = "no sandbox on this system";
    return true;
}

#else

#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* --- user and capabilities --- */

/* The capabilities that this process keeps, as a set of bits. */
static bool set_capabilities(uint64_t kept)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {0};
    for (int i = 0; i < 2; i++) {
        data[i].effective = data[i].permitted = (uint32_t)(kept >> (32 * i));
        data[i].inheritable = 0;
    }
    return syscall(SYS_capset, &header, data) == 0;
}

/* So that no program that is started could have them again. Needs CAP_SETPCAP: without, the
 * process had next to none. */
static void empty_bounding_set(void)
{
    for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
        prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
}

static bool has_landlock(void)
{
    return syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

/*
 * Root without capabilities could not read the captures of others that come later, nor write into
 * their folders; where Landlock says which, it may.
 */
static uint64_t capabilities_of_root(const struct es_sandbox_plan *plan)
{
    uint64_t kept = 0;
    if (plan->read_path_count)
        kept |= UINT64_C(1) << CAP_DAC_READ_SEARCH;
    if (plan->write_folders[0] && has_landlock())
        kept |= UINT64_C(1) << CAP_DAC_OVERRIDE;
    return kept;
}

static bool drop_privileges(const struct es_sandbox_plan *plan, struct es_error *error)
{
    const bool root = geteuid() == 0;
    empty_bounding_set();
    if (root && plan->user && !es_sandbox_become(plan->user, error))
        return false;
    const uint64_t kept = root && !plan->user ? capabilities_of_root(plan) : 0;
    if (!set_capabilities(kept))
        return es_error_set(error, ES_ERROR_SYSTEM, "cannot give up capabilities: %s",
                            strerror(errno));
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "cannot give up new privileges: %s",
                            strerror(errno));
    return true;
}

/* --- files --- */

enum {
    READ_RIGHTS = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    WRITE_RIGHTS = READ_RIGHTS | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                   LANDLOCK_ACCESS_FS_REMOVE_FILE,
    /* All that the first version of Landlock knows. */
    ALL_RIGHTS = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
};

/* A path that is not there cannot be opened later either: no error. */
static bool allow(int rules, const char *path, uint64_t rights, struct es_error *error)
{
    const int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return true;
    struct stat status;
    if (fstat(fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rights &= LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE;
    const struct landlock_path_beneath_attr beneath = {.allowed_access = rights, .parent_fd = fd};
    const bool added =
        syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0;
    const int why = errno;
    close(fd);
    return added || es_error_set(error, ES_ERROR_SYSTEM, "cannot restrict files to %.200s: %s",
                                 path, strerror(why));
}

/* Names of time zones are looked up when the first local time is written. */
static const char *const always_readable[] = {"/etc/localtime", "/usr/share/zoneinfo"};

/* What terminals can do is looked up there, by their names. */
static const char *const terminfo[] = {"/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo",
                                       "/usr/lib/terminfo", "/usr/local/share/terminfo"};

static bool allow_terminfo(int rules, struct es_error *error)
{
    const char *own = getenv("TERMINFO");
    const char *home = getenv("HOME");
    bool done = true;
    for (size_t i = 0; i < ES_COUNT(terminfo); i++)
        done = done && allow(rules, terminfo[i], READ_RIGHTS, error);
    if (own && *own)
        done = done && allow(rules, own, READ_RIGHTS, error);
    if (home && *home) {
        char path[PATH_MAX];
        const int length = snprintf(path, sizeof(path), "%s/.terminfo", home);
        if (length > 0 && (size_t)length < sizeof(path))
            done = done && allow(rules, path, READ_RIGHTS, error);
    }
    return done;
}

static bool allow_all(int rules, const struct es_sandbox_plan *plan, struct es_error *error)
{
    bool done = !plan->screen || allow_terminfo(rules, error);
    for (size_t i = 0; i < ES_COUNT(always_readable); i++)
        done = done && allow(rules, always_readable[i], READ_RIGHTS, error);
    for (size_t i = 0; i < plan->read_path_count; i++)
        done = done && allow(rules, plan->read_paths[i], READ_RIGHTS, error);
    for (size_t i = 0; i < ES_SANDBOX_FOLDERS_MAX; i++) {
        if (plan->write_folders[i])
            done = done && allow(rules, plan->write_folders[i], WRITE_RIGHTS, error);
    }
    return done;
}

static bool restrict_files(const struct es_sandbox_plan *plan, const char **missing,
                           struct es_error *error)
{
    const struct landlock_ruleset_attr attributes = {.handled_access_fs = ALL_RIGHTS};
    const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
    if (rules < 0) {
        *missing = "the kernel has no Landlock: files are not restricted";
        return true;
    }
    bool done = allow_all(rules, plan, error);
    if (done && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
        done = es_error_set(error, ES_ERROR_SYSTEM, "cannot restrict files: %s", strerror(errno));
    close(rules);
    return done;
}

/* --- system calls --- */

static const int allowed[] = {
    /* reading and writing what is open */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(fcntl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(select),
    SCMP_SYS(pselect6),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(getsockopt),
    SCMP_SYS(getsockname), /* libpcap, whether the interface is still there */
    /* files that the plan names, within Landlock's bounds */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(getdents64),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(mmap),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mprotect),
    /* time, signals, threads that there are, the end */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(tgkill),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* The same where a long has 32 bits. */
    SCMP_SYS(mmap2),
    SCMP_SYS(_llseek),
    SCMP_SYS(fstat64),
    SCMP_SYS(fstatat64),
    SCMP_SYS(stat64),
    SCMP_SYS(lstat64),
    SCMP_SYS(fcntl64),
    SCMP_SYS(ftruncate64),
    SCMP_SYS(_newselect),
    SCMP_SYS(pselect6_time64),
    SCMP_SYS(ppoll_time64),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres_time64),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(futex_time64),
    SCMP_SYS(getuid32),
    SCMP_SYS(geteuid32),
};

/* A server's calls on the socket that listens and those that it accepts. */
static const int allowed_listening[] = {
    SCMP_SYS(accept),      SCMP_SYS(accept4),   SCMP_SYS(sendto),     SCMP_SYS(sendmsg),
    SCMP_SYS(sendfile),    SCMP_SYS(shutdown),  SCMP_SYS(setsockopt), SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait), SCMP_SYS(epoll_ctl),
};

static bool add_calls(scmp_filter_ctx filter, const int *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* A call that this architecture lacks is no loss. */
        if (calls[i] >= 0 && seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0) != 0)
            return false;
    }
    return true;
}

/* What a terminal and an interface are asked, and nothing else: TIOCSTI, for one, would type. */
static bool add_ioctls(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = {
        0x5401 /* TCGETS */,  0x5402 /* TCSETS */,     0x5403 /* TCSETSW */,
        0x5404 /* TCSETSF */, 0x5413 /* TIOCGWINSZ */, 0x541b /* FIONREAD */,
        0x540b /* TCFLSH */,  0x540f /* TIOCGPGRP */,  0x8913 /* SIOCGIFFLAGS */};
    for (size_t i = 0; i < ES_COUNT(requests); i++) {
        const struct scmp_arg_cmp is_it = SCMP_A1_32(SCMP_CMP_EQ, requests[i]);
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, is_it) != 0)
            return false;
    }
    return true;
}

/* Ctrl-Z: ncurses gives the terminal back and stops the program, itself and no other. */
static bool add_stopping(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(getpgrp), SCMP_SYS(getpgid)};
    const struct scmp_arg_cmp itself = SCMP_A0_32(SCMP_CMP_EQ, (uint32_t)getpid());
    return add_calls(filter, calls, ES_COUNT(calls)) &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, itself) == 0;
}

/*
 * Threads that unpack, but no processes. The flags of clone3() lie in memory, where a filter does
 * not see them: it is said not to be there, and the libraries take clone().
 */
static bool add_threads(scmp_filter_ctx filter)
{
    static const int calls[] = {SCMP_SYS(set_robust_list), SCMP_SYS(rseq)};
    const uint64_t flags = CLONE_THREAD | CLONE_VM | CLONE_SIGHAND;
    const struct scmp_arg_cmp is_thread = SCMP_A0(SCMP_CMP_MASKED_EQ, flags, flags);
    return add_calls(filter, calls, ES_COUNT(calls)) &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, is_thread) == 0;
}

static bool restrict_calls(const struct es_sandbox_plan *plan, const char **missing,
                           struct es_error *error)
{
    /* Refused, not killed: a library that tries something unneeded goes on without it. */
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool built = filter && add_calls(filter, allowed, ES_COUNT(allowed)) && add_ioctls(filter) &&
                 add_threads(filter);
    if (built && plan->screen)
        built = add_stopping(filter);
    if (built && plan->listens)
        built = add_calls(filter, allowed_listening, ES_COUNT(allowed_listening));
    const int result = built ? seccomp_load(filter) : -ENOMEM;
    seccomp_release(filter);
    if (!built)
        return es_error_set(error, ES_ERROR_LIBRARY, "cannot build the filter of system calls");
    if (result == -EINVAL || result == -ENOSYS || result == -ECANCELED)
        *missing = "the kernel takes no filter of system calls";
    else if (result != 0)
        return es_error_set(error, ES_ERROR_LIBRARY, "cannot filter system calls: %s",
                            strerror(-result));
    return true;
}

bool es_sandbox_enter(const struct es_sandbox_plan *plan, const char **missing,
                      struct es_error *error)
{
    const char *unused;
    missing = missing ? missing : &unused;
    *missing = NULL;
    return drop_privileges(plan, error) && restrict_files(plan, missing, error) &&
           restrict_calls(plan, missing, error);
}

#endif
