/*
 * The file that --html asks for.
 */
#ifndef ES_CLI_HTML_FILE_H
#define ES_CLI_HTML_FILE_H

#include "options.h"
#include "sandbox.h"

#include "espial/report.h"

/* False when what is asked for cannot be meant: it has complained. */
bool es_html_file_is_meant(const struct es_options *options);

/* The page goes to standard output, which takes nothing else then. */
bool es_html_file_is_standard_output(const struct es_options *options);

/* Adds the file's folder to those that are written in; `folder` (of `size` bytes) holds its name.
 */
void es_html_file_plan(const struct es_options *options, struct es_sandbox_plan *plan, char *folder,
                       size_t size);

/* Makes the file and removes it again: hours of reading are not to end in a wrong name. */
bool es_html_file_is_possible(const struct es_options *options);

/* Writes it, if it is asked for. False when that failed: it has complained, and there is no file.
 */
bool es_html_file_write(const struct es_options *options, const struct es_report *report);

#endif
