/*
 * The anonymiser: what it keeps, and a frame through it.
 */
#include "anonymize_state.h"

#include "espial/crypto/block.h"

#include <stdlib.h>
#include <string.h>

static bool init(struct es_anonymizer *anonymizer, const struct es_anonymizer_options *options)
{
    anonymizer->options = *options;
    es_wipe(anonymizer->options.key, sizeof(anonymizer->options.key));
    if (anonymizer->options.ike_port_count > ES_IKE_PORTS_MAX)
        anonymizer->options.ike_port_count = ES_IKE_PORTS_MAX;
    const uint64_t *seed = anonymizer->options.seed;
    es_table_init(&anonymizer->stranger_table, sizeof(struct es_address), ES_ANON_STRANGERS, seed);
    es_table_init(&anonymizer->stream_table, sizeof(struct es_stream_key), ES_ANON_STREAMS, seed);
    es_table_init(&anonymizer->flow_table, sizeof(struct es_anon_flow_key), ES_ANON_FLOWS, seed);
    es_table_init(&anonymizer->learned_table, sizeof(struct es_learned_key), ES_ANON_LEARNED, seed);
    anonymizer->map = es_address_map_new(options->key, true, seed);
    anonymizer->namer = es_namer_new(options->key);
    anonymizer->streams = calloc(ES_ANON_STREAMS, sizeof(*anonymizer->streams));
    anonymizer->flows = calloc(ES_ANON_FLOWS, sizeof(*anonymizer->flows));
    return anonymizer->map && anonymizer->namer && anonymizer->streams && anonymizer->flows;
}

struct es_anonymizer *es_anonymizer_new(const struct es_anonymizer_options *options,
                                        struct es_error *error)
{
    struct es_anonymizer *anonymizer = calloc(1, sizeof(*anonymizer));
    if (anonymizer && init(anonymizer, options))
        return anonymizer;
    es_anonymizer_free(anonymizer);
    es_error_set(error, ES_ERROR_MEMORY,
                 "no memory for anonymising, or libcrypto lacks AES or "
                 "HMAC-SHA-256");
    return NULL;
}

void es_anonymizer_free(struct es_anonymizer *anonymizer)
{
    if (!anonymizer)
        return;
    es_pieces_free(anonymizer);
    es_address_map_free(anonymizer->map);
    es_namer_free(anonymizer->namer);
    es_table_fini(&anonymizer->stranger_table);
    es_table_fini(&anonymizer->stream_table);
    es_table_fini(&anonymizer->flow_table);
    free(anonymizer->streams);
    free(anonymizer->flows);
    free(anonymizer->frame);
    free(anonymizer);
}

/* A copy of the frame's bytes in the anonymiser's own memory. */
static bool copy_frame(struct es_anonymizer *anonymizer, const struct es_frame *frame)
{
    if (anonymizer->room < frame->held) {
        uint8_t *more = realloc(anonymizer->frame, frame->held);
        if (!more)
            return false;
        anonymizer->frame = more;
        anonymizer->room = frame->held;
    }
    memcpy(anonymizer->frame, frame->bytes, frame->held);
    return true;
}

/* Addresses of IP headers, for NAT detection hashes made over them elsewhere. */
static void note_addresses(struct es_rewrite *walk)
{
    struct es_anonymizer *anonymizer = walk->anonymizer;
    static const struct es_address none;
    const struct es_address *both[] = {&walk->source, &walk->destination};
    for (size_t i = 0; i < ES_COUNT(both); i++) {
        if (es_address_equal(both[i], &none))
            continue;
        if (anonymizer->stranger_count == ES_ANON_STRANGERS ||
            es_table_find(&anonymizer->stranger_table, both[i]))
            continue;
        struct es_address *place = &anonymizer->strangers[anonymizer->stranger_count];
        *place = *both[i];
        if (es_table_add(&anonymizer->stranger_table, place))
            anonymizer->stranger_count++;
    }
}

static void rewrite(struct es_anonymizer *anonymizer, const struct es_frame *frame,
                    struct es_anonymizer_counts *counts)
{
    struct es_rewrite walk = {
        .anonymizer = anonymizer,
        .bytes = anonymizer->frame,
        .c = es_cursor(anonymizer->frame, frame->held, frame->wire),
        .ref = &frame->ref,
        .counts = counts,
    };
    /* A writer that recorded more than the packet had: nobody looks there. */
    es_rewrite_zero(&walk, walk.c.end, anonymizer->frame + frame->held);
    es_trace_link(frame->link_type, walk.c, &walk.trace);
    counts->frames_zeroed += walk.trace.count == 0 && walk.trace.end == ES_TRACE_OTHER;
    es_rewrite_run(&walk, ES_NEXT_LINK);
    if (walk.fragmented)
        es_fragment_conclude(&walk);
    note_addresses(&walk);
}

/* The streams that were learned come again from their beginning. */
static void begin_again(struct es_anonymizer *anonymizer)
{
    es_table_fini(&anonymizer->stream_table);
    es_table_init(&anonymizer->stream_table, sizeof(struct es_stream_key), ES_ANON_STREAMS,
                  anonymizer->options.seed);
    anonymizer->learned_streams = false;
}

void es_anonymizer_learn(struct es_anonymizer *anonymizer, const struct es_frame *frame)
{
    if (frame->held == 0 || !copy_frame(anonymizer, frame))
        return;
    anonymizer->learning = true;
    anonymizer->learned_streams = true;
    rewrite(anonymizer, frame, &anonymizer->unread);
    anonymizer->learning = false;
}

bool es_anonymizer_frame(struct es_anonymizer *anonymizer, const struct es_frame *frame,
                         struct es_frame *out, struct es_error *error)
{
    *out = *frame;
    anonymizer->counts.frames++;
    if (anonymizer->learned_streams)
        begin_again(anonymizer);
    if (frame->held == 0)
        return true;
    if (!copy_frame(anonymizer, frame))
        return es_error_set(error, ES_ERROR_MEMORY, "no memory for a frame of %zu bytes",
                            frame->held);
    out->bytes = anonymizer->frame;
    rewrite(anonymizer, frame, &anonymizer->counts);
    if (es_address_map_failed(anonymizer->map) || es_namer_failed(anonymizer->namer))
        return es_error_set(error, ES_ERROR_LIBRARY, "libcrypto failed while anonymising");
    return true;
}

const struct es_anonymizer_counts *es_anonymizer_counts(const struct es_anonymizer *anonymizer)
{
    return &anonymizer->counts;
}

/* What was done, most wanted first. */
static const struct {
    size_t at;
    const char *one, *many;
} parts[] = {
    {offsetof(struct es_anonymizer_counts, addresses),         "address",                              "addresses"                                       },
    {offsetof(struct es_anonymizer_counts, macs),              "MAC address",                          "MAC addresses"                                   },
    {offsetof(struct es_anonymizer_counts, identities),        "name",                                 "names"                                           },
    {offsetof(struct es_anonymizer_counts, nat_hashes),        "NAT detection hash",
     "NAT detection hashes"                                                                                                                              },
    {offsetof(struct es_anonymizer_counts, nat_hashes_voided),
     "NAT detection hash of an unknown address (void)",                                                "NAT detection hashes of unknown addresses (void)"},
    {offsetof(struct es_anonymizer_counts, values_voided),     "other IKE value",                      "other IKE values"                                },
    {offsetof(struct es_anonymizer_counts, clear_esp),
     "ESP packet that is not encrypted (ICV void)",                                                    "ESP packets that are not encrypted (ICV void)"   },
    {offsetof(struct es_anonymizer_counts, ah),                "AH header (ICV void)",                 "AH headers (ICV void)"                           },
    {offsetof(struct es_anonymizer_counts, bytes_zeroed),      "byte zeroed",                          "bytes zeroed"                                    },
    {offsetof(struct es_anonymizer_counts, fragments_zeroed),  "later IP fragment zeroed",
     "later IP fragments zeroed"                                                                                                                         },
    {offsetof(struct es_anonymizer_counts, frames_zeroed),     "frame of an unknown link type zeroed",
     "frames of unknown link types zeroed"                                                                                                               },
};

void es_text_add_anonymized(struct es_text *text, const struct es_anonymizer_counts *counts)
{
    const char *between = "";
    for (size_t i = 0; i < ES_COUNT(parts); i++) {
        const uint64_t count =
            *(const uint64_t *)(const void *)((const char *)counts + parts[i].at);
        if (count == 0)
            continue;
        es_text_add(text, between);
        es_text_add_count(text, count);
        es_text_addf(text, " %s", count == 1 ? parts[i].one : parts[i].many);
        between = ", ";
    }
    if (!*between)
        es_text_add(text, "nothing");
}

struct es_address es_anonymizer_address(struct es_anonymizer *anonymizer,
                                        const struct es_address *address)
{
    return es_address_map_find(anonymizer->map, address);
}
