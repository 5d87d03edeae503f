/*
 * IKE in several frames through the anonymiser: IP fragments, and TCP segments.
 */
#include "rewritten.h"

/* IKE_SA_INIT in two IP fragments, cut inside the second hash. */
enum { FIRST_BYTES = 96 };

static void cut_into_fragments(struct wire out[2])
{
    const struct wire whole = ike_packet(ALICE, BOB);
    const size_t cut = IP_BYTES + FIRST_BYTES;
    for (unsigned i = 0; i < 2; i++) {
        out[i].length = 0;
        const size_t ip = put_ip(&out[i], UDP, ALICE, BOB, i == 0 ? MORE : FIRST_BYTES / 8);
        wire_bytes(&out[i], whole.bytes + (i ? cut : IP_BYTES),
                   i ? whole.length - cut : FIRST_BYTES);
        end_ip(&out[i], ip);
    }
}

static void ike_in_fragments_is_put_together_when_learned(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire parts[2], whole = {.length = 0};
    cut_into_fragments(parts);
    for (unsigned i = 0; i < 2; i++) {
        const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
        es_anonymizer_learn(anonymizer, &frame);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
        const struct wire out = rewritten(anonymizer, &frame);
        assert_ip_good(&out, 0);
        wire_bytes(&whole, out.bytes + (i ? IP_BYTES : 0), out.length - (i ? IP_BYTES : 0));
    }
    assert_int_equal(udp_sum(&whole, 0), 0xffff);
    const struct es_address bob = stand_in(anonymizer, BOB);
    assert_true(is_hash(whole.bytes + IP_BYTES + UDP_BYTES + DESTINATION_HASH, &bob, 500));
    assert_false(has_bytes(&whole, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    es_anonymizer_free(anonymizer);
}

static void a_later_fragment_in_clear_is_zeroed_when_not(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened(1);
    struct wire parts[2];
    cut_into_fragments(parts);
    for (unsigned i = 0; i < 2; i++) {
        const struct wire out = rewritten_raw(anonymizer, &parts[i]);
        if (i == 1)
            assert_zero(&out, IP_BYTES);
    }
    assert_int_equal(es_anonymizer_counts(anonymizer)->fragments_zeroed, 1);
    es_anonymizer_free(anonymizer);
}

static struct wire segment(uint32_t sequence, const uint8_t *bytes, size_t count)
{
    struct wire w = {.length = 0};
    const size_t ip = put_ip(&w, TCP, ALICE, BOB, 0);
    wire_u32(&w, (uint32_t)40000 << 16 | 4500);
    wire_u32(&w, sequence);
    wire_u32(&w, 1);
    wire_u32(&w, count ? 0x50181000 : 0x50021000);
    wire_u32(&w, 0);
    wire_bytes(&w, bytes, count);
    end_ip(&w, ip);
    const size_t length = w.length - IP_BYTES;
    wire_patch_u16(&w, IP_BYTES + 16,
                   (uint16_t)~sum_of(w.bytes + IP_BYTES, length, pseudo_of(w.bytes, length)));
    return w;
}

/* RFC 9329: prefix, one record of IKE_SA_INIT, cut into three segments. */
static void ike_across_tcp_segments(bool with_syn)
{
    enum { SEGMENTS = 3, TCP_AT = IP_BYTES + 20, FIRST = 100, SECOND = 80, NONCE = 160 };
    struct es_anonymizer *anonymizer = opened(1);
    struct wire stream = {.length = 0}, whole = {.length = 0};
    wire_bytes(&stream, "IKETCP", 6);
    wire_u16(&stream, 0);
    wire_u32(&stream, 0);
    put_ike(&stream, ALICE, BOB, NONCE);
    wire_patch_u16(&stream, 6, stream.length - 6);
    const size_t sizes[SEGMENTS] = {FIRST, SECOND, stream.length - FIRST - SECOND};
    struct wire parts[SEGMENTS + 1];
    parts[0] = segment(999, NULL, 0);
    for (size_t i = 0, at = 0; i < SEGMENTS; at += sizes[i++])
        parts[i + 1] = segment((uint32_t)(1000 + at), stream.bytes + at, sizes[i]);
    for (unsigned pass = 0; pass < 2; pass++) {
        for (unsigned i = with_syn ? 0 : 1; i <= SEGMENTS; i++) {
            const struct es_frame frame = frame_of(&parts[i], RAW_IP, i + 1);
            if (pass == 0) {
                es_anonymizer_learn(anonymizer, &frame);
                continue;
            }
            const struct wire out = rewritten(anonymizer, &frame);
            assert_int_equal(udp_sum(&out, 0), 0xffff); /* TCP's is the same sum */
            wire_bytes(&whole, out.bytes + TCP_AT, out.length - TCP_AT);
        }
    }
    const struct es_address alice = stand_in(anonymizer, ALICE), bob = stand_in(anonymizer, BOB);
    const uint8_t *ike = whole.bytes + 12;
    assert_int_equal(whole.length, stream.length);
    assert_memory_equal(whole.bytes, stream.bytes, 12 + SOURCE_HASH);
    assert_true(is_hash(ike + SOURCE_HASH, &alice, 500) || is_hash(ike + SOURCE_HASH, &bob, 500));
    assert_memory_equal(ike + VENDOR - 4, stream.bytes + 12 + VENDOR - 4, NONCE);
    assert_false(has_bytes(&whole, VENDOR_TEXT, sizeof(VENDOR_TEXT) - 1));
    es_anonymizer_free(anonymizer);
}

static void ike_across_tcp_segments_is_put_together_when_learned(void **state)
{
    (void)state;
    ike_across_tcp_segments(true);
    ike_across_tcp_segments(false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ike_in_fragments_is_put_together_when_learned),
        cmocka_unit_test(a_later_fragment_in_clear_is_zeroed_when_not),
        cmocka_unit_test(ike_across_tcp_segments_is_put_together_when_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
