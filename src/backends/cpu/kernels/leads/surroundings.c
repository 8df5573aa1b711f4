/**
 * Around every centroid the nearest others: a row that lies near its centroid meets these, and opens no boxes (bound.h, 10). In d
 * dimensions about 2^d others lie within twice a row's distance: of few columns only. Parallel over groups of centroids.
 */
#include "leads/leads.h"
#include "screen/definition.h"
#include "session/threads.h"
#include <math.h>

/** Most columns; groups of nearest others. */
#define MOST_COLUMNS 4
#define GROUPS(d) ((d) < 2 ? 2 : (int)(d))
/** Centroids, and rows a centroid, from which on it pays: to find a centroid's takes as long as eight rows' searches. */
#define LEAST_CENTROIDS 64
#define LEAST_ROWS 16

/** The nearest others so far, nearest first, and their squared distances: those of all groups, and one more. */
typedef struct {
  int count, most;
  int32_t ids[MOST_COLUMNS * FANOUT + 1];
  double squares[MOST_COLUMNS * FANOUT + 1];
} Nearest;

static void insert(Nearest *nearest, int32_t id, double square) {
  if (nearest->count == nearest->most && square >= nearest->squares[nearest->most - 1]) return;
  int at = nearest->count < nearest->most ? nearest->count++ : nearest->most - 1;
  for (; at > 0 && nearest->squares[at - 1] > square; at--) {
    nearest->squares[at] = nearest->squares[at - 1];
    nearest->ids[at] = nearest->ids[at - 1];
  }
  nearest->squares[at] = square;
  nearest->ids[at] = id;
}

/** Writes the groups of centroid j, which repeat it behind the last of the others; none that was not found is nearer than `bound`. */
static void keepNearest(LeadStep *p, int32_t j, const Nearest *nearest, double bound) {
  const int64_t d = p->s->d, eights = p->around.eights, first = j * eights;
  for (int64_t place = 0; place < eights * FANOUT; place++) {
    const int64_t at = first * FANOUT + place;
    const int32_t id = place < nearest->count ? nearest->ids[place] : j;
    p->around.lists.ids[at] = id;
    for (int64_t t = 0; t < d; t++) p->around.lists.members[(at / FANOUT * d + t) * FANOUT + at % FANOUT] = p->c.values[id * d + t];
  }
  for (int64_t e = 0; e <= eights; e++)
    p->around.beyond[first + j + e] = (e * FANOUT < nearest->count ? nearest->squares[e * FANOUT] : bound) * (1 - WIDE);
}

/** Of the members of a group: whatever lies no farther than the boxes' neighbours, of which there are enough, is looked at. */
static void findNearest(void *context, int64_t group, int worker) {
  LeadStep *p = context;
  Boxes boxes = *p->boxes;
  boxes.complete = 0;
  const int64_t d = p->s->d, room = p->around.eights * FANOUT, from = group * FANOUT / room * room;
  const int64_t last = group * FANOUT + FANOUT < boxes.k ? group * FANOUT + FANOUT : boxes.k;
  Search search = {.found = p->found + worker * (boxes.k + FANOUT)};
  for (int64_t place = group * FANOUT; place < last; place++) {
    const int32_t j = boxes.ids[place];
    const float *c = p->c.values + j * d;
    Nearest nearest = {.most = (int)room + 1};
    double bound = 0;
    for (int64_t other = from; other < from + room && other < boxes.k; other++) {
      const double square = sqDistance(c, p->c.values + boxes.ids[other] * d, d);
      bound = square > bound ? square : bound;
    }
    boundSearch(&boxes, bound, &search);
    search.count = 0;
    aimSearch(&boxes, c, &search);
    p->s->isa->searchBoxes(&boxes, &search);
    for (int i = 0; i < search.count; i++)
      if (search.found[i] != j) insert(&nearest, search.found[i], sqDistance(c, p->c.values + search.found[i] * d, d));
    keepNearest(p, j, &nearest, bound);
  }
}

int makeSurroundings(LeadStep *p) {
  const Session *s = p->s;
  const int64_t k = p->boxes->k, d = s->d;
  if (d > MOST_COLUMNS || k < LEAST_CENTROIDS || s->n < LEAST_ROWS * k) return DONE;
  const int64_t eights = GROUPS(d);
  p->around = (Surroundings){.eights = (int)eights, .lists = *p->boxes, .beyond = allocate(k * (eights + 1) * 8)};
  p->around.lists.members = allocate(k * eights * FANOUT * d * 8);
  p->around.lists.ids = allocate(k * eights * FANOUT * 4);
  const int there = p->around.beyond != 0 && p->around.lists.members != 0 && p->around.lists.ids != 0;
  return there ? spread(s->threads, (k + FANOUT - 1) / FANOUT, p->control, findNearest, p) : NO_MEMORY;
}

void freeSurroundings(Surroundings *around) {
  release(around->lists.members);
  release(around->lists.ids);
  release(around->beyond);
}
