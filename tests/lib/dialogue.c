#include "dialogue.h"

#include "unit.h"

#include "espial/crypto.h"

const struct es_ike_suite suite_gcm = {.major = 2,
                                       .encr = ES_IKE_ENCR_AES_GCM_16,
                                       .key_length = 256,
                                       .prf = ES_IKE_PRF_HMAC_SHA2_256,
                                       .ke = ES_IKE_KE_METHOD_CURVE25519};
const struct es_ike_suite suite_gcm_modp = {.major = 2,
                                            .encr = ES_IKE_ENCR_AES_GCM_16,
                                            .key_length = 256,
                                            .prf = ES_IKE_PRF_HMAC_SHA2_256,
                                            .ke = ES_IKE_KE_METHOD_MODP_2048};
const struct es_ike_suite suite_cbc = {.major = 2,
                                       .encr = ES_IKE_ENCR_AES_CBC,
                                       .key_length = 256,
                                       .integ = ES_IKE_INTEG_HMAC_SHA2_256_128,
                                       .prf = ES_IKE_PRF_HMAC_SHA2_256,
                                       .ke = ES_IKE_KE_METHOD_MODP_2048};
const struct es_ike_suite suite_cbc_25519 = {.major = 2,
                                             .encr = ES_IKE_ENCR_AES_CBC,
                                             .key_length = 256,
                                             .integ = ES_IKE_INTEG_HMAC_SHA2_256_128,
                                             .prf = ES_IKE_PRF_HMAC_SHA2_256,
                                             .ke = ES_IKE_KE_METHOD_CURVE25519};
const struct es_ike_suite suite_v1_sha1 = {.major = 1,
                                           .encr = ES_IKEV1_ENCR_AES_CBC,
                                           .key_length = 128,
                                           .prf = ES_IKEV1_HASH_SHA1,
                                           .ke = ES_IKE_KE_METHOD_MODP_2048,
                                           .auth = ES_IKEV1_AUTH_PSK};
const struct es_ike_suite suite_v1_md5 = {.major = 1,
                                          .encr = ES_IKEV1_ENCR_3DES_CBC,
                                          .prf = ES_IKEV1_HASH_MD5,
                                          .ke = ES_IKE_KE_METHOD_MODP_1024,
                                          .auth = ES_IKEV1_AUTH_PSK};

enum { LENGTH_AT = 24, NONCE_BYTES = 32 };

struct dialogue dialogue_of(struct scene *scene, uint8_t initiator, uint8_t number,
                            const struct es_ike_suite *suite)
{
    const uint64_t base = UINT64_C(0x1000000000000000) * (number + 1U);
    return (struct dialogue){
        .scene = scene,
        .initiator = initiator,
        .spi = {base + 0x11,                              base + 0x22},
        .suite = *suite,
        .offer = *suite,
        .next_id = {suite->major == 1 ? 0x5000U + number : 0,
                suite->major == 1 ? 0x9000U + number : 0             },
        .detects_nat = true,
        .salt = number
    };
}

/* --- parts of messages --- */

static struct wire message_begin(const struct dialogue *d, uint64_t responder_spi, uint8_t first,
                                 uint8_t exchange, uint8_t flags, uint32_t id)
{
    struct wire wire = {0};
    wire_u64(&wire, d->spi[0]);
    wire_u64(&wire, responder_spi);
    wire_u8(&wire, first);
    wire_u8(&wire, (uint8_t)(d->suite.major << 4));
    wire_u8(&wire, exchange);
    wire_u8(&wire, flags);
    wire_u32(&wire, id);
    wire_u32(&wire, 0);
    return wire;
}

static void message_end(struct wire *wire)
{
    wire_patch_u32(wire, LENGTH_AT, wire->length);
}

static uint8_t flags_of(const struct dialogue *d, uint8_t from, bool is_response)
{
    return (uint8_t)((from == d->initiator ? ES_IKE_FLAG_INITIATOR : 0) |
                     (is_response ? ES_IKE_FLAG_RESPONSE : 0));
}

/* A generic payload header; hands back where it starts, for payload_end(). */
static size_t payload_begin(struct wire *wire, uint8_t next)
{
    const size_t at = wire->length;
    wire_u8(wire, next);
    wire_u8(wire, 0);
    wire_u16(wire, 0);
    return at;
}

static void payload_end(struct wire *wire, size_t at)
{
    wire_patch_u16(wire, at + 2, wire->length - at);
}

static void transform_put(struct wire *wire, uint8_t *left, uint8_t type, uint16_t id,
                          uint16_t key_length)
{
    const size_t at = payload_begin(wire, --*left ? 3 : 0);
    wire_u8(wire, type);
    wire_u8(wire, 0);
    wire_u16(wire, id);
    if (key_length) {
        wire_u16(wire, 0x800e);
        wire_u16(wire, key_length);
    }
    payload_end(wire, at);
}

static void sa_put(struct wire *wire, uint8_t next, const struct es_ike_suite *suite)
{
    uint8_t transforms = suite->integ ? 4 : 3;
    const size_t sa = payload_begin(wire, next);
    const size_t proposal = payload_begin(wire, 0);
    wire_u8(wire, 1);
    wire_u8(wire, ES_IKE_PROTOCOL_IKE);
    wire_u8(wire, 0);
    wire_u8(wire, transforms);
    transform_put(wire, &transforms, ES_IKE_TRANSFORM_ENCR, suite->encr, suite->key_length);
    if (suite->integ)
        transform_put(wire, &transforms, ES_IKE_TRANSFORM_INTEG, suite->integ, 0);
    transform_put(wire, &transforms, ES_IKE_TRANSFORM_PRF, suite->prf, 0);
    transform_put(wire, &transforms, ES_IKE_TRANSFORM_KE, suite->ke, 0);
    payload_end(wire, proposal);
    payload_end(wire, sa);
}

static void filled_put(struct wire *wire, uint8_t next, uint8_t value, size_t count)
{
    const size_t at = payload_begin(wire, next);
    wire_fill(wire, value, count);
    payload_end(wire, at);
}

static void ke_put(struct wire *wire, uint8_t next, const struct es_ike_suite *suite, uint8_t value)
{
    const size_t at = payload_begin(wire, next);
    wire_u16(wire, suite->ke);
    wire_u16(wire, 0);
    wire_fill(wire, value, es_ke_method_length(suite->ke));
    payload_end(wire, at);
}

/* HASH(SPIs | address | port), the SPIs as they stand in this message. */
static void nat_hash_put(struct wire *wire, enum es_digest digest,
                         const struct scene_endpoint *endpoint)
{
    struct wire input = {0};
    uint8_t hash[ES_DIGEST_BYTES_MAX];
    wire_bytes(&input, wire->bytes, 16);
    if (es_address_is_v4(&endpoint->address))
        wire_bytes(&input, endpoint->address.bytes + 12, 4);
    else
        wire_bytes(&input, endpoint->address.bytes, 16);
    wire_u16(&input, endpoint->port);
    wire_bytes(wire, hash, es_digest(digest, input.bytes, input.length, hash));
}

/* What a peer believes of an address: what is captured, unless the story says otherwise. */
static const struct scene_endpoint *believed(const struct scene_endpoint *belief,
                                             const struct scene_endpoint *captured)
{
    return belief->port ? belief : captured;
}

static const struct scene_endpoint *own_address(const struct scene *scene, uint8_t from)
{
    return believed(&scene->own[from], &scene->peers[from]);
}

static const struct scene_endpoint *other_address(const struct scene *scene, uint8_t from)
{
    return believed(&scene->other[from], &scene->peers[1 - from]);
}

static void nat_notify_put(struct wire *wire, uint8_t next, uint16_t type,
                           const struct scene_endpoint *endpoint)
{
    const size_t at = payload_begin(wire, next);
    wire_u16(wire, 0);
    wire_u16(wire, type);
    nat_hash_put(wire, ES_DIGEST_SHA1, endpoint);
    payload_end(wire, at);
}

static void init_payloads_put(struct dialogue *d, uint8_t from, struct wire *wire,
                              const struct es_ike_suite *suite)
{
    const uint8_t last = d->extra_count[from] ? d->extras[from][0].type : 0;
    sa_put(wire, ES_IKE_PAYLOAD_KE, suite);
    ke_put(wire, ES_IKE_PAYLOAD_NONCE, suite, ++d->salt);
    filled_put(wire, d->detects_nat ? ES_IKE_PAYLOAD_NOTIFY : last, d->salt,
               d->nonce_bytes ? d->nonce_bytes : NONCE_BYTES);
    if (d->detects_nat) {
        nat_notify_put(wire, ES_IKE_PAYLOAD_NOTIFY, ES_IKE_NOTIFY_NAT_DETECTION_SOURCE_IP,
                       own_address(d->scene, from));
        nat_notify_put(wire, last, ES_IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP,
                       other_address(d->scene, from));
    }
    for (size_t i = 0; i < d->extra_count[from]; i++) {
        const struct dialogue_extra *extra = &d->extras[from][i];
        const bool is_last = i + 1 == d->extra_count[from];
        const size_t at = payload_begin(wire, is_last ? 0 : extra[1].type);
        wire_bytes(wire, extra->body, extra->size);
        payload_end(wire, at);
    }
}

void dialogue_add_payload(struct dialogue *d, uint8_t from, uint8_t type, const void *body,
                          size_t size)
{
    assert_true(d->extra_count[from] < DIALOGUE_EXTRAS_MAX);
    struct dialogue_extra *extra = &d->extras[from][d->extra_count[from]++];
    assert_true(size <= sizeof(extra->body));
    extra->type = type;
    extra->size = (uint8_t)size;
    memcpy(extra->body, body, size);
}

void dialogue_add_notify(struct dialogue *d, uint8_t from, uint16_t type, const void *data,
                         size_t size)
{
    uint8_t body[32] = {0, 0, (uint8_t)(type >> 8), (uint8_t)type};
    assert_true(size <= sizeof(body) - 4);
    if (size)
        memcpy(body + 4, data, size);
    dialogue_add_payload(d, from, ES_IKE_PAYLOAD_NOTIFY, body, size + 4);
}

/* --- IKEv2 messages --- */

struct wire dialogue_init(struct dialogue *d, size_t cookie)
{
    struct wire wire =
        message_begin(d, 0, cookie ? ES_IKE_PAYLOAD_NOTIFY : ES_IKE_PAYLOAD_SA,
                      ES_IKE_EXCHANGE_IKE_SA_INIT, flags_of(d, d->initiator, false), 0);
    if (cookie) {
        const size_t at = payload_begin(&wire, ES_IKE_PAYLOAD_SA);
        wire_u16(&wire, 0);
        wire_u16(&wire, ES_IKE_NOTIFY_COOKIE);
        wire_fill(&wire, 0xc0, cookie);
        payload_end(&wire, at);
    }
    init_payloads_put(d, d->initiator, &wire, &d->offer);
    message_end(&wire);
    d->next_id[d->initiator] = 1;
    return wire;
}

struct wire dialogue_init_reply(struct dialogue *d)
{
    const uint8_t responder = 1 - d->initiator;
    struct wire wire = message_begin(d, d->spi[1], ES_IKE_PAYLOAD_SA, ES_IKE_EXCHANGE_IKE_SA_INIT,
                                     flags_of(d, responder, true), 0);
    init_payloads_put(d, responder, &wire, &d->suite);
    message_end(&wire);
    return wire;
}

struct wire dialogue_clear_notify(struct dialogue *d, uint8_t exchange, uint32_t id,
                                  uint64_t responder_spi, uint16_t notify, size_t data)
{
    const uint8_t responder = 1 - d->initiator;
    struct wire wire = message_begin(d, responder_spi, ES_IKE_PAYLOAD_NOTIFY, exchange,
                                     flags_of(d, responder, true), id);
    const size_t at = payload_begin(&wire, 0);
    wire_u16(&wire, 0);
    wire_u16(&wire, notify);
    wire_fill(&wire, ++d->salt, data);
    payload_end(&wire, at);
    message_end(&wire);
    return wire;
}

static size_t sealed_bytes(const struct es_ike_suite *suite, size_t inner)
{
    const struct es_encr *encr = es_encr_find(suite->encr);
    assert_non_null(encr);
    const size_t block = encr->block > 1 ? encr->block : 1;
    const size_t icv = encr->icv ? encr->icv : es_integ_icv(suite->integ);
    return encr->iv + (inner + 1 + block - 1) / block * block + icv;
}

static struct wire sealed(struct dialogue *d, uint8_t from, uint8_t exchange, uint32_t id,
                          bool is_response, size_t inner)
{
    struct wire wire = message_begin(d, d->spi[1], ES_IKE_PAYLOAD_SK, exchange,
                                     flags_of(d, from, is_response), id);
    filled_put(&wire, inner ? ES_IKE_PAYLOAD_NOTIFY : 0, ++d->salt, sealed_bytes(&d->suite, inner));
    message_end(&wire);
    return wire;
}

struct wire dialogue_request(struct dialogue *d, uint8_t from, uint8_t exchange, size_t inner)
{
    return sealed(d, from, exchange, d->next_id[from]++, false, inner);
}

struct wire dialogue_reply(struct dialogue *d, const struct wire *request, size_t inner)
{
    struct es_cursor cursor = es_cursor(request->bytes, request->length, request->length);
    struct es_ike_header h;
    assert_true(es_ike_header_parse(&cursor, &h));
    const uint8_t from =
        h.flags & ES_IKE_FLAG_INITIATOR ? (uint8_t)(1 - d->initiator) : d->initiator;
    return sealed(d, from, h.exchange_type, h.message_id, true, inner);
}

struct wire dialogue_opened(struct dialogue *d, uint8_t from, uint8_t exchange, bool is_response,
                            uint32_t id, const struct dialogue_part *parts, size_t count)
{
    const bool is_v1 = d->suite.major == 1;
    if (!is_response && !is_v1)
        id = d->next_id[from]++;
    struct wire wire = message_begin(d, d->spi[1], count ? parts[0].type : 0, exchange,
                                     is_v1 ? 0 : flags_of(d, from, is_response), id);
    for (size_t i = 0; i < count; i++) {
        const size_t at = payload_begin(&wire, i + 1 < count ? parts[i + 1].type : 0);
        wire_bytes(&wire, parts[i].body, parts[i].size);
        payload_end(&wire, at);
    }
    message_end(&wire);
    return wire;
}

struct wire dialogue_fragment(struct dialogue *d, uint8_t from, uint8_t exchange, uint32_t id,
                              bool is_response, uint16_t number, uint16_t total)
{
    struct wire wire = message_begin(d, d->spi[1], ES_IKE_PAYLOAD_SKF, exchange,
                                     flags_of(d, from, is_response), id);
    const size_t at = payload_begin(&wire, number == 1 ? ES_IKE_PAYLOAD_IDI : 0);
    wire_u16(&wire, number);
    wire_u16(&wire, total);
    wire_fill(&wire, ++d->salt, sealed_bytes(&d->suite, 500));
    payload_end(&wire, at);
    message_end(&wire);
    return wire;
}

/* --- IKEv2, what happens --- */

void dialogue_exchange(struct dialogue *d, uint8_t from, uint8_t exchange, size_t inner,
                       size_t inner_reply)
{
    const struct wire request = dialogue_request(d, from, exchange, inner);
    scene_ike(d->scene, from, &request);
    const struct wire reply = dialogue_reply(d, &request, inner_reply);
    scene_ike(d->scene, 1 - from, &reply);
}

void dialogue_agree(struct dialogue *d)
{
    const struct wire init = dialogue_init(d, 0);
    scene_ike(d->scene, d->initiator, &init);
    const struct wire reply = dialogue_init_reply(d);
    scene_ike(d->scene, 1 - d->initiator, &reply);
}

void dialogue_authenticate(struct dialogue *d)
{
    dialogue_exchange(d, d->initiator, ES_IKE_EXCHANGE_IKE_AUTH, INNER_AUTH, INNER_AUTH);
}

void dialogue_establish(struct dialogue *d)
{
    dialogue_agree(d);
    dialogue_authenticate(d);
}

void dialogue_dpd(struct dialogue *d, uint8_t from)
{
    dialogue_exchange(d, from, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_EMPTY, INNER_EMPTY);
}

void dialogue_delete_child(struct dialogue *d, uint8_t from)
{
    dialogue_exchange(d, from, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_DELETE_CHILD,
                      INNER_DELETE_CHILD);
}

void dialogue_delete_ike(struct dialogue *d, uint8_t from)
{
    dialogue_exchange(d, from, ES_IKE_EXCHANGE_INFORMATIONAL, INNER_DELETE_IKE, INNER_EMPTY);
}

void dialogue_rekey_child(struct dialogue *d, uint8_t from)
{
    enum { REKEY_SA_BYTES = 12 };
    dialogue_exchange(d, from, ES_IKE_EXCHANGE_CREATE_CHILD_SA, INNER_CHILD + REKEY_SA_BYTES,
                      INNER_CHILD);
}

struct dialogue dialogue_rekey_ike(struct dialogue *d, uint8_t from, uint8_t number)
{
    const struct es_ike_suite *suite = &d->suite;
    const size_t sa = 44U + (suite->key_length ? 4U : 0U) + (suite->integ ? 8U : 0U);
    const size_t inner = sa + 4 + NONCE_BYTES + 8 + es_ke_method_length(suite->ke);
    dialogue_exchange(d, from, ES_IKE_EXCHANGE_CREATE_CHILD_SA, inner, inner);
    return dialogue_of(d->scene, from, number, suite);
}

void dialogue_ask_in_vain(struct dialogue *d, uint8_t from, uint8_t exchange, size_t inner,
                          unsigned times, double every)
{
    const struct wire request = dialogue_request(d, from, exchange, inner);
    for (unsigned i = 0; i < times; i++) {
        if (i)
            scene_pause(d->scene, every);
        scene_ike(d->scene, from, &request);
    }
}

/* --- IKEv1 --- */

static void attribute_put(struct wire *wire, uint16_t type, uint16_t value)
{
    wire_u16(wire, 0x8000 | type);
    wire_u16(wire, value);
}

/* Vendor IDs of enum dialogue_natt. */
static const uint8_t natt_ids[][16] = {
    [DIALOGUE_NATT_RFC] = {0x4a, 0x13, 0x1c, 0x81, 0x07, 0x03, 0x58, 0x45, 0x5c, 0x57, 0x28, 0xf2,
                           0x0e,                                                                         0x95, 0x45, 0x2f},
    [DIALOGUE_NATT_DRAFT_02] = {0xcd, 0x60, 0x46, 0x43, 0x35, 0xdf, 0x21, 0xf8, 0x7c, 0xfd, 0xb2,
                           0xfc,                                                                   0x68, 0xb6, 0xa4, 0x48},
    [DIALOGUE_NATT_DRAFT_04] = {0x99, 0x09, 0xb6, 0x4e, 0xed, 0x93, 0x7c, 0x65, 0x73, 0xde, 0x52,
                           0xac,                                                                   0xe9, 0x52, 0xfa, 0x6b},
};

static void sa_v1_put(struct wire *wire, uint8_t next, const struct es_ike_suite *suite,
                      uint16_t lifetime)
{
    const size_t sa = payload_begin(wire, next);
    wire_u32(wire, 1); /* DOI: IPsec */
    wire_u32(wire, 1); /* situation: identity only */
    const size_t proposal = payload_begin(wire, 0);
    wire_u8(wire, 0);
    wire_u8(wire, ES_IKE_PROTOCOL_IKE);
    wire_u8(wire, 0);
    wire_u8(wire, 1);
    const size_t transform = payload_begin(wire, 0);
    wire_u8(wire, 0);
    wire_u8(wire, 1); /* KEY_IKE */
    wire_u16(wire, 0);
    attribute_put(wire, ES_IKEV1_ATTRIBUTE_ENCR, suite->encr);
    if (suite->key_length)
        attribute_put(wire, ES_IKEV1_ATTRIBUTE_KEY_LENGTH, suite->key_length);
    attribute_put(wire, ES_IKEV1_ATTRIBUTE_HASH, suite->prf);
    attribute_put(wire, ES_IKEV1_ATTRIBUTE_GROUP, suite->ke);
    attribute_put(wire, ES_IKEV1_ATTRIBUTE_AUTH, suite->auth);
    if (lifetime) {
        attribute_put(wire, ES_IKEV1_ATTRIBUTE_LIFE_TYPE, 1); /* seconds */
        attribute_put(wire, ES_IKEV1_ATTRIBUTE_LIFE_DURATION, lifetime);
    }
    payload_end(wire, transform);
    payload_end(wire, proposal);
    payload_end(wire, sa);
}

/* The first NAT-D payload is over the receiver's address. RFC 3947, 3.2. */
static void nat_d_put(const struct dialogue *d, uint8_t from, struct wire *wire)
{
    const enum es_digest digest =
        d->suite.prf == ES_IKEV1_HASH_MD5 ? ES_DIGEST_MD5 : ES_DIGEST_SHA1;
    size_t at = payload_begin(wire, ES_IKEV1_PAYLOAD_NAT_D);
    nat_hash_put(wire, digest, other_address(d->scene, from));
    payload_end(wire, at);
    at = payload_begin(wire, 0);
    nat_hash_put(wire, digest, own_address(d->scene, from));
    payload_end(wire, at);
}

struct wire dialogue_sealed_v1(struct dialogue *d, uint8_t exchange, uint32_t id, size_t inner)
{
    struct wire wire =
        message_begin(d, d->spi[1], ES_IKEV1_PAYLOAD_HASH, exchange, ES_IKEV1_FLAG_ENCRYPTION, id);
    const struct es_encr *encr = es_encr_find_ikev1(d->suite.encr);
    assert_non_null(encr);
    const size_t plain = 4 + es_ikev1_hash_length(d->suite.prf) + inner;
    wire_fill(&wire, ++d->salt, (plain + encr->block - 1) / encr->block * encr->block);
    message_end(&wire);
    return wire;
}

struct wire dialogue_main(struct dialogue *d, unsigned number)
{
    const uint8_t from = number % 2 ? d->initiator : (uint8_t)(1 - d->initiator);
    const uint8_t exchange = ES_IKE_EXCHANGE_IDENTITY_PROTECTION;
    if (number > 4)
        return dialogue_sealed_v1(d, exchange, 0, INNER_V1_ID);
    const bool opens = number <= 2;
    struct wire wire =
        message_begin(d, number == 1 ? 0 : d->spi[1],
                      opens ? ES_IKEV1_PAYLOAD_SA : ES_IKEV1_PAYLOAD_KE, exchange, 0, 0);
    if (opens) {
        const enum dialogue_natt natt = d->natt[number - 1];
        sa_v1_put(&wire, natt ? ES_IKEV1_PAYLOAD_VENDOR : 0, number == 1 ? &d->offer : &d->suite,
                  d->lifetimes[number - 1]);
        if (natt) {
            const size_t at = payload_begin(&wire, 0);
            wire_bytes(&wire, natt_ids[natt], sizeof(natt_ids[natt]));
            payload_end(&wire, at);
        }
    } else {
        filled_put(&wire, ES_IKEV1_PAYLOAD_NONCE, ++d->salt, es_ke_method_length(d->suite.ke));
        filled_put(&wire, d->detects_nat ? ES_IKEV1_PAYLOAD_NAT_D : 0, d->salt, NONCE_BYTES);
        if (d->detects_nat)
            nat_d_put(d, from, &wire);
    }
    message_end(&wire);
    return wire;
}

struct wire dialogue_clear_notify_v1(struct dialogue *d, uint16_t notify)
{
    struct wire wire = message_begin(d, d->spi[1], ES_IKEV1_PAYLOAD_NOTIFY,
                                     ES_IKE_EXCHANGE_INFORMATIONAL_V1, 0, ++d->next_id[A]);
    const size_t at = payload_begin(&wire, 0);
    wire_u32(&wire, 1);
    wire_u8(&wire, ES_IKE_PROTOCOL_IKE);
    wire_u8(&wire, 0);
    wire_u16(&wire, notify);
    payload_end(&wire, at);
    message_end(&wire);
    return wire;
}

void dialogue_main_mode(struct dialogue *d)
{
    for (unsigned number = 1; number <= 6; number++) {
        const struct wire wire = dialogue_main(d, number);
        scene_ike(d->scene, number % 2 ? d->initiator : (uint8_t)(1 - d->initiator), &wire);
    }
}

void dialogue_quick_mode(struct dialogue *d, uint8_t from)
{
    const uint32_t id = ++d->next_id[from];
    const uint8_t exchange = ES_IKE_EXCHANGE_QUICK;
    const struct wire first = dialogue_sealed_v1(d, exchange, id, INNER_V1_QUICK);
    const struct wire second = dialogue_sealed_v1(d, exchange, id, INNER_V1_QUICK);
    const struct wire third = dialogue_sealed_v1(d, exchange, id, 0);
    scene_ike(d->scene, from, &first);
    scene_ike(d->scene, 1 - from, &second);
    scene_ike(d->scene, from, &third);
}

void dialogue_establish_v1(struct dialogue *d)
{
    dialogue_main_mode(d);
    dialogue_quick_mode(d, d->initiator);
}

void dialogue_r_u_there(struct dialogue *d, uint8_t from, bool answered)
{
    const uint8_t exchange = ES_IKE_EXCHANGE_INFORMATIONAL_V1;
    const struct wire probe =
        dialogue_sealed_v1(d, exchange, ++d->next_id[from], INNER_V1_R_U_THERE);
    scene_ike(d->scene, from, &probe);
    if (!answered)
        return;
    const struct wire reply =
        dialogue_sealed_v1(d, exchange, ++d->next_id[1 - from], INNER_V1_R_U_THERE);
    scene_ike(d->scene, 1 - from, &reply);
}
