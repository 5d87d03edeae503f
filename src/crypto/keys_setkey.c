/*
 * `setkey -D` of KAME and its heirs:
 *
 *     172.16.1.226 172.16.1.247
 *         esp mode=tunnel spi=79772695(0x04c13c17) reqid=0(0x00000000)
 *         E: rijndael-cbc  35aab288 5227f09b 2869d1a2 6d204592
 *         A: hmac-md5  fcf8955e 3d893cec 4dfc8e6b 22013b76
 *
 * With NAT the addresses have ports in brackets behind them.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <string.h>

struct state {
    struct es_esp_keys esp;
    bool begun, is_esp, has_key, wrong;
};

static bool take_address(struct es_word *rest, uint8_t out[16])
{
    struct es_word word, bare;
    if (!es_word_next(rest, &word))
        return false;
    bare = word;
    es_word_until(&word, '[', &bare);
    return es_word_address(bare, out);
}

/* Two addresses at the margin and nothing else. */
static bool take_addresses(struct es_word line, struct es_esp_keys *esp)
{
    struct es_word more;
    return line.length > 0 && line.chars[0] != ' ' && line.chars[0] != '\t' &&
           take_address(&line, esp->source) && take_address(&line, esp->destination) &&
           !es_word_next(&line, &more);
}

static bool begins(struct es_word line)
{
    struct es_esp_keys esp;
    return take_addresses(line, &esp);
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

/* "rijndael-cbc  35aab288 5227f09b": the name, and the key in groups of digits. */
static bool take_key(struct es_word rest, struct es_word *name, struct es_secret *secret)
{
    struct es_word group;
    if (!es_word_next(&rest, name))
        return false;
    OPENSSL_cleanse(secret, sizeof(*secret));
    while (es_word_next(&rest, &group)) {
        if (!es_word_secret_more(group, secret))
            return false;
    }
    return true;
}

static bool take_integrity(struct state *s, struct es_word rest)
{
    struct es_word name;
    struct es_integ_name integ;
    if (!take_key(rest, &name, &s->esp.integrity) || !es_word_integ(name, &integ))
        return false;
    s->esp.integ = integ.integ;
    s->esp.icv_bytes = integ.icv_bytes;
    return true;
}

static void take_protocol(struct state *s, struct es_word rest)
{
    struct es_word spi;
    if (!es_word_after(rest, "spi=", &rest) || !es_word_after(rest, "(", &rest) ||
        !es_word_until(&rest, ')', &spi))
        return;
    s->is_esp = es_word_hex32(spi, &s->esp.spi);
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    struct es_word rest = whole, word, name;
    if (begins(whole)) {
        finish(s, sink);
        s->begun = take_addresses(whole, &s->esp);
        return;
    }
    if (!s->begun || !es_word_next(&rest, &word))
        return;
    if (es_word_is(word, "esp") || es_word_is(word, "esp-udp")) {
        take_protocol(s, rest);
    } else if (es_word_is(word, "E:")) {
        s->wrong |= !take_key(rest, &name, &s->esp.encryption) || !es_word_encr(name, &s->esp.encr);
        s->has_key = true;
    } else if (es_word_is(word, "A:")) {
        s->wrong |= !take_integrity(s, rest);
        s->has_key = true;
    }
}

static void end(void *state, struct es_key_sink *sink)
{
    finish(state, sink);
}

const struct es_key_form es_key_form_setkey = {.name = "setkey -D",
                                               .state_bytes = sizeof(struct state),
                                               .begins = begins,
                                               .line = line,
                                               .end = end};
