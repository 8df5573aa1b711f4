/**
 * The one place where instruction sets differ: what functions.h compiles, once per set, with that set's inner loop. A tile of rows meets a
 * panel of centroids; everything around it (screen/, groups/) is common code that reads the shapes from here.
 *
 * A word of four bytes holds `group` consecutive dimensions of one row or centroid. A panel is [words][width], a tile as each set likes
 * it best. At rest, rows are int8; placeRow puts them into a tile.
 */
#pragma once
#include "isa/boxes.h"
#include <stdint.h>

#define MAX_ROWS 32
#define MAX_WIDTH 32
/** The accumulators' initial values are kept within this. */
#define INITIAL_LIMIT (1 << 30)
/** Thresholds and sums of products stay below this (levels.h), so that nothing overflows and a clamped initial value always passes. */
#define SCORE_LIMIT (1 << 29)

/** Bounds of a sweep are kept in 16 bits. */
#define FAR_LIMIT UINT16_MAX

/** One panel of centroids, packed: c − μ = scale·r + rest. The arrays are in units of `scale`, but for `half`. */
typedef struct {
  double scale;
  /** At most −½‖c − μ‖² ÷ scale in absolute value, with the proof's allowance; in units of the E-step's `unit`. */
  float half[MAX_WIDTH];
  /** At least ‖c − μ‖ ÷ scale and ‖rest‖ ÷ scale. */
  float norm[MAX_WIDTH], rest[MAX_WIDTH];
  /** At least Σr² of the words behind `earlyWords`, where Isa.tail is there. */
  float tail[MAX_WIDTH];
  /** Places behind them repeat the last one. */
  int32_t members;
} Panel;

/** What rows that share a scale bring to every panel: x − μ = scale·q + rest. */
typedef struct {
  /** unit ÷ scale (0: not to be screened), and 1 ÷ scale. */
  float perScale;
  double inverse;
  /** At least max ‖rest‖ ÷ scale and max ‖q‖. */
  float rest, length;
  /** The mean of the rows' Σq² behind `earlyWords`; 0: no screen ends there. */
  float tail;
} Measure;

/** A tile's rows. */
typedef struct {
  /** T per row; without a row it is infinite. */
  double threshold[MAX_ROWS];
  /** Σq times the centroids' bias, per row. */
  int32_t bias[MAX_ROWS];
  /** At least Σq² of the words behind `earlyWords`, and their part of the bias, per row. */
  float tail[MAX_ROWS];
  int32_t later[MAX_ROWS];
  /** X²(1 − 2γ) per row, where a sweep wants it. */
  double square[MAX_ROWS];
  /** Rows that it has. */
  int32_t count;
} Tile;

/** The meeting of a tile and a panel. The AVX-512 code addresses the fields by their offsets. */
typedef struct {
  int32_t initial[MAX_WIDTH];
  int32_t limit[MAX_ROWS];
  int32_t score[MAX_ROWS][MAX_WIDTH];
  uint32_t hit[MAX_ROWS];
  /** What a score may be above its lower bound: at least score − bias − above = s ÷ scales. */
  double above[MAX_WIDTH];
  /** For an early end (bound.h): w (0: none); what a sum may gain after it, by the centroid; the limit less what it may gain by the row. */
  float weight;
  int32_t gain[MAX_WIDTH], early[MAX_ROWS];
  /** Where limits are taken away before: what sums begin with, and the largest of that. */
  int32_t start[MAX_WIDTH], largest;
  /** Rows that the tile has. */
  int32_t count;
  /** From a sweep: at most the distance of each row to any member of the panel, in units, and FAR_LIMIT. */
  int32_t far[MAX_ROWS];
  /** Places of the panel whose scores are wanted. */
  int32_t members;
} __attribute__((aligned(64))) Meeting;

/** Words after which a screen may end early: half of them spares most, on blobs and on tokens. */
static inline int64_t earlyWords(int64_t words) { return words / 2; }

/** Matrices of `project` lie in strips of this many columns: [strip][row][STRIP]. */
#define STRIP 32

/** Nanoseconds of a thread for one product, of which only the ratios count: in `screen`, `product`, `project` and `score`. */
typedef struct {
  double screen, product, project, score;
} Times;

/** The sums of one cluster's limbs. */
typedef struct {
  double *hi, *lo;
} LimbTarget;

/** Sums in order that run side by side: each is one chain of additions. */
#define CHAINS 8

/** Rows that meet a block of centroids while it is in the cache. */
#define TABLE_ROWS 16

/** Rows that look for their nearest centroid in float32 together, and centroids whose sums run side by side, as chains of additions. */
#define NEAR_GROUP 16
#define NEAR_CHAINS 8
/** What they find there: each the smallest D (or score), whose it is, and the smallest of the others; with scores ‖x − μ‖². */
typedef struct {
  float best[NEAR_GROUP], second[NEAR_GROUP], square[NEAR_GROUP];
  int32_t label[NEAR_GROUP];
  /** What `conclude` makes of it: whether the label is open, and bounds on the distances to the label's centroid and to any other. */
  int32_t open[NEAR_GROUP];
  float own[NEAR_GROUP], others[NEAR_GROUP];
} Near;
/** D in float32 is at most D̂·more + tiny, and at least D̂·less − tiny. */
typedef struct {
  float more, less, tiny;
} NearErrors;
/** Centroids as scores want them (scores.c). */
typedef struct {
  int64_t k;
  /** [k ÷ 8][d][8]: μ − c; zeros behind the last. */
  float *values;
  /** Per centroid: at most ½‖c − μ‖² less the error's part of it (behind the last: infinite), and how far a score may be below. */
  float *half, *gaps;
} ScoredCentroids;
/** A score's error: as a share of ‖x − μ‖², ‖c − μ‖² being allowed for by the centroid; and where values underflow. */
typedef struct {
  double share, tiny;
} ScoreErrors;
/** Per centroid, at least how far it has come, and the farthest that any other has. */
typedef struct {
  const float *own, *others;
} Followed;

typedef struct {
  const char *name;
  /** Rows of a tile, centroids of a panel, dimensions in four bytes, and what is added to a centroid's values. */
  int rows, width, group, bias;
  /** The number of words of a row is a multiple of this. */
  int together;
  /** Lanes of float32. */
  int floats;
  /** About the cycles that a row and a panel take per word. */
  double pace;
  /** Called on a thread before and after any number of screens. */
  void (*enter)(void);
  void (*leave)(void);
  /** Largest absolute values of rows and centroids for d dimensions. */
  int (*rowLevels)(int64_t d);
  int (*centroidLevels)(int64_t d);
  /** The accumulators' initial values of all tiles of this measure, and `above`. */
  void (*begin)(const Measure *, const Panel *, Meeting *);
  /**
   * Scores of a tile × a panel; scales: the product of their scales' inverses.
   * @return the rows (bits) in which any reaches the threshold; for them score and hit are filled in
   */
  uint32_t (*screen)(const Tile *, double scales, const void *rows, const void *centroids, int64_t words, Meeting *);
  /** The same, and `far`: bounds on the rows' distances to the panel, in 1 ÷ perUnit. One of rows that no screen may judge is 0. */
  uint32_t (*sweep)(const Tile *, double scales, double perUnit, const void *rows, const void *centroids, int64_t words, Meeting *);
  /** For a row whose threshold is not known yet: the largest of its hits' lower bounds, in units of the scales. */
  double (*surest)(const Meeting *, int row, int32_t bias, uint32_t hits);
  /** Puts a row at rest (words · group bytes) into its place in a tile. */
  void (*placeRow)(const int8_t *bytes, int64_t words, int member, int32_t *tile);
  /** Largest |x − μ| and ‖x − μ‖², summed in any order. */
  void (*measure)(const float *x, const float *mean, int64_t d, double *largest, double *square);
  /** q = rint((x − μ) ÷ scale) in bytes; the squares of what is left and of q, and Σq. */
  void (*quantiseRow)(const float *x, const float *mean, int64_t d, double scale, int8_t *bytes, double *rest, double *square,
                      int64_t *sum);
  /** The same for a centroid as words, with the bias added. */
  void (*quantiseCentroid)(const float *x, const float *mean, int64_t d, double scale, int32_t *words, double *rest, double *square);
  /** q·r of a row at rest and a centroid's words, with the bias. */
  int32_t (*product)(const int8_t *row, const int32_t *centroid, int64_t words);
  /** Σr² of a centroid's words from `first` on; null where screens do not end early. */
  double (*tail)(const int32_t *words, int64_t first, int64_t end);
  /** ‖a − b‖² in float64, in any order. */
  double (*distance)(const float *a, const float *b, int64_t d);
  /** The same in float32. */
  float (*roughDistance)(const float *a, const float *b, int64_t d);
  /** D of CHAINS pairs by the definition, sums in order; the CHAINS pairs behind them come next. */
  void (*distances)(const float *const *x, const float *const *c, int64_t d, double *sums);
  /** Per column at least the bits of |x| as an integer, of `rows` rows that lie together. */
  void (*magnitudes)(const float *x, int64_t rows, int64_t d, int32_t *largest);
  /** Labels of up to 8 rows by the definition: every lane is one row, sums run in order. */
  void (*nearest)(const float *const *rows, int count, const double *centroids, int64_t k, int64_t d, double *scratch, int32_t *labels);
  /** Centroids of a block of `table`. */
  int tableWidth;
  /**
   * Distances (√D) of up to TABLE_ROWS rows to k centroids by the definition; those of a row lie `stride` behind those of the row before.
   * Centroids are in blocks, [d][tableWidth] float64 each. scratch: TABLE_ROWS·d values.
   */
  void (*table)(const float *const *rows, int count, const double *centroids, int64_t k, int64_t d, double *scratch, double *out,
                int64_t stride);
  /** The nearest centroid of NEAR_GROUP rows in float32 (bound.h, 8); the four rows behind them come next. scratch: NEAR_GROUP·d values. */
  void (*nearby)(const float *const *rows, const float *centroids, int64_t k, int64_t d, float *scratch, Near *near);
  void (*conclude)(Near *, const NearErrors *, int bounded);
  /** The same by scores (bound.h, 13); gaps: those of the centroids. */
  void (*score)(const float *const *rows, const float *mean, const ScoredCentroids *, int64_t d, float *scratch, Near *near);
  void (*concludeScores)(Near *, const ScoreErrors *, const float *gaps, int bounded);
  int (*follow)(const Followed *, const int32_t *labels, int count, float *own, float *others, int32_t *left);
  /**
   * Meets all centroids within the search's bound; one group that is near, for a first bound; those around the label, if that settles it.
   */
  void (*searchBoxes)(const Boxes *, Search *);
  void (*searchNear)(const Boxes *, Search *);
  int (*searchAround)(const Surroundings *, Search *);
  /** Keeps of the centroids that were found those whose distance, in float32 and in any order, is at most `limit`. */
  void (*narrowFound)(const float *x, const float *centroids, int64_t d, double limit, Search *);
  /** Adds (or takes away) a row's limbs, columns [from, to). */
  void (*addLimbs)(const float *x, double weight, double sign, const double *scale, int bits, LimbTarget, int64_t from, int64_t to);
  /** out = x·matrix in float32, both matrices in strips; x: [rows][depth], rows a multiple of 4. */
  void (*project)(const float *x, int64_t rows, int64_t depth, const float *matrix, int64_t strips, float *out);
  /** Rows first … first + 3 of yᵀy in float64, from the diagonal's strip on; out: [strips · STRIP][strips · STRIP]. */
  void (*gram)(const float *y, int64_t rows, int64_t strips, int64_t first, double *out);
  Times times;
  /** Σ rint(w·value·scale) of `count` values, and the largest w·value (at least `largest`); weights may be null. */
  double (*roundedSum)(const double *values, const double *weights, double scale, int64_t count);
  double (*largest)(const double *values, const double *weights, double largest, int64_t count);
} Isa;

/** Words of a packed row of so many columns. */
static inline int64_t wordsOf(const Isa *isa, int64_t columns) {
  return ((columns + isa->group - 1) / isa->group + isa->together - 1) / isa->together * isa->together;
}

#if defined(__wasm__)
extern const Isa isaWasm;
#else
extern const Isa isaPlain;
#endif
#if defined(__x86_64__)
extern const Isa isaAvx2, isaAvxVnni, isaAvx512vnni, isaAmx;
#elif defined(__aarch64__)
extern const Isa isaNeon, isaNeonDot, isaNeonMatrix;
#endif

/** The set of that name, or without a name the best that this processor has; null where it is not there. */
const Isa *chooseIsa(const char *name);
