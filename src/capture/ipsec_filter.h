/*
 * The filter that a live capture of IPsec needs, as an expression and as the kernel's program.
 */
#ifndef ESPIAL_CAPTURE_IPSEC_FILTER_H
#define ESPIAL_CAPTURE_IPSEC_FILTER_H

#include "espial/capture.h"

#include <pcap/pcap.h>

/*
 * The program for a handle: es_ipsec_filter_text(), and `also` (NULL: nothing) on top of it. Where
 * `esp_bytes` is not 0, of ESP and AH only so many bytes are kept, of the rest all. False with
 * `error` filled when libpcap refuses the expression. Give the program back with
 * es_ipsec_filter_free(), not pcap_freecode().
 */
bool es_ipsec_filter_compile(pcap_t *pcap, const struct es_live_options *options,
                             struct bpf_program *out, struct es_error *error);
void es_ipsec_filter_free(struct bpf_program *program);

#endif
