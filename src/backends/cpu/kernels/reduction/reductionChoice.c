/**
 * Whether an E-step screens reduced rows: estimated on a sample, in E-steps ever farther apart, and of how many columns. Data without
 * favoured directions are told by a few products of rows, before any basis is sought. Any choice gives the same labels.
 */
#include "bound.h"
#include "reduction/reduction.h"
#include "session/threads.h"

/** Rows of which products tell how many directions there are, rows that are tried, and centroids that they meet. */
#define PAIRED 48
#define TRIED 32
#define TRIED_CENTROIDS 128
/**
 * Most E-steps between two looks. What it costs to reduce the rows is to pay within as many E-steps as there were, at most so many: what
 * takes longer to pay is better done by groups, late. Where there are too few centroids for these, an E-step that follows another is taken
 * for the beginning of a training, in which it may pay later. The number of columns is chosen as if some more followed.
 */
#define LONGEST_PAUSE 64
#define MOST_STEPS 2
#define PATIENT_STEPS 6
#define MORE_STEPS 2
/** Columns of reduced vectors, and the least d for them: fewer would leave too little to spare. */
static const int CHOICES[] = {32, 64, 96, 128, 192};
#define CHOICE_COUNT (int)(sizeof CHOICES / sizeof *CHOICES)
#define LEAST_FACTOR 6
/** More directions than this share of the columns are no favoured ones. */
#define FLAT 0.2
/**
 * Reduced rows are taken where they cost less than this share of all columns; a basis is sought where that costs this share of an E-step.
 */
#define ADVANTAGE 0.85
#define SEARCH_SHARE 0.08
/**
 * Nanoseconds of a pair on the screen and of one that passes it, besides their products; of a row that is packed, per column; and what a
 * product of `gram` costs in those of `project`.
 */
#define PAIR 0.1
#define PASSED 20
#define PACKED 0.5
#define GRAM 4
/** Least number that pass reduced screens; thresholds look this much farther than the label, by squares. */
#define LEAST_PASSED 4
#define FARTHER 1.1
/** What quantising leaves of a mixed vector, times the levels, as a share of its length. */
#define LEFT 0.8

/** About what a row costs, in nanoseconds: the screen by so many columns, and what passes. */
static double costOf(const Session *s, int64_t k, int64_t columns, double passed) {
  return (double)k * (PAIR + s->isa->times.screen * (double)columns) + passed * (PASSED + s->isa->times.product * (double)s->d);
}

/** What it costs to find the basis, and to lay rows along it. */
static double searchCost(const Session *s, int64_t m) {
  const double m64 = (double)m, d = (double)s->d;
  return s->isa->times.project * (3 * 4 * m64 * m64 * d + 2 * GRAM * m64 * m64 * d);
}

static double layCost(const Session *s, int64_t m, int64_t vectors) {
  return (s->isa->times.project * (double)m + PACKED) * (double)(s->d * vectors);
}

/** About how many directions the rows spread in: of independent rows the mean of cos² is one part in that. */
static double directions(const Session *s) {
  const int64_t d = s->d;
  double sum = 0, length[PAIRED], ignored;
  for (int64_t i = 0; i < PAIRED; i++) s->isa->measure(rowOf(s, i * s->n / PAIRED), s->mean, d, &ignored, &length[i]);
  for (int64_t i = 0; i < PAIRED; i++)
    for (int64_t j = 0; j < i; j++) {
      const double square = s->isa->distance(rowOf(s, i * s->n / PAIRED), rowOf(s, j * s->n / PAIRED), d);
      const double lengths = length[i] * length[j], product = 0.5 * (length[i] + length[j] - square);
      sum += lengths > 0 ? product * product / lengths : 1;
    }
  return 0.5 * PAIRED * (PAIRED - 1) / sum;
}

/** The most columns that are worth a try; 0: none. */
static int64_t mostColumns(const Session *s, int64_t k) {
  const double all = costOf(s, k, s->d, 0), wanted = SEARCH_SHARE * all * (double)s->n;
  int64_t most = 0;
  for (int c = 0; c < CHOICE_COUNT && LEAST_FACTOR * CHOICES[c] <= s->d; c++)
    if (costOf(s, k, CHOICES[c], LEAST_PASSED) < ADVANTAGE * all && searchCost(s, CHOICES[c]) < wanted) most = CHOICES[c];
  return most != 0 && s->n > 4 * most && directions(s) < FLAT * (double)s->d ? most : 0;
}

/** A row or centroid of the trial: its squared length, how far it lies outside of each choice's columns, and T for a row. */
typedef struct {
  double square, outside[CHOICE_COUNT], threshold;
} Tried;

/** The choices of a basis's columns: of an ordered one all that it has, else all columns together. */
typedef struct {
  int count;
  int64_t m[CHOICE_COUNT];
} Choices;

static Choices choicesOf(const struct Reduction *r) {
  Choices choices = {0};
  for (int c = 0; c < CHOICE_COUNT && r->error == INFINITY && CHOICES[c] - TAILS < r->m; c++)
    choices.m[choices.count++] = CHOICES[c] - TAILS;
  choices.m[choices.count++] = r->m;
  return choices;
}

static inline int64_t triedRow(const Session *s, int64_t i) { return sampleRow(s->n, i, TRIED); }

/** T of the rows that are tried, from their labels' distances or the nearest centroids'. */
static void aim(const Session *s, const float *centroids, int64_t k, const int32_t *previous, float *scratch, const float **x,
                Tried *rows) {
  const double gamma = gammaOf(s->d);
  for (int first = 0; first < TRIED; first += NEAR_GROUP) {
    Near near = {0};
    if (previous == 0) s->isa->nearby(x + first, centroids, k, s->d, scratch, &near);
    for (int i = first; i < first + NEAR_GROUP; i++) {
      const int32_t label = previous == 0 ? near.label[i - first] : previous[triedRow(s, i)];
      const double own = s->isa->distance(x[i], centroids + (label >= 0 && label < k ? label : 0) * s->d, s->d);
      rows[i].threshold = certified(rows[i].square, own * FARTHER, gamma);
    }
  }
}

/** Lays vectors along the basis, as many as there are. values: [count][strips · STRIP]. */
static void lay(const Session *s, const struct Reduction *r, const float **x, int64_t count, float *scratch, float *values) {
  const int64_t width = r->strips * STRIP;
  float *centred = scratch, *strips = scratch + REDUCED_TOGETHER * r->depth;
  for (int64_t from = 0; from < count; from += REDUCED_TOGETHER) {
    for (int64_t i = 0; i < REDUCED_TOGETHER; i++)
      for (int64_t t = 0; t < s->d; t++)
        centred[i * r->depth + t] = from + i < count ? x[from + i][t] - s->mean[t] : 0;
    s->isa->project(centred, REDUCED_TOGETHER, r->depth, r->basis, r->strips, strips);
    for (int64_t i = 0; i < REDUCED_TOGETHER && from + i < count; i++)
      for (int64_t j = 0; j < width; j++) values[(from + i) * width + j] = strips[(j / STRIP * REDUCED_TOGETHER + i) * STRIP + j % STRIP];
  }
}

/** How far a vector of these coordinates lies outside. */
static void leave(const Choices *choices, const float *y, Tried *tried) {
  double left = tried->square;
  int64_t at = 0;
  for (int c = 0; c < choices->count; c++) {
    for (; at < choices->m[c]; at++) left -= (double)y[at] * y[at];
    tried->outside[c] = left > 0 ? sqrt(left) : 0;
  }
}

/** Counts whether a row and a centroid pass, by each choice of columns and, behind them, by all. squares: of what is between them. */
static void meetTried(const Session *s, const Choices *choices, const float *y, const float *z, const Tried *row, const Tried *centroid,
                      double squares, double *passed) {
  const double levels = 1 / (double)s->isa->rowLevels(MAX_REDUCED) + 1 / (double)s->isa->centroidLevels(MAX_REDUCED);
  const double slack = LEFT * levels * sqrt(row->square * centroid->square);
  double product = slack - 0.5 * centroid->square;
  int64_t at = 0;
  for (int c = 0; c < choices->count; c++) {
    for (; at < choices->m[c]; at++) product += (double)y[at] * z[at];
    passed[c] += product + row->outside[c] * centroid->outside[c] >= row->threshold;
  }
  passed[choices->count] += 0.5 * (row->square - squares) + slack >= row->threshold;
}

/** The m of least cost; 0: all columns are quicker. */
static int64_t leastCost(const Session *s, int64_t k, const struct Reduction *r, const Choices *choices, const double *passed,
                         double scale) {
  const double steps = (double)(r->steps == 1 ? 1 : r->grouped ? MOST_STEPS : PATIENT_STEPS), n = (double)s->n;
  const double all = ADVANTAGE * costOf(s, k, s->d, passed[choices->count] * scale) * n;
  double least = INFINITY;
  int64_t best = 0;
  for (int c = 0; c < choices->count; c++) {
    const int64_t m = choices->m[c];
    const double rows = r->rows.bytes == 0 ? layCost(s, m, s->n) : 0;
    const double cost = costOf(s, k, m + TAILS, passed[c] * scale) * n + layCost(s, m, k), cheapest = cost + rows / (steps + MORE_STEPS);
    if (cost + rows / steps > all || cheapest > least) continue;
    least = cheapest;
    best = m;
  }
  return best;
}

/** Tries the columns that the basis has. @return the best m; 0: all columns are quicker; −1 without memory */
static int64_t tryColumns(const Session *s, const float *centroids, int64_t k, const int32_t *previous, const struct Reduction *r) {
  const Choices choices = choicesOf(r);
  const int64_t count = k < TRIED_CENTROIDS ? k : TRIED_CENTROIDS, width = r->strips * STRIP, d = s->d;
  const int64_t room = reduceRoom(r) > NEAR_GROUP * d ? reduceRoom(r) : NEAR_GROUP * d;
  float *scratch = allocate(room * 4), *values = allocate((TRIED + count) * width * 4);
  const float *x[TRIED + TRIED_CENTROIDS];
  Tried tried[TRIED + TRIED_CENTROIDS];
  double passed[CHOICE_COUNT + 1] = {0}, ignored;
  int64_t best = -1;
  if (scratch != 0 && values != 0) {
    for (int64_t i = 0; i < TRIED; i++) x[i] = rowOf(s, triedRow(s, i));
    for (int64_t j = 0; j < count; j++) x[TRIED + j] = centroids + j * k / count * d;
    for (int64_t i = 0; i < TRIED + count; i++) s->isa->measure(x[i], s->mean, d, &ignored, &tried[i].square);
    aim(s, centroids, k, previous, scratch, x, tried);
    lay(s, r, x, TRIED + count, scratch, values);
    for (int64_t i = 0; i < TRIED + count; i++) leave(&choices, values + i * width, &tried[i]);
    for (int64_t i = 0; i < TRIED; i++)
      for (int64_t j = TRIED; j < TRIED + count; j++)
        meetTried(s, &choices, values + i * width, values + j * width, &tried[i], &tried[j], s->isa->distance(x[i], x[j], d), passed);
    best = leastCost(s, k, r, &choices, passed, (double)k / (double)count / TRIED);
  }
  release(scratch);
  release(values);
  return best;
}

/** Makes a sought basis ready for m columns, and packs the rows. */
static int makeReady(Session *s, int64_t m, struct Reduction *r, Control *control) {
  int result = r->error == INFINITY ? mixBasis(s, m, r, control) : DONE;
  if (result == DONE && !(r->error < MOST_STRAY)) r->unfit = 1;
  if (result == DONE && !r->unfit && r->rows.bytes == 0) result = packReduced(s, r, control);
  return result;
}

static int look(Session *s, const float *centroids, int64_t k, const int32_t *previous, struct Reduction *r, Control *control) {
  const int forced = s->leads == REDUCED_ALWAYS;
  r->taken = 0;
  r->wait = r->pause;
  r->pause = r->pause < LONGEST_PAUSE ? 2 * r->pause + 1 : LONGEST_PAUSE;
  if (r->basis == 0) {
    const int64_t most = forced ? (s->d + 1) / 2 + TAILS : mostColumns(s, k);
    if (most == 0) return DONE;
    const int result = findBasis(s, most < MAX_REDUCED ? most - TAILS : MAX_REDUCED - TAILS, r, control);
    if (result != DONE) return result;
  }
  if (r->m == 0) r->unfit = 1;
  const int64_t best = forced || r->unfit ? r->m : tryColumns(s, centroids, k, previous, r);
  if (best < 0) return NO_MEMORY;
  if (best == 0) return DONE;
  const int result = makeReady(s, best, r, control);
  r->taken = result == DONE && !r->unfit;
  return result;
}

int chooseReduction(Session *s, const float *centroids, int64_t k, const int32_t *previous, int grouped, const struct Reduction **chosen,
                    Control *control) {
  *chosen = 0;
  if (s->leads != LEADS_ESTIMATED && s->leads != REDUCED_ALWAYS) return DONE;
  if (s->leads == LEADS_ESTIMATED && s->d < LEAST_FACTOR * CHOICES[0]) return DONE;
  if (s->reduction == 0) s->reduction = allocate(sizeof *s->reduction);
  struct Reduction *r = s->reduction;
  if (r == 0) return DONE;
  if (r->k != k) {
    r->k = k;
    r->wait = r->pause = r->taken = 0;
  }
  r->steps++;
  r->grouped = grouped;
  int result = DONE;
  if (r->unfit) return DONE;
  if (r->wait-- == 0) result = look(s, centroids, k, previous, r, control);
  if (result != DONE) forgetReduction(s);
  else if (r->taken) *chosen = r;
  return result == CANCELLED ? CANCELLED : DONE;
}
