/*
 * The registries: each .def file becomes a const table in numeric order.
 */
#include "espial/registry.h"

/* Rows of one registry; X says how a line of the .def file becomes a row. */
#define X(number, symbol, name, reference) {number, #symbol, name, reference},
static const struct es_registry_row ike_exchange[] = {
#include "espial/registry/ike_exchange.def"
};
static const struct es_registry_row ike_payload[] = {
#include "espial/registry/ike_payload.def"
};
static const struct es_registry_row ike_notify[] = {
#include "espial/registry/ike_notify.def"
};
static const struct es_registry_row ike_protocol[] = {
#include "espial/registry/ike_protocol.def"
};
static const struct es_registry_row ike_transform_type[] = {
#include "espial/registry/ike_transform_type.def"
};
static const struct es_registry_row ike_esn[] = {
#include "espial/registry/ike_esn.def"
};
static const struct es_registry_row ike_id[] = {
#include "espial/registry/ike_id.def"
};
static const struct es_registry_row ikev1_payload[] = {
#include "espial/registry/ikev1_payload.def"
};
static const struct es_registry_row ikev1_notify[] = {
#include "espial/registry/ikev1_notify.def"
};
static const struct es_registry_row ikev1_attribute[] = {
#include "espial/registry/ikev1_attribute.def"
};
static const struct es_registry_row ikev1_auth[] = {
#include "espial/registry/ikev1_auth.def"
};
static const struct es_registry_row ike_cert[] = {
#include "espial/registry/ike_cert.def"
};
static const struct es_registry_row ike_auth_method[] = {
#include "espial/registry/ike_auth_method.def"
};
static const struct es_registry_row ike_hash[] = {
#include "espial/registry/ike_hash.def"
};
static const struct es_registry_row ike_config[] = {
#include "espial/registry/ike_config.def"
};
static const struct es_registry_row ike_config_type[] = {
#include "espial/registry/ike_config_type.def"
};
static const struct es_registry_row ike_ts[] = {
#include "espial/registry/ike_ts.def"
};
static const struct es_registry_row ike_ipcomp[] = {
#include "espial/registry/ike_ipcomp.def"
};
static const struct es_registry_row ike_attribute[] = {
#include "espial/registry/ike_attribute.def"
};
static const struct es_registry_row ike_gateway[] = {
#include "espial/registry/ike_gateway.def"
};
static const struct es_registry_row ike_ppk_id[] = {
#include "espial/registry/ike_ppk_id.def"
};
static const struct es_registry_row ike_password_method[] = {
#include "espial/registry/ike_password_method.def"
};
static const struct es_registry_row ike_rohc_attribute[] = {
#include "espial/registry/ike_rohc_attribute.def"
};
static const struct es_registry_row eap_code[] = {
#include "espial/registry/eap_code.def"
};
static const struct es_registry_row eap_type[] = {
#include "espial/registry/eap_type.def"
};
static const struct es_registry_row ip_protocol[] = {
#include "espial/registry/ip_protocol.def"
};
static const struct es_registry_row ikev1_doi[] = {
#include "espial/registry/ikev1_doi.def"
};
static const struct es_registry_row ikev1_situation[] = {
#include "espial/registry/ikev1_situation.def"
};
static const struct es_registry_row ikev1_protocol[] = {
#include "espial/registry/ikev1_protocol.def"
};
static const struct es_registry_row ikev1_transform[] = {
#include "espial/registry/ikev1_transform.def"
};
static const struct es_registry_row ikev1_esp[] = {
#include "espial/registry/ikev1_esp.def"
};
static const struct es_registry_row ikev1_ah[] = {
#include "espial/registry/ikev1_ah.def"
};
static const struct es_registry_row ikev1_ipsec_attribute[] = {
#include "espial/registry/ikev1_ipsec_attribute.def"
};
static const struct es_registry_row ikev1_auth_algorithm[] = {
#include "espial/registry/ikev1_auth_algorithm.def"
};
static const struct es_registry_row ikev1_encapsulation[] = {
#include "espial/registry/ikev1_encapsulation.def"
};
static const struct es_registry_row ikev1_life[] = {
#include "espial/registry/ikev1_life.def"
};
static const struct es_registry_row ikev1_group_type[] = {
#include "espial/registry/ikev1_group_type.def"
};
static const struct es_registry_row ikev1_ecn_tunnel[] = {
#include "espial/registry/ikev1_ecn_tunnel.def"
};
static const struct es_registry_row ikev1_esn[] = {
#include "espial/registry/ikev1_esn.def"
};
static const struct es_registry_row xauth_type[] = {
#include "espial/registry/xauth_type.def"
};
static const struct es_registry_row xauth_status[] = {
#include "espial/registry/xauth_status.def"
};
static const struct es_registry_row windows_version[] = {
#include "espial/registry/windows_version.def"
};
static const struct es_registry_row check_point_version[] = {
#include "espial/registry/check_point_version.def"
};
#undef X

/* Registries of algorithms have columns of lengths: length.c reads those. */
#define X(number, symbol, name, reference, block, iv, icv) {number, #symbol, name, reference},
static const struct es_registry_row ike_encr[] = {
#include "espial/registry/ike_encr.def"
};
static const struct es_registry_row ikev1_encr[] = {
#include "espial/registry/ikev1_encr.def"
};
#undef X
#define X(number, symbol, name, reference, length) {number, #symbol, name, reference},
static const struct es_registry_row ike_prf[] = {
#include "espial/registry/ike_prf.def"
};
static const struct es_registry_row ike_integ[] = {
#include "espial/registry/ike_integ.def"
};
static const struct es_registry_row ikev1_hash[] = {
#include "espial/registry/ikev1_hash.def"
};
#undef X
#define X(number, symbol, name, reference, initiator, responder) {number, #symbol, name, reference},
static const struct es_registry_row ike_ke_method[] = {
#include "espial/registry/ike_ke_method.def"
};
#undef X

#define REGISTRY(rows, title)                                                                      \
    const struct es_registry es_registry_##rows = {title, rows, ES_COUNT(rows)}

REGISTRY(ike_exchange, "IKE Exchange Types");
REGISTRY(ike_payload, "IKEv2 Payload Types");
REGISTRY(ike_notify, "IKEv2 Notify Message Types");
REGISTRY(ike_protocol, "IKEv2 Security Protocol Identifiers");
REGISTRY(ike_transform_type, "Transform Type Values");
REGISTRY(ike_encr, "Encryption Algorithm Transform IDs");
REGISTRY(ike_prf, "Pseudorandom Function Transform IDs");
REGISTRY(ike_integ, "Integrity Algorithm Transform IDs");
REGISTRY(ike_ke_method, "Key Exchange Method Transform IDs");
REGISTRY(ike_esn, "Sequence Numbers Transform IDs");
REGISTRY(ike_id, "Identification Payload ID Types");
REGISTRY(ikev1_payload, "ISAKMP Next Payload Types");
REGISTRY(ikev1_notify, "ISAKMP Notify Message Types");
REGISTRY(ikev1_attribute, "IKE Attributes");
REGISTRY(ikev1_encr, "IKE Encryption Algorithms");
REGISTRY(ikev1_hash, "IKE Hash Algorithms");
REGISTRY(ikev1_auth, "IPSEC Authentication Methods");
REGISTRY(ike_cert, "Certificate Encodings");
REGISTRY(ike_auth_method, "IKEv2 Authentication Method");
REGISTRY(ike_hash, "IKEv2 Hash Algorithms");
REGISTRY(ike_config, "Configuration Payload Attribute Types");
REGISTRY(ike_config_type, "Configuration Payload CFG Types");
REGISTRY(ike_ts, "IKEv2 Traffic Selector Types");
REGISTRY(ike_ipcomp, "Notification IPCOMP Transform IDs");
REGISTRY(ike_attribute, "IKEv2 Transform Attribute Types");
REGISTRY(ike_gateway, "IKEv2 Gateway Identity Types");
REGISTRY(ike_ppk_id, "IKEv2 Post-quantum Preshared Key ID Types");
REGISTRY(ike_password_method, "IKEv2 Secure Password Methods");
REGISTRY(ike_rohc_attribute, "ROHC Attribute Types");
REGISTRY(eap_code, "EAP Packet Codes");
REGISTRY(eap_type, "EAP Method Types");
REGISTRY(ip_protocol, "Protocol Numbers");
REGISTRY(ikev1_doi, "IPSEC DOI");
REGISTRY(ikev1_situation, "IPSEC Situation");
REGISTRY(ikev1_protocol, "IPSEC Security Protocol Identifiers");
REGISTRY(ikev1_transform, "IPSEC ISAKMP Transform Identifiers");
REGISTRY(ikev1_esp, "IPSEC ESP Transform Identifiers");
REGISTRY(ikev1_ah, "IPSEC AH Transform Identifiers");
REGISTRY(ikev1_ipsec_attribute, "IPSEC Security Association Attributes");
REGISTRY(ikev1_auth_algorithm, "IPSEC Authentication Algorithm");
REGISTRY(ikev1_encapsulation, "IPSEC Encapsulation Mode");
REGISTRY(ikev1_life, "IKE Life Type");
REGISTRY(ikev1_group_type, "IKE Group Type");
REGISTRY(ikev1_ecn_tunnel, "IPSEC ECN Tunnel");
REGISTRY(ikev1_esn, "IPSEC Extended Sequence Number");
REGISTRY(xauth_type, "XAUTH Types");
REGISTRY(xauth_status, "XAUTH Status");
REGISTRY(windows_version, "Windows Versions");
REGISTRY(check_point_version, "Check Point Versions");

const struct es_registry_row *es_registry_find(const struct es_registry *registry, uint32_t number)
{
    size_t low = 0;
    size_t high = registry->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (registry->rows[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == registry->count || registry->rows[low].number != number)
        return NULL;
    return &registry->rows[low];
}

void es_text_add_registry(struct es_text *text, const struct es_registry *registry, uint32_t number)
{
    const struct es_registry_row *row = es_registry_find(registry, number);
    if (row)
        es_text_add(text, row->name);
    else
        es_text_addf(text, "%u (unknown)", (unsigned)number);
}
