/*
 * IKE messages built field by field.
 */
#ifndef TESTS_IKE_WIRE_H
#define TESTS_IKE_WIRE_H

#include "wire.h"

#include "espial/ike.h"

enum {
    LENGTH_AT = 24, /* of the header's length */
    IKEV1 = 0x10,   /* version bytes */
    IKEV2 = 0x20,
    SPI_I = 0x11,
    SPI_R = 0x22,
};

static inline struct wire ike_begin(uint8_t version, uint8_t first, uint8_t exchange, uint8_t flags)
{
    struct wire wire = {0};
    wire_fill(&wire, SPI_I, 8);
    wire_fill(&wire, SPI_R, 8);
    wire_u8(&wire, first);
    wire_u8(&wire, version);
    wire_u8(&wire, exchange);
    wire_u8(&wire, flags);
    wire_u32(&wire, 5); /* message ID */
    wire_u32(&wire, 0);
    return wire;
}

static inline void ike_end(struct wire *wire)
{
    wire_patch_u32(wire, LENGTH_AT, wire->length);
}

/* A generic payload header; the place of its length is handed back for payload_end(). */
static inline size_t payload_begin(struct wire *wire, uint8_t next)
{
    wire_u8(wire, next);
    wire_u8(wire, 0);
    wire_u16(wire, 0);
    return wire->length - 2;
}

static inline void payload_end(struct wire *wire, size_t length_at)
{
    wire_patch_u16(wire, length_at, wire->length - (length_at - 2));
}

static inline void payload_fill(struct wire *wire, uint8_t next, uint8_t value, size_t count)
{
    const size_t at = payload_begin(wire, next);
    wire_fill(wire, value, count);
    payload_end(wire, at);
}

/* A proposal up to its transforms. */
static inline size_t proposal_begin(struct wire *wire, uint8_t mark, uint8_t number,
                                    uint8_t protocol, uint8_t spi_size, uint8_t transforms)
{
    const size_t at = payload_begin(wire, mark);
    wire_u8(wire, number);
    wire_u8(wire, protocol);
    wire_u8(wire, spi_size);
    wire_u8(wire, transforms);
    wire_fill(wire, 0xc1, spi_size);
    return at;
}

/* An IKEv2 transform; `key_length` 0: without. */
static inline void transform_put(struct wire *wire, uint8_t mark, uint8_t type, uint16_t id,
                                 uint16_t key_length)
{
    const size_t at = payload_begin(wire, mark);
    wire_u8(wire, type);
    wire_u8(wire, 0);
    wire_u16(wire, id);
    if (key_length) {
        wire_u16(wire, 0x800e);
        wire_u16(wire, key_length);
    }
    payload_end(wire, at);
}

static inline void attribute_put(struct wire *wire, uint16_t class, uint16_t value)
{
    wire_u16(wire, 0x8000 | class);
    wire_u16(wire, value);
}

/* The body of an IKEv2 SA payload: two proposals, a CBC and an AEAD one. */
static inline struct wire sa_ikev2(void)
{
    struct wire wire = {0};
    size_t at = proposal_begin(&wire, 2, 1, ES_IKE_PROTOCOL_IKE, 0, 4);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_CBC, 256);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_INTEG, ES_IKE_INTEG_HMAC_SHA2_256_128, 0);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_PRF, ES_IKE_PRF_HMAC_SHA2_256, 0);
    transform_put(&wire, 0, ES_IKE_TRANSFORM_KE, ES_IKE_KE_METHOD_MODP_2048, 0);
    payload_end(&wire, at);
    at = proposal_begin(&wire, 0, 2, ES_IKE_PROTOCOL_IKE, 8, 3);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_ENCR, ES_IKE_ENCR_AES_GCM_16, 128);
    transform_put(&wire, 3, ES_IKE_TRANSFORM_PRF, ES_IKE_PRF_HMAC_SHA2_512, 0);
    transform_put(&wire, 0, ES_IKE_TRANSFORM_KE, ES_IKE_KE_METHOD_CURVE25519, 0);
    payload_end(&wire, at);
    return wire;
}

/* The body of an IKEv1 phase 1 SA payload: one proposal, two transforms. */
static inline struct wire sa_ikev1(void)
{
    struct wire wire = {0};
    wire_u32(&wire, 1); /* DOI: IPsec */
    wire_u32(&wire, 1); /* situation: identity only */
    const size_t proposal = proposal_begin(&wire, 0, 0, ES_IKE_PROTOCOL_IKE, 0, 2);
    size_t at = payload_begin(&wire, 3);
    wire_u8(&wire, 0);
    wire_u8(&wire, 1);
    wire_u16(&wire, 0);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_KEY_LENGTH, 256);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_AES_CBC);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_SHA2_256);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_GROUP, ES_IKE_KE_METHOD_MODP_2048);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_AUTH, ES_IKEV1_AUTH_PSK);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_LIFE_TYPE, 1);
    wire_u16(&wire, ES_IKEV1_ATTRIBUTE_LIFE_DURATION);
    wire_u16(&wire, 4);
    wire_u32(&wire, 86400);
    payload_end(&wire, at);
    at = payload_begin(&wire, 0);
    wire_u8(&wire, 1);
    wire_u8(&wire, 1);
    wire_u16(&wire, 0);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_ENCR, ES_IKEV1_ENCR_3DES_CBC);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_HASH, ES_IKEV1_HASH_SHA1);
    attribute_put(&wire, ES_IKEV1_ATTRIBUTE_AUTH, ES_IKEV1_AUTH_RSA);
    payload_end(&wire, at);
    payload_end(&wire, proposal);
    return wire;
}

/* A whole IKE_SA_INIT request. */
static inline struct wire sa_init(void)
{
    struct wire wire =
        ike_begin(IKEV2, ES_IKE_PAYLOAD_SA, ES_IKE_EXCHANGE_IKE_SA_INIT, ES_IKE_FLAG_INITIATOR);
    const struct wire sa = sa_ikev2();
    size_t at = payload_begin(&wire, ES_IKE_PAYLOAD_KE);
    wire_bytes(&wire, sa.bytes, sa.length);
    payload_end(&wire, at);
    at = payload_begin(&wire, ES_IKE_PAYLOAD_NONCE);
    wire_u16(&wire, ES_IKE_KE_METHOD_CURVE25519);
    wire_u16(&wire, 0);
    wire_fill(&wire, 0x77, 32);
    payload_end(&wire, at);
    payload_fill(&wire, ES_IKE_PAYLOAD_NOTIFY, 0x99, 32);
    at = payload_begin(&wire, 0);
    wire_u16(&wire, 0);
    wire_u16(&wire, ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP);
    wire_fill(&wire, 0xaa, 20);
    payload_end(&wire, at);
    ike_end(&wire);
    return wire;
}

/* A message that is one SK payload around `sealed` bytes. */
static inline struct wire sk_message(uint8_t exchange, uint8_t flags, size_t sealed)
{
    struct wire wire = ike_begin(IKEV2, ES_IKE_PAYLOAD_SK, exchange, flags);
    payload_fill(&wire, ES_IKE_PAYLOAD_NOTIFY, 0xee, sealed);
    ike_end(&wire);
    return wire;
}

/* Parses a whole message that was captured whole. */
static inline void message_of(const struct wire *wire, struct es_ike_message *out)
{
    es_ike_message_parse(es_cursor(wire->bytes, wire->length, wire->length), out);
}

#endif
