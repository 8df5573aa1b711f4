// The passes of k-means++: what hostSeeding.ts does, over rows on the device. Potentials are sums of integers below 2^53, exact in any order.
#include "rows.cuh"

// Centers whose distances a thread adds up at a time.
constexpr int GROUP = 8;
constexpr int ROW_BLOCK = 4096;

// D of the block's rows to GROUP centers from `centers` on; beyond m the last is repeated.
__device__ void distances_to(const float *x, long long n, int d, long long first, Tile &tile, const float *centers, int from, int m,
                             double (&sums)[GROUP]) {
  const float *c[GROUP];
  for (int g = 0; g < GROUP; g++) {
    sums[g] = 0;
    c[g] = centers + static_cast<long long>(min(from + g, m - 1)) * d;
  }
  each_column(x, n, d, first, tile, [&](int t, double value) {
#pragma unroll
    for (int g = 0; g < GROUP; g++) {
      const double difference = value - c[g][t];
      sums[g] += difference * difference;
    }
  });
}

// closest = min(closest, D to m centers). A thread a row. IN weights: n or null. INOUT closest: n; largest: bits of the largest w·closest.
extern "C" __global__ void __launch_bounds__(ROWS) seed_closest(const float *x, long long n, int d, const float *centers, int m,
                                                                const double *weights, double *closest, unsigned long long *largest) {
  __shared__ Tile tile;
  const long long first = static_cast<long long>(blockIdx.x) * ROWS, row = first + threadIdx.x;
  double least = row < n ? closest[row] : 0;
  for (int from = 0; from < m; from += GROUP) {
    double sums[GROUP];
    distances_to(x, n, d, first, tile, centers, from, m, sums);
    for (int g = 0; g < GROUP; g++) least = sums[g] < least ? sums[g] : least;
  }
  if (row < n) closest[row] = least;
  double weighted = row >= n ? 0 : weights == nullptr ? least : weights[row] * least;
  for (int lane = 16; lane > 0; lane /= 2) {
    const double other = __shfl_down_sync(0xffffffffu, weighted, lane);
    if (other > weighted) weighted = other;
  }
  if (threadIdx.x % 32 == 0) atomic_max(largest, weighted);
}

// sums[j] += Σ rint(w·min(closest, D_j)·scale). A thread a row and GROUP candidates (blocks along y). INOUT sums: m.
extern "C" __global__ void __launch_bounds__(ROWS) seed_potentials(const float *x, long long n, int d, const float *candidates, int m,
                                                                   const double *weights, const double *closest, double scale,
                                                                   double *sums) {
  __shared__ Tile tile;
  const long long first = static_cast<long long>(blockIdx.x) * ROWS, row = first + threadIdx.x;
  const int from = blockIdx.y * GROUP;
  double distances[GROUP];
  distances_to(x, n, d, first, tile, candidates, from, m, distances);
  const double bound = row < n ? closest[row] : 0;
  const double weight = weights == nullptr || row >= n ? 1 : weights[row];
  for (int g = 0; g < GROUP && from + g < m; g++) {
    const double least = distances[g] < bound ? distances[g] : bound;
    const double sum = warp_sum(row < n ? rint(weight * least * scale) : 0);
    if (threadIdx.x % 32 == 0 && sum != 0) atomicAdd(&sums[from + g], sum);
  }
}

// Σ rint(w·closest·scale) of each ROW_BLOCK rows. A block of threads each. OUT sums: ceil(n / ROW_BLOCK), zero before.
extern "C" __global__ void seed_block_sums(const double *closest, const double *weights, long long n, double scale, double *sums) {
  const long long first = static_cast<long long>(blockIdx.x) * ROW_BLOCK;
  const long long end = min(n, first + ROW_BLOCK);
  double sum = 0;
  for (long long row = first + threadIdx.x; row < end; row += blockDim.x)
    sum += rint((weights == nullptr ? closest[row] : weights[row] * closest[row]) * scale);
  sum = warp_sum(sum);
  if (threadIdx.x % 32 == 0) atomicAdd(&sums[blockIdx.x], sum);
}

// For each target, the row from `start` on where the running sum of rint(w·closest·scale), which is `before` there, first exceeds it.
// A thread a target; a block of rows each, as the host has found. IN starts, before, targets: m. OUT rows: m.
extern "C" __global__ void seed_pick(const double *closest, const double *weights, long long n, double scale, int m, const double *starts,
                                     const double *before, const double *targets, unsigned *rows) {
  const int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= m) return;
  double running = before[i];
  const double target = targets[i];
  long long row = static_cast<long long>(starts[i]);
  for (; row < n; row++) {
    running += rint((weights == nullptr ? closest[row] : weights[row] * closest[row]) * scale);
    if (running > target) break;
  }
  rows[i] = static_cast<unsigned>(row);
}
