/*
 * What the screen's cells say, and which columns a width has room for. Nothing here knows a
 * terminal.
 */
#ifndef ES_REPORT_SCREEN_LAYOUT_H
#define ES_REPORT_SCREEN_LAYOUT_H

#include "espial/base.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds a span in at most six columns: "12s", "4m12s", "1h02m", "3d04h"; one that is over with its
 * sign, to the whole unit: "-12s", "-4m". */
void es_text_add_brief(struct es_text *text, es_time span);

/* The same in at most five: "12s", "4m", "1h02m", "3d04h". */
void es_text_add_age(struct es_text *text, es_time span);

/* Adds a rate in at most five columns: "0", "0.4", "12", "1.2k", "340k", "1.2M". */
void es_text_add_rate(struct es_text *text, double per_second);

/*
 * Adds the last `columns` of `count` samples as a line of bars, scaled to the highest of them, with
 * spaces in front where there are fewer. Something is never nothing: the lowest bar stands for
 * anything above 0.
 */
void es_text_add_course(struct es_text *text, const float *samples, size_t count, unsigned columns,
                        bool utf8);

/* Columns of the list of tunnels. */
enum es_list_column {
    ES_LIST_MARK,
    ES_LIST_NUMBER,
    ES_LIST_STATE,
    ES_LIST_PEERS,
    ES_LIST_IKE,
    ES_LIST_AGE,
    ES_LIST_REKEY,
    ES_LIST_DPD,
    ES_LIST_THERE_PACKETS, /* from the first peer to the second */
    ES_LIST_THERE_BYTES,
    ES_LIST_THERE_COURSE,
    ES_LIST_BACK_PACKETS,
    ES_LIST_BACK_BYTES,
    ES_LIST_BACK_COURSE,
    ES_LIST_COLUMNS
};

/* How wide each is; 0: there is no room for it. A space stands between two. */
struct es_list_layout {
    unsigned widths[ES_LIST_COLUMNS];
};

/* Divides `width` columns (78 or more); `peers` is what the longest pair of peers would take,
 * `number` what the highest number does. */
struct es_list_layout es_list_layout(unsigned width, unsigned peers, unsigned number);

#endif
