/*
 * espial describe: fills the templates of the manual and of the completions, when espial is built.
 * It is not listed, as nobody else has a use for it.
 */
#include "describe.h"
#include "command.h"

#include <string.h>

enum { LINE = 1024 };

static const struct es_piece *find(const char *name, size_t length)
{
    static const struct es_piece *const lists[] = {es_manual_pieces, es_bash_pieces, es_zsh_pieces,
                                                   es_fish_pieces};
    for (size_t i = 0; i < ES_COUNT(lists); i++) {
        for (const struct es_piece *piece = lists[i]; piece->name; piece++) {
            if (strlen(piece->name) == length && memcmp(piece->name, name, length) == 0)
                return piece;
        }
    }
    return NULL;
}

enum es_exit es_describe(const struct es_options *options)
{
    (void)options;
    char line[LINE];
    while (fgets(line, sizeof(line), stdin)) {
        const size_t length = strcspn(line, "\n");
        if (line[0] != '@' || length < 3 || line[length - 1] != '@') {
            fputs(line, stdout);
            continue;
        }
        const struct es_piece *piece = find(line + 1, length - 2);
        if (!piece) {
            es_complain("nothing is known of %.*s", (int)length, line);
            return ES_EXIT_USAGE;
        }
        piece->write(stdout);
    }
    return ES_EXIT_CLEAN;
}
