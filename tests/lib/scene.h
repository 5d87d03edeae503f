/*
 * A stage for stories about tunnels: two peers, a clock, and a capture point between them. What the
 * peers send goes through the parsers into a tracker; what the rules say of it is read here too.
 */
#ifndef TESTS_SCENE_H
#define TESTS_SCENE_H

#include "wire.h"

#include "espial/diagnose.h"
#include "espial/report/chronicle.h"

enum { A, B };

enum {
    SCENE_STEP_MS = 1, /* the clock's move behind each packet */
    SCENE_FRAME_BYTES = 162,
    SCENE_ESP_BYTES = 120, /* length of an ESP packet, unless the story says otherwise */
};

struct scene_endpoint {
    struct es_address address;
    uint16_t port;
};

/* The UDP checksum of ESP in UDP; NONE: there is no UDP header to look at. */
enum scene_checksum {
    SCENE_CHECKSUM_NONE,
    SCENE_CHECKSUM_GOOD,
    SCENE_CHECKSUM_UNFINISHED,
    SCENE_CHECKSUM_BAD,
};

struct scene {
    struct es_tracker *tracker;     /* owned */
    struct es_diagnosis *diagnosis; /* owned; of the last look, or NULL */
    struct es_chronicle *chronicle; /* that keeps IKE messages; NULL: none does */
    es_time start, now;             /* the clock */
    uint64_t packets;               /* number of the last one */
    struct scene_endpoint peers[2]; /* as captured: 192.0.2.1:500 and 198.51.100.2:500 */
    struct scene_endpoint own[2];   /* what each believes of itself; port 0: as captured */
    struct scene_endpoint other[2]; /* and of its peer */
    bool encapsulated;              /* IKE with a non-ESP marker, ESP in UDP */
    bool hidden[2];                 /* what this peer sends, the capture does not hold */
    bool in_tcp;                    /* IKE and ESP in TCP (RFC 9329) */
    bool ip_fragments;              /* IKE comes in IP fragments, all of them captured */
    uint8_t hop_limit[2];           /* of what a peer sends, as captured */
    bool twice;                     /* the capture saw each packet twice, as on "any" */
    size_t esp_bytes;
    bool marker_missing;             /* IKE comes without the non-ESP marker */
    enum scene_checksum checksum[2]; /* of what this peer sends */
    uint32_t file;                   /* that the next packets are in */
    size_t frame_bytes;              /* length of the next frames; 0: SCENE_FRAME_BYTES */
    size_t snaplen;                  /* what the capture keeps of them; 0: all */
    uint16_t ip_id;                  /* of the next packet; 0 unless a story needs it */
    struct es_thresholds thresholds; /* the defaults, unless the story says otherwise */
    struct es_coverage coverage;     /* what is known of the capture itself */
};

/* A stage with the default limits, its clock at 0 seconds. scene_close() frees what it owns. */
struct scene scene_open(void);
struct scene scene_open_with(const struct es_tracker_options *limits);
void scene_close(struct scene *scene);

/* Gives a test a scene of its own: `struct scene *scene = *state;`. */
int scene_setup(void **state);
int scene_teardown(void **state);
#define scene_test(function) cmocka_unit_test_setup_teardown(function, scene_setup, scene_teardown)

struct es_address scene_address(const char *chars);

/* Sets the clock, in seconds since the scene began; moves it on. */
void scene_at(struct scene *scene, double seconds);
void scene_pause(struct scene *scene, double seconds);

/* The capture goes on to this second, with other traffic in it. */
void scene_last_until(struct scene *scene, double seconds);

/* Both peers move from port 500 to 4500, and ESP into UDP. */
void scene_float(struct scene *scene);

/* An IKE message, as it stands in `wire`. */
void scene_ike(struct scene *scene, uint8_t from, const struct wire *wire);

/* The same as if it had been opened with keys: its payloads were inside a sealed part. */
void scene_ike_opened(struct scene *scene, uint8_t from, const struct wire *wire);

/* The same of which the capture kept `held` bytes, or which is a lone first fragment. */
void scene_ike_cut(struct scene *scene, uint8_t from, const struct wire *wire, size_t held);
void scene_ike_first_fragment(struct scene *scene, uint8_t from, const struct wire *wire);

/* One ESP packet; one AH packet. */
void scene_esp(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence);
void scene_ah(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence);

/* An ESP packet as a story needs it; all zero: as scene_esp() sends it. */
struct scene_packet {
    size_t bytes;       /* from the SPI on; 0: scene->esp_bytes */
    uint64_t iv;        /* the eight bytes behind the header; 0: one that counts */
    uint8_t body;       /* what the rest is filled with; 0: 0xee */
    uint8_t ttl;        /* as captured */
    uint32_t ip_length; /* of the IP packet, or of its first fragment */
    bool dont_fragment;
    bool first_fragment; /* alone, so far */
    bool completed;      /* whole now, and handed out as first fragment before */
    bool not_opened;     /* its key does not open it */
};
void scene_esp_as(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence,
                  const struct scene_packet *how);

/* An ICMP error about an ESP packet of `from`, of `ip_length` bytes; `mtu` 0: none in it. */
void scene_icmp_esp(struct scene *scene, uint8_t from, uint32_t spi, uint8_t type, uint8_t code,
                    uint32_t ip_length, uint32_t mtu);

/* `count` ESP packets of one peer from sequence number `first` on; the clock stands behind the
 * last pause. */
void scene_stream(struct scene *scene, uint8_t from, uint32_t spi, uint32_t first, unsigned count,
                  unsigned every_ms);

/* The same, and each packet of A gets one of B as its answer. */
void scene_talk(struct scene *scene, uint32_t spi_a, uint32_t spi_b, uint32_t first, unsigned count,
                unsigned every_ms);

void scene_keepalive(struct scene *scene, uint8_t from);

/* An ICMP error of `type` and `code` about an IKE packet of `from`. */
void scene_icmp(struct scene *scene, uint8_t from, const char *reporter, uint8_t type,
                uint8_t code);

/* A packet that is malformed in itself. */
void scene_garbage(struct scene *scene, uint8_t from, const char *reason);

/* One on a NAT-T port that is neither IKE, ESP nor keepalive: its first four bytes, its length. */
void scene_bad_natt(struct scene *scene, uint8_t from, uint32_t first, size_t bytes);

/* The model, and parts of it by number from 1; a part that is not there fails the test. */
const struct es_model *scene_model(const struct scene *scene);
const struct es_tunnel *scene_tunnel(const struct scene *scene, uint32_t number);
const struct es_ike_sa *scene_ike_sa(const struct scene *scene, uint32_t number);
const struct es_child_sa *scene_child(const struct scene *scene, uint32_t number);

/* The flow with this SPI; of several the first. It must be there. */
const struct es_flow *scene_flow(const struct scene *scene, uint32_t spi);

/* Child SAs that were not withdrawn. */
uint32_t scene_child_count(const struct scene *scene);

/* Looks at the model as it stands. Borrowed until the next look. */
const struct es_diagnosis *scene_diagnose(struct scene *scene);

/* The finding of the list with this id as of now, or NULL; the same below another one. */
const struct es_finding *scene_finding(struct scene *scene, const char *id);
const struct es_finding *scene_below(const struct es_finding *root, const char *id);

/* The list of findings holds these ids, in any order, and no others; those below are not in it.
 * Statistics and posture may stand beside them. */
#define scene_expect(scene, ...)                                                                   \
    scene_expect_ids(scene, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define scene_expect_nothing(scene)                                                                \
    scene_expect_ids(scene, (const char *const[]){NULL}, __FILE__, __LINE__)
void scene_expect_ids(struct scene *scene, const char *const *ids, const char *file, int line);

#endif
