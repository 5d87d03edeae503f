/*
 * NAT detection hashes. One that was made over an address that is known, its own packet's or one
 * seen elsewhere in the capture, is made anew over that address's stand-in, so that what matched
 * matches and what did not does not. The others are replaced: four billion addresses are tried in
 * no time, so a hash gives its address away. RFC 7296, 2.23; RFC 3947, 3.2.
 */
#include "anonymize_state.h"

#include "espial/crypto.h"
#include "espial/ike.h"

#include <string.h>

static const struct {
    uint8_t size;
    uint16_t ikev1_hash;
} hashes[] = {
    {16, ES_IKEV1_HASH_MD5     },
    {20, ES_IKEV1_HASH_SHA1    },
    {32, ES_IKEV1_HASH_SHA2_256},
    {48, ES_IKEV1_HASH_SHA2_384},
    {64, ES_IKEV1_HASH_SHA2_512},
};

/* One hash to be explained. */
struct riddle {
    const struct es_ike_header *header;
    struct es_ike_suite suite; /* IKEv1: the hash is told by its length */
    uint8_t *hash;
    size_t size;
};

static bool try(struct es_rewrite *walk, const struct riddle *riddle,
                const struct es_address *address, uint16_t port)
{
    uint8_t made[64];
    const size_t size = es_ike_nat_detection(&riddle->suite, riddle->header, address, port, made);
    if (size != riddle->size || memcmp(made, riddle->hash, size) != 0)
        return false;
    const struct es_address new = es_address_map_find(walk->anonymizer->map, address);
    es_ike_nat_detection(&riddle->suite, riddle->header, &new, port, riddle->hash);
    return true;
}

static bool solve(struct es_rewrite *walk, const struct riddle *riddle)
{
    enum { IKE = 500, NATT = 4500 };
    struct es_anonymizer *anonymizer = walk->anonymizer;
    uint16_t ports[] = {walk->ports[0], walk->ports[1], IKE, NATT, 0};
    const struct es_address *own[] = {&walk->source, &walk->destination};
    for (size_t i = 0; i < ES_COUNT(own); i++)
        for (size_t k = 0; k < ES_COUNT(ports); k++)
            if (try(walk, riddle, own[i], ports[k]))
                return true;
    for (size_t i = 0; i < anonymizer->stranger_count; i++) {
        for (size_t k = 0; k < ES_COUNT(ports); k++) {
            if (k >= 2 && (ports[k] == ports[0] || ports[k] == ports[1]))
                continue;
            if (anonymizer->tries >= ES_ANON_TRIES)
                return false;
            anonymizer->tries++;
            if (try(walk, riddle, &anonymizer->strangers[i], ports[k]))
                return true;
        }
    }
    return false;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

void es_rewrite_nat_hash(struct es_rewrite *walk, const struct es_ike_header *header, uint8_t *hash,
                         size_t size)
{
    struct riddle riddle = {.header = header, .hash = hash, .size = size};
    riddle.suite.major = 1;
    for (size_t i = 0; i < ES_COUNT(hashes); i++)
        if (hashes[i].size == size)
            riddle.suite.prf = hashes[i].ikev1_hash;
    if (is_zero(hash, size)) /* a peer that wants UDP encapsulation whatever the path */
        return;
    const bool in_vain = walk->anonymizer->learning && !walk->whole; /* it will be done again */
    if (riddle.suite.prf && !in_vain && solve(walk, &riddle)) {
        walk->counts->nat_hashes++;
        return;
    }
    es_name_bytes(walk->anonymizer->namer, hash, size);
    walk->counts->nat_hashes_voided++;
}
