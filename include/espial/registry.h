/*
 * registry: IANA's numbers and names, one `.def` file a registry, rows in numeric order:
 *
 *     X(16388, NAT_DETECTION_SOURCE_IP, "NAT_DETECTION_SOURCE_IP", "RFC 7296")
 *
 * Included here it makes the enum constant (ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP); included in
 * registry.c it makes the row. Nothing else repeats a number or a name. Some registries have more
 * columns: the lengths of algorithms (es_encr, es_integ, es_ke_method).
 */
#ifndef ESPIAL_REGISTRY_H
#define ESPIAL_REGISTRY_H

#include "espial/base.h"

#include <stddef.h>
#include <stdint.h>

struct es_registry_row {
    uint32_t number;
    const char *symbol;    /* short form, as in the enums: "AES_CBC", "MODP_2048" */
    const char *name;      /* IANA's name */
    const char *reference; /* "RFC 7296" */
};

struct es_registry {
    const char *title; /* IANA's title of the registry */
    const struct es_registry_row *rows;
    size_t count;
};

extern const struct es_registry es_registry_ike_exchange;       /* both versions */
extern const struct es_registry es_registry_ike_payload;        /* IKEv2 */
extern const struct es_registry es_registry_ike_notify;         /* IKEv2 */
extern const struct es_registry es_registry_ike_protocol;       /* security protocol IDs */
extern const struct es_registry es_registry_ike_transform_type; /* IKEv2 */
extern const struct es_registry es_registry_ike_encr;           /* IKEv2 transform type 1 */
extern const struct es_registry es_registry_ike_prf;            /* 2 */
extern const struct es_registry es_registry_ike_integ;          /* 3 */
extern const struct es_registry es_registry_ike_ke_method;      /* 4; groups of IKEv1 too */
extern const struct es_registry es_registry_ike_esn;            /* 5 */
extern const struct es_registry es_registry_ike_id;             /* both versions */
extern const struct es_registry es_registry_ike_cert;           /* both versions */
extern const struct es_registry es_registry_ike_auth_method;    /* IKEv2 */
extern const struct es_registry es_registry_ike_hash;           /* RFC 7427 */
extern const struct es_registry es_registry_ike_config;         /* both versions, XAUTH */
extern const struct es_registry es_registry_ike_config_type;    /* both versions */
extern const struct es_registry es_registry_ike_ts;             /* traffic selectors */
extern const struct es_registry es_registry_ike_ipcomp;         /* both versions */
extern const struct es_registry es_registry_ike_attribute;      /* of IKEv2 transforms */
extern const struct es_registry es_registry_ike_gateway;        /* of redirects */
extern const struct es_registry es_registry_ike_ppk_id;
extern const struct es_registry es_registry_ike_password_method;
extern const struct es_registry es_registry_ike_rohc_attribute;
extern const struct es_registry es_registry_eap_code;
extern const struct es_registry es_registry_eap_type;
extern const struct es_registry es_registry_ip_protocol;
extern const struct es_registry es_registry_ikev1_payload;
extern const struct es_registry es_registry_ikev1_notify;
extern const struct es_registry es_registry_ikev1_attribute; /* phase 1 attribute classes */
extern const struct es_registry es_registry_ikev1_encr;
extern const struct es_registry es_registry_ikev1_hash;
extern const struct es_registry es_registry_ikev1_auth;
extern const struct es_registry es_registry_ikev1_doi;
extern const struct es_registry es_registry_ikev1_situation;
extern const struct es_registry es_registry_ikev1_protocol;
extern const struct es_registry es_registry_ikev1_transform; /* of phase 1 */
extern const struct es_registry es_registry_ikev1_esp;
extern const struct es_registry es_registry_ikev1_ah;
extern const struct es_registry es_registry_ikev1_ipsec_attribute; /* phase 2 attribute classes */
extern const struct es_registry es_registry_ikev1_auth_algorithm;  /* of phase 2 */
extern const struct es_registry es_registry_ikev1_encapsulation;
extern const struct es_registry es_registry_ikev1_life; /* both phases */
extern const struct es_registry es_registry_ikev1_group_type;
extern const struct es_registry es_registry_ikev1_ecn_tunnel;
extern const struct es_registry es_registry_ikev1_esn;
extern const struct es_registry es_registry_xauth_type;
extern const struct es_registry es_registry_xauth_status;
extern const struct es_registry es_registry_windows_version;     /* behind its vendor ID */
extern const struct es_registry es_registry_check_point_version; /* behind its vendor ID */

/* The row of a number, or NULL when the registry does not have it. */
const struct es_registry_row *es_registry_find(const struct es_registry *registry, uint32_t number);

/* Adds the name, or "<number> (unknown)"; whatever is printed of an unknown keeps its number. */
void es_text_add_registry(struct es_text *text, const struct es_registry *registry,
                          uint32_t number);

/* One enum a registry whose numbers the code needs by name. */
#define X(number, symbol, name, reference) ES_IKE_EXCHANGE_##symbol = number,
enum es_ike_exchange {
#include "espial/registry/ike_exchange.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_PAYLOAD_##symbol = number,
enum es_ike_payload_type {
#include "espial/registry/ike_payload.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_PAYLOAD_##symbol = number,
enum es_ikev1_payload_type {
#include "espial/registry/ikev1_payload.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_NOTIFY_##symbol = number,
enum es_ike_notify_type {
#include "espial/registry/ike_notify.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_NOTIFY_##symbol = number,
enum es_ikev1_notify_type {
#include "espial/registry/ikev1_notify.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_PROTOCOL_##symbol = number,
enum es_ike_protocol {
#include "espial/registry/ike_protocol.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_TRANSFORM_##symbol = number,
enum es_ike_transform_type {
#include "espial/registry/ike_transform_type.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_ATTRIBUTE_##symbol = number,
enum es_ikev1_attribute {
#include "espial/registry/ikev1_attribute.def"
};
#undef X

#define X(number, symbol, name, reference, block, iv, icv) ES_IKE_ENCR_##symbol = number,
enum es_ike_encr {
#include "espial/registry/ike_encr.def"
};
#undef X
#define X(number, symbol, name, reference, length) ES_IKE_PRF_##symbol = number,
enum es_ike_prf {
#include "espial/registry/ike_prf.def"
};
#undef X
#define X(number, symbol, name, reference, icv) ES_IKE_INTEG_##symbol = number,
enum es_ike_integ {
#include "espial/registry/ike_integ.def"
};
#undef X
#define X(number, symbol, name, reference, initiator, responder) ES_IKE_KE_METHOD_##symbol = number,
enum es_ike_ke_method {
#include "espial/registry/ike_ke_method.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_ID_##symbol = number,
enum es_ike_id {
#include "espial/registry/ike_id.def"
};
#undef X
#define X(number, symbol, name, reference, block, iv, icv) ES_IKEV1_ENCR_##symbol = number,
enum es_ikev1_encr {
#include "espial/registry/ikev1_encr.def"
};
#undef X
#define X(number, symbol, name, reference, length) ES_IKEV1_HASH_##symbol = number,
enum es_ikev1_hash {
#include "espial/registry/ikev1_hash.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_AUTH_##symbol = number,
enum es_ikev1_auth {
#include "espial/registry/ikev1_auth.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_CERT_##symbol = number,
enum es_ike_cert {
#include "espial/registry/ike_cert.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_AUTH_METHOD_##symbol = number,
enum es_ike_auth_method {
#include "espial/registry/ike_auth_method.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_CONFIG_##symbol = number,
enum es_ike_config {
#include "espial/registry/ike_config.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_TS_##symbol = number,
enum es_ike_ts {
#include "espial/registry/ike_ts.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_ATTRIBUTE_##symbol = number,
enum es_ike_attribute {
#include "espial/registry/ike_attribute.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKE_GATEWAY_##symbol = number,
enum es_ike_gateway {
#include "espial/registry/ike_gateway.def"
};
#undef X
#define X(number, symbol, name, reference) ES_EAP_CODE_##symbol = number,
enum es_eap_code {
#include "espial/registry/eap_code.def"
};
#undef X
#define X(number, symbol, name, reference) ES_EAP_TYPE_##symbol = number,
enum es_eap_type {
#include "espial/registry/eap_type.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_DOI_##symbol = number,
enum es_ikev1_doi {
#include "espial/registry/ikev1_doi.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_SITUATION_##symbol = number,
enum es_ikev1_situation {
#include "espial/registry/ikev1_situation.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_PROTOCOL_##symbol = number,
enum es_ikev1_protocol {
#include "espial/registry/ikev1_protocol.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_IPSEC_ATTRIBUTE_##symbol = number,
enum es_ikev1_ipsec_attribute {
#include "espial/registry/ikev1_ipsec_attribute.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_ESP_##symbol = number,
enum es_ikev1_esp {
#include "espial/registry/ikev1_esp.def"
};
#undef X
#define X(number, symbol, name, reference) ES_IKEV1_LIFE_##symbol = number,
enum es_ikev1_life {
#include "espial/registry/ikev1_life.def"
};
#undef X

/* What the length law needs of an encryption algorithm. 0 for what it has not. */
struct es_encr {
    uint8_t block; /* bytes the ciphertext is a multiple of */
    uint8_t iv;    /* bytes of IV on the wire (IKEv2, ESP) */
    uint8_t icv;   /* bytes of its own ICV, for combined-mode algorithms */
};

/* By IKEv2 transform ID, or by IKEv1 phase 1 attribute value. NULL when unknown. */
const struct es_encr *es_encr_find(uint16_t ikev2_id);
const struct es_encr *es_encr_find_ikev1(uint16_t ikev1_value);

/* Bytes of ICV of an IKEv2 integrity transform; 0 when unknown or NONE. */
uint8_t es_integ_icv(uint16_t ikev2_id);

/* Bytes that a PRF (IKEv2 transform) or hash (IKEv1 attribute value) puts out; 0 when unknown. */
uint8_t es_prf_length(uint16_t ikev2_id);
uint8_t es_ikev1_hash_length(uint16_t ikev1_value);

/*
 * Bytes of a key exchange method's public value as the initiator sends it, and as the responder
 * answers (different for a KEM); 0 when unknown.
 */
uint16_t es_ke_method_length(uint16_t id);
uint16_t es_ke_method_reply_length(uint16_t id);

/* What an object identifier means. */
struct es_oid {
    const char *symbol;    /* as people write it: "CN", "SHA2-256" */
    const char *name;      /* "commonName" */
    const char *reference; /* "RFC 4519" */
    const uint8_t *bytes;  /* its DER contents */
    size_t length;         /* of `bytes` */
};

/* All of one use, in ascending order of their bytes. */
struct es_oid_registry {
    const struct es_oid *rows;
    size_t count;
};
extern const struct es_oid_registry es_oids_x500_attribute;      /* of distinguished names */
extern const struct es_oid_registry es_oids_signature_algorithm; /* and their hashes */

/* The row of an OID's DER contents, or NULL when it is not known. */
const struct es_oid *es_oid_find(const struct es_oid_registry *registry, const uint8_t *bytes,
                                 size_t length);

/* What a vendor ID payload says of its sender. */
enum es_vendor_trait {
    ES_VENDOR_TRAIT_DPD = 1 << 0,           /* RFC 3706 */
    ES_VENDOR_TRAIT_NATT_RFC3947 = 1 << 1,  /* NAT-D payload type 20 */
    ES_VENDOR_TRAIT_NATT_DRAFT = 1 << 2,    /* NAT-D payload type 130 */
    ES_VENDOR_TRAIT_NATT_OLD = 1 << 9,      /* drafts 00 and 01: ESP on port 500 too */
    ES_VENDOR_TRAIT_FRAGMENTATION = 1 << 3, /* IKEv1 vendor fragmentation */
    ES_VENDOR_TRAIT_XAUTH = 1 << 4,
    ES_VENDOR_TRAIT_NATT_DRAFT_15 = 1 << 5, /* NAT-D payload type 15: drafts 04 to 07 */
    /* Behind the entry's bytes stands: */
    ES_VENDOR_TRAIT_WINDOWS_VERSION = 1 << 6,     /* a number of es_registry_windows_version */
    ES_VENDOR_TRAIT_CHECK_POINT_VERSION = 1 << 7, /* product, es_registry_check_point_version */
    ES_VENDOR_TRAIT_RELEASE_AND_BUILD = 1 << 8,   /* two numbers of 16 bits */
};

struct es_vendor_id {
    const char *name;     /* what it announces, for people: "strongSwan", "Dead Peer Detection" */
    const char *product;  /* the peer's product when it tells one ("strongSwan"), else NULL */
    unsigned traits;      /* enum es_vendor_trait */
    const uint8_t *bytes; /* what a payload must start with */
    size_t length;        /* of `bytes` */
    bool whole;           /* the payload must have no more bytes */
};

/* The entry for a vendor ID's bytes, or NULL when it is not known. */
const struct es_vendor_id *es_vendor_id_find(const uint8_t *bytes, size_t length);

#endif
