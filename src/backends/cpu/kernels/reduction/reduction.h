/**
 * Rows of many columns that lie near a subspace: the screen runs on their coordinates there, and on how far they lie from it (bound.h, 12).
 * The subspace (basis.c), what is made of rows and centroids (reduction.c), whether it pays (reductionChoice.c). What passes is looked at
 * by all columns, as int8.
 */
#pragma once
#include "session/session.h"

/** Columns that share the length of what lies outside the subspace, so that none of them is much longer than the others. */
#define TAILS 4
/** Most columns of reduced vectors. */
#define MAX_REDUCED 192
/** Vectors that are reduced together. */
#define REDUCED_TOGETHER 32

/** What a session keeps. */
struct Reduction {
  /** The basis: m columns in `strips`, of `depth` rows: d, with zeros behind it. */
  int64_t depth, strips, m;
  float *basis;
  /** Coordinates are off by at most error·‖x‖ + tiny. Infinite: the basis is not meant for rows yet, its columns lead in order. */
  double error, tiny;
  /** order, lengths and squares are those of the session's packed rows, or null. */
  PackedRows rows;
  /** Whether E-steps for k centroids screen reduced rows, how many more do so unasked, and how many after the next question. */
  int taken;
  int64_t k, wait, pause;
  /** E-steps that were asked for; whether the rows cannot be reduced. */
  int64_t steps;
  int unfit;
  /** Whether later E-steps may go by groups. */
  int grouped;
};

/** Columns of reduced vectors. */
static inline int64_t reducedColumns(const struct Reduction *r) { return r->m + TAILS; }

/** At most how far coordinates are off, of a vector of that squared length. */
double strayOf(const struct Reduction *, double square);

/** Finds the directions in which rows spread most, at most m of them, in order. @return DONE, also where there are none (m = 0) */
int findBasis(const Session *, int64_t m, struct Reduction *, Control *);
/** Keeps the first m columns, made orthonormal once more and mixed, so that none is much longer than the others. */
int mixBasis(const Session *, int64_t m, struct Reduction *, Control *);

/** Floats of scratch for `reduce`. */
int64_t reduceRoom(const struct Reduction *);
/** Lays `count` vectors x − μ of these squared lengths along the basis. values: [count][reducedColumns]. @return whether all are finite */
int reduce(const Session *, const struct Reduction *, const float *const *x, const double *squares, int count, float *scratch,
           float *values);
/** Packs the reduced rows, after the rows themselves. */
int packReduced(Session *, struct Reduction *, Control *);

/**
 * Whether this E-step screens reduced rows, which are then packed; null: it does not, or there is no memory for it. grouped: whether later
 * ones may go by groups.
 */
int chooseReduction(Session *, const float *centroids, int64_t k, const int32_t *previous, int grouped, const struct Reduction **,
                    Control *);
