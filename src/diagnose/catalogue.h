/*
 * The chapters of the catalogue: each file of rules hands out its entries. Private to src/diagnose.
 */
#ifndef ESPIAL_DIAGNOSE_CATALOGUE_H
#define ESPIAL_DIAGNOSE_CATALOGUE_H

#include "espial/diagnose.h"

struct es_chapter {
    const struct es_rule *const *rules;
    size_t count;
};

extern const struct es_chapter es_chapter_capture;
extern const struct es_chapter es_chapter_protocol;
extern const struct es_chapter es_chapter_reachability;
extern const struct es_chapter es_chapter_ike_beginning;
extern const struct es_chapter es_chapter_ike_transport;
extern const struct es_chapter es_chapter_ike_tcp;
extern const struct es_chapter es_chapter_ike_exchange;
extern const struct es_chapter es_chapter_negotiation;
extern const struct es_chapter es_chapter_authentication;
extern const struct es_chapter es_chapter_access;
extern const struct es_chapter es_chapter_extensions;
extern const struct es_chapter es_chapter_liveness;
extern const struct es_chapter es_chapter_child;
extern const struct es_chapter es_chapter_quick_mode;
extern const struct es_chapter es_chapter_spi;
extern const struct es_chapter es_chapter_rekey;
extern const struct es_chapter es_chapter_lifetime;
extern const struct es_chapter es_chapter_duplicate;
extern const struct es_chapter es_chapter_traffic;
extern const struct es_chapter es_chapter_sequence;
extern const struct es_chapter es_chapter_counter;
extern const struct es_chapter es_chapter_path;
extern const struct es_chapter es_chapter_content;
extern const struct es_chapter es_chapter_leak;
extern const struct es_chapter es_chapter_nat;
extern const struct es_chapter es_chapter_policy;
extern const struct es_chapter es_chapter_natt;
extern const struct es_chapter es_chapter_nat_mapping;
extern const struct es_chapter es_chapter_keepalive;
extern const struct es_chapter es_chapter_dpd;
extern const struct es_chapter es_chapter_restart;
extern const struct es_chapter es_chapter_monitor;

/* Writes a list of sentences as a rule's causes or checks. */
#define ES_SENTENCES(...)                                                                          \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

#endif
