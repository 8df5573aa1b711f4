/**
 * Leads: the few columns that hold nearly all of the spread, where there are such (leads.ts). What fp16 or float32 leave of their products is
 * more than the distances between neighbours; so they are left out of the products, and their gaps are taken in float32 (bound.cuh, 7). Up to
 * four of them, as a float4; of fewer, the rest is 0.
 */
#pragma once
#include <cuda_runtime.h>

/** ½(1 − 2^-19), so that a gap's share of a score is never more than the real one. */
#define GAP_SHARE (0.5f * (1 - 0x1p-19f))

/** Σ (x − c)² over the leads. */
__device__ __forceinline__ float squaredGap(float4 x, float4 c) {
  const float a = x.x - c.x, b = x.y - c.y, e = x.z - c.z, f = x.w - c.w;
  return __fmaf_rn(f, f, __fmaf_rn(e, e, __fmaf_rn(b, b, a * a)));
}

/** Numbers of the leads' columns, −1 where there are fewer. */
struct LeadColumns {
  int x, y, z, w;
  /** The leads of a point or centroid. */
  __device__ __forceinline__ float4 of(const float *row) const {
    return make_float4(row[x], y < 0 ? 0 : row[y], z < 0 ? 0 : row[z], w < 0 ? 0 : row[w]);
  }
};
