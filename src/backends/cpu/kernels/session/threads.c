/**
 * Threads live as long as one call: nothing is left behind to wake, fork or join at exit. Items are taken from one counter.
 *
 * Linux may put a new thread behind the one that starts it, where it waits for milliseconds though another processor is idle (some virtual
 * machines' kernels always do): so it is sent away from there, and may then run anywhere.
 */
#define _GNU_SOURCE
#include "session/threads.h"
#include <pthread.h>
#if defined(__linux__)
#include <sched.h>
#endif

#define MAX_THREADS 256

typedef struct {
  int64_t items, next;
  Control *control;
  Work work;
  void *context;
} Pool;

typedef struct {
  Pool *pool;
  int number;
} Worker;

static void *run(void *argument) {
  const Worker *worker = argument;
  Pool *pool = worker->pool;
  while (!cancelled(pool->control)) {
    int64_t item = __atomic_fetch_add(&pool->next, 1, __ATOMIC_RELAXED);
    if (item >= pool->items) break;
    pool->work(pool->context, item, worker->number);
    if (pool->control != 0 && pool->control->items > 0) __atomic_fetch_add(&pool->control->done, 1, __ATOMIC_RELAXED);
  }
  return 0;
}

#if defined(__linux__)
/** Where errors keep threads from being moved, they stay where they are. */
static void sendAway(const pthread_t *threads, int count) {
  cpu_set_t all, others;
  const int here = sched_getcpu();
  if (count == 0 || here < 0 || sched_getaffinity(0, sizeof all, &all) != 0) return;
  others = all;
  CPU_CLR(here, &others);
  if (CPU_COUNT(&others) == 0) return;
  for (int i = 0; i < count; i++) {
    pthread_setaffinity_np(threads[i], sizeof others, &others);
    pthread_setaffinity_np(threads[i], sizeof all, &all);
  }
}
#else
static void sendAway(const pthread_t *threads, int count) {
  (void)threads;
  (void)count;
}
#endif

int spread(int threads, int64_t items, Control *control, Work work, void *context) {
  Pool pool = {.items = items, .control = control, .work = work, .context = context};
  pthread_t handles[MAX_THREADS];
  Worker workers[MAX_THREADS];
  if (threads > MAX_THREADS) threads = MAX_THREADS;
  if (threads > items) threads = (int)items;
  int started = 1;
  for (; started < threads; started++) {
    workers[started] = (Worker){&pool, started};
    // With fewer threads than asked for, the others do the work.
    if (pthread_create(&handles[started], 0, run, &workers[started]) != 0) break;
  }
  sendAway(handles + 1, started - 1);
  workers[0] = (Worker){&pool, 0};
  run(&workers[0]);
  for (int i = 1; i < started; i++) pthread_join(handles[i], 0);
  return cancelled(control) ? CANCELLED : DONE;
}
