/*
 * Capture files of kinds that only libpcap knows (the modified formats of old Linux patches and
 * appliances). libpcap reads them through a FILE over our stream, so that they too may be packed or
 * come from a pipe.
 */
#include "reader.h"
#include "stream.h"

#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct savefile {
    struct es_reader reader;
    pcap_t *pcap; /* owns the FILE */
    uint32_t link_type;
};

/* Reads from the stream what is there, at most `size` bytes; 0 at its end. */
static size_t read_some(struct es_stream *stream, char *to, size_t size)
{
    const uint8_t *from = size ? es_stream_peek(stream, 1) : NULL;
    if (!from)
        return 0;
    const size_t held = es_stream_held(stream);
    const size_t count = held < size ? held : size;
    memcpy(to, from, count);
    es_stream_step(stream, count);
    return count;
}

#if defined(__linux__)
static ssize_t read_cookie(void *cookie, char *to, size_t size)
{
    return (ssize_t)read_some(cookie, to, size);
}

static FILE *open_over(struct es_stream *stream)
{
    return fopencookie(stream, "r", (cookie_io_functions_t){.read = read_cookie});
}
#else
static int read_cookie(void *cookie, char *to, int size)
{
    return (int)read_some(cookie, to, size > 0 ? (size_t)size : 0);
}

static FILE *open_over(struct es_stream *stream)
{
    return funopen(stream, read_cookie, NULL, NULL, NULL);
}
#endif

static enum es_step savefile_next(struct es_reader *reader, struct es_frame *out)
{
    struct savefile *savefile = (struct savefile *)reader;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    const int result = pcap_next_ex(savefile->pcap, &header, &bytes);
    const enum es_stream_state state = reader->stream->state;
    if ((state == ES_STREAM_DAMAGED || state == ES_STREAM_STOPPED) && result != 1)
        return es_reader_cut_off(reader, "packet", reader->number + 1, 0, true);
    if (result != 1) {
        if (result != PCAP_ERROR_BREAK)
            es_file_damage(reader->file, ES_ERROR_FORMAT,
                           "packet %" PRIu64 " before offset %" PRIu64 ": %s", reader->number + 1,
                           es_stream_offset(reader->stream), pcap_geterr(savefile->pcap));
        return ES_STEP_END;
    }
    *out = (struct es_frame){
        .bytes = bytes,
        .held = header->caplen,
        .wire = header->len,
        .ref = es_packet_ref(++reader->number, reader->index,
                             header->ts.tv_sec * ES_SECOND + header->ts.tv_usec),
        .link_type = savefile->link_type,
        .timed = true,
    };
    return ES_STEP_FRAME;
}

static void savefile_storage(const struct es_reader *reader, struct es_storage *out)
{
    const struct savefile *savefile = (const struct savefile *)reader;
    const int snaplen = pcap_snapshot(savefile->pcap);
    out->snaplen = snaplen > 0 ? (uint32_t)snaplen : 0;
}

static void savefile_free(struct es_reader *reader)
{
    struct savefile *savefile = (struct savefile *)reader;
    pcap_close(savefile->pcap);
    free(savefile);
}

static const struct es_reader_ops ops = {
    .next = savefile_next, .storage = savefile_storage, .free = savefile_free};

/* Not even libpcap knows it: says what stands at its start. */
static void not_a_capture(const struct es_reader *base, const uint8_t first[static ES_STREAM_MAGIC],
                          size_t count, const char *reason)
{
    static const struct {
        uint8_t magic[ES_STREAM_MAGIC];
        uint8_t length;
        const char *name;
    } known[] = {
        {{0xfd, '7', 'z', 'X'},    4, " (xz: unpack it first)"   },
        {{'B', 'Z', 'h'},          3, " (bzip2: unpack it first)"},
        {{0x04, 0x22, 0x4d, 0x18}, 4, " (lz4: unpack it first)"  },
        {{'P', 'K', 3, 4},         4, " (zip: unpack it first)"  },
    };
    const char *hint = "";
    for (size_t i = 0; i < ES_COUNT(known); i++) {
        if (count >= known[i].length && memcmp(first, known[i].magic, known[i].length) == 0)
            hint = known[i].name;
    }
    char found[4 * ES_STREAM_MAGIC] = "";
    for (size_t i = 0, at = 0; i < count && i < ES_STREAM_MAGIC; i++)
        at += (size_t)snprintf(found + at, sizeof(found) - at, i ? " %02x" : "%02x", first[i]);
    es_file_damage(
        base->file, ES_ERROR_FORMAT,
        "is not a capture: expected pcap or pcapng, plain or packed by gzip or zstd, and "
        "found %s%s at offset 0; libpcap says: %s",
        found, hint, reason);
}

struct es_reader *es_savefile_open(const struct es_reader *base)
{
    uint8_t first[ES_STREAM_MAGIC] = {0};
    es_stream_peek(base->stream, sizeof(first));
    const size_t held = es_stream_held(base->stream);
    const size_t count = held < sizeof(first) ? held : sizeof(first);
    memcpy(first, base->stream->at, count);

    char reason[PCAP_ERRBUF_SIZE] = "";
    struct savefile *savefile = calloc(1, sizeof(*savefile));
    FILE *file = savefile ? open_over(base->stream) : NULL;
    if (!file) {
        es_file_damage(base->file, ES_ERROR_MEMORY, "no memory to read it");
        goto out;
    }
    savefile->pcap =
        pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, reason);
    if (!savefile->pcap) {
        not_a_capture(base, first, count, reason);
        goto out;
    }
    savefile->reader = *base;
    savefile->reader.ops = &ops;
    base->file->nanoseconds = true;
    savefile->link_type = es_link_type_from_dlt(pcap_datalink(savefile->pcap));
    return &savefile->reader;
out:
    if (file)
        fclose(file);
    free(savefile);
    return NULL;
}
