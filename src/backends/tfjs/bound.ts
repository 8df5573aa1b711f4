/**
 * @file How far a score that a tf backend computed can lie from the true one, and what follows for the definition's label.
 *
 * Setting. All is shifted by μ (preparation.mean: neither differences nor their order change) and multiplied by one power of two, exactly.
 * Let x, c_j be the real vectors P·(x − μ), P·(c_j − μ), X = ‖x‖, C_j = ‖c_j‖, D_j = ‖x − c_j‖² and s_j = x·c_j − ½C_j², so that
 * D_i − D_j = 2(s_j − s_i). f = 2^-126: backends may flush what is smaller to zero. U: the backend's unit roundoff, 2^-24 (rounding to
 * nearest; a fused multiply-add rounds less often) or 2^-23 (webgpu). One matrix product computes for every pair
 *
 *     u_j = Σ_t x'_t·c'_jt + 1·b_j + r·a_j      x', c' float32;  b_j = −½C_j² + β_j;  r ≥ X, a_j ≥ A·C_j
 *
 * and β_j = S·C_j² + L·C_j, A, S, L below are chosen so that u_j is certainly an upper bound, and not a loose one.
 *
 * 1. Inputs. x' is float32(P·(x − μ)) with the difference taken in float64, 0 where that is below f: |x'_t − x_t| ≤ v|x_t| + f with
 *    v = 2^-24 + 2^-52. The same for c'. By Cauchy–Schwarz |x'·c' − x·c| ≤ (2v + v²)XC + f√d(1 + v)(X + C) + d·f².
 * 2. Norms. X and C come from float64 sums of squares: relative error at most (d + 4)·2^-53, which the factors below and UP cover.
 *    Rounding b_j to float32 costs 2^-24·(½C² + β), rounding upwards makes r and a_j too large, never too small.
 * 3. Accumulation. In a sum of products in any order, each term meets at most N roundings: its product, and the additions. N is the number
 *    of terms + 2 (a sum may start from zero), or, since long rows are cut into segments of which the scores are added, the longest
 *    segment's + the number of segments + 2. The error is at most g·Σ|terms| + 2(d + 2)f, g = NU/(1 − NU) (Higham, Accuracy and
 *    stability of numerical algorithms, 3.1; each product and addition may also underflow by f). Σ|terms| ≤ ‖x'‖‖c'‖ + |b_j| + r·a_j.
 * 4. The definition itself rounds: the computed D is D(1 + θ), |θ| ≤ ε = (d + 4)·2^-53 (a difference rounded once enters squared, the
 *    product, d − 1 additions; float64 holds squares of float32 without under- or overflow). If the definition prefers j to i, or holds
 *    them equal, then D_j − D_i ≤ ε(D_i + D_j), hence s_i − s_j ≤ ½ε(D_i + D_j) ≤ e_i + e_j with e_j = ½ε(X + C_j)² ≤ ε(X² + C_j²).
 *
 * Adding up 1–3, |u_j − (s_j + β_j + r·a_j)| ≤ B_j with B_j + e_j ≤ A·X·C_j + S·C_j² + L·C_j + R for
 *
 *     A = (g + 2^-22)(1 + 2^-8)     S = ½(g + 2^-23)(1 + 2^-8) + 2ε     L = f(2√d + 1)     R = εX² + f(4√d + 4)X + f(2d + 12)
 *
 * where 2^-22 leaves 2^-23 above 2v, (1 + 2^-8) pays for the second-order terms g·β, g·r·a, g·v as long as g ≤ 2^-9, and R's terms in f are
 * twice what 1–3 need, for b, a, r and the widths below, which may be flushed as well.
 * So s_j + e_j − R ≤ u_j ≤ s_j − e_j + 2(β_j + r·a_j) + R.
 *
 * Conclusion. Let i be any centroid and T ≤ u_i − 2(β_i + r·a_i) − 2R. If u_j < T, then s_j + e_j < s_i − e_i: by 4 the definition
 * neither prefers j to i nor holds them equal. If this is so for every j ≠ i, the label is i. Otherwise the row is open, and only those j
 * with u_j ≥ T need to be looked at. T is used for chunks of centroids too: T from one chunk excludes all of another whose largest u is
 * less. T itself is rounded: u_i − w with w = r·wx_i + wo_i + ws loses at most U|u_i − w| + 4Uw, and |u_i| < 1.02(XC + ½C²), hence the
 * widths wx = 2a(1 + 2^-8) + 2^-22·C, wo = 2β(1 + 2^-8) + 2^-22·C², ws = 2R(1 + 2^-8), each rounded upwards.
 *
 * Nothing overflows: rows with X > 2^50 are finished on the host, and so is all if some C > 2^60; partial sums stay below 2^121.
 */

/** Rows with a larger norm, after scaling, are left to the host. */
export const ROW_LIMIT = 2 ** 50
/** With a centroid of a larger norm, after scaling, everything is. */
export const CENTROID_LIMIT = 2 ** 60
/** f of the proof: smaller values may be flushed to zero. */
export const TINY = 2 ** -126
/** Larger than the rounding of float64 norms and of the conversion to float32. */
const UP = 1 + 2 ** -20
/** (1 + 2^-8) of the proof. */
const SECOND_ORDER = 1 + 2 ** -8

/** The proof's constants for one number of columns, one order of summation and one backend. */
export interface Bound {
  /** Whether the proof holds at all: g ≤ 2^-9. */
  readonly holds: boolean
  /** r: X rounded upwards to float32. */
  rowNorm(norm: number): number
  /** ws of a row, from its r. */
  rowWidth(r: number): number
  /** b, a, wx, wo of a centroid of norm C, written to column `at` of four arrays. */
  centroid(norm: number, at: number, out: CentroidTerms): void
}

/** What the proof adds to a chunk of centroids, one value each: b and a enter the product, wx and wo a row's threshold. */
export interface CentroidTerms {
  b: Float32Array
  a: Float32Array
  wx: Float32Array
  wo: Float32Array
}

/** A float32 that is not below x ≥ 0. */
const up = (x: number): number => Math.fround(x * UP)

/**
 * @param d columns
 * @param roundings N: how many roundings a term of the sum may meet
 * @param unit U
 */
export function scoreBound(d: number, roundings: number, unit: number): Bound {
  const g = (roundings * unit) / (1 - roundings * unit)
  const epsilon = (d + 4) * 2 ** -53
  const product = (g + 2 ** -22) * SECOND_ORDER
  const square = 0.5 * (g + 2 ** -23) * SECOND_ORDER + 2 * epsilon
  const linear = TINY * (2 * Math.sqrt(d) + 1)
  const rowLinear = TINY * (4 * Math.sqrt(d) + 4)
  const floor = TINY * (2 * d + 12)
  return {
    holds: g > 0 && g <= 2 ** -9,
    rowNorm: up,
    rowWidth: (r) => up(2 * (epsilon * r * r + rowLinear * r + floor) * SECOND_ORDER),
    centroid(norm, at, { b, a, wx, wo }) {
      const beta = square * norm * norm + linear * norm
      b[at] = beta - 0.5 * norm * norm
      a[at] = up(product * norm)
      wx[at] = up(2 * a[at] * SECOND_ORDER + 2 ** -22 * norm)
      wo[at] = up(2 * beta * SECOND_ORDER + 2 ** -22 * norm * norm)
    },
  }
}

/** For precision 'fast': the scores themselves, nothing proved. */
export function plainScore(): Bound {
  return {
    holds: true,
    rowNorm: up,
    rowWidth: () => 0,
    centroid(norm, at, { b }) {
      b[at] = -0.5 * norm * norm
    },
  }
}
