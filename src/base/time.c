/*
 * Nanosecond times as text.
 */
#include "espial/base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

/* Seconds and nanoseconds with the nanoseconds never negative, for times before 1970 too. */
static void split(es_time time, time_t *seconds, long *nanoseconds)
{
    es_time whole = time / ES_SECOND;
    es_time rest = time % ES_SECOND;
    if (rest < 0) {
        whole--;
        rest += ES_SECOND;
    }
    *seconds = (time_t)whole;
    *nanoseconds = (long)rest;
}

static struct tm broken_down(time_t seconds, bool utc)
{
    struct tm parts = {0};
    if (utc)
        gmtime_r(&seconds, &parts);
    else
        localtime_r(&seconds, &parts);
    return parts;
}

void es_text_add_time(struct es_text *text, es_time time)
{
    time_t seconds;
    long nanoseconds;
    split(time, &seconds, &nanoseconds);
    const struct tm parts = broken_down(seconds, true);
    char chars[] = "0000-00-00T00:00:00.000000000Z";
    /* The years of an es_time have four digits. */
    const struct {
        uint8_t at, digits;
        long number;
    } fields[] = {
        {0,  4, parts.tm_year + 1900},
        {5,  2, parts.tm_mon + 1    },
        {8,  2, parts.tm_mday       },
        {11, 2, parts.tm_hour       },
        {14, 2, parts.tm_min        },
        {17, 2, parts.tm_sec        },
        {20, 9, nanoseconds         },
    };
    for (size_t i = 0; i < ES_COUNT(fields); i++) {
        long left = fields[i].number;
        for (uint8_t digit = fields[i].digits; digit > 0; digit--, left /= 10)
            chars[fields[i].at + digit - 1] = (char)('0' + left % 10);
    }
    es_text_add_bytes(text, chars, sizeof(chars) - 1);
}

void es_text_add_clock(struct es_text *text, es_time time, bool utc)
{
    time_t seconds;
    long nanoseconds;
    split(time, &seconds, &nanoseconds);
    const struct tm parts = broken_down(seconds, utc);
    es_text_addf(text, "%02d:%02d:%02d.%03ld", parts.tm_hour, parts.tm_min, parts.tm_sec,
                 nanoseconds / 1000000);
}

void es_text_add_date(struct es_text *text, es_time time, bool utc)
{
    time_t seconds;
    long nanoseconds;
    split(time, &seconds, &nanoseconds);
    const struct tm parts = broken_down(seconds, utc);
    char date[64];
    if (strftime(date, sizeof(date), utc ? "%Y-%m-%d %H:%M:%S UTC" : "%Y-%m-%d %H:%M:%S %Z",
                 &parts) > 0)
        es_text_add(text, date);
}

void es_text_add_span(struct es_text *text, es_time span)
{
    if (span < 0)
        span = 0;
    /* The thresholds are where rounding reaches the next unit: 59.96 s is a minute, not 60.0 s. */
    const int64_t seconds = span / ES_SECOND + (span % ES_SECOND >= ES_SECOND / 2);
    if (span < 995 * ES_MICROSECOND)
        es_text_addf(text, "%.2f ms", (double)span / 1e6);
    else if (span < ES_SECOND - ES_MILLISECOND / 2)
        es_text_addf(text, "%.0f ms", (double)span / 1e6);
    else if (span < 60 * ES_SECOND - 50 * ES_MILLISECOND)
        es_text_addf(text, "%.1f s", (double)span / 1e9);
    else if (seconds < 3600)
        es_text_addf(text, "%" PRId64 " min %" PRId64 " s", seconds / 60, seconds % 60);
    else if (seconds < 86400)
        es_text_addf(text, "%" PRId64 " h %" PRId64 " min", seconds / 3600, seconds % 3600 / 60);
    else
        es_text_addf(text, "%" PRId64 " d %" PRId64 " h", seconds / 86400, seconds % 86400 / 3600);
}
