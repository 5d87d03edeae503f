/*
 * One line that is written over: how much, how fast, how long yet.
 */
#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static const double patience_s = 1.0;
static const double between_s = 0.25;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

void es_progress_init(struct es_progress *progress, const struct es_source *source, bool wanted)
{
    *progress = (struct es_progress){.source = source, .start = now()};
    progress->on = wanted && isatty(STDERR_FILENO);
    progress->next_line = progress->start + patience_s;
}

void es_progress_look(struct es_progress *progress)
{
    if (!progress->on)
        return;
    const double time = now();
    if (time < progress->next_line)
        return;
    progress->next_line = time + between_s;

    uint64_t size = 0;
    uint64_t read = 0;
    for (size_t i = 0; i < es_source_file_count(progress->source); i++) {
        const struct es_source_file *file = es_source_file(progress->source, i);
        size += file->size;
        read += file->size ? file->read : 0;
    }
    const double elapsed = time - progress->start;
    struct es_text line;
    es_text_init(&line);
    if (read && read <= size) {
        es_text_addf(&line, "%3.0f%%  ", 100 * (double)read / (double)size);
        es_text_add_size(&line, (uint64_t)((double)read / elapsed));
        es_text_add(&line, "/s  ");
    }
    es_text_add_count(&line, progress->frames);
    es_text_add(&line, " packets");
    if (read && read <= size) {
        es_text_add(&line, "  ");
        es_text_add_span(&line, (es_time)(elapsed * (double)(size - read) / (double)read * 1e9));
        es_text_add(&line, " left");
    }
    fprintf(stderr, "\r%s\033[K", es_text_chars(&line));
    fflush(stderr);
    es_text_fini(&line);
    progress->shown = true;
}

double es_progress_fini(struct es_progress *progress)
{
    if (progress->shown) {
        fputs("\r\033[K", stderr);
        fflush(stderr);
        progress->shown = false;
    }
    return now() - progress->start;
}
