/*
 * IKEv2 messages as keys show them: what is inside lies open, and counts as decrypted.
 */
#ifndef TESTS_OPENED_H
#define TESTS_OPENED_H

#include "dialogue.h"

enum { OPENED_NOTIFIES = 3 };

struct opened {
    uint8_t exchange;
    uint32_t id;
    bool response;
    uint16_t notifies[OPENED_NOTIFIES]; /* types, 0: no more */
    uint32_t rekeyed;                   /* SPI that a REKEY_SA names; 0: none */
    uint32_t spi;                       /* an SA payload for ESP with this SPI; 0: none */
    bool ke;                            /* a KE payload */
    uint8_t networks[2];                /* TSi and TSr: 10.N.0.0/24; 0: none */
};

/* Sends one from `from`, within the dialogue's IKE SA. */
void opened_send(struct dialogue *dialogue, uint8_t from, const struct opened *message);

#endif
