/*
 * Words that several writers share.
 */
#ifndef ES_REPORT_WORDING_H
#define ES_REPORT_WORDING_H

#include "espial/report.h"

/* The contract's words: "established", "udp", "detected", … */
const char *es_tunnel_state_name(enum es_tunnel_state state);
const char *es_ike_sa_state_name(enum es_ike_sa_state state);
const char *es_encapsulation_name(enum es_encapsulation encapsulation);
const char *es_nat_name(enum es_tristate nat);
const char *es_protocol_name(uint32_t ip_protocol); /* "esp", "ah" */
const char *es_mode_name(uint8_t exchange_type);    /* IKEv1 phase 1: "main"; NULL: unknown */

/* How ESP and AH travel in a tunnel; NULL while none was seen. */
const char *es_tunnel_encapsulation_name(const struct es_tunnel *tunnel);

/* "ERROR", as it stands before a finding. */
const char *es_severity_mark(enum es_severity severity);

/* Adds the name of a packet: "#12", or "office.pcap:12" where there are several files. */
void es_text_add_packet(struct es_text *text, const struct es_source *source,
                        const struct es_packet_ref *ref);

/* Adds a moment: the time of day, with the day before it when the capture lasts longer. */
void es_text_add_moment(struct es_text *text, const struct es_report *report, es_time time);

/* Adds "192.0.2.1:4500 <-> 198.51.100.2:4500"; without the ports when `bare`. */
void es_text_add_peers(struct es_text *text, const struct es_tunnel *tunnel, bool bare, bool utf8);

/* Adds what the capture holds: "1,204 packets in 53.1 s from 2026-11-23 10:41:02 UTC: 12 IKE, …" */
void es_text_add_traffic(struct es_text *text, const struct es_report *report);

/* Adds the next thing that keeps the capture from telling all, from *next (0 at first) on; false
 * when there is no other. */
bool es_text_add_limit(struct es_text *text, const struct es_report *report, size_t *next);

/* Adds how far the keys went; nothing for NULL. */
void es_text_add_opened(struct es_text *text, const struct es_report_keys *keys);

/* Adds when a finding was seen, and how often; nothing when no packet tells. */
void es_text_add_when(struct es_text *text, const struct es_report *report,
                      const struct es_finding *finding);

/* Adds "established, IKEv2, ESP in UDP, NAT in front of 192.0.2.1". */
void es_text_add_tunnel_state(struct es_text *text, const struct es_tunnel *tunnel);

/* Adds an offer's transforms, each once, with no more said about types than order does. */
void es_text_add_transforms(struct es_text *text, const struct es_offer *offer);

/* Adds "192.168.0.0/24, 10.0.0.0/8". */
void es_text_add_selectors(struct es_text *text, const struct es_selectors *selectors);

/* Adds how long answers took: "12 ms (at worst 3.1 s)". */
void es_text_add_responses(struct es_text *text, const struct es_ike_sa *sa);

/* Adds how one side checks liveness: "192.0.2.1 asked 6 times, every 4.0 s". */
void es_text_add_dpd(struct es_text *text, const struct es_ike_sa *sa, uint8_t side);

/* Adds what was inside opened packets, whose protocol is known. */
void es_text_add_inner(struct es_text *text, const struct es_inner_tally *inner);

/* Adds `number` and the noun, in its plural when it is not one: "3 packets". */
void es_text_add_things(struct es_text *text, uint64_t number, const char *noun);

/* Adds ", " unless the text is empty or ends in a space. */
void es_text_add_comma(struct es_text *text);

#endif
