/*
 * capture: where frames come from and go to.
 *
 * A source hands out frames one at a time from a capture file (pcap, pcapng; plain, gzip or zstd;
 * by name or standard input), from several files merged by time, or from a live interface.
 * A frame's bytes are borrowed from the source and live until the next es_source_next(). A writer
 * takes frames and makes a pcapng file of them.
 */
#ifndef ESPIAL_CAPTURE_H
#define ESPIAL_CAPTURE_H

#include "espial/base.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum es_direction { ES_DIRECTION_UNKNOWN, ES_DIRECTION_IN, ES_DIRECTION_OUT };

/*
 * Where a frame stands: how evidence names a packet. There are many of them in all that is
 * remembered, so the number shares a word with the file: 2^44 packets are half a year of a million
 * a second.
 */
enum { ES_FILES_MAX = 1 << 20 }; /* inputs */
struct es_packet_ref {
    uint64_t number : 44; /* from 1 in its file, as tshark counts */
    uint64_t file : 20;   /* index for es_source_file() */
    es_time time;         /* ns since 1970 UTC */
};

static inline struct es_packet_ref es_packet_ref(uint64_t number, size_t file, es_time time)
{
    return (struct es_packet_ref){
        .time = time,
        .number = number & ((UINT64_C(1) << 44) - 1),
        .file = file & (ES_FILES_MAX - 1),
    };
}

/* False for a reference that names no packet. */
static inline bool es_ref_seen(const struct es_packet_ref *ref)
{
    return ref->number != 0;
}

struct es_frame {
    const uint8_t *bytes;        /* borrowed; may be NULL when held is 0 */
    size_t held;                 /* bytes in the capture */
    size_t wire;                 /* bytes the packet had */
    struct es_packet_ref ref;    /* number, file, time */
    uint32_t link_type;          /* LINKTYPE_ value */
    uint32_t interface;          /* pcapng interface of its section; 0 for pcap */
    enum es_direction direction; /* as the capturing host saw it */
    bool timed;                  /* false: the file has no time for it (simple packet block); then
                                    ref.time is the time of the frame before it */
};

/* What is known of one input, for the report. Strings are owned by the source. */
struct es_source_file {
    const char *name;       /* as given; "-" for standard input */
    uint64_t packets;       /* frames read so far (filtered ones too) */
    uint64_t bytes;         /* sum of their wire lengths */
    uint64_t cut_short;     /* frames held shorter than their wire length */
    uint64_t drops;         /* packets that the capturing side says it dropped */
    uint64_t unreadable;    /* packets that could not be handed out although what follows them can:
                               of an undescribed pcapng interface, or longer than their block */
    uint64_t size;          /* bytes of the file as stored, 0 when unknown (pipe, interface) */
    uint64_t read;          /* of those, read so far (for progress) */
    es_time until;          /* to which it says that it goes on, packets or not; 0: it does not */
    bool nanoseconds;       /* its times may be finer than microseconds */
    bool is_down;           /* a live interface that is down now: nothing comes until it is up */
    struct es_error damage; /* kind ES_ERROR_NONE while the file is sound; else the one-line reason,
                               which names the file, what was expected and the offset. Of several
                               the first stays */
};

/* A block of a pcapng file as it stands there: see espial/capture/block.h. */
struct es_raw_block {
    const uint8_t *bytes; /* all of it, borrowed; NULL: too large to be held */
    uint32_t type;        /* enum es_block_type, or any other */
    uint32_t length;      /* bytes, as it says itself */
    uint32_t file;        /* as in es_packet_ref */
    bool big_endian;
};

/* Hears the blocks that are no packets, each before the packets that follow it in its file. */
struct es_block_sink {
    void (*on)(void *context, const struct es_raw_block *block);
    void *context;
};

struct es_source_options {
    const char *filter;     /* BPF expression applied to all frames, or NULL. Frames of a link type
                               that it means nothing for are left out, and that is damage */
    size_t max_frame_bytes; /* a frame that claims more is damage; 0: the default of 256 KiB */
    struct es_block_sink blocks; /* on NULL: nobody listens */
    bool (*stop)(void); /* asked now and then while a pipe keeps waiting: true ends its input,
                           which is no damage; NULL: it waits */
    bool one_thread;    /* no thread unpacks gzip and zstd ahead; what comes out is the same.
                           Threads start in es_source_next(), not in es_source_open() */
};

enum es_step {
    ES_STEP_FRAME, /* `out` holds a frame */
    ES_STEP_END,   /* nothing more will come; look at each es_source_file().damage */
    ES_STEP_IDLE,  /* live only: nothing arrived within the read timeout */
};

struct es_source;

/*
 * Opens `count` paths as one capture merged by time; frames of the same time come in the order of
 * the paths, those of one file in the file's order. A path may be a file, "-" for standard input
 * (once), a FIFO, or a directory: its captures, not recursive, in the order of their first packets'
 * times (files that are empty or no captures are passed over there). Since time decides, the files
 * of a tcpdump -C/-W/-G ring may be given in any order.
 *
 * Files that cannot be opened, are not captures, or break off do not fail any call: their
 * es_source_file().damage says why, what stood before the damage is handed out, and the other files
 * are read. A pcapng packet that is wrong inside a sound block costs only itself (`unreadable`).
 *
 * Memory does not depend on the length of a file. Each file is open from the turn of its first
 * frame to its last one, so files that follow one another are open one at a time; pipes stay open.
 * Opening waits for the first frames of pipes when there are several paths, else for its header.
 * NULL with `error` filled for no memory, a bad filter (kind USAGE), or no path at all. `options`
 * may be NULL.
 */
struct es_source *es_source_open(const char *const *paths, size_t count,
                                 const struct es_source_options *options, struct es_error *error);

struct es_live_options {
    const char *filter; /* BPF expression for the kernel, or NULL */
    bool ipsec_only;    /* the kernel hands over what es_ipsec_filter_text() says, of which `filter`
                           chooses; else `filter` alone decides */
    const uint16_t *ike_ports; /* with ipsec_only: IKE and ESP in UDP on these ports too */
    size_t ike_port_count;
    int esp_bytes;    /* with ipsec_only: bytes kept of a packet of ESP or AH that is no UDP;
                         0: all */
    int snaplen;      /* bytes kept of any packet; 0: all */
    int buffer_kib;   /* kernel buffer; 0: the system's default */
    int timeout_ms;   /* es_source_next() returns IDLE after this time without packets;
                         0: 250. A signal makes it return earlier */
    bool promiscuous; /* default off */
};

/*
 * Adds the expression that a live capture with `ipsec_only` uses: IKE, ESP and AH, in UDP and TCP,
 * with VLAN tags, in fragments, and the ICMP errors that quote them.
 */
void es_ipsec_filter_text(struct es_text *text, const struct es_live_options *options);

/*
 * Adds a line for each interface that can be watched: its name, whether it is up, its addresses.
 * False with `error` filled when the system does not tell.
 */
bool es_live_interfaces(struct es_text *text, struct es_error *error);

/*
 * Opens a live interface ("any" where the system has it) through libpcap. NULL with `error` filled
 * when it cannot (permission, no such interface, bad filter). `options` may be NULL.
 */
struct es_source *es_source_open_live(const char *interface, const struct es_live_options *options,
                                      struct es_error *error);

/* The next frame. Never blocks beyond the read timeout on a live source. */
enum es_step es_source_next(struct es_source *source, struct es_frame *out);

/*
 * A frame that one of the next calls will hand out, for those who like to fetch what they will need
 * for it: `bytes`, `held` and `link_type` alone are filled. Each is told once, ES_FRAMES_AHEAD
 * frames ahead at most; false when none is in memory, or more are not told of. A hint: a filter may
 * drop the frame, and damage may be found before it. Borrowed until the next es_source_next().
 */
enum { ES_FRAMES_AHEAD = 16 };
bool es_source_ahead(struct es_source *source, struct es_frame *out);

/* The inputs, in the order of es_packet_ref.file. Borrowed; counters are current. */
size_t es_source_file_count(const struct es_source *source);
const struct es_source_file *es_source_file(const struct es_source *source, size_t index);

/*
 * The latest time to which a file says that it goes on, packets or not; the beginning of time when
 * none does, or there is no source.
 */
es_time es_source_end(const struct es_source *source);

/*
 * The name of the interface that the frame handed out last came in on (pcapng if_name, or the live
 * interface); NULL where there is none. Borrowed until the next es_source_next(); hostile text.
 */
const char *es_source_interface_name(const struct es_source *source, const struct es_frame *frame);

/*
 * The distinct link types met so far (64 are remembered); at most `capacity` are stored, the number
 * stored returned.
 */
size_t es_source_link_types(const struct es_source *source, uint32_t *types, size_t capacity);

/* Closes everything; takes NULL. */
void es_source_free(struct es_source *source);

/*
 * Writes a pcapng file: one section; an interface for each link type and interface name that its
 * frames have, in nanoseconds; a packet for each frame, with its direction.
 * draft-ietf-opsawg-pcapng.
 */
struct es_writer;

/*
 * Begins a file, which takes its name when it is closed ("-": standard output). `comment` is about
 * all of it; NULL: none. NULL with `error` filled when it cannot be made.
 */
struct es_writer *es_writer_open(const char *path, const char *comment, struct es_error *error);

/* A comment on the frame that comes next; it may have several. Copied, and made valid UTF-8. */
void es_writer_comment(struct es_writer *writer, const char *comment);

/*
 * Adds a frame. `interface` is its interface's name, or NULL. False with `error` filled when it
 * could not be written: discard the writer then.
 */
bool es_writer_frame(struct es_writer *writer, const struct es_frame *frame, const char *interface,
                     struct es_error *error);

/* Frames and bytes so far, those that wait in memory too. */
uint64_t es_writer_frames(const struct es_writer *writer);
uint64_t es_writer_bytes(const struct es_writer *writer);

/*
 * Writes the rest, gives the file its name and frees the writer; with `sync` once all of it is on
 * the disk. False with `error` filled when that failed: then there is no file.
 */
bool es_writer_close(struct es_writer *writer, bool sync, struct es_error *error);

/* Frees the writer and removes what it wrote; takes NULL. */
void es_writer_discard(struct es_writer *writer);

/* The name of a link type ("EN10MB"), through libpcap; "link type 4711" where there is none. */
void es_text_add_link_type(struct es_text *text, uint32_t link_type);

#endif
