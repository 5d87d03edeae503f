/*
 * Pieces of pcapng blocks, added to a text in either byte order.
 */
#ifndef ESPIAL_CAPTURE_PCAPNG_BUILD_H
#define ESPIAL_CAPTURE_PCAPNG_BUILD_H

#include "espial/capture/block.h"

void es_pcapng_put_u16(struct es_text *text, bool big_endian, uint16_t value);
void es_pcapng_put_u32(struct es_text *text, bool big_endian, uint32_t value);

/* Bytes, and zeros up to the next multiple of four. */
void es_pcapng_put_padded(struct es_text *text, const void *bytes, size_t length);

void es_pcapng_put_option(struct es_text *text, bool big_endian, uint16_t code, const void *bytes,
                          size_t length);

/* An option of text: valid UTF-8, whatever it came from, and cut where it is too long. */
void es_pcapng_put_words(struct es_text *text, bool big_endian, uint16_t code, const char *words);

/* Begins a block, whose place the end wants; ends it, with its length at both ends. */
size_t es_pcapng_block_begin(struct es_text *text, bool big_endian, uint32_t type);
void es_pcapng_block_end(struct es_text *text, bool big_endian, size_t start);

#endif
