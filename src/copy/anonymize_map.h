/*
 * Addresses to addresses, keeping prefixes: two addresses that share their first n bits still share
 * exactly n afterwards. The construction is Crypto-PAn's.
 */
#ifndef ES_COPY_ANONYMIZE_MAP_H
#define ES_COPY_ANONYMIZE_MAP_H

#include "espial/copy/anonymize.h"
#include "espial/packet.h"

#include <stdbool.h>
#include <stdint.h>

struct es_address_map;

/*
 * A map under a key. With `keep_classes` an address stays what it is: private, shared, link-local,
 * multicast, unspecified, loopback; without, it is Crypto-PAn and nothing else. NULL when no memory
 * is left or libcrypto refuses.
 */
struct es_address_map *es_address_map_new(const uint8_t key[ES_ANONYMIZE_KEY_BYTES],
                                          bool keep_classes, const uint64_t seed[2]);
void es_address_map_free(struct es_address_map *map);

/* The address in its place. All zero when libcrypto refuses; then es_address_map_failed(). */
struct es_address es_address_map_find(struct es_address_map *map, const struct es_address *address);

bool es_address_map_failed(const struct es_address_map *map);

#endif
