/** Work spread over threads. */
#pragma once
#include "session/session.h"

typedef void (*Work)(void *context, int64_t item, int worker);

/**
 * Calls `work` for the items 0 … items − 1, in any order, on up to `threads` threads, of which the caller's is one; `worker` says on which.
 * Before each item the control's flag is looked at (control may be null).
 * @return DONE or CANCELLED
 */
int spread(int threads, int64_t items, Control *control, Work work, void *context);

/** Threads for a pass that would take one thread so long, as far as that can be told beforehand. */
static inline int threadsFor(const Session *s, double nanoseconds) { return nanoseconds < (double)s->alone ? 1 : s->threads; }

/** Whether the call is to end; for long items. */
static inline int cancelled(const Control *control) { return control != 0 && __atomic_load_n(&control->cancel, __ATOMIC_RELAXED) != 0; }
