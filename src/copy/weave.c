/*
 * One pcapng file out of one or several captures. A single pcapng file stays as it is, block by
 * block, with all its sections. Of anything else one section is made, in which interfaces are
 * numbered anew: those of pcapng inputs stay what they were, the others have one made for them.
 */
#include "weave.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ABOUT_MAX = 96,
    PCAP_SNAPLEN = 262144, /* what tcpdump writes when it has no limit */
    PCAP_MAJOR = 2,
    PCAP_MINOR = 4,
};

static const uint32_t PCAP_MICROSECONDS = 0xa1b2c3d4;
static const uint32_t PCAP_NANOSECONDS = 0xa1b23c4d;

bool es_weave_init(struct es_weave *weave, const struct es_copy_options *options)
{
    *weave = (struct es_weave){.options = options, .big_endian = es_order_is_big()};
    es_text_init(&weave->first);
    weave->inputs = calloc(options->file_count + 1, sizeof(*weave->inputs));
    return weave->inputs != NULL;
}

void es_weave_fini(struct es_weave *weave)
{
    for (size_t i = 0; weave->inputs && i < weave->options->file_count; i++)
        free(weave->inputs[i].numbers);
    es_text_fini(&weave->first);
    free(weave->inputs);
    weave->inputs = NULL;
}

/* --- sections --- */

/* The comments about the whole, of both sorts. */
static size_t about(const struct es_weave *weave, const char *list[static ABOUT_MAX])
{
    const struct es_copy_options *options = weave->options;
    size_t count = 0;
    const char *const *notes = options->notes ? es_notes_about(options->notes, &count) : NULL;
    size_t total = 0;
    for (size_t i = 0; i < count && total < ABOUT_MAX; i++)
        list[total++] = notes[i];
    for (size_t i = 0; i < options->comment_count && total < ABOUT_MAX; i++)
        list[total++] = options->comments[i];
    return total;
}

static void begin_own_section(struct es_weave *weave, struct es_text *out)
{
    const char *list[ABOUT_MAX];
    if (weave->begun)
        return;
    weave->begun = true;
    es_block_add_section(out, weave->big_endian, list, about(weave, list));
}

/* A section of the only input; the first one has the comments. */
static void pass_section(struct es_weave *weave, const struct es_raw_block *block,
                         struct es_text *out)
{
    const char *list[ABOUT_MAX];
    const struct es_block_change change = {
        .comments = list,
        .comment_count = weave->begun ? 0 : about(weave, list),
        .bare = weave->options->anonymizer != NULL,
    };
    weave->begun = weave->verbatim = true;
    weave->big_endian = block->big_endian;
    if (!es_block_add(out, block->big_endian, block, &change))
        weave->blocks_lost++;
}

static void take_section(struct es_weave *weave, const struct es_raw_block *block,
                         struct es_text *out)
{
    struct es_weave_input *input = &weave->inputs[block->file];
    input->count = 0;
    input->has_plain = false;
    if (weave->options->pcap)
        return;
    if (weave->options->file_count == 1) {
        es_text_clear(&weave->first);
        pass_section(weave, block, out);
        return;
    }
    if (!weave->begun)
        weave->big_endian = block->big_endian;
    begin_own_section(weave, out);
}

/* --- interfaces and other blocks --- */

static bool number_interface(struct es_weave *weave, uint32_t file)
{
    struct es_weave_input *input = &weave->inputs[file];
    if (input->count == input->capacity) {
        const size_t capacity = input->capacity ? input->capacity * 2 : 4;
        uint32_t *numbers = realloc(input->numbers, capacity * sizeof(*numbers));
        if (!numbers)
            return false;
        input->numbers = numbers;
        input->capacity = capacity;
    }
    input->numbers[input->count++] = weave->interface_count++;
    return true;
}

/* Keeps the first interface's description, which is the end of `out`. */
static void note_interface(struct es_weave *weave, const struct es_text *out, size_t start)
{
    enum { MOST = 64 << 10 };
    if (weave->first.length == 0 && !out->failed && out->length > start &&
        out->length - start <= MOST)
        es_text_add_bytes(&weave->first, out->chars + start, out->length - start);
}

/* What an extract tells nobody of: names of hosts, secrets of other conversations, the unknown. */
static bool is_passed_on(const struct es_weave *weave, uint32_t type)
{
    const bool all = !weave->options->selection && !weave->options->anonymizer;
    return all || type == ES_BLOCK_INTERFACE || type == ES_BLOCK_STATISTICS;
}

static uint32_t first_number(const struct es_raw_block *block)
{
    const uint8_t *b = block->bytes + 8;
    if (block->big_endian)
        return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

bool es_weave_block(struct es_weave *weave, const struct es_raw_block *block, struct es_text *out)
{
    struct es_weave_input *input = &weave->inputs[block->file];
    if (block->type == ES_BLOCK_SECTION) {
        take_section(weave, block, out);
        return true;
    }
    if (weave->options->pcap || !is_passed_on(weave, block->type))
        return true;
    struct es_block_change change = {.bare = weave->options->anonymizer != NULL};
    if (block->type == ES_BLOCK_INTERFACE && !weave->verbatim &&
        !number_interface(weave, block->file))
        return false;
    if (block->type == ES_BLOCK_STATISTICS && block->bytes && !weave->verbatim) {
        const uint32_t number = first_number(block);
        if (number >= input->count)
            return true;
        change.renumbers = true;
        change.interface = input->numbers[number];
    }
    const size_t start = out->length;
    if (!es_block_add(out, weave->big_endian, block, &change))
        weave->blocks_lost++;
    if (block->type == ES_BLOCK_INTERFACE)
        note_interface(weave, out, start);
    return true;
}

/* --- packets --- */

static es_time decimals_unit(uint8_t decimals)
{
    return decimals == 6 ? ES_MICROSECOND : 1;
}

/* pcapng and pcap know no time before 1970. */
static uint64_t ticks_of(const struct es_frame *frame, uint8_t decimals)
{
    return frame->ref.time > 0 ? (uint64_t)(frame->ref.time / decimals_unit(decimals)) : 0;
}

/* A frame that no interface is described for, or whose block has no time. */
static void add_plain(struct es_weave *weave, const struct es_frame *frame,
                      const struct es_storage *storage, const struct es_weave_notes *notes,
                      struct es_text *out)
{
    struct es_weave_input *input = &weave->inputs[frame->ref.file];
    begin_own_section(weave, out);
    if (!input->has_plain) {
        input->has_plain = true;
        input->plain = weave->interface_count++;
        input->plain_decimals = storage->resolution;
        const size_t start = out->length;
        es_block_add_interface(out, weave->big_endian, frame->link_type, storage, NULL);
        note_interface(weave, out, start);
    }
    const struct es_block_packet packet = {
        .interface = input->plain,
        .ticks = ticks_of(frame, input->plain_decimals),
        .bytes = frame->bytes,
        .held = frame->held,
        .wire = frame->wire,
        .direction = frame->direction,
        .comments = notes->comments,
        .comment_count = notes->count,
    };
    es_block_add_packet(out, weave->big_endian, &packet);
    weave->comments += notes->count;
}

static bool add_block(struct es_weave *weave, const struct es_frame *frame, bool changed,
                      const struct es_storage *storage, const struct es_weave_notes *notes,
                      struct es_text *out, struct es_error *error)
{
    const struct es_raw_block *block = &storage->block;
    const struct es_weave_input *input = &weave->inputs[frame->ref.file];
    struct es_block_change change = {
        .comments = notes->comments,
        .comment_count = notes->count,
        .bare = weave->options->anonymizer != NULL,
    };
    const bool simple = block->type == ES_BLOCK_SIMPLE_PACKET;
    if (simple && (!weave->verbatim || notes->cut)) {
        if (!weave->verbatim) {
            add_plain(weave, frame, storage, notes, out);
            return true;
        }
        return es_error_set(error, ES_ERROR_FORMAT,
                            "packet %" PRIu64 " is in a simple packet block, whose bytes cannot be "
                            "changed; convert the capture first (editcap)",
                            (uint64_t)frame->ref.number);
    }
    if (simple) {
        weave->uncommented += notes->count;
        change.comment_count = 0;
    }
    if (changed) {
        change.bytes = frame->held ? frame->bytes : (const uint8_t *)"";
        change.held = frame->held;
    }
    if (!weave->verbatim) {
        if (frame->interface >= input->count)
            return es_error_set(error, ES_ERROR_FORMAT,
                                "packet %" PRIu64 " is of an interface that was not described",
                                (uint64_t)frame->ref.number);
        change.renumbers = true;
        change.interface = input->numbers[frame->interface];
    }
    if (!es_block_add(out, weave->big_endian, block, &change))
        weave->blocks_lost++;
    else
        weave->comments += change.comment_count;
    return true;
}

/* --- classic pcap --- */

static void put_u16(struct es_text *out, uint16_t value)
{
    es_text_add_bytes(out, (const char *)&value, sizeof(value));
}

static void put_u32(struct es_text *out, uint32_t value)
{
    es_text_add_bytes(out, (const char *)&value, sizeof(value));
}

static void begin_pcap(struct es_weave *weave, const struct es_frame *frame,
                       const struct es_storage *storage, struct es_text *out)
{
    if (weave->begun)
        return;
    weave->begun = true;
    weave->link_type = frame->link_type;
    put_u32(out, weave->options->nanoseconds ? PCAP_NANOSECONDS : PCAP_MICROSECONDS);
    put_u16(out, PCAP_MAJOR);
    put_u16(out, PCAP_MINOR);
    put_u32(out, 0);
    put_u32(out, 0);
    const bool same = !storage->block.bytes && storage->snaplen && weave->options->file_count == 1;
    put_u32(out, same ? storage->snaplen : PCAP_SNAPLEN);
    put_u32(out, frame->link_type);
}

static bool add_record(struct es_weave *weave, const struct es_frame *frame,
                       const struct es_storage *storage, struct es_text *out,
                       struct es_error *error)
{
    begin_pcap(weave, frame, storage, out);
    if (frame->link_type != weave->link_type) {
        struct es_text text;
        es_text_init(&text);
        es_text_add_link_type(&text, weave->link_type);
        es_text_add(&text, " and ");
        es_text_add_link_type(&text, frame->link_type);
        es_error_set(error, ES_ERROR_USAGE,
                     "a pcap file has one link type, and these packets have %s: write a pcapng "
                     "file",
                     es_text_chars(&text));
        es_text_fini(&text);
        return false;
    }
    const uint64_t time = frame->ref.time > 0 ? (uint64_t)frame->ref.time : 0;
    const uint64_t fraction = time % ES_SECOND;
    put_u32(out, (uint32_t)(time / ES_SECOND));
    put_u32(out, (uint32_t)(weave->options->nanoseconds ? fraction : fraction / 1000));
    put_u32(out, (uint32_t)frame->held);
    put_u32(out, (uint32_t)(frame->wire > frame->held ? frame->wire : frame->held));
    es_text_add_bytes(out, (const char *)frame->bytes, frame->held);
    return true;
}

bool es_weave_frame(struct es_weave *weave, const struct es_source *source,
                    const struct es_frame *frame, bool changed, const struct es_weave_notes *notes,
                    struct es_text *out, struct es_error *error)
{
    struct es_storage storage;
    es_source_storage(source, frame, &storage);
    if (weave->options->pcap)
        return add_record(weave, frame, &storage, out, error);
    if (storage.block.bytes)
        return add_block(weave, frame, changed, &storage, notes, out, error);
    add_plain(weave, frame, &storage, notes, out);
    return true;
}

void es_weave_end(struct es_weave *weave, es_time end, struct es_text *out)
{
    if (weave->options->pcap)
        return;
    begin_own_section(weave, out);
    const struct es_raw_block first = {
        .bytes = (const uint8_t *)weave->first.chars,
        .type = ES_BLOCK_INTERFACE,
        .length = (uint32_t)weave->first.length,
        .big_endian = weave->big_endian,
    };
    if (first.length && end > -ES_TIME_MAX)
        es_block_add_end(out, &first, 0, end);
}
