/**
 * Why a centroid that the integer screen drops cannot be the label.
 *
 * The label of a row is the centroid of the least distance in float64, computed in one order of operations that is fixed ("the definition",
 * src/exact.ts); ties go to the lowest index. Meeting every centroid that way would be slow. So rows and centroids are rounded to small
 * integers ("packed"), every row meets every centroid in integer arithmetic (the "screen"), and the definition is asked only about those
 * that the screen cannot drop. 1 to 4 prove the screen of one E-step, 5 that of k-means++; 6 is about what one E-step leaves to the next; 7
 * to 13 are about what spares work, or takes the place of the screen where there are few centroids or columns. Other files cite the
 * numbers.
 *
 * Symbols. u = 2^-53 and v = 2^-24 are the relative errors of one rounding in float64 and in float32. A hat is for "as computed": X̂ is
 * what comes out where X is meant. All points are shifted by μ (about their mean), which changes neither differences nor their order: x and
 * c_j stand for the real vectors x − μ and c_j − μ. Then
 *
 *     X = ‖x‖,   C_j = ‖c_j‖,   D_j = ‖x − c_j‖²,   s_j = x·c_j − ½C_j²,   so that   D_j = X² − 2s_j:
 *
 * the nearest centroid is that of the largest s_j. Rows are packed in bands, centroids in panels, that share a scale: x = α·q + e with the
 * band's α and c_j = β·r_j + f_j with the panel's β, where q and r_j are vectors of integers, and e and f_j what rounding left. Then
 * x·c_j = α q·c_j + e·c_j = αβ q·r_j + α q·f_j + e·c_j, and by Cauchy–Schwarz
 *
 *     s_j ÷ αβ ≤ q·r_j + ‖q‖·(‖f_j‖ ÷ β) + (‖e‖ ÷ α)·(C_j ÷ β) − h_j,     h_j = ½C_j² ÷ αβ                  (1)
 *
 * Only q·r_j depends on the pair. The rest is one number for each centroid and tile of rows (with the largest ‖q‖ and ‖e‖ of its band): the
 * accumulator's INITIAL VALUE, to which the screen adds the products. Norms of e and f_j are computed from what rounding did leave, not
 * estimated. All of it holds for d ≤ 2^20.
 *
 * 1. Packing, in float64. The difference x̂_t of two float32 values is rounded once: |x̂_t − x_t| ≤ u|x_t|. Scales have 24 significant bits
 *    and |q_t| < 2^15, so α·q_t is exact, and x̂_t − α·q_t is rounded once. A sum of d squares in any order, and its root, have a relative
 *    error of at most (d + 4)u. So ‖e‖ ≤ (ê + SMALL·X̂)(1 + SLACK), ê and X̂ being the norms as computed: that is restOf. The same holds
 *    for ‖f_j‖; and C_j ≤ Ĉ_j(1 + SLACK). Squares of differences of float32 values neither under- nor overflow in float64.
 *
 * 2. Initial value, in float32. Its positive part, call it p, meets at most five roundings of v (two coefficients, product, two sums), and
 *    h_j four (coefficient, unit ÷ α, product, sum); `unit` is a scale that all panels of an E-step share. To pay for them, every
 *    coefficient of p carries a factor 1 + SLACK, and h_j one of 1 − SLACK, SLACK = 2^-19: p has 2^-18 for 5·2^-24, h_j has 2^-19 for
 *    2^-22, which leaves at least 2^-20·h_j for 3. What underflows is at most 2^-149, times unit ÷ α ≤ 2^100: far below one unit of the
 *    sums. Conversion to an integer truncates, so 2 is added: (int)value + 2 ≥ value + 1. A value that is clamped from below only grows.
 *    One that is clamped from above is 2^30 and always passes: the sum is then at least 2^30 − |q·r_j| > 2^29, and no threshold is larger.
 *    levels.h keeps |q·r_j| below 2^29, and below 2^30 the sums of those instruction sets that add a bias to centroids: nothing wraps
 *    around.
 *
 * 3. The definition rounds too. It computes D_j(1 + θ) with |θ| ≤ ε = (d + 4)u. If it prefers j to i, or holds them equal, then
 *    s_i − s_j ≤ ½ε(D_i + D_j), where ½εD_j ≤ ε(X² + C_j²). The part εC_j² < 2^-21·C_j² is paid by what 2 left of h_j.
 *
 * 4. Threshold, in float64. Let T ≤ s_i − ½εD_i − εX² for some centroid i. Then s_j + εC_j² < T proves by 3 that the definition neither
 *    prefers j to i nor holds them equal: j is dropped. Two such T are used, and the larger counts:
 *    - `certified`, from a distance D̂_i summed in any order. As s_i = ½(X² − D_i), the errors of 1 are paid by γ = 2(d + 16)u:
 *      T = ½(X̂² − D̂_i) − γ(X̂² + D̂_i).
 *    - `surest`, where q·r_i is known. It is (1) turned round to bound s_i from below: the two products are subtracted; h_i is enlarged by
 *      1 + 2^-18, which undoes 1 − SLACK and pays for roundings and εC_i²; the roundings of the sum take two units, 2εX² takes γX̂².
 *    T ÷ αβ meets three roundings of u and is truncated: (int)t − 1 is not above it, as |t| ≤ 2^30. Larger values are clamped down to that;
 *    below −2^30 everything passes.
 *
 * 5. k-means++ asks which rows come closer to a new center j than `closest`, which the definition gave for some earlier center i. That is
 *    the question of 4 with D̂_i = closest: below that T, D_j is neither less than closest nor equal.
 *
 * 6. From one E-step to the next. With T = certified(X̂², R², γ) the same sums prove D_j = X² − 2s_j > R², for any R. With an R
 *    above the distance to the label, the screen thus tells how far all other centroids are at least. So a row keeps two bounds:
 *    o ≥ ‖x − c_label‖, and b ≤ ‖x − c_j‖ for all other j. When the centroids have moved, by at most p_j each, o + p_label and b − p_j are
 *    such bounds for the new ones.
 *    - With a cut z, all centroids of p_j ≤ z are still at least b − z away. None of them is the label if b − z > o(1 + WIDE), with the new
 *      o: then D_j(1 − ε) > D_label(1 + ε), as WIDE > 4ε.
 *    - If the row's own centroid is the same to the bit (p_label = 0), neither are those with p_j = 0, whatever b is: both distances are
 *      what they were, and so is their order.
 *    o, b and p_j are rounded away from the conclusion by the factor 1 ± WIDE, which is more than their arithmetic errs.
 *
 * 7. One pair. P = q·r_j is the screen's sum less its initial value. With y = αq and z = βr_j, it puts ‖x − c_j‖ into two intervals:
 *
 *     | ‖x − c_j‖ − ‖y − z‖ | ≤ ‖e‖ + ‖f_j‖,                          ‖y − z‖² = α²‖q‖² + β²‖r_j‖² − 2αβP                           (2)
 *     | D_j − (X² + C_j² − 2αβP) | ≤ 2(‖e‖·C_j + ‖y‖·‖f_j‖)                                                                          (3)
 *
 *    (2) is narrower for rows close to their centroids, (3) for centroids close to μ. In float64, P, the squares of integers and αβ are
 *    exact. With Σ = α²‖q‖² + β²‖r_j‖² ≥ 2αβ|P|, each rounding loses at most 2uΣ, and five of them less than SMALL·Σ = 8uΣ. In (3), X² and
 *    C_j² err by (d + 4)u besides; γ(Σ + X² + C_j²) pays for all. The norms are upper bounds by 1; roots, and what is done to them, are
 *    paid by 1 ± WIDE. If the lower end for j is above the upper end for the label by the factor 1 + WIDE, then as in 6 the label is not j.
 *
 * 8. In float32, by differences. Few centroids meet the rows that way instead of the screen (floats.h), and so do candidates of many
 *    columns before float64 (race.h). A difference, its square and a sum in any order, with or without fused multiply-adds, give
 *    D̂_j = D_j(1 ± (d + 2)v(1 + dv)) as long as nothing under- or overflows. Twice that, nearGamma, here called γ, covers the rounding of
 *    the definition too. Each of d squares and sums that underflows errs by at most 2^-126, flushed to zero or not: together nearTiny, here
 *    called tiny. Sums only grow, so one that overflowed belongs to a D_j of at least FLT_MAX(1 − γ): it counts as FLT_MAX in a bound from
 *    below, as infinite in one from above.
 *    The smallest D̂ is the label's if D̂(1 + γ) + tiny < D̂_j(1 − γ) − tiny for all others. Where it is not clear, the label is some
 *    centroid that the definition puts no farther: D̂(1 + γ) + tiny still bounds its distance from above, and every other's is at least the
 *    smallest D̂(1 − γ) − tiny. So o and b of 6 come out of the same numbers. All of that is float32 too: nearMore and nearLess are farther
 *    from 1 than γ by 2^-21, for three roundings of v each, and WIDE is more than the few of roots, sums and products.
 *
 * 9. An early end of a screen. After its first words, let q' and r_j' be the rest of the two vectors. The products still to come are at
 *    most ‖q'‖·‖r_j'‖ ≤ w‖q'‖² ÷ 2 + ‖r_j'‖² ÷ 2w, for any w > 0. So Isa.screen may stop there if every sum so far, plus at least the
 *    second term (`gain`), is below the limit less at least the first term and the bias of those words (`early`): then the whole sums are
 *    below the limit. The squares are integers; their factor 1 + SLACK pays for the roundings of float32, and truncated terms take one unit
 *    more. All of it stays below 2^31: sums are at most 2^30 + 2^29 in absolute value, as products up to any word are below 2^29 too, and a
 *    gain of 2^28 or more is not used.
 *
 * 10. By some columns (leads.h), without a screen. The definition adds rounded squares of rounded differences in order, and rounding keeps
 *    order. So the sum over some of the columns ("leads"), in the same order, is at most D_j: it is the sum over all, with zeros in the
 *    place of other squares. The same holds for a box, an interval for each column in which the c_t of all its members lie: the distance
 *    from x to the box is made of rounded differences to the nearest ends, or zeros, and is at most any member's.
 *    - If such a sum is above B, so is D_j. With B = D_label, or B = D̂_label(1 + 4γ) ≥ D_label(1 + 2γ), that tells without any slack that
 *      j neither wins nor ties.
 *    - A float32 sum of squares, in any order, is D_j(1 ± (d + 3)v) up to d·2^-149 of underflow; overflow only says that D_j > 2^127. So if
 *      it is above B(1 + (d + 16)·2^-23) + d·2^-126 with B < 2^120, then D_j > B: `roughly`. The way back, from sum to D_j: `fromRough`.
 *    - Boxes are asked in float32, in which their ends are exact. Rounding keeps order there too, so what they give is at most the float32
 *      sum over the leads of any member.
 *    - Let all centroids but some be at least R from the label's (surroundings.c). Then they are more than R − o from the row. Where
 *      D̂_label(1 + √m)² < R²(1 − WIDE), that is more than o√m, as WIDE is more than both sides err. So D_j > m·D_label, and a search that
 *      goes m times as far as its best does not meet j.
 *    - For 6: what a search did not meet has D_j > B', the bound of that search. If all centroids within R around the label's have come no
 *      farther than z, the label stays where both b − z and R − o exceed o(1 + WIDE); also where the own centroid and those around it are
 *      the same to the bit.
 *
 * 11. By groups (groups.h). A panel is a group of near centroids. The largest sum of a panel, less the row's bias, is by (1) and 2 at least
 *    s_j ÷ αβ for all members, as long as it is below SCORE_LIMIT; with S that sum times αβ, D_j ≥ X²(1 − 2γ) − 2S (`beyond`). So each row
 *    keeps for each group a b ≤ ‖x − c_j‖ that holds for all j in it, its own centroid included. As in 6, none of them is the label if b,
 *    less what they may have come since, is above o(1 + WIDE), or if the own centroid and all of them are the same to the bit.
 *    Bounds are integers in a unit that is a power of two: b is rounded down, o and each E-step's drift are rounded up to at least one
 *    more, or 0. A bound is kept with the sum of all drifts up to its E-step added. Less the sum up to today it is b less what came since,
 *    so it need not be touched in between. A bound that is clamped to 16 bits is only smaller.
 *
 * 12. Fewer columns (reduction.h). Let U be m orthonormal directions, and x⊥ the part of x outside of them. For any t ≥ ‖x⊥‖, t_j ≥ ‖c_j⊥‖,
 *    x·c_j = Ux·Uc_j + x⊥·c_j⊥ ≤ x̄·c̄_j with x̄ = (Ux, t) and c̄_j = (Uc_j, t_j); or with four columns of t ÷ 2 each instead of one of t.
 *    So (1) holds with x̄ and c̄_j in the place of x and c_j, but for h_j, which keeps C_j: s_j ≤ x̄·c̄_j − ½C_j². Nothing changes in 2 and
 *    3. But the sums now bound s_j from above only: `surest` of 4, and 7, take q·r_j of all columns instead.
 *    The basis V that is used is itself computed: VVᵀ = I + E with ‖E‖ ≤ η ≤ ½, where η is the Frobenius norm in float64 (which errs by at
 *    most m(d + 4)u). Its singular values lie within 1 ± η. Its polar decomposition V = PU gives an orthonormal U with
 *    ‖Vx − Ux‖ ≤ ‖P − I‖·‖Ux‖ ≤ ηX.
 *    Coordinates y are float32 sums of products of rounded differences, in chunks of 128 columns. Each is off by at most
 *    (128 + ⌈d ÷ 128⌉ + 3)v·Σ|V_it·x_t|, with or without fused multiply-adds, all together by that factor times ‖V‖_F·X, where
 *    ‖V‖_F ≤ √(m(1 + η)); and by 3d·2^-126 each where products, sums or differences underflow, flushed to zero or not. So ‖y − Ux‖ ≤ δ =
 *    error·X + tiny (`basisErrors`). Packing measures (y, t), which lies δ from x̄: δ is added to ‖e‖, and for centroids to ‖f_j‖ and
 *    ‖c̄_j‖. t follows from ‖Ux‖ ≥ ‖y‖ − δ and ‖x⊥‖² = X² − ‖Ux‖² (`tailOutside`). Rows that overflow are not reduced.
 *    A centroid that passes is looked at by all columns: (3) bounds its s in float64 (`highest`, with 4γ(Σ + X² + C_j²) for roundings and
 *    εC_j²), and below T it is dropped as any other.
 *
 * 13. By scores (scoreLanes.h), in float32, for d ≤ 2048. Let g = (d + 18)v, x̃ = x(1 ± v) and c̃_j the float32 differences from μ, and
 *    h̃_j the value ½C_j² − gC_j², rounded down. A score is ℓ_j = h̃_j − x̃·c̃_j, summed in any order, with or without fused multiply-adds.
 *    Its error is at most (d + 4)(1 + dv)v(h̃_j + X·C_j) + tiny, which with h̃_j ≤ ½C_j² and X·C_j ≤ ½X² + ½C_j² is at most (g − 13v)(½X² +
 *    C_j²) + tiny. As h̃_j is that much less than ½C_j², ½(D_j − X²) ≥ ℓ_j − ½gX² − tiny; and with gap_j ≥ gC_j² + ½C_j² − h̃_j,
 *    ½(D_j − X²) ≤ ℓ_j + gap_j + ½gX² + tiny. So if the second-smallest ℓ is above the smallest and its gap by more than gX² + 2·tiny, the
 *    smallest is the label's: what 13v leaves of both errors is far above the rounding of the definition, ε(2X² + C_i² + C_j²).
 *    X² is the float32 sum of x̃², thus X²(1 ± g) ± tiny. 1.25g of it is more than g of the true X²; and the o² and b² of 6 are X² + 2(ℓ +
 *    gap) and X² + 2ℓ, give or take 2.25g of it and 4·tiny. What underflows, flushed to zero or not, errs by at most 2^-126 for each value,
 *    product and sum: times |x_t| or |c_t| that is far below v(X² + C²) + 2^-126. With X² below SCORED_LIMIT and all C_j² too no sum
 *    overflows; other rows are left open. All of it but the scores is computed in float64.
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
