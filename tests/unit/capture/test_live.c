/*
 * A live interface. What needs rights or an interface that is not there is skipped.
 */
#include "bytes.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <time.h>

#ifdef __linux__
static const char *const LOOPBACK = "lo";
#else
static const char *const LOOPBACK = "lo0";
#endif

enum { PORT = 45001 };

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void send_one(const char *text)
{
    const int to = socket(AF_INET, SOCK_DGRAM, 0);
    assert_true(to >= 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    sendto(to, text, strlen(text), 0, (struct sockaddr *)&address, sizeof(address));
    close(to);
}

static bool holds(const struct es_frame *frame, const char *text)
{
    return memmem(frame->bytes, frame->held, text, strlen(text)) != NULL;
}

/* A source on `interface` for what the test sends, or a skipped test. */
static struct es_source *watch(const char *interface)
{
    const struct es_live_options options = {.filter = "udp port 45001", .timeout_ms = 100};
    struct es_error error = {0};
    struct es_source *source = es_source_open_live(interface, &options, &error);
    if (!source) {
        print_message("%s\n", error.text);
        skip();
    }
    return source;
}

static void packets_are_seen_and_silence_is_idle(void **state)
{
    (void)state;
    static const char *const names[] = {"lo", "any"};
    for (size_t i = 0; i < ES_COUNT(names); i++) {
        struct es_source *source = watch(i ? names[i] : LOOPBACK);
        struct es_frame frame;
        const double start = now();
        assert_int_equal(es_source_next(source, &frame), ES_STEP_IDLE);
        const double waited = now() - start;
        assert_true(waited > 0.05 && waited < 2);

        send_one("caught sight of it");
        bool seen = false;
        for (int turn = 0; turn < 20 && !seen; turn++) {
            const enum es_step step = es_source_next(source, &frame);
            assert_int_not_equal(step, ES_STEP_END);
            seen = step == ES_STEP_FRAME && holds(&frame, "caught sight of it");
        }
        assert_true(seen);
        struct timespec wall;
        clock_gettime(CLOCK_REALTIME, &wall);
        const es_time span = wall.tv_sec * ES_SECOND + wall.tv_nsec - frame.ref.time;
        assert_true(span > -ES_SECOND && span < 10 * ES_SECOND);
        assert_true(es_source_file(source, 0)->packets >= 1);
        assert_int_equal(es_source_file(source, 0)->drops, 0);
        assert_string_equal(es_source_interface_name(source, &frame),
                            es_source_file(source, 0)->name);
        uint32_t link_type;
        assert_int_equal(es_source_link_types(source, &link_type, 1), 1);
        assert_int_equal(link_type, frame.link_type);
        es_source_free(source);
    }
}

static void an_unknown_interface_is_refused(void **state)
{
    (void)state;
    struct es_error error = {0};
    assert_null(es_source_open_live("no-such-if0", NULL, &error));
    assert_int_not_equal(error.kind, ES_ERROR_NONE);
    assert_contains(error.text, "no-such-if0");
}

static void a_bad_filter_is_the_caller_s_error(void **state)
{
    (void)state;
    es_source_free(watch(LOOPBACK));
    const struct es_live_options options = {.filter = "udp porrt 1"};
    struct es_error error = {0};
    assert_null(es_source_open_live(LOOPBACK, &options, &error));
    assert_int_equal(error.kind, ES_ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_seen_and_silence_is_idle),
        cmocka_unit_test(an_unknown_interface_is_refused),
        cmocka_unit_test(a_bad_filter_is_the_caller_s_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
