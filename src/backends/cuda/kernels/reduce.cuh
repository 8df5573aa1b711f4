/** Reductions over the 32 lanes of a warp; every lane gets the result. */
#pragma once
#include <stdint.h>

template <typename T> __device__ __forceinline__ T warpSum(T v) {
#pragma unroll
  for (int o = 16; o > 0; o /= 2) v += __shfl_xor_sync(~0u, v, o);
  return v;
}

__device__ __forceinline__ double warpMax(double v) {
#pragma unroll
  for (int o = 16; o > 0; o /= 2) v = fmax(v, __shfl_xor_sync(~0u, v, o));
  return v;
}
