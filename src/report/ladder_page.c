/*
 * The ladder's page: columns, ink, wrapping, and the headings.
 *
 *     #12 10:42:05.123  +4.2ms → IKE_AUTH 1 request  SK(…)
 */
#include "ladder.h"

#include "selection.h"
#include "wording.h"

#include <string.h>

enum { DAY_S = 86400, DELTA_COLUMNS = 8 };

static const char *const codes[] = {
    [ES_INK_BOLD] = "\033[1m",      [ES_INK_DIM] = "\033[2m",      [ES_INK_RED] = "\033[1;31m",
    [ES_INK_YELLOW] = "\033[1;33m", [ES_INK_GREEN] = "\033[1;32m", [ES_INK_CYAN] = "\033[1;36m",
};

void es_ladder_ink(struct es_ladder *ladder, enum es_ink ink)
{
    if (ladder->options.color)
        es_text_add(&ladder->line, codes[ink]);
}

void es_ladder_plain(struct es_ladder *ladder)
{
    if (ladder->options.color)
        es_text_add(&ladder->line, "\033[0m");
}

void es_ladder_add_inked(struct es_ladder *ladder, enum es_ink ink, const char *chars)
{
    es_ladder_ink(ladder, ink);
    es_text_add(&ladder->line, chars);
    es_ladder_plain(ladder);
}

void es_ladder_add_severity(struct es_ladder *ladder, enum es_severity severity)
{
    static const enum es_ink inks[] = {
        [ES_SEVERITY_NOTE] = ES_INK_CYAN,
        [ES_SEVERITY_WARNING] = ES_INK_YELLOW,
        [ES_SEVERITY_ERROR] = ES_INK_RED,
    };
    es_ladder_add_inked(ladder, inks[severity], es_severity_mark(severity));
}

/* The bytes of a colour code at `c`, else 0. Only ours are there: foreign ones were escaped. */
static size_t code_length(const char *c)
{
    return *c == '\033' ? strcspn(c, "m") + 1 : 0;
}

static unsigned columns_of(const char *chars)
{
    unsigned columns = 0;
    while (*chars) {
        const size_t code = code_length(chars);
        columns += !code && ((unsigned char)*chars & 0xc0) != 0x80;
        chars += code ? code : 1;
    }
    return columns;
}

void es_ladder_pad(struct es_ladder *ladder, unsigned column)
{
    static const char spaces[] = "                                        ";
    const unsigned at = columns_of(es_text_chars(&ladder->line));
    unsigned left = at < column ? column - at : 0;
    while (left > 0) {
        const unsigned some = left < sizeof(spaces) - 1 ? left : (unsigned)sizeof(spaces) - 1;
        es_text_add_bytes(&ladder->line, spaces, some);
        left -= some;
    }
}

/* A word that no line could hold is broken where it reaches the edge, else the space is taken. */
static size_t break_at(const char *chars, size_t space, size_t edge, unsigned columns)
{
    return space && strcspn(chars + space + 1, " ") <= columns ? space : edge;
}

/*
 * How much of `chars` goes on a line of so many columns: to the last space that is not between
 * brackets, else to the last space, else into a word.
 */
static size_t fit(const char *chars, unsigned columns)
{
    size_t outside = 0;
    size_t space = 0;
    int depth = 0;
    bool ink = false; /* something but spaces came */
    unsigned used = 0;
    size_t i = 0;
    while (chars[i]) {
        const size_t code = code_length(chars + i);
        if (code) {
            i += code;
            continue;
        }
        if (((unsigned char)chars[i] & 0xc0) != 0x80) {
            depth += (chars[i] == '(') - (chars[i] == ')');
            if (chars[i] == ' ' && ink)
                *(depth > 0 ? &space : &outside) = i;
            ink |= chars[i] != ' ';
            if (used++ == columns)
                return break_at(chars, outside ? outside : space, i, columns);
        }
        i++;
    }
    return i;
}

void es_ladder_lay(struct es_ladder *ladder, unsigned hang)
{
    struct es_text *page = &ladder->page;
    const unsigned width = ladder->options.width;
    const char *at = es_text_chars(&ladder->line);
    unsigned column = 0;
    hang = width && hang > width / 2 ? width / 2 : hang;
    while (width && *at) {
        const size_t length = fit(at, width > column ? width - column : 1);
        size_t shown = length;
        while (shown > 0 && at[shown - 1] == ' ')
            shown--;
        es_text_add_bytes(page, at, shown);
        at += length;
        at += strspn(at, " ");
        if (!*at)
            break;
        es_text_addf(page, "\n%*s", (int)hang, "");
        column = hang;
    }
    if (!width)
        es_text_add_bytes(page, at, ladder->line.length);
    es_text_add_bytes(page, "\n", 1);
    ladder->failed |= ladder->line.failed;
    es_text_rewind(&ladder->line);
}

/* "3m20s" */
static void add_parts(struct es_text *text, int64_t big, char big_unit, int64_t small,
                      char small_unit)
{
    const char rest[] = {big_unit, (char)('0' + small / 10), (char)('0' + small % 10), small_unit};
    es_text_add_decimal(text, (uint64_t)big);
    es_text_add_bytes(text, rest, sizeof(rest));
}

/* "4.2ms" of so many tenths */
static void add_tenths(struct es_text *text, int64_t tenths, const char *unit)
{
    const char rest[] = {'.', (char)('0' + tenths % 10)};
    es_text_add_decimal(text, (uint64_t)(tenths / 10));
    es_text_add_bytes(text, rest, sizeof(rest));
    es_text_add(text, unit);
}

void es_ladder_add_delta(struct es_text *text, es_time span)
{
    const es_time size = span < 0 ? -span : span;
    const int64_t seconds = size / ES_SECOND;
    es_text_add_bytes(text, span < 0 ? "-" : "+", 1);
    if (size < 10 * ES_MILLISECOND) {
        add_tenths(text, size / (ES_MILLISECOND / 10), "ms");
    } else if (size < ES_SECOND) {
        es_text_add_decimal(text, (uint64_t)(size / ES_MILLISECOND));
        es_text_add_bytes(text, "ms", 2);
    } else if (seconds < 60) {
        add_tenths(text, size / (ES_SECOND / 10), "s");
    } else if (seconds < 3600) {
        add_parts(text, seconds / 60, 'm', seconds % 60, 's');
    } else if (seconds < DAY_S) {
        add_parts(text, seconds / 3600, 'h', seconds % 3600 / 60, 'm');
    } else {
        add_parts(text, seconds / DAY_S, 'd', seconds % DAY_S / 3600, 'h');
    }
}

/* The date, once a day. Whether the local day changed is seen at most once in a quarter hour. */
void es_ladder_day(struct es_ladder *ladder, es_time time)
{
    const int64_t quarter = time / (900 * ES_SECOND);
    if (ladder->started && quarter == ladder->quarter)
        return;
    char before[sizeof(ladder->date)];
    memcpy(before, ladder->date, sizeof(before));
    es_text_add_date(&ladder->line, time, ladder->options.utc);
    const char *date = es_text_chars(&ladder->line);
    const char *zone = strrchr(date, ' ');
    snprintf(ladder->date, sizeof(ladder->date), "%.10s%s", date, zone ? zone : "");
    es_text_rewind(&ladder->line);
    ladder->quarter = quarter;
    ladder->started = true;
    if (strcmp(before, ladder->date) == 0)
        return;
    es_ladder_add_inked(ladder, ES_INK_DIM, ladder->date);
    es_ladder_lay(ladder, 0);
}

const char *es_ladder_arrow(const struct es_ladder *ladder, unsigned side)
{
    if (ladder->options.utf8)
        return side == 0 ? "\u2192" : "\u2190";
    return side == 0 ? ">" : "<";
}

void es_ladder_heading(struct es_ladder *ladder, const struct es_tunnel *tunnel)
{
    const struct es_peer *peers = tunnel->peers;
    if (ladder->tunnel == tunnel && es_address_equal(&ladder->ends[0], &peers[0].address) &&
        es_address_equal(&ladder->ends[1], &peers[1].address) &&
        ladder->ports[0] == peers[0].port && ladder->ports[1] == peers[1].port)
        return;
    ladder->tunnel = tunnel;
    for (int side = 0; side < 2; side++) {
        ladder->ends[side] = peers[side].address;
        ladder->ports[side] = peers[side].port;
    }
    es_ladder_ink(ladder, ES_INK_BOLD);
    es_text_addf(&ladder->line, "Tunnel %u  ", tunnel->number);
    es_text_add_peers(&ladder->line, tunnel, false, ladder->options.utf8);
    es_ladder_plain(ladder);
    if (tunnel->ike_version)
        es_text_addf(&ladder->line, "  IKEv%u", tunnel->ike_version);
    es_ladder_lay(ladder, 0);
}

/* The time of day; what stands before its fraction is kept for the packets of the same second. */
static void add_clock(struct es_ladder *ladder, es_time time)
{
    const es_time fraction = (time % ES_SECOND + ES_SECOND) % ES_SECOND;
    const es_time second = time - fraction;
    if (!*ladder->clock || second != ladder->clock_second) {
        struct es_text *scratch = &ladder->scratch;
        es_text_rewind(scratch);
        es_text_add_clock(scratch, second, ladder->options.utc);
        snprintf(ladder->clock, sizeof(ladder->clock), "%.8s.", es_text_chars(scratch));
        ladder->clock_second = second;
    }
    const int64_t ms = fraction / ES_MILLISECOND;
    const char digits[] = {(char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
                           (char)('0' + ms % 10)};
    es_text_add(&ladder->line, ladder->clock);
    es_text_add_bytes(&ladder->line, digits, sizeof(digits));
}

/* The scratch text, in so many columns to the right. */
static void add_right(struct es_ladder *ladder, unsigned columns)
{
    static const char spaces[] = "                                ";
    const unsigned used = columns_of(es_text_chars(&ladder->scratch));
    if (used < columns)
        es_text_add_bytes(&ladder->line, spaces, columns - used);
    es_text_add_bytes(&ladder->line, es_text_chars(&ladder->scratch), ladder->scratch.length);
}

void es_ladder_add_moment(struct es_ladder *ladder, const struct es_packet_ref *ref,
                          bool is_message)
{
    struct es_text *name = &ladder->scratch;
    es_text_rewind(name);
    es_text_add_packet(name, ladder->options.source, ref);
    add_right(ladder, ladder->name_columns);
    es_text_add_bytes(&ladder->line, " ", 1);
    es_ladder_ink(ladder, ES_INK_DIM);
    add_clock(ladder, ref->time);
    es_text_rewind(name);
    if (is_message && ladder->messages > 0)
        es_ladder_add_delta(name, ref->time - ladder->last.time);
    add_right(ladder, DELTA_COLUMNS);
    es_ladder_plain(ladder);
    es_text_add_bytes(&ladder->line, " ", 1);
}
