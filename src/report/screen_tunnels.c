/*
 * The list of tunnels:
 *
 *     heading
 *     a row a tunnel
 *     ---- tunnel 3 ----
 *      192.0.2.1:500 <-> 198.51.100.2:500, established, IKEv2, …     the selected one
 *      -> 120 pkt/s, 98k B/s …   <- 118 pkt/s, 97k B/s …
 *      E esp-one-way: …
 *     ---- latest ----
 *      10:42:05.123 ERROR esp-one-way, tunnel 3: …                   more on a high screen
 */
#include "screen.h"

#include "screen_layout.h"
#include "wording.h"

#include <inttypes.h>
#include <string.h>

enum { STRIP_LINES = 4, COURSE_COLUMNS = 20 };

static const char *heading_of(enum es_list_column column, unsigned width, bool utf8)
{
    static const char *const words[ES_LIST_COLUMNS] = {
        [ES_LIST_MARK] = "",       [ES_LIST_NUMBER] = "#", [ES_LIST_STATE] = "state",
        [ES_LIST_PEERS] = "peers", [ES_LIST_IKE] = "IKE",  [ES_LIST_AGE] = "age",
        [ES_LIST_REKEY] = "rekey", [ES_LIST_DPD] = "DPD",
    };
    switch (column) {
    case ES_LIST_THERE_PACKETS:
        return width < 6 ? (utf8 ? "\u2192p/s" : ">p/s") : (utf8 ? "\u2192pkt/s" : ">pkt/s");
    case ES_LIST_THERE_BYTES:
        return utf8 ? "\u2192B/s" : ">B/s";
    case ES_LIST_BACK_PACKETS:
        return width < 6 ? (utf8 ? "\u2190p/s" : "<p/s") : (utf8 ? "\u2190pkt/s" : "<pkt/s");
    case ES_LIST_BACK_BYTES:
        return utf8 ? "\u2190B/s" : "<B/s";
    default:
        return words[column] ? words[column] : "";
    }
}

/* The seconds that a course shows, where there is room for the words. */
static void put_heading(struct es_screen *screen, const struct es_canvas_cell *cell,
                        enum es_list_column column)
{
    const bool is_course = column == ES_LIST_THERE_COURSE || column == ES_LIST_BACK_COURSE;
    if (is_course && cell->width >= 9)
        es_text_addf(&screen->text, "last %u s", cell->width);
    else
        es_text_add(&screen->text, heading_of(column, cell->width, screen->canvas.utf8));
    es_screen_put(screen, cell);
}

static bool is_number(enum es_list_column column)
{
    switch (column) {
    case ES_LIST_NUMBER:
    case ES_LIST_AGE:
    case ES_LIST_REKEY:
    case ES_LIST_THERE_PACKETS:
    case ES_LIST_THERE_BYTES:
    case ES_LIST_BACK_PACKETS:
    case ES_LIST_BACK_BYTES:
        return true;
    default:
        return false;
    }
}

static void draw_heading(struct es_screen *screen, const struct es_list_layout *layout,
                         unsigned line)
{
    unsigned at = 1;
    for (int c = 0; c < ES_LIST_COLUMNS; c++) {
        const unsigned width = layout->widths[c];
        if (!width)
            continue;
        const struct es_canvas_cell cell = {.line = line,
                                            .column = at,
                                            .width = width,
                                            .style = ES_STYLE_BOLD,
                                            .right = is_number((enum es_list_column)c)};
        put_heading(screen, &cell, (enum es_list_column)c);
        at += width + 1;
    }
}

/* Both addresses shortened alike, where the longer ones do not fit. */
static void add_peers(struct es_screen *screen, const struct es_row *row, unsigned width)
{
    struct es_text *text = &screen->text;
    const bool utf8 = screen->canvas.utf8;
    es_row_add_peers(text, row, false, utf8);
    if (es_page_columns(text->chars, text->length) <= width)
        return;
    const size_t each = (width - (utf8 ? 3 : 5)) / 2;
    es_text_clear(text);
    for (int side = 0; side < 2; side++) {
        const size_t start = text->length;
        es_text_add(text, side ? (utf8 ? " \u2194 " : " <-> ") : "");
        const size_t begin = text->length;
        es_text_add_address(text, &row->addresses[side]);
        if (text->length - begin > each && each > 0) {
            text->length = begin + each - 1;
            text->chars[text->length] = '\0';
            es_text_add(text, utf8 ? "\u2026" : "~");
        }
        if (text->failed)
            text->length = start;
    }
}

static enum es_style add_state(struct es_text *text, const struct es_row *row, unsigned width)
{
    static const struct {
        const char *brief;
        enum es_style style;
    } states[] = {
        [ES_TUNNEL_NEGOTIATING] = {"setup",  ES_STYLE_CYAN },
        [ES_TUNNEL_FAILED] = {"failed", ES_STYLE_RED  },
        [ES_TUNNEL_ESTABLISHED] = {"up",     ES_STYLE_PLAIN},
        [ES_TUNNEL_CLOSED] = {"closed", ES_STYLE_DIM  },
        [ES_TUNNEL_UNKNOWN] = {"?",      ES_STYLE_DIM  },
    };
    const char *full = es_tunnel_state_name(row->state);
    if (!row->ike_version)
        es_text_add(text, "no IKE");
    else
        es_text_add(text, strlen(full) <= width ? full : states[row->state].brief);
    return states[row->state].style;
}

static enum es_style add_mark(struct es_text *text, const struct es_row *row)
{
    const int worst = es_row_worst(row);
    if (worst < 0)
        return ES_STYLE_PLAIN;
    es_text_addf(text, "%c", es_severity_letter(worst));
    if (row->findings[worst] > 1)
        es_text_addf(text, "%c", row->findings[worst] > 9 ? '+' : '0' + (int)row->findings[worst]);
    return es_severity_style(worst);
}

static enum es_style add_pulse(struct es_text *text, const struct es_row *row)
{
    switch (row->pulse) {
    case ES_PULSE_LOST:
        es_text_addf(text, "%" PRIu32 " lost", row->unanswered);
        return ES_STYLE_YELLOW;
    case ES_PULSE_SOUND:
        es_text_add(text, "ok");
        return ES_STYLE_PLAIN;
    default:
        es_text_add(text, "-");
        return ES_STYLE_DIM;
    }
}

static enum es_style add_rekey(struct es_screen *screen, const struct es_row *row)
{
    if (!es_row_due(row)) {
        es_text_add(&screen->text, "-");
        return ES_STYLE_DIM;
    }
    es_text_add_brief(&screen->text, es_row_due(row) - screen->totals.now);
    return ES_STYLE_PLAIN;
}

static void add_course(struct es_screen *screen, const struct es_row *row, int side, unsigned width)
{
    const size_t count = row->samples < width ? row->samples : width;
    es_text_add_course(&screen->text, row->lanes[side].history + ES_HISTORY - count, count, width,
                       screen->canvas.utf8);
}

/* Writes the cell's words to the scratch text. */
static enum es_style add_cell(struct es_screen *screen, const struct es_row *row,
                              enum es_list_column column, unsigned width)
{
    struct es_text *text = &screen->text;
    switch (column) {
    case ES_LIST_MARK:
        return add_mark(text, row);
    case ES_LIST_NUMBER:
        es_text_addf(text, "%" PRIu32, row->number);
        break;
    case ES_LIST_STATE:
        return add_state(text, row, width);
    case ES_LIST_PEERS:
        add_peers(screen, row, width);
        break;
    case ES_LIST_IKE:
        if (row->ike_version)
            es_text_addf(text, "v%u", row->ike_version);
        else
            es_text_add(text, "-");
        break;
    case ES_LIST_AGE:
        es_text_add_age(text, screen->totals.now - row->first);
        break;
    case ES_LIST_REKEY:
        return add_rekey(screen, row);
    case ES_LIST_DPD:
        return add_pulse(text, row);
    case ES_LIST_THERE_PACKETS:
    case ES_LIST_BACK_PACKETS:
        es_text_add_rate(text, row->lanes[column == ES_LIST_BACK_PACKETS].packets_s);
        break;
    case ES_LIST_THERE_BYTES:
    case ES_LIST_BACK_BYTES:
        es_text_add_rate(text, row->lanes[column == ES_LIST_BACK_BYTES].bytes_s);
        break;
    default:
        add_course(screen, row, column == ES_LIST_BACK_COURSE, width);
        return ES_STYLE_CYAN;
    }
    return ES_STYLE_PLAIN;
}

static void draw_row(struct es_screen *screen, const struct es_list_layout *layout,
                     const struct es_row *row, unsigned line)
{
    const bool selected = row->number == screen->selected;
    unsigned at = 1;
    if (selected)
        es_screen_put(screen, &(struct es_canvas_cell){
                                  .line = line, .width = screen->canvas.columns, .reverse = true});
    for (int c = 0; c < ES_LIST_COLUMNS; c++) {
        const unsigned width = layout->widths[c];
        if (!width)
            continue;
        enum es_style style = add_cell(screen, row, (enum es_list_column)c, width);
        if (row->state == ES_TUNNEL_CLOSED && style == ES_STYLE_PLAIN)
            style = ES_STYLE_DIM;
        es_screen_put(screen, &(struct es_canvas_cell){.line = line,
                                                       .column = at,
                                                       .width = width,
                                                       .style = style,
                                                       .reverse = selected,
                                                       .right = is_number((enum es_list_column)c)});
        at += width + 1;
    }
}

/* Which of its findings, the worst with its title. */
static void draw_worst(struct es_screen *screen, const struct es_row *row, unsigned line)
{
    struct es_text *text = &screen->text;
    const int worst = es_row_worst(row);
    enum es_style style = ES_STYLE_DIM;
    if (row->rule_count > 0 && worst >= 0) {
        es_text_addf(text, "%c %s: %s", es_severity_letter(worst), row->rules[0]->id,
                     row->rules[0]->title);
        for (size_t i = 1; i < row->rule_count; i++)
            es_text_addf(text, "%s %s", i == 1 ? "; also" : ",", row->rules[i]->id);
        style = es_severity_style(worst);
    } else {
        es_text_add(text, "no findings");
    }
    es_screen_put(screen, &(struct es_canvas_cell){.line = line,
                                                   .column = 1,
                                                   .width = screen->canvas.columns - 2,
                                                   .style = style});
}

static void draw_strip(struct es_screen *screen, unsigned line)
{
    struct es_text *text = &screen->text;
    const struct es_row *row = es_roster_find(&screen->roster, screen->selected);
    const unsigned width = screen->canvas.columns - 2;
    if (!row) {
        es_screen_rule(screen, line, "", "", false);
        return;
    }
    char words[160];
    es_text_addf(text, "tunnel %" PRIu32 "  ", row->number);
    es_row_add_peers(text, row, true, screen->canvas.utf8);
    snprintf(words, sizeof(words), "%s", es_text_chars(text));
    es_text_clear(text);
    es_screen_rule(screen, line, words, "", false);
    es_screen_add_state(screen, row);
    es_screen_put(screen, &(struct es_canvas_cell){.line = line + 1, .column = 1, .width = width});
    es_screen_put_lanes(screen, row, line + 2, COURSE_COLUMNS);
    draw_worst(screen, row, line + 3);
}

static void draw_news(struct es_screen *screen, unsigned line, unsigned count)
{
    es_screen_rule(screen, line, "latest", "", false);
    for (unsigned i = 0; i < count; i++) {
        const char *news = es_story_news(&screen->story, count - 1 - i);
        const struct es_canvas_cell cell = {
            .line = line + 1 + i, .column = 1, .width = screen->canvas.columns - 2};
        /* Packet names stand in front of the ladder's lines; news have none. */
        if (news)
            es_canvas_put(&screen->canvas, &cell, news + strspn(news, " "));
        else if (i + 1 == count)
            es_canvas_put(&screen->canvas, &cell, "nothing yet");
    }
}

static void follow_selection(struct es_screen *screen, unsigned rows)
{
    const struct es_roster *roster = &screen->roster;
    size_t place = es_roster_place(roster, screen->selected);
    if (place == roster->shown && roster->shown > 0) {
        /* It is gone, or filtered out. */
        place = screen->top < roster->shown ? screen->top : roster->shown - 1;
        screen->selected = roster->order[place];
    }
    screen->rows = rows;
    if (place < screen->top)
        screen->top = place;
    if (place >= screen->top + rows)
        screen->top = place - rows + 1;
    if (screen->top + rows > roster->shown)
        screen->top = roster->shown > rows ? roster->shown - rows : 0;
}

static unsigned digits_of(uint32_t number)
{
    unsigned digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

static void draw_list(struct es_screen *screen, unsigned line, unsigned height)
{
    const struct es_roster *roster = &screen->roster;
    struct es_canvas *canvas = &screen->canvas;
    const unsigned news = height < 34 ? 1 : height < 46 ? 3 : 6;
    const unsigned rows = height - 2 - STRIP_LINES - 1 - news;
    const uint32_t highest = roster->count ? roster->rows[roster->count - 1].number : 0;
    const struct es_list_layout layout = es_list_layout(
        canvas->columns - 2, roster->peers_columns - (canvas->utf8 ? 2 : 0), digits_of(highest));
    struct es_text place;
    es_text_init(&place);
    follow_selection(screen, rows);
    if (roster->shown > rows)
        es_text_addf(&place, "%zu-%zu of %zu", screen->top + 1,
                     screen->top + rows < roster->shown ? screen->top + rows : roster->shown,
                     roster->shown);
    es_screen_rule(screen, line, "", es_text_chars(&place), false);
    es_text_fini(&place);
    draw_heading(screen, &layout, line + 1);
    for (unsigned i = 0; i < rows && screen->top + i < roster->shown; i++) {
        const struct es_row *row = es_roster_at(roster, screen->top + i);
        if (row)
            draw_row(screen, &layout, row, line + 2 + i);
    }
    if (roster->shown == 0) {
        const struct es_canvas_cell cell = {
            .line = line + 3, .column = 1, .width = canvas->columns - 2, .style = ES_STYLE_DIM};
        es_canvas_put(canvas, &cell,
                      roster->filter[0] ? "no tunnel matches the filter" : "no tunnels yet");
    }
    draw_strip(screen, line + 2 + rows);
    draw_news(screen, line + 2 + rows + STRIP_LINES, news);
}

/* --- keys --- */

static void move_to(struct es_screen *screen, size_t place)
{
    const struct es_roster *roster = &screen->roster;
    if (roster->shown > 0)
        screen->selected = roster->order[place < roster->shown ? place : roster->shown - 1];
}

static void move_by(struct es_screen *screen, size_t rows, bool down)
{
    const size_t place = es_roster_place(&screen->roster, screen->selected);
    move_to(screen, down ? place + rows : place > rows ? place - rows : 0);
}

/* What is typed goes to the filter; the list follows each letter. */
static void type(struct es_screen *screen, int key)
{
    char *filter = screen->roster.filter;
    const size_t length = strlen(filter);
    if (key == ES_KEY_ENTER) {
        screen->typing = false;
    } else if (key == ES_KEY_ESCAPE) {
        screen->typing = false;
        filter[0] = '\0';
    } else if (key == ES_KEY_BACKSPACE) {
        filter[length ? length - 1 : 0] = '\0';
    } else if (key >= ' ' && key < 0x7f && length + 1 < sizeof(screen->roster.filter)) {
        filter[length] = (char)key;
        filter[length + 1] = '\0';
    }
    screen->arrange = true;
}

static bool key_moves(struct es_screen *screen, int key)
{
    const size_t page = screen->rows > 1 ? screen->rows - 1 : 1;
    switch (key) {
    case ES_KEY_UP:
    case 'k':
        move_by(screen, 1, false);
        return true;
    case ES_KEY_DOWN:
    case 'j':
        move_by(screen, 1, true);
        return true;
    case ES_KEY_PAGE_UP:
        move_by(screen, page, false);
        return true;
    case ES_KEY_PAGE_DOWN:
    case ' ':
        move_by(screen, page, true);
        return true;
    case ES_KEY_HOME:
    case 'g':
        move_to(screen, 0);
        return true;
    case ES_KEY_END:
    case 'G':
        move_to(screen, SIZE_MAX);
        return true;
    default:
        return false;
    }
}

static bool take_key(struct es_screen *screen, int key)
{
    struct es_roster *roster = &screen->roster;
    if (screen->typing) {
        type(screen, key);
        return true;
    }
    if (key_moves(screen, key))
        return true;
    switch (key) {
    case ES_KEY_ENTER:
    case ES_KEY_RIGHT:
        if (es_roster_find(roster, screen->selected))
            es_detail_open(screen, screen->selected);
        return true;
    case 's':
        roster->sort = (roster->sort + 1) % ES_SORTS;
        break;
    case 'S':
        roster->sort = (roster->sort + ES_SORTS - 1) % ES_SORTS;
        break;
    case 'r':
        roster->reverse = !roster->reverse;
        break;
    case '/':
        screen->typing = true;
        return true;
    case ES_KEY_ESCAPE:
        roster->filter[0] = '\0';
        break;
    case 'q':
        screen->quits = true;
        return true;
    default:
        return false;
    }
    screen->arrange = true;
    return true;
}

static void add_keys(struct es_screen *screen, struct es_text *text)
{
    const struct es_roster *roster = &screen->roster;
    char sort[32];
    if (screen->typing) {
        es_text_addf(text, "filter: %s\033[1m_\033[0m   ", roster->filter);
        es_screen_add_key(text, "Enter", "keep it");
        es_screen_add_key(text, "Esc", "all tunnels");
        return;
    }
    snprintf(sort, sizeof(sort), "sort: %s%s", es_roster_sort_name(roster->sort),
             roster->reverse ? ", reversed" : "");
    es_screen_add_key(text, "Enter", "open");
    es_screen_add_key(text, "s", sort);
    if (roster->filter[0]) {
        es_text_addf(text, "\033[1m/\033[0m filter: \033[1;33m%s\033[0m  ", roster->filter);
        es_screen_add_key(text, "Esc", "all");
    } else {
        es_screen_add_key(text, "/", "filter");
    }
    es_screen_add_key(text, "p", screen->paused ? "go on" : "pause");
    es_screen_add_key(text, "h", "help");
    es_screen_add_key(text, "q", "quit");
}

const struct es_view es_view_tunnels = {draw_list, take_key, add_keys};
