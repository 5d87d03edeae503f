/*
 * What a decrypted message is, by the payloads in it.
 */
#include "class_inner.h"

/* What the inner payloads of a message are, taken together. */
struct inner {
    size_t count; /* payloads, without IKEv1's HASH */
    size_t notifies;
    bool sa, auth, eap, deletes, error, mobike, r_u_there;
    uint8_t protocol; /* of the SA's first proposal, or of the Delete */
};

static bool is_mobike(uint16_t type)
{
    switch (type) {
    case ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP:
    case ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP:
    case ES_IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS:
    case ES_IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS:
    case ES_IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES:
    case ES_IKE_NOTIFY_UPDATE_SA_ADDRESSES:
    case ES_IKE_NOTIFY_COOKIE2:
    case ES_IKE_NOTIFY_UNACCEPTABLE_ADDRESSES:
    case ES_IKE_NOTIFY_UNEXPECTED_NAT_DETECTED:
        return true;
    default:
        return false;
    }
}

static void see_notify(struct inner *inner, uint8_t major, struct es_cursor body)
{
    struct es_ike_notify notify;
    inner->notifies++;
    if (!es_ike_notify_parse(body, major, &notify))
        return;
    inner->error = inner->error || notify.type <= ES_IKE_NOTIFY_ERROR_MAX;
    if (major == 1)
        inner->r_u_there = notify.type == ES_IKEV1_NOTIFY_R_U_THERE ||
                           notify.type == ES_IKEV1_NOTIFY_R_U_THERE_ACK;
    else
        inner->mobike = inner->mobike || is_mobike(notify.type);
}

static void see_delete(struct inner *inner, uint8_t major, struct es_cursor body)
{
    struct es_ike_delete gone;
    inner->deletes = true;
    if (es_ike_delete_parse(body, major, &gone))
        inner->protocol = gone.protocol;
}

/* A proposal's protocol is its second byte behind the substructure's header. RFC 7296, 3.3.1. */
static void see_sa(struct inner *inner, struct es_cursor body)
{
    inner->sa = true;
    es_u32(&body);
    es_u8(&body);
    const uint8_t protocol = es_u8(&body);
    if (body.fault == ES_FAULT_NONE)
        inner->protocol = protocol;
}

static struct inner look(const struct es_ike_message *message)
{
    const uint8_t major = message->header.major;
    struct inner inner = {0};
    for (size_t i = message->clear_count; i < message->payload_count; i++) {
        const struct es_ike_payload *one = &message->payloads[i];
        const uint8_t type = one->type;
        if (major == 1 && type == ES_IKEV1_PAYLOAD_HASH)
            continue;
        inner.count++;
        if (type == (major == 1 ? ES_IKEV1_PAYLOAD_NOTIFY : ES_IKE_PAYLOAD_NOTIFY))
            see_notify(&inner, major, one->body);
        else if (type == (major == 1 ? ES_IKEV1_PAYLOAD_DELETE : ES_IKE_PAYLOAD_DELETE))
            see_delete(&inner, major, one->body);
        else if (type == (major == 1 ? ES_IKEV1_PAYLOAD_SA : ES_IKE_PAYLOAD_SA))
            see_sa(&inner, one->body);
        else if (major == 2 && type == ES_IKE_PAYLOAD_AUTH)
            inner.auth = true;
        else if (major == 2 && type == ES_IKE_PAYLOAD_EAP)
            inner.eap = true;
    }
    return inner;
}

static enum es_ike_class class_of_informational(const struct inner *inner)
{
    if (inner->deletes)
        return inner->protocol == ES_IKE_PROTOCOL_IKE ? ES_IKE_CLASS_DELETE_IKE
                                                      : ES_IKE_CLASS_DELETE_CHILD;
    if (inner->count == 0)
        return ES_IKE_CLASS_EMPTY;
    if (inner->mobike)
        return ES_IKE_CLASS_MOBIKE;
    if (inner->r_u_there)
        return ES_IKE_CLASS_R_U_THERE;
    return inner->notifies == inner->count ? ES_IKE_CLASS_NOTIFY : ES_IKE_CLASS_OTHER;
}

/* EAP's messages in between have no error, and AUTH in the first response only: RFC 7296, 2.16. */
static enum es_ike_class class_of_auth(const struct inner *inner, bool response)
{
    if (inner->eap)
        return ES_IKE_CLASS_OTHER;
    if (!inner->auth)
        return response && inner->error && inner->notifies == inner->count
                   ? ES_IKE_CLASS_AUTH_REFUSED
                   : ES_IKE_CLASS_OTHER;
    return response && !inner->sa ? ES_IKE_CLASS_CHILD_REFUSED : ES_IKE_CLASS_AUTH;
}

static enum es_ike_class class_of_create_child(const struct inner *inner)
{
    if (inner->sa)
        return inner->protocol == ES_IKE_PROTOCOL_IKE ? ES_IKE_CLASS_NEW_IKE
                                                      : ES_IKE_CLASS_NEW_CHILD;
    return inner->count > 0 && inner->notifies == inner->count ? ES_IKE_CLASS_NOTIFY
                                                               : ES_IKE_CLASS_OTHER;
}

static enum es_ike_class class_of_quick(const struct inner *inner)
{
    if (inner->sa)
        return ES_IKE_CLASS_NEW_CHILD;
    if (inner->count == 0)
        return ES_IKE_CLASS_QUICK_HASH;
    return inner->notifies == inner->count ? ES_IKE_CLASS_NOTIFY : ES_IKE_CLASS_OTHER;
}

enum es_ike_class es_ike_class_inner(const struct es_ike_message *message)
{
    const struct inner inner = look(message);
    switch (message->header.exchange_type) {
    case ES_IKE_EXCHANGE_INFORMATIONAL:
    case ES_IKE_EXCHANGE_INFORMATIONAL_V1:
        return class_of_informational(&inner);
    case ES_IKE_EXCHANGE_IKE_AUTH:
        return class_of_auth(&inner, es_ike_is_response(&message->header));
    case ES_IKE_EXCHANGE_CREATE_CHILD_SA:
    case ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE:
        return class_of_create_child(&inner);
    case ES_IKE_EXCHANGE_QUICK:
        return class_of_quick(&inner);
    case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
    case ES_IKE_EXCHANGE_AGGRESSIVE:
        return ES_IKE_CLASS_AUTH;
    default:
        return ES_IKE_CLASS_OTHER;
    }
}
