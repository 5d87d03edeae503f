/*
 * UDP checksums of the first packets of each flow and of IKE: enough to tell whether a device on
 * the way spoils them. RFC 3948, 2.1; RFC 7296, 2.23.
 */
#include "memory.h"

/* No router has passed it on: what its sender's system set is still there. */
static bool is_unrouted(const struct es_datagram *d)
{
    return d->hop_limit == 64 || d->hop_limit == 128 || d->hop_limit == 255;
}

void es_checksum_see(struct es_peer *peer, const struct es_datagram *d)
{
    struct es_checksums *sums = &peer->checksums;
    switch (es_udp_checksum(d)) {
    case ES_CHECKSUM_GOOD:
        sums->good++;
        break;
    case ES_CHECKSUM_UNFINISHED:
        sums->unfinished++;
        break;
    case ES_CHECKSUM_BAD:
        sums->unrouted += is_unrouted(d);
        es_tally_add(&sums->bad, &d->ref);
        break;
    case ES_CHECKSUM_NONE:
    case ES_CHECKSUM_UNKNOWN:
        break;
    }
}
