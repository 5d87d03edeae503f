/*
 * What the two pictures share: what sort of message a message is, and how much room there is.
 */
#ifndef ES_REPORT_HTML_PICTURE_H
#define ES_REPORT_HTML_PICTURE_H

#include "chronicle.h"
#include "html.h"

/* What a message is for, as far as pictures tell it apart. */
enum es_message_kind {
    ES_MESSAGE_BEGINS, /* IKE_SA_INIT, phase 1 */
    ES_MESSAGE_PROVES, /* IKE_AUTH and what stands between */
    ES_MESSAGE_MAKES,  /* CREATE_CHILD_SA, Quick Mode */
    ES_MESSAGE_TELLS,  /* INFORMATIONAL, and others */
    ES_MESSAGE_CHECKS, /* liveness, whether answered or not */
    ES_MESSAGE_KINDS
};
enum es_message_kind es_message_kind_of(const struct es_chronicle_message *message);

/* "ike-begins", …: the class of its elements; what a legend calls it. */
const char *es_message_kind_name(enum es_message_kind kind);
const char *es_message_kind_title(enum es_message_kind kind);

/* How much may be drawn of a tunnel: less the more there is on the page already. */
enum es_html_room { ES_ROOM_AMPLE, ES_ROOM_FAIR, ES_ROOM_TIGHT, ES_ROOM_NONE };
enum es_html_room es_html_room(const struct es_html *html);

#endif
