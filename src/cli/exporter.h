/*
 * The exporter: metrics as a file that is replaced again and again, and as a page over HTTP. There
 * is no thread: whoever watches lets it work now and then, and it never waits for anybody.
 */
#ifndef ES_CLI_EXPORTER_H
#define ES_CLI_EXPORTER_H

#include "espial/base.h"

/* Makes the text when it is asked for. */
struct es_exporter_text {
    void (*make)(void *context, struct es_text *text);
    void *context;
};

struct es_exporter;

/*
 * `path`: the file, or NULL; `listen`: "ADDR:PORT" or ":PORT", or NULL. Binds its socket and starts
 * to listen. NULL with `error` filled when it cannot, of kind USAGE when the address is none.
 */
struct es_exporter *es_exporter_open(const char *path, const char *listen,
                                     const struct es_exporter_text *source, struct es_error *error);

/* Answers who asks. Cheap when nobody does. */
void es_exporter_serve(struct es_exporter *exporter, es_time now);

/*
 * Replaces the file. False with `error` filled when that failed, what stood there stays then; and
 * true without a file.
 */
bool es_exporter_write(struct es_exporter *exporter, struct es_error *error);

/* The port that it listens on; 0: none. */
uint16_t es_exporter_port(const struct es_exporter *exporter);

/* Ends it, and takes NULL. */
void es_exporter_close(struct es_exporter *exporter);

#endif
