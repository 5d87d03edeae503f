/*
 * The words of key files: hexadecimal, numbers, addresses.
 */
#include "keys_form.h"

#include <openssl/crypto.h>

#include <arpa/inet.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

struct es_word es_word_of(const char *chars)
{
    return (struct es_word){chars, strlen(chars)};
}

struct es_word es_word_trim(struct es_word word)
{
    while (word.length > 0 && is_blank(word.chars[0])) {
        word.chars++;
        word.length--;
    }
    while (word.length > 0 && is_blank(word.chars[word.length - 1]))
        word.length--;
    return word;
}

bool es_word_is(struct es_word word, const char *chars)
{
    return strlen(chars) == word.length && memcmp(word.chars, chars, word.length) == 0;
}

bool es_word_starts(struct es_word word, const char *chars)
{
    const size_t length = strlen(chars);
    return length <= word.length && memcmp(word.chars, chars, length) == 0;
}

bool es_word_after(struct es_word word, const char *chars, struct es_word *after)
{
    *after = (struct es_word){word.chars + word.length, 0};
    const char *at = memmem(word.chars, word.length, chars, strlen(chars));
    if (!at)
        return false;
    after->chars = at + strlen(chars);
    after->length = word.length - (size_t)(after->chars - word.chars);
    return true;
}

bool es_word_next(struct es_word *rest, struct es_word *word)
{
    *rest = es_word_trim(*rest);
    size_t length = 0;
    while (length < rest->length && !is_blank(rest->chars[length]))
        length++;
    *word = (struct es_word){rest->chars, length};
    rest->chars += length;
    rest->length -= length;
    return length > 0;
}

bool es_word_until(struct es_word *rest, char separator, struct es_word *word)
{
    if (rest->length == 0)
        return false;
    const char *end = memchr(rest->chars, separator, rest->length);
    const size_t length = end ? (size_t)(end - rest->chars) : rest->length;
    const size_t step = end ? length + 1 : length;
    *word = (struct es_word){rest->chars, length};
    rest->chars += step;
    rest->length -= step;
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static struct es_word without_0x(struct es_word word)
{
    if (word.length >= 2 && word.chars[0] == '0' && (word.chars[1] | 0x20) == 'x') {
        word.chars += 2;
        word.length -= 2;
    }
    return word;
}

bool es_word_hex64(struct es_word word, uint64_t *out)
{
    word = without_0x(word);
    if (word.length == 0 || word.length > 16)
        return false;
    uint64_t number = 0;
    for (size_t i = 0; i < word.length; i++) {
        const int d = digit(word.chars[i]);
        if (d < 0)
            return false;
        number = number << 4 | (unsigned)d;
    }
    *out = number;
    return true;
}

bool es_word_hex32(struct es_word word, uint32_t *out)
{
    uint64_t number;
    if (!es_word_hex64(word, &number) || number > UINT32_MAX)
        return false;
    *out = (uint32_t)number;
    return true;
}

bool es_word_number(struct es_word word, uint32_t *out)
{
    uint32_t number = 0;
    if (word.length == 0 || word.length > 9)
        return false;
    for (size_t i = 0; i < word.length; i++) {
        if (word.chars[i] < '0' || word.chars[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(word.chars[i] - '0');
    }
    *out = number;
    return true;
}

bool es_word_secret_more(struct es_word word, struct es_secret *secret)
{
    if (word.length % 2 != 0 || word.length / 2 > (size_t)(ES_SECRET_BYTES_MAX - secret->length))
        return false;
    size_t length = secret->length;
    for (size_t i = 0; i < word.length; i += 2) {
        const int high = digit(word.chars[i]);
        const int low = digit(word.chars[i + 1]);
        if (high < 0 || low < 0)
            return false;
        secret->bytes[length++] = (uint8_t)(high << 4 | low);
    }
    secret->length = (uint8_t)length;
    return true;
}

bool es_word_secret(struct es_word word, struct es_secret *out)
{
    OPENSSL_cleanse(out, sizeof(*out));
    return es_word_secret_more(without_0x(word), out);
}

bool es_word_address(struct es_word word, uint8_t out[16])
{
    char chars[INET6_ADDRSTRLEN];
    if (word.length >= sizeof(chars))
        return false;
    memcpy(chars, word.chars, word.length);
    chars[word.length] = '\0';
    if (inet_pton(AF_INET6, chars, out) == 1)
        return true;
    static const uint8_t v4_prefix[12] = {[10] = 0xff, [11] = 0xff};
    uint8_t v4[4];
    if (inet_pton(AF_INET, chars, v4) != 1)
        return false;
    memcpy(out, v4_prefix, sizeof(v4_prefix));
    memcpy(out + sizeof(v4_prefix), v4, sizeof(v4));
    return true;
}
