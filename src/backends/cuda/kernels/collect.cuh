/**
 * What a screen does with a tile of scores: 16 rows × 128 centroids a warp, laid out as tensor cores leave them. Lane 4g + q has, of the
 * rows g and g + 8, the centroids 8j + 2q and 8j + 2q + 1 (j < 16), as sums[4j…4j + 1] and sums[4j + 2…4j + 3].
 *
 * Mostly nothing passes, and a first look is all. Where something does, the limits are raised by what was seen and
 * what still passes, of the parts that it is in, is appended to the lane's own slots of the row, without atomics. That path is kept small: its instructions are cold,
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

/** Parts of a lane's scores of a row, of eight each, which are told apart where one passes. */
#define LOOKS 4

/**
 * The first look: of a row's scores in this lane, an upper bound of each part that is soon had. What is kept for it, one value a row, is
 * compared over the lanes of a quad as well.
 */
template <class Sum> struct Look;

/** Every score: 2 × 32 multiply-adds and maxima. */
template <> struct Look<float> {
  float parts[2][LOOKS], most[2];
  __device__ __forceinline__ Look(const float (&sums)[64], const float4 *offsets, float scale, float scaleSecond) {
#pragma unroll
    for (int j = 0; j < 8; j++) {
      const float4 four = offsets[j];
      const float offset[4] = {four.x, four.y, four.z, four.w};
      float its[2][4];
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int at = (2 * j + e / 2) * 4 + e % 2;
        its[0][e] = __fmaf_rn(offset[e], scale, sums[at]);
        its[1][e] = __fmaf_rn(offset[e], scaleSecond, sums[at + 2]);
      }
#pragma unroll
      for (int row = 0; row < 2; row++) {
        const float largest = fmaxf(fmaxf(its[row][0], its[row][1]), fmaxf(its[row][2], its[row][3]));
        parts[row][j / 2] = j % 2 ? fmaxf(parts[row][j / 2], largest) : largest;
      }
    }
    for (int row = 0; row < 2; row++) most[row] = fmaxf(fmaxf(parts[row][0], parts[row][1]), fmaxf(parts[row][2], parts[row][3]));
  }
  static __device__ __forceinline__ float above(float most, float, const TileBound &) { return most; }
  static __device__ __forceinline__ float reached(float most, float, const TileBound &) { return most; }
  static __device__ __forceinline__ float larger(float a, float b) { return fmaxf(a, b); }
};

/** The sums alone: 2 × 18 maxima of three (bound.cuh, 6). */
template <> struct Look<int> {
  int parts[2][LOOKS], most[2];
  __device__ __forceinline__ Look(const int (&sums)[64], const float4 *, float, float) {
#pragma unroll
    for (int row = 0; row < 2; row++) {
#pragma unroll
      for (int part = 0; part < LOOKS; part++) {
        const int *its = sums + 16 * part + 2 * row;
        parts[row][part] = max(its[0], max(its[1], its[4]));
        parts[row][part] = max(parts[row][part], max(its[5], its[8]));
        parts[row][part] = max(parts[row][part], max(its[9], max(its[12], its[13])));
      }
      most[row] = max(max(parts[row][0], parts[row][1]), max(parts[row][2], parts[row][3]));
    }
  }
  static __device__ __forceinline__ float above(int most, float scale, const TileBound &tile) { return __fmaf_rn(tile.most, scale, (float)most); }
  static __device__ __forceinline__ float reached(int most, float scale, const TileBound &tile) { return __fmaf_rn(tile.least, scale, (float)most); }
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
  const float most = look.above(look.most[0], scale, tile), mostSecond = look.above(look.most[1], scaleSecond, tile);
  const bool hot = !(most < limit) || !(mostSecond < limitSecond);
  if (!__any_sync(~0u, hot)) return;

#pragma unroll
  for (int row = 0; row < 2; row++)
#pragma unroll
    for (int o = 1; o < 4; o *= 2) look.most[row] = look.larger(look.most[row], __shfl_xor_sync(~0u, look.most[row], o));
  first.x = fmaxf(first.x, raisedLimit(look.reached(look.most[0], scale, tile), blur, rows.guards[0], tile));
  second.x = fmaxf(second.x, raisedLimit(look.reached(look.most[1], scaleSecond, tile), blurSecond, rows.guards[8], tile));
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
    for (int part = 0; part < LOOKS; part++) {
      if (look.above(look.parts[0][part], scale, tile) < limit && look.above(look.parts[1][part], scaleSecond, tile) < limitSecond) continue;
#pragma unroll
      for (int j = 2 * part; j < 2 * part + 2; j++) {
        const float4 four = offsets[j + zero];
        const float offset[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
        for (int e = 0; e < 4; e++) {
          const int at = (2 * j + e / 2) * 4 + e % 2;
          if (!(__fmaf_rn(offset[e], scale, (float)sums[at]) < limit)) passed |= 1u << (4 * j + e);
          if (!(__fmaf_rn(offset[e], scaleSecond, (float)sums[at + 2]) < limitSecond)) passedSecond |= 1u << (4 * j + e);
        }
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
