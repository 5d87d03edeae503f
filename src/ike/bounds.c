/*
 * The length law: what the length of a sealed part says of the plaintext in it.
 *
 * IKEv2 (RFC 7296, 3.14): sealed = IV + ciphertext + ICV, ciphertext = inner + padding + 1 (the Pad
 * Length byte). Up to 255 bytes of padding are legal; what implementations do:
 * - block ciphers pad to the next block and no further;
 * - ciphers without blocks are padded to 1 (strongSwan, libreswan, OpenIKED), 4 or 16 bytes. A
 *   ciphertext that is a multiple of 16 can come of all three, one that is only a multiple of 4 of
 *   the first two; the bounds hold all that is possible.
 *
 * IKEv1 (RFC 2409, appendix B): sealed = ciphertext = plaintext + padding. The IV is carried over
 * from before and there is no ICV, but the plaintext starts with a HASH payload. Padding is 0 to
 * block - 1 bytes, or, with strongSwan, 1 to block.
 */
#include "espial/ike.h"

enum {
    GENERIC_BYTES = 4,
    PAD_LENGTH_BYTES = 1,
};

/* What the sender is known to pad to, or the largest practice that this length allows. */
static size_t alignment_of(const struct es_ike_suite *suite, const struct es_encr *encr,
                           size_t ciphertext)
{
    if (encr->block > 1)
        return encr->block;
    if (suite->alignment && ciphertext % suite->alignment == 0)
        return suite->alignment;
    return ciphertext % 16 == 0 ? 16 : ciphertext % 4 == 0 ? 4 : 1;
}

static bool bounds_ikev2(const struct es_ike_suite *suite, size_t sealed, struct es_ike_bounds *out)
{
    const struct es_encr *encr = es_encr_find(suite->encr);
    if (!encr)
        return false;
    const size_t icv = encr->icv ? encr->icv : es_integ_icv(suite->integ);
    const size_t around = encr->iv + icv;
    if (sealed < around + PAD_LENGTH_BYTES)
        return false;
    const size_t ciphertext = sealed - around;
    if (ciphertext % encr->block != 0)
        return false;
    out->inner_min = (uint32_t)(ciphertext - alignment_of(suite, encr, ciphertext));
    out->inner_max = (uint32_t)(ciphertext - PAD_LENGTH_BYTES);
    return true;
}

/*
 * One length that is no multiple of 4 shows that the sender does not pad. Multiples of 4 (of 16)
 * come of a sender that does not pad one time in 4 (16): a few in a row, all different, are no
 * chance.
 */
enum { PADDED_BY_4_LENGTHS = 4, PADDED_BY_16_LENGTHS = 3, COUNT_MAX = 200 };

void es_ike_padding_learn(struct es_ike_padding *padding, const struct es_ike_suite *suite,
                          const struct es_ike_message *message)
{
    const struct es_encr *encr = suite->major == 2 ? es_encr_find(suite->encr) : NULL;
    if (!encr || encr->block > 1 || !message->encrypted || padding->alignment == 1)
        return;
    const size_t around = (size_t)encr->iv + (encr->icv ? encr->icv : es_integ_icv(suite->integ));
    const size_t sealed = es_wire_left(&message->sealed);
    if (sealed <= around)
        return;
    const uint32_t ciphertext = (uint32_t)(sealed - around);
    if (ciphertext % 4 != 0) {
        padding->alignment = 1;
        return;
    }
    if (ciphertext == padding->last || padding->lengths >= COUNT_MAX)
        return;
    padding->last = ciphertext;
    padding->lengths++;
    padding->by_16 = (uint8_t)(padding->by_16 + (ciphertext % 16 == 0));
    if (padding->by_16 == padding->lengths)
        padding->alignment = padding->lengths >= PADDED_BY_16_LENGTHS ? 16 : 0;
    else
        padding->alignment = padding->lengths >= PADDED_BY_4_LENGTHS ? 4 : 0;
}

static bool bounds_ikev1(const struct es_ike_suite *suite, size_t sealed, struct es_ike_bounds *out)
{
    const struct es_encr *encr = es_encr_find_ikev1(suite->encr);
    const size_t hash = es_ikev1_hash_length(suite->prf);
    if (!encr || hash == 0)
        return false;
    const size_t before = GENERIC_BYTES + hash;
    if (sealed % encr->block != 0 || sealed < before)
        return false;
    const size_t least = sealed - encr->block;
    out->inner_min = (uint32_t)(least > before ? least - before : 0);
    out->inner_max = (uint32_t)(sealed - before);
    return true;
}

bool es_ike_bounds(const struct es_ike_suite *suite, size_t sealed, struct es_ike_bounds *out)
{
    if (sealed > UINT32_MAX)
        return false;
    if (suite->major == 1)
        return bounds_ikev1(suite, sealed, out);
    return suite->major == 2 && bounds_ikev2(suite, sealed, out);
}
