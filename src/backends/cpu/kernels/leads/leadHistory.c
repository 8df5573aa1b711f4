/** What one E-step by the leads leaves for the next: bounds on the rows' distances, which spare most rows the search once their centroids
 * and those around them have come to rest (bound.h, 6). Parallel over centroids. */
#include "bound.h"
#include "leads/leads.h"
#include "session/threads.h"

/** Neighbours are looked for this much farther away than they matter. */
#define AROUND 1.05

static void measureDrift(void *context, int64_t item, int worker) {
  (void)worker;
  LeadStep *p = context;
  const int64_t k = p->boxes->k, last = item * FANOUT + FANOUT < k ? item * FANOUT + FANOUT : k;
  for (int64_t j = item * FANOUT; j < last; j++)
    p->neighbours[j].drift = driftOf(p->s, p->c.values, j);
}

/** Of the members of a group. */
static void findNeighbours(void *context, int64_t group, int worker) {
  LeadStep *p = context;
  Boxes boxes = *p->boxes;
  boxes.complete = 0;
  Search search = {.found = p->found + worker * (boxes.k + FANOUT)};
  for (int64_t place = group * FANOUT; place < group * FANOUT + FANOUT; place++) {
    const int32_t j = boxes.ids[place];
    Neighbours *around = p->neighbours + j;
    const double radius = 2 * AROUND * (p->s->leading->reach[j] + around->drift);
    double cut = 0;
    boundSearch(&boxes, radius * radius * (1 + WIDE), &search);
    search.count = 0;
    aimSearch(&boxes, p->c.values + j * p->s->d, &search);
    p->s->isa->searchBoxes(&boxes, &search);
    for (int i = 0; i < search.count; i++)
      if (search.found[i] != j && p->neighbours[search.found[i]].drift > cut) cut = p->neighbours[search.found[i]].drift;
    around->radius = radius;
    around->cut = cut;
  }
}

int lookAround(LeadStep *p) {
  const int64_t groups = (p->boxes->k + FANOUT - 1) / FANOUT;
  const int result = spread(p->s->threads, groups, p->control, measureDrift, p);
  return result == DONE ? spread(p->s->threads, groups, p->control, findNeighbours, p) : result;
}

int spared(const LeadStep *p, int64_t row, int32_t label, LeadResult *known) {
  *known = (LeadResult){label, 0, INFINITY, 0};
  if (!p->followed || label < 0) return 0;
  const History *history = &p->s->history;
  const Neighbours *around = p->neighbours + label;
  known->own = around->drift == 0 ? history->own[row] : wider(history->own[row] + around->drift);
  const double near = history->others[row] - around->cut, far = around->radius - known->own;
  known->others = narrower(near < far ? near : far);
  const double enough = known->own * (1 + WIDE);
  return known->others > enough || (around->drift == 0 && around->cut == 0 && far > enough);
}

void keepHistory(LeadStep *p) {
  struct Leading *leading = p->s->leading;
  const int64_t k = p->boxes->k;
  if (leading->reachRoom < k) {
    release(leading->reach);
    leading->reach = allocate(k * 4);
    leading->reachRoom = leading->reach == 0 ? 0 : k;
  }
  leading->last = 1;
  leading->kept = p->keeping && leading->reachRoom >= k;
  for (int64_t j = 0; j < k && leading->kept; j++) {
    leading->reach[j] = 0;
    for (int worker = 0; worker < p->s->threads; worker++)
      if (p->reach[worker * k + j] > leading->reach[j]) leading->reach[j] = p->reach[worker * k + j];
  }
  remember(p->s, p->c.values, k, 0);
}

void forgetLeading(Session *s) {
  if (s->leading == 0) return;
  release(s->leading->reach);
  release(s->leading);
  s->leading = 0;
}
