/**
 * Why a centroid that the integer screen drops cannot be the label.
 *
 * Setting. u = 2^-53. All is shifted by μ, which changes neither differences nor their order: x and c_j below are the real vectors x − μ
 * and c_j − μ, X = ‖x‖, C_j = ‖c_j‖, D_j = ‖x − c_j‖², s_j = x·c_j − ½C_j², so that D_j = X² − 2s_j. Rows are packed as x = α·q + e with
 * integers q (α: the tile's scale), centroids as c_j = β·r_j + f_j (β: the panel's scale). By Cauchy–Schwarz
 *
 *     x·c_j = α q·c_j + e·c_j = αβ q·r_j + α q·f_j + e·c_j
 *     s_j ÷ αβ ≤ q·r_j + ‖q‖·(‖f_j‖÷β) + (‖e‖÷α)·(C_j÷β) − ½C_j² ÷ αβ                                        (1)
 *
 * All but q·r_j is one number per tile (with the largest ‖q‖ and ‖e‖ of its rows) and centroid: the accumulator's INITIAL VALUE. The
 * norms are computed from what rounding left, not assumed.
 *
 * 1. Packing (float64). Values and means are float32: the difference v_t is rounded once, |v_t − x_t| ≤ u|x_t|. Scales have 24 significant bits
 *    and |q_t| < 2^15, so q_t·α is exact and v_t − q_t·α is rounded once. Sums of d squares and the root: relative error at most (d + 4)u, in any order. So
 *    ‖e‖ ≤ (ê + 2u·X̂)(1 + (d + 8)u), X̂ and ê as computed, and d ≤ 2^20 makes it ≤ (ê + SMALL·X̂)(1 + SLACK): restOf. The same for f_j, and C_j ≤ Ĉ_j(1 + SLACK). Squares of
 *    differences of float32 neither under- nor overflow in float64.
 * 2. Initial value (float32). Each of the two products of (1), their sum, and the coefficients (rounded to nearest) add up to at most 4 roundings of 2^-24, and adding half·perScale one
 *    more, relative to the positive part p and the negative part h = ½C_j²÷αβ. upward (1 + SLACK, SLACK = 2^-19) for the positive coefficients and (1 − SLACK) for h pay for them: 2^-19 > 7·2^-24 twice over. Underflow: each
 *    float32 operation may lose 2^-149, times at most 2^100 (perScale is at most that, else the tile is blind): far below one unit. Conversion truncates:
 *    (int)v + 2 ≥ v + 1. Clamping from below only raises the value. Clamped from above it is 2^30: then the sum is at least 2^30 − |q·r_j| > 2^29 ≥ every threshold (isa.c
 *    keeps |q·r_j| < 2^29 and biased sums below 2^30), so it always hits.
 * 3. The definition rounds: the computed D is D_j(1 + θ), |θ| ≤ ε = (d + 4)u. If the definition prefers j to i, or holds them equal, then s_i − s_j ≤ ½ε(D_i + D_j), and ½εD_j ≤ ε(X² + C_j²).
 *    The part εC_j² is in h as well: 2^-19 − 5·2^-24 > 2ε for d ≤ 2^20.
 * 4. Threshold. T (float64) is such that s_j + εC_j² < T proves that the definition neither prefers j nor holds it equal to some centroid i:
 *    T ≤ s_i − ½εD_i − εX². From a distance D̂_i to any centroid, in float64 and in any order: s_i = ½(X² − D_i), and with the errors of 1
 *    T = ½(X̂² − D̂_i) − γ(X̂² + D̂_i), γ = 2(d + 16)u: certified. From integers, for a centroid whose q·r_i is known: (1) with the signs of the two products turned, h enlarged by (1 + 2^-18)
 *    instead of lessened, two units less, and γX̂² less: raised.
 *    T ÷ αβ is computed with three roundings and truncated: (int)t − 1 ≤ t − u·3|t| as |t| ≤ 2^30; values beyond are clamped down, never up (below −2^30: no threshold).
 *
 * Conclusion. A centroid whose integer sum is below the row's limit has s_j + εC_j² < T and is not the label. The others are looked at by assign.c: distances in any order, D̂ = D(1 ± γ), decide where their intervals are disjoint, the definition
 * (definition.h) decides the rest, ties to the lowest index.
 */
#pragma once
#include <float.h>
#include <math.h>
#include <stdint.h>

/** Largest d that the constants are made for. */
#define MAX_DIMENSIONS (1 << 20)
#define SLACK 0x1p-19
#define SMALL 0x1p-50
/** Tiles whose scale is smaller than the centroids' unit by more than this are not screened. */
#define MAX_PER_SCALE 0x1p100

/** γ: relative error of a float64 sum of d squares in any order, with room for the definition's. */
static inline double gammaOf(int64_t d) { return (double)(d + 16) * DBL_EPSILON; }

/** A bound that survives float32: at least v(1 + 2^-20). */
static inline float upward(double v) { return (float)(v * (1 + SLACK)); }

/** At least ‖rest‖ ÷ scale, from the computed square of the rest and the norm of the vector. */
static inline float restOf(double restSquare, double norm, double scale) { return upward((sqrt(restSquare) + SMALL * norm) / scale); }

/** T from a distance to any centroid. */
static inline double certified(double square, double distance, double gamma) { return 0.5 * (square - distance) - gamma * (square + distance); }

/** A scale that brings `largest` to at most `levels`: 24 significant bits, at least largest ÷ levels, at least `floor` (> 0). */
static inline double scaleOf(double largest, int levels, double floor) {
  double wanted = largest / levels > floor ? largest / levels : floor;
  int exponent;
  double mantissa = frexp(wanted, &exponent);
  return ldexp(ceil(mantissa * 0x1p24) + 1, exponent - 24);
}
