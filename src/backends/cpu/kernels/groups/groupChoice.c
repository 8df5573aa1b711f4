/** Whether E-steps go by groups: estimated on a sample of rows, in E-steps ever farther apart. Any choice gives the same labels. */
#include "groups/groups.h"
#include "screen/near.h"

/** The fewest pairs of a row and a centroid, and panels, for which it is asked; and most E-steps between two questions. */
#define LEAST_PAIRS (1 << 23)
#define LEAST_PANELS 4
#define LONGEST_PAUSE 32
/** Where groups do not pay even with this share of the pairs, nobody is asked. */
#define LEAST_SHARE 0.05

/**
 * Cycles, of which only the ratios count. By drift, a row and a panel take Isa.pace per word, and `screened`. By groups, all look at a
 * bound; those that meet also go into a tile, partly by word, and tiles that are not full take longer.
 */
static const struct {
  double screened, looked, met, gathered, partial;
} COST = {6, 3, 45, 0.2, 1.3};
/** The share that the sample foretells rises later, by about this: bounds grow old where rows do not meet. */
#define RISE 1.25
/** Groups are taken where so many E-steps bring in what the first one costs more, in which all rows meet all panels. */
#define HORIZON 8
/** Bytes that bounds may take whatever the points take. */
#define SPARE_BYTES (16 << 20)

/** Whether the bounds take no more than an eighth of what the points do. */
static int fits(const Session *s, int64_t k) { return boundBytes(s, k) <= s->n * s->d / 2 + SPARE_BYTES; }

/** Of a row and a panel, by the screen; and by groups, where this share of the pairs meets. */
static double screenCost(const Session *s) { return s->isa->pace * (double)s->packed.words + COST.screened; }
static double groupCost(const Session *s, double share) {
  const double words = (double)s->packed.words;
  return COST.looked + share * (s->isa->pace * COST.partial * words + COST.met + COST.gathered * words);
}

/** Whether groups pay, where rows meet these shares of the panels by drift and by groups. */
static int paying(const Session *s, double byDrift, double byGroups) {
  const double there = screenCost(s) * byDrift, first = COST.looked + screenCost(s) + COST.met;
  return HORIZON * (there - groupCost(s, byGroups)) > first - there;
}

/** Adds the shares of the panels that a row meets. */
static void askRow(const Step *step, int64_t slot, double *byDrift, double *byGroups) {
  const Session *s = step->s;
  const PackedCentroids *c = step->c;
  const struct Groups *groups = s->groups;
  const int width = s->isa->width;
  const int32_t label = step->previous[s->packed.order[slot]];
  if (label < 0 || label >= c->k) return;
  const double own = meet(s, c, slot, label, step->gamma).most, gap = s->history.others[slot] - own;
  int64_t moved = 0;
  for (int64_t j = 0; j < c->k; j++) moved += c->drift[j] > 0 && c->drift[j] >= gap;
  if (moved == 0) return;
  *byDrift += (double)moved / (double)c->k;
  for (int64_t group = 0; group < groups->count; group++) {
    const double reach = own + farthestOf(groups, c, group, width);
    int near = 0;
    for (int64_t place = group * width; place < c->k && place < (group + 1) * width && !near; place++)
      near = !(meet(s, c, slot, groups->order[place], step->gamma).least > reach);
    *byGroups += near / (double)groups->count;
  }
}

int enoughForGroups(const Session *s, int64_t k) { return s->n * k >= LEAST_PAIRS && k > (LEAST_PANELS - 1) * s->isa->width; }

int worthGrouping(const Step *step) {
  Session *s = step->s;
  const int64_t k = step->c->k;
  if (!step->followed || step->groups != 0) return 0;
  const int always = s->leads == GROUPS_ALWAYS;
  if (!always && (!enoughForGroups(s, k) || !fits(s, k) || !paying(s, 1, LEAST_SHARE))) return 0;
  struct Groups *groups = orderGroups(s, step->c);
  if (groups == 0 || always) return groups != 0;
  if (groups->wait-- > 0) return 0;
  groups->wait = groups->pause;
  groups->pause = groups->pause < LONGEST_PAUSE ? 2 * groups->pause + 1 : LONGEST_PAUSE;
  double byDrift = 0, byGroups = 0;
  for (int64_t r = 0; r < GROUP_SAMPLE; r++) askRow(step, sampleRow(s->n, r, GROUP_SAMPLE), &byDrift, &byGroups);
  return paying(s, byDrift / GROUP_SAMPLE, RISE * byGroups / GROUP_SAMPLE);
}

void settleGroups(const Step *step, int result) {
  Session *s = step->s;
  struct Groups *groups = s->groups;
  if (groups == 0) return;
  if (!step->followed || result != DONE) {
    forgetGroups(s);
    return;
  }
  const int first = !groups->taken;
  const double share = (double)step->met / (double)(s->n * groups->count);
  groups->taken = step->groups != 0 && (first || s->leads == GROUPS_ALWAYS || groupCost(s, share) < screenCost(s));
  if (groups->taken && wornOut(groups)) groups->taken = groups->wait = 0;
}
