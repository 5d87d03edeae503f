/*
 * Identification payloads. RFC 7296, 3.5; RFC 2407, 4.6.2.
 *
 *     0                   1                   2                   3
 *     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *    |   ID Type     |  Protocol ID  |             Port              |   IKEv2: 24 bits reserved
 *    |                      Identification Data                      |
 */
#include "espial/ike.h"

bool es_ike_identity_parse(struct es_cursor body, uint8_t major, struct es_ike_identity *out)
{
    out->type = es_u8(&body);
    const uint8_t protocol = es_u8(&body);
    const uint16_t port = es_u16(&body);
    out->protocol = major == 1 ? protocol : 0;
    out->port = major == 1 ? port : 0;
    out->data = es_sub(&body, es_wire_left(&body));
    return body.fault == ES_FAULT_NONE;
}

static struct es_address address_at(const uint8_t *bytes, size_t size)
{
    return size == 4 ? es_address_v4(bytes) : es_address_v6(bytes);
}

/* One address, a subnet (address and mask) or a range (first and last). */
static void add_addresses(struct es_text *text, const uint8_t *bytes, size_t size, bool pair,
                          const char *between)
{
    const struct es_address first = address_at(bytes, size);
    es_text_add_address(text, &first);
    if (!pair)
        return;
    const struct es_address second = address_at(bytes + size, size);
    es_text_add(text, between);
    es_text_add_address(text, &second);
}

static void add_chars(struct es_text *text, const char *label, const struct es_cursor *data)
{
    es_text_add(text, label);
    es_text_add_printable(text, data->at, es_left(data));
}

/* How the data of a type is shown: as addresses, as characters, else in hex. */
static const struct {
    uint8_t type;
    uint8_t address;     /* bytes of one address; 0: not addresses */
    bool pair;           /* two addresses */
    const char *between; /* them */
    const char *label;   /* before characters or hex */
    bool chars;
} forms[] = {
    {ES_IKE_ID_IPV4_ADDR,        4,  false, NULL, NULL,     false},
    {ES_IKE_ID_FQDN,             0,  false, NULL, "fqdn ",  true },
    {ES_IKE_ID_RFC822_ADDR,      0,  false, NULL, "email ", true },
    {ES_IKE_ID_IPV4_ADDR_SUBNET, 4,  true,  "/",  NULL,     false},
    {ES_IKE_ID_IPV6_ADDR,        16, false, NULL, NULL,     false},
    {ES_IKE_ID_IPV6_ADDR_SUBNET, 16, true,  "/",  NULL,     false},
    {ES_IKE_ID_IPV4_ADDR_RANGE,  4,  true,  "-",  NULL,     false},
    {ES_IKE_ID_IPV6_ADDR_RANGE,  16, true,  "-",  NULL,     false},
    {ES_IKE_ID_DER_ASN1_DN,      0,  false, NULL, "dn ",    false},
    {ES_IKE_ID_DER_ASN1_GN,      0,  false, NULL, "gn ",    false},
    {ES_IKE_ID_KEY_ID,           0,  false, NULL, "key ",   true },
    {ES_IKE_ID_NULL,             0,  false, NULL, "null",   false},
};

void es_text_add_identity(struct es_text *text, const struct es_ike_identity *identity)
{
    const struct es_cursor *data = &identity->data;
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        if (forms[i].type != identity->type)
            continue;
        const size_t addresses = forms[i].address * (forms[i].pair ? 2U : 1U);
        if (addresses && es_left(data) == addresses) {
            add_addresses(text, data->at, forms[i].address, forms[i].pair, forms[i].between);
        } else if (forms[i].chars) {
            add_chars(text, forms[i].label, data);
        } else if (identity->type == ES_IKE_ID_DER_ASN1_DN) {
            es_text_add(text, forms[i].label);
            es_text_add_dn(text, *data); /* or the bytes, where it cannot be read */
        } else {
            es_text_add(text, forms[i].label ? forms[i].label : "address ");
            es_text_add_hex(text, data->at, es_left(data));
        }
        return;
    }
    es_text_addf(text, "type %u ", identity->type);
    es_text_add_hex(text, data->at, es_left(data));
}
