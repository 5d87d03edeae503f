/*
 * Classic pcap files (draft-ietf-opsawg-pcap), version 2.4, in either byte order, with times in
 * micro- or nanoseconds. Older versions differ in the order of fields and go to libpcap.
 *
 *  file header: magic 4, major 2, minor 2, reserved 4, reserved 4, snaplen 4, link type 4
 *  per packet:  seconds 4, fraction 4, bytes held 4, bytes on the wire 4, then the bytes held
 */
#include "order.h"
#include "reader.h"
#include "stream.h"

#include <inttypes.h>
#include <stdlib.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

/*
 * The upper half of the link type field tells of a frame check sequence behind each frame: a flag,
 * and on top how many 16-bit words it has.
 */
static const uint32_t LINK_TYPE_MASK = 0xffff;
static const uint32_t FCS_FLAG = 0x04000000;
enum { FCS_SHIFT = 28, FCS_UNIT = 2 };

struct pcap_reader {
    struct es_reader reader;
    bool big_endian;
    uint32_t link_type;
    uint32_t snaplen;
    uint8_t fcs;
    es_time fraction; /* ns in a unit of the fraction field */
};

static enum es_step too_long(struct es_reader *reader, uint32_t claimed)
{
    es_file_damage(reader->file, ES_ERROR_FORMAT,
                   "packet %" PRIu64 " at offset %" PRIu64 " claims %" PRIu32
                   " bytes, more than the %zu expected at most",
                   reader->number + 1, es_stream_offset(reader->stream), claimed,
                   reader->max_frame);
    return ES_STEP_END;
}

static enum es_step pcap_next(struct es_reader *reader, struct es_frame *out)
{
    const struct pcap_reader *pcap = (const struct pcap_reader *)reader;
    struct es_stream *stream = reader->stream;
    const bool big = pcap->big_endian;

    const uint8_t *record = es_stream_peek(stream, RECORD_HEADER);
    if (ES_UNLIKELY(!record))
        return es_reader_cut_off(reader, "packet", reader->number + 1, RECORD_HEADER, true);
    const uint32_t seconds = es_order_u32(record, big);
    const uint32_t fraction = es_order_u32(record + 4, big);
    const uint32_t held = es_order_u32(record + 8, big);
    const uint32_t wire = es_order_u32(record + 12, big);
    if (ES_UNLIKELY(held > reader->max_frame))
        return too_long(reader, held);
    const size_t size = RECORD_HEADER + (size_t)held;
    record = es_stream_peek(stream, size);
    if (ES_UNLIKELY(!record))
        return es_reader_cut_off(reader, "packet", reader->number + 1, size, false);
    es_stream_step(stream, size);
    es_reader_stepped(reader, size);

    out->bytes = record + RECORD_HEADER;
    out->held = held;
    out->wire = wire;
    out->ref = es_packet_ref(++reader->number, reader->index,
                             seconds * ES_SECOND + fraction * pcap->fraction);
    out->link_type = pcap->link_type;
    out->interface = 0;
    out->direction = ES_DIRECTION_UNKNOWN;
    out->timed = true;
    return ES_STEP_FRAME;
}

static void pcap_storage(const struct es_reader *reader, struct es_storage *out)
{
    const struct pcap_reader *pcap = (const struct pcap_reader *)reader;
    out->snaplen = pcap->snaplen;
    out->resolution = pcap->fraction == 1 ? 9 : 6;
    out->fcs = pcap->fcs;
}

static bool pcap_ahead(struct es_reader *reader, struct es_frame *out)
{
    const struct pcap_reader *pcap = (const struct pcap_reader *)reader;
    const uint8_t *record = es_reader_look(reader, RECORD_HEADER);
    const uint32_t held = record ? es_order_u32(record + 8, pcap->big_endian) : 0;
    if (!record || held > reader->max_frame)
        return false;
    record = es_reader_look(reader, RECORD_HEADER + (size_t)held);
    if (!record)
        return false;
    out->bytes = record + RECORD_HEADER;
    out->held = held;
    out->link_type = pcap->link_type;
    es_reader_looked(reader, RECORD_HEADER + (size_t)held);
    return true;
}

static void pcap_free(struct es_reader *reader)
{
    free(reader);
}

static const struct es_reader_ops ops = {
    .next = pcap_next, .ahead = pcap_ahead, .storage = pcap_storage, .free = pcap_free};

struct es_reader *es_pcap_read_open(const struct es_reader *base)
{
    struct es_reader checked = *base;
    const uint8_t *header = es_stream_peek(base->stream, FILE_HEADER);
    if (!header) {
        es_reader_cut_off(&checked, "the file header", 0, FILE_HEADER, false);
        return NULL;
    }
    const bool big = header[0] == 0xa1;
    if (es_order_u16(header + 4, big) != 2 || es_order_u16(header + 6, big) < 4)
        return es_savefile_open(base);

    struct pcap_reader *pcap = calloc(1, sizeof(*pcap));
    if (!pcap) {
        es_file_damage(base->file, ES_ERROR_MEMORY, "no memory to read it");
        return NULL;
    }
    pcap->reader = *base;
    pcap->reader.ops = &ops;
    pcap->big_endian = big;
    pcap->fraction = es_order_u32(header, big) == 0xa1b23c4d ? 1 : ES_MICROSECOND;
    const uint32_t link = es_order_u32(header + 20, big);
    base->file->nanoseconds |= pcap->fraction == 1;
    pcap->link_type = link & LINK_TYPE_MASK;
    if (link & FCS_FLAG)
        pcap->fcs = (uint8_t)((link >> FCS_SHIFT) * FCS_UNIT);
    pcap->snaplen = es_order_u32(header + 16, big);
    es_stream_step(base->stream, FILE_HEADER);
    return &pcap->reader;
}
