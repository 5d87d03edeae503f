/*
 * Files that take their name once they are whole: written under another name in the same folder,
 * then renamed, which is one step for whoever looks.
 */
#include "espial/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void forget(struct es_output *output)
{
    free(output->path);
    free(output->draft);
    *output = (struct es_output){.fd = -1};
}

static bool fail(const struct es_output *output, int why, struct es_error *error)
{
    return es_error_set(error, ES_ERROR_SYSTEM, "%.200s: %s",
                        output->path ? output->path : "standard output", strerror(why));
}

/* ".NAME.tmp" in the folder of `path`; a shell's * does not match it, nor does node_exporter. */
static char *draft_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const size_t folder = slash ? (size_t)(slash - path) + 1 : 0;
    const size_t size = strlen(path) + sizeof("..tmp");
    char *draft = malloc(size);
    if (draft)
        snprintf(draft, size, "%.*s.%s.tmp", (int)folder, path, path + folder);
    return draft;
}

/* A device or a link has this name: a file that takes it would put an end to /dev/null. */
static bool is_taken(const char *path)
{
    struct stat about;
    return lstat(path, &about) == 0 && !S_ISREG(about.st_mode);
}

bool es_output_open(struct es_output *output, const char *path, struct es_error *error)
{
    *output = (struct es_output){.fd = -1};
    if (strcmp(path, "-") == 0) {
        output->fd = STDOUT_FILENO;
        return true;
    }
    if (is_taken(path))
        return es_error_set(error, ES_ERROR_SYSTEM, "%.200s: there is something that is no file",
                            path);
    output->path = strdup(path);
    output->draft = draft_of(path);
    if (!output->path || !output->draft) {
        forget(output);
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to write %.200s", path);
    }
    /* Never through what somebody else may have put there: the folder can be a shared one. */
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    output->fd = open(output->draft, flags, 0666);
    if (output->fd < 0 && errno == EEXIST && unlink(output->draft) == 0)
        output->fd = open(output->draft, flags, 0666);
    if (output->fd >= 0)
        return true;
    fail(output, errno, error);
    forget(output);
    return false;
}

bool es_output_write(struct es_output *output, const void *bytes, size_t count,
                     struct es_error *error)
{
    const char *at = bytes;
    while (count > 0) {
        const ssize_t wrote = write(output->fd, at, count);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return fail(output, errno, error);
        at += wrote;
        count -= (size_t)wrote;
    }
    return true;
}

bool es_output_keep(struct es_output *output, bool sync, struct es_error *error)
{
    if (!output->path) {
        forget(output);
        return true;
    }
    bool done = !sync || fsync(output->fd) == 0;
    int why = errno;
    if (close(output->fd) != 0 && done) {
        done = false;
        why = errno;
    }
    output->fd = -1;
    if (done && rename(output->draft, output->path) != 0) {
        done = false;
        why = errno;
    }
    if (!done) {
        unlink(output->draft);
        fail(output, why, error);
    }
    forget(output);
    return done;
}

void es_output_drop(struct es_output *output)
{
    if (output->draft && output->fd >= 0) {
        close(output->fd);
        unlink(output->draft);
    }
    forget(output);
}

bool es_output_replace(const char *path, const void *bytes, size_t count, struct es_error *error)
{
    struct es_output output;
    if (!es_output_open(&output, path, error))
        return false;
    if (!es_output_write(&output, bytes, count, error)) {
        es_output_drop(&output);
        return false;
    }
    return es_output_keep(&output, true, error);
}
