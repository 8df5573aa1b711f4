/** Memory on cache lines. */
#if defined(__linux__)
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#endif
#include "session/session.h"
#include <stdlib.h>

#define CACHE_LINE 64
#define LARGE_PAGE (1 << 21)
/** Bytes from which on memory is asked for in large pages. */
#define LARGE_FROM (4 * LARGE_PAGE)

/** What is packed is touched once, row by row, and then looked at far apart: with large pages both cost less. */
static void preferLargePages(char *block, int64_t bytes) {
#if defined(MADV_HUGEPAGE)
  if (bytes < LARGE_FROM) return;
  const uintptr_t first = ((uintptr_t)block + LARGE_PAGE - 1) / LARGE_PAGE * LARGE_PAGE;
  const uintptr_t end = ((uintptr_t)block + (size_t)bytes) / LARGE_PAGE * LARGE_PAGE;
  // A kernel that does not offer them leaves things as they are.
  madvise((void *)first, end - first, MADV_HUGEPAGE);
#else
  (void)block;
  (void)bytes;
#endif
}

/** The block's own address stands before the aligned one. */
void *allocate(int64_t bytes) {
  if ((uint64_t)bytes > SIZE_MAX - 2 * CACHE_LINE) return 0;
  char *block = calloc(1, (size_t)bytes + 2 * CACHE_LINE);
  if (block == 0) return 0;
  preferLargePages(block, bytes);
  char *aligned = block + CACHE_LINE + (CACHE_LINE - (uintptr_t)block % CACHE_LINE) % CACHE_LINE;
  ((void **)aligned)[-1] = block;
  return aligned;
}

void release(void *aligned) {
  if (aligned != 0) free(((void **)aligned)[-1]);
}
