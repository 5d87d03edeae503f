/*
 * The captures of a directory, such as the ring that tcpdump -C/-W or -G writes: names say little
 * about order there, the time of the first packet does.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

bool es_input_list_add(struct es_input_list *list, struct es_input *input)
{
    if (input && list->count == list->capacity) {
        const size_t capacity = list->capacity ? list->capacity * 2 : 8;
        struct es_input **inputs = realloc(list->inputs, capacity * sizeof(struct es_input *));
        if (inputs) {
            list->inputs = inputs;
            list->capacity = capacity;
        }
    }
    if (!input || list->count == list->capacity) {
        es_input_free(input);
        return false;
    }
    list->inputs[list->count++] = input;
    return true;
}

void es_input_list_fini(struct es_input_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        es_input_free(list->inputs[i]);
    free(list->inputs);
    *list = (struct es_input_list){0};
}

bool es_is_folder(const char *path)
{
    struct stat about;
    return strcmp(path, "-") != 0 && stat(path, &about) == 0 && S_ISDIR(about.st_mode);
}

/* Inputs without a first frame come last. */
static int compare(const void *left, const void *right)
{
    const struct es_input *a = *(struct es_input *const *)left;
    const struct es_input *b = *(struct es_input *const *)right;
    if (a->has_head != b->has_head)
        return a->has_head ? -1 : 1;
    if (a->has_head && a->head.ref.time != b->head.ref.time)
        return a->head.ref.time < b->head.ref.time ? -1 : 1;
    return strcmp(a->file.name, b->file.name);
}

/* Adds the file `name` of the directory when it is a capture. False without memory. */
static bool add_entry(struct es_input_list *list, const char *path, const char *name,
                      const struct es_source_options *options)
{
    struct es_text full;
    es_text_init(&full);
    es_text_add(&full, path);
    if (full.length > 0 && full.chars && full.chars[full.length - 1] != '/')
        es_text_add(&full, "/");
    es_text_add(&full, name);
    struct es_input *input = NULL;
    bool done = false;
    if (full.failed)
        goto out;
    struct stat about;
    if (stat(full.chars, &about) == 0 && !S_ISREG(about.st_mode)) {
        done = true;
        goto out;
    }
    input = es_input_new(full.chars, options);
    if (!input)
        goto out;
    es_input_preview(input);
    if (input->foreign)
        done = true;
    else {
        done = es_input_list_add(list, input);
        input = NULL;
    }
out:
    es_input_free(input);
    es_text_fini(&full);
    return done;
}

/* Adds the directory itself as an input that says what is wrong. */
static bool add_damage(struct es_input_list *list, const char *path, enum es_error_kind kind,
                       const char *reason)
{
    struct es_input *input = es_input_new(path, NULL);
    if (input)
        es_file_damage(&input->file, kind, "%s", reason);
    return es_input_list_add(list, input);
}

bool es_folder_add(struct es_input_list *list, const char *path,
                   const struct es_source_options *options)
{
    DIR *directory = opendir(path);
    if (!directory)
        return add_damage(list, path, ES_ERROR_SYSTEM, strerror(errno));
    const size_t before = list->count;
    bool whole = true;
    const struct dirent *entry;
    while (whole && (entry = readdir(directory))) {
        if (entry->d_name[0] != '.')
            whole = add_entry(list, path, entry->d_name, options);
    }
    closedir(directory);
    if (!whole)
        return false;
    if (list->count == before)
        return add_damage(list, path, ES_ERROR_FORMAT,
                          "is a directory without captures: expected pcap or pcapng files, plain "
                          "or packed by gzip or zstd");
    qsort(list->inputs + before, list->count - before, sizeof(struct es_input *), compare);
    return true;
}
