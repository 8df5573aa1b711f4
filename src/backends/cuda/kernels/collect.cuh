/**
 * What a screen does with a tile of scores: 16 rows × 128 centroids a warp, laid out as tensor cores leave them. Lane 4g + q has, of the
 * rows g and g + 8, the centroids 8j + 2q and 8j + 2q + 1 (j < 16), as sums[4j…4j + 1] and sums[4j + 2…4j + 3].
 *
 * Mostly nothing passes, and a first look is all. Where something does, the limits are raised by what was seen and
 * what still passes is appended to the lane's own slots of the row, without atomics. That path is kept small: its instructions are cold,
 * and unrolled appends doubled the time of the whole.
 */
#pragma once
#include "bound.cuh"

/** Where a thread's two rows keep their state; the second row's lies 8 elements (rows) behind the first's. */
struct Rows {
  /** In shared memory: limit, length, rest, scale. */
  float4 *bounds;
  /** In shared memory. */
  const float *guards;
  /** In global memory: the lane's slots. */
  Candidate *slots;
  /** Candidates so far, 16 bits a row; only LANE_SLOTS of them have a place. */
  uint32_t counts;
};

/**
 * The first look: of a row's scores in this lane, an upper bound that is soon had. What is kept for it, one value a row, is compared over the
 * lanes of a quad as well.
 */
template <class Sum> struct Look;

/** Every score: 2 × 32 multiply-adds and maxima. */
template <> struct Look<float> {
  float most[2];
  __device__ __forceinline__ Look(const float (&sums)[64], const float4 *offsets, float scale, float scaleSecond) {
    float even[2] = {-INFINITY, -INFINITY}, odd[2] = {-INFINITY, -INFINITY};
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const float4 four = offsets[j];
      const float offset[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int at = (2 * j + e / 2) * 4 + e % 2;
        float(&half)[2] = e % 2 ? odd : even;
        half[0] = fmaxf(half[0], __fmaf_rn(offset[e], scale, sums[at]));
        half[1] = fmaxf(half[1], __fmaf_rn(offset[e], scaleSecond, sums[at + 2]));
      }
    }
    for (int row = 0; row < 2; row++) most[row] = fmaxf(even[row], odd[row]);
  }
  __device__ __forceinline__ float above(int row, float, const TileBound &) const { return most[row]; }
  __device__ __forceinline__ float reached(int row, float, const TileBound &) const { return most[row]; }
  static __device__ __forceinline__ float larger(float a, float b) { return fmaxf(a, b); }
};

/** The sums alone: 2 × 16 maxima of three (bound.cuh, 6). */
template <> struct Look<int> {
  int most[2];
  __device__ __forceinline__ Look(const int (&sums)[64], const float4 *, float, float) {
#pragma unroll
    for (int row = 0; row < 2; row++) {
      int even = sums[2 * row], odd = sums[2 * row + 1];
#pragma unroll
      for (int j = 4; j < 64; j += 8) {
        even = max(even, max(sums[j + 2 * row], sums[(j + 4) % 64 + 2 * row]));
        odd = max(odd, max(sums[j + 2 * row + 1], sums[(j + 4) % 64 + 2 * row + 1]));
      }
      most[row] = max(even, odd);
    }
  }
  __device__ __forceinline__ float above(int row, float scale, const TileBound &tile) const { return __fmaf_rn(tile.most, scale, (float)most[row]); }
  __device__ __forceinline__ float reached(int row, float scale, const TileBound &tile) const {
    return __fmaf_rn(tile.least, scale, (float)most[row]);
  }
  static __device__ __forceinline__ int larger(int a, int b) { return max(a, b); }
};

/**
 * @param table the tile's offsets and TileBound, in shared memory
 * @param firstPlace place of the tile's first centroid, which the slots count by
 * @param keep whether to append, or only to raise
 */
template <class Sum>
__device__ __forceinline__ void collect(const Sum (&sums)[64], const float *table, Rows &rows, uint32_t firstPlace, uint32_t k, bool keep) {
  const int q = threadIdx.x % 4;
  const float4 *offsets = (const float4 *)(table + q * QUAD_WORDS);
  const float scale = rows.bounds[0].w, scaleSecond = rows.bounds[8].w;
  Look<Sum> look(sums, offsets, scale, scaleSecond);
  const TileBound &tile = *(const TileBound *)(table + 4 * QUAD_WORDS);
  float4 first = rows.bounds[0], second = rows.bounds[8];
  const float blur = blurOf(first.y, first.z, first.w, tile), blurSecond = blurOf(second.y, second.z, second.w, tile);
  float limit = limitOf(first.x, blur, tile), limitSecond = limitOf(second.x, blurSecond, tile);
  const float most = look.above(0, scale, tile), mostSecond = look.above(1, scaleSecond, tile);
  const bool hot = !(most < limit) || !(mostSecond < limitSecond);
  if (!__any_sync(~0u, hot)) return;

#pragma unroll
  for (int row = 0; row < 2; row++)
#pragma unroll
    for (int o = 1; o < 4; o *= 2) look.most[row] = look.larger(look.most[row], __shfl_xor_sync(~0u, look.most[row], o));
  first.x = fmaxf(first.x, raisedLimit(look.reached(0, scale, tile), blur, rows.guards[0], tile));
  second.x = fmaxf(second.x, raisedLimit(look.reached(1, scaleSecond, tile), blurSecond, rows.guards[8], tile));
  limit = limitOf(first.x, blur, tile);
  limitSecond = limitOf(second.x, blurSecond, tile);
  __syncwarp();
  if (q == 0) {
    rows.bounds[0].x = first.x;
    rows.bounds[8].x = second.x;
  }
  if (keep && hot) {
    uint32_t passed = 0, passedSecond = 0;
    int zero = 0;
    asm volatile("" : "+r"(zero)); // hides that the offsets were read before: nothing is kept in registers for this path
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const float4 four = offsets[j + zero];
      const float offset[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int at = (2 * j + e / 2) * 4 + e % 2;
        if (!(__fmaf_rn(offset[e], scale, (float)sums[at]) < limit)) passed |= 1u << (4 * j + e);
        if (!(__fmaf_rn(offset[e], scaleSecond, (float)sums[at + 2]) < limitSecond)) passedSecond |= 1u << (4 * j + e);
      }
    }
#pragma unroll 1
    while (passed | passedSecond) {
      const bool isFirst = passed != 0;
      const int bit = __ffs(isFirst ? passed : passedSecond) - 1;
      if (isFirst)
        passed &= passed - 1;
      else
        passedSecond &= passedSecond - 1;
      const uint32_t place = firstPlace + bit / 2 * 8 + 2 * q + bit % 2;
      if (place >= k) continue;
      const uint32_t count = isFirst ? rows.counts & 0xffff : rows.counts >> 16;
      if (count < LANE_SLOTS) rows.slots[(isFirst ? 0 : 8 * ROW_SLOTS) + count] = {place, isFirst ? most : mostSecond};
      if (count < 255) rows.counts += isFirst ? 1 : 1 << 16;
    }
  }
  __syncwarp();
}

/** A row's four counts, a byte a lane of the quad, from each lane's own two. @param second of the row g + 8 */
__device__ __forceinline__ uint32_t quadCounts(uint32_t counts, bool second) {
  uint32_t bytes = (second ? counts >> 16 : counts & 0xffff) << 8 * (threadIdx.x % 4);
#pragma unroll
  for (int o = 1; o < 4; o *= 2) bytes |= __shfl_xor_sync(~0u, bytes, o);
  return bytes;
}
