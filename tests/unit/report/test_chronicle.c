/*
 * What the chronicle keeps: in which order, within which bounds, what it folds first; and that a
 * kept message says what the ladder said of it when it came.
 */
#include "unit.h"

#include "espial/pipeline.h"
#include "espial/report.h"
#include "espial/report/chronicle.h"
#include "wire.h"

#include <stdlib.h>

static struct es_tunnel tunnel = {.number = 3, .ike_version = 2};
static struct es_ike_sa sa = {.number = 5, .major = 2, .tunnel = &tunnel, .birth_seen = true};
static struct es_exchange dpd = {.judged = ES_IKE_CLASS_EMPTY};
static struct es_exchange other = {.judged = ES_IKE_CLASS_NEW_CHILD};
static struct es_exchange fresh;
static const struct es_model nothing;

static struct es_packet_ref ref_of(uint64_t number)
{
    return es_packet_ref(number, 0, (es_time)number * ES_SECOND);
}

/* A message with an encrypted payload of so many bytes, `view` of which is filled in. */
static void say(struct es_chronicle *chronicle, uint64_t number, uint8_t exchange, uint32_t id,
                struct es_message_view view)
{
    enum { SEALED = 56 };
    struct wire wire = {0};
    wire_u64(&wire, 0x1122334455667788);
    wire_u64(&wire, 0x99aabbccddeeff00);
    wire_u8(&wire, ES_IKE_PAYLOAD_SK);
    wire_u8(&wire, 0x20);
    wire_u8(&wire, exchange);
    wire_u8(&wire, view.is_response ? ES_IKE_FLAG_RESPONSE : 0);
    wire_u32(&wire, id);
    wire_u32(&wire, ES_IKE_HEADER_BYTES + 4 + SEALED);
    wire_u16(&wire, 0);
    wire_u16(&wire, 4 + SEALED);
    wire_fill(&wire, 0xee, SEALED);
    const struct es_datagram datagram = {
        .kind = ES_DATAGRAM_IKE,
        .ref = ref_of(number),
        .payload = es_cursor(wire.bytes, wire.length, wire.length),
    };
    struct es_ike_message message;
    assert_true(es_ike_message_parse(datagram.payload, &message));
    view.tunnel = view.tunnel ? view.tunnel : &tunnel;
    view.ike_sa = &sa;
    view.exchange = view.exchange ? view.exchange : &fresh;
    es_chronicle_message(chronicle, &datagram, &message, &view);
}

static void ask(struct es_chronicle *chronicle, uint64_t number, uint32_t id)
{
    say(chronicle, number, ES_IKE_EXCHANGE_INFORMATIONAL, id,
        (struct es_message_view){.could_be = ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_NOTIFY});
}

static void answer(struct es_chronicle *chronicle, uint64_t number, uint64_t request, uint32_t id)
{
    say(chronicle, number, ES_IKE_EXCHANGE_INFORMATIONAL, id,
        (struct es_message_view){.side = 1,
                                 .is_response = true,
                                 .exchange = &dpd,
                                 .could_be = ES_IKE_CLASS_EMPTY,
                                 .response_to = ref_of(request)});
}

static void rekey(struct es_chronicle *chronicle, uint64_t number, uint32_t id)
{
    say(chronicle, number, ES_IKE_EXCHANGE_CREATE_CHILD_SA, id,
        (struct es_message_view){.could_be = ES_IKE_CLASS_NEW_CHILD});
    say(chronicle, number + 1, ES_IKE_EXCHANGE_CREATE_CHILD_SA, id,
        (struct es_message_view){.side = 1,
                                 .is_response = true,
                                 .exchange = &other,
                                 .could_be = ES_IKE_CLASS_NEW_CHILD,
                                 .response_to = ref_of(number)});
}

static void event(struct es_chronicle *chronicle, uint64_t number, enum es_event_kind kind)
{
    const struct es_event e = {
        .kind = kind, .ref = ref_of(number), .tunnel = &tunnel, .ike_sa = &sa};
    es_chronicle_event(chronicle, &e);
}

static struct es_chronicle *open_with(struct es_chronicle_options options)
{
    struct es_chronicle *chronicle = es_chronicle_new(&options);
    assert_non_null(chronicle);
    return chronicle;
}

static const struct es_chronicle_entry *entry_at(const struct es_chronicle *chronicle, size_t at)
{
    const struct es_chronicle_entry *entry = es_chronicle_of(chronicle, tunnel.number);
    while (entry && at-- > 0)
        entry = entry->next;
    assert_non_null(entry);
    return entry;
}

static const struct es_chronicle_entry *find(const struct es_chronicle *chronicle, uint64_t number)
{
    const struct es_chronicle_entry *entry = es_chronicle_of(chronicle, tunnel.number);
    while (entry && (entry->kind != ES_CHRONICLE_MESSAGE || entry->ref.number != number))
        entry = entry->next;
    return entry;
}

/* Entries, and what is in their folds; that times do not go backwards. */
struct tally {
    size_t entries, messages, events, folds;
    uint64_t folded, checks, folded_events;
};

static struct tally tally_of(const struct es_chronicle *chronicle)
{
    struct tally t = {0};
    uint64_t before = 0;
    for (const struct es_chronicle_entry *e = es_chronicle_of(chronicle, tunnel.number); e;
         e = e->next) {
        assert_true(e->ref.number >= before);
        before = e->fold ? e->fold->last.number : e->ref.number;
        t.entries++;
        t.messages += e->kind == ES_CHRONICLE_MESSAGE;
        t.events += e->kind == ES_CHRONICLE_EVENT;
        if (!e->fold)
            continue;
        assert_true(!e->next || !e->next->fold);
        t.folds++;
        t.folded += e->fold->messages;
        t.checks += e->fold->checks;
        t.folded_events += e->fold->events;
    }
    return t;
}

static void an_event_stands_behind_the_message_that_caused_it(void **state)
{
    (void)state;
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){0});
    event(chronicle, 1, ES_EVENT_FLOW_RESUMED + 1); /* a packet without a message */
    event(chronicle, 2, ES_EVENT_IKE_SA_ESTABLISHED);
    event(chronicle, 2, ES_EVENT_IKE_SA_CLOSED);
    ask(chronicle, 2, 0);
    assert_int_equal(entry_at(chronicle, 0)->event->kind, ES_EVENT_PEER_MOVED);
    assert_int_equal(entry_at(chronicle, 1)->kind, ES_CHRONICLE_MESSAGE);
    assert_int_equal(entry_at(chronicle, 2)->event->kind, ES_EVENT_IKE_SA_ESTABLISHED);
    assert_int_equal(entry_at(chronicle, 3)->event->kind, ES_EVENT_IKE_SA_CLOSED);
    assert_string_equal(entry_at(chronicle, 2)->event->words,
                        "IKE SA 5 established, +2.0s from its first message");
    assert_null(entry_at(chronicle, 3)->next);
    es_chronicle_free(chronicle);
}

static void a_request_knows_its_answer_and_what_it_was(void **state)
{
    (void)state;
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){0});
    ask(chronicle, 1, 0);
    answer(chronicle, 2, 1, 0);
    ask(chronicle, 3, 1);
    say(chronicle, 7, ES_IKE_EXCHANGE_INFORMATIONAL, 1,
        (struct es_message_view){.retransmission_of = ref_of(3)});
    es_chronicle_finish(chronicle, &nothing);
    const struct es_chronicle_message *m = find(chronicle, 1)->message;
    assert_int_equal(m->answer, ES_ANSWER_CAME);
    assert_int_equal(m->answered_by.number, 2);
    assert_int_equal(m->judged, ES_IKE_CLASS_EMPTY);
    assert_int_equal(find(chronicle, 2)->message->answer, ES_ANSWER_NONE);
    m = find(chronicle, 3)->message;
    assert_int_equal(m->answer, ES_ANSWER_UNANSWERED);
    assert_int_equal(m->copies, 1);
    assert_int_equal(find(chronicle, 7)->message->answer, ES_ANSWER_NONE);
    es_chronicle_free(chronicle);
}

static void answered_checks_are_folded_first(void **state)
{
    (void)state;
    enum { LIMIT = 64, CHECKS = 10000, UNANSWERED = 5001, REKEY = 7001 };
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.max_entries = LIMIT});
    event(chronicle, 1, ES_EVENT_IKE_SA_ESTABLISHED);
    for (uint32_t i = 1; i <= CHECKS; i += 2) {
        ask(chronicle, i, i);
        if (i != UNANSWERED)
            answer(chronicle, i + 1, i, i);
        if (i == REKEY - 2) {
            rekey(chronicle, REKEY, REKEY);
            i += 2;
        }
        assert_true(tally_of(chronicle).entries <= LIMIT);
    }
    es_chronicle_finish(chronicle, &nothing);
    const struct tally t = tally_of(chronicle);
    assert_non_null(find(chronicle, 1));
    assert_non_null(find(chronicle, UNANSWERED));
    assert_int_equal(find(chronicle, UNANSWERED)->message->answer, ES_ANSWER_UNANSWERED);
    assert_non_null(find(chronicle, REKEY));
    assert_non_null(find(chronicle, REKEY + 1));
    assert_non_null(find(chronicle, CHECKS));
    assert_int_equal(t.folds, 3);
    assert_int_equal(t.folded, t.checks);
    assert_int_equal(t.messages + t.folded, CHECKS - 1);
    const struct es_chronicle_sum sum = es_chronicle_sum(chronicle);
    assert_int_equal(sum.messages, CHECKS - 1);
    assert_int_equal(sum.left_out, 0);
    es_chronicle_free(chronicle);
}

static void what_nobody_answered_goes_last_but_goes(void **state)
{
    (void)state;
    enum { LIMIT = 32, ALL = 5000 };
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.max_entries = LIMIT});
    for (uint32_t i = 1; i <= ALL; i++)
        ask(chronicle, i, i);
    const struct tally t = tally_of(chronicle);
    assert_true(t.entries <= LIMIT);
    assert_int_equal(t.folds, 1);
    assert_int_equal(t.checks, 0);
    assert_int_equal(t.messages + t.folded, ALL);
    for (uint64_t i = 1; i <= LIMIT / 8; i++)
        assert_non_null(find(chronicle, i));
    for (uint64_t i = ALL - LIMIT / 4; i <= ALL; i++)
        assert_non_null(find(chronicle, i));
    es_chronicle_free(chronicle);
}

static void a_flood_of_events_is_bounded_too(void **state)
{
    (void)state;
    enum { LIMIT = 16, ALL = 2000 };
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.max_entries = LIMIT});
    for (uint64_t i = 1; i <= ALL; i++)
        event(chronicle, 7, ES_EVENT_IKE_SA_ESTABLISHED);
    ask(chronicle, 7, 0);
    const struct tally t = tally_of(chronicle);
    assert_true(t.entries <= LIMIT);
    assert_int_equal(t.events + t.folded_events, ALL);
    assert_int_equal(t.messages + t.folded, 1);
    es_chronicle_free(chronicle);
}

static void forged_tunnels_cost_the_others_nothing(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20, FORGED = 20000 };
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.max_bytes = BYTES});
    for (uint32_t i = 1; i <= 100; i++) {
        ask(chronicle, 2 * i, i);
        answer(chronicle, 2 * i + 1, 2 * i, i);
    }
    struct es_tunnel forged = {.number = 1000};
    for (uint32_t i = 0; i < FORGED; i++, forged.number++) {
        say(chronicle, 1000 + i, ES_IKE_EXCHANGE_IKE_AUTH, 1,
            (struct es_message_view){.tunnel = &forged});
        assert_true(es_chronicle_sum(chronicle).bytes <= BYTES);
    }
    const struct es_chronicle_sum sum = es_chronicle_sum(chronicle);
    assert_int_equal(sum.limit, 256);
    assert_int_equal(tally_of(chronicle).messages, 200);
    assert_int_equal(sum.messages + sum.left_out, 200 + FORGED);
    assert_non_null(es_chronicle_of(chronicle, forged.number - 1));
    assert_null(es_chronicle_of(chronicle, 1000));
    es_chronicle_free(chronicle);
}

static void many_tunnels_keep_less_each(void **state)
{
    (void)state;
    enum { BYTES = 1 << 20, TUNNELS = 40, EACH = 200 };
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.max_bytes = BYTES});
    for (uint32_t i = 1; i < EACH; i += 2) {
        for (uint32_t n = 1; n <= TUNNELS; n++) {
            struct es_tunnel one = {.number = n};
            say(chronicle, i, ES_IKE_EXCHANGE_INFORMATIONAL, i,
                (struct es_message_view){.tunnel = &one});
            say(chronicle, i + 1, ES_IKE_EXCHANGE_INFORMATIONAL, i,
                (struct es_message_view){.tunnel = &one, .side = 1, .is_response = true});
        }
    }
    const struct es_chronicle_sum sum = es_chronicle_sum(chronicle);
    assert_true(sum.bytes <= BYTES);
    assert_in_range(sum.limit, 16, 128);
    assert_int_equal(sum.tunnels, TUNNELS);
    assert_int_equal(sum.left_out, 0);
    const struct tally t = tally_of(chronicle);
    assert_true(t.entries <= sum.limit);
    assert_int_equal(t.messages + t.folded, EACH);
    es_chronicle_free(chronicle);
}

static void only_the_tunnel_asked_for_is_kept(void **state)
{
    (void)state;
    struct es_chronicle *chronicle = open_with((struct es_chronicle_options){.tunnel = 4});
    ask(chronicle, 1, 0);
    event(chronicle, 1, ES_EVENT_IKE_SA_CLOSED);
    assert_null(es_chronicle_of(chronicle, 3));
    assert_int_equal(es_chronicle_sum(chronicle).messages, 0);
    assert_int_equal(es_chronicle_sum(chronicle).left_out, 0);
    es_chronicle_free(chronicle);
    es_chronicle_free(NULL);
}

/* --- replay --- */

struct both {
    struct es_ladder *ladder;
    struct es_chronicle *chronicle;
};

static void on_event(void *context, const struct es_event *e)
{
    const struct both *both = context;
    es_ladder_event(both->ladder, e);
    es_chronicle_event(both->chronicle, e);
}

static void on_message(void *context, const struct es_datagram *datagram,
                       const struct es_ike_message *message, const struct es_message_view *view)
{
    const struct both *both = context;
    assert_true(es_ladder_message(both->ladder, datagram, message, view));
    es_chronicle_message(both->chronicle, datagram, message, view);
}

/* Reads a capture, with the ladder as it comes and as it is replayed. */
static void replay(const char *path, const char *keys_path, enum es_ladder_form form,
                   enum es_ladder_detail detail, char **straight, char **replayed)
{
    size_t size;
    const struct es_ladder_options shape = {
        .form = form, .detail = detail, .tunnel = 1, .utc = true, .utf8 = true};
    FILE *out = open_memstream(straight, &size);
    struct both both = {es_ladder_new(&shape, out), es_chronicle_new(NULL)};
    struct es_pipeline_options options = {
        .messages = {on_message, &both},
          .tracker.events = { on_event,     &both,  NULL}
    };
    struct es_source *source = es_source_open(&path, 1, NULL, NULL);
    if (keys_path) {
        options.keys = es_keys_new();
        assert_true(es_keys_read(options.keys, keys_path, NULL, NULL, NULL));
    }
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    assert_true(source && pipeline && both.ladder && both.chronicle);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    const struct es_model *model = es_pipeline_model(pipeline);
    assert_true(es_ladder_finish(both.ladder, model));
    es_ladder_free(both.ladder);
    fclose(out);

    out = open_memstream(replayed, &size);
    both.ladder = es_ladder_new(&shape, out);
    es_chronicle_finish(both.chronicle, model);
    assert_true(es_chronicle_replay(both.chronicle, model->tunnels, 0, both.ladder));
    assert_true(es_ladder_finish(both.ladder, model));
    es_ladder_free(both.ladder);
    fclose(out);
    es_chronicle_free(both.chronicle);
    es_pipeline_free(pipeline);
    es_source_free(source);
    es_keys_free(options.keys);
}

static void without(char *text, const char *words)
{
    for (char *at = text; (at = strstr(at, words)) != NULL;)
        memmove(at, at + strlen(words), strlen(at + strlen(words)) + 1);
}

/* What came later tells more of a request than its length did, and whether it was answered. */
static void without_hindsight(char *text)
{
    without(text, "probably ");
    without(text, ", never answered");
    for (char *at = text; (at = strstr(at, "-xT")) != NULL;)
        memcpy(at, "->", 2);
    for (char *at = text; (at = strstr(at, "->>T")) != NULL;)
        memmove(at + 2, at + 3, strlen(at + 3) + 1);
}

static void a_kept_message_says_what_the_ladder_said(void **state)
{
    (void)state;
    static const struct {
        const char *path, *keys;
    } cases[] = {
        {"pcaps/esp-one-way-raw.pcapng",         NULL                     },
        {"pcaps/proposal-mismatch-ikev2.pcapng", NULL                     },
        {"pcaps/healthy-3des.pcapng",            NULL                     },
        {"pcaps/healthy-3des.pcapng",            "pcaps/healthy-3des.keys"},
        {"pcaps/healthy-cert.pcapng",            "pcaps/healthy-cert.keys"},
        {"pcaps/dpd-unanswered-ikev1.pcap",      NULL                     },
        {"pcaps/eap-failed.pcapng",              "pcaps/eap-failed.keys"  },
    };
    for (size_t i = 0; i < 2 * ES_COUNT(cases); i++) {
        char *straight;
        char *replayed;
        const enum es_ladder_form form = i % 2 ? ES_LADDER_MERMAID : ES_LADDER_TEXT;
        replay(cases[i / 2].path, cases[i / 2].keys, form, ES_LADDER_MESSAGES, &straight,
               &replayed);
        without_hindsight(straight);
        without_hindsight(replayed);
        assert_true(strlen(straight) > 500);
        assert_string_equal(straight, replayed);
        free(straight);
        free(replayed);
    }
}

/* The last requests of this capture are never answered. */
static void the_middle_is_folded_and_what_failed_is_marked(void **state)
{
    (void)state;
    const char *path = "pcaps/dpd-unanswered-ikev2.pcapng";
    const struct es_ladder_options shape = {.form = ES_LADDER_MERMAID, .utc = true, .utf8 = true};
    struct both both = {NULL, es_chronicle_new(NULL)};
    struct es_pipeline_options options = {
        .messages = {es_chronicle_message, both.chronicle},
        .tracker.events = { es_chronicle_event,      both.chronicle,           NULL}
    };
    struct es_source *source = es_source_open(&path, 1, NULL, NULL);
    struct es_pipeline *pipeline = es_pipeline_new(&options, NULL);
    assert_true(source && pipeline && both.chronicle);
    struct es_frame frame;
    while (es_source_next(source, &frame) == ES_STEP_FRAME)
        es_pipeline_frame(pipeline, &frame);
    const struct es_model *model = es_pipeline_model(pipeline);
    es_chronicle_finish(both.chronicle, model);
    for (size_t most = 0; most < 8; most += 5) {
        char *text;
        size_t size;
        FILE *out = open_memstream(&text, &size);
        both.ladder = es_ladder_new(&shape, out);
        assert_true(es_chronicle_replay(both.chronicle, model->tunnels, most, both.ladder));
        assert_true(es_ladder_finish(both.ladder, model));
        es_ladder_free(both.ladder);
        fclose(out);
        size_t lines = 0;
        for (const char *c = text; *c; c++)
            lines += *c == '\n';
        if (most)
            assert_int_equal(lines, 3 + most);
        assert_int_equal(strstr(text, "\u2026 ") != NULL, most != 0);
        assert_non_null(strstr(text, "T1L->>T1R: #35;3 "));
        assert_non_null(strstr(text, most ? "T1L->>T1R: #35;28 " : "T1L-xT1R: #35;25 "));
        free(text);
    }
    es_chronicle_free(both.chronicle);
    es_pipeline_free(pipeline);
    es_source_free(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_stands_behind_the_message_that_caused_it),
        cmocka_unit_test(a_request_knows_its_answer_and_what_it_was),
        cmocka_unit_test(answered_checks_are_folded_first),
        cmocka_unit_test(what_nobody_answered_goes_last_but_goes),
        cmocka_unit_test(a_flood_of_events_is_bounded_too),
        cmocka_unit_test(forged_tunnels_cost_the_others_nothing),
        cmocka_unit_test(many_tunnels_keep_less_each),
        cmocka_unit_test(only_the_tunnel_asked_for_is_kept),
        cmocka_unit_test(a_kept_message_says_what_the_ladder_said),
        cmocka_unit_test(the_middle_is_folded_and_what_failed_is_marked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
