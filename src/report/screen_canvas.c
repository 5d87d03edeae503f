/*
 * The terminal as a canvas.
 */
#include "screen_canvas.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

/* An escape key alone is told from the first byte of an arrow by what does not follow: long enough
 * for a slow line, short enough not to be felt. */
enum { ESCAPE_DELAY_MS = 80 };

/*
 * Ink for each style. Of the many colours those of Okabe and Ito, which people who see colours in
 * other ways tell apart, as dark as light paper needs and as light as dark paper needs. Of eight,
 * none that is told from another by red against green. No colour says anything alone: a letter or a
 * word says it too.
 */
static const struct {
    short many, few;
    attr_t attributes;
} inks[] = {
    [ES_STYLE_PLAIN] = {-1,  -1,           A_NORMAL},
    [ES_STYLE_BOLD] = {-1,  -1,           A_BOLD  },
    [ES_STYLE_DIM] = {-1,  -1,           A_DIM   },
    [ES_STYLE_RED] = {166, COLOR_RED,    A_BOLD  },
    [ES_STYLE_YELLOW] = {178, COLOR_YELLOW, A_BOLD  },
    [ES_STYLE_GREEN] = {36,  COLOR_CYAN,   A_NORMAL},
    [ES_STYLE_CYAN] = {74,  COLOR_CYAN,   A_NORMAL},
};

/* What these keys send where the terminal is not quite what TERM says: often enough. */
static void add_keys(void)
{
    static const struct {
        const char *bytes;
        int key;
    } more[] = {
        {"\033[1~", KEY_HOME },
        {"\033[7~", KEY_HOME },
        {"\033[H",  KEY_HOME },
        {"\033OH",  KEY_HOME },
        {"\033[4~", KEY_END  },
        {"\033[8~", KEY_END  },
        {"\033[F",  KEY_END  },
        {"\033OF",  KEY_END  },
        {"\033[5~", KEY_PPAGE},
        {"\033[6~", KEY_NPAGE},
        {"\033[A",  KEY_UP   },
        {"\033OA",  KEY_UP   },
        {"\033[B",  KEY_DOWN },
        {"\033OB",  KEY_DOWN },
    };
    for (size_t i = 0; i < ES_COUNT(more); i++)
        define_key(more[i].bytes, more[i].key);
}

bool es_canvas_open(struct es_canvas *canvas, bool color, bool utf8, struct es_error *error)
{
    *canvas = (struct es_canvas){.utf8 = utf8};
    /* The terminal's own size, not that of LINES and COLUMNS, which do not follow it. */
    use_env(FALSE);
    use_tioctl(TRUE);
    canvas->terminal = newterm(NULL, stdout, stdin);
    if (!canvas->terminal)
        return es_error_set(error, ES_ERROR_SYSTEM, "the terminal \"%.40s\" is not known here",
                            getenv("TERM") ? getenv("TERM") : "");
    const char *places = tigetstr("cup");
    if (!places || places == (char *)-1) {
        es_canvas_close(canvas);
        return es_error_set(error, ES_ERROR_SYSTEM, "the terminal cannot show a screen");
    }
    cbreak();
    noecho();
    nonl();
    curs_set(0);
    keypad(stdscr, TRUE);
    add_keys();
    nodelay(stdscr, TRUE);
    set_escdelay(ESCAPE_DELAY_MS);
    canvas->color = color && has_colors() && start_color() == OK;
    if (canvas->color) {
        use_default_colors();
        canvas->many_colors = COLORS >= 256;
        for (size_t i = 0; i < ES_COUNT(inks); i++)
            init_pair((short)(i + 1), canvas->many_colors ? inks[i].many : inks[i].few, -1);
    }
    return true;
}

void es_canvas_close(struct es_canvas *canvas)
{
    if (!canvas->terminal)
        return;
    endwin();
    delscreen(canvas->terminal);
    canvas->terminal = NULL;
}

/* ncurses hears of a new size by a signal, and then asks the environment, which knows the old one.
 */
static void follow_size(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        is_term_resized(size.ws_row, size.ws_col))
        resizeterm(size.ws_row, size.ws_col); /* and KEY_RESIZE is the next key */
}

void es_canvas_clear(struct es_canvas *canvas)
{
    canvas->columns = (unsigned)COLS;
    canvas->lines = (unsigned)LINES;
    erase();
}

static void set_style(const struct es_canvas *canvas, enum es_style style, bool reverse)
{
    attr_t attributes = inks[style].attributes;
    short pair = canvas->color ? (short)(style + 1) : 0;
    if (reverse)
        attributes = (attributes & ~A_DIM) | A_REVERSE;
    attr_set(attributes, pair, NULL);
}

/*
 * The style that a code of the text writers ("\033[1;31m") means, and behind it; other sequences
 * are not theirs, and are passed over to the end of their digits.
 */
static enum es_style read_code(const char **chars, enum es_style plain)
{
    static const struct {
        const char *code;
        enum es_style style;
    } codes[] = {
        {"[1m",    ES_STYLE_BOLD  },
        {"[2m",    ES_STYLE_DIM   },
        {"[1;31m", ES_STYLE_RED   },
        {"[1;33m", ES_STYLE_YELLOW},
        {"[1;32m", ES_STYLE_GREEN },
        {"[1;36m", ES_STYLE_CYAN  },
    };
    const char *at = *chars + 1;
    const size_t length = strspn(at, "[;0123456789");
    enum es_style style = plain;
    for (size_t i = 0; i < ES_COUNT(codes); i++) {
        if (strncmp(at, codes[i].code, strlen(codes[i].code)) == 0)
            style = codes[i].style;
    }
    *chars = at + length + (at[length] == 'm');
    return style;
}

/* The next character, one that takes a column or two; what is none of these becomes '?'. */
static wchar_t next_character(const struct es_canvas *canvas, const char **chars, int *columns)
{
    const unsigned char *at = (const unsigned char *)*chars;
    uint32_t code = *at;
    size_t length = 1;
    if (code >= 0xc2) {
        const size_t more = code >= 0xf0 ? 3 : code >= 0xe0 ? 2 : 1;
        code &= 0x3fU >> more;
        for (; length <= more && (at[length] & 0xc0) == 0x80; length++)
            code = code << 6 | (at[length] & 0x3f);
        if (length <= more)
            code = '?';
    }
    *chars += length;
    *columns = code < 0x80    ? (code >= ' ' && code < 0x7f)
               : canvas->utf8 ? wcwidth((wchar_t)code)
                              : 0;
    if (*columns > 0)
        return (wchar_t)code;
    *columns = 1;
    return L'?';
}

/* Columns that a text takes, up to `most` and one more. */
static unsigned columns_of(const struct es_canvas *canvas, const char *chars, unsigned most)
{
    unsigned used = 0;
    while (*chars && used <= most) {
        int columns = 0;
        if (*chars == '\033') {
            read_code(&chars, ES_STYLE_PLAIN);
            continue;
        }
        next_character(canvas, &chars, &columns);
        used += (unsigned)columns;
    }
    return used;
}

static void put_spaces(unsigned count)
{
    static const char spaces[] = "                                                                ";
    while (count > 0) {
        const unsigned some = count < sizeof(spaces) - 1 ? count : (unsigned)sizeof(spaces) - 1;
        addnstr(spaces, (int)some);
        count -= some;
    }
}

void es_canvas_put(struct es_canvas *canvas, const struct es_canvas_cell *cell, const char *chars)
{
    if (cell->line >= canvas->lines || cell->column >= canvas->columns)
        return;
    const unsigned room = canvas->columns - cell->column;
    const unsigned width = cell->width < room ? cell->width : room;
    const unsigned wanted = columns_of(canvas, chars, width);
    const unsigned kept = wanted > width && width > 0 ? width - 1 : width;
    unsigned used = 0;
    move((int)cell->line, (int)cell->column);
    set_style(canvas, cell->style, cell->reverse);
    if (cell->right && wanted < width) {
        put_spaces(width - wanted);
        used = width - wanted;
    }
    while (*chars && used < width) {
        int columns = 0;
        if (*chars == '\033') {
            set_style(canvas, read_code(&chars, cell->style), cell->reverse);
            continue;
        }
        const wchar_t character = next_character(canvas, &chars, &columns);
        if (used + (unsigned)columns > kept)
            break;
        addnwstr(&character, 1);
        used += (unsigned)columns;
    }
    set_style(canvas, cell->style, cell->reverse);
    if (wanted > width && used < width) {
        addnwstr(canvas->utf8 ? L"\u2026" : L"~", 1);
        used++;
    }
    put_spaces(width - used);
    attr_set(A_NORMAL, 0, NULL);
}

void es_canvas_flush(struct es_canvas *canvas, bool all)
{
    (void)canvas;
    if (all)
        clearok(curscr, TRUE);
    refresh();
}

int es_canvas_key(struct es_canvas *canvas)
{
    static const struct {
        wint_t code;
        int key;
    } specials[] = {
        {KEY_UP,        ES_KEY_UP       },
        {KEY_DOWN,      ES_KEY_DOWN     },
        {KEY_LEFT,      ES_KEY_LEFT     },
        {KEY_RIGHT,     ES_KEY_RIGHT    },
        {KEY_PPAGE,     ES_KEY_PAGE_UP  },
        {KEY_NPAGE,     ES_KEY_PAGE_DOWN},
        {KEY_HOME,      ES_KEY_HOME     },
        {KEY_END,       ES_KEY_END      },
        {KEY_ENTER,     ES_KEY_ENTER    },
        {KEY_BACKSPACE, ES_KEY_BACKSPACE},
        {KEY_RESIZE,    ES_KEY_RESIZE   },
    };
    (void)canvas;
    wint_t code = 0;
    follow_size();
    const int result = get_wch(&code);
    if (result == ERR)
        return ES_KEY_NONE;
    if (result == KEY_CODE_YES) {
        for (size_t i = 0; i < ES_COUNT(specials); i++) {
            if (specials[i].code == code)
                return specials[i].key;
        }
        return ES_KEY_OTHER;
    }
    if (code == '\r')
        return ES_KEY_ENTER;
    if (code == '\b')
        return ES_KEY_BACKSPACE;
    return code ? (int)code : ES_KEY_OTHER;
}

/* Adds a capability of the terminal without its padding: "$<5>". */
static size_t add_capability(char *bytes, size_t length, size_t capacity, const char *name)
{
    const char *chars = tigetstr(name);
    if (!chars || chars == (char *)-1)
        return length;
    while (*chars && length < capacity) {
        const char *end = chars[0] == '$' && chars[1] == '<' ? strchr(chars, '>') : NULL;
        if (end)
            chars = end + 1;
        else
            bytes[length++] = *chars++;
    }
    return length;
}

size_t es_canvas_farewell(const struct es_canvas *canvas, char *bytes, size_t capacity)
{
    static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
    size_t length = 0;
    if (!canvas->terminal)
        return 0;
    for (size_t i = 0; i < ES_COUNT(names); i++)
        length = add_capability(bytes, length, capacity, names[i]);
    return length;
}
