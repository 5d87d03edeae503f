/*
 * What is said of the capture itself.
 */
#include "wording.h"

#include <inttypes.h>

void es_text_add_traffic(struct es_text *text, const struct es_report *report)
{
    enum { LINK_TYPES_MAX = 8 };
    const struct es_model *model = report->model;
    const struct es_decoder_counts *counts = report->counts;
    const struct {
        uint64_t count;
        const char *what;
    } kinds[] = {
        {counts->ike,         "IKE"       },
        {counts->esp,         "ESP"       },
        {counts->ah,          "AH"        },
        {counts->keepalives,  "keepalive" },
        {counts->icmp_errors, "ICMP error"},
        {counts->other,       "other"     },
    };
    es_text_add_things(text, counts->frames, "packet");
    if (model->started) {
        es_text_add(text, " in ");
        es_text_add_span(text, model->last.time - model->first.time);
        es_text_add(text, " from ");
        es_text_add_date(text, model->first.time, report->utc);
        es_text_add(text, ": ");
    }
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        if (!kinds[i].count)
            continue;
        es_text_add_comma(text);
        es_text_add_count(text, kinds[i].count);
        es_text_addf(text, " %s", kinds[i].what);
    }
    uint32_t types[LINK_TYPES_MAX];
    const size_t type_count =
        report->source ? es_source_link_types(report->source, types, ES_COUNT(types)) : 0;
    for (size_t i = 0; i < type_count; i++) {
        es_text_add(text, i == 0 ? "; link type " : ", ");
        es_text_add_link_type(text, types[i]);
    }
}

/* Packets that did not come through, of all files together. */
struct losses {
    uint64_t cut_short, drops, unreadable;
};

static struct losses losses_of(const struct es_source *source)
{
    struct losses sum = {0};
    const size_t files = source ? es_source_file_count(source) : 0;
    for (size_t i = 0; i < files; i++) {
        const struct es_source_file *file = es_source_file(source, i);
        sum.cut_short += file->cut_short;
        sum.drops += file->drops;
        sum.unreadable += file->unreadable;
    }
    return sum;
}

bool es_text_add_limit(struct es_text *text, const struct es_report *report, size_t *next)
{
    const struct losses losses = losses_of(report->source);
    const struct es_forgotten *forgotten = &report->model->forgotten;
    const struct {
        uint64_t count;
        const char *noun, *what;
    } limits[] = {
        {losses.cut_short,                    "packet",     "were cut short by the capture's snap length" },
        {losses.drops,                        "packet",     "were dropped while capturing and are missing"},
        {losses.unreadable,                   "packet",     "could not be read from the file"             },
        {report->counts->malformed,           "packet",     "have a header that lies"                     },
        {report->counts->unsupported_link,    "packet",
         "are of a link type that espial does not know"                                                   },
        {report->model->dropped,              "packet",     "were not followed: too many tunnels at once" },
        {report->counts->fragments_dropped,   "packet",
         "are fragments that had to go: too many at once"                                                 },
        {report->counts->tcp_streams_dropped, "TCP stream",
         "had to be forgotten: too many at once"                                                          },
        {forgotten->tunnels,                  "tunnel",     "had to be forgotten"                         },
    };
    while (*next < ES_COUNT(limits) && !limits[*next].count)
        ++*next;
    if (*next == ES_COUNT(limits))
        return false;
    es_text_add_things(text, limits[*next].count, limits[*next].noun);
    es_text_addf(text, " %s", limits[*next].what);
    if (++*next == ES_COUNT(limits))
        es_text_addf(text, ", %" PRIu32 " of them once up: memory is limited", forgotten->proven);
    return true;
}

static void add_opened(struct es_text *text, const char *thing, uint64_t opened, uint64_t closed,
                       uint64_t wrong)
{
    if (opened + closed + wrong == 0)
        return;
    es_text_add(text, text->length ? "; " : "");
    es_text_addf(text, "of %" PRIu64 " encrypted %s %" PRIu64 " opened", opened + closed + wrong,
                 thing, opened);
    if (wrong)
        es_text_addf(text, ", %" PRIu64 " do not fit their key", wrong);
}

void es_text_add_opened(struct es_text *text, const struct es_report_keys *keys)
{
    if (!keys)
        return;
    add_opened(text, "IKE messages", keys->ike_opened, keys->ike_closed, keys->ike_wrong);
    add_opened(text, "ESP packets", keys->esp_opened, keys->esp_closed, keys->esp_wrong);
}
