/*
 * The roster: a row for each tunnel, with copies of what the list shows. The model may change or
 * forget tunnels between two looks; rows do not point into it.
 */
#ifndef ES_REPORT_SCREEN_ROSTER_H
#define ES_REPORT_SCREEN_ROSTER_H

#include "espial/report.h"

enum {
    ES_ROSTER_MAX = 20000, /* rows; a person looks at fewer, and each costs half a KiB */
    ES_HISTORY = 40,       /* samples, one a second */
    ES_ROW_RULES = 6,
    ES_FILTER_BYTES = 64
};

/* One direction of a tunnel. */
struct es_lane {
    uint64_t packets, bytes; /* when they were last looked at */
    double packets_s, bytes_s;
    float history[ES_HISTORY]; /* packets in a second, the newest last */
};

/* What DPD of the newest IKE SA shows. */
enum es_pulse { ES_PULSE_NONE, ES_PULSE_SOUND, ES_PULSE_LOST };

struct es_row {
    uint32_t number;
    enum es_tunnel_state state;
    uint8_t ike_version; /* 0: no IKE seen */
    struct es_address addresses[2];
    uint16_t ports[2];
    es_time first;     /* its first packet */
    es_time child_due; /* when its next Child SA should be rekeyed, by those before; 0: not known */
    es_time ike_due;   /* the same of its IKE SA */
    enum es_pulse pulse;
    uint32_t unanswered;                       /* LOST: requests */
    uint32_t findings[ES_SEVERITY_ERROR + 1];  /* faults in force, by severity */
    const struct es_rule *rules[ES_ROW_RULES]; /* of them, the worst first */
    size_t rule_count;
    size_t samples; /* how much of the histories is filled */
    struct es_lane lanes[2];
};

enum es_roster_sort {
    ES_SORT_FINDINGS,
    ES_SORT_NUMBER,
    ES_SORT_STATE,
    ES_SORT_AGE,
    ES_SORT_REKEY,
    ES_SORT_PACKETS,
    ES_SORT_BYTES,
    ES_SORTS
};

struct es_roster {
    struct es_row *rows; /* owned; by number */
    size_t count;
    uint32_t *order; /* owned; numbers of those that the filter lets through, as sorted */
    size_t shown;
    enum es_roster_sort sort;
    bool reverse;
    char filter[ES_FILTER_BYTES];           /* "": all */
    es_time sampled;                        /* when rates were last made; 0: never */
    uint32_t tunnel;                        /* only this one; 0: all */
    uint64_t left_out;                      /* tunnels beyond ES_ROSTER_MAX */
    uint32_t states[ES_TUNNEL_UNKNOWN + 1]; /* of all rows */
    unsigned peers_columns;                 /* that the longest pair of peers takes, in ASCII */
};

void es_roster_fini(struct es_roster *roster);

/*
 * Takes over what model and diagnosis say at `now`; findings milder than `least` are passed over.
 * False when no memory is left: the rows are those of before.
 */
bool es_roster_update(struct es_roster *roster, const struct es_model *model,
                      const struct es_diagnosis *diagnosis, enum es_severity least, es_time now);

/* Filters and sorts. False when no memory is left. */
bool es_roster_arrange(struct es_roster *roster);

/* The row with that number, or NULL; the one in that place of the order, or NULL. */
const struct es_row *es_roster_find(const struct es_roster *roster, uint32_t number);
const struct es_row *es_roster_at(const struct es_roster *roster, size_t place);

/* The place of a number in the order; `shown` when it is not in it. */
size_t es_roster_place(const struct es_roster *roster, uint32_t number);

/* The worst severity in force, or -1. */
int es_row_worst(const struct es_row *row);

/* The sooner of both rekeys; 0: neither is known. */
es_time es_row_due(const struct es_row *row);

/* Adds "192.0.2.1 <-> 198.51.100.2". */
void es_row_add_peers(struct es_text *text, const struct es_row *row, bool ports, bool utf8);

/* "findings", "number", … */
const char *es_roster_sort_name(enum es_roster_sort sort);

#endif
