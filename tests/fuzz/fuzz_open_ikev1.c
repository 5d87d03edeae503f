/*
 * What IKEv1 seals, shown to an opener: two bytes of length, then message ID, exchange type and
 * first payload as a byte each, then the chain in clear. It is sealed here as a peer would, with
 * the IVs of RFC 2409, appendix B; an odd message ID also flips a bit, as a wrong key would.
 */
#include "fuzz.h"

#include "espial/ike/field.h"

#include <openssl/evp.h>
#include <string.h>

enum {
    BLOCK = 16,
    HEADER_BYTES = 28,
    GENERIC_BYTES = 4,
    PUBLIC_BYTES = 96,
    MESSAGES_MAX = 64,
    TEXT_MAX = 1 << 13,
    KE = 4,
    MAIN_MODE = 2,
    ENCRYPTED = 1,
};

/* Encrypted last under each message ID, and whether there was anything; ID 0 is phase 1's. */
struct peer {
    uint8_t last[256][BLOCK];
    bool begun[256];
    struct es_ike_opener *opener;
    EVP_CIPHER_CTX *cipher;
    unsigned sum;
};

static const uint8_t key[BLOCK];
static const uint64_t seed[2] = {1, 2};

static void on_field(void *context, const struct es_field *field)
{
    struct peer *peer = context;
    struct es_cursor bytes = field->bytes;
    while (es_left(&bytes))
        peer->sum += es_u8(&bytes);
}

/* A message whose body stands behind the place of its header. */
static void show(struct peer *peer, uint8_t *bytes, size_t size, const uint8_t head[3],
                 uint8_t flags)
{
    const uint8_t rest[] = {
        head[2], 0x10, head[1], flags, 0, 0, 0, head[0], 0, 0, (uint8_t)(size >> 8), (uint8_t)size};
    memset(bytes, 0x22, HEADER_BYTES - sizeof(rest));
    memcpy(bytes + HEADER_BYTES - sizeof(rest), rest, sizeof(rest));
    const struct es_datagram datagram = {.kind = ES_DATAGRAM_IKE,
                                         .payload = es_cursor(bytes, size, size)};
    struct es_ike_message message;
    if (!es_ike_message_parse(datagram.payload, &message))
        return;
    es_ike_open(peer->opener, &datagram, &message);
    for (size_t i = 0; i < message.payload_count; i++)
        es_ike_payload_fields(&message, &message.payloads[i],
                              (struct es_field_sink){on_field, peer});
}

/* Both public values: with them the first IV is known. */
static void exchange_keys(struct peer *peer)
{
    uint8_t digest[ES_PRF_BYTES_MAX];
    uint8_t publics[2][PUBLIC_BYTES];
    const struct es_bytes parts[] = {
        {publics[0], PUBLIC_BYTES},
        {publics[1], PUBLIC_BYTES},
    };
    for (int i = 0; i < 2; i++) {
        uint8_t bytes[HEADER_BYTES + GENERIC_BYTES + PUBLIC_BYTES] = {0};
        memset(publics[i], i + 1, PUBLIC_BYTES);
        bytes[HEADER_BYTES + 3] = GENERIC_BYTES + PUBLIC_BYTES;
        memcpy(bytes + HEADER_BYTES + GENERIC_BYTES, publics[i], PUBLIC_BYTES);
        show(peer, bytes, sizeof(bytes), (const uint8_t[]){0, MAIN_MODE, KE}, 0);
    }
    es_prf_digest(ES_IKE_PRF_HMAC_SHA1, parts, ES_COUNT(parts), digest);
    memcpy(peer->last[0], digest, BLOCK);
}

static const uint8_t *iv_of(struct peer *peer, uint8_t message_id)
{
    uint8_t digest[ES_PRF_BYTES_MAX];
    const uint8_t id[] = {0, 0, 0, message_id};
    const struct es_bytes parts[] = {
        {peer->last[0], BLOCK     },
        {id,            sizeof(id)},
    };
    if (message_id && !peer->begun[message_id]) {
        es_prf_digest(ES_IKE_PRF_HMAC_SHA1, parts, ES_COUNT(parts), digest);
        memcpy(peer->last[message_id], digest, BLOCK);
    }
    peer->begun[message_id] = true;
    return peer->last[message_id];
}

static void send_sealed(struct peer *peer, const uint8_t head[3], struct es_cursor chain)
{
    const size_t size = es_left(&chain);
    const size_t padded = (size + BLOCK) / BLOCK * BLOCK;
    uint8_t *plain = calloc(1, padded);
    uint8_t *bytes = malloc(HEADER_BYTES + padded);
    int length = 0;
    if (!plain || !bytes)
        abort();
    if (size)
        memcpy(plain, chain.at, size);
    if (!EVP_EncryptInit_ex(peer->cipher, EVP_aes_128_cbc(), NULL, key, iv_of(peer, head[0])) ||
        !EVP_EncryptUpdate(peer->cipher, bytes + HEADER_BYTES, &length, plain, (int)padded))
        abort();
    bytes[HEADER_BYTES] ^= head[0] & 1;
    memcpy(peer->last[head[0]], bytes + HEADER_BYTES + padded - BLOCK, BLOCK);
    show(peer, bytes, HEADER_BYTES + padded, head, ENCRYPTED);
    free(plain);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const struct es_ike_keys ikev1 = {
        .initiator_spi = UINT64_C(0x2222222222222222),
        .major = 1,
        .encr = ES_IKE_ENCR_AES_CBC,
        .prf = ES_IKE_PRF_HMAC_SHA1,
        .sk_d = {.length = 20},
        .sk_ei = {.length = BLOCK},
    };
    struct peer peer = {.cipher = EVP_CIPHER_CTX_new()};
    struct es_keys *keys = es_keys_new();
    if (!keys || !peer.cipher || !es_keys_add_ike(keys, &ikev1) ||
        !(peer.opener = es_ike_opener_new(keys, seed)))
        abort();
    exchange_keys(&peer);
    struct es_cursor rest = es_cursor(bytes, size, size);
    for (int i = 0; i < MESSAGES_MAX && es_more(&rest); i++) {
        const size_t length = es_u16(&rest) % TEXT_MAX;
        const uint8_t *head = es_take(&rest, 3);
        if (head)
            send_sealed(&peer, head,
                        es_sub(&rest, length < es_left(&rest) ? length : es_left(&rest)));
    }
    fprintf(fuzz_sink(), "%u %zu", peer.sum, es_keys_esp_count(keys));
    es_ike_opener_free(peer.opener);
    es_keys_free(keys);
    EVP_CIPHER_CTX_free(peer.cipher);
    return 0;
}
