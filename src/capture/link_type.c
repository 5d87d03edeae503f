/*
 * Link types: their names, and libpcap's numbers for them. A file carries LINKTYPE_ numbers, which
 * are the same everywhere; libpcap's functions take DLT_ numbers, of which a few differ from system
 * to system.
 */
#include "reader.h"

#include <inttypes.h>
#include <pcap/pcap.h>

/* Only where the two differ somewhere. */
static const struct {
    uint32_t link_type;
    int dlt;
} differing[] = {
    {100, DLT_ATM_RFC1483},
    {101, DLT_RAW        },
    {102, DLT_SLIP_BSDOS },
    {103, DLT_PPP_BSDOS  },
    {104, DLT_C_HDLC     },
    {106, DLT_ATM_CLIP   },
    {108, DLT_LOOP       },
    {109, DLT_ENC        },
    {246, DLT_PFSYNC     },
};

uint32_t es_link_type_from_dlt(int dlt)
{
    for (size_t i = 0; i < ES_COUNT(differing); i++) {
        if (differing[i].dlt == dlt)
            return differing[i].link_type;
    }
    return (uint32_t)dlt;
}

int es_link_type_to_dlt(uint32_t link_type)
{
    for (size_t i = 0; i < ES_COUNT(differing); i++) {
        if (differing[i].link_type == link_type)
            return differing[i].dlt;
    }
    return (int)link_type;
}

void es_text_add_link_type(struct es_text *text, uint32_t link_type)
{
    const char *name = pcap_datalink_val_to_name(es_link_type_to_dlt(link_type));
    if (name)
        es_text_add(text, name);
    else
        es_text_addf(text, "link type %" PRIu32, link_type);
}
