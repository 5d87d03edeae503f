/*
 * A pcapng file: the input is a list of blocks, each a type (one byte), a length (two) and a body.
 * The frame around it, its length before and behind the body, is made here: a mutation that hits a
 * length costs one block and not all that follow. An odd first byte makes the file big-endian; a
 * type with the top bit set has a length behind the body that does not agree.
 */
#include "fuzz.h"

#include <string.h>

enum { BLOCK_BYTES = 12, TYPE_SECTION = 0x0a0d0d0a, FILE_MAX = 1 << 18 };

struct file {
    uint8_t bytes[FILE_MAX];
    size_t size;
    bool big;
};

static void put_u32(struct file *file, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        file->bytes[file->size++] = (uint8_t)(value >> 8 * (file->big ? 3 - i : i));
}

static void put_block(struct file *file, uint32_t type, struct es_cursor body, uint32_t lie)
{
    const size_t held = es_left(&body);
    const size_t padded = (held + 3) / 4 * 4;
    if (FILE_MAX - file->size < padded + BLOCK_BYTES)
        return;
    const uint32_t length = (uint32_t)(padded + BLOCK_BYTES);
    put_u32(file, type);
    put_u32(file, length);
    memset(file->bytes + file->size, 0, padded);
    if (held)
        memcpy(file->bytes + file->size, body.at, held);
    file->size += padded;
    put_u32(file, length ^ lie);
}

/* A section header: byte order, version 1.0, no length. */
static void put_section(struct file *file)
{
    static const uint8_t head[2][16] = {
        {0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255},
        {0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255},
    };
    put_block(file, TYPE_SECTION, es_cursor(head[file->big], 16, 16), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct file file;
    file.size = 0;
    struct es_cursor input = es_cursor(bytes, size, size);
    file.big = es_u8(&input) & 1;
    put_section(&file);
    while (es_more(&input)) {
        const uint8_t type = es_u8(&input);
        const size_t length = es_u16(&input);
        const struct es_cursor body =
            es_sub(&input, length < es_left(&input) ? length : es_left(&input));
        /* 0x7f: another section, which may turn the byte order. */
        if ((type & 0x7f) == 0x7f) {
            file.big = es_left(&body) & 1;
            put_section(&file);
        } else {
            put_block(&file, type & 0x7f, body, type & 0x80 ? 4 : 0);
        }
    }
    fuzz_read(file.bytes, file.size);
    return 0;
}
