/**
 * Leads: the few columns that hold nearly all of the spread, where there are such (leads.ts). What fp16 or float32 leave of their products is
 * more than the distances between neighbours; so they are left out of the products, and their gaps are taken in float32 (bound.cuh, 7). Up to
 * four of them, as a float4; of fewer, the rest is 0.
 */
#pragma once
#include <cuda_runtime.h>

/** ½(1 − 2^-19), so that a gap's share of a score is never more than the real one. */
#define GAP_SHARE (0.5f * (1 - 0x1p-19f))

/** Up to so many leads of a point or centroid. */
template <int COUNT> struct Leads {
  float value[COUNT];
  __device__ __forceinline__ explicit Leads(const float4 *from) {
#pragma unroll
    for (int l = 0; l < COUNT; l++) value[l] = ((const float *)from)[l];
  }
  /** Σ (x − c)² over the leads. */
  __device__ __forceinline__ float squaredGap(const Leads &c) const {
    float sum = 0;
#pragma unroll
    for (int l = 0; l < COUNT; l++) {
      const float gap = value[l] - c.value[l];
      sum = __fmaf_rn(gap, gap, sum);
    }
    return sum;
  }
};
template <> __device__ __forceinline__ Leads<4>::Leads(const float4 *from) { *(float4 *)value = *from; }

/** Numbers of the leads' columns, −1 where there are fewer. */
struct LeadColumns {
  int x, y, z, w;
  /** The leads of a point or centroid. */
  __device__ __forceinline__ float4 of(const float *row) const {
    return make_float4(row[x], y < 0 ? 0 : row[y], z < 0 ? 0 : row[z], w < 0 ? 0 : row[w]);
  }
};
