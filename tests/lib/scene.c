#include "scene.h"

#include "unit.h"

#include <stdlib.h>

static const es_time begin = INT64_C(1700000000) * ES_SECOND;

struct scene scene_open_with(const struct es_tracker_options *limits)
{
    struct scene scene = {.start = begin, .now = begin, .esp_bytes = SCENE_ESP_BYTES};
    scene.peers[A] = (struct scene_endpoint){scene_address("192.0.2.1"), 500};
    scene.peers[B] = (struct scene_endpoint){scene_address("198.51.100.2"), 500};
    es_thresholds_init(&scene.thresholds);
    scene.tracker = es_tracker_new(limits);
    assert_non_null(scene.tracker);
    return scene;
}

struct scene scene_open(void)
{
    return scene_open_with(&(struct es_tracker_options){
        .seed = {1, 2}
    });
}

void scene_close(struct scene *scene)
{
    es_diagnosis_free(scene->diagnosis);
    es_tracker_free(scene->tracker);
}

int scene_setup(void **state)
{
    struct scene *scene = malloc(sizeof(*scene));
    assert_non_null(scene);
    *scene = scene_open();
    *state = scene;
    return 0;
}

int scene_teardown(void **state)
{
    scene_close(*state);
    free(*state);
    return 0;
}

struct es_address scene_address(const char *chars)
{
    struct es_address address;
    assert_true(es_address_parse(chars, &address));
    return address;
}

/* --- the clock --- */

static es_time ns_of(double seconds)
{
    return (es_time)(seconds * 1e9 + 0.5);
}

void scene_at(struct scene *scene, double seconds)
{
    scene->now = scene->start + ns_of(seconds);
}

void scene_pause(struct scene *scene, double seconds)
{
    scene->now += ns_of(seconds);
}

static struct es_packet_ref next_ref(struct scene *scene)
{
    const struct es_packet_ref ref = es_packet_ref(++scene->packets, scene->file, scene->now);
    const size_t wire = scene->frame_bytes ? scene->frame_bytes : SCENE_FRAME_BYTES;
    const struct es_frame frame = {
        .held = scene->snaplen && scene->snaplen < wire ? scene->snaplen : wire,
        .wire = wire,
        .ref = ref,
        .timed = true,
    };
    scene->now += SCENE_STEP_MS * ES_MILLISECOND;
    es_tracker_frame(scene->tracker, &frame);
    return ref;
}

void scene_last_until(struct scene *scene, double seconds)
{
    scene_at(scene, seconds);
    next_ref(scene);
}

void scene_float(struct scene *scene)
{
    scene->peers[A].port = scene->peers[B].port = 4500;
    scene->encapsulated = true;
}

/* --- packets --- */

static struct es_datagram datagram_of(struct scene *scene, uint8_t from, enum es_datagram_kind kind)
{
    const struct scene_endpoint *sender = &scene->peers[from];
    const struct scene_endpoint *receiver = &scene->peers[1 - from];
    struct es_datagram d = {.kind = kind,
                            .ref = next_ref(scene),
                            .source = sender->address,
                            .destination = receiver->address,
                            .marker_missing = scene->marker_missing && kind == ES_DATAGRAM_IKE,
                            .ip_id = scene->ip_id};
    d.hop_limit = scene->hop_limit[from];
    d.encapsulation = scene->in_tcp         ? ES_ENCAPSULATION_TCP
                      : scene->encapsulated ? ES_ENCAPSULATION_UDP
                                            : ES_ENCAPSULATION_RAW;
    if (kind == ES_DATAGRAM_IKE || kind == ES_DATAGRAM_ICMP_ERROR || scene->encapsulated) {
        d.source_port = sender->port;
        d.destination_port = receiver->port;
    }
    return d;
}

static void take_ike(struct scene *scene, const struct es_datagram *datagram,
                     const struct es_ike_message *message)
{
    struct es_message_view view;
    es_tracker_ike(scene->tracker, datagram, message, &view);
    if (scene->chronicle)
        es_chronicle_message(scene->chronicle, datagram, message, &view);
}

static void feed_ike(struct scene *scene, uint8_t from, const struct wire *wire, size_t held,
                     bool first_fragment_only)
{
    if (scene->hidden[from])
        return;
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_IKE);
    struct es_ike_message message;
    d.payload = es_cursor(wire->bytes, held, wire->length);
    d.first_fragment_only = first_fragment_only;
    d.reassembled = scene->ip_fragments && !first_fragment_only;
    assert_true(es_ike_message_parse(d.payload, &message));
    take_ike(scene, &d, &message);
}

void scene_ike(struct scene *scene, uint8_t from, const struct wire *wire)
{
    for (int i = 0; i <= scene->twice; i++)
        feed_ike(scene, from, wire, wire->length, false);
}

void scene_ike_opened(struct scene *scene, uint8_t from, const struct wire *wire)
{
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_IKE);
    struct es_ike_message message;
    d.payload = es_cursor(wire->bytes, wire->length, wire->length);
    assert_true(es_ike_message_parse(d.payload, &message));
    message.encrypted = true;
    message.decrypted = true;
    take_ike(scene, &d, &message);
}

void scene_ike_cut(struct scene *scene, uint8_t from, const struct wire *wire, size_t held)
{
    feed_ike(scene, from, wire, held, false);
}

void scene_ike_first_fragment(struct scene *scene, uint8_t from, const struct wire *wire)
{
    feed_ike(scene, from, wire, wire->length / 2, true);
}

static uint32_t sum_of(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return sum;
}

static uint16_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

/* A UDP header over IPv4 in front of the payload, with the checksum that the story wants. */
static void wrap_in_udp(struct wire *wire, const struct es_datagram *d, enum scene_checksum wanted,
                        const struct wire *payload)
{
    enum { UDP = 17, HEADER = 8, CHECKSUM_AT = 6 };
    const size_t length = HEADER + payload->length;
    wire_u16(wire, d->source_port);
    wire_u16(wire, d->destination_port);
    wire_u16(wire, (uint16_t)length);
    wire_u16(wire, 0);
    wire_bytes(wire, payload->bytes, payload->length);
    const uint32_t pseudo = sum_of(d->source.bytes + 12, 4) + sum_of(d->destination.bytes + 12, 4) +
                            UDP + (uint32_t)length;
    const uint16_t good = (uint16_t)~fold(pseudo + sum_of(wire->bytes, length));
    const uint16_t value = wanted == SCENE_CHECKSUM_GOOD         ? good
                           : wanted == SCENE_CHECKSUM_UNFINISHED ? fold(pseudo)
                                                                 : (uint16_t)(good ^ 0x0101);
    wire_patch_u16(wire, CHECKSUM_AT, value);
}

void scene_esp_as(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence,
                  const struct scene_packet *how)
{
    if (scene->hidden[from])
        return;
    struct wire wire = {0};
    wire_u32(&wire, spi);
    wire_u32(&wire, sequence);
    if (how->bytes >= 16 || (how->bytes == 0 && scene->esp_bytes >= 16))
        wire_u64(&wire, how->iv ? how->iv : UINT64_C(0x7d44eab600000000) + sequence);
    wire_fill(&wire, how->body ? how->body : 0xee,
              (how->bytes ? how->bytes : scene->esp_bytes) - wire.length);
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_ESP);
    d.payload = es_cursor(wire.bytes, wire.length, wire.length);
    if (how->ttl)
        d.hop_limit = how->ttl;
    d.ip_length = how->ip_length;
    d.dont_fragment = how->dont_fragment;
    d.first_fragment_only = how->first_fragment;
    d.reassembled = d.duplicate_fragment = how->completed;
    struct wire whole = {0};
    if (scene->checksum[from] && scene->encapsulated) {
        wrap_in_udp(&whole, &d, scene->checksum[from], &wire);
        d.udp = whole.bytes;
        d.payload = es_cursor(whole.bytes + 8, wire.length, wire.length);
    }
    struct es_cursor payload = d.payload;
    struct es_esp_packet packet;
    assert_true(es_esp_parse(&payload, &packet));
    es_tracker_esp(scene->tracker, &d, &packet);
    if (how->not_opened)
        es_tracker_not_opened(scene->tracker, &d, &packet);
}

void scene_esp(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence)
{
    for (int i = 0; i <= scene->twice; i++)
        scene_esp_as(scene, from, spi, sequence, &(struct scene_packet){0});
}

void scene_ah(struct scene *scene, uint8_t from, uint32_t spi, uint32_t sequence)
{
    if (scene->hidden[from])
        return;
    struct wire wire = {0};
    wire_u8(&wire, 4); /* IP in IP */
    wire_u8(&wire, 4); /* 24 bytes, in words without the first two */
    wire_u16(&wire, 0);
    wire_u32(&wire, spi);
    wire_u32(&wire, sequence);
    wire_fill(&wire, 0xcc, 12);
    wire_fill(&wire, 0x45, 60);
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_AH);
    d.payload = es_cursor(wire.bytes, wire.length, wire.length);
    struct es_cursor payload = d.payload;
    struct es_esp_packet packet;
    assert_true(es_ah_parse(&payload, &packet));
    es_tracker_esp(scene->tracker, &d, &packet);
}

void scene_stream(struct scene *scene, uint8_t from, uint32_t spi, uint32_t first, unsigned count,
                  unsigned every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        const es_time sent = scene->now;
        scene_esp(scene, from, spi, first + i);
        scene->now = sent + every_ms * ES_MILLISECOND;
    }
}

void scene_talk(struct scene *scene, uint32_t spi_a, uint32_t spi_b, uint32_t first, unsigned count,
                unsigned every_ms)
{
    for (unsigned i = 0; i < count; i++) {
        const es_time sent = scene->now;
        scene_esp(scene, A, spi_a, first + i);
        scene_esp(scene, B, spi_b, first + i);
        scene->now = sent + every_ms * ES_MILLISECOND;
    }
}

void scene_keepalive(struct scene *scene, uint8_t from)
{
    if (scene->hidden[from])
        return;
    const struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_KEEPALIVE);
    es_tracker_keepalive(scene->tracker, &d);
}

void scene_icmp(struct scene *scene, uint8_t from, const char *reporter, uint8_t type, uint8_t code)
{
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_ICMP_ERROR);
    d.icmp = (struct es_icmp_error){.reporter = scene_address(reporter),
                                    .type = type,
                                    .code = code,
                                    .quoted_kind = ES_DATAGRAM_IKE};
    es_tracker_icmp(scene->tracker, &d);
}

void scene_icmp_esp(struct scene *scene, uint8_t from, uint32_t spi, uint8_t type, uint8_t code,
                    uint32_t ip_length, uint32_t mtu)
{
    struct wire quote = {0};
    wire_u32(&quote, spi);
    wire_u32(&quote, 1);
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_ICMP_ERROR);
    d.payload = es_cursor(quote.bytes, quote.length, ip_length);
    d.source_port = d.destination_port = 0;
    d.ip_length = ip_length;
    d.icmp = (struct es_icmp_error){.reporter = scene_address("203.0.113.9"),
                                    .type = type,
                                    .code = code,
                                    .mtu = mtu,
                                    .quoted_kind = ES_DATAGRAM_ESP};
    es_tracker_icmp(scene->tracker, &d);
}

void scene_garbage(struct scene *scene, uint8_t from, const char *reason)
{
    const struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_ESP);
    es_tracker_malformed(scene->tracker, &d, reason);
}

void scene_bad_natt(struct scene *scene, uint8_t from, uint32_t first, size_t bytes)
{
    struct wire wire = {0};
    wire_u32(&wire, first);
    wire_fill(&wire, 0, 60);
    struct es_datagram d = datagram_of(scene, from, ES_DATAGRAM_BAD_NATT);
    d.payload = es_cursor(wire.bytes, bytes, bytes);
    es_tracker_malformed(scene->tracker, &d, "bad");
}

/* --- the model --- */

const struct es_model *scene_model(const struct scene *scene)
{
    return es_tracker_model(scene->tracker);
}

const struct es_tunnel *scene_tunnel(const struct scene *scene, uint32_t number)
{
    const struct es_tunnel *tunnel = scene_model(scene)->tunnels;
    while (tunnel && tunnel->number != number)
        tunnel = tunnel->next;
    assert_non_null(tunnel);
    return tunnel;
}

const struct es_ike_sa *scene_ike_sa(const struct scene *scene, uint32_t number)
{
    const struct es_ike_sa *sa = scene_model(scene)->ike_sas;
    while (sa && sa->number != number)
        sa = sa->next;
    assert_non_null(sa);
    return sa;
}

const struct es_child_sa *scene_child(const struct scene *scene, uint32_t number)
{
    const struct es_child_sa *child = scene_model(scene)->children;
    while (child && child->number != number)
        child = child->next;
    assert_non_null(child);
    return child;
}

const struct es_flow *scene_flow(const struct scene *scene, uint32_t spi)
{
    const struct es_flow *flow = scene_model(scene)->flows;
    while (flow && flow->key.spi != spi)
        flow = flow->next;
    assert_non_null(flow);
    return flow;
}

uint32_t scene_child_count(const struct scene *scene)
{
    uint32_t count = 0;
    for (const struct es_child_sa *c = scene_model(scene)->children; c; c = c->next)
        count += !c->withdrawn;
    return count;
}

/* --- the diagnosis --- */

const struct es_diagnosis *scene_diagnose(struct scene *scene)
{
    const struct es_model *model = scene_model(scene);
    es_diagnosis_free(scene->diagnosis);
    scene->diagnosis = es_diagnose(model, &scene->coverage, &scene->thresholds, model->last.time);
    assert_non_null(scene->diagnosis);
    return scene->diagnosis;
}

static const struct es_finding *find(const struct es_finding *list, const char *id)
{
    while (list && strcmp(list->rule->id, id) != 0)
        list = list->next;
    return list;
}

const struct es_finding *scene_finding(struct scene *scene, const char *id)
{
    assert_non_null(es_rule_find(id));
    return find(es_diagnosis_findings(scene_diagnose(scene)), id);
}

const struct es_finding *scene_below(const struct es_finding *root, const char *id)
{
    assert_non_null(es_rule_find(id));
    return find(root->consequences, id);
}

static size_t count_of(const char *const *ids, const char *id)
{
    size_t count = 0;
    for (; *ids; ids++)
        count += strcmp(*ids, id) == 0;
    return count;
}

void scene_expect_ids(struct scene *scene, const char *const *ids, const char *file, int line)
{
    const struct es_finding *list = es_diagnosis_findings(scene_diagnose(scene));
    size_t wanted = 0;
    size_t found = 0;
    bool fits = true;
    for (; ids[wanted]; wanted++) {
        size_t same = 0;
        for (const struct es_finding *f = list; f; f = f->next)
            same += strcmp(f->rule->id, ids[wanted]) == 0;
        fits = fits && same == count_of(ids, ids[wanted]);
    }
    /* What was counted and what a policy would care for stands beside any story. */
    for (const struct es_finding *f = list; f; f = f->next)
        found += f->rule->category == ES_CATEGORY_FAULT || count_of(ids, f->rule->id) > 0;
    if (fits && found == wanted)
        return;
    for (size_t i = 0; i < wanted; i++)
        print_error("expected %s\n", ids[i]);
    for (const struct es_finding *f = list; f; f = f->next)
        print_error("found %s (%s, %s): %s\n", f->rule->id, es_severity_name(f->severity),
                    es_confidence_name(f->confidence), f->summary);
    _fail(file, line);
}
