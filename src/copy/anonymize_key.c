/*
 * The key file.
 */
#include "espial/copy/anonymize.h"

#include "espial/crypto/block.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { HEX_DIGITS = 2 * ES_ANONYMIZE_KEY_BYTES, FILE_MAX = 256 };

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    const uint8_t lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool from_hex(const uint8_t *chars, size_t size, uint8_t *key)
{
    while (size && is_space(chars[size - 1]))
        size--;
    while (size && is_space(*chars))
        chars++, size--;
    if (size != HEX_DIGITS)
        return false;
    for (size_t i = 0; i < size; i += 2) {
        const int high = hex_digit(chars[i]), low = hex_digit(chars[i + 1]);
        if (high < 0 || low < 0)
            return false;
        key[i / 2] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool es_anonymize_key_read(const char *path, uint8_t key[ES_ANONYMIZE_KEY_BYTES],
                           struct es_error *error)
{
    uint8_t bytes[FILE_MAX];
    FILE *file = fopen(path, "rb");
    if (!file)
        return es_error_set(error, ES_ERROR_SYSTEM, "%.200s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy of the key stays in a buffer */
    const size_t size = fread(bytes, 1, sizeof(bytes), file);
    const bool failed = ferror(file);
    const int why = errno;
    fclose(file);
    bool good = !failed && from_hex(bytes, size, key);
    if (!failed && !good && size == ES_ANONYMIZE_KEY_BYTES) {
        memcpy(key, bytes, size);
        good = true;
    }
    es_wipe(bytes, sizeof(bytes));
    if (failed)
        return es_error_set(error, ES_ERROR_SYSTEM, "%.200s: %s", path, strerror(why));
    return good || es_error_set(error, ES_ERROR_FORMAT,
                                "%.200s: no key: 64 hex digits are expected, or 32 bytes (openssl "
                                "rand -hex 32 makes one)",
                                path);
}
