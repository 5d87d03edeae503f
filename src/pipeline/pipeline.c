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
};

static void take_ike(struct es_pipeline *p, const struct es_datagram *datagram)
{
    struct es_ike_message message;
    if (es_ike_message_parse(datagram->payload, &message)) {
        struct es_message_view view;
        es_tracker_ike(p->tracker, datagram, &message, &view);
        if (p->messages.on)
            p->messages.on(p->messages.context, datagram, &message, &view);
    } else if (message.fault != ES_FAULT_CUT) {
        es_tracker_malformed(p->tracker, datagram, "IKE message shorter than its header");
    }
}

static void take_esp(struct es_pipeline *p, const struct es_datagram *datagram)
{
    struct es_cursor payload = datagram->payload;
    struct es_esp_packet packet;
    if (ES_LIKELY(es_esp_parse(&payload, &packet)))
        es_tracker_esp(p->tracker, datagram, &packet);
    else if (payload.fault != ES_FAULT_CUT)
        es_tracker_malformed(p->tracker, datagram, "ESP packet shorter than its header");
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
    es_tracker_frame(pipeline->tracker, &frame->ref);
    bool more = es_decode(pipeline->decoder, frame, &datagram);
    while (more) {
        take(pipeline, &datagram);
        more = es_decode_more(pipeline->decoder, &datagram);
    }
}

const struct es_model *es_pipeline_model(const struct es_pipeline *pipeline)
{
    return es_tracker_model(pipeline->tracker);
}

const struct es_decoder_counts *es_pipeline_counts(const struct es_pipeline *pipeline)
{
    return es_decoder_counts(pipeline->decoder);
}

struct es_diagnosis *es_pipeline_diagnose(const struct es_pipeline *pipeline,
                                          const struct es_source *source)
{
    const struct es_model *model = es_pipeline_model(pipeline);
    struct es_coverage coverage = {.decoder = es_pipeline_counts(pipeline)};
    const size_t files = source ? es_source_file_count(source) : 0;
    for (size_t i = 0; i < files; i++) {
        coverage.cut_short += es_source_file(source, i)->cut_short;
        coverage.drops += es_source_file(source, i)->drops;
    }
    return es_diagnose(model, &coverage, model->last.time);
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
    }
    if (!p || !p->decoder || !p->tracker) {
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
    es_tracker_free(pipeline->tracker);
    es_decoder_free(pipeline->decoder);
    free(pipeline);
}
