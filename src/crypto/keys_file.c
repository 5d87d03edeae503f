/*
 * Key files and folders of them: read line by line, each file's form told by its first line that
 * only one form has.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer lines are passed over: no form has them. */
enum { LINE_MAX_BYTES = 64 * 1024 };

/* In the order of asking: a form with few marks of its own comes after those with more. */
static const struct es_key_form *const forms[] = {
    &es_key_form_charon,      &es_key_form_pluto,     &es_key_form_vpp,
    &es_key_form_fortigate,   &es_key_form_esp_table, &es_key_form_ikev2_table,
    &es_key_form_ikev1_table, &es_key_form_xfrm,      &es_key_form_setkey,
    &es_key_form_tcpdump,
};

void es_key_sink_ike(struct es_key_sink *sink, const struct es_ike_keys *ike)
{
    if (es_keys_add_ike(sink->keys, ike))
        sink->found++;
    else
        sink->full = true;
}

void es_key_sink_esp(struct es_key_sink *sink, const struct es_esp_keys *esp)
{
    if (es_keys_add_esp(sink->keys, esp))
        sink->found++;
    else
        sink->full = true;
}

/* A file on its way through a form. */
struct reading {
    const struct es_key_form *form; /* NULL: not told yet */
    void *state;                    /* the form's; owned */
    struct es_key_sink sink;
    bool failed; /* no memory for the state */
};

static void take_line(struct reading *r, struct es_word line)
{
    if (line.length > 0 && line.chars[line.length - 1] == '\r')
        line.length--;
    for (size_t i = 0; !r->form && i < ES_COUNT(forms); i++) {
        if (!forms[i]->begins(line))
            continue;
        r->form = forms[i];
        r->state = calloc(1, forms[i]->state_bytes + 1);
        r->failed = !r->state;
    }
    if (r->form && !r->failed)
        r->form->line(r->state, line, &r->sink);
}

static void finish(struct reading *r)
{
    if (!r->form || r->failed)
        return;
    if (r->form->end)
        r->form->end(r->state, &r->sink);
    OPENSSL_cleanse(r->state, r->form->state_bytes);
    free(r->state);
}

/* Takes all whole lines of `buffer`; the number of bytes that stay. */
static size_t take_lines(struct reading *r, char *buffer, size_t held, bool *overlong)
{
    size_t at = 0;
    const char *end;
    while (!r->sink.full && !r->failed && (end = memchr(buffer + at, '\n', held - at))) {
        const size_t length = (size_t)(end - (buffer + at));
        if (!*overlong)
            take_line(r, (struct es_word){buffer + at, length});
        *overlong = false;
        at += length + 1;
    }
    if (at == 0 && held == LINE_MAX_BYTES) {
        if (!*overlong && r->form)
            r->sink.skipped++;
        *overlong = true;
        return 0;
    }
    memmove(buffer, buffer + at, held - at);
    return held - at;
}

static bool read_lines(struct reading *r, int file, struct es_error *error)
{
    char *buffer = malloc(LINE_MAX_BYTES);
    if (!buffer)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to read");
    size_t held = 0;
    bool overlong = false;
    ssize_t got = 1;
    while (!r->sink.full && !r->failed) {
        got = read(file, buffer + held, LINE_MAX_BYTES - held);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        held = take_lines(r, buffer, held + (size_t)got, &overlong);
    }
    if (got < 0)
        es_error_set(error, ES_ERROR_SYSTEM, "%s", strerror(errno));
    else if (held > 0 && !overlong && !r->sink.full && !r->failed)
        take_line(r, (struct es_word){buffer, held});
    OPENSSL_cleanse(buffer, LINE_MAX_BYTES);
    free(buffer);
    return got >= 0;
}

/* What one file gave; `known` says whether its form is. */
static bool read_file(struct es_keys *keys, const char *path, struct es_key_sink *sum, bool *known,
                      struct es_error *error)
{
    struct reading r = {.sink = {.keys = keys}};
    bool done = false;
    *known = false;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!read_lines(&r, file, error))
        es_error_context(error, "%s", path);
    else if (r.failed || r.sink.full)
        es_error_set(error, ES_ERROR_MEMORY, "%s: no memory, or no room, for more keys", path);
    else
        done = true;
    finish(&r);
    close(file);
    *known = r.form != NULL;
    sum->found += r.sink.found;
    sum->skipped += r.sink.skipped;
    return done;
}

static bool unknown_form(const char *path, struct es_error *error)
{
    return es_error_set(error, ES_ERROR_FORMAT,
                        "%s: no keys in a form known here: Wireshark's tables, charon's log at "
                        "level 4, pluto's private debug lines, ip xfrm state, setkey -D, "
                        "tcpdump -E, VPP's show ikev2 sa details, FortiGate's diagnose vpn "
                        "tunnel list",
                        path);
}

/* One entry of a folder; what is no regular file or no key file is passed over. */
static bool read_entry(struct es_keys *keys, const char *folder, const char *name,
                       struct es_key_sink *sum, bool *known, struct es_error *error)
{
    struct es_text path;
    struct stat about;
    bool done = true;
    *known = false;
    es_text_init(&path);
    es_text_addf(&path, "%s/%s", folder, name);
    if (path.failed)
        done = es_error_set(error, ES_ERROR_MEMORY, "%s: no memory", folder);
    else if (stat(path.chars, &about) == 0 && S_ISREG(about.st_mode))
        done = read_file(keys, path.chars, sum, known, error);
    es_text_fini(&path);
    return done;
}

static int keep_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* In the order of names, so that what replaces what does not depend on the file system. */
static bool read_folder(struct es_keys *keys, const char *path, struct es_key_sink *sum,
                        struct es_error *error)
{
    struct dirent **entries;
    const int count = scandir(path, &entries, keep_visible, alphasort);
    if (count < 0)
        return es_error_set(error, ES_ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    bool done = true;
    bool any = false;
    for (int i = 0; i < count; i++) {
        struct es_error first;
        bool known;
        if (!read_entry(keys, path, entries[i]->d_name, sum, &known, &first)) {
            if (done && error)
                *error = first;
            done = false;
        }
        any |= known;
        free(entries[i]);
    }
    free(entries);
    return any || !done ? done : unknown_form(path, error);
}

bool es_keys_read(struct es_keys *keys, const char *path, size_t *found, size_t *skipped,
                  struct es_error *error)
{
    struct es_key_sink sum = {0};
    struct stat about;
    bool done;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode))
        done = read_folder(keys, path, &sum, error);
    else {
        bool known;
        done = read_file(keys, path, &sum, &known, error);
        if (done && !known)
            done = unknown_form(path, error);
    }
    if (found)
        *found = sum.found;
    if (skipped)
        *skipped = sum.skipped;
    return done;
}
