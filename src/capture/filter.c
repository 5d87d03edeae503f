/*
 * BPF expressions through libpcap's compiler and interpreter. One program a link type, since an
 * expression means other offsets in each; they are made when the first frame of a type comes.
 */
#include "filter.h"
#include "reader.h"

#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* A capture has a few; a forged one may claim 65,536. */
enum { MOST_LINK_TYPES = 64, SNAPLEN = 262144, LONGEST_REFUSAL = 200 };

struct program {
    uint32_t link_type;
    bool usable;
    struct bpf_program code; /* owned when usable */
    char refusal[LONGEST_REFUSAL];
};

struct es_filter {
    char *expression; /* owned */
    size_t count;
    size_t last; /* index of the program used last */
    struct program programs[MOST_LINK_TYPES];
};

static bool compile(const char *expression, uint32_t link_type, struct program *out)
{
    *out = (struct program){.link_type = link_type};
    pcap_t *pcap = pcap_open_dead(es_link_type_to_dlt(link_type), SNAPLEN);
    if (!pcap) {
        strcpy(out->refusal, "no memory");
        return false;
    }
    out->usable = pcap_compile(pcap, &out->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!out->usable) {
        const char *reason = pcap_geterr(pcap);
        const size_t length = strlen(reason);
        memcpy(out->refusal, reason, length < LONGEST_REFUSAL ? length : LONGEST_REFUSAL - 1);
    }
    pcap_close(pcap);
    return out->usable;
}

/* True when the expression means something for one of the link types that people capture on. */
static bool check(const char *expression, struct es_error *error)
{
    static const int common[] = {
        DLT_EN10MB, DLT_RAW,   DLT_LINUX_SLL,  DLT_LINUX_SLL2,       DLT_NULL,
        DLT_PPP,    DLT_PFLOG, DLT_IEEE802_11, DLT_IEEE802_11_RADIO, DLT_MTP2,
    };
    struct program first;
    for (size_t i = 0; i < ES_COUNT(common); i++) {
        struct program program;
        if (compile(expression, es_link_type_from_dlt(common[i]), &program)) {
            pcap_freecode(&program.code);
            return true;
        }
        if (i == 0)
            first = program;
    }
    return es_error_set(error, ES_ERROR_USAGE, "the filter \"%.200s\" cannot be used: %s",
                        expression, first.refusal);
}

struct es_filter *es_filter_new(const char *expression, struct es_error *error)
{
    if (!check(expression, error))
        return NULL;
    struct es_filter *filter = calloc(1, sizeof(*filter));
    char *copy = strdup(expression);
    if (!filter || !copy) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory for the filter");
        free(copy);
        free(filter);
        return NULL;
    }
    filter->expression = copy;
    return filter;
}

/* The program for a link type, compiled when it is new; NULL when there are too many. */
static const struct program *find_program(struct es_filter *filter, uint32_t link_type)
{
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].link_type == link_type) {
            filter->last = i;
            return &filter->programs[i];
        }
    }
    if (filter->count == MOST_LINK_TYPES)
        return NULL;
    compile(filter->expression, link_type, &filter->programs[filter->count]);
    filter->last = filter->count++;
    return &filter->programs[filter->last];
}

bool es_filter_match(struct es_filter *filter, const struct es_frame *frame, const char **refusal)
{
    const struct program *program = &filter->programs[filter->last];
    if (filter->count == 0 || program->link_type != frame->link_type)
        program = find_program(filter, frame->link_type);
    *refusal = NULL;
    if (!program || !program->usable) {
        *refusal = program ? program->refusal : "there are too many link types";
        return false;
    }
    return bpf_filter(program->code.bf_insns, frame->bytes, (u_int)frame->wire,
                      (u_int)frame->held) != 0;
}

void es_filter_free(struct es_filter *filter)
{
    if (!filter)
        return;
    for (size_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].usable)
            pcap_freecode(&filter->programs[i].code);
    }
    free(filter->expression);
    free(filter);
}
