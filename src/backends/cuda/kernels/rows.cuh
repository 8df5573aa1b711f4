// Walking over rows: a block takes ROWS rows, one a thread, and reads them through shared memory, so that a row is summed in the order of
// its columns (the definition, exact.ts) while global reads stay side by side. No contraction to multiply-adds anywhere (ptx.ts, NVCC_FLAGS).
#pragma once

constexpr int ROWS = 128;
constexpr int COLUMNS = 32;

// ROWS × COLUMNS values, padded against bank conflicts.
using Tile = float[ROWS][COLUMNS + 1];

// Calls visit(t, x[row][t]) for t = 0 … d − 1 in every thread; 0 for rows past the end. IN x: n × d. All threads of the block must call it.
template <typename Visit>
__device__ void each_column(const float *x, long long n, int d, long long first, Tile &tile, Visit visit) {
  for (int t0 = 0; t0 < d; t0 += COLUMNS) {
    const int width = min(COLUMNS, d - t0);
    __syncthreads();
    for (int i = threadIdx.x; i < ROWS * COLUMNS; i += ROWS) {
      const int row = i / COLUMNS, t = i % COLUMNS;
      tile[row][t] = first + row < n && t < width ? x[(first + row) * d + t0 + t] : 0.0f;
    }
    __syncthreads();
    for (int t = 0; t < width; t++) visit(t0 + t, static_cast<double>(tile[threadIdx.x][t]));
  }
}

// The order of non-negative float64 is that of their bits.
__device__ inline void atomic_max(unsigned long long *largest, double value) {
  if (value > 0) atomicMax(largest, static_cast<unsigned long long>(__double_as_longlong(value)));
}

// The sum over a warp, in its first lane. Exact for integers below 2^53, whatever the order.
__device__ inline double warp_sum(double value) {
  for (int lane = 16; lane > 0; lane /= 2) value += __shfl_down_sync(0xffffffffu, value, lane);
  return value;
}
