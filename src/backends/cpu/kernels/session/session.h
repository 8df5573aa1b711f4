/**
 * One block of points, where the caller has them, and what is kept beside: packed rows. The functions in api.h are called one at a time
 * for a session; each spreads its work over threads of its own and returns when all have ended.
 */
#pragma once
#include "isa/isa.h"
#include <stdint.h>

/** Sums over rows run in order within blocks of this many rows (exact.ts). */
#define ROW_BLOCK 4096
/** Rows that are sorted by magnitude together. */
#define SORT_ROWS 1536
/**
 * Rows of a band: a multiple of every tile's rows; SORT_ROWS is a multiple of it. A panel serves so many once it is in the first-level
 * cache, and fewer tiles are not full (96: 3 to 6 % slower on blobs, tokens and Fashion-MNIST).
 */
#define BAND_ROWS 192
/** In `order`: no row. */
#define NO_ROW UINT32_MAX

/**
 * Whether E-steps go by the leads (leads.h), by groups (groups.h) or screen reduced rows (reduction.h): as estimated; for tests by none of
 * these; by the leads, with bounds for the next or without; by groups; on reduced rows where the screen is used; by scores (scores.h).
 */
enum { LEADS_ESTIMATED = 0, LEADS_NEVER = 1, LEADS_ALWAYS = 2, LEADS_BARE = 3, GROUPS_ALWAYS = 4, REDUCED_ALWAYS = 5, SCORES_ALWAYS = 6 };
enum { DONE = 0, CANCELLED = 1, NO_MEMORY = 2 };

/** Shared with JavaScript while a call runs. */
typedef struct {
  /** Set to end the call early. */
  int32_t cancel;
  /** Items of an E-step done, of all; 0 before it begins. */
  int32_t done, items;
} Control;

/** Rows of similar magnitude, packed with one scale, so that any of them may share a tile. */
typedef struct {
  double scale;
  /** At least max ‖x − μ − scale·q‖ ÷ scale and max ‖q‖. */
  float rest, length;
} Band;

/** Rows in packed order, band by band. */
typedef struct {
  /** [slot][words · group]: a row's integers, zeros behind them. */
  int8_t *bytes;
  Band *bands;
  /** Per packed row (slot): the row's number, Σq times the centroids' bias, ‖q‖², and ‖x − μ‖². */
  uint32_t *order;
  int32_t *bias, *lengths;
  double *squares;
  /** words: of a tile's row. */
  int64_t bandCount, words;
} PackedRows;

/**
 * The last complete E-step: its centroids; and at least the distance to the label's, at most that to any other: per slot where it was
 * screened, else per row. k = 0: none.
 */
typedef struct {
  int64_t k, room;
  int bySlot;
  float *centroids, *own, *others;
} History;

/** Whether E-steps for k centroids go by scores, how many more do so unasked, and how many after the next question (scoreChoice.c). */
typedef struct {
  int64_t k, wait, pause;
  /** refused: scores leave too many rows open. */
  int taken, refused;
} Scoring;

/** What k-means++ keeps from one pass to the next (seeding.c). */
struct Seeding;
/** What the E-step by the leads keeps from one to the next (leads.h). */
struct Leading;
/** What the screen keeps of groups of centroids (groups.h). */
struct Groups;
/** Rows along a few directions (reduction.h). */
struct Reduction;

typedef struct {
  int64_t n, d, screenFrom;
  /** Nanoseconds of one thread up to which a pass is its alone. */
  int64_t alone;
  int threads, leads;
  const Isa *isa;
  int64_t blockCount;
  const float **blocks;
  /** First row of each block, and n behind them. */
  int64_t *firstRows;
  float *mean;
  PackedRows packed;
  History history;
  Scoring scoring;
  struct Seeding *seeding;
  struct Leading *leading;
  struct Groups *groups;
  struct Reduction *reduction;
} Session;

/** Where row i lies. */
static inline const float *rowOf(const Session *s, int64_t i) {
  int64_t low = 0, high = s->blockCount - 1;
  while (low < high) {
    int64_t middle = (low + high + 1) / 2;
    if (s->firstRows[middle] <= i) low = middle;
    else high = middle - 1;
  }
  return s->blocks[low] + (i - s->firstRows[low]) * s->d;
}

/** Asks for bytes that will be read soon; of many the beginning, after which the processor sees the pattern. */
static inline void fetch(const void *from, int64_t bytes) {
  for (int64_t at = 0; at < bytes && at < 2048; at += 64) __builtin_prefetch((const char *)from + at);
}

static inline void prefetch(const float *values, int64_t count) { fetch(values, count * 4); }

/** Row r of a sample of `count`, evenly out of n. */
static inline int64_t sampleRow(int64_t n, int64_t r, int64_t count) { return (2 * r + 1) * n / (2 * count); }

/** Frees what was packed, and the history. */
void forget(Session *);
void forgetSeeding(Session *);
void forgetLeading(Session *);
void forgetGroups(Session *);
void forgetReduction(Session *);
/** Makes room for bounds. @return whether there is any */
int makeHistory(Session *);
/** Keeps the centroids of a complete E-step; without memory there is no history, and the next one does all. */
void remember(Session *, const float *centroids, int64_t k, int bySlot);
/** At least how far centroid j has come since then; 0: it is the same to the bit. */
double driftOf(const Session *, const float *centroids, int64_t j);

/** Scales are at least the largest magnitude around times this; zero rows need some scale. */
#define SCALE_FLOOR 0x1p-64

/** Indices 0 … count − 1 by ascending value (≥ 0, finite), to about one part in 256; scratch: count indices. */
void orderByMagnitude(const double *values, int64_t count, int32_t *order, int32_t *scratch);

/** Memory on a cache line, zeroed; null where there is none. */
void *allocate(int64_t bytes);
void release(void *);
