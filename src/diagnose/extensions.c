/*
 * Chapter: extensions of IKEv2. Post-quantum key exchange, resumption, IKE SAs without Child SA,
 * redirects.
 */
#include "catalogue.h"
#include "judgement.h"

#include <inttypes.h>

/* --- post-quantum --- */

static bool is_post_quantum(const struct es_ike_transform *t)
{
    const bool is_exchange =
        t->type == ES_IKE_TRANSFORM_KE ||
        (t->type >= ES_IKE_TRANSFORM_ADDKE1 && t->type <= ES_IKE_TRANSFORM_ADDKE7);
    return is_exchange &&
           (t->id == ES_IKE_KE_METHOD_ML_KEM_512 || t->id == ES_IKE_KE_METHOD_ML_KEM_768 ||
            t->id == ES_IKE_KE_METHOD_ML_KEM_1024);
}

static bool resists_quantum(const struct es_ike_sa *sa)
{
    for (size_t i = 0; i < sa->chosen.count; i++) {
        if (is_post_quantum(&sa->chosen.transforms[i]))
            return true;
    }
    return es_notified(&sa->notifies[0], ES_IKE_NOTIFY_USE_PPK) &&
           es_notified(&sa->notifies[1], ES_IKE_NOTIFY_USE_PPK);
}

/* IKE_INTERMEDIATE that is not answered, or IKE_FOLLOWUP_KE that is refused or not answered. */
static const struct es_exchange *failed_exchange(const struct es_diagnosis *d,
                                                 const struct es_ike_sa *sa)
{
    if (sa->major != 2)
        return NULL;
    for (uint8_t side = 0; side < 2; side++) {
        const struct es_exchange *e = es_unanswered(d, sa, side);
        if (e && (e->exchange_type == ES_IKE_EXCHANGE_IKE_INTERMEDIATE ||
                  e->exchange_type == ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE))
            return e;
    }
    for (const struct es_exchange *e = sa->exchanges; e; e = e->older) {
        if (e->exchange_type == ES_IKE_EXCHANGE_IKE_FOLLOWUP_KE && e->answered &&
            (e->error || e->response_class == ES_IKE_CLASS_NOTIFY))
            return e;
    }
    return NULL;
}

static void say_failed_exchange(struct es_diagnosis *d, struct es_finding *f,
                                const struct es_ike_sa *sa, const struct es_exchange *e)
{
    const uint8_t other = 1 - e->side;
    const char *name = e->exchange_type == ES_IKE_EXCHANGE_IKE_INTERMEDIATE ? "IKE_INTERMEDIATE"
                                                                            : "IKE_FOLLOWUP_KE";
    es_finding_peer(f, other);
    es_finding_evidence(d, f, &e->request, "%s request of %u bytes", name, e->length);
    if (e->answered) {
        f->confidence = e->error ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
        f->provenance = e->error ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
        f->summary =
            es_say(d, "%s refused %s of %s with %s", es_who(d, sa->tunnel, other), name,
                   es_who(d, sa->tunnel, e->side),
                   e->error == ES_IKE_NOTIFY_STATE_NOT_FOUND ? "STATE_NOT_FOUND" : "an error");
        es_finding_evidence(d, f, &e->response, "the answer");
        es_finding_span(f, &e->request, &e->response, 1);
        return;
    }
    f->confidence = ES_CONFIDENCE_LIKELY;
    f->reason = "the exchange carries the second key exchange and is larger than those before it; "
                "why it is not answered, the wire does not say";
    f->summary = es_say(d, "%s sent %s %s, and %s, which answered IKE_SA_INIT, does not answer it",
                        es_who(d, sa->tunnel, e->side), name,
                        es_say_count(d, e->retransmissions + 1, "time", "times"),
                        es_who(d, sa->tunnel, other));
    es_finding_evidence(d, f, &e->last_request, "the same again, still unanswered");
    es_finding_span(f, &e->request, &e->last_request, e->retransmissions + 1);
}

static void pq_intermediate_failed(const struct es_rule *rule, struct es_diagnosis *d,
                                   const struct es_tunnel *tunnel)
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const struct es_exchange *e = failed_exchange(d, sa);
        struct es_finding *f = e ? es_finding_add(d, rule, tunnel) : NULL;
        if (!f)
            continue;
        f->ike_sa = sa;
        say_failed_exchange(d, f, sa, e);
        if (es_established_after(tunnel, e->last_request.time))
            f->severity = ES_SEVERITY_NOTE;
        f->display_filter = es_say(d, "isakmp.ispi == %016" PRIx64, sa->initiator_spi);
        return;
    }
}

static bool is_exposed(const struct es_ike_sa *sa)
{
    return sa->major == 2 && sa->state == ES_IKE_SA_ESTABLISHED && sa->chosen.count &&
           !resists_quantum(sa);
}

static void pq_absent(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sas exposed = es_ike_sas_that(tunnel, is_exposed);
    struct es_finding *f = exposed.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->ike_sa = exposed.last;
    f->summary = "no post-quantum key exchange and no PPK: who records the traffic today may "
                 "read it once quantum computers are there";
    es_finding_span(f, &exposed.first->established, &exposed.last->established, exposed.count);
    es_finding_evidence(d, f, &exposed.first->first, "the proposals of IKE_SA_INIT");
}

/* --- resumption --- */

static bool asks_to_resume(const struct es_ike_sa *sa)
{
    return es_notified(&sa->notifies[sa->initiator], ES_IKE_NOTIFY_TICKET_OPAQUE);
}

static bool refuses_to_resume(const struct es_ike_sa *sa)
{
    return asks_to_resume(sa) &&
           es_notified(&sa->notifies[1 - sa->initiator], ES_IKE_NOTIFY_TICKET_NACK);
}

static bool resumed(const struct es_ike_sa *sa)
{
    return asks_to_resume(sa) && sa->responder_spi && !refuses_to_resume(sa);
}

static void session_resumption(const struct es_rule *rule, struct es_diagnosis *d,
                               const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, resumed);
    struct es_finding *f = found.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    f->ike_sa = found.last;
    f->summary = es_say(d, "%s resumed its session with a ticket %s, without a new key exchange",
                        es_who(d, tunnel, found.last->initiator),
                        es_say_count(d, found.count, "time", "times"));
    es_finding_span(f, &found.first->first, &found.last->first, found.count);
    es_finding_evidence(d, f, &found.first->first, "IKE_SESSION_RESUME");
}

static void resumption_rejected(const struct es_rule *rule, struct es_diagnosis *d,
                                const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, refuses_to_resume);
    struct es_finding *f = found.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *sa = found.last;
    const bool came_up = es_established_after(tunnel, sa->first.time);
    f->severity = came_up ? ES_SEVERITY_NOTE : rule->severity;
    f->ike_sa = sa;
    f->summary = es_say(d, "%s did not take the ticket of %s (TICKET_NACK) %s%s",
                        es_who(d, tunnel, 1 - sa->initiator), es_who(d, tunnel, sa->initiator),
                        es_say_count(d, found.count, "time", "times"),
                        came_up ? "; a full exchange followed" : "");
    es_finding_peer(f, 1 - sa->initiator);
    es_finding_span(f, &found.first->first, &sa->last, found.count);
    es_finding_evidence(d, f, &found.first->first, "IKE_SESSION_RESUME with a ticket");
    es_finding_evidence(d, f, &sa->last, "TICKET_NACK");
}

/* --- childless --- */

static void childless(const struct es_rule *rule, struct es_diagnosis *d,
                      const struct es_tunnel *tunnel)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, es_is_childless);
    struct es_finding *f = found.count ? es_finding_add(d, rule, tunnel) : NULL;
    if (!f)
        return;
    const struct es_ike_sa *sa = found.last;
    const bool opened = sa->asks_child == ES_NO;
    f->ike_sa = sa;
    f->confidence = opened ? ES_CONFIDENCE_CERTAIN : ES_CONFIDENCE_LIKELY;
    f->provenance = opened ? ES_PROVENANCE_DECRYPTED : ES_PROVENANCE_INFERRED;
    f->reason = opened ? NULL
                       : "the responder offers it, and both messages of IKE_AUTH are too short "
                         "for a Child SA";
    f->summary = es_say(d, "%s set up the IKE SA without a Child SA; those come on their own",
                        es_who(d, tunnel, sa->initiator));
    es_finding_span(f, &found.first->established, &sa->established, found.count);
    es_finding_evidence(d, f, &sa->established, "IKE_AUTH response without a Child SA");
}

/* --- redirects --- */

static bool is_redirected(const struct es_ike_sa *sa)
{
    return sa->redirect != NULL;
}

/* Gateways of one client that send it on; the newest redirect of each tunnel. */
enum { REDIRECTS_FOLLOWED = 64 };

struct redirects {
    const struct es_ike_sa *list[REDIRECTS_FOLLOWED];
    size_t count;
};

static struct redirects collect_redirects(const struct es_model *model)
{
    struct redirects all = {.count = 0};
    for (const struct es_tunnel *t = model->tunnels; t && all.count < REDIRECTS_FOLLOWED;
         t = t->next) {
        const struct es_ike_sa *newest = es_ike_sas_that(t, is_redirected).last;
        if (newest && newest->redirect->is_address)
            all.list[all.count++] = newest;
    }
    return all;
}

static const struct es_address *client_of(const struct es_ike_sa *sa)
{
    return &sa->tunnel->peers[sa->initiator].address;
}

static const struct es_address *gateway_of(const struct es_ike_sa *sa)
{
    return &sa->tunnel->peers[1 - sa->initiator].address;
}

static bool comes_from_redirect(const struct es_ike_sa *sa)
{
    return sa->redirect != NULL || sa->redirected_from != NULL;
}

/* The redirect that brought a client to this tunnel was seen, and is told where it was sent. */
static bool is_told(const struct redirects *all, const struct es_ike_sa *sa)
{
    for (size_t i = 0; i < all->count; i++) {
        if (es_address_equal(&all->list[i]->redirect->address, gateway_of(sa)) &&
            es_address_equal(client_of(all->list[i]), client_of(sa)))
            return true;
    }
    return false;
}

static void say_redirected(const struct es_rule *rule, struct es_diagnosis *d,
                           const struct es_tunnel *tunnel, const struct redirects *all)
{
    const struct es_ike_sas found = es_ike_sas_that(tunnel, comes_from_redirect);
    const struct es_ike_sa *sa = found.last;
    if (!sa || (!sa->redirect && is_told(all, sa)))
        return;
    struct es_finding *f = es_finding_add(d, rule, tunnel);
    if (!f)
        return;
    const char *client = es_who(d, tunnel, sa->initiator);
    const char *gateway = es_who(d, tunnel, 1 - sa->initiator);
    const char *often = es_say_count(d, found.count, "time", "times");
    const struct es_packet_ref *ref = sa->redirect ? &sa->redirect->ref : &sa->first;
    f->ike_sa = sa;
    f->summary = sa->redirect ? es_say(d, "%s sent %s to the gateway %s (%s)", gateway, client,
                                       sa->redirect->gateway, often)
                              : es_say(d, "%s came to %s because the gateway %s sent it there (%s)",
                                       client, gateway, sa->redirected_from, often);
    es_finding_peer(f, 1 - sa->initiator);
    es_finding_span(f, &found.first->first, ref, found.count);
    es_finding_evidence(d, f, ref, "%s", sa->redirect ? "REDIRECT" : "REDIRECTED_FROM");
}

static void redirected(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct redirects all = collect_redirects(d->model);
    for (const struct es_tunnel *t = d->model->tunnels; t; t = t->next)
        say_redirected(rule, d, t, &all);
}

/* Where the same client was sent on from the gateway that `sa` names; NULL: there it ended. */
static const struct es_ike_sa *next_hop(const struct redirects *all, const struct es_ike_sa *sa)
{
    for (size_t i = 0; i < all->count; i++) {
        if (es_address_equal(gateway_of(all->list[i]), &sa->redirect->address) &&
            es_address_equal(client_of(all->list[i]), client_of(sa)))
            return all->list[i];
    }
    return NULL;
}

/* The number of hops after which `start` comes round again; 0: it does not. */
static size_t round_trip(const struct redirects *all, const struct es_ike_sa *start)
{
    const struct es_ike_sa *at = start;
    for (size_t hops = 1; hops <= all->count; hops++) {
        at = next_hop(all, at);
        if (at == start)
            return hops;
        if (!at)
            return 0;
    }
    return 0;
}

static void redirect_loop(const struct es_rule *rule, struct es_diagnosis *d)
{
    const struct redirects all = collect_redirects(d->model);
    for (size_t i = 0; i < all.count; i++) {
        const struct es_ike_sa *sa = all.list[i];
        const size_t hops = round_trip(&all, sa);
        if (hops == 0 || es_established_after(sa->tunnel, sa->redirect->ref.time))
            continue;
        struct es_finding *f = es_finding_add(d, rule, sa->tunnel);
        if (!f)
            continue;
        f->ike_sa = sa;
        f->summary =
            es_say(d, "%s sends %s to %s, and %s comes back here after %s",
                   es_who(d, sa->tunnel, 1 - sa->initiator), es_who(d, sa->tunnel, sa->initiator),
                   sa->redirect->gateway, es_who(d, sa->tunnel, sa->initiator),
                   es_say_count(d, hops, "redirect", "redirects"));
        es_finding_peer(f, 1 - sa->initiator);
        es_finding_span(f, &sa->redirect->ref, &sa->redirect->ref, hops);
        es_finding_evidence(d, f, &sa->redirect->ref, "REDIRECT to %s", sa->redirect->gateway);
        const struct es_ike_sa *next = next_hop(&all, sa);
        if (next && next != sa)
            es_finding_evidence(d, f, &next->redirect->ref, "and on, to %s",
                                next->redirect->gateway);
    }
}

/* --- the catalogue --- */

static const struct es_rule rule_pq_intermediate_failed = {
    .id = "pq-intermediate-failed",
    .severity = ES_SEVERITY_ERROR,
    .title = "the additional key exchange fails",
    .explanation = "The peers agreed on a second key exchange, usually post-quantum, which follows "
                   "IKE_SA_INIT in IKE_INTERMEDIATE or a rekey in IKE_FOLLOWUP_KE. That exchange "
                   "gets no answer, or an error.",
    .causes = ES_SENTENCES("the large message is lost in fragments on the way",
                           "IKE fragmentation is off on one side, or not used for this exchange",
                           "the two products number the key exchange methods differently (drafts)"),
    .checks = ES_SENTENCES("IKE fragmentation on both sides, with fragments of 1280 bytes or less",
                           "do both sides have releases that agree on the numbers of the methods?"),
    .checks_responder = ES_SENTENCES("does the message arrive, and what does its log say?"),
    .reference = "RFC 9242; RFC 9370",
    .missing = ES_MISSING_IKE,
    .on_tunnel = pq_intermediate_failed,
};

static const struct es_rule rule_pq_absent = {
    .id = "pq-absent",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_POSTURE,
    .title = "no protection against quantum computers",
    .explanation = "The keys come from a classic Diffie-Hellman exchange alone. Traffic recorded "
                   "today can be read when a quantum computer breaks that.",
    .causes = ES_SENTENCES("one of the peers does not have it, or it is not configured"),
    .checks = ES_SENTENCES("add ML-KEM as additional key exchange (RFC 9370) or a post-quantum "
                           "pre-shared key (RFC 8784) on both sides"),
    .reference = "RFC 8784; RFC 9370",
    .on_tunnel = pq_absent,
};

static const struct es_rule rule_session_resumption = {
    .id = "session-resumption",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "a session was resumed",
    .explanation = "The initiator came back with a ticket instead of a full key exchange.",
    .causes = ES_SENTENCES("the client lost its path or slept, and came back"),
    .checks = ES_SENTENCES("nothing, unless it happens often: then look at the path"),
    .reference = "RFC 5723",
    .on_tunnel = session_resumption,
};

static const struct es_rule rule_resumption_rejected = {
    .id = "resumption-rejected",
    .severity = ES_SEVERITY_WARNING,
    .title = "a ticket was refused",
    .explanation = "The gateway does not take the ticket with which a client wants to resume its "
                   "session. The client then starts from the beginning; harmless, unless it does "
                   "not.",
    .causes = ES_SENTENCES("the ticket has expired", "the gateway restarted, or its keys changed",
                           "the client came to another gateway of the cluster"),
    .checks = ES_SENTENCES("how often does it happen, and does an IKE SA come up in the end?"),
    .checks_initiator = ES_SENTENCES("does it start a full exchange after the refusal?"),
    .checks_responder = ES_SENTENCES("lifetime of tickets; do the members of the cluster share "
                                     "the key?"),
    .reference = "RFC 5723, 4.3",
    .on_tunnel = resumption_rejected,
};

static const struct es_rule rule_childless = {
    .id = "childless",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "IKE SA without a first Child SA",
    .explanation = "The initiator set up the IKE SA alone; each Child SA follows with an exchange "
                   "of its own. So the absence of a Child SA behind IKE_AUTH is no fault.",
    .causes = ES_SENTENCES("it is configured so, often to have a key exchange for each Child SA"),
    .checks = ES_SENTENCES("nothing, as long as Child SAs follow"),
    .reference = "RFC 6023",
    .on_tunnel = childless,
};

static const struct es_rule rule_redirected = {
    .id = "redirected",
    .severity = ES_SEVERITY_NOTE,
    .category = ES_CATEGORY_STATISTICS,
    .title = "the client was sent to another gateway",
    .explanation = "The gateway answered with the address of another one, to spread the load.",
    .causes = ES_SENTENCES("load balancing", "maintenance of the gateway"),
    .checks = ES_SENTENCES("follow the tunnel to the gateway named"),
    .reference = "RFC 5685",
    .on_model = redirected,
};

static const struct es_rule rule_redirect_loop = {
    .id = "redirect-loop",
    .severity = ES_SEVERITY_ERROR,
    .title = "gateways send a client round in a circle",
    .explanation = "Each gateway sends the client to another one, and the last of them back to the "
                   "first. No IKE SA comes up.",
    .causes = ES_SENTENCES("two load balancers name each other",
                           "the gateways judge their load by different rules"),
    .checks = ES_SENTENCES("compare the redirect policies of the gateways named above"),
    .checks_responder = ES_SENTENCES("which gateways may it redirect to, and when?",
                                     "does the gateway named take clients at all?"),
    .reference = "RFC 5685, 3 and 7",
    .on_model = redirect_loop,
};

static const struct es_rule *const rules[] = {
    &rule_pq_intermediate_failed, &rule_pq_absent, &rule_session_resumption,
    &rule_resumption_rejected,    &rule_childless, &rule_redirected,
    &rule_redirect_loop,
};

const struct es_chapter es_chapter_extensions = {rules, ES_COUNT(rules)};
