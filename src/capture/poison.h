/*
 * Under AddressSanitizer, bytes that are no longer lent are forbidden ground: whoever keeps a
 * pointer to a frame beyond its life is found. Elsewhere these are nothing.
 */
#ifndef ESPIAL_CAPTURE_POISON_H
#define ESPIAL_CAPTURE_POISON_H

#include "espial/base/macros.h"

#if ES_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#define ES_POISON(start, size) ASAN_POISON_MEMORY_REGION(start, size)
#define ES_UNPOISON(start, size) ASAN_UNPOISON_MEMORY_REGION(start, size)
#else
#define ES_POISON(start, size) ((void)(start), (void)(size))
#define ES_UNPOISON(start, size) ((void)(start), (void)(size))
#endif

#endif
