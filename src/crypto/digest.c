/*
 * Hashes on libcrypto. SHA-1, which NAT detection wants of each IKE_SA_INIT, is called directly:
 * EVP looks its implementation up each time, and its first use takes 2 MiB and reads a
 * configuration file. This is the interface of OpenSSL 1.1, which 3 still has.
 */
#define OPENSSL_API_COMPAT 0x10100000L

#include "espial/crypto.h"

#include <openssl/evp.h>
#include <openssl/sha.h>

typedef const EVP_MD *digest_function(void);

static digest_function *const digests[] = {
    [ES_DIGEST_MD5] = EVP_md5,       [ES_DIGEST_SHA1] = EVP_sha1,
    [ES_DIGEST_SHA256] = EVP_sha256, [ES_DIGEST_SHA384] = EVP_sha384,
    [ES_DIGEST_SHA512] = EVP_sha512,
};

static bool sha1(const void *bytes, size_t size, uint8_t out[static SHA_DIGEST_LENGTH])
{
    SHA_CTX context;
    return SHA1_Init(&context) && SHA1_Update(&context, bytes, size) && SHA1_Final(out, &context);
}

size_t es_digest(enum es_digest algorithm, const void *bytes, size_t size,
                 uint8_t out[ES_DIGEST_BYTES_MAX])
{
    _Static_assert(EVP_MAX_MD_SIZE <= ES_DIGEST_BYTES_MAX, "a digest does not fit");
    if (algorithm == ES_DIGEST_SHA1)
        return sha1(bytes, size, out) ? SHA_DIGEST_LENGTH : 0;
    unsigned length = 0;
    if (!EVP_Digest(bytes, size, out, &length, digests[algorithm](), NULL))
        return 0;
    return length;
}
