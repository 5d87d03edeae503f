/*
 * Findings that one look at a peer settles together: what the rows of the vendors' tables name.
 * Private to src/diagnose/vendor.c.
 */
#ifndef ES_DIAGNOSE_VENDOR_TOPICS_H
#define ES_DIAGNOSE_VENDOR_TOPICS_H

#define REACHED                                                                                    \
    "ike-no-response ike-flood ike-icmp-rejected ike-response-lost ike-wrong-source "              \
    "ike-no-initiator "
#define VERSION "ike-version-mismatch ikev1-mode-mismatch "
#define PROPOSAL "ike-proposal-mismatch ike-dh-group-loop ike-dh-group-retry "
#define SECOND_STEP                                                                                \
    "ike-auth-no-response natt-4500-blocked ike-fragments-lost ike-skf-incomplete "                \
    "ike-skf-too-many pq-intermediate-failed "
#define AUTHENTICATION "auth-failed ikev1-psk-mismatch peer-id-mismatch ppk-mismatch "
#define CERTIFICATE "cert-failure cert-clock-skew sighash-mismatch "
#define USER "eap-failed eap-stalled xauth-failed modecfg-failed address-assignment-failed "
#define ODD                                                                                        \
    "ike-protocol-error ike-msgid-gap ike-window-stall ike-retransmissions ike-tcp-unstable "      \
    "ike-slow-responder "                                                                          \
    "ike-both-initiate ike-cookie-loop ike-dos-cookie redirect-loop resumption-rejected "
#define CHILD                                                                                      \
    "child-not-established child-proposal-mismatch ts-unacceptable ts-narrowed mode-mismatch "     \
    "ikev1-qm-unanswered ikev1-qm3-lost no-additional-sas pfs-mismatch "
#define REKEY                                                                                      \
    "rekey-failed temporary-failure rekey-gap rekey-collision rekey-too-frequent "                 \
    "lifetime-mismatch sa-expired-no-rekey ikev1-child-lost-after-reauth duplicate-child-sa "      \
    "duplicate-ike-sa delete-missing early-spi-use "
#define SPI                                                                                        \
    "spi-mismatch-after-rekey stale-spi-after-delete invalid-spi-notify unknown-spi "              \
    "invalid-ike-spi "
#define LIVENESS                                                                                   \
    "dpd-unanswered dpd-absent dpd-aggressive dpd-one-sided peer-restarted "                       \
    "peer-dead-esp-continues "
#define MONITOR "tunnel-monitor-unanswered "
#define NAT                                                                                        \
    "nat-without-natt natt-vid-one-side natt-draft-mismatch esp-encap-mismatch esp-over-500 "      \
    "nat-mapping-changed nat-remap-blackhole nat-mapping-expired natt-keepalive-missing "          \
    "natt-keepalive-only natt-keepalive-wrong-side natt-bad-marker ah-with-nat udp-checksum-bad "  \
    "natt-in-use natt-forced mobike-failed "
#define ONE_WAY "esp-one-way esp-blocked dpd-ok-data-dead esp-icmp-rejected cleartext-leak "
#define SEQUENCE                                                                                   \
    "esp-loss esp-reorder esp-out-of-window esp-replay-duplicate esp-seq-reuse esp-seq-reset "     \
    "esp-seq-near-wrap esp-seq-wrap esp-iv-reuse "
#define SIZE "esp-ip-fragmented esp-fragment-lost icmp-frag-needed pmtu-blackhole "
#define CONTENT "esp-auth-failed esp-decrypt-failed esp-length-invalid "

#endif
