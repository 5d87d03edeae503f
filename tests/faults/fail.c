/*
 * Makes one allocation of a program fail: the one whose number ESPIAL_FAIL_AT holds, from 1 on,
 * and with ESPIAL_FAIL_ON all after it too. Each that fails is told to the file that is open as
 * number 99, one byte for it; so does the end of the program with the number of all of them.
 *
 * Loaded before the C library, it reaches every library's allocations. With WRAP it is linked in
 * (--wrap) below a program of sanitizers, which have an allocator of their own; then those of the
 * program are reached.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORT_TO = 99 };

#ifdef WRAP
#define NAME(function) __wrap_##function
#define REAL(function) __real_##function
#else
#define NAME(function) function
#define REAL(function) __libc_##function
#endif

void *NAME(malloc)(size_t size);
void *NAME(calloc)(size_t count, size_t size);
void *NAME(realloc)(void *old, size_t size);
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);

static uint64_t fail_at, allocations;
static bool fail_on;

static void tell(const char *bytes, size_t count)
{
    const int before = errno;
    if (write(REPORT_TO, bytes, count) < 0)
        _exit(100);
    errno = before;
}

/*
 * libcrypto does not survive that it finds no memory while it begins (3.0: it crashes, or waits for
 * itself). It is made to begin before anything fails.
 */
static void begin_crypto(void)
{
    typedef int init_crypto(uint64_t options, const void *settings);
    typedef int digest(const void *bytes, size_t count, unsigned char *out, unsigned *size,
                       const void *type, void *engine);
    typedef const void *digest_type(void);
    enum { STRINGS = 0x02, CIPHERS = 0x04, DIGESTS = 0x08, CONFIGURATION = 0x40 };
    unsigned char out[64];
    unsigned size;
    init_crypto *const init = (init_crypto *)dlsym(RTLD_DEFAULT, "OPENSSL_init_crypto");
    digest *const hash = (digest *)dlsym(RTLD_DEFAULT, "EVP_Digest");
    digest_type *const sha1 = (digest_type *)dlsym(RTLD_DEFAULT, "EVP_sha1");
    if (init)
        init(STRINGS | CIPHERS | DIGESTS | CONFIGURATION, NULL);
    if (hash && sha1)
        hash("", 0, out, &size, sha1(), NULL);
}

/* Before main. */
__attribute__((constructor)) static void begin(void)
{
    begin_crypto();
    const char *at = getenv("ESPIAL_FAIL_AT");
    fail_on = getenv("ESPIAL_FAIL_ON") != NULL;
    allocations = 0;
    fail_at = at ? strtoull(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
    char text[32];
    const int length = snprintf(text, sizeof(text), "\n%llu\n", (unsigned long long)allocations);
    tell(text, (size_t)length);
}

static bool fails(void)
{
    const uint64_t number = __atomic_add_fetch(&allocations, 1, __ATOMIC_RELAXED);
    if (!fail_at || (fail_on ? number < fail_at : number != fail_at))
        return false;
    if (number == fail_at)
        tell("F", 1);
    errno = ENOMEM;
    return true;
}

void *NAME(malloc)(size_t size)
{
    return fails() ? NULL : REAL(malloc)(size);
}

void *NAME(calloc)(size_t count, size_t size)
{
    return fails() ? NULL : REAL(calloc)(count, size);
}

/* What becomes smaller is not refused by any allocator at hand. */
void *NAME(realloc)(void *old, size_t size)
{
    return fails() ? NULL : REAL(realloc)(old, size);
}

#ifdef WRAP
char *NAME(strdup)(const char *chars);
char *REAL(strdup)(const char *chars);
char *NAME(strndup)(const char *chars, size_t count);
char *REAL(strndup)(const char *chars, size_t count);

char *NAME(strdup)(const char *chars)
{
    return fails() ? NULL : REAL(strdup)(chars);
}

char *NAME(strndup)(const char *chars, size_t count)
{
    return fails() ? NULL : REAL(strndup)(chars, count);
}
#endif
