/**
 * Why a centroid that the integer screen drops cannot be the label.
 *
 * Setting. u = 2^-53. All is shifted by μ, which changes neither differences nor their order: x and c_j are the real vectors x − μ and
 * c_j − μ; X = ‖x‖, C_j = ‖c_j‖, D_j = ‖x − c_j‖², s_j = x·c_j − ½C_j², so that D_j = X² − 2s_j. Rows are packed as x = α·q + e with
 * integers q (α: the band's scale), centroids as c_j = β·r_j + f_j (β: the panel's). By Cauchy–Schwarz
 *
 *     x·c_j = α q·c_j + e·c_j = αβ q·r_j + α q·f_j + e·c_j
 *     s_j ÷ αβ ≤ q·r_j + ‖q‖·(‖f_j‖ ÷ β) + (‖e‖ ÷ α)·(C_j ÷ β) − h_j,     h_j = ½C_j² ÷ αβ                  (1)
 *
 * All but q·r_j is one number per centroid and tile of rows (with the band's largest ‖q‖ and ‖e‖): the accumulator's INITIAL VALUE. The
 * norms are computed from what rounding left, not assumed. For d ≤ 2^20:
 *
 * 1. Packing, in float64. A difference v_t of float32 values is rounded once: |v_t − x_t| ≤ u|x_t|. Scales have 24 significant bits and
 *    |q_t| < 2^15, so α·q_t is exact and v_t − α·q_t is rounded once. A sum of d squares, in any order, and its root: relative error at
 *    most (d + 4)u. So ‖e‖ ≤ (ê + SMALL·X̂)(1 + SLACK) with ê and X̂ as computed: restOf; likewise ‖f_j‖; and C_j ≤ Ĉ_j(1 + SLACK).
 *    Squares of differences of float32 neither under- nor overflow in float64.
 *
 * 2. Initial value, in float32. Its positive part p meets at most five roundings of 2^-24 (two coefficients, product, two sums), h_j four
 *    (coefficient, unit ÷ α, product, sum). Every coefficient of p carries a factor 1 + SLACK, h_j one of 1 − SLACK, SLACK = 2^-19: p pays
 *    with 2^-18 for 5·2^-24, h_j with 2^-19 for 2^-22, which leaves at least 2^-20·h_j. What underflows is at most 2^-149, times unit ÷ α
 *    ≤ 2^100: far below one unit. Conversion truncates: (int)v + 2 ≥ v + 1. A value clamped from below only grows. One clamped from above
 *    is 2^30, and always passes: the sum is then at least 2^30 − |q·r_j| > 2^29, and no threshold is larger (levels.h keeps |q·r_j| below
 *    2^29, and biased sums below 2^30, so nothing wraps around).
 *
 * 3. The definition rounds: it computes D_j(1 + θ), |θ| ≤ ε = (d + 4)u. If it prefers j to i, or holds them equal, then
 *    s_i − s_j ≤ ½ε(D_i + D_j), where ½εD_j ≤ ε(X² + C_j²). The part εC_j² < 2^-21·C_j² is paid by what 2 left of h_j.
 *
 * 4. Threshold, in float64: T ≤ s_i − ½εD_i − εX² for some centroid i. Then s_j + εC_j² < T proves that the definition neither prefers j
 *    to i nor holds them equal.
 *    - certified: from D̂_i, summed in any order. s_i = ½(X² − D_i), and with the errors of 1, T = ½(X̂² − D̂_i) − γ(X̂² + D̂_i),
 *      γ = 2(d + 16)u.
 *    - raised, where q·r_i is known: (1) with its two products turned to the negative, h_i enlarged by 1 + 2^-18 (which undoes 1 − SLACK,
 *      and pays for roundings and εC_i²), two units less for the roundings of the sum, and γX̂² less for 2εX².
 *    T ÷ αβ meets three roundings of u and is truncated: (int)t − 1 is not above it, as |t| ≤ 2^30. Larger values are clamped down;
 *    below −2^30 everything passes.
 *
 * 5. k-means++ asks which rows come closer to a new center j than `closest`, which the definition gave for some earlier center i: T of 4 with
 *    D̂_i = closest. What stays below the limit has a D_j that is neither below closest nor equal.
 *
 * 6. From one E-step to the next. Below T = certified(X̂², r², γ) the same sums prove D_j = X² − 2s_j > r², for any r; with r more than the
 *    distance to the label, the screen tells how far all others are at least. So a row keeps o ≥ ‖x − c_label‖ and b ≤ ‖x − c_j‖ for all
 *    other j. When centroids have come p_j ≥ ‖c_j − c_j'‖, o + p_label and b − p_j are such bounds for the new ones. With a cut z, the
 *    centroids of p_j ≤ z keep b − z, and none of them is the label if b − z > o (1 + WIDE): D_j(1 − ε) > D_label(1 + ε), as WIDE > 4ε. If
 *    the own centroid is the same to the bit (p_label = 0), neither are those with p_j = 0, whatever b: both D are what they were, and so
 *    is their order. o, b and p_j are rounded away from the conclusion by the factor 1 ± WIDE, which is more than their arithmetic errs.
 *
 * 7. One pair: with P = q·r_j, which the screen's sum less its initial value is, two intervals of ‖x − c_j‖ follow. With y = αq, z = βr_j:
 *
 *     | ‖x − c_j‖ − ‖y − z‖ | ≤ ‖e‖ + ‖f_j‖,                          ‖y − z‖² = α²‖q‖² + β²‖r_j‖² − 2αβP                           (2)
 *     | D_j − (X² + C_j² − 2αβP) | ≤ 2(‖e‖·C_j + ‖y‖·‖f_j‖)                                                                          (3)
 *
 *    (2) is narrower for rows close to their centroids, (3) for centroids close to μ. In float64, P and the squares of integers are exact, as
 *    is αβ. Of Σ = α²‖q‖² + β²‖r_j‖² ≥ 2αβ|P| each rounding loses at most 2u: five of them are less than SMALL·Σ = 8uΣ. In (3), X² and C_j²
 *    err by (d + 4)u besides, and γ(Σ + X² + C_j²) pays for all. The norms are upper bounds (1); roots, and what is done to them, are paid by
 *    1 ± WIDE. A lower end above the label's upper end by the factor 1 + WIDE is as in 6: the label is not j.
 *
 * 8. Few centroids meet the rows in float32 instead (floats.h), and so do candidates of many columns before float64 (race.h). v = 2^-24: a
 *    difference, its square and a sum in any order, with or without fused multiply-adds, give D̂_j = D_j(1 ± (d + 2)v(1 + dv)) as long as
 *    nothing under- or overflows; twice that, nearGamma, covers the definition's own rounding too. Each of d squares and sums that
 *    underflows errs by at most 2^-126, flushed to zero or not: nearTiny.
 *    Sums only grow, so one that overflowed belongs to a D_j of at least FLT_MAX(1 − γ): it counts as FLT_MAX from below, as infinite from
 *    above. The smallest D̂ is the label's if D̂(1 + γ) + tiny < D̂_j(1 − γ) − tiny for all others. Where it is not clear, the label is some
 *    centroid that the definition puts no farther: D̂(1 + γ) + tiny still bounds its distance from above, and every other's is at least
 *    the smallest D̂(1 − γ) − tiny. So o and b of 6 come out of the same numbers. All of that is float32 too: nearMore and nearLess are
 *    farther from 1 than γ by 2^-21, for three roundings of v each, and WIDE is more than the few of roots, sums and products.
 *
 * 9. An early end. Behind the first words of a screen the products still to come are at most ‖q'‖·‖r_j'‖ ≤ w‖q'‖² ÷ 2 + ‖r_j'‖² ÷ 2w, for
 *    any w > 0, where q' and r_j' are what those words leave. Isa.screen may stop there if every sum so far, with at least the second term
 *    (gain), stays below the limit less at least the first and the words' part of the bias (early): then the whole sums are below the limit.
 *    The squares are integers; their factor 1 + SLACK pays for the roundings of float32, and truncated terms take one unit more. All of it stays below 2^31: sums are at most
 *    2^30 + 2^29 in absolute value, as products up to any word are below 2^29 too, and a gain of 2^28 or more is not used.
 *
 * 10. Without a screen, by some columns (leads.h). The definition's D adds rounded squares of rounded differences in order. Rounding keeps
 *    order, so a sum over some of the columns, in the same order, is at most D: it is the sum over all with zeros in the place of other
 *    squares. So is that of the distances from x to intervals in which the c_t lie, each a rounded difference to its nearest end, or zero.
 *    If such a sum is above B, so is D_j; B = D_label, or B = D̂_label(1 + 4γ) ≥ D_label(1 + 2γ), then tells that j neither wins nor ties,
 *    without any slack. A float32 sum of squares, in any order, is D_j(1 ± (d + 3)·2^-24) up to d·2^-149 of underflow; overflow only says
 *    that D_j > 2^127. So above B(1 + (d + 16)·2^-23) + d·2^-126, B < 2^120, it tells that D_j > B: roughly; backwards: fromRough.
 *    Boxes are asked in float32, in which their ends are exact: rounding keeps order there too, so what they give is at most such a sum of any
 *    member's, over the leads.
 *    Others that are at least r from the label are more than r − o from the row (surroundings.c): where D̂_label(1 + √m)² < r²(1 − WIDE), that
 *    is more than o√m, and WIDE more than both sides err; so D_j > mD_label, and j is not met by a search that goes m times as far as its best.
 *    For 6, what was not met has D_j > B', the bound of its search. Centroids of which none has come farther than z lie around the label's,
 *    all others lie at least r from it, hence at least r − o from the row: where both b − z and r − o exceed o(1 + WIDE), the label stays;
 *    also where the own centroid and those around it are the same to the bit.
 *
 * 11. By groups (groups.h). The largest sum of a panel, less the row's bias, is by (1) and 2 at least s_j ÷ αβ for all members, as long as it
 *    is below SCORE_LIMIT; with U that sum times αβ, D_j ≥ X²(1 − 2γ) − 2U, as in 6. So each row keeps a b ≤ ‖x − c_j‖ for all j of a group,
 *    its own centroid included, and none of them is the label if b less what they may have come since is above o(1 + WIDE), or if the own
 *    centroid and all of them are the same to the bit: 6 once more. Bounds are integers in a unit that is a power of two, rounded down, o
 *    and each E-step's drift rounded up to at least one more, or 0. A bound is kept with the sum of the drifts up to its E-step: less the
 *    sum of today it is b less what came since, and it need not be touched. Clamped to 16 bits, it is smaller only.
 * 12. Fewer columns (reduction.h). Let U be m orthonormal directions, and x⊥ what of x lies outside of them. Then x·c_j = Ux·Uc_j + x⊥·c_j⊥
 *    ≤ x̄·c̄_j with x̄ = (Ux, t), c̄_j = (Uc_j, t_j), for any t ≥ ‖x⊥‖ and t_j ≥ ‖c_j⊥‖; or for four columns of t ÷ 2 each. So (1) holds with
 *    x̄ and c̄_j in the place of x and c_j, but for h_j, which keeps C_j: s_j ≤ x̄·c̄_j − ½C_j². Of 2 and 3 nothing changes. The sums bound s_j from
 *    above only: neither `raised` of 4 nor 7 may be drawn from them, which take q·r_j of all columns instead.
 *    The basis V that is used is computed: VVᵀ = I + E, ‖E‖ ≤ η ≤ ½, with η as the Frobenius norm from float64 (which errs by m(d + 4)u at
 *    most). Its singular values lie within 1 ± η; of its polar decomposition V = PU, U is orthonormal and ‖Vx − Ux‖ ≤ ‖P − I‖·‖Ux‖ ≤ ηX.
 *    Coordinates are float32 sums of products of rounded differences: with v = 2^-24, in chunks of 128 columns, each is off by at most
 *    (128 + ⌈d ÷ 128⌉ + 3)v·Σ|V_it·x_t|, with or without fused multiply-adds; all together by that times ‖V‖_F·X, ‖V‖_F ≤ √(m(1 + η)); and
 *    by 3d·2^-126 each where products, sums or differences underflow, flushed to zero or not. So the computed y has ‖y − Ux‖ ≤ δ = error·X
 *    + tiny. δ joins ‖e‖, likewise for centroids ‖f_j‖ and ‖c̄_j‖ (packing measures (y, t), which lies δ from x̄). From ‖Ux‖ ≥ ‖y‖ − δ and ‖x⊥‖² =
 *    X² − ‖Ux‖² comes t. Rows that overflow are not reduced. A centroid that passes is looked at by all columns: (3) bounds its s in float64
 *    (highest, with 4γ(Σ + X² + C_j²) for roundings and εC_j²), and below T it is dropped as any other.
 *
 * 13. By scores (scoreLanes.h). For d ≤ 2048 let g = (d + 18)v, v = 2^-24. x̃ = x(1 ± v) and c̃ are the float32 differences from μ, and a score
 *    ℓ_j is h̃_j − x̃·c̃_j summed in float32, in any order, with or without fused multiply-adds: its error is at most (d + 4)(1 + dv)v(h̃_j +
 *    X·C_j) + tiny. With h̃_j ≤ ½C_j² and X·C_j ≤ ½X² + ½C_j² that is at most (g − 13v)(½X² + C_j²) + tiny. h̃_j is ½C_j² − gC_j², rounded down,
 *    so that ½(D_j − X²) ≥ ℓ_j − ½gX² − tiny, and gap_j ≥ gC_j² + ½C_j² − h̃_j, so that ½(D_j − X²) ≤ ℓ_j + gap_j + ½gX² + tiny. Where the
 *    second-smallest ℓ lies more than gX² + 2·tiny above the smallest and its gap, that one's is the label: what 13v leaves of both errors is
 *    far above the definition's own rounding, ε(2X² + C_i² + C_j²). X² is the float32 sum of x̃², so X²(1 ± g) ± tiny; 1.25g of it is more than
 *    g of X², and the o² and b² of 6 are X² + 2(ℓ + gap) and X² + 2ℓ, give or take 2.25g of it and 4·tiny. What underflows, flushed to zero or
 *    not, errs by at most 2^-126 for each value, product and sum: times |x_t| or |c_t| that is far below v(X² + C²) + 2^-126. With X² below
 *    SCORED_LIMIT and all C_j² too no sum overflows; other rows are left open. All of it but the scores is computed in float64.
 *
 * Conclusion. A centroid whose sum is below the row's limit has s_j + εC_j² < T, and is not the label. Nor is one whose interval (7) lies
 * beyond the label's. The others are looked at (race.h): distances in any order, D̂ = D(1 ± γ), decide where their intervals are disjoint,
 * the definition decides the rest, ties go to the lowest index.
 */
#pragma once
#include <float.h>
#include <math.h>
#include <stdint.h>

/** Largest d that the constants are made for. */
#define MAX_DIMENSIONS (1 << 20)
#define SLACK 0x1p-19
#define SMALL 0x1p-50
#define WIDE 0x1p-20
/** Tiles whose scale is smaller than the centroids' unit by more than this are not screened. */
#define MAX_PER_SCALE 0x1p100

/** γ: relative error of a float64 sum of d squares in any order, with room for the definition's. */
static inline double gammaOf(int64_t d) { return (double)(d + 16) * DBL_EPSILON; }

/** A bound that survives float32: at least v(1 + 2^-20). */
static inline float upward(double v) { return (float)(v * (1 + SLACK)); }

/** At least ‖rest‖ ÷ scale, from the computed square of the rest and the norm of the vector. */
static inline float restOf(double restSquare, double norm, double scale) { return upward((sqrt(restSquare) + SMALL * norm) / scale); }

/** Relative and absolute error of D in float32. */
static inline double nearGamma(int64_t d) { return d > MAX_DIMENSIONS ? INFINITY : (double)(d + 16) * 0x1p-23; }
/** The same in float32, with room for what that rounds. */
static inline float nearMore(int64_t d) { return (float)(1 + nearGamma(d) + 0x1p-21); }
static inline float nearLess(int64_t d) { return (float)(1 - nearGamma(d) - 0x1p-21); }
static inline double nearTiny(int64_t d) { return (double)(2 * d + 2) * FLT_MIN; }

/** Largest d of scores, and what squared lengths are below. */
#define SCORED_DIMENSIONS 2048
#define SCORED_LIMIT 0x1p119

/** g and `tiny` of scores. */
static inline double scoreShare(int64_t d) { return (double)(d + 18) * 0x1p-24; }
static inline double scoreTiny(int64_t d) { return (double)(4 * d + 16) * FLT_MIN; }

/** T from a distance to any centroid. */
static inline double certified(double square, double distance, double gamma) {
  return 0.5 * (square - distance) - gamma * (square + distance);
}

/** At most D, where s is at most `upper`. */
static inline double beyond(double square, double upper, double gamma) {
  const double least = square * (1 - 2 * gamma) - 2 * upper;
  return least > 0 ? least : 0;
}

/** A float32 sum of squares above this is not that of a squared distance of `square` or less. */
static inline double roughly(double square, int64_t d) {
  return square < 0x1p120 ? square * (1 + (double)(d + 16) * FLT_EPSILON) + (double)d * FLT_MIN : INFINITY;
}

/** At most the squared distance of which this is the float32 sum. */
static inline double fromRough(double sum, int64_t d) {
  const double least = sum * (1 - (double)(d + 16) * FLT_EPSILON) - (double)d * FLT_MIN;
  return least > 0 ? least : 0;
}

/** Products that `project` adds to one sum before that joins the others (bound.h, 12). */
#define PROJECT_CHUNK 128
/** A basis by which coordinates may be off by more is of no use. */
#define MOST_STRAY 0.05

/** Of m computed columns, how far coordinates of x are off: at most error·‖x‖ + tiny. defect: ‖VVᵀ − I‖ as computed. */
static inline void basisErrors(int64_t d, int64_t m, double defect, double *error, double *tiny) {
  const double apart = defect * (1 + SLACK) + (double)(m * (d + 16)) * DBL_EPSILON;
  const double roundings = (double)(PROJECT_CHUNK + d / PROJECT_CHUNK + 4) * FLT_EPSILON;
  *error = apart < 0.5 ? (apart + 0.5 * roundings * sqrt((double)m * (1 + apart))) * (1 + SLACK) : INFINITY;
  *tiny = 4 * (double)d * sqrt((double)m) * FLT_MIN;
}

/** A bound on a distance from above, as float32 keeps it, and from below. */
static inline float wider(double v) { return (float)(v * (1 + WIDE)) + FLT_TRUE_MIN; }
static inline float narrower(double v) { return v < FLT_TRUE_MIN ? 0 : v < FLT_MAX ? (float)(v * (1 - WIDE)) - FLT_TRUE_MIN : FLT_MAX; }

/** For each of four columns: their products are at least those of what lies outside. inside: the squares of the coordinates. */
static inline float tailOutside(double square, double inside, double stray) {
  const double least = sqrt(inside) * (1 - SLACK) - stray, left = square * (1 + SLACK) - (least > 0 ? least * least : 0);
  return left > 0 ? wider(0.5 * sqrt(left)) : 0;
}

/** A scale that brings `largest` to at most `levels`: 24 significant bits, at least largest ÷ levels, at least `floor` (> 0). */
static inline double scaleOf(double largest, int levels, double floor) {
  double wanted = largest / levels > floor ? largest / levels : floor;
  int exponent;
  double mantissa = frexp(wanted, &exponent);
  return ldexp(ceil(mantissa * 0x1p24) + 1, exponent - 24);
}
