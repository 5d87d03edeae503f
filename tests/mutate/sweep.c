/*
 * The mutation sweep: captures are spoilt in memory in many ways and read as espial reads them, to
 * the reports and the ladder. Nothing may crash; time, memory and output stay within bounds; what
 * is printed is plain UTF-8. A spoilt capture merged into a sound one, with other addresses, leaves
 * the findings about the sound one's tunnels as they are.
 *
 * usage: sweep SEED ROUNDS CAPTURE...
 *
 * Each capture is spoilt ROUNDS times in each way; with ROUNDS 0 thoroughly, which takes minutes.
 * The same seed gives the same mutations; one that fails is named with the seed of its own.
 */
#include "packets.h"
#include "reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILE_BYTES_MAX = 1 << 20, THOROUGH_ROUNDS = 60, THOROUGH_CUTS = 400, MERGES = 20 };

struct sweep {
    uint64_t seed, rounds;
    uint64_t runs, merges, findings, failures; /* findings: held against those before merging */
    struct reading_worst worst;
    const char *capture;
    struct packets *previous; /* of the capture before, for merging; NULL: none */
};

static struct dice dice_of(const struct sweep *sweep, const char *way, uint64_t round)
{
    struct dice dice = {sweep->seed ^ UINT64_C(0x9e3779b97f4a7c15)};
    for (const char *c = sweep->capture; *c; c++)
        dice.state = (dice.state ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    for (const char *c = way; *c; c++)
        dice.state = (dice.state ^ (uint8_t)*c) * UINT64_C(0x100000001b3);
    dice.state = (dice.state ^ round) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    dice_roll(&dice, 2);
    return dice;
}

static void check(struct sweep *sweep, const struct reading *reading, const char *way,
                  uint64_t round)
{
    char why[256];
    sweep->runs++;
    if (reading_is_bounded(reading, &sweep->worst, why, sizeof(why)))
        return;
    sweep->failures++;
    printf("%s: %s %" PRIu64 ": %s\n", sweep->capture, way, round, why);
}

/* --- packets --- */

static void spoil_packets(struct sweep *sweep, const struct packets *packets,
                          const struct mutation *mutation, uint64_t round)
{
    struct dice dice = dice_of(sweep, mutation->name, round);
    struct packets spoilt;
    struct reading reading;
    reading_announce(sweep->capture, mutation->name, round);
    packets_copy(&spoilt, packets);
    mutation->apply(&spoilt, &dice);
    reading_of_packets(&reading, &spoilt, dice_roll(&dice, 4));
    check(sweep, &reading, mutation->name, round);
    reading_fini(&reading);
    packets_fini(&spoilt);
}

static void sweep_packets(struct sweep *sweep, const struct packets *packets)
{
    const uint64_t rounds = sweep->rounds ? sweep->rounds : THOROUGH_ROUNDS;
    for (size_t i = 0; i < mutation_count; i++) {
        for (uint64_t round = 0; round < rounds; round++)
            spoil_packets(sweep, packets, &mutations[i], round);
    }
}

/* --- merged --- */

static bool is_known(const struct packets *packets)
{
    return packets && packets->count;
}

static void merge_one(struct sweep *sweep, const struct packets *sound,
                      const struct reading_story *before, uint64_t round)
{
    struct dice dice = dice_of(sweep, "merge", round);
    const struct mutation *mutation = &mutations[dice_roll(&dice, mutation_count)];
    if (!mutation->keeps_time)
        return;
    reading_announce(sweep->capture, mutation->name, round);
    struct packets spoilt, merged;
    packets_copy(&spoilt, sweep->previous);
    packets_disguise(&spoilt);
    if (round % 4) /* at times the other one is sound too */
        mutation->apply(&spoilt, &dice);
    packets_copy(&merged, sound);
    if (spoilt.count) {
        packets_fit(&spoilt, sound->at[0].time, sound->at[sound->count - 1].time);
        /* The sound one's first and last packet stay so. */
        for (size_t i = 0; i < spoilt.count; i++)
            packets_add(&merged, &spoilt.at[i]);
        packets_sort(&merged);
    }
    struct reading reading;
    reading_of_packets(&reading, &merged, 0);
    check(sweep, &reading, "merge", round);
    sweep->merges++;
    sweep->findings += before->findings;
    if (!reading_keeps(&reading, before)) {
        sweep->failures++;
        printf("%s: merge %" PRIu64 " (%s): other findings\n", sweep->capture, round,
               mutation->name);
    }
    reading_fini(&reading);
    packets_fini(&merged);
    packets_fini(&spoilt);
}

static void sweep_merges(struct sweep *sweep, const struct packets *packets)
{
    struct packets sound;
    struct reading reading;
    struct reading_story story;
    if (!is_known(sweep->previous))
        return;
    packets_copy(&sound, packets);
    packets_sort(&sound);
    reading_of_packets(&reading, &sound, 0);
    reading_tell(&reading, &story);
    reading_fini(&reading);
    const uint64_t rounds = sweep->rounds ? (sweep->rounds + 1) / 2 : MERGES;
    for (uint64_t round = 0; round < rounds; round++)
        merge_one(sweep, &sound, &story, round);
    reading_story_fini(&story);
    packets_fini(&sound);
}

/* --- files --- */

static void read_bytes(struct sweep *sweep, const uint8_t *bytes, size_t size, const char *way,
                       uint64_t round)
{
    struct reading reading;
    char path[32];
    reading_announce(sweep->capture, way, round);
    const int file = memfd_create("capture", 0);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof(path), "/dev/fd/%d", file);
    reading_of_file(&reading, path);
    check(sweep, &reading, way, round);
    reading_fini(&reading);
    close(file);
}

static uint32_t u32_at(const uint8_t *bytes, bool big)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)bytes[i] << 8 * (big ? 3 - i : i);
    return value;
}

/* Where the packet or block behind `at` begins; `size` behind the last, and in compressed files. */
static size_t boundary_after(const uint8_t *bytes, size_t size, size_t at)
{
    size_t next = size;
    const bool pcapng = size >= 12 && u32_at(bytes, false) == 0x0a0d0d0a;
    const bool big = pcapng ? bytes[8] == 0x1a : bytes[0] == 0xa1;
    if (pcapng && size - at >= 8)
        next = at + u32_at(bytes + at + 4, big);
    else if (!pcapng && at == 0)
        next = 24;
    else if (!pcapng && size - at >= 16)
        next = at + 16 + u32_at(bytes + at + 8, big);
    return next > at && next < size ? next : size;
}

static void cut_at_boundaries(struct sweep *sweep, const uint8_t *bytes, size_t size)
{
    size_t most = 0;
    for (size_t at = 0; at < size; at = boundary_after(bytes, size, at))
        most++;
    struct dice dice = dice_of(sweep, "boundary", 0);
    for (size_t at = 0; at < size; at = boundary_after(bytes, size, at)) {
        if (sweep->rounds == 0 || dice_roll(&dice, most) < sweep->rounds)
            read_bytes(sweep, bytes, at, "boundary", at);
    }
}

static void sweep_file(struct sweep *sweep, uint8_t *bytes, size_t size)
{
    const uint64_t rounds = sweep->rounds ? sweep->rounds : THOROUGH_CUTS;
    cut_at_boundaries(sweep, bytes, size);
    struct dice dice = dice_of(sweep, "cut", 0);
    for (uint64_t round = 0; round < rounds; round++)
        read_bytes(sweep, bytes, dice_roll(&dice, size), "cut", round);
    uint8_t *copy = malloc(size);
    if (!copy)
        abort();
    for (uint64_t round = 0; round < rounds; round++) {
        dice = dice_of(sweep, "file", round);
        memcpy(copy, bytes, size);
        /* Half of them in the file's header and first blocks, on which all else depends. */
        const size_t reach = round % 2 || size < 256 ? size : 256;
        for (uint64_t n = 1 + dice_roll(&dice, 16); n > 0; n--)
            copy[dice_roll(&dice, reach)] ^= (uint8_t)(1U << dice_roll(&dice, 8));
        read_bytes(sweep, copy, size, "file", round);
    }
    free(copy);
}

/* --- captures --- */

static uint8_t *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_BYTES_MAX);
    if (!bytes)
        abort();
    *size = file ? fread(bytes, 1, FILE_BYTES_MAX, file) : 0;
    if (file)
        fclose(file);
    /* No longer than the file. */
    uint8_t *own = realloc(bytes, *size ? *size : 1);
    return own ? own : bytes;
}

static void sweep_capture(struct sweep *sweep, const char *path)
{
    size_t size;
    uint8_t *bytes = slurp(path, &size);
    struct es_source *source = es_source_open(&path, 1, NULL, NULL);
    struct packets packets;
    sweep->capture = path;
    if (size == 0 || !source) {
        printf("%s: cannot be read\n", path);
        sweep->failures++;
    } else if (packets_read(&packets, source)) {
        sweep_packets(sweep, &packets);
        sweep_merges(sweep, &packets);
        packets_fini(sweep->previous);
        *sweep->previous = packets;
    }
    if (size)
        sweep_file(sweep, bytes, size);
    es_source_free(source);
    free(bytes);
}

int main(int argc, char *argv[])
{
    if (argc < 4) {
        fputs("usage: sweep SEED ROUNDS CAPTURE...\n", stderr);
        return 2;
    }
    struct packets previous = {0};
    struct sweep sweep = {
        .seed = strtoull(argv[1], NULL, 0),
        .rounds = strtoull(argv[2], NULL, 0),
        .previous = &previous,
    };
    for (int i = 3; i < argc; i++) {
        const uint64_t before = sweep.failures;
        sweep_capture(&sweep, argv[i]);
        if (sweep.failures > before)
            fflush(stdout);
    }
    packets_fini(&previous);
    printf("seed %" PRIu64 ": %d captures, %" PRIu64 " mutations, %" PRIu64
           " of them merged (%" PRIu64
           " findings kept); at worst %.0f ms, %zu KiB, %zu KiB of report\n",
           sweep.seed, argc - 3, sweep.runs, sweep.merges, sweep.findings,
           sweep.worst.seconds * 1e3, sweep.worst.memory / 1024, sweep.worst.output / 1024);
    printf("%" PRIu64 " failures\n", sweep.failures);
    return sweep.failures ? 1 : 0;
}
