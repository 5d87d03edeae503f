/*
 * The line of an IKE SA's direction, which tcpdump -E reads and pluto prints.
 */
#ifndef ES_CRYPTO_KEYS_TCPDUMP_H
#define ES_CRYPTO_KEYS_TCPDUMP_H

#include "keys_form.h"

/*
 * "ikev2 I 0xSPIi 0xSPIr sha256:0xkey aes256:0xkey": adds the direction to the SA, which the store
 * may hold the other one of. False when it is no such line.
 */
bool es_key_direction_line(struct es_word line, struct es_key_sink *sink);

#endif
