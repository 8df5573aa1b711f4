/** Packs the points for the screen, once. A warp a row, lanes along the columns; reads n·d floats, writes as many fp16 or int8 and 24 bytes a row. */
#include "packing.cuh"
#include "reduce.cuh"

template <class Format>
__device__ __forceinline__ void prepare(const float *x, const float *mean, const uint8_t *skip, const int32_t *base, int64_t n, int64_t padded, int d,
                                        uint8_t *packed, RowBound *bounds, double *squares) {
  const int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) / 32;
  const int lane = threadIdx.x % 32, slices = slicesOf<Format>(d);
  if (i >= padded) return;
  const float *row = i >= n ? nullptr : x + (base ? base[i] : i) * d;
  double largest = 0, square = 0;
  if (row)
#pragma unroll 4
    for (int t = lane; t < d; t += 32) {
      if (skip && skip[t]) continue;
      const double v = (double)row[t] - mean[t];
      largest = fmax(largest, fabs(v));
      square += v * v;
    }
  largest = warpMax(largest);
  square = warpSum(square);
  bool bounded;
  const float scale = scaleFor<Format>(largest, skip, bounded);
  uint8_t *group = packed + i / GROUP_ROWS * slices * GROUP_SLICE_BYTES;
  const PackedSquares its = packRow<Format>(row, mean, skip, scale, d, group, i % GROUP_ROWS, GROUP_SLICE_BYTES);
  const double length = upward(sqrt(warpSum(its.length)));
  const double rest = restOf(warpSum(its.rest), sqrt(square) * scale);
  if (lane > 0) return;
  const double share = Format::LOSS * slices * 32 * Format::EACH + 0x1p-22 + (skip ? 0x1p-17 : 0);
  bounds[i] = {(float)length, bounded ? upward(rest + share * length + TINY) : INFINITY, scale, upward(2 * gammaOf(d) * square * scale)};
  squares[i] = square;
}

/**
 * IN   x n×d, mean d, skip: 1 for every column that is left out, or null; base: the row of every place, or null where a row's place is its number
 * OUT  of the places: packed (layout.cuh), bounds, squares: ‖x − μ‖², without what is left out
 * Parallel over places, a warp each, up to `padded`, which ends the last block of the screen.
 */
#define PREPARE(NAME, FORMAT)                                                                                                              \
  extern "C" __global__ void NAME(const float *__restrict__ x, const float *__restrict__ mean, const uint8_t *__restrict__ skip,           \
                                  const int32_t *__restrict__ base, int64_t n, int64_t padded, int d, uint8_t *__restrict__ packed,        \
                                  RowBound *__restrict__ bounds,                                                                           \
                                  double *__restrict__ squares) {                                                                          \
    prepare<FORMAT>(x, mean, skip, base, n, padded, d, packed, bounds, squares);                                                                 \
  }

PREPARE(preparePoints, Fp16)
PREPARE(preparePointsInt8, Int8)
