/*
 * What the two pictures share.
 */
#include "html_picture.h"

#include "selection.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
    const struct es_html_mark *x = a;
    const struct es_html_mark *y = b;
    const uint32_t of_x = x->finding->tunnel->number;
    const uint32_t of_y = y->finding->tunnel->number;
    if (of_x != of_y)
        return of_x < of_y ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* The findings as they have cards: the next one that is shown, and its number. */
static const struct es_finding *next(const struct es_report *report, const struct es_finding *f)
{
    return es_report_finding_next(report, f ? f->next : es_diagnosis_findings(report->diagnosis));
}

void es_html_gather_marks(struct es_html *html)
{
    const struct es_report *report = html->report;
    size_t count = 0;
    uint64_t number = 0;
    for (const struct es_finding *f = next(report, NULL); f; f = next(report, f))
        count += f->tunnel != NULL;
    html->marks = count ? calloc(count, sizeof(*html->marks)) : NULL;
    html->mark_count = 0;
    if (count && !html->marks) {
        html->out->failed = true;
        return;
    }
    for (const struct es_finding *f = next(report, NULL); f; f = next(report, f)) {
        number++;
        if (f->tunnel)
            html->marks[html->mark_count++] = (struct es_html_mark){f, number};
    }
    if (count)
        qsort(html->marks, count, sizeof(*html->marks), compare);
}

const struct es_html_mark *es_html_marks_of(const struct es_html *html,
                                            const struct es_tunnel *tunnel, size_t *count)
{
    size_t low = 0;
    size_t high = html->mark_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (html->marks[middle].finding->tunnel->number < tunnel->number)
            low = middle + 1;
        else
            high = middle;
    }
    while (high < html->mark_count && html->marks[high].finding->tunnel == tunnel)
        high++;
    *count = high - low;
    return *count ? html->marks + low : NULL;
}

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
    [ES_MESSAGE_BEGINS] = {"begins", "beginning of an IKE SA"              },
    [ES_MESSAGE_PROVES] = {"proves", "authentication"                      },
    [ES_MESSAGE_MAKES] = {"makes",  "negotiation of a Child SA or a rekey"},
    [ES_MESSAGE_TELLS] = {"tells",  "other messages"                      },
    [ES_MESSAGE_CHECKS] = {"checks", "liveness check"                      },
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
    enum { AMPLE = 1 << 20, FAIR = 2 << 20, TIGHT = 3 << 20 };
    const size_t used = html->out->length;
    return used < AMPLE   ? ES_ROOM_AMPLE
           : used < FAIR  ? ES_ROOM_FAIR
           : used < TIGHT ? ES_ROOM_TIGHT
                          : ES_ROOM_NONE;
}
