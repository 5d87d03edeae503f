/*
 * A directory as a list of inputs.
 */
#ifndef ESPIAL_CAPTURE_FOLDER_H
#define ESPIAL_CAPTURE_FOLDER_H

#include "input.h"

struct es_input_list {
    struct es_input **inputs; /* owned, and what they point to */
    size_t count;
    size_t capacity;
};

/* Adds `input`, which the list then owns. False without memory: it is then freed. NULL is too. */
bool es_input_list_add(struct es_input_list *list, struct es_input *input);

/* Frees the list and its inputs. */
void es_input_list_fini(struct es_input_list *list);

/* True when `path` names a directory. */
bool es_is_folder(const char *path);

/*
 * Adds the captures of a directory, previewed, in the order of their first packets' times; files
 * that are empty or no captures, hidden files and directories are passed over. A directory that
 * cannot be read or has no captures becomes one input with that damage. False without memory.
 */
bool es_folder_add(struct es_input_list *list, const char *path,
                   const struct es_source_options *options);

#endif
