/*
 * Fields of certificate and certificate request payloads.
 *
 * CERT (RFC 7296, 3.6; RFC 2408, 3.9): `cert_encoding`; X.509 certificates: `serial_number`,
 * `issuer`, `not_before`, `not_after`, `subject` as far as they can be read, then `cert_data`; hash
 * and URL: `cert_hash`, `cert_url`.
 * CERTREQ (RFC 7296, 3.7): `cert_encoding`; hashes of keys as a group `authorities` each
 * `key_hash`; else `authority_data`. IKEv1 (RFC 2408, 3.10): `cert_encoding`, `authority` (its name
 * as text), `authority_data`.
 */
#include "fields.h"

#include "der.h"

enum { SHA1_BYTES = 20 };

static void put_name(struct es_fields *fields, const char *name, struct es_cursor der)
{
    char chars[ES_DN_CHARS_MAX];
    const size_t length = es_dn_chars(der, chars);
    if (length > 0)
        es_fields_text(fields, name, chars, length);
}

/* What a certificate says of itself, as far as it can be read. RFC 5280, 4.1. */
static void put_certificate(struct es_fields *fields, struct es_cursor der)
{
    struct es_ike_certificate certificate;
    es_ike_certificate_parse(der, &certificate);
    es_fields_rest(fields, &certificate.serial, ES_FIELD_HEX, "serial_number");
    put_name(fields, "issuer", certificate.issuer);
    es_fields_rest(fields, &certificate.not_before, ES_FIELD_TEXT, "not_before");
    es_fields_rest(fields, &certificate.not_after, ES_FIELD_TEXT, "not_after");
    put_name(fields, "subject", certificate.subject);
}

void es_fields_cert(struct es_fields *fields, struct es_cursor *body)
{
    const uint64_t encoding =
        es_fields_named(fields, body, "cert_encoding", 1, &es_registry_ike_cert);
    switch (encoding) {
    case ES_IKE_CERT_HASH_URL_CERT:
    case ES_IKE_CERT_HASH_URL_BUNDLE:
        es_fields_bytes(fields, body, ES_FIELD_HEX, "cert_hash", SHA1_BYTES);
        es_fields_rest(fields, body, ES_FIELD_TEXT, "cert_url");
        break;
    case ES_IKE_CERT_X509_SIGNATURE:
    case ES_IKE_CERT_X509_KEY_EXCHANGE:
        if (es_fields_sound(fields))
            put_certificate(fields, *body);
        es_fields_rest(fields, body, ES_FIELD_HEX, "cert_data");
        break;
    default:
        es_fields_rest(fields, body, ES_FIELD_HEX, "cert_data");
    }
}

void es_fields_certreq(struct es_fields *fields, struct es_cursor *body)
{
    const uint64_t encoding =
        es_fields_named(fields, body, "cert_encoding", 1, &es_registry_ike_cert);
    const bool has_hashes =
        encoding == ES_IKE_CERT_X509_SIGNATURE || encoding == ES_IKE_CERT_HASH_URL_CERT ||
        encoding == ES_IKE_CERT_HASH_URL_BUNDLE || encoding == ES_IKE_CERT_OCSP_CONTENT;
    if (has_hashes)
        es_fields_list(fields, body, "authorities", "key_hash", SHA1_BYTES, NULL);
    else
        es_fields_rest(fields, body, ES_FIELD_HEX, "authority_data");
}

void es_fields_certreq_ikev1(struct es_fields *fields, struct es_cursor *body)
{
    es_fields_named(fields, body, "cert_encoding", 1, &es_registry_ike_cert);
    if (es_fields_sound(fields))
        put_name(fields, "authority", *body);
    es_fields_rest(fields, body, ES_FIELD_HEX, "authority_data");
}
