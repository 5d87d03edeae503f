/*
 * The log of strongSwan's charon with the groups ike and chd at level 4, which show keys as hex
 * dumps:
 *
 *     06[IKE] Sk_ei secret => 32 bytes @ 0x5c038de0
 *     06[IKE]    0: D7 6F 3E 62 A1 3D ED 13 6D 5E 1C 29 B7 13 9E CE  .o>b.=..m^.)....
 *
 * What the dumps do not say stands around them in lines of the same thread (the number in front of
 * the group): SPIs of an IKE SA in the NAT detection's input, in the octets to be signed, and in
 * [MGR] at level 2, the only one after an IKE SA was rekeyed; those of an ESP SA behind "adding
 * inbound ESP SA". Which of these has the initiator's keys follows from the message that was
 * parsed: who got a response is the initiator.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <string.h>

enum { THREADS = 64, CHOSEN = 256, SPIS_BYTES = 16, DUMP_LINE_BYTES = 16 };

struct spis {
    uint64_t initiator, responder;
};

enum role { ROLE_UNKNOWN, ROLE_INITIATOR, ROLE_RESPONDER };

/* What one thread is about. */
struct thread {
    uint32_t number;
    enum role role;
    bool rekeying;          /* the message is a CREATE_CHILD_SA */
    bool inbound, outbound; /* the next SPI is of an SA of this direction */
    bool pending;           /* `ike` waits for its SPIs */
    struct spis spis;       /* of the IKE SA at hand, when both are known */
    struct spis used;       /* of the IKE SA that the message came with, by [MGR] */
    struct es_ike_keys ike;
    struct es_esp_keys esp;                       /* algorithms */
    struct es_secret encryption[2], integrity[2]; /* of the exchange's initiator, responder */
};

/* The algorithms of an IKE SA, since the responder makes its keys in a later thread. */
struct chosen {
    struct spis spis;
    uint16_t encr, integ, prf;
};

enum dump {
    DUMP_NONE,
    DUMP_SPIS,
    DUMP_SK_D,
    DUMP_SK_AI,
    DUMP_SK_AR,
    DUMP_SK_EI,
    DUMP_SK_ER,
    DUMP_V1_D,
    DUMP_V1_A,
    DUMP_V1_E,
    DUMP_ENCRYPTION_I,
    DUMP_ENCRYPTION_R,
    DUMP_INTEGRITY_I,
    DUMP_INTEGRITY_R,
};

struct state {
    struct thread threads[THREADS];
    struct chosen chosen[CHOSEN]; /* a ring */
    size_t chosen_next;
    enum dump dump; /* what is being dumped */
    struct thread *dumper;
    uint32_t dump_bytes; /* how many it will be, as far as they are of interest */
    struct es_secret bytes;
};

static const struct {
    const char *name;
    enum dump dump;
} dumps[] = {
    {"natd_chunk",                                  DUMP_SPIS        },
    {"octets = message + nonce + prf(Sk_px, IDx')", DUMP_SPIS        },
    {"Sk_d secret",                                 DUMP_SK_D        },
    {"Sk_ai secret",                                DUMP_SK_AI       },
    {"Sk_ar secret",                                DUMP_SK_AR       },
    {"Sk_ei secret",                                DUMP_SK_EI       },
    {"Sk_er secret",                                DUMP_SK_ER       },
    {"SKEYID_d",                                    DUMP_V1_D        },
    {"SKEYID_a",                                    DUMP_V1_A        },
    {"encryption key Ka",                           DUMP_V1_E        },
    {"encryption initiator key",                    DUMP_ENCRYPTION_I},
    {"encryption responder key",                    DUMP_ENCRYPTION_R},
    {"integrity initiator key",                     DUMP_INTEGRITY_I },
    {"integrity responder key",                     DUMP_INTEGRITY_R },
};

/* "… 06[IKE] <name|1> text": the thread, and the text behind. False for any other line. */
static bool take_head(struct es_word line, uint32_t *thread, struct es_word *text)
{
    for (size_t i = 1; i + 5 <= line.length; i++) {
        const char *at = line.chars + i;
        if (at[0] != '[' || at[4] != ']' || at[-1] < '0' || at[-1] > '9')
            continue;
        size_t digits = 1;
        while (digits < i && digits < 5 && at[-1 - (int)digits] >= '0' &&
               at[-1 - (int)digits] <= '9')
            digits++;
        struct es_word behind = {at + 5, line.length - i - 5};
        if (es_word_starts(es_word_trim(behind), "<"))
            es_word_after(behind, "> ", &behind);
        *text = es_word_trim(behind);
        return es_word_number((struct es_word){at - digits, digits}, thread);
    }
    return false;
}

/* "name => 32 bytes @ 0x…" */
static enum dump take_dump(struct es_word text, uint32_t *bytes)
{
    struct es_word rest, number;
    if (!es_word_after(text, " => ", &rest))
        return DUMP_NONE;
    const struct es_word name = {text.chars, (size_t)(rest.chars - text.chars) - 4};
    for (size_t i = 0; i < ES_COUNT(dumps); i++) {
        if (es_word_is(name, dumps[i].name))
            return es_word_next(&rest, &number) && es_word_number(number, bytes) ? dumps[i].dump
                                                                                 : DUMP_NONE;
    }
    return DUMP_NONE;
}

static bool begins(struct es_word line)
{
    uint32_t number, bytes;
    struct es_word text;
    if (!take_head(line, &number, &text))
        return false;
    return take_dump(text, &bytes) != DUMP_NONE || es_word_starts(text, "selected proposal: ") ||
           es_word_starts(text, "parsed ") || es_word_starts(text, "received packet: ") ||
           es_word_starts(text, "checkout IKE");
}

static struct thread *find_thread(struct state *s, uint32_t number)
{
    struct thread *t = &s->threads[number % THREADS];
    if (t->number != number) {
        OPENSSL_cleanse(t, sizeof(*t));
        t->number = number;
    }
    return t;
}

static bool spis_are_known(const struct spis *spis)
{
    return spis->initiator != 0 && spis->responder != 0;
}

static bool spis_equal(const struct spis *a, const struct spis *b)
{
    return a->initiator == b->initiator && a->responder == b->responder;
}

static void recall_chosen(const struct state *s, struct es_ike_keys *ike)
{
    for (size_t i = 0; ike->major == 2 && ike->encr == 0 && i < CHOSEN; i++) {
        const struct chosen *c = &s->chosen[i];
        if (c->spis.initiator == ike->initiator_spi && c->spis.responder == ike->responder_spi) {
            ike->encr = c->encr;
            ike->integ = c->integ;
            ike->prf = c->prf;
        }
    }
}

/* Hands out an IKE SA once keys and SPIs are there. */
static void join(struct state *s, struct thread *t, struct es_key_sink *sink)
{
    if (!t->pending || !spis_are_known(&t->spis))
        return;
    t->ike.initiator_spi = t->spis.initiator;
    t->ike.responder_spi = t->spis.responder;
    recall_chosen(s, &t->ike);
    if (es_ike_keys_sound(&t->ike))
        es_key_sink_ike(sink, &t->ike);
    else
        sink->skipped++;
    OPENSSL_cleanse(&t->ike, sizeof(t->ike));
    t->pending = false;
}

/* The SPIs of the thread's IKE SA, or of the one that replaces it, were seen. */
static void see_spis(struct state *s, struct thread *t, struct spis spis, struct es_key_sink *sink)
{
    if (!spis_are_known(&spis) || (t->rekeying && spis_equal(&spis, &t->used)))
        return;
    t->spis = spis;
    if (t->ike.encr != 0) {
        s->chosen[s->chosen_next] = (struct chosen){spis, t->ike.encr, t->ike.integ, t->ike.prf};
        s->chosen_next = (s->chosen_next + 1) % CHOSEN;
    }
    join(s, t, sink);
}

static uint64_t load(const uint8_t *bytes)
{
    struct es_cursor c = es_cursor(bytes, 8, 8);
    return es_u64(&c);
}

static void forget_ike(struct thread *t, struct es_key_sink *sink)
{
    if (t->pending)
        sink->skipped++; /* its SPIs never came */
    t->pending = false;
    OPENSSL_cleanse(&t->ike, sizeof(t->ike));
}

/* The first key of an IKE SA: what was left from one before goes, what was chosen stays. */
static void begin_ike(struct thread *t, uint8_t major, struct es_key_sink *sink)
{
    if (t->pending)
        forget_ike(t, sink);
    t->ike.major = major;
    if (major == 1) {
        /* What the log says last may be of phase 2; the negotiation in clear knows better. */
        t->ike.encr = t->ike.integ = t->ike.prf = 0;
    }
}

static struct es_secret *secret_of(struct thread *t, enum dump dump)
{
    switch (dump) {
    case DUMP_SK_D:
    case DUMP_V1_D:
        return &t->ike.sk_d;
    case DUMP_SK_AI:
    case DUMP_V1_A:
        return &t->ike.sk_ai;
    case DUMP_SK_AR:
        return &t->ike.sk_ar;
    case DUMP_SK_EI:
    case DUMP_V1_E:
        return &t->ike.sk_ei;
    case DUMP_SK_ER:
        return &t->ike.sk_er;
    case DUMP_ENCRYPTION_I:
        return &t->encryption[0];
    case DUMP_ENCRYPTION_R:
        return &t->encryption[1];
    case DUMP_INTEGRITY_I:
        return &t->integrity[0];
    case DUMP_INTEGRITY_R:
        return &t->integrity[1];
    case DUMP_NONE:
    case DUMP_SPIS:
        break;
    }
    return NULL;
}

/* A dump is whole. */
static void take_bytes(struct state *s, struct es_key_sink *sink)
{
    struct thread *t = s->dumper;
    const enum dump dump = s->dump;
    s->dump = DUMP_NONE;
    if (dump == DUMP_SPIS) {
        const struct spis spis = {load(s->bytes.bytes), load(s->bytes.bytes + 8)};
        see_spis(s, t, spis, sink);
        return;
    }
    if (dump == DUMP_SK_D || dump == DUMP_V1_D)
        begin_ike(t, dump == DUMP_SK_D ? 2 : 1, sink);
    struct es_secret *secret = secret_of(t, dump);
    if (secret)
        *secret = s->bytes;
    if ((dump == DUMP_SK_ER && t->ike.major == 2) || (dump == DUMP_V1_E && t->ike.major == 1)) {
        t->pending = true;
        join(s, t, sink);
    }
}

static void begin_dump(struct state *s, struct thread *t, enum dump dump, uint32_t bytes,
                       struct es_key_sink *sink)
{
    OPENSSL_cleanse(&s->bytes, sizeof(s->bytes));
    if (dump == DUMP_SPIS)
        bytes = bytes < SPIS_BYTES ? 0 : SPIS_BYTES;
    if (bytes == 0)
        return;
    if (bytes > ES_SECRET_BYTES_MAX) {
        sink->skipped++;
        return;
    }
    s->dump = dump;
    s->dumper = t;
    s->dump_bytes = bytes;
}

/* "  16: C6 33 64 01 01 F4   .3d..." False when it is no such line. */
static bool take_dump_line(struct state *s, struct es_word text)
{
    struct es_word number;
    uint32_t offset;
    if (!es_word_until(&text, ':', &number) || !es_word_number(number, &offset) ||
        offset != s->bytes.length)
        return false;
    for (size_t i = 0; i < DUMP_LINE_BYTES && s->bytes.length < s->dump_bytes; i++) {
        if (text.length < 3 || text.chars[0] != ' ' ||
            !es_word_secret_more((struct es_word){text.chars + 1, 2}, &s->bytes))
            break;
        text.chars += 3;
        text.length -= 3;
    }
    return s->bytes.length > offset;
}

/* "IKE:AES_CBC_256/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" */
static void take_proposal(struct thread *t, struct es_word text)
{
    struct es_word protocol, name;
    struct es_integ_name integ = {0};
    uint16_t encr = 0, prf = 0;
    bool esn = false;
    if (!es_word_until(&text, ':', &protocol))
        return;
    while (es_word_until(&text, '/', &name)) {
        name = es_word_trim(name);
        if (!es_word_encr(name, &encr) && !es_word_integ(name, &integ))
            es_word_prf(name, &prf);
        esn |= es_word_is(name, "EXT_SEQ");
    }
    if (es_word_is(protocol, "IKE")) {
        t->ike.encr = encr;
        t->ike.integ = integ.integ;
        t->ike.prf = prf;
    } else {
        t->esp.esn = esn;
    }
}

/* "using AES_CBC for encryption" */
static void take_algorithm(struct thread *t, struct es_word text)
{
    struct es_word using, name, purpose;
    if (!es_word_next(&text, &using) || !es_word_next(&text, &name))
        return;
    purpose = es_word_trim(text);
    struct es_integ_name integ = {0};
    if (es_word_is(purpose, "for encryption")) {
        t->esp.encr = 0;
        t->esp.integ = t->esp.icv_bytes = 0;
        es_word_encr(name, &t->esp.encr);
    } else if (es_word_is(purpose, "for integrity") && es_word_integ(name, &integ)) {
        t->esp.integ = integ.integ;
        t->esp.icv_bytes = integ.icv_bytes;
    }
}

/* "0xc690ef69, src 198.51.100.1 dst 192.0.2.1" */
static bool take_esp(struct thread *t, struct es_word text, struct es_esp_keys *esp)
{
    struct es_word spi, word, source, destination;
    if (!es_word_until(&text, ',', &spi) || !es_word_hex32(spi, &esp->spi) ||
        !es_word_next(&text, &word) || !es_word_next(&text, &source) ||
        !es_word_next(&text, &word) || !es_word_next(&text, &destination) ||
        !es_word_address(source, esp->source) || !es_word_address(destination, esp->destination))
        return false;
    /* Without the message's role nobody knows whose keys these are. */
    if (t->role == ROLE_UNKNOWN)
        return false;
    const size_t sender = (t->role == ROLE_INITIATOR) == t->outbound ? 0 : 1;
    esp->encr = t->esp.encr;
    esp->integ = t->esp.integ;
    esp->icv_bytes = t->esp.icv_bytes;
    esp->esn = t->esp.esn;
    esp->encryption = t->encryption[sender];
    esp->integrity = t->integrity[sender];
    OPENSSL_cleanse(&t->encryption[sender], sizeof(t->encryption[sender]));
    OPENSSL_cleanse(&t->integrity[sender], sizeof(t->integrity[sender]));
    return es_esp_keys_sound(esp);
}

static void add_esp(struct thread *t, struct es_word text, struct es_key_sink *sink)
{
    struct es_esp_keys esp = {0};
    const bool any = t->encryption[0].length + t->encryption[1].length + t->integrity[0].length +
                         t->integrity[1].length >
                     0;
    /* An SA whose keys the log does not show is nothing wrong. */
    if (any && take_esp(t, text, &esp))
        es_key_sink_esp(sink, &esp);
    else if (any)
        sink->skipped++;
    t->inbound = t->outbound = false;
    OPENSSL_cleanse(&esp, sizeof(esp));
}

/* "… with SPIs 76a9045a96a36ccd_i ab90f2566466e923_r" */
static bool take_spis(struct es_word text, struct spis *spis)
{
    struct es_word initiator, responder;
    return es_word_after(text, " with SPIs ", &text) && es_word_until(&text, '_', &initiator) &&
           es_word_hex64(initiator, &spis->initiator) && es_word_starts(text, "i ") &&
           es_word_after(text, "i ", &text) && es_word_until(&text, '_', &responder) &&
           es_word_hex64(responder, &spis->responder);
}

/* A new message: what is known of the one before does not count. */
static void begin_message(struct thread *t, struct es_key_sink *sink)
{
    forget_ike(t, sink);
    t->role = ROLE_UNKNOWN;
    t->rekeying = t->inbound = t->outbound = false;
    t->spis = (struct spis){0, 0};
}

static void take_parsed(struct thread *t, struct es_word text)
{
    struct es_word word;
    if (es_word_after(text, " response ", &word))
        t->role = ROLE_INITIATOR;
    else if (es_word_after(text, " request ", &word))
        t->role = ROLE_RESPONDER;
    t->rekeying = es_word_starts(text, "CREATE_CHILD_SA");
}

static void take_text(struct state *s, struct thread *t, struct es_word text,
                      struct es_key_sink *sink)
{
    struct spis spis;
    uint32_t bytes;
    struct es_word rest;
    const enum dump dump = take_dump(text, &bytes);
    if (dump != DUMP_NONE) {
        begin_dump(s, t, dump, bytes, sink);
    } else if (es_word_starts(text, "received packet: ")) {
        begin_message(t, sink);
    } else if (es_word_starts(text, "parsed ")) {
        es_word_after(text, "parsed ", &rest);
        take_parsed(t, rest);
    } else if (es_word_starts(text, "selected proposal: ")) {
        es_word_after(text, "selected proposal: ", &rest);
        take_proposal(t, rest);
    } else if (es_word_starts(text, "using ")) {
        take_algorithm(t, text);
    } else if (es_word_is(text, "adding inbound ESP SA")) {
        t->inbound = true;
        t->outbound = false;
    } else if (es_word_is(text, "adding outbound ESP SA") ||
               es_word_is(text, "registering outbound ESP SA")) {
        t->inbound = false;
        t->outbound = true;
    } else if ((t->inbound || t->outbound) && es_word_starts(text, "SPI ")) {
        es_word_after(text, "SPI ", &rest);
        add_esp(t, rest, sink);
    } else if (es_word_starts(text, "checkout IKE") && take_spis(text, &spis)) {
        t->used = spis;
    } else if (es_word_starts(text, "checkin IKE") && take_spis(text, &spis)) {
        see_spis(s, t, spis, sink);
    } else if (es_word_starts(text, "checkin and destroy IKE_SA")) {
        /* A responder that knows nobody of the peer's name gives up before it signs anything. */
        see_spis(s, t, t->used, sink);
    }
}

static void line(void *state, struct es_word whole, struct es_key_sink *sink)
{
    struct state *s = state;
    uint32_t number;
    struct es_word text;
    if (!take_head(whole, &number, &text))
        return;
    struct thread *t = find_thread(s, number);
    if (s->dump != DUMP_NONE && s->dumper == t && take_dump_line(s, text)) {
        if (s->bytes.length == s->dump_bytes)
            take_bytes(s, sink);
        return;
    }
    if (s->dump != DUMP_NONE && s->dumper == t) {
        s->dump = DUMP_NONE; /* it broke off */
        sink->skipped++;
    }
    take_text(s, t, text, sink);
}

static void end(void *state, struct es_key_sink *sink)
{
    struct state *s = state;
    for (size_t i = 0; i < THREADS; i++)
        sink->skipped += s->threads[i].pending;
}

const struct es_key_form es_key_form_charon = {.name = "charon's log",
                                               .state_bytes = sizeof(struct state),
                                               .begins = begins,
                                               .line = line,
                                               .end = end};
