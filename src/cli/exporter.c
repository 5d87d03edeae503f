/*
 * Metrics out: a file by renaming, HTTP by libmicrohttpd without threads. Its sockets do not block,
 * its clients are few, have little memory and little time: none can hold up the watching.
 */
#include "exporter.h"

#include "microhttpd.h"

#include "espial/packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS = 16,
    CLIENTS_OF_ONE_ADDRESS = 8,
    CLIENT_SECONDS = 5, /* in which nothing comes or goes, */
    CLIENT_LIFE_S = 10, /* and from the first to the last: else a byte now and then would do */
    CLIENT_BYTES = 8192,
    BACKLOG = 16,
    /* Scrapers come every few seconds. One that comes more often gets the same text again. */
    TEXT_LASTS_MS = 1000,
};

/* Without a thread of its own in both cases. */
#ifdef __linux__
enum { POLLING = MHD_USE_EPOLL };
#else
enum { POLLING = 0 };
#endif

struct client {
    int fd;
    es_time since; /* monotonic; 0: free */
};

struct es_exporter {
    const char *path; /* borrowed; NULL: no file */
    struct es_exporter_text source;
    struct es_microhttpd http; /* loaded when it listens */
    struct MHD_Daemon *daemon; /* owned; NULL: not listening */
    uint16_t port;
    struct client clients[CLIENTS];
    struct es_text page; /* as it was asked for last */
    es_time now, made;   /* monotonic; `made` 0: never */
};

/* --- the page --- */

static enum MHD_Result answer_with(const struct es_microhttpd *http,
                                   struct MHD_Connection *connection, unsigned status,
                                   const char *chars, size_t length)
{
    struct MHD_Response *response =
        http->create_response_from_buffer(length, (void *)(uintptr_t)chars, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    http->add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                              status == MHD_HTTP_OK ? "text/plain; version=0.0.4; charset=utf-8"
                                                    : "text/plain; charset=utf-8");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        http->add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    const enum MHD_Result result = http->queue_response(connection, status, response);
    http->destroy_response(response);
    return result;
}

static enum MHD_Result refuse(const struct es_microhttpd *http, struct MHD_Connection *connection,
                              unsigned status, const char *why)
{
    return answer_with(http, connection, status, why, strlen(why));
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **state)
{
    struct es_exporter *exporter = context;
    const struct es_microhttpd *http = &exporter->http;
    (void)version;
    (void)upload;
    (void)upload_size;
    (void)state;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return refuse(http, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (strcmp(url, "/metrics") != 0)
        return refuse(http, connection, MHD_HTTP_NOT_FOUND, "there is /metrics and nothing else\n");
    if (exporter->made == 0 || exporter->now - exporter->made >= TEXT_LASTS_MS * ES_MILLISECOND) {
        es_text_clear(&exporter->page);
        exporter->source.make(exporter->source.context, &exporter->page);
        exporter->made = exporter->now;
    }
    if (exporter->page.failed)
        return refuse(http, connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
    return answer_with(http, connection, MHD_HTTP_OK, es_text_chars(&exporter->page),
                       exporter->page.length);
}

/* --- the socket --- */

/* "127.0.0.1:9750", "[::1]:9750", ":9750". */
static bool parse_endpoint(const char *chars, struct es_address *address, uint16_t *port,
                           struct es_error *error)
{
    char host[64] = "127.0.0.1";
    const char *colon = strrchr(chars, ':');
    char *end = NULL;
    const long number =
        colon && colon[1] >= '0' && colon[1] <= '9' ? strtol(colon + 1, &end, 10) : -1;
    size_t length = colon ? (size_t)(colon - chars) : 0;
    const bool bracketed = length >= 2 && chars[0] == '[' && chars[length - 1] == ']';
    if (bracketed) {
        chars++;
        length -= 2;
    }
    bool good = number >= 0 && number <= UINT16_MAX && *end == '\0' && length < sizeof(host);
    if (good && length > 0)
        snprintf(host, sizeof(host), "%.*s", (int)length, chars);
    good = good && es_address_parse(host, address) && (bracketed || es_address_is_v4(address));
    *port = (uint16_t)number;
    return good || es_error_set(error, ES_ERROR_USAGE,
                                "--metrics-listen takes ADDR:PORT, [ADDR]:PORT or :PORT, with a "
                                "number for an address");
}

static bool bind_socket(int fd, const struct es_address *address, uint16_t port)
{
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (es_address_is_v4(address)) {
        struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
        memcpy(&name.sin_addr, address->bytes + 12, sizeof(name.sin_addr));
        return bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0;
    }
    struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    memcpy(&name.sin6_addr, address->bytes, sizeof(name.sin6_addr));
    return bind(fd, (const struct sockaddr *)&name, sizeof(name)) == 0;
}

/* Keeps the list of who is connected. */
static void on_connection(void *context, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode what)
{
    struct es_exporter *exporter = context;
    struct client *client = *state;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (client)
            client->since = 0;
        return;
    }
    const union MHD_ConnectionInfo *info =
        exporter->http.get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    for (size_t i = 0; info && i < CLIENTS; i++) {
        client = &exporter->clients[i];
        if (client->since)
            continue;
        *client = (struct client){.fd = info->connect_fd, .since = exporter->now};
        *state = client;
        return;
    }
}

/* The end of a connection that is cut off here is libmicrohttpd's to notice. */
static void cut_off(struct es_exporter *exporter)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct client *client = &exporter->clients[i];
        if (client->since && exporter->now - client->since > CLIENT_LIFE_S * ES_SECOND)
            shutdown(client->fd, SHUT_RDWR);
    }
}

static uint16_t port_of(int fd)
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } name = {0};
    socklen_t size = sizeof(name);
    if (getsockname(fd, &name.any, &size) != 0)
        return 0;
    return ntohs(name.any.sa_family == AF_INET6 ? name.v6.sin6_port : name.v4.sin_port);
}

static int open_socket(const char *endpoint, struct es_error *error)
{
    struct es_address address = {0};
    uint16_t port;
    if (!parse_endpoint(endpoint, &address, &port, error))
        return -1;
    const int fd = socket(es_address_is_v4(&address) ? AF_INET : AF_INET6, SOCK_STREAM, 0);
    if (fd >= 0 && bind_socket(fd, &address, port) && listen(fd, BACKLOG) == 0) {
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        fcntl(fd, F_SETFL, O_NONBLOCK);
        return fd;
    }
    es_error_set(error, ES_ERROR_SYSTEM, "cannot listen on %.100s: %s", endpoint, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static bool start(struct es_exporter *exporter, const char *endpoint, struct es_error *error)
{
    if (!es_microhttpd_load(&exporter->http, error))
        return false;
    const int fd = open_socket(endpoint, error);
    if (fd < 0)
        return false;
    exporter->port = port_of(fd);
    exporter->daemon = exporter->http.start_daemon(
        POLLING, 0, NULL, NULL, answer, exporter, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CLIENTS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
        (unsigned)CLIENTS_OF_ONE_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CLIENT_SECONDS,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CLIENT_BYTES, MHD_OPTION_NOTIFY_CONNECTION,
        on_connection, exporter, MHD_OPTION_END);
    if (exporter->daemon)
        return true;
    close(fd);
    return es_error_set(error, ES_ERROR_LIBRARY, "cannot serve metrics on %.100s", endpoint);
}

struct es_exporter *es_exporter_open(const char *path, const char *listen,
                                     const struct es_exporter_text *source, struct es_error *error)
{
    struct es_exporter *exporter = calloc(1, sizeof(*exporter));
    if (!exporter) {
        es_error_set(error, ES_ERROR_MEMORY, "no memory for metrics");
        return NULL;
    }
    exporter->path = path;
    exporter->source = *source;
    es_text_init(&exporter->page);
    if (!listen || start(exporter, listen, error))
        return exporter;
    es_exporter_close(exporter);
    return NULL;
}

void es_exporter_serve(struct es_exporter *exporter, es_time now)
{
    exporter->now = now;
    if (!exporter->daemon)
        return;
    cut_off(exporter);
    exporter->http.run(exporter->daemon);
}

bool es_exporter_write(struct es_exporter *exporter, struct es_error *error)
{
    struct es_text text;
    if (!exporter->path)
        return true;
    es_text_init(&text);
    exporter->source.make(exporter->source.context, &text);
    const bool done = text.failed
                          ? es_error_set(error, ES_ERROR_MEMORY, "no memory for metrics")
                          : es_output_replace(exporter->path, text.chars, text.length, error);
    es_text_fini(&text);
    return done;
}

uint16_t es_exporter_port(const struct es_exporter *exporter)
{
    return exporter->port;
}

void es_exporter_close(struct es_exporter *exporter)
{
    if (!exporter)
        return;
    if (exporter->daemon)
        exporter->http.stop_daemon(exporter->daemon);
    es_text_fini(&exporter->page);
    free(exporter);
}
