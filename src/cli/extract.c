/*
 * espial extract: the packets of a tunnel, an SA, a finding, as a capture of their own.
 */
#include "command.h"
#include "copying.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_CONTEXT_S = 60, CONTEXT_S_MAX = 1000000, SNAP_MAX = 65535 };

static bool wrong(const char *option, const char *takes, const char *word)
{
    es_complain("%s takes %s, not \"%s\"", option, takes, word);
    return false;
}

static bool take_tunnels(const struct es_options *options, struct es_wishes *wishes)
{
    /* Before the command's name the option was taken for the other commands' one. */
    if (options->tunnel)
        wishes->tunnels[wishes->tunnel_count++] = options->tunnel;
    for (size_t i = 0; i < options->tunnels.count && wishes->tunnel_count < ES_WISHES_MAX; i++) {
        const char *word = options->tunnels.items[i];
        char *end;
        errno = 0;
        const unsigned long long number = strtoull(word, &end, 10);
        if (*word < '0' || *word > '9' || *end || errno || number == 0)
            return wrong("--tunnel", "a number from 1 on", word);
        wishes->tunnels[wishes->tunnel_count++] = number;
    }
    return true;
}

/* 8 hex digits at most, with 0x in front or not. */
static bool take_spis(const struct es_options *options, struct es_wishes *wishes)
{
    for (size_t i = 0; i < options->spis.count; i++) {
        const char *word = options->spis.items[i];
        const bool prefixed = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
        const char *digits = prefixed ? word + 2 : word;
        const size_t length = strlen(digits);
        if (length == 16)
            return wrong("--spi", "an SPI of ESP or AH (of IKE: --ike-sa)", word);
        if (length == 0 || length > 8 || strspn(digits, "0123456789abcdefABCDEF") != length)
            return wrong("--spi", "hex digits, like 0xc1a2b3d4", word);
        wishes->spis[wishes->spi_count++] = (uint32_t)strtoul(digits, NULL, 16);
    }
    return true;
}

static bool take_peers(const struct es_options *options, struct es_wishes *wishes)
{
    for (size_t i = 0; i < options->peers.count; i++) {
        if (!es_address_parse(options->peers.items[i], &wishes->peers[wishes->peer_count++]))
            return wrong("--peer", "an IP address", options->peers.items[i]);
    }
    return true;
}

static bool take_wishes(const struct es_options *options, struct es_wishes *wishes)
{
    *wishes = (struct es_wishes){
        .from = options->from,
        .to = options->until,
        .utc = options->utc,
        .context = (es_time)(options->context_s ? options->context_s : DEFAULT_CONTEXT_S),
    };
    if (wishes->context > CONTEXT_S_MAX)
        wishes->context = CONTEXT_S_MAX;
    wishes->context *= ES_SECOND;
    for (size_t i = 0; i < options->findings.count; i++)
        wishes->findings[wishes->finding_count++] = options->findings.items[i];
    for (size_t i = 0; i < options->ike_sas.count; i++)
        wishes->ike_sas[wishes->ike_sa_count++] = options->ike_sas.items[i];
    return take_tunnels(options, wishes) && take_spis(options, wishes) &&
           take_peers(options, wishes);
}

/* What is wanted, in the words of the command line. */
static void describe(const struct es_options *options, struct es_text *text)
{
    static const struct {
        const char *name;
        size_t offset;
    } lists[] = {
        {"--tunnel",  offsetof(struct es_options, tunnels) },
        {"--ike-sa",  offsetof(struct es_options, ike_sas) },
        {"--spi",     offsetof(struct es_options, spis)    },
        {"--finding", offsetof(struct es_options, findings)},
        {"--peer",    offsetof(struct es_options, peers)   },
    };
    es_text_add(text, "extracted by espial:");
    for (size_t i = 0; i < ES_COUNT(lists); i++) {
        const struct es_words *words = (const void *)((const char *)options + lists[i].offset);
        for (size_t k = 0; k < words->count; k++)
            es_text_addf(text, " %s %s", lists[i].name, words->items[k]);
    }
    if (options->from)
        es_text_addf(text, " --from %s", options->from);
    if (options->until)
        es_text_addf(text, " --to %s", options->until);
    if (options->snap_esp)
        es_text_addf(text, "; ESP packets cut to %" PRIu64 " bytes", options->snap_esp);
}

static enum es_exit nothing(const struct es_options *options, const char *why)
{
    es_complain("%s: nothing was written to %s", why, options->write);
    return ES_EXIT_FINDINGS;
}

static enum es_exit extract(struct es_copying *copying, const struct es_wishes *wishes)
{
    const struct es_options *options = &copying->options;
    struct es_error error = {0};
    struct es_selection *selection = es_selection_new(
        wishes, es_pipeline_tracker(copying->analysis.pipeline), copying->diagnosis, &error);
    if (!selection && error.kind == ES_ERROR_NONE)
        return nothing(options, error.text);
    if (!selection) {
        es_complain("%s", error.text);
        return error.kind == ES_ERROR_USAGE ? ES_EXIT_USAGE : ES_EXIT_INPUT;
    }
    struct es_text about;
    es_text_init(&about);
    describe(options, &about);
    const char *comment = es_text_chars(&about);
    struct es_copy_options shape = {
        .selection = selection,
        .comments = &comment,
        .comment_count = 1,
        .numbers = options->numbers,
        .snap_esp = (uint32_t)(options->snap_esp < SNAP_MAX ? options->snap_esp : SNAP_MAX),
    };
    struct es_copy_counts counts;
    enum es_exit status = es_copying_write(copying, &shape, false, &counts);
    if (counts.written)
        es_copying_say(options, "%" PRIu64 " of %" PRIu64 " packets", counts.written,
                       counts.frames);
    else if (status == ES_EXIT_CLEAN)
        status = nothing(options, "no packet is of that kind");
    es_text_fini(&about);
    es_selection_free(selection);
    return status;
}

enum es_exit es_extract(const struct es_options *options)
{
    struct es_copying copying;
    struct es_wishes wishes;
    enum es_exit status;
    if (!take_wishes(options, &wishes))
        return ES_EXIT_USAGE;
    if (es_wishes_are_none(&wishes)) {
        es_complain("extract needs to know which packets: --tunnel, --ike-sa, --spi, --finding, "
                    "--peer, --from or --to; espial triage shows what there is");
        return ES_EXIT_USAGE;
    }
    if (!es_copying_open(&copying, options, &status))
        return status;
    status = extract(&copying, &wishes);
    es_copying_close(&copying);
    return status;
}
