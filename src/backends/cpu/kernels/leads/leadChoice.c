/**
 * Whether an E-step goes by the leads, and whether it keeps bounds for the next: estimated on a sample of rows, in E-steps ever farther
 * apart. Any choice gives the same labels.
 */
#include "direct/scores.h"
#include "leads/leads.h"
#include "screen/passing.h"
#include "screen/race.h"

/** Most E-steps between two looks. */
#define LONGEST_PAUSE 64
/** Bounds are kept where this share of the rows is farther from the second centroid than from its own by so many times what that moved. */
#define STEADY 0.5
#define STEADY_GAP 3

/**
 * Nanoseconds of a thread with AVX-512, of which only the ratios count; what is done in lanes takes longer with fewer of them: a row by the
 * leads, an eight met per lead, a centroid looked at per column; a row on the screen, a centroid there, per column, one that passes, per
 * column; a centroid by the definition, and per column.
 */
static const struct {
  double row, eight, eightLead, looked, lookedColumn, screenRow, screened, screenedColumn, passed, passedColumn, direct, directColumn;
} COST = {40, 5, 2, 3, 0.1, 100, 0.2, 0.005, 10, 0.3, 0.06, 0.025};

/** Lanes of float32 that the costs are for. */
#define LANES_OF_COST 16

/** Leads are taken where that costs less than this share of the other way. */
#define ADVANTAGE 0.8

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
  double reach[SAMPLE];
  LeadStep trial = *p;
  Search search = {.found = p->found};
  widenSearch(SEARCHED, &search);
  int steady = 0;
  trial.keeping = 1;
  for (int64_t r = 0; r < SAMPLE; r++) {
    const LeadResult result = labelByLeads(&trial, sampled(s, r), &search);
    reach[r] = (double)result.own * result.own * SEARCHED;
    if (s->history.k == k) steady += result.others - result.own > STEADY_GAP * driftOf(s, p->c.values, result.label);
  }
  leading->keeping = steady >= STEADY * SAMPLE;
  const double passed = screened ? passing(s, p->c.values, k, reach) : 0;
  if (passed < 0) return NO_MEMORY;
  const double met = (double)search.met / SAMPLE, looked = (double)search.looked / SAMPLE, columns = (double)d, centroids = (double)k;
  const double longer = (double)LANES_OF_COST / s->isa->floats, products = 2 * s->isa->times.screen;
  const double here = COST.row + met * (COST.eight + COST.eightLead * p->boxes->leads * 0.5 * (1 + longer)) +
                      looked * (COST.looked + COST.lookedColumn * longer * columns);
  const double scored = scoreCost(s, k), screen = products > COST.screenedColumn ? products : COST.screenedColumn;
  double there = centroids * (COST.direct + COST.directColumn * columns) * longer;
  if (screened)
    there = COST.screenRow + centroids * (COST.screened * longer + screen * columns) +
            passed * (COST.passed + COST.passedColumn * longer * columns);
  there = scored < there ? scored : there;
  leading->taken = here < ADVANTAGE * there;
  return DONE;
}
