/*
 * Looks at the model that the chapters about reaching the peer share.
 */
#include "reach.h"

#include <inttypes.h>

const struct es_exchange *es_newest_request(const struct es_ike_sa *sa, uint8_t side)
{
    const struct es_exchange *e = sa->exchanges;
    while (e && (e->side != side || !es_ref_seen(&e->request)))
        e = e->older;
    return e;
}

const struct es_exchange *es_stuck_behind_first(const struct es_diagnosis *d,
                                                const struct es_ike_sa *sa)
{
    if (sa->state != ES_IKE_SA_NEGOTIATING || !sa->chosen.count)
        return NULL;
    const struct es_exchange *e = es_unanswered(d, sa, sa->initiator);
    if (!e)
        return NULL;
    const bool first =
        sa->major == 1 ? e->messages <= 1 : e->exchange_type == ES_IKE_EXCHANGE_IKE_SA_INIT;
    return first ? NULL : e;
}

bool es_spoke_on_natt_port(const struct es_tunnel *tunnel, uint8_t side, es_time time)
{
    const struct es_peer *peer = &tunnel->peers[side];
    const struct es_tally *kept = &peer->keepalives;
    const struct es_tally *esp = &peer->esp;
    return (es_ref_seen(&peer->ike_natt) && peer->ike_natt.time <= time) ||
           (kept->count && kept->first.time <= time) ||
           (tunnel->esp_udp && esp->count && esp->first.time <= time);
}

bool es_takes_ike_fragments(const struct es_ike_sa *sa, uint8_t side)
{
    if (sa->major == 1)
        return sa->vendor_traits[side] & ES_VENDOR_TRAIT_FRAGMENTATION;
    return es_notified(&sa->notifies[side], ES_IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED);
}

const char *es_say_exchange(struct es_diagnosis *d, uint8_t major, uint8_t exchange_type)
{
    if (major == 1) {
        switch (exchange_type) {
        case ES_IKE_EXCHANGE_IDENTITY_PROTECTION:
            return "Main Mode";
        case ES_IKE_EXCHANGE_AGGRESSIVE:
            return "Aggressive Mode";
        case ES_IKE_EXCHANGE_QUICK:
            return "Quick Mode";
        default:
            break;
        }
    }
    struct es_text text;
    es_text_init(&text);
    es_text_add_registry(&text, &es_registry_ike_exchange, exchange_type);
    const char *name = es_say(d, "%s", es_text_chars(&text));
    es_text_fini(&text);
    return name;
}

const char *es_say_filter(struct es_diagnosis *d, const struct es_ike_sa *sa)
{
    return sa ? es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi) : NULL;
}
