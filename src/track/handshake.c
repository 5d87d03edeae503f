/*
 * What the messages that make an IKE SA say beyond algorithms and identities: which group is
 * wished for, which hashes can sign, where the gateway sends its client; and, opened,
 * certificates, EAP and the outcome of XAUTH.
 */
#include "memory.h"

#include <string.h>

static const struct es_ike_payload *find_payload(const struct es_sighting *s, uint8_t ikev1,
                                                 uint8_t ikev2)
{
    return es_ike_payload_find(s->message, s->sa->major == 1 ? ikev1 : ikev2);
}

static const char *keep_text(const struct es_sighting *s, struct es_text *text)
{
    const char *copy = es_keep_text(s->tracker, &s->sa->owned, text);
    return copy ? copy : "";
}

/* --- IKE_SA_INIT: groups and hashes --- */

static void see_group(const struct es_sighting *s)
{
    struct es_group_wishes *wishes = &s->sa->group_wishes;
    const struct es_ike_payload *payload = es_ike_payload_find(s->message, ES_IKE_PAYLOAD_KE);
    struct es_ike_key_exchange ke;
    if (!payload || !es_ike_key_exchange_parse(payload->body, s->sa->major, &ke))
        return;
    if (!wishes->guessed)
        wishes->guessed = ke.method;
    if (wishes->count && wishes->sent == ke.method && wishes->wished != ke.method)
        wishes->ignored = true;
    wishes->sent = ke.method;
}

static void see_group_wish(const struct es_sighting *s)
{
    struct es_group_wishes *wishes = &s->sa->group_wishes;
    struct es_ike_notify notify;
    if (!es_ike_notify_find(s->message, ES_IKE_NOTIFY_INVALID_KE_PAYLOAD, &notify))
        return;
    const uint16_t wished = es_u16(&notify.data);
    if (notify.data.fault != ES_FAULT_NONE)
        return;
    if (wishes->count++ == 0)
        wishes->first = s->datagram->ref;
    wishes->last = s->datagram->ref;
    wishes->wished = wished;
}

/* A list of numbers of 16 bits. RFC 7427, 4. */
static void see_hashes(const struct es_sighting *s)
{
    struct es_ike_notify notify;
    if (!es_ike_notify_find(s->message, ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, &notify))
        return;
    uint32_t *bits = &s->sa->hash_algorithms[s->side];
    while (es_left(&notify.data) >= 2) {
        const uint16_t algorithm = es_u16(&notify.data);
        *bits |= algorithm < 32 ? UINT32_C(1) << algorithm : 0;
    }
}

/* --- redirects --- */

/* The gateway in a REDIRECT or REDIRECTED_FROM notify, printable; NULL when malformed. */
static const char *gateway_of(const struct es_sighting *s, struct es_ike_notify *notify,
                              struct es_address *address, bool *is_address)
{
    const uint8_t type = es_u8(&notify->data);
    const uint8_t length = es_u8(&notify->data);
    const uint8_t *bytes = es_take(&notify->data, length);
    if (!bytes || length == 0)
        return NULL;
    struct es_text text;
    es_text_init(&text);
    *is_address = true;
    if (type == ES_IKE_GATEWAY_IPV4 && length == 4)
        *address = es_address_v4(bytes);
    else if (type == ES_IKE_GATEWAY_IPV6 && length == 16)
        *address = es_address_v6(bytes);
    else
        *is_address = false;
    if (*is_address)
        es_text_add_address(&text, address);
    else
        es_text_add_printable(&text, bytes, length);
    return keep_text(s, &text);
}

/* In IKE_SA_INIT's response in clear, later with keys. RFC 5685, 3, 5 and 6. */
static void see_redirect(const struct es_sighting *s)
{
    struct es_ike_sa *sa = s->sa;
    struct es_ike_notify notify;
    struct es_address address = {{0}};
    bool is_address = false;
    if (!sa->redirected_from && s->side == sa->initiator &&
        es_ike_notify_find(s->message, ES_IKE_NOTIFY_REDIRECTED_FROM, &notify))
        sa->redirected_from = gateway_of(s, &notify, &address, &is_address);
    if (sa->redirect || s->side == sa->initiator ||
        !es_ike_notify_find(s->message, ES_IKE_NOTIFY_REDIRECT, &notify))
        return;
    const char *gateway = gateway_of(s, &notify, &address, &is_address);
    struct es_redirect *redirect =
        gateway ? es_keep(s->tracker, &sa->owned, sizeof(*redirect)) : NULL;
    if (!redirect)
        return;
    *redirect = (struct es_redirect){s->datagram->ref, gateway, address, is_address};
    sa->redirect = redirect;
}

/* --- certificates --- */

static const char *name_of(const struct es_sighting *s, struct es_cursor der)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_dn(&text, der);
    return keep_text(s, &text);
}

static void see_certificate(const struct es_sighting *s, struct es_cursor body)
{
    struct es_certificates **kept = &s->sa->certificates[s->side];
    struct es_ike_certificate found;
    if (es_u8(&body) != ES_IKE_CERT_X509_SIGNATURE || !es_ike_certificate_parse(body, &found))
        return;
    const char *subject = name_of(s, found.subject);
    if (*kept) {
        if ((*kept)->count < UINT16_MAX)
            (*kept)->count++;
        (*kept)->issuer_sent = (*kept)->issuer_sent || strcmp((*kept)->own.issuer, subject) == 0;
        return;
    }
    struct es_certificates *new = es_keep(s->tracker, &s->sa->owned, sizeof(*new));
    if (!new)
        return;
    new->count = 1;
    new->own = (struct es_certificate){.ref = s->datagram->ref,
                                       .not_before = -ES_TIME_MAX,
                                       .not_after = ES_TIME_MAX,
                                       .subject = subject,
                                       .issuer = name_of(s, found.issuer)};
    es_ike_certificate_time(found.not_before, &new->own.not_before);
    es_ike_certificate_time(found.not_after, &new->own.not_after);
    *kept = new;
}

/* Those of one message, and no more: a chain is a handful. */
static void see_certificates(const struct es_sighting *s)
{
    const uint8_t type = s->sa->major == 1 ? ES_IKEV1_PAYLOAD_CERT : ES_IKE_PAYLOAD_CERT;
    if (s->sa->certificates[s->side])
        return;
    for (size_t i = 0; i < s->message->payload_count; i++) {
        if (s->message->payloads[i].type == type)
            see_certificate(s, s->message->payloads[i].body);
    }
}

/* --- EAP and XAUTH --- */

/* Code, identifier, length; then, in requests and responses, a type. RFC 3748, 4. */
static void see_eap(const struct es_sighting *s)
{
    struct es_ike_sa *sa = s->sa;
    const struct es_ike_payload *payload = es_ike_payload_find(s->message, ES_IKE_PAYLOAD_EAP);
    if (!payload)
        return;
    if (!sa->eap)
        sa->eap = es_keep(s->tracker, &sa->owned, sizeof(*sa->eap));
    struct es_cursor body = payload->body;
    const uint8_t code = es_u8(&body);
    es_skip(&body, 3);
    const uint8_t type = es_more(&body) ? es_u8(&body) : 0;
    if (!sa->eap || body.fault != ES_FAULT_NONE)
        return;
    if (code == ES_EAP_CODE_RESPONSE && type == ES_EAP_TYPE_IDENTITY && !sa->eap->identity) {
        struct es_text text;
        es_text_init(&text);
        es_text_add_printable(&text, body.at, es_left(&body));
        sa->eap->identity = keep_text(s, &text);
    }
    if (s->side == sa->initiator)
        return;
    sa->eap->code = code;
    if (code == ES_EAP_CODE_REQUEST && type > ES_EAP_TYPE_NAK)
        sa->eap->type = type;
    if (code == ES_EAP_CODE_FAILURE)
        es_ike_sa_fail(s->tracker, sa, 0, s->side, &s->datagram->ref);
}

/* The types of configuration payloads that matter here. RFC 7296, 3.15. */
enum { CFG_REQUEST = 1, CFG_REPLY = 2 };

/* What a configuration payload holds that matters here. */
struct configuration {
    uint8_t type;
    bool address; /* names an inner address, or, in a request, asks for one */
    enum es_tristate xauth_passed;
};

/*
 * Type, three bytes (IKEv1: an identifier in the last two), attributes. RFC 7296, 3.15;
 * draft-dukes-ike-mode-cfg. XAUTH's are the same with a value in the length's place.
 */
static bool read_configuration(const struct es_sighting *s, struct configuration *out)
{
    enum { BASIC = 0x8000, XAUTH_OK = 1 };
    const struct es_ike_payload *payload =
        find_payload(s, ES_IKEV1_PAYLOAD_ATTRIBUTES, ES_IKE_PAYLOAD_CP);
    if (!payload)
        return false;
    *out = (struct configuration){0};
    struct es_cursor body = payload->body;
    out->type = es_u8(&body);
    es_skip(&body, 3);
    while (es_more(&body)) {
        const uint16_t class = es_u16(&body);
        const uint16_t value = es_u16(&body);
        const uint16_t attribute = class & (BASIC - 1);
        if (!(class & BASIC))
            es_skip(&body, value);
        else if (attribute == ES_IKE_CONFIG_XAUTH_STATUS && body.fault == ES_FAULT_NONE)
            out->xauth_passed = value == XAUTH_OK ? ES_YES : ES_NO;
        if (attribute == ES_IKE_CONFIG_INTERNAL_IP4_ADDRESS ||
            attribute == ES_IKE_CONFIG_INTERNAL_IP6_ADDRESS)
            out->address = out->address || value > 0 || out->type == CFG_REQUEST;
    }
    return body.fault == ES_FAULT_NONE;
}

static void see_configuration(const struct es_sighting *s)
{
    struct es_ike_sa *sa = s->sa;
    struct configuration found;
    if (!read_configuration(s, &found))
        return;
    if (found.xauth_passed != ES_UNKNOWN)
        sa->xauth_passed = found.xauth_passed;
    if (found.type == CFG_REQUEST && found.address && s->side == sa->initiator)
        sa->got_address = ES_NO;
    else if (found.type == CFG_REPLY && found.address && sa->got_address == ES_NO)
        sa->got_address = ES_YES;
}

/* --- all of it --- */

/* How long what proves an identity is; of a fragment, the least that the whole can be. */
static void see_length(const struct es_sighting *s)
{
    const struct es_ike_message *message = s->message;
    uint32_t length = message->header.length;
    if (message->fragment_total > 1 && !message->decrypted)
        length = message->fragment_number < message->fragment_total
                     ? length * (message->fragment_total - 1U)
                     : 0;
    uint32_t *most = &s->sa->auth_bytes[s->side];
    *most = length > *most ? length : *most;
}

static void see_opened(const struct es_sighting *s, const struct es_exchange *exchange)
{
    see_certificates(s);
    see_configuration(s);
    if (s->sa->major == 1)
        return;
    see_redirect(s);
    if (exchange->exchange_type != ES_IKE_EXCHANGE_IKE_AUTH)
        return;
    see_eap(s);
    if (s->side == s->sa->initiator && s->sa->asks_child == ES_UNKNOWN)
        s->sa->asks_child = es_ike_payload_find(s->message, ES_IKE_PAYLOAD_SA) ? ES_YES : ES_NO;
}

static void see_clear(const struct es_sighting *s, const struct es_exchange *exchange,
                      enum es_part part)
{
    if (find_payload(s, ES_IKEV1_PAYLOAD_CERTREQ, ES_IKE_PAYLOAD_CERTREQ))
        s->sa->asks_certificate[s->side] = true;
    if (s->sa->major == 1)
        return;
    see_redirect(s);
    if (exchange->exchange_type != ES_IKE_EXCHANGE_IKE_SA_INIT)
        return;
    see_hashes(s);
    if (part == ES_PART_REQUEST)
        see_group(s);
    else if (part == ES_PART_RESPONSE)
        see_group_wish(s);
}

void es_handshake_see(const struct es_sighting *s, const struct es_exchange *exchange,
                      enum es_part part)
{
    if (exchange->exchange_type == ES_IKE_EXCHANGE_IKE_AUTH ||
        (exchange->exchange_type == ES_IKE_EXCHANGE_IDENTITY_PROTECTION && s->message->encrypted))
        see_length(s);
    /* Opened fragments come whole with the last of them, which repeats the first. */
    if (part == ES_PART_REPEAT && !s->message->fragment_total)
        return;
    if (s->message->decrypted)
        see_opened(s, exchange);
    else if (!s->message->encrypted)
        see_clear(s, exchange, part);
}
