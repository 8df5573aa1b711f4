/** The label among a row's candidates: by distances in float64, by the definition where these are too close. A warp a row. */
#pragma once
#include "bound.cuh"
#include "reduce.cuh"

/** D by the definition: float64, in order, each operation rounded once. */
__device__ __forceinline__ double squaredDistance(const float *x, const float *c, int d) {
  double sum = 0;
  for (int t = 0; t < d; t++) {
    const double v = (double)x[t] - c[t];
    sum += v * v;
  }
  return sum;
}

/** D̂: the same in another order, by all lanes. */
__device__ __forceinline__ double warpDistance(const float *x, const float *c, int d) {
  double sum = 0;
  const int lane = threadIdx.x % 32;
  if (d % 4 == 0)
#pragma unroll 2
    for (int t = 4 * lane; t < d; t += 128) {
      const float4 a = *(const float4 *)(x + t), b = *(const float4 *)(c + t);
      double v = (double)a.x - b.x;
      sum = fma(v, v, sum);
      v = (double)a.y - b.y;
      sum = fma(v, v, sum);
      v = (double)a.z - b.z;
      sum = fma(v, v, sum);
      v = (double)a.w - b.w;
      sum = fma(v, v, sum);
    }
  else
#pragma unroll 2
    for (int t = lane; t < d; t += 32) {
      const double v = (double)x[t] - c[t];
      sum = fma(v, v, sum);
    }
  return warpSum(sum);
}

/** Lanes that have a row together. */
#define TEAM 8

/** To every lane of a team the sum of all. */
__device__ __forceinline__ float teamSum(float v) {
#pragma unroll
  for (int o = 1; o < TEAM; o *= 2) v += __shfl_xor_sync(~0u, v, o);
  return v;
}

/** Each lane's part of the squared distances from x to some centroids, in float32; of the sums, the relative error is below η (bound.cuh). */
template <int MANY> __device__ __forceinline__ void addSquares(float (&sums)[MANY], const float *x, const float *const (&c)[MANY], int d) {
  const int lane = threadIdx.x % TEAM;
  auto add = [](float &sum, float a, float b) {
    const float v = a - b;
    sum = __fmaf_rn(v, v, sum);
  };
  if (d % 4 == 0) {
#pragma unroll(4 / MANY)
    for (int t = 4 * lane; t < d; t += 4 * TEAM) {
      const float4 a = *(const float4 *)(x + t);
#pragma unroll
      for (int i = 0; i < MANY; i++) {
        const float4 b = *(const float4 *)(c[i] + t);
        add(sums[i], a.x, b.x);
        add(sums[i], a.y, b.y);
        add(sums[i], a.z, b.z);
        add(sums[i], a.w, b.w);
      }
    }
  } else {
#pragma unroll(4 / MANY)
    for (int t = lane; t < d; t += TEAM) {
      const float a = x[t];
#pragma unroll
      for (int i = 0; i < MANY; i++) add(sums[i], a, c[i][t]);
    }
  }
}

/** Whether the first of two such sums is certainly of the smaller distance, or of an equal one; `slack`: 2η. */
__device__ __forceinline__ bool certainlyAtMost(float less, float more, double slack) {
  return less < 0x1p120f && less * (1 + slack) + 0x1p-120 <= more * (1 - slack);
}

/**
 * @param mine each lane's candidates, −1: none; at least one lane has one, and one may be there twice
 * @return the label, to every lane
 */
template <int EACH> __device__ __forceinline__ int32_t settle(const float *x, const float *centroids, int d, const int32_t (&mine)[EACH]) {
  const int lane = threadIdx.x % 32;
  double distance[EACH], least = INFINITY;
#pragma unroll
  for (int h = 0; h < EACH; h++)
    for (uint32_t left = __ballot_sync(~0u, mine[h] >= 0); left != 0; left &= left - 1) {
      const int owner = __ffs(left) - 1;
      const double found = warpDistance(x, centroids + (int64_t)__shfl_sync(~0u, mine[h], owner) * d, d);
      if (lane == owner) distance[h] = found;
      least = fmin(least, found);
    }
  const double close = least * (1 + 4 * gammaOf(d));
  bool near[EACH], alone = true;
  int32_t one = -1;
#pragma unroll
  for (int h = 0; h < EACH; h++) {
    near[h] = mine[h] >= 0 && distance[h] <= close;
    const uint32_t these = __ballot_sync(~0u, near[h]);
    if (one < 0 && these != 0) one = __shfl_sync(~0u, mine[h], __ffs(these) - 1);
    alone &= !__any_sync(~0u, near[h] && mine[h] != one);
  }
  double best = INFINITY;
  int32_t label = INT32_MAX;
#pragma unroll
  for (int h = 0; h < EACH; h++)
    if (near[h]) {
      const double exact = alone ? 0 : squaredDistance(x, centroids + (int64_t)mine[h] * d, d);
      if (exact < best || (exact == best && mine[h] < label)) {
        best = exact;
        label = mine[h];
      }
    }
#pragma unroll
  for (int o = 16; o > 0; o /= 2) {
    const double other = __shfl_xor_sync(~0u, best, o);
    const int32_t otherLabel = __shfl_xor_sync(~0u, label, o);
    if (other < best || (other == best && otherLabel < label)) {
      best = other;
      label = otherLabel;
    }
  }
  return label;
}

/** In place of a distance. */
#define UNKNOWN -1.f

/** What an E-step counts, in device memory. */
struct Tally {
  /** Labels that differ from before, rows that were settled by distances, candidates of all rows but open ones; in this order (recheck.cu). */
  unsigned long long changed, rechecked, candidates;
  /** Rows that had more candidates than slots: of the panel at hand, of int8 of all. */
  unsigned int open;
  /** Centroids that moved since the E-step before, rows that have to meet them all. */
  int moved, far;
};

/** Writes the row's label; where it is another than before, its distance is not known (certify). @return whether it is */
__device__ __forceinline__ bool relabel(int64_t row, int32_t found, int32_t *labels, float *distances) {
  if (labels[row] == found) return false;
  labels[row] = found;
  distances[row] = UNKNOWN;
  return true;
}
