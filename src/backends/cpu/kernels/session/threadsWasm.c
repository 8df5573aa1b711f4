/**
 * Threads where JavaScript makes them: worker_threads over one shared memory, one session and one call at a time in it. One worker makes
 * the calls, the others wait in fastkmeans_help for ever. Whoever comes too late for a job finds it closed; so nobody is waited for that
 * has not begun.
 */
#include "api.h"
#include "session/threads.h"
#include <stdlib.h>

static struct {
  int64_t items, next;
  int threads;
  Control *control;
  Work work;
  void *context;
  /** Rises with every job; what helpers wait for. */
  int32_t number;
  int32_t open;
  /** Helpers at work. */
  int32_t inside;
} job;

static void takeItems(int worker) {
  while (!cancelled(job.control)) {
    int64_t item = __atomic_fetch_add(&job.next, 1, __ATOMIC_RELAXED);
    if (item >= job.items) break;
    job.work(job.context, item, worker);
    if (job.control != 0 && job.control->items > 0) __atomic_fetch_add(&job.control->done, 1, __ATOMIC_RELAXED);
  }
}

void fastkmeans_help(int worker) {
  for (int32_t seen = 0;; seen = __atomic_load_n(&job.number, __ATOMIC_SEQ_CST)) {
    __atomic_fetch_add(&job.inside, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&job.open, __ATOMIC_SEQ_CST) && worker < job.threads) takeItems(worker);
    if (__atomic_sub_fetch(&job.inside, 1, __ATOMIC_SEQ_CST) == 0) __builtin_wasm_memory_atomic_notify(&job.inside, 1);
    __builtin_wasm_memory_atomic_wait32(&job.number, seen, -1);
  }
}

int spread(int threads, int64_t items, Control *control, Work work, void *context) {
  job.items = items;
  job.next = 0;
  job.threads = threads;
  job.control = control;
  job.work = work;
  job.context = context;
  if (threads > 1 && items > 1) {
    __atomic_store_n(&job.open, 1, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&job.number, 1, __ATOMIC_SEQ_CST);
    __builtin_wasm_memory_atomic_notify(&job.number, (unsigned)threads - 1);
  }
  takeItems(0);
  __atomic_store_n(&job.open, 0, __ATOMIC_SEQ_CST);
  for (int32_t inside; (inside = __atomic_load_n(&job.inside, __ATOMIC_SEQ_CST)) > 0;)
    __builtin_wasm_memory_atomic_wait32(&job.inside, inside, -1);
  return cancelled(control) ? CANCELLED : DONE;
}

void *fastkmeans_reserve(int64_t bytes) { return bytes > SIZE_MAX / 2 ? 0 : malloc((size_t)bytes); }

void fastkmeans_release(void *block) { free(block); }
