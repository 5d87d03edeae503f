/*
 * With keys: what the pipeline opens and counts. Real captures are looked at where they are at
 * hand: a collection with key files beside the checkout (ESPIAL_CAPTURES), whose INDEX.tsv says
 * what is inside, and the bundled ones with the log of a daemon that took part.
 */
#include "unit.h"

#include "espial/pipeline.h"
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_CHARS = 512, LINE_CHARS = 4096, TYPES = 256, RAW_IP = 101, PROTOCOL_ESP = 50 };

/* What was seen inside. */
struct inside {
    unsigned types[TYPES]; /* IKE payloads that were encrypted */
    unsigned closed;       /* encrypted messages that stayed so, but for fragments */
    unsigned protocols[256];
    struct es_opened_counts counts;
};

static void see_message(void *context, const struct es_datagram *datagram,
                        const struct es_ike_message *message, const struct es_message_view *view)
{
    struct inside *inside = context;
    (void)datagram;
    (void)view;
    for (size_t i = message->clear_count; message->decrypted && i < message->payload_count; i++)
        inside->types[message->payloads[i].type]++;
    if (message->encrypted && !message->decrypted && !message->fragment_total)
        inside->closed++;
}

static void see_inner(void *context, const struct es_datagram *datagram,
                      const struct es_esp_packet *packet, const struct es_esp_inner *inner)
{
    struct inside *inside = context;
    assert_int_equal(datagram->kind, ES_DATAGRAM_ESP);
    assert_true(packet->spi != 0);
    assert_true(inner->next_header != 4 || inner->payload.at[0] >> 4 == 4);
    inside->protocols[inner->next_header]++;
}

static struct es_pipeline *pipeline_of(struct es_keys *keys, struct inside *inside)
{
    const struct es_pipeline_options options = {
        .keys = keys, .messages = {see_message, inside},
             .inner = {see_inner,   inside}
    };
    memset(inside, 0, sizeof(*inside));
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    assert_non_null(pipeline);
    return pipeline;
}

static struct inside look(const char *capture, struct es_keys *keys)
{
    struct inside inside;
    struct es_error error;
    struct es_pipeline *pipeline = pipeline_of(keys, &inside);
    const char *const paths[] = {capture};
    struct es_source *source = es_source_open(paths, 1, NULL, &error);
    assert_non_null(source);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    es_source_free(source);
    inside.counts = *es_pipeline_opened(pipeline);
    es_pipeline_free(pipeline);
    return inside;
}

static struct es_keys *read_keys(const char *path)
{
    struct es_error error;
    struct es_keys *keys = es_keys_new();
    assert_non_null(keys);
    if (!es_keys_read(keys, path, NULL, NULL, &error))
        fail_msg("%s: %s", path, error.text);
    return keys;
}

/* --- packets made here --- */

static void feed(struct es_pipeline *pipeline, const struct wire *wire)
{
    const struct es_frame frame = {
        .bytes = wire->bytes,
        .held = wire->length,
        .wire = wire->length,
        .ref = {.number = 1, .time = ES_SECOND},
        .link_type = RAW_IP,
        .timed = true
    };
    es_pipeline_frame(pipeline, &frame);
}

static void ipv4(struct wire *wire, uint8_t protocol, size_t payload)
{
    wire_u16(wire, 0x4500);
    wire_u16(wire, (uint16_t)(20 + payload));
    wire_u32(wire, 0);
    wire_u8(wire, 64);
    wire_u8(wire, protocol);
    wire_u16(wire, 0);
    wire_u32(wire, 0xc0000201);
    wire_u32(wire, 0xc6336401);
}

/* ESP without encryption around an IPv4 header. */
static struct wire esp_null(uint8_t pad_length)
{
    struct wire wire = {0};
    ipv4(&wire, PROTOCOL_ESP, 8 + 20 + 4);
    wire_u32(&wire, 0xc1a2b3c4);
    wire_u32(&wire, 1);
    ipv4(&wire, 1, 0);
    wire_u16(&wire, 0x0102);
    wire_u8(&wire, pad_length);
    wire_u8(&wire, 4);
    return wire;
}

/* An INFORMATIONAL with a sealed part of 40 bytes. */
static struct wire ike_sealed(void)
{
    struct wire wire = {0};
    ipv4(&wire, 17, 8 + 28 + 44);
    wire_u16(&wire, 500);
    wire_u16(&wire, 500);
    wire_u16(&wire, 8 + 28 + 44);
    wire_u16(&wire, 0);
    wire_u64(&wire, 0x1111);
    wire_u64(&wire, 0x2222);
    wire_u32(&wire, 0x2e202508);
    wire_u32(&wire, 3);
    wire_u32(&wire, 28 + 44);
    wire_u32(&wire, 44);
    wire_fill(&wire, 0x5a, 40);
    return wire;
}

static void inner_packets_reach_the_sink(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    const struct es_esp_keys esp = {.spi = 0xc1a2b3c4};
    assert_true(es_keys_add_esp(keys, &esp));
    struct inside inside;
    struct es_pipeline *pipeline = pipeline_of(keys, &inside);
    const struct wire good = esp_null(2);
    const struct wire bad = esp_null(99);
    const struct es_opened_counts *counts = es_pipeline_opened(pipeline);
    feed(pipeline, &bad);
    assert_int_equal(counts->esp_wrong_count, 1);
    assert_int_equal(counts->esp_wrong[0], 0xc1a2b3c4);
    /* One that opens shows that the key is right, and what does not open was changed. */
    feed(pipeline, &good);
    feed(pipeline, &bad);
    assert_int_equal(inside.protocols[4], 1);
    assert_int_equal(counts->esp_opened, 1);
    assert_int_equal(counts->esp_wrong_key, 2);
    assert_int_equal(counts->esp_wrong_count, 0);
    es_pipeline_free(pipeline);
    es_keys_free(keys);
}

static void wrong_keys_are_counted_by_sa(void **state)
{
    (void)state;
    struct es_keys *keys = es_keys_new();
    struct es_ike_keys ike = {.initiator_spi = 0x1111,
                              .responder_spi = 0x2222,
                              .major = 2,
                              .encr = ES_IKE_ENCR_AES_GCM_16,
                              .sk_ei = {.length = 20},
                              .sk_er = {.length = 20}};
    struct inside inside;
    const struct wire wire = ike_sealed();
    struct es_pipeline *pipeline = pipeline_of(keys, &inside);
    feed(pipeline, &wire);
    assert_int_equal(es_pipeline_opened(pipeline)->no_key, 1);
    assert_true(es_keys_add_ike(keys, &ike));
    feed(pipeline, &wire);
    feed(pipeline, &wire);
    const struct es_opened_counts *counts = es_pipeline_opened(pipeline);
    assert_int_equal(counts->opened, 0);
    assert_int_equal(counts->no_key, 1);
    assert_int_equal(counts->wrong_key, 2);
    assert_int_equal(counts->wrong_count, 1);
    assert_int_equal(counts->wrong[0].initiator_spi, 0x1111);
    assert_int_equal(counts->wrong[0].responder_spi, 0x2222);
    assert_int_equal(inside.closed, 3);
    es_pipeline_free(pipeline);
    es_keys_free(keys);
}

static void without_keys_nothing_is_counted(void **state)
{
    (void)state;
    struct inside inside;
    struct es_pipeline *pipeline = pipeline_of(NULL, &inside);
    const struct wire ike = ike_sealed();
    const struct wire esp = esp_null(2);
    feed(pipeline, &ike);
    feed(pipeline, &esp);
    const struct es_opened_counts *counts = es_pipeline_opened(pipeline);
    assert_int_equal(counts->no_key + counts->opened + counts->wrong_key, 0);
    assert_int_equal(counts->esp_no_key + counts->esp_opened + counts->esp_wrong_key, 0);
    es_pipeline_free(pipeline);
}

/* --- the collection --- */

static const char *collection(void)
{
    const char *folder = getenv("ESPIAL_CAPTURES");
    return folder ? folder : "../shared/captures";
}

static void in_folder(char path[PATH_CHARS], const char *folder, const char *name)
{
    assert_true(snprintf(path, PATH_CHARS, "%s/%s", folder, name) < PATH_CHARS);
}

static void captures_with_keys_open(void **state)
{
    (void)state;
    static const struct {
        const char *capture, *keys;
        unsigned opened, wrong, no_key, esp;
    } cases[] = {
  /* The first encrypted message is of another run than the public values. */
        {"openswan-merged/v1-rwnat-main-quick.pcap",                   "ikev1_decryption_table.openswan-v1-rwnat", 2,
         0,                                                                                                              1, 0},
        {"openswan-merged/v2-parent-rekey-nopfs.pcap",                 "ikev2_decryption_table.openswan-sha256",   4,
         0,                                                                                                              0, 0},
        {"openswan-merged/v2-h2h-responder-delete.pcap",               "ikev2_decryption_table.openswan-sha256",
         4,                                                                                                           0, 0, 0},
 /* Its ICV is wrong on purpose. */
        {"tcpdump/ikev2pI2.pcap",                                      "ikev2_decryption_table.tcpdump-ikev2pI2",  0, 1, 0, 0},
        {"wireshark-via-scapy/ikev2-decrypt-aes128ccm12-partial.pcap",
         "ikev2_decryption_table.wireshark-aes128ccm12",                                                           2, 0, 0, 0},
        {"tcpdump/02-sunrise-sunset-esp.pcap",                         "esp_sa.tcpdump-02-sunrise",                0, 0, 0, 8},
        {"tcpdump/08-sunrise-sunset-aes.pcap",                         "esp_sa.tcpdump-08-sunrise-aes",            0, 0, 0, 8},
        {"tcpdump/08-sunrise-sunset-esp2.pcap",                        "esp_sa.tcpdump-08-sunrise-esp2",           0, 0, 0, 8},
        {"tcpdump/espudp1.pcap",                                       "esp_sa.tcpdump-espudp1",                   0, 0, 0, 8},
    };
    char folder[PATH_CHARS];
    in_folder(folder, collection(), "keys");
    if (access(folder, R_OK) != 0)
        skip();
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        char capture[PATH_CHARS];
        char path[PATH_CHARS];
        in_folder(capture, collection(), cases[i].capture);
        in_folder(path, folder, cases[i].keys);
        struct es_keys *keys = read_keys(path);
        const struct inside inside = look(capture, keys);
        es_keys_free(keys);
        const struct es_opened_counts *counts = &inside.counts;
        if (counts->opened != cases[i].opened || counts->wrong_key != cases[i].wrong ||
            counts->no_key != cases[i].no_key || counts->esp_opened != cases[i].esp ||
            counts->esp_wrong_key || counts->esp_no_key)
            fail_msg("%s: %u opened, %u wrong, %u without, %u ESP", cases[i].capture,
                     (unsigned)counts->opened, (unsigned)counts->wrong_key,
                     (unsigned)counts->no_key, (unsigned)counts->esp_opened);
    }
}

/* Counts the payloads of "Identification - Initiator|Authentication|…"; parts of SAs are skipped.
 */
static void expect_types(char *list, unsigned types[TYPES])
{
    const struct es_registry *names = es_ike_payload_registry(2);
    list[strcspn(list, ";\t\n")] = '\0';
    for (char *name = strtok(list, "|"); name; name = strtok(NULL, "|")) {
        for (size_t i = 0; i < names->count; i++) {
            const char *known = names->rows[i].name;
            if (strncmp(name, known, strlen(known)) == 0 &&
                (name[strlen(known)] == '\0' || name[strlen(known)] == ' ') &&
                strcmp(known, "Identification") != 0)
                types[names->rows[i].number]++;
        }
    }
}

/* A line of the index: FILE …, "keys/KEYS decrypts (ICV ok) -> PAYLOAD|PAYLOAD ; …". */
static bool check_line(char *line)
{
    unsigned expected[TYPES] = {0};
    char *what = strstr(line, " decrypts (ICV ok) -> ");
    char *from = strstr(line, "keys/ikev2_decryption_table.");
    if (!what || !from || from > what)
        return false;
    *what = '\0';
    expect_types(what + strlen(" decrypts (ICV ok) -> "), expected);
    line[strcspn(line, "\t")] = '\0';
    char capture[PATH_CHARS];
    char path[PATH_CHARS];
    in_folder(capture, collection(), line);
    in_folder(path, collection(), from);
    struct es_keys *keys = read_keys(path);
    const struct inside inside = look(capture, keys);
    es_keys_free(keys);
    for (size_t i = 0; i < TYPES; i++) {
        if (inside.types[i] != expected[i])
            fail_msg("%s: %u payloads of type %zu, not %u", line, inside.types[i], i, expected[i]);
    }
    return true;
}

static void the_index_of_captures_is_right(void **state)
{
    (void)state;
    char line[LINE_CHARS];
    in_folder(line, collection(), "INDEX.tsv");
    FILE *index = fopen(line, "r");
    if (!index)
        skip();
    unsigned checked = 0;
    while (fgets(line, sizeof(line), index))
        checked += check_line(line);
    fclose(index);
    assert_true(checked > 0);
}

/* --- bundled captures with the log of a daemon that took part --- */

static const struct {
    const char *capture, *log;
} runs[] = {
    {"pcaps/healthy-ikev2.pcapng",   "pcaps/healthy-ikev2.keys" },
    {"pcaps/healthy-ikev1.pcap",     "pcaps/healthy-ikev1.keys" },
    {"pcaps/healthy-3des.pcapng",    "pcaps/healthy-3des.keys"  },
    {"pcaps/healthy-chacha.pcap.gz", "pcaps/healthy-chacha.keys"},
    {"pcaps/nat-ikev2.pcapng",       "pcaps/nat-ikev2.keys"     },
};

/* Every encrypted message and every ESP packet, rekeyed SAs and fragments included. */
static void bundled_captures_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(runs); i++) {
        struct es_keys *keys = read_keys(runs[i].log);
        const struct inside inside = look(runs[i].capture, keys);
        es_keys_free(keys);
        assert_true(inside.counts.opened > 0);
        assert_int_equal(inside.counts.wrong_key + inside.counts.no_key, 0);
        assert_int_equal(inside.closed, 0);
        assert_true(inside.counts.esp_opened > 0);
        assert_int_equal(inside.counts.esp_wrong_key + inside.counts.esp_no_key, 0);
    }
}

/* The same with the keys of the IKE SAs alone: those of the Child SAs are computed. */
static void child_keys_follow_from_ike_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(runs); i++) {
        struct es_keys *all = read_keys(runs[i].log);
        struct es_keys *keys = es_keys_new();
        assert_non_null(keys);
        for (size_t k = 0; k < es_keys_ike_count(all); k++)
            assert_true(es_keys_add_ike(keys, es_keys_ike_at(all, k)));
        es_keys_free(all);
        const struct inside inside = look(runs[i].capture, keys);
        assert_true(es_keys_esp_count(keys) >= 2);
        assert_true(es_keys_esp_at(keys, 0)->derived);
        assert_true(inside.counts.esp_opened > 0);
        assert_int_equal(inside.counts.esp_wrong_key, 0);
        es_keys_free(keys);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inner_packets_reach_the_sink),
        cmocka_unit_test(wrong_keys_are_counted_by_sa),
        cmocka_unit_test(without_keys_nothing_is_counted),
        cmocka_unit_test(captures_with_keys_open),
        cmocka_unit_test(the_index_of_captures_is_right),
        cmocka_unit_test(bundled_captures_open),
        cmocka_unit_test(child_keys_follow_from_ike_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
