/*
 * Wireshark's tables of keys, as it keeps them in its profile folder and strongSwan's save-keys
 * writes them: comma separated, with or without quotes.
 *
 *     ikev2_decryption_table: SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"
 *     ikev1_decryption_table: SPIi,key
 *     esp_sa: "IPv4","source","destination","0xSPI","encryption","0xkey","integrity","0xkey"
 *             and from Wireshark 4.2 on the width of sequence numbers and their upper half
 */
#include "keys_form.h"

#include "espial/registry.h"

#include <openssl/crypto.h>

#include <string.h>

enum { FIELDS_MAX = 12, SPI_DIGITS = 16 };

/* Takes one field, without its quotes. False at the end. */
static bool take_field(struct es_word *rest, struct es_word *field)
{
    struct es_word trimmed = es_word_trim(*rest);
    if (trimmed.length > 0 && trimmed.chars[0] == '"') {
        struct es_word after, behind;
        trimmed.chars++;
        trimmed.length--;
        if (!es_word_until(&trimmed, '"', field))
            return false;
        after = trimmed;
        es_word_until(&after, ',', &behind);
        *rest = after;
        return true;
    }
    if (!es_word_until(rest, ',', field))
        return false;
    *field = es_word_trim(*field);
    return true;
}

static size_t split(struct es_word line, struct es_word fields[FIELDS_MAX])
{
    size_t count = 0;
    struct es_word rest = es_word_trim(line);
    while (count < FIELDS_MAX && take_field(&rest, &fields[count]))
        count++;
    /* A comma at the end has one more field behind it, an empty one. */
    if (count > 0 && count < FIELDS_MAX && line.chars[line.length - 1] == ',')
        fields[count++] = (struct es_word){line.chars + line.length, 0};
    return count;
}

static bool is_comment(struct es_word line)
{
    line = es_word_trim(line);
    return line.length == 0 || line.chars[0] == '#';
}

static bool is_spi(struct es_word word, uint64_t *spi)
{
    return word.length == SPI_DIGITS && es_word_hex64(word, spi);
}

/* --- ikev2_decryption_table --- */

static bool ikev2_begins(struct es_word line)
{
    struct es_word fields[FIELDS_MAX];
    uint64_t spi;
    return split(line, fields) == 8 && is_spi(fields[0], &spi) && is_spi(fields[1], &spi);
}

static bool ikev2_row(struct es_word line, struct es_ike_keys *ike)
{
    struct es_word fields[FIELDS_MAX];
    struct es_integ_name integ;
    ike->major = 2;
    if (split(line, fields) != 8 || !is_spi(fields[0], &ike->initiator_spi) ||
        !is_spi(fields[1], &ike->responder_spi) || !es_word_secret(fields[2], &ike->sk_ei) ||
        !es_word_secret(fields[3], &ike->sk_er) || !es_word_encr(fields[4], &ike->encr) ||
        !es_word_secret(fields[5], &ike->sk_ai) || !es_word_secret(fields[6], &ike->sk_ar) ||
        !es_word_integ(fields[7], &integ))
        return false;
    if (ike->encr == 0)
        ike->encr = ES_IKE_ENCR_NULL;
    ike->integ = integ.integ;
    return es_ike_keys_sound(ike);
}

static void take_ike(struct es_word line, bool (*row)(struct es_word, struct es_ike_keys *),
                     struct es_key_sink *sink)
{
    struct es_ike_keys ike = {0};
    if (is_comment(line))
        return;
    if (row(line, &ike))
        es_key_sink_ike(sink, &ike);
    else
        sink->skipped++;
    OPENSSL_cleanse(&ike, sizeof(ike));
}

static void ikev2_line(void *state, struct es_word line, struct es_key_sink *sink)
{
    (void)state;
    take_ike(line, ikev2_row, sink);
}

const struct es_key_form es_key_form_ikev2_table = {
    .name = "ikev2_decryption_table", .begins = ikev2_begins, .line = ikev2_line};

/* --- ikev1_decryption_table --- */

static bool ikev1_row(struct es_word line, struct es_ike_keys *ike)
{
    struct es_word fields[FIELDS_MAX];
    ike->major = 1;
    return split(line, fields) == 2 && is_spi(fields[0], &ike->initiator_spi) &&
           es_word_secret(fields[1], &ike->sk_ei) && ike->sk_ei.length >= 8 &&
           es_ike_keys_sound(ike);
}

static bool ikev1_begins(struct es_word line)
{
    struct es_ike_keys ike = {0};
    const bool is = ikev1_row(line, &ike);
    OPENSSL_cleanse(&ike, sizeof(ike));
    return is;
}

static void ikev1_line(void *state, struct es_word line, struct es_key_sink *sink)
{
    (void)state;
    take_ike(line, ikev1_row, sink);
}

const struct es_key_form es_key_form_ikev1_table = {
    .name = "ikev1_decryption_table", .begins = ikev1_begins, .line = ikev1_line};

/* --- esp_sa --- */

static bool esp_begins(struct es_word line)
{
    struct es_word fields[FIELDS_MAX];
    return split(line, fields) >= 8 &&
           (es_word_is(fields[0], "IPv4") || es_word_is(fields[0], "IPv6"));
}

static bool is_any(struct es_word word)
{
    return word.length == 0 || es_word_is(word, "*");
}

static bool address(struct es_word word, uint8_t out[16])
{
    return is_any(word) || es_word_address(word, out);
}

static bool esp_row(struct es_word line, struct es_esp_keys *esp)
{
    struct es_word fields[FIELDS_MAX];
    struct es_integ_name integ;
    const size_t count = split(line, fields);
    if (count < 8 || !address(fields[1], esp->source) || !address(fields[2], esp->destination) ||
        !(is_any(fields[3]) || es_word_hex32(fields[3], &esp->spi)) ||
        !es_word_encr(fields[4], &esp->encr) || !es_word_secret(fields[5], &esp->encryption) ||
        !es_word_integ(fields[6], &integ) || !es_word_secret(fields[7], &esp->integrity))
        return false;
    esp->esn = count > 8 && es_word_is(fields[8], "64-bit");
    if (es_encr_combined(esp->encr)) {
        /* "ANY 96 bit" then means the algorithm's own ICV. */
        if (integ.icv_bytes > 0)
            esp->encr = es_encr_with_icv(esp->encr, integ.icv_bytes);
        esp->integrity.length = 0;
        return esp->encr != 0 && es_esp_keys_sound(esp);
    }
    esp->integ = integ.integ;
    esp->icv_bytes = integ.icv_bytes;
    if (esp->integrity.length == 0 && integ.integ != 0) {
        /* An ICV that nobody can check is still to be taken off. */
        esp->icv_bytes = integ.icv_bytes ? integ.icv_bytes : es_integ_icv(integ.integ);
        esp->integ = 0;
    }
    return es_esp_keys_sound(esp);
}

static void esp_line(void *state, struct es_word line, struct es_key_sink *sink)
{
    (void)state;
    struct es_esp_keys esp = {0};
    if (is_comment(line))
        return;
    if (esp_row(line, &esp))
        es_key_sink_esp(sink, &esp);
    else
        sink->skipped++;
    OPENSSL_cleanse(&esp, sizeof(esp));
}

const struct es_key_form es_key_form_esp_table = {
    .name = "esp_sa", .begins = esp_begins, .line = esp_line};
