/*
 * pipeline: the front door for embedders. Frames in, model and findings out.
 *
 *     struct es_pipeline *p = es_pipeline_new(&options, &error);
 *     while (es_source_next(source, &frame) == ES_STEP_FRAME)
 *         es_pipeline_frame(p, &frame);
 *     struct es_diagnosis *d = es_pipeline_diagnose(p, source, NULL);
 */
#ifndef ESPIAL_PIPELINE_H
#define ESPIAL_PIPELINE_H

#include "espial/crypto.h"
#include "espial/diagnose.h"
#include "espial/ike/open.h"

/*
 * Hears every IKE message after the tracker has; the arguments live for the call only. Events that
 * a message causes come before it.
 */
struct es_message_sink {
    void (*on)(void *context, const struct es_datagram *datagram,
               const struct es_ike_message *message, const struct es_message_view *view);
    void *context;
};

/*
 * Hears what was inside each ESP packet that the keys open; `inner` lives for the call only. Its
 * payload is an IP packet when next_header is 4 or 41.
 */
struct es_inner_sink {
    void (*on)(void *context, const struct es_datagram *datagram,
               const struct es_esp_packet *packet, const struct es_esp_inner *inner);
    void *context;
};

struct es_pipeline_options {
    struct es_decoder_options decoder;
    struct es_tracker_options tracker;
    struct es_message_sink messages; /* on NULL: nobody listens */
    struct es_keys *keys;            /* borrowed, may be added to; NULL: none */
    struct es_inner_sink inner;      /* on NULL: nobody listens */
};

struct es_pipeline;

/* NULL options: the defaults. Hash seeds that are 0 are drawn from the system's random source. */
struct es_pipeline *es_pipeline_new(const struct es_pipeline_options *options,
                                    struct es_error *error);
void es_pipeline_free(struct es_pipeline *pipeline);

/* Feeds a frame. Frames should come in time order; those that do not are taken as they come. */
void es_pipeline_frame(struct es_pipeline *pipeline, const struct es_frame *frame);

/*
 * Fetches what will be needed for a frame that is not due yet: see es_source_ahead() and
 * es_tracker_expect(). Nothing depends on it but the time that frames take.
 */
bool es_pipeline_expects(const struct es_pipeline *pipeline);
void es_pipeline_expect(struct es_pipeline *pipeline, const struct es_frame *ahead);

/* What is known so far. Borrowed. */
const struct es_tracker *es_pipeline_tracker(const struct es_pipeline *pipeline);
const struct es_model *es_pipeline_model(const struct es_pipeline *pipeline);
const struct es_decoder_counts *es_pipeline_counts(const struct es_pipeline *pipeline);

/* Times that the system had no memory for what was to be kept: then the model lacks it. */
uint64_t es_pipeline_unkept(const struct es_pipeline *pipeline);

enum { ES_WRONG_KEYS_KEPT = 8 };

/* How far the keys went. All 0 without keys. */
struct es_opened_counts {
    uint64_t opened;    /* IKE messages; one in fragments counts once */
    uint64_t wrong_key; /* encrypted IKE messages that their keys do not fit */
    uint64_t no_key;    /* encrypted IKE messages that stayed closed otherwise: no keys for their
                           SA, an IV that the capture does not tell, fragments missing */
    struct {
        uint64_t initiator_spi, responder_spi;
    } wrong[ES_WRONG_KEYS_KEPT]; /* the first IKE SAs with wrong keys */
    size_t wrong_count;
    uint64_t esp_opened, esp_wrong_key, esp_no_key; /* ESP packets */
    uint32_t esp_wrong[ES_WRONG_KEYS_KEPT];         /* the first SPIs with wrong keys */
    size_t esp_wrong_count;
};
const struct es_opened_counts *es_pipeline_opened(const struct es_pipeline *pipeline);

/*
 * The findings as of the last frame, or of the end of the capture where a file of `source` tells
 * that it is later. `source` (may be NULL) tells how good the capture is;
 * `thresholds` NULL: the defaults. The caller frees the diagnosis, and before the pipeline is fed
 * again or freed.
 */
struct es_diagnosis *es_pipeline_diagnose(const struct es_pipeline *pipeline,
                                          const struct es_source *source,
                                          const struct es_thresholds *thresholds);

/*
 * The same as of `now`, for a live view while nothing arrives; a time before the last frame's is
 * taken for that.
 */
struct es_diagnosis *es_pipeline_diagnose_at(const struct es_pipeline *pipeline,
                                             const struct es_source *source,
                                             const struct es_thresholds *thresholds, es_time now);

#endif
