/**
 * What library.ts calls. Arrays belong to JavaScript; those of size n·d and the points are read in place. Functions with a Control return
 * DONE, CANCELLED (nothing was changed but the outputs, which mean nothing then) or NO_MEMORY, unless noted.
 */
#pragma once
#include "session/session.h"

#if defined(_WIN32)
#define PUBLIC __declspec(dllexport)
#else
#define PUBLIC __attribute__((visibility("default")))
#endif

/** The instruction set that `name` stands for ('' for the best); null where it is not there. */
PUBLIC const char *fastkmeans_isa(const char *name);
/** A session of n rows in blockCount blocks, to be told by fastkmeans_block; null where there is no memory. The screen is used where (k −
 * 20)·d exceeds screenFrom. A pass that would take one thread less than `alone` nanoseconds is its own. leads: LEADS_ESTIMATED and so on
 * (session.h). */
PUBLIC Session *fastkmeans_open(int64_t n, int64_t d, int64_t blockCount, int threads, int64_t alone, const char *isa, int64_t screenFrom,
                              int leads);
PUBLIC void fastkmeans_block(Session *, int64_t index, const float *values, int64_t firstRow);
PUBLIC void fastkmeans_close(Session *);

/** max (d): the largest |w·x| per column; bad (3): row, column and value of the first that is not finite, row −1 if none. */
PUBLIC int fastkmeans_column_stats(Session *, const double *weights, double *max, double *bad, Control *);
/** Takes the mean (d); blocks: Σ w‖x − mean‖² of each ROW_BLOCK rows. What was packed is forgotten. */
PUBLIC int fastkmeans_prepare(Session *, const float *mean, const double *weights, double *blocks, Control *);
/** labels (n) of the k centroids. previous: labels to start from, or null; follows: they are those that the last E-step gave. found (2):
 * rows that needed the definition, rows whose label is not the previous one. */
PUBLIC int fastkmeans_assign(Session *, const float *centroids, int64_t k, const int32_t *previous, int follows, int32_t *labels,
                             Control *, double *found);
/** Brings hi, lo (k·d) and the weights' limbs counts, countsLow (k) from the labels `summed` (n; −1: none) to `labels`; summed follows.
 * scale: 2^e_t per column. CANCELLED: the sums are of no use any more. */
PUBLIC int fastkmeans_sums(Session *, const int32_t *labels, int32_t *summed, const double *weights, const double *scale, int bits,
                           int64_t k, double *hi, double *lo, double *counts, double *countsLow, Control *);
/** The next centroids (k·d), shifts and inertia terms (k) from the sums. scale: 2^−e_t per column. */
PUBLIC int fastkmeans_update(Session *, const double *hi, const double *lo, const double *counts, const double *countsLow,
                             const double *scale, int bits, int weighted, int spherical, int64_t k, const float *current, float *next,
                             double *shifts, double *terms);
/** distances (n): D to the centroid of the label. */
PUBLIC int fastkmeans_sq_distances(Session *, const float *centroids, const int32_t *labels, double *distances, Control *);
/** table (rows·k): √D of the rows from `first` on to each of the k centroids. */
PUBLIC int fastkmeans_distances(Session *, const float *centroids, int64_t k, int64_t first, int64_t rows, double *table, Control *);
/** blocks: Σ w·D of each ROW_BLOCK rows. */
PUBLIC int fastkmeans_block_inertia(Session *, const float *centroids, const int32_t *labels, const double *weights, double *blocks,
                                    Control *);

/** k-means++: closest (n; anew: infinite before) falls to the smallest D to m centers. largest: the largest w·closest. `closest` is not to
 * change between calls. */
PUBLIC int fastkmeans_seed(Session *, const float *centers, int64_t m, int anew, const double *weights, double *closest, double *largest,
                           Control *);
/** sums (m): Σ rint(w·min(closest, D)·scale) for each candidate. */
PUBLIC int fastkmeans_potentials(Session *, const float *candidates, int64_t m, const double *weights, const double *closest, double scale,
                                 double *sums, Control *);
/** rows (count): for each u the first row where the running sum of rint(w·closest·scale) exceeds floor(u·total). u ascending. */
PUBLIC int fastkmeans_pick(Session *, const double *uniforms, int64_t count, const double *weights, const double *closest, double scale,
                           uint32_t *rows);

#if defined(__wasm__)
/** What a worker other than the calling one does, for ever; 0 < worker < threads. */
PUBLIC void fastkmeans_help(int worker);
/** Memory for JavaScript's arrays, of any content; null where there is none. */
PUBLIC void *fastkmeans_reserve(int64_t bytes);
PUBLIC void fastkmeans_release(void *);
#endif
