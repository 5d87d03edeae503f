/*
 * Payloads as hex, and the fields that they must come apart into, as text: what every test of
 * walkers does with them. A field is written `name@offset+length=value`, offsets counted from the
 * end of the generic header; what is derived has no place: `name=value`. A group is `name[ … ]`.
 */
#ifndef TESTS_IKE_FIELD_CASE_H
#define TESTS_IKE_FIELD_CASE_H

#include "edge.h"
#include "unit.h"
#include "wire.h"

#include "espial/ike/field.h"

#include <inttypes.h>
#include <stdlib.h>

enum { PAYLOAD_AT = 28, BODY_AT = 32 };

struct field_case {
    const char *what;
    uint8_t major, exchange, type;
    size_t fixed;     /* bytes without which the payload is SHORT */
    const char *hex;  /* of the body; spaces are for the eye */
    const char *text; /* expected */
};

enum { DEPTH_MAX = 8, NAMES_MAX = 32 };

struct field_walk {
    struct es_text text;
    int depth;
    uint32_t end;                            /* no field may reach beyond */
    const char *names[DEPTH_MAX][NAMES_MAX]; /* met in each open group */
    size_t name_count[DEPTH_MAX];
};

static inline struct wire hex_wire(const char *hex)
{
    struct wire wire = {0};
    for (; *hex; hex++) {
        if (*hex == ' ')
            continue;
        const char pair[3] = {hex[0], hex[1], 0};
        wire_u8(&wire, (uint8_t)strtoul(pair, NULL, 16));
        hex++;
    }
    return wire;
}

static inline void add_field_value(struct es_text *text, const struct es_field *field)
{
    const struct es_registry_row *row = NULL;
    switch (field->kind) {
    case ES_FIELD_NUMBER:
    case ES_FIELD_BOOL:
        es_text_addf(text, "%" PRIu64, field->number);
        break;
    case ES_FIELD_NAMED:
        assert_non_null(field->registry);
        row = es_registry_find(field->registry, (uint32_t)field->number);
        es_text_addf(text, "%" PRIu64 "(%s)", field->number, row ? row->symbol : "?");
        break;
    case ES_FIELD_TEXT:
        es_text_add(text, "'");
        es_text_add_printable(text, field->bytes.at, es_left(&field->bytes));
        es_text_add(text, "'");
        break;
    case ES_FIELD_NOTE:
        es_text_addf(text, "'%s'", field->note);
        break;
    default:
        es_text_add_hex(text, field->bytes.at, es_left(&field->bytes));
    }
}

/* In a group a name comes once, but for groups. */
static inline void note_name(struct field_walk *walk, const char *name)
{
    const int depth = walk->depth;
    for (size_t i = 0; i < walk->name_count[depth]; i++) {
        if (strcmp(walk->names[depth][i], name) == 0)
            fail_msg("%s comes twice: %s", name, es_text_chars(&walk->text));
    }
    assert_true(walk->name_count[depth] < NAMES_MAX);
    walk->names[depth][walk->name_count[depth]++] = name;
}

static inline void field_on(void *context, const struct es_field *field)
{
    struct field_walk *walk = context;
    struct es_text *text = &walk->text;
    assert_non_null(field->name);
    if (field->kind == ES_FIELD_CLOSE) {
        walk->depth--;
        assert_true(walk->depth >= 0);
        es_text_add(text, " ]");
        return;
    }
    assert_true(field->offset >= BODY_AT);
    assert_true(field->offset + field->length <= walk->end);
    if (text->length)
        es_text_add(text, " ");
    es_text_add(text, field->name);
    if (field->length)
        es_text_addf(text, "@%u+%u", field->offset - BODY_AT, field->length);
    if (field->kind == ES_FIELD_OPEN) {
        walk->depth++;
        assert_true(walk->depth < DEPTH_MAX);
        walk->name_count[walk->depth] = 0;
        es_text_add(text, "[");
        return;
    }
    note_name(walk, field->name);
    es_text_add(text, "=");
    add_field_value(text, field);
}

/* Walks a body; what it comes apart into stays in `walk` until field_walk_end(). */
static inline struct es_field_fault
field_walk_begin(struct field_walk *walk, const struct field_case *one, struct es_cursor body)
{
    static struct es_ike_message message;
    message.header.major = one->major;
    message.header.exchange_type = one->exchange;
    const size_t wire = es_wire_left(&body);
    const struct es_ike_payload payload = {
        .type = one->type, .length = (uint16_t)(wire + 4), .offset = PAYLOAD_AT, .body = body};
    *walk = (struct field_walk){.end = (uint32_t)(BODY_AT + wire)};
    es_text_init(&walk->text);
    const struct es_field_fault fault =
        es_ike_payload_fields(&message, &payload, (struct es_field_sink){field_on, walk});
    assert_int_equal(walk->depth, 0);
    if (fault.fault != ES_FAULT_NONE) {
        assert_non_null(fault.reason);
        assert_true(fault.offset >= BODY_AT && fault.offset <= walk->end);
    }
    return fault;
}

static inline void field_walk_end(struct field_walk *walk)
{
    es_text_fini(&walk->text);
}

/* The fault of a body, and nothing else of it. */
static inline struct es_field_fault field_fault(const struct field_case *one, const uint8_t *bytes,
                                                size_t held, size_t wire)
{
    struct field_walk walk;
    const struct es_field_fault fault =
        field_walk_begin(&walk, one, es_cursor(edge_place(bytes, held), held, wire));
    field_walk_end(&walk);
    return fault;
}

static inline void field_case_whole(const struct field_case *one, const struct wire *wire)
{
    struct field_walk walk;
    const struct es_cursor body =
        es_cursor(edge_place(wire->bytes, wire->length), wire->length, wire->length);
    const struct es_field_fault fault = field_walk_begin(&walk, one, body);
    if (fault.fault != ES_FAULT_NONE)
        fail_msg("%s: fault %d at %u: %s", one->what, fault.fault, fault.offset - BODY_AT,
                 fault.reason);
    if (strcmp(es_text_chars(&walk.text), one->text) != 0)
        fail_msg("%s:\n%s\nis not\n%s", one->what, es_text_chars(&walk.text), one->text);
    field_walk_end(&walk);
}

/* Whole; every prefix as CUT and as SHORT; every one-bit flip and byte flip. */
static inline void field_cases_hold(const struct field_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct field_case *one = &cases[i];
        struct wire wire = hex_wire(one->hex);
        field_case_whole(one, &wire);
        for (size_t held = 0; held < wire.length; held++) {
            if (field_fault(one, wire.bytes, held, wire.length).fault != ES_FAULT_CUT)
                fail_msg("%s: %zu bytes held are not CUT", one->what, held);
            const enum es_fault fault = field_fault(one, wire.bytes, held, held).fault;
            if (fault == ES_FAULT_CUT || (held < one->fixed && fault != ES_FAULT_SHORT))
                fail_msg("%s: %zu bytes on the wire: fault %d", one->what, held, fault);
        }
        for (size_t at = 0; at < wire.length; at++) {
            for (unsigned flip = 1; flip < 256; flip = flip == 128 ? 255 : flip << 1) {
                wire.bytes[at] ^= (uint8_t)flip;
                field_fault(one, wire.bytes, wire.length, wire.length);
                wire.bytes[at] ^= (uint8_t)flip;
                if (flip == 255)
                    break;
            }
        }
    }
}

/* A body that lies, and where. */
static inline void field_fault_at(uint8_t major, uint8_t type, const char *hex, enum es_fault fault,
                                  size_t offset)
{
    const struct field_case one = {.major = major, .type = type};
    const struct wire wire = hex_wire(hex);
    const struct es_field_fault found = field_fault(&one, wire.bytes, wire.length, wire.length);
    if (found.fault != fault || found.offset != BODY_AT + offset)
        fail_msg("%s: fault %d at %u (%s), not %d at %zu", hex, found.fault, found.offset - BODY_AT,
                 found.reason, fault, offset);
}

#endif
