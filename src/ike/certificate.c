/*
 * X.509 certificates, as far as a diagnosis needs them: whose, by whom, valid from when to when.
 * Nothing is verified. RFC 5280, 4.1.
 *
 *     Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
 *     TBSCertificate ::= SEQUENCE { [0] version, serialNumber, signature, issuer,
 *                                   SEQUENCE { notBefore, notAfter }, subject, … }
 */
#include "espial/ike.h"

#include "der.h"

/* One element, head and contents, as a window. */
static bool element_next(struct es_cursor *c, struct es_cursor *out)
{
    struct es_cursor rest = *c;
    uint8_t tag = 0;
    struct es_cursor inside;
    if (!es_der_next(&rest, &tag, &inside) || inside.missing > 0)
        return false;
    *out = es_sub(c, es_wire_left(c) - es_wire_left(&rest));
    return c->fault == ES_FAULT_NONE;
}

static bool begin(struct es_cursor der, struct es_cursor *tbs)
{
    struct es_cursor certificate;
    struct es_cursor skipped;
    if (!es_der_expect(&der, ES_DER_SEQUENCE, &certificate) ||
        !es_der_expect(&certificate, ES_DER_SEQUENCE, tbs))
        return false;
    struct es_cursor version = *tbs;
    if (es_der_expect(&version, ES_DER_CONTEXT, &skipped))
        *tbs = version;
    return true;
}

/* The serial number, and what stands between it and the issuer. */
static bool serial_next(struct es_cursor *tbs, struct es_cursor *out)
{
    struct es_cursor serial;
    struct es_cursor signature;
    if (!es_der_expect(tbs, ES_DER_INTEGER, &serial) || serial.missing > 0)
        return false;
    *out = serial;
    return element_next(tbs, &signature);
}

static bool time_next(struct es_cursor *validity, struct es_cursor *out)
{
    uint8_t tag = 0;
    struct es_cursor time;
    if (!es_der_next(validity, &tag, &time))
        return false;
    *out = time;
    return true;
}

bool es_ike_certificate_parse(struct es_cursor der, struct es_ike_certificate *out)
{
    const struct es_cursor none = es_cursor(NULL, 0, 0);
    struct es_cursor tbs;
    struct es_cursor validity;
    *out = (struct es_ike_certificate){none, none, none, none, none};
    if (!begin(der, &tbs) || !serial_next(&tbs, &out->serial) || !element_next(&tbs, &out->issuer))
        return false;
    if (!es_der_expect(&tbs, ES_DER_SEQUENCE, &validity) || validity.missing > 0)
        return false;
    return time_next(&validity, &out->not_before) && time_next(&validity, &out->not_after) &&
           element_next(&tbs, &out->subject);
}

/* Two digits, or -1. */
static int two_digits(struct es_cursor *c)
{
    const uint8_t tens = es_u8(c);
    const uint8_t ones = es_u8(c);
    if (tens < '0' || tens > '9' || ones < '0' || ones > '9')
        return -1;
    return (tens - '0') * 10 + (ones - '0');
}

/* Days from 1970-01-01 to a day of the Gregorian calendar; months from 1. */
static int64_t days_to(int64_t year, int month, int day)
{
    /* Years begin in March, so that a leap day is a year's last. */
    const int64_t y = month > 2 ? year : year - 1;
    const int64_t m = month > 2 ? month - 3 : month + 9;
    const int64_t day_of_year = (153 * m + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

bool es_ike_certificate_time(struct es_cursor text, es_time *out)
{
    enum { UTC_TIME_CHARS = 13, GENERALIZED_TIME_CHARS = 15 };
    const size_t chars = es_left(&text);
    if (chars != UTC_TIME_CHARS && chars != GENERALIZED_TIME_CHARS)
        return false;
    const int century = chars == GENERALIZED_TIME_CHARS ? two_digits(&text) : 0;
    const int year = two_digits(&text);
    int parts[5]; /* month, day, hours, minutes, seconds */
    bool sound = century >= 0 && year >= 0;
    for (size_t i = 0; i < ES_COUNT(parts); i++) {
        parts[i] = two_digits(&text);
        sound = sound && parts[i] >= 0;
    }
    if (!sound || es_u8(&text) != 'Z' || parts[0] < 1 || parts[0] > 12)
        return false;
    /* Of two digits, 50 and more are of the last century. RFC 5280, 4.1.2.5.1. */
    const int64_t whole_year = chars == GENERALIZED_TIME_CHARS ? century * 100 + year
                               : year >= 50                    ? 1900 + year
                                                               : 2000 + year;
    const int64_t seconds = days_to(whole_year, parts[0], parts[1]) * 86400 + parts[2] * 3600 +
                            parts[3] * 60 + parts[4];
    const int64_t most = ES_TIME_MAX / ES_SECOND;
    *out = seconds > most ? ES_TIME_MAX : seconds < -most ? -ES_TIME_MAX : seconds * ES_SECOND;
    return true;
}

void es_text_add_dn(struct es_text *text, struct es_cursor der)
{
    char chars[ES_DN_CHARS_MAX];
    const size_t length = es_dn_chars(der, chars);
    if (length > 0)
        es_text_add_printable(text, (const uint8_t *)chars, length);
    else
        es_text_add_hex(text, der.at, es_left(&der));
}
