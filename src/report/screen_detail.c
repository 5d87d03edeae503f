/*
 * One tunnel: what it is and carries, its findings and SAs in the words of the report, and its
 * ladder, which goes on. Of the two scrolling parts the one that keys move is the larger.
 *
 *     ---- tunnel 3  192.0.2.1:500 <-> 198.51.100.2:500 ----
 *      established, IKEv2, …
 *      -> 120 pkt/s, 98k B/s …   <- 118 pkt/s, 97k B/s …
 *     ---- findings and SAs ------------------ 1-12 of 40 ----
 *     ---- ladder -------------------------------------------
 */
#include "screen.h"

#include "selection.h"
#include "text.h"
#include "wording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { HEAD_LINES = 3, COURSE_COLUMNS = 40, SMALL_PART = 4, READABLE_COLUMNS = 120 };

/* --- what is to be known --- */

static const struct es_tunnel *find(const struct es_model *model, uint32_t number)
{
    const struct es_tunnel *t = model->tunnels;
    while (t && t->number != number)
        t = t->next;
    return t;
}

static void write_aside(struct es_page *page, const struct es_finding *finding, bool first)
{
    es_text_addf(&page->text, "- %s: %s", finding->rule->id, finding->summary);
    es_page_row(page, &(struct es_page_row){.label = first ? "Noted" : NULL, .hang = 2});
}

/* Faults as blocks; what is merely measured, or of interest to a policy, a line each. */
static void write_findings(struct es_page *page, const struct es_report *report)
{
    size_t faults = 0;
    size_t asides = 0;
    const struct es_finding *f = es_diagnosis_findings(report->diagnosis);
    for (; (f = es_report_finding_next(report, f)); f = f->next) {
        if (f->rule->category != ES_CATEGORY_FAULT)
            continue;
        if (faults++ > 0)
            es_page_blank(page);
        es_text_write_finding(page, report, f);
    }
    if (!faults)
        es_page_text(page, &(struct es_page_row){.label = "Findings"}, "none");
    f = es_diagnosis_findings(report->diagnosis);
    for (; (f = es_report_finding_next(report, f)); f = f->next) {
        if (f->rule->category == ES_CATEGORY_FAULT)
            continue;
        if (asides == 0)
            es_page_blank(page);
        write_aside(page, f, asides++ == 0);
    }
    es_page_blank(page);
}

void es_detail_sight(struct es_screen *screen, const struct es_screen_sight *sight)
{
    char *chars = NULL;
    size_t length = 0;
    const struct es_tunnel *tunnel = find(sight->model, screen->opened);
    screen->gone = !tunnel;
    FILE *out = tunnel ? open_memstream(&chars, &length) : NULL;
    if (!out)
        return;
    const struct es_report report = {
        .model = sight->model,
        .diagnosis = sight->diagnosis,
        .source = screen->options.source,
        .counts = sight->counts,
        .least = screen->options.least,
        .tunnel = screen->opened,
        .utc = screen->options.utc,
        .color = true, /* the canvas reads the codes, and makes of them what it can */
        .utf8 = screen->canvas.utf8,
    };
    struct es_page page;
    const unsigned columns = screen->canvas.columns > 2 ? screen->canvas.columns - 2 : 0;
    es_page_init(&page, out, columns < READABLE_COLUMNS ? columns : READABLE_COLUMNS, true);
    page.utf8 = report.utf8;
    write_findings(&page, &report);
    es_text_write_tunnel(&page, &report, tunnel);
    const bool whole = es_page_fini(&page);
    if (fclose(out) == 0 && whole)
        es_scroll_set(&screen->facts, chars, length);
    free(chars);
}

void es_detail_open(struct es_screen *screen, uint32_t number)
{
    screen->view = &es_view_detail;
    screen->opened = screen->selected = number;
    screen->gone = false;
    screen->facts.top = 0;
    screen->ladder.follows = true;
    screen->told = UINT64_MAX;
    es_scroll_set(&screen->facts, "", 0);
    screen->wants_look = true;
}

/* --- drawing --- */

static void lay_ladder(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    const unsigned columns = screen->canvas.columns;
    if (screen->told == screen->story.count && screen->laid_columns == columns)
        return;
    if (screen->paused && screen->told != UINT64_MAX && screen->laid_columns == columns)
        return;
    es_story_add_tunnel(&screen->story, screen->opened, columns - 2, text);
    es_scroll_set(&screen->ladder, es_text_chars(text), text->length);
    es_text_clear(text);
    screen->told = screen->story.count;
    screen->laid_columns = columns;
}

static void draw_head(struct es_screen *screen, unsigned line)
{
    struct es_text *text = &screen->text;
    const struct es_row *row = es_roster_find(&screen->roster, screen->opened);
    const unsigned width = screen->canvas.columns - 2;
    char words[160];
    es_text_addf(text, "tunnel %" PRIu32, screen->opened);
    if (row) {
        es_text_add(text, "  ");
        es_row_add_peers(text, row, true, screen->canvas.utf8);
    }
    snprintf(words, sizeof(words), "%s", es_text_chars(text));
    es_text_clear(text);
    es_screen_rule(screen, line, words, screen->gone ? "not followed any more" : "", true);
    if (!row)
        return;
    es_screen_add_state(screen, row);
    es_screen_put(screen, &(struct es_canvas_cell){.line = line + 1, .column = 1, .width = width});
    es_screen_put_lanes(screen, row, line + 2, COURSE_COLUMNS);
}

static void draw_part(struct es_screen *screen, struct es_scroll *scroll, const char *title,
                      bool chosen, unsigned line, unsigned height)
{
    struct es_text place;
    es_text_init(&place);
    es_scroll_draw(scroll, &screen->canvas, line + 1, height - 1);
    es_scroll_add_place(&place, scroll);
    es_screen_rule(screen, line, title, es_text_chars(&place), chosen);
    es_text_fini(&place);
}

static void draw_detail(struct es_screen *screen, unsigned line, unsigned height)
{
    const unsigned left = height - HEAD_LINES;
    const unsigned small = left / 3 > SMALL_PART ? left / 3 : SMALL_PART;
    const unsigned ladder = screen->ladder_first ? left - small : small;
    lay_ladder(screen);
    draw_head(screen, line);
    draw_part(screen, &screen->facts, "findings and SAs", !screen->ladder_first, line + HEAD_LINES,
              left - ladder);
    draw_part(screen, &screen->ladder, "ladder", screen->ladder_first,
              line + HEAD_LINES + left - ladder, ladder);
}

/* --- keys --- */

/* The next tunnel of the list, or the one before. */
static void step(struct es_screen *screen, bool forward)
{
    const struct es_roster *roster = &screen->roster;
    const size_t place = es_roster_place(roster, screen->opened);
    const size_t wanted = forward ? place + 1 : place - 1;
    if (place < roster->shown && wanted < roster->shown)
        es_detail_open(screen, roster->order[wanted]);
}

static bool take_key(struct es_screen *screen, int key)
{
    struct es_scroll *scroll = screen->ladder_first ? &screen->ladder : &screen->facts;
    if (es_scroll_key(scroll, key)) {
        /* At its end the ladder goes on by itself. */
        if (screen->ladder_first)
            scroll->follows = scroll->top + scroll->height >= scroll->count;
        return true;
    }
    switch (key) {
    case ES_KEY_TAB:
    case 'l':
        screen->ladder_first = !screen->ladder_first;
        return true;
    case 'n':
        step(screen, true);
        return true;
    case 'N':
        step(screen, false);
        return true;
    case 'q':
    case ES_KEY_ESCAPE:
    case ES_KEY_LEFT:
    case ES_KEY_BACKSPACE:
        screen->view = &es_view_tunnels;
        return true;
    default:
        return false;
    }
}

static void add_keys(struct es_screen *screen, struct es_text *text)
{
    es_screen_add_key(text, "Esc", "back");
    es_screen_add_key(text, screen->canvas.utf8 ? "\u2191\u2193" : "Up Down", "scroll");
    es_screen_add_key(text, "Tab", screen->ladder_first ? "findings" : "ladder");
    es_screen_add_key(text, "n N", "next, previous");
    es_screen_add_key(text, "p", screen->paused ? "go on" : "pause");
    es_screen_add_key(text, "h", "help");
}

const struct es_view es_view_detail = {draw_detail, take_key, add_keys};
