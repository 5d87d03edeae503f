/*
 * ESP and AH of some SAs through the whole house, with keys. The input is a list of packets: how it
 * travels (one byte), how long after the one before (one byte, of 10 ms), length (two bytes), then
 * what follows the IP or UDP header with the SPI's upper three bytes set to those that there are
 * keys for. SPIs that end in 0 have NULL encryption, so that what is inside is the input's too.
 */
#include "fuzz.h"

#include <string.h>

enum {
    PACKETS_MAX = 512,
    IPV4_BYTES = 20,
    UDP_BYTES = 8,
    BODY_MAX = 1 << 12,
    LINK_RAW = 101,
    PROTOCOL_UDP = 17,
    PROTOCOL_ESP = 50,
    PROTOCOL_AH = 51,
    STEP_NS = 10000000,
    SAS = 6,
    /* How a packet travels. */
    BACKWARDS = 1,
    IN_UDP = 2,
    AS_AH = 4,
    WAITS_LONG = 8,
};

static const struct {
    uint16_t encr, integ;
    uint8_t icv, key, integrity;
    bool esn;
} suites[SAS] = {
    {ES_IKE_ENCR_NULL,       0,                              0, 0,  0,  false},
    {ES_IKE_ENCR_AES_CBC,    0,                              0, 16, 0,  false},
    {ES_IKE_ENCR_AES_GCM_16, 0,                              0, 20, 0,  true },
    {ES_IKE_ENCR_NULL,       ES_IKE_INTEG_HMAC_SHA2_256_128, 0, 0,  32, true },
    {ES_IKE_ENCR_3DES,       ES_IKE_INTEG_HMAC_MD5_96,       0, 24, 16, false},
    {ES_IKE_ENCR_AES_CTR,    ES_IKE_INTEG_AES_XCBC_96,       0, 20, 16, false},
};

static struct es_keys *make_keys(void)
{
    struct es_keys *keys = es_keys_new();
    for (uint32_t i = 0; keys && i < SAS; i++) {
        const struct es_esp_keys esp = {
            .spi = 0xc0ffee00 + i,
            .encr = suites[i].encr,
            .integ = suites[i].integ,
            .icv_bytes = suites[i].icv,
            .esn = suites[i].esn,
            .encryption = {.length = suites[i].key},
            .integrity = {.length = suites[i].integrity},
        };
        if (!es_keys_add_esp(keys, &esp))
            abort();
    }
    return keys;
}

static void on_inner(void *context, const struct es_datagram *datagram,
                     const struct es_esp_packet *packet, const struct es_esp_inner *inner)
{
    unsigned *sum = context;
    (void)datagram;
    struct es_cursor bytes = inner->payload;
    if (es_left(&bytes) > packet->length)
        abort();
    while (es_left(&bytes))
        *sum += es_u8(&bytes);
}

static size_t put_packet(uint8_t *out, uint8_t how, struct es_cursor body)
{
    static const uint8_t ends[2][4] = {
        {192, 0,  2,   1},
        {198, 51, 100, 2}
    };
    const size_t udp = how & IN_UDP ? UDP_BYTES : 0;
    const size_t size = IPV4_BYTES + udp + es_left(&body);
    memset(out, 0, IPV4_BYTES + udp);
    out[0] = 0x45;
    out[2] = (uint8_t)(size >> 8);
    out[3] = (uint8_t)size;
    out[8] = 64;
    out[9] = udp ? PROTOCOL_UDP : how & AS_AH ? PROTOCOL_AH : PROTOCOL_ESP;
    memcpy(out + 12, ends[how & BACKWARDS], 4);
    memcpy(out + 16, ends[!(how & BACKWARDS)], 4);
    if (udp) {
        static const uint8_t ports[4] = {4500 >> 8, 4500 & 0xff, 4500 >> 8, 4500 & 0xff};
        memcpy(out + IPV4_BYTES, ports, sizeof(ports));
        out[IPV4_BYTES + 4] = (uint8_t)((size - IPV4_BYTES) >> 8);
        out[IPV4_BYTES + 5] = (uint8_t)(size - IPV4_BYTES);
    }
    if (es_left(&body))
        memcpy(out + IPV4_BYTES + udp, body.at, es_left(&body));
    /* An AH header has its SPI behind the first four bytes. */
    const size_t spi = IPV4_BYTES + udp + (!udp && how & AS_AH ? 4 : 0);
    if (size >= spi + 4) {
        memcpy(out + spi, "\xc0\xff\xee", 3);
        out[spi + 3] = (uint8_t)(out[spi + 3] % (SAS + 2));
    }
    return size;
}

static void diagnose(const struct es_pipeline *pipeline)
{
    struct es_diagnosis *diagnosis = es_pipeline_diagnose(pipeline, NULL, NULL);
    const struct es_report report = {
        .model = es_pipeline_model(pipeline),
        .diagnosis = diagnosis,
        .counts = es_pipeline_counts(pipeline),
        .utc = true,
    };
    if (diagnosis && !es_report_text(&report, fuzz_sink()))
        abort();
    es_diagnosis_free(diagnosis);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t packet[IPV4_BYTES + UDP_BYTES + BODY_MAX];
    unsigned sum = 0;
    struct es_keys *keys = make_keys();
    struct es_pipeline_options options = {
        .keys = keys, .inner = {on_inner, &sum}
    };
    options.decoder.seed[0] = options.tracker.seed[0] = 1;
    struct es_pipeline *pipeline = keys ? es_pipeline_new(&options, NULL) : NULL;
    if (!pipeline)
        abort();
    struct es_cursor input = es_cursor(bytes, size, size);
    struct es_frame frame = {.bytes = packet, .link_type = LINK_RAW, .timed = true};
    for (int i = 0; i < PACKETS_MAX && es_more(&input); i++) {
        const uint8_t how = es_u8(&input);
        const uint8_t wait = es_u8(&input);
        const size_t length = es_u16(&input) % BODY_MAX;
        frame.ref.time += (es_time)wait * (how & WAITS_LONG ? 1000 : 1) * STEP_NS;
        frame.ref.number++;
        frame.held = frame.wire = put_packet(
            packet, how, es_sub(&input, length < es_left(&input) ? length : es_left(&input)));
        es_pipeline_frame(pipeline, &frame);
    }
    diagnose(pipeline);
    es_pipeline_free(pipeline);
    es_keys_free(keys);
    fprintf(fuzz_sink(), "%u", sum);
    return 0;
}
