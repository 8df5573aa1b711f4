/**
 * Packs the points for the screen, once. A warp a row, lanes along the columns; reads n·d floats, writes as many fp16 and 24 bytes a row.
 */
#include "bound.cuh"
#include "reduce.cuh"

/**
 * IN   x n×d, mean d, base: the row of every place, or null where a row's place is its number
 * OUT  of the places: packed (layout.cuh), bounds, squares: ‖x − μ‖²
 * Parallel over places, a warp each, up to `padded`, which ends the last block of the screen.
 */
extern "C" __global__ void preparePoints(const float *__restrict__ x, const float *__restrict__ mean, const int32_t *__restrict__ base,
                                         int64_t n, int64_t padded, int d, uint8_t *__restrict__ packed, RowBound *__restrict__ bounds,
                                         double *__restrict__ squares) {
  const int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 32;
  const int lane = threadIdx.x % 32, slices = (d + SLICE_COLUMNS - 1) / SLICE_COLUMNS;
  if (i >= padded) return;
  const bool real = i < n;
  const float *row = x + (!real ? 0 : base ? base[i] : i) * d;
  double largest = 0, square = 0;
  if (real)
#pragma unroll 4
    for (int t = lane; t < d; t += 32) {
      const double v = (double)row[t] - mean[t];
      largest = fmax(largest, fabs(v));
      square += v * v;
    }
  largest = warpMax(largest);
  square = warpSum(square);
  const float scale = scaleOf(largest);
  double length = 0, rest = 0;
  uint8_t *group = packed + i / GROUP_ROWS * slices * GROUP_SLICE_BYTES;
  const int place = i % GROUP_ROWS;
  // A lane packs two columns: one word.
#pragma unroll 4
  for (int t = 2 * lane; t < slices * SLICE_COLUMNS; t += 64) {
    __half2 pair;
    double q[2];
#pragma unroll
    for (int e = 0; e < 2; e++) {
      const double v = real && t + e < d ? ((double)row[t + e] - mean[t + e]) * scale : 0;
      const __half h = __float2half_rn((float)v);
      q[e] = __half2float(h);
      (e ? pair.y : pair.x) = h;
      length += q[e] * q[e];
      rest += (v - q[e]) * (v - q[e]);
    }
    const int byte = t % SLICE_COLUMNS * 2;
    *(__half2 *)(group + t / SLICE_COLUMNS * GROUP_SLICE_BYTES + swizzled(place, byte / 16) + byte % 16) = pair;
  }
  length = sqrt(warpSum(length));
  rest = restOf(warpSum(rest), sqrt(square) * scale);
  if (lane > 0) return;
  const double a = upward(length);
  bounds[i] = {(float)a, upward(rest + (ACCUMULATION * slices * SLICE_COLUMNS + 0x1p-22) * a + TINY), scale,
                upward(2 * gammaOf(d) * square * scale)};
  squares[i] = square;
}
