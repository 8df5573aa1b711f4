/**
 * The E-step that goes by the leads, the columns that hold most of the centroids' spread: all of few columns, or the badly scaled ones of
 * many. Centroids lie in boxes by their leads, in float64, and a row meets those that lie no farther from it, by the leads alone, than
 * its previous label does by all columns (bound.h, 10). Parallel over runs of rows, which stay as they are: nothing is packed.
 */
#include "leads/leads.h"
#include "screen/race.h"
#include "session/threads.h"

#define RUN 1024
/** Rows between two looks at the control. */
#define LOOK 64
/** n·k from which on it is tried. */
#define LEAST_PAIRS (1 << 16)
/** Share of the spread that leads of many columns must hold. */
#define LEADING 0.4

/** All columns are leads: sums over them are the definition's D. */
static void searchAll(const LeadStep *p, const float *x, LeadResult *known, Search *search) {
  const Session *s = p->s;
  search->label = known->label;
  search->best = search->others = INFINITY;
  boundSearch(p->boxes, INFINITY, search);
  if (known->label >= 0) {
    search->best = sqDistance(x, p->c.values + known->label * s->d, s->d);
    if (p->followed) {
      known->own = wider(sqrt(search->best));
      if (known->others > known->own * (1 + WIDE)) return;
    }
    boundSearch(p->boxes, search->best * search->margin, search);
  } else s->isa->searchNear(p->boxes, search);
  if (p->around.eights == 0 || !s->isa->searchAround(&p->around, search)) s->isa->searchBoxes(p->boxes, search);
  known->label = search->label;
  if (!p->keeping) return;
  known->own = wider(sqrt(search->best));
  known->others = narrower(sqrt(search->others < search->bound ? search->others : search->bound));
}

static void meetFound(const Track *t, Race *race, const float *x, Search *search) {
  if (race->label < 0) {
    race->label = search->found[0];
    measureOwn(t, race, x);
  }
  for (int i = 0; i < search->count; i++)
    if (search->found[i] != race->label) compete(t, race, x, search->found[i]);
  search->count = 0;
}

/** The leads leave a few centroids, distances in float32 fewer, and the race decides. */
static void searchSome(const LeadStep *p, const float *x, LeadResult *known, Search *search) {
  const Isa *isa = p->s->isa;
  const Track track = {p->s, &p->c, p->gamma};
  Race race;
  startRace(&race, known->label);
  search->others = INFINITY;
  boundSearch(p->boxes, INFINITY, search);
  if (known->label >= 0) {
    measureOwn(&track, &race, x);
    known->own = (float)race.reach;
    if (known->others > known->own * (1 + WIDE)) return;
  } else {
    isa->searchNear(p->boxes, search);
    meetFound(&track, &race, x, search);
  }
  const double most = race.distance * (1 + 4 * p->gamma);
  boundSearch(p->boxes, most * search->margin, search);
  isa->searchBoxes(p->boxes, search);
  isa->narrowFound(x, p->c.values, p->s->d, roughly(most, p->s->d), search);
  meetFound(&track, &race, x, search);
  double others = fromRough(search->others, p->s->d);
  others = race.others < others ? race.others : others;
  others = search->bound < others ? search->bound : others;
  *known = (LeadResult){race.label, race.open, (float)race.reach, narrower(sqrt(others))};
}

LeadResult labelByLeads(const LeadStep *p, int64_t row, Search *search) {
  const Boxes *b = p->boxes;
  const int32_t previous = p->previous == 0 ? -1 : p->previous[row];
  LeadResult result;
  if (spared(p, row, previous < b->k ? previous : -1, &result)) return result;
  const float *x = rowOf(p->s, row);
  aimSearch(b, x, search);
  if (b->complete) searchAll(p, x, &result, search);
  else searchSome(p, x, &result, search);
  return result;
}

static void assignRun(void *context, int64_t item, int worker) {
  LeadStep *p = context;
  const int64_t k = p->boxes->k, first = item * RUN, last = first + RUN < p->s->n ? first + RUN : p->s->n;
  const History *history = &p->s->history;
  int64_t open = 0;
  Search search = {.found = p->found + worker * (k + FANOUT)};
  widenSearch(p->keeping ? SEARCHED : 1, &search);
  float *reach = p->reach + worker * k;
  for (int64_t i = first; i < last && (i % LOOK != 0 || !cancelled(p->control)); i++) {
    const LeadResult result = labelByLeads(p, i, &search);
    p->labels[i] = result.label;
    open += result.open;
    if (!p->keeping) continue;
    history->own[i] = result.own;
    history->others[i] = result.others;
    reach[result.label] = result.own > reach[result.label] ? result.own : reach[result.label];
  }
  __atomic_fetch_add(&p->open, open, __ATOMIC_RELAXED);
}

/** What the session keeps, of k centroids; null without memory. */
static struct Leading *leadingOf(Session *s, int64_t k) {
  if (s->leading == 0) s->leading = allocate(sizeof *s->leading);
  struct Leading *leading = s->leading;
  if (leading != 0 && leading->k != k) {
    leading->k = k;
    leading->wait = leading->pause = 0;
  }
  return leading;
}

/** What another way finds in the session's history must not be bounds of this one. */
static int decline(Session *s) {
  if (s->leading != 0 && s->leading->last) s->history.k = s->leading->last = 0;
  return DECLINED;
}

static int runStep(LeadStep *p, int asked, int screened, int follows) {
  Session *s = p->s;
  struct Leading *leading = s->leading;
  int result = makeSurroundings(p);
  if (result == DONE && asked) result = chooseWay(p, screened);
  if (result != DONE) return result;
  if (!leading->taken) return decline(s);
  p->keeping = leading->keeping;
  if (p->keeping && !makeHistory(s)) return NO_MEMORY;
  p->followed = follows && p->keeping && leading->last && leading->kept && s->history.k == leading->k;
  if (p->followed) result = lookAround(p);
  s->history.k = 0;
  p->control->items = (int32_t)((s->n + RUN - 1) / RUN);
  const double row = (double)s->d + (double)(leading->k * 2) / s->isa->floats;
  if (result == DONE) result = spread(threadsFor(s, (double)s->n * row), p->control->items, p->control, assignRun, p);
  if (result == DONE) keepHistory(p);
  return result;
}

int assignByLeads(Session *s, const float *centroids, int64_t k, const int32_t *previous, int follows, int screened, int32_t *labels,
                  Control *control, double *open) {
  if (s->leads == LEADS_NEVER || s->leads == GROUPS_ALWAYS || s->leads == REDUCED_ALWAYS) return decline(s);
  if (s->leads == LEADS_ESTIMATED && s->n * k < LEAST_PAIRS) return decline(s);
  struct Leading *leading = leadingOf(s, k);
  if (leading == 0) return NO_MEMORY;
  const int asked = leading->wait == 0;
  if (!asked) leading->wait--;
  if (!asked && !leading->taken) return decline(s);
  Boxes boxes = {.k = k};
  const double share = chooseLeads(s, centroids, k, &boxes);
  if (asked && share >= 0 && share < LEADING && s->leads == LEADS_ESTIMATED) {
    lookLater(leading);
    leading->taken = 0;
    return decline(s);
  }
  LeadStep step = {.s = s, .boxes = &boxes, .c = {.values = centroids, .k = k}, .previous = previous, .labels = labels, .control = control};
  step.gamma = gammaOf(s->d);
  step.found = allocate(s->threads * (k + FANOUT) * 4);
  step.neighbours = allocate(k * (int64_t)sizeof *step.neighbours);
  step.reach = allocate(s->threads * k * 4);
  int result = share >= 0 && step.found != 0 && step.neighbours != 0 && step.reach != 0 ? DONE : NO_MEMORY;
  if (result == DONE) result = makeBoxes(s, centroids, &boxes);
  if (result == DONE) result = runStep(&step, asked, screened, follows && previous != 0);
  release(step.found);
  release(step.neighbours);
  release(step.reach);
  freeSurroundings(&step.around);
  freeBoxes(&boxes);
  *open = (double)step.open;
  return result;
}
