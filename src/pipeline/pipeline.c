/*
 * Read this first: the house in one page. A frame is decoded to datagrams; what a datagram carries
 * is parsed by the ike or esp room and told to the tracker; the rules look at what the tracker
 * knows.
 */
#include "espial/pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

struct es_pipeline {
    struct es_decoder *decoder; /* owned */
    struct es_tracker *tracker; /* owned */
    struct es_message_sink messages;
    struct es_keys *keys;             /* borrowed; NULL: none */
    struct es_ike_opener *ike_opener; /* owned */
    struct es_esp_opener *esp_opener; /* owned; NULL without keys */
    struct es_inner_sink inner;
    struct es_opened_counts opened;
};

static void note_wrong_ike(struct es_opened_counts *counts, const struct es_ike_header *header)
{
    counts->wrong_key++;
    for (size_t i = 0; i < counts->wrong_count; i++) {
        if (counts->wrong[i].initiator_spi == header->initiator_spi &&
            counts->wrong[i].responder_spi == header->responder_spi)
            return;
    }
    if (counts->wrong_count == ES_WRONG_KEYS_KEPT)
        return;
    const size_t at = counts->wrong_count++;
    counts->wrong[at].initiator_spi = header->initiator_spi;
    counts->wrong[at].responder_spi = header->responder_spi;
}

/* Until one of its packets opens: then it is that packet that is wrong, not the key. */
static void note_wrong_esp(struct es_opened_counts *counts, uint32_t spi)
{
    for (size_t i = 0; i < counts->esp_wrong_count; i++) {
        if (counts->esp_wrong[i] == spi)
            return;
    }
    if (counts->esp_wrong_count < ES_WRONG_KEYS_KEPT)
        counts->esp_wrong[counts->esp_wrong_count++] = spi;
}

static void note_right_esp(struct es_opened_counts *counts, uint32_t spi)
{
    for (size_t i = 0; i < counts->esp_wrong_count; i++) {
        if (counts->esp_wrong[i] == spi)
            counts->esp_wrong[i] = counts->esp_wrong[--counts->esp_wrong_count];
    }
}

/* Opens what can be opened, before anybody looks at the message. */
static void open_ike(struct es_pipeline *p, const struct es_datagram *datagram,
                     struct es_ike_message *message)
{
    if (datagram->first_fragment_only)
        return;
    const enum es_opened result = es_ike_open(p->ike_opener, datagram, message);
    if (!p->keys)
        return;
    if (result == ES_OPENED_YES)
        p->opened.opened++;
    else if (result == ES_OPENED_WRONG_KEY)
        note_wrong_ike(&p->opened, &message->header);
    else if (result == ES_OPENED_NO && message->encrypted)
        p->opened.no_key++;
}

static void take_ike(struct es_pipeline *p, const struct es_datagram *datagram)
{
    struct es_ike_message message;
    if (es_ike_message_parse(datagram->payload, &message)) {
        struct es_message_view view;
        open_ike(p, datagram, &message);
        es_tracker_ike(p->tracker, datagram, &message, &view);
        if (p->messages.on)
            p->messages.on(p->messages.context, datagram, &message, &view);
    } else if (message.fault != ES_FAULT_CUT) {
        es_tracker_malformed(p->tracker, datagram, "IKE message shorter than its header");
    }
}

static void open_esp(struct es_pipeline *p, const struct es_datagram *datagram,
                     const struct es_esp_packet *packet)
{
    struct es_esp_inner inner;
    switch (es_esp_open(p->esp_opener, datagram->destination.bytes, datagram->payload, &inner)) {
    case ES_ESP_OPENED:
        p->opened.esp_opened++;
        note_right_esp(&p->opened, packet->spi);
        es_tracker_inner(p->tracker, datagram, packet, &inner);
        if (p->inner.on)
            p->inner.on(p->inner.context, datagram, packet, &inner);
        break;
    case ES_ESP_WRONG_KEY:
        p->opened.esp_wrong_key++;
        if (!es_tracker_not_opened(p->tracker, datagram, packet))
            note_wrong_esp(&p->opened, packet->spi);
        break;
    case ES_ESP_NO_KEY:
        p->opened.esp_no_key++;
        break;
    }
}

static void take_esp(struct es_pipeline *p, const struct es_datagram *datagram)
{
    struct es_cursor payload = datagram->payload;
    struct es_esp_packet packet;
    if (ES_LIKELY(es_esp_parse(&payload, &packet))) {
        es_tracker_esp(p->tracker, datagram, &packet);
        if (ES_UNLIKELY(p->esp_opener != NULL) && !datagram->first_fragment_only)
            open_esp(p, datagram, &packet);
    } else if (payload.fault != ES_FAULT_CUT) {
        es_tracker_malformed(p->tracker, datagram, "ESP packet shorter than its header");
    }
}

static void take_ah(struct es_pipeline *p, const struct es_datagram *datagram)
{
    struct es_cursor payload = datagram->payload;
    struct es_esp_packet packet;
    if (es_ah_parse(&payload, &packet))
        es_tracker_esp(p->tracker, datagram, &packet);
    else if (payload.fault != ES_FAULT_CUT)
        es_tracker_malformed(p->tracker, datagram, "AH header whose length cannot be");
}

static void take(struct es_pipeline *p, const struct es_datagram *datagram)
{
    switch (datagram->kind) {
    case ES_DATAGRAM_ESP:
        take_esp(p, datagram);
        break;
    case ES_DATAGRAM_IKE:
        take_ike(p, datagram);
        break;
    case ES_DATAGRAM_AH:
        take_ah(p, datagram);
        break;
    case ES_DATAGRAM_KEEPALIVE:
        es_tracker_keepalive(p->tracker, datagram);
        break;
    case ES_DATAGRAM_ICMP_ERROR:
        es_tracker_icmp(p->tracker, datagram);
        break;
    case ES_DATAGRAM_BAD_NATT:
        es_tracker_malformed(p->tracker, datagram, "neither IKE, ESP nor NAT keepalive");
        break;
    case ES_DATAGRAM_OTHER:
        break;
    }
}

void es_pipeline_frame(struct es_pipeline *pipeline, const struct es_frame *frame)
{
    struct es_datagram datagram;
    es_tracker_frame(pipeline->tracker, frame);
    bool more = es_decode(pipeline->decoder, frame, &datagram);
    while (more) {
        take(pipeline, &datagram);
        more = es_decode_more(pipeline->decoder, &datagram);
    }
}

const struct es_tracker *es_pipeline_tracker(const struct es_pipeline *pipeline)
{
    return pipeline->tracker;
}

bool es_pipeline_expects(const struct es_pipeline *pipeline)
{
    return es_tracker_expects(pipeline->tracker);
}

void es_pipeline_expect(struct es_pipeline *pipeline, const struct es_frame *ahead)
{
    struct es_glance glance;
    if (es_glance(ahead, &glance))
        es_tracker_expect(pipeline->tracker, &glance);
}

const struct es_model *es_pipeline_model(const struct es_pipeline *pipeline)
{
    return es_tracker_model(pipeline->tracker);
}

const struct es_decoder_counts *es_pipeline_counts(const struct es_pipeline *pipeline)
{
    return es_decoder_counts(pipeline->decoder);
}

uint64_t es_pipeline_unkept(const struct es_pipeline *pipeline)
{
    return es_pipeline_model(pipeline)->unkept + es_pipeline_counts(pipeline)->unkept +
           es_ike_opener_unkept(pipeline->ike_opener) +
           (pipeline->esp_opener ? es_esp_opener_unkept(pipeline->esp_opener) : 0);
}

const struct es_opened_counts *es_pipeline_opened(const struct es_pipeline *pipeline)
{
    return &pipeline->opened;
}

struct es_diagnosis *es_pipeline_diagnose_at(const struct es_pipeline *pipeline,
                                             const struct es_source *source,
                                             const struct es_thresholds *thresholds, es_time now)
{
    const struct es_model *model = es_pipeline_model(pipeline);
    struct es_coverage coverage = {.decoder = es_pipeline_counts(pipeline)};
    const size_t files = source ? es_source_file_count(source) : 0;
    for (size_t i = 0; i < files; i++) {
        coverage.cut_short += es_source_file(source, i)->cut_short;
        coverage.drops += es_source_file(source, i)->drops;
    }
    return es_diagnose(model, &coverage, thresholds,
                       now > model->last.time ? now : model->last.time);
}

struct es_diagnosis *es_pipeline_diagnose(const struct es_pipeline *pipeline,
                                          const struct es_source *source,
                                          const struct es_thresholds *thresholds)
{
    const es_time last = es_pipeline_model(pipeline)->last.time;
    const es_time end = es_source_end(source);
    return es_pipeline_diagnose_at(pipeline, source, thresholds, end > last ? end : last);
}

/* Random bytes from the system; kernels without the call still have the device. */
static bool draw(void *bytes, size_t size, struct es_error *error)
{
    if (getentropy(bytes, size) == 0)
        return true;
    FILE *device = fopen("/dev/urandom", "rb");
    const bool drawn = device && fread(bytes, size, 1, device) == 1;
    const int why = errno;
    if (device)
        fclose(device);
    return drawn || es_error_set(error, ES_ERROR_SYSTEM, "no random numbers from the system: %s",
                                 strerror(why));
}

/* A seed that the caller has set stays: tests want the same run twice. */
static bool draw_seed(uint64_t seed[2], struct es_error *error)
{
    return seed[0] || seed[1] || draw(seed, 2 * sizeof(seed[0]), error);
}

struct es_pipeline *es_pipeline_new(const struct es_pipeline_options *options,
                                    struct es_error *error)
{
    struct es_pipeline_options own = {0};
    if (options)
        own = *options;
    if (!draw_seed(own.decoder.seed, error) || !draw_seed(own.tracker.seed, error))
        return NULL;

    struct es_pipeline *p = calloc(1, sizeof(*p));
    if (p) {
        p->messages = own.messages;
        p->decoder = es_decoder_new(&own.decoder);
        p->tracker = es_tracker_new(&own.tracker);
        p->keys = own.keys;
        p->inner = own.inner;
        p->ike_opener = es_ike_opener_new(own.keys, own.tracker.seed);
        if (own.keys)
            p->esp_opener = es_esp_opener_new(own.keys, own.tracker.seed);
    }
    if (!p || !p->decoder || !p->tracker || !p->ike_opener || (own.keys && !p->esp_opener)) {
        es_pipeline_free(p);
        es_error_set(error, ES_ERROR_MEMORY, "no memory for the decoder and the tracker");
        return NULL;
    }
    return p;
}

void es_pipeline_free(struct es_pipeline *pipeline)
{
    if (!pipeline)
        return;
    es_esp_opener_free(pipeline->esp_opener);
    es_ike_opener_free(pipeline->ike_opener);
    es_tracker_free(pipeline->tracker);
    es_decoder_free(pipeline->decoder);
    free(pipeline);
}
