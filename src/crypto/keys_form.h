/*
 * What the forms of key files share: the file as lines, what is found, and how its words are read.
 */
#ifndef ES_CRYPTO_KEYS_FORM_H
#define ES_CRYPTO_KEYS_FORM_H

#include "espial/base.h"
#include "espial/crypto.h"

/* A piece of a line; borrowed, not ended by NUL. */
struct es_word {
    const char *chars;
    size_t length;
};

/* Where a form's parser puts what it reads. */
struct es_key_sink {
    struct es_keys *keys;
    size_t found;   /* keys given to the store */
    size_t skipped; /* lines, or groups of lines, that are wrong */
    bool full;      /* the store takes no more */
};

void es_key_sink_ike(struct es_key_sink *sink, const struct es_ike_keys *ike);
void es_key_sink_esp(struct es_key_sink *sink, const struct es_esp_keys *esp);

/*
 * A form: `begins` says whether a line belongs to it that no other form has; from the first such
 * line on `line` gets every line of the file, `end` is called once after the last. `state` is
 * `state_bytes` zeroed bytes, wiped afterwards.
 */
struct es_key_form {
    const char *name;
    size_t state_bytes;
    bool (*begins)(struct es_word line);
    void (*line)(void *state, struct es_word line, struct es_key_sink *sink);
    void (*end)(void *state, struct es_key_sink *sink); /* may be NULL */
};

extern const struct es_key_form es_key_form_ikev2_table; /* Wireshark's tables */
extern const struct es_key_form es_key_form_ikev1_table;
extern const struct es_key_form es_key_form_esp_table;
extern const struct es_key_form es_key_form_charon;
extern const struct es_key_form es_key_form_pluto;
extern const struct es_key_form es_key_form_xfrm;
extern const struct es_key_form es_key_form_setkey;
extern const struct es_key_form es_key_form_tcpdump;
extern const struct es_key_form es_key_form_vpp;
extern const struct es_key_form es_key_form_fortigate;

/* True when the store has only one ESP SA of this SPI. */
bool es_keys_spi_is_unique(const struct es_keys *keys, uint32_t spi);

/* --- words --- */

struct es_word es_word_of(const char *chars);
struct es_word es_word_trim(struct es_word word); /* without blanks at both ends */
bool es_word_is(struct es_word word, const char *chars);
bool es_word_starts(struct es_word word, const char *chars);

/* The part behind the first `chars` in `word`; false, with `after` empty, without one. */
bool es_word_after(struct es_word word, const char *chars, struct es_word *after);

/* Takes the next word between blanks; false at the end. */
bool es_word_next(struct es_word *rest, struct es_word *word);

/* Takes what is up to the next `separator`, stepped over; false at the end. */
bool es_word_until(struct es_word *rest, char separator, struct es_word *word);

/* Hexadecimal digits, with or without 0x, which all of the word must be. */
bool es_word_hex64(struct es_word word, uint64_t *out);
bool es_word_hex32(struct es_word word, uint32_t *out);
bool es_word_number(struct es_word word, uint32_t *out); /* decimal */

/* Bytes in hexadecimal, with or without 0x; false when they are not, or too many. May be empty. */
bool es_word_secret(struct es_word word, struct es_secret *out);
/* Adds one more run of such bytes. */
bool es_word_secret_more(struct es_word word, struct es_secret *secret);

/* An IPv4 or IPv6 address as struct es_esp_keys holds it. */
bool es_word_address(struct es_word word, uint8_t out[16]);

/* --- algorithms, whoever spells them --- */

struct es_integ_name {
    uint16_t integ;    /* 0: none, or one that has no transform ID */
    uint8_t icv_bytes; /* when it is not the algorithm's own; 0: it is */
};

/* False when nobody spells an algorithm like this. NULL and NONE are 0. */
bool es_word_encr(struct es_word word, uint16_t *encr);
bool es_word_integ(struct es_word word, struct es_integ_name *integ);
bool es_word_prf(struct es_word word, uint16_t *prf);

/* The same combined-mode algorithm with an ICV of so many bytes; 0 when there is none. */
uint16_t es_encr_with_icv(uint16_t encr, unsigned icv_bytes);
bool es_encr_combined(uint16_t encr);

/* True when SPIs, keys and algorithms fit each other. */
bool es_esp_keys_sound(const struct es_esp_keys *esp);
bool es_ike_keys_sound(const struct es_ike_keys *ike);

#endif
