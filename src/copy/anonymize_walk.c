/*
 * The walk: stepping over what stays, zeroing what does not, and mending checksums by what changed.
 * RFC 1624 for the last: a checksum that was right is right afterwards, one that was wrong is wrong
 * by as much, and neither needs bytes that the capture did not keep.
 */
#include "anonymize_walk.h"
#include "anonymize_state.h"

#include <string.h>

enum { CHECKSUM_NONE = 0, CHECKSUM_ALL = 0xffff };

uint8_t *es_rewrite_at(const struct es_rewrite *walk, const uint8_t *at)
{
    return walk->bytes + (at - walk->bytes);
}

uint8_t *es_rewrite_take(struct es_rewrite *walk, size_t count)
{
    if (es_left(&walk->c) < count)
        return NULL;
    return es_rewrite_at(walk, es_take(&walk->c, count));
}

void es_rewrite_zero(struct es_rewrite *walk, const uint8_t *from, const uint8_t *end)
{
    if (from >= end)
        return;
    const size_t count = (size_t)(end - from);
    memset(es_rewrite_at(walk, from), 0, count);
    walk->counts->bytes_zeroed += count;
}

void es_rewrite_keep(struct es_rewrite *walk)
{
    es_take(&walk->c, es_left(&walk->c));
}

void es_rewrite_narrow(struct es_rewrite *walk, size_t length)
{
    struct es_cursor *c = &walk->c;
    const size_t wire = es_wire_left(c);
    if (length < wire) {
        const uint8_t *end = c->end;
        const size_t left = es_left(c);
        *c = es_cursor(c->at, left, length);
        es_rewrite_zero(walk, c->end, end);
    } else if (walk->partial) {
        c->missing += length - wire;
    }
}

static struct es_address mapped(struct es_rewrite *walk, const struct es_address *address)
{
    walk->counts->addresses++;
    return es_address_map_find(walk->anonymizer->map, address);
}

void es_rewrite_v4(struct es_rewrite *walk, uint8_t *at)
{
    const struct es_address old = es_address_v4(at);
    const struct es_address new = mapped(walk, &old);
    memcpy(at, new.bytes + sizeof(new.bytes) - 4, 4);
}

void es_rewrite_v6(struct es_rewrite *walk, uint8_t *at)
{
    const struct es_address old = es_address_v6(at);
    const struct es_address new = mapped(walk, &old);
    memcpy(at, new.bytes, sizeof(new.bytes));
}

void es_rewrite_mac(struct es_rewrite *walk, uint8_t *at)
{
    walk->counts->macs++;
    es_name_mac(walk->anonymizer->namer, at);
}

static void replace(struct es_rewrite *walk, uint8_t *at, size_t size)
{
    if (size == 4)
        es_rewrite_v4(walk, at);
    else
        es_rewrite_v6(walk, at);
}

void es_rewrite_range(struct es_rewrite *walk, uint8_t *first, uint8_t *last, size_t size)
{
    uint8_t prefix[16], differs = 0;
    memcpy(prefix, first, size);
    replace(walk, prefix, size);
    for (size_t i = 0; i < size; i++) {
        uint8_t same = (uint8_t)(differs ? 0 : 0xff); /* the bits before the first difference */
        const uint8_t difference = first[i] ^ last[i];
        if (!differs && difference)
            same = (uint8_t)(0xff00 >> (__builtin_clz(difference) - 24));
        differs |= difference;
        first[i] = (uint8_t)((prefix[i] & same) | (first[i] & ~same));
        last[i] = (uint8_t)((prefix[i] & same) | (last[i] & ~same));
    }
}

void es_rewrite_subnet(struct es_rewrite *walk, uint8_t *address, const uint8_t *mask, size_t size)
{
    uint8_t hosts[16];
    for (size_t i = 0; i < size; i++)
        hosts[i] = (uint8_t)(address[i] & ~mask[i]);
    replace(walk, address, size);
    for (size_t i = 0; i < size; i++)
        address[i] = (uint8_t)((address[i] & mask[i]) | hosts[i]);
}

uint64_t es_rewrite_sum(const uint8_t *bytes, size_t count)
{
    uint64_t sum = 0;
    for (; count >= 2; bytes += 2, count -= 2)
        sum += (uint64_t)bytes[0] << 8 | bytes[1];
    return count ? sum + ((uint64_t)bytes[0] << 8) : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)sum;
}

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void es_rewrite_mend_now(uint8_t *checksum, uint64_t before, uint64_t after)
{
    const uint64_t old = (uint16_t)~get_u16(checksum);
    const uint64_t gone = (uint16_t)~fold(before);
    put_u16(checksum, (uint16_t)~fold(old + gone + fold(after)));
}

static uint64_t pseudo_sum(const struct es_rewrite *walk, const struct es_address *source,
                           const struct es_address *destination, uint8_t protocol, uint32_t length)
{
    const size_t size = walk->v6 ? 16 : 4;
    const size_t from = sizeof(source->bytes) - size;
    return es_rewrite_sum(source->bytes + from, size) +
           es_rewrite_sum(destination->bytes + from, size) + protocol + (length >> 16) +
           (length & 0xffff);
}

void es_rewrite_mend(struct es_rewrite *walk, uint8_t *checksum, const uint8_t *start,
                     uint8_t protocol, uint32_t length)
{
    enum { UDP = 17 };
    const bool is_udp = protocol == UDP;
    if (walk->mend_count == ES_MENDS_MAX || (is_udp && get_u16(checksum) == CHECKSUM_NONE))
        return;
    struct es_mend *mend = &walk->mends[walk->mend_count++];
    *mend = (struct es_mend){
        .checksum = checksum,
        .start = start,
        .end = walk->c.end,
        .before = es_rewrite_sum(start, (size_t)(walk->c.end - start)),
        .is_udp = is_udp,
    };
    if (protocol) {
        mend->pseudo = pseudo_sum(walk, &walk->source, &walk->destination, protocol, length);
        mend->pseudo_after =
            pseudo_sum(walk, &walk->new_source, &walk->new_destination, protocol, length);
    }
}

/*
 * A sum of the pseudo header alone was left there for the network card, which adds the rest: it
 * stays one.
 */
static void mend(const struct es_mend *m)
{
    const uint16_t old = get_u16(m->checksum);
    const uint64_t before = m->before + m->pseudo;
    const bool good = fold(before) == CHECKSUM_ALL;
    if (m->pseudo && !good && old == fold(m->pseudo)) {
        put_u16(m->checksum, fold(m->pseudo_after));
        return;
    }
    const uint64_t after = es_rewrite_sum(m->start, (size_t)(m->end - m->start)) + m->pseudo_after;
    es_rewrite_mend_now(m->checksum, before, after);
    if (m->is_udp && get_u16(m->checksum) == CHECKSUM_NONE)
        put_u16(m->checksum, CHECKSUM_ALL);
}

void es_rewrite_run(struct es_rewrite *walk, enum es_next next)
{
    for (unsigned depth = 0; depth < ES_REWRITE_DEPTH && next != ES_NEXT_NOTHING; depth++) {
        switch (next) {
        case ES_NEXT_NOTHING:
            break;
        case ES_NEXT_LINK:
            next = es_rewrite_link(walk);
            break;
        case ES_NEXT_IPV4:
            next = es_rewrite_ipv4(walk);
            break;
        case ES_NEXT_IPV6:
            next = es_rewrite_ipv6(walk);
            break;
        case ES_NEXT_PROTOCOL:
            next = es_rewrite_protocol(walk);
            break;
        }
    }
    es_rewrite_zero(walk, walk->c.at, walk->c.end);
    while (walk->mend_count > 0)
        mend(&walk->mends[--walk->mend_count]);
}
