/*
 * `ip xfrm state`, with or without -s:
 *
 *     src 192.0.2.1 dst 198.51.100.1
 *         proto esp spi 0xce85391d reqid 1 mode tunnel
 *         replay-window 0 flag af-unspec esn
 *         auth-trunc hmac(sha256) 0xae22… 128
 *         enc cbc(aes) 0x2120…
 *         aead rfc4106(gcm(aes)) 0x… 128        (in place of the two)
 */
#include "keys_form.h"

#include "espial/registry.h"

#include <openssl/crypto.h>

#include <string.h>

struct state {
    struct es_esp_keys esp;
    bool begun;   /* addresses were seen */
    bool is_esp;  /* the protocol too */
    bool has_key; /* or an algorithm without one */
    bool wrong;
};

static bool take_addresses(struct es_word line, struct es_esp_keys *esp)
{
    struct es_word src, source, dst, destination;
    return es_word_next(&line, &src) && es_word_is(src, "src") && es_word_next(&line, &source) &&
           es_word_next(&line, &dst) && es_word_is(dst, "dst") &&
           es_word_next(&line, &destination) && es_word_address(source, esp->source) &&
           es_word_address(destination, esp->destination);
}

static bool begins(struct es_word line)
{
    struct es_esp_keys esp;
    return es_word_starts(line, "src ") && take_addresses(line, &esp);
}

static void finish(struct state *s, struct es_key_sink *sink)
{
    if (s->begun && s->is_esp && (s->has_key || s->wrong)) {
        if (!s->wrong && es_esp_keys_sound(&s->esp))
            es_key_sink_esp(sink, &s->esp);
        else
            sink->skipped++;
    }
    OPENSSL_cleanse(s, sizeof(*s));
}

/* "0xce85391d(3464837405)": up to the parenthesis. */
static struct es_word without_decimal(struct es_word word)
{
    struct es_word hex = word;
    es_word_until(&word, '(', &hex);
    return hex;
}

static void take_protocol(struct state *s, struct es_word rest)
{
    struct es_word protocol, word, spi;
    if (!es_word_next(&rest, &protocol) || !es_word_is(protocol, "esp"))
        return;
    s->is_esp = es_word_next(&rest, &word) && es_word_is(word, "spi") &&
                es_word_next(&rest, &spi) && es_word_hex32(without_decimal(spi), &s->esp.spi);
}

/* "[(256 bits)] 128": the bits of the ICV, or 0. */
static uint32_t icv_bits(struct es_word rest)
{
    struct es_word word;
    uint32_t bits = 0, number;
    while (es_word_next(&rest, &word)) {
        if (es_word_number(word, &number))
            bits = number;
    }
    return bits;
}

static bool take_auth(struct state *s, struct es_word rest)
{
    struct es_word name, key;
    struct es_integ_name integ;
    if (!es_word_next(&rest, &name) || !es_word_integ(name, &integ))
        return false;
    s->esp.integ = integ.integ;
    if (es_word_next(&rest, &key) && !es_word_secret(key, &s->esp.integrity))
        return false;
    const uint32_t bytes = icv_bits(rest) / 8;
    if (bytes > UINT8_MAX)
        return false;
    s->esp.icv_bytes = (uint8_t)(bytes ? bytes : integ.icv_bytes);
    if (s->esp.icv_bytes == es_integ_icv(integ.integ))
        s->esp.icv_bytes = 0;
    return true;
}

static bool take_enc(struct state *s, struct es_word rest)
{
    struct es_word name, key;
    return es_word_next(&rest, &name) && es_word_encr(name, &s->esp.encr) &&
           (!es_word_next(&rest, &key) || es_word_secret(key, &s->esp.encryption));
}

static bool take_aead(struct state *s, struct es_word rest)
{
    if (!take_enc(s, rest))
        return false;
    const uint32_t bits = icv_bits(rest);
    if (bits > 0)
        s->esp.encr = es_encr_with_icv(s->esp.encr, bits / 8);
    return s->esp.encr != 0;
}

static void take_flags(struct state *s, struct es_word rest)
{
    struct es_word word;
    while (es_word_next(&rest, &word))
        s->esp.esn |= es_word_is(word, "esn");
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    struct es_word rest = whole, word;
    if (es_word_starts(whole, "src ")) {
        finish(s, sink);
        s->begun = take_addresses(whole, &s->esp);
        return;
    }
    if (!s->begun || !es_word_next(&rest, &word))
        return;
    if (es_word_is(word, "proto")) {
        take_protocol(s, rest);
    } else if (es_word_is(word, "auth") || es_word_is(word, "auth-trunc")) {
        s->wrong |= !take_auth(s, rest);
        s->has_key = true;
    } else if (es_word_is(word, "enc")) {
        s->wrong |= !take_enc(s, rest);
        s->has_key = true;
    } else if (es_word_is(word, "aead")) {
        s->wrong |= !take_aead(s, rest);
        s->has_key = true;
    } else if (es_word_is(word, "replay-window")) {
        take_flags(s, rest);
    }
}

static void end(void *state, struct es_key_sink *sink)
{
    finish(state, sink);
}

const struct es_key_form es_key_form_xfrm = {.name = "ip xfrm state",
                                             .state_bytes = sizeof(struct state),
                                             .begins = begins,
                                             .line = line,
                                             .end = end};
