/*
 * What the two pictures share.
 */
#include "html_picture.h"

enum es_message_kind es_message_kind_of(const struct es_chronicle_message *message)
{
    static const unsigned checks = ES_IKE_CLASS_EMPTY | ES_IKE_CLASS_R_U_THERE;
    const unsigned taken_for = message->judged ? message->judged : message->could_be;
    switch (message->header.exchange_type) {
    case ES_IKE_EXCHANGE_IKE_SA_INIT:
    case ES_IKE_EXCHANGE_IKE_SESSION_RESUME:
    case ES_IKE_EXCHANGE_AUTHIP_MAIN:
    case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
    case ES_IKE_EXCHANGE_AGGRESSIVE:
    case ES_IKE_EXCHANGE_BASE:
        return ES_MESSAGE_BEGINS;
    case ES_IKE_EXCHANGE_IKE_AUTH:
    case ES_IKE_EXCHANGE_IKE_INTERMEDIATE:
    case ES_IKE_EXCHANGE_AUTHENTICATION_ONLY:
    case ES_IKE_EXCHANGE_TRANSACTION:
    case ES_IKE_EXCHANGE_AUTHIP_EXTENDED:
        return ES_MESSAGE_PROVES;
    case ES_IKE_EXCHANGE_CREATE_CHILD_SA:
    case ES_IKE_EXCHANGE_QUICK:
    case ES_IKE_EXCHANGE_AUTHIP_QUICK:
    case ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE:
        return ES_MESSAGE_MAKES;
    default:
        return taken_for && !(taken_for & ~checks) ? ES_MESSAGE_CHECKS : ES_MESSAGE_TELLS;
    }
}

static const struct {
    const char *name, *title;
} kinds[ES_MESSAGE_KINDS] = {
    [ES_MESSAGE_BEGINS] = {"ike-begins", "beginning of an IKE SA"              },
    [ES_MESSAGE_PROVES] = {"ike-proves", "authentication"                      },
    [ES_MESSAGE_MAKES] = {"ike-makes",  "negotiation of a Child SA or a rekey"},
    [ES_MESSAGE_TELLS] = {"ike-tells",  "other messages"                      },
    [ES_MESSAGE_CHECKS] = {"ike-checks", "liveness check"                      },
};

const char *es_message_kind_name(enum es_message_kind kind)
{
    return kinds[kind].name;
}

const char *es_message_kind_title(enum es_message_kind kind)
{
    return kinds[kind].title;
}

enum es_html_room es_html_room(const struct es_html *html)
{
    enum { AMPLE = ES_HTML_SECTION_BYTES / 4, FAIR = 2 * AMPLE, TIGHT = 3 * AMPLE };
    const size_t used = html->out->length;
    return used < AMPLE   ? ES_ROOM_AMPLE
           : used < FAIR  ? ES_ROOM_FAIR
           : used < TIGHT ? ES_ROOM_TIGHT
                          : ES_ROOM_NONE;
}
