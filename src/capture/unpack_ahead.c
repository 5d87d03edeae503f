/*
 * The thread that unpacks ahead, and the two pieces between it and the reader. A counter says how
 * many pieces were filled, taken and given back; one lock guards them all.
 */
#include "unpack_ahead.h"

#include "poison.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { PIECES = 2, STACK_BYTES = 256 << 10, PATIENCE_MS = 100 };

struct es_ahead {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned filled, taken, released; /* pieces so far */
    bool closing;

    struct es_unpacker *unpacker;   /* borrowed; the thread's */
    bool (*give_up)(void *context); /* the unpacker's own: asked by the reader now */
    void *give_up_context;
    struct es_piece pieces[PIECES]; /* each of its side's from filled to released, or not */
    uint8_t *storage[PIECES];       /* owned */
};

static bool is_closing(void *context)
{
    struct es_ahead *ahead = context;
    pthread_mutex_lock(&ahead->lock);
    const bool closing = ahead->closing;
    pthread_mutex_unlock(&ahead->lock);
    return closing;
}

/* Waits for a piece that is free. False when there will be none. */
static bool wait_for_room(struct es_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (!ahead->closing && ahead->filled - ahead->released == PIECES)
        pthread_cond_wait(&ahead->changed, &ahead->lock);
    const bool closing = ahead->closing;
    pthread_mutex_unlock(&ahead->lock);
    return !closing;
}

static void *run(void *context)
{
    struct es_ahead *ahead = context;
    struct es_unpacker *unpacker = ahead->unpacker;
    while (unpacker->state == ES_STREAM_FLOWING && wait_for_room(ahead)) {
        struct es_piece *piece = &ahead->pieces[ahead->filled % PIECES];
        piece->count = es_unpacker_next(unpacker, piece->bytes, ES_PIECE_BYTES);
        piece->state = unpacker->state;
        piece->read = unpacker->read;
        pthread_mutex_lock(&ahead->lock);
        ahead->filled++;
        pthread_cond_signal(&ahead->changed);
        pthread_mutex_unlock(&ahead->lock);
    }
    return NULL;
}

/* Signals are for the thread that reads. */
static bool start_thread(struct es_ahead *ahead)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    const bool started = pthread_create(&ahead->thread, &attributes, run, ahead) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return started;
}

static void free_all(struct es_ahead *ahead)
{
    for (size_t i = 0; i < PIECES; i++)
        free(ahead->storage[i]);
    pthread_cond_destroy(&ahead->changed);
    pthread_mutex_destroy(&ahead->lock);
    free(ahead);
}

struct es_ahead *es_ahead_start(struct es_unpacker *unpacker)
{
    struct es_ahead *ahead = calloc(1, sizeof(*ahead));
    if (!ahead)
        return NULL;
    pthread_mutex_init(&ahead->lock, NULL);
    pthread_cond_init(&ahead->changed, NULL);
    ahead->unpacker = unpacker;
    ahead->give_up = unpacker->give_up;
    ahead->give_up_context = unpacker->give_up_context;
    bool ready = true;
    for (size_t i = 0; i < PIECES; i++) {
        ahead->storage[i] = malloc(ES_PIECE_HEADROOM + ES_PIECE_BYTES);
        ready = ready && ahead->storage[i];
        ahead->pieces[i].bytes = ready ? ahead->storage[i] + ES_PIECE_HEADROOM : NULL;
    }
    if (ready) {
        unpacker->give_up = is_closing;
        unpacker->give_up_context = ahead;
        if (start_thread(ahead))
            return ahead;
        unpacker->give_up = ahead->give_up;
        unpacker->give_up_context = ahead->give_up_context;
    }
    free_all(ahead);
    return NULL;
}

/* A moment from now, by the clock that conditions go by. */
static struct timespec soon(void)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += PATIENCE_MS * 1000000L;
    time.tv_sec += time.tv_nsec / 1000000000L;
    time.tv_nsec %= 1000000000L;
    return time;
}

struct es_piece *es_ahead_take(struct es_ahead *ahead)
{
    bool given_up = false;
    pthread_mutex_lock(&ahead->lock);
    while (ahead->filled == ahead->taken && !given_up) {
        const struct timespec then = soon();
        pthread_cond_timedwait(&ahead->changed, &ahead->lock, &then);
        given_up = ahead->filled == ahead->taken && ahead->give_up &&
                   ahead->give_up(ahead->give_up_context);
    }
    struct es_piece *piece = given_up ? NULL : &ahead->pieces[ahead->taken++ % PIECES];
    pthread_mutex_unlock(&ahead->lock);
    return piece;
}

void es_ahead_release(struct es_ahead *ahead)
{
    pthread_mutex_lock(&ahead->lock);
    while (ahead->released + 1 < ahead->taken) {
        ES_UNPOISON(ahead->storage[ahead->released % PIECES], ES_PIECE_HEADROOM + ES_PIECE_BYTES);
        ahead->released++;
    }
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
}

void es_ahead_end(struct es_ahead *ahead)
{
    if (!ahead)
        return;
    pthread_mutex_lock(&ahead->lock);
    ahead->closing = true;
    pthread_cond_signal(&ahead->changed);
    pthread_mutex_unlock(&ahead->lock);
    pthread_join(ahead->thread, NULL);
    ahead->unpacker->give_up = ahead->give_up;
    ahead->unpacker->give_up_context = ahead->give_up_context;
    for (size_t i = 0; i < PIECES; i++)
        ES_UNPOISON(ahead->storage[i], ES_PIECE_HEADROOM + ES_PIECE_BYTES);
    free_all(ahead);
}
