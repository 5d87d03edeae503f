/*
 * pipeline: the front door for embedders. Frames in, model and findings out.
 *
 *     struct es_pipeline *p = es_pipeline_new(&options, &error);
 *     while (es_source_next(source, &frame) == ES_STEP_FRAME)
 *         es_pipeline_frame(p, &frame);
 *     struct es_diagnosis *d = es_pipeline_diagnose(p, NULL);
 */
#ifndef ESPIAL_PIPELINE_H
#define ESPIAL_PIPELINE_H

#include "espial/crypto.h"
#include "espial/diagnose.h"

/*
 * Hears every IKE message after the tracker has; the arguments live for the call only. Events that
 * a message causes come before it.
 */
struct es_message_sink {
    void (*on)(void *context, const struct es_datagram *datagram,
               const struct es_ike_message *message, const struct es_message_view *view);
    void *context;
};

struct es_pipeline_options {
    struct es_decoder_options decoder;
    struct es_tracker_options tracker;
    struct es_message_sink messages; /* on NULL: nobody listens */
    struct es_keys *keys;            /* borrowed, may be added to; NULL: none */
};

struct es_pipeline;

/* NULL options: the defaults. Hash seeds that are 0 are drawn from the system's random source. */
struct es_pipeline *es_pipeline_new(const struct es_pipeline_options *options,
                                    struct es_error *error);
void es_pipeline_free(struct es_pipeline *pipeline);

/* Feeds a frame. Frames should come in time order; those that do not are taken as they come. */
void es_pipeline_frame(struct es_pipeline *pipeline, const struct es_frame *frame);

/* What is known so far. Borrowed. */
const struct es_model *es_pipeline_model(const struct es_pipeline *pipeline);
const struct es_decoder_counts *es_pipeline_counts(const struct es_pipeline *pipeline);

/*
 * The findings as of the last frame. `source` (may be NULL) tells how good the capture is. The
 * caller frees the diagnosis, and before the pipeline is fed again or freed.
 */
struct es_diagnosis *es_pipeline_diagnose(const struct es_pipeline *pipeline,
                                          const struct es_source *source);

#endif
