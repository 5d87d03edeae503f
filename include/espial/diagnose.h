/*
 * diagnose: from the model to findings. A rule is one table entry with its wording and a function
 * that looks at a tunnel (or the whole model) at a moment and says what is wrong then. Rules keep
 * no state: what later packets explain is simply no longer found at the next look.
 */
#ifndef ESPIAL_DIAGNOSE_H
#define ESPIAL_DIAGNOSE_H

#include "espial/diagnose/threshold.h"
#include "espial/track.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_severity { ES_SEVERITY_NOTE, ES_SEVERITY_WARNING, ES_SEVERITY_ERROR };
enum es_confidence { ES_CONFIDENCE_POSSIBLE, ES_CONFIDENCE_LIKELY, ES_CONFIDENCE_CERTAIN };

/* What sort of thing a finding is. Only faults can be warnings and errors. */
enum es_category {
    ES_CATEGORY_FAULT,      /* what breaks or may break traffic, and what explains it */
    ES_CATEGORY_STATISTICS, /* what was counted or measured; always a note */
    ES_CATEGORY_POSTURE,    /* what a security policy would care for; always a note */
};

/* "note", "warning", "error"; "possible", "likely", "certain"; "observed", "decrypted", … */
const char *es_severity_name(enum es_severity severity);
const char *es_confidence_name(enum es_confidence confidence);
const char *es_provenance_name(enum es_provenance provenance);
const char *es_category_name(enum es_category category); /* "fault", "statistics", "posture" */

/* Bits of es_rule.missing: packets whose absence a finding claims. */
enum { ES_MISSING_IKE = 1 << 0, ES_MISSING_ESP = 1 << 1 };

struct es_diagnosis;
struct es_rule;

/* One kind of finding: the catalogue's entry. Everything here is static text. */
struct es_rule {
    const char *id;
    enum es_severity severity; /* the worst it takes; a finding may be milder */
    const char *title;         /* a few words, no final stop */
    const char *explanation;   /* what it means, for a person */
    const char *const *causes; /* in order of likelihood, ended by NULL */
    const char *const *checks; /* what to look at on both peers or between them, ended by NULL */
    /* The same for one of them; ended by NULL, or NULL. The parts are those of the IKE SA, or, in
     * rules about traffic, sender and receiver of the packets in question. */
    const char *const *checks_initiator;
    const char *const *checks_responder;
    const char *reference; /* "RFC 7296, 2.4" */
    enum es_category category;
    unsigned missing; /* ES_MISSING_*: it claims that such packets of the silent peer did not come;
                         capped or withdrawn where the capture could not have shown them */
    const char *const *roots; /* ids, ended by NULL, or NULL: below a finding of such a rule about
                                the same tunnel this one hangs as a consequence */
    void (*on_tunnel)(const struct es_rule *rule, struct es_diagnosis *diagnosis,
                      const struct es_tunnel *tunnel);
    void (*on_model)(const struct es_rule *rule, struct es_diagnosis *diagnosis);
};

/* The catalogue, in the order of its chapters. */
size_t es_rule_count(void);
const struct es_rule *es_rule_at(size_t index);
/* The rule with this id, or NULL. */
const struct es_rule *es_rule_find(const char *id);

struct es_evidence {
    struct es_packet_ref ref;
    const char *what; /* what this packet shows */
};

enum {
    ES_EVIDENCE_MAX = 12,
    ES_FINDING_FLOWS_MAX = 4,
    ES_FINDING_SPIS_MAX = 8,
    ES_FINDING_CHECKS_MAX = 16
};

/* One thing that is wrong. Read only; texts live as long as the diagnosis. */
struct es_finding {
    const struct es_rule *rule;
    enum es_severity severity;
    enum es_confidence confidence;
    enum es_provenance provenance;
    const char *summary;             /* one or two sentences with addresses, SPIs, numbers */
    const char *reason;              /* why this confidence; or NULL */
    const struct es_tunnel *tunnel;  /* NULL: of the whole capture */
    const struct es_ike_sa *ike_sa;  /* or NULL */
    const struct es_child_sa *child; /* or NULL */
    const struct es_flow *flows[ES_FINDING_FLOWS_MAX];
    size_t flow_count;
    uint32_t spis[ES_FINDING_SPIS_MAX]; /* ESP or AH */
    size_t spi_count;
    bool has_peer;  /* `peer` and `role` hold */
    uint8_t peer;   /* side to look at */
    uint8_t silent; /* side whose packets are said to be missing; `peer`, unless the rule says so */
    unsigned missing; /* ES_MISSING_*: the rule's, unless this case claims less */
    bool withdrawn;   /* the capture could not have shown what it claims: it is not in the list */
    const char *role; /* "initiator", "responder", "sender", "receiver" */
    struct es_packet_ref first, last;
    uint64_t count; /* packets or events that it is made of */
    struct es_evidence evidence[ES_EVIDENCE_MAX];
    size_t evidence_count;
    const char *checks[ES_FINDING_CHECKS_MAX]; /* those of this case, then the rule's */
    size_t check_count;
    const char *display_filter;        /* for Wireshark; or NULL */
    struct es_finding *consequences;   /* list by `next` */
    struct es_finding *root;           /* it hangs below this one, or a chain of them; or NULL */
    struct es_finding *next;           /* in the order to show: most severe first */
    struct es_finding *next_in_tunnel; /* the same, of one tunnel, consequences included */
};

/* What is known of the capture itself; caps what may be said to be missing. */
struct es_coverage {
    const struct es_decoder_counts *decoder;
    uint64_t cut_short; /* frames cut by the snaplen */
    uint64_t drops;     /* packets the capturing side dropped */
    bool live;          /* more may come */
};

/*
 * Looks at the model as of `now` (a file: the time of its last frame). NULL when no memory is left.
 * The diagnosis borrows the model and what else it is given; it is void once the tracker is fed
 * again. `thresholds` NULL: the defaults.
 */
struct es_diagnosis *es_diagnose(const struct es_model *model, const struct es_coverage *coverage,
                                 const struct es_thresholds *thresholds, es_time now);
void es_diagnosis_free(struct es_diagnosis *diagnosis);

/* False once memory ran out for a sentence that was asked for: it is lacking or not whole. */
bool es_diagnosis_is_whole(const struct es_diagnosis *diagnosis);

/* The findings without those that hang below others; most severe first, then by time. */
const struct es_finding *es_diagnosis_findings(const struct es_diagnosis *diagnosis);

/* How many findings of that severity stand in the list. */
size_t es_diagnosis_count(const struct es_diagnosis *diagnosis, enum es_severity severity);

/* One sentence for the whole capture. */
const char *es_diagnosis_verdict(const struct es_diagnosis *diagnosis);

/* One sentence for a tunnel; "" when memory ended. Lives as long as the diagnosis. */
const char *es_diagnosis_tunnel_verdict(struct es_diagnosis *diagnosis,
                                        const struct es_tunnel *tunnel);

/*
 * What a policy would say about an algorithm of an IKE SA or, with `esp`, of a Child SA ("should
 * not be used (RFC 8247)"); NULL when it has nothing against it. Static text.
 */
const char *es_policy_remark(const struct es_ike_transform *transform, bool esp);

#endif
