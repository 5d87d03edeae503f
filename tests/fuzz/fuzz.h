/*
 * What the fuzz targets share: the entry point that libFuzzer calls, and bytes as a file.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include "espial/pipeline.h"
#include "espial/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* An output that goes nowhere. */
static inline FILE *fuzz_sink(void)
{
    static FILE *sink;
    if (!sink)
        sink = fopen("/dev/null", "w");
    if (!sink)
        abort();
    return sink;
}

/* A source that reads `bytes` as a capture file held in memory; `file` is for fuzz_close(). */
static inline struct es_source *fuzz_open(const uint8_t *bytes, size_t size, int *file)
{
    char path[32];
    *file = memfd_create("capture", 0);
    if (*file < 0 || write(*file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/dev/fd/%d", *file);
    const char *const paths[] = {path};
    struct es_source *source = es_source_open(paths, 1, NULL, NULL);
    if (!source)
        abort();
    return source;
}

static inline void fuzz_close(struct es_source *source, int file)
{
    es_source_free(source);
    close(file);
}

/* All of it: every frame's first and last byte is there to be read. */
static inline void fuzz_read(const uint8_t *bytes, size_t size)
{
    static volatile unsigned seen;
    int file;
    struct es_source *source = fuzz_open(bytes, size, &file);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME) {
        if (frame.held)
            seen = seen + frame.bytes[0] + frame.bytes[frame.held - 1];
    }
    fuzz_close(source, file);
}

#endif
