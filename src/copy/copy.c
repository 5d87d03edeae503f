/*
 * The second reading: what is wanted of each frame is decided, and that written.
 */
#include "hold.h"
#include "weave.h"

#include "espial/copy/anonymize.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLUSH_BYTES = 256 << 10,
    /* IP packets in fragments whose worth is remembered. */
    KNOWN_MAX = 4096,
    /* SPI and sequence number stay, or it would be no ESP any more. */
    ESP_HEADER_BYTES = 8,
    COMMENTS_MAX = 64,
    TALKS_MAX = 16,
};

/* An IP packet in fragments, and whether it is wanted. */
struct known {
    uint64_t print; /* 0: none */
    es_time time;
    bool wanted, esp;
};

/* Who talks in evidence that is not IPsec: a leak of clear text. */
struct talk {
    struct es_address a, b;
};

struct es_copy {
    struct es_copy_options options;
    struct es_weave weave;
    struct es_output output;
    struct es_decoder *decoder; /* owned; NULL: all frames are written as they are */
    struct es_text out;         /* what waits to be written */
    struct es_hold hold;
    struct known known[KNOWN_MAX];
    struct talk talks[TALKS_MAX];
    size_t talk_count;
    es_time last; /* of what is written */
    struct es_copy_counts counts;
    bool failed; /* no memory, in a block */
};

/* What was found in a frame. */
struct look {
    bool wanted;
    bool is_evidence;
    bool waits;      /* a fragment of nobody knows what */
    uint64_t print;  /* of the packet that it is a fragment of; 0: of none */
    size_t esp_ends; /* bytes of the frame up to where ESP is cut; SIZE_MAX: nowhere */
};

struct es_copy *es_copy_new(const struct es_copy_options *options, struct es_error *error)
{
    struct es_copy *copy = calloc(1, sizeof(*copy));
    if (!copy) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory to write %.200s", options->path);
        return NULL;
    }
    copy->options = *options;
    copy->output.fd = -1;
    es_text_init(&copy->out);
    es_text_init(&copy->hold.bytes);
    const bool decodes = options->selection || options->snap_esp;
    if (decodes)
        copy->decoder = es_decoder_new(&options->decoder);
    if (!es_weave_init(&copy->weave, &copy->options) || (decodes && !copy->decoder))
        es_error_set(error, ES_ERROR_MEMORY, "no memory to write %.200s", options->path);
    else if (es_output_open(&copy->output, options->path, error))
        return copy;
    es_copy_discard(copy);
    return NULL;
}

/* --- output --- */

static bool flush(struct es_copy *copy, size_t least, struct es_error *error)
{
    if (copy->failed || copy->out.failed || copy->hold.bytes.failed)
        return es_error_set(error, ES_ERROR_MEMORY, "no memory to write packets");
    if (copy->out.length < least || copy->out.length == 0)
        return true;
    const bool done = es_output_write(&copy->output, copy->out.chars, copy->out.length, error);
    es_text_clear(&copy->out);
    return done;
}

/* Where the next piece goes: behind what waits, if something does. */
static struct es_text *target(struct es_copy *copy, bool waits)
{
    return waits || !es_hold_is_empty(&copy->hold) ? &copy->hold.bytes : &copy->out;
}

static void on_block(void *context, const struct es_raw_block *block)
{
    struct es_copy *copy = context;
    struct es_text *to = target(copy, false);
    const size_t before = to->length;
    if (block->file >= copy->options.file_count)
        return;
    if (!es_weave_block(&copy->weave, block, to))
        copy->failed = true;
    if (to == &copy->hold.bytes && to->length > before)
        es_hold_add(&copy->hold, 0, 0, to->length - before, ES_HOLD_KEPT);
}

struct es_block_sink es_copy_blocks(struct es_copy *copy)
{
    return (struct es_block_sink){on_block, copy};
}

/* --- looking --- */

/* How many bytes of the frame there are up to `at`; SIZE_MAX when it points somewhere else. */
static size_t offset_in(const struct es_frame *frame, const uint8_t *at)
{
    const uintptr_t start = (uintptr_t)frame->bytes;
    const uintptr_t place = (uintptr_t)at;
    return at && place >= start && place <= start + frame->held ? place - start : SIZE_MAX;
}

static void note_esp(const struct es_copy *copy, const struct es_frame *frame,
                     const struct es_datagram *datagram, struct look *look)
{
    if (datagram->kind != ES_DATAGRAM_ESP || datagram->encapsulation == ES_ENCAPSULATION_TCP ||
        look->esp_ends != SIZE_MAX)
        return;
    const size_t start = offset_in(frame, datagram->payload.at);
    const size_t kept =
        copy->options.snap_esp < ESP_HEADER_BYTES ? ESP_HEADER_BYTES : copy->options.snap_esp;
    if (start != SIZE_MAX)
        look->esp_ends = start + kept;
}

static struct known *known_at(struct es_copy *copy, uint64_t print)
{
    return &copy->known[print % KNOWN_MAX];
}

/* What is known of the packet that a fragment is of, or NULL. */
static const struct known *recall(struct es_copy *copy, uint64_t print, es_time time)
{
    const struct known *known = known_at(copy, print);
    return known->print == print && time - known->time < ES_HOLD_S * ES_SECOND ? known : NULL;
}

static void learn(struct es_copy *copy, uint64_t print, es_time time, bool wanted, bool esp)
{
    const struct known *known = recall(copy, print, time);
    /* A part that is wanted makes all of it wanted. */
    wanted |= known && known->wanted;
    *known_at(copy, print) = (struct known){print, time, wanted, esp};
    if (!es_hold_is_empty(&copy->hold))
        es_hold_decide(&copy->hold, print, wanted);
}

/* A fragment that tells nothing itself. */
static void look_up(struct es_copy *copy, const struct es_frame *frame,
                    const struct es_sight *sight, struct look *look)
{
    const struct known *known = recall(copy, sight->fragment, frame->ref.time);
    if (known)
        look->wanted |= known->wanted;
    else if (sight->dismissed)
        learn(copy, sight->fragment, frame->ref.time, look->wanted, false);
    else
        look->waits = !look->wanted;
}

/* Behind the first fragment all is ciphertext, when it is ESP. */
static void note_later(struct es_copy *copy, const struct es_frame *frame,
                       const struct es_sight *sight, struct look *look)
{
    enum { ESP = 50 };
    const struct known *known = recall(copy, sight->fragment, frame->ref.time);
    if (sight->later && (sight->protocol == ESP || (known && known->esp)))
        look->esp_ends = offset_in(frame, sight->data);
}

static bool is_of(const struct talk *talk, const struct es_datagram *d)
{
    return (es_address_equal(&talk->a, &d->source) &&
            es_address_equal(&talk->b, &d->destination)) ||
           (es_address_equal(&talk->b, &d->source) && es_address_equal(&talk->a, &d->destination));
}

/* An IP packet that is not IPsec: wanted with all of its conversation, when it is evidence. */
static bool wants_talk(struct es_copy *copy, const struct es_datagram *datagram, bool is_evidence)
{
    for (size_t i = 0; i < copy->talk_count; i++) {
        if (is_of(&copy->talks[i], datagram))
            return is_evidence || es_selection_in_time(copy->options.selection, datagram->ref.time);
    }
    if (is_evidence && copy->talk_count < TALKS_MAX)
        copy->talks[copy->talk_count++] = (struct talk){datagram->source, datagram->destination};
    return is_evidence;
}

static bool wants(const struct es_copy *copy, const struct es_datagram *datagram)
{
    return !copy->options.selection || es_selection_has(copy->options.selection, datagram);
}

static struct look look_at(struct es_copy *copy, const struct es_frame *frame)
{
    const struct es_copy_options *options = &copy->options;
    struct look look = {.wanted = !options->selection, .esp_ends = SIZE_MAX};
    struct es_datagram datagram;
    if (!copy->decoder)
        return look;
    if (options->selection)
        look.wanted = look.is_evidence = es_selection_has_evidence(options->selection, &frame->ref);
    bool more = es_decode(copy->decoder, frame, &datagram);
    const struct es_sight *sight = es_decoder_sight(copy->decoder);
    look.print = sight->fragment;
    if (!more) {
        datagram.ref = frame->ref;
        if (sight->fragment) {
            look_up(copy, frame, sight, &look);
            note_later(copy, frame, sight, &look);
        } else if (sight->is_tcp && !look.wanted) {
            datagram.kind = ES_DATAGRAM_OTHER;
            datagram.encapsulation = ES_ENCAPSULATION_TCP;
            look.wanted = es_selection_has_segment(options->selection, &datagram);
        }
        if (sight->is_ip && !sight->fragment && options->selection)
            look.wanted |= wants_talk(copy, &datagram, look.is_evidence);
        return look;
    }
    bool esp = false;
    while (more) {
        look.wanted |= wants(copy, &datagram);
        esp |= datagram.kind == ES_DATAGRAM_ESP;
        if (options->snap_esp)
            note_esp(copy, frame, &datagram, &look);
        more = es_decode_more(copy->decoder, &datagram);
    }
    if (sight->fragment) {
        learn(copy, sight->fragment, frame->ref.time, look.wanted, esp);
        note_later(copy, frame, sight, &look);
    }
    return look;
}

/* --- writing --- */

/* "packet 17", "packet 17 of b.pcap" */
static void say_number(const struct es_copy *copy, const struct es_source *source,
                       const struct es_frame *frame, char *out, size_t size)
{
    const struct es_source_file *file = es_source_file(source, frame->ref.file);
    const char *slash = strrchr(file->name, '/');
    if (copy->options.file_count > 1 && !copy->options.anonymizer)
        snprintf(out, size, "packet %" PRIu64 " of %s", (uint64_t)frame->ref.number,
                 slash ? slash + 1 : file->name);
    else
        snprintf(out, size, "packet %" PRIu64, (uint64_t)frame->ref.number);
}

static bool write_frame(struct es_copy *copy, const struct es_source *source,
                        const struct es_frame *frame, const struct look *look,
                        struct es_error *error)
{
    const struct es_copy_options *options = &copy->options;
    char number[300];
    const char *comments[COMMENTS_MAX];
    struct es_weave_notes notes = {.comments = comments};
    struct es_frame other = *frame;
    size_t count = 0;
    const char *const *found =
        options->notes ? es_notes_of(options->notes, &frame->ref, &count) : NULL;
    if (options->numbers && !options->pcap) {
        say_number(copy, source, frame, number, sizeof(number));
        comments[notes.count++] = number;
    }
    for (size_t i = 0; i < count && notes.count < COMMENTS_MAX; i++)
        comments[notes.count++] = found[i];
    if (options->anonymizer && !es_anonymizer_frame(options->anonymizer, frame, &other, error))
        return false;
    if (options->snap_esp && look->esp_ends < other.held) {
        notes.cut = true;
        other.held = look->esp_ends;
        copy->counts.cut++;
    }
    struct es_text *to = target(copy, look->waits);
    const size_t before = to->length;
    const bool changed = options->anonymizer || other.held != frame->held;
    if (!es_weave_frame(&copy->weave, source, &other, changed, &notes, to, error))
        return false;
    if (to == &copy->hold.bytes)
        es_hold_add(&copy->hold, look->print, frame->ref.time, to->length - before,
                    look->waits ? ES_HOLD_WAITS : ES_HOLD_KEPT);
    copy->counts.written += !look->waits;
    if (frame->ref.time > copy->last)
        copy->last = frame->ref.time;
    return true;
}

bool es_copy_frame(struct es_copy *copy, const struct es_source *source,
                   const struct es_frame *frame, struct es_error *error)
{
    copy->counts.frames++;
    const struct look look = look_at(copy, frame);
    if ((look.wanted || look.waits) && !write_frame(copy, source, frame, &look, error))
        return false;
    if (ES_UNLIKELY(!es_hold_is_empty(&copy->hold)))
        es_hold_release(&copy->hold, frame->ref.time, &copy->out);
    return ES_LIKELY(copy->out.length < FLUSH_BYTES && !copy->failed && !copy->out.failed) ||
           flush(copy, 0, error);
}

bool es_copy_finish(struct es_copy *copy, struct es_error *error)
{
    const struct es_copy_options *options = &copy->options;
    const es_time end =
        options->selection ? es_selection_end(options->selection, options->end) : -ES_TIME_MAX;
    es_hold_release(&copy->hold, ES_TIME_MAX, &copy->out);
    es_weave_end(&copy->weave, end > copy->last ? end : -ES_TIME_MAX, &copy->out);
    copy->counts.written += copy->hold.written;
    copy->counts.given_up = copy->hold.given_up;
    copy->counts.comments = copy->weave.comments;
    copy->counts.uncommented = copy->weave.uncommented;
    copy->counts.blocks_lost = copy->weave.blocks_lost;
    return flush(copy, 0, error);
}

const struct es_copy_counts *es_copy_counts(const struct es_copy *copy)
{
    return &copy->counts;
}

static void free_copy(struct es_copy *copy)
{
    es_decoder_free(copy->decoder);
    es_weave_fini(&copy->weave);
    es_text_fini(&copy->out);
    es_text_fini(&copy->hold.bytes);
    free(copy);
}

bool es_copy_close(struct es_copy *copy, struct es_error *error)
{
    const bool done = es_output_keep(&copy->output, true, error);
    free_copy(copy);
    return done;
}

void es_copy_discard(struct es_copy *copy)
{
    if (!copy)
        return;
    es_output_drop(&copy->output);
    free_copy(copy);
}
