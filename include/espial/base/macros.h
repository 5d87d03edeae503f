/*
 * The few compiler extensions the project uses, each behind a name.
 */
#ifndef ESPIAL_BASE_MACROS_H
#define ESPIAL_BASE_MACROS_H

#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define ES_PRINTF(at, first) __attribute__((format(printf, at, first)))
#define ES_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define ES_UNLIKELY(condition) __builtin_expect(!!(condition), 0)
#define ES_TYPEOF(expression) __typeof__(expression)
/* The cache line `offset` bytes on from `address`, wherever that is. A function that does nothing
 * else is nothing to gcc, and it drops the calls: so there is an empty instruction, too. */
#define ES_PREFETCH(address, offset)                                                               \
    do {                                                                                           \
        __builtin_prefetch((const void *)((uintptr_t)(address) + (offset)));                       \
        __asm__ volatile("");                                                                      \
    } while (0)
#else
#define ES_PRINTF(at, first)
#define ES_LIKELY(condition) (condition)
#define ES_UNLIKELY(condition) (condition)
#define ES_TYPEOF(expression) typeof(expression) /* C23 */
#define ES_PREFETCH(address, offset) ((void)(address))
#endif

/* Whether AddressSanitizer looks after the memory. gcc says so in one way, clang in another. */
#if defined(__SANITIZE_ADDRESS__)
#define ES_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ES_ADDRESS_SANITIZER 1
#endif
#endif
#ifndef ES_ADDRESS_SANITIZER
#define ES_ADDRESS_SANITIZER 0
#endif

/* The number of elements of an array (never of a pointer). */
#define ES_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
