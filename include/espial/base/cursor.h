/*
 * The cursor: the only way to touch captured bytes.
 *
 * A cursor is a window over bytes it does not own; it is a value and may be copied to look ahead.
 * All reads end in es_take(), which holds the one bounds check. Faults are sticky: after the first
 * one every read gives 0 and es_more() is false, so a header is read straight down and `fault` is
 * tested once, before any value read is used for anything but the next read.
 *
 * A capture may hold less of a packet than the wire had (snaplen). Wanting bytes that the wire had
 * and the capture did not keep is CUT: nobody's fault. Wanting bytes that the wire did not have is
 * SHORT: a length lies. A forbidden value is VALUE.
 */
#ifndef ESPIAL_BASE_CURSOR_H
#define ESPIAL_BASE_CURSOR_H

#include "espial/base/macros.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_fault { ES_FAULT_NONE, ES_FAULT_CUT, ES_FAULT_SHORT, ES_FAULT_VALUE };

struct es_cursor {
    const uint8_t *start; /* first byte of the window, for offsets */
    const uint8_t *at;    /* next byte to read */
    const uint8_t *end;   /* one past the last byte held */
    size_t missing;       /* bytes after `end` that the wire had and the capture has not */
    enum es_fault fault;  /* first fault, sticky */
};

/*
 * A window over `held` bytes of something that was `wire` bytes long. `held` is clamped to `wire`,
 * since some writers record more than the packet had.
 */
static inline struct es_cursor es_cursor(const void *bytes, size_t held, size_t wire)
{
    const uint8_t *start = bytes ? bytes : (const uint8_t *)""; /* NULL + 0 is not defined */
    const size_t kept = held < wire ? held : wire;
    const struct es_cursor c = {start, start, start + kept, wire - kept, ES_FAULT_NONE};
    return c;
}

/* Bytes held and not yet read; 0 after a fault. */
static inline size_t es_left(const struct es_cursor *c)
{
    return (size_t)(c->end - c->at);
}

/* Bytes not yet read that the wire had, held or not. */
static inline size_t es_wire_left(const struct es_cursor *c)
{
    return es_left(c) + c->missing;
}

/* Bytes between the window's start and the next read. */
static inline size_t es_offset(const struct es_cursor *c)
{
    return (size_t)(c->at - c->start);
}

/* True while something is left to read and nothing went wrong. */
static inline bool es_more(const struct es_cursor *c)
{
    return c->fault == ES_FAULT_NONE && es_wire_left(c) > 0;
}

/*
 * Records a fault (the first one stays) and closes the window where it stands, so that es_offset()
 * names the byte. Always false: `return es_refuse(…)`.
 */
static inline bool es_refuse(struct es_cursor *c, enum es_fault why)
{
    if (c->fault == ES_FAULT_NONE)
        c->fault = why;
    c->end = c->at;
    c->missing = 0;
    return false;
}

/* The next `n` bytes, stepped over; NULL on a fault. Borrowed from the window's owner. */
static inline const uint8_t *es_take(struct es_cursor *c, size_t n)
{
    const size_t left = es_left(c);
    if (ES_UNLIKELY(left < n)) {
        es_refuse(c, n - left <= c->missing ? ES_FAULT_CUT : ES_FAULT_SHORT);
        return NULL;
    }
    const uint8_t *bytes = c->at;
    c->at += n;
    return bytes;
}

/* Big-endian readers; 0 on a fault. */
static inline uint8_t es_u8(struct es_cursor *c)
{
    const uint8_t *b = es_take(c, 1);
    return b ? b[0] : 0;
}

static inline uint16_t es_u16(struct es_cursor *c)
{
    const uint8_t *b = es_take(c, 2);
    return (uint16_t)(b ? b[0] << 8 | b[1] : 0);
}

static inline uint32_t es_u32(struct es_cursor *c)
{
    const uint8_t *b = es_take(c, 4);
    return b ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
}

static inline uint64_t es_u64(struct es_cursor *c)
{
    const uint64_t high = es_u32(c);
    const uint64_t low = es_u32(c);
    return c->fault ? 0 : high << 32 | low;
}

/*
 * The next `n` wire bytes as a window of their own, stepped over. A part that the capture did not
 * keep goes into the child as `missing`; the parent then holds nothing more. SHORT when the wire
 * had fewer than `n`; the child is empty and carries the fault too.
 */
static inline struct es_cursor es_sub(struct es_cursor *c, size_t n)
{
    if (c->fault != ES_FAULT_NONE || es_wire_left(c) < n) {
        es_refuse(c, ES_FAULT_SHORT);
        const struct es_cursor none = {c->at, c->at, c->at, 0, c->fault};
        return none;
    }
    const size_t left = es_left(c);
    const size_t held = n < left ? n : left;
    const struct es_cursor child = {c->at, c->at, c->at + held, n - held, ES_FAULT_NONE};
    c->at += held;
    c->missing -= n - held;
    return child;
}

/* Steps over `n` wire bytes. False on a fault. */
static inline bool es_skip(struct es_cursor *c, size_t n)
{
    es_sub(c, n);
    return c->fault == ES_FAULT_NONE;
}

#endif
