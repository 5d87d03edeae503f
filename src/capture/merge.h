/*
 * Several inputs as one reader, by time.
 */
#ifndef ESPIAL_CAPTURE_MERGE_H
#define ESPIAL_CAPTURE_MERGE_H

#include "input.h"

/*
 * A reader over inputs that were previewed; those without a first frame are left out. The inputs
 * are borrowed and outlive it. NULL without memory.
 */
struct es_reader *es_merge_open(struct es_input *const *inputs, size_t count);

#endif
