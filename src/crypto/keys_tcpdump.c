/*
 * The files that tcpdump -E takes:
 *
 *     0x12345678@192.1.2.45 3des-cbc-hmac96:0x4043…
 *     ikev2 I 0x0001020304050607 0xc02e7a3031a03188 sha1:0x4ea8… aes128:0x3f44…
 *
 * In the second I and R stand for the keys of the initiator and the responder.
 */
#include "keys_tcpdump.h"

#include <openssl/crypto.h>

#include <string.h>

/* "aes256:0xkey" */
static bool take_key(struct es_word word, struct es_word *name, struct es_secret *secret)
{
    return es_word_until(&word, ':', name) && es_word_secret(word, secret);
}

/* One direction of an IKE SA; integrity may be missing with combined modes. */
static bool take_direction(struct es_word rest, struct es_ike_keys *ike, bool initiator)
{
    struct es_secret *integrity = initiator ? &ike->sk_ai : &ike->sk_ar;
    struct es_secret *encryption = initiator ? &ike->sk_ei : &ike->sk_er;
    struct es_word word, name;
    struct es_integ_name integ = {0};
    if (!es_word_next(&rest, &word) || !take_key(word, &name, integrity) ||
        !es_word_integ(name, &integ) || !es_word_next(&rest, &word) ||
        !take_key(word, &name, encryption) || !es_word_encr(name, &ike->encr))
        return false;
    ike->integ = integ.integ;
    return true;
}

bool es_key_direction_line(struct es_word line, struct es_key_sink *sink)
{
    struct es_word rest = line, word;
    uint64_t initiator, responder;
    if (!es_word_next(&rest, &word) || !es_word_is(word, "ikev2") || !es_word_next(&rest, &word) ||
        !(es_word_is(word, "I") || es_word_is(word, "R")))
        return false;
    const bool is_initiator = word.chars[0] == 'I';
    struct es_ike_keys ike = {0};
    bool right = es_word_next(&rest, &word) && es_word_hex64(word, &initiator) &&
                 es_word_next(&rest, &word) && es_word_hex64(word, &responder);
    if (right) {
        const struct es_ike_keys *known = es_keys_find_ike(sink->keys, initiator, responder);
        if (known && known->responder_spi == responder)
            ike = *known;
        ike.initiator_spi = initiator;
        ike.responder_spi = responder;
        ike.major = 2;
        right = take_direction(rest, &ike, is_initiator) && es_ike_keys_sound(&ike);
    }
    if (right)
        es_key_sink_ike(sink, &ike);
    else
        sink->skipped++;
    OPENSSL_cleanse(&ike, sizeof(ike));
    return true;
}

/* "3des-cbc-hmac96": the ICV is stepped over, its algorithm is not told. */
static bool take_encr(struct es_word name, struct es_esp_keys *esp)
{
    static const char icv96[] = "-hmac96";
    const size_t length = strlen(icv96);
    if (name.length > length && memcmp(name.chars + name.length - length, icv96, length) == 0) {
        esp->icv_bytes = 12;
        name.length -= length;
    }
    return es_word_encr(name, &esp->encr);
}

static bool take_esp(struct es_word line, struct es_esp_keys *esp)
{
    struct es_word rest = line, sa, spi, key, name;
    return es_word_next(&rest, &sa) && es_word_until(&sa, '@', &spi) &&
           es_word_hex32(spi, &esp->spi) && es_word_address(sa, esp->destination) &&
           es_word_next(&rest, &key) && take_key(key, &name, &esp->encryption) &&
           take_encr(name, esp) && es_esp_keys_sound(esp);
}

static bool is_esp(struct es_word line)
{
    struct es_word rest = line, sa, spi;
    uint8_t address[16];
    uint32_t number;
    return es_word_next(&rest, &sa) && es_word_until(&sa, '@', &spi) &&
           es_word_hex32(spi, &number) && es_word_address(sa, address);
}

static bool begins(struct es_word line)
{
    return is_esp(line) || es_word_starts(line, "ikev2 I 0x") || es_word_starts(line, "ikev2 R 0x");
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    (void)state;
    struct es_esp_keys esp = {0};
    if (es_key_direction_line(whole, sink) || !is_esp(whole))
        return;
    if (take_esp(whole, &esp))
        es_key_sink_esp(sink, &esp);
    else
        sink->skipped++;
    OPENSSL_cleanse(&esp, sizeof(esp));
}

const struct es_key_form es_key_form_tcpdump = {
    .name = "tcpdump -E", .begins = begins, .line = line};
