// Statistics of the rows: column maxima, distances to one centroid a row, sums of 4,096 rows in order.
#include "rows.cuh"

constexpr int ROW_BLOCK = 4096;
constexpr int LANES = 8;

// Column maxima of |w·x| and the first value that is not finite. Parallel over columns (x) and rows (y, blocks along y).
// IN x: n × d; weights: n or null. INOUT max: d float64 bits; bad: first index row·d + t, counted from first_row.
extern "C" __global__ void column_stats(const float *x, long long n, int d, const double *weights, unsigned long long *max,
                                        unsigned long long *bad, long long first_row) {
  const int t = blockIdx.x * 32 + threadIdx.x;
  if (t >= d) return;
  double largest = 0;
  for (long long row = blockIdx.y * LANES + threadIdx.y; row < n; row += static_cast<long long>(gridDim.y) * LANES) {
    const double value = x[row * d + t];
    if (!(value - value == 0)) atomicMin(bad, static_cast<unsigned long long>((first_row + row) * d + t));
    const double size = fabs(weights == nullptr ? value : weights[row] * value);
    if (size > largest) largest = size;
  }
  atomic_max(&max[t], largest);
}

// D of every row to the centroid of its label, or to the one centroid where labels is null. A thread a row. IN x: n × d. OUT distances: n.
extern "C" __global__ void __launch_bounds__(ROWS) row_distances(const float *x, long long n, int d, const float *centroids, const int *labels,
                                                                 double *distances) {
  __shared__ Tile tile;
  const long long first = static_cast<long long>(blockIdx.x) * ROWS, row = first + threadIdx.x;
  const float *c = centroids + (labels == nullptr || row >= n ? 0 : static_cast<long long>(labels[row]) * d);
  double sum = 0;
  each_column(x, n, d, first, tile, [&](int t, double value) {
    const double difference = value - c[t];
    sum += difference * difference;
  });
  if (row < n) distances[row] = sum;
}

// Σ w·value of each ROW_BLOCK rows, in order. A block of threads fetches, its first one adds. OUT sums: ceil(n / ROW_BLOCK).
extern "C" __global__ void block_sums(const double *values, const double *weights, long long n, double *sums) {
  __shared__ double part[512];
  const long long first = static_cast<long long>(blockIdx.x) * ROW_BLOCK;
  const long long end = min(n, first + ROW_BLOCK);
  double sum = 0;
  for (long long from = first; from < end; from += 512) {
    const int count = static_cast<int>(min(512LL, end - from));
    __syncthreads();
    for (int i = threadIdx.x; i < count; i += blockDim.x) {
      const double value = values[from + i];
      part[i] = weights == nullptr ? value : weights[from + i] * value;
    }
    __syncthreads();
    if (threadIdx.x == 0)
      for (int i = 0; i < count; i++) sum += part[i];
  }
  if (threadIdx.x == 0) sums[blockIdx.x] = sum;
}
