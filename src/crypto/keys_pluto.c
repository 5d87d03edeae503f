/*
 * The log of libreswan's pluto with plutodebug=private:
 *
 *     | ikev2 I 0xba11… 0xb62a… sha256:0x297c… aes256:0x496e…
 *     | our  keymat
 *     |   87 ba a5 46  69 74 1d d0 …
 *     | peer keymat
 *     |   21 72 79 4e …
 *     … #9: … established … {ESP=>0x0c8a8d6d <0x5d3a2b1c xfrm=AES_CBC_256-HMAC_SHA2_256_128 …}
 *
 * Ours is what the peer sends with (SPI behind <), the peer's what we send with (behind =>). A
 * keymat is the encryption key, then the integrity key.
 */
#include "keys_tcpdump.h"

#include <openssl/crypto.h>

#include <string.h>

enum keymat { KEYMAT_NONE, KEYMAT_OURS, KEYMAT_PEERS };

struct state {
    enum keymat taking;
    struct es_secret ours, peers;
};

/* What stands behind "| ", which debug lines have behind the time. */
static bool take_debug(struct es_word line, struct es_word *text)
{
    if (es_word_starts(line, "| ")) {
        *text = (struct es_word){line.chars + 2, line.length - 2};
        return true;
    }
    return es_word_after(line, ": | ", text) || es_word_after(line, "]: | ", text);
}

static bool is_keymat(struct es_word text, enum keymat *which)
{
    struct es_word whose, what, more;
    if (!es_word_next(&text, &whose) || !es_word_next(&text, &what) ||
        !(es_word_is(what, "keymat") || es_word_is(what, "keymat:")) || es_word_next(&text, &more))
        return false;
    if (es_word_is(whose, "our"))
        *which = KEYMAT_OURS;
    else if (es_word_is(whose, "peer"))
        *which = KEYMAT_PEERS;
    else
        return false;
    return true;
}

static bool begins(struct es_word line)
{
    struct es_word text;
    enum keymat which;
    return take_debug(line, &text) &&
           (es_word_starts(text, "ikev2 I 0x") || es_word_starts(text, "ikev2 R 0x") ||
            is_keymat(text, &which));
}

/* "  87 ba a5 46  69 74": false, with nothing taken, when it is no dump. */
static bool take_dump(struct es_word text, struct es_secret *secret)
{
    struct es_secret more = *secret;
    struct es_word byte;
    bool any = false;
    while (es_word_next(&text, &byte)) {
        any = byte.length == 2 && es_word_secret_more(byte, &more);
        if (!any)
            break;
    }
    if (any)
        *secret = more;
    OPENSSL_cleanse(&more, sizeof(more));
    return any;
}

/* "AES_CBC_256-HMAC_SHA2_256_128": the algorithms, and the bytes of their keys. */
static bool take_suite(struct es_word text, struct es_esp_keys *esp, size_t *encr_bytes,
                       size_t *integ_bytes)
{
    struct es_word name, suite = text, last = {0};
    struct es_integ_name integ = {0};
    uint32_t bits = 0;
    es_word_next(&text, &suite);
    if (!es_word_until(&suite, '-', &name) || !es_word_encr(name, &esp->encr))
        return false;
    /* The rest may go on with the group, behind another dash. */
    struct es_word integrity = {0};
    if (es_word_until(&suite, '-', &integrity) && !es_word_integ(integrity, &integ))
        return false;
    while (es_word_until(&name, '_', &last))
        ;
    es_word_number(last, &bits);
    *encr_bytes = es_encr_key_bytes(esp->encr, (uint16_t)(bits >= 128 && bits <= 256 ? bits : 0));
    *integ_bytes = es_integ_key_bytes(integ.integ);
    esp->integ = integ.integ;
    esp->icv_bytes = integ.icv_bytes;
    return *encr_bytes > 0 || esp->encr == 0;
}

static void add(struct es_esp_keys *esp, struct es_word spi, const struct es_secret *keymat,
                size_t encr_bytes, size_t integ_bytes, struct es_key_sink *sink)
{
    if (!es_word_hex32(spi, &esp->spi) || keymat->length != encr_bytes + integ_bytes) {
        sink->skipped++;
        return;
    }
    esp->encryption.length = (uint8_t)encr_bytes;
    memcpy(esp->encryption.bytes, keymat->bytes, encr_bytes);
    esp->integrity.length = (uint8_t)integ_bytes;
    memcpy(esp->integrity.bytes, keymat->bytes + encr_bytes, integ_bytes);
    if (es_esp_keys_sound(esp))
        es_key_sink_esp(sink, esp);
    else
        sink->skipped++;
}

/* "{ESP=>0x0c8a8d6d <0x5d3a2b1c xfrm=…", "{ESP/ESN=>…", "{ESPinUDP=>…": an SA is up. */
static bool take_established(struct state *s, struct es_word line, struct es_key_sink *sink)
{
    struct es_word rest, out, in, suite;
    struct es_esp_keys esp = {0};
    size_t encr_bytes, integ_bytes;
    if (!es_word_after(line, "{ESP", &rest) || !es_word_after(rest, "=>", &rest) ||
        !es_word_next(&rest, &out) || !es_word_next(&rest, &in) || !es_word_starts(in, "<") ||
        !es_word_after(rest, "xfrm=", &suite))
        return false;
    in.chars++;
    in.length--;
    struct es_word esn, behind;
    esp.esn = es_word_after(line, "/ESN", &esn) && es_word_after(esn, "=>", &behind);
    if (s->ours.length == 0 && s->peers.length == 0)
        return true;
    if (take_suite(suite, &esp, &encr_bytes, &integ_bytes)) {
        add(&esp, in, &s->ours, encr_bytes, integ_bytes, sink);
        add(&esp, out, &s->peers, encr_bytes, integ_bytes, sink);
    } else {
        sink->skipped++;
    }
    OPENSSL_cleanse(&esp, sizeof(esp));
    OPENSSL_cleanse(s, sizeof(*s));
    return true;
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    struct es_word text;
    if (!take_debug(whole, &text)) {
        s->taking = KEYMAT_NONE;
        take_established(s, whole, sink);
        return;
    }
    struct es_secret *keymat = s->taking == KEYMAT_OURS ? &s->ours : &s->peers;
    if (s->taking != KEYMAT_NONE && take_dump(text, keymat))
        return;
    s->taking = KEYMAT_NONE;
    if (is_keymat(text, &s->taking)) {
        keymat = s->taking == KEYMAT_OURS ? &s->ours : &s->peers;
        OPENSSL_cleanse(keymat, sizeof(*keymat));
        return;
    }
    if (!es_key_direction_line(text, sink))
        take_established(s, text, sink);
}

const struct es_key_form es_key_form_pluto = {
    .name = "pluto's log", .state_bytes = sizeof(struct state), .begins = begins, .line = line};
