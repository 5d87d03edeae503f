/*
 * Transforms as text: what people read in a proposal.
 */
#include "espial/ike.h"

/* A kind of transform: what its type is called, which registry names its ids, and how. */
struct transform_form {
    uint16_t type;
    const char *name;
    const struct es_registry *registry; /* NULL: the number alone */
    const char *before;                 /* the id */
    bool dashes;                        /* "MODP-2048" rather than "MODP_2048" */
    uint8_t protocol;                   /* 0: any */
};

enum { PHASE1 = ES_IKEV1_TYPE, PHASE2 = ES_IKEV1_PHASE2_TYPE };

static const struct transform_form forms[] = {
    {ES_IKE_TRANSFORM_ENCR,                                "ENCR",      &es_registry_ike_encr,             "",        false, 0                       },
    {ES_IKE_TRANSFORM_PRF,                                 "PRF",       &es_registry_ike_prf,              "PRF_",    false, 0                       },
    {ES_IKE_TRANSFORM_INTEG,                               "INTEG",     &es_registry_ike_integ,            "",        false, 0                       },
    {ES_IKE_TRANSFORM_KE,                                  "KE",        &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ESN,                                 "ESN",       &es_registry_ike_esn,              "",        false, 0                       },
    {ES_IKE_TRANSFORM_ADDKE1,                              "ADDKE1",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE2,                              "ADDKE2",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE3,                              "ADDKE3",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE4,                              "ADDKE4",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE5,                              "ADDKE5",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE6,                              "ADDKE6",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {ES_IKE_TRANSFORM_ADDKE7,                              "ADDKE7",    &es_registry_ike_ke_method,        "",        true,  0                       },
    {PHASE1 + ES_IKEV1_ATTRIBUTE_ENCR,                     "ENCR",      &es_registry_ikev1_encr,           "",        false, 0                       },
    {PHASE1 + ES_IKEV1_ATTRIBUTE_HASH,                     "HASH",      &es_registry_ikev1_hash,           "",        false, 0                       },
    {PHASE1 + ES_IKEV1_ATTRIBUTE_AUTH,                     "AUTH",      &es_registry_ikev1_auth,           "auth ",   false, 0                       },
    {PHASE1 + ES_IKEV1_ATTRIBUTE_GROUP,                    "KE",        &es_registry_ike_ke_method,        "",        true,  0                       },
    {PHASE1 + ES_IKEV1_ATTRIBUTE_PRF,                      "PRF",       NULL,                              "PRF ",    false, 0                       },
    {PHASE2,                                               "TRANSFORM", &es_registry_ikev1_esp,            "",        false, ES_IKEV1_PROTOCOL_ESP   },
    {PHASE2,                                               "TRANSFORM", &es_registry_ikev1_ah,             "AH_",     false, ES_IKEV1_PROTOCOL_AH    },
    {PHASE2,                                               "TRANSFORM", &es_registry_ike_ipcomp,           "IPCOMP_", false, ES_IKEV1_PROTOCOL_IPCOMP},
    {PHASE2 + ES_IKEV1_IPSEC_ATTRIBUTE_GROUP,              "KE",        &es_registry_ike_ke_method,        "",        true,  0                       },
    {PHASE2 + ES_IKEV1_IPSEC_ATTRIBUTE_ENCAPSULATION_MODE, "MODE",      &es_registry_ikev1_encapsulation,
     "",                                                                                                              false, 0                       },
    {PHASE2 + ES_IKEV1_IPSEC_ATTRIBUTE_AUTH_ALGORITHM,     "INTEG",     &es_registry_ikev1_auth_algorithm,
     "",                                                                                                              false, 0                       },
    {PHASE2 + ES_IKEV1_IPSEC_ATTRIBUTE_ESN,                "ESN",       &es_registry_ikev1_esn,            "ESN ",    false, 0                       },
};

/* `protocol` 0: whichever. */
static const struct transform_form *form_find(uint16_t type, uint8_t protocol)
{
    for (size_t i = 0; i < ES_COUNT(forms); i++) {
        if (forms[i].type == type &&
            (!forms[i].protocol || !protocol || forms[i].protocol == protocol))
            return &forms[i];
    }
    return NULL;
}

static bool is_life(uint16_t type)
{
    return type == PHASE1 + ES_IKEV1_ATTRIBUTE_LIFE_DURATION ||
           type == PHASE2 + ES_IKEV1_IPSEC_ATTRIBUTE_LIFE_DURATION;
}

const char *es_ike_transform_type_name(uint16_t type)
{
    const struct transform_form *form = form_find(type, 0);
    if (form)
        return form->name;
    return is_life(type) ? "LIFE" : "OTHER";
}

static void add_life(struct es_text *text, const struct es_ike_transform *transform)
{
    const char *unit = transform->id == ES_IKEV1_LIFE_SECONDS     ? "s"
                       : transform->id == ES_IKEV1_LIFE_KILOBYTES ? "KB"
                                                                  : "of an unknown unit";
    es_text_addf(text, "life %u %s", (unsigned)transform->value, unit);
}

static void add_symbol(struct es_text *text, const char *symbol, bool dashes)
{
    for (const char *c = symbol; *c; c++)
        es_text_add_bytes(text, dashes && *c == '_' ? "-" : c, 1);
}

void es_text_add_transform(struct es_text *text, const struct es_ike_transform *transform)
{
    if (is_life(transform->type)) {
        add_life(text, transform);
        return;
    }
    const struct transform_form *form = form_find(transform->type, transform->protocol);
    const struct es_registry_row *row =
        form && form->registry ? es_registry_find(form->registry, transform->id) : NULL;
    if (!form)
        es_text_addf(text, "type %u: %u", transform->type, transform->id);
    else if (row) {
        es_text_add(text, form->before);
        add_symbol(text, row->symbol, form->dashes);
    } else
        es_text_addf(text, "%s %u (unknown)", form->name, transform->id);
    if (transform->key_length) {
        es_text_add(text, "-");
        es_text_add_decimal(text, transform->key_length);
    }
}
