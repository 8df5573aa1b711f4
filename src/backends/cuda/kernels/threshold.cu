/**
 * The limit of every row before the screen: the certified score of its label of the last E-step. Reads n·d floats and as many of centroids,
 * these from the second-level cache.
 */
#include "bound.cuh"

/**
 * IN   x n×d, centroids k×d, order (slot → row, or null), labels n or null, rows and squares of the slots (prepare.cu)
 * OUT  limits of the slots; −inf without a label, +inf behind n
 * Parallel over slots, eight lanes each, for slots first…first + slots − 1.
 */
extern "C" __global__ void certify(const float *__restrict__ x, const float *__restrict__ centroids, const int32_t *__restrict__ order,
                                   const int32_t *__restrict__ labels, int64_t n, int64_t first, int64_t slots, int d,
                                   const RowBound *__restrict__ rows, const double *__restrict__ squares, float *__restrict__ limits) {
  const int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 8, slot = first + i;
  const int lane = threadIdx.x % 8;
  const bool real = i < slots && slot < n;
  const int64_t row = real && order ? order[slot] : slot;
  const bool known = real && labels;
  float distance = 0;
  if (known) {
    const float *p = x + row * d, *c = centroids + (int64_t)labels[row] * d;
    if (d % 4 == 0)
      for (int t = 4 * lane; t < d; t += 32) {
        const float4 a = *(const float4 *)(p + t), b = *(const float4 *)(c + t);
        float v = a.x - b.x;
        distance = __fmaf_rn(v, v, distance);
        v = a.y - b.y;
        distance = __fmaf_rn(v, v, distance);
        v = a.z - b.z;
        distance = __fmaf_rn(v, v, distance);
        v = a.w - b.w;
        distance = __fmaf_rn(v, v, distance);
      }
    else
      for (int t = lane; t < d; t += 8) {
        const float v = p[t] - c[t];
        distance = __fmaf_rn(v, v, distance);
      }
  }
#pragma unroll
  for (int o = 1; o < 8; o *= 2) distance += __shfl_xor_sync(~0u, distance, o);
  if (lane > 0 || i >= slots) return;
  limits[i] = !real ? INFINITY : known ? certifiedLimit(squares[slot], distance, rows[slot].scale, d) : -INFINITY;
}
