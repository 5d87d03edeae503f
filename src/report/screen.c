/*
 * The screen: the terminal, the lines at the top and the bottom, and which view is between them.
 *
 *      espial  eth0  live                                          2026-11-27 19:20:11 UTC
 *      12 tunnels: 10 up, 1 failed, 1 closed    1,204 packets, 120/s, none dropped    1 E 2 W
 *     ------------------------------------------------------------------------------------
 *      the view
 *      keys
 */
#include "screen.h"

#include "screen_layout.h"
#include "wording.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TOP_LINES = 2, KEYS_A_TURN = 64, SORT_EVERY_MS = 1000 };

char es_severity_letter(int severity)
{
    return severity == ES_SEVERITY_ERROR ? 'E' : severity == ES_SEVERITY_WARNING ? 'W' : 'N';
}

enum es_style es_severity_style(int severity)
{
    return severity == ES_SEVERITY_ERROR     ? ES_STYLE_RED
           : severity == ES_SEVERITY_WARNING ? ES_STYLE_YELLOW
                                             : ES_STYLE_CYAN;
}

struct es_screen *es_screen_new(const struct es_screen_options *options, struct es_error *error)
{
    struct es_screen *screen = calloc(1, sizeof(*screen));
    const struct es_ladder_options words = {
        .source = options->source, .utc = options->utc, .utf8 = options->utf8};
    if (!screen || !es_story_init(&screen->story, &words, options->tunnel)) {
        free(screen);
        es_error_set(error, ES_ERROR_MEMORY, "no memory for the screen");
        return NULL;
    }
    screen->options = *options;
    screen->roster.tunnel = options->tunnel;
    screen->view = &es_view_tunnels;
    screen->changed = true;
    screen->totals.percent = -1;
    es_text_init(&screen->text);
    es_scroll_init(&screen->facts);
    es_scroll_init(&screen->ladder);
    es_scroll_init(&screen->help);
    screen->ladder.follows = true;
    if (es_canvas_open(&screen->canvas, options->color, options->utf8, error))
        return screen;
    es_screen_free(screen);
    return NULL;
}

void es_screen_free(struct es_screen *screen)
{
    if (!screen)
        return;
    es_canvas_close(&screen->canvas);
    es_scroll_fini(&screen->facts);
    es_scroll_fini(&screen->ladder);
    es_scroll_fini(&screen->help);
    es_story_fini(&screen->story);
    es_roster_fini(&screen->roster);
    es_text_fini(&screen->text);
    free(screen);
}

size_t es_screen_farewell(const struct es_screen *screen, char *bytes, size_t capacity)
{
    return es_canvas_farewell(&screen->canvas, bytes, capacity);
}

bool es_screen_is_paused(const struct es_screen *screen)
{
    return screen->paused;
}

/* --- what happens --- */

static void tell(struct es_screen *screen)
{
    /* The list shows no ladder, only what is newest of the news. */
    screen->changed |= screen->view == &es_view_detail && !screen->paused;
}

void es_screen_event(void *context, const struct es_event *event)
{
    struct es_screen *screen = context;
    es_story_event(&screen->story, event);
    tell(screen);
}

void es_screen_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    struct es_screen *screen = context;
    const struct es_rung rung = es_rung_of(datagram, message, view);
    es_story_message(&screen->story, &rung);
    tell(screen);
}

void es_screen_alert(struct es_screen *screen, enum es_alert_kind kind,
                     const struct es_alert *alert, const struct es_finding *finding, es_time now)
{
    es_story_alert(&screen->story, kind, alert, finding, now);
    screen->changed = true;
}

void es_screen_say(struct es_screen *screen, const char *words, es_time now)
{
    es_story_say(&screen->story, words, now);
    screen->changed = true;
}

static void count_files(struct es_screen *screen)
{
    const struct es_source *source = screen->options.source;
    uint64_t size = 0;
    uint64_t read = 0;
    screen->totals.drops = 0;
    for (size_t i = 0; source && i < es_source_file_count(source); i++) {
        const struct es_source_file *file = es_source_file(source, i);
        screen->totals.drops += file->drops;
        size += file->size;
        read += file->size ? file->read : 0;
    }
    screen->totals.percent = size && read <= size ? (int)(100 * (double)read / (double)size) : -1;
}

static void add_up(struct es_screen *screen, const struct es_screen_sight *sight)
{
    struct es_screen_totals *totals = &screen->totals;
    const es_time since = totals->since ? totals->since : sight->model->first.time;
    if (sight->now - since >= ES_SECOND) {
        totals->frames_s =
            (double)(sight->counts->frames - totals->counted) / es_seconds(sight->now - since);
        totals->counted = sight->counts->frames;
        totals->since = sight->now;
    }
    totals->frames = sight->counts->frames;
    totals->now = sight->now;
    memset(totals->findings, 0, sizeof(totals->findings));
    for (const struct es_finding *f = es_diagnosis_findings(sight->diagnosis); f; f = f->next) {
        if (f->rule->category == ES_CATEGORY_FAULT && f->severity >= screen->options.least)
            totals->findings[f->severity]++;
    }
    count_files(screen);
}

void es_screen_sight(struct es_screen *screen, const struct es_screen_sight *sight)
{
    screen->ended = sight->ended;
    if (!screen->paused) {
        es_roster_update(&screen->roster, sight->model, sight->diagnosis, screen->options.least,
                         sight->now);
        add_up(screen, sight);
        const es_time before = sight->wall - screen->arranged;
        screen->arrange |=
            before >= SORT_EVERY_MS * ES_MILLISECOND || !screen->roster.shown || sight->ended;
        if (screen->arrange)
            screen->arranged = sight->wall;
    }
    if (screen->view == &es_view_detail && (!screen->paused || screen->wants_look))
        es_detail_sight(screen, sight);
    screen->wants_look = false;
    screen->changed = true;
}

/* --- drawing --- */

void es_screen_put(struct es_screen *screen, const struct es_canvas_cell *cell)
{
    es_canvas_put(&screen->canvas, cell, es_text_chars(&screen->text));
    es_text_clear(&screen->text);
}

void es_screen_add_key(struct es_text *text, const char *key, const char *meaning)
{
    es_text_addf(text, "\033[1m%s\033[0m %s  ", key, meaning);
}

void es_screen_rule(struct es_screen *screen, unsigned line, const char *words, const char *right,
                    bool bold)
{
    struct es_text *text = &screen->text;
    const bool utf8 = screen->canvas.utf8;
    const unsigned columns = screen->canvas.columns;
    es_text_clear(text);
    for (unsigned i = 0; i < columns; i++)
        es_text_add(text, utf8 ? "\u2500" : "-");
    es_screen_put(screen,
                  &(struct es_canvas_cell){.line = line, .width = columns, .style = ES_STYLE_DIM});
    if (*words) {
        es_text_addf(text, " %s ", words);
        const unsigned wide = (unsigned)es_page_columns(text->chars, text->length);
        es_screen_put(screen,
                      &(struct es_canvas_cell){.line = line,
                                               .column = 2,
                                               .width = wide < columns - 4 ? wide : columns - 4,
                                               .style = bold ? ES_STYLE_BOLD : ES_STYLE_PLAIN});
    }
    if (*right) {
        es_text_addf(text, " %s ", right);
        const unsigned wide = (unsigned)es_page_columns(text->chars, text->length);
        if (wide + 4 < columns)
            es_screen_put(screen, &(struct es_canvas_cell){.line = line,
                                                           .column = columns - wide - 2,
                                                           .width = wide,
                                                           .style = ES_STYLE_DIM});
    }
}

static void add_lane(struct es_screen *screen, const struct es_row *row, int side, unsigned columns)
{
    static const char *const arrows[2][2] = {
        {"->",     "<-"    },
        {"\u2192", "\u2190"}
    };
    struct es_text *text = &screen->text;
    const struct es_lane *lane = &row->lanes[side];
    es_text_addf(text, "%s ", arrows[screen->canvas.utf8][side]);
    es_text_add_rate(text, lane->packets_s);
    es_text_add(text, " pkt/s, ");
    es_text_add_rate(text, lane->bytes_s);
    es_text_add(text, " B/s ");
    const size_t count = row->samples < columns ? row->samples : columns;
    es_text_add_course(text, lane->history + ES_HISTORY - count, count, columns,
                       screen->canvas.utf8);
}

void es_screen_put_lanes(struct es_screen *screen, const struct es_row *row, unsigned line,
                         unsigned most)
{
    enum { WORDS = 30, LEAST = 4 };
    const unsigned half = (screen->canvas.columns - 2) / 2;
    const unsigned room = half > WORDS ? half - WORDS : LEAST;
    for (int side = 0; side < 2; side++) {
        add_lane(screen, row, side, room < most ? room : most);
        es_screen_put(screen, &(struct es_canvas_cell){
                                  .line = line, .column = side ? 1 + half : 1, .width = half});
    }
}

static void add_due(struct es_screen *screen, const char *what, es_time due)
{
    struct es_text *text = &screen->text;
    if (!due)
        return;
    const es_time left = due - screen->totals.now;
    es_text_addf(text, ", %s rekey %s", what, left < 0 ? "" : "in ");
    es_text_add_brief(text, left < 0 ? -left : left);
    es_text_add(text, left < 0 ? " late" : "");
}

void es_screen_add_state(struct es_screen *screen, const struct es_row *row)
{
    struct es_text *text = &screen->text;
    if (row->ike_version)
        es_text_addf(text, "%s%s, IKEv%u", row->state == ES_TUNNEL_UNKNOWN ? "state " : "",
                     es_tunnel_state_name(row->state), row->ike_version);
    else
        es_text_add(text, "no IKE seen");
    es_text_add(text, ", seen for ");
    es_text_add_age(text, screen->totals.now - row->first);
    if (row->pulse == ES_PULSE_LOST)
        es_text_addf(text, ", \033[1;33mDPD unanswered %" PRIu32 "x\033[0m", row->unanswered);
    else if (row->pulse == ES_PULSE_SOUND)
        es_text_add(text, ", DPD answered");
    add_due(screen, "Child SA", row->child_due);
    add_due(screen, "IKE SA", row->ike_due);
}

static void add_status(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    const struct es_screen_options *options = &screen->options;
    if (screen->paused)
        es_text_add(text, "\033[1;33mPAUSED\033[0m");
    else if (options->live)
        es_text_add(text, "live");
    else if (screen->ended)
        es_text_add(text, "\033[1mat its end\033[0m");
    else if (options->speed)
        es_text_addf(text, "playing, %" PRIu64 "x", options->speed);
    else
        es_text_add(text, "reading");
    /* What is played slowly was read ahead. */
    if (!options->live && !screen->ended && !options->speed && screen->totals.percent >= 0)
        es_text_addf(text, ", %d%%", screen->totals.percent);
}

static void draw_title(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    const unsigned columns = screen->canvas.columns;
    const char *name = screen->options.name;
    enum { DATE_COLUMNS = 24 };
    es_text_add(text, "\033[1mespial\033[0m  ");
    es_text_add_printable(text, (const uint8_t *)name, strlen(name));
    es_text_add(text, "  ");
    add_status(screen);
    es_screen_put(screen, &(struct es_canvas_cell){
                              .line = 0, .column = 1, .width = columns - DATE_COLUMNS - 3});
    if (screen->totals.now)
        es_text_add_date(text, screen->totals.now, screen->options.utc);
    es_screen_put(screen, &(struct es_canvas_cell){.line = 0,
                                                   .column = columns - DATE_COLUMNS - 1,
                                                   .width = DATE_COLUMNS,
                                                   .right = true});
}

/* "12 tunnels: 10 up, 1 failed" */
static void add_tunnels(struct es_screen *screen)
{
    static const struct {
        enum es_tunnel_state state;
        const char *word;
    } words[] = {
        {ES_TUNNEL_ESTABLISHED, "up"              },
        {ES_TUNNEL_NEGOTIATING, "setup"           },
        {ES_TUNNEL_FAILED,      "failed"          },
        {ES_TUNNEL_CLOSED,      "closed"          },
        {ES_TUNNEL_UNKNOWN,     "of unknown state"},
    };
    struct es_text *text = &screen->text;
    const struct es_roster *roster = &screen->roster;
    es_text_add_things(text, roster->count + roster->left_out, "tunnel");
    const char *before = ": ";
    for (size_t i = 0; i < ES_COUNT(words); i++) {
        if (!roster->states[words[i].state])
            continue;
        es_text_add(text, before);
        es_text_add_count(text, roster->states[words[i].state]);
        es_text_addf(text, " %s", words[i].word);
        before = ", ";
    }
    if (roster->left_out) {
        es_text_add(text, before);
        es_text_add_count(text, roster->left_out);
        es_text_add(text, " not listed");
    }
}

/* "2 E, 1 W" or "no findings" */
static void add_findings(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    const char *const codes[] = {"\033[1;36m", "\033[1;33m", "\033[1;31m"};
    const size_t start = text->length;
    for (int severity = ES_SEVERITY_ERROR; severity >= 0; severity--) {
        const uint32_t count = screen->totals.findings[severity];
        if (!count)
            continue;
        es_text_addf(text, "%s%s", text->length > start ? ", " : "", codes[severity]);
        es_text_add_things(text, count, es_severity_name((enum es_severity)severity));
        es_text_add(text, "\033[0m");
    }
    if (text->length == start)
        es_text_add(text, "no findings");
}

static void draw_counts(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    add_tunnels(screen);
    es_text_add(text, "   ");
    es_text_add_things(text, screen->totals.frames, "packet");
    es_text_add(text, ", ");
    es_text_add_rate(text, screen->totals.frames_s);
    es_text_add(text, "/s");
    if (screen->totals.drops) {
        es_text_add(text, ", \033[1;33m");
        es_text_add_count(text, screen->totals.drops);
        es_text_add(text, " dropped\033[0m");
    } else if (screen->options.live) {
        es_text_add(text, ", none dropped");
    }
    es_text_add(text, "   ");
    add_findings(screen);
    es_screen_put(screen, &(struct es_canvas_cell){
                              .line = 1, .column = 1, .width = screen->canvas.columns - 2});
}

static void draw_small(struct es_screen *screen)
{
    struct es_text *text = &screen->text;
    const struct es_canvas *canvas = &screen->canvas;
    es_text_addf(text, "%ux%u is too small: %dx%d is needed", canvas->columns, canvas->lines,
                 ES_CANVAS_COLUMNS_MIN, ES_CANVAS_LINES_MIN);
    const unsigned wide = (unsigned)text->length;
    es_screen_put(screen, &(struct es_canvas_cell){
                              .line = canvas->lines / 2,
                              .column = wide < canvas->columns ? (canvas->columns - wide) / 2 : 0,
                              .width = wide,
                              .style = ES_STYLE_BOLD});
}

static void draw(struct es_screen *screen)
{
    struct es_canvas *canvas = &screen->canvas;
    if (screen->arrange && es_roster_arrange(&screen->roster))
        screen->arrange = false;
    es_canvas_clear(canvas);
    es_text_clear(&screen->text);
    if (canvas->columns < ES_CANVAS_COLUMNS_MIN || canvas->lines < ES_CANVAS_LINES_MIN) {
        draw_small(screen);
    } else {
        draw_title(screen);
        draw_counts(screen);
        screen->view->draw(screen, TOP_LINES, canvas->lines - TOP_LINES - 1);
        screen->view->add_keys(screen, &screen->text);
        es_screen_put(screen, &(struct es_canvas_cell){.line = canvas->lines - 1,
                                                       .column = 1,
                                                       .width = canvas->columns - 2});
    }
    es_canvas_flush(canvas, screen->redraw);
    screen->changed = screen->redraw = false;
}

/* --- keys --- */

/* Those that mean the same everywhere, unless the view takes them. */
static void take_key(struct es_screen *screen, int key)
{
    screen->changed = true;
    if (key == ES_KEY_RESIZE) {
        screen->redraw = true;
        screen->wants_look |= screen->view == &es_view_detail;
        return;
    }
    if (key != ES_KEY_REDRAW && screen->view->key(screen, key))
        return;
    switch (key) {
    case ES_KEY_REDRAW:
        screen->redraw = true;
        break;
    case 'p':
        screen->paused = !screen->paused;
        break;
    case 'h':
    case '?':
        screen->behind_help = screen->view;
        screen->view = &es_view_help;
        break;
    case 'Q':
        screen->quits = true;
        break;
    default:
        break;
    }
}

enum es_screen_wish es_screen_turn(struct es_screen *screen, int wait_ms)
{
    struct pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN};
    if (screen->changed)
        draw(screen);
    const bool answered = poll(&keys, 1, wait_ms) > 0;
    int key = ES_KEY_NONE;
    for (int i = 0; i < KEYS_A_TURN && !screen->quits; i++) {
        key = es_canvas_key(&screen->canvas);
        if (key == ES_KEY_NONE)
            break;
        take_key(screen, key);
    }
    /* A terminal that went away: nobody is there to quit. */
    if (answered && keys.revents & (POLLHUP | POLLERR | POLLNVAL))
        screen->quits = true;
    if (screen->changed && !screen->quits)
        draw(screen);
    return screen->quits        ? ES_SCREEN_QUIT
           : screen->wants_look ? ES_SCREEN_SIGHT
                                : ES_SCREEN_GOES_ON;
}
