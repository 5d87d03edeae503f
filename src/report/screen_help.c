/*
 * What the keys do and what the columns mean.
 */
#include "screen.h"

#include <string.h>

/* Lines of 76 columns at most; codes in front of what stands out. */
static const char words[] =
    "\033[1mKeys of the list\033[0m\n"
    "  Up Down, PgUp PgDn, Home End   choose a tunnel (also k j, Space, g G)\n"
    "  Enter      open it: findings with their evidence, SAs, flows, ladder\n"
    "  s S        sort by findings, number, state, age, rekey, packets, bytes\n"
    "  r          the other way round\n"
    "  /          only tunnels whose number, peers, state, IKE version or\n"
    "             finding holds what you type; Esc shows all again\n"
    "  p          pause: of an interface the picture stands still and packets\n"
    "             are still read; a file is played no further\n"
    "  q          quit; the report follows (Q: from everywhere; Ctrl-C too)\n"
    "\n"
    "\033[1mKeys of a tunnel\033[0m\n"
    "  Up Down, PgUp PgDn, Home End   scroll the larger part\n"
    "  Tab        make the other part the larger one\n"
    "  n N        the next tunnel of the list, the one before\n"
    "  Esc        back to the list (also q, Left)\n"
    "\n"
    "\033[1mColumns\033[0m\n"
    "  \033[1;31mE\033[0m \033[1;33mW\033[0m \033[1;36mN\033[0m      "
    "error, warning, note: the worst finding, and how many of it\n"
    "  state      up: established; setup: negotiating; failed; closed; ?: IKE\n"
    "             was seen in its middle only; no IKE: only ESP or AH was seen\n"
    "  age        since its first packet\n"
    "  rekey      until the next rekey of a Child SA or the IKE SA, if they live\n"
    "             as long as those before (\"-4m\": it is late); -: none was seen\n"
    "  DPD        ok: the last check was answered; 3 lost: so many were not\n"
    "  pkt/s B/s  ESP and AH from the first peer to the second, and back\n"
    "  bars       packets of the last seconds, each line to its own scale\n"
    "\n"
    "  Findings are judged once a second. \"espial explain ID\" says what one\n"
    "  means, what causes it and what to check.\n";

static void draw_help(struct es_screen *screen, unsigned line, unsigned height)
{
    if (!screen->help.count)
        es_scroll_set(&screen->help, words, strlen(words));
    struct es_text place;
    es_text_init(&place);
    es_scroll_draw(&screen->help, &screen->canvas, line + 1, height - 1);
    es_scroll_add_place(&place, &screen->help);
    es_screen_rule(screen, line, "help", es_text_chars(&place), true);
    es_text_fini(&place);
}

static bool take_key(struct es_screen *screen, int key)
{
    if (es_scroll_key(&screen->help, key))
        return true;
    switch (key) {
    case 'h':
    case '?':
    case 'q':
    case ES_KEY_ENTER:
    case ES_KEY_ESCAPE:
    case ES_KEY_LEFT:
    case ES_KEY_BACKSPACE:
        screen->view = screen->behind_help;
        screen->wants_look = screen->view == &es_view_detail;
        return true;
    default:
        return false;
    }
}

static void add_keys(struct es_screen *screen, struct es_text *text)
{
    es_screen_add_key(text, "Esc", "back");
    if (screen->help.count > screen->help.height)
        es_screen_add_key(text, screen->canvas.utf8 ? "\u2191\u2193" : "Up Down", "scroll");
}

const struct es_view es_view_help = {draw_help, take_key, add_keys};
