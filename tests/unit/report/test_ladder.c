/*
 * Ladders of messages built byte by byte, with what a tracker could have made of them.
 */
#include "unit.h"

#include "espial/report.h"
#include "ladder.h"
#include "wire.h"

#include <stdlib.h>

static struct es_tunnel tunnel = {.number = 3, .ike_version = 2};
static struct es_ike_sa sa = {.number = 5, .major = 2, .tunnel = &tunnel, .birth_seen = true};
static struct es_model model;
static char *written;
static size_t written_size;

static struct es_ladder *open_ladder(struct es_ladder_options options, FILE **out)
{
    const uint8_t left[4] = {192, 0, 2, 1};
    const uint8_t right[4] = {198, 51, 100, 2};
    tunnel.peers[0].address = es_address_v4(left);
    tunnel.peers[1].address = es_address_v4(right);
    options.utc = options.utf8 = true;
    *out = open_memstream(&written, &written_size);
    assert_non_null(*out);
    struct es_ladder *ladder = es_ladder_new(&options, *out);
    assert_non_null(ladder);
    return ladder;
}

static void close_ladder(struct es_ladder *ladder, FILE *out)
{
    assert_true(es_ladder_finish(ladder, &model));
    es_ladder_free(ladder);
    fclose(out);
}

static void header(struct wire *wire, uint8_t first, uint8_t exchange, uint8_t flags)
{
    wire_u64(wire, 0x1122334455667788);
    wire_u64(wire, 0);
    wire_u8(wire, first);
    wire_u8(wire, 0x20);
    wire_u8(wire, exchange);
    wire_u8(wire, flags);
    wire_u32(wire, 7);
    wire_u32(wire, 0);
}

static void message(struct es_ladder *ladder, struct wire *wire, uint64_t number,
                    const struct es_message_view *view)
{
    wire_patch_u32(wire, 24, (uint32_t)wire->length);
    const struct es_datagram datagram = {
        .kind = ES_DATAGRAM_IKE,
        .ref = es_packet_ref(number, 0, (es_time)number * ES_SECOND),
        .source_port = 500,
        .destination_port = 500,
        .payload = es_cursor(wire->bytes, wire->length, wire->length),
    };
    struct es_ike_message parsed;
    assert_true(es_ike_message_parse(datagram.payload, &parsed));
    assert_true(es_ladder_message(ladder, &datagram, &parsed, view));
}

/* An identity that a terminal, JSON and Mermaid would each obey. */
static const char hostile[] = "a\033[31m\"\\;#b\n%%<c>\x9b";

static void identity(struct wire *wire)
{
    header(wire, ES_IKE_PAYLOAD_IDI, ES_IKE_EXCHANGE_IKE_AUTH, ES_IKE_FLAG_INITIATOR);
    wire_u16(wire, 0);
    wire_u16(wire, (uint16_t)(8 + sizeof(hostile) - 1));
    wire_u32(wire, 0x02000000); /* FQDN */
    wire_bytes(wire, hostile, sizeof(hostile) - 1);
}

static void an_event_stands_below_the_message_that_caused_it(void **state)
{
    (void)state;
    FILE *out;
    struct es_ladder *ladder = open_ladder((struct es_ladder_options){0}, &out);
    struct wire wire = {0};
    header(&wire, 0, ES_IKE_EXCHANGE_INFORMATIONAL, ES_IKE_FLAG_RESPONSE);
    sa.first.time = 8 * ES_SECOND;
    const struct es_event event = {
        .kind = ES_EVENT_IKE_SA_ESTABLISHED,
        .ref = {.number = 9, .time = 9 * ES_SECOND},
        .tunnel = &tunnel,
        .ike_sa = &sa
    };
    es_ladder_event(ladder, &event);
    const struct es_message_view view = {
        .tunnel = &tunnel, .ike_sa = &sa, .side = 1, .response_to = {.number = 8, .time = 0}
    };
    message(ladder, &wire, 9, &view);
    close_ladder(ladder, out);
    assert_string_equal(written,
                        "1970-01-01 UTC\n"
                        "Tunnel 3  192.0.2.1 \u2194 198.51.100.2  IKEv2\n"
                        "    #9 00:00:09.000         \u2190 INFORMATIONAL 7 response to #8 +9.0s\n"
                        "                            \u25cf IKE SA 5 established, +1.0s from its "
                        "first message\n");
    free(written);
}

static void other_tunnels_are_left_out(void **state)
{
    (void)state;
    FILE *out;
    struct es_ladder *ladder = open_ladder((struct es_ladder_options){.tunnel = 4}, &out);
    struct wire wire = {0};
    header(&wire, 0, ES_IKE_EXCHANGE_INFORMATIONAL, 0);
    const struct es_event event = {
        .kind = ES_EVENT_IKE_SA_CLOSED, .ref = {.number = 1}, .tunnel = &tunnel, .ike_sa = &sa};
    es_ladder_event(ladder, &event);
    message(ladder, &wire, 1, &(struct es_message_view){.tunnel = &tunnel});
    close_ladder(ladder, out);
    assert_string_equal(written, "");
    free(written);
}

static void a_repetition_is_told_from_a_packet_captured_twice(void **state)
{
    (void)state;
    FILE *out;
    struct es_ladder *ladder = open_ladder((struct es_ladder_options){0}, &out);
    struct wire wire = {0};
    header(&wire, 0, ES_IKE_EXCHANGE_INFORMATIONAL, 0);
    struct es_message_view view = {
        .tunnel = &tunnel, .retransmission_of = {.number = 2, .time = 2 * ES_SECOND}
    };
    message(ladder, &wire, 6, &view);
    view.retransmission_of.time = 7 * ES_SECOND - ES_MILLISECOND;
    message(ladder, &wire, 7, &view);
    close_ladder(ladder, out);
    assert_non_null(strstr(written, "request again, #2 +4.0s\n"));
    assert_non_null(strstr(written, "request captured twice, #2\n"));
    free(written);
}

static void foreign_text_is_harmless_in_every_form(void **state)
{
    (void)state;
    static const enum es_ladder_form forms[] = {ES_LADDER_TEXT, ES_LADDER_TEXT, ES_LADDER_TEXT,
                                                ES_LADDER_JSON, ES_LADDER_MERMAID};
    for (unsigned i = 0; i < ES_COUNT(forms); i++) {
        FILE *out;
        struct es_ladder *ladder = open_ladder(
            (struct es_ladder_options){.form = forms[i], .detail = (enum es_ladder_detail)(i % 3)},
            &out);
        struct wire wire = {0};
        identity(&wire);
        message(ladder, &wire, 1, &(struct es_message_view){.tunnel = &tunnel});
        close_ladder(ladder, out);
        if (!strstr(written, "x1b[31m"))
            fail_msg("form %u: %s", i, written);
        assert_null(strchr(written, '\033'));
        assert_null(strchr(written, '\x9b'));
        free(written);
    }
}

static void mermaid_is_told_what_it_would_obey_by_number(void **state)
{
    (void)state;
    FILE *out;
    struct es_ladder *ladder =
        open_ladder((struct es_ladder_options){.form = ES_LADDER_MERMAID}, &out);
    struct wire wire = {0};
    identity(&wire);
    message(ladder, &wire, 1, &(struct es_message_view){.tunnel = &tunnel});
    close_ladder(ladder, out);
    assert_non_null(strstr(written, "sequenceDiagram\n    participant T3L as 3: 192.0.2.1\n"));
    assert_non_null(strstr(written, "    T3L->>T3R: #35;1 "));
    assert_non_null(strstr(written, "#34;#92;#59;#35;b#92;x0a#37;#37;#60;c#62;"));
    free(written);
}

static void mermaid_stops_where_its_readers_do(void **state)
{
    (void)state;
    FILE *out;
    struct es_ladder *ladder =
        open_ladder((struct es_ladder_options){.form = ES_LADDER_MERMAID}, &out);
    struct wire wire = {0};
    identity(&wire);
    for (uint64_t i = 1; i <= 2000; i++)
        message(ladder, &wire, i, &(struct es_message_view){.tunnel = &tunnel});
    close_ladder(ladder, out);
    assert_in_range(written_size, 45000, 50000);
    assert_non_null(strstr(written, " more messages or events left out\n"));
    free(written);
}

static void a_line_keeps_to_the_width(void **state)
{
    (void)state;
    for (unsigned width = 40; width <= 120; width += 20) {
        FILE *out;
        struct es_ladder *ladder = open_ladder(
            (struct es_ladder_options){.width = width, .detail = ES_LADDER_FIELDS}, &out);
        struct wire wire = {0};
        header(&wire, ES_IKE_PAYLOAD_NONCE, ES_IKE_EXCHANGE_IKE_SA_INIT, 0);
        wire_u32(&wire, 260);
        wire_fill(&wire, 0xab, 256);
        message(ladder, &wire, 1, &(struct es_message_view){.tunnel = &tunnel});
        close_ladder(ladder, out);
        size_t digits = 0;
        for (const char *line = written; *line; line += strcspn(line, "\n") + 1) {
            size_t columns = 0;
            for (const char *c = line; *c != '\n'; c++) {
                columns += (*c & 0xc0) != 0x80;
                digits += *c == 'a';
            }
            assert_in_range(columns, 0, width);
        }
        assert_in_range(digits, 256, 300);
        free(written);
    }
}

static void what_is_malformed_inside_a_payload_is_shown_with_the_rest(void **state)
{
    (void)state;
    static const enum es_ladder_detail details[] = {ES_LADDER_MESSAGES, ES_LADDER_PAYLOADS,
                                                    ES_LADDER_FIELDS};
    for (unsigned i = 0; i < ES_COUNT(details); i++) {
        FILE *out;
        struct es_ladder *ladder =
            open_ladder((struct es_ladder_options){.detail = details[i]}, &out);
        struct wire wire = {0};
        header(&wire, ES_IKE_PAYLOAD_NOTIFY, ES_IKE_EXCHANGE_INFORMATIONAL, 0);
        wire_u32(&wire, 0x28000008); /* next: nonce */
        wire_u32(&wire, 0x00ff000e); /* an SPI of 255 bytes, which are not there */
        wire_u32(&wire, 0x00000014);
        wire_fill(&wire, 0xab, 16);
        message(ladder, &wire, 1, &(struct es_message_view){.tunnel = &tunnel});
        close_ladder(ladder, out);
        assert_non_null(strstr(written, "malformed at 3"));
        assert_non_null(strstr(written, details[i] == ES_LADDER_FIELDS ? "Nonce" : "No"));
        free(written);
    }
}

static void emit(struct es_field_sink sink, enum es_field_kind kind, const char *name,
                 uint64_t number)
{
    sink.on(sink.context,
            &(struct es_field){
                .kind = kind, .name = name, .number = number, .registry = &es_registry_ike_notify});
}

/* Fields of one name become a list, groups become objects; a name that comes back is numbered. */
static void fields_become_lists_and_objects(void **state)
{
    (void)state;
    struct es_text text;
    struct es_json_line json;
    es_text_init(&text);
    es_json_line_init(&json, &text);
    es_json_line_open(&json, '{');
    struct es_json_fields fields;
    es_json_fields_init(&fields, &json);
    const struct es_field_sink sink = es_json_fields_begin(&fields);
    emit(sink, ES_FIELD_NUMBER, "one", 1);
    emit(sink, ES_FIELD_NAMED, "notify_type", 14);
    emit(sink, ES_FIELD_NAMED, "kind", 14);
    emit(sink, ES_FIELD_NAMED, "kind", 39999);
    emit(sink, ES_FIELD_OPEN, "groups", 0);
    emit(sink, ES_FIELD_NUMBER, "x", 1);
    emit(sink, ES_FIELD_CLOSE, "groups", 0);
    emit(sink, ES_FIELD_OPEN, "groups", 0);
    emit(sink, ES_FIELD_CLOSE, "groups", 0);
    emit(sink, ES_FIELD_BOOL, "one", 0);
    emit(sink, ES_FIELD_NUMBER, "length", 3);
    es_json_fields_end(&fields);
    es_json_line_close(&json, '}');
    assert_string_equal(es_text_chars(&text),
                        "{\"one\":1,\"notify_type\":14,\"notify\":\"NO_PROPOSAL_CHOSEN\","
                        "\"kind\":[14,39999],\"kind_name\":[\"NO_PROPOSAL_CHOSEN\",\"unknown\"],"
                        "\"groups\":[{\"x\":1},{}],\"one_2\":false,\"length_2\":3}");
    es_json_fields_fini(&fields);
    es_json_line_fini(&json);
    es_text_fini(&text);
}

/* However deep the groups lie, what is written is sound. */
static void groups_beyond_the_depth_are_left_out(void **state)
{
    (void)state;
    struct es_text text;
    struct es_json_line json;
    struct es_json_fields fields;
    es_text_init(&text);
    es_json_line_init(&json, &text);
    es_json_fields_init(&fields, &json);
    es_json_line_open(&json, '{');
    const struct es_field_sink sink = es_json_fields_begin(&fields);
    for (int i = 0; i < 3 * ES_FIELD_DEPTH_MAX; i++)
        emit(sink, ES_FIELD_OPEN, "deep", 0);
    emit(sink, ES_FIELD_NUMBER, "lost", 1);
    es_json_fields_end(&fields);
    es_json_line_close(&json, '}');
    int open = 0;
    for (const char *c = es_text_chars(&text); *c; c++)
        open += (*c == '{') - (*c == '}');
    assert_int_equal(open, 0);
    assert_null(strstr(es_text_chars(&text), "lost"));
    es_json_fields_fini(&fields);
    es_json_line_fini(&json);
    es_text_fini(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_stands_below_the_message_that_caused_it),
        cmocka_unit_test(other_tunnels_are_left_out),
        cmocka_unit_test(a_repetition_is_told_from_a_packet_captured_twice),
        cmocka_unit_test(foreign_text_is_harmless_in_every_form),
        cmocka_unit_test(mermaid_is_told_what_it_would_obey_by_number),
        cmocka_unit_test(mermaid_stops_where_its_readers_do),
        cmocka_unit_test(a_line_keeps_to_the_width),
        cmocka_unit_test(what_is_malformed_inside_a_payload_is_shown_with_the_rest),
        cmocka_unit_test(fields_become_lists_and_objects),
        cmocka_unit_test(groups_beyond_the_depth_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
