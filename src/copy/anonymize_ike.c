/*
 * IKE in clear: each payload by what it may hold. Algorithms, key exchange values, nonces and known
 * vendor IDs stay; addresses and names are replaced; whatever is not known to be harmless is
 * replaced by other bytes. RFC 7296, 3; RFC 2408, 3; RFC 2407, 4.6.
 */
#include "anonymize_state.h"

#include "espial/ike.h"

#include <string.h>

enum { V4 = 4, V6 = 16, GENERIC_BYTES = 4 };

/* Bytes of a payload that are all at hand, to write to. */
struct part {
    struct es_rewrite *walk;
    const struct es_ike_header *header;
    uint8_t *at;
    size_t size;
    bool whole; /* the capture has all of it */
};

static struct part part_of(struct es_rewrite *walk, const struct es_ike_header *header,
                           const struct es_cursor *c)
{
    return (struct part){walk, header, es_rewrite_at(walk, c->at), es_left(c), c->missing == 0};
}

static void void_bytes(const struct part *p, size_t from)
{
    if (p->size <= from)
        return;
    es_name_opaque(p->walk->anonymizer->namer, p->at + from, p->size - from);
    p->walk->counts->values_voided++;
}

static void name_from(const struct part *p, size_t from, bool is_der)
{
    struct es_namer *namer = p->walk->anonymizer->namer;
    if (p->size <= from)
        return;
    if (is_der)
        es_name_der(namer, p->at + from, p->size - from);
    else
        es_name_opaque(namer, p->at + from, p->size - from);
    p->walk->counts->identities++;
}

/* One address, or two of them as a range or a subnet; what is cut or too long is voided. */
static void replace_addresses(const struct part *p, size_t from, size_t address, bool range,
                              bool subnet)
{
    uint8_t *at = p->at + from;
    const size_t needed = from + address * (range || subnet ? 2 : 1);
    if (p->size != needed) {
        void_bytes(p, from);
        return;
    }
    if (range)
        es_rewrite_range(p->walk, at, at + address, address);
    else if (subnet)
        es_rewrite_subnet(p->walk, at, at + address, address);
    else if (address == V4)
        es_rewrite_v4(p->walk, at);
    else
        es_rewrite_v6(p->walk, at);
}

/* Type, three bytes, and what the type says. */
static void replace_identity(const struct part *p)
{
    enum { HEAD = 4 };
    if (p->size < HEAD)
        return;
    const uint8_t type = p->at[0];
    switch (type) {
    case ES_IKE_ID_IPV4_ADDR:
        replace_addresses(p, HEAD, V4, false, false);
        break;
    case ES_IKE_ID_IPV6_ADDR:
        replace_addresses(p, HEAD, V6, false, false);
        break;
    case ES_IKE_ID_IPV4_ADDR_SUBNET:
        replace_addresses(p, HEAD, V4, false, true);
        break;
    case ES_IKE_ID_IPV6_ADDR_SUBNET:
        replace_addresses(p, HEAD, V6, false, true);
        break;
    case ES_IKE_ID_IPV4_ADDR_RANGE:
        replace_addresses(p, HEAD, V4, true, false);
        break;
    case ES_IKE_ID_IPV6_ADDR_RANGE:
        replace_addresses(p, HEAD, V6, true, false);
        break;
    case ES_IKE_ID_DER_ASN1_DN:
    case ES_IKE_ID_DER_ASN1_GN:
        name_from(p, HEAD, true);
        break;
    default:
        name_from(p, HEAD, false);
    }
}

/* Type, length, gateway; then, in an answer, the nonce that was asked with. RFC 5685, 7. */
static void replace_gateway(const struct part *p)
{
    enum { HEAD = 2, IPV4 = 1, IPV6 = 2, FQDN = 3 };
    if (p->size < HEAD || p->size - HEAD < p->at[1]) {
        void_bytes(p, 0);
        return;
    }
    const size_t length = p->at[1];
    if (p->at[0] == IPV4 && length == V4)
        es_rewrite_v4(p->walk, p->at + HEAD);
    else if (p->at[0] == IPV6 && length == V6)
        es_rewrite_v6(p->walk, p->at + HEAD);
    else {
        const struct part name = {p->walk, p->header, p->at + HEAD, length, p->whole};
        name_from(&name, 0, false);
    }
}

/* Notifies whose data is about algorithms and numbers. */
static bool is_harmless(uint8_t major, uint16_t type)
{
    static const uint16_t ikev2[] = {
        ES_IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD,
        ES_IKE_NOTIFY_INVALID_KE_PAYLOAD,
        ES_IKE_NOTIFY_INVALID_SPI,
        ES_IKE_NOTIFY_SET_WINDOW_SIZE,
        ES_IKE_NOTIFY_IPCOMP_SUPPORTED,
        ES_IKE_NOTIFY_COOKIE,
        ES_IKE_NOTIFY_COOKIE2,
        ES_IKE_NOTIFY_AUTH_LIFETIME,
        ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS,
        ES_IKE_NOTIFY_PUZZLE,
        ES_IKE_NOTIFY_SUPPORTED_AUTH_METHODS,
        ES_IKE_NOTIFY_SECURE_PASSWORD_METHODS,
        ES_IKE_NOTIFY_USE_AGGFRAG,
        ES_IKE_NOTIFY_INVALID_MESSAGE_ID,
    };
    static const uint16_t ikev1[] = {
        ES_IKEV1_NOTIFY_RESPONDER_LIFETIME, ES_IKEV1_NOTIFY_REPLAY_STATUS,
        ES_IKEV1_NOTIFY_INITIAL_CONTACT,    ES_IKEV1_NOTIFY_R_U_THERE,
        ES_IKEV1_NOTIFY_R_U_THERE_ACK,
    };
    const uint16_t *types = major == 1 ? ikev1 : ikev2;
    const size_t count = major == 1 ? ES_COUNT(ikev1) : ES_COUNT(ikev2);
    for (size_t i = 0; i < count; i++)
        if (types[i] == type)
            return true;
    return false;
}

static void replace_nat_hash(const struct part *p)
{
    if (p->whole)
        es_rewrite_nat_hash(p->walk, p->header, p->at, p->size);
    else
        void_bytes(p, 0);
}

static void replace_notify(struct es_rewrite *walk, const struct es_ike_header *header,
                           struct es_cursor body)
{
    struct es_ike_notify notify;
    if (!es_ike_notify_parse(body, header->major, &notify)) {
        const struct part all = part_of(walk, header, &body);
        void_bytes(&all, header->major == 1 ? 8 : 4);
        return;
    }
    const struct part data = part_of(walk, header, &notify.data);
    if (is_harmless(header->major, notify.type))
        return;
    if (header->major == 1) {
        void_bytes(&data, 0);
        return;
    }
    switch (notify.type) {
    case ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP:
    case ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP:
        replace_nat_hash(&data);
        break;
    case ES_IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS:
        replace_addresses(&data, 0, V4, false, false);
        break;
    case ES_IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS:
        replace_addresses(&data, 0, V6, false, false);
        break;
    case ES_IKE_NOTIFY_REDIRECT:
    case ES_IKE_NOTIFY_REDIRECTED_FROM:
        replace_gateway(&data);
        break;
    default:
        void_bytes(&data, 0);
    }
}

/* Encoding, then hashes of authorities (RFC 7296, 3.7), or an authority's name in IKEv1. */
static void replace_request(const struct part *p)
{
    enum { HEAD = 1, HASH = 20 };
    if (p->header->major == 1 || (p->size - HEAD) % HASH != 0) {
        name_from(p, HEAD, p->header->major == 1);
        return;
    }
    for (size_t at = HEAD; at < p->size; at += HASH)
        es_name_bytes(p->walk->anonymizer->namer, p->at + at, HASH);
    p->walk->counts->identities += p->size > HEAD;
}

/* Known ones name products. Others may name anything. */
static void replace_vendor(const struct part *p)
{
    if (!es_vendor_id_find(p->at, p->size))
        void_bytes(p, 0);
}

/* Traffic selectors: RFC 7296, 3.13. */
static void replace_selectors(const struct part *p)
{
    enum { HEAD = 4, SELECTOR = 8, IPV4_RANGE = 7, IPV6_RANGE = 8 };
    size_t at = HEAD;
    while (at + SELECTOR <= p->size) {
        uint8_t *h = p->at + at;
        const size_t length = (size_t)(h[2] << 8 | h[3]);
        const size_t address = h[0] == IPV4_RANGE ? V4 : h[0] == IPV6_RANGE ? V6 : 0;
        if (length < SELECTOR || length > p->size - at)
            break;
        if (address && length == SELECTOR + 2 * address) {
            es_rewrite_range(p->walk, h + SELECTOR, h + SELECTOR + address, address);
        } else {
            const struct part other = {p->walk, p->header, h, length, p->whole};
            void_bytes(&other, HEAD);
        }
        at += length;
    }
    void_bytes(p, at);
}

/* Configuration: type and length stay, values of any kind go. RFC 7296, 3.15. */
static void replace_configuration(const struct part *p)
{
    enum { HEAD = 4, ATTRIBUTE = 4, SHORT_FORM = 0x80 };
    size_t at = HEAD;
    while (at + ATTRIBUTE <= p->size) {
        uint8_t *h = p->at + at;
        const size_t length = h[0] & SHORT_FORM ? 0 : (size_t)(h[2] << 8 | h[3]);
        if (length > p->size - at - ATTRIBUTE)
            break;
        const struct part value = {p->walk, p->header, h + ATTRIBUTE, length, p->whole};
        if (length == V4)
            es_rewrite_v4(p->walk, value.at);
        else if (length == V6)
            es_rewrite_v6(p->walk, value.at);
        else
            void_bytes(&value, 0);
        at += ATTRIBUTE + length;
    }
    void_bytes(p, at);
}

/*
 * IKEv1 lets a transform have any attribute; Kerberos (GSS-API) names hosts in there. Attributes of
 * more than eight bytes that are not numbers of a group are such.
 */
static void replace_attributes(const struct part *p)
{
    enum { ATTRIBUTE = 4, SHORT_FORM = 0x80, GROUP_FIRST = 5, GROUP_LAST = 10, NUMBER = 8 };
    size_t at = 0;
    while (at + ATTRIBUTE <= p->size) {
        const uint8_t *h = p->at + at;
        const unsigned class = (unsigned)(h[0] & 0x7f) << 8 | h[1];
        const size_t length = h[0] & SHORT_FORM ? 0 : (size_t)(h[2] << 8 | h[3]);
        if (length > p->size - at - ATTRIBUTE)
            break;
        const struct part value = {p->walk, p->header, p->at + at + ATTRIBUTE, length, p->whole};
        if (length > NUMBER && (class < GROUP_FIRST || class > GROUP_LAST))
            void_bytes(&value, 0);
        at += ATTRIBUTE + length;
    }
}

/* The transforms of an IKEv1 SA: RFC 2408, 3.4 to 3.6. Proposals hold them, one behind the other.
 */
static void replace_ikev1_sa(const struct part *p)
{
    enum { DOI_AND_SITUATION = 8, HEAD = 8, SPI_SIZE_AT = 6, COUNT_AT = 7 };
    size_t at = DOI_AND_SITUATION;
    while (at + HEAD <= p->size) {
        size_t transforms = p->at[at + COUNT_AT];
        at += HEAD + p->at[at + SPI_SIZE_AT];
        for (; transforms > 0 && at + HEAD <= p->size; transforms--) {
            const size_t length = (size_t)(p->at[at + 2] << 8 | p->at[at + 3]);
            if (length < HEAD || length > p->size - at)
                return;
            const struct part one = {p->walk, p->header, p->at + at + HEAD, length - HEAD,
                                     p->whole};
            replace_attributes(&one);
            at += length;
        }
    }
}

/*
 *    |          Fragment ID          |    Number     |     Flags     |
 *    | part of a message, its header in the first                    |
 *
 * Vendors' fragments of IKEv1. Put together in the pass that learns; else nothing of them stays but
 * an encrypted beginning.
 */
static void replace_fragment(const struct part *p)
{
    enum { HEAD = 4, LAST = 1, FLAGS_AT = 19 };
    if (p->size <= HEAD)
        return;
    const struct es_assembly_key key = {
        .source = p->walk->source,
        .destination = p->walk->destination,
        .ids = {p->header->initiator_spi, p->header->responder_spi},
        .id = (uint32_t)(p->at[0] << 8 | p->at[1]),
        .kind = ES_ASSEMBLY_IKEV1,
    };
    const uint8_t *data = p->at + HEAD;
    const size_t size = p->size - HEAD;
    if (p->whole)
        es_piece_add(p->walk, &key, data, size, p->at[2], p->at[3] & LAST);
    if (es_piece_find(p->walk, data, size))
        return;
    const bool encrypted =
        p->at[2] == 1 && size >= ES_IKE_HEADER_BYTES && (data[FLAGS_AT] & ES_IKEV1_FLAG_ENCRYPTION);
    if (!encrypted)
        void_bytes(p, HEAD);
}

static void replace_ikev1(const struct part *p, uint8_t type, struct es_cursor body)
{
    switch (type) {
    case ES_IKEV1_PAYLOAD_FRAGMENT:
        replace_fragment(p);
        break;
    case ES_IKEV1_PAYLOAD_SA:
        replace_ikev1_sa(p);
        break;
    case ES_IKEV1_PAYLOAD_KE:
    case ES_IKEV1_PAYLOAD_NONCE:
    case ES_IKEV1_PAYLOAD_DELETE:
        break;
    case ES_IKEV1_PAYLOAD_ID:
    case ES_IKEV1_PAYLOAD_NAT_OA:
    case ES_IKEV1_PAYLOAD_NAT_OA_DRAFT:
        replace_identity(p);
        break;
    case ES_IKEV1_PAYLOAD_CERT:
        name_from(p, 1, true);
        break;
    case ES_IKEV1_PAYLOAD_CERTREQ:
        replace_request(p);
        break;
    case ES_IKEV1_PAYLOAD_NOTIFY:
        replace_notify(p->walk, p->header, body);
        break;
    case ES_IKEV1_PAYLOAD_VENDOR:
        replace_vendor(p);
        break;
    case ES_IKEV1_PAYLOAD_ATTRIBUTES:
        replace_configuration(p);
        break;
    case ES_IKEV1_PAYLOAD_NAT_D:
    case ES_IKEV1_PAYLOAD_NAT_D_DRAFT:
    case ES_IKEV1_PAYLOAD_SAK: /* NAT-D of drafts 04 to 07 */
        replace_nat_hash(p);
        break;
    default:
        void_bytes(p, 0);
    }
}

static void replace_ikev2(const struct part *p, uint8_t type, struct es_cursor body)
{
    switch (type) {
    case ES_IKE_PAYLOAD_SA:
    case ES_IKE_PAYLOAD_KE:
    case ES_IKE_PAYLOAD_NONCE:
    case ES_IKE_PAYLOAD_DELETE:
    case ES_IKE_PAYLOAD_SK:
    case ES_IKE_PAYLOAD_SKF:
    case ES_IKE_PAYLOAD_PS:
        break;
    case ES_IKE_PAYLOAD_IDI:
    case ES_IKE_PAYLOAD_IDR:
        replace_identity(p);
        break;
    case ES_IKE_PAYLOAD_CERT:
        name_from(p, 1, true);
        break;
    case ES_IKE_PAYLOAD_CERTREQ:
        replace_request(p);
        break;
    case ES_IKE_PAYLOAD_NOTIFY:
        replace_notify(p->walk, p->header, body);
        break;
    case ES_IKE_PAYLOAD_VENDOR:
        replace_vendor(p);
        break;
    case ES_IKE_PAYLOAD_TSI:
    case ES_IKE_PAYLOAD_TSR:
        replace_selectors(p);
        break;
    case ES_IKE_PAYLOAD_CP:
        replace_configuration(p);
        break;
    default:
        void_bytes(p, 0);
    }
}

/* All payloads in clear; where the last of them ends. */
static const uint8_t *replace_payloads(struct es_rewrite *walk,
                                       const struct es_ike_message *message)
{
    const uint8_t *end = walk->c.at + ES_IKE_HEADER_BYTES;
    for (size_t i = 0; i < message->payload_count; i++) {
        const struct es_ike_payload *payload = &message->payloads[i];
        const struct part p = part_of(walk, &message->header, &payload->body);
        end = payload->body.end;
        if (p.size == 0)
            continue;
        if (message->header.major == 1)
            replace_ikev1(&p, payload->type, payload->body);
        else
            replace_ikev2(&p, payload->type, payload->body);
    }
    return end;
}

/*
 * Behind the payloads: three bytes may be padding, or not, which a report tells; of a payload whose
 * length lies, its header; of anything else nothing.
 */
static void void_rest(struct es_rewrite *walk, const struct es_ike_message *message,
                      const uint8_t *from, const uint8_t *end)
{
    enum { PADDING_MAX = 3 };
    const size_t size = (size_t)(end - from);
    if (size <= PADDING_MAX || message->encrypted)
        return;
    const bool lies = message->fault != ES_FAULT_NONE && message->fault != ES_FAULT_CUT;
    es_rewrite_zero(walk, lies || message->fault == ES_FAULT_CUT ? from + GENERIC_BYTES : from,
                    end);
}

void es_rewrite_ike(struct es_rewrite *walk)
{
    struct es_ike_message message;
    if (!es_ike_message_parse(walk->c, &message)) {
        es_rewrite_keep(walk); /* SPIs and little more */
        return;
    }
    const bool known = message.header.major == 1 || message.header.major == 2;
    if (!known || message.header.length < ES_IKE_HEADER_BYTES) {
        es_rewrite_take(walk, ES_IKE_HEADER_BYTES);
        return;
    }
    const size_t held = es_left(&walk->c);
    const size_t length = message.header.length < held ? message.header.length : held;
    if (message.encrypted && message.header.major == 1) {
        es_rewrite_take(walk, length);
    } else {
        const uint8_t *rest = replace_payloads(walk, &message);
        void_rest(walk, &message, rest, walk->c.at + length);
        es_rewrite_take(walk, length);
    }
    walk->sealed = message.encrypted;
}
