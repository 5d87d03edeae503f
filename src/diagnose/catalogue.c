/*
 * The catalogue: the chapters one after the other.
 */
#include "catalogue.h"

#include <string.h>

static const struct es_chapter *const chapters[] = {
    &es_chapter_capture,       &es_chapter_protocol,      &es_chapter_reachability,
    &es_chapter_ike_beginning, &es_chapter_ike_transport, &es_chapter_ike_tcp,
    &es_chapter_ike_exchange,  &es_chapter_negotiation,   &es_chapter_authentication,
    &es_chapter_access,        &es_chapter_extensions,    &es_chapter_liveness,
    &es_chapter_dpd,           &es_chapter_restart,       &es_chapter_child,
    &es_chapter_quick_mode,    &es_chapter_spi,           &es_chapter_rekey,
    &es_chapter_lifetime,      &es_chapter_duplicate,     &es_chapter_traffic,
    &es_chapter_sequence,      &es_chapter_counter,       &es_chapter_path,
    &es_chapter_content,       &es_chapter_leak,          &es_chapter_nat,
    &es_chapter_natt,          &es_chapter_nat_mapping,   &es_chapter_keepalive,
    &es_chapter_monitor,       &es_chapter_policy,
};

size_t es_rule_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ES_COUNT(chapters); i++)
        count += chapters[i]->count;
    return count;
}

const struct es_rule *es_rule_at(size_t index)
{
    for (size_t i = 0; i < ES_COUNT(chapters); i++) {
        if (index < chapters[i]->count)
            return chapters[i]->rules[index];
        index -= chapters[i]->count;
    }
    return NULL;
}

const struct es_rule *es_rule_find(const char *id)
{
    for (size_t i = 0; i < ES_COUNT(chapters); i++) {
        for (size_t k = 0; k < chapters[i]->count; k++) {
            if (strcmp(chapters[i]->rules[k]->id, id) == 0)
                return chapters[i]->rules[k];
        }
    }
    return NULL;
}
