/**
 * Why a centroid that the tensor cores' screen drops cannot be the label.
 *
 * Setting. u = 2^-53, v = 2^-24. All is shifted by μ, which changes neither differences nor their order: x and c_j are the real vectors
 * x − μ and c_j − μ; X = ‖x‖, C_j = ‖c_j‖, D_j = ‖x − c_j‖², s_j = x·c_j − ½C_j², so that D_j = X² − 2s_j. A row is packed as αx = q + e,
 * α a scale of its own, a float32, and q of fp16 or int8; a centroid as βc_j = r_j + f_j, β a scale that its tile of 128 shares. Then
 *
 *     αβ s_j = q·r_j + q·f_j + e·βc_j − α h_j,     h_j = ½βC_j²                                                      (1)
 *
 * 1. Packing, in float64. A difference of float32 values is rounded once, its product with a scale once more (for fp16 a power of two, and
 *    not at all), what remains after subtracting q once. A sum of d ≤ 4096 squares, in any order, and its root have a relative error of at most (d + 4)u. So norms as
 *    computed, times 1 + 2^-20, are at least the real ones, and ‖e‖ ≤ (ê + 2^-40 αX̂)(1 + 2^-20): upward, restOf. Nothing is assumed of fp16:
 *    values too small for it, or that it flushes, are in e and f as computed from what was stored; int8 holds |αx| ≤ 127 as rounded,
 *    since α is rounded downward from 127 by the largest entry. α and β are at most 2^100, so that the
 *    norms of scaled vectors lie between 2^-50 and 2^20, or the rest is all there is. To ‖e‖ and N_j = βC_j 2^-20 is added: their product
 *    then covers whatever underflows in float32, 2^-149 times less than 2^60.
 *
 * 2. The tensor cores. Products of two fp16 are exact. They are added in groups of g ≥ 4 products and the sum so far (g = 4 in Volta, 8 in
 *    Ampere, 16 in Hopper): the addends are aligned to the largest exponent among them and cut off below its 24th bit at the earliest, and
 *    so is their sum [Fasi, Higham, Mikaitis, Pranesh: Numerical behavior of NVIDIA tensor cores, 2021]. Each of the g + 1 addends and the
 *    sum lose less than 2^-23 of the largest magnitude, which is at most ‖q‖‖r_j‖ (1 + 2^-9) (Cauchy–Schwarz on the absolute values; the
 *    factor for what earlier steps lost). d' ≤ 4096 columns make d'/g groups: the loss is at most d'/g·(g + 2)·2^-23 ≤ 1.5·d'·2^-23 of
 *    ‖q‖‖r_j‖ (1 + 2^-9). ACCUMULATION takes 1.6 for 1.5. bench/cuda/tensorLoss.cu measures it:
 *    on an H100 the largest loss over six kinds of data, d = 64…1024, was 0.034 of what is allowed here.
 *    int8: nothing is lost. Sums are of 32 bits, and below 2^26. As float32 they are the same for d ≤ 1040, below 2^24, and beyond wrong by
 *    at most v of themselves. ACCUMULATION is 0 below.
 *
 * 3. The score z_j = fl(a_j − α h'_j), one multiply-add in float32 of the tensor cores' a_j and h'_j = fl(h_j). It differs from the right
 *    side of (1) without q·f_j + e·βc_j by at most v(|a_j|(1 + v) + αh_j(1 + v)) + vαh_j beyond 2, and by v|a_j|
 *    more where a_j was rounded before. 2^-22 below is twice as much as |a_j| asks for. With ‖r_j‖ ≤ N_j + ‖f_j‖ and A ≥ ‖q‖ this gives
 *
 *        |z_j − αβ s_j| ≤ A·‖f_j‖ + E·N_j + α·3v·h_j,     E ≥ ‖e‖ + (ACCUMULATION·d' + 2^-22)A                        (2)
 *
 *    after ‖f_j‖ was enlarged by 1 + 2^-9. A tile keeps the largest ‖f_j‖, N_j and 2^-21·h_j; 2^-21 covers 3v, and what 4 needs.
 *    blurOf sums the three in float32: three roundings, covered by 1 + 2^-20 in each factor. A tile with an h_j above 2^120 has no bound.
 *
 * 4. The definition rounds: it computes D_j(1 + θ), |θ| ≤ ε = (d + 4)u. If it prefers j to i, or holds them equal, then
 *    s_i − s_j ≤ ½ε(D_i + D_j), where ½εD_j ≤ ε(X² + C_j²). αβεC_j² = 2εαh_j < 2^-39·αh_j is in the tile's offset bound.
 *
 * 5. Limit P of a row, P ≤ α(s_i − ½εD_i − εX²) for some centroid i. Then z_j + blur < P·β proves that the definition neither prefers j to
 *    i nor holds them equal.
 *    - certified, from the distance D̂_i to the previous label, summed in float32 with a relative error of at most η (below):
 *      s_i = ½(X² − D_i) ≥ ½(X̂² − D̂_i(1 + η)) − γ(X̂² + D̂_i), γ = (d + 16)·2^-52 > 2ε, and rounded down.
 *    - raised, where z_i is known: αβ s_i ≥ z_i − blur; the guard pays for εX² and for the part of ½εD_i in X², the offset bound for its
 *      part in C_i². The operations in float32 are covered by 2^-21 of the result.
 *      One division by β more: its rounded inverse is wrong by v of itself, as the difference before and the result are.
 *    P·β − blur, a multiply-add, is rounded once, or overflows to the same side: certified and raised P are lowered by 2^-21 of themselves.
 *    A comparison that involves NaN lets pass.
 *
 * 6. A tile at a glance, in int8. Of the sums a_j, as float32, that a lane has of a row and a tile, only the largest, m, is looked at: −h'_j
 *    lies between the tile's least and most offset, and rounding is monotonic, so every z_j is at most fl(m + α·most), which is below the limit
 *    of nearly all tiles; and some z_i is at least fl(m + α·least), which raises P. Where a place is empty, least is −inf and raises nothing.
 *
 * 7. Leads (leads.cuh) are left out of q, r, e and f, of X, C_j and h_j, but not of D_j: with G_j the sum of (x_t − c_jt)² over them,
 *    s_j = x·c_j − ½C_j² − ½G_j, so that again D_j = X² − 2s_j. Differences are of the values as they come; Ĝ, of four squares at most, is
 *    wrong by 8v of itself, and by 2^-147 where it underflows. α and β are at most 2^50, and at least 2^-50, or the row or tile has no bound
 *    (its rest is infinite): their product times 2^-147 is less than what TINY is there for. T = wĜ with w = ½(1 − 2^-19)αβ, wrong by v, lies
 *    between (1 − 2^-18) and (1 − 22v) times ½αβG_j. z_j = fl(fl(a_j − T) − αh'_j) is rounded once more: what T adds to the roundings, 2v of
 *    it, and 4's ½εG_j are less than what T lacks. So z_j is not below αβs_j by more than (2) says, and what is dropped is no label.
 *    Raised: z_i may be too large by 2^-18·½αβG_i besides. That matters where it lifts P above its first value P', when −z_i ≤ |P'|β and
 *    T ≤ |a_i| − z_i: E has 2^-17·A more, the guard 2^-17·|P'|. Where P' is −inf the guard is infinite, and nothing raises.
 *    What overflows to −inf is below every finite limit rightly: rounding is monotonic; and if Ĝ does, D_j ≥ 2^127, while a row has a
 *    limit only if its label's distance is below 2^120 (leads.cu).
 *
 * 8. Reach. A row of lead x, whose label is at a distance of D̂ in float32, need not meet a tile whose centroids all have the same lead below
 *    x − R or above x + R, both rounded outwards, R² ≥ D̂(1 + 2η) + 2^-120: (1 + 2η) leaves at least ½η ≫ ε beyond D_i ≤ D̂/(1 − η).
 *
 * η. fl(x_t − c_t)² is wrong by at most 3v + 3v²; a lane adds at most d/8 + 1 of them, and the lanes are added in three steps: the relative
 *    error is below (d/8 + 8)·v. lossOf takes (d/8 + 16)·2v. What underflows is less than 2^-130 in all, and is
 *    subtracted; what overflows makes the limit −inf.
 *
 * Conclusion. A centroid below its row's limit is not the label. The others are looked at (recheck.cu): distances in float32 decide where
 * D̂(1 + 2η) + 2^-120 of one is at most D̂(1 − 2η) of all others, which leaves ½η ≫ ε; else distances in float64 in any order,
 * D̂ = D(1 ± γ), where their intervals are disjoint, the definition decides the rest, ties go to the lowest index. The plain screen
 * has f = 0 and e the rounding of float32 (screenPlain.cu).
 */
#pragma once
#include "layout.cuh"

#define ACCUMULATION (1.6 * 0x1p-23)
/** Added to norms in scaled units: more than all that underflows. */
#define TINY 0x1p-20
/** Largest exponent of a scale. */
#define LARGEST_SCALE 100
/** Bits before the point of the largest packed value; fp16 ends at 2^16. */
#define PACKED_BITS 14

/** The smallest float not below v(1 + 2^-20). */
__device__ __forceinline__ float upward(double v) { return __double2float_ru(v * (1 + 0x1p-20)); }

/** At least the norm of a rest, from its computed square and the norm of the whole, both scaled. */
__device__ __forceinline__ double restOf(double restSquare, double norm) { return sqrt(restSquare) + 0x1p-40 * norm; }

/** γ: relative error of a float64 sum of d squares in any order, with room for the definition's. */
__device__ __forceinline__ double gammaOf(int d) { return (d + 16) * 0x1p-52; }

/** η: relative error of a distance in float32, summed by eight lanes. */
__device__ __forceinline__ double lossOf(int d) { return (d / 8 + 16) * 0x1p-23; }

/** (2): how far a score of this row in this tile may be from the truth. */
__device__ __forceinline__ float blurOf(float length, float rest, float scale, const TileBound &tile) {
  return __fmaf_rn(length, tile.rest, __fmaf_rn(rest, tile.length, scale * tile.offset));
}

/** 5: scores below are dropped. */
__device__ __forceinline__ float limitOf(float limit, float blur, const TileBound &tile) { return __fmaf_rn(limit, tile.scale, -blur); }

/** 5, raised: from a score that was seen. */
__device__ __forceinline__ float raisedLimit(float score, float blur, float guard, const TileBound &tile) {
  const float limit = __fmaf_rn(score - blur, tile.inverse, -guard);
  return limit - fabsf(limit) * 0x1p-21f;
}

/** 5, certified: from the computed distance to a centroid. */
__device__ __forceinline__ float certifiedLimit(double square, float distance, float scale, int d) {
  const double limit = (0.5 * (square - distance * (1 + lossOf(d)) - 0x1p-130) - gammaOf(d) * (square + distance)) * scale;
  return __double2float_rd(limit - fabs(limit) * 0x1p-21);
}
