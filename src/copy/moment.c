/*
 * Moments of a capture as people write them.
 */
#include "espial/copy.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What stands between a date and the zone, with what is read of it. */
struct reading {
    const char *at;
    struct tm parts;
    es_time fraction; /* ns */
};

/* `digits` digits. */
static bool read_number(struct reading *r, int digits, int least, int most, int *out)
{
    int number = 0;
    for (int i = 0; i < digits; i++, r->at++) {
        if (*r->at < '0' || *r->at > '9')
            return false;
        number = number * 10 + (*r->at - '0');
    }
    *out = number;
    return number >= least && number <= most;
}

static bool read_char(struct reading *r, const char *any_of)
{
    if (!*r->at || !strchr(any_of, *r->at))
        return false;
    r->at++;
    return true;
}

static void read_fraction(struct reading *r)
{
    r->fraction = 0;
    if (*r->at != '.' || r->at[1] < '0' || r->at[1] > '9')
        return;
    r->at++;
    for (es_time unit = ES_SECOND / 10; *r->at >= '0' && *r->at <= '9'; r->at++, unit /= 10)
        r->fraction += (*r->at - '0') * unit;
}

/* "14:03", "14:03:20", "14:03:20.5"; second 60 is a leap second. */
static bool read_clock(struct reading *r)
{
    struct tm *parts = &r->parts;
    parts->tm_sec = 0;
    if (!read_number(r, 2, 0, 23, &parts->tm_hour) || !read_char(r, ":") ||
        !read_number(r, 2, 0, 59, &parts->tm_min))
        return false;
    if (*r->at == ':') {
        r->at++;
        if (!read_number(r, 2, 0, 60, &parts->tm_sec))
            return false;
    }
    read_fraction(r);
    return true;
}

static bool read_date(struct reading *r)
{
    struct tm *parts = &r->parts;
    if (!read_number(r, 4, 1970, 2115, &parts->tm_year) || !read_char(r, "-") ||
        !read_number(r, 2, 1, 12, &parts->tm_mon) || !read_char(r, "-") ||
        !read_number(r, 2, 1, 31, &parts->tm_mday))
        return false;
    parts->tm_year -= 1900;
    parts->tm_mon--;
    return true;
}

/* "Z", "+02:00", or nothing. */
static bool read_zone(struct reading *r, bool *utc, es_time *offset)
{
    *offset = 0;
    if (!*r->at)
        return true;
    *utc = true;
    if (read_char(r, "Zz"))
        return true;
    const int sign = *r->at == '-' ? -1 : 1;
    int hours;
    int minutes;
    if (!read_char(r, "+-") || !read_number(r, 2, 0, 23, &hours) || !read_char(r, ":") ||
        !read_number(r, 2, 0, 59, &minutes))
        return false;
    *offset = sign * (hours * 60 + minutes) * 60 * ES_SECOND;
    return true;
}

static es_time put_together(const struct reading *r, bool utc)
{
    struct tm parts = r->parts;
    parts.tm_isdst = -1;
    return (utc ? timegm(&parts) : mktime(&parts)) * ES_SECOND + r->fraction;
}

/* "12.5", "+12.5" */
static bool read_seconds(const char *chars, es_time first, es_time *out)
{
    const char *at = *chars == '+' ? chars + 1 : chars;
    if (*at < '0' || *at > '9')
        return false;
    char *end;
    const double seconds = strtod(at, &end);
    if (*end || !(seconds <= 3e9))
        return false;
    const es_time span = (es_time)(seconds * 1e9 + 0.5);
    *out = first < ES_TIME_MAX - span ? first + span : ES_TIME_MAX;
    return true;
}

bool es_moment_parse(const char *chars, es_time first, bool utc, es_time *out)
{
    if (read_seconds(chars, first, out))
        return true;
    struct reading r = {.at = chars};
    if (strchr(chars, '-') == chars + 4) {
        es_time offset;
        if (!read_date(&r) || !read_char(&r, "Tt ") || !read_clock(&r) ||
            !read_zone(&r, &utc, &offset) || *r.at)
            return false;
        *out = put_together(&r, utc) - offset;
        return true;
    }
    const time_t seconds = (time_t)(first / ES_SECOND);
    if (utc)
        gmtime_r(&seconds, &r.parts);
    else
        localtime_r(&seconds, &r.parts);
    if (!read_clock(&r) || *r.at)
        return false;
    *out = put_together(&r, utc);
    return true;
}
