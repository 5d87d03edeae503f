/*
 * What stands below a message's line: -v a line for each payload, -V every field as a tree.
 * Offsets count from the start of the IKE header, as in JSON; a dash: the field is no bytes of the
 * message but follows from them.
 *
 *     offset length
 *         28    228  SA Security Association
 *         32     40    proposals[0]
 *         36      1      proposal: 1
 */
#include "ladder.h"

#include "field_list.h"
#include "room.h"
#include "wording.h"

#include <string.h>

/* Offsets and lengths are those of a datagram: six digits at most with what lies make of them. */
enum { OFFSET_COLUMNS = 8, LENGTH_COLUMNS = 7, TREE_COLUMN = 17, STEP = 2, HANG = 4 };
enum { PLACE_BYTES = 48 };
_Static_assert(TREE_COLUMN + STEP * ES_FIELD_DEPTH_MAX <= PLACE_BYTES, "the deepest field");

struct tree {
    struct es_ladder *ladder;
    struct es_field_list list;
};

static void ignore(void *context, const struct es_field *field)
{
    (void)context;
    (void)field;
}

/*
 * The columns before the tree. Length 0: derived from what stands elsewhere. PLACE_BYTES are
 * enough for it.
 */
static char *put_place(char *at, uint32_t offset, uint32_t length, size_t depth)
{
    memset(at, ' ', PLACE_BYTES);
    if (length) {
        es_room_digits(at + OFFSET_COLUMNS, offset);
        es_room_digits(at + OFFSET_COLUMNS + LENGTH_COLUMNS, length);
    } else {
        at[OFFSET_COLUMNS - 1] = '-';
    }
    return at + OFFSET_COLUMNS + LENGTH_COLUMNS + 2 + STEP * depth;
}

static void add_place(struct es_text *text, uint32_t offset, size_t length, size_t depth)
{
    char *at = es_room(text, PLACE_BYTES);
    if (at)
        es_room_take(text, put_place(at, offset, (uint32_t)length, depth));
}

static void add_fault(struct es_ladder *ladder, enum es_fault fault, uint32_t offset,
                      const char *reason)
{
    struct es_text *text = &ladder->line;
    const bool is_cut = fault == ES_FAULT_CUT;
    es_ladder_ink(ladder, is_cut ? ES_INK_YELLOW : ES_INK_RED);
    es_text_add(text, is_cut ? "cut short by the capture at " : "malformed at ");
    es_text_add_decimal(text, offset);
    if (reason && !is_cut) {
        es_text_add(text, ": ");
        es_text_add(text, reason);
    }
    es_ladder_plain(ladder);
}

/* What is wrong inside a payload; of one that is not at hand as a whole nothing can be said. */
static struct es_field_fault payload_fault(const struct es_rung *rung, size_t i)
{
    if (rung->abridged >> i & 1)
        return (struct es_field_fault){.fault = ES_FAULT_NONE};
    return es_ike_payload_fields(rung->message, &rung->message->payloads[i],
                                 (struct es_field_sink){ignore, NULL});
}

void es_ladder_add_faults(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_ike_message *message = rung->message;
    if (message->fault != ES_FAULT_NONE) {
        es_text_add(&ladder->line, " ");
        add_fault(ladder, message->fault, message->fault_offset, message->fault_reason);
    }
    if (ladder->options.detail != ES_LADDER_MESSAGES)
        return;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_field_fault fault = payload_fault(rung, i);
        if (fault.fault == ES_FAULT_NONE ||
            (fault.fault == ES_FAULT_CUT && message->fault != ES_FAULT_NONE))
            continue;
        es_text_add(&ladder->line, " ");
        add_fault(ladder, fault.fault, fault.offset, fault.reason);
    }
}

static void write_fault(struct es_ladder *ladder, const struct es_field_fault *fault)
{
    if (fault->fault == ES_FAULT_NONE)
        return;
    es_text_add(&ladder->line, "                   ");
    add_fault(ladder, fault->fault, fault->offset, fault->reason);
    es_ladder_lay(ladder, TREE_COLUMN + HANG);
}

void es_ladder_payloads(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_ike_message *message = rung->message;
    if (message->header.major == 1 && message->encrypted) {
        add_place(&ladder->line, ES_IKE_HEADER_BYTES, es_wire_left(&message->sealed), 0);
        es_text_add(&ladder->line, "encrypted ");
        es_ladder_add_sealed(ladder, rung);
        es_ladder_lay(ladder, TREE_COLUMN + HANG);
    }
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        const bool inside = message->decrypted && i >= message->clear_count;
        add_place(&ladder->line, payload->offset, payload->length, inside);
        es_ladder_add_payload(ladder, rung, payload, true);
        es_ladder_lay(ladder, TREE_COLUMN + HANG);
        const struct es_field_fault fault = payload_fault(rung, i);
        write_fault(ladder, &fault);
    }
}

/*
 * Ends a line that was written to the page from `start` on. One that is too long is taken back and
 * laid out.
 */
static void end_line(struct es_ladder *ladder, size_t start, size_t depth)
{
    struct es_text *page = &ladder->page;
    const unsigned width = ladder->options.width;
    if (ES_LIKELY(!width || page->length - start <= width) || page->failed) {
        char *at = es_room(page, 1);
        if (at)
            es_room_take(page, es_room_put(at, "\n", 1));
        return;
    }
    es_text_add_bytes(&ladder->line, page->chars + start, page->length - start);
    page->length = start;
    page->chars[start] = '\0';
    es_ladder_lay(ladder, (unsigned)(TREE_COLUMN + STEP * depth + HANG));
}

/* Place and name of a field, or of a group. */
static void put_name(struct tree *tree, const struct es_field *field)
{
    const size_t length = strlen(field->name);
    char *at = es_room(&tree->ladder->page, PLACE_BYTES + length + 2);
    if (!at)
        return;
    at = put_place(at, field->offset, field->length, tree->list.depth + 1);
    at = es_room_put(at, field->name, length);
    es_room_take(&tree->ladder->page, field->kind == ES_FIELD_OPEN ? at : es_room_put(at, ": ", 2));
}

static void write_group(struct tree *tree, const struct es_field *field)
{
    struct es_text *page = &tree->ladder->page;
    const size_t start = page->length;
    if (es_field_list_take(&tree->list, field, NULL)) {
        put_name(tree, field);
        es_text_add_bytes(page, "[", 1);
        es_text_add_decimal(page, es_field_list_level(&tree->list)->index);
        es_text_add_bytes(page, "]", 1);
        end_line(tree->ladder, start, tree->list.depth + 1);
    }
    es_field_list_open(&tree->list);
}

/* A number with its name, all in one go: most fields are that. */
static void put_number(struct es_text *page, const struct es_field *field)
{
    const struct es_registry_row *row =
        field->kind == ES_FIELD_NAMED && field->registry
            ? es_registry_find(field->registry, (uint32_t)field->number)
            : NULL;
    const size_t length = row ? strlen(row->name) : 0;
    char *at = es_room(page, ES_ROOM_DIGITS + 1 + length);
    if (!at)
        return;
    at = es_room_decimal(at, field->number);
    if (row) {
        *at++ = ' ';
        at = es_room_put(at, row->name, length);
    }
    es_room_take(page, at);
}

static void write_value(struct tree *tree, const struct es_field *field)
{
    struct es_text *page = &tree->ladder->page;
    const size_t start = page->length;
    if (!es_field_list_note(&tree->list, field))
        return;
    put_name(tree, field);
    if (field->kind == ES_FIELD_NUMBER || field->kind == ES_FIELD_NAMED)
        put_number(page, field);
    else
        es_text_add_field(page, field);
    end_line(tree->ladder, start, tree->list.depth + 1);
}

static void on_field(void *context, const struct es_field *field)
{
    struct tree *tree = context;
    if (field->kind == ES_FIELD_OPEN)
        write_group(tree, field);
    else if (field->kind == ES_FIELD_CLOSE)
        es_field_list_close(&tree->list);
    else
        write_value(tree, field);
}

static void write_spis(struct tree *tree, const struct es_ike_header *h)
{
    uint8_t spis[2][8];
    for (unsigned i = 0; i < 8; i++) {
        spis[0][i] = (uint8_t)(h->initiator_spi >> (56 - 8 * i));
        spis[1][i] = (uint8_t)(h->responder_spi >> (56 - 8 * i));
    }
    for (unsigned i = 0; i < 2; i++)
        write_value(tree, &(struct es_field){.kind = ES_FIELD_SPI,
                                             .name = i ? "responder_spi" : "initiator_spi",
                                             .offset = 8 * i,
                                             .length = 8,
                                             .bytes = es_cursor(spis[i], 8, 8)});
}

static void write_flags(struct tree *tree, const struct es_ike_header *h)
{
    static const struct {
        const char *name;
        unsigned bit;
        bool v1;
    } flags[] = {
        {"encrypted",           ES_IKEV1_FLAG_ENCRYPTION,     true },
        {"commit",              ES_IKEV1_FLAG_COMMIT,         true },
        {"authentication_only", ES_IKEV1_FLAG_AUTHENTICATION, true },
        {"initiator",           ES_IKE_FLAG_INITIATOR,        false},
        {"response",            ES_IKE_FLAG_RESPONSE,         false},
    };
    for (size_t i = 0; i < ES_COUNT(flags); i++) {
        const struct es_field flag = {.kind = ES_FIELD_BOOL,
                                      .name = flags[i].name,
                                      .number = (h->flags & flags[i].bit) != 0,
                                      .offset = 19,
                                      .length = 1};
        if (flags[i].v1 == (h->major == 1))
            write_value(tree, &flag);
    }
}

/* The header's fields are no payload's, so they are streamed here. RFC 7296, 3.1. */
static void write_header(struct tree *tree, const struct es_ike_message *message)
{
    const struct es_ike_header *h = &message->header;
    const struct {
        const char *name;
        const struct es_registry *registry;
        uint32_t number, offset, length;
        bool flags_follow;
    } fields[] = {
        {"next_payload",  es_ike_payload_registry(h->major), h->next_payload,  16, 1, false},
        {"major_version", NULL,                              h->major,         17, 1, false},
        {"minor_version", NULL,                              h->minor,         17, 1, false},
        {"exchange_type", &es_registry_ike_exchange,         h->exchange_type, 18, 1, false},
        {"flags",         NULL,                              h->flags,         19, 1, true },
        {"message_id",    NULL,                              h->message_id,    20, 4, false},
        {"length",        NULL,                              h->length,        24, 4, false},
    };
    write_spis(tree, h);
    for (size_t i = 0; i < ES_COUNT(fields); i++) {
        write_value(
            tree, &(struct es_field){.kind = fields[i].registry ? ES_FIELD_NAMED : ES_FIELD_NUMBER,
                                     .name = fields[i].name,
                                     .number = fields[i].number,
                                     .registry = fields[i].registry,
                                     .offset = fields[i].offset,
                                     .length = fields[i].length});
        if (fields[i].flags_follow)
            write_flags(tree, h);
    }
}

static void write_payload_head(struct es_ladder *ladder, const struct es_ike_message *message,
                               const struct es_ike_payload *payload)
{
    struct es_text *line = &ladder->line;
    const struct es_registry_row *row =
        es_registry_find(es_ike_payload_registry(message->header.major), payload->type);
    add_place(line, payload->offset, payload->length, 0);
    es_ladder_add_inked(ladder, ES_INK_BOLD, row ? row->name : "unknown payload");
    es_text_add_bytes(line, ", type ", 7);
    es_text_add_decimal(line, payload->type);
    if (payload->critical)
        es_text_add(line, ", critical");
    if (message->decrypted && payload >= message->payloads + message->clear_count)
        es_text_add(line, ", decrypted");
    es_ladder_lay(ladder, TREE_COLUMN + HANG);
}

void es_ladder_fields(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_ike_message *message = rung->message;
    struct tree tree;
    tree.ladder = ladder;
    es_field_list_init(&tree.list);
    add_place(&ladder->line, 0, ES_IKE_HEADER_BYTES, 0);
    es_ladder_add_inked(ladder, ES_INK_BOLD, "IKE header");
    es_ladder_lay(ladder, 0);
    write_header(&tree, message);
    for (size_t i = 0; i < message->payload_count; i++) {
        write_payload_head(ladder, message, &message->payloads[i]);
        es_field_list_init(&tree.list);
        const struct es_field_fault fault = es_ike_payload_fields(
            message, &message->payloads[i], (struct es_field_sink){on_field, &tree});
        write_fault(ladder, &fault);
    }
    if (message->encrypted) {
        add_place(&ladder->line, 0, 0, 0);
        es_text_add(&ladder->line, "encrypted: ");
        es_ladder_add_sealed(ladder, rung);
        es_ladder_lay(ladder, TREE_COLUMN + HANG);
    }
}
