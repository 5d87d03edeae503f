/*
 * Keeps what a pipe gives in a file without a name, in TMPDIR or /tmp, which is gone when the
 * program is. The disk bounds it.
 */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE_BYTES = 1 << 20 };

static const char *folder(void)
{
    const char *own = getenv("TMPDIR");
    return own && *own ? own : "/tmp";
}

static int open_unnamed(void)
{
#ifdef O_TMPFILE
    const int fd = open(folder(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
#endif
    char path[4096];
    const int length = snprintf(path, sizeof(path), "%s/espial.XXXXXX", folder());
    if (length < 0 || (size_t)length >= sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    const int named = mkstemp(path);
    if (named >= 0)
        unlink(path);
    return named;
}

static bool write_all(int to, const char *bytes, size_t count)
{
    while (count > 0) {
        const ssize_t wrote = write(to, bytes, count);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            return false;
        bytes += wrote;
        count -= (size_t)wrote;
    }
    return true;
}

static bool keep(int from, int to, struct es_error *error)
{
    char *piece = malloc(PIECE_BYTES);
    bool done = piece || es_error_set(error, ES_ERROR_MEMORY, "no memory to keep the input");
    while (done) {
        const ssize_t count = read(from, piece, PIECE_BYTES);
        if (count == 0)
            break;
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            done = es_error_set(error, ES_ERROR_SYSTEM, "standard input: %s", strerror(errno));
        else if (!write_all(to, piece, (size_t)count))
            done = es_error_set(error, ES_ERROR_SYSTEM,
                                "the input has to be kept to be read twice, and %.200s has no room "
                                "for it: %s; TMPDIR names another folder",
                                folder(), strerror(errno));
    }
    free(piece);
    return done;
}

bool es_spool(const char *path, int64_t *start, struct es_error *error)
{
    const bool standard = strcmp(path, "-") == 0;
    struct stat about;
    *start = 0;
    if (standard && fstat(STDIN_FILENO, &about) == 0 && S_ISREG(about.st_mode)) {
        *start = lseek(STDIN_FILENO, 0, SEEK_CUR);
        return true;
    }
    const int from = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (from < 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "%.200s: %s", path, strerror(errno));
    const int to = open_unnamed();
    bool done =
        to >= 0 || es_error_set(error, ES_ERROR_SYSTEM, "no place to keep the input in %.200s: %s",
                                folder(), strerror(errno));
    if (done)
        done = keep(from, to, error);
    if (!standard)
        close(from);
    if (done && (dup2(to, STDIN_FILENO) < 0 || lseek(STDIN_FILENO, 0, SEEK_SET) != 0))
        done = es_error_set(error, ES_ERROR_SYSTEM, "standard input: %s", strerror(errno));
    if (to >= 0)
        close(to);
    return done;
}
