/*
 * Metrics in Prometheus's text form. What the tracker counts is summed up by pairs of addresses;
 * the differences since the last time are added to totals, so that a counter stays where it is when
 * the tracker forgets what it was made of.
 */
#include "espial/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#ifndef ES_VERSION
#define ES_VERSION "unversioned"
#endif

enum {
    /* Response times that the quantiles are taken of. */
    SAMPLES_MAX = 8192,
    /* The smallest replay window that receivers should have: RFC 4303, 3.4.3. */
    REPLAY_WINDOW = 64,
};

/* What is counted for each pair of addresses, in the direction from one to the other. */
enum counter { ESP_PACKETS, ESP_BYTES, ESP_LOST, ESP_LATE, DPD_REQUESTS, DPD_ANSWERS, COUNTERS };

/* Of the tracker as a whole. */
enum total { IKE_REQUESTS, IKE_RETRANSMISSIONS, SA_ASKED, SA_MADE, SA_REFUSED, TOTALS };

struct tally {
    uint64_t sum;  /* as the tracker has it now */
    uint64_t last; /* as it had it the last time */
    uint64_t total;
};

struct pair_key {
    struct es_address source, destination;
};

struct pair {
    struct pair_key key; /* must stay first */
    struct tally counters[COUNTERS];
    es_time last_esp;
    uint64_t dpd_unanswered;
    uint32_t dpd_response_us;
    bool established; /* a tunnel of it is, */
    bool was;         /* or was at the last look */
    bool present;     /* the tracker still knows it */
};

struct es_metrics {
    struct es_table table;
    struct pair **pairs; /* owned, `count` of them, room for `limit` */
    size_t count, limit;
    struct pair rest; /* of those without series of their own */
    uint64_t folded;  /* how many these are */
    struct tally totals[TOTALS];
    uint64_t tunnels[ES_TUNNEL_UNKNOWN + 1];
    uint32_t ike_times[SAMPLES_MAX], dpd_times[SAMPLES_MAX]; /* microseconds */
    size_t ike_time_count, dpd_time_count;
};

/* --- taking stock --- */

struct es_metrics *es_metrics_new(size_t pairs, const uint64_t seed[2])
{
    struct es_metrics *metrics = calloc(1, sizeof(*metrics));
    if (!metrics)
        return NULL;
    metrics->pairs = calloc(pairs, sizeof(struct pair *));
    if (!metrics->pairs) {
        free(metrics);
        return NULL;
    }
    metrics->limit = pairs;
    es_table_init(&metrics->table, sizeof(struct pair_key), pairs, seed);
    return metrics;
}

void es_metrics_free(struct es_metrics *metrics)
{
    if (!metrics)
        return;
    for (size_t i = 0; i < metrics->count; i++)
        free(metrics->pairs[i]);
    free(metrics->pairs);
    es_table_fini(&metrics->table);
    free(metrics);
}

static void settle(struct tally *tally)
{
    if (tally->sum > tally->last)
        tally->total += tally->sum - tally->last;
    tally->last = tally->sum;
    tally->sum = 0;
}

static void pair_drop(struct es_metrics *metrics, size_t index)
{
    struct pair *pair = metrics->pairs[index];
    es_table_remove(&metrics->table, &pair->key);
    metrics->pairs[index] = metrics->pairs[--metrics->count];
    free(pair);
}

/* Room for an established tunnel's pair, at the cost of one that is not. */
static bool make_room(struct es_metrics *metrics)
{
    for (size_t i = 0; i < metrics->count; i++) {
        if (metrics->pairs[i]->established || metrics->pairs[i]->was)
            continue;
        pair_drop(metrics, i);
        return true;
    }
    return false;
}

/*
 * The pair that these addresses are counted for. Anybody can forge packets of tunnels that are not:
 * those get half of the places, and only while nobody else needs them.
 */
static struct pair *pair_for(struct es_metrics *metrics, const struct pair_key *key,
                             bool established)
{
    struct pair *pair = es_table_find(&metrics->table, key);
    if (!pair) {
        const size_t room = established ? metrics->limit : (metrics->limit + 1) / 2;
        if (metrics->count >= room && !(established && make_room(metrics)))
            return &metrics->rest;
        pair = calloc(1, sizeof(*pair));
        if (!pair)
            return &metrics->rest;
        pair->key = *key;
        if (!es_table_add(&metrics->table, pair)) {
            free(pair);
            return &metrics->rest;
        }
        metrics->pairs[metrics->count++] = pair;
    }
    pair->established |= established;
    pair->present = true;
    return pair;
}

static void add_times(struct es_metrics *metrics, const struct es_ike_sa *sa)
{
    const size_t count =
        sa->response_count < ES_RESPONSE_SAMPLES ? (size_t)sa->response_count : ES_RESPONSE_SAMPLES;
    for (size_t i = 0; i < count && metrics->ike_time_count < SAMPLES_MAX; i++)
        metrics->ike_times[metrics->ike_time_count++] = sa->response_samples[i];
    for (int side = 0; side < 2; side++) {
        if (es_ike_sa_dpd(sa, side)->answered && metrics->dpd_time_count < SAMPLES_MAX)
            metrics->dpd_times[metrics->dpd_time_count++] = es_ike_sa_dpd(sa, side)->response_us;
    }
}

static void add_ike_sas(struct es_metrics *metrics, const struct es_tunnel *tunnel,
                        struct pair *const pairs[2])
{
    for (const struct es_ike_sa *sa = tunnel->ike_sas; sa; sa = sa->next_in_tunnel) {
        const bool lives = sa->state == ES_IKE_SA_ESTABLISHED || sa->state == ES_IKE_SA_UNKNOWN;
        metrics->totals[IKE_REQUESTS].sum += sa->exchange_count;
        metrics->totals[IKE_RETRANSMISSIONS].sum += sa->retransmissions;
        if (lives)
            add_times(metrics, sa);
        for (int side = 0; side < 2; side++) {
            const struct es_dpd *dpd = es_ike_sa_dpd(sa, side);
            metrics->totals[SA_ASKED].sum += sa->requests[side].asked.count;
            metrics->totals[SA_MADE].sum += sa->requests[side].made.count;
            metrics->totals[SA_REFUSED].sum += sa->requests[side].refused.count;
            pairs[side]->counters[DPD_REQUESTS].sum += dpd->requests;
            pairs[side]->counters[DPD_ANSWERS].sum += dpd->answered;
            if (lives)
                pairs[side]->dpd_unanswered += dpd->unanswered_requests;
            if (lives && dpd->answered)
                pairs[side]->dpd_response_us = dpd->response_us;
        }
    }
}

static void add_tunnel(struct es_metrics *metrics, const struct es_tunnel *tunnel)
{
    const enum es_tunnel_state state = es_tunnel_state(tunnel);
    const struct es_peer *peers = tunnel->peers;
    struct pair *pairs[2];
    metrics->tunnels[state]++;
    for (int side = 0; side < 2; side++) {
        const struct pair_key key = {peers[side].address, peers[1 - side].address};
        pairs[side] = pair_for(metrics, &key, state == ES_TUNNEL_ESTABLISHED);
        metrics->folded += pairs[side] == &metrics->rest;
    }
    /* Making room for the second may have cost the first, where the limit is one. */
    const struct pair_key key = {peers[0].address, peers[1].address};
    if (pairs[0] != &metrics->rest && es_table_find(&metrics->table, &key) != pairs[0])
        pairs[0] = &metrics->rest;

    for (int side = 0; side < 2; side++) {
        struct pair *pair = pairs[side];
        pair->counters[ESP_PACKETS].sum += peers[side].esp.count;
        pair->counters[ESP_BYTES].sum += peers[side].esp_bytes;
        if (peers[side].esp.count && peers[side].esp.last.time > pair->last_esp)
            pair->last_esp = peers[side].esp.last.time;
    }
    for (const struct es_flow *flow = tunnel->flows; flow; flow = flow->next_in_tunnel) {
        struct tally *counters = pairs[flow->side]->counters;
        counters[ESP_LOST].sum += es_sequence_lost_for_good(&flow->sequence);
        counters[ESP_LATE].sum += es_sequence_dropped_by(&flow->sequence, REPLAY_WINDOW);
    }
    add_ike_sas(metrics, tunnel, pairs);
}

static void forget_last_time(struct pair *pair)
{
    pair->was = pair->established;
    pair->present = pair->established = false;
    pair->dpd_unanswered = 0;
    pair->dpd_response_us = 0;
}

static void take_stock(struct es_metrics *metrics, const struct es_model *model)
{
    memset(metrics->tunnels, 0, sizeof(metrics->tunnels));
    metrics->ike_time_count = metrics->dpd_time_count = 0;
    metrics->folded = 0;
    forget_last_time(&metrics->rest);
    for (size_t i = 0; i < metrics->count; i++)
        forget_last_time(metrics->pairs[i]);
    for (const struct es_tunnel *tunnel = model->tunnels; tunnel; tunnel = tunnel->next)
        add_tunnel(metrics, tunnel);
    for (size_t i = metrics->count; i > 0; i--) {
        struct pair *pair = metrics->pairs[i - 1];
        for (int c = 0; c < COUNTERS; c++)
            settle(&pair->counters[c]);
        if (!pair->present)
            pair_drop(metrics, i - 1);
    }
    for (int c = 0; c < COUNTERS; c++)
        settle(&metrics->rest.counters[c]);
    for (int t = 0; t < TOTALS; t++)
        settle(&metrics->totals[t]);
}

/* --- writing --- */

static void begin_family(struct es_text *text, const char *name, const char *type, const char *help)
{
    es_text_addf(text, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* A label's value: backslash, quote and newline are escaped. */
static void add_escaped(struct es_text *text, const char *value)
{
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            es_text_add_bytes(text, "\\", 1);
        if (*value == '\n')
            es_text_add(text, "\\n");
        else
            es_text_add_bytes(text, value, 1);
    }
}

static void add_label(struct es_text *text, const char *before, const char *name, const char *value)
{
    es_text_addf(text, "%s%s=\"", before, name);
    add_escaped(text, value);
    es_text_add(text, "\"");
}

static void add_count(struct es_text *text, uint64_t value)
{
    es_text_addf(text, " %" PRIu64 "\n", value);
}

/* Seconds, without asking the locale what a decimal point is. */
static void add_seconds(struct es_text *text, es_time time)
{
    const es_time t = time > 0 ? time : 0;
    es_text_addf(text, " %" PRId64 ".%09" PRId64 "\n", t / ES_SECOND, t % ES_SECOND);
}

static void add_single(struct es_text *text, const char *name, const char *type, const char *help,
                       uint64_t value)
{
    begin_family(text, name, type, help);
    es_text_add(text, name);
    add_count(text, value);
}

static void add_pair_labels(struct es_text *text, const struct es_metrics *metrics,
                            const struct pair *pair)
{
    struct es_text address;
    es_text_init(&address);
    const bool rest = pair == &metrics->rest;
    es_text_add_address(&address, &pair->key.source);
    add_label(text, "{", "source", rest ? "other" : es_text_chars(&address));
    es_text_rewind(&address);
    es_text_add_address(&address, &pair->key.destination);
    add_label(text, ",", "destination", rest ? "other" : es_text_chars(&address));
    es_text_add(text, "}");
    text->failed |= address.failed;
    es_text_fini(&address);
}

/* The pairs by index; behind them, where there is one, the rest. */
static const struct pair *pair_at(const struct es_metrics *metrics, size_t index)
{
    if (index < metrics->count)
        return metrics->pairs[index];
    const bool is_rest = metrics->folded || metrics->rest.counters[ESP_PACKETS].total;
    return index == metrics->count && is_rest ? &metrics->rest : NULL;
}

static void add_pair_counters(struct es_metrics *metrics, struct es_text *text)
{
    static const struct {
        const char *name, *help;
    } families[COUNTERS] = {
        [ESP_PACKETS] = {"espial_esp_packets_total",
                         "ESP and AH packets from source to destination."                                  },
        [ESP_BYTES] = {"espial_esp_bytes_total",               "Bytes of these packets, from the SPI on."},
        [ESP_LOST] =
            {"espial_esp_lost_packets_total",
                         "Sequence numbers of these packets that were never seen: lost, or not captured."  },
        [ESP_LATE] = {"espial_esp_replay_window_drops_total",
                         "Packets so late that a receiver with a window of 64 drops them."                 },
        [DPD_REQUESTS] = {"espial_dpd_requests_total",            "Liveness checks that source asked."      },
        [DPD_ANSWERS] = {"espial_dpd_answers_total",
                         "Liveness checks of source that destination answered."                            },
    };
    for (int c = 0; c < COUNTERS; c++) {
        const struct pair *pair;
        begin_family(text, families[c].name, "counter", families[c].help);
        for (size_t i = 0; (pair = pair_at(metrics, i)) != NULL; i++) {
            es_text_add(text, families[c].name);
            add_pair_labels(text, metrics, pair);
            add_count(text, pair->counters[c].total);
        }
    }
}

static void add_pair_gauges(struct es_metrics *metrics, struct es_text *text)
{
    const struct pair *pair;
    begin_family(text, "espial_dpd_unanswered", "gauge",
                 "Liveness checks of source without an answer since destination last lived.");
    for (size_t i = 0; (pair = pair_at(metrics, i)) != NULL; i++) {
        if (pair->counters[DPD_REQUESTS].total == 0)
            continue;
        es_text_add(text, "espial_dpd_unanswered");
        add_pair_labels(text, metrics, pair);
        add_count(text, pair->dpd_unanswered);
    }
    begin_family(text, "espial_dpd_response_seconds", "gauge",
                 "How long the last answer to a liveness check of source took.");
    for (size_t i = 0; (pair = pair_at(metrics, i)) != NULL && pair != &metrics->rest; i++) {
        if (pair->counters[DPD_ANSWERS].total == 0)
            continue;
        es_text_add(text, "espial_dpd_response_seconds");
        add_pair_labels(text, metrics, pair);
        add_seconds(text, (es_time)pair->dpd_response_us * ES_MICROSECOND);
    }
    begin_family(text, "espial_last_esp_timestamp_seconds", "gauge",
                 "When the last of these packets was seen.");
    for (size_t i = 0; (pair = pair_at(metrics, i)) != NULL; i++) {
        if (pair->last_esp == 0)
            continue;
        es_text_add(text, "espial_last_esp_timestamp_seconds");
        add_pair_labels(text, metrics, pair);
        add_seconds(text, pair->last_esp);
    }
}

static int compare_times(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void add_quantiles(struct es_text *text, const char *name, const char *help, uint32_t *times,
                          size_t count)
{
    static const struct {
        const char *name;
        size_t percent;
    } quantiles[] = {
        {"0.5",  50 },
        {"0.9",  90 },
        {"0.99", 99 },
        {"1",    100},
    };
    begin_family(text, name, "gauge", help);
    if (count == 0)
        return;
    qsort(times, count, sizeof(*times), compare_times);
    for (size_t i = 0; i < ES_COUNT(quantiles); i++) {
        es_text_addf(text, "%s{quantile=\"%s\"}", name, quantiles[i].name);
        add_seconds(text,
                    (es_time)times[(count * quantiles[i].percent + 99) / 100 - 1] * ES_MICROSECOND);
    }
}

/* Findings in force, by rule and severity: in how many tunnels. */
static void add_findings(struct es_text *text, const struct es_alerts *alerts)
{
    static const char name[] = "espial_finding_active";
    begin_family(text, name, "gauge", "Tunnels in which this finding is in force.");
    for (size_t r = 0; alerts && r < es_rule_count(); r++) {
        const struct es_rule *rule = es_rule_at(r);
        uint64_t counts[ES_SEVERITY_ERROR + 1] = {0};
        const struct es_alert *alert;
        for (size_t i = 0; (alert = es_alerts_at(alerts, i)) != NULL; i++)
            counts[alert->severity] += alert->rule == rule;
        for (enum es_severity s = ES_SEVERITY_NOTE; s <= ES_SEVERITY_ERROR; s++) {
            if (counts[s] == 0)
                continue;
            es_text_add(text, name);
            add_label(text, "{", "id", rule->id);
            add_label(text, ",", "severity", es_severity_name(s));
            es_text_add(text, "}");
            add_count(text, counts[s]);
        }
    }
}

static void add_tunnels(const struct es_metrics *metrics, const struct es_model *model,
                        struct es_text *text)
{
    static const char *const names[] = {
        [ES_TUNNEL_NEGOTIATING] = "negotiating", [ES_TUNNEL_FAILED] = "failed",
        [ES_TUNNEL_ESTABLISHED] = "established", [ES_TUNNEL_CLOSED] = "closed",
        [ES_TUNNEL_UNKNOWN] = "unknown",
    };
    begin_family(text, "espial_tunnels", "gauge", "Tunnels that are known, by state.");
    for (size_t s = 0; s < ES_COUNT(names); s++) {
        es_text_add(text, "espial_tunnels");
        add_label(text, "{", "state", names[s]);
        es_text_add(text, "}");
        add_count(text, metrics->tunnels[s]);
    }
    static const struct {
        const char *name, *help;
    } totals[TOTALS] = {
        [IKE_REQUESTS] = {"espial_ike_requests_total",        "IKE requests, retransmissions left aside."},
        [IKE_RETRANSMISSIONS] = {"espial_ike_retransmissions_total",
                          "IKE requests that were sent again."                                           },
        [SA_ASKED] = {"espial_sa_requests_total",
                          "Requests for new SAs within IKE SAs: rekeys, further Child SAs."              },
        [SA_MADE] = {"espial_sa_requests_granted_total", "Those of them that made one."             },
        [SA_REFUSED] = {"espial_sa_requests_refused_total", "Those of them that were refused."         },
    };
    for (int t = 0; t < TOTALS; t++)
        add_single(text, totals[t].name, "counter", totals[t].help, metrics->totals[t].total);
    add_single(text, "espial_untracked_packets_total", "counter",
               "Packets that were not tracked because a limit was reached.", model->dropped);
    add_single(text, "espial_forgotten_tunnels_total", "counter",
               "Tunnels that were forgotten to stay within the memory limit.",
               model->forgotten.tunnels);
    add_single(text, "espial_forgotten_proven_tunnels_total", "counter",
               "Those of them that had been up.", model->forgotten.proven);
    add_single(text, "espial_memory_bytes", "gauge", "Memory that the tunnels take.",
               model->memory);
    add_single(text, "espial_pairs_limit", "gauge",
               "Pairs of addresses that can have series of their own.", metrics->limit);
    add_single(text, "espial_pairs_folded", "gauge",
               "Pairs of addresses, by tunnel, that are counted as other.", metrics->folded);
}

static void add_packets(struct es_text *text, const struct es_decoder_counts *c)
{
    const struct {
        const char *kind;
        uint64_t count;
    } kinds[] = {
        {"ike",        c->ike        },
        {"esp",        c->esp        },
        {"ah",         c->ah         },
        {"keepalive",  c->keepalives },
        {"icmp_error", c->icmp_errors},
        {"bad_natt",   c->bad_natt   },
        {"other",      c->other      },
    };
    begin_family(text, "espial_packets_total", "counter", "Packets that were looked at, by kind.");
    for (size_t i = 0; i < ES_COUNT(kinds); i++) {
        es_text_add(text, "espial_packets_total");
        add_label(text, "{", "kind", kinds[i].kind);
        es_text_add(text, "}");
        add_count(text, kinds[i].count);
    }
    add_single(text, "espial_malformed_packets_total", "counter",
               "Packets with a header that lies.", c->malformed);
}

static void add_source(struct es_text *text, const struct es_source *source)
{
    uint64_t packets = 0, bytes = 0, drops = 0;
    for (size_t i = 0; i < es_source_file_count(source); i++) {
        const struct es_source_file *file = es_source_file(source, i);
        packets += file->packets;
        bytes += file->bytes;
        drops += file->drops;
    }
    add_single(text, "espial_captured_packets_total", "counter", "Packets of the capture.",
               packets);
    add_single(text, "espial_captured_bytes_total", "counter", "Bytes of the capture, on the wire.",
               bytes);
    add_single(text, "espial_capture_dropped_packets_total", "counter",
               "Packets that the kernel or the interface dropped before they could be looked at.",
               drops);
}

void es_metrics_write(struct es_metrics *metrics, const struct es_metrics_facts *facts,
                      struct es_text *text)
{
    take_stock(metrics, facts->model);
    begin_family(text, "espial_build_info", "gauge", "The version that runs; always 1.");
    es_text_add(text, "espial_build_info");
    add_label(text, "{", "version", ES_VERSION);
    es_text_add(text, "} 1\n");
    begin_family(text, "espial_start_time_seconds", "gauge", "When the watch began.");
    es_text_add(text, "espial_start_time_seconds");
    add_seconds(text, facts->started);
    begin_family(text, "espial_last_packet_timestamp_seconds", "gauge",
                 "When the last packet was seen.");
    if (facts->model->started) {
        es_text_add(text, "espial_last_packet_timestamp_seconds");
        add_seconds(text, facts->model->last.time);
    }
    add_tunnels(metrics, facts->model, text);
    add_findings(text, facts->alerts);
    add_pair_counters(metrics, text);
    add_pair_gauges(metrics, text);
    add_quantiles(text, "espial_ike_response_seconds",
                  "Response times of IKE requests, the last 31 of each live IKE SA.",
                  metrics->ike_times, metrics->ike_time_count);
    add_quantiles(text, "espial_dpd_response_quantile_seconds",
                  "The last response times of liveness checks, over all peers.", metrics->dpd_times,
                  metrics->dpd_time_count);
    if (facts->counts)
        add_packets(text, facts->counts);
    if (facts->source)
        add_source(text, facts->source);
    for (size_t i = 0; i < facts->more_count; i++) {
        const struct es_metric *m = &facts->more[i];
        add_single(text, m->name, m->counter ? "counter" : "gauge", m->help, m->value);
    }
}
