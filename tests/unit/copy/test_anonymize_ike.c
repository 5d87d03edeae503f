/*
 * IKE in clear: which payloads change and how, and that a malformed message stays malformed in the
 * same way.
 */
#include "espial/copy/anonymize.h"
#include "unit.h"
#include "wire.h"

#include "espial/ike.h"

enum { RAW_IP = 101, HEADERS = 20 + 8, IKE = HEADERS, BODY = IKE + 28 };

static const uint8_t ALICE[4] = {203, 0, 113, 77}, BOB[4] = {10, 99, 88, 71};

static struct es_anonymizer *opened(void)
{
    const struct es_anonymizer_options options = {
        .key = {7, 2, 3},
          .seed = {1, 2 }
    };
    struct es_anonymizer *anonymizer = es_anonymizer_new(&options, NULL);
    assert_non_null(anonymizer);
    return anonymizer;
}

/* IPv4 and UDP without checksums, and the header of a message of this version. */
static struct wire begun(uint8_t version, uint8_t exchange, uint8_t first)
{
    struct wire w = {.length = 0};
    wire_u32(&w, 0x45000000);
    wire_u32(&w, 0);
    wire_u32(&w, 0x3d110000);
    wire_bytes(&w, ALICE, 4);
    wire_bytes(&w, BOB, 4);
    wire_u32(&w, 500 << 16 | 500);
    wire_u32(&w, 0);
    wire_u64(&w, UINT64_C(0x1122334455667788));
    wire_u64(&w, 0);
    wire_u8(&w, first);
    wire_u8(&w, version);
    wire_u8(&w, exchange);
    wire_u8(&w, version == 0x20 ? 8 : 0);
    wire_u32(&w, 0);
    wire_u32(&w, 0);
    return w;
}

static void put_payload(struct wire *w, uint8_t next, const void *body, size_t size)
{
    wire_u16(w, (uint16_t)(next << 8));
    wire_u16(w, (uint16_t)(size + 4));
    wire_bytes(w, body, size);
}

static void end(struct wire *w)
{
    wire_patch_u16(w, 2, w->length);
    wire_patch_u16(w, 24, w->length - 20);
    wire_patch_u32(w, IKE + 24, (uint32_t)(w->length - IKE));
}

static struct wire rewritten(struct es_anonymizer *anonymizer, const struct wire *w)
{
    const struct es_frame frame = {.bytes = w->bytes,
                                   .held = w->length,
                                   .wire = w->length,
                                   .link_type = RAW_IP,
                                   .ref = {.number = 1}};
    struct es_frame out;
    struct wire to = {.length = 0};
    assert_true(es_anonymizer_frame(anonymizer, &frame, &out, NULL));
    wire_bytes(&to, out.bytes, out.held);
    return to;
}

/* One payload alone in a message. */
static struct wire one(struct es_anonymizer *anonymizer, uint8_t version, uint8_t type,
                       const void *body, size_t size)
{
    struct wire w = begun(version, version == 0x20 ? 34 : 4, type);
    put_payload(&w, 0, body, size);
    end(&w);
    return rewritten(anonymizer, &w);
}

static void assert_stand_in(struct es_anonymizer *anonymizer, const uint8_t *at,
                            const uint8_t address[4])
{
    const struct es_address old = es_address_v4(address);
    const struct es_address new = es_anonymizer_address(anonymizer, &old);
    assert_memory_equal(at, new.bytes + 12, 4);
}

enum { DATA = BODY + 4 };

static void what_negotiates_stays(void **state)
{
    (void)state;
    static const struct {
        uint8_t version, type;
    } rows[] = {
        {0x20, ES_IKE_PAYLOAD_SA     },
        {0x20, ES_IKE_PAYLOAD_KE     },
        {0x20, ES_IKE_PAYLOAD_NONCE  },
        {0x20, ES_IKE_PAYLOAD_DELETE },
        {0x10, ES_IKEV1_PAYLOAD_KE   },
        {0x10, ES_IKEV1_PAYLOAD_NONCE},
        {0x10, ES_IKEV1_PAYLOAD_SA   },
    };
    static const uint8_t body[48] = {0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 40, 1, 1, 0, 0};
    struct es_anonymizer *anonymizer = opened();
    for (size_t i = 0; i < ES_COUNT(rows); i++) {
        const struct wire out = one(anonymizer, rows[i].version, rows[i].type, body, sizeof(body));
        assert_memory_equal(out.bytes + DATA, body, sizeof(body));
    }
    es_anonymizer_free(anonymizer);
}

static void identities_are_replaced_by_their_type(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened();
    const uint8_t address[] = {ES_IKE_ID_IPV4_ADDR, 17, 1, 0xf4, 203, 0, 113, 77};
    struct wire out = one(anonymizer, 0x10, ES_IKEV1_PAYLOAD_ID, address, sizeof(address));
    assert_memory_equal(out.bytes + DATA, address, 4);
    assert_stand_in(anonymizer, out.bytes + DATA + 4, ALICE);

    const uint8_t subnet[] = {ES_IKE_ID_IPV4_ADDR_SUBNET, 0, 0, 0, 10, 99, 0, 0, 255, 255, 0, 0};
    out = one(anonymizer, 0x10, ES_IKEV1_PAYLOAD_ID, subnet, sizeof(subnet));
    const struct es_address bob = es_address_v4(BOB);
    const struct es_address new = es_anonymizer_address(anonymizer, &bob);
    assert_memory_equal(out.bytes + DATA + 4, new.bytes + 12, 2); /* 10.99/16 becomes one /16 */
    assert_memory_equal(out.bytes + DATA + 6, subnet + 6, 6);

    const char name[] = "\2\0\0\0moon.example.org";
    out = one(anonymizer, 0x10, ES_IKEV1_PAYLOAD_ID, name, sizeof(name) - 1);
    assert_memory_not_equal(out.bytes + DATA + 4, name + 4, 4);
    assert_int_equal(out.bytes[DATA + 8], '.');
    es_anonymizer_free(anonymizer);
}

static void notifies_are_replaced_by_their_type(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened();
    enum { AT = DATA + 4 };
    const uint8_t more[] = {0, 0, 0x40, 0x0d, 10, 99, 88, 71};
    struct wire out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_NOTIFY, more, sizeof(more));
    assert_stand_in(anonymizer, out.bytes + AT, BOB);

    const uint8_t redirect[] = {0, 0, 0x40, 0x17, 1, 4, 203, 0, 113, 77, 9, 9, 9, 9};
    out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_NOTIFY, redirect, sizeof(redirect));
    assert_stand_in(anonymizer, out.bytes + AT + 2, ALICE);
    assert_memory_equal(out.bytes + AT + 6, redirect + 10, 4); /* the nonce */

    const char gateway[] = "\0\0\x40\x17\3\7gw.test";
    out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_NOTIFY, gateway, sizeof(gateway) - 1);
    assert_memory_not_equal(out.bytes + AT + 2, gateway + 6, 7);
    assert_int_equal(out.bytes[AT + 4], '.');

    const uint8_t group[] = {0, 0, 0, 17, 0, 19};
    out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_NOTIFY, group, sizeof(group));
    assert_memory_equal(out.bytes + DATA, group, sizeof(group));

    const char vendors[] = "\0\0\xa0\x10serial 4711";
    out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_NOTIFY, vendors, sizeof(vendors) - 1);
    assert_memory_equal(out.bytes + DATA, vendors, 4);
    assert_memory_not_equal(out.bytes + AT, vendors + 4, sizeof(vendors) - 5);
    es_anonymizer_free(anonymizer);
}

static void selectors_and_configuration_keep_their_form(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened();
    const uint8_t selectors[] = {1,   0,   0,  0,  7, 0, 0,  16, 0,   0,
                                 255, 255, 10, 99, 0, 0, 10, 99, 255, 255};
    struct wire out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_TSI, selectors, sizeof(selectors));
    const struct es_address bob = es_address_v4(BOB);
    const struct es_address new = es_anonymizer_address(anonymizer, &bob);
    assert_memory_equal(out.bytes + DATA, selectors, 12);
    assert_memory_equal(out.bytes + DATA + 12, new.bytes + 12, 2);
    assert_memory_equal(out.bytes + DATA + 16, new.bytes + 12, 2);
    assert_memory_equal(out.bytes + DATA + 14, selectors + 14, 2);
    assert_memory_equal(out.bytes + DATA + 18, selectors + 18, 2);

    const uint8_t config[] = {2,  0, 0, 0, 0, 1,   0,   4,   10,  99, 88,
                              71, 0, 7, 0, 5, 'd', 'e', 'b', 'i', 'a'};
    out = one(anonymizer, 0x20, ES_IKE_PAYLOAD_CP, config, sizeof(config));
    assert_stand_in(anonymizer, out.bytes + DATA + 8, BOB);
    assert_memory_equal(out.bytes + DATA + 12, config + 12, 4);
    assert_memory_not_equal(out.bytes + DATA + 16, config + 16, 5);
    es_anonymizer_free(anonymizer);
}

static void known_vendor_ids_stay(void **state)
{
    (void)state;
    static const uint8_t dpd[] = {0xaf, 0xca, 0xd7, 0x13, 0x68, 0xa1, 0xf1, 0xc9,
                                  0x6b, 0x86, 0x96, 0xfc, 0x77, 0x57, 0x01, 0x00};
    struct es_anonymizer *anonymizer = opened();
    struct wire out = one(anonymizer, 0x10, ES_IKEV1_PAYLOAD_VENDOR, dpd, sizeof(dpd));
    assert_memory_equal(out.bytes + DATA, dpd, sizeof(dpd));
    static const char own[] = "firewall of Example & Sons";
    out = one(anonymizer, 0x10, ES_IKEV1_PAYLOAD_VENDOR, own, sizeof(own) - 1);
    assert_memory_not_equal(out.bytes + DATA, own, sizeof(own) - 1);
    es_anonymizer_free(anonymizer);
}

static void encrypted_messages_stay(void **state)
{
    (void)state;
    struct es_anonymizer *anonymizer = opened();
    struct wire w = begun(0x20, 35, ES_IKE_PAYLOAD_SK);
    uint8_t sealed[64];
    memset(sealed, 0xa7, sizeof(sealed));
    put_payload(&w, ES_IKE_PAYLOAD_IDI, sealed, sizeof(sealed));
    end(&w);
    struct wire out = rewritten(anonymizer, &w);
    assert_memory_equal(out.bytes + IKE, w.bytes + IKE, w.length - IKE);
    w.bytes[IKE + 16] = ES_IKEV1_PAYLOAD_ID;
    w.bytes[IKE + 17] = 0x10;
    w.bytes[IKE + 18] = 2;
    w.bytes[IKE + 19] = ES_IKEV1_FLAG_ENCRYPTION;
    wire_bytes(&w, "behind the message", 18);
    wire_patch_u16(&w, 2, w.length);
    wire_patch_u16(&w, 24, w.length - 20);
    out = rewritten(anonymizer, &w);
    assert_memory_equal(out.bytes + IKE, w.bytes + IKE, w.length - 18 - IKE);
    for (size_t i = w.length - 18; i < w.length; i++)
        assert_int_equal(out.bytes[i], 0);
    es_anonymizer_free(anonymizer);
}

static void same_fault(struct es_anonymizer *anonymizer, const struct wire *w, size_t number)
{
    static struct es_ike_message before, after;
    const struct wire out = rewritten(anonymizer, w);
    const size_t size = w->length - IKE;
    es_ike_message_parse(es_cursor(w->bytes + IKE, size, size), &before);
    es_ike_message_parse(es_cursor(out.bytes + IKE, size, size), &after);
    if (before.fault != after.fault || before.fault_offset != after.fault_offset ||
        before.fault_reason != after.fault_reason || before.payload_count != after.payload_count)
        fail_msg("%zu: %s at %u became %s at %u", number,
                 before.fault_reason ? before.fault_reason : "no fault", before.fault_offset,
                 after.fault_reason ? after.fault_reason : "no fault", after.fault_offset);
}

/* Every byte of a message spoilt in turn: the parser finds the same wrong with it as before. */
static void malformed_messages_stay_malformed(void **state)
{
    (void)state;
    static const uint8_t values[] = {0,    1,    3,    4,    5,    8,    0x10,
                                     0x21, 0x29, 0x2e, 0x35, 0x7f, 0x80, 0xff};
    static const uint8_t notify[] = {0, 0,  0x40, 4,  1,  2,  3,  4,  5,  6,  7,  8,
                                     9, 10, 11,   12, 13, 14, 15, 16, 17, 18, 19, 20};
    static const uint8_t key[] = {0, 19, 0, 0, 5, 5, 5, 5, 5, 5, 5, 5};
    struct es_anonymizer *anonymizer = opened();
    struct wire w = begun(0x20, 34, ES_IKE_PAYLOAD_KE);
    put_payload(&w, ES_IKE_PAYLOAD_NOTIFY, key, sizeof(key));
    put_payload(&w, ES_IKE_PAYLOAD_IDI, notify, sizeof(notify));
    put_payload(&w, ES_IKE_PAYLOAD_CERTREQ, "\2\0\0\0moon.example", 16);
    put_payload(&w, ES_IKE_PAYLOAD_VENDOR, "\4aaaaaaaaaaaaaaaaaaaa", 21);
    put_payload(&w, 0, "who knows", 9);
    end(&w);
    same_fault(anonymizer, &w, 0);
    for (size_t at = IKE + 16; at < w.length; at++) {
        for (size_t i = 0; i < sizeof(values); i++) {
            struct wire spoilt = w;
            spoilt.bytes[at] = values[i];
            same_fault(anonymizer, &spoilt, at);
        }
    }
    es_anonymizer_free(anonymizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_negotiates_stays),
        cmocka_unit_test(identities_are_replaced_by_their_type),
        cmocka_unit_test(notifies_are_replaced_by_their_type),
        cmocka_unit_test(selectors_and_configuration_keep_their_form),
        cmocka_unit_test(known_vendor_ids_stay),
        cmocka_unit_test(encrypted_messages_stay),
        cmocka_unit_test(malformed_messages_stay_malformed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
