/*
 * The story: a ring of lines in the ladder's words.
 */
#include "screen_story.h"

#include "wording.h"

#include <stdlib.h>
#include <string.h>

enum { CLOCK_COLUMNS = 12 };

bool es_story_init(struct es_story *story, const struct es_ladder_options *options, uint32_t tunnel)
{
    struct es_ladder_options words = *options;
    /* Colour codes are how the canvas hears of styles, whatever it makes of them. */
    words.color = true;
    words.form = ES_LADDER_TEXT;
    words.detail = ES_LADDER_MESSAGES;
    *story = (struct es_story){.tunnel = tunnel};
    es_ladder_init(&story->words, &words, NULL);
    story->column = story->words.name_columns + 1 + CLOCK_COLUMNS + 3;
    story->lines = calloc(ES_STORY_LINES, sizeof(*story->lines));
    return story->lines != NULL;
}

void es_story_fini(struct es_story *story)
{
    for (size_t i = 0; story->lines && i < ES_STORY_LINES; i++)
        free(story->lines[i].chars);
    for (size_t i = 0; i < ES_COUNT(story->news); i++)
        free(story->news[i]);
    free(story->lines);
    es_ladder_fini(&story->words);
    *story = (struct es_story){0};
}

static struct es_story_line *line_at(const struct es_story *story, uint64_t index)
{
    return &story->lines[index % ES_STORY_LINES];
}

/* How much of a long line is kept: no colour code is cut in two. */
static size_t kept(const char *chars, size_t length)
{
    if (length <= ES_STORY_LINE_BYTES)
        return length;
    size_t end = ES_STORY_LINE_BYTES;
    while (end > 0 && ((unsigned char)chars[end] & 0xc0) == 0x80)
        end--;
    size_t code = end;
    while (code > 0 && end - code < 8 && chars[code] != '\033')
        code--;
    return chars[code] == '\033' && !memchr(chars + code, 'm', end - code) ? code : end;
}

/* The line that was built becomes the newest of the ring. */
static void add(struct es_story *story, const struct es_packet_ref *ref, uint32_t tunnel)
{
    struct es_text *line = &story->words.line;
    const char *chars = es_text_chars(line);
    char *copy = line->failed ? NULL : strndup(chars, kept(chars, line->length));
    es_text_clear(line);
    if (!copy)
        return;
    struct es_story_line *slot = line_at(story, story->count++);
    free(slot->chars);
    *slot = (struct es_story_line){
        .ref = ref ? *ref : (struct es_packet_ref){0}, .tunnel = tunnel, .chars = copy};
}

/* The same, and it is kept apart too, where no flood of packets pushes it out. */
static void add_news(struct es_story *story, uint32_t tunnel)
{
    const struct es_text *line = &story->words.line;
    char *copy =
        line->failed ? NULL : strndup(es_text_chars(line), kept(line->chars, line->length));
    char **slot = &story->news[story->news_count % ES_COUNT(story->news)];
    if (copy) {
        free(*slot);
        *slot = copy;
        story->news_count++;
    }
    add(story, NULL, tunnel);
}

/* "  #12 10:42:05.123 " */
static void add_moment(struct es_story *story, const struct es_packet_ref *ref, es_time time)
{
    struct es_ladder *words = &story->words;
    struct es_text *name = &words->scratch;
    es_text_clear(name);
    if (ref)
        es_text_add_packet(name, words->options.source, ref);
    const size_t columns = words->name_columns;
    es_text_addf(&words->line, "%*s", (int)(name->length < columns ? columns - name->length : 0),
                 "");
    es_text_add(&words->line, es_text_chars(name));
    es_text_add(&words->line, " ");
    es_ladder_ink(words, ES_INK_DIM);
    es_text_add_clock(&words->line, time, words->options.utc);
    es_ladder_plain(words);
    es_text_add(&words->line, " ");
}

static bool is_told(const struct es_story *story, const struct es_tunnel *tunnel)
{
    return story->tunnel == 0 || (tunnel && tunnel->number == story->tunnel);
}

void es_story_event(struct es_story *story, const struct es_event *event)
{
    struct es_ladder *words = &story->words;
    if (!is_told(story, event->tunnel))
        return;
    add_moment(story, &event->ref, event->ref.time);
    if (event->flow)
        es_ladder_add_inked(words, ES_INK_CYAN, es_ladder_arrow(words, event->side));
    else
        es_ladder_add_inked(words, ES_INK_BOLD, words->options.utf8 ? "\u25cf" : "*");
    es_text_add(&words->line, " ");
    es_ladder_add_event(words, event);
    add(story, &event->ref, event->tunnel->number);
}

/* The tracker tells of what a message causes before the message: it belongs above that. */
static void raise_above_events(struct es_story *story)
{
    const struct es_packet_ref ref = line_at(story, story->count - 1)->ref;
    uint64_t place = story->count - 1;
    const uint64_t lowest =
        story->count > ES_LADDER_EVENTS_MAX ? story->count - ES_LADDER_EVENTS_MAX : 0;
    while (place > lowest && line_at(story, place - 1)->ref.number == ref.number &&
           line_at(story, place - 1)->ref.file == ref.file) {
        const struct es_story_line below = *line_at(story, place - 1);
        *line_at(story, place - 1) = *line_at(story, place);
        *line_at(story, place) = below;
        place--;
    }
}

void es_story_message(struct es_story *story, const struct es_rung *rung)
{
    struct es_ladder *words = &story->words;
    const struct es_tunnel *tunnel = rung->view->tunnel;
    if (!tunnel || !is_told(story, tunnel))
        return;
    add_moment(story, &rung->datagram->ref, rung->datagram->ref.time);
    es_ladder_add_inked(words, ES_INK_CYAN, es_ladder_arrow(words, rung->view->side));
    es_text_add(&words->line, " ");
    es_ladder_add_message(words, rung);
    const uint64_t before = story->count;
    add(story, &rung->datagram->ref, tunnel->number);
    if (story->count > before)
        raise_above_events(story);
}

void es_story_alert(struct es_story *story, enum es_alert_kind kind, const struct es_alert *alert,
                    const struct es_finding *finding, es_time now)
{
    struct es_ladder *words = &story->words;
    if (story->tunnel && alert->tunnel && alert->tunnel != story->tunnel)
        return;
    add_moment(story, NULL, now);
    es_text_add(&words->line, "  ");
    if (kind == ES_ALERT_ENDS)
        es_ladder_add_inked(words, ES_INK_GREEN, "OVER");
    else
        es_ladder_add_severity(words, alert->severity);
    es_text_addf(&words->line, " %s", alert->rule->id);
    if (alert->tunnel)
        es_text_addf(&words->line, ", tunnel %u", alert->tunnel);
    if (kind == ES_ALERT_ENDS) {
        es_text_add(&words->line, ", after ");
        es_text_add_span(&words->line, now - alert->begins);
    }
    es_text_addf(&words->line, ": %s", finding ? finding->summary : alert->summary);
    /* Of notes there may be one for every tunnel: they stand in its ladder only. */
    if (alert->severity > ES_SEVERITY_NOTE || !alert->tunnel)
        add_news(story, alert->tunnel);
    else
        add(story, NULL, alert->tunnel);
}

void es_story_say(struct es_story *story, const char *words, es_time now)
{
    add_moment(story, NULL, now);
    es_text_add(&story->words.line, "  ");
    es_text_add_printable(&story->words.line, (const uint8_t *)words, strlen(words));
    add_news(story, 0);
}

static uint64_t oldest(const struct es_story *story)
{
    return story->count > ES_STORY_LINES ? story->count - ES_STORY_LINES : 0;
}

void es_story_add_tunnel(struct es_story *story, uint32_t tunnel, unsigned width,
                         struct es_text *text)
{
    struct es_ladder *words = &story->words;
    const uint64_t first = oldest(story);
    uint64_t begin = story->count;
    size_t wanted = ES_STORY_SHOWN;
    while (begin > first && wanted > 0)
        wanted -= line_at(story, --begin)->tunnel == tunnel;
    words->options.width = width;
    es_text_clear(&words->page);
    for (uint64_t i = begin; i < story->count; i++) {
        if (line_at(story, i)->tunnel != tunnel)
            continue;
        es_text_add(&words->line, line_at(story, i)->chars);
        es_ladder_lay(words, story->column);
    }
    words->options.width = 0;
    es_text_add_bytes(text, es_text_chars(&words->page), words->page.length);
    es_text_clear(&words->page);
}

const char *es_story_news(const struct es_story *story, size_t index)
{
    const size_t kept_news =
        story->news_count < ES_COUNT(story->news) ? story->news_count : ES_COUNT(story->news);
    if (index >= kept_news)
        return NULL;
    return story->news[(story->news_count - 1 - index) % ES_COUNT(story->news)];
}
