/*
 * A record written straight into a text: for records that come by the thousand, where building a
 * tree first would cost more than all the rest. Keys are ours and need no escaping.
 */
#ifndef ES_REPORT_JSON_LINE_H
#define ES_REPORT_JSON_LINE_H

#include "espial/packet.h"

struct es_json_line {
    struct es_text *text;   /* borrowed */
    struct es_text scratch; /* owned; what a string will say */
    bool comma;             /* something stands before in this object or list */
};

void es_json_line_init(struct es_json_line *line, struct es_text *text);
void es_json_line_fini(struct es_json_line *line);

void es_json_line_key(struct es_json_line *line, const char *key);

/* '{', '[' and their ends. */
void es_json_line_open(struct es_json_line *line, char bracket);
void es_json_line_close(struct es_json_line *line, char bracket);

/* A place to go back to, which makes what was written since undone. */
struct es_json_mark {
    size_t length;
    bool comma;
};
struct es_json_mark es_json_line_mark(const struct es_json_line *line);
void es_json_line_back(struct es_json_line *line, struct es_json_mark mark);

/* Values behind a key, or in a list. */
void es_json_line_number(struct es_json_line *line, uint64_t number);
/* With 9 digits; a finite number. */
void es_json_line_real(struct es_json_line *line, double number);
void es_json_line_bool(struct es_json_line *line, bool yes);
void es_json_line_string(struct es_json_line *line, const char *chars);
void es_json_line_hex(struct es_json_line *line, const char *before, const uint8_t *bytes,
                      size_t count);
/* The scratch text as a string; it is emptied. */
void es_json_line_scratch(struct es_json_line *line);

/* Key and value. */
void es_json_line_put_number(struct es_json_line *line, const char *key, uint64_t number);
void es_json_line_put_bool(struct es_json_line *line, const char *key, bool yes);
void es_json_line_put_string(struct es_json_line *line, const char *key, const char *chars);
void es_json_line_put_scratch(struct es_json_line *line, const char *key);

#endif
