/*
 * Finding libmicrohttpd and its functions.
 */
#include "microhttpd.h"

#include <dlfcn.h>
#include <string.h>

/* The version of its interface that <microhttpd.h> describes is part of the name. */
#ifdef __APPLE__
static const char library_name[] = "libmicrohttpd.12.dylib";
#else
static const char library_name[] = "libmicrohttpd.so.12";
#endif

static const struct {
    const char *name;
    size_t offset;
} functions[] = {
    {"MHD_start_daemon",                offsetof(struct es_microhttpd, start_daemon)               },
    {"MHD_run",                         offsetof(struct es_microhttpd, run)                        },
    {"MHD_stop_daemon",                 offsetof(struct es_microhttpd, stop_daemon)                },
    {"MHD_get_connection_info",         offsetof(struct es_microhttpd, get_connection_info)        },
    {"MHD_create_response_from_buffer",
     offsetof(struct es_microhttpd,                                    create_response_from_buffer)},
    {"MHD_add_response_header",         offsetof(struct es_microhttpd, add_response_header)        },
    {"MHD_queue_response",              offsetof(struct es_microhttpd, queue_response)             },
    {"MHD_destroy_response",            offsetof(struct es_microhttpd, destroy_response)           },
};

bool es_microhttpd_load(struct es_microhttpd *library, struct es_error *error)
{
    void *handle = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return es_error_set(error, ES_ERROR_LIBRARY, "serving metrics needs libmicrohttpd: %s",
                            dlerror());
    for (size_t i = 0; i < ES_COUNT(functions); i++) {
        void *function = dlsym(handle, functions[i].name);
        if (!function)
            return es_error_set(error, ES_ERROR_LIBRARY, "%s has no %s", library_name,
                                functions[i].name);
        /* POSIX promises that the bytes are those of a pointer to the function. */
        memcpy((char *)library + functions[i].offset, &function, sizeof(function));
    }
    return true;
}
