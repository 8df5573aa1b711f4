/**
 * The C library against the definition (src/exact.ts) written as plain loops, bit for bit, on every instruction set of the processor: cold
 * and warm E-steps, sums, M-step, distances, seeding; then with memory and threads that cannot be had. For cross-compiled libraries and
 * sanitizers (.ci/testNative.mjs): compiled with the library's sources and -Dcalloc=testCalloc -Dfree=testFree
 * -Dpthread_create=testThread.
 * Usage: selfTest [--pairs] [ISA…], the instruction sets to test, all of which must be there; by default those that are. --pairs: a fifth
 * of the cases, where each takes long. Prints what failed; exit status 1 where anything did.
 */
#undef calloc
#undef free
#undef pthread_create
#include "api.h"
#include "plain.h"
#include "reduced.h"
#include "screen/definition.h"
#include "screen/near.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[] = {"amx", "avx512vnni", "avxvnni", "avx2", "neonmatrix", "neondot", "neon", "plain"};
#define NAME_COUNT (int)(sizeof NAMES / sizeof *NAMES)
#define SCREEN_ALL (-1000000000)
/** The screen or the definition, by the leads, the screen by groups, and of reduced rows; scores. */
static const int WAYS[] = {LEADS_NEVER, LEADS_ALWAYS, LEADS_BARE, GROUPS_ALWAYS, REDUCED_ALWAYS, SCORES_ALWAYS};
#define WAY_COUNT (int)(sizeof WAYS / sizeof *WAYS)

static int failures;
static char place[200];

/** Allocations and threads that still succeed (−1: all do), and blocks that are in use. */
static int64_t allocationsLeft = -1, threadsLeft = -1, blocksInUse;

static int spend(int64_t *left) { return *left < 0 || (*left)-- > 0; }

void *testCalloc(size_t count, size_t size) {
  if (!spend(&allocationsLeft)) return 0;
  blocksInUse++;
  return calloc(count, size);
}

void testFree(void *block) {
  if (block != 0) blocksInUse--;
  free(block);
}

int testThread(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument) {
  return spend(&threadsLeft) ? pthread_create(thread, attributes, start, argument) : 11;
}

static void fail(const char *what, int64_t index, double expected, double got) {
  if (failures++ < 20) printf("%s: %s[%lld]: expected %.17g, got %.17g\n", place, what, (long long)index, expected, got);
}

#define EXPECT_SAME(what, expected, got, count) \
  for (int64_t at = 0; at < (count); at++) \
    if (!((expected)[at] == (got)[at])) { \
      fail(what, at, (double)(expected)[at], (double)(got)[at]); \
      break; \
    }

static void expectResult(const char *what, int expected, int got) { EXPECT_SAME(what, &expected, &got, 1) }

/** All that a case's calls read and write. */
typedef struct {
  const Case *c;
  Session *s;
  const Points *p;
  float *centroids, *next;
  int32_t *labels, *summed;
  double *hi, *lo, *counts, *countsLow, *shifts, *terms, *perRow, *perBlock, *perColumn;
} Run;

static Run makeRun(const Case *c, const Truth *truth, const char *isa) {
  Run r = {.c = c, .p = &truth->p};
  const int64_t n = c->n, d = c->d, k = c->k;
  r.centroids = room(k * d, sizeof(float));
  r.next = room(k * d, sizeof(float));
  r.labels = room(n, sizeof(int32_t));
  r.summed = room(n, sizeof(int32_t));
  double **const arrays[] = {&r.hi, &r.lo, &r.counts, &r.countsLow, &r.shifts, &r.terms, &r.perRow, &r.perBlock, &r.perColumn};
  const int64_t sizes[] = {k * d, k * d, k, k, k, k, n, n, d};
  for (int i = 0; i < 9; i++) *arrays[i] = room(sizes[i], sizeof(double));
  memset(r.summed, -1, (size_t)n * sizeof(int32_t));
  memcpy(r.centroids, truth->rounds[0].centroids, (size_t)(k * d) * sizeof(float));
  r.s = fastkmeans_open(n, d, c->blocks, c->threads, 0, isa, c->screenFrom, c->leads);
  for (int64_t b = 0; r.s != 0 && b < c->blocks; b++) fastkmeans_block(r.s, b, r.p->x + b * n / c->blocks * d, b * n / c->blocks);
  return r;
}

static void freeRun(Run *r) {
  fastkmeans_close(r->s);
  void *const all[] = {r->centroids, r->next,   r->labels, r->summed, r->hi,       r->lo,       r->counts,
                       r->countsLow, r->shifts, r->terms,  r->perRow, r->perBlock, r->perColumn};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

static int assign(Run *r, int warm) {
  Control control = {0};
  double found[2];
  int32_t *labels = room(r->c->n, sizeof *labels);
  const int result = fastkmeans_assign(r->s, r->centroids, r->c->k, warm ? r->labels : 0, warm, labels, &control, found);
  if (result == DONE) memcpy(r->labels, labels, (size_t)r->c->n * sizeof *labels);
  free(labels);
  return result;
}

static int sums(Run *r) {
  Control control = {0};
  return fastkmeans_sums(r->s, r->labels, r->summed, r->p->weights, r->p->scale, r->p->bits, r->c->k, r->hi, r->lo, r->counts, r->countsLow,
                         &control);
}

static int update(Run *r) {
  double *inverse = room(r->c->d, sizeof *inverse);
  for (int64_t t = 0; t < r->c->d; t++) inverse[t] = 1 / r->p->scale[t];
  const int result = fastkmeans_update(r->s, r->hi, r->lo, r->counts, r->countsLow, inverse, r->p->bits, r->p->weights != 0,
                                       r->c->spherical, r->c->k, r->centroids, r->next, r->shifts, r->terms);
  free(inverse);
  return result;
}

static void checkLabels(const Run *r, const Round *right) { EXPECT_SAME("labels", right->labels, r->labels, r->c->n) }

/** The M-step: sums of the labels, and what becomes of them. */
static void checkUpdate(Run *r, const Plain *right) {
  const int64_t d = r->c->d, k = r->c->k;
  expectResult("sums", DONE, sums(r));
  expectResult("update", DONE, update(r));
  EXPECT_SAME("hi", right->hi, r->hi, k * d)
  EXPECT_SAME("lo", right->lo, r->lo, k * d)
  EXPECT_SAME("counts", right->counts, r->counts, k)
  EXPECT_SAME("countsLow", right->countsLow, r->countsLow, k)
  EXPECT_SAME("next", right->next, r->next, k * d)
  EXPECT_SAME("shifts", right->shifts, r->shifts, k)
  EXPECT_SAME("terms", right->terms, r->terms, k)
  EXPECT_SAME("summed", r->labels, r->summed, r->c->n)
}

static void checkDistances(Run *r, const Round *right) {
  const int64_t n = r->c->n;
  Control control = {0};
  expectResult("sqDistances", DONE, fastkmeans_sq_distances(r->s, r->centroids, r->labels, r->perRow, &control));
  EXPECT_SAME("sqDistances", right->distances, r->perRow, n)
  expectResult("blockInertia", DONE, fastkmeans_block_inertia(r->s, r->centroids, r->labels, r->p->weights, r->perBlock, &control));
  EXPECT_SAME("blockInertia", right->blocks, r->perBlock, (n + ROW_BLOCK - 1) / ROW_BLOCK)
}

/** All distances of the later rows. */
static void checkTable(Run *r) {
  const int64_t d = r->c->d, k = r->c->k, first = r->c->n / 3, rows = r->c->n - first;
  Control control = {0};
  double *table = room(rows * k, sizeof *table), *right = room(rows * k, sizeof *right);
  for (int64_t i = 0; i < rows * k; i++)
    right[i] = sqrt(sqDistance(r->p->x + (first + i / k) * d, r->centroids + i % k * d, d));
  expectResult("distances", DONE, fastkmeans_distances(r->s, r->centroids, k, first, rows, table, &control));
  EXPECT_SAME("distances", right, table, rows * k)
  free(table);
  free(right);
}

/** What the packed integers tell of every distance is true. */
static void checkIntervals(Run *r) {
  const Session *s = r->s;
  const int64_t d = r->c->d, k = r->c->k;
  const double gamma = gammaOf(d);
  PackedCentroids c;
  Control control = {0};
  if (s->packed.bytes == 0) return;
  expectResult("packCentroids", DONE, packCentroids(s, r->centroids, k, 0, 0, 0, &c, &control));
  for (int64_t slot = 0; slot < s->packed.bandCount * BAND_ROWS; slot++)
    for (int64_t j = slot % 3; j < k && s->packed.order[slot] != NO_ROW; j += 3) {
      const Interval interval = meet(s, &c, slot, j, gamma);
      const double distance = s->isa->distance(rowOf(s, s->packed.order[slot]), r->centroids + j * d, d);
      if (interval.least * interval.least * (1 - gamma) > distance) fail("least", slot * k + j, sqrt(distance), interval.least);
      if (!(interval.most * interval.most * (1 + gamma) >= distance)) fail("most", slot * k + j, sqrt(distance), interval.most);
    }
  freeCentroids(&c);
}

static int prepare(Run *r) {
  Control control = {0};
  double bad[3];
  const int result = fastkmeans_column_stats(r->s, r->p->weights, r->perColumn, bad, &control);
  if (result != DONE) return result;
  EXPECT_SAME("columnMax", r->p->max, r->perColumn, r->c->d)
  return fastkmeans_prepare(r->s, r->p->mean, r->p->weights, r->perBlock, &control);
}

static void testCase(const Case *c, const Truth *truth, const char *isa) {
  snprintf(place, sizeof place, "%s n=%lld d=%lld k=%lld values=%d threads=%d leads=%d", isa, (long long)c->n, (long long)c->d,
           (long long)c->k, c->values, c->threads, c->leads);
  Run r = makeRun(c, truth, isa);
  expectResult("prepare", DONE, prepare(&r));
  for (int i = 0; i < ROUNDS; i++) {
    const Round *right = &truth->rounds[i];
    memcpy(r.centroids, right->centroids, (size_t)(c->k * c->d) * sizeof(float));
    expectResult("assign", DONE, assign(&r, i > 0));
    checkLabels(&r, right);
    checkIntervals(&r);
    checkReduced(r.s, r.centroids, c->k, fail);
    checkUpdate(&r, &right->plain);
    checkDistances(&r, right);
  }
  checkTable(&r);
  checkSeeding(c, r.p, r.s, fail);
  Control cancelled = {.cancel = 1};
  double found[2];
  expectResult("cancelled", CANCELLED, fastkmeans_assign(r.s, r.centroids, c->k, 0, 0, r.labels, &cancelled, found));
  freeRun(&r);
}

/** A call that fails for want of memory changes nothing that counts: called again it gives the same labels, and nothing is left behind. */
static void testMemory(const char *isa, int64_t screenFrom, int leads) {
  const Case c = {.n = 500, .d = 19, .k = 45, .values = SMOOTH, .threads = 3, .blocks = 2, .screenFrom = screenFrom, .leads = leads};
  Truth truth = makeTruth(&c);
  snprintf(place, sizeof place, "%s without memory", isa);
  int succeeded = 0;
  for (int64_t left = 0; left < 200 && !succeeded; left++) {
    allocationsLeft = left;
    Run r = makeRun(&c, &truth, isa);
    succeeded = r.s != 0 && prepare(&r) == DONE && assign(&r, 0) == DONE && sums(&r) == DONE && update(&r) == DONE;
    allocationsLeft = -1;
    if (r.s != 0 && !succeeded) {
      expectResult("prepare again", DONE, prepare(&r));
      expectResult("assign again", DONE, assign(&r, 0));
      checkLabels(&r, truth.rounds);
    }
    freeRun(&r);
    const int64_t none = 0;
    EXPECT_SAME("blocks in use", &none, &blocksInUse, 1)
  }
  expectResult("with enough memory", 1, succeeded);
  threadsLeft = 1;
  testCase(&c, &truth, isa);
  threadsLeft = -1;
  freeTruth(&truth);
}

/** What was tested on an instruction set of NAMES; isa: null where it is left out. */
typedef struct {
  const char *isa;
  int64_t cases;
  int failures;
} Tally;

static Tally tallies[NAME_COUNT];

/**
 * A shape and kind of values on all instruction sets. As pairs, in one way on each, another one on the next: every shape, every kind and
 * every number of threads meets every way, in a fifth of the cases.
 */
static void testNumber(int64_t number, int pairs) {
  const Case first = caseOf(number, LEADS_NEVER);
  Truth truth = makeTruth(&first);
  for (int i = 0; i < NAME_COUNT; i++)
    for (int way = 0; way < WAY_COUNT && tallies[i].isa != 0; way++) {
      if (pairs && (number + number / SHAPE_COUNT + i) % WAY_COUNT != way) continue;
      const int before = failures;
      const Case c = caseOf(number, WAYS[way]);
      testCase(&c, &truth, tallies[i].isa);
      tallies[i].cases++;
      tallies[i].failures += failures - before;
    }
  freeTruth(&truth);
}

static void testWithout(Tally *tally) {
  const int before = failures;
  for (int way = 0; way < WAY_COUNT; way++) testMemory(tally->isa, SCREEN_ALL, WAYS[way]);
  testMemory(tally->isa, -SCREEN_ALL, LEADS_NEVER);
  tally->failures += failures - before;
}

int main(int count, char **words) {
  const int pairs = count > 1 && strcmp(words[1], "--pairs") == 0;
  for (int i = 1 + pairs; i < count; i++)
    if (fastkmeans_isa(words[i]) == 0) {
      printf("selfTest: expected the instruction set %s, which this processor has not\n", words[i]);
      return 1;
    }
  for (int i = 0; i < NAME_COUNT; i++) {
    int wanted = count == 1 + pairs;
    for (int j = 1 + pairs; j < count; j++) wanted |= strcmp(words[j], NAMES[i]) == 0;
    if (wanted && fastkmeans_isa(NAMES[i]) != 0) tallies[i].isa = NAMES[i];
  }
  for (int64_t number = 0; number < caseCount(); number++) testNumber(number, pairs);
  for (Tally *tally = tallies; tally < tallies + NAME_COUNT; tally++) {
    if (tally->isa == 0) continue;
    testWithout(tally);
    printf("%s: %lld cases, %d failures\n", tally->isa, (long long)tally->cases, tally->failures);
  }
  return failures > 0;
}
