/*
 * The commands' functions, one file each.
 */
#ifndef ES_CLI_COMMAND_H
#define ES_CLI_COMMAND_H

#include "options.h"

enum es_exit es_triage(const struct es_options *options);
enum es_exit es_show(const struct es_options *options);
enum es_exit es_explain(const struct es_options *options);
enum es_exit es_keys(const struct es_options *options);
enum es_exit es_annotate(const struct es_options *options);
enum es_exit es_extract(const struct es_options *options);
enum es_exit es_watch(const struct es_options *options);
enum es_exit es_describe(const struct es_options *options);

/* "espial: …" on standard error, for every complaint. */
void es_complain(const char *format, ...) ES_PRINTF(1, 2);

/* What a writer to standard output says of itself, in complaints: false when memory ran out. A
 * stream that failed is main()'s to tell. */
bool es_was_written(bool written);

#endif
