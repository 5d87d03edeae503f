/*
 * What standard output can show.
 */
#include "terminal.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 80, WIDTH_MIN = 40, WIDTH_MAX = 160 };

unsigned es_terminal_width(void)
{
    struct winsize size;
    unsigned long columns = 0;
    const char *given = getenv("COLUMNS");
    if (given)
        columns = strtoul(given, NULL, 10);
    else if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        columns = size.ws_col;
    if (!columns)
        return WIDTH;
    return (unsigned)(columns < WIDTH_MIN ? WIDTH_MIN : columns > WIDTH_MAX ? WIDTH_MAX : columns);
}

bool es_terminal_color(const struct es_options *options)
{
    if (options->color != ES_COLOR_AUTO)
        return options->color == ES_COLOR_ALWAYS;
    const char *no = getenv("NO_COLOR");
    const char *kind = getenv("TERM");
    return isatty(STDOUT_FILENO) && !(no && *no) && !(kind && strcmp(kind, "dumb") == 0);
}

bool es_terminal_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool es_terminal_screen(const struct es_options *options)
{
    const char *kind = getenv("TERM");
    return options->command->bit == ES_COMMAND_WATCH && !options->json && !options->no_screen &&
           isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind && *kind &&
           strcmp(kind, "dumb") != 0;
}
