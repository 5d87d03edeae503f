/*
 * Hashes on libcrypto's EVP interface.
 */
#include "espial/crypto.h"

#include <openssl/evp.h>

typedef const EVP_MD *digest_function(void);

static digest_function *const digests[] = {
    [ES_DIGEST_MD5] = EVP_md5,       [ES_DIGEST_SHA1] = EVP_sha1,
    [ES_DIGEST_SHA256] = EVP_sha256, [ES_DIGEST_SHA384] = EVP_sha384,
    [ES_DIGEST_SHA512] = EVP_sha512,
};

size_t es_digest(enum es_digest algorithm, const void *bytes, size_t size,
                 uint8_t out[ES_DIGEST_BYTES_MAX])
{
    _Static_assert(EVP_MAX_MD_SIZE <= ES_DIGEST_BYTES_MAX, "a digest does not fit");
    unsigned length = 0;
    if (!EVP_Digest(bytes, size, out, &length, digests[algorithm](), NULL))
        return 0;
    return length;
}
