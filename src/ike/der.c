/*
 * DER, as far as identities and certificates need it: elements, and distinguished names as text.
 */
#include "der.h"

#include "espial/registry.h"

#include <stdio.h>
#include <string.h>

bool es_der_next(struct es_cursor *c, uint8_t *tag, struct es_cursor *inside)
{
    enum { LONG_FORM = 0x80, LENGTH_BYTES_MAX = 4 };
    *tag = es_u8(c);
    size_t length = es_u8(c);
    if ((length & LONG_FORM) != 0) {
        const size_t bytes = length & ~(size_t)LONG_FORM;
        if (bytes == 0 || bytes > LENGTH_BYTES_MAX)
            return es_refuse(c, ES_FAULT_VALUE);
        length = 0;
        for (size_t i = 0; i < bytes; i++)
            length = length << 8 | es_u8(c);
    }
    *inside = es_sub(c, length);
    return c->fault == ES_FAULT_NONE;
}

bool es_der_expect(struct es_cursor *c, uint8_t tag, struct es_cursor *inside)
{
    uint8_t found = 0;
    return es_der_next(c, &found, inside) && (found == tag || es_refuse(c, ES_FAULT_VALUE));
}

/* Text that is being written. */
struct dn {
    char *chars;
    size_t length;
    bool full;
};

static void put(struct dn *dn, const char *chars, size_t count)
{
    static const char more[] = "...";
    if (dn->full)
        return;
    if (count > ES_DN_CHARS_MAX - (sizeof(more) - 1) - dn->length) {
        memcpy(dn->chars + dn->length, more, sizeof(more) - 1);
        dn->length += sizeof(more) - 1;
        dn->full = true;
        return;
    }
    memcpy(dn->chars + dn->length, chars, count);
    dn->length += count;
}

/* An OID without a name: "2.5.4.3". */
static void put_dotted(struct dn *dn, struct es_cursor oid)
{
    uint64_t arc = 0;
    bool is_first = true;
    while (es_left(&oid) > 0) {
        const uint8_t byte = es_u8(&oid);
        arc = arc << 7 | (byte & 0x7f);
        if ((byte & 0x80) != 0)
            continue;
        char number[48];
        int count = 0;
        if (is_first) {
            const uint64_t root = arc < 80 ? arc / 40 : 2;
            count = snprintf(number, sizeof(number), "%llu.%llu", (unsigned long long)root,
                             (unsigned long long)(arc - root * 40));
        } else {
            count = snprintf(number, sizeof(number), ".%llu", (unsigned long long)arc);
        }
        put(dn, number, (size_t)count);
        is_first = false;
        arc = 0;
    }
}

/* One character of 16 bits in UTF-8. */
static void put_utf16(struct dn *dn, uint16_t code)
{
    char utf8[3];
    size_t count = 0;
    if (code < 0x80) {
        utf8[count++] = (char)code;
    } else if (code < 0x800) {
        utf8[count++] = (char)(0xc0 | code >> 6);
        utf8[count++] = (char)(0x80 | (code & 0x3f));
    } else {
        utf8[count++] = (char)(0xe0 | code >> 12);
        utf8[count++] = (char)(0x80 | (code >> 6 & 0x3f));
        utf8[count++] = (char)(0x80 | (code & 0x3f));
    }
    put(dn, utf8, count);
}

static void put_value(struct dn *dn, uint8_t tag, struct es_cursor value)
{
    while (tag == ES_DER_BMP_STRING && es_left(&value) >= 2)
        put_utf16(dn, es_u16(&value));
    while (es_left(&value) > 0) {
        const char c = (char)es_u8(&value);
        if (c == ',' || c == '\\')
            put(dn, "\\", 1);
        put(dn, &c, 1);
    }
}

/* One attribute: its type and its value. */
static bool put_attribute(struct dn *dn, struct es_cursor inside, const char *separator)
{
    struct es_cursor oid;
    struct es_cursor value;
    uint8_t tag = 0;
    if (!es_der_expect(&inside, ES_DER_OID, &oid) || !es_der_next(&inside, &tag, &value))
        return false;
    if (dn->length > 0)
        put(dn, separator, strlen(separator));
    const struct es_oid *known = es_oid_find(&es_oids_x500_attribute, oid.at, es_left(&oid));
    if (known)
        put(dn, known->symbol, strlen(known->symbol));
    else
        put_dotted(dn, oid);
    put(dn, "=", 1);
    put_value(dn, tag, value);
    return true;
}

size_t es_dn_chars(struct es_cursor der, char out[ES_DN_CHARS_MAX])
{
    struct dn dn = {.chars = out};
    struct es_cursor names;
    if (!es_der_expect(&der, ES_DER_SEQUENCE, &names) || es_wire_left(&der) > 0 ||
        names.missing > 0)
        return 0;
    while (es_more(&names)) {
        struct es_cursor set;
        if (!es_der_expect(&names, ES_DER_SET, &set))
            return 0;
        const char *separator = ", ";
        while (es_more(&set)) {
            struct es_cursor attribute;
            if (!es_der_expect(&set, ES_DER_SEQUENCE, &attribute) ||
                !put_attribute(&dn, attribute, separator))
                return 0;
            separator = " + ";
        }
    }
    return dn.length;
}
