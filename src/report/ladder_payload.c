/*
 * Payloads in a few words. The short names are those that daemons write into their logs, so that
 * a ladder can be held against a log.
 */
#include "ladder.h"

#include "wording.h"

#include <inttypes.h>
#include <string.h>

enum { WORDS_MAX = 40 };

/* Payloads whose short name is not the registry's symbol. */
static const struct {
    uint8_t major, type;
    const char *name;
} short_names[] = {
    {1, ES_IKEV1_PAYLOAD_NONCE,     "No"    },
    {1, ES_IKEV1_PAYLOAD_NOTIFY,    "N"     },
    {1, ES_IKEV1_PAYLOAD_DELETE,    "D"     },
    {1, ES_IKEV1_PAYLOAD_VENDOR,    "V"     },
    {1, ES_IKEV1_PAYLOAD_SIGNATURE, "SIG"   },
    {1, ES_IKEV1_PAYLOAD_NAT_D,     "NAT-D" },
    {1, ES_IKEV1_PAYLOAD_NAT_OA,    "NAT-OA"},
    {2, ES_IKE_PAYLOAD_IDI,         "IDi"   },
    {2, ES_IKE_PAYLOAD_IDR,         "IDr"   },
    {2, ES_IKE_PAYLOAD_NONCE,       "No"    },
    {2, ES_IKE_PAYLOAD_NOTIFY,      "N"     },
    {2, ES_IKE_PAYLOAD_DELETE,      "D"     },
    {2, ES_IKE_PAYLOAD_VENDOR,      "V"     },
    {2, ES_IKE_PAYLOAD_TSI,         "TSi"   },
    {2, ES_IKE_PAYLOAD_TSR,         "TSr"   },
};

/* Status notifies that come in nearly every message; errors are always written out. */
static const struct {
    uint16_t type;
    const char *name;
} short_notifies[] = {
    {ES_IKE_NOTIFY_INITIAL_CONTACT,                 "INIT_CONTACT"   },
    {ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,         "NATD_S_IP"      },
    {ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP,    "NATD_D_IP"      },
    {ES_IKE_NOTIFY_HTTP_CERT_LOOKUP_SUPPORTED,      "HTTP_CERT_SUP"  },
    {ES_IKE_NOTIFY_ESP_TFC_PADDING_NOT_SUPPORTED,   "TFC_PAD_NOT_SUP"},
    {ES_IKE_NOTIFY_NON_FIRST_FRAGMENTS_ALSO,        "NON_FIRST_FRAG" },
    {ES_IKE_NOTIFY_MOBIKE_SUPPORTED,                "MOBIKE_SUP"     },
    {ES_IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES,         "NO_ADD_ADDR"    },
    {ES_IKE_NOTIFY_MULTIPLE_AUTH_SUPPORTED,         "MULT_AUTH"      },
    {ES_IKE_NOTIFY_REDIRECT_SUPPORTED,              "REDIR_SUP"      },
    {ES_IKE_NOTIFY_EAP_ONLY_AUTHENTICATION,         "EAP_ONLY"       },
    {ES_IKE_NOTIFY_CHILDLESS_IKEV2_SUPPORTED,       "CHDLESS_SUP"    },
    {ES_IKE_NOTIFY_IKEV2_MESSAGE_ID_SYNC_SUPPORTED, "MSG_ID_SYN_SUP" },
    {ES_IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED,   "FRAG_SUP"       },
    {ES_IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS,       "HASH_ALG"       },
    {ES_IKE_NOTIFY_INTERMEDIATE_EXCHANGE_SUPPORTED, "INTERMED_SUP"   },
};

/* What a class of encrypted messages is called among people. */
static const char *const class_words[] = {
    "empty",          "delete IKE SA", "delete Child SA",       "notify", "R-U-THERE",
    "address update", "refusal",       "AUTH without Child SA", "AUTH",   "new Child SA",
    "new IKE SA",     "closing hash",  "something else",
};

static void cut(struct es_text *text, size_t length)
{
    if (text->failed)
        return;
    text->length = length;
    text->chars[length] = '\0';
}

static void add_name(struct es_text *text, uint8_t major, uint8_t type)
{
    for (size_t i = 0; i < ES_COUNT(short_names); i++) {
        if (short_names[i].major == major && short_names[i].type == type) {
            es_text_add(text, short_names[i].name);
            return;
        }
    }
    const struct es_registry_row *row = es_registry_find(es_ike_payload_registry(major), type);
    if (row)
        es_text_add(text, row->symbol);
    else
        es_text_addf(text, "payload %u", type);
}

static const char *notify_name(uint8_t major, uint16_t type, bool whole)
{
    for (size_t i = 0; !whole && major == 2 && i < ES_COUNT(short_notifies); i++) {
        if (short_notifies[i].type == type)
            return short_notifies[i].name;
    }
    const struct es_registry_row *row =
        es_registry_find(major == 1 ? &es_registry_ikev1_notify : &es_registry_ike_notify, type);
    return row ? row->name : NULL;
}

static void add_bytes(struct es_text *text, struct es_cursor bytes)
{
    const size_t length = es_left(&bytes);
    const uint8_t *at = es_take(&bytes, length);
    if (length && at)
        es_text_add_hex(text, at, length);
}

static void add_notify(struct es_ladder *ladder, const struct es_ike_payload *payload,
                       uint8_t major, bool whole)
{
    struct es_text *text = &ladder->line;
    struct es_ike_notify notify;
    if (!es_ike_notify_parse(payload->body, major, &notify))
        return;
    const bool is_error = notify.type < ES_IKE_NOTIFY_ERROR_MAX;
    const char *name = notify_name(major, notify.type, whole);
    if (is_error)
        es_ladder_ink(ladder, ES_INK_RED);
    if (name)
        es_text_add(text, name);
    else
        es_text_addf(text, "notify %u", notify.type);
    if (is_error)
        es_ladder_plain(ladder);
    if (notify.protocol != ES_IKE_PROTOCOL_IKE && es_left(&notify.spi)) {
        es_text_add(text, " ");
        add_bytes(text, notify.spi);
    }
    if (major == 2 && notify.type == ES_IKE_NOTIFY_INVALID_KE_PAYLOAD) {
        struct es_cursor data = notify.data;
        const struct es_ike_transform group = {.type = ES_IKE_TRANSFORM_KE, .id = es_u16(&data)};
        es_text_add(text, ": wants ");
        es_text_add_transform(text, &group);
    } else if (major == 2 && notify.type == ES_IKE_NOTIFY_INVALID_SPI) {
        es_text_add(text, " ");
        add_bytes(text, notify.data);
    }
    if (whole && es_wire_left(&notify.data))
        es_text_addf(text, ", %zu bytes of data", es_wire_left(&notify.data));
}

static void add_delete(struct es_text *text, const struct es_ike_payload *payload, uint8_t major)
{
    struct es_ike_delete gone;
    if (!es_ike_delete_parse(payload->body, major, &gone))
        return;
    es_text_add_registry(text, &es_registry_ike_protocol, gone.protocol);
    size_t shown = 0;
    for (; gone.spi_size && shown < gone.count && shown < WORDS_MAX; shown++) {
        const struct es_cursor spi = es_sub(&gone.spis, gone.spi_size);
        if (gone.spis.fault != ES_FAULT_NONE)
            break;
        es_text_add(text, " ");
        add_bytes(text, spi);
    }
    if (shown < gone.count && gone.spi_size)
        es_text_addf(text, " and %zu more", gone.count - shown);
}

static void add_key_exchange(struct es_text *text, const struct es_ike_payload *payload,
                             uint8_t major)
{
    struct es_ike_key_exchange exchange;
    if (!es_ike_key_exchange_parse(payload->body, major, &exchange))
        return;
    const struct es_ike_transform group = {.type = ES_IKE_TRANSFORM_KE, .id = exchange.method};
    if (major != 1) {
        es_text_add_transform(text, &group);
        return;
    }
    es_text_add_decimal(text, es_wire_left(&exchange.data));
    es_text_add(text, " bytes");
}

static void add_identity(struct es_text *text, const struct es_ike_payload *payload, uint8_t major)
{
    struct es_ike_identity identity;
    if (es_ike_identity_parse(payload->body, major, &identity))
        es_text_add_identity(text, &identity);
}

static void add_vendor(struct es_text *text, const struct es_ike_payload *payload, bool whole)
{
    struct es_cursor body = payload->body;
    const size_t length = es_left(&body);
    const uint8_t *bytes = es_take(&body, length);
    const struct es_vendor_id *vendor = bytes ? es_vendor_id_find(bytes, length) : NULL;
    es_text_add(text, vendor ? vendor->name : "unknown");
    if (whole && !vendor) {
        es_text_add(text, " ");
        add_bytes(text, payload->body);
    }
}

/* "10.1.0.0-10.1.255.255 udp 500": one selector. RFC 7296, 3.13.1. */
static void add_selector(struct es_text *text, const struct es_ike_selector *selector)
{
    if (!selector->is_range) {
        es_text_addf(text, "type %u", selector->type);
        return;
    }
    es_text_add_address(text, &selector->start);
    if (!es_address_equal(&selector->start, &selector->end)) {
        es_text_add(text, "-");
        es_text_add_address(text, &selector->end);
    }
    if (selector->protocol)
        es_text_addf(text, " protocol %u", selector->protocol);
    if (selector->start_port != 0 || selector->end_port != UINT16_MAX)
        es_text_addf(text, " port %u-%u", selector->start_port, selector->end_port);
}

static void add_selectors(struct es_text *text, const struct es_ike_payload *payload)
{
    struct es_cursor body = payload->body;
    struct es_ike_selector selector;
    uint8_t count;
    if (!es_ike_selectors_begin(&body, &count))
        return;
    for (int i = 0; i < WORDS_MAX && es_ike_selectors_next(&body, &selector); i++) {
        es_text_add(text, i ? ", " : "");
        add_selector(text, &selector);
    }
}

/* What the tracker takes the message for, by all that it knows; 0: nothing in particular. */
static unsigned expected(const struct es_message_view *view)
{
    const unsigned judged = view->exchange ? view->exchange->judged : 0;
    if (!view->is_response)
        return judged;
    switch (judged) {
    case ES_IKE_CLASS_EMPTY:
    case ES_IKE_CLASS_DELETE_IKE: /* RFC 7296, 1.4.1 */
        return ES_IKE_CLASS_EMPTY;
    case ES_IKE_CLASS_DELETE_CHILD:
        return ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_DELETE_CHILD;
    case ES_IKE_CLASS_R_U_THERE: /* RFC 3706, 5.3 */
        return ES_IKE_CLASS_R_U_THERE;
    default:
        return 0;
    }
}

void es_ladder_add_sealed(struct es_ladder *ladder, const struct es_rung *rung)
{
    struct es_text *text = &ladder->line;
    const struct es_ike_message *message = rung->message;
    unsigned could_be = rung->view->could_be;
    if (message->fragment_number)
        es_text_addf(text, "fragment %u of %u, ", message->fragment_number,
                     message->fragment_total);
    es_text_add_decimal(text, es_wire_left(&message->sealed));
    es_text_add(text, " bytes");
    if (message->decrypted && message->clear_count == message->payload_count)
        es_text_add(text, ": empty");
    if (message->decrypted || !could_be)
        return;
    es_text_add(text, ": ");
    const unsigned probably = could_be & expected(rung->view);
    if (probably && probably != could_be) {
        es_text_add(text, "probably ");
        could_be = probably;
    }
    for (size_t i = 0; i < ES_COUNT(class_words); i++) {
        const unsigned bit = 1U << i;
        if (!(could_be & bit))
            continue;
        could_be &= ~bit;
        es_text_add(text, class_words[i]);
        es_text_add(text, could_be & (could_be - 1) ? ", " : could_be ? " or " : "");
    }
}

/* What is worth knowing of the payload; nothing for those whose name says it all. */
static void add_content(struct es_ladder *ladder, const struct es_rung *rung,
                        const struct es_ike_payload *payload, bool whole)
{
    const uint8_t major = rung->message->header.major;
    switch (major << 8 | payload->type) {
    case 1 << 8 | ES_IKEV1_PAYLOAD_SA:
    case 2 << 8 | ES_IKE_PAYLOAD_SA:
        es_ladder_add_suite(ladder, payload, major, whole);
        break;
    case 1 << 8 | ES_IKEV1_PAYLOAD_KE:
    case 2 << 8 | ES_IKE_PAYLOAD_KE:
        add_key_exchange(&ladder->line, payload, major);
        break;
    case 1 << 8 | ES_IKEV1_PAYLOAD_ID:
    case 2 << 8 | ES_IKE_PAYLOAD_IDI:
    case 2 << 8 | ES_IKE_PAYLOAD_IDR:
        add_identity(&ladder->line, payload, major);
        break;
    case 1 << 8 | ES_IKEV1_PAYLOAD_NOTIFY:
    case 2 << 8 | ES_IKE_PAYLOAD_NOTIFY:
        add_notify(ladder, payload, major, whole);
        break;
    case 1 << 8 | ES_IKEV1_PAYLOAD_DELETE:
    case 2 << 8 | ES_IKE_PAYLOAD_DELETE:
        add_delete(&ladder->line, payload, major);
        break;
    case 1 << 8 | ES_IKEV1_PAYLOAD_VENDOR:
    case 2 << 8 | ES_IKE_PAYLOAD_VENDOR:
        add_vendor(&ladder->line, payload, whole);
        break;
    case 2 << 8 | ES_IKE_PAYLOAD_TSI:
    case 2 << 8 | ES_IKE_PAYLOAD_TSR:
        add_selectors(&ladder->line, payload);
        break;
    case 2 << 8 | ES_IKE_PAYLOAD_SK:
    case 2 << 8 | ES_IKE_PAYLOAD_SKF:
        es_ladder_add_sealed(ladder, rung);
        break;
    default:
        if (!whole)
            break;
        es_text_add_decimal(&ladder->line, es_wire_left(&payload->body));
        es_text_add(&ladder->line, " bytes");
    }
}

void es_ladder_add_payload(struct es_ladder *ladder, const struct es_rung *rung,
                           const struct es_ike_payload *payload, bool whole)
{
    add_name(&ladder->line, rung->message->header.major, payload->type);
    es_text_add(&ladder->line, whole ? "  " : "(");
    const size_t before = ladder->line.length;
    add_content(ladder, rung, payload, whole);
    if (!whole && ladder->line.length == before && !ladder->line.failed)
        cut(&ladder->line, before - 1);
    else if (!whole)
        es_text_add(&ladder->line, ")");
    if (payload->critical)
        es_text_add(&ladder->line, " critical");
}

/* Vendor IDs nobody knows are counted. */
static bool is_unknown_vendor(const struct es_ike_payload *payload)
{
    struct es_cursor body = payload->body;
    const size_t length = es_left(&body);
    const uint8_t *bytes = es_take(&body, length);
    return !bytes || !es_vendor_id_find(bytes, length);
}

/* Notifies, or vendor IDs, that follow each other share one pair of brackets. Returns the last. */
static size_t add_group(struct es_ladder *ladder, const struct es_rung *rung, size_t first)
{
    const struct es_ike_message *message = rung->message;
    const uint8_t type = message->payloads[first].type;
    const bool is_vendor = type == (message->header.major == 1 ? (int)ES_IKEV1_PAYLOAD_VENDOR
                                                               : (int)ES_IKE_PAYLOAD_VENDOR);
    unsigned unknown = 0;
    const char *between = "";
    size_t i = first;
    add_name(&ladder->line, message->header.major, type);
    es_text_add(&ladder->line, "(");
    for (; i < message->payload_count && message->payloads[i].type == type; i++) {
        if (is_vendor && is_unknown_vendor(&message->payloads[i])) {
            unknown++;
            continue;
        }
        es_text_add(&ladder->line, between);
        between = ", ";
        add_content(ladder, rung, &message->payloads[i], false);
    }
    if (unknown)
        es_text_addf(&ladder->line, "%s%u unknown", between, unknown);
    es_text_add(&ladder->line, ")");
    return i - 1;
}

static bool is_grouped(uint8_t major, uint8_t type)
{
    return major == 1 ? type == ES_IKEV1_PAYLOAD_NOTIFY || type == ES_IKEV1_PAYLOAD_VENDOR
                      : type == ES_IKE_PAYLOAD_NOTIFY || type == ES_IKE_PAYLOAD_VENDOR;
}

void es_ladder_add_payloads(struct es_ladder *ladder, const struct es_rung *rung)
{
    const struct es_ike_message *message = rung->message;
    const bool opened = message->decrypted && message->clear_count < message->payload_count;
    if (message->header.major == 1 && message->encrypted) {
        es_text_add(&ladder->line, " encrypted(");
        es_ladder_add_sealed(ladder, rung);
        es_text_add(&ladder->line, ")");
    }
    for (size_t i = 0; i < message->payload_count; i++) {
        es_text_add(&ladder->line, opened && i == message->clear_count ? " {" : " ");
        if (is_grouped(message->header.major, message->payloads[i].type))
            i = add_group(ladder, rung, i);
        else
            es_ladder_add_payload(ladder, rung, &message->payloads[i], false);
    }
    es_text_add(&ladder->line, opened ? "}" : "");
    if (message->payloads_dropped)
        es_text_addf(&ladder->line, " and %zu more payloads", message->payloads_dropped);
}
