/**
 * Whether an E-step goes by the leads, and whether it keeps bounds for the next: estimated on a sample of rows, in E-steps ever farther
 * apart. Any choice gives the same labels.
 */
#include "leads.h"
#include "race.h"
#include "tile.h"

/** Rows of the sample, and centroids that they meet. */
#define SAMPLE 64
#define SAMPLE_CENTROIDS 32
/** Most E-steps between two looks. */
#define LONGEST_PAUSE 64
/** Bounds are kept where this share of the rows is farther from the second centroid than from its own by so many times what that moved. */
#define STEADY 0.5
#define STEADY_GAP 3

/**
 * Nanoseconds of a thread with AVX-512, of which only the ratios count; what is done in lanes takes longer with fewer of them: a row by the leads, an eight met per lead, a centroid looked at per
 * column; a row on the screen, a centroid there, per column, one that passes, per column; a centroid by the definition, and per column.
 */
static const struct {
  double row, eight, eightLead, looked, lookedColumn, screenRow, screened, screenedColumn, passed, passedColumn, direct, directColumn;
} COST = {40, 5, 2, 3, 0.1, 100, 0.2, 0.005, 10, 0.3, 0.06, 0.025};

#define LANES_OF_COST 16

/** Leads are taken where that costs less than this share of the other way. */
#define ADVANTAGE 0.8

/** Row r of the sample. */
static inline int64_t sampled(const Session *s, int64_t r) { return (2 * r + 1) * s->n / (2 * SAMPLE); }

/** A vector as the screen would see it: its length, and what quantising leaves. */
typedef struct {
  double length, rest;
} Quantised;

static Quantised quantise(const Session *s, const float *values, int levels, int8_t *bytes) {
  double largest, square, rest, ignored;
  int64_t sum;
  s->isa->measure(values, s->mean, s->d, &largest, &square);
  if (largest == 0) return (Quantised){0, 0};
  s->isa->quantiseRow(values, s->mean, s->d, largest / levels, bytes, &rest, &ignored, &sum);
  return (Quantised){sqrt(square), sqrt(rest)};
}

/** About how many centroids pass the screen, of all that the sampled rows meet. */
static double passing(const LeadStep *p, const LeadResult *results, int8_t *bytes) {
  const Session *s = p->s;
  const int64_t d = s->d, k = p->boxes->k, count = k < SAMPLE_CENTROIDS ? k : SAMPLE_CENTROIDS;
  Quantised centroids[SAMPLE_CENTROIDS];
  double passed = 0;
  for (int64_t c = 0; c < count; c++) centroids[c] = quantise(s, p->c.values + c * k / count * d, s->isa->centroidLevels(d), bytes);
  for (int64_t r = 0; r < SAMPLE; r++) {
    const float *x = rowOf(s, sampled(s, r));
    const Quantised row = quantise(s, x, s->isa->rowLevels(d), bytes);
    const double own = (double)results[r].own * results[r].own * SEARCHED;
    for (int64_t c = 0; c < count; c++) {
      const double slack = row.rest * centroids[c].length + row.length * centroids[c].rest;
      passed += s->isa->distance(x, p->c.values + c * k / count * d, d) <= own + 2 * slack;
    }
  }
  return passed / SAMPLE / (double)count * (double)k;
}

void lookLater(struct Leading *leading) {
  leading->wait = leading->pause;
  leading->pause = leading->pause < LONGEST_PAUSE ? 2 * leading->pause + 1 : LONGEST_PAUSE;
}

int chooseWay(const LeadStep *p, int screened) {
  const Session *s = p->s;
  struct Leading *leading = s->leading;
  const int64_t d = s->d, k = p->boxes->k;
  lookLater(leading);
  leading->taken = 1;
  leading->keeping = s->leads == LEADS_ALWAYS;
  if (s->leads != LEADS_ESTIMATED) return DONE;
  LeadResult results[SAMPLE];
  LeadStep trial = *p;
  Search search = {.margin = SEARCHED, .found = p->found};
  int steady = 0;
  trial.keeping = 1;
  for (int64_t r = 0; r < SAMPLE; r++) {
    results[r] = labelByLeads(&trial, sampled(s, r), &search);
    if (s->history.k == k) steady += results[r].others - results[r].own > STEADY_GAP * driftOf(s, p->c.values, results[r].label);
  }
  leading->keeping = steady >= STEADY * SAMPLE;
  int8_t *bytes = screened ? allocate(d + 8) : 0;
  if (screened && bytes == 0) return NO_MEMORY;
  const double met = (double)search.met / SAMPLE, looked = (double)search.looked / SAMPLE, columns = (double)d, centroids = (double)k;
  const double longer = (double)LANES_OF_COST / s->isa->floats, products = 2 * s->isa->times.screen;
  const double here = COST.row + met * (COST.eight + COST.eightLead * p->boxes->leads * 0.5 * (1 + longer)) +
                      looked * (COST.looked + COST.lookedColumn * longer * columns);
  double there = centroids * (COST.direct + COST.directColumn * columns) * longer;
  if (screened)
    there = COST.screenRow + centroids * (COST.screened * longer + (products > COST.screenedColumn ? products : COST.screenedColumn) * columns) +
            passing(p, results, bytes) * (COST.passed + COST.passedColumn * longer * columns);
  leading->taken = here < ADVANTAGE * there;
  release(bytes);
  return DONE;
}
