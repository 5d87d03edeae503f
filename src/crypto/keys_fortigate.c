/*
 * FortiGate's `diagnose vpn tunnel list`:
 *
 *     name=office ver=2 serial=1 192.0.2.1:0->198.51.100.1:0 …
 *     …
 *       SA: ref=3 options=…
 *            seqno=1 esn=0 …
 *       dec: spi=9822756d esp=aes key=32 b926…
 *            ah=sha256 key=32 7885…
 *       enc: spi=de81092c esp=aes key=32 03a5…
 *            ah=sha256 key=32 cd2e…
 *
 * `enc` goes from the first address to the second, `dec` comes back.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <string.h>

struct state {
    uint8_t local[16], remote[16];
    struct es_esp_keys esp;
    bool esn;   /* of the pair that comes */
    bool begun; /* an SA waits for its line of integrity */
    bool wrong;
};

/* "192.0.2.1:0" or "2001:db8::1:0": without the port. */
static bool take_address(struct es_word word, uint8_t out[16])
{
    while (word.length > 0 && word.chars[word.length - 1] != ':')
        word.length--;
    if (word.length == 0)
        return false;
    word.length--;
    return es_word_address(word, out);
}

static bool take_addresses(struct es_word line, uint8_t local[16], uint8_t remote[16])
{
    struct es_word word, behind;
    while (es_word_next(&line, &word)) {
        if (!es_word_after(word, "->", &behind))
            continue;
        const struct es_word before = {word.chars, word.length - behind.length - 2};
        return take_address(before, local) && take_address(behind, remote);
    }
    return false;
}

static bool begins(struct es_word line)
{
    uint8_t local[16], remote[16];
    const struct es_word text = es_word_trim(line);
    struct es_word behind;
    if (es_word_starts(text, "name="))
        return take_addresses(text, local, remote);
    return (es_word_starts(text, "dec: spi=") || es_word_starts(text, "enc: spi=")) &&
           es_word_after(text, " esp=", &behind);
}

static void finish(struct state *s, struct es_key_sink *sink)
{
    if (s->begun) {
        if (!s->wrong && es_esp_keys_sound(&s->esp))
            es_key_sink_esp(sink, &s->esp);
        else
            sink->skipped++;
    }
    OPENSSL_cleanse(&s->esp, sizeof(s->esp));
    s->begun = s->wrong = false;
}

/* "aes key=32 b926…": the name, and a key of so many bytes. */
static bool take_key(struct es_word rest, struct es_word *name, struct es_secret *secret)
{
    struct es_word length, key;
    uint32_t bytes = 0;
    if (!es_word_next(&rest, name) || !es_word_next(&rest, &length) ||
        !es_word_after(length, "key=", &length) || !es_word_number(length, &bytes))
        return false;
    if (bytes == 0)
        return true;
    return es_word_next(&rest, &key) && es_word_secret(key, secret) && secret->length == bytes;
}

static void begin_sa(struct state *s, struct es_word text, bool outbound)
{
    struct es_word rest, spi, name;
    s->begun = true;
    s->esp.esn = s->esn;
    memcpy(s->esp.source, outbound ? s->local : s->remote, 16);
    memcpy(s->esp.destination, outbound ? s->remote : s->local, 16);
    s->wrong = !es_word_after(text, "spi=", &rest) || !es_word_next(&rest, &spi) ||
               !es_word_hex32(spi, &s->esp.spi) || !es_word_after(rest, "esp=", &rest) ||
               !take_key(rest, &name, &s->esp.encryption) || !es_word_encr(name, &s->esp.encr);
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

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    const struct es_word text = es_word_trim(whole);
    struct es_word rest;
    if (es_word_starts(text, "ah=")) {
        es_word_after(text, "ah=", &rest);
        if (s->begun)
            s->wrong |= !take_integrity(s, rest);
        finish(s, sink);
        return;
    }
    finish(s, sink);
    if (es_word_starts(text, "SA:"))
        s->esn = false;
    if (es_word_after(text, " esn=", &rest))
        s->esn = !es_word_starts(rest, "0");
    if (es_word_starts(text, "name=")) {
        memset(s->local, 0, sizeof(s->local));
        memset(s->remote, 0, sizeof(s->remote));
        if (!take_addresses(text, s->local, s->remote)) {
            memset(s->local, 0, sizeof(s->local));
            memset(s->remote, 0, sizeof(s->remote));
        }
    } else if (es_word_starts(text, "dec: spi=") || es_word_starts(text, "enc: spi=")) {
        begin_sa(s, text, text.chars[0] == 'e');
    }
}

static void end(void *state, struct es_key_sink *sink)
{
    finish(state, sink);
}

const struct es_key_form es_key_form_fortigate = {.name = "FortiGate's diagnose vpn tunnel list",
                                                  .state_bytes = sizeof(struct state),
                                                  .begins = begins,
                                                  .line = line,
                                                  .end = end};
