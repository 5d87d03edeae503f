/*
 * The file that --html asks for: whole under its name, or not there.
 */
#include "html_file.h"

#include "command.h"

#include <string.h>
#include <sys/stat.h>

bool es_html_file_is_standard_output(const struct es_options *options)
{
    return options->html && strcmp(options->html, "-") == 0;
}

static bool ends_in(const char *name, const char *suffix)
{
    const size_t length = strlen(name);
    const size_t end = strlen(suffix);
    return length >= end && strcmp(name + length - end, suffix) == 0;
}

/* "espial --html a.pcap b.pcap": the page's name was forgotten, and a capture would be replaced. */
static bool is_capture(const char *name)
{
    static const char *const suffixes[] = {".pcap", ".pcapng", ".cap", ".gz", ".zst"};
    for (size_t i = 0; i < ES_COUNT(suffixes); i++) {
        if (ends_in(name, suffixes[i]))
            return true;
    }
    return false;
}

/*
 * A device, a pipe, a folder, a link: the page takes its name by renaming, which would put a file
 * in the place of /dev/stdout.
 */
static bool is_no_file(const char *path)
{
    struct stat status;
    return strcmp(path, "-") != 0 && lstat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool is_input(const struct es_options *options)
{
    struct stat page;
    struct stat input;
    if (stat(options->html, &page) != 0)
        return false;
    for (size_t i = 0; i < options->argument_count; i++) {
        if (stat(options->arguments[i], &input) == 0 && input.st_ino == page.st_ino &&
            input.st_dev == page.st_dev)
            return true;
    }
    return false;
}

bool es_html_file_is_meant(const struct es_options *options)
{
    if (!options->html)
        return true;
    if (es_html_file_is_standard_output(options) &&
        (options->json || options->markdown || options->command->bit != ES_COMMAND_TRIAGE)) {
        es_complain("--html - is all that standard output can take; give it a file name");
        return false;
    }
    if (is_no_file(options->html)) {
        es_complain("--html %s: that is no file; - is standard output", options->html);
        return false;
    }
    if (is_capture(options->html) || is_input(options)) {
        es_complain("--html %s: that is a capture's name; the page goes there", options->html);
        return false;
    }
    return true;
}

void es_html_file_plan(const struct es_options *options, struct es_sandbox_plan *plan, char *folder,
                       size_t size)
{
    es_sandbox_plan_file(plan, options->html, folder, size);
}

bool es_html_file_is_possible(const struct es_options *options)
{
    struct es_output output;
    struct es_error error = {0};
    if (!options->html)
        return true;
    if (!es_output_open(&output, options->html, &error)) {
        es_complain("--html: %s", error.text);
        return false;
    }
    es_output_drop(&output);
    return true;
}

static bool write_page(const struct es_options *options, const struct es_text *page,
                       struct es_error *error)
{
    struct es_output output;
    if (!es_output_open(&output, options->html, error))
        return false;
    if (!es_output_write(&output, es_text_chars(page), page->length, error)) {
        es_output_drop(&output);
        return false;
    }
    return es_output_keep(&output, false, error);
}

bool es_html_file_write(const struct es_options *options, const struct es_report *report)
{
    if (!options->html)
        return true;
    struct es_text page;
    struct es_error error = {0};
    es_text_init(&page);
    bool done = es_report_html(report, &page);
    if (!done)
        es_error_set(&error, ES_ERROR_MEMORY, "no memory for the page");
    done = done && write_page(options, &page, &error);
    if (!done)
        es_complain("--html: %s", error.text);
    es_text_fini(&page);
    return done;
}
