/*
 * libmicrohttpd, loaded when metrics are to be served and not before: GnuTLS and a dozen other
 * libraries come with it, whose start costs every run 3 MiB and half of its system calls.
 */
#ifndef ES_CLI_MICROHTTPD_H
#define ES_CLI_MICROHTTPD_H

#include "espial/base.h"

#include <microhttpd.h>

/* The library's functions by their names, without its prefix. */
struct es_microhttpd {
    ES_TYPEOF(&MHD_start_daemon) start_daemon;
    ES_TYPEOF(&MHD_run) run;
    ES_TYPEOF(&MHD_stop_daemon) stop_daemon;
    ES_TYPEOF(&MHD_get_connection_info) get_connection_info;
    ES_TYPEOF(&MHD_create_response_from_buffer) create_response_from_buffer;
    ES_TYPEOF(&MHD_add_response_header) add_response_header;
    ES_TYPEOF(&MHD_queue_response) queue_response;
    ES_TYPEOF(&MHD_destroy_response) destroy_response;
};

/* Loads it; it stays to the end of the program. False with `error` filled when it is not there. */
bool es_microhttpd_load(struct es_microhttpd *library, struct es_error *error);

#endif
