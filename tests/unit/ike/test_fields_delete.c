/*
 * Fields of delete payloads.
 */
#include "field_case.h"

static const struct field_case cases[] = {
    {"two ESP SPIs", 2, 37, ES_IKE_PAYLOAD_DELETE,   12, "03 04 0002 c1000001 c1000002",
     "protocol_id@0+1=3(ESP) spi_size@1+1=4 spi_count@2+2=2"
     " spis@4+4[ spi@4+4=c1000001 ] spis@8+4[ spi@8+4=c1000002 ]"                                                          },
    {"IKE SA",       2, 37, ES_IKE_PAYLOAD_DELETE,   4,  "01 00 0000",
     "protocol_id@0+1=1(IKE) spi_size@1+1=0 spi_count@2+2=0"                                                               },
    {"ISAKMP SA",    1, 5,  ES_IKEV1_PAYLOAD_DELETE, 24,
     "00000001 01 10 0001 1111111111111111 2222222222222222",                            "doi@0+4=1(IPSEC) protocol_id@4+1=1(ISAKMP) spi_size@5+1=16 spi_count@6+2=1"
     " spis@8+16[ spi@8+16=11111111111111112222222222222222 ]"},
};

static void payloads_come_apart(void **state)
{
    (void)state;
    field_cases_hold(cases, ES_COUNT(cases));
}

static void a_count_that_disagrees_is_told(void **state)
{
    (void)state;
    field_fault_at(2, ES_IKE_PAYLOAD_DELETE, "03 04 0003 c1000001 c1000002", ES_FAULT_SHORT, 2);
    field_fault_at(2, ES_IKE_PAYLOAD_DELETE, "03 04 0001 c1000001 c1000002", ES_FAULT_VALUE, 8);
    field_fault_at(1, ES_IKEV1_PAYLOAD_DELETE, "00000001 03 04 ffff", ES_FAULT_SHORT, 6);
}

/* What the tracker's parser makes of it is the same. */
static void the_parser_agrees(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(cases); i++) {
        struct wire wire = hex_wire(cases[i].hex);
        for (size_t at = 0; at < wire.length; at++) {
            for (unsigned flip = 0; flip < 256; flip++) {
                wire.bytes[at] ^= (uint8_t)flip;
                struct es_ike_delete gone;
                const bool sound = es_ike_delete_parse(
                    es_cursor(wire.bytes, wire.length, wire.length), cases[i].major, &gone);
                const enum es_fault fault =
                    field_fault(&cases[i], wire.bytes, wire.length, wire.length).fault;
                assert_int_equal(sound, fault == ES_FAULT_NONE);
                wire.bytes[at] ^= (uint8_t)flip;
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payloads_come_apart),
        cmocka_unit_test(a_count_that_disagrees_is_told),
        cmocka_unit_test(the_parser_agrees),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
