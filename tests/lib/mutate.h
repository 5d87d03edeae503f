/*
 * One valid input, spoilt in every simple way. The parser under test gets each spoilt input at the
 * edge of an unmapped page and must return; what it says is checked where the loop's caller can.
 */
#ifndef TESTS_MUTATE_H
#define TESTS_MUTATE_H

#include "espial/base.h"

/* Parses what is at the cursor. The fault it met. */
typedef enum es_fault mutate_parse(struct es_cursor input);

/* Every prefix, once with the rest not captured and once with no rest: CUT and SHORT. */
void mutate_prefixes(const void *bytes, size_t size, mutate_parse *parse);

/* Every one-bit flip, and every byte as 0, 0xff and its complement. Any fault, or none, will do. */
void mutate_bytes(const void *bytes, size_t size, mutate_parse *parse);

#endif
