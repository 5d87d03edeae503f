/*
 * Faults inside IKE messages.
 */
#ifndef ES_IKE_FAULT_H
#define ES_IKE_FAULT_H

#include "espial/base.h"

/* Refuses like es_refuse(), but at another byte of the window, so that es_offset() names that. */
static inline bool refuse_at(struct es_cursor *c, const uint8_t *byte, enum es_fault why)
{
    if (c->fault == ES_FAULT_NONE)
        c->at = byte;
    return es_refuse(c, why);
}

#endif
