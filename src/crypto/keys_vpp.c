/*
 * VPP's `show ikev2 sa details`:
 *
 *     iip 192.0.2.1 ispi fa0d1a5b21f9b4d2 rip 198.51.100.1 rspi 47d2bb7b1a1c2d3e
 *      encr:aes-cbc-256 prf:hmac-sha2-256 integ:sha-256-128 dh-group:modp-2048
 *      …
 *      SK_d    5c…
 *      SK_a  i:12…
 *            r:34…
 *      SK_e  i:56…
 *            r:78…
 *        child sa 0:encr:aes-cbc-256 integ:sha-256-128 esn:yes
 *         spi(i) 8f7b2a11 spi(r) 1c2d3e4f
 *         SK_e  i:…
 *               r:…
 *         SK_a  i:…
 *               r:…
 *
 * The initiator sends with its own keys to the responder's SPI. VPP does not print the salt of an
 * ESP SA's combined mode, without which nothing is decrypted: such an SA is wrong here.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <string.h>

struct state {
    struct es_ike_keys ike;
    uint8_t initiator[16], responder[16];
    struct es_esp_keys child[2]; /* what the initiator sends, what the responder sends */
    struct es_secret *next_r;    /* where a line that begins with r: goes */
    bool begun, in_child;
};

static bool take_head(struct es_word line, struct state *s)
{
    struct es_word words[8];
    for (size_t i = 0; i < ES_COUNT(words); i++) {
        if (!es_word_next(&line, &words[i]))
            return false;
    }
    return es_word_is(words[0], "iip") && es_word_address(words[1], s->initiator) &&
           es_word_is(words[2], "ispi") && es_word_hex64(words[3], &s->ike.initiator_spi) &&
           es_word_is(words[4], "rip") && es_word_address(words[5], s->responder) &&
           es_word_is(words[6], "rspi") && es_word_hex64(words[7], &s->ike.responder_spi);
}

static bool begins(struct es_word line)
{
    struct state s;
    return es_word_starts(es_word_trim(line), "iip ") && take_head(line, &s);
}

static void finish_child(struct state *s, struct es_key_sink *sink)
{
    for (size_t i = 0; s->in_child && i < ES_COUNT(s->child); i++) {
        struct es_esp_keys *esp = &s->child[i];
        if (esp->spi == 0 || esp->encryption.length + esp->integrity.length == 0)
            continue;
        if (es_esp_keys_sound(esp))
            es_key_sink_esp(sink, esp);
        else
            sink->skipped++;
    }
    OPENSSL_cleanse(s->child, sizeof(s->child));
    s->in_child = false;
    s->next_r = NULL;
}

static void finish_ike(struct state *s, struct es_key_sink *sink)
{
    if (s->begun && s->ike.sk_ei.length + s->ike.sk_er.length > 0) {
        s->ike.major = 2;
        if (es_ike_keys_sound(&s->ike))
            es_key_sink_ike(sink, &s->ike);
        else
            sink->skipped++;
    }
    OPENSSL_cleanse(&s->ike, sizeof(s->ike));
    s->next_r = NULL;
}

/* "encr:aes-cbc-256 prf:hmac-sha2-256 …" */
static void take_suite(struct state *s, struct es_word rest)
{
    struct es_word word, type;
    struct es_integ_name integ = {0};
    uint16_t encr = 0, prf = 0;
    bool esn = false;
    while (es_word_next(&rest, &word)) {
        if (!es_word_until(&word, ':', &type))
            continue;
        if (es_word_is(type, "encr"))
            es_word_encr(word, &encr);
        else if (es_word_is(type, "integ"))
            es_word_integ(word, &integ);
        else if (es_word_is(type, "prf"))
            es_word_prf(word, &prf);
        else if (es_word_is(type, "esn"))
            esn = es_word_is(word, "yes");
    }
    if (!s->in_child) {
        s->ike.encr = encr;
        s->ike.integ = integ.integ;
        s->ike.prf = prf;
        return;
    }
    for (size_t i = 0; i < ES_COUNT(s->child); i++) {
        s->child[i].encr = encr;
        s->child[i].integ = integ.integ;
        s->child[i].icv_bytes = integ.icv_bytes;
        s->child[i].esn = esn;
    }
}

/* "child sa 0:encr:… integ:…" */
static void begin_child(struct state *s, struct es_word text, struct es_key_sink *sink)
{
    struct es_word number;
    finish_child(s, sink);
    s->in_child = true;
    memcpy(s->child[0].source, s->initiator, sizeof(s->initiator));
    memcpy(s->child[0].destination, s->responder, sizeof(s->responder));
    memcpy(s->child[1].source, s->responder, sizeof(s->responder));
    memcpy(s->child[1].destination, s->initiator, sizeof(s->initiator));
    es_word_until(&text, ':', &number);
    take_suite(s, text);
}

/* "spi(i) 8f7b2a11 spi(r) 1c2d3e4f": the SPI that each receives with. */
static void take_spis(struct state *s, struct es_word text)
{
    struct es_word word;
    if (es_word_next(&text, &word) && es_word_next(&text, &word))
        es_word_hex32(word, &s->child[1].spi);
    if (es_word_next(&text, &word) && es_word_next(&text, &word))
        es_word_hex32(word, &s->child[0].spi);
}

static void take_secret(struct es_word word, struct es_secret *secret, struct es_key_sink *sink)
{
    if (secret && !es_word_secret(es_word_trim(word), secret))
        sink->skipped++;
}

/* "SK_a  i:12…"; its other half is the next line's. */
static void take_pair(struct state *s, struct es_word text, struct es_secret *i,
                      struct es_secret *r, struct es_key_sink *sink)
{
    struct es_word key;
    if (!es_word_after(text, "i:", &key))
        return;
    take_secret(key, i, sink);
    s->next_r = r;
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    struct es_word text = es_word_trim(whole), rest;
    struct es_ike_keys *ike = &s->ike;
    struct es_secret *next_r = s->next_r;
    s->next_r = NULL;
    if (es_word_starts(text, "iip ")) {
        finish_ike(s, sink);
        finish_child(s, sink);
        s->begun = take_head(text, s);
    } else if (!s->begun) {
        return;
    } else if (es_word_starts(text, "child sa ")) {
        finish_ike(s, sink);
        begin_child(s, text, sink);
    } else if (es_word_starts(text, "encr:")) {
        take_suite(s, text);
    } else if (es_word_starts(text, "spi(i) ")) {
        take_spis(s, text);
    } else if (es_word_starts(text, "r:")) {
        es_word_after(text, "r:", &rest);
        take_secret(rest, next_r, sink);
    } else if (es_word_starts(text, "SK_d ") && !s->in_child) {
        es_word_after(text, "SK_d ", &rest);
        take_secret(rest, &ike->sk_d, sink);
    } else if (es_word_starts(text, "SK_a ")) {
        if (s->in_child)
            take_pair(s, text, &s->child[0].integrity, &s->child[1].integrity, sink);
        else
            take_pair(s, text, &ike->sk_ai, &ike->sk_ar, sink);
    } else if (es_word_starts(text, "SK_e ")) {
        if (s->in_child)
            take_pair(s, text, &s->child[0].encryption, &s->child[1].encryption, sink);
        else
            take_pair(s, text, &ike->sk_ei, &ike->sk_er, sink);
    }
}

static void end(void *state, struct es_key_sink *sink)
{
    finish_ike(state, sink);
    finish_child(state, sink);
}

const struct es_key_form es_key_form_vpp = {.name = "VPP's show ikev2 sa details",
                                            .state_bytes = sizeof(struct state),
                                            .begins = begins,
                                            .line = line,
                                            .end = end};
