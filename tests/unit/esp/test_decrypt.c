/*
 * ESP packets opened with keys.
 */
#include "unit.h"

#include "edge.h"
#include "wire.h"

#include "espial/crypto.h"
#include "espial/esp.h"
#include "espial/registry.h"

#include <openssl/evp.h>

enum { SPI = 0xc0ffee01, IPIP = 4, KEY = 16, SALT = 4, ICV = 16, PACKET = 40 };

static const uint64_t seed[2] = {5, 6};
static const uint8_t destination[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1};

struct fixture {
    struct es_keys *keys;
    struct es_esp_opener *opener;
    struct es_esp_keys esp;
};

static void fill(struct es_secret *secret, uint8_t value, size_t length)
{
    secret->length = (uint8_t)length;
    memset(secret->bytes, value, length);
}

static struct fixture begin(uint16_t encr, uint16_t integ, bool esn)
{
    struct fixture f = {.keys = es_keys_new()};
    assert_non_null(f.keys);
    f.esp = (struct es_esp_keys){.spi = SPI, .encr = encr, .integ = integ, .esn = esn};
    memcpy(f.esp.destination, destination, sizeof(destination));
    if (encr == ES_IKE_ENCR_AES_GCM_16)
        fill(&f.esp.encryption, 0xe1, KEY + SALT);
    else if (encr == ES_IKE_ENCR_AES_CBC)
        fill(&f.esp.encryption, 0xe1, KEY);
    if (integ)
        fill(&f.esp.integrity, 0xa1, es_integ_key_bytes(integ));
    assert_true(es_keys_add_esp(f.keys, &f.esp));
    f.opener = es_esp_opener_new(f.keys, seed);
    assert_non_null(f.opener);
    return f;
}

static void end(struct fixture *f)
{
    es_esp_opener_free(f->opener);
    es_keys_free(f->keys);
}

/* An IPv4 packet, padding, trailer. */
static struct wire plaintext(uint8_t next_header, size_t block)
{
    struct wire wire = {0};
    wire_u8(&wire, 0x45);
    wire_fill(&wire, 0x11, PACKET - 1);
    const size_t padding = (block - (wire.length + 2) % block) % block;
    for (size_t i = 0; i < padding; i++)
        wire_u8(&wire, (uint8_t)(i + 1));
    wire_u8(&wire, (uint8_t)padding);
    wire_u8(&wire, next_header);
    return wire;
}

static void encrypt(const struct fixture *f, struct wire *wire, const struct wire *plain,
                    uint32_t high)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length = 0;
    uint8_t out[WIRE_BYTES_MAX];
    if (f->esp.encr == ES_IKE_ENCR_AES_GCM_16) {
        uint8_t nonce[12];
        struct wire head = {0};
        memcpy(nonce, f->esp.encryption.bytes + KEY, SALT);
        memset(nonce + SALT, 0x1f, 8);
        wire_bytes(&head, wire->bytes, 4);
        if (f->esp.esn)
            wire_u32(&head, high);
        wire_bytes(&head, wire->bytes + 4, 4);
        wire_fill(wire, 0x1f, 8);
        EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), NULL, f->esp.encryption.bytes, nonce);
        EVP_EncryptUpdate(context, NULL, &length, head.bytes, (int)head.length);
        EVP_EncryptUpdate(context, out, &length, plain->bytes, (int)plain->length);
        EVP_EncryptFinal_ex(context, out + plain->length, &length);
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, ICV, out + plain->length);
        wire_bytes(wire, out, plain->length + ICV);
    } else if (f->esp.encr == ES_IKE_ENCR_AES_CBC) {
        wire_fill(wire, 0x1f, 16);
        EVP_EncryptInit_ex(context, EVP_aes_128_cbc(), NULL, f->esp.encryption.bytes,
                           wire->bytes + 8);
        EVP_CIPHER_CTX_set_padding(context, 0);
        EVP_EncryptUpdate(context, out, &length, plain->bytes, (int)plain->length);
        wire_bytes(wire, out, plain->length);
    } else {
        wire_bytes(wire, plain->bytes, plain->length);
    }
    EVP_CIPHER_CTX_free(context);
}

/* A packet; `icv` bytes of HMAC-SHA2-256 where the suite has a separate ICV. */
static struct wire packet(const struct fixture *f, uint32_t sequence, uint32_t high, size_t icv)
{
    const struct wire plain = plaintext(IPIP, f->esp.encr == ES_IKE_ENCR_AES_CBC ? 16 : 4);
    struct wire wire = {0};
    wire_u32(&wire, SPI);
    wire_u32(&wire, sequence);
    encrypt(f, &wire, &plain, high);
    if (icv == 0)
        return wire;
    struct wire tail = {0};
    uint8_t out[ES_PRF_BYTES_MAX];
    if (f->esp.esn)
        wire_u32(&tail, high);
    const struct es_bytes parts[] = {
        {wire.bytes, wire.length},
        {tail.bytes, tail.length},
    };
    const struct es_bytes key = {f->esp.integrity.bytes, f->esp.integrity.length};
    es_prf(ES_IKE_PRF_HMAC_SHA2_256, key, parts, 2, out);
    wire_bytes(&wire, out, icv);
    return wire;
}

static enum es_esp_opened open_wire(struct fixture *f, const struct wire *wire,
                                    struct es_esp_inner *inner)
{
    const uint8_t *placed = edge_place(wire->bytes, wire->length);
    return es_esp_open(f->opener, destination, es_cursor(placed, wire->length, wire->length),
                       inner);
}

static void assert_inner(struct fixture *f, const struct wire *wire, bool checked)
{
    struct es_esp_inner inner;
    assert_int_equal(open_wire(f, wire, &inner), ES_ESP_OPENED);
    assert_int_equal(inner.next_header, IPIP);
    assert_int_equal(es_left(&inner.payload), PACKET);
    assert_int_equal(inner.payload.at[0], 0x45);
    assert_int_equal(inner.payload.at[PACKET - 1], 0x11);
    assert_int_equal(inner.checked, checked);
}

static const struct {
    uint16_t encr, integ;
    size_t icv;
} suites[] = {
    {ES_IKE_ENCR_AES_CBC,    ES_IKE_INTEG_HMAC_SHA2_256_128, 16},
    {ES_IKE_ENCR_AES_GCM_16, 0,                              0 },
    {ES_IKE_ENCR_NULL,       ES_IKE_INTEG_HMAC_SHA2_256_128, 16},
    {0,                      ES_IKE_INTEG_HMAC_SHA2_256_128, 16},
};

static void packets_open(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct fixture f = begin(suites[i].encr, suites[i].integ, false);
        for (uint32_t k = 1; k < 4; k++) {
            const struct wire wire = packet(&f, k, 0, suites[i].icv);
            assert_inner(&f, &wire, true);
        }
        end(&f);
    }
}

/* The upper half is found, followed over the wrap, and tried when the capture began later. */
static void extended_sequence_numbers_are_followed(void **state)
{
    (void)state;
    static const struct {
        uint32_t high, low;
    } numbers[] = {
        {2, 0xfffffffe},
        {2, 0xffffffff},
        {3, 1         },
        {2, 0xfffffff0},
        {3, 2         },
        {3, 3         },
    };
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct fixture f = begin(suites[i].encr, suites[i].integ, true);
        for (size_t k = 0; k < ES_COUNT(numbers); k++) {
            const struct wire wire = packet(&f, numbers[k].low, numbers[k].high, suites[i].icv);
            struct es_esp_inner inner;
            assert_inner(&f, &wire, true);
            assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_OPENED);
            assert_int_equal(inner.sequence_high, numbers[k].high);
        }
        end(&f);
    }
}

/* A key file that does not know of ESN, or of the ICV that was usual before RFC 4868. */
static void what_the_key_file_does_not_say_is_found(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128, false);
    f.esp.esn = true;
    struct wire wire = packet(&f, 1, 0, 16);
    assert_inner(&f, &wire, true);
    end(&f);
    f = begin(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128, false);
    wire = packet(&f, 1, 0, 12);
    assert_inner(&f, &wire, true);
    wire = packet(&f, 2, 0, 12);
    assert_inner(&f, &wire, true);
    end(&f);
}

static void wrong_keys_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct fixture f = begin(suites[i].encr, suites[i].integ, false);
        const struct wire wire = packet(&f, 1, 0, suites[i].icv);
        struct es_esp_keys wrong = f.esp;
        struct es_esp_inner inner;
        wrong.encryption.bytes[0] ^= 1;
        wrong.integrity.bytes[0] ^= 1;
        assert_true(es_keys_add_esp(f.keys, &wrong));
        assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_WRONG_KEY);
        /* Better keys for the same SPI are used at once. */
        assert_true(es_keys_add_esp(f.keys, &f.esp));
        assert_inner(&f, &wire, true);
        end(&f);
    }
}

static void without_an_integrity_key_only_sense_is_believed(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128, false);
    const struct wire wire = packet(&f, 1, 0, 16);
    struct es_esp_keys bare = f.esp;
    struct es_esp_inner inner;
    bare.integrity.length = 0;
    assert_true(es_keys_add_esp(f.keys, &bare));
    assert_inner(&f, &wire, false);
    bare.encryption.bytes[0] ^= 1;
    assert_true(es_keys_add_esp(f.keys, &bare));
    assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_WRONG_KEY);
    end(&f);
}

static void no_flipped_bit_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct fixture f = begin(suites[i].encr, suites[i].integ, i % 2 == 0);
        struct wire wire = packet(&f, 1, 0, suites[i].icv);
        for (size_t bit = 0; bit < 8 * wire.length; bit++) {
            struct es_esp_inner inner;
            wire.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
            assert_int_not_equal(open_wire(&f, &wire, &inner), ES_ESP_OPENED);
            wire.bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        }
        end(&f);
    }
}

static void no_prefix_opens(void **state)
{
    (void)state;
    for (size_t i = 0; i < ES_COUNT(suites); i++) {
        struct fixture f = begin(suites[i].encr, suites[i].integ, false);
        const struct wire wire = packet(&f, 1, 0, suites[i].icv);
        assert_inner(&f, &wire, true); /* a first packet could have an ICV four bytes shorter */
        for (size_t held = 0; held < wire.length; held++) {
            struct es_esp_inner inner;
            const uint8_t *placed = edge_place(wire.bytes, held);
            assert_int_equal(
                es_esp_open(f.opener, destination, es_cursor(placed, held, wire.length), &inner),
                ES_ESP_NO_KEY);
            assert_int_not_equal(
                es_esp_open(f.opener, destination, es_cursor(placed, held, held), &inner),
                ES_ESP_OPENED);
        }
        end(&f);
    }
}

static void padding_that_cannot_be_is_refused(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_NULL, 0, false);
    struct wire wire = {0};
    struct es_esp_inner inner;
    wire_u32(&wire, SPI);
    wire_u32(&wire, 1);
    assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_WRONG_KEY);
    wire_u8(&wire, 7);
    wire_u8(&wire, 59);
    assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_WRONG_KEY);
    wire.bytes[8] = 0;
    assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_OPENED);
    assert_int_equal(inner.next_header, 59);
    assert_int_equal(es_left(&inner.payload), 0);
    end(&f);
}

/* More SAs than ciphers are kept. */
static void many_sas_are_bounded(void **state)
{
    (void)state;
    struct fixture f = begin(ES_IKE_ENCR_AES_CBC, ES_IKE_INTEG_HMAC_SHA2_256_128, false);
    for (uint32_t i = 0; i < 5000; i++) {
        f.esp.spi = 0x10000 + i;
        assert_true(es_keys_add_esp(f.keys, &f.esp));
        struct wire wire = {0};
        struct es_esp_inner inner;
        wire_u32(&wire, f.esp.spi);
        wire_fill(&wire, 0, 100);
        assert_int_equal(open_wire(&f, &wire, &inner), ES_ESP_WRONG_KEY);
    }
    end(&f);
    es_esp_opener_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_open),
        cmocka_unit_test(extended_sequence_numbers_are_followed),
        cmocka_unit_test(what_the_key_file_does_not_say_is_found),
        cmocka_unit_test(wrong_keys_are_told),
        cmocka_unit_test(without_an_integrity_key_only_sense_is_believed),
        cmocka_unit_test(no_flipped_bit_opens),
        cmocka_unit_test(no_prefix_opens),
        cmocka_unit_test(padding_that_cannot_be_is_refused),
        cmocka_unit_test(many_sas_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
