/*
 * espial extract: the packets of a tunnel, an SA, a finding, as a capture of their own.
 */
#include "command.h"
#include "copying.h"

#include "espial/copy/anonymize.h"
#include "espial/crypto/block.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
        bool is_address;
    } lists[] = {
        {"--tunnel",  offsetof(struct es_options, tunnels),  false},
        {"--ike-sa",  offsetof(struct es_options, ike_sas),  false},
        {"--spi",     offsetof(struct es_options, spis),     false},
        {"--finding", offsetof(struct es_options, findings), false},
        {"--peer",    offsetof(struct es_options, peers),    true },
    };
    es_text_add(text, "extracted by espial");
    for (size_t i = 0; i < ES_COUNT(lists); i++) {
        const struct es_words *words = (const void *)((const char *)options + lists[i].offset);
        for (size_t k = 0; k < words->count; k++)
            es_text_addf(text, " %s %s", lists[i].name,
                         lists[i].is_address && options->anonymize ? "…" : words->items[k]);
    }
    if (options->from)
        es_text_addf(text, " --from %s", options->from);
    if (options->until)
        es_text_addf(text, " --to %s", options->until);
    if (options->anonymize)
        es_text_add(text, "; anonymized");
    if (options->snap_esp)
        es_text_addf(text, "; ESP packets cut to %" PRIu64 " bytes", options->snap_esp);
}

static enum es_exit nothing(const struct es_options *options, const char *why)
{
    es_complain("%s: nothing was written to %s", why, options->write);
    return ES_EXIT_FINDINGS;
}

/* --- other addresses --- */

/* Reads the key, before anything else is looked at. False when it cannot be: it has complained. */
static bool open_anonymizer(const struct es_options *options, struct es_anonymizer **out,
                            enum es_exit *status)
{
    struct es_error error = {0};
    struct es_anonymizer_options own = {.ike_port_count = options->ike_port_count};
    *out = NULL;
    *status = ES_EXIT_USAGE;
    if (!options->anonymize)
        return true;
    if (options->key_path_count) {
        es_complain("--anonymize does not reach what is encrypted, and who has the keys reads the "
                    "original in there: leave -k away, or cut it off with --snap-esp");
        return false;
    }
    memcpy(own.ike_ports, options->ike_ports, sizeof(own.ike_ports));
    if (getentropy(own.seed, sizeof(own.seed)) != 0)
        es_error_set(&error, ES_ERROR_SYSTEM, "no random numbers from the system");
    else if (es_anonymize_key_read(options->anonymize, own.key, &error))
        *out = es_anonymizer_new(&own, &error);
    es_wipe(own.key, sizeof(own.key));
    if (*out)
        return true;
    es_complain("--anonymize: %s", error.text);
    *status = error.kind == ES_ERROR_FORMAT ? ES_EXIT_USAGE : ES_EXIT_INPUT;
    return false;
}

static void say_what_was_replaced(const struct es_options *options,
                                  const struct es_anonymizer *anonymizer)
{
    struct es_text text;
    es_text_init(&text);
    es_text_add_anonymized(&text, es_anonymizer_counts(anonymizer));
    es_copying_say(options, "anonymized: %s", es_text_chars(&text));
    es_text_fini(&text);
}

/* --- the command --- */

/* `selection` NULL: all packets. */
static enum es_exit write_selection(struct es_copying *copying, struct es_selection *selection)
{
    const struct es_options *options = &copying->options;
    struct es_anonymizer *anonymizer = copying->analysis.anonymizer;
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
        .anonymizer = anonymizer,
    };
    struct es_copy_counts counts;
    enum es_exit status = es_copying_write(copying, &shape, false, &counts);
    if (counts.written)
        es_copying_say(options, "%" PRIu64 " of %" PRIu64 " packets", counts.written,
                       counts.frames);
    else if (status == ES_EXIT_CLEAN)
        status = nothing(options, "no packet is of that kind");
    if (counts.written && anonymizer)
        say_what_was_replaced(options, anonymizer);
    es_text_fini(&about);
    return status;
}

static enum es_exit extract(struct es_copying *copying, const struct es_wishes *wishes)
{
    const struct es_options *options = &copying->options;
    struct es_error error = {0};
    if (es_wishes_are_none(wishes))
        return write_selection(copying, NULL);
    struct es_selection *selection = es_selection_new(
        wishes, es_pipeline_tracker(copying->analysis.pipeline), copying->diagnosis, &error);
    if (!selection && error.kind == ES_ERROR_NONE)
        return nothing(options, error.text);
    if (!selection) {
        es_complain("%s", error.text);
        return error.kind == ES_ERROR_USAGE ? ES_EXIT_USAGE : ES_EXIT_INPUT;
    }
    const enum es_exit status = write_selection(copying, selection);
    es_selection_free(selection);
    return status;
}

enum es_exit es_extract(const struct es_options *options)
{
    struct es_copying copying;
    struct es_wishes wishes;
    struct es_anonymizer *anonymizer;
    enum es_exit status;
    if (!take_wishes(options, &wishes))
        return ES_EXIT_USAGE;
    if (es_wishes_are_none(&wishes) && !options->anonymize) {
        es_complain("extract needs to know which packets: --tunnel, --ike-sa, --spi, --finding, "
                    "--peer, --from or --to; espial triage shows what there is");
        return ES_EXIT_USAGE;
    }
    if (!open_anonymizer(options, &anonymizer, &status))
        return status;
    if (es_copying_open(&copying, options, anonymizer, &status)) {
        status = extract(&copying, &wishes);
        es_copying_close(&copying);
    }
    es_anonymizer_free(anonymizer);
    return status;
}
