/*
 * What a payload on port 500 or 4500 is: the known traps.
 */
#include "frames.h"

#include "classify.h"

static enum es_datagram_kind natt(const struct wire *w, bool *marker_missing, size_t *offset)
{
    struct es_cursor c = es_cursor(edge_place(w->bytes, w->length), w->length, w->length);
    const uint8_t *const start = c.at;
    bool cut = false;
    *marker_missing = false;
    const enum es_datagram_kind kind = es_classify_natt(&c, marker_missing, &cut);
    *offset = (size_t)(c.at - start);
    assert_false(cut);
    return kind;
}

static void assert_natt(const struct wire *w, enum es_datagram_kind kind)
{
    bool missing;
    size_t offset;
    assert_int_equal(natt(w, &missing, &offset), kind);
    assert_false(missing);
    assert_int_equal(offset, kind == ES_DATAGRAM_IKE ? 4 : 0);
}

static struct wire marked(void)
{
    struct wire w = {.length = 0};
    wire_u32(&w, 0);
    put_ike(&w);
    return w;
}

static void short_payloads_are_keepalives_or_bad(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t count;
        enum es_datagram_kind kind;
    } cases[] = {
        {"",                                 0, ES_DATAGRAM_OTHER    },
        {"\xff",                             1, ES_DATAGRAM_KEEPALIVE},
        {"\x00",                             1, ES_DATAGRAM_BAD_NATT },
        {"\xff\xff",                         2, ES_DATAGRAM_BAD_NATT },
        {"\xc1\x00\x01",                     3, ES_DATAGRAM_BAD_NATT },
        {"\xc1\x00\x00\x01",                 4, ES_DATAGRAM_BAD_NATT },
        {"\xc1\x00\x00\x01\x00\x00\x00",     7, ES_DATAGRAM_BAD_NATT },
        {"\xc1\x00\x00\x01\x00\x00\x00\x01", 8, ES_DATAGRAM_ESP      },
        {"\x00\x00\x00\x00",                 4, ES_DATAGRAM_BAD_NATT },
        {"\x00\x00\x00\xff\x00\x00\x00\x01", 8, ES_DATAGRAM_BAD_NATT },
        {"\x00\x00\x01\x00\x00\x00\x00\x01", 8, ES_DATAGRAM_ESP      },
    };
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire w = {.length = 0};
        wire_bytes(&w, cases[i].bytes, cases[i].count);
        assert_natt(&w, cases[i].kind);
    }
}

static void a_marker_needs_an_ike_header_behind_it(void **state)
{
    (void)state;
    struct wire w = marked();
    assert_natt(&w, ES_DATAGRAM_IKE);
    w.bytes[4 + 17] = 0x10;
    assert_natt(&w, ES_DATAGRAM_IKE);
    w.bytes[4 + 27] = 1; /* a length that lies is the ike room's business */
    assert_natt(&w, ES_DATAGRAM_IKE);
    w.bytes[4 + 17] = 0x30;
    assert_natt(&w, ES_DATAGRAM_BAD_NATT);
    w = marked();
    w.length = 4 + 27;
    assert_natt(&w, ES_DATAGRAM_BAD_NATT);
    w.length = 4 + 28;
    assert_natt(&w, ES_DATAGRAM_IKE);
}

static void ike_without_marker_is_told_by_its_length(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    put_ike(&w);
    bool missing;
    size_t offset;
    assert_int_equal(natt(&w, &missing, &offset), ES_DATAGRAM_IKE);
    assert_true(missing);
    assert_int_equal(offset, 0);
    w.bytes[17] = 0x10;
    w.bytes[18] = 2;
    w.bytes[16] = 1;
    assert_int_equal(natt(&w, &missing, &offset), ES_DATAGRAM_IKE);
    assert_true(missing);
}

/* What differs in one field from an IKE message is ESP. */
static void esp_is_not_taken_for_ike(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {27, IKE_BYTES - 1},
        {27, IKE_BYTES + 1},
        {24, 1            },
        {16, 200          },
        {17, 0x30         },
        {17, 0x10         },
        {18, 7            },
    };
    for (size_t i = 0; i < ES_COUNT(changes); i++) {
        struct wire w = {.length = 0};
        put_ike(&w);
        w.bytes[changes[i].at] = changes[i].value;
        assert_natt(&w, ES_DATAGRAM_ESP);
    }
}

static void what_was_not_captured_is_not_judged(void **state)
{
    (void)state;
    const struct wire w = marked();
    for (size_t held = 0; held < w.length; held++) {
        struct es_cursor c = es_cursor(edge_place(w.bytes, held), held, w.length);
        bool missing = false, cut = false;
        const enum es_datagram_kind kind = es_classify_natt(&c, &missing, &cut);
        assert_int_equal(kind, held < 4 ? ES_DATAGRAM_OTHER : ES_DATAGRAM_IKE);
        assert_int_equal(cut, held < 4);
        if (held >= 4)
            assert_int_equal(es_wire_left(&c), IKE_BYTES);
    }
}

static void port_500_is_ike_but_for_nothing_and_keepalives(void **state)
{
    (void)state;
    struct wire w = {.length = 0};
    struct es_cursor c = es_cursor(w.bytes, 0, 0);
    assert_int_equal(es_classify_ike(&c), ES_DATAGRAM_OTHER);
    wire_u8(&w, 0xff);
    c = es_cursor(edge_place(w.bytes, 1), 1, 1);
    assert_int_equal(es_classify_ike(&c), ES_DATAGRAM_KEEPALIVE);
    for (size_t length = 2; length < 100; length++) {
        wire_u8(&w, 0xee);
        c = es_cursor(edge_place(w.bytes, length), length, length);
        assert_int_equal(es_classify_ike(&c), ES_DATAGRAM_IKE);
        c = es_cursor(w.bytes, 0, length);
        assert_int_equal(es_classify_ike(&c), ES_DATAGRAM_IKE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_payloads_are_keepalives_or_bad),
        cmocka_unit_test(a_marker_needs_an_ike_header_behind_it),
        cmocka_unit_test(ike_without_marker_is_told_by_its_length),
        cmocka_unit_test(esp_is_not_taken_for_ike),
        cmocka_unit_test(what_was_not_captured_is_not_judged),
        cmocka_unit_test(port_500_is_ike_but_for_nothing_and_keepalives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
