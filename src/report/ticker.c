/*
 * The ticker: events and findings as they happen, a line each.
 */
#include "ladder.h"

#include "json.h"
#include "wording.h"

#include <stdlib.h>
#include <string.h>

struct es_ticker {
    struct es_ticker_options options;
    struct es_ladder words; /* puts events into words; its lines go out from here */
    struct es_json json;
    FILE *out;
    bool failed;
};

struct es_ticker *es_ticker_new(const struct es_ticker_options *options, FILE *out)
{
    struct es_ticker *ticker = calloc(1, sizeof(*ticker));
    if (!ticker)
        return NULL;
    const struct es_ladder_options words = {.source = options->source,
                                            .utc = options->utc,
                                            .color = options->color,
                                            .utf8 = options->utf8};
    ticker->options = *options;
    ticker->out = out;
    es_ladder_init(&ticker->words, &words, out);
    es_json_init(&ticker->json, options->source, out);
    return ticker;
}

void es_ticker_free(struct es_ticker *ticker)
{
    if (!ticker)
        return;
    es_ladder_fini(&ticker->words);
    es_json_fini(&ticker->json);
    free(ticker);
}

bool es_ticker_is_sound(const struct es_ticker *ticker)
{
    return !ticker->failed;
}

static bool is_shown(const struct es_ticker *ticker, uint32_t tunnel)
{
    return ticker->options.tunnel == 0 || ticker->options.tunnel == tunnel;
}

/* The line that was built goes out at once. */
static void flush(struct es_ticker *ticker)
{
    struct es_text *line = &ticker->words.line;
    es_text_add_bytes(line, "\n", 1);
    ticker->failed |= line->failed || ticker->json.failed ||
                      fwrite(line->chars, 1, line->length, ticker->out) != line->length ||
                      fflush(ticker->out) != 0;
    es_text_clear(line);
}

static void flush_json(struct es_ticker *ticker)
{
    es_json_flush(&ticker->json);
    ticker->failed |= ticker->json.failed || fflush(ticker->out) != 0;
}

/* "2026-11-23 10:42:05.123 " */
static void add_time(struct es_ticker *ticker, es_time time)
{
    struct es_text *line = &ticker->words.line;
    es_text_add_date(line, time, ticker->options.utc);
    /* Of "2026-11-23 10:42:05 UTC" the day; the clock has milliseconds. */
    if (line->length > 11)
        line->length = 11;
    es_text_add_clock(line, time, ticker->options.utc);
    es_text_add(line, " ");
}

static void add_tunnel(struct es_ticker *ticker, const struct es_tunnel *tunnel)
{
    struct es_text *line = &ticker->words.line;
    es_text_addf(line, "tunnel %u ", tunnel->number);
    es_text_add_peers(line, tunnel, true, ticker->options.utf8);
}

static void event_json(struct es_ticker *ticker, const struct es_event *event)
{
    struct es_json *json = &ticker->json;
    es_json_begin(json, "event");
    es_json_put_string(json, "event", es_event_name(event->kind));
    es_json_put_packet(json, &event->ref);
    es_json_put_count(json, "tunnel", event->tunnel->number);
    es_json_open(json, "peers", '[');
    for (int side = 0; side < 2; side++) {
        es_text_add_address(&json->line.scratch, &event->tunnel->peers[side].address);
        es_json_append_text(json);
    }
    es_json_close(json, ']');
    if (event->ike_sa)
        es_json_put_count(json, "ike_sa", event->ike_sa->number);
    if (event->child)
        es_json_put_count(json, "child_sa", event->child->number);
    if (event->flow) {
        es_json_put_count(json, "flow", event->flow->number);
        es_json_put_spi(json, "spi", event->flow->key.spi);
    }
    es_json_put_address(json, "by", &event->tunnel->peers[event->side].address);
    es_ladder_add_event(&ticker->words, event);
    es_json_put_string(json, "what", es_text_chars(&ticker->words.line));
    es_text_clear(&ticker->words.line);
    es_json_end(json);
    flush_json(ticker);
}

void es_ticker_event(void *context, const struct es_event *event)
{
    struct es_ticker *ticker = context;
    if (ticker->failed || ticker->options.quiet || !is_shown(ticker, event->tunnel->number))
        return;
    if (ticker->options.json) {
        event_json(ticker, event);
        return;
    }
    add_time(ticker, event->ref.time);
    add_tunnel(ticker, event->tunnel);
    es_text_add(&ticker->words.line, ": ");
    es_ladder_add_event(&ticker->words, event);
    flush(ticker);
}

static void ended_json(struct es_ticker *ticker, const struct es_alert *alert, es_time now)
{
    struct es_json *json = &ticker->json;
    es_json_begin(json, "event");
    es_json_put_string(json, "event", "finding-ended");
    es_json_put_time(json, "time", now);
    es_json_put_string(json, "id", alert->rule->id);
    es_json_put_string(json, "severity", es_severity_name(alert->severity));
    if (alert->tunnel)
        es_json_put_count(json, "tunnel", alert->tunnel);
    es_json_put_time(json, "since", alert->begins);
    es_json_put_string(json, "what", alert->summary);
    es_json_end(json);
    flush_json(ticker);
}

static void alert_line(struct es_ticker *ticker, enum es_alert_kind kind,
                       const struct es_alert *alert, const struct es_finding *finding, es_time now)
{
    struct es_ladder *words = &ticker->words;
    const bool over = kind == ES_ALERT_ENDS;
    add_time(ticker, now);
    if (over)
        es_ladder_add_inked(words, ES_INK_GREEN, "OVER");
    else
        es_ladder_add_severity(words, alert->severity);
    es_text_addf(&words->line, " %s", alert->rule->id);
    if (finding && finding->tunnel) {
        es_text_add(&words->line, ", ");
        add_tunnel(ticker, finding->tunnel);
    } else if (alert->tunnel) {
        es_text_addf(&words->line, ", tunnel %u", alert->tunnel);
    }
    if (over) {
        es_text_add(&words->line, ", after ");
        es_text_add_span(&words->line, now - alert->begins);
    }
    es_text_add(&words->line, ": ");
    es_text_add(&words->line, finding ? finding->summary : alert->summary);
    flush(ticker);
}

void es_ticker_alert(struct es_ticker *ticker, enum es_alert_kind kind,
                     const struct es_alert *alert, const struct es_finding *finding, es_time now)
{
    if (ticker->failed || !is_shown(ticker, alert->tunnel))
        return;
    if (!ticker->options.json) {
        alert_line(ticker, kind, alert, finding, now);
    } else if (finding) {
        es_json_finding(&ticker->json, finding, es_alert_kind_name(kind));
        flush_json(ticker);
    } else {
        ended_json(ticker, alert, now);
    }
}

void es_ticker_say(struct es_ticker *ticker, const char *words, es_time now)
{
    if (ticker->failed)
        return;
    if (ticker->options.json) {
        struct es_json *json = &ticker->json;
        es_json_begin(json, "event");
        es_json_put_string(json, "event", "watching");
        es_json_put_time(json, "time", now);
        es_json_put_string(json, "what", words);
        es_json_end(json);
        flush_json(ticker);
        return;
    }
    add_time(ticker, now);
    es_text_add_printable(&ticker->words.line, (const uint8_t *)words, strlen(words));
    flush(ticker);
}
