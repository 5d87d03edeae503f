#include "opened.h"

#include "unit.h"

/* A payload is written behind the place where its type stands: in the one before, or the header. */
struct chain {
    struct wire *wire;
    size_t type_at;
};

static size_t begin(struct chain *chain, uint8_t type)
{
    struct wire *wire = chain->wire;
    wire->bytes[chain->type_at] = type;
    chain->type_at = wire->length;
    wire_u32(wire, 0);
    return chain->type_at;
}

static void end(struct chain *chain, size_t at)
{
    wire_patch_u16(chain->wire, at + 2, chain->wire->length - at);
}

static void put_notify(struct chain *chain, uint16_t type, uint32_t spi)
{
    const size_t at = begin(chain, ES_IKE_PAYLOAD_NOTIFY);
    wire_u8(chain->wire, spi ? ES_IKE_PROTOCOL_ESP : 0);
    wire_u8(chain->wire, spi ? 4 : 0);
    wire_u16(chain->wire, type);
    if (spi)
        wire_u32(chain->wire, spi);
    end(chain, at);
}

/* One proposal: AES-GCM-256 without ESN. */
static void put_sa(struct chain *chain, uint32_t spi)
{
    struct wire *wire = chain->wire;
    const size_t at = begin(chain, ES_IKE_PAYLOAD_SA);
    const size_t proposal = wire->length;
    wire_u32(wire, 0);
    wire_u8(wire, 1);
    wire_u8(wire, ES_IKE_PROTOCOL_ESP);
    wire_u8(wire, 4);
    wire_u8(wire, 2); /* transforms */
    wire_u32(wire, spi);
    wire_u32(wire, 0x0300000c);
    wire_u8(wire, ES_IKE_TRANSFORM_ENCR);
    wire_u8(wire, 0);
    wire_u16(wire, ES_IKE_ENCR_AES_GCM_16);
    wire_u32(wire, 0x800e0100); /* key length 256 */
    wire_u32(wire, 0x00000008);
    wire_u8(wire, ES_IKE_TRANSFORM_ESN);
    wire_u8(wire, 0);
    wire_u16(wire, 0);
    wire_patch_u16(wire, proposal + 2, wire->length - proposal);
    end(chain, at);
}

static void put_ke(struct chain *chain)
{
    const size_t at = begin(chain, ES_IKE_PAYLOAD_KE);
    wire_u16(chain->wire, 31);
    wire_u16(chain->wire, 0);
    wire_fill(chain->wire, 0x4b, 32);
    end(chain, at);
}

static void put_network(struct chain *chain, uint8_t type, uint8_t network)
{
    struct wire *wire = chain->wire;
    const size_t at = begin(chain, type);
    wire_u32(wire, 0x01000000);
    wire_u8(wire, ES_IKE_TS_IPV4_ADDR_RANGE);
    wire_u8(wire, 0);
    wire_u16(wire, 16);
    wire_u32(wire, 0x0000ffff); /* all ports */
    wire_u32(wire, 0x0a000000U | (uint32_t)network << 16);
    wire_u32(wire, 0x0a0000ffU | (uint32_t)network << 16);
    end(chain, at);
}

static struct wire build(const struct dialogue *d, uint8_t from, const struct opened *m)
{
    struct wire wire = {0};
    const uint8_t role = from == d->initiator ? ES_IKE_FLAG_INITIATOR : 0;
    wire_u64(&wire, d->spi[0]);
    wire_u64(&wire, d->spi[1]);
    wire_u8(&wire, 0);
    wire_u8(&wire, 0x20);
    wire_u8(&wire, m->exchange);
    wire_u8(&wire, (uint8_t)(role | (m->response ? ES_IKE_FLAG_RESPONSE : 0)));
    wire_u32(&wire, m->id);
    wire_u32(&wire, 0);
    struct chain chain = {&wire, 16};
    if (m->rekeyed)
        put_notify(&chain, ES_IKE_NOTIFY_REKEY_SA, m->rekeyed);
    for (size_t i = 0; i < OPENED_NOTIFIES && m->notifies[i]; i++)
        put_notify(&chain, m->notifies[i], 0);
    if (m->spi)
        put_sa(&chain, m->spi);
    if (m->ke)
        put_ke(&chain);
    if (m->networks[0])
        put_network(&chain, ES_IKE_PAYLOAD_TSI, m->networks[0]);
    if (m->networks[1])
        put_network(&chain, ES_IKE_PAYLOAD_TSR, m->networks[1]);
    wire_patch_u32(&wire, 24, wire.length);
    return wire;
}

void opened_send(struct dialogue *d, uint8_t from, const struct opened *m)
{
    const struct wire wire = build(d, from, m);
    scene_ike_opened(d->scene, from, &wire);
}
