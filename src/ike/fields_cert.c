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

/* One element, head and contents, as a window. */
static bool element_next(struct es_cursor *c, struct es_cursor *out)
{
    struct es_cursor rest = *c;
    uint8_t tag = 0;
    struct es_cursor inside;
    if (!es_der_next(&rest, &tag, &inside) || inside.missing > 0)
        return false;
    *out = es_sub(c, es_wire_left(c) - es_wire_left(&rest));
    return c->fault == ES_FAULT_NONE;
}

static void put_time(struct es_fields *fields, const char *name, struct es_cursor *validity)
{
    uint8_t tag = 0;
    struct es_cursor time;
    if (es_der_next(validity, &tag, &time))
        es_fields_rest(fields, &time, ES_FIELD_TEXT, name);
}

/* What a certificate says of itself. RFC 5280, 4.1. */
static void put_certificate(struct es_fields *fields, struct es_cursor der)
{
    struct es_cursor certificate;
    struct es_cursor tbs;
    struct es_cursor serial;
    struct es_cursor skipped;
    struct es_cursor issuer;
    struct es_cursor validity;
    struct es_cursor subject;
    if (!es_der_expect(&der, ES_DER_SEQUENCE, &certificate) ||
        !es_der_expect(&certificate, ES_DER_SEQUENCE, &tbs))
        return;
    struct es_cursor version = tbs;
    if (es_der_expect(&version, ES_DER_CONTEXT, &skipped))
        tbs = version;
    if (!es_der_expect(&tbs, ES_DER_INTEGER, &serial) || serial.missing > 0)
        return;
    es_fields_rest(fields, &serial, ES_FIELD_HEX, "serial_number");
    if (!element_next(&tbs, &skipped) || !element_next(&tbs, &issuer))
        return;
    put_name(fields, "issuer", issuer);
    if (!es_der_expect(&tbs, ES_DER_SEQUENCE, &validity) || validity.missing > 0)
        return;
    put_time(fields, "not_before", &validity);
    put_time(fields, "not_after", &validity);
    if (element_next(&tbs, &subject))
        put_name(fields, "subject", subject);
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
