/**
 * The screen of an E-step by groups: each panel is met by the rows of the band whose bounds do not tell that it cannot hold their label
 * (bound.h, 11). They are gathered from their places at rest into tiles; the panel's scores give them a new bound.
 */
#include "groups/groups.h"
#include "screen/collect.h"
#include "session/threads.h"

/** Of a row's part in a screen, what gathering costs on top: with more rows than that pays for, all are taken, whose tiles stay. */
#define GATHERED 0.25

/** A band's rows. */
typedef struct {
  /** At least the distance to the label, in units; less than any bound: the row meets nothing. still: where the label's centroid is the
   * same, for panels whose centroids are. */
  int32_t reach[BAND_ROWS], still[BAND_ROWS];
  /** The smallest bound of the panels that were not met. */
  int32_t unmet[BAND_ROWS];
} Reaches;

static void lookUp(const Step *step, int64_t firstSlot, const Runner *runners, Reaches *r) {
  const PackedCentroids *c = step->c;
  const double perUnit = 1 / step->groups->unit;
  for (int i = 0; i < BAND_ROWS; i++) {
    const Race *race = &runners[i].race;
    const int meets = step->s->packed.order[firstSlot + i] != NO_ROW && c->classes[runners[i].class].panels > 0;
    const double reach = race->reach * (1 + WIDE) * perUnit;
    r->reach[i] = !meets ? INT32_MIN : race->label >= 0 && reach < FAR_LIMIT ? (int32_t)reach + 1 : FAR_LIMIT;
    r->still[i] = meets && race->label >= 0 && c->drift[race->label] == 0 ? INT32_MIN : r->reach[i];
    r->unmet[i] = INT32_MAX;
  }
}

/** @return how many rows meet the panel; list: which */
static int listRows(const Step *step, const uint16_t *bounds, int64_t panel, Reaches *r, int16_t *list) {
  const int32_t drift = step->groups->drift[panel];
  const int32_t *reach = step->groups->still[panel] ? r->still : r->reach;
  int8_t meets[BAND_ROWS];
  for (int i = 0; i < BAND_ROWS; i++) {
    const int32_t left = bounds[i] - drift, unmet = r->unmet[i];
    meets[i] = left <= reach[i];
    r->unmet[i] = meets[i] || unmet < left ? unmet : left;
  }
  int count = 0;
  for (int i = 0; i < BAND_ROWS; i++) {
    list[count] = (int16_t)i;
    count += meets[i];
  }
  return count;
}

/** Tiles of rows: those of all that meet anything, each made when it is first asked for, and behind them one for a few. */
typedef struct {
  int16_t all[BAND_ROWS];
  int count, made;
  int32_t *words;
} Tiles;

/** Makes a tile of the rows of a list from `first` on. @return its words */
static const int32_t *fillTile(const Step *step, int64_t firstSlot, const Runner *runners, const int16_t *list, int first, Tiles *tiles,
                               Tile *tile) {
  const Session *s = step->s;
  const int64_t words = s->packed.words;
  const int rows = s->isa->rows, whole = list == tiles->all;
  int32_t *to = tiles->words + (whole ? first : (BAND_ROWS + rows - 1) / rows * rows) * words;
  for (int i = 0; i < tile->count; i++) {
    const int member = list[first + i];
    const int64_t slot = firstSlot + member;
    tile->threshold[i] = runners[member].threshold;
    tile->square[i] = s->packed.squares[slot] * (1 - 2 * step->gamma);
    tile->bias[i] = s->packed.bias[slot];
    if (!whole || first >= tiles->made) placeSlot(s->isa, &s->packed, slot, i, to);
  }
  if (whole && first >= tiles->made) tiles->made = first + rows;
  return to;
}

/** unmet: the smallest bound of a row's panels that were not met, in units. */
static void keepUnmet(Runner *runner, int32_t unmet, double unit) {
  const double least = unmet == INT32_MAX ? INFINITY : unmet > 0 ? unmet * unit : 0;
  runner->unmet = least < runner->unmet ? least : runner->unmet;
}

/** Lets the bounds of a tile's rows begin anew: what the sweep found, and the panel's drift up to now. */
static void renewBounds(const Meeting *m, int32_t drift, const int16_t *members, int count, uint16_t *bounds) {
  for (int i = 0; i < count; i++) {
    const int32_t bound = m->far[i] + drift;
    bounds[members[i]] = (uint16_t)(bound < FAR_LIMIT ? bound : FAR_LIMIT);
  }
}

void screenGroups(Step *step, const Track *track, int64_t firstSlot, Runner *runners, Meeting *m, int32_t *words) {
  const Session *s = step->s;
  const PackedCentroids *c = step->c;
  const Isa *isa = s->isa;
  const struct Groups *groups = step->groups;
  const Band *band = s->packed.bands + firstSlot / BAND_ROWS;
  const Measure measure = measureOf(band, c);
  const double perUnit = measure.perScale == 0 ? 0 : (1 - WIDE) / groups->unit;
  Reaches r;
  Tile tile = {.count = 0};
  Tiles tiles = {.words = words};
  int16_t few[BAND_ROWS + 1];
  int64_t met = 0;
  lookUp(step, firstSlot, runners, &r);
  for (int i = 0; i < BAND_ROWS; i++)
    if (r.reach[i] > INT32_MIN) {
      tiles.all[tiles.count++] = (int16_t)i;
      if (measure.perScale == 0) runners[i].threshold = -INFINITY;
    }
  for (int64_t panel = 0; tiles.count > 0 && panel < c->panelCount && !cancelled(step->control); panel++) {
    uint16_t *bounds = groups->bounds + (firstSlot / BAND_ROWS * groups->count + panel) * BAND_ROWS;
    int count = listRows(step, bounds, panel, &r, few);
    if (count == 0) continue;
    const int16_t *list = few;
    if (count * (1 + GATHERED) > tiles.count) {
      list = tiles.all;
      count = tiles.count;
    }
    met += count;
    const double scale = c->panels[panel].scale, inverse = measure.inverse * (1 / scale), scales = band->scale * scale;
    const uint32_t valid = membersOf(c, panel, isa->width);
    isa->begin(&measure, c->panels + panel, m);
    for (int first = 0; first < count; first += isa->rows) {
      tile.count = count - first < isa->rows ? count - first : isa->rows;
      const int32_t *filled = fillTile(step, firstSlot, runners, list, first, &tiles, &tile);
      uint32_t passed = isa->sweep(&tile, inverse, perUnit, filled, c->words + panel * isa->width * s->packed.words, s->packed.words, m);
      renewBounds(m, groups->drift[panel], list + first, tile.count, bounds);
      for (; passed != 0; passed &= passed - 1) {
        const int i = __builtin_ctz(passed), member = list[first + i];
        const uint32_t hits = m->hit[i] & valid;
        if (hits == 0) continue;
        collect(track, &measure, firstSlot + member, panel, scales, hits, i, m, &tile, &runners[member]);
        runners[member].threshold = tile.threshold[i];
      }
    }
  }
  for (int n = 0; n < tiles.count; n++) keepUnmet(&runners[tiles.all[n]], r.unmet[tiles.all[n]], groups->unit);
  __atomic_fetch_add(&step->met, met, __ATOMIC_RELAXED);
}
