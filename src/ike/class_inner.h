/*
 * What a decrypted message is.
 */
#ifndef ES_IKE_CLASS_INNER_H
#define ES_IKE_CLASS_INNER_H

#include "espial/ike.h"

/* The one class of a message whose inner payloads are known. */
enum es_ike_class es_ike_class_inner(const struct es_ike_message *message);

#endif
