/*
 * JSON lines: what was measured of one flow.
 */
#include "json.h"

#include <stdio.h>

/* What replay windows of the usual sizes would have dropped. */
static void put_windows(struct es_json *json, const struct es_sequence *sequence)
{
    static const unsigned sizes[] = {32, 64, 128, 1024};
    if (es_sequence_dropped_by(sequence, sizes[0]) == 0)
        return;
    es_json_open(json, "replay_window_drops", '{');
    for (size_t i = 0; i < ES_COUNT(sizes); i++) {
        char name[16];
        snprintf(name, sizeof(name), "%u", sizes[i]);
        es_json_put_count(json, name, es_sequence_dropped_by(sequence, sizes[i]));
    }
    es_json_close(json, '}');
}

static void put_irregular(struct es_json *json, const struct es_irregular *irregular)
{
    const struct {
        const char *name;
        uint64_t count;
    } counts[] = {
        {"copies",                irregular->copies.count     },
        {"repeats",               irregular->repeats.count    },
        {"reused_numbers",        irregular->reused.count     },
        {"invalid_lengths",       irregular->odd_lengths.count},
        {"fragmented",            irregular->fragmented.count },
        {"fragmented_completed",  irregular->completed.count  },
        {"hop_limit_changes",     irregular->hops.count       },
        {"authentication_failed", irregular->failed.count     },
    };
    for (size_t i = 0; i < ES_COUNT(counts); i++) {
        if (counts[i].count)
            es_json_put_count(json, counts[i].name, counts[i].count);
    }
}

void es_json_put_traffic(struct es_json *json, const struct es_flow *flow)
{
    const struct es_esp_plausible plausible = es_esp_judge(&flow->shape);
    const char *hint = es_esp_plausible_name(&plausible);
    if (hint) {
        es_json_put_string(json, "cipher_hint", hint);
        es_json_put_string(json, "cipher_hint_confidence", plausible.sure ? "likely" : "possible");
    }
    put_windows(json, &flow->sequence);
    if (flow->irregular)
        put_irregular(json, flow->irregular);
}
