/*
 * Makes one allocation of a program fail: the one whose number ESPIAL_FAIL_AT holds, from 1 on,
 * and with ESPIAL_FAIL_ON all after it too. Each that fails is told to the file that is open as
 * number 99, one byte for it; so does the end of the program with the number of all of them.
 *
 * Loaded before the C library, it reaches every library's allocations. With WRAP it is linked in
 * (--wrap) below a program of sanitizers, which have an allocator of their own; then those of the
 * program are reached.
 */
#include <errno.h>
#include <link.h>
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
 * libcrypto is left alone: while it begins (3.0) it does not survive that there is no memory, it
 * crashes or waits for itself. Where it is.
 */
static uintptr_t crypto_from, crypto_to;

static int find_crypto(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    if (!strstr(info->dlpi_name, "libcrypto"))
        return 0;
    crypto_from = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const uintptr_t end =
            info->dlpi_addr + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type == PT_LOAD && end > crypto_to)
            crypto_to = end;
    }
    return 1;
}

/* Before main. */
__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("ESPIAL_FAIL_AT");
    dl_iterate_phdr(find_crypto, NULL);
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

static bool fails(const void *caller)
{
    if ((uintptr_t)caller >= crypto_from && (uintptr_t)caller < crypto_to)
        return false;
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
    return fails(__builtin_return_address(0)) ? NULL : REAL(malloc)(size);
}

void *NAME(calloc)(size_t count, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : REAL(calloc)(count, size);
}

/* What becomes smaller is not refused by any allocator at hand. */
void *NAME(realloc)(void *old, size_t size)
{
    return fails(__builtin_return_address(0)) ? NULL : REAL(realloc)(old, size);
}

#ifdef WRAP
char *NAME(strdup)(const char *chars);
char *REAL(strdup)(const char *chars);
char *NAME(strndup)(const char *chars, size_t count);
char *REAL(strndup)(const char *chars, size_t count);

char *NAME(strdup)(const char *chars)
{
    return fails(__builtin_return_address(0)) ? NULL : REAL(strdup)(chars);
}

char *NAME(strndup)(const char *chars, size_t count)
{
    return fails(__builtin_return_address(0)) ? NULL : REAL(strndup)(chars, count);
}
#endif
