/*
 * charon's log: lines in the shape of strongSwan 5.9's, with made-up keys.
 */
#include "keys_text.h"

#include "espial/registry.h"

#define DUMP16(head, first)                                                                        \
    head "   0: " first "1 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F 10  ................\n"
#define DUMP20(head, first)                                                                        \
    DUMP16(head, first) head "  16: 11 12 13 14                                      ....\n"

#define A "1795444309 06[IKE] "
#define KEYS(a)                                                                                    \
    a "Sk_d secret => 20 bytes @ 0x6000e0a0\n" DUMP20(a, "D") a                                    \
        "Sk_ai secret => 20 bytes @ 0x5c038da0\n" DUMP20(a, "1") a                                 \
        "Sk_ar secret => 20 bytes @ 0x5c038dc0\n" DUMP20(a, "2") a                                 \
        "Sk_ei secret => 16 bytes @ 0x5c038de0\n" DUMP16(a, "3") a                                 \
        "Sk_er secret => 16 bytes @ 0x5c038e00\n" DUMP16(a, "4") a                                 \
        "Sk_pi secret => 20 bytes @ 0x6000e340\n" DUMP20(a, "5")
#define SPIS(a)                                                                                    \
    a "natd_chunk => 22 bytes @ 0x600040e0\n" a                                                    \
      "   0: 76 A9 04 5A 96 A3 6C CD AB 90 F2 56 64 66 E9 23  v..Z..l....Vdf.#\n" a                \
      "  16: C0 00 02 01 01 F4                                ......\n"
#define OCTETS(a)                                                                                  \
    a "octets = message + nonce + prf(Sk_px, IDx') => 536 bytes @ 0x5c006cb0\n" a                  \
      "   0: 76 A9 04 5A 96 A3 6C CD AB 90 F2 56 64 66 E9 23  v..Z..l....Vdf.#\n" a                \
      "  16: 21 20 22 20 00 00 00 00 00 00 01 D8 22 00 00 30  ! \" ........\"..0\n"
#define NO_SPIS(a)                                                                                 \
    a "natd_chunk => 22 bytes @ 0x600040e0\n" a                                                    \
      "   0: 76 A9 04 5A 96 A3 6C CD 00 00 00 00 00 00 00 00  v..Z..l.........\n" a                \
      "  16: C0 00 02 01 01 F4                                ......\n"
#define CHOSEN(t)                                                                                  \
    t "[CFG] selected proposal: IKE:AES_CBC_128/HMAC_SHA1_96/PRF_HMAC_SHA1/MODP_2048\n"
#define RECEIVED(t)                                                                                \
    t "[NET] received packet: from 198.51.100.1[500] to 192.0.2.1[500] (224 bytes)\n"

static const char initiator_log[] =
    RECEIVED("1795444309 06") "1795444309 06[ENC] parsed IKE_SA_INIT response 0 [ SA KE No "
                              "]\n" CHOSEN("1795444309 06") NO_SPIS(A) SPIS(A)
                                  KEYS(A) "1795444309 06[IKE] reinitiating already active tasks\n";

/* The responder makes its keys when the next message comes, in another thread. */
static const char responder_log[] = RECEIVED("Nov 20 10:25:14 gw charon: 14") CHOSEN(
    "Nov 20 10:25:14 gw charon: 14") NO_SPIS("Nov 20 10:25:14 gw charon: 14[IKE] <lab|1> ")
    SPIS("Nov 20 10:25:14 gw charon: 14[IKE] <lab|1> ") RECEIVED("Nov 20 10:25:14 gw charon: 15")
        KEYS("Nov 20 10:25:14 gw charon: 15[IKE] <lab|1> ") "Nov 20 10:25:14 gw charon: 15[ENC] "
                                                            "<lab|1> parsed IKE_AUTH request 1 [ "
                                                            "IDi AUTH ]\n" OCTETS(
                                                                "Nov 20 10:25:14 gw charon: "
                                                                "15[IKE] <lab|1> ");

static void assert_ike(const struct es_keys *keys)
{
    const struct es_ike_keys *ike =
        es_keys_find_ike(keys, UINT64_C(0x76a9045a96a36ccd), UINT64_C(0xab90f2566466e923));
    assert_non_null(ike);
    assert_int_equal(ike->major, 2);
    assert_int_equal(ike->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(ike->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_int_equal(ike->prf, ES_IKE_PRF_HMAC_SHA1);
    assert_secret(&ike->sk_d, "d102030405060708090a0b0c0d0e0f1011121314");
    assert_secret(&ike->sk_ai, "1102030405060708090a0b0c0d0e0f1011121314");
    assert_secret(&ike->sk_ar, "2102030405060708090a0b0c0d0e0f1011121314");
    assert_secret(&ike->sk_ei, "3102030405060708090a0b0c0d0e0f10");
    assert_secret(&ike->sk_er, "4102030405060708090a0b0c0d0e0f10");
}

static void an_initiators_ike_sa_is_read(void **state)
{
    (void)state;
    struct reading r = read_text(initiator_log);
    assert_true(r.done);
    assert_int_equal(r.found, 1);
    assert_int_equal(r.skipped, 0);
    assert_ike(r.keys);
    es_keys_free(r.keys);
}

static void a_responders_ike_sa_is_read(void **state)
{
    (void)state;
    struct reading r = read_text(responder_log);
    assert_int_equal(r.found, 1);
    assert_int_equal(r.skipped, 0);
    assert_ike(r.keys);
    es_keys_free(r.keys);
}

/* Nothing but the message's own SPIs names an IKE SA that is given up at once. */
static void a_responder_that_gives_up_has_read_the_keys(void **state)
{
    (void)state;
    static const char log[] = RECEIVED("1 09") CHOSEN("1 09")
        SPIS("1 09[IKE] ") "1 10[MGR] checkout IKEv2 SA by message with SPIs 76a9045a96a36ccd_i "
                           "ab90f2566466e923_r\n" RECEIVED("1 10") KEYS(
                               "1 10[IKE] ") "1 10[ENC] parsed IKE_AUTH request 1 [ IDi AUTH ]\n"
                                             "1 10[CFG] no matching peer config found\n"
                                             "1 10[MGR] checkin and destroy IKE_SA (unnamed)[2]\n";
    struct reading r = read_text(log);
    assert_int_equal(r.found, 1);
    assert_int_equal(r.skipped, 0);
    assert_ike(r.keys);
    es_keys_free(r.keys);
}

#define REKEY                                                                                      \
    "1 12[MGR] checkout IKEv2 SA by message with SPIs b485e83d1cd5ca4a_i "                         \
    "1e5cbc12404c6b0b_r\n" RECEIVED(                                                               \
        "1 12") "1 12[ENC] parsed CREATE_CHILD_SA request 0 [ SA No KE ]\n" CHOSEN("1 12")         \
        KEYS("1 12[IKE] ")

static void a_rekeyed_ike_sa_takes_the_spis_that_are_new(void **state)
{
    (void)state;
    struct reading r = read_text(
        REKEY
        "1 12[MGR] checkin IKEv2 SA lab[2] with SPIs b485e83d1cd5ca4a_i 1e5cbc12404c6b0b_r\n"
        "1 12[MGR] checkin IKEv2 SA lab[3] with SPIs 76a9045a96a36ccd_i ab90f2566466e923_r\n");
    assert_int_equal(r.found, 1);
    assert_ike(r.keys);
    es_keys_free(r.keys);
}

static void keys_without_spis_are_counted(void **state)
{
    (void)state;
    struct reading r = read_text(REKEY);
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 1);
    es_keys_free(r.keys);
    r = read_text(REKEY RECEIVED("1 12") SPIS("1 12[IKE] "));
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 1);
    es_keys_free(r.keys);
}

#define C "1795444310 05[CHD] "
#define CHILD(role)                                                                                \
    RECEIVED("1795444310 05")                                                                      \
    "1795444310 05[ENC] parsed CREATE_CHILD_SA " role " 2 [ SA No ]\n"                             \
    "1795444310 05[CFG] selected proposal: ESP:AES_CBC_128/HMAC_SHA1_96/EXT_SEQ\n" C               \
    "  using AES_CBC for encryption\n" C "  using HMAC_SHA1_96 for integrity\n" C                  \
    "encryption initiator key => 16 bytes @ 0x5c03ab60\n" DUMP16(C, "3") C                         \
        "encryption responder key => 16 bytes @ 0x5c030730\n" DUMP16(C, "4") C                     \
        "integrity initiator key => 20 bytes @ 0x5c000c30\n" DUMP20(C, "1") C                      \
        "integrity responder key => 20 bytes @ 0x5c03c030\n" DUMP20(C, "2") C                      \
        "adding inbound ESP SA\n" C "  SPI 0xc690ef69, src 198.51.100.1 dst 192.0.2.1\n" C         \
        "adding outbound ESP SA\n" C "  SPI 0xc35f5fb7, src 192.0.2.1 dst 198.51.100.1\n"

static void check_child(const char *log, const char *in_hex, const char *out_hex)
{
    struct reading r = read_text(log);
    assert_int_equal(r.found, 2);
    assert_int_equal(r.skipped, 0);
    const struct es_esp_keys *in = es_keys_find_esp(r.keys, 0xc690ef69, left);
    const struct es_esp_keys *out = es_keys_find_esp(r.keys, 0xc35f5fb7, right);
    assert_memory_equal(in->source, right, 16);
    assert_memory_equal(in->destination, left, 16);
    assert_memory_equal(out->source, left, 16);
    assert_int_equal(in->encr, ES_IKE_ENCR_AES_CBC);
    assert_int_equal(out->integ, ES_IKE_INTEG_HMAC_SHA1_96);
    assert_true(in->esn);
    assert_secret(&in->encryption, in_hex);
    assert_secret(&out->encryption, out_hex);
    es_keys_free(r.keys);
}

static void esp_keys_go_by_who_asked(void **state)
{
    (void)state;
    check_child(CHILD("response"), "4102030405060708090a0b0c0d0e0f10",
                "3102030405060708090a0b0c0d0e0f10");
    check_child(CHILD("request"), "3102030405060708090a0b0c0d0e0f10",
                "4102030405060708090a0b0c0d0e0f10");
}

static void esp_keys_of_an_unknown_role_are_counted(void **state)
{
    (void)state;
    struct reading r = read_text(CHILD("something"));
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 2);
    es_keys_free(r.keys);
}

static void threads_that_mix_stay_apart(void **state)
{
    (void)state;
    struct reading r =
        read_text(RECEIVED("1 06") "1 06[ENC] parsed IKE_SA_INIT response 0 [ SA ]\n" CHOSEN("1 06")
                      SPIS("1 06[IKE] ") "1 06[IKE] Sk_d secret => 20 bytes @ 0x1\n" DUMP20(
                          "1 06[IKE] ",
                          "D") "1 07[IKE] Sk_d secret => 20 bytes @ 0x1\n" DUMP20("1 07[IKE] ", "E")
                          KEYS("1 06[IKE] "));
    assert_int_equal(r.found, 1);
    assert_ike(r.keys);
    es_keys_free(r.keys);
}

static void phase_1_is_read(void **state)
{
    (void)state;
    struct reading r = read_text(RECEIVED("1 10") "1 10[IKE] SKEYID_d => 20 bytes @ 0x1\n" DUMP20(
        "1 10[IKE] ",
        "D") "1 10[IKE] SKEYID_a => 20 bytes @ 0x1\n" DUMP20("1 10[IKE] ",
                                                             "A") "1 10[IKE] SKEYID_e => 20 bytes "
                                                                  "@ 0x1\n" DUMP20(
                                                                      "1 10[IKE] ",
                                                                      "E") "1 10[IKE] "
                                                                           "encryption"
                                                                           " key Ka "
                                                                           "=> 16 "
                                                                           "bytes @ "
                                                                           "0x1"
                                                                           "\n" DUMP16("1 10[IKE] ",
                                                                                       "3")
                                                                               SPIS("1 "
                                                                                    "10"
                                                                                    "[I"
                                                                                    "KE"
                                                                                    "]"
                                                                                    " "));
    assert_int_equal(r.found, 1);
    const struct es_ike_keys *ike =
        es_keys_find_ike(r.keys, UINT64_C(0x76a9045a96a36ccd), UINT64_C(0xab90f2566466e923));
    assert_int_equal(ike->major, 1);
    assert_int_equal(ike->encr, 0);
    assert_secret(&ike->sk_d, "d102030405060708090a0b0c0d0e0f1011121314");
    assert_secret(&ike->sk_ai, "a102030405060708090a0b0c0d0e0f1011121314");
    assert_secret(&ike->sk_ei, "3102030405060708090a0b0c0d0e0f10");
    es_keys_free(r.keys);
}

static void dumps_that_lie_are_passed_over(void **state)
{
    (void)state;
    struct reading r = read_text("1 06[IKE] Sk_ei secret => 4000 bytes @ 0x1\n"
                                 "1 06[IKE] Sk_ei secret => 16 bytes @ 0x1\n"
                                 "1 06[IKE]   16: 01 02 03\n"
                                 "1 06[IKE] natd_chunk => 3 bytes @ 0x1\n"
                                 "1 06[IKE]    0: 01 02 03\n"
                                 "1 06[IKE] Sk_er secret => 0 bytes @ (nil)\n");
    assert_true(r.done);
    assert_int_equal(r.found, 0);
    assert_int_equal(r.skipped, 2);
    es_keys_free(r.keys);
}

static void spoilt_logs_return(void **state)
{
    (void)state;
    spoil(initiator_log);
    spoil(CHILD("response"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_initiators_ike_sa_is_read),
        cmocka_unit_test(a_responders_ike_sa_is_read),
        cmocka_unit_test(a_responder_that_gives_up_has_read_the_keys),
        cmocka_unit_test(a_rekeyed_ike_sa_takes_the_spis_that_are_new),
        cmocka_unit_test(keys_without_spis_are_counted),
        cmocka_unit_test(esp_keys_go_by_who_asked),
        cmocka_unit_test(esp_keys_of_an_unknown_role_are_counted),
        cmocka_unit_test(threads_that_mix_stay_apart),
        cmocka_unit_test(phase_1_is_read),
        cmocka_unit_test(dumps_that_lie_are_passed_over),
        cmocka_unit_test(spoilt_logs_return),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
